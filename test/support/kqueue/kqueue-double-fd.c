/* kqueue-double-fd.c - READ, WRITE and EXCEPT, each by an epoll object. */
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kqueue-double.h"

int gy_double_sub(int filter) {
  switch (filter) {
    case EVFILT_READ:
      return 0;
    case EVFILT_WRITE:
      return 1;
    case EVFILT_EXCEPT:
      return 2;
    default:
      return -1;
  }
}

static uint32_t filter_events(int filter) {
  switch (filter) {
    case EVFILT_READ:
      return EPOLLIN | EPOLLRDHUP;
    case EVFILT_WRITE:
      return EPOLLOUT;
    default:
      return EPOLLPRI;
  }
}

/* The type of the socket |fd|; 0 when it is none. */
static int socket_type(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);

  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 ? type : 0;
}

bool gy_double_pipe_is_broken(int fd) {
  struct pollfd entry = {fd, POLLOUT, 0};
  struct stat info;

  return fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode) &&
         poll(&entry, 1, 0) == 1 && (entry.revents & POLLERR) != 0;
}

/* How much can be read from, or written to, |fd|; 1 if that is not told. */
static intptr_t fd_amount(int fd, int filter) {
  int room = 0;
  int used = 0;
  socklen_t size = sizeof(room);

  if (filter == EVFILT_READ) {
    return ioctl(fd, FIONREAD, &used) == 0 ? used : 1;
  }
  if (socket_type(fd) == 0) {
    room = fcntl(fd, F_GETPIPE_SZ);
    return room > 0 && ioctl(fd, FIONREAD, &used) == 0 ? room - used : 1;
  }
  if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size) != 0 ||
      ioctl(fd, TIOCOUTQ, &used) != 0 || used > room) {
    return 1;
  }
  return room - used;
}

void gy_double_fd_report(const knote_t* note, uint32_t happened,
                         struct kevent* out) {
  int fd = (int)note->ident;
  int type = socket_type(fd);
  uint32_t ends = EPOLLHUP | (note->filter == EVFILT_READ ? EPOLLRDHUP : 0);

  out->data = fd_amount(fd, note->filter);
  out->fflags = 0;
  if (note->filter == EVFILT_EXCEPT) {
    out->data = 0;
    out->fflags = (happened & EPOLLPRI) != 0 ? NOTE_OOB : 0;
  } else if ((happened & EPOLLERR) != 0 && type == SOCK_STREAM) {
    out->fflags = ECONNRESET;
  }
  if ((happened & EPOLLERR) != 0 && type != SOCK_DGRAM) {
    ends |= EPOLLERR;
  }
  if ((happened & ends) != 0) {
    out->flags |= EV_EOF;
  }
}

/* An fd that was closed unseen, and opened again, may be known already. */
int gy_double_fd_watch(queue_t* queue, knote_t* note) {
  int* sub = &queue->subs[gy_double_sub(note->filter)];
  struct epoll_event event = {.data.ptr = note};
  int err;

  if (*sub < 0) {
    *sub = fd_hide(epoll_create1(EPOLL_CLOEXEC));
    err = *sub < 0 ? ENOMEM : fd_join(queue, *sub);
    if (err != 0) {
      return err;
    }
  }
  event.events = filter_events(note->filter);
  event.events |= (note->flags & EV_CLEAR) != 0 ? EPOLLET : 0;
  if (epoll_ctl(*sub, EPOLL_CTL_ADD, (int)note->ident, &event) == 0 ||
      (errno == EEXIST &&
       epoll_ctl(*sub, EPOLL_CTL_MOD, (int)note->ident, &event) == 0)) {
    return 0;
  }
  return errno == EPERM ? EINVAL : errno;
}

void gy_double_fd_unwatch(queue_t* queue, const knote_t* note) {
  int sub = queue->subs[gy_double_sub(note->filter)];

  /* It fails when the knote is disabled, which is as good. */
  (void)epoll_ctl(sub, EPOLL_CTL_DEL, (int)note->ident, NULL);
}
