/* sync.c - mutex, read-write lock, the plain half of the condition variable,
 * once, and thread-local keys.
 *
 * These are pthreads under other names. What differs between the systems is in
 * files of its own: cond-*.c, sem-*.c and barrier-*.c, one of each built in.
 *
 * Functions that return nothing have one answer to an error, the end of the
 * program: a lock that was not taken and cannot say so is worse. The errors are
 * misuse: destroying what is in use, unlocking the recursive mutex of another
 * thread, posting a semaphore beyond its range, a key that was deleted. A plain
 * mutex does not check its owner: the kind that does cannot be unlocked in the
 * child of a fork, which programs do. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "unix/sync.h"
#include "uv.h"

void gy_sync_must(int err, const char* call) {
  if (err == 0)
    return;
  (void)fprintf(stderr, "%s: misuse: %s\n", call, strerror(err));
  abort();
}

/* ---- mutex -------------------------------------------------------------- */

int uv_mutex_init(uv_mutex_t* handle) {
  int err;

  if (handle == NULL)
    return UV_EINVAL;
  if ((err = GY_FAULT("pthread_mutex_init")) == 0)
    err = pthread_mutex_init(handle, NULL);
  return -err;
}

int uv_mutex_init_recursive(uv_mutex_t* handle) {
  pthread_mutexattr_t attr;
  int err;

  if (handle == NULL)
    return UV_EINVAL;
  if ((err = GY_FAULT("pthread_mutexattr_init")) == 0)
    err = pthread_mutexattr_init(&attr);
  if (err != 0)
    return -err;
  err = pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
  if (err == 0 && (err = GY_FAULT("pthread_mutex_init")) == 0)
    err = pthread_mutex_init(handle, &attr);
  /* It cannot fail on an attribute that was initialised. */
  (void)pthread_mutexattr_destroy(&attr);
  return -err;
}

void uv_mutex_destroy(uv_mutex_t* handle) {
  gy_sync_must(pthread_mutex_destroy(handle), "uv_mutex_destroy");
}

void uv_mutex_lock(uv_mutex_t* handle) {
  gy_sync_must(pthread_mutex_lock(handle), "uv_mutex_lock");
}

int uv_mutex_trylock(uv_mutex_t* handle) {
  if (handle == NULL)
    return UV_EINVAL;
  return -pthread_mutex_trylock(handle);
}

void uv_mutex_unlock(uv_mutex_t* handle) {
  gy_sync_must(pthread_mutex_unlock(handle), "uv_mutex_unlock");
}

/* ---- read-write lock ---------------------------------------------------- */

/* What a try that ended in |err| returns. Full of readers is busy. */
static int rwlock_tried(int err) {
  return err == EAGAIN ? UV_EBUSY : -err;
}

int uv_rwlock_init(uv_rwlock_t* rwlock) {
  int err;

  if (rwlock == NULL)
    return UV_EINVAL;
  if ((err = GY_FAULT("pthread_rwlock_init")) == 0)
    err = pthread_rwlock_init(rwlock, NULL);
  return -err;
}

void uv_rwlock_destroy(uv_rwlock_t* rwlock) {
  gy_sync_must(pthread_rwlock_destroy(rwlock), "uv_rwlock_destroy");
}

void uv_rwlock_rdlock(uv_rwlock_t* rwlock) {
  gy_sync_must(pthread_rwlock_rdlock(rwlock), "uv_rwlock_rdlock");
}

int uv_rwlock_tryrdlock(uv_rwlock_t* rwlock) {
  if (rwlock == NULL)
    return UV_EINVAL;
  return rwlock_tried(pthread_rwlock_tryrdlock(rwlock));
}

void uv_rwlock_rdunlock(uv_rwlock_t* rwlock) {
  gy_sync_must(pthread_rwlock_unlock(rwlock), "uv_rwlock_rdunlock");
}

void uv_rwlock_wrlock(uv_rwlock_t* rwlock) {
  gy_sync_must(pthread_rwlock_wrlock(rwlock), "uv_rwlock_wrlock");
}

int uv_rwlock_trywrlock(uv_rwlock_t* rwlock) {
  if (rwlock == NULL)
    return UV_EINVAL;
  return rwlock_tried(pthread_rwlock_trywrlock(rwlock));
}

void uv_rwlock_wrunlock(uv_rwlock_t* rwlock) {
  gy_sync_must(pthread_rwlock_unlock(rwlock), "uv_rwlock_wrunlock");
}

/* ---- condition variable ------------------------------------------------- */

void uv_cond_destroy(uv_cond_t* cond) {
  gy_sync_must(pthread_cond_destroy(cond), "uv_cond_destroy");
}

void uv_cond_signal(uv_cond_t* cond) {
  gy_sync_must(pthread_cond_signal(cond), "uv_cond_signal");
}

void uv_cond_broadcast(uv_cond_t* cond) {
  gy_sync_must(pthread_cond_broadcast(cond), "uv_cond_broadcast");
}

void uv_cond_wait(uv_cond_t* cond, uv_mutex_t* mutex) {
  gy_sync_must(pthread_cond_wait(cond, mutex), "uv_cond_wait");
}

/* ---- once and keys ------------------------------------------------------ */

void uv_once(uv_once_t* guard, void (*callback)(void)) {
  gy_sync_must(pthread_once(guard, callback), "uv_once");
}

int uv_key_create(uv_key_t* key) {
  int err;

  if (key == NULL)
    return UV_EINVAL;
  if ((err = GY_FAULT("pthread_key_create")) == 0)
    err = pthread_key_create(key, NULL);
  return -err;
}

void uv_key_delete(uv_key_t* key) {
  gy_sync_must(pthread_key_delete(*key), "uv_key_delete");
}

void* uv_key_get(uv_key_t* key) {
  return pthread_getspecific(*key);
}

void uv_key_set(uv_key_t* key, void* value) {
  gy_sync_must(pthread_setspecific(*key, value), "uv_key_set");
}
