/* sync.c - mutex, read-write lock, semaphore, condition, barrier, once, keys.
 *
 * These are Windows' own under other names, which cannot fail where they need
 * no memory. What can is misuse, such as a semaphore that is destroyed twice:
 * functions that return nothing answer it with the end of the program.
 *
 * What is odd: every mutex is recursive, because a critical section is. And a
 * wait for some time may end up to a tick of the system's clock too early, so
 * the time is looked at afterwards. */
#include <windows.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "fault.h"
#include "uv.h"
#include "win/clock.h"
#include "win/error.h"

/* End the program unless |ok|: |call| was misused. The reason goes to stderr.
 */
static void sync_must(BOOL ok, const char* call) {
  if (ok)
    return;
  (void)fprintf(stderr, "%s: misuse: error %lu\n", call, GetLastError());
  abort();
}

/* ---- mutex -------------------------------------------------------------- */

int uv_mutex_init(uv_mutex_t* mutex) {
  int err = GY_FAULT("InitializeCriticalSection");

  if (mutex == NULL)
    return UV_EINVAL;
  if (err == 0)
    InitializeCriticalSection(mutex);
  return gy_win_error((unsigned long)err);
}

int uv_mutex_init_recursive(uv_mutex_t* mutex) {
  return uv_mutex_init(mutex);
}

void uv_mutex_destroy(uv_mutex_t* mutex) {
  DeleteCriticalSection(mutex);
}

void uv_mutex_lock(uv_mutex_t* mutex) {
  EnterCriticalSection(mutex);
}

int uv_mutex_trylock(uv_mutex_t* mutex) {
  if (mutex == NULL)
    return UV_EINVAL;
  return TryEnterCriticalSection(mutex) ? 0 : UV_EBUSY;
}

void uv_mutex_unlock(uv_mutex_t* mutex) {
  LeaveCriticalSection(mutex);
}

/* ---- read-write lock ---------------------------------------------------- */

int uv_rwlock_init(uv_rwlock_t* rwlock) {
  if (rwlock == NULL)
    return UV_EINVAL;
  InitializeSRWLock(&rwlock->read_write_lock_);
  return 0;
}

void uv_rwlock_destroy(uv_rwlock_t* rwlock) {
  (void)rwlock; /* It holds nothing but itself. */
}

void uv_rwlock_rdlock(uv_rwlock_t* rwlock) {
  AcquireSRWLockShared(&rwlock->read_write_lock_);
}

int uv_rwlock_tryrdlock(uv_rwlock_t* rwlock) {
  if (rwlock == NULL)
    return UV_EINVAL;
  return TryAcquireSRWLockShared(&rwlock->read_write_lock_) ? 0 : UV_EBUSY;
}

void uv_rwlock_rdunlock(uv_rwlock_t* rwlock) {
  ReleaseSRWLockShared(&rwlock->read_write_lock_);
}

void uv_rwlock_wrlock(uv_rwlock_t* rwlock) {
  AcquireSRWLockExclusive(&rwlock->read_write_lock_);
}

int uv_rwlock_trywrlock(uv_rwlock_t* rwlock) {
  if (rwlock == NULL)
    return UV_EINVAL;
  return TryAcquireSRWLockExclusive(&rwlock->read_write_lock_) ? 0 : UV_EBUSY;
}

void uv_rwlock_wrunlock(uv_rwlock_t* rwlock) {
  ReleaseSRWLockExclusive(&rwlock->read_write_lock_);
}

/* ---- semaphore ---------------------------------------------------------- */

int uv_sem_init(uv_sem_t* sem, unsigned int value) {
  int err = GY_FAULT("CreateSemaphoreW");
  HANDLE made = NULL;

  if (sem == NULL || value > INT_MAX)
    return UV_EINVAL;
  if (err == 0) {
    made = CreateSemaphoreW(NULL, (LONG)value, INT_MAX, NULL);
    err = made == NULL ? (int)GetLastError() : 0;
  }
  if (err == 0)
    *sem = made;
  return gy_win_error((unsigned long)err);
}

void uv_sem_destroy(uv_sem_t* sem) {
  sync_must(CloseHandle(*sem), "uv_sem_destroy");
}

void uv_sem_post(uv_sem_t* sem) {
  sync_must(ReleaseSemaphore(*sem, 1, NULL), "uv_sem_post");
}

void uv_sem_wait(uv_sem_t* sem) {
  sync_must(WaitForSingleObject(*sem, INFINITE) == WAIT_OBJECT_0,
            "uv_sem_wait");
}

int uv_sem_trywait(uv_sem_t* sem) {
  DWORD result;

  if (sem == NULL)
    return UV_EINVAL;
  result = WaitForSingleObject(*sem, 0);
  sync_must(result != WAIT_FAILED, "uv_sem_trywait");
  return result == WAIT_OBJECT_0 ? 0 : UV_EAGAIN;
}

/* ---- condition ---------------------------------------------------------- */

int uv_cond_init(uv_cond_t* cond) {
  if (cond == NULL)
    return UV_EINVAL;
  InitializeConditionVariable(&cond->cond_var);
  return 0;
}

void uv_cond_destroy(uv_cond_t* cond) {
  (void)cond; /* It holds nothing but itself. */
}

void uv_cond_signal(uv_cond_t* cond) {
  WakeConditionVariable(&cond->cond_var);
}

void uv_cond_broadcast(uv_cond_t* cond) {
  WakeAllConditionVariable(&cond->cond_var);
}

void uv_cond_wait(uv_cond_t* cond, uv_mutex_t* mutex) {
  sync_must(SleepConditionVariableCS(&cond->cond_var, mutex, INFINITE),
            "uv_cond_wait");
}

int uv_cond_timedwait(uv_cond_t* cond, uv_mutex_t* mutex, uint64_t timeout) {
  uint64_t deadline;

  if (cond == NULL || mutex == NULL)
    return UV_EINVAL;
  deadline = gy_win_deadline(timeout);
  do {
    if (SleepConditionVariableCS(&cond->cond_var, mutex,
                                 gy_win_ms_until(deadline)))
      return 0;
    sync_must(GetLastError() == ERROR_TIMEOUT, "uv_cond_timedwait");
  } while (gy_win_clock() < deadline);
  return UV_ETIMEDOUT;
}

/* ---- barrier ------------------------------------------------------------ */

/* |in| counts who has come to the round, |out| who has yet to leave the round
 * before. A round begins when the one before has been left by all: else a fast
 * thread could come around again and be counted for a slow one. */

static void barrier_sleep(uv_barrier_t* barrier) {
  sync_must(SleepConditionVariableCS(&barrier->cond, &barrier->mutex, INFINITE),
            "uv_barrier_wait");
}

int uv_barrier_init(uv_barrier_t* barrier, unsigned int count) {
  int err;

  if (barrier == NULL || count == 0 || count > INT_MAX)
    return UV_EINVAL;
  err = uv_mutex_init(&barrier->mutex);
  if (err != 0)
    return err;
  InitializeConditionVariable(&barrier->cond);
  barrier->threshold = count;
  barrier->in = 0;
  barrier->out = 0;
  return 0;
}

/* Come to the round, with the mutex held, and wait until it is complete. */
static void barrier_enter(uv_barrier_t* barrier) {
  while (barrier->out != 0)
    barrier_sleep(barrier);
  barrier->in++;
  if (barrier->in == barrier->threshold) {
    barrier->in = 0;
    barrier->out = barrier->threshold;
    WakeAllConditionVariable(&barrier->cond);
    return;
  }
  /* Nobody enters the next round, and makes |in| grow again, before this thread
   * has left. */
  while (barrier->in != 0)
    barrier_sleep(barrier);
}

int uv_barrier_wait(uv_barrier_t* barrier) {
  int last;

  if (barrier == NULL)
    return UV_EINVAL;
  uv_mutex_lock(&barrier->mutex);
  barrier_enter(barrier);
  barrier->out--;
  last = barrier->out == 0;
  /* For those who wait for the next round, and for uv_barrier_destroy(). */
  if (last)
    WakeAllConditionVariable(&barrier->cond);
  uv_mutex_unlock(&barrier->mutex);
  return last;
}

void uv_barrier_destroy(uv_barrier_t* barrier) {
  uv_mutex_lock(&barrier->mutex);
  SetLastError(ERROR_BUSY);
  sync_must(barrier->in == 0, "uv_barrier_destroy");
  while (barrier->out != 0)
    barrier_sleep(barrier);
  uv_mutex_unlock(&barrier->mutex);
  uv_mutex_destroy(&barrier->mutex);
}

/* ---- once and keys ------------------------------------------------------ */

/* A function's address goes through a pointer to data only in a struct. */
typedef struct {
  void (*callback)(void);
} once_t;

static BOOL CALLBACK once_call(PINIT_ONCE guard, PVOID arg, PVOID* context) {
  const once_t* once = arg;

  (void)guard;   /* Windows knows it, */
  (void)context; /* and there is nothing to keep beside it. */
  once->callback();
  return TRUE;
}

void uv_once(uv_once_t* guard, void (*callback)(void)) {
  once_t once = {callback};

  sync_must(InitOnceExecuteOnce(&guard->init_once, once_call, &once, NULL),
            "uv_once");
}

int uv_key_create(uv_key_t* key) {
  DWORD made;

  if (key == NULL)
    return UV_EINVAL;
  if (GY_FAULT("TlsAlloc"))
    return UV_EAGAIN;
  made = TlsAlloc();
  if (made == TLS_OUT_OF_INDEXES)
    return UV_EAGAIN;
  key->tls_index = made;
  return 0;
}

void uv_key_delete(uv_key_t* key) {
  sync_must(TlsFree(key->tls_index), "uv_key_delete");
  key->tls_index = TLS_OUT_OF_INDEXES;
}

void* uv_key_get(uv_key_t* key) {
  /* It clears the last error, which somebody may be about to ask for. */
  DWORD saved = GetLastError();
  void* value = TlsGetValue(key->tls_index);

  sync_must(value != NULL || GetLastError() == ERROR_SUCCESS, "uv_key_get");
  SetLastError(saved);
  return value;
}

void uv_key_set(uv_key_t* key, void* value) {
  sync_must(TlsSetValue(key->tls_index, value), "uv_key_set");
}
