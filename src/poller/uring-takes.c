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

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "alloc.h"
#include "fault.h"
#include "poller/uring-cookie.h"
#include "uv/errno.h"

enum {
  FIRST_TAKES = 64,  /* how many the first table has */
  SHORTS_ENOUGH = 16 /* then messages are small again */
};

enum {
  WANT_MASK = GY_READABLE | GY_WRITABLE | GY_DISCONNECT | GY_PRIORITIZED,
  /* What receiving does not tell by itself. */
  WANT_OTHERS = GY_WRITABLE | GY_PRIORITIZED
};

/* The lists, and their entries: an fd and LIST_FD, so that 0 is in none. */
enum {
  LIST_READY,
  LIST_ASK,
  LIST_COUNT
};

enum {
  LIST_NOT = 0,
  LIST_END = 1,
  LIST_FD = 2
};

/* ---- kernel calls: each a result, or UV_E* ------------------------------ */

static int64_t fd_receive(int fd, void* memory, size_t size) {
  int err = GY_FAULT("recv");
  ssize_t count = -1;

  if (err == 0) {
    do {
      count = recv(fd, memory, size, MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    err = errno;
  }
  return count >= 0 ? (int64_t)count : -err;
}

static int fd_accept(int fd) {
  int err = GY_FAULT("accept4");
  int fresh = -1;

  if (err == 0) {
    do {
      fresh = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fresh < 0 && errno == EINTR);
    err = errno;
  }
  return fresh >= 0 ? fresh : -err;
}

/* ---- the table, and its lists ------------------------------------------- */

static gy_take_t* take_find(const gy_takes_t* takes, int fd) {
  return (size_t)fd < takes->count ? &takes->takes[fd] : NULL;
}

static int takes_reserve(gy_takes_t* takes, size_t index) {
  size_t count = takes->count > 0 ? takes->count : FIRST_TAKES;
  gy_take_t* fresh;

  if (index < takes->count) {
    return 0;
  }
  if (index >= GY_COOKIE_FDS) {
    return UV_ENOMEM;
  }
  while (count <= index) {
    count *= 2;
  }
  fresh = gy_realloc(takes->takes, count * sizeof(*fresh));
  if (fresh == NULL) {
    return UV_ENOMEM;
  }
  memset(fresh + takes->count, 0, (count - takes->count) * sizeof(*fresh));
  takes->takes = fresh;
  takes->count = count;
  return 0;
}

static void list_add(gy_takes_t* takes, int which, size_t fd) {
  gy_take_list_t* list = &takes->lists[which];
  uint32_t entry = (uint32_t)fd + LIST_FD;

  if (takes->takes[fd].next[which] != LIST_NOT) {
    return;
  }
  takes->takes[fd].next[which] = LIST_END;
  if (list->first == LIST_END) {
    list->first = entry;
  } else {
    takes->takes[list->last - LIST_FD].next[which] = entry;
  }
  list->last = entry;
}

static size_t list_first(const gy_takes_t* takes, int which) {
  return takes->lists[which].first - LIST_FD;
}

static bool list_is_empty(const gy_takes_t* takes, int which) {
  return takes->lists[which].first == LIST_END;
}

static void list_pop(gy_takes_t* takes, int which) {
  gy_take_t* first = &takes->takes[list_first(takes, which)];

  takes->lists[which].first = first->next[which];
  first->next[which] = LIST_NOT;
}

static bool take_is_listener(const gy_take_t* take) {
  return (take->want & GY_ACCEPT) != 0;
}

/* Is there something to read, or the end, for somebody who waits for it? */
static bool take_is_ready(const gy_take_t* take) {
  return (take->want & GY_READABLE) != 0 &&
         (take->has_end || !gy_held_is_empty(&take->held));
}

/* Should the kernel take ahead? */
static bool take_is_wanted(const gy_takes_t* takes, const gy_take_t* take) {
  if ((take->want & GY_READABLE) == 0 || take->is_plain || take->is_bulk ||
      take->has_end) {
    return false;
  }
  return take_is_listener(take) ? !gy_places_are_scarce(&takes->places)
                                : !takes->rooms.is_refused;
}

static void take_drop(gy_takes_t* takes, gy_take_t* take) {
  if (take_is_listener(take)) {
    gy_held_drop_connections(&take->held, &takes->places);
  } else {
    gy_held_drop_bytes(&take->held, &takes->rooms);
  }
}

/* ---- a life ---------------------------------------------------------------
 */

static void lists_init(gy_takes_t* takes) {
  takes->lists[LIST_READY].first = LIST_END;
  takes->lists[LIST_ASK].first = LIST_END;
}

void gy_takes_init(gy_takes_t* takes) {
  memset(takes, 0, sizeof(*takes));
  lists_init(takes);
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
  lists_init(takes);
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

void gy_takes_ask_anew(gy_takes_t* takes) {
  size_t fd;

  gy_rooms_forget(&takes->rooms);
  for (fd = 0; fd < takes->count; fd++) {
    takes->takes[fd].state = GY_TAKE_IDLE;
    if (takes->takes[fd].want != 0) {
      list_add(takes, LIST_ASK, fd);
    }
  }
}

/* ---- interest --------------------------------------------------------------
 */

/* For what |take| is to be polled: for what is not taken. */
static unsigned take_polls(const gy_takes_t* takes, const gy_take_t* take) {
  bool is_taken =
      take->state == GY_TAKE_ASKED || take->has_end ||
      (take->state == GY_TAKE_STOPPING && take_is_wanted(takes, take));

  return take->want & (unsigned)(is_taken ? WANT_OTHERS : WANT_MASK);
}

unsigned gy_takes_watch(gy_takes_t* takes, int fd, unsigned want) {
  gy_take_t* take = take_find(takes, fd);
  bool is_taken = (want & (GY_RECEIVE | GY_ACCEPT)) != 0;

  if (take == NULL && is_taken && takes_reserve(takes, (size_t)fd) == 0) {
    take = take_find(takes, fd);
  }
  if (take == NULL || (take->want == 0 && !is_taken)) {
    return want & WANT_MASK; /* Without memory, polls do. */
  }
  take->want = (uint16_t)want;
  take->is_plain = take->is_plain || !is_taken;
  list_add(takes, LIST_ASK, (size_t)fd);
  if (take_is_ready(take)) {
    list_add(takes, LIST_READY, (size_t)fd);
  }
  /* If it is about to be taken, a poll would be asked for in vain. */
  return take_is_wanted(takes, take) ? want & WANT_OTHERS
                                     : take_polls(takes, take);
}

void gy_takes_keep_off(gy_takes_t* takes, int fd) {
  gy_take_t* take = take_find(takes, fd);

  if (take != NULL && take->want != 0) {
    take->is_plain = true;
    list_add(takes, LIST_ASK, (size_t)fd);
  }
}

void gy_takes_forget(gy_takes_t* takes, int fd) {
  gy_take_t* take = take_find(takes, fd);

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
      take_is_listener(take) ? GY_COOKIE_ACCEPT : GY_COOKIE_RECV;

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

  if (take_is_listener(take)) {
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
  if (take_is_listener(take)) {
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
  gy_take_t* take = take_find(takes, fd);
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
  bool is_wanted = take_is_wanted(takes, take);
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
    if (take_is_listener(&takes->takes[fd]) &&
        takes->takes[fd].state == GY_TAKE_ASKED) {
      list_add(takes, LIST_ASK, fd);
    }
  }
}

bool gy_takes_are_new(const gy_takes_t* takes) {
  return !list_is_empty(takes, LIST_ASK);
}

int gy_takes_ask(gy_takes_t* takes, gy_polls_t* polls, gy_ring_t* ring) {
  int err = 0;

  takes_limit(takes);
  /* What is handed over is answered: not more than there is room for. */
  while (err == 0 && !list_is_empty(takes, LIST_ASK) &&
         gy_ring_completed(ring) <= ring->cq_mask / 2) {
    err = take_ask(takes, polls, ring, (int)list_first(takes, LIST_ASK));
    if (err == 0) {
      list_pop(takes, LIST_ASK);
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
          !take_is_listener(take) && !takes->rooms.is_proven;
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
  gy_take_t* take = take_find(takes, (int)gy_cookie_fd(cqe->user_data));

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
  gy_take_t* take = take_find(takes, (int)fd);

  if (take != NULL && take->is_sending &&
      take->send_number == gy_cookie_number(cqe->user_data)) {
    take->is_sending = false;
    take->is_sent = true;
    take->send_result = cqe->res;
    list_add(takes, LIST_READY, fd);
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
  if (take->state != GY_TAKE_ASKED || !take_is_wanted(takes, take)) {
    list_add(takes, LIST_ASK, fd);
  }
  if (take_is_ready(take)) {
    list_add(takes, LIST_READY, fd);
  }
}

/* ---- what is reported ------------------------------------------------------
 */

bool gy_takes_are_ready(gy_takes_t* takes) {
  while (!list_is_empty(takes, LIST_READY)) {
    const gy_take_t* take = &takes->takes[list_first(takes, LIST_READY)];
    if (take->is_sent || take_is_ready(take)) {
      return true;
    }
    list_pop(takes, LIST_READY);
  }
  return false;
}

/* Write to |events| what |take| of |fd| has to tell, |max| at most, which is 1
 * or more. How many. */
static int take_report(gy_take_t* take, int fd, gy_event_t* events, int max) {
  int count = 0;

  if (take->is_sent) {
    take->is_sent = false;
    events[count].kind = GY_EVENT_SENT;
    events[count].u.sent.fd = fd;
    events[count].u.sent.result = take->send_result;
    count++;
  }
  if (count < max && take_is_ready(take)) {
    events[count].kind = GY_EVENT_READY;
    events[count].u.ready.fd = fd;
    events[count].u.ready.mask =
        GY_READABLE | (take->has_end ? take->want & GY_DISCONNECT : 0u);
    count++;
  }
  return count;
}

/* Those of |list| come before those that have something to tell. */
static void list_put_back(gy_takes_t* takes, const gy_take_list_t* list) {
  gy_take_list_t* ready = &takes->lists[LIST_READY];

  takes->takes[list->last - LIST_FD].next[LIST_READY] = ready->first;
  if (ready->first == LIST_END) {
    ready->last = list->last;
  }
  ready->first = list->first;
}

int gy_takes_report(gy_takes_t* takes, gy_event_t* events, int max) {
  gy_take_list_t list = takes->lists[LIST_READY];
  int count = 0;

  takes->lists[LIST_READY].first = LIST_END;
  while (count < max && list.first != LIST_END) {
    size_t fd = list.first - LIST_FD;
    gy_take_t* take = &takes->takes[fd];
    list.first = take->next[LIST_READY];
    take->next[LIST_READY] = LIST_NOT;
    count += take_report(take, (int)fd, &events[count], max - count);
    if (take_is_ready(take)) {
      list_add(takes, LIST_READY, fd); /* It is told again until it is not. */
    }
  }
  if (list.first != LIST_END) {
    list_put_back(takes, &list);
  }
  return count;
}

/* ---- what is asked for -----------------------------------------------------
 */

/* recv(2), after all that was held; how much comes says what is better. */
static int64_t take_receive(gy_takes_t* takes, gy_take_t* take, int fd,
                            void* memory, size_t size) {
  int64_t count = fd_receive(fd, memory, size);

  if (take->is_bulk && count > 0) {
    take->shorts = count < GY_ROOM_SIZE ? (uint8_t)(take->shorts + 1) : 0;
    if (take->shorts == SHORTS_ENOUGH) {
      take->shorts = 0;
      take->is_bulk = false;
    }
  }
  if (take_is_wanted(takes, take)) {
    list_add(takes, LIST_ASK, (size_t)fd); /* There may be rooms again. */
  }
  return count;
}

/* The end is told; what was wanted is asked for again. */
static int take_tell_end(gy_takes_t* takes, gy_take_t* take, int fd) {
  take->has_end = false;
  list_add(takes, LIST_ASK, (size_t)fd);
  return take->end;
}

int64_t gy_takes_receive(gy_takes_t* takes, int fd, void* memory, size_t size,
                         bool* more) {
  gy_take_t* take = take_find(takes, fd);
  int64_t count;

  if (take == NULL || take->want == 0) {
    count = fd_receive(fd, memory, size);
    *more = count == (int64_t)size;
    return count;
  }
  count = (int64_t)gy_held_bytes(&take->held, &takes->rooms, memory, size);
  *more = false;
  if (count > 0) {
    *more = take->has_end || !gy_held_is_empty(&take->held);
    return count;
  }
  if (take->has_end) {
    return take_tell_end(takes, take, fd);
  }
  if (take->state != GY_TAKE_IDLE) {
    return UV_EAGAIN;
  }
  count = take_receive(takes, take, fd, memory, size);
  *more = count == (int64_t)size;
  return count;
}

int gy_takes_accept(gy_takes_t* takes, int fd) {
  gy_take_t* take = take_find(takes, fd);

  if (take == NULL || take->want == 0) {
    return fd_accept(fd);
  }
  if (!gy_held_is_empty(&take->held)) {
    return gy_held_connection(&take->held, &takes->places);
  }
  if (take->has_end) {
    return take_tell_end(takes, take, fd);
  }
  if (take->state != GY_TAKE_IDLE) {
    return UV_EAGAIN;
  }
  if (take_is_wanted(takes, take)) {
    list_add(takes, LIST_ASK, (size_t)fd); /* There may be places again. */
  }
  return fd_accept(fd);
}

/* ---- sends -----------------------------------------------------------------
 */

int gy_takes_begin_send(gy_takes_t* takes, int fd, uint32_t* number) {
  int err = takes_reserve(takes, (size_t)fd);

  if (err == 0) {
    gy_take_t* take = &takes->takes[fd];
    assert(!take->is_sending && !take->is_sent);
    take->is_sending = true;
    *number = ++take->send_number;
  }
  return err;
}

bool gy_takes_end_send(gy_takes_t* takes, int fd, int* result) {
  gy_take_t* take = take_find(takes, fd);

  if (take == NULL || !take->is_sent) {
    return false;
  }
  take->is_sent = false;
  *result = take->send_result;
  return true;
}

void gy_takes_drop_send(gy_takes_t* takes, int fd) {
  gy_take_t* take = take_find(takes, fd);

  if (take != NULL) {
    take->is_sending = false;
    take->is_sent = false;
  }
}
