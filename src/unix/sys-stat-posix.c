/* sys-stat-posix.c - looking at files by stat(2), and at file systems by
 * statvfs(3), which all systems have; see sys-stat.h.
 *
 * The build finds out what the times are called in a struct stat, and what else
 * there is. */
#include "sys-stat.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "sys-call.h"

static uv_timespec_t time_of(struct timespec time) {
  uv_timespec_t out;

  out.tv_sec = (long)time.tv_sec;
  out.tv_nsec = (long)time.tv_nsec;
  return out;
}

#if defined(GYRE_HAVE_STAT_ATIMESPEC)

static void times_of(const struct stat* in, uv_stat_t* out) {
  out->st_atim = time_of(in->st_atimespec);
  out->st_mtim = time_of(in->st_mtimespec);
  out->st_ctim = time_of(in->st_ctimespec);
}

#else

static void times_of(const struct stat* in, uv_stat_t* out) {
  out->st_atim = time_of(in->st_atim);
  out->st_mtim = time_of(in->st_mtim);
  out->st_ctim = time_of(in->st_ctim);
}

#endif

#if defined(GYRE_HAVE_STAT_BIRTHTIMESPEC)

static void birth_of(const struct stat* in, uv_stat_t* out) {
  out->st_birthtim = time_of(in->st_birthtimespec);
}

#elif defined(GYRE_HAVE_STAT_BIRTHTIM)

static void birth_of(const struct stat* in, uv_stat_t* out) {
  out->st_birthtim = time_of(in->st_birthtim);
}

#else

static void birth_of(const struct stat* in, uv_stat_t* out) {
  (void)in; /* It does not tell: 0. */
  (void)out;
}

#endif

#if defined(GYRE_HAVE_STAT_FLAGS)

static void flags_of(const struct stat* in, uv_stat_t* out) {
  out->st_flags = in->st_flags;
  out->st_gen = in->st_gen;
}

#else

static void flags_of(const struct stat* in, uv_stat_t* out) {
  (void)in; /* There are none: 0. */
  (void)out;
}

#endif

static void stat_of(const struct stat* in, uv_stat_t* out) {
  memset(out, 0, sizeof(*out));
  out->st_dev = (uint64_t)in->st_dev;
  out->st_mode = in->st_mode;
  out->st_nlink = in->st_nlink;
  out->st_uid = in->st_uid;
  out->st_gid = in->st_gid;
  out->st_rdev = (uint64_t)in->st_rdev;
  out->st_ino = in->st_ino;
  out->st_size = (uint64_t)in->st_size;
  out->st_blksize = (uint64_t)in->st_blksize;
  out->st_blocks = (uint64_t)in->st_blocks;
  times_of(in, out);
  birth_of(in, out);
  flags_of(in, out);
}

int gy_sys_stat(const char* path, bool follow, uv_stat_t* out) {
  struct stat about;
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("stat")) ? -1
             : follow                       ? stat(path, &about)
                                            : lstat(path, &about);
  } while (gy_sys_interrupted(result));
  if (result != 0) {
    return gy_sys_error();
  }
  stat_of(&about, out);
  return 0;
}

int gy_sys_fstat(int fd, uv_stat_t* out) {
  struct stat about;
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("stat")) ? -1 : fstat(fd, &about);
  } while (gy_sys_interrupted(result));
  if (result != 0) {
    return gy_sys_error();
  }
  stat_of(&about, out);
  return 0;
}

int gy_sys_statfs(const char* path, uv_statfs_t* out) {
  struct statvfs about;
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("statfs")) ? -1 : statvfs(path, &about);
  } while (gy_sys_interrupted(result));
  if (result != 0) {
    return gy_sys_error();
  }
  memset(out, 0, sizeof(*out));
  out->f_bsize = about.f_bsize;
  out->f_frsize = about.f_frsize;
  out->f_blocks = about.f_blocks;
  out->f_bfree = about.f_bfree;
  out->f_bavail = about.f_bavail;
  out->f_files = about.f_files;
  out->f_ffree = about.f_ffree;
  return 0;
}
