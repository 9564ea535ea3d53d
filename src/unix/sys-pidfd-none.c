/* sys-pidfd-none.c - for systems where a child is a number and no more. */
#include "sys-child.h"
#include "uv/errno.h"

int gy_sys_pidfd_open(int pid) {
  (void)pid;
  return UV_ENOSYS;
}

int gy_sys_pidfd_reap(int pidfd, gy_sys_end_t* end) {
  (void)pidfd;
  (void)end;
  return UV_ENOSYS;
}

int gy_sys_pidfd_kill(int pidfd, int signum) {
  (void)pidfd;
  (void)signum;
  return UV_ENOSYS;
}
