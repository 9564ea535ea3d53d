/* pollable.h - which descriptors poll(2), select(2) and kqueue(2) have nothing
 * useful to say about.
 *
 * The first two call a file always ready, kqueue until its end is reached, and
 * epoll says EPERM. A caller should not have to know which kernel call he got,
 * so they all say EPERM; he gives the file to the thread pool. */
#ifndef GY_POLLABLE_H_
#define GY_POLLABLE_H_

#include <errno.h>
#include <sys/stat.h>

#include "fault.h"
#include "uv/errno.h"

/* Write to |mode| what kind of file |fd| is, as in st_mode. 0; UV_EPERM when it
 * is a file, a directory or a disk; UV_EBADF when it is not open. */
static inline int gy_pollable_mode(int fd, mode_t* mode) {
  struct stat info;
  int err = GY_FAULT("fstat");

  if (err == 0 && fstat(fd, &info) != 0) {
    err = errno;
  }
  if (err != 0) {
    return -err;
  }
  *mode = info.st_mode;
  if (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || S_ISBLK(info.st_mode)) {
    return UV_EPERM;
  }
  return 0;
}

/* As above, for who wants to know nothing more. */
static inline int gy_pollable(int fd) {
  mode_t mode;

  return gy_pollable_mode(fd, &mode);
}

#endif /* GY_POLLABLE_H_ */
