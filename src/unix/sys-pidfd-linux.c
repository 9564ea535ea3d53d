/* sys-pidfd-linux.c - children as descriptors: pidfd_open(2), Linux 5.3.
 *
 * Unlike a number, a descriptor is of this child and of no later one, and who
 * waits for it takes nothing from others that wait for theirs. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fault.h"
#include "sys-child.h"
#include "uv/errno.h"

/* The numbers are the same everywhere but on Alpha. */
#ifdef SYS_pidfd_open
#define RAW_PIDFD_OPEN SYS_pidfd_open
#else
#define RAW_PIDFD_OPEN 434
#endif
#ifdef SYS_pidfd_send_signal
#define RAW_PIDFD_SEND_SIGNAL SYS_pidfd_send_signal
#else
#define RAW_PIDFD_SEND_SIGNAL 424
#endif

#define ID_OF_PIDFD ((idtype_t)3) /* P_PIDFD, which glibc has since 2.36 */

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

int gy_sys_pidfd_open(int pid) {
  long fd =
      fault(GY_FAULT("pidfd_open")) ? -1 : syscall(RAW_PIDFD_OPEN, pid, 0);

  return fd >= 0 ? (int)fd : last_error();
}

/* Ask for the end of |pidfd|. 0 when it is known, UV_EAGAIN when it has not
 * ended, or UV_E*. */
static int pidfd_ask(int pidfd, int options, siginfo_t* info) {
  int err;

  memset(info, 0, sizeof(*info));
  do {
    err = fault(GY_FAULT("waitid")) || waitid(ID_OF_PIDFD, (id_t)pidfd, info,
                                              WEXITED | WNOHANG | options) != 0
              ? last_error()
              : 0;
  } while (err == UV_EINTR);
  if (err != 0) {
    return err;
  }
  return info->si_pid != 0 ? 0 : UV_EAGAIN;
}

int gy_sys_pidfd_reap(int pidfd, gy_sys_end_t* end) {
  siginfo_t info;
  int err = pidfd_ask(pidfd, 0, &info);

  if (err != 0) {
    return err;
  }
  end->status = info.si_code == CLD_EXITED ? info.si_status : 0;
  end->signum = info.si_code == CLD_EXITED ? 0 : info.si_status;
  return 0;
}

int gy_sys_pidfd_kill(int pidfd, int signum) {
  siginfo_t info;

  if (pidfd_ask(pidfd, WNOWAIT, &info) == 0) {
    return UV_ESRCH; /* It waits to be reaped, and takes any signal. */
  }
  if (fault(GY_FAULT("pidfd_send_signal")) ||
      syscall(RAW_PIDFD_SEND_SIGNAL, pidfd, signum, NULL, 0) != 0) {
    return last_error();
  }
  return 0;
}
