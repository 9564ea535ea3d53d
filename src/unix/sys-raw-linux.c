/* sys-raw-linux.c - sys-raw.h by the kernel's own calls. */
#include "sys-raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The bytes of a signal mask that the kernel knows. A size_t, because
 * syscall(2) takes what it is given. */
#define MASK_SIZE ((size_t)_NSIG / 8)

/* On 32 bits, ids were of 16 once. */
#ifdef SYS_setuid32
#define RAW_SETUID SYS_setuid32
#define RAW_SETGID SYS_setgid32
#define RAW_SETGROUPS SYS_setgroups32
#else
#define RAW_SETUID SYS_setuid
#define RAW_SETGID SYS_setgid
#define RAW_SETGROUPS SYS_setgroups
#endif

#ifdef SYS_fcntl64
#define RAW_FCNTL SYS_fcntl64
#else
#define RAW_FCNTL SYS_fcntl
#endif

/* Linux 5.9; the number is the same everywhere but on Alpha. */
#ifdef SYS_close_range
#define RAW_CLOSE_RANGE SYS_close_range
#elif defined(__NR_close_range)
#define RAW_CLOSE_RANGE __NR_close_range
#else
#define RAW_CLOSE_RANGE 436
#endif

static int result(long value) {
  return value < 0 ? -errno : (int)value;
}

int gy_raw_open(const char* path, int flags) {
  return result(syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, 0));
}

int gy_raw_close(int fd) {
  return result(syscall(SYS_close, fd));
}

int gy_raw_copy_above(int fd, int least) {
  return result(syscall(RAW_FCNTL, fd, F_DUPFD_CLOEXEC, (long)least));
}

int gy_raw_copy_to(int fd, int target) {
  return result(syscall(SYS_dup3, fd, target, 0));
}

int gy_raw_keep(int fd) {
  return result(syscall(RAW_FCNTL, fd, F_SETFD, 0L));
}

int gy_raw_set_blocking(int fd) {
  int flags = result(syscall(RAW_FCNTL, fd, F_GETFL, 0L));

  if (flags < 0 || !(flags & O_NONBLOCK)) {
    return flags < 0 ? flags : 0;
  }
  return result(syscall(RAW_FCNTL, fd, F_SETFL, (long)(flags & ~O_NONBLOCK)));
}

int gy_raw_close_range(unsigned first, unsigned last) {
  return result(syscall(RAW_CLOSE_RANGE, first, last, 0));
}

int gy_raw_chdir(const char* path) {
  return result(syscall(SYS_chdir, path));
}

int gy_raw_setsid(void) {
  return result(syscall(SYS_setsid));
}

int gy_raw_leave_groups(void) {
  return result(syscall(RAW_SETGROUPS, (size_t)0, NULL));
}

int gy_raw_setgid(gid_t gid) {
  return result(syscall(RAW_SETGID, gid));
}

int gy_raw_setuid(uid_t uid) {
  return result(syscall(RAW_SETUID, uid));
}

/* The kernel's structure differs from that of the C library, and between
 * processors. The default action is all zeros in any of them. */
void gy_raw_signals_reset(void) {
  static const unsigned long none[16];
  int signum;

  for (signum = 1; signum < _NSIG; signum++) {
    if (signum != SIGKILL && signum != SIGSTOP) {
      (void)syscall(SYS_rt_sigaction, signum, none, NULL, MASK_SIZE);
    }
  }
}

void gy_raw_signals_block(sigset_t* old) {
  sigset_t all;

  memset(&all, 0xff, sizeof(all));
  memset(old, 0, sizeof(*old));
  (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, old, MASK_SIZE);
}

void gy_raw_signals_set(const sigset_t* mask) {
  static const sigset_t none;

  (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask != NULL ? mask : &none,
                NULL, MASK_SIZE);
}

int gy_raw_execve(const char* path, char* const* args, char* const* env) {
  return result(syscall(SYS_execve, path, args, env));
}

int gy_raw_write(int fd, const void* data, size_t size) {
  return result(syscall(SYS_write, fd, data, size));
}

_Noreturn void gy_raw_exit(int status) {
  for (;;) {
    (void)syscall(SYS_exit_group, status);
  }
}
