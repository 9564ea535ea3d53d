/* thread.c - threads: made, joined, named, scheduled.
 *
 * This is the front desk of uv_thread_* on Unix and what POSIX can do; what it
 * cannot is in the thread-<system>.c behind thread.h. pthread functions return
 * their error instead of setting errno, and a UV_E* is a negated errno here. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include "alloc.h"
#include "fault.h"
#include "unix/thread.h"

enum {
  /* PTHREAD_STACK_MIN of musl is 2 KB, and the frame of a signal handler does
   * not fit in that on every processor. */
  STACK_FLOOR = 8192,
  /* The stack when there is no usable limit; the one glibc takes, too. */
  STACK_FALLBACK = 2 << 20,
  /* UV_THREAD_PRIORITY_LOWEST to _HIGHEST is this many steps. */
  PRIORITY_STEPS = UV_THREAD_PRIORITY_HIGHEST - UV_THREAD_PRIORITY_LOWEST,
  /* One step of priority is two of nice, and counts the other way. */
  NICE_PER_STEP = -2
};

/* What a new thread takes along. pthreads want a function of another type, and
 * to call one type of function as another is undefined. */
typedef struct {
  uv_thread_cb entry;
  void* arg;
} thread_start_t;

/* The static priorities of a scheduling policy. */
typedef struct {
  int policy;
  int lowest;
  int highest;
  struct sched_param now;
} thread_schedule_t;

/* ---- stacks ------------------------------------------------------------- */

static size_t stack_minimum(void) {
  long minimum = sysconf(_SC_THREAD_STACK_MIN);
  return minimum > STACK_FLOOR ? (size_t)minimum : STACK_FLOOR;
}

static size_t stack_page(void) {
  return (size_t)sysconf(_SC_PAGESIZE);
}

/* The stack of a thread that asks for nothing, 0 to leave it to the system.
 * Threads of musl would have 128 KB and those of macOS 512 KB; programs that
 * run elsewhere crash there. */
static size_t stack_default(void) {
  struct rlimit limit;
  rlim_t size;

  if (!gy_thread_obeys_stack_limit)
    return 0;
  if (getrlimit(RLIMIT_STACK, &limit) != 0)
    return STACK_FALLBACK;
  if (limit.rlim_cur == RLIM_INFINITY ||
      (size_t)limit.rlim_cur != limit.rlim_cur)
    return STACK_FALLBACK;
  /* The limit is any number of bytes, a stack is whole pages: macOS refuses
   * anything else. */
  size = limit.rlim_cur - limit.rlim_cur % stack_page();
  return size < stack_minimum() ? STACK_FALLBACK : (size_t)size;
}

/* The stack for |options| in |size|. UV_EINVAL when no number can hold it. */
static int stack_size(const uv_thread_options_t* options, size_t* size) {
  size_t page = stack_page();
  size_t wanted = 0;

  if (options->flags & UV_THREAD_HAS_STACK_SIZE)
    wanted = options->stack_size;
  if (wanted == 0) {
    *size = stack_default();
    return 0;
  }
  if (wanted > SIZE_MAX - (page - 1))
    return UV_EINVAL;
  wanted = (wanted + page - 1) / page * page;
  *size = wanted < stack_minimum() ? stack_minimum() : wanted;
  return 0;
}

/* ---- birth and death ---------------------------------------------------- */

static void* thread_main(void* memory) {
  thread_start_t start = *(thread_start_t*)memory;
  gy_free(memory);
  start.entry(start.arg);
  return NULL;
}

/* pthread_create(3) with a stack of |size| bytes, or the system's if 0. */
static int thread_spawn(uv_thread_t* tid, size_t size, thread_start_t* start) {
  pthread_attr_t attr;
  int err;

  if ((err = GY_FAULT("pthread_attr_init")) == 0)
    err = pthread_attr_init(&attr);
  if (err != 0)
    return -err;
  if (size != 0)
    err = pthread_attr_setstacksize(&attr, size);
  if (err == 0 && (err = GY_FAULT("pthread_create")) == 0)
    err = pthread_create(tid, &attr, thread_main, start);
  /* It cannot fail on an attribute that was initialised. */
  (void)pthread_attr_destroy(&attr);
  return -err;
}

int uv_thread_create_ex(uv_thread_t* tid, const uv_thread_options_t* params,
                        uv_thread_cb entry, void* arg) {
  thread_start_t* start;
  size_t size = 0;
  int err;

  if (tid == NULL || params == NULL || entry == NULL)
    return UV_EINVAL;
  err = stack_size(params, &size);
  if (err != 0)
    return err;
  start = gy_malloc(sizeof(*start));
  if (start == NULL)
    return UV_ENOMEM;
  start->entry = entry;
  start->arg = arg;
  /* Straight into |*tid|, although an error leaves it undefined: with glibc the
   * new thread finds itself there even before this call returns, and programs
   * count on it. */
  err = thread_spawn(tid, size, start);
  if (err != 0)
    gy_free(start);
  return err;
}

int uv_thread_create(uv_thread_t* tid, uv_thread_cb entry, void* arg) {
  uv_thread_options_t params;
  params.flags = UV_THREAD_NO_FLAGS;
  params.stack_size = 0;
  return uv_thread_create_ex(tid, &params, entry, arg);
}

uv_thread_t uv_thread_self(void) {
  return pthread_self();
}

int uv_thread_join(uv_thread_t* tid) {
  if (tid == NULL)
    return UV_EINVAL;
  /* glibc would say so, musl would wait for ever. */
  if (pthread_equal(*tid, pthread_self()))
    return -EDEADLK;
  return -pthread_join(*tid, NULL);
}

int uv_thread_detach(uv_thread_t* tid) {
  if (tid == NULL)
    return UV_EINVAL;
  return -pthread_detach(*tid);
}

int uv_thread_equal(const uv_thread_t* t1, const uv_thread_t* t2) {
  /* The answer is yes or no, and nothing equals no thread. */
  if (t1 == NULL || t2 == NULL)
    return 0;
  return pthread_equal(*t1, *t2);
}

/* ---- where it runs ------------------------------------------------------ */

int uv_cpumask_size(void) {
  return gy_thread_mask_size();
}

/* 0 when a mask of |size| bytes at |mask| can hold an affinity. */
static int mask_check(const uv_thread_t* tid, const char* mask, size_t size) {
  int needed = gy_thread_mask_size();
  if (needed < 0)
    return needed;
  if (tid == NULL || mask == NULL || size < (size_t)needed)
    return UV_EINVAL;
  return 0;
}

int uv_thread_getaffinity(uv_thread_t* tid, char* cpumask, size_t mask_size) {
  int err = mask_check(tid, cpumask, mask_size);
  size_t used;

  if (err != 0)
    return err;
  err = gy_thread_get_affinity(*tid, cpumask);
  if (err != 0)
    return err;
  /* No CPU has a number this high. */
  used = (size_t)gy_thread_mask_size();
  memset(cpumask + used, 0, mask_size - used);
  return 0;
}

/* Set the affinity of |tid| to |mask| and, when that succeeds, write what it
 * was to |old|. They may be the same memory. */
static int affinity_exchange(uv_thread_t* tid, const char* mask, char* old,
                             size_t size) {
  char* before = gy_malloc(size);
  int err;

  if (before == NULL)
    return UV_ENOMEM;
  err = uv_thread_getaffinity(tid, before, size);
  if (err == 0)
    err = gy_thread_set_affinity(*tid, mask);
  if (err == 0)
    memcpy(old, before, size);
  gy_free(before);
  return err;
}

int uv_thread_setaffinity(uv_thread_t* tid, char* cpumask, char* oldmask,
                          size_t mask_size) {
  int err = mask_check(tid, cpumask, mask_size);
  if (err != 0)
    return err;
  if (oldmask == NULL)
    return gy_thread_set_affinity(*tid, cpumask);
  return affinity_exchange(tid, cpumask, oldmask, mask_size);
}

int uv_thread_getcpu(void) {
  return gy_thread_cpu();
}

/* ---- how much it runs --------------------------------------------------- */

/* The scheduling policy of |tid|, and what it offers. */
static int schedule_read(uv_thread_t tid, thread_schedule_t* schedule) {
  int err;

  if ((err = GY_FAULT("pthread_getschedparam")) == 0)
    err = pthread_getschedparam(tid, &schedule->policy, &schedule->now);
  if (err != 0)
    return -err;
  schedule->lowest = sched_get_priority_min(schedule->policy);
  schedule->highest = sched_get_priority_max(schedule->policy);
  /* -1 is an error from both and a priority on no system that Gyre knows. */
  if (schedule->lowest == -1 || schedule->highest == -1)
    return -errno;
  return 0;
}

int uv_thread_getpriority(uv_thread_t tid, int* priority) {
  thread_schedule_t schedule;
  int err;

  if (priority == NULL)
    return UV_EINVAL;
  err = schedule_read(tid, &schedule);
  if (err != 0)
    return err;
  if (schedule.lowest == schedule.highest)
    return gy_thread_get_nice(tid, priority);
  *priority = schedule.now.sched_priority;
  return 0;
}

int uv_thread_setpriority(uv_thread_t tid, int priority) {
  thread_schedule_t schedule;
  int step;
  int err;

  if (priority < UV_THREAD_PRIORITY_LOWEST ||
      priority > UV_THREAD_PRIORITY_HIGHEST)
    return UV_EINVAL;
  err = schedule_read(tid, &schedule);
  if (err != 0)
    return err;
  if (schedule.lowest == schedule.highest)
    return gy_thread_set_nice(tid, priority * NICE_PER_STEP);
  step = priority - UV_THREAD_PRIORITY_LOWEST;
  schedule.now.sched_priority =
      schedule.lowest +
      (schedule.highest - schedule.lowest) * step / PRIORITY_STEPS;
  if ((err = GY_FAULT("pthread_setschedparam")) == 0)
    err = pthread_setschedparam(tid, schedule.policy, &schedule.now);
  return -err;
}

/* ---- names -------------------------------------------------------------- */

int uv_thread_setname(const char* name) {
  if (name == NULL)
    return UV_EINVAL;
  return gy_thread_set_name(name);
}

int uv_thread_getname(uv_thread_t* tid, char* name, size_t size) {
  if (tid == NULL || name == NULL || size == 0)
    return UV_EINVAL;
  return gy_thread_get_name(*tid, name, size);
}
