/* kqueue-double-note.c - the filters that are not about reading and writing:
 * TIMER by timerfd, VNODE by inotify, PROC by pidfd, SIGNAL by signalfd, USER
 * by eventfd. */
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kqueue-double.h"

/* ---- TIMER -------------------------------------------------------------- */

static int timer_open(knote_t* note) {
  struct itimerspec time = {{0, 0}, {0, 0}};
  intptr_t unit = 1000;
  int fd;

  if ((note->fflags & NOTE_SECONDS) != 0) {
    unit = 1;
  } else if ((note->fflags & NOTE_USECONDS) != 0) {
    unit = 1000000;
  } else if ((note->fflags & NOTE_NSECONDS) != 0) {
    unit = 1000000000;
  }
  time.it_value.tv_sec = note->data / unit;
  time.it_value.tv_nsec = note->data % unit * (1000000000 / unit);
  if (note->data <= 0) {
    time.it_value.tv_nsec = 1; /* 0 would stop it. */
  }
  if ((note->flags & EV_ONESHOT) == 0) {
    time.it_interval = time.it_value;
  }
  fd = fd_hide(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (fd >= 0 && timerfd_settime(fd, 0, &time, NULL) != 0) {
    fd_drop(&fd);
  }
  note->flags |= EV_CLEAR;
  return fd;
}

static bool timer_gather(knote_t* note) {
  uint64_t count;

  if (read(note->fd, &count, sizeof(count)) == sizeof(count)) {
    note->seen_data += (intptr_t)count;
  }
  return note->seen_data > 0;
}

/* ---- VNODE -------------------------------------------------------------- */

static int vnode_open(knote_t* note) {
  const uint32_t mask = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF |
                        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
  char path[32];
  struct stat info;
  int fd;

  if (fstat((int)note->ident, &info) != 0) {
    return -1;
  }
  (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)note->ident);
  fd = fd_hide(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (fd >= 0 && inotify_add_watch(fd, path, mask) < 0) {
    fd_drop(&fd);
  }
  note->size = info.st_size;
  note->links = info.st_nlink;
  return fd;
}

/* What inotify's |mask| means; by the file's size and links, what they were and
 * what they are, one may know more. */
static unsigned vnode_notes(knote_t* note, uint32_t mask) {
  unsigned notes = 0;
  struct stat info = {.st_size = note->size, .st_nlink = note->links};

  (void)fstat((int)note->ident, &info);
  if ((mask & ~(uint32_t)(IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)) != 0) {
    notes |= NOTE_WRITE;
  }
  if (info.st_size > note->size) {
    notes |= NOTE_EXTEND;
  }
  if (info.st_nlink != note->links) {
    notes |= info.st_nlink == 0 ? NOTE_DELETE : NOTE_LINK;
  } else if ((mask & IN_ATTRIB) != 0) {
    notes |= NOTE_ATTRIB;
  }
  notes |= (mask & IN_MOVE_SELF) != 0 ? NOTE_RENAME : 0;
  notes |= (mask & IN_DELETE_SELF) != 0 ? NOTE_DELETE : 0;
  note->size = info.st_size;
  note->links = info.st_nlink;
  return notes;
}

static bool vnode_gather(knote_t* note) {
  _Alignas(struct inotify_event) char bytes[4096];
  ssize_t size = read(note->fd, bytes, sizeof(bytes));
  ssize_t at = 0;

  while (at < size) {
    const struct inotify_event* event = (const void*)(bytes + at);
    if ((event->mask & IN_IGNORED) == 0) {
      note->seen_fflags |= vnode_notes(note, event->mask) & note->fflags;
    }
    at += (ssize_t)(sizeof(*event) + event->len);
  }
  return note->seen_fflags != 0;
}

/* ---- PROC --------------------------------------------------------------- */

static int proc_open(const knote_t* note) {
  return fd_hide((int)syscall(SYS_pidfd_open, (pid_t)note->ident, 0));
}

static bool proc_gather(knote_t* note) {
  struct pollfd entry = {note->fd, POLLIN, 0};
  siginfo_t info = {.si_pid = 0};

  if (note->seen_fflags == 0 && poll(&entry, 1, 0) == 1 &&
      (note->fflags & NOTE_EXIT) != 0) {
    note->seen_fflags = NOTE_EXIT;
    note->flags |= EV_ONESHOT;
    if (waitid(P_PID, (id_t)note->ident, &info, WEXITED | WNOWAIT) == 0) {
      note->seen_data =
          info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
    }
  }
  return note->seen_fflags != 0;
}

/* ---- SIGNAL ------------------------------------------------------------- */

static int signal_open(knote_t* note, sigset_t* mask) {
  sigset_t set;

  sigemptyset(&set);
  if (sigaddset(&set, (int)note->ident) != 0) {
    return -1;
  }
  sigaddset(mask, (int)note->ident);
  note->flags |= EV_CLEAR;
  return fd_hide(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

static bool signal_gather(knote_t* note) {
  struct signalfd_siginfo info;

  while (read(note->fd, &info, sizeof(info)) == sizeof(info)) {
    note->seen_data++;
  }
  return note->seen_data > 0;
}

/* ---- USER --------------------------------------------------------------- */

static int user_open(queue_t* queue) {
  if (queue->bell >= 0) {
    return 0;
  }
  queue->bell = fd_hide(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  return queue->bell < 0 ? ENOMEM : fd_join(queue, queue->bell);
}

void gy_double_trigger(const queue_t* queue, knote_t* note) {
  note->seen_fflags |= NOTE_TRIGGER;
  (void)eventfd_write(queue->bell, 1);
}

void gy_double_settle(const queue_t* queue) {
  const knote_t* note;
  eventfd_t count;

  for (note = queue->knotes; note != NULL; note = note->next) {
    if (note->filter == EVFILT_USER && note->seen_fflags != 0 &&
        note->enabled) {
      return;
    }
  }
  if (queue->bell >= 0) {
    (void)eventfd_read(queue->bell, &count);
  }
}

/* ---- all --------------------------------------------------------------- */

int gy_double_note_open(queue_t* queue, knote_t* note, sigset_t* mask) {
  switch (note->filter) {
    case EVFILT_TIMER:
      note->fd = timer_open(note);
      break;
    case EVFILT_VNODE:
      note->fd = vnode_open(note);
      break;
    case EVFILT_PROC:
      note->fd = proc_open(note);
      break;
    case EVFILT_SIGNAL:
      note->fd = signal_open(note, mask);
      break;
    case EVFILT_USER:
      return user_open(queue);
    default:
      if (note->filter == EVFILT_WRITE &&
          gy_double_pipe_is_broken((int)note->ident)) {
        return EPIPE;
      }
      return gy_double_fd_watch(queue, note);
  }
  return note->fd < 0 ? errno : fd_join(queue, note->fd);
}

bool gy_double_note_gather(knote_t* note) {
  switch (note->filter) {
    case EVFILT_TIMER:
      return timer_gather(note);
    case EVFILT_VNODE:
      return vnode_gather(note);
    case EVFILT_PROC:
      return proc_gather(note);
    case EVFILT_SIGNAL:
      return signal_gather(note);
    default:
      return note->seen_fflags != 0;
  }
}
