/* fs.h - the bodies of the file system operations that have a file of their
 * own: fs-io.c, what reads and writes; fs-copy.c, what copies; fs-dir.c,
 * directories; and fs-fast-*.c, what does not wait. The others, and the table
 * of all, are in fs.c.
 *
 * A body does what |req| says, on any thread, may block, and returns what will
 * be the result. */
#ifndef GY_UNIX_FS_H_
#define GY_UNIX_FS_H_

#include "../core.h"
#include "sys-file.h"

/* Is |req| done by a thread, and are there few others left? Then it must not
 * wait for somebody else without standing aside: see gy_pool_stand_aside(). */
static inline bool gy_fs_is_short(const uv_fs_t* req) {
  return req->cb != NULL && gy_pool_is_short(GY_LANE_FILES);
}

static inline bool gy_fs_stand_aside(uv_fs_t* req) {
  return gy_pool_stand_aside(&req->work, GY_LANE_FILES);
}

/* How far a read or write has come. */
typedef struct {
  const uv_buf_t* bufs; /* the rest of them */
  size_t count;
  size_t skip;  /* bytes of the first that are done */
  int64_t from; /* the offset it began at, or negative */
  ssize_t done; /* bytes in all */
} gy_fs_progress_t;

/* What the next system call is about. */
typedef struct {
  struct iovec one; /* the rest of a buffer that is done in part */
  const struct iovec* bufs;
  size_t count;
  size_t size; /* bytes, no more than a call does */
  int64_t offset;
} gy_fs_piece_t;

/* Begin where |req->result| says; have |size| bytes more done; and say what is
 * next. */
void gy_fs_progress_begin(gy_fs_progress_t* progress, const uv_fs_t* req);
void gy_fs_progress_add(gy_fs_progress_t* progress, size_t size);
void gy_fs_piece_next(gy_fs_piece_t* piece, const gy_fs_progress_t* progress);

ssize_t gy_fs_read(uv_fs_t* req);
ssize_t gy_fs_write(uv_fs_t* req);

ssize_t gy_fs_copyfile(uv_fs_t* req);
ssize_t gy_fs_sendfile(uv_fs_t* req);

ssize_t gy_fs_scandir(uv_fs_t* req);
ssize_t gy_fs_opendir(uv_fs_t* req);
ssize_t gy_fs_readdir(uv_fs_t* req);
ssize_t gy_fs_closedir(uv_fs_t* req);

/* fs-fast-*.c: the ways without waiting, for the table. */
bool gy_fs_try_open(uv_fs_t* req);
bool gy_fs_try_close(uv_fs_t* req);
bool gy_fs_try_read(uv_fs_t* req);
bool gy_fs_try_stat(uv_fs_t* req);
bool gy_fs_try_fstat(uv_fs_t* req);

/* Find out about the file system of |req|, if its try said that it does not
 * know it. It may wait: on a thread of the pool, or in the call. */
void gy_fs_learn(uv_fs_t* req);

#endif /* GY_UNIX_FS_H_ */
