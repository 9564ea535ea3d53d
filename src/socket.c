/* socket.c - what is about any descriptor: the buffers of a socket, pairs of
 * sockets and of the ends of a pipe, and what a descriptor is. */
#include "core.h"
#include "platform.h"

/* The descriptor of |handle|, which the program does not get to know. */
static int inner_fileno(const uv_handle_t* handle, uv_os_fd_t* fd) {
  if (uv_is_closing(handle)) {
    return UV_EBADF;
  }
  return handle->type == UV_UDP
             ? gy_platform_udp_inner_fileno((const uv_udp_t*)handle, fd)
             : gy_platform_stream_inner_fileno((const uv_stream_t*)handle, fd);
}

static int buffer_size(uv_handle_t* handle, gy_buffer_t which, int* value) {
  uv_os_fd_t fd;
  int err;

  if (handle == NULL || value == NULL) {
    return UV_EINVAL;
  }
  if (handle->type != UV_TCP && handle->type != UV_NAMED_PIPE &&
      handle->type != UV_UDP) {
    return UV_ENOTSUP;
  }
  err = inner_fileno(handle, &fd);
  return err != 0 ? err : gy_platform_buffer_size(fd, which, value);
}

int uv_send_buffer_size(uv_handle_t* handle, int* value) {
  return buffer_size(handle, GY_BUFFER_SEND, value);
}

int uv_recv_buffer_size(uv_handle_t* handle, int* value) {
  return buffer_size(handle, GY_BUFFER_RECEIVE, value);
}

int uv_socketpair(int type, int protocol, uv_os_sock_t* socket_vector,
                  int flags0, int flags1) {
  if (socket_vector == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_socketpair(type, protocol, socket_vector,
                                (flags0 & UV_NONBLOCK_PIPE) != 0,
                                (flags1 & UV_NONBLOCK_PIPE) != 0);
}

int uv_pipe(uv_file* fds, int read_flags, int write_flags) {
  if (fds == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_pipe_pair(fds, (read_flags & UV_NONBLOCK_PIPE) != 0,
                               (write_flags & UV_NONBLOCK_PIPE) != 0);
}

uv_handle_type uv_guess_handle(uv_file file) {
  return gy_platform_guess_handle(file);
}
