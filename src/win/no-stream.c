/* no-stream.c - streams, which this version of Gyre has not on Windows: who
 * opens one is told so, by UV_ENOSYS.
 *
 * No TCP handle comes into being, so what is done with one is never reached. It
 * stands here because the front desks name it. */
#include <assert.h>

#include "platform.h"

/* Say that nobody can have got here. */
static int unreached(void) {
  assert(0 && "there is no stream that this could be about");
  return UV_ENOSYS;
}

/* ---- what a program can reach ------------------------------------------- */

int gy_platform_tcp_init(uv_loop_t* loop, uv_tcp_t* tcp, int domain) {
  (void)loop;
  (void)tcp;
  (void)domain;
  return UV_ENOSYS;
}

int gy_platform_socketpair(int type, int protocol, uv_os_sock_t pair[2],
                           bool nonblock0, bool nonblock1) {
  (void)type;
  (void)protocol;
  (void)pair;
  (void)nonblock0;
  (void)nonblock1;
  return UV_ENOSYS;
}

/* ---- what takes a handle that there is not ------------------------------- */

int gy_platform_stream_accept(uv_stream_t* server, uv_stream_t* client) {
  (void)server;
  (void)client;
  return unreached();
}

int gy_platform_stream_read_start(uv_stream_t* stream) {
  (void)stream;
  return unreached();
}

void gy_platform_stream_read_stop(uv_stream_t* stream) {
  (void)stream;
  (void)unreached();
}

int gy_platform_stream_write(uv_write_t* req, uv_stream_t* stream,
                             const uv_buf_t* bufs, unsigned nbufs,
                             uv_write_cb cb) {
  (void)req;
  (void)stream;
  (void)bufs;
  (void)nbufs;
  (void)cb;
  return unreached();
}

int gy_platform_stream_try_write(uv_stream_t* stream, const uv_buf_t* bufs,
                                 unsigned nbufs) {
  (void)stream;
  (void)bufs;
  (void)nbufs;
  return unreached();
}

int gy_platform_stream_cancel_write(uv_write_t* req) {
  (void)req;
  return unreached();
}

void gy_platform_stream_shutdown(uv_shutdown_t* req, uv_stream_t* stream,
                                 uv_shutdown_cb cb) {
  (void)req;
  (void)stream;
  (void)cb;
  (void)unreached();
}

int gy_platform_stream_set_blocking(uv_stream_t* stream, bool blocking) {
  (void)stream;
  (void)blocking;
  return unreached();
}

int gy_platform_stream_fileno(const uv_stream_t* stream, uv_os_fd_t* fd) {
  (void)stream;
  (void)fd;
  return unreached();
}

void gy_platform_stream_close(uv_stream_t* stream) {
  (void)stream;
  (void)unreached();
}

void gy_platform_stream_finish(uv_stream_t* stream) {
  (void)stream;
  (void)unreached();
}

int gy_platform_tcp_open(uv_tcp_t* tcp, uv_os_sock_t socket) {
  (void)tcp;
  (void)socket;
  return unreached();
}

int gy_platform_tcp_bind(uv_tcp_t* tcp, const struct sockaddr* addr,
                         size_t size, unsigned flags) {
  (void)tcp;
  (void)addr;
  (void)size;
  (void)flags;
  return unreached();
}

int gy_platform_tcp_connect(uv_connect_t* req, uv_tcp_t* tcp,
                            const struct sockaddr* addr, size_t size,
                            uv_connect_cb cb) {
  (void)req;
  (void)tcp;
  (void)addr;
  (void)size;
  (void)cb;
  return unreached();
}

int gy_platform_tcp_listen(uv_tcp_t* tcp, int backlog, uv_connection_cb cb) {
  (void)tcp;
  (void)backlog;
  (void)cb;
  return unreached();
}

int gy_platform_tcp_nodelay(uv_tcp_t* tcp, bool enable) {
  (void)tcp;
  (void)enable;
  return unreached();
}

int gy_platform_tcp_keepalive_off(uv_tcp_t* tcp) {
  (void)tcp;
  return unreached();
}

int gy_platform_tcp_keepalive_on(uv_tcp_t* tcp, unsigned idle,
                                 unsigned interval, unsigned count) {
  (void)tcp;
  (void)idle;
  (void)interval;
  (void)count;
  return unreached();
}

int gy_platform_tcp_simultaneous_accepts(uv_tcp_t* tcp, bool enable) {
  (void)tcp;
  (void)enable;
  return unreached();
}

int gy_platform_tcp_getsockname(const uv_tcp_t* tcp, struct sockaddr* name,
                                int* size) {
  (void)tcp;
  (void)name;
  (void)size;
  return unreached();
}

int gy_platform_tcp_getpeername(const uv_tcp_t* tcp, struct sockaddr* name,
                                int* size) {
  (void)tcp;
  (void)name;
  (void)size;
  return unreached();
}

int gy_platform_tcp_set_reset(uv_tcp_t* tcp) {
  (void)tcp;
  return unreached();
}

int gy_platform_buffer_size(uv_os_fd_t fd, gy_buffer_t which, int* size) {
  (void)fd;
  (void)which;
  (void)size;
  return unreached();
}
