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
#include <string.h>

#include "alloc.h"
#include "poller.h"
#include "poller/afd.h"
#include "poller/port.h"
#include "queue.h"
#include "uv/errno.h"
#include "win/clock.h"

enum {
  BATCH_MAX = 128,         /* packets that are taken at a time; 4 KB of stack */
  FIRST_WATCHES = 32,      /* how many the first tables have */
  FD_INDEX_MOST = 1 << 24, /* as many handles as Windows gives a process */
  CLOSE_TRIES = 100,
  CLOSE_TRY_MS = 20 /* how long close() waits for what it cancelled */
};

enum {
  WANT_MASK = GY_READABLE | GY_WRITABLE | GY_DISCONNECT | GY_PRIORITIZED
};

/* Keys of packets. */
enum {
  KEY_WAKE = 1,
  KEY_AFD = 2
};

/* How much of a cookie is the number of a watch, from 1 on; the rest is the
 * number of the poll. */
enum {
  INDEX_BITS = sizeof(void*) == 8 ? 32 : 20
};

#define INDEX_MASK (((uintptr_t)1 << (INDEX_BITS - 1)) * 2 - 1)

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
  size_t index; /* in poller_t.slots */
} watch_t;

/* Where cookies lead. */
typedef struct {
  watch_t* watch;   /* NULL: free */
  uintptr_t number; /* of the last poll, and of the watches before */
  size_t next_free; /* index, or SLOT_END */
} slot_t;

#define SLOT_END SIZE_MAX

typedef struct {
  gy_poller_t head;
  gy_port_t port;
  HANDLE afd; /* NULL until something is watched */
  bool wakeable;
  atomic_bool woken;  /* a packet of a wake is on its way */
  gy_queue_t changed; /* of watch_t.node: to be armed, or cancelled */
  size_t flying;      /* polls under way */
  slot_t* slots;
  size_t slot_count;
  size_t slot_free; /* the first, or SLOT_END */
  size_t* by_fd;    /* 1 + index in slots of who watches it; 0 for nobody */
  size_t by_fd_count;
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
  p->slots = NULL;
  p->slot_count = 0;
  p->slot_free = SLOT_END;
  p->by_fd = NULL;
  p->by_fd_count = 0;
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

static size_t grown(size_t count, size_t index) {
  count = count > 0 ? count : FIRST_WATCHES;
  while (count <= index) {
    count *= 2;
  }
  return count;
}

/* See that there is a free slot. */
static int slots_reserve(poller_t* p) {
  size_t count = grown(p->slot_count, p->slot_count);
  slot_t* slots;

  if (p->slot_free != SLOT_END) {
    return 0;
  }
  if (count > INDEX_MASK) {
    return UV_ENOMEM;
  }
  slots = gy_realloc(p->slots, count * sizeof(*slots));
  if (slots == NULL) {
    return UV_ENOMEM;
  }
  p->slots = slots;
  while (p->slot_count < count) {
    slot_t* slot = &slots[p->slot_count];
    slot->watch = NULL;
    slot->number = 0;
    slot->next_free = p->slot_free;
    p->slot_free = p->slot_count++;
  }
  return 0;
}

/* Handles are multiples of four. */
static size_t fd_index(gy_fd_t fd) {
  return (size_t)((uintptr_t)fd >> 2);
}

/* See that there is a place for |fd|, which is open. */
static int by_fd_reserve(poller_t* p, gy_fd_t fd) {
  size_t count;
  size_t* by_fd;

  if (fd_index(fd) < p->by_fd_count) {
    return 0;
  }
  if (fd_index(fd) > FD_INDEX_MOST) {
    return UV_ENOMEM;
  }
  count = grown(p->by_fd_count, fd_index(fd));
  by_fd = gy_realloc(p->by_fd, count * sizeof(*by_fd));
  if (by_fd == NULL) {
    return UV_ENOMEM;
  }
  memset(by_fd + p->by_fd_count, 0, (count - p->by_fd_count) * sizeof(*by_fd));
  p->by_fd = by_fd;
  p->by_fd_count = count;
  return 0;
}

static watch_t* watch_find(const poller_t* p, gy_fd_t fd) {
  size_t index = fd_index(fd);

  if (index >= p->by_fd_count || p->by_fd[index] == 0) {
    return NULL;
  }
  return p->slots[p->by_fd[index] - 1].watch;
}

/* Make a watch for |fd|. */
static int watch_make(poller_t* p, gy_fd_t fd, watch_t** watch) {
  watch_t* made;
  slot_t* slot;
  int err = slots_reserve(p);

  if (err == 0) {
    err = by_fd_reserve(p, fd);
  }
  if (err != 0) {
    return err;
  }
  made = gy_calloc(1, sizeof(*made));
  if (made == NULL) {
    return UV_ENOMEM;
  }
  made->fd = fd;
  made->index = p->slot_free;
  gy_queue_init(&made->node);
  slot = &p->slots[made->index];
  p->slot_free = slot->next_free;
  slot->watch = made;
  p->by_fd[fd_index(fd)] = made->index + 1;
  *watch = made;
  return 0;
}

/* Free |watch|, which is forgotten, and no poll of it is under way. */
static void watch_free(poller_t* p, watch_t* watch) {
  slot_t* slot = &p->slots[watch->index];

  gy_queue_remove(&watch->node);
  slot->watch = NULL;
  slot->next_free = p->slot_free;
  p->slot_free = watch->index;
  gy_free(watch);
}

/* ---- polls ------------------------------------------------------------ */

static void watch_changed(poller_t* p, watch_t* watch) {
  gy_queue_remove(&watch->node);
  gy_queue_push_last(&p->changed, &watch->node);
}

static void* cookie_of(const slot_t* slot, size_t index) {
  return (void*)(slot->number << (INDEX_BITS - 1) << 1 | (index + 1));
}

/* Start a poll for what is wanted. 0 or UV_E*. */
static int watch_arm(poller_t* p, watch_t* watch) {
  slot_t* slot = &p->slots[watch->index];
  int err;

  slot->number++;
  err = gy_afd_start(p->afd, &watch->poll, watch->base, watch->want,
                     cookie_of(slot, watch->index));
  if (err == 0) {
    watch->state = WATCH_ARMED;
    watch->asked = watch->want;
    watch->renewed = false;
    p->flying++;
  }
  return err;
}

static void watch_cancel(poller_t* p, watch_t* watch) {
  if (watch->state == WATCH_ARMED) {
    gy_afd_cancel(p->afd, &watch->poll);
    watch->state = WATCH_CANCELLED;
  }
}

/* Have a poll under way that asks for what is wanted. 0 or UV_E*. */
static int watch_update(poller_t* p, watch_t* watch) {
  switch (watch->state) {
    case WATCH_IDLE:
      return watch_arm(p, watch);
    case WATCH_ARMED:
      if ((watch->want & ~watch->asked) != 0 || watch->renewed) {
        watch_cancel(p, watch);
      }
      /* Else it asks for more than is wanted now. It may end in vain; a new
       * one would cost two system calls. */
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

/* Tell the kernel what has changed. The events there are, at most |max|: of
 * sockets that cannot be polled, because they were closed behind our back. They
 * are told once, and asked for no more. */
static int watches_update(poller_t* p, gy_event_t* events, int max) {
  int count = 0;

  while (count < max) {
    gy_queue_t* node = gy_queue_pop(&p->changed);
    watch_t* watch;
    if (node == NULL) {
      break;
    }
    watch = GY_CONTAINER_OF(node, watch_t, node);
    if (watch_update(p, watch) != 0) {
      event_ready(&events[count++], watch, GY_FAILED);
    }
  }
  return count;
}

static int poller_forget(poller_t* p, gy_fd_t fd) {
  watch_t* watch = watch_find(p, fd);

  if (watch == NULL) {
    return 0;
  }
  p->by_fd[fd_index(fd)] = 0;
  watch->want = 0;
  if (watch->state == WATCH_IDLE) {
    watch_free(p, watch);
    return 0;
  }
  gy_queue_remove(&watch->node);
  watch_cancel(p, watch);
  return 0;
}

static int poller_watch(gy_poller_t* base, gy_fd_t fd, unsigned was,
                        unsigned want) {
  poller_t* p = (poller_t*)base;
  watch_t* watch;
  SOCKET socket;
  int err;

  want &= WANT_MASK;
  if (want == 0) {
    return was != 0 ? poller_forget(p, fd) : 0;
  }
  /* Each time, because the number may be another socket's by now. It is
   * answered without the kernel. */
  err = gy_afd_base(fd, &socket);
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

/* ---- packets ---------------------------------------------------------- */

/* The watch whose poll has ended by the packet with |cookie|; NULL when there
 * is none, and the packet is not the kernel's answer to us. */
static watch_t* cookie_watch(const poller_t* p, const void* cookie) {
  uintptr_t bits = (uintptr_t)cookie;
  size_t index = (size_t)(bits & INDEX_MASK) - 1;
  const slot_t* slot;

  if (index >= p->slot_count) {
    return NULL;
  }
  slot = &p->slots[index];
  if (slot->watch == NULL || slot->watch->state == WATCH_IDLE ||
      cookie_of(slot, index) != cookie || !gy_afd_ended(&slot->watch->poll)) {
    return NULL;
  }
  return slot->watch;
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
    default:
      return 0; /* Not ours. */
  }
}

static int port_wait(const poller_t* p, OVERLAPPED_ENTRY* packets, int max,
                     int64_t timeout_ns, uint64_t deadline) {
  max = max < BATCH_MAX ? max : BATCH_MAX;
  if (timeout_ns <= 0) {
    return gy_port_take(&p->port, packets, max, timeout_ns < 0 ? INFINITE : 0);
  }
  return gy_port_take_until(&p->port, packets, max, deadline);
}

static int poller_wait(gy_poller_t* base, gy_event_t* events, int max,
                       int64_t timeout_ns) {
  poller_t* p = (poller_t*)base;
  OVERLAPPED_ENTRY packets[BATCH_MAX];
  uint64_t deadline = 0;
  int count;
  int taken;
  int index;

  if (timeout_ns > 0) {
    deadline = gy_win_deadline((uint64_t)timeout_ns);
  }
  do {
    count = watches_update(p, events, max);
    if (count == max) {
      return count;
    }
    taken = port_wait(p, packets, max - count, count > 0 ? 0 : timeout_ns,
                      deadline);
    for (index = 0; index < taken; index++) {
      count += packet_event(p, &packets[index], &events[count]);
    }
    /* All of it may have been stale, and time be left. */
  } while (count == 0 && taken >= 0 &&
           (taken > 0 || (timeout_ns > 0 && gy_win_clock() < deadline)));
  return taken < 0 && count == 0 ? taken : count;
}

/* ---- the end ---------------------------------------------------------- */

/* End all polls, and wait for that: the kernel writes to their memory. */
static void polls_end(poller_t* p) {
  OVERLAPPED_ENTRY packets[BATCH_MAX];
  gy_event_t event;
  size_t index;
  int tries;

  for (index = 0; index < p->slot_count; index++) {
    if (p->slots[index].watch != NULL) {
      watch_cancel(p, p->slots[index].watch);
    }
  }
  for (tries = 0; p->flying > 0 && tries < CLOSE_TRIES; tries++) {
    int taken = gy_port_take(&p->port, packets, BATCH_MAX, CLOSE_TRY_MS);
    while (taken-- > 0) {
      (void)packet_event(p, &packets[taken], &event);
    }
  }
}

static void poller_close(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;
  size_t index;

  polls_end(p);
  for (index = 0; index < p->slot_count; index++) {
    watch_t* watch = p->slots[index].watch;
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
  gy_free(p->slots);
  gy_free(p->by_fd);
  p->slots = NULL;
  p->by_fd = NULL;
  p->slot_count = 0;
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
    .submit = NULL,
    .cancel = NULL,
    .wait = poller_wait,
    .wake = poller_wake,
};
