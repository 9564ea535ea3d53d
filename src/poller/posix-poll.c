/* posix-poll.c - a poller by poll(2), which every Unix has.
 *
 * The kernel is handed a dense array, and looks at all of it in every call; so
 * the price of a wait is that of all that is watched. A second table finds an
 * fd's place in the array, so that a change of interest has one price however
 * much is watched. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "alloc.h"
#include "fault.h"
#include "poller.h"
#include "poller/pollable.h"
#include "poller/sleep.h"
#include "poller/wakefd.h"
#include "uv/errno.h"

/* Linux and FreeBSD 14 have it. */
#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

enum {
  FIRST_PLACES = 16 /* how many the first tables have */
};

typedef struct {
  gy_poller_t head;
  gy_wakefd_t wake;
  bool wakeable;      /* enable_wake() was called */
  struct pollfd* set; /* what is watched, in no order */
  size_t set_count;
  size_t set_room;
  size_t* places;     /* by fd: its index in |set| plus 1; 0: not watched */
  size_t place_count; /* how many |places| there are */
  size_t start;       /* where the next look at |set| begins */
} poller_t;

/* ---- the two languages ------------------------------------------------ */

static short mask_to_kernel(unsigned mask) {
  int events = 0;

  if ((mask & GY_READABLE) != 0) {
    events |= POLLIN;
  }
  if ((mask & GY_WRITABLE) != 0) {
    events |= POLLOUT;
  }
  if ((mask & GY_DISCONNECT) != 0) {
    events |= POLLRDHUP;
  }
  if ((mask & GY_PRIORITIZED) != 0) {
    events |= POLLPRI;
  }
  return (short)events;
}

static unsigned mask_from_kernel(int events) {
  unsigned mask = 0;

  if ((events & POLLIN) != 0) {
    mask |= GY_READABLE;
  }
  if ((events & POLLOUT) != 0) {
    mask |= GY_WRITABLE;
  }
  if ((events & POLLRDHUP) != 0) {
    mask |= GY_DISCONNECT;
  }
  if ((events & POLLPRI) != 0) {
    mask |= GY_PRIORITIZED;
  }
  if ((events & (POLLERR | POLLNVAL)) != 0) {
    mask |= GY_FAILED;
  }
  if ((events & POLLHUP) != 0) {
    mask |= GY_HANGUP;
  }
  return mask;
}

/* ---- the set ---------------------------------------------------------- */

/* |count|, doubled until |index| is less. */
static size_t count_grow(size_t count, size_t index) {
  count = count > 0 ? count : FIRST_PLACES;
  while (count <= index) {
    count *= 2;
  }
  return count;
}

static int places_reserve(poller_t* p, size_t index) {
  size_t count = count_grow(p->place_count, index);
  size_t* places;

  if (count == p->place_count) {
    return 0;
  }
  places = gy_realloc(p->places, count * sizeof(*places));
  if (places == NULL) {
    return UV_ENOMEM;
  }
  memset(places + p->place_count, 0,
         (count - p->place_count) * sizeof(*places));
  p->places = places;
  p->place_count = count;
  return 0;
}

static int set_reserve(poller_t* p) {
  size_t room = count_grow(p->set_room, p->set_count);
  struct pollfd* set;

  if (room == p->set_room) {
    return 0;
  }
  set = gy_realloc(p->set, room * sizeof(*set));
  if (set == NULL) {
    return UV_ENOMEM;
  }
  p->set = set;
  p->set_room = room;
  return 0;
}

/* The entry of |fd|, or NULL. */
static struct pollfd* set_find(const poller_t* p, int fd) {
  if (fd < 0 || (size_t)fd >= p->place_count || p->places[fd] == 0) {
    return NULL;
  }
  return &p->set[p->places[fd] - 1];
}

/* Watch |fd|, a number that is open. 0, or UV_ENOMEM. */
static int set_add(poller_t* p, int fd, unsigned want) {
  struct pollfd* entry;
  int err = places_reserve(p, (size_t)fd);

  if (err == 0) {
    err = set_reserve(p);
  }
  if (err != 0) {
    return err;
  }
  entry = &p->set[p->set_count++];
  entry->fd = fd;
  entry->events = mask_to_kernel(want);
  entry->revents = 0;
  p->places[fd] = p->set_count;
  return 0;
}

/* Forget |entry|; the last entry takes its place. */
static void set_remove(poller_t* p, struct pollfd* entry) {
  const struct pollfd* last = &p->set[--p->set_count];

  p->places[last->fd] = (size_t)(entry - p->set) + 1;
  p->places[entry->fd] = 0;
  *entry = *last;
}

/* ---- a life ----------------------------------------------------------- */

static int poller_open(gy_poller_t* base) {
  gy_wakefd_init(&((poller_t*)base)->wake);
  base->backend_fd = -1;
  return 0;
}

static void poller_close(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  gy_wakefd_close(&p->wake);
  gy_free(p->set);
  gy_free(p->places);
  p->set = NULL;
  p->places = NULL;
  p->set_count = p->set_room = p->place_count = 0;
}

static int poller_enable_wake(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;
  int err;

  if (p->wake.read_fd >= 0) {
    return 0;
  }
  err = gy_wakefd_open(&p->wake);
  if (err != 0) {
    return err;
  }
  err = set_add(p, p->wake.read_fd, GY_READABLE);
  if (err != 0) {
    gy_wakefd_close(&p->wake);
    return err;
  }
  p->wakeable = true;
  return 0;
}

static int poller_wake(gy_poller_t* base) {
  return gy_wakefd_signal(&((poller_t*)base)->wake);
}

static int poller_after_fork(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  while (p->set_count > 0) {
    set_remove(p, &p->set[p->set_count - 1]);
  }
  gy_wakefd_close(&p->wake);
  return p->wakeable ? poller_enable_wake(base) : 0;
}

static int poller_watch(gy_poller_t* base, gy_fd_t fd, unsigned was,
                        unsigned want) {
  poller_t* p = (poller_t*)base;
  int err = was == 0 ? gy_pollable(fd) : 0;
  struct pollfd* entry = set_find(p, fd);

  if (err != 0) {
    return err;
  }
  if (entry == NULL) {
    return want != 0 ? set_add(p, fd, want) : 0;
  }
  if (want != 0) {
    entry->events = mask_to_kernel(want);
  } else {
    set_remove(p, entry);
  }
  return 0;
}

/* ---- sleep ------------------------------------------------------------ */

#ifdef GYRE_HAVE_PPOLL

/* One slice. The number of ready entries, or UV_E*. */
static int set_sleep(void* context, int64_t slice_ns) {
  poller_t* p = context;
  struct timespec time;
  sigset_t room;
  const sigset_t* mask = gy_sleep_mask(&p->head, slice_ns, &room);
  int err = GY_FAULT("ppoll");
  int count = -1;

  if (err == 0) {
    count = ppoll(p->set, (nfds_t)p->set_count,
                  gy_sleep_timespec(slice_ns, &time), mask);
    err = errno;
  }
  return count >= 0 ? count : -err;
}

#else

/* As above, to the ms. A SIGPROF that comes just before it is blocked does no
 * harm: only a sleep is to be spared. */
static int set_sleep(void* context, int64_t slice_ns) {
  poller_t* p = context;
  sigset_t room;
  sigset_t saved;
  const sigset_t* mask = gy_sleep_mask(&p->head, slice_ns, &room);
  int err = GY_FAULT("poll");
  int count = -1;

  if (err != 0) {
    return -err;
  }
  if (mask != NULL) {
    (void)pthread_sigmask(SIG_SETMASK, mask, &saved); /* Cannot fail. */
  }
  count = poll(p->set, (nfds_t)p->set_count, gy_sleep_ms(slice_ns));
  err = errno;
  if (mask != NULL) {
    (void)pthread_sigmask(SIG_SETMASK, &saved, NULL);
  }
  return count >= 0 ? count : -err;
}

#endif

/* The wake's entry is ready. Is that a wake? */
static bool wake_is_heard(poller_t* p, short revents, bool* lost) {
  if ((revents & POLLNVAL) != 0) {
    *lost = true;
    return false;
  }
  gy_wakefd_drain(&p->wake);
  return true;
}

/* Write the |ready| entries of the set to |events|, |max| at most, and begin
 * where the last look ended, so that none is left out for ever. How many were
 * written. */
static int set_collect(poller_t* p, int ready, gy_event_t* events, int max) {
  size_t index = p->start < p->set_count ? p->start : 0;
  bool lost = false;
  size_t seen;
  int count = 0;

  for (seen = 0; seen < p->set_count && ready > 0 && count < max; seen++) {
    const struct pollfd* entry = &p->set[index];
    index = index + 1 < p->set_count ? index + 1 : 0;
    if (entry->revents == 0) {
      continue;
    }
    ready--;
    if (entry->fd != p->wake.read_fd) {
      events[count].kind = GY_EVENT_READY;
      events[count].u.ready.fd = entry->fd;
      events[count].u.ready.mask = mask_from_kernel(entry->revents);
      count++;
    } else if (wake_is_heard(p, entry->revents, &lost)) {
      events[count++].kind = GY_EVENT_WAKE;
    }
  }
  p->start = index;
  if (lost) {
    /* Somebody closed our descriptor. Nobody can be told; but not to spin is
     * possible. */
    set_remove(p, set_find(p, p->wake.read_fd));
  }
  return count;
}

static int poller_wait(gy_poller_t* base, gy_event_t* events, int max,
                       int64_t timeout_ns) {
  poller_t* p = (poller_t*)base;
  int count;

  assert(max > 0);
  count = gy_sleep_in_slices(timeout_ns, set_sleep, p);
  return count > 0 ? set_collect(p, count, events, max) : count;
}

const gy_poller_ops_t gy_poll_ops = {
    .name = "poll",
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
