/* sys.c - the one place of the Unix rooms where system calls are made. */
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <time.h>

#include "../fault.h"
#include "uv/errno.h"

/* The UV_E* of the call that has just failed. */
static int last_error(void) {
  return -errno;
}

/* Set errno to |err|, what GY_FAULT() said, unless it is 0; |err|. */
static int fault(int err) {
  if (err != 0) {
    errno = err;
  }
  return err;
}

uint64_t gy_sys_clock(void) {
  struct timespec now;

  /* It cannot fail: the clock is there and the pointer is good. */
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void gy_sys_sleep(unsigned ms) {
  struct timespec rest;

  rest.tv_sec = (time_t)(ms / 1000);
  rest.tv_nsec = (long)(ms % 1000) * 1000000;
  while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    /* The rest is what is left of it. */
  }
}

void gy_sys_yield(void) {
  (void)sched_yield();
}

int gy_sys_nonblock(int fd) {
  int flags;

  if (fault(GY_FAULT("fcntl"))) {
    return last_error();
  }
  flags = fcntl(fd, F_GETFL);
  if (flags == -1) {
    return last_error();
  }
  if (flags & O_NONBLOCK) {
    return 0;
  }
  return fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : last_error();
}

int gy_sys_check_fd(int fd) {
  if (fault(GY_FAULT("fcntl")) || fcntl(fd, F_GETFD) == -1) {
    return last_error();
  }
  return 0;
}
