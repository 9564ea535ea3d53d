/* sys-stat-linux.h - statx(2), for the files of Linux that call it. */
#ifndef GY_UNIX_SYS_STAT_LINUX_H_
#define GY_UNIX_SYS_STAT_LINUX_H_

#include <assert.h>
#include <stdint.h>

#include "uv.h"

enum {
  /* In |mask|: mnt_id is the number of the mount, which no other mount ever
   * has. Since Linux 6.8; STATX_MNT_ID_UNIQUE. */
  GY_SYS_STATX_MOUNT = 0x4000
};

/* As the kernel writes them. */
typedef struct {
  int64_t sec;
  uint32_t nsec;
  int32_t room;
} gy_sys_statx_time_t;

typedef struct {
  uint32_t mask; /* what was told */
  uint32_t blksize;
  uint64_t attributes;
  uint32_t nlink;
  uint32_t uid;
  uint32_t gid;
  uint16_t mode;
  uint16_t room1;
  uint64_t ino;
  uint64_t size;
  uint64_t blocks;
  uint64_t attributes_mask;
  gy_sys_statx_time_t atime;
  gy_sys_statx_time_t btime;
  gy_sys_statx_time_t ctime;
  gy_sys_statx_time_t mtime;
  uint32_t rdev_major;
  uint32_t rdev_minor;
  uint32_t dev_major;
  uint32_t dev_minor;
  uint64_t mnt_id;
  uint64_t room2[13];
} gy_sys_statx_t;

static_assert(sizeof(gy_sys_statx_t) == 256, "as large as the kernel's");

/* statx(2) with all that |out| has: 0 or UV_E*; UV_ENOSYS and others where it
 * is not to be had. */
int gy_sys_statx(int dir, const char* path, int flags, gy_sys_statx_t* out);

/* The same of the open |fd|, without asking anybody else for what is not in
 * memory (AT_STATX_DONT_SYNC): on a file system of a network it may be old. */
int gy_sys_statx_cached(int fd, gy_sys_statx_t* out);

void gy_sys_statx_read(const gy_sys_statx_t* in, uv_stat_t* out);

#endif /* GY_UNIX_SYS_STAT_LINUX_H_ */
