/* wakefd-eventfd.c - wakefd.h by eventfd(2): Linux, FreeBSD 13, illumos.
 *
 * One descriptor, and a counter that a write adds to. It is full after 2^64 - 1
 * writes, which is never. */
#include "poller/wakefd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fault.h"

/* Linux wakes its watchers at every write, whatever the counter was. */
const bool gy_wakefd_is_endless = true;

int gy_wakefd_open(gy_wakefd_t* wakefd) {
  int err = GY_FAULT("eventfd");
  int fd = -1;

  if (err == 0) {
    fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    err = fd < 0 ? errno : 0;
  }
  if (err != 0) {
    return -err;
  }
  wakefd->read_fd = fd;
  wakefd->write_fd = fd;
  return 0;
}

void gy_wakefd_close(gy_wakefd_t* wakefd) {
  if (wakefd->read_fd >= 0) {
    (void)close(wakefd->read_fd); /* Nothing was buffered that could fail. */
  }
  gy_wakefd_init(wakefd);
}

int gy_wakefd_signal(const gy_wakefd_t* wakefd) {
  const uint64_t one = 1;
  int saved = errno;
  int err;

  do {
    err = GY_FAULT("write");
    if (err == 0 && write(wakefd->write_fd, &one, sizeof(one)) < 0) {
      err = errno;
    }
  } while (err == EINTR);
  errno = saved;
  return err == EAGAIN ? 0 : -err; /* EAGAIN: full, so it is readable. */
}

void gy_wakefd_drain(const gy_wakefd_t* wakefd) {
  uint64_t count;

  /* One read takes all there is. If it fails, the descriptor stays readable
   * and is drained the next time. */
  if (GY_FAULT("read") == 0) {
    ssize_t got = read(wakefd->read_fd, &count, sizeof(count));
    (void)got;
  }
}
