/* udp.c - UDP sockets on Unix: their life, and their addresses. */
#include "udp.h"

#include <string.h>

#include "../platform.h"
#include "sys-datagram.h"
#include "sys-net.h"

static void clear(uv_udp_t* udp, unsigned flags) {
  udp->flags &= ~flags;
}

int gy_udp_watch(uv_udp_t* udp) {
  unsigned want = 0;
  int err;

  if (gy_udp_is(udp, GY_HANDLE_READING)) {
    want |= GY_READABLE;
  }
  if (!gy_queue_empty(&udp->write_queue)) {
    want |= GY_WRITABLE;
  }
  err = gy_watcher_want(udp->loop, &udp->io_watcher, want);
  if (err != 0) {
    return err;
  }
  if (gy_udp_is(udp, GY_HANDLE_READING) || udp->send_queue_count > 0) {
    gy_handle_start((uv_handle_t*)udp);
  } else {
    gy_handle_stop((uv_handle_t*)udp);
  }
  return 0;
}

/* ---- sockets ---------------------------------------------------------------
 */

/* Take |fd|, a socket of |domain|. */
static void udp_take(uv_udp_t* udp, int fd, int domain) {
  udp->flags |= domain == AF_INET6 ? GY_UDP_IPV6 : 0;
  gy_watcher_init(&udp->io_watcher, fd, gy_udp_ready);
}

/* Give |udp| a socket of |domain|, if it has none. */
static int udp_need_socket(uv_udp_t* udp, int domain) {
  int fd;

  if (gy_udp_has_fd(udp)) {
    return 0;
  }
  fd = gy_sys_socket(domain, SOCK_DGRAM);
  if (fd < 0) {
    return fd;
  }
  udp_take(udp, fd, domain);
  return 0;
}

void gy_udp_put_off(uv_udp_t* udp) {
  if (!gy_udp_is(udp, GY_UDP_PUT_OFF)) {
    udp->flags |= GY_UDP_PUT_OFF;
    gy_task_put_off(udp->loop, &udp->task);
  }
}

static void udp_run_task(gy_task_t* task) {
  uv_udp_t* udp = GY_CONTAINER_OF(task, uv_udp_t, task);

  clear(udp, GY_UDP_PUT_OFF);
  gy_udp_call_back(udp);
  gy_udp_resume(udp);
}

int gy_platform_udp_init(uv_loop_t* loop, uv_udp_t* udp, int domain,
                         bool many) {
  int fd = -1;

  if (domain != AF_UNSPEC) {
    fd = gy_sys_socket(domain, SOCK_DGRAM);
    if (fd < 0) {
      return fd;
    }
  }
  gy_handle_init(loop, (uv_handle_t*)udp, UV_UDP);
  udp->send_queue_size = 0;
  udp->send_queue_count = 0;
  udp->alloc_cb = NULL;
  udp->recv_cb = NULL;
  udp->patience = 0;
  udp->waited = 0;
  udp->spare[0] = NULL;
  udp->task.run = udp_run_task;
  udp->flags |= many && gy_sys_has_recv_many() ? GY_UDP_MANY : 0;
  gy_queue_init(&udp->write_queue);
  gy_queue_init(&udp->write_done);
  udp_take(udp, fd, domain);
  return 0;
}

/* Set what |flags| of uv_udp_bind() say about sharing an address. */
static int share(int fd, unsigned flags) {
  int err = 0;

  if (flags & UV_UDP_REUSEADDR) {
    err = gy_sys_set_share_address(fd);
  }
  if (err == 0 && (flags & UV_UDP_REUSEPORT)) {
    err = gy_sys_set_reuse_port(fd);
  }
  return err;
}

int gy_platform_udp_open(uv_udp_t* udp, uv_os_sock_t socket, unsigned flags) {
  struct sockaddr_storage addr;
  socklen_t size = sizeof(addr);
  int err;

  if (gy_udp_has_fd(udp)) {
    return UV_EBUSY;
  }
  if (socket < 0) {
    return UV_EBADF;
  }
  if (gy_watcher_exists(udp->loop, socket)) {
    return UV_EEXIST;
  }
  err = gy_sys_set_blocking(socket, false);
  if (err == 0) {
    err = share(socket, flags);
  }
  if (err == 0) {
    err = gy_sys_getsockname(socket, (struct sockaddr*)&addr, &size);
  }
  if (err != 0) {
    return err;
  }
  udp_take(udp, socket, addr.ss_family);
  udp->flags |= GY_UDP_SHARED;
  size = sizeof(addr);
  if (gy_sys_getpeername(socket, (struct sockaddr*)&addr, &size) == 0) {
    udp->flags |= GY_UDP_CONNECTED;
  }
  return 0;
}

/* bind(2) with the options that belong to it. */
static int udp_bind(uv_udp_t* udp, const struct sockaddr* addr,
                    unsigned flags) {
  bool ipv6 = addr->sa_family == AF_INET6;
  int fd = udp->io_watcher.fd;
  int err = share(fd, flags);

  if (err == 0 && (flags & UV_UDP_LINUX_RECVERR)) {
    err = gy_sys_set_error_queue(fd, ipv6);
  }
  if (err == 0 && (flags & UV_UDP_IPV6ONLY)) {
    err = gy_sys_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }
  if (err != 0) {
    return err;
  }
  err = gy_sys_bind(fd, addr, (socklen_t)gy_sys_address_size(addr->sa_family));
  /* The socket is of another family; so says libuv. */
  return err == UV_EAFNOSUPPORT ? UV_EINVAL : err;
}

int gy_platform_udp_bind(uv_udp_t* udp, const struct sockaddr* addr,
                         unsigned flags) {
  int err = udp_need_socket(udp, addr->sa_family);

  return err != 0 ? err : udp_bind(udp, addr, flags);
}

int gy_udp_need_bound(uv_udp_t* udp, int domain, unsigned flags) {
  struct sockaddr_storage any;

  if (gy_udp_has_fd(udp)) {
    return 0; /* If it is not bound, the kernel does that when it sends. */
  }
  memset(&any, 0, sizeof(any));
  any.ss_family = (sa_family_t)domain;
  return gy_platform_udp_bind(udp, (struct sockaddr*)&any, flags);
}

int gy_platform_udp_connect(uv_udp_t* udp, const struct sockaddr* addr) {
  int err;

  if (gy_udp_is(udp, GY_UDP_CONNECTED)) {
    return UV_EISCONN;
  }
  err = gy_udp_need_bound(udp, addr->sa_family, 0);
  if (err == 0) {
    err = gy_sys_connect(udp->io_watcher.fd, addr,
                         (socklen_t)gy_sys_address_size(addr->sa_family));
  }
  if (err == 0) {
    udp->flags |= GY_UDP_CONNECTED;
  }
  return err;
}

int gy_platform_udp_disconnect(uv_udp_t* udp) {
  int err;

  if (!gy_udp_is(udp, GY_UDP_CONNECTED)) {
    return UV_ENOTCONN;
  }
  err = gy_sys_disconnect(udp->io_watcher.fd);
  if (err == 0) {
    clear(udp, GY_UDP_CONNECTED);
  }
  return err;
}

/* Ask |get| for an address of |udp|. */
static int udp_name(const uv_udp_t* udp, struct sockaddr* name, int* size,
                    int (*get)(int fd, struct sockaddr* name,
                               socklen_t* size)) {
  socklen_t length = (socklen_t)*size;
  int err = UV_EBADF;

  if (gy_udp_has_fd(udp)) {
    err = get(udp->io_watcher.fd, name, &length);
  }
  if (err == 0) {
    *size = (int)length;
  }
  return err;
}

int gy_platform_udp_getsockname(const uv_udp_t* udp, struct sockaddr* name,
                                int* size) {
  return udp_name(udp, name, size, gy_sys_getsockname);
}

int gy_platform_udp_getpeername(const uv_udp_t* udp, struct sockaddr* name,
                                int* size) {
  return udp_name(udp, name, size, gy_sys_getpeername);
}

int gy_platform_udp_inner_fileno(const uv_udp_t* udp, uv_os_fd_t* fd) {
  if (!gy_udp_has_fd(udp)) {
    return UV_EBADF;
  }
  *fd = udp->io_watcher.fd;
  return 0;
}

int gy_platform_udp_fileno(const uv_udp_t* udp, uv_os_fd_t* fd) {
  int err = gy_platform_udp_inner_fileno(udp, fd);

  if (err == 0) {
    /* To the program nothing is changed, hence the const; to us it is. */
    ((uv_udp_t*)(uintptr_t)udp)->flags |= GY_UDP_SHARED;
  }
  return err;
}

void gy_platform_udp_after_fork(uv_udp_t* udp) {
  gy_udp_taken_drop(udp); /* The parent has it, too. */
  udp->flags |= GY_UDP_SHARED;
}

/* ---- the end ---------------------------------------------------------------
 */

void gy_platform_udp_close(uv_udp_t* udp) {
  int fd = udp->io_watcher.fd;

  clear(udp, GY_HANDLE_READING);
  gy_udp_taken_drop(udp);
  gy_handle_stop((uv_handle_t*)udp);
  if (gy_udp_is(udp, GY_UDP_PUT_OFF)) {
    clear(udp, GY_UDP_PUT_OFF);
    gy_queue_remove(&udp->task.node);
  }
  if (fd >= 0) {
    gy_watcher_let_go(udp->loop, &udp->io_watcher);
    udp->io_watcher.fd = -1;
    gy_sys_close(fd);
  }
  gy_handle_closed((uv_handle_t*)udp);
}

void gy_platform_udp_finish(uv_udp_t* udp) {
  gy_udp_fail_sends(udp, UV_ECANCELED);
  gy_udp_call_back(udp);
}
