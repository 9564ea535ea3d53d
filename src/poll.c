/* poll.c - uv_poll_t: the checks; the platform's poll.c does the rest. */
#include "core.h"
#include "kinds.h"
#include "platform.h"

enum {
  ALL_EVENTS = UV_READABLE | UV_WRITABLE | UV_DISCONNECT | UV_PRIORITIZED
};

static int poll_open(uv_loop_t* loop, uv_poll_t* poll, gy_fd_t fd) {
  int err;

  if (gy_watcher_exists(loop, fd)) {
    return UV_EEXIST;
  }
  err = gy_platform_poll_check(loop, fd);
  if (err != 0) {
    return err;
  }
  gy_handle_init(loop, (uv_handle_t*)poll, UV_POLL);
  poll->poll_cb = NULL;
  gy_platform_poll_open(poll, fd);
  return 0;
}

int uv_poll_init(uv_loop_t* loop, uv_poll_t* poll, int fd) {
  gy_fd_t real;
  int err;

  if (loop == NULL || poll == NULL) {
    return UV_EINVAL;
  }
  err = gy_platform_fd(fd, &real);
  return err != 0 ? err : poll_open(loop, poll, real);
}

int uv_poll_init_socket(uv_loop_t* loop, uv_poll_t* poll, uv_os_sock_t socket) {
  gy_fd_t real;
  int err;

  if (loop == NULL || poll == NULL) {
    return UV_EINVAL;
  }
  err = gy_platform_socket(socket, &real);
  return err != 0 ? err : poll_open(loop, poll, real);
}

int uv_poll_start(uv_poll_t* poll, int events, uv_poll_cb cb) {
  int err;

  if (poll == NULL || (events & ~ALL_EVENTS) != 0 || cb == NULL ||
      uv_is_closing((uv_handle_t*)poll)) {
    return UV_EINVAL;
  }
  if (events == 0) {
    return uv_poll_stop(poll);
  }
  err = gy_platform_poll_start(poll, events);
  if (err != 0) {
    return err;
  }
  poll->poll_cb = cb;
  gy_handle_start((uv_handle_t*)poll);
  return 0;
}

int uv_poll_stop(uv_poll_t* poll) {
  if (poll == NULL || uv_is_closing((uv_handle_t*)poll)) {
    return UV_EINVAL;
  }
  gy_platform_poll_stop(poll);
  gy_handle_stop((uv_handle_t*)poll);
  return 0;
}

static void poll_close(uv_handle_t* handle) {
  gy_handle_stop(handle);
  gy_platform_poll_close((uv_poll_t*)handle);
}

static int poll_fileno(const uv_handle_t* handle, uv_os_fd_t* fd) {
  *fd = (uv_os_fd_t)((const uv_poll_t*)handle)->io_watcher.fd;
  return 0;
}

const gy_handle_kind_t gy_poll_kind = {"poll", sizeof(uv_poll_t), poll_close,
                                       NULL,   poll_fileno,       NULL};
