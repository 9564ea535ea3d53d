/* uv/thread.h - threads, and what they wait for each other with.
 *
 * These are pthreads, or what Windows has in their place, under names that are
 * the same everywhere. All may be called from any thread, and none has to do
 * with a loop.
 *
 * What begins with an init and ends with a destroy lives in the caller's
 * memory, must stay in place in between, and must not be in use when it is
 * destroyed. A function that returns nothing has no way to tell an error, and
 * the only errors it can have are misuse: it ends the program, since to go on
 * without the lock that was asked for is worse. The others return 0 or UV_E*,
 * and UV_EINVAL if a pointer is NULL that must not be.
 *
 * The behaviour is that of libuv 1.x, manual page "threading". */
#ifndef UV_THREAD_H_
#define UV_THREAD_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- threads ------------------------------------------------------------ */

/* What a thread runs; the thread ends when this returns. |arg| is as given to
 * uv_thread_create(). */
typedef void (*uv_thread_cb)(void* arg);

/* Bits of uv_thread_options_t.flags: which of the fields hold something. */
typedef enum {
  /* None. */
  UV_THREAD_NO_FLAGS = 0x00,
  /* |stack_size|. */
  UV_THREAD_HAS_STACK_SIZE = 0x01
} uv_thread_create_flags;

/* Wishes for a new thread. Later versions may add fields and, with them, flags.
 *
 *   flags       which of the following count
 *   stack_size  bytes, rounded up to whole pages and to the least the system
 *               allows; 0 is the default */
struct uv_thread_options_s {
  unsigned int flags;
  size_t stack_size;
};

typedef struct uv_thread_options_s uv_thread_options_t;

/* How much a thread is to run, compared to others; uv_thread_setpriority(). */
enum {
  /* As much as can be asked for. */
  UV_THREAD_PRIORITY_HIGHEST = 2,
  /* More than others. */
  UV_THREAD_PRIORITY_ABOVE_NORMAL = 1,
  /* As others. */
  UV_THREAD_PRIORITY_NORMAL = 0,
  /* Less than others. */
  UV_THREAD_PRIORITY_BELOW_NORMAL = -1,
  /* When nothing else is to be done. */
  UV_THREAD_PRIORITY_LOWEST = -2
};

/* Make a thread that calls |entry| with |arg|, and write which one to |*tid|,
 * at the latest when this returns. Its stack is as large as the soft limit
 * RLIMIT_STACK says where that makes sense, else what the system gives.
 *
 * It must be ended with uv_thread_join() or uv_thread_detach(), or its stack is
 * never freed.
 *
 * Returns 0; UV_EAGAIN when there are too many threads; UV_ENOMEM. */
UV_EXTERN int uv_thread_create(uv_thread_t* tid, uv_thread_cb entry, void* arg);

/* The same, with the wishes in |params|, which is only read here. UV_EINVAL for
 * a stack size that no number can hold once it is rounded up.
 * Since libuv 1.26. */
UV_EXTERN int uv_thread_create_ex(uv_thread_t* tid,
                                  const uv_thread_options_t* params,
                                  uv_thread_cb entry, void* arg);

/* Wait until |*tid| has ended, and free what it leaves. What it wrote is then
 * seen. Once for each thread, and not for itself.
 *
 * Returns 0, or what pthread_join(3) gives. */
UV_EXTERN int uv_thread_join(uv_thread_t* tid);

/* Let |*tid| free what it leaves by itself when it ends. It cannot be joined
 * any more, and after it has ended |*tid| names no thread.
 * Since libuv 1.50. */
UV_EXTERN int uv_thread_detach(uv_thread_t* tid);

/* The calling thread. Cannot fail. */
UV_EXTERN uv_thread_t uv_thread_self(void);

/* Not 0 if |*t1| and |*t2| are the same thread. The type is no number that
 * could be compared with ==. */
UV_EXTERN int uv_thread_equal(const uv_thread_t* t1, const uv_thread_t* t2);

/* Name the calling thread |name|, for debuggers and top(1). A longer name than
 * the system takes is cut: on Linux to 15 bytes. Since libuv 1.50. */
UV_EXTERN int uv_thread_setname(const char* name);

/* Write the name of |*tid| to |name|, cut to |size| bytes with the NUL that
 * ends it. UV_EINVAL if |size| is 0; UV_ENOTSUP where threads have no names
 * that can be read. Since libuv 1.50. */
UV_EXTERN int uv_thread_getname(uv_thread_t* tid, char* name, size_t size);

/* How many bytes the masks of uv_thread_setaffinity() need: one for each CPU
 * that the system could name. UV_ENOTSUP where there is no affinity, as on
 * macOS and OpenBSD. Since libuv 1.45. */
UV_EXTERN int uv_cpumask_size(void);

/* Let |*tid| run on those CPUs n for which |cpumask[n]| is not 0, and on no
 * other. If |oldmask| is not NULL, write there what it was. Both have
 * |mask_size| bytes. Reading the old and setting the new is not one step.
 *
 * Returns 0; UV_EINVAL if |mask_size| is less than uv_cpumask_size(), or no CPU
 * is left; UV_ENOTSUP as there. On an error |oldmask| is not written. See
 * pthread_setaffinity_np(3), SetThreadAffinityMask(). Since libuv 1.45. */
UV_EXTERN int uv_thread_setaffinity(uv_thread_t* tid, char* cpumask,
                                    char* oldmask, size_t mask_size);

/* Write to |cpumask|, |mask_size| bytes, a 1 for each CPU that |*tid| may run
 * on and a 0 for each other. Errors as uv_thread_setaffinity().
 * Since libuv 1.45. */
UV_EXTERN int uv_thread_getaffinity(uv_thread_t* tid, char* cpumask,
                                    size_t mask_size);

/* The number of the CPU that the calling thread ran on just now; it may be on
 * another already. UV_ENOTSUP where the system does not tell.
 * Since libuv 1.45. */
UV_EXTERN int uv_thread_getcpu(void);

/* Give |tid| the |priority|, one of the UV_THREAD_PRIORITY_*. Under a
 * scheduling policy with priorities they are spread over the range of it; under
 * one without, as that of most programs on Linux, they become nice values from
 * -4 to 4.
 *
 * Returns 0; UV_EINVAL for another number; UV_EPERM or UV_EACCES when the
 * program may not, as is usual for more than it has; UV_ENOTSUP.
 * Since libuv 1.48. */
UV_EXTERN int uv_thread_setpriority(uv_thread_t tid, int priority);

/* Write the priority of |tid| to |*priority|, as the system counts: what
 * pthread_getschedparam(3) gives, or a nice value, or what GetThreadPriority()
 * gives on Windows. It is not one of the UV_THREAD_PRIORITY_*, and is there to
 * be compared. Since libuv 1.48. */
UV_EXTERN int uv_thread_getpriority(uv_thread_t tid, int* priority);

/* ---- values that each thread has for itself ----------------------------- */

/* Make |*key|: in every thread its value is NULL. There may not be many keys:
 * UV_EAGAIN when the system has no more; UV_ENOMEM. */
UV_EXTERN int uv_key_create(uv_key_t* key);

/* Forget |*key|. What the values point to stays the program's. */
UV_EXTERN void uv_key_delete(uv_key_t* key);

/* The value of |*key| in the calling thread; NULL if it has set none. */
UV_EXTERN void* uv_key_get(uv_key_t* key);

/* Let |value| be the value of |*key| in the calling thread. Nothing is called
 * with it when the thread ends. */
UV_EXTERN void uv_key_set(uv_key_t* key, void* value);

/* ---- once --------------------------------------------------------------- */

/* Call |callback| if no call with the same |guard| has done so. When this
 * returns, it has been called and has returned, by whichever thread. |guard|
 * must be initialised with UV_ONCE_INIT, and |callback| must not come here with
 * the same |guard|: it would wait for itself. */
UV_EXTERN void uv_once(uv_once_t* guard, void (*callback)(void));

/* ---- mutex -------------------------------------------------------------- */

/* Make |mutex|, unlocked. A thread that locks it twice waits for itself for
 * ever. UV_ENOMEM or UV_EAGAIN when the system has too little left. */
UV_EXTERN int uv_mutex_init(uv_mutex_t* mutex);

/* The same, but a thread may lock it many times, and has to unlock it as many
 * times. Since libuv 1.15. */
UV_EXTERN int uv_mutex_init_recursive(uv_mutex_t* mutex);

/* Destroy |mutex|, which nobody holds. */
UV_EXTERN void uv_mutex_destroy(uv_mutex_t* mutex);

/* Lock |mutex|, waiting as long as that takes. */
UV_EXTERN void uv_mutex_lock(uv_mutex_t* mutex);

/* Lock |mutex| if that needs no waiting; else UV_EBUSY. */
UV_EXTERN int uv_mutex_trylock(uv_mutex_t* mutex);

/* Unlock |mutex|, which the calling thread holds. */
UV_EXTERN void uv_mutex_unlock(uv_mutex_t* mutex);

/* ---- read-write lock ---------------------------------------------------- */

/* Make |rwlock|, unlocked. It is held by one writer or by any number of
 * readers. UV_ENOMEM or UV_EAGAIN when the system has too little left. */
UV_EXTERN int uv_rwlock_init(uv_rwlock_t* rwlock);

/* Destroy |rwlock|, which nobody holds. */
UV_EXTERN void uv_rwlock_destroy(uv_rwlock_t* rwlock);

/* Hold |rwlock| as a reader, waiting as long as that takes. A thread that holds
 * it already must not: with a writer waiting, it might wait for itself. */
UV_EXTERN void uv_rwlock_rdlock(uv_rwlock_t* rwlock);

/* The same if that needs no waiting; else UV_EBUSY. */
UV_EXTERN int uv_rwlock_tryrdlock(uv_rwlock_t* rwlock);

/* Be a reader of |rwlock| no more. */
UV_EXTERN void uv_rwlock_rdunlock(uv_rwlock_t* rwlock);

/* Hold |rwlock| as its writer, waiting as long as that takes. */
UV_EXTERN void uv_rwlock_wrlock(uv_rwlock_t* rwlock);

/* The same if that needs no waiting; else UV_EBUSY. */
UV_EXTERN int uv_rwlock_trywrlock(uv_rwlock_t* rwlock);

/* Be the writer of |rwlock| no more. In the thread that became it. */
UV_EXTERN void uv_rwlock_wrunlock(uv_rwlock_t* rwlock);

/* ---- semaphore ---------------------------------------------------------- */

/* Make |sem| with the count |value|; UV_EINVAL if no int can hold it. */
UV_EXTERN int uv_sem_init(uv_sem_t* sem, unsigned int value);

/* Destroy |sem|, for which nobody waits. */
UV_EXTERN void uv_sem_destroy(uv_sem_t* sem);

/* Add one to the count of |sem|, or let one who waits go on. */
UV_EXTERN void uv_sem_post(uv_sem_t* sem);

/* Take one from the count of |sem|, waiting until it is not 0. A signal does
 * not end the wait. */
UV_EXTERN void uv_sem_wait(uv_sem_t* sem);

/* The same if that needs no waiting; else UV_EAGAIN. */
UV_EXTERN int uv_sem_trywait(uv_sem_t* sem);

/* ---- condition ---------------------------------------------------------- */

/* Make |cond|. UV_ENOMEM or UV_EAGAIN when the system has too little left. */
UV_EXTERN int uv_cond_init(uv_cond_t* cond);

/* Destroy |cond|, for which nobody waits. */
UV_EXTERN void uv_cond_destroy(uv_cond_t* cond);

/* Let one of those who wait for |cond| go on, if there is any. */
UV_EXTERN void uv_cond_signal(uv_cond_t* cond);

/* Let all who wait for |cond| go on. */
UV_EXTERN void uv_cond_broadcast(uv_cond_t* cond);

/* Unlock |mutex|, which the calling thread holds, wait for |cond|, and lock it
 * again. Nothing signalled after the unlocking is missed. It may also end
 * without a reason, so what is waited for has to be looked at, in a loop. */
UV_EXTERN void uv_cond_wait(uv_cond_t* cond, uv_mutex_t* mutex);

/* The same, for |timeout| ns at most, on a clock that nobody sets. The mutex is
 * locked again in either case. Returns 0; UV_ETIMEDOUT. */
UV_EXTERN int uv_cond_timedwait(uv_cond_t* cond, uv_mutex_t* mutex,
                                uint64_t timeout);

/* ---- barrier ------------------------------------------------------------ */

/* Make |barrier|, at which |count| threads wait for each other. UV_EINVAL if
 * |count| is 0; UV_ENOMEM or UV_EAGAIN when the system has too little left. */
UV_EXTERN int uv_barrier_init(uv_barrier_t* barrier, unsigned int count);

/* Destroy |barrier|, at which nobody waits. Those who are just leaving are
 * waited for. */
UV_EXTERN void uv_barrier_destroy(uv_barrier_t* barrier);

/* Wait until as many threads are at |barrier| as it was made for, and go on
 * together; then it starts afresh. Returns a number > 0 in one of them, which
 * may be the one to clean up, and 0 in the others:
 *
 *   if (uv_barrier_wait(&barrier) > 0)
 *     uv_barrier_destroy(&barrier); */
UV_EXTERN int uv_barrier_wait(uv_barrier_t* barrier);

#ifdef __cplusplus
}
#endif

#endif /* UV_THREAD_H_ */
