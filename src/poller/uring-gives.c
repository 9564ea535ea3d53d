/* uring-gives.c - what is handed out of what io_uring has taken and sent:
 * events, bytes, connections, and results. */
#include "poller/uring-gives.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

#include "fault.h"
#include "uv/errno.h"

enum {
  SHORTS_ENOUGH = 16 /* then messages are small again */
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

/* ---- what is reported ------------------------------------------------------
 */

bool gy_takes_are_ready(gy_takes_t* takes) {
  while (!gy_take_list_is_empty(takes, GY_TAKES_READY)) {
    const gy_take_t* take =
        &takes->takes[gy_take_list_first(takes, GY_TAKES_READY)];
    if (take->is_sent || gy_take_is_ready(take)) {
      return true;
    }
    gy_take_list_pop(takes, GY_TAKES_READY);
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
  if (count < max && gy_take_is_ready(take)) {
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
  gy_take_list_t* ready = &takes->lists[GY_TAKES_READY];

  takes->takes[list->last - GY_TAKES_FD].next[GY_TAKES_READY] = ready->first;
  if (ready->first == GY_TAKES_END) {
    ready->last = list->last;
  }
  ready->first = list->first;
}

int gy_takes_report(gy_takes_t* takes, gy_event_t* events, int max) {
  gy_take_list_t list = takes->lists[GY_TAKES_READY];
  int count = 0;

  takes->lists[GY_TAKES_READY].first = GY_TAKES_END;
  while (count < max && list.first != GY_TAKES_END) {
    size_t fd = list.first - GY_TAKES_FD;
    gy_take_t* take = &takes->takes[fd];
    list.first = take->next[GY_TAKES_READY];
    take->next[GY_TAKES_READY] = GY_TAKES_NOT;
    count += take_report(take, (int)fd, &events[count], max - count);
    if (gy_take_is_ready(take)) {
      gy_take_list_add(takes, GY_TAKES_READY,
                       fd); /* It is told again until it is not. */
    }
  }
  if (list.first != GY_TAKES_END) {
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
  if (gy_take_is_wanted(takes, take)) {
    gy_take_list_add(takes, GY_TAKES_ASK,
                     (size_t)fd); /* There may be rooms again. */
  }
  return count;
}

/* The end is told; what was wanted is asked for again. */
static int take_tell_end(gy_takes_t* takes, gy_take_t* take, int fd) {
  take->has_end = false;
  gy_take_list_add(takes, GY_TAKES_ASK, (size_t)fd);
  return take->end;
}

int64_t gy_takes_receive(gy_takes_t* takes, int fd, void* memory, size_t size,
                         bool* more) {
  gy_take_t* take = gy_take_find(takes, fd);
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
  gy_take_t* take = gy_take_find(takes, fd);

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
  if (gy_take_is_wanted(takes, take)) {
    gy_take_list_add(takes, GY_TAKES_ASK,
                     (size_t)fd); /* There may be places again. */
  }
  return fd_accept(fd);
}

/* ---- sends -----------------------------------------------------------------
 */

int gy_takes_begin_send(gy_takes_t* takes, int fd, uint32_t* number) {
  int err = gy_take_reserve(takes, (size_t)fd);

  if (err == 0) {
    gy_take_t* take = &takes->takes[fd];
    assert(!take->is_sending && !take->is_sent);
    take->is_sending = true;
    *number = ++take->send_number;
  }
  return err;
}

bool gy_takes_end_send(gy_takes_t* takes, int fd, int* result) {
  gy_take_t* take = gy_take_find(takes, fd);

  if (take == NULL || !take->is_sent) {
    return false;
  }
  take->is_sent = false;
  *result = take->send_result;
  return true;
}

void gy_takes_drop_send(gy_takes_t* takes, int fd) {
  gy_take_t* take = gy_take_find(takes, fd);

  if (take != NULL) {
    take->is_sending = false;
    take->is_sent = false;
  }
}
