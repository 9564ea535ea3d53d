/* tcp.c - TCP sockets on Unix.
 *
 * A handle gets its socket when it is first needed, because only then is the
 * family known. Options that were set before are kept until then: they are
 * wishes, granted by gy_stream_open(). */
#include "../platform.h"
#include "stream.h"
#include "sys-net.h"

enum {
  BOTH_WAYS = GY_HANDLE_READABLE | GY_HANDLE_WRITABLE
};

/* ---- wishes -----------------------------------------------------------------
 */

/* The numbers are cut to what fits into the fields: the kernel refuses numbers
 * far smaller, and shall see that these are too large. */
enum {
  SECONDS_MOST = 0xffff,
  SECONDS_BITS = 16,
  COUNT_MOST = 0xff
};

static int cut(unsigned number, unsigned most) {
  return (int)(number < most ? number : most);
}

static void keepalive_keep(uv_tcp_t* tcp, unsigned idle, unsigned interval,
                           unsigned count) {
  tcp->keepalive = (uintptr_t)cut(idle, SECONDS_MOST) << SECONDS_BITS |
                   (uintptr_t)cut(interval, SECONDS_MOST);
  tcp->keepalive_count = (unsigned char)cut(count, COUNT_MOST);
  tcp->flags |= GY_TCP_KEEPALIVE;
}

int gy_tcp_grant_wishes(const uv_stream_t* stream, int fd) {
  int err = 0;

  if (stream->flags & GY_TCP_NODELAY) {
    err = gy_sys_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  }
  if (err == 0 && (stream->flags & GY_TCP_KEEPALIVE)) {
    err = gy_sys_set_keepalive(fd, (int)(stream->keepalive >> SECONDS_BITS),
                               (int)(stream->keepalive & SECONDS_MOST),
                               stream->keepalive_count);
  }
  return err;
}

int gy_platform_tcp_nodelay(uv_tcp_t* tcp, bool enable) {
  if (gy_stream_has_fd((uv_stream_t*)tcp)) {
    return gy_sys_set_option(tcp->io_watcher.fd, IPPROTO_TCP, TCP_NODELAY,
                             enable);
  }
  tcp->flags &= ~(unsigned)GY_TCP_NODELAY;
  tcp->flags |= enable ? GY_TCP_NODELAY : 0;
  return 0;
}

int gy_platform_tcp_keepalive_on(uv_tcp_t* tcp, unsigned idle,
                                 unsigned interval, unsigned count) {
  if (gy_stream_has_fd((uv_stream_t*)tcp)) {
    return gy_sys_set_keepalive(tcp->io_watcher.fd, cut(idle, INT32_MAX),
                                cut(interval, INT32_MAX),
                                cut(count, INT32_MAX));
  }
  keepalive_keep(tcp, idle, interval, count);
  return 0;
}

int gy_platform_tcp_keepalive_off(uv_tcp_t* tcp) {
  if (gy_stream_has_fd((uv_stream_t*)tcp)) {
    return gy_sys_set_option(tcp->io_watcher.fd, SOL_SOCKET, SO_KEEPALIVE, 0);
  }
  tcp->flags &= ~(unsigned)GY_TCP_KEEPALIVE;
  return 0;
}

/* A kernel of Unix has one way to accept. */
int gy_platform_tcp_simultaneous_accepts(uv_tcp_t* tcp, bool enable) {
  (void)tcp;
  (void)enable;
  return 0;
}

/* ---- sockets ----------------------------------------------------------------
 */

/* Give |tcp| a socket of |domain|, if it has none. */
static int tcp_need_socket(uv_tcp_t* tcp, int domain) {
  int fd;
  int err;

  if (gy_stream_has_fd((uv_stream_t*)tcp)) {
    return 0;
  }
  fd = gy_sys_socket(domain, SOCK_STREAM);
  if (fd < 0) {
    return fd;
  }
  err = gy_stream_open((uv_stream_t*)tcp, fd,
                       GY_STREAM_SOCKET | gy_stream_ahead(tcp->loop));
  if (err != 0) {
    gy_sys_close(fd);
  }
  return err;
}

int gy_platform_tcp_init(uv_loop_t* loop, uv_tcp_t* tcp, int domain) {
  int fd = -1;

  if (domain != AF_UNSPEC) {
    fd = gy_sys_socket(domain, SOCK_STREAM);
    if (fd < 0) {
      return fd;
    }
  }
  gy_stream_init(loop, (uv_stream_t*)tcp, UV_TCP);
  if (fd >= 0) {
    /* It cannot fail: there is no other, and nothing was wished for. */
    (void)gy_stream_open((uv_stream_t*)tcp, fd,
                         GY_STREAM_SOCKET | gy_stream_ahead(tcp->loop));
  }
  return 0;
}

int gy_platform_tcp_open(uv_tcp_t* tcp, uv_os_sock_t socket) {
  bool is_socket;
  int err;

  if (gy_stream_has_fd((uv_stream_t*)tcp)) {
    return tcp->io_watcher.fd == socket ? 0 : UV_EBUSY;
  }
  if (socket < 0) {
    return UV_EBADF;
  }
  if (gy_watcher_exists(tcp->loop, socket)) {
    return UV_EEXIST;
  }
  /* It may be a pipe, say, for which libuv's users have got away with. */
  err = gy_sys_is_socket(socket, &is_socket);
  if (err == 0) {
    err = gy_sys_set_blocking(socket, false);
  }
  if (err != 0) {
    return err;
  }
  return gy_stream_open((uv_stream_t*)tcp, socket,
                        BOTH_WAYS | (is_socket ? GY_STREAM_SOCKET : 0));
}

int gy_platform_tcp_set_reset(uv_tcp_t* tcp) {
  if (!gy_stream_has_fd((uv_stream_t*)tcp)) {
    return UV_EBADF;
  }
  return gy_sys_set_reset(tcp->io_watcher.fd);
}

/* ---- addresses --------------------------------------------------------------
 */

/* bind(2) with the options that belong to it. */
static int tcp_bind(uv_tcp_t* tcp, const struct sockaddr* addr, size_t size,
                    unsigned flags) {
  int fd = tcp->io_watcher.fd;
  int err = gy_sys_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);

  if (err == 0 && (flags & UV_TCP_REUSEPORT)) {
    err = gy_sys_set_reuse_port(fd);
  }
  if (err == 0 && addr->sa_family == AF_INET6) {
    err = gy_sys_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY,
                            (flags & UV_TCP_IPV6ONLY) != 0);
  }
  return err != 0 ? err : gy_sys_bind(fd, addr, (socklen_t)size);
}

int gy_platform_tcp_bind(uv_tcp_t* tcp, const struct sockaddr* addr,
                         size_t size, unsigned flags) {
  int err = tcp_need_socket(tcp, addr->sa_family);

  if (err == 0) {
    err = tcp_bind(tcp, addr, size, flags);
  }
  if (err == UV_EAFNOSUPPORT) {
    return UV_EINVAL; /* The socket is of another family; so says libuv. */
  }
  if (err != 0 && err != UV_EADDRINUSE) {
    return err;
  }
  /* Some kernels tell it here, some by listen() and connect(). So that programs
   * need only look in one place, it is told there. */
  tcp->delayed_error = (short)err;
  return 0;
}

int gy_platform_tcp_connect(uv_connect_t* req, uv_tcp_t* tcp,
                            const struct sockaddr* addr, size_t size,
                            uv_connect_cb cb) {
  int err;

  if (tcp->connect_req != NULL) {
    return UV_EALREADY;
  }
  err = tcp->delayed_error;
  if (err == 0) {
    err = tcp_need_socket(tcp, addr->sa_family);
    if (err != 0) {
      return err;
    }
    err = gy_sys_connect(tcp->io_watcher.fd, addr, (socklen_t)size);
    /* Some kernels know at once, for this host, and some do not. */
    if (err != 0 && err != GY_SYS_IN_PROGRESS && err != UV_ECONNREFUSED) {
      return err;
    }
    tcp->flags |= BOTH_WAYS;
  }
  return gy_stream_connect((uv_stream_t*)tcp, req, err, cb);
}

int gy_platform_tcp_listen(uv_tcp_t* tcp, int backlog, uv_connection_cb cb) {
  int err = tcp->delayed_error;

  if (err == 0) {
    err = tcp_need_socket(tcp, AF_INET);
  }
  if (err != 0) {
    return err;
  }
  return gy_stream_listen((uv_stream_t*)tcp, backlog, cb);
}

/* Ask |get| for an address of |tcp|. */
static int tcp_name(const uv_tcp_t* tcp, struct sockaddr* name, int* size,
                    int (*get)(int fd, struct sockaddr* name,
                               socklen_t* size)) {
  socklen_t length = (socklen_t)*size;
  int err = UV_EBADF;

  if (gy_stream_has_fd((const uv_stream_t*)tcp)) {
    err = get(tcp->io_watcher.fd, name, &length);
  }
  if (err == 0) {
    *size = (int)length;
  }
  return err;
}

int gy_platform_tcp_getsockname(const uv_tcp_t* tcp, struct sockaddr* name,
                                int* size) {
  return tcp_name(tcp, name, size, gy_sys_getsockname);
}

int gy_platform_tcp_getpeername(const uv_tcp_t* tcp, struct sockaddr* name,
                                int* size) {
  return tcp_name(tcp, name, size, gy_sys_getpeername);
}
