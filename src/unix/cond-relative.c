/* cond-relative.c - waiting on a condition with a time limit on macOS.
 *
 * Its conditions know the wall clock only, but can be given a distance instead
 * of a time, and measure that with a clock that nobody sets. */
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "fault.h"
#include "unix/sync.h"
#include "uv.h"

enum {
  NS_PER_S = 1000000000
};

/* 146 years. The kernel adds the distance to its clock, and 64 bits must hold
 * the sum. */
#define LONGEST_NS (UINT64_C(1) << 62)

int uv_cond_init(uv_cond_t* cond) {
  int err;

  if (cond == NULL)
    return UV_EINVAL;
  if ((err = GY_FAULT("pthread_cond_init")) == 0)
    err = pthread_cond_init(cond, NULL);
  return -err;
}

int uv_cond_timedwait(uv_cond_t* cond, uv_mutex_t* mutex, uint64_t timeout) {
  struct timespec distance;

  if (cond == NULL || mutex == NULL)
    return UV_EINVAL;
  if (timeout > LONGEST_NS)
    timeout = LONGEST_NS;
  distance.tv_sec = (time_t)(timeout / NS_PER_S);
  distance.tv_nsec = (long)(timeout % NS_PER_S);
  return -pthread_cond_timedwait_relative_np(cond, mutex, &distance);
}
