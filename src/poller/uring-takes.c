/* uring-takes.c - what io_uring takes ahead, by fd.
 *
 * Of a stream that is read the kernel is asked, once, to receive on and on,
 * into rooms that it takes from a ring of them; of a listener, to accept on and
 * on. What has come is held until somebody asks for it, and the fd is reported
 * as ready for as long as something is.
 *
 * Bytes come in an order. So while the kernel may still receive, nobody else
 * does: receive() says UV_EAGAIN when nothing is held. When it may not, because
 * it was never asked, or has said that it is through, receive() is recv(2), and
 * a poll says when.
 *
 * That is also better for those who send much: a room that was filled shows
 * that, and the kernel is told to stop. After a number of short messages it is
 * asked again.
 *
 * Who is not read for a while holds bytes, but no rooms: others need them. When
 * all rooms are held the kernel says ENOBUFS, and polls do until some are free.
 *
 * A kernel that has no such requests (before Linux 6.0), or no memory for the
 * rooms, is noticed by nobody but those who measure. */
#include "poller/uring-takes.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "alloc.h"
#include "poller/uring-cookie.h"
#include "uv/errno.h"

enum {
  WANT_MASK = GY_READABLE | GY_WRITABLE | GY_DISCONNECT | GY_PRIORITIZED,
  /* What receiving does not tell by itself. */
  WANT_OTHERS = GY_WRITABLE | GY_PRIORITIZED
};

static void take_drop(gy_takes_t* takes, gy_take_t* take) {
  if (gy_take_is_listener(take)) {
    gy_held_drop_connections(&take->held, &takes->places);
  } else {
    gy_held_drop_bytes(&take->held, &takes->rooms);
  }
}

/* ---- a life ---------------------------------------------------------------
 */

void gy_takes_init(gy_takes_t* takes) {
  memset(takes, 0, sizeof(*takes));
  gy_take_lists_init(takes);
}

void gy_takes_reset(gy_takes_t* takes) {
  size_t fd;

  gy_rooms_forget(&takes->rooms); /* No room is given back to that ring. */
  for (fd = 0; fd < takes->count; fd++) {
    take_drop(takes, &takes->takes[fd]);
  }
  if (takes->count > 0) {
    memset(takes->takes, 0, takes->count * sizeof(*takes->takes));
  }
  gy_take_lists_init(takes);
  gy_rooms_reset(&takes->rooms);
  gy_places_reset(&takes->places);
}

void gy_takes_free(gy_takes_t* takes) {
  gy_takes_reset(takes);
  gy_rooms_free(&takes->rooms);
  gy_places_free(&takes->places);
  gy_free(takes->takes);
  gy_takes_init(takes);
}

/* The answer to a send, if there is one, found no room in the ring that is
 * gone, which belonged to another thread. */
static void take_lose_send(gy_takes_t* takes, gy_take_t* take, size_t fd) {
  if (take->is_sending) {
    take->is_sending = false;
    take->is_sent = true;
    take->send_result = UV_EIO;
    gy_take_list_add(takes, GY_TAKES_READY, fd);
  }
}

void gy_takes_ask_anew(gy_takes_t* takes) {
  size_t fd;

  gy_rooms_forget(&takes->rooms);
  for (fd = 0; fd < takes->count; fd++) {
    take_lose_send(takes, &takes->takes[fd], fd);
    takes->takes[fd].state = GY_TAKE_IDLE;
    if (takes->takes[fd].want != 0) {
      gy_take_list_add(takes, GY_TAKES_ASK, fd);
    }
  }
}

/* ---- interest --------------------------------------------------------------
 */

/* For what |take| is to be polled: for what is not taken. */
static unsigned take_polls(const gy_takes_t* takes, const gy_take_t* take) {
  bool is_taken =
      take->state == GY_TAKE_ASKED || take->has_end ||
      (take->state == GY_TAKE_STOPPING && gy_take_is_wanted(takes, take));

  return take->want & (unsigned)(is_taken ? WANT_OTHERS : WANT_MASK);
}

unsigned gy_takes_watch(gy_takes_t* takes, int fd, unsigned want) {
  gy_take_t* take = gy_take_find(takes, fd);
  bool is_taken = (want & (GY_RECEIVE | GY_ACCEPT)) != 0;

  if (take == NULL && is_taken && gy_take_reserve(takes, (size_t)fd) == 0) {
    take = gy_take_find(takes, fd);
  }
  if (take == NULL || (take->want == 0 && !is_taken)) {
    return want & WANT_MASK; /* Without memory, polls do. */
  }
  take->want = (uint16_t)want;
  take->is_plain = take->is_plain || !is_taken;
  gy_take_list_add(takes, GY_TAKES_ASK, (size_t)fd);
  if (gy_take_is_ready(take)) {
    gy_take_list_add(takes, GY_TAKES_READY, (size_t)fd);
  }
  /* If it is about to be taken, a poll would be asked for in vain. */
  return gy_take_is_wanted(takes, take) ? want & WANT_OTHERS
                                        : take_polls(takes, take);
}

void gy_takes_keep_off(gy_takes_t* takes, int fd) {
  gy_take_t* take = gy_take_find(takes, fd);

  if (take != NULL && take->want != 0) {
    take->is_plain = true;
    gy_take_list_add(takes, GY_TAKES_ASK, (size_t)fd);
  }
}

void gy_takes_forget(gy_takes_t* takes, int fd) {
  gy_take_t* take = gy_take_find(takes, fd);

  if (take == NULL || take->want == 0) {
    return;
  }
  take_drop(takes, take);
  take->number++; /* What still comes is nobody's. */
  take->want = 0;
  take->state = GY_TAKE_IDLE;
  take->shorts = 0;
  take->is_plain = false;
  take->is_bulk = false;
  take->has_end = false;
}

/* ---- asking ---------------------------------------------------------------
 */

static uint64_t cookie_of(const gy_take_t* take, int fd) {
  gy_cookie_kind_t kind =
      gy_take_is_listener(take) ? GY_COOKIE_ACCEPT : GY_COOKIE_RECV;

  return gy_cookie(kind, (size_t)fd, take->number);
}

static void sqe_receive(uring_sqe_t* sqe) {
  sqe->opcode = URING_OP_RECV;
  sqe->ioprio = URING_RECV_MULTISHOT;
  sqe->flags = URING_SQE_BUFFER_SELECT; /* Of the group 0. */
}

static void sqe_accept(uring_sqe_t* sqe) {
  sqe->opcode = URING_OP_ACCEPT;
  sqe->ioprio = URING_ACCEPT_MULTISHOT;
  sqe->op_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
}

/* Is there where to put what the kernel takes? 1, 0, or UV_EEXIST. */
static int take_has_room(gy_takes_t* takes, const gy_take_t* take,
                         gy_ring_t* ring) {
  int err;

  if (gy_take_is_listener(take)) {
    return gy_places_open(&takes->places) == 0;
  }
  err = gy_rooms_open(&takes->rooms, ring);
  if (err == UV_EEXIST) {
    return err;
  }
  return err == 0 && !gy_rooms_are_out(&takes->rooms);
}

/* Ask the kernel to take; if there is no room, it is not asked. UV_E*. */
static int take_begin(gy_takes_t* takes, gy_take_t* take, gy_ring_t* ring,
                      int fd) {
  int has_room = take_has_room(takes, take, ring);
  uring_sqe_t* sqe;
  int err;

  if (has_room <= 0) {
    return has_room;
  }
  err = gy_ring_get(ring, &sqe);
  if (err != 0) {
    return err;
  }
  if (gy_take_is_listener(take)) {
    sqe_accept(sqe);
  } else {
    sqe_receive(sqe);
  }
  take->number++;
  take->state = GY_TAKE_ASKED;
  sqe->fd = fd;
  sqe->user_data = cookie_of(take, fd);
  return 0;
}

static int take_stop(gy_take_t* take, gy_ring_t* ring, int fd) {
  uring_sqe_t* sqe;
  int err = gy_ring_get(ring, &sqe);

  if (err == 0) {
    gy_polls_fill_stop(sqe, cookie_of(take, fd));
    take->state = GY_TAKE_STOPPING;
  }
  return err;
}

int gy_takes_stop(gy_takes_t* takes, gy_ring_t* ring, int fd, bool* stopping) {
  gy_take_t* take = gy_take_find(takes, fd);
  int err = 0;

  if (take != NULL && take->state == GY_TAKE_ASKED) {
    err = take_stop(take, ring, fd);
  }
  *stopping = take != NULL && take->state != GY_TAKE_IDLE;
  return err;
}

static int take_ask(gy_takes_t* takes, gy_polls_t* polls, gy_ring_t* ring,
                    int fd) {
  gy_take_t* take = &takes->takes[fd];
  bool is_wanted = gy_take_is_wanted(takes, take);
  int err = 0;

  if (take->want == 0) {
    return 0; /* It was forgotten since. */
  }
  if (is_wanted && take->state == GY_TAKE_IDLE) {
    err = take_begin(takes, take, ring, fd);
  } else if (!is_wanted && take->state == GY_TAKE_ASKED) {
    err = take_stop(take, ring, fd);
    polls->is_settling = true;
  }
  if (err == 0) {
    if ((take->want & (GY_READABLE | GY_ACCEPT)) == 0) {
      gy_held_settle(&take->held, &takes->rooms);
    }
    gy_polls_want(polls, fd, take_polls(takes, take));
  }
  return err;
}

/* Have those stop that take connections, if there are too many already. */
static void takes_limit(gy_takes_t* takes) {
  size_t fd;

  if (!gy_places_are_scarce(&takes->places)) {
    return;
  }
  for (fd = 0; fd < takes->count; fd++) {
    if (gy_take_is_listener(&takes->takes[fd]) &&
        takes->takes[fd].state == GY_TAKE_ASKED) {
      gy_take_list_add(takes, GY_TAKES_ASK, fd);
    }
  }
}

bool gy_takes_are_new(const gy_takes_t* takes) {
  return !gy_take_list_is_empty(takes, GY_TAKES_ASK);
}

int gy_takes_ask(gy_takes_t* takes, gy_polls_t* polls, gy_ring_t* ring) {
  int err = 0;

  takes_limit(takes);
  /* What is handed over is answered: not more than there is room for. */
  while (err == 0 && !gy_take_list_is_empty(takes, GY_TAKES_ASK) &&
         gy_ring_completed(ring) <= ring->cq_mask / 2) {
    err = take_ask(takes, polls, ring,
                   (int)gy_take_list_first(takes, GY_TAKES_ASK));
    if (err == 0) {
      gy_take_list_pop(takes, GY_TAKES_ASK);
    }
  }
  return err;
}

/* ---- answers ----------------------------------------------------------------
 */

/* The request of |take| ended with |result|, which is no success. */
static void take_end(gy_takes_t* takes, gy_take_t* take, int result) {
  switch (-result) {
    case ECANCELED:
    case EINTR:
    case EAGAIN:
    case ENOMEM:
    case ENOBUFS:
      /* By us, or by the end of a thread; or for want of a room. If it is still
       * wanted it is asked for again. */
      return;
    case EINVAL:
      /* The kernel does not know such requests; if that is not what it means,
       * the plain call will tell. */
      take->is_plain = true;
      takes->rooms.is_refused |=
          !gy_take_is_listener(take) && !takes->rooms.is_proven;
      return;
    default:
      take->has_end = true;
      take->end = result;
  }
}

/* The bytes in the room |number|, or the |result| without one. */
static void take_add_bytes(gy_takes_t* takes, gy_take_t* take, uint16_t number,
                           int result) {
  if (result > 0 && number != 0) {
    gy_held_add_room(&take->held, &takes->rooms, number);
    takes->rooms.is_proven = true;
    take->is_bulk = take->is_bulk || result == GY_ROOM_SIZE;
    return;
  }
  if (number != 0) {
    (void)gy_room_give(&takes->rooms, number);
  }
  take_end(takes, take, result);
}

static void take_add_connection(gy_takes_t* takes, gy_take_t* take,
                                int result) {
  uint16_t number = 0;

  if (result < 0) {
    take_end(takes, take, result);
    return;
  }
  number = gy_place_take(&takes->places, result);
  if (number != 0) {
    gy_held_add_place(&take->held, &takes->places, number);
  } else {
    gy_held_close(result); /* The limit was passed by more than it can be. */
  }
}

/* |take| of |cqe|, which is of a request; NULL: nobody's. */
static gy_take_t* take_of(gy_takes_t* takes, const uring_cqe_t* cqe) {
  gy_take_t* take = gy_take_find(takes, (int)gy_cookie_fd(cqe->user_data));

  if (take == NULL || take->state == GY_TAKE_IDLE ||
      take->number != gy_cookie_number(cqe->user_data)) {
    return NULL;
  }
  return take;
}

static void bytes_absorb(gy_takes_t* takes, gy_take_t* take,
                         const uring_cqe_t* cqe) {
  uint16_t number = gy_room_of(&takes->rooms, cqe);

  if (take != NULL) {
    take_add_bytes(takes, take, number, cqe->res);
  } else if (number != 0) {
    (void)gy_room_give(&takes->rooms, number);
  }
}

static void connection_absorb(gy_takes_t* takes, gy_take_t* take,
                              const uring_cqe_t* cqe) {
  if (take != NULL) {
    take_add_connection(takes, take, cqe->res);
  } else if (cqe->res >= 0) {
    gy_held_close(cqe->res); /* It came too late. */
  }
}

static void send_absorb(gy_takes_t* takes, const uring_cqe_t* cqe) {
  size_t fd = gy_cookie_fd(cqe->user_data);
  gy_take_t* take = gy_take_find(takes, (int)fd);

  if (take != NULL && take->is_sending &&
      take->send_number == gy_cookie_number(cqe->user_data)) {
    take->is_sending = false;
    take->is_sent = true;
    take->send_result = cqe->res;
    gy_take_list_add(takes, GY_TAKES_READY, fd);
  }
}

void gy_takes_absorb(gy_takes_t* takes, const uring_cqe_t* cqe) {
  gy_cookie_kind_t kind = gy_cookie_kind(cqe->user_data);
  size_t fd = gy_cookie_fd(cqe->user_data);
  gy_take_t* take;

  if (kind == GY_COOKIE_SEND) {
    send_absorb(takes, cqe);
    return;
  }
  take = take_of(takes, cqe);
  if (kind == GY_COOKIE_RECV) {
    bytes_absorb(takes, take, cqe);
  } else {
    connection_absorb(takes, take, cqe);
  }
  if (take == NULL) {
    return;
  }
  if ((cqe->flags & URING_CQE_MORE) == 0) {
    take->state = GY_TAKE_IDLE;
  }
  if (take->state != GY_TAKE_ASKED || !gy_take_is_wanted(takes, take)) {
    gy_take_list_add(takes, GY_TAKES_ASK, fd);
  }
  if (gy_take_is_ready(take)) {
    gy_take_list_add(takes, GY_TAKES_READY, fd);
  }
}
