/* fs-io.c - reading and writing files, with any number of buffers.
 *
 * One system call takes GY_SYS_BUFS_MOST of them. A write goes on until all is
 * written, so that nobody has to. A read goes on only when that cannot make it
 * wait: a pipe that has given something has kept its word. */
#include <assert.h>

#include "../core.h"
#include "fs.h"
#include "sys-file.h"
#include "sys-net.h"
#include "sys-stat.h"

static_assert(sizeof(uv_buf_t) == sizeof(struct iovec) &&
                  offsetof(uv_buf_t, base) ==
                      offsetof(struct iovec, iov_base) &&
                  offsetof(uv_buf_t, len) == offsetof(struct iovec, iov_len),
              "buffers go to the kernel as they are");

void gy_fs_progress_add(gy_fs_progress_t* progress, size_t size) {
  progress->done += (ssize_t)size;
  size += progress->skip;
  while (progress->count > 0 && size >= progress->bufs->len) {
    size -= progress->bufs->len;
    progress->bufs++;
    progress->count--;
  }
  progress->skip = size;
}

void gy_fs_progress_begin(gy_fs_progress_t* progress, const uv_fs_t* req) {
  progress->bufs = req->bufs;
  progress->count = req->nbufs;
  progress->skip = 0;
  progress->from = req->offset;
  progress->done = 0;
  /* What was read on the loop's thread already. Empty buffers are done. */
  gy_fs_progress_add(progress, (size_t)req->result);
}

/* Below this, sizes that add up do not overflow. */
static size_t piece_size(const struct iovec* bufs, size_t count) {
  size_t size = 0;

  while (count-- > 0 && size < GY_SYS_BYTES_MOST) {
    size_t room = GY_SYS_BYTES_MOST - size;
    size += bufs[count].iov_len < room ? bufs[count].iov_len : room;
  }
  return size;
}

void gy_fs_piece_next(gy_fs_piece_t* piece, const gy_fs_progress_t* progress) {
  piece->offset =
      progress->from >= 0 ? progress->from + progress->done : progress->from;
  if (progress->skip > 0) {
    piece->one.iov_base = progress->bufs->base + progress->skip;
    piece->one.iov_len = progress->bufs->len - progress->skip;
    piece->bufs = &piece->one;
    piece->count = 1;
  } else {
    piece->bufs = (const void*)progress->bufs;
    piece->count =
        progress->count < GY_SYS_BUFS_MOST ? progress->count : GY_SYS_BUFS_MOST;
  }
  piece->size = piece_size(piece->bufs, piece->count);
}

/* May reading go on without waiting for somebody to write? */
static bool has_end(const uv_fs_t* req) {
  uv_stat_t about;

  return req->offset >= 0 ||
         (gy_sys_fstat(req->file, &about) == 0 && S_ISREG(about.st_mode));
}

/* A pipe, a socket, a terminal: who is at the other end may take for ever. */
static bool may_wait(const uv_fs_t* req) {
  uv_stat_t about;

  return req->offset < 0 && gy_sys_fstat(req->file, &about) == 0 &&
         (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) ||
          S_ISCHR(about.st_mode));
}

/* Is it to be tried again later? */
static bool is_put_by(uv_fs_t* req) {
  return gy_fs_is_short(req) && may_wait(req) && !gy_fs_stand_aside(req);
}

ssize_t gy_fs_read(uv_fs_t* req) {
  gy_fs_progress_t progress;
  gy_fs_piece_t piece;
  ssize_t count;

  if (is_put_by(req)) {
    return 0;
  }
  gy_fs_progress_begin(&progress, req);
  do {
    gy_fs_piece_next(&piece, &progress);
    count = gy_sys_file_read(req->file, piece.bufs, piece.count, piece.offset);
    if (count < 0) {
      return progress.done > 0 ? progress.done : count;
    }
    gy_fs_progress_add(&progress, (size_t)count);
  } while ((size_t)count == piece.size && progress.count > 0 && has_end(req));
  return progress.done;
}

ssize_t gy_fs_write(uv_fs_t* req) {
  gy_fs_progress_t progress;
  gy_fs_piece_t piece;
  ssize_t count;

  if (is_put_by(req)) {
    return 0;
  }
  gy_fs_progress_begin(&progress, req);
  do {
    gy_fs_piece_next(&piece, &progress);
    count = gy_sys_file_write(req->file, piece.bufs, piece.count, piece.offset);
    if (count < 0) {
      return progress.done > 0 ? progress.done : count;
    }
    gy_fs_progress_add(&progress, (size_t)count);
  } while (count > 0 && progress.count > 0);
  return progress.done;
}
