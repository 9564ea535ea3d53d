/* iocp.c - the poller of Windows, over a completion port.
 *
 * What is odd about a completion port: it tells of operations that have ended,
 * not of sockets that are ready; and anybody who has the port's handle can post
 * a packet to it that looks like any other. So
 *
 * - readiness is an operation, a poll by the socket driver (afd.h), that ends
 *   once. It is started anew in the next wait(), which finds it ended at once
 *   when its reason still holds: that makes levels of it. A poll for too much
 *   is left alone and may end in vain; one for too little is cancelled;
 * - no packet is a pointer. It brings a cookie, made of the number of a watch
 *   and of the poll; only when that poll of that watch was started, and the
 *   kernel has written its end to memory of ours, is the packet believed. A
 *   packet of somebody else's is dropped.
 */
#include <assert.h>
#include <stdatomic.h>

#include "alloc.h"
#include "poller.h"
#include "poller/afd.h"
#include "poller/cookie.h"
#include "poller/overlapped.h"
#include "poller/port.h"
#include "queue.h"
#include "uv/errno.h"
#include "win/clock.h"

enum {
  BATCH_MAX = 128,         /* packets that are taken at a time; 4 KB of stack */
  FD_INDEX_MOST = 1 << 24, /* as many handles as Windows gives a process */
  TRY_AGAIN_MS = 20,       /* how soon, what the kernel had no room for */
  CLOSE_TRIES = 100,
  CLOSE_TRY_MS = 20 /* how long close() waits for what it cancelled */
};

enum {
  WANT_MASK = GY_READABLE | GY_WRITABLE | GY_DISCONNECT | GY_PRIORITIZED
};

/* Keys of packets. */
enum {
  KEY_WAKE = 1,
  KEY_AFD = 2,
  KEY_OVERLAPPED = 3
};

typedef enum {
  WATCH_IDLE,     /* no poll is under way */
  WATCH_ARMED,    /* one is, */
  WATCH_CANCELLED /* and was told to end */
} watch_state_t;

/* Interest in a socket. It stays for as long as a poll is under way, also when
 * it is forgotten. */
typedef struct {
  gy_afd_poll_t poll;
  gy_queue_t node; /* in poller_t.changed, or alone */
  gy_fd_t fd;
  SOCKET base;
  unsigned want;  /* 0: forgotten */
  unsigned asked; /* of the poll that is under way */
  watch_state_t state;
  bool renewed; /* |base| was looked up since the poll was started */
  size_t index; /* in poller_t.watches */
} watch_t;

typedef struct {
  gy_poller_t head;
  gy_port_t port;
  HANDLE afd; /* NULL until something is watched */
  bool wakeable;
  atomic_bool woken;  /* a packet of a wake is on its way */
  gy_queue_t changed; /* of watch_t.node: to be armed, or cancelled */
  size_t flying;      /* polls under way */
  gy_cookies_t watches;
  watch_t** by_fd; /* who watches it; NULL for nobody */
  size_t by_fd_count;
  gy_overlapped_t operations;
  bool packets_first; /* at the next wait(), so that neither starves */
} poller_t;

/* ---- a life ----------------------------------------------------------- */

static int poller_open(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;
  int err = gy_afd_startup();

  if (err == 0) {
    err = gy_port_open(&p->port);
  }
  if (err != 0) {
    return err;
  }
  base->backend_fd = -1;
  p->afd = NULL;
  p->wakeable = false;
  atomic_init(&p->woken, false);
  gy_queue_init(&p->changed);
  p->flying = 0;
  gy_cookies_init(&p->watches);
  p->by_fd = NULL;
  p->by_fd_count = 0;
  gy_overlapped_init(&p->operations);
  return 0;
}

static int poller_after_fork(gy_poller_t* base) {
  (void)base; /* There is no fork, and so no child. */
  return UV_ENOSYS;
}

static int poller_enable_wake(gy_poller_t* base) {
  ((poller_t*)base)->wakeable = true;
  return 0;
}

static int poller_wake(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;
  int err;

  if (!p->wakeable) {
    return UV_EBADF;
  }
  /* Pairs with packet_wake(): what was written before this call is seen by who
   * takes the packet, mine or that on its way. */
  if (atomic_exchange(&p->woken, true)) {
    return 0;
  }
  err = gy_port_post(&p->port, KEY_WAKE);
  if (err != 0) {
    atomic_store(&p->woken, false);
  }
  return err;
}

/* ---- the table of watches --------------------------------------------- */

/* Handles are multiples of four. */
static size_t fd_index(gy_fd_t fd) {
  return (size_t)((uintptr_t)fd >> 2);
}

/* See that there is a place for |fd|, which is open. */
static int by_fd_reserve(poller_t* p, gy_fd_t fd) {
  size_t count;
  watch_t** by_fd;

  if (fd_index(fd) < p->by_fd_count) {
    return 0;
  }
  if (fd_index(fd) > FD_INDEX_MOST) {
    return UV_ENOMEM;
  }
  count = gy_cookies_grown(p->by_fd_count, fd_index(fd));
  by_fd = gy_realloc(p->by_fd, count * sizeof(*by_fd));
  if (by_fd == NULL) {
    return UV_ENOMEM;
  }
  while (p->by_fd_count < count) {
    by_fd[p->by_fd_count++] = NULL;
  }
  p->by_fd = by_fd;
  return 0;
}

static watch_t* watch_find(const poller_t* p, gy_fd_t fd) {
  return fd_index(fd) < p->by_fd_count ? p->by_fd[fd_index(fd)] : NULL;
}

/* Make a watch for |fd|. */
static int watch_make(poller_t* p, gy_fd_t fd, watch_t** watch) {
  watch_t* made;
  int err = by_fd_reserve(p, fd);

  if (err != 0) {
    return err;
  }
  made = gy_calloc(1, sizeof(*made));
  if (made == NULL) {
    return UV_ENOMEM;
  }
  err = gy_cookies_add(&p->watches, made, &made->index);
  if (err != 0) {
    gy_free(made);
    return err;
  }
  made->fd = fd;
  gy_queue_init(&made->node);
  p->by_fd[fd_index(fd)] = made;
  *watch = made;
  return 0;
}

/* Free |watch|, which is forgotten, and no poll of it is under way. */
static void watch_free(poller_t* p, watch_t* watch) {
  gy_queue_remove(&watch->node);
  gy_cookies_remove(&p->watches, watch->index);
  gy_free(watch);
}

/* ---- polls ------------------------------------------------------------ */

static void watch_changed(poller_t* p, watch_t* watch) {
  gy_queue_remove(&watch->node);
  gy_queue_push_last(&p->changed, &watch->node);
}

/* Start a poll for what is wanted. 0 or UV_E*. */
static int watch_arm(poller_t* p, watch_t* watch) {
  int err = gy_afd_start(p->afd, &watch->poll, watch->base, watch->want,
                         gy_cookie_renew(&p->watches, watch->index));

  if (err == 0) {
    watch->state = WATCH_ARMED;
    watch->asked = watch->want;
    watch->renewed = false;
    p->flying++;
  }
  return err;
}

/* End the poll that is under way, if there is one. 0, or UV_E*: it goes on. */
static int watch_cancel(poller_t* p, watch_t* watch) {
  int err = 0;

  if (watch->state == WATCH_ARMED) {
    err = gy_afd_cancel(p->afd, &watch->poll);
  }
  if (watch->state == WATCH_ARMED && err == 0) {
    watch->state = WATCH_CANCELLED;
  }
  return err;
}

/* Have a poll under way that asks for what is wanted. 0 or UV_E*. */
static int watch_update(poller_t* p, watch_t* watch) {
  switch (watch->state) {
    case WATCH_IDLE:
      return watch_arm(p, watch);
    case WATCH_ARMED:
      if ((watch->want & ~watch->asked) != 0 || watch->renewed) {
        return watch_cancel(p, watch);
      }
      /* It asks for more than is wanted now. It may end in vain; a new one
       * would cost two system calls. */
      return 0;
    case WATCH_CANCELLED:
      /* Its packet is on the way, and the poll will be started then. */
      return 0;
  }
  return 0;
}

static void event_ready(gy_event_t* event, const watch_t* watch,
                        unsigned mask) {
  event->kind = GY_EVENT_READY;
  event->u.ready.fd = watch->fd;
  event->u.ready.mask = mask;
}

/* Is |err| of a call for |watch| one that passes? Not when it says that the
 * socket was closed behind our back. */
static bool watch_may_try_again(const watch_t* watch, int err) {
  return watch->state == WATCH_ARMED || err == UV_ENOBUFS || err == UV_ENOMEM;
}

/* Tell the kernel what has changed. The events there are, at most |max|: of
 * sockets that cannot be polled, because they were closed. They are told once,
 * and asked for no more. What the kernel has no room for now stays changed. */
static int watches_update(poller_t* p, gy_event_t* events, int max) {
  gy_queue_t changed;
  gy_queue_t* node;
  int count = 0;

  gy_queue_move(&p->changed, &changed);
  while ((node = gy_queue_pop(&changed)) != NULL) {
    watch_t* watch = GY_CONTAINER_OF(node, watch_t, node);
    int err;
    if (count == max) {
      watch_changed(p, watch);
      continue;
    }
    err = watch_update(p, watch);
    if (err != 0 && watch_may_try_again(watch, err)) {
      watch_changed(p, watch);
    } else if (err != 0) {
      event_ready(&events[count++], watch, GY_FAILED);
    }
  }
  return count;
}

static void poller_forget(poller_t* p, gy_fd_t fd) {
  watch_t* watch = watch_find(p, fd);

  if (watch == NULL) {
    return;
  }
  p->by_fd[fd_index(fd)] = NULL;
  watch->want = 0;
  if (watch->state == WATCH_IDLE) {
    watch_free(p, watch);
    return;
  }
  gy_queue_remove(&watch->node);
  /* If it goes on, it ends when the socket is closed. */
  (void)watch_cancel(p, watch);
}

/* Be told when |fd| is ready as |want| says, which is not 0. */
static int poller_want(poller_t* p, gy_fd_t fd, unsigned want) {
  watch_t* watch;
  SOCKET socket;
  /* Each time, because the number may be another socket's by now. It is
   * answered without the kernel. */
  int err = gy_afd_base(fd, &socket);

  if (err == 0 && p->afd == NULL) {
    err = gy_afd_open(p->port.handle, KEY_AFD, &p->afd);
  }
  if (err != 0) {
    return err;
  }
  watch = watch_find(p, fd);
  if (watch == NULL) {
    err = watch_make(p, fd, &watch);
    if (err != 0) {
      return err;
    }
  }
  watch->renewed = watch->base != socket;
  watch->base = socket;
  watch->want = want;
  watch_changed(p, watch);
  return 0;
}

static int poller_watch(gy_poller_t* base, gy_fd_t fd, unsigned was,
                        unsigned want) {
  poller_t* p = (poller_t*)base;
  bool adopts = (want & ~was & GY_COMPLETIONS) != 0;
  int err = 0;

  if (adopts) {
    err =
        gy_overlapped_adopt(&p->operations, p->port.handle, KEY_OVERLAPPED, fd);
  }
  if (err == 0 && (want & WANT_MASK) != 0) {
    err = poller_want(p, fd, want & WANT_MASK);
  } else if (err == 0) {
    poller_forget(p, fd);
  }
  if (err != 0 ? adopts : (want & GY_COMPLETIONS) == 0) {
    gy_overlapped_disown(&p->operations, fd);
  }
  return err;
}

static int poller_submit(gy_poller_t* base, const gy_op_t* op, void* owner) {
  return gy_overlapped_submit(&((poller_t*)base)->operations, op, owner);
}

static int poller_cancel(gy_poller_t* base, void* owner) {
  return gy_overlapped_cancel(&((poller_t*)base)->operations, owner);
}

/* ---- packets ---------------------------------------------------------- */

/* The watch whose poll has ended by the packet with |cookie|; NULL when there
 * is none, and the packet is not the kernel's answer to us. */
static watch_t* cookie_watch(const poller_t* p, const void* cookie) {
  watch_t* watch = gy_cookie_item(&p->watches, cookie);

  if (watch == NULL || watch->state == WATCH_IDLE ||
      !gy_afd_ended(&watch->poll)) {
    return NULL;
  }
  return watch;
}

/* The poll of |watch| has ended. How many events that makes. */
static int watch_ended(poller_t* p, watch_t* watch, gy_event_t* event) {
  int mask = gy_afd_result(&watch->poll);
  bool doubtful = watch->renewed || watch->state == WATCH_CANCELLED;

  watch->state = WATCH_IDLE;
  p->flying--;
  if (watch->want == 0) {
    watch_free(p, watch);
    return 0;
  }
  if ((mask < 0 || (mask & GY_FAILED)) && !doubtful) {
    /* Closed behind our back; it is told once. Whoever wants something of the
     * number again has watch() look at it again. */
    gy_queue_remove(&watch->node);
    event_ready(event, watch, GY_FAILED);
    return 1;
  }
  watch_changed(p, watch);
  if (mask < 0) {
    return 0; /* The poll was of another socket that had this number. */
  }
  mask &= (int)watch->want | GY_HANGUP;
  if (mask == 0) {
    return 0; /* It was cancelled, or for what is no longer wanted. */
  }
  event_ready(event, watch, (unsigned)mask);
  return 1;
}

static int packet_wake(poller_t* p, gy_event_t* event) {
  if (!atomic_exchange(&p->woken, false)) {
    return 0; /* Not ours. */
  }
  event->kind = GY_EVENT_WAKE;
  return 1;
}

/* How many events |packet| makes, one of them at most. */
static int packet_event(poller_t* p, const OVERLAPPED_ENTRY* packet,
                        gy_event_t* event) {
  watch_t* watch;

  switch (packet->lpCompletionKey) {
    case KEY_WAKE:
      return packet_wake(p, event);
    case KEY_AFD:
      watch = cookie_watch(p, packet->lpOverlapped);
      return watch != NULL ? watch_ended(p, watch, event) : 0;
    case KEY_OVERLAPPED:
      return gy_overlapped_packet(&p->operations, packet->lpOverlapped, event);
    default:
      return 0; /* Not ours. */
  }
}

/* What there is already, at most |max|: more of it than the kernel has packets
 * for. How many. */
static int told_at_once(poller_t* p, gy_event_t* events, int max) {
  int count = watches_update(p, events, max);

  p->packets_first = !p->packets_first;
  if (p->packets_first) {
    return count;
  }
  return count +
         gy_overlapped_tell(&p->operations, events + count, max - count);
}

/* Must the next wait not sleep, or not for long? When it has to end, then. */
static uint64_t sleep_end(const poller_t* p, uint64_t deadline) {
  uint64_t again;

  if (gy_overlapped_has_ended(&p->operations)) {
    return 0;
  }
  if (gy_queue_empty(&p->changed)) {
    return deadline;
  }
  again = gy_win_deadline((uint64_t)TRY_AGAIN_MS * 1000000);
  return again < deadline ? again : deadline;
}

/* Take packets, and sleep until |deadline| for the first. */
static int port_wait(const poller_t* p, OVERLAPPED_ENTRY* packets, int max,
                     uint64_t deadline) {
  max = max < BATCH_MAX ? max : BATCH_MAX;
  if (deadline == 0 || deadline == UINT64_MAX) {
    return gy_port_take(&p->port, packets, max, deadline == 0 ? 0 : INFINITE);
  }
  return gy_port_take_until(&p->port, packets, max, deadline);
}

/* As poller_wait(), until |deadline|; 0 is not to sleep. */
static int wait_until(poller_t* p, gy_event_t* events, int max,
                      uint64_t deadline) {
  OVERLAPPED_ENTRY packets[BATCH_MAX];
  int count;
  int taken;
  int index;

  do {
    count = told_at_once(p, events, max);
    if (count == max) {
      return count;
    }
    taken = port_wait(p, packets, max - count,
                      count > 0 ? 0 : sleep_end(p, deadline));
    for (index = 0; index < taken; index++) {
      count += packet_event(p, &packets[index], &events[count]);
    }
    if (taken >= 0) {
      count += gy_overlapped_tell(&p->operations, events + count, max - count);
    }
    /* All of it may have been stale, and time be left. */
  } while (count == 0 && taken >= 0 &&
           (taken > 0 || (deadline > 0 && gy_win_clock() < deadline)));
  return taken < 0 && count == 0 ? taken : count;
}

static int poller_wait(gy_poller_t* base, gy_event_t* events, int max,
                       int64_t timeout_ns) {
  uint64_t deadline = UINT64_MAX;

  if (timeout_ns >= 0) {
    deadline = timeout_ns > 0 ? gy_win_deadline((uint64_t)timeout_ns) : 0;
  }
  return wait_until((poller_t*)base, events, max, deadline);
}

/* ---- the end ---------------------------------------------------------- */

/* The watch in slot |index|; NULL when that is free. */
static watch_t* watch_at(const poller_t* p, size_t index) {
  return p->watches.slots[index].item;
}

/* End all that is under way, and wait for that: the kernel writes to its
 * memory. */
static void all_end(poller_t* p) {
  OVERLAPPED_ENTRY packets[BATCH_MAX];
  gy_event_t event;
  size_t index;
  int tries;

  for (index = 0; index < p->watches.count; index++) {
    if (watch_at(p, index) != NULL) {
      (void)watch_cancel(p, watch_at(p, index)); /* The wait is bounded. */
    }
  }
  gy_overlapped_cancel_all(&p->operations);
  for (tries = 0; tries < CLOSE_TRIES; tries++) {
    int taken;
    if (p->flying == 0 && !gy_overlapped_flies(&p->operations)) {
      break;
    }
    taken = gy_port_take(&p->port, packets, BATCH_MAX, CLOSE_TRY_MS);
    while (taken-- > 0) {
      (void)packet_event(p, &packets[taken], &event);
    }
  }
}

static void poller_close(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;
  size_t index;

  all_end(p);
  for (index = 0; index < p->watches.count; index++) {
    watch_t* watch = watch_at(p, index);
    /* One that would not end keeps its memory: better a leak than the kernel
     * writing to what is somebody else's. */
    if (watch != NULL && watch->state == WATCH_IDLE) {
      gy_free(watch);
    }
  }
  if (p->afd != NULL) {
    (void)CloseHandle(p->afd); /* It is open, and nobody else's. */
    p->afd = NULL;
  }
  gy_port_close(&p->port);
  gy_cookies_free(&p->watches);
  gy_overlapped_free(&p->operations);
  gy_free(p->by_fd);
  p->by_fd = NULL;
  p->by_fd_count = 0;
}

const gy_poller_ops_t gy_iocp_ops = {
    .name = "iocp",
    .size = sizeof(poller_t),
    .open = poller_open,
    .close = poller_close,
    .after_fork = poller_after_fork,
    .enable_wake = poller_enable_wake,
    .watch = poller_watch,
    .submit = poller_submit,
    .cancel = poller_cancel,
    .wait = poller_wait,
    .wake = poller_wake,
};
