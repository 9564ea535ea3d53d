/* poll.c - uv_poll_t on Windows: a watcher, and the words for what it hears. */
#include "platform.h"
#include "win/sys.h"

enum {
  ASKABLE = GY_READABLE | GY_WRITABLE | GY_DISCONNECT | GY_PRIORITIZED
};

static uv_poll_t* poll_of(gy_watcher_t* watcher) {
  return GY_CONTAINER_OF(watcher, uv_poll_t, io_watcher);
}

/* End with an error. The handle is stopped first, so that the callback may
 * start it anew. */
static void poll_fail(uv_poll_t* poll, int err) {
  gy_platform_poll_stop(poll);
  gy_handle_stop((uv_handle_t*)poll);
  poll->poll_cb(poll, err, 0);
}

static void poll_ready(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask,
                       int err) {
  uv_poll_t* poll = poll_of(watcher);

  (void)loop;
  if (err != 0 || (mask & GY_FAILED)) {
    /* The poller says so of a socket that was closed behind its back. */
    poll_fail(poll, err != 0 ? err : UV_EBADF);
    return;
  }
  if ((mask & ASKABLE) == 0) {
    /* A hang-up and nothing else: whatever is waited for, a recv or send will
     * tell more. */
    mask |= watcher->want;
  }
  poll->poll_cb(poll, 0, (int)(mask & watcher->want));
}

int gy_platform_poll_check(uv_loop_t* loop, gy_fd_t fd) {
  gy_poller_t* poller = gy_loop(loop)->poller;
  int err;

  /* Only trying tells: what can be polled is up to the kernel. */
  err = poller->ops->watch(poller, fd, 0, GY_READABLE);
  if (err != 0) {
    return err == UV_EPERM ? UV_ENOTSOCK : err;
  }
  err = poller->ops->watch(poller, fd, GY_READABLE, 0);
  return err != 0 ? err : gy_sys_nonblock(fd);
}

void gy_platform_poll_open(uv_poll_t* poll, gy_fd_t fd) {
  gy_watcher_init(&poll->io_watcher, fd, poll_ready);
}

int gy_platform_poll_start(uv_poll_t* poll, int events) {
  return gy_watcher_want(poll->loop, &poll->io_watcher, (unsigned)events);
}

void gy_platform_poll_stop(uv_poll_t* poll) {
  gy_watcher_forget(poll->loop, &poll->io_watcher);
}

void gy_platform_poll_close(uv_poll_t* poll) {
  gy_platform_poll_stop(poll);
  gy_handle_closed((uv_handle_t*)poll);
}
