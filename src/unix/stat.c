/* stat.c - what stat(2) tells, in the words of uv_stat_t. */
#include <string.h>

#include "../platform.h"
#include "sys-stat.h"

static uv_timespec_t time_of(const struct timespec* time) {
  uv_timespec_t result = {(long)time->tv_sec, time->tv_nsec};

  return result;
}

int gy_platform_stat(const char* path, uv_stat_t* result) {
  struct stat found;
  int err = gy_sys_stat(path, &found);

  if (err != 0) {
    return err;
  }
  memset(result, 0, sizeof(*result));
  result->st_dev = (uint64_t)found.st_dev;
  result->st_mode = found.st_mode;
  result->st_nlink = found.st_nlink;
  result->st_uid = found.st_uid;
  result->st_gid = found.st_gid;
  result->st_rdev = (uint64_t)found.st_rdev;
  result->st_ino = found.st_ino;
  result->st_size = (uint64_t)found.st_size;
  result->st_blksize = (uint64_t)found.st_blksize;
  result->st_blocks = (uint64_t)found.st_blocks;
  result->st_atim = time_of(&found.st_atim);
  result->st_mtim = time_of(&found.st_mtim);
  result->st_ctim = time_of(&found.st_ctim);
  return 0;
}
