/* tcp.c - the front desk of uv_tcp_t; the platform's tcp.c does the rest. */
#include "core.h"
#include "kinds.h"
#include "platform.h"

enum {
  DOMAIN_MASK = 0xff, /* of the flags of uv_tcp_init_ex() */
  PROBE_INTERVAL_S = 1,
  PROBES = 10
};

static bool is_closing(const uv_tcp_t* tcp) {
  return uv_is_closing((const uv_handle_t*)tcp);
}

/* The bytes in an address like |addr|; 0 when it is none for TCP. */
static size_t address_size(const struct sockaddr* addr) {
  switch (addr->sa_family) {
    case AF_INET:
      return sizeof(struct sockaddr_in);
    case AF_INET6:
      return sizeof(struct sockaddr_in6);
    default:
      return 0;
  }
}

/* ---- making ----------------------------------------------------------------
 */

int uv_tcp_init_ex(uv_loop_t* loop, uv_tcp_t* handle, unsigned int flags) {
  int domain = (int)(flags & DOMAIN_MASK);

  if (loop == NULL || handle == NULL || (flags & ~(unsigned)DOMAIN_MASK) != 0) {
    return UV_EINVAL;
  }
  if (domain != AF_UNSPEC && domain != AF_INET && domain != AF_INET6) {
    return UV_EINVAL;
  }
  return gy_platform_tcp_init(loop, handle, domain);
}

int uv_tcp_init(uv_loop_t* loop, uv_tcp_t* handle) {
  return uv_tcp_init_ex(loop, handle, AF_UNSPEC);
}

int uv_tcp_open(uv_tcp_t* handle, uv_os_sock_t sock) {
  if (handle == NULL || is_closing(handle)) {
    return UV_EINVAL;
  }
  return gy_platform_tcp_open(handle, sock);
}

/* ---- options ---------------------------------------------------------------
 */

int uv_tcp_nodelay(uv_tcp_t* handle, int enable) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_tcp_nodelay(handle, enable != 0);
}

int uv_tcp_keepalive_ex(uv_tcp_t* handle, int on, unsigned int idle,
                        unsigned int intvl, unsigned int cnt) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  if (!on) {
    return gy_platform_tcp_keepalive_off(handle);
  }
  if (idle == 0 || intvl == 0 || cnt == 0) {
    return UV_EINVAL;
  }
  return gy_platform_tcp_keepalive_on(handle, idle, intvl, cnt);
}

int uv_tcp_keepalive(uv_tcp_t* handle, int enable, unsigned int delay) {
  return uv_tcp_keepalive_ex(handle, enable, delay, PROBE_INTERVAL_S, PROBES);
}

int uv_tcp_simultaneous_accepts(uv_tcp_t* handle, int enable) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_tcp_simultaneous_accepts(handle, enable != 0);
}

/* ---- addresses -------------------------------------------------------------
 */

int uv_tcp_bind(uv_tcp_t* handle, const struct sockaddr* addr,
                unsigned int flags) {
  size_t size = addr != NULL ? address_size(addr) : 0;

  if (handle == NULL || size == 0 || is_closing(handle)) {
    return UV_EINVAL;
  }
  if ((flags & UV_TCP_IPV6ONLY) && addr->sa_family != AF_INET6) {
    return UV_EINVAL;
  }
  return gy_platform_tcp_bind(handle, addr, size, flags);
}

int uv_tcp_connect(uv_connect_t* req, uv_tcp_t* handle,
                   const struct sockaddr* addr, uv_connect_cb cb) {
  size_t size = addr != NULL ? address_size(addr) : 0;

  if (req == NULL || handle == NULL || size == 0 || is_closing(handle)) {
    return UV_EINVAL;
  }
  return gy_platform_tcp_connect(req, handle, addr, size, cb);
}

int uv_tcp_getsockname(const uv_tcp_t* handle, struct sockaddr* name,
                       int* namelen) {
  if (handle == NULL || name == NULL || namelen == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_tcp_getsockname(handle, name, namelen);
}

int uv_tcp_getpeername(const uv_tcp_t* handle, struct sockaddr* name,
                       int* namelen) {
  if (handle == NULL || name == NULL || namelen == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_tcp_getpeername(handle, name, namelen);
}

/* ---- the end ---------------------------------------------------------------
 */

int uv_tcp_close_reset(uv_tcp_t* handle, uv_close_cb close_cb) {
  int err;

  if (handle == NULL || handle->shutdown_req != NULL || is_closing(handle)) {
    return UV_EINVAL; /* A reset would break the promise of the shutdown. */
  }
  err = gy_platform_tcp_set_reset(handle);
  if (err == 0) {
    uv_close((uv_handle_t*)handle, close_cb);
  }
  return err;
}

static void tcp_close(uv_handle_t* handle) {
  gy_platform_stream_close((uv_stream_t*)handle);
}

static int tcp_fileno(const uv_handle_t* handle, uv_os_fd_t* fd) {
  return gy_platform_stream_fileno((const uv_stream_t*)handle, fd);
}

static void tcp_after_fork(uv_handle_t* handle) {
  gy_platform_stream_after_fork((uv_stream_t*)handle);
}

static void tcp_finish(uv_handle_t* handle) {
  gy_platform_stream_finish((uv_stream_t*)handle);
}

const gy_handle_kind_t gy_tcp_kind = {
    "tcp", sizeof(uv_tcp_t), tcp_close, tcp_after_fork, tcp_fileno, tcp_finish};
