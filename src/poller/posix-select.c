/* posix-select.c - a poller by pselect(2).
 *
 * fd_set and its macros end at descriptor 1023, but the kernels' select does
 * not: it reads as many bits as it is told. So the sets are our own, arrays of
 * unsigned long of any length; that is how every kernel we know lays them out
 * (where its words are of 32 bits, on a little-endian machine it is the same).
 *
 * select has no word for an error or a hang-up: such an fd is readable or
 * writable. It has none for a peer that will send no more either. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/select.h>

#include "alloc.h"
#include "fault.h"
#include "poller.h"
#include "poller/pollable.h"
#include "poller/sleep.h"
#include "poller/wakefd.h"
#include "uv/errno.h"

enum {
  WORD_BITS = sizeof(unsigned long) * 8
};

/* The bitmaps. What is wanted, and what the kernel made of it; GOT_BAD holds
 * the fds that are not open, and is empty but for a moment in wait(). */
enum {
  WANT_READ,
  WANT_WRITE,
  WANT_EXCEPT,
  WANT_KINDS,
  GOT_READ = WANT_KINDS,
  GOT_WRITE,
  GOT_EXCEPT,
  GOT_BAD,
  MAP_KINDS
};

enum {
  FIRST_WORDS = 1024 / WORD_BITS /* length of the first bitmaps */
};

typedef struct {
  gy_poller_t head;
  gy_wakefd_t wake;
  bool wakeable;            /* enable_wake() was called */
  unsigned long* maps;      /* MAP_KINDS bitmaps, one after another */
  size_t words;             /* length of each */
  size_t used;              /* what is wanted is all below this word */
  size_t wants[WANT_KINDS]; /* how many bits are set in each */
  size_t start;             /* the fd that the next look begins with */
} poller_t;

/* ---- bitmaps ---------------------------------------------------------- */

static unsigned long* map_at(const poller_t* p, int kind) {
  return p->maps + (size_t)kind * p->words;
}

static unsigned long fd_bit(size_t fd) {
  return 1UL << fd % WORD_BITS;
}

static bool map_has(const poller_t* p, int kind, size_t fd) {
  return (map_at(p, kind)[fd / WORD_BITS] & fd_bit(fd)) != 0;
}

static int maps_reserve(poller_t* p, size_t fd) {
  size_t words = p->words > 0 ? p->words : FIRST_WORDS;
  unsigned long* maps;
  int kind;

  while (words <= fd / WORD_BITS) {
    words *= 2;
  }
  if (words == p->words) {
    return 0;
  }
  maps = gy_calloc(words * MAP_KINDS, sizeof(*maps));
  if (maps == NULL) {
    return UV_ENOMEM;
  }
  for (kind = 0; kind < WANT_KINDS && p->maps != NULL; kind++) {
    memcpy(maps + (size_t)kind * words, map_at(p, kind),
           p->words * sizeof(*maps));
  }
  gy_free(p->maps);
  p->maps = maps;
  p->words = words;
  return 0;
}

/* Want |fd| in the map |kind|, or not. */
static void want_set(poller_t* p, int kind, size_t fd, bool wanted) {
  if (map_has(p, kind, fd) == wanted) {
    return;
  }
  map_at(p, kind)[fd / WORD_BITS] ^= fd_bit(fd);
  if (wanted) {
    p->wants[kind]++;
    if (p->used <= fd / WORD_BITS) {
      p->used = fd / WORD_BITS + 1;
    }
  } else {
    p->wants[kind]--;
  }
}

/* The bits of the word |index| that are wanted in any way. */
static unsigned long word_wanted(const poller_t* p, size_t index) {
  return map_at(p, WANT_READ)[index] | map_at(p, WANT_WRITE)[index] |
         map_at(p, WANT_EXCEPT)[index];
}

/* The bits of the word |index| that there is something to say about. */
static unsigned long word_got(const poller_t* p, size_t index) {
  return map_at(p, GOT_READ)[index] | map_at(p, GOT_WRITE)[index] |
         map_at(p, GOT_EXCEPT)[index] | map_at(p, GOT_BAD)[index];
}

/* The first fd from |fd| on, but below |end|, whose bit is set in the words
 * that |word_of| gives; |end| when there is none. */
static size_t fd_next(const poller_t* p,
                      unsigned long (*word_of)(const poller_t* p, size_t index),
                      size_t fd, size_t end) {
  size_t index = fd / WORD_BITS;
  unsigned long bits;

  if (fd >= end) {
    return end;
  }
  bits = word_of(p, index) & ~0UL << fd % WORD_BITS;
  while (bits == 0) {
    index++;
    if (index * WORD_BITS >= end) {
      return end;
    }
    bits = word_of(p, index);
  }
  fd = index * WORD_BITS + (size_t)__builtin_ctzl(bits);
  return fd < end ? fd : end;
}

/* ---- a life ----------------------------------------------------------- */

static int poller_open(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  gy_wakefd_init(&p->wake);
  base->backend_fd = -1;
  return maps_reserve(p, 0);
}

static void poller_close(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  gy_wakefd_close(&p->wake);
  gy_free(p->maps);
  p->maps = NULL;
  p->words = 0;
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
  err = maps_reserve(p, (size_t)p->wake.read_fd);
  if (err != 0) {
    gy_wakefd_close(&p->wake);
    return err;
  }
  want_set(p, WANT_READ, (size_t)p->wake.read_fd, true);
  p->wakeable = true;
  return 0;
}

static int poller_wake(gy_poller_t* base) {
  return gy_wakefd_signal(&((poller_t*)base)->wake);
}

static int poller_after_fork(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  gy_wakefd_close(&p->wake);
  memset(p->maps, 0, p->words * MAP_KINDS * sizeof(*p->maps));
  memset(p->wants, 0, sizeof(p->wants));
  p->used = 0;
  return p->wakeable ? poller_enable_wake(base) : 0;
}

static int poller_watch(gy_poller_t* base, gy_fd_t fd, unsigned was,
                        unsigned want) {
  poller_t* p = (poller_t*)base;
  int err = was == 0 ? gy_pollable(fd) : 0;

  if (err == 0) {
    err = maps_reserve(p, (size_t)fd);
  }
  if (err != 0) {
    return err;
  }
  want_set(p, WANT_READ, (size_t)fd, (want & GY_READABLE) != 0);
  want_set(p, WANT_WRITE, (size_t)fd, (want & GY_WRITABLE) != 0);
  want_set(p, WANT_EXCEPT, (size_t)fd, (want & GY_PRIORITIZED) != 0);
  return 0;
}

/* ---- sleep ------------------------------------------------------------ */

/* The map of |got| for the kernel, freshly copied from that of |want|; NULL
 * when it is empty. */
static void* got_prepare(const poller_t* p, int want, int got) {
  size_t index;
  unsigned long* map = map_at(p, got);

  for (index = 0; index < p->used; index++) {
    map[index] = map_at(p, want)[index] & ~map_at(p, GOT_BAD)[index];
  }
  return p->wants[want] > 0 ? map : NULL;
}

/* One slice. The number of bits that the kernel left, or UV_E*. */
static int select_sleep(void* context, int64_t slice_ns) {
  poller_t* p = context;
  struct timespec time;
  sigset_t room;
  const sigset_t* mask = gy_sleep_mask(&p->head, slice_ns, &room);
  void* readable = got_prepare(p, WANT_READ, GOT_READ);
  void* writable = got_prepare(p, WANT_WRITE, GOT_WRITE);
  void* exceptional = got_prepare(p, WANT_EXCEPT, GOT_EXCEPT);
  int err = GY_FAULT("pselect");
  int count = -1;

  if (err == 0) {
    count = pselect((int)(p->used * WORD_BITS), readable, writable, exceptional,
                    gy_sleep_timespec(slice_ns, &time), mask);
    err = errno;
  }
  return count >= 0 ? count : -err;
}

static bool fd_is_open(size_t fd) {
  return GY_FAULT("fcntl") == 0 && fcntl((int)fd, F_GETFD) >= 0;
}

/* Find the fds that are not open; select(2) says no more than that there are
 * some. How many there are in GOT_BAD now. */
static int bad_find(poller_t* p) {
  size_t end = p->used * WORD_BITS;
  size_t fd = fd_next(p, word_wanted, 0, end);
  int count = 0;

  for (; fd < end; fd = fd_next(p, word_wanted, fd + 1, end)) {
    if (fd_is_open(fd)) {
      continue;
    }
    if ((int)fd == p->wake.read_fd) {
      /* Somebody closed our descriptor. Nobody can be told; but not to fail
       * each time is possible. */
      want_set(p, WANT_READ, fd, false);
      continue;
    }
    map_at(p, GOT_BAD)[fd / WORD_BITS] |= fd_bit(fd);
    count++;
  }
  return count;
}

/* Some fd is not open: sleep again, if none of those is to be reported, without
 * them. How many bits are left, or UV_E*. */
static int select_sleep_without_bad(poller_t* p, int64_t timeout_ns) {
  int bad = bad_find(p);
  int count = gy_sleep_in_slices(bad > 0 ? 0 : timeout_ns, select_sleep, p);

  if (bad == 0) {
    return count;
  }
  if (count < 0) {
    /* Those that are known now are reported; the next wait() sees the rest. */
    memset(map_at(p, GOT_READ), 0, p->words * sizeof(*p->maps));
    memset(map_at(p, GOT_WRITE), 0, p->words * sizeof(*p->maps));
    memset(map_at(p, GOT_EXCEPT), 0, p->words * sizeof(*p->maps));
    count = 0;
  }
  return count + bad;
}

static void event_write(poller_t* p, size_t fd, gy_event_t* event) {
  unsigned mask = 0;

  if ((int)fd == p->wake.read_fd) {
    gy_wakefd_drain(&p->wake);
    event->kind = GY_EVENT_WAKE;
    return;
  }
  if (map_has(p, GOT_READ, fd)) {
    mask |= GY_READABLE;
  }
  if (map_has(p, GOT_WRITE, fd)) {
    mask |= GY_WRITABLE;
  }
  if (map_has(p, GOT_EXCEPT, fd)) {
    mask |= GY_PRIORITIZED;
  }
  if (map_has(p, GOT_BAD, fd)) {
    mask |= GY_FAILED;
  }
  event->kind = GY_EVENT_READY;
  event->u.ready.fd = (int)fd;
  event->u.ready.mask = mask;
}

/* Write what the kernel left to |events|, |max| at most, and begin where the
 * last look ended, so that none is left out for ever. How many were written. */
static int select_collect(poller_t* p, gy_event_t* events, int max) {
  size_t end = p->used * WORD_BITS;
  size_t start = p->start < end ? p->start : 0;
  int count = 0;
  size_t fd;

  for (fd = fd_next(p, word_got, start, end); fd < end && count < max;
       fd = fd_next(p, word_got, fd + 1, end)) {
    event_write(p, fd, &events[count++]);
    p->start = fd + 1;
  }
  for (fd = fd_next(p, word_got, 0, start); fd < start && count < max;
       fd = fd_next(p, word_got, fd + 1, start)) {
    event_write(p, fd, &events[count++]);
    p->start = fd + 1;
  }
  return count;
}

static int poller_wait(gy_poller_t* base, gy_event_t* events, int max,
                       int64_t timeout_ns) {
  poller_t* p = (poller_t*)base;
  int count;

  assert(max > 0);
  while (p->used > 0 && word_wanted(p, p->used - 1) == 0) {
    p->used--;
  }
  count = gy_sleep_in_slices(timeout_ns, select_sleep, p);
  if (count == UV_EBADF) {
    count = select_sleep_without_bad(p, timeout_ns);
  }
  if (count > 0) {
    count = select_collect(p, events, max);
  }
  memset(map_at(p, GOT_BAD), 0, p->used * sizeof(*p->maps));
  return count;
}

const gy_poller_ops_t gy_select_ops = {
    .name = "select",
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
