/* cond-clock.c - waiting on a condition with a time limit, where the condition
 * can be told its clock: all systems but macOS.
 *
 * The clock is the monotonic one. On the wall clock, as pthreads would have it,
 * setting the time would stretch or end a wait. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "fault.h"
#include "unix/sync.h"
#include "uv.h"

enum {
  NS_PER_S = 1000000000
};

int uv_cond_init(uv_cond_t* cond) {
  pthread_condattr_t attr;
  int err;

  if (cond == NULL)
    return UV_EINVAL;
  if ((err = GY_FAULT("pthread_condattr_init")) == 0)
    err = pthread_condattr_init(&attr);
  if (err != 0)
    return -err;
  if ((err = GY_FAULT("pthread_condattr_setclock")) == 0)
    err = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  if (err == 0 && (err = GY_FAULT("pthread_cond_init")) == 0)
    err = pthread_cond_init(cond, &attr);
  /* It cannot fail on an attribute that was initialised. */
  (void)pthread_condattr_destroy(&attr);
  return -err;
}

/* Move |when| on by |timeout| ns, or to the end of time where that is nearer:
 * 2038 when time_t has 32 bits. */
static void deadline_move(struct timespec* when, uint64_t timeout) {
  uint64_t last = sizeof(time_t) < sizeof(int64_t) ? INT32_MAX : INT64_MAX;
  uint64_t ns = (uint64_t)when->tv_nsec + timeout % NS_PER_S;
  uint64_t s = (uint64_t)when->tv_sec + timeout / NS_PER_S + ns / NS_PER_S;

  when->tv_sec = (time_t)(s < last ? s : last);
  when->tv_nsec = (long)(ns % NS_PER_S);
}

int uv_cond_timedwait(uv_cond_t* cond, uv_mutex_t* mutex, uint64_t timeout) {
  struct timespec deadline;
  int err;

  if (cond == NULL || mutex == NULL)
    return UV_EINVAL;
  if (clock_gettime(CLOCK_MONOTONIC, &deadline) != 0)
    return -errno;
  deadline_move(&deadline, timeout);
  err = pthread_cond_timedwait(cond, mutex, &deadline);
  return -err;
}
