/* epoll.c - the poller of Linux.
 *
 * What is odd about epoll: it watches open files, not descriptors. Closing a
 * descriptor ends the watch only if it was the file's last, and until then the
 * kernel goes on to report the number, which by now may be another file's; and
 * it cannot be told to stop, because there is no descriptor left to name the
 * file by. So each ADD gets a number, which comes back with its events: an
 * event with an old number is a ghost, which would keep a loop spinning for
 * ever. When one is seen, the epoll object is made anew without it.
 *
 * Ghosts come of two things. Somebody's mistake: an fd that was closed before
 * it was forgotten; then the kernel contradicts us at some time. And of a bet:
 * of an fd that is going to be closed the kernel is not told, which saves a
 * system call for each connection, and is lost if a duplicate or a child
 * process holds the file and it has something to report. Who has lost once does
 * not bet again: a process that shares its files is likely to go on so, and to
 * make the object anew takes a system call for each fd. Ghosts are looked for
 * from the first bet, or the first contradiction, on. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc.h"
#include "fault.h"
#include "poller.h"
#include "poller/sleep.h"
#include "poller/wakefd.h"
#include "uv/errno.h"

enum {
  BATCH_MAX = 512,     /* events that one wait() takes; 6 KB of stack */
  FIRST_INTERESTS = 64 /* how many the first table has */
};

enum {
  WANT_MASK = GY_READABLE | GY_WRITABLE | GY_DISCONNECT | GY_PRIORITIZED
};

#define WANT_BITS 8

/* What the kernel was told of an fd: the number of its last ADD, and in the low
 * WANT_BITS what is wanted; 0 there means that it is not watched. */
typedef uint32_t interest_t;

typedef struct {
  gy_poller_t head; /* backend_fd is the epoll object */
  gy_wakefd_t wake;
  bool wakeable;         /* enable_wake() was called */
  interest_t* interests; /* by fd */
  size_t interest_count;
  bool suspicious; /* there may be ghosts */
  bool cautious;   /* there was one: no more bets */
  bool no_pwait2;  /* this kernel, or its warden, does not know it */
} poller_t;

/* The cookie of an event: the fd below, the number of its ADD above. No fd has
 * the wake's, because fds are not negative. */
#define COOKIE_WAKE UINT64_MAX

static uint64_t cookie_of(int fd, interest_t interest) {
  return (uint64_t)(interest >> WANT_BITS) << 32 | (uint32_t)fd;
}

/* ---- the two languages ------------------------------------------------ */

static_assert(EPOLLIN == 0x1 && EPOLLPRI == 0x2 && EPOLLOUT == 0x4 &&
                  EPOLLERR == 0x8 && EPOLLHUP == 0x10 && EPOLLRDHUP == 0x2000,
              "the shifts below are made for these bits");
static_assert(GY_READABLE == 1 && GY_WRITABLE == 2 && GY_DISCONNECT == 4 &&
                  GY_PRIORITIZED == 8 && GY_FAILED == 16 && GY_HANGUP == 32,
              "and for these");

static uint32_t mask_to_kernel(unsigned mask) {
  return (mask & GY_READABLE) | (mask & GY_WRITABLE) << 1 |
         (mask & GY_DISCONNECT) << 11 | (mask & GY_PRIORITIZED) >> 2;
}

static unsigned mask_from_kernel(uint32_t events) {
  return (events & GY_READABLE) | (events >> 1 & GY_WRITABLE) |
         (events >> 11 & GY_DISCONNECT) | (events << 2 & GY_PRIORITIZED) |
         (events << 1 & (GY_FAILED | GY_HANGUP));
}

/* ---- kernel calls: each 0, or a positive errno ------------------------- */

static int epoll_open(int* fd) {
  int err = GY_FAULT("epoll_create1");
  int fresh = -1;

  if (err == 0) {
    fresh = epoll_create1(EPOLL_CLOEXEC);
    err = fresh < 0 ? errno : 0;
  }
  if (err == 0) {
    *fd = fresh;
  }
  return err;
}

static int epoll_tell(int epoll_fd, int op, int fd, uint32_t events,
                      uint64_t cookie) {
  struct epoll_event event;
  int err = GY_FAULT("epoll_ctl");

  event.events = events;
  event.data.u64 = cookie;
  if (err == 0 && epoll_ctl(epoll_fd, op, fd, &event) != 0) {
    err = errno;
  }
  return err;
}

static int epoll_tell_interest(int epoll_fd, int op, int fd,
                               interest_t interest) {
  return epoll_tell(epoll_fd, op, fd, mask_to_kernel(interest & WANT_MASK),
                    cookie_of(fd, interest));
}

/* Watch |wake|. Edge-triggered where it can be: then a wake is one system call,
 * the write, and not a read as well. */
static int epoll_add_wake(int epoll_fd, const gy_wakefd_t* wake) {
  uint32_t events = EPOLLIN;

  if (gy_wakefd_is_endless) {
    events |= EPOLLET;
  }
  return epoll_tell(epoll_fd, EPOLL_CTL_ADD, wake->read_fd, events,
                    COOKIE_WAKE);
}

static int epoll_replace(int old_fd, int new_fd) {
  int err = GY_FAULT("dup3");

  if (err == 0 && dup3(new_fd, old_fd, O_CLOEXEC) < 0) {
    err = errno;
  }
  return err;
}

static void fd_close(int* fd) {
  if (*fd >= 0) {
    (void)close(*fd); /* Nothing is lost, and the fd is gone in any case. */
    *fd = -1;
  }
}

/* ---- a life ----------------------------------------------------------- */

static int poller_open(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  gy_wakefd_init(&p->wake);
  base->backend_fd = -1;
  return -epoll_open(&base->backend_fd);
}

static void poller_close(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  gy_wakefd_close(&p->wake);
  fd_close(&base->backend_fd);
  gy_free(p->interests);
  p->interests = NULL;
  p->interest_count = 0;
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
  err = epoll_add_wake(base->backend_fd, &p->wake);
  if (err != 0) {
    gy_wakefd_close(&p->wake);
    return -err;
  }
  p->wakeable = true;
  return 0;
}

static int poller_wake(gy_poller_t* base) {
  return gy_wakefd_signal(&((poller_t*)base)->wake);
}

/* The epoll object is shared with the parent: what is removed from it is
 * removed for both. Closing our descriptor of it is all that may be done. */
static int poller_after_fork(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;
  int err;

  gy_wakefd_close(&p->wake);
  fd_close(&base->backend_fd);
  if (p->interest_count > 0) {
    memset(p->interests, 0, p->interest_count * sizeof(*p->interests));
  }
  p->suspicious = false;
  p->cautious = true; /* The parent has all that we close. */
  err = -epoll_open(&base->backend_fd);
  if (err == 0 && p->wakeable) {
    err = poller_enable_wake(base);
  }
  return err;
}

/* ---- interest --------------------------------------------------------- */

static int interests_reserve(poller_t* p, size_t index) {
  size_t count = p->interest_count > 0 ? p->interest_count : FIRST_INTERESTS;
  interest_t* interests;

  while (count <= index) {
    count *= 2;
  }
  if (count == p->interest_count) {
    return 0;
  }
  interests = gy_realloc(p->interests, count * sizeof(*interests));
  if (interests == NULL) {
    return UV_ENOMEM;
  }
  memset(interests + p->interest_count, 0,
         (count - p->interest_count) * sizeof(*interests));
  p->interests = interests;
  p->interest_count = count;
  return 0;
}

static int interest_add(poller_t* p, int fd, unsigned want) {
  int epoll_fd = p->head.backend_fd;
  interest_t old = 0;
  interest_t interest;
  int err;

  if (fd >= 0 && (size_t)fd < p->interest_count) {
    old = p->interests[fd];
  }
  interest = ((old >> WANT_BITS) + 1) << WANT_BITS | want;
  err = epoll_tell_interest(epoll_fd, EPOLL_CTL_ADD, fd, interest);
  if (err == EEXIST) {
    /* A number that was closed, and opened again for the same file. */
    err = epoll_tell_interest(epoll_fd, EPOLL_CTL_MOD, fd, interest);
  }
  if (err != 0) {
    return -err;
  }
  /* Only now is it known that |fd| is a number that a table can have. */
  err = interests_reserve(p, (size_t)fd);
  if (err != 0) {
    /* What cannot be taken back haunts us. */
    p->suspicious |= epoll_tell(epoll_fd, EPOLL_CTL_DEL, fd, 0, 0) != 0;
    return err;
  }
  p->interests[fd] = interest;
  return 0;
}

static int interest_change(poller_t* p, int fd, unsigned want) {
  interest_t interest = (p->interests[fd] & ~(interest_t)WANT_MASK) | want;
  int err =
      epoll_tell_interest(p->head.backend_fd, EPOLL_CTL_MOD, fd, interest);

  if (err == 0) {
    p->interests[fd] = interest;
  } else if (err == ENOENT) {
    /* The number was closed behind our back, and is another file's now. */
    p->suspicious = true;
    return interest_add(p, fd, want);
  }
  return -err;
}

static int interest_remove(poller_t* p, int fd) {
  int err = epoll_tell(p->head.backend_fd, EPOLL_CTL_DEL, fd, 0, 0);

  if (err == EBADF || err == ENOENT || err == EPERM) {
    /* The number is closed, or another file's, which epoll does not know or
     * cannot watch. So the one we knew was closed behind our back. */
    p->suspicious = true;
    err = 0;
  }
  if (err == 0) {
    p->interests[fd] &= ~(interest_t)WANT_MASK;
  }
  return -err;
}

static int poller_watch(gy_poller_t* base, gy_fd_t fd, unsigned was,
                        unsigned want) {
  poller_t* p = (poller_t*)base;

  want &= WANT_MASK;
  if (was == 0) {
    return interest_add(p, fd, want);
  }
  assert(fd >= 0 && (size_t)fd < p->interest_count);
  return want != 0 ? interest_change(p, fd, want) : interest_remove(p, fd);
}

static void poller_let_go(gy_poller_t* base, gy_fd_t fd, unsigned was) {
  poller_t* p = (poller_t*)base;

  (void)was;
  assert(fd >= 0 && (size_t)fd < p->interest_count);
  if (p->cautious) {
    (void)interest_remove(p, fd); /* An error says that it is gone. */
  } else {
    p->interests[fd] &= ~(interest_t)WANT_MASK;
    p->suspicious = true;
  }
}

/* ---- ghosts ----------------------------------------------------------- */

/* Does |err|, of an ADD of what was watched already, mean that the number was
 * closed behind our back as well, or is another file's by now, perhaps that of
 * the new epoll object? */
static bool ghosts_got_one_more(int err) {
  return err == EBADF || err == EPERM || err == EINVAL || err == ELOOP;
}

/* Have |epoll_fd| watch all that |p| does. 0, or a positive errno. */
static int ghosts_copy_living(const poller_t* p, int epoll_fd) {
  size_t fd;
  int err = 0;

  for (fd = 0; fd < p->interest_count && err == 0; fd++) {
    interest_t interest = p->interests[fd];
    if ((interest & WANT_MASK) != 0) {
      err = epoll_tell_interest(epoll_fd, EPOLL_CTL_ADD, (int)fd, interest);
    }
    if (ghosts_got_one_more(err)) {
      err = 0; /* Nothing can be heard of it, which is as good. */
    }
  }
  if (err == 0 && p->wake.read_fd >= 0) {
    /* If it was signalled before, that may be reported once more. Draining it
     * first could lose a wake, which is worse. */
    err = epoll_add_wake(epoll_fd, &p->wake);
  }
  return ghosts_got_one_more(err) ? 0 : err;
}

/* Make the epoll object anew, under the same number. If that fails, ghosts are
 * still told from the living, and it is tried again at the next one. */
static void ghosts_banish(poller_t* p) {
  int fresh = -1;

  if (epoll_open(&fresh) == 0 && ghosts_copy_living(p, fresh) == 0 &&
      epoll_replace(p->head.backend_fd, fresh) == 0) {
    p->suspicious = false;
  }
  fd_close(&fresh);
}

static bool event_is_ghost(const poller_t* p, uint64_t cookie) {
  size_t fd = (uint32_t)cookie;

  if (cookie == COOKIE_WAKE) {
    return false;
  }
  return fd >= p->interest_count || (p->interests[fd] & WANT_MASK) == 0 ||
         cookie_of((int)fd, p->interests[fd]) != cookie;
}

/* Take the ghosts out of |events|; how many events are left. */
static int ghosts_sift(poller_t* p, struct epoll_event* events, int count) {
  int kept = 0;
  int index;

  for (index = 0; index < count; index++) {
    if (!event_is_ghost(p, events[index].data.u64)) {
      events[kept++] = events[index];
    }
  }
  if (kept < count) {
    p->cautious = true;
    ghosts_banish(p);
  }
  return kept;
}

/* ---- sleep ------------------------------------------------------------ */

/* As the kernel has it, whatever the C library calls a timespec. */
typedef struct {
  int64_t sec;
  int64_t nsec;
} kernel_time_t;

/* A place for what the kernel has to say. */
typedef struct {
  poller_t* poller;
  int max; /* how many events may be taken */
  struct epoll_event events[BATCH_MAX];
} batch_t;

/* The bytes of a signal mask that the kernel knows. A size_t, because
 * syscall(2) takes what it is given: half of it would be left to chance. */
#define KERNEL_MASK_SIZE ((size_t)_NSIG / 8)

#ifdef SYS_epoll_pwait2

/* Linux 5.11. By number, because C libraries were late to have it. */
static int epoll_sleep_ns(batch_t* batch, int64_t slice_ns,
                          const sigset_t* mask) {
  kernel_time_t slice = {slice_ns / 1000000000, slice_ns % 1000000000};
  int err = GY_FAULT("epoll_pwait2");
  long count = -1;

  if (err == 0) {
    count = syscall(SYS_epoll_pwait2, batch->poller->head.backend_fd,
                    batch->events, batch->max, &slice, mask, KERNEL_MASK_SIZE);
    err = errno;
  }
  return count >= 0 ? (int)count : -err;
}

#else

static int epoll_sleep_ns(batch_t* batch, int64_t slice_ns,
                          const sigset_t* mask) {
  (void)batch, (void)slice_ns, (void)mask;
  return UV_ENOSYS;
}

#endif

static int epoll_sleep_ms(batch_t* batch, int64_t slice_ns,
                          const sigset_t* mask) {
  int err = GY_FAULT(mask != NULL ? "epoll_pwait" : "epoll_wait");
  int fd = batch->poller->head.backend_fd;
  int ms = gy_sleep_ms(slice_ns);
  int count = -1;

  if (err == 0) {
    count = mask != NULL ? epoll_pwait(fd, batch->events, batch->max, ms, mask)
                         : epoll_wait(fd, batch->events, batch->max, ms);
    err = errno;
  }
  return count >= 0 ? count : -err;
}

/* One slice. The number of events, or UV_E*. */
static int batch_fill(void* context, int64_t slice_ns) {
  batch_t* batch = context;
  poller_t* p = batch->poller;
  sigset_t room;
  const sigset_t* mask = gy_sleep_mask(&p->head, slice_ns, &room);

  if (slice_ns > 0 && !p->no_pwait2) {
    int count = epoll_sleep_ns(batch, slice_ns, mask);
    if (count != UV_ENOSYS && count != UV_EPERM) {
      return count;
    }
    /* An old kernel, or a seccomp filter that is older than the call. */
    p->no_pwait2 = true;
  }
  return epoll_sleep_ms(batch, slice_ns, mask);
}

/* Translate the |count| events |from| the kernel |to| ours. Is there a wake
 * among them? */
static bool batch_translate(const struct epoll_event* from, int count,
                            gy_event_t* to) {
  bool woken = false;
  int index;

  for (index = 0; index < count; index++) {
    uint64_t cookie = from[index].data.u64;
    to[index].kind = GY_EVENT_READY;
    to[index].u.ready.fd = (int)(uint32_t)cookie;
    to[index].u.ready.mask = mask_from_kernel(from[index].events);
    if (cookie == COOKIE_WAKE) {
      to[index].kind = GY_EVENT_WAKE;
      woken = true;
    }
  }
  return woken;
}

static int poller_wait(gy_poller_t* base, gy_event_t* events, int max,
                       int64_t timeout_ns) {
  poller_t* p = (poller_t*)base;
  batch_t batch;
  int count;

  assert(max > 0);
  batch.poller = p;
  batch.max = max < BATCH_MAX ? max : BATCH_MAX;
  count = gy_sleep_in_slices(timeout_ns, batch_fill, &batch);
  if (p->suspicious && count > 0) {
    count = ghosts_sift(p, batch.events, count);
  }
  if (batch_translate(batch.events, count, events) && !gy_wakefd_is_endless) {
    gy_wakefd_drain(&p->wake);
  }
  return count;
}

const gy_poller_ops_t gy_epoll_ops = {
    .name = "epoll",
    .size = sizeof(poller_t),
    .open = poller_open,
    .close = poller_close,
    .after_fork = poller_after_fork,
    .enable_wake = poller_enable_wake,
    .watch = poller_watch,
    .let_go = poller_let_go,
    .submit = NULL,
    .cancel = NULL,
    .wait = poller_wait,
    .wake = poller_wake,
};
