/* wakefd-pipe.c - wakefd.h by pipe(2), which every Unix has. */
#include "poller/wakefd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fault.h"

/* A full pipe takes no more, and what is not taken makes no edge. */
const bool gy_wakefd_is_endless = false;

#ifdef GYRE_HAVE_PIPE2

/* A pipe of two descriptors that do not block and are closed by exec. 0, or a
 * positive errno. */
static int pipe_open(int fds[2]) {
  int err = GY_FAULT("pipe2");

  if (err == 0 && pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
    err = errno;
  }
  return err;
}

#else

static int fd_prepare(int fd) {
  int err = GY_FAULT("fcntl");

  if (err == 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
                   fcntl(fd, F_SETFL, O_NONBLOCK) != 0)) {
    err = errno;
  }
  return err;
}

/* As above. A child that another thread makes by fork and exec in the meantime
 * inherits them; there is no better way on a system without pipe2(). */
static int pipe_open(int fds[2]) {
  int err = GY_FAULT("pipe");

  if (err == 0 && pipe(fds) != 0) {
    err = errno;
  }
  if (err != 0) {
    return err;
  }
  err = fd_prepare(fds[0]);
  if (err == 0) {
    err = fd_prepare(fds[1]);
  }
  if (err != 0) {
    (void)close(fds[0]); /* They are empty: nothing can be lost. */
    (void)close(fds[1]);
  }
  return err;
}

#endif

int gy_wakefd_open(gy_wakefd_t* wakefd) {
  int fds[2];
  int err = pipe_open(fds);

  if (err != 0) {
    return -err;
  }
  wakefd->read_fd = fds[0];
  wakefd->write_fd = fds[1];
  return 0;
}

void gy_wakefd_close(gy_wakefd_t* wakefd) {
  if (wakefd->read_fd >= 0) {
    (void)close(wakefd->read_fd); /* A wake that is lost now is wanted lost. */
    (void)close(wakefd->write_fd);
  }
  gy_wakefd_init(wakefd);
}

int gy_wakefd_signal(const gy_wakefd_t* wakefd) {
  int saved = errno;
  int err;

  do {
    err = GY_FAULT("write");
    if (err == 0 && write(wakefd->write_fd, "", 1) < 0) {
      err = errno;
    }
  } while (err == EINTR);
  errno = saved;
  return err == EAGAIN ? 0 : -err; /* EAGAIN: full, so it is readable. */
}

void gy_wakefd_drain(const gy_wakefd_t* wakefd) {
  char bytes[1024];

  /* Less than a bufferful is all there was. After an error the pipe stays
   * readable and is drained the next time. */
  while (GY_FAULT("read") == 0 &&
         read(wakefd->read_fd, bytes, sizeof(bytes)) == sizeof(bytes)) {
  }
}
