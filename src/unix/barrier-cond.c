/* barrier-cond.c - a barrier made of a mutex and a condition, for macOS, whose
 * pthreads have none.
 *
 * |in| counts who has come to the round, |out| who has yet to leave the round
 * before. A round begins when the one before has been left by all: else a fast
 * thread could come around again and be counted for a slow one. */
#include <errno.h>
#include <limits.h>

#include "unix/sync.h"
#include "uv.h"

int uv_barrier_init(uv_barrier_t* barrier, unsigned int count) {
  int err;

  if (barrier == NULL || count == 0 || count > INT_MAX)
    return UV_EINVAL;
  err = uv_mutex_init(&barrier->mutex);
  if (err != 0)
    return err;
  err = uv_cond_init(&barrier->cond);
  if (err != 0) {
    uv_mutex_destroy(&barrier->mutex);
    return err;
  }
  barrier->threshold = count;
  barrier->in = 0;
  barrier->out = 0;
  return 0;
}

/* Come to the round, with the mutex held, and wait until it is complete. */
static void barrier_enter(uv_barrier_t* barrier) {
  while (barrier->out != 0)
    uv_cond_wait(&barrier->cond, &barrier->mutex);
  barrier->in++;
  if (barrier->in == barrier->threshold) {
    barrier->in = 0;
    barrier->out = barrier->threshold;
    uv_cond_broadcast(&barrier->cond);
    return;
  }
  /* Nobody enters the next round, and makes |in| grow again, before this thread
   * has left. */
  while (barrier->in != 0)
    uv_cond_wait(&barrier->cond, &barrier->mutex);
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
    uv_cond_broadcast(&barrier->cond);
  uv_mutex_unlock(&barrier->mutex);
  return last;
}

void uv_barrier_destroy(uv_barrier_t* barrier) {
  uv_mutex_lock(&barrier->mutex);
  gy_sync_must(barrier->in != 0 ? EBUSY : 0, "uv_barrier_destroy");
  while (barrier->out != 0)
    uv_cond_wait(&barrier->cond, &barrier->mutex);
  uv_mutex_unlock(&barrier->mutex);
  uv_cond_destroy(&barrier->cond);
  uv_mutex_destroy(&barrier->mutex);
}
