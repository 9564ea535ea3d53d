/* udp.c - the front desk of uv_udp_t; the platform's udp.c does the rest. */
#include "core.h"
#include "kinds.h"
#include "platform.h"

enum {
  DOMAIN_MASK = 0xff, /* of the flags of uv_udp_init_ex() */
  BIND_FLAGS = UV_UDP_IPV6ONLY | UV_UDP_REUSEADDR | UV_UDP_REUSEPORT |
               UV_UDP_LINUX_RECVERR,
  OPEN_FLAGS = UV_UDP_REUSEADDR | UV_UDP_REUSEPORT,
  TTL_MOST = 255
};

static bool is_closing(const uv_udp_t* udp) {
  return uv_is_closing((const uv_handle_t*)udp);
}

/* Is |addr| one that a socket can be bound or connected to? */
static bool is_internet(const struct sockaddr* addr) {
  return addr->sa_family == AF_INET || addr->sa_family == AF_INET6;
}

/* ---- making ----------------------------------------------------------------
 */

int uv_udp_init_ex(uv_loop_t* loop, uv_udp_t* handle, unsigned int flags) {
  const unsigned known = DOMAIN_MASK | UV_UDP_RECVMMSG;
  int domain = (int)(flags & DOMAIN_MASK);

  if (loop == NULL || handle == NULL || (flags & ~known) != 0) {
    return UV_EINVAL;
  }
  if (domain != AF_UNSPEC && domain != AF_INET && domain != AF_INET6) {
    return UV_EINVAL;
  }
  return gy_platform_udp_init(loop, handle, domain,
                              (flags & UV_UDP_RECVMMSG) != 0);
}

int uv_udp_init(uv_loop_t* loop, uv_udp_t* handle) {
  return uv_udp_init_ex(loop, handle, AF_UNSPEC);
}

int uv_udp_open_ex(uv_udp_t* handle, uv_os_sock_t sock, unsigned int flags) {
  if (handle == NULL || is_closing(handle) ||
      (flags & ~(unsigned)OPEN_FLAGS) != 0) {
    return UV_EINVAL;
  }
  return gy_platform_udp_open(handle, sock, flags);
}

int uv_udp_open(uv_udp_t* handle, uv_os_sock_t sock) {
  return uv_udp_open_ex(handle, sock, UV_UDP_REUSEADDR);
}

/* ---- addresses -------------------------------------------------------------
 */

int uv_udp_bind(uv_udp_t* handle, const struct sockaddr* addr,
                unsigned int flags) {
  if (handle == NULL || addr == NULL || is_closing(handle) ||
      !is_internet(addr) || (flags & ~(unsigned)BIND_FLAGS) != 0) {
    return UV_EINVAL;
  }
  if ((flags & UV_UDP_IPV6ONLY) && addr->sa_family != AF_INET6) {
    return UV_EINVAL;
  }
  return gy_platform_udp_bind(handle, addr, flags);
}

int uv_udp_connect(uv_udp_t* handle, const struct sockaddr* addr) {
  if (handle == NULL || is_closing(handle)) {
    return UV_EINVAL;
  }
  if (addr == NULL) {
    return gy_platform_udp_disconnect(handle);
  }
  return is_internet(addr) ? gy_platform_udp_connect(handle, addr) : UV_EINVAL;
}

int uv_udp_getsockname(const uv_udp_t* handle, struct sockaddr* name,
                       int* namelen) {
  if (handle == NULL || name == NULL || namelen == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_udp_getsockname(handle, name, namelen);
}

int uv_udp_getpeername(const uv_udp_t* handle, struct sockaddr* name,
                       int* namelen) {
  if (handle == NULL || name == NULL || namelen == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_udp_getpeername(handle, name, namelen);
}

/* ---- sending ---------------------------------------------------------------
 */

int uv_udp_send(uv_udp_send_t* req, uv_udp_t* handle, const uv_buf_t* bufs,
                unsigned int nbufs, const struct sockaddr* addr,
                uv_udp_send_cb send_cb) {
  if (req == NULL || handle == NULL || bufs == NULL || nbufs == 0 ||
      is_closing(handle)) {
    return UV_EINVAL;
  }
  return gy_platform_udp_send(req, handle, bufs, nbufs, addr, send_cb);
}

int uv_udp_try_send(uv_udp_t* handle, const uv_buf_t* bufs, unsigned int nbufs,
                    const struct sockaddr* addr) {
  if (handle == NULL || bufs == NULL || nbufs == 0 || is_closing(handle)) {
    return UV_EINVAL;
  }
  return gy_platform_udp_try_send(handle, bufs, nbufs, addr);
}

int uv_udp_try_send2(uv_udp_t* handle, unsigned int count, uv_buf_t** bufs,
                     unsigned int* nbufs, struct sockaddr** addrs,
                     unsigned int flags) {
  if (handle == NULL || bufs == NULL || nbufs == NULL || addrs == NULL ||
      flags != 0 || count == 0 || count > INT32_MAX || is_closing(handle)) {
    return UV_EINVAL;
  }
  return gy_platform_udp_try_send_many(handle, count, bufs, nbufs, addrs);
}

/* ---- receiving -------------------------------------------------------------
 */

int uv_udp_recv_start(uv_udp_t* handle, uv_alloc_cb alloc_cb,
                      uv_udp_recv_cb recv_cb) {
  int err;

  if (handle == NULL || alloc_cb == NULL || recv_cb == NULL ||
      is_closing(handle)) {
    return UV_EINVAL;
  }
  if (gy_handle_is((uv_handle_t*)handle, GY_HANDLE_READING)) {
    return UV_EALREADY;
  }
  err = gy_platform_udp_recv_start(handle);
  if (err == 0) {
    handle->alloc_cb = alloc_cb;
    handle->recv_cb = recv_cb;
  }
  return err;
}

int uv_udp_recv_stop(uv_udp_t* handle) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  if (gy_handle_is((uv_handle_t*)handle, GY_HANDLE_READING)) {
    gy_platform_udp_recv_stop(handle);
  }
  return 0;
}

int uv_udp_using_recvmmsg(const uv_udp_t* handle) {
  return handle != NULL && gy_platform_udp_receives_many(handle);
}

/* ---- options ---------------------------------------------------------------
 */

int uv_udp_set_source_membership(uv_udp_t* handle, const char* multicast_addr,
                                 const char* interface_addr,
                                 const char* source_addr,
                                 uv_membership membership) {
  if (handle == NULL || multicast_addr == NULL || source_addr == NULL ||
      is_closing(handle) ||
      (membership != UV_JOIN_GROUP && membership != UV_LEAVE_GROUP)) {
    return UV_EINVAL;
  }
  return gy_platform_udp_membership(handle, multicast_addr, interface_addr,
                                    source_addr, membership == UV_JOIN_GROUP);
}

int uv_udp_set_membership(uv_udp_t* handle, const char* multicast_addr,
                          const char* interface_addr,
                          uv_membership membership) {
  if (handle == NULL || multicast_addr == NULL || is_closing(handle) ||
      (membership != UV_JOIN_GROUP && membership != UV_LEAVE_GROUP)) {
    return UV_EINVAL;
  }
  return gy_platform_udp_membership(handle, multicast_addr, interface_addr,
                                    NULL, membership == UV_JOIN_GROUP);
}

int uv_udp_set_multicast_interface(uv_udp_t* handle,
                                   const char* interface_addr) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_udp_multicast_interface(handle, interface_addr);
}

int uv_udp_set_multicast_loop(uv_udp_t* handle, int on) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_udp_multicast_loop(handle, on != 0);
}

int uv_udp_set_multicast_ttl(uv_udp_t* handle, int ttl) {
  if (handle == NULL || ttl < 0 || ttl > TTL_MOST) {
    return UV_EINVAL;
  }
  return gy_platform_udp_multicast_ttl(handle, ttl);
}

int uv_udp_set_broadcast(uv_udp_t* handle, int on) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_udp_broadcast(handle, on != 0);
}

int uv_udp_set_ttl(uv_udp_t* handle, int ttl) {
  if (handle == NULL || ttl < 1 || ttl > TTL_MOST) {
    return UV_EINVAL;
  }
  return gy_platform_udp_ttl(handle, ttl);
}

/* ---- the end ---------------------------------------------------------------
 */

static void udp_close(uv_handle_t* handle) {
  gy_platform_udp_close((uv_udp_t*)handle);
}

static void udp_after_fork(uv_handle_t* handle) {
  gy_platform_udp_after_fork((uv_udp_t*)handle);
}

static int udp_fileno(const uv_handle_t* handle, uv_os_fd_t* fd) {
  return gy_platform_udp_fileno((const uv_udp_t*)handle, fd);
}

static void udp_finish(uv_handle_t* handle) {
  gy_platform_udp_finish((uv_udp_t*)handle);
}

const gy_handle_kind_t gy_udp_kind = {
    "udp", sizeof(uv_udp_t), udp_close, udp_after_fork, udp_fileno, udp_finish};
