/* barrier-pthread.c - barriers of pthreads: all systems but macOS. */
#include <pthread.h>

#include "fault.h"
#include "unix/sync.h"
#include "uv.h"

int uv_barrier_init(uv_barrier_t* barrier, unsigned int count) {
  int err;

  if (barrier == NULL)
    return UV_EINVAL;
  if ((err = GY_FAULT("pthread_barrier_init")) == 0)
    err = pthread_barrier_init(barrier, NULL, count);
  return -err;
}

int uv_barrier_wait(uv_barrier_t* barrier) {
  int err;

  if (barrier == NULL)
    return UV_EINVAL;
  err = pthread_barrier_wait(barrier);
  /* The chosen thread's value is negative on Linux; ours is positive. */
  return err == PTHREAD_BARRIER_SERIAL_THREAD ? 1 : -err;
}

void uv_barrier_destroy(uv_barrier_t* barrier) {
  gy_sync_must(pthread_barrier_destroy(barrier), "uv_barrier_destroy");
}
