/* sys-raw-posix.c - sys-raw.h by the calls of the C library that POSIX allows
 * between fork and exec. */
#include "sys-raw.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

static int result(int value) {
  return value < 0 ? -errno : value;
}

int gy_raw_open(const char* path, int flags) {
  return result(open(path, flags));
}

int gy_raw_close(int fd) {
  return result(close(fd));
}

int gy_raw_copy_above(int fd, int least) {
  return result(fcntl(fd, F_DUPFD_CLOEXEC, least));
}

int gy_raw_copy_to(int fd, int target) {
  return result(dup2(fd, target));
}

int gy_raw_keep(int fd) {
  return result(fcntl(fd, F_SETFD, 0));
}

int gy_raw_set_blocking(int fd) {
  int flags = fcntl(fd, F_GETFL);

  if (flags < 0 || !(flags & O_NONBLOCK)) {
    return flags < 0 ? -errno : 0;
  }
  return result(fcntl(fd, F_SETFL, flags & ~O_NONBLOCK));
}

/* There may be no call for many at a time. */
int gy_raw_close_range(unsigned first, unsigned last) {
  (void)first;
  (void)last;
  return -ENOSYS;
}

int gy_raw_chdir(const char* path) {
  return result(chdir(path));
}

int gy_raw_setsid(void) {
  return result((int)setsid());
}

int gy_raw_leave_groups(void) {
  return result(setgroups(0, NULL));
}

int gy_raw_setgid(gid_t gid) {
  return result(setgid(gid));
}

int gy_raw_setuid(uid_t uid) {
  return result(setuid(uid));
}

void gy_raw_signals_reset(void) {
  struct sigaction action;
  int signum;

  memset(&action, 0, sizeof(action));
  action.sa_handler = SIG_DFL;
  for (signum = 1; signum < NSIG; signum++) {
    (void)sigaction(signum, &action, NULL); /* Some cannot be set. */
  }
}

void gy_raw_signals_block(sigset_t* old) {
  sigset_t all;

  (void)sigfillset(&all); /* These cannot fail. */
  (void)pthread_sigmask(SIG_SETMASK, &all, old);
}

void gy_raw_signals_set(const sigset_t* mask) {
  sigset_t none;

  (void)sigemptyset(&none); /* These cannot fail. */
  (void)pthread_sigmask(SIG_SETMASK, mask != NULL ? mask : &none, NULL);
}

int gy_raw_execve(const char* path, char* const* args, char* const* env) {
  return result(execve(path, args, env));
}

int gy_raw_write(int fd, const void* data, size_t size) {
  return result((int)write(fd, data, size));
}

_Noreturn void gy_raw_exit(int status) {
  _exit(status);
}
