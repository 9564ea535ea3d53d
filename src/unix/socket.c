/* socket.c - what is about any socket on Unix. */
#include "../platform.h"
#include "sys-net.h"

int gy_platform_buffer_size(uv_os_fd_t fd, gy_buffer_t which, int* size) {
  int option = which == GY_BUFFER_SEND ? SO_SNDBUF : SO_RCVBUF;

  if (*size == 0) {
    return gy_sys_get_option(fd, SOL_SOCKET, option, size);
  }
  return gy_sys_set_option(fd, SOL_SOCKET, option, *size);
}

int gy_platform_socketpair(int type, int protocol, uv_os_sock_t pair[2],
                           bool nonblock0, bool nonblock1) {
  int fds[2];
  int err = gy_sys_socketpair(type, protocol, fds);

  if (err != 0) {
    return err;
  }
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
