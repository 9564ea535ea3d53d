/* sys-self.c - asking about this process, and the machine it runs on. */
#include "sys-self.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../fault.h"
#include "uv/errno.h"

/* 0 when |result| of the call that was made last is not -1, else UV_E*. */
static int checked(long result) {
  return result == -1 ? -errno : 0;
}

int gy_sys_clock_get(clockid_t clock, int64_t* s, int32_t* ns) {
  struct timespec now;
  int err = -GY_FAULT("clock_gettime");

  if (err == 0) {
    err = checked(clock_gettime(clock, &now));
  }
  if (err == 0) {
    *s = now.tv_sec;
    *ns = (int32_t)now.tv_nsec;
  }
  return err;
}

/* ---- files ----------------------------------------------------------------
 */

static int file_open(const char* path) {
  int fd;

  do {
    errno = GY_FAULT("open");
    fd = errno != 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd < 0 ? -errno : fd;
}

static ssize_t file_read(int fd, char* buf, size_t size) {
  ssize_t count;

  do {
    errno = GY_FAULT("read");
    count = errno != 0 ? -1 : read(fd, buf, size);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : count;
}

int gy_sys_read_file(const char* path, char* buf, size_t size, size_t* length) {
  ssize_t count = 1;
  size_t total = 0;
  int fd = file_open(path);

  if (fd < 0) {
    return fd;
  }
  /* What the kernel makes up as it is read comes in pieces. */
  while (count > 0 && total < size) {
    count = file_read(fd, buf + total, size - total);
    total += count > 0 ? (size_t)count : 0;
  }
  (void)close(fd); /* It was read from only: nothing can be lost. */
  if (count < 0) {
    return (int)count;
  }
  *length = total;
  return 0;
}

int gy_sys_getcwd(char* path, size_t size) {
  errno = GY_FAULT("getcwd");
  return errno != 0 || getcwd(path, size) == NULL ? -errno : 0;
}

int gy_sys_chdir(const char* dir) {
  errno = GY_FAULT("chdir");
  return errno != 0 || chdir(dir) != 0 ? -errno : 0;
}

/* ---- limits and usage -----------------------------------------------------
 */

long gy_sys_sysconf(int name) {
  return GY_FAULT("sysconf") != 0 ? -1 : sysconf(name);
}

#ifndef RLIMIT_AS
#define RLIMIT_AS RLIMIT_DATA /* The same there. */
#endif

/* By the constants: the type of |resource| is glibc's own, or int. */
rlim_t gy_sys_rlimit(int resource) {
  struct rlimit limit;
  int err = resource == RLIMIT_AS ? getrlimit(RLIMIT_AS, &limit)
                                  : getrlimit(RLIMIT_DATA, &limit);

  if (GY_FAULT("getrlimit") != 0 || err != 0) {
    return RLIM_INFINITY;
  }
  return limit.rlim_cur;
}

int gy_sys_getrusage(int who, struct rusage* usage) {
  errno = GY_FAULT("getrusage");
  return errno != 0 || getrusage(who, usage) != 0 ? -errno : 0;
}

int gy_sys_getloadavg(double avg[3]) {
  return GY_FAULT("getloadavg") != 0 || getloadavg(avg, 3) != 3 ? UV_EIO : 0;
}

/* ---- names and numbers ----------------------------------------------------
 */

int gy_sys_uname(struct utsname* name) {
  errno = GY_FAULT("uname");
  return errno != 0 || uname(name) < 0 ? -errno : 0;
}

int gy_sys_gethostname(char* name, size_t size) {
  errno = GY_FAULT("gethostname");
  if (errno != 0 || gethostname(name, size) != 0) {
    return -errno;
  }
  name[size - 1] = '\0'; /* POSIX leaves it open when the name was cut. */
  return 0;
}

int gy_sys_getpriority(pid_t pid, int* priority) {
  int value;

  errno = GY_FAULT("getpriority");
  if (errno != 0) {
    return -errno;
  }
  /* -1 is a priority, too. */
  value = getpriority(PRIO_PROCESS, (id_t)pid);
  if (value == -1 && errno != 0) {
    return -errno;
  }
  *priority = value;
  return 0;
}

int gy_sys_setpriority(pid_t pid, int priority) {
  errno = GY_FAULT("setpriority");
  return errno != 0 || setpriority(PRIO_PROCESS, (id_t)pid, priority) != 0
             ? -errno
             : 0;
}

pid_t gy_sys_getpid(void) {
  return getpid();
}

pid_t gy_sys_getppid(void) {
  return getppid();
}

uid_t gy_sys_geteuid(void) {
  return geteuid();
}
