/* sys-child.h - what a child does before it is another program. */
#ifndef GY_UNIX_SYS_CHILD_H_
#define GY_UNIX_SYS_CHILD_H_

#include "sys-spawn.h"

/* What parent and child know. */
typedef struct {
  const gy_sys_plan_t* plan;
  int error_fd;     /* to be told of errors, or -1: the memory is shared */
  volatile int err; /* UV_E* from the child, if the memory is shared */
} gy_sys_birth_t;

/* Be the child of |birth|, a gy_sys_birth_t, with all signals blocked. Does not
 * return. */
int gy_sys_child_main(void* birth);

/* sys-clone-*.c: start gy_sys_child_main() in a child that shares our memory,
 * and wait until it has executed its program, or ended with |birth->err|.
 * UV_ENOSYS when that cannot be done here. */
int gy_sys_child_clone(gy_sys_birth_t* birth, gy_sys_child_t* child);

/* sys-pidfd-*.c: a descriptor of the child |pid|, or UV_E*. */
int gy_sys_pidfd_open(int pid);

/* As gy_sys_child_reap() for a pidfd, and gy_sys_child_kill(). UV_ENOSYS. */
int gy_sys_pidfd_reap(int pidfd, gy_sys_end_t* end);
int gy_sys_pidfd_kill(int pidfd, int signum);

#endif /* GY_UNIX_SYS_CHILD_H_ */
