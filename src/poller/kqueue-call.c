/* kqueue-call.c - the calls of kqueue(2), each with its fault point. */
#include "poller/kqueue-call.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fault.h"
#include "poller/sleep.h"
#include "uv/errno.h"

/* A child of fork(2) gets no kqueue of its parent's, so nobody else can hand it
 * on before it is marked. */
int gy_kqueue_open(int* fd) {
  int err = GY_FAULT("kqueue");
  int fresh = -1;

  if (err == 0) {
    fresh = kqueue();
    err = fresh < 0 ? errno : 0;
  }
  if (err == 0) {
    err = GY_FAULT("fcntl");
    if (err == 0 && fcntl(fresh, F_SETFD, FD_CLOEXEC) != 0) {
      err = errno;
    }
    if (err != 0) {
      (void)close(fresh); /* Nothing is in it. */
    }
  }
  if (err == 0) {
    *fd = fresh;
  }
  return err;
}

void gy_kqueue_close(int* fd) {
  if (*fd >= 0) {
    (void)close(*fd); /* It holds nothing that could be lost. */
    *fd = -1;
  }
}

/* Make a |change| by |call|, which is the name of its fault point. */
static int kqueue_change(int fd, const struct kevent* change,
                         const char* call) {
  int err;

  (void)call; /* Unless built with faults, nobody asks for it. */
  do {
    err = GY_FAULT(call);
    if (err == 0 && kevent(fd, change, 1, NULL, 0, NULL) != 0) {
      err = errno;
    }
  } while (err == EINTR);
  return err;
}

int gy_kqueue_tell(int fd, struct kevent change) {
  return kqueue_change(fd, &change, "kevent");
}

/* Counts are an int in most systems and a size_t in NetBSD; what is passed as
 * less fits both. */
int gy_kqueue_sleep(const gy_poller_t* head, struct kevent* events,
                    int change_count, int room, int64_t slice_ns) {
  unsigned short changes_ = (unsigned short)change_count;
  unsigned short room_ = (unsigned short)room;
  struct timespec time;
  sigset_t blocked;
  sigset_t saved;
  const sigset_t* mask = gy_sleep_mask(head, slice_ns, &blocked);
  int err = GY_FAULT("kevent");
  int count;

  if (err != 0) {
    return -err;
  }
  /* No kevent takes a mask. A SIGPROF that comes just before it is blocked does
   * no harm: only a sleep is to be spared. */
  if (mask != NULL) {
    (void)pthread_sigmask(SIG_SETMASK, mask, &saved); /* Cannot fail. */
  }
  count = kevent(head->backend_fd, events, changes_, events, room_,
                 gy_sleep_timespec(slice_ns, &time));
  err = errno;
  if (mask != NULL) {
    (void)pthread_sigmask(SIG_SETMASK, &saved, NULL);
  }
  return count >= 0 ? count : -err;
}

#ifdef EVFILT_USER

int gy_kqueue_add_trigger(int fd) {
  static const struct kevent add = {.filter = EVFILT_USER,
                                    .flags = EV_ADD | EV_CLEAR};
  return kqueue_change(fd, &add, "kevent_user");
}

int gy_kqueue_trigger(int fd) {
  static const struct kevent trigger = {.filter = EVFILT_USER,
                                        .fflags = NOTE_TRIGGER};
  int saved = errno;
  int err = kqueue_change(fd, &trigger, "kevent_trigger");

  errno = saved;
  return err;
}

bool gy_kqueue_is_trigger(const struct kevent* event) {
  return event->filter == EVFILT_USER;
}

#else

/* NetBSD before 10, and OpenBSD for long. */
int gy_kqueue_add_trigger(int fd) {
  (void)fd;
  return EINVAL;
}

int gy_kqueue_trigger(int fd) {
  (void)fd;
  return EBADF;
}

bool gy_kqueue_is_trigger(const struct kevent* event) {
  (void)event;
  return false;
}

#endif
