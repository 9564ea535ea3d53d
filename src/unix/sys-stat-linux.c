/* sys-stat-linux.c - looking at files by statx(2), which knows their birth, and
 * at file systems by statfs(2); see sys-stat.h.
 *
 * statx() is a number and a structure of the kernel's: not every C library has
 * them, nor the kernel's headers. It is there from Linux 4.11 on. Filters of
 * system calls made before it refuse it in ways of their own, EPERM for one, so
 * whatever it says stat(2) is asked instead. */
#include "sys-stat-linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys-call.h"
#include "sys-stat.h"

enum {
  WANTED = 0xfff | GY_SYS_STATX_MOUNT, /* STATX_BASIC_STATS | STATX_BTIME */
  AT_ITSELF = 0x1000,                  /* AT_EMPTY_PATH */
  AT_MEMORY = 0x4000                   /* AT_STATX_DONT_SYNC */
};

#if defined(SYS_statx)

static long statx_call(int dir, const char* path, int flags, unsigned mask,
                       gy_sys_statx_t* out) {
  return syscall(SYS_statx, dir, path, flags, mask, out);
}

#else

static long statx_call(int dir, const char* path, int flags, unsigned mask,
                       gy_sys_statx_t* out) {
  (void)dir;
  (void)path;
  (void)flags;
  (void)mask;
  (void)out;
  errno = ENOSYS;
  return -1;
}

#endif

int gy_sys_statx(int dir, const char* path, int flags, gy_sys_statx_t* out) {
  long result;

  do {
    result = gy_sys_fault(GY_FAULT("statx"))
                 ? -1
                 : statx_call(dir, path, flags, WANTED, out);
  } while (gy_sys_interrupted(result));
  if (result > 0) {
    return UV_ENOSYS; /* A filter that answers with what is no error. */
  }
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_statx_cached(int fd, gy_sys_statx_t* out) {
  return gy_sys_statx(fd, "", AT_ITSELF | AT_MEMORY, out);
}

static uv_timespec_t time_of(const gy_sys_statx_time_t* time) {
  uv_timespec_t out;

  out.tv_sec = (long)time->sec;
  out.tv_nsec = (long)time->nsec;
  return out;
}

void gy_sys_statx_read(const gy_sys_statx_t* in, uv_stat_t* out) {
  out->st_dev = makedev(in->dev_major, in->dev_minor);
  out->st_mode = in->mode;
  out->st_nlink = in->nlink;
  out->st_uid = in->uid;
  out->st_gid = in->gid;
  out->st_rdev = makedev(in->rdev_major, in->rdev_minor);
  out->st_ino = in->ino;
  out->st_size = in->size;
  out->st_blksize = in->blksize;
  out->st_blocks = in->blocks;
  out->st_flags = 0;
  out->st_gen = 0;
  out->st_atim = time_of(&in->atime);
  out->st_mtim = time_of(&in->mtime);
  out->st_ctim = time_of(&in->ctime);
  out->st_birthtim = time_of(&in->btime);
}

/* ---- without statx() ------------------------------------------------------
 */

static uv_timespec_t timespec_of(const struct timespec* time) {
  uv_timespec_t out;

  out.tv_sec = (long)time->tv_sec;
  out.tv_nsec = (long)time->tv_nsec;
  return out;
}

static void stat_read(const struct stat* in, uv_stat_t* out) {
  memset(out, 0, sizeof(*out));
  out->st_dev = in->st_dev;
  out->st_mode = in->st_mode;
  out->st_nlink = in->st_nlink;
  out->st_uid = in->st_uid;
  out->st_gid = in->st_gid;
  out->st_rdev = in->st_rdev;
  out->st_ino = in->st_ino;
  out->st_size = (uint64_t)in->st_size;
  out->st_blksize = (uint64_t)in->st_blksize;
  out->st_blocks = (uint64_t)in->st_blocks;
  out->st_atim = timespec_of(&in->st_atim);
  out->st_mtim = timespec_of(&in->st_mtim);
  out->st_ctim = timespec_of(&in->st_ctim);
}

/* Does |err| mean that the call is not to be had, rather than something about
 * the file? */
static bool is_refusal(int err) {
  return err == UV_ENOSYS || err == UV_EPERM || err == UV_EINVAL ||
         err == UV_ENOTSUP;
}

int gy_sys_stat(const char* path, bool follow, uv_stat_t* out) {
  int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  gy_sys_statx_t about;
  struct stat old;
  int err = gy_sys_statx(AT_FDCWD, path, flags, &about);
  int result;

  if (err == 0) {
    gy_sys_statx_read(&about, out);
    return 0;
  }
  if (!is_refusal(err)) {
    return err;
  }
  do {
    result = gy_sys_fault(GY_FAULT("stat")) ? -1
             : follow                       ? stat(path, &old)
                                            : lstat(path, &old);
  } while (gy_sys_interrupted(result));
  if (result != 0) {
    return gy_sys_error();
  }
  stat_read(&old, out);
  return 0;
}

int gy_sys_fstat(int fd, uv_stat_t* out) {
  gy_sys_statx_t about;
  struct stat old;
  /* With AT_FDCWD, a number that is negative, an empty path is the current
   * folder. */
  int err = fd < 0 ? UV_EBADF : gy_sys_statx(fd, "", AT_ITSELF, &about);
  int result;

  if (err == 0) {
    gy_sys_statx_read(&about, out);
    return 0;
  }
  if (!is_refusal(err)) {
    return err;
  }
  do {
    result = gy_sys_fault(GY_FAULT("stat")) ? -1 : fstat(fd, &old);
  } while (gy_sys_interrupted(result));
  if (result != 0) {
    return gy_sys_error();
  }
  stat_read(&old, out);
  return 0;
}

int gy_sys_statfs(const char* path, uv_statfs_t* out) {
  struct statfs about;
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("statfs")) ? -1 : statfs(path, &about);
  } while (gy_sys_interrupted(result));
  if (result != 0) {
    return gy_sys_error();
  }
  memset(out, 0, sizeof(*out));
  out->f_type = (uint64_t)about.f_type;
  out->f_bsize = (uint64_t)about.f_bsize;
  out->f_frsize = (uint64_t)about.f_frsize;
  out->f_blocks = about.f_blocks;
  out->f_bfree = about.f_bfree;
  out->f_bavail = about.f_bavail;
  out->f_files = about.f_files;
  out->f_ffree = about.f_ffree;
  return 0;
}
