/* fs-ring.c - file system operations that the poller runs, where it runs any:
 * over io_uring, for loops that use it.
 *
 * The kernel is told of them by the call that sleeps, and answers like a thread
 * of the pool would, only sooner: nobody has to be woken to read what a disk
 * will bring. What a thread does as well, or better, stays with threads: names,
 * which may take for ever; what is no regular file; several buffers; and writes
 * while others are under way, which the kernel does one after the other for a
 * file. See ADR 0021. */
#include "core.h"
#include "fs.h"
#include "platform.h"

enum {
  RING_MOST = 256,     /* at a time */
  BYTES_MOST = 1 << 30 /* of one */
};

/* ---- those under way -------------------------------------------------------
 */

static void ring_push(gy_files_t* files, gy_work_t* work) {
  work->next = NULL;
  if (files->ring_last != NULL) {
    files->ring_last->next = work;
  } else {
    files->ring_first = work;
  }
  files->ring_last = work;
  files->at_ring++;
}

/* They end almost in the order in which they began. */
static void ring_remove(gy_files_t* files, const gy_work_t* work) {
  gy_work_t** link = &files->ring_first;
  gy_work_t* before = NULL;

  while (*link != work) {
    before = *link;
    link = &before->next;
  }
  *link = work->next;
  if (files->ring_last == work) {
    files->ring_last = before;
  }
  files->at_ring--;
}

/* The poller has done it. */
static void ring_done(gy_work_t* work, int result) {
  uv_fs_t* req = GY_CONTAINER_OF(work, uv_fs_t, work);

  ring_remove(&gy_loop(req->loop)->files, work);
  if (result == UV_EAGAIN) {
    /* This file system can do it only by waiting, and was asked not to. */
    result = gy_fs_give(req);
    if (result == 0) {
      return;
    }
  }
  req->result = result;
  gy_fs_finish(req);
}

/* They are the parent's, who began them. */
void gy_fs_after_fork(uv_loop_t* loop) {
  gy_files_t* files = &gy_loop(loop)->files;
  gy_work_t* work = files->ring_first;

  files->ring_first = NULL;
  files->ring_last = NULL;
  files->at_ring = 0;
  while (work != NULL) {
    uv_fs_t* req = GY_CONTAINER_OF(work, uv_fs_t, work);
    work = work->next;
    req->result = UV_ECANCELED;
    gy_fs_answer(req);
  }
}

/* ---- beginning -------------------------------------------------------------
 */

/* Write |req| as an operation to |op|, if it is one. */
static bool op_of(const uv_fs_t* req, const gy_files_t* files, gy_op_t* op) {
  op->fd = (gy_fd_t)req->file;
  op->buf = NULL;
  op->len = 0;
  op->offset = 0;
  op->remote = false;
  if (req->fs_type == UV_FS_FSYNC) {
    op->code = GY_OP_FSYNC;
    return true;
  }
  if (req->fs_type == UV_FS_READ) {
    op->code = GY_OP_READ;
  } else if (req->fs_type == UV_FS_WRITE && files->at_ring == 0 &&
             files->at_pool == 0) {
    op->code = GY_OP_WRITE;
  } else {
    return false;
  }
  if (req->nbufs != 1 || req->result != 0 || req->bufs[0].len == 0 ||
      req->bufs[0].len > BYTES_MOST) {
    return false; /* Some of it may have been read without waiting. */
  }
  op->buf = req->bufs[0].base;
  op->len = (uint32_t)req->bufs[0].len;
  op->offset = req->offset < 0 ? -1 : req->offset;
  return true;
}

bool gy_fs_submit(uv_fs_t* req) {
  gy_poller_t* poller = gy_loop(req->loop)->poller;
  gy_files_t* files = &gy_loop(req->loop)->files;
  gy_file_kind_t kind;
  gy_op_t op;
  int err;

  if (poller->ops->submit == NULL || files->ring_is_none ||
      files->at_ring == RING_MOST || !op_of(req, files, &op)) {
    return false;
  }
  kind = gy_platform_fs_kind(req->file);
  if (kind == GY_FILE_OTHER) {
    return false;
  }
  op.remote = kind == GY_FILE_REMOTE;
  req->work.done = ring_done;
  err = poller->ops->submit(poller, &op, &req->work);
  if (err != 0) {
    files->ring_is_none = err == UV_ENOSYS;
    return false;
  }
  ring_push(files, &req->work);
  return true;
}
