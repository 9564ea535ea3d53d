/* kqueue-double.c - kqueue(2) and kevent(2) on Linux, to run the code that uses
 * them where there is no BSD.
 *
 * It is made from what the manual pages say, and where they are silent it does
 * what is worst for a caller: an EV_ADD of what is there leaves EV_CLEAR as it
 * was, and a pipe that nobody reads any more is refused with EPIPE, as some
 * kernels do. It proves a caller against our reading of the manual and not
 * against a BSD; its own test, test/kqueue, runs on a real one as well.
 *
 * A queue is an epoll object, which holds one more for each filter of
 * descriptors, since READ and WRITE of one fd are two things here; and a
 * descriptor for each TIMER (timerfd), VNODE (inotify), PROC (pidfd) and SIGNAL
 * (signalfd), and one for all USER events (eventfd). All but the first are
 * hidden at high numbers, as BSD needs no others.
 *
 * "Calling close() on a file descriptor will remove any kevents that reference
 * the descriptor": who is linked with --wrap=close, dup2 and dup3 comes by here
 * when he closes. "The queue is not inherited by a child created with fork(2)":
 * its number is closed in the child.
 *
 * What it cannot do: READ and WRITE of files; the error of a socket, which on
 * Linux cannot be looked at without taking it, is always ECONNRESET; a signal
 * that is watched is blocked in the thread that asks, so that no handler runs;
 * a queue in a queue hears of nothing that was gathered but not handed out. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "kqueue-double.h"

enum {
  QUEUE_MOST = 256, /* queues at a time */
  BATCH_MAX = 512   /* events that one kevent() gives */
};

/* |lock| guards all below. It is held with all signals blocked, because a
 * handler may call kevent(). */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static queue_t queues[QUEUE_MOST];
static sigset_t fork_mask;

int __real_dup2(int from, int to);
int __wrap_dup2(int from, int to);
int __real_dup3(int from, int to, int flags);
int __wrap_dup3(int from, int to, int flags);

/* ---- the lock, and our own descriptors --------------------------------- */

static void lock_take(sigset_t* saved) {
  sigset_t all;

  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, saved);
  pthread_mutex_lock(&lock);
}

static void lock_give(const sigset_t* saved) {
  pthread_mutex_unlock(&lock);
  pthread_sigmask(SIG_SETMASK, saved, NULL);
}

static bool fd_is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

/* ---- knotes ------------------------------------------------------------- */

static knote_t** note_find(queue_t* queue, uintptr_t ident, int filter) {
  knote_t** place = &queue->knotes;

  while (*place != NULL &&
         ((*place)->ident != ident || (*place)->filter != filter)) {
    place = &(*place)->next;
  }
  return place;
}

static void note_remove(queue_t* queue, knote_t** place) {
  knote_t* note = *place;

  if (gy_double_sub(note->filter) >= 0) {
    gy_double_fd_unwatch(queue, note);
  }
  fd_drop(&note->fd);
  *place = note->next;
  free(note);
}

/* ---- changes ------------------------------------------------------------ */

static bool filter_names_fd(int filter) {
  return gy_double_sub(filter) >= 0 || filter == EVFILT_VNODE;
}

static int change_create(queue_t* queue, const struct kevent* change,
                         sigset_t* mask) {
  knote_t* note = calloc(1, sizeof(*note));
  int err;

  if (note == NULL) {
    return ENOMEM;
  }
  note->ident = change->ident;
  note->filter = change->filter;
  note->flags = change->flags & (EV_ONESHOT | EV_CLEAR | EV_DISPATCH);
  note->fflags = change->fflags & ~(unsigned)NOTE_TRIGGER;
  note->data = change->data;
  note->udata = change->udata;
  note->enabled = true;
  note->fd = -1;
  err = gy_double_note_open(queue, note, mask);
  if (err != 0) {
    fd_drop(&note->fd);
    free(note);
    return err;
  }
  note->next = queue->knotes;
  queue->knotes = note;
  return 0;
}

/* EV_ADD of what is there: the parameters are new, the flags are not. */
static int change_modify(queue_t* queue, knote_t* note,
                         const struct kevent* change, sigset_t* mask) {
  int old = note->fd;
  int err = 0;

  if (note->filter != EVFILT_USER) {
    note->fflags = change->fflags;
  }
  note->data = change->data;
  note->udata = change->udata;
  note->enabled = true;
  if (gy_double_sub(note->filter) >= 0 || note->filter == EVFILT_TIMER) {
    err = gy_double_note_open(queue, note, mask);
    if (old != note->fd) {
      fd_drop(&old);
    }
  }
  return err;
}

static int change_enable(queue_t* queue, knote_t* note, bool enabled) {
  note->enabled = enabled;
  if (gy_double_sub(note->filter) < 0) {
    return 0;
  }
  if (enabled) {
    return gy_double_fd_watch(queue, note);
  }
  gy_double_fd_unwatch(queue, note);
  return 0;
}

/* Do what |change| says. 0 or an errno. |mask| gets the signals that the caller
 * is to block. */
static int change_apply(queue_t* queue, const struct kevent* change,
                        sigset_t* mask) {
  knote_t** place = note_find(queue, change->ident, change->filter);
  int err = 0;

  if (change->filter > EVFILT_READ || change->filter < EVFILT_EXCEPT) {
    return EINVAL;
  }
  if (filter_names_fd(change->filter) && !fd_is_open((int)change->ident)) {
    return EBADF;
  }
  if ((change->flags & EV_ADD) != 0 && *place == NULL) {
    err = change_create(queue, change, mask);
    place = &queue->knotes;
  } else if (*place == NULL) {
    return ENOENT;
  } else if ((change->flags & EV_DELETE) != 0) {
    note_remove(queue, place);
    return 0;
  } else if ((change->flags & EV_ADD) != 0) {
    err = change_modify(queue, *place, change, mask);
  }
  if (err == 0 && (change->flags & (EV_ENABLE | EV_DISABLE)) != 0) {
    err = change_enable(queue, *place, (change->flags & EV_ENABLE) != 0);
  }
  if (err == 0 && change->filter == EVFILT_USER &&
      (change->fflags & NOTE_TRIGGER) != 0) {
    gy_double_trigger(queue, *place);
  }
  return err;
}

/* Do all |changes|. How many answers were written to |events|, or a negative
 * errno when there is no room for one; then nothing more is done. */
static int changes_apply(queue_t* queue, const struct kevent* changes,
                         int change_count, struct kevent* events, int room,
                         sigset_t* mask) {
  int count = 0;
  int index;

  for (index = 0; index < change_count; index++) {
    struct kevent change = changes[index]; /* May be the place of an answer. */
    int err = change_apply(queue, &change, mask);
    if (err == 0 && (change.flags & EV_RECEIPT) == 0) {
      continue;
    }
    if (count == room) {
      return err != 0 ? -err : count;
    }
    events[count] = change;
    events[count].flags = EV_ERROR;
    events[count++].data = err;
  }
  return count;
}

static int sub_filter(int sub) {
  static const int filters[FD_FILTERS] = {EVFILT_READ, EVFILT_WRITE,
                                          EVFILT_EXCEPT};
  return filters[sub];
}

/* ---- events ------------------------------------------------------------- */

/* Hand |*place| out in |out|, whose flags, fflags and data are set. */
static void note_hand_out(queue_t* queue, knote_t** place, struct kevent* out) {
  knote_t* note = *place;

  out->ident = note->ident;
  out->filter = (short)note->filter;
  out->flags |= (unsigned short)note->flags;
  out->udata = note->udata;
  if ((note->flags & EV_CLEAR) != 0) {
    note->seen_fflags = 0;
    note->seen_data = 0;
  }
  if ((note->flags & EV_ONESHOT) != 0) {
    note_remove(queue, place);
  } else if ((note->flags & EV_DISPATCH) != 0) {
    (void)change_enable(queue, note, false);
  }
}

static int collect_sub(queue_t* queue, int sub, struct kevent* events,
                       int room) {
  struct epoll_event ready[BATCH_MAX];
  int count = 0;
  int index;

  if (queue->subs[sub] < 0) {
    return 0;
  }
  count = epoll_wait(queue->subs[sub], ready,
                     room < BATCH_MAX ? room : BATCH_MAX, 0);
  for (index = 0; index < count; index++) {
    const knote_t* note = ready[index].data.ptr;
    events[index].flags = 0;
    gy_double_fd_report(note, ready[index].events, &events[index]);
    note_hand_out(queue, note_find(queue, note->ident, sub_filter(sub)),
                  &events[index]);
  }
  return count > 0 ? count : 0;
}

static int collect_rest(queue_t* queue, struct kevent* events, int room) {
  knote_t** place = &queue->knotes;
  int count = 0;

  while (*place != NULL && count < room) {
    knote_t* note = *place;
    if (gy_double_sub(note->filter) < 0 && note->enabled &&
        gy_double_note_gather(note)) {
      struct kevent* out = &events[count++];
      out->flags = note->filter == EVFILT_PROC ? EV_EOF : 0;
      out->fflags =
          note->filter == EVFILT_USER ? note->fflags : note->seen_fflags;
      out->data = note->seen_data;
      note_hand_out(queue, place, out);
    }
    if (*place == note) {
      place = &note->next;
    }
  }
  gy_double_settle(queue);
  return count;
}

/* What there is, from another source first each time, so that none starves. */
static int collect(queue_t* queue, struct kevent* events, int room) {
  unsigned first = queue->turn++;
  unsigned step;
  int count = 0;

  for (step = 0; step <= FD_FILTERS && count < room; step++) {
    unsigned source = (first + step) % (FD_FILTERS + 1);
    count += source < FD_FILTERS
                 ? collect_sub(queue, (int)source, events + count, room - count)
                 : collect_rest(queue, events + count, room - count);
  }
  return count;
}

/* ---- queues ------------------------------------------------------------- */

/* The queue of number |fd|; -1 finds a free place. */
static queue_t* queue_find(int fd) {
  int index;

  for (index = 0; index < QUEUE_MOST; index++) {
    if (queues[index].fd == fd) {
      return &queues[index];
    }
  }
  return NULL;
}

static void queue_destroy(queue_t* queue) {
  int sub;

  while (queue->knotes != NULL) {
    note_remove(queue, &queue->knotes);
  }
  for (sub = 0; sub < FD_FILTERS; sub++) {
    fd_drop(&queue->subs[sub]);
  }
  fd_drop(&queue->bell);
  fd_drop(&queue->fd);
}

static void fork_prepare(void) {
  sigset_t saved;

  lock_take(&saved);
  fork_mask = saved;
}

static void fork_parent(void) {
  sigset_t saved = fork_mask;

  lock_give(&saved);
}

/* epoll objects are shared with the parent, so nothing is taken out of them. */
static void fork_child(void) {
  sigset_t saved = fork_mask;
  int index;

  for (index = 0; index < QUEUE_MOST; index++) {
    queue_t* queue = &queues[index];
    int sub;
    for (sub = 0; sub < FD_FILTERS; sub++) {
      fd_drop(&queue->subs[sub]);
    }
    queue_destroy(queue);
  }
  lock_give(&saved);
}

static void queues_init(void) {
  int index;
  int sub;

  for (index = 0; index < QUEUE_MOST; index++) {
    queues[index].fd = -1;
    queues[index].bell = -1;
    for (sub = 0; sub < FD_FILTERS; sub++) {
      queues[index].subs[sub] = -1;
    }
  }
  if (pthread_atfork(fork_prepare, fork_parent, fork_child) != 0) {
    abort();
  }
}

/* Before |fd| is closed: no queue knows it any more. True when it is a queue
 * itself, and closed by now. */
static bool fd_forget(int fd) {
  bool was_queue = false;
  sigset_t saved;
  int index;

  pthread_once(&once, queues_init);
  lock_take(&saved);
  for (index = 0; index < QUEUE_MOST && fd >= 0; index++) {
    queue_t* queue = &queues[index];
    knote_t** place = &queue->knotes;
    if (queue->fd == fd) {
      queue_destroy(queue);
      was_queue = true;
    }
    while (queue->fd >= 0 && *place != NULL) {
      if (filter_names_fd((*place)->filter) &&
          (*place)->ident == (uintptr_t)fd) {
        note_remove(queue, place);
      } else {
        place = &(*place)->next;
      }
    }
  }
  lock_give(&saved);
  return was_queue;
}

/* ---- the calls ---------------------------------------------------------- */

int __wrap_close(int fd) {
  return fd_forget(fd) ? 0 : __real_close(fd);
}

int __wrap_dup2(int from, int to) {
  if (from != to && fd_is_open(from)) {
    (void)fd_forget(to);
  }
  return __real_dup2(from, to);
}

int __wrap_dup3(int from, int to, int flags) {
  if (from != to && fd_is_open(from)) {
    (void)fd_forget(to);
  }
  return __real_dup3(from, to, flags);
}

int kqueue(void) {
  queue_t* queue;
  sigset_t saved;
  int fd;

  pthread_once(&once, queues_init);
  lock_take(&saved);
  queue = queue_find(-1);
  fd = queue != NULL ? epoll_create1(0) : -1;
  if (fd >= 0) {
    queue->fd = fd;
  } else if (queue == NULL) {
    errno = ENFILE;
  }
  lock_give(&saved);
  return fd;
}

static int64_t clock_ns(void) {
  struct timespec now;

  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Apply the changes of kevent(), and look once. The number of events, or a
 * negative errno. |*done| says that kevent() is over, whatever there is. */
static int queue_serve(int fd, const struct kevent* changes, int change_count,
                       struct kevent* events, int room, bool* done) {
  queue_t* queue;
  sigset_t saved;
  int count = -EBADF;

  lock_take(&saved);
  queue = fd >= 0 ? queue_find(fd) : NULL;
  if (queue != NULL) {
    count = changes_apply(queue, changes, change_count, events, room, &saved);
    *done = count != 0 || room == 0;
    if (!*done) {
      count = collect(queue, events, room);
    }
  }
  lock_give(&saved);
  return count;
}

/* Sleep until |fd| has something to say, or until |deadline|, -1 being never.
 * 1, 0 when the time is over, or -1. */
static int queue_sleep(int fd, int64_t deadline) {
  struct pollfd entry = {fd, POLLIN, 0};
  int64_t left = deadline >= 0 ? deadline - clock_ns() : 0;
  struct timespec time;

  if (left < 0) {
    return 0;
  }
  time.tv_sec = (time_t)(left / 1000000000);
  time.tv_nsec = (long)(left % 1000000000);
  return ppoll(&entry, 1, deadline >= 0 ? &time : NULL, NULL);
}

int kevent(int queue, const struct kevent* changes, int change_count,
           struct kevent* events, int room, const struct timespec* timeout) {
  int64_t deadline = -1;
  bool done = false;
  int slept = 1;
  int count;

  pthread_once(&once, queues_init);
  if (timeout != NULL) {
    deadline =
        clock_ns() + (int64_t)timeout->tv_sec * 1000000000 + timeout->tv_nsec;
  }
  count = queue_serve(queue, changes, change_count, events, room, &done);
  while (count == 0 && !done && slept > 0) {
    slept = queue_sleep(queue, deadline);
    if (slept > 0) {
      count = queue_serve(queue, NULL, 0, events, room, &done);
    }
  }
  if (count < 0) {
    errno = -count;
  }
  return slept < 0 || count < 0 ? -1 : count;
}
