/* uring-ops.c - operations, as io_uring runs them. */
#include "poller/uring-ops.h"

#include <errno.h>

#include "poller/uring-cookie.h"
#include "uv/errno.h"

bool gy_ops_are_possible(gy_ring_t* ring) {
  return gy_ring_cancel(ring, GY_COOKIE_NOBODY) == UV_ENOENT;
}

static uint8_t op_code(const gy_op_t* op) {
  switch (op->code) {
    case GY_OP_READ:
      return URING_OP_READ;
    case GY_OP_WRITE:
      return URING_OP_WRITE;
    case GY_OP_FSYNC:
      return URING_OP_FSYNC;
  }
  return 0; /* NOP; there is no other code. */
}

int gy_ops_start(gy_ring_t* ring, const gy_op_t* op, const void* owner) {
  uring_sqe_t* sqe;
  int err = gy_ring_get(ring, &sqe);

  if (err != 0) {
    return err;
  }
  sqe->opcode = op_code(op);
  /* To find out whether a file of FUSE can be read at once, the kernel asks its
   * server, and waits for the answer. */
  sqe->flags = op->remote ? URING_SQE_ASYNC : 0;
  sqe->fd = op->fd;
  sqe->user_data = gy_cookie_of_owner(owner);
  if (op->code != GY_OP_FSYNC) {
    sqe->addr = (uintptr_t)op->buf;
    sqe->len = op->len;
    sqe->off = (uint64_t)op->offset;
  } /* Else they would say that a part of the file is meant. */
  return 0;
}

int gy_ops_cancel(gy_ring_t* ring, const void* owner) {
  uint64_t cookie = gy_cookie_of_owner(owner);
  int err = 0;

  if (gy_ring_prepared(ring) > 0) {
    err = gy_ring_submit(ring); /* It may be among these. */
  }
  if (err >= 0) {
    err = gy_ring_cancel(ring, cookie);
  }
  if (err == UV_ENOENT &&
      (gy_ring_has_completed(ring, cookie) || gy_ring_is_withheld(ring))) {
    err = 0; /* It is done, as far as one can tell, and will be reported. */
  }
  return err;
}

int gy_ops_cancel_all(gy_ring_t* ring) {
  uring_sqe_t* sqe;
  int err = gy_ring_get(ring, &sqe);

  if (err != 0) {
    return err;
  }
  sqe->opcode = URING_OP_ASYNC_CANCEL;
  sqe->fd = -1;
  sqe->op_flags = URING_CANCEL_ALL | URING_CANCEL_ANY;
  sqe->user_data = GY_COOKIE_NOBODY;
  return 0;
}

void gy_ops_answer(const uring_cqe_t* cqe, gy_event_t* event) {
  event->kind = GY_EVENT_DONE;
  event->u.done.owner = (void*)(uintptr_t)(cqe->user_data & ~UINT64_C(1));
  /* What a thread of the kernel was at when it was cancelled says EINTR. */
  event->u.done.result = cqe->res == -EINTR ? UV_ECANCELED : cqe->res;
}
