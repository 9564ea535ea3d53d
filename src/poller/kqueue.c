/* kqueue.c - the poller of macOS and the BSDs.
 *
 * What is odd about kqueue: reading and writing are watched apart, by filters,
 * and reported apart; what of it comes in one batch is put together again. And
 * a change may ride along with the sleep. So a change of interest is only
 * noted, and handed to the kernel by the next wait(), with two exceptions.
 * Forgetting is at once. And a kind of file of which nobody knows whether it
 * can be watched is tried at once, so that watch() can say so.
 *
 * What is good about it: a kqueue watches descriptors, not open files, and
 * close(2) takes the filters of an fd along. Nothing of an old file is ever
 * heard under a new one's number. */
#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "alloc.h"
#include "poller.h"
#include "poller/kqueue-call.h"
#include "poller/kqueue-interest.h"
#include "poller/pollable.h"
#include "poller/sleep.h"
#include "poller/wakefd.h"
#include "uv/errno.h"

enum {
  BATCH_MAX = 512,     /* events that one wait() takes; up to 32 KB of stack */
  FIRST_INTERESTS = 64 /* how many the first table has */
};

enum {
  WANT_MASK = GY_READABLE | GY_WRITABLE | GY_DISCONNECT | GY_PRIORITIZED
};

typedef struct {
  gy_poller_t head;         /* backend_fd is the kqueue */
  pid_t owner;              /* the process that has it */
  gy_wakefd_t wake;         /* where the kernel has no EVFILT_USER */
  bool wakeable;            /* enable_wake() was called */
  gy_interest_t* interests; /* by fd */
  size_t interest_count;
  int first_changed; /* the list of those that the kernel has not heard */
  int last_changed;  /* of no meaning when it is empty */
  bool errors_last;  /* an error that will come again filled the last batch */
} poller_t;

/* A place for what the kernel has to say, and for what it is told first. */
typedef struct {
  poller_t* poller;
  int max; /* how many events may be taken */
  struct kevent events[BATCH_MAX];
} batch_t;

/* ---- waking ----------------------------------------------------------- */

/* Have the kqueue hear of a descriptor that wakes it. 0, or UV_E*. */
static int wakefd_watch(poller_t* p) {
  int err = gy_wakefd_open(&p->wake);

  if (err != 0) {
    return err;
  }
  err = gy_kqueue_tell(p->head.backend_fd,
                       gy_filter_add(p->wake.read_fd, GY_FILTER_READ));
  if (err != 0) {
    gy_wakefd_close(&p->wake);
  }
  return -err;
}

/* Have the kqueue hear of wakes. 0, or UV_E* with nothing left behind. */
static int wake_watch(poller_t* p) {
  int err = gy_kqueue_add_trigger(p->head.backend_fd);

  return err == EINVAL ? wakefd_watch(p) : -err;
}

static int poller_enable_wake(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;
  int err;

  if (p->wakeable) {
    return 0;
  }
  err = wake_watch(p);
  p->wakeable = err == 0;
  return err;
}

static int poller_wake(gy_poller_t* base) {
  const poller_t* p = (const poller_t*)base;

  if (!p->wakeable) {
    return UV_EBADF;
  }
  return p->wake.read_fd >= 0 ? gy_wakefd_signal(&p->wake)
                              : -gy_kqueue_trigger(base->backend_fd);
}

/* Is |event| a wake? Then it is heard: it does not come again by itself. */
static bool wake_is_heard(poller_t* p, const struct kevent* event) {
  if (gy_kqueue_is_trigger(event)) {
    return true; /* EV_CLEAR has cleared it. */
  }
  if (p->wake.read_fd < 0 || event->ident != (uintptr_t)p->wake.read_fd) {
    return false;
  }
  gy_wakefd_drain(&p->wake);
  return true;
}

/* ---- a life ----------------------------------------------------------- */

static int poller_open(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  gy_wakefd_init(&p->wake);
  p->first_changed = GY_CHANGED_END;
  p->owner = getpid();
  base->backend_fd = -1;
  return -gy_kqueue_open(&base->backend_fd);
}

static void poller_close(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  gy_wakefd_close(&p->wake);
  gy_kqueue_close(&base->backend_fd);
  gy_free(p->interests);
  p->interests = NULL;
  p->interest_count = 0;
  p->first_changed = GY_CHANGED_END;
  p->wakeable = false;
}

/* To a child the kqueue did not come along. Its number is free, or somebody
 * else's by now, and must not be closed. Who calls this without a fork, has it
 * still. */
static int poller_after_fork(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;
  size_t fd;
  int err;

  for (fd = 0; fd < p->interest_count; fd++) {
    gy_interest_clear(&p->interests[fd]);
  }
  p->first_changed = GY_CHANGED_END;
  p->errors_last = false;
  gy_wakefd_close(&p->wake);
  if (p->owner == getpid()) {
    gy_kqueue_close(&base->backend_fd);
  }
  p->owner = getpid();
  base->backend_fd = -1;
  err = -gy_kqueue_open(&base->backend_fd);
  return err == 0 && p->wakeable ? wake_watch(p) : err;
}

/* ---- interest --------------------------------------------------------- */

static int interests_reserve(poller_t* p, size_t index) {
  size_t count = p->interest_count > 0 ? p->interest_count : FIRST_INTERESTS;
  gy_interest_t* interests;

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
  p->interests = interests;
  for (; p->interest_count < count; p->interest_count++) {
    gy_interest_clear(&interests[p->interest_count]);
  }
  return 0;
}

/* Have the next wait() tell the kernel all that |it| needs. Also what it was
 * told already: if |fd| was closed behind our back, that is lost. */
static void interest_tell_later(poller_t* p, gy_interest_t* it, int fd) {
  it->add = (unsigned char)gy_interest_filters(it);
  if (it->next_changed != GY_CHANGED_NOT) {
    return;
  }
  it->next_changed = GY_CHANGED_END;
  if (p->first_changed == GY_CHANGED_END) {
    p->first_changed = fd;
  } else {
    p->interests[p->last_changed].next_changed = fd;
  }
  p->last_changed = fd;
}

/* Did a change to what is removed fail because it was closed, and perhaps its
 * number opened again? */
static bool error_means_gone(int err) {
  return err == EBADF || err == ENOENT;
}

/* Make the kernel forget |fd| now. 0, or UV_E* with all as it was. */
static int interest_forget(poller_t* p, gy_interest_t* it, int fd) {
  gy_interest_t rest = *it;
  struct kevent change;

  rest.want = rest.add = 0;
  while (gy_interest_step(&rest, fd, &change)) {
    int err = gy_kqueue_tell(p->head.backend_fd, change);
    if (err != 0 && !error_means_gone(err)) {
      interest_tell_later(p, it, fd);
      return -err;
    }
  }
  it->want = it->add = it->told = 0;
  return 0;
}

/* Does |err| mean that a kqueue knows no such filter for this kind of file? */
static bool error_means_never(int err) {
  return err == EINVAL || err == ENODEV || err == ENXIO || err == EOPNOTSUPP ||
         err == EPERM;
}

/* May |err| be about a change, and not about the kqueue? */
static bool error_is_of_a_change(int err) {
  return error_means_gone(err) || error_means_never(err) || err == EPIPE;
}

/* Tell the kernel of |it| now, to know if it can watch this kind of file. 0, or
 * UV_E* with nothing told. */
static int interest_try(poller_t* p, gy_interest_t* it, int fd) {
  struct kevent change;

  it->add = (unsigned char)gy_interest_filters(it);
  while (gy_interest_step(it, fd, &change)) {
    int err = gy_kqueue_tell(p->head.backend_fd, change);
    if (err == 0 || err == ENOENT) {
      continue; /* It says of a removal that there was nothing. */
    }
    it->want = 0;
    (void)interest_forget(p, it, fd); /* Else the next wait() does it. */
    return error_means_never(err) ? UV_EPERM : -err;
  }
  return 0;
}

/* Sockets and pipes are what every kqueue can watch. */
static bool mode_is_sure(mode_t mode) {
  return S_ISSOCK(mode) || S_ISFIFO(mode);
}

static int interest_begin(poller_t* p, int fd, unsigned want) {
  gy_interest_t* it;
  mode_t mode;
  int err = gy_pollable_mode(fd, &mode);

  if (err == 0) {
    err = interests_reserve(p, (size_t)fd);
  }
  if (err != 0) {
    return err;
  }
  it = &p->interests[fd];
  it->want = (unsigned char)want;
  it->ended = false;
  it->is_pipe = S_ISFIFO(mode);
  if (!mode_is_sure(mode)) {
    return interest_try(p, it, fd);
  }
  interest_tell_later(p, it, fd);
  return 0;
}

static int poller_watch(gy_poller_t* base, gy_fd_t fd, unsigned was,
                        unsigned want) {
  poller_t* p = (poller_t*)base;
  gy_interest_t* it;

  want &= WANT_MASK;
  if (was == 0) {
    return interest_begin(p, fd, want);
  }
  assert(fd >= 0 && (size_t)fd < p->interest_count);
  it = &p->interests[fd];
  if (want == 0) {
    return interest_forget(p, it, fd);
  }
  it->want = (unsigned char)want;
  it->ended = false;
  interest_tell_later(p, it, fd);
  return 0;
}

/* ---- changes ---------------------------------------------------------- */

/* Write what the kernel has not heard to |batch|, |most| changes at most,
 * without calling it told. How many; |*all| says if these are all. */
static int changes_collect(batch_t* batch, int most, bool* all) {
  const poller_t* p = batch->poller;
  int fd = p->first_changed;
  int count = 0;

  while (fd != GY_CHANGED_END) {
    gy_interest_t rest = p->interests[fd];
    struct kevent change;
    while (gy_interest_step(&rest, fd, &change)) {
      if (count == most) {
        *all = false;
        return count;
      }
      batch->events[count++] = change;
    }
    fd = rest.next_changed;
  }
  *all = true;
  return count;
}

/* The kernel has heard the |count| changes that were collected. */
static void changes_done(poller_t* p, int count) {
  while (p->first_changed != GY_CHANGED_END) {
    int fd = p->first_changed;
    gy_interest_t* it = &p->interests[fd];
    struct kevent change;
    while (count > 0 && gy_interest_step(it, fd, &change)) {
      count--;
    }
    if (gy_interest_is_news(it)) {
      return;
    }
    p->first_changed = it->next_changed;
    it->next_changed = GY_CHANGED_NOT;
  }
}

/* ---- sleep ------------------------------------------------------------ */

/* Tell the kernel |most| changes at most, and sleep if these were |*all|. The
 * number of events, or UV_E*. */
static int batch_exchange(batch_t* batch, int most, int64_t slice_ns,
                          bool* all) {
  int changes = changes_collect(batch, most, all);
  int count = gy_kqueue_sleep(&batch->poller->head, batch->events, changes,
                              batch->max, *all ? slice_ns : 0);

  if (count >= 0) {
    changes_done(batch->poller, changes);
  } else if (changes > batch->max && error_is_of_a_change(-count)) {
    /* There may be more changes that fail than there is room to tell of. */
    return batch_exchange(batch, batch->max, slice_ns, all);
  }
  return count;
}

/* Tell the kernel all that is new, and sleep for one slice. The number of
 * events, or UV_E*. */
static int batch_fill(void* context, int64_t slice_ns) {
  batch_t* batch = context;
  bool all;
  int count;

  do {
    count = batch_exchange(batch, BATCH_MAX, slice_ns, &all);
  } while (count == 0 && !all);
  if (count > 0 && count < batch->max &&
      (batch->events[0].flags & EV_ERROR) != 0) {
    /* A kernel that has errors to tell of tells of nothing else. */
    int more = gy_kqueue_sleep(&batch->poller->head, batch->events + count, 0,
                               batch->max - count, 0);
    if (more > 0) {
      return count + more;
    }
    /* An error will be met again by the next wait(). */
  }
  return count;
}

/* As above, but look before the changes are told, so that those that fail each
 * time do not take all the room each time. */
static int batch_fill_with_care(batch_t* batch, int64_t timeout_ns) {
  int count;

  if (batch->poller->errors_last) {
    batch->poller->errors_last = false;
    count =
        gy_kqueue_sleep(&batch->poller->head, batch->events, 0, batch->max, 0);
    if (count != 0) {
      return count;
    }
  }
  return gy_sleep_in_slices(timeout_ns, batch_fill, batch);
}

/* What to say of a change to |fd| that failed with |err|. */
static unsigned error_translate(poller_t* p, int fd, unsigned filters,
                                int err) {
  gy_interest_t* it = &p->interests[fd];

  if (err == ENOENT || (gy_interest_filters(it) & filters) == 0) {
    return 0; /* What was to be removed went with its descriptor. */
  }
  if (err == EPIPE) {
    /* Of a pipe that nobody reads any more some kernels say so at once, instead
     * of watching it. It is asked again, and so said again, each time. */
    interest_tell_later(p, it, fd);
    p->errors_last = true;
  }
  return GY_FAILED;
}

/* Who waits for the end alone must be told of it each time, but of data not at
 * all; |ended| says which it is now. */
static void end_is_now(poller_t* p, int fd, bool ended) {
  gy_interest_t* it = &p->interests[fd];

  if ((it->want & GY_READABLE) == 0 && it->ended != ended) {
    it->ended = ended;
    interest_tell_later(p, it, fd);
  }
}

/* What |event| says of its fd; 0 when nothing that anybody wants to know. */
static unsigned event_translate(poller_t* p, const struct kevent* event) {
  int fd = (int)event->ident;

  if ((size_t)event->ident >= p->interest_count || p->interests[fd].want == 0) {
    return 0;
  }
  if ((event->flags & EV_ERROR) != 0) {
    return error_translate(p, fd, gy_filters_behind(event), (int)event->data);
  }
  if (event->filter == EVFILT_READ) {
    end_is_now(p, fd, (event->flags & EV_EOF) != 0);
  }
  return gy_interest_mask(&p->interests[fd], event);
}

/* Write that |fd| is ready in the ways of |mask| to |events|, of which there
 * are |count|. What reading and writing have to say becomes one event. How many
 * there are now. */
static int ready_write(poller_t* p, int fd, unsigned mask, gy_event_t* events,
                       int count) {
  gy_interest_t* it = &p->interests[fd];
  gy_event_t* event = &events[it->place];

  if (it->place < count && event->kind == GY_EVENT_READY &&
      event->u.ready.fd == fd) {
    event->u.ready.mask |= mask;
    return count;
  }
  it->place = (unsigned short)count;
  event = &events[count];
  event->kind = GY_EVENT_READY;
  event->u.ready.fd = fd;
  event->u.ready.mask = mask;
  return count + 1;
}

/* Write the |count| events of |batch| to |events|; how many those are. */
static int batch_translate(batch_t* batch, int count, gy_event_t* events) {
  poller_t* p = batch->poller;
  int kept = 0;
  int index;

  for (index = 0; index < count; index++) {
    const struct kevent* event = &batch->events[index];
    unsigned mask;
    if (wake_is_heard(p, event)) {
      events[kept++].kind = GY_EVENT_WAKE;
      continue;
    }
    mask = event_translate(p, event);
    if (mask != 0) {
      kept = ready_write(p, (int)event->ident, mask, events, kept);
    }
  }
  return kept;
}

static int poller_wait(gy_poller_t* base, gy_event_t* events, int max,
                       int64_t timeout_ns) {
  batch_t batch;
  int count;
  int kept;

  assert(max > 0);
  batch.poller = (poller_t*)base;
  batch.max = max < BATCH_MAX ? max : BATCH_MAX;
  count = batch_fill_with_care(&batch, timeout_ns);
  if (count <= 0) {
    return count;
  }
  kept = batch_translate(&batch, count, events);
  batch.poller->errors_last &= count == batch.max;
  return kept;
}

const gy_poller_ops_t gy_kqueue_ops = {
    .name = "kqueue",
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
