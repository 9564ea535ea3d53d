/* sys-random.c - asking the system for random bytes. */
#include "sys-random.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "../fault.h"
#include "uv/errno.h"

/* ---- the call ------------------------------------------------------------ */

#if defined(GYRE_HAVE_GETRANDOM)

#include <sys/random.h>

/* Up to |size| bytes; how many, or -1. */
static ssize_t entropy_get(char* buf, size_t size) {
  errno = GY_FAULT("getrandom");
  return errno != 0 ? -1 : getrandom(buf, size, 0);
}

#elif defined(GYRE_HAVE_GETENTROPY)

#include <sys/random.h>

enum {
  ENTROPY_MOST = 256 /* getentropy(3): more is EIO */
};

static ssize_t entropy_get(char* buf, size_t size) {
  size = size < ENTROPY_MOST ? size : ENTROPY_MOST;
  errno = GY_FAULT("getentropy");
  return errno != 0 || getentropy(buf, size) != 0 ? -1 : (ssize_t)size;
}

#else

static ssize_t entropy_get(char* buf, size_t size) {
  (void)buf;
  (void)size;
  errno = ENOSYS;
  return -1;
}

#endif

int gy_sys_random(void* buf, size_t size) {
  char* at = buf;

  /* A call for many bytes may end early, and a signal may end it. */
  while (size > 0) {
    ssize_t count = entropy_get(at, size);
    if (count < 0 && errno != EINTR) {
      return -errno;
    }
    if (count > 0) {
      at += count;
      size -= (size_t)count;
    }
  }
  return 0;
}

/* ---- the device ---------------------------------------------------------- */

static int device_open(void) {
  int fd;

  do {
    errno = GY_FAULT("open");
    fd = errno != 0 ? -1 : open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd < 0 ? -errno : fd;
}

/* In a broken jail it may be a file that anybody wrote. */
static int device_check(int fd) {
  struct stat stat;
  int err = GY_FAULT("fstat");

  if (err == 0 && fstat(fd, &stat) != 0) {
    err = errno;
  }
  if (err != 0) {
    return -err;
  }
  return S_ISCHR(stat.st_mode) ? 0 : UV_EIO;
}

static int device_read(int fd, char* at, size_t size) {
  while (size > 0) {
    ssize_t count;
    errno = GY_FAULT("read");
    count = errno != 0 ? -1 : read(fd, at, size);
    if (count < 0 && errno != EINTR) {
      return -errno;
    }
    if (count == 0) {
      return UV_EIO;
    }
    if (count > 0) {
      at += count;
      size -= (size_t)count;
    }
  }
  return 0;
}

int gy_sys_random_device(void* buf, size_t size) {
  int fd = device_open();
  int err;

  if (fd < 0) {
    return fd;
  }
  err = device_check(fd);
  if (err == 0) {
    err = device_read(fd, buf, size);
  }
  (void)close(fd); /* It was read from only: nothing can be lost. */
  return err;
}
