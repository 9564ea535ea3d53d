/* fs.c - the table of the file system operations on Unix, and the bodies of
 * those that are little more than a system call. */
#include "fs.h"

#include <string.h>

#include "../platform.h"
#include "sys-file.h"
#include "sys-stat.h"

/* ---- descriptors -----------------------------------------------------------
 */

/* Does opening the path of |req| wait for somebody, if it is a FIFO? */
static bool may_wait(const uv_fs_t* req) {
  return (req->flags & (O_NONBLOCK | O_DIRECTORY)) == 0 &&
         (req->flags & O_ACCMODE) != O_RDWR;
}

static bool path_waits(const uv_fs_t* req) {
  uv_stat_t about;

  return may_wait(req) && gy_sys_stat(req->path, true, &about) == 0 &&
         S_ISFIFO(about.st_mode);
}

static ssize_t open_run(uv_fs_t* req) {
  gy_fs_learn(req);
  if (gy_fs_is_short(req) && path_waits(req) && !gy_fs_stand_aside(req)) {
    return 0; /* Later. */
  }
  return gy_sys_file_open(req->path, req->flags, req->mode);
}

static ssize_t close_run(uv_fs_t* req) {
  return gy_sys_file_close(req->file);
}

static ssize_t ftruncate_run(uv_fs_t* req) {
  return gy_sys_ftruncate(req->file, req->offset);
}

static ssize_t fsync_run(uv_fs_t* req) {
  return gy_sys_fsync(req->file);
}

static ssize_t fdatasync_run(uv_fs_t* req) {
  return gy_sys_fdatasync(req->file);
}

static ssize_t fchmod_run(uv_fs_t* req) {
  return gy_sys_fchmod(req->file, req->mode);
}

static ssize_t fchown_run(uv_fs_t* req) {
  return gy_sys_fchown(req->file, req->uid, req->gid);
}

/* ---- what there is ---------------------------------------------------------
 */

static ssize_t stat_done(uv_fs_t* req, int err) {
  req->ptr = err == 0 ? &req->statbuf : NULL;
  return err;
}

static ssize_t stat_run(uv_fs_t* req) {
  gy_fs_learn(req);
  return stat_done(req, gy_sys_stat(req->path, true, &req->statbuf));
}

int gy_platform_stat(const char* path, uv_stat_t* found) {
  return gy_sys_stat(path, true, found);
}

static ssize_t lstat_run(uv_fs_t* req) {
  gy_fs_learn(req);
  return stat_done(req, gy_sys_stat(req->path, false, &req->statbuf));
}

static ssize_t fstat_run(uv_fs_t* req) {
  gy_fs_learn(req);
  return stat_done(req, gy_sys_fstat(req->file, &req->statbuf));
}

static ssize_t statfs_run(uv_fs_t* req) {
  uv_statfs_t* about = gy_malloc(sizeof(*about));
  int err;

  if (about == NULL) {
    return UV_ENOMEM;
  }
  err = gy_sys_statfs(req->path, about);
  if (err != 0) {
    gy_free(about);
    return err;
  }
  req->ptr = about;
  return 0;
}

static ssize_t access_run(uv_fs_t* req) {
  return gy_sys_access(req->path, req->flags);
}

/* A copy of |text| of |size| bytes without its 0 as the result of |req|; or the
 * error that |size| is. */
static ssize_t text_done(uv_fs_t* req, const char* text, ssize_t size) {
  char* copy;

  if (size < 0) {
    return size;
  }
  copy = gy_malloc((size_t)size + 1);
  if (copy == NULL) {
    return UV_ENOMEM;
  }
  memcpy(copy, text, (size_t)size + 1);
  req->ptr = copy;
  return 0;
}

static ssize_t readlink_run(uv_fs_t* req) {
  char target[GY_SYS_PATH_SIZE];

  return text_done(req, target, gy_sys_readlink(req->path, target));
}

static ssize_t realpath_run(uv_fs_t* req) {
  char target[GY_SYS_PATH_SIZE];

  return text_done(req, target, gy_sys_realpath(req->path, target));
}

/* ---- attributes ------------------------------------------------------------
 */

static ssize_t chmod_run(uv_fs_t* req) {
  return gy_sys_chmod(req->path, req->mode);
}

static ssize_t chown_run(uv_fs_t* req) {
  return gy_sys_chown(req->path, req->uid, req->gid);
}

static ssize_t lchown_run(uv_fs_t* req) {
  return gy_sys_lchown(req->path, req->uid, req->gid);
}

/* The |seconds| as utimensat(2) wants them: to the microsecond, which is as
 * exact as a number of this size is in our days. Infinity is now, and what is
 * no number leaves the time as it is. UV_EINVAL when there is no such time. */
static int time_of(double seconds, struct timespec* time) {
  const double limit = 9.2e18 / 1e6;
  int64_t us;

  time->tv_sec = 0;
  if (seconds != seconds) {
    time->tv_nsec = UTIME_OMIT;
    return 0;
  }
  if (seconds > 0 && seconds / 2 == seconds) {
    time->tv_nsec = UTIME_NOW;
    return 0;
  }
  if (seconds >= limit || seconds <= -limit) {
    return UV_EINVAL;
  }
  seconds *= 1e6;
  us = (int64_t)(seconds < 0 ? seconds - 0.5 : seconds + 0.5);
  time->tv_sec = (time_t)(us / 1000000);
  time->tv_nsec = (long)(us % 1000000) * 1000;
  if (time->tv_nsec < 0) {
    time->tv_sec--;
    time->tv_nsec += 1000000000;
  }
  return 0;
}

/* Read and written. */
static int times_of(const uv_fs_t* req, struct timespec times[2]) {
  int err = time_of(req->atime, &times[0]);

  return err != 0 ? err : time_of(req->mtime, &times[1]);
}

static ssize_t utime_run(uv_fs_t* req) {
  struct timespec times[2];
  int err = times_of(req, times);

  return err != 0 ? err : gy_sys_utimens(req->path, times, true);
}

static ssize_t lutime_run(uv_fs_t* req) {
  struct timespec times[2];
  int err = times_of(req, times);

  return err != 0 ? err : gy_sys_utimens(req->path, times, false);
}

static ssize_t futime_run(uv_fs_t* req) {
  struct timespec times[2];
  int err = times_of(req, times);

  return err != 0 ? err : gy_sys_futimens(req->file, times);
}

/* ---- names -----------------------------------------------------------------
 */

static ssize_t rename_run(uv_fs_t* req) {
  return gy_sys_rename(req->path, req->new_path);
}

static ssize_t link_run(uv_fs_t* req) {
  return gy_sys_link(req->path, req->new_path);
}

static ssize_t symlink_run(uv_fs_t* req) {
  return gy_sys_symlink(req->path, req->new_path);
}

static ssize_t unlink_run(uv_fs_t* req) {
  return gy_sys_remove(req->path);
}

static ssize_t mkdir_run(uv_fs_t* req) {
  return gy_sys_mkdir(req->path, req->mode);
}

static ssize_t rmdir_run(uv_fs_t* req) {
  return gy_sys_rmdir(req->path);
}

/* |req->path| is a copy of ours, to be written to. */
static char* template_of(uv_fs_t* req) {
  char* path;

  memcpy(&path, &req->path, sizeof(path));
  return path;
}

static ssize_t mkdtemp_run(uv_fs_t* req) {
  return gy_sys_mkdtemp(template_of(req));
}

/* No name comes of a failure, not even one that was tried. */
static ssize_t mkstemp_run(uv_fs_t* req) {
  int fd = gy_sys_mkstemp(template_of(req));

  if (fd < 0) {
    template_of(req)[0] = '\0';
  }
  return fd;
}

/* ---- the table -------------------------------------------------------------
 */

/* An operation, by its uv_fs_type. */
typedef struct {
  /* The body. */
  ssize_t (*run)(uv_fs_t* req);
  /* The same without waiting, or NULL: false when it cannot be told. */
  bool (*try)(uv_fs_t* req);
} fs_op_t;

static const fs_op_t ops[] = {
    [UV_FS_OPEN] = {open_run, gy_fs_try_open},
    [UV_FS_CLOSE] = {close_run, gy_fs_try_close},
    [UV_FS_READ] = {gy_fs_read, gy_fs_try_read},
    [UV_FS_WRITE] = {gy_fs_write, NULL},
    [UV_FS_SENDFILE] = {gy_fs_sendfile, NULL},
    [UV_FS_STAT] = {stat_run, gy_fs_try_stat},
    [UV_FS_LSTAT] = {lstat_run, gy_fs_try_stat},
    [UV_FS_FSTAT] = {fstat_run, gy_fs_try_fstat},
    [UV_FS_FTRUNCATE] = {ftruncate_run, NULL},
    [UV_FS_UTIME] = {utime_run, NULL},
    [UV_FS_FUTIME] = {futime_run, NULL},
    [UV_FS_ACCESS] = {access_run, NULL},
    [UV_FS_CHMOD] = {chmod_run, NULL},
    [UV_FS_FCHMOD] = {fchmod_run, NULL},
    [UV_FS_FSYNC] = {fsync_run, NULL},
    [UV_FS_FDATASYNC] = {fdatasync_run, NULL},
    [UV_FS_UNLINK] = {unlink_run, NULL},
    [UV_FS_RMDIR] = {rmdir_run, NULL},
    [UV_FS_MKDIR] = {mkdir_run, NULL},
    [UV_FS_MKDTEMP] = {mkdtemp_run, NULL},
    [UV_FS_RENAME] = {rename_run, NULL},
    [UV_FS_SCANDIR] = {gy_fs_scandir, NULL},
    [UV_FS_LINK] = {link_run, NULL},
    [UV_FS_SYMLINK] = {symlink_run, NULL},
    [UV_FS_READLINK] = {readlink_run, NULL},
    [UV_FS_CHOWN] = {chown_run, NULL},
    [UV_FS_FCHOWN] = {fchown_run, NULL},
    [UV_FS_REALPATH] = {realpath_run, NULL},
    [UV_FS_COPYFILE] = {gy_fs_copyfile, NULL},
    [UV_FS_LCHOWN] = {lchown_run, NULL},
    [UV_FS_OPENDIR] = {gy_fs_opendir, NULL},
    [UV_FS_READDIR] = {gy_fs_readdir, NULL},
    [UV_FS_CLOSEDIR] = {gy_fs_closedir, NULL},
    [UV_FS_STATFS] = {statfs_run, NULL},
    [UV_FS_MKSTEMP] = {mkstemp_run, NULL},
    [UV_FS_LUTIME] = {lutime_run, NULL},
};

void gy_platform_fs_run(uv_fs_t* req) {
  req->result = ops[req->fs_type].run(req);
}

bool gy_platform_fs_try(uv_fs_t* req) {
  const fs_op_t* op = &ops[req->fs_type];

  return op->try != NULL && op->try(req);
}
