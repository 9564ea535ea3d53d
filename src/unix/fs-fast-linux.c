/* fs-fast-linux.c - file system operations that wait for nothing but memory.
 *
 * A read is safe by itself: RWF_NOWAIT is a promise of the kernel's, which file
 * systems have to make one by one. Names and attributes are not. A name can be
 * looked up in the cache only (RESOLVE_CACHED), but opening it, and asking for
 * its attributes, may go to a server. So it is found first, by a descriptor
 * that opens nothing (O_PATH); then statx(2) says, from memory only
 * (DONT_SYNC), on which mount it is. Mounts that are local are remembered by a
 * number that the kernel gives to no other mount, ever (STATX_MNT_ID_UNIQUE,
 * since Linux 6.8); on older kernels only reads are fast. An unknown mount is
 * looked at by the thread that does the operation. See ADR 0015. */
#include <stdatomic.h>

#include "../platform.h"
#include "fs.h"
#include "sys-fast-linux.h"
#include "sys-file.h"
#include "sys-stat-linux.h"

enum {
  MOUNTS = 64, /* that are remembered */
  BUFS_MOST = 64,
  DIRECT_UNIT = 512, /* to no smaller one are direct reads aligned */
  LEARN = 1          /* req->offset: the mount is unknown; see gy_fs_learn() */
};

/* ---- mounts
 * ------------------------------------------------------------------
 */

typedef enum {
  MOUNT_UNKNOWN,
  MOUNT_LOCAL,
  MOUNT_OTHER
} mount_t;

/* Each the number of a mount, times 2, and 1 if it is local. 0 is none. */
static atomic_uint_fast64_t mounts[MOUNTS];

static mount_t mount_of(const gy_sys_statx_t* about) {
  uint64_t known = atomic_load_explicit(&mounts[about->mnt_id % MOUNTS],
                                        memory_order_relaxed);

  if ((about->mask & GY_SYS_STATX_MOUNT) == 0) {
    return MOUNT_OTHER; /* It has a number, but others had that too. */
  }
  if (known >> 1 != about->mnt_id) {
    return MOUNT_UNKNOWN;
  }
  return known & 1 ? MOUNT_LOCAL : MOUNT_OTHER;
}

/* Remember what the mount of |fd| is. */
static void mount_learn(int fd) {
  gy_sys_statx_t about;

  if (gy_sys_statx_cached(fd, &about) == 0 &&
      (about.mask & GY_SYS_STATX_MOUNT) != 0) {
    atomic_store_explicit(&mounts[about.mnt_id % MOUNTS],
                          about.mnt_id << 1 | gy_sys_is_local(fd),
                          memory_order_relaxed);
  }
}

static int follow_flags(const uv_fs_t* req) {
  if (req->fs_type == UV_FS_OPEN) {
    return req->flags & O_NOFOLLOW;
  }
  return req->fs_type == UV_FS_LSTAT ? O_NOFOLLOW : 0;
}

void gy_fs_learn(uv_fs_t* req) {
  int fd;

  if (req->offset != LEARN) {
    return;
  }
  if (req->fs_type == UV_FS_FSTAT) {
    mount_learn(req->file);
    return;
  }
  fd = gy_sys_find(req->path, follow_flags(req));
  if (fd >= 0) {
    mount_learn(fd);
    (void)gy_sys_file_close(fd); /* It opened nothing. */
  }
}

/* Is |about| of a file on a local mount? If that is unknown, have the thread
 * that does |req| find out. */
static bool is_local(uv_fs_t* req, const gy_sys_statx_t* about) {
  mount_t mount = mount_of(about);

  if (mount == MOUNT_UNKNOWN) {
    req->offset = LEARN;
  }
  return mount == MOUNT_LOCAL;
}

/* ---- looking
 * ------------------------------------------------------------------
 */

static void stat_answer(uv_fs_t* req, const gy_sys_statx_t* about) {
  gy_sys_statx_read(about, &req->statbuf);
  req->ptr = &req->statbuf;
}

/* Find the path of |req| in the cache. A descriptor, or UV_E*, which is the
 * result for two of them: the name is not there, as the cache knows. */
static int find(uv_fs_t* req) {
  return gy_sys_find_cached(req->path, follow_flags(req));
}

static bool is_final(int err) {
  return err == UV_ENOENT || err == UV_ENOTDIR;
}

bool gy_fs_try_stat(uv_fs_t* req) {
  gy_sys_statx_t about;
  int fd = find(req);
  bool done;

  if (fd < 0) {
    req->result = is_final(fd) ? fd : 0;
    return is_final(fd);
  }
  done = gy_sys_statx_cached(fd, &about) == 0 && is_local(req, &about);
  if (done) {
    stat_answer(req, &about);
  }
  (void)gy_sys_file_close(fd); /* It opened nothing. */
  return done;
}

bool gy_fs_try_fstat(uv_fs_t* req) {
  gy_sys_statx_t about;
  bool done = req->file >= 0 && gy_sys_statx_cached(req->file, &about) == 0 &&
              is_local(req, &about);

  if (done) {
    stat_answer(req, &about);
  }
  return done;
}

gy_file_kind_t gy_platform_fs_kind(uv_file file) {
  gy_sys_statx_t about;

  if (file < 0 || gy_sys_statx_cached(file, &about) != 0 ||
      !S_ISREG(about.mode)) {
    return GY_FILE_OTHER;
  }
  return mount_of(&about) == MOUNT_LOCAL ? GY_FILE_LOCAL : GY_FILE_REMOTE;
}

/* ---- opening and closing
 * -------------------------------------------------------
 */

/* Only reading: who writes may wait for a file system that is frozen, and more.
 * Only what is there: nothing is made. */
static bool only_reads(int flags) {
  const int harmless =
      O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY | O_NOCTTY | O_NONBLOCK;

  return (flags & ~harmless) == O_RDONLY;
}

/* May |fd|, a path that was found, be opened without waiting? A FIFO, say,
 * waits for its other end. */
static bool may_open(uv_fs_t* req, int fd) {
  gy_sys_statx_t about;

  if (gy_sys_statx_cached(fd, &about) != 0 || !is_local(req, &about)) {
    return false;
  }
  return S_ISREG(about.mode) || S_ISDIR(about.mode);
}

bool gy_fs_try_open(uv_fs_t* req) {
  int opened = UV_EAGAIN;
  int fd;

  if (!only_reads(req->flags)) {
    return false;
  }
  fd = find(req);
  if (fd < 0) {
    req->result = is_final(fd) ? fd : 0;
    return is_final(fd);
  }
  if (may_open(req, fd)) {
    opened = gy_sys_open_found(fd, req->flags);
  }
  (void)gy_sys_file_close(fd); /* It opened nothing. */
  req->result = opened >= 0 ? opened : 0;
  return opened >= 0;
}

/* The last close of a file that was written, or has no name any more, may have
 * something to do; of one that was read it has not. */
bool gy_fs_try_close(uv_fs_t* req) {
  gy_sys_statx_t about;
  int flags;

  if (req->file < 0 || gy_sys_statx_cached(req->file, &about) != 0 ||
      mount_of(&about) != MOUNT_LOCAL || about.nlink == 0 ||
      !(S_ISREG(about.mode) || S_ISDIR(about.mode))) {
    return false;
  }
  flags = gy_sys_get_flags(req->file);
  if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY) {
    return false;
  }
  req->result = gy_sys_file_close(req->file);
  return true;
}

/* ---- reading
 * -------------------------------------------------------------------
 */

/* Does a file that goes around the cache refuse such a read, because it is not
 * aligned? If not, it must be asked whether it is one: a direct read waits,
 * whatever it is told. */
static bool may_be_direct(const gy_fs_piece_t* piece) {
  size_t index;

  for (index = 0; index < piece->count; index++) {
    if (piece->bufs[index].iov_len % DIRECT_UNIT != 0) {
      return false;
    }
  }
  return piece->offset < 0 || piece->offset % DIRECT_UNIT == 0;
}

static bool is_direct(const uv_fs_t* req, const gy_fs_piece_t* piece) {
  int flags;

  if (!may_be_direct(piece)) {
    return false;
  }
  flags = gy_sys_get_flags(req->file);
  return flags < 0 || (flags & O_DIRECT) != 0;
}

/* Nothing more is to be had without waiting. Is that the result? A pipe has
 * given what it has; the rest of a file is on its disk. */
static bool read_is_over(uv_fs_t* req, ssize_t done) {
  gy_sys_statx_t about;

  req->result = done;
  return done > 0 && req->offset < 0 &&
         gy_sys_statx_cached(req->file, &about) == 0 && !S_ISREG(about.mode);
}

bool gy_fs_try_read(uv_fs_t* req) {
  gy_fs_progress_t progress;
  gy_fs_piece_t piece;
  ssize_t count;

  if (req->nbufs > BUFS_MOST) {
    return false;
  }
  gy_fs_progress_begin(&progress, req);
  gy_fs_piece_next(&piece, &progress);
  if (is_direct(req, &piece)) {
    return false;
  }
  for (;;) {
    count =
        gy_sys_read_cached(req->file, piece.bufs, piece.count, piece.offset);
    if (count < 0) {
      return read_is_over(req, progress.done);
    }
    gy_fs_progress_add(&progress, (size_t)count);
    if (count == 0 || progress.count == 0) {
      break;
    }
    /* Less than was asked for is the end, or the end of what is in memory. */
    gy_fs_piece_next(&piece, &progress);
  }
  req->result = progress.done;
  return true;
}
