/* sys-call.h - what files that make system calls have in common: how a call
 * ends. For sys-*.c only. */
#ifndef GY_UNIX_SYS_CALL_H_
#define GY_UNIX_SYS_CALL_H_

#include <errno.h>
#include <stdbool.h>

#include "../fault.h"

/* The UV_E* of the call that has just failed. */
static inline int gy_sys_error(void) {
  return -errno;
}

/* Set errno to |err|, what GY_FAULT() said, unless it is 0; |err|. */
static inline int gy_sys_fault(int err) {
  if (err != 0) {
    errno = err;
  }
  return err;
}

/* Did a call that returned |result| fail because a signal came? */
static inline bool gy_sys_interrupted(long result) {
  return result == -1 && errno == EINTR;
}

#endif /* GY_UNIX_SYS_CALL_H_ */
