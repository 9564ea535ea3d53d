/* sys-stat.c - stat(2), with its fault point. */
#include "sys-stat.h"

#include <errno.h>

#include "../fault.h"
#include "uv/errno.h"

int gy_sys_stat(const char* path, struct stat* found) {
  int err = GY_FAULT("stat");

  if (err == 0 && stat(path, found) != 0) {
    err = errno;
  }
  return -err;
}
