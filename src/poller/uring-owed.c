/* uring-owed.c - what is owed: sends and closes. */
#include "poller/uring-owed.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "fault.h"
#include "poller/uring-cookie.h"
#include "poller/uring-gives.h"
#include "uv/errno.h"

enum {
  /* It says EAGAIN, and does not wait for room by itself. */
  SEND_FLAGS = MSG_NOSIGNAL | MSG_DONTWAIT,
  CLOSE_SUBMISSIONS = 3 /* the poll stops, the take stops, and it is closed */
};

/* As much as a result can tell. */
#define SEND_MOST ((size_t)0x7ffff000)

int gy_owed_send(gy_takes_t* takes, gy_ring_t* ring, int fd, const void* memory,
                 size_t size) {
  uring_sqe_t* sqe = NULL;
  uint32_t number = 0;
  int err = gy_ring_reserve(ring, 1);

  if (err == 0) {
    err = gy_takes_begin_send(takes, fd, &number);
  }
  if (err != 0) {
    return err;
  }
  sqe = gy_ring_prepare(ring);
  sqe->opcode = URING_OP_SEND;
  sqe->fd = fd;
  sqe->addr = (uintptr_t)memory;
  sqe->len = (uint32_t)(size < SEND_MOST ? size : SEND_MOST);
  sqe->op_flags = SEND_FLAGS;
  sqe->user_data = gy_cookie(GY_COOKIE_SEND, (size_t)fd, number);
  return 0;
}

/* ---- closes ----------------------------------------------------------------
 */

/* Has what was prepared at |position| been handed over? */
static bool is_over(const gy_ring_t* ring, uint32_t position) {
  return (int32_t)(position - ring->sq_begin) < 0;
}

/* Forget those that have been handed over. */
static void closes_sort(gy_owed_t* owed, const gy_ring_t* ring) {
  unsigned from;
  unsigned to = 0;

  for (from = 0; from < owed->count; from++) {
    if (!is_over(ring, owed->closes[from].position)) {
      owed->closes[to++] = owed->closes[from];
    }
  }
  owed->count = to;
}

/* Have room for one more. UV_E*. */
static int closes_reserve(gy_owed_t* owed, gy_ring_t* ring) {
  int err = 0;

  if (owed->count < GY_CLOSES_MOST) {
    return 0;
  }
  closes_sort(owed, ring);
  if (owed->count == GY_CLOSES_MOST) {
    err = gy_ring_submit(ring);
    closes_sort(owed, ring);
  }
  if (err < 0) {
    return err;
  }
  return owed->count < GY_CLOSES_MOST ? 0 : UV_EBUSY;
}

static void sqe_close(const gy_ring_t* ring, uring_sqe_t* sqe, int fd) {
  bool can_skip = (ring->features & URING_FEAT_CQE_SKIP) != 0;

  sqe->opcode = URING_OP_CLOSE;
  sqe->flags = can_skip ? URING_SQE_CQE_SKIP_SUCCESS : 0;
  sqe->fd = fd;
  sqe->user_data = GY_COOKIE_NOBODY;
}

int gy_owed_close(gy_owed_t* owed, gy_takes_t* takes, gy_polls_t* polls,
                  gy_ring_t* ring, int fd) {
  bool stopping = false;
  int err = closes_reserve(owed, ring);

  if (err == 0) {
    err = gy_ring_reserve(ring, CLOSE_SUBMISSIONS);
  }
  if (err == 0) {
    err = gy_takes_stop(takes, ring, fd, &stopping);
  }
  if (err != 0) {
    return err;
  }
  polls->is_settling |= stopping;
  gy_polls_let_go(polls, ring, fd);
  gy_takes_forget(takes, fd);
  gy_takes_drop_send(takes, fd);
  owed->closes[owed->count].fd = fd;
  owed->closes[owed->count].position = ring->sq_end;
  owed->count++;
  sqe_close(ring, gy_ring_prepare(ring), fd);
  return 0;
}

void gy_owed_fork(gy_owed_t* owed, const gy_ring_t* ring) {
  closes_sort(owed, ring);
  while (owed->count > 0) {
    gy_held_close(owed->closes[--owed->count].fd);
  }
}

/* ---- by hand ---------------------------------------------------------------
 */

static int sqe_send_by_hand(const uring_sqe_t* sqe) {
  int err = GY_FAULT("send");
  ssize_t count = -1;

  if (err == 0) {
    do {
      count = send(sqe->fd, (const void*)(uintptr_t)sqe->addr, sqe->len,
                   SEND_FLAGS);
    } while (count < 0 && errno == EINTR);
    err = errno;
  }
  return count >= 0 ? (int)count : -err;
}

/* Do what |sqe| asks for, if it is a send or a close. Is it? */
static bool sqe_do(gy_takes_t* takes, const uring_sqe_t* sqe) {
  uring_cqe_t cqe = {.user_data = sqe->user_data};

  switch (sqe->opcode) {
    case URING_OP_SEND:
      cqe.res = sqe_send_by_hand(sqe);
      gy_takes_absorb(takes, &cqe);
      return true;
    case URING_OP_CLOSE:
      gy_held_close(sqe->fd);
      return true;
    default:
      return false; /* It is asked for anew. */
  }
}

void gy_owed_do(gy_takes_t* takes, gy_ring_t* ring) {
  uint32_t count = gy_ring_prepared(ring);
  uint32_t index;

  for (index = 0; index < count; index++) {
    uring_sqe_t* sqe = gy_ring_prepared_at(ring, index);
    if (sqe_do(takes, sqe)) {
      memset(sqe, 0, sizeof(*sqe));
      sqe->opcode = URING_OP_NOP;
      sqe->user_data = GY_COOKIE_NOBODY;
    }
  }
}
