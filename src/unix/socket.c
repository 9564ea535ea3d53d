/* socket.c - what is about any descriptor on Unix. */
#include "../platform.h"
#include "sys-local.h"
#include "sys-net.h"

int gy_platform_buffer_size(uv_os_fd_t fd, gy_buffer_t which, int* size) {
  int option = which == GY_BUFFER_SEND ? SO_SNDBUF : SO_RCVBUF;

  if (*size == 0) {
    return gy_sys_get_option(fd, SOL_SOCKET, option, size);
  }
  return gy_sys_set_option(fd, SOL_SOCKET, option, *size);
}

/* Give the two |fds|, with the wishes granted, away as |pair|; or close them.
 */
static int pair_finish(int fds[2], int pair[2], bool nonblock0,
                       bool nonblock1) {
  int err = 0;

  if (nonblock0) {
    err = gy_sys_set_blocking(fds[0], false);
  }
  if (err == 0 && nonblock1) {
    err = gy_sys_set_blocking(fds[1], false);
  }
  if (err != 0) {
    gy_sys_close(fds[0]);
    gy_sys_close(fds[1]);
    return err;
  }
  pair[0] = fds[0];
  pair[1] = fds[1];
  return 0;
}

int gy_platform_socketpair(int type, int protocol, uv_os_sock_t pair[2],
                           bool nonblock0, bool nonblock1) {
  int fds[2];
  int err = gy_sys_socketpair(type, protocol, fds);

  return err != 0 ? err : pair_finish(fds, pair, nonblock0, nonblock1);
}

int gy_platform_pipe_pair(uv_file pair[2], bool nonblock0, bool nonblock1) {
  int fds[2];
  int err = gy_sys_pipe(fds);

  return err != 0 ? err : pair_finish(fds, pair, nonblock0, nonblock1);
}

uv_handle_type gy_platform_guess_handle(uv_file file) {
  switch (gy_sys_sort(file)) {
    case GY_SYS_FILE:
      return UV_FILE;
    case GY_SYS_TERMINAL:
      return UV_TTY;
    case GY_SYS_PIPE:
    case GY_SYS_LOCAL_STREAM:
      return UV_NAMED_PIPE;
    case GY_SYS_NET_STREAM:
      return UV_TCP;
    case GY_SYS_NET_DATAGRAM:
      return UV_UDP;
    case GY_SYS_OTHER:
      break;
  }
  return UV_UNKNOWN_HANDLE;
}
