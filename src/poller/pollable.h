/* pollable.h - which descriptors poll(2) and select(2) have nothing to say
 * about.
 *
 * They call a file always ready, where epoll says EPERM and kqueue means the
 * file's end. A caller should not have to know which kernel call he got, so
 * they say EPERM too; he gives the file to the thread pool. */
#ifndef GY_POLLABLE_H_
#define GY_POLLABLE_H_

#include <errno.h>
#include <sys/stat.h>

#include "fault.h"
#include "uv/errno.h"

/* 0; UV_EPERM when |fd| is a file, a directory or a disk; UV_EBADF when it is
 * not open. */
static inline int gy_pollable(int fd) {
  struct stat info;
  int err = GY_FAULT("fstat");

  if (err == 0 && fstat(fd, &info) != 0) {
    err = errno;
  }
  if (err != 0) {
    return -err;
  }
  if (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || S_ISBLK(info.st_mode)) {
    return UV_EPERM;
  }
  return 0;
}

#endif /* GY_POLLABLE_H_ */
