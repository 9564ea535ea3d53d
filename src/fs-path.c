/* fs-path.c - the front desk of file system operations on names; see fs.h. */
#include "fs.h"

enum {
  COPYFILE_FLAGS = UV_FS_COPYFILE_EXCL | UV_FS_COPYFILE_FICLONE |
                   UV_FS_COPYFILE_FICLONE_FORCE
};

/* As gy_fs_begin_path(), and without |new_path| it is UV_EINVAL too. */
static int two_paths_begin(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                           const char* path, const char* new_path,
                           uv_fs_cb cb) {
  return gy_fs_begin_path(loop, req, type, new_path != NULL ? path : NULL,
                          new_path, cb);
}

int uv_fs_open(uv_loop_t* loop, uv_fs_t* req, const char* path, int flags,
               int mode, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_OPEN, path, NULL, cb);

  if (err != 0) {
    return err;
  }
  req->flags = flags;
  req->mode = (mode_t)mode;
  return gy_fs_start(req);
}

int uv_fs_stat(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_STAT, path, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_lstat(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_LSTAT, path, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_statfs(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_STATFS, path, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_access(uv_loop_t* loop, uv_fs_t* req, const char* path, int mode,
                 uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_ACCESS, path, NULL, cb);

  if (err != 0) {
    return err;
  }
  req->flags = mode;
  return gy_fs_start(req);
}

int uv_fs_chmod(uv_loop_t* loop, uv_fs_t* req, const char* path, int mode,
                uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_CHMOD, path, NULL, cb);

  if (err != 0) {
    return err;
  }
  req->mode = (mode_t)mode;
  return gy_fs_start(req);
}

int uv_fs_chown(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_uid_t uid,
                uv_gid_t gid, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_CHOWN, path, NULL, cb);

  if (err != 0) {
    return err;
  }
  req->uid = uid;
  req->gid = gid;
  return gy_fs_start(req);
}

int uv_fs_lchown(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_uid_t uid,
                 uv_gid_t gid, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_LCHOWN, path, NULL, cb);

  if (err != 0) {
    return err;
  }
  req->uid = uid;
  req->gid = gid;
  return gy_fs_start(req);
}

int uv_fs_utime(uv_loop_t* loop, uv_fs_t* req, const char* path, double atime,
                double mtime, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_UTIME, path, NULL, cb);

  if (err != 0) {
    return err;
  }
  req->atime = atime;
  req->mtime = mtime;
  return gy_fs_start(req);
}

int uv_fs_lutime(uv_loop_t* loop, uv_fs_t* req, const char* path, double atime,
                 double mtime, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_LUTIME, path, NULL, cb);

  if (err != 0) {
    return err;
  }
  req->atime = atime;
  req->mtime = mtime;
  return gy_fs_start(req);
}

int uv_fs_rename(uv_loop_t* loop, uv_fs_t* req, const char* path,
                 const char* new_path, uv_fs_cb cb) {
  int err = two_paths_begin(loop, req, UV_FS_RENAME, path, new_path, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_link(uv_loop_t* loop, uv_fs_t* req, const char* path,
               const char* new_path, uv_fs_cb cb) {
  int err = two_paths_begin(loop, req, UV_FS_LINK, path, new_path, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_symlink(uv_loop_t* loop, uv_fs_t* req, const char* path,
                  const char* new_path, int flags, uv_fs_cb cb) {
  int err = two_paths_begin(loop, req, UV_FS_SYMLINK, path, new_path, cb);

  if (err != 0) {
    return err;
  }
  req->flags = flags;
  return gy_fs_start(req);
}

int uv_fs_copyfile(uv_loop_t* loop, uv_fs_t* req, const char* path,
                   const char* new_path, int flags, uv_fs_cb cb) {
  int err = two_paths_begin(loop, req, UV_FS_COPYFILE, path, new_path, cb);

  if (err == 0 && (flags & ~COPYFILE_FLAGS)) {
    uv_fs_req_cleanup(req);
    err = UV_EINVAL;
  }
  if (err != 0) {
    return err;
  }
  req->flags = flags;
  return gy_fs_start(req);
}

int uv_fs_readlink(uv_loop_t* loop, uv_fs_t* req, const char* path,
                   uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_READLINK, path, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_realpath(uv_loop_t* loop, uv_fs_t* req, const char* path,
                   uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_REALPATH, path, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_unlink(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_UNLINK, path, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_mkdir(uv_loop_t* loop, uv_fs_t* req, const char* path, int mode,
                uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_MKDIR, path, NULL, cb);

  if (err != 0) {
    return err;
  }
  req->mode = (mode_t)mode;
  return gy_fs_start(req);
}

int uv_fs_mkdtemp(uv_loop_t* loop, uv_fs_t* req, const char* tpl, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_MKDTEMP, tpl, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_mkstemp(uv_loop_t* loop, uv_fs_t* req, const char* tpl, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_MKSTEMP, tpl, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_rmdir(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_RMDIR, path, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_scandir(uv_loop_t* loop, uv_fs_t* req, const char* path, int flags,
                  uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_SCANDIR, path, NULL, cb);

  if (err != 0) {
    return err;
  }
  req->flags = flags;
  return gy_fs_start(req);
}

int uv_fs_opendir(uv_loop_t* loop, uv_fs_t* req, const char* path,
                  uv_fs_cb cb) {
  int err = gy_fs_begin_path(loop, req, UV_FS_OPENDIR, path, NULL, cb);

  return err != 0 ? err : gy_fs_start(req);
}
