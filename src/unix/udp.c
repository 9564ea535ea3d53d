/* udp.c - UDP sockets on Unix: their life, and what arrives.
 *
 * How many reads are made in a turn is learned. To read once more only to hear
 * that there is nothing costs as much as a read, and to leave a datagram for
 * the next turn costs a sleep that does not sleep. So a handle that has a crowd
 * at its door reads on until there is nothing left, and one that has had one
 * datagram at a time reads one, and tries a second one ever more rarely. */
#include "udp.h"

#include <string.h>

#include "../platform.h"
#include "sys-datagram.h"
#include "sys-net.h"

enum {
  CHUNK_SIZE = 65536, /* bytes; what alloc_cb is asked for, and what each of
                         many datagrams has */
  READS_MOST = 32,    /* datagrams in a turn, before others have a turn */
  PATIENCE_MOST = 16  /* turns of one datagram before a second one is tried */
};

static uv_udp_t* udp_of(gy_watcher_t* watcher) {
  return GY_CONTAINER_OF(watcher, uv_udp_t, io_watcher);
}

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

/* ---- what arrives ----------------------------------------------------------
 */

static void tell(uv_udp_t* udp, ssize_t nread, const uv_buf_t* buf,
                 const struct sockaddr* addr, unsigned flags) {
  udp->recv_cb(udp, nread, buf, addr, flags);
}

/* Ask for memory. Programs count on it that whatever they are told comes with
 * some of theirs: BIND takes back what it gave, and insists that it is that. */
static uv_buf_t ask_for_memory(uv_udp_t* udp) {
  uv_buf_t buf = {NULL, 0};

  udp->alloc_cb((uv_handle_t*)udp, CHUNK_SIZE, &buf);
  return buf;
}

/* There is nothing more this time: as a read that finds none would tell. */
static void tell_end(uv_udp_t* udp) {
  uv_buf_t buf;

  if (gy_udp_is(udp, GY_HANDLE_READING)) {
    buf = ask_for_memory(udp);
    tell(udp, buf.base != NULL && buf.len > 0 ? 0 : UV_ENOBUFS, &buf, NULL, 0);
  }
}

/* A datagram has a sender, if only a nameless one. */
static void tell_arrival(uv_udp_t* udp, gy_arrival_t* arrival,
                         const uv_buf_t* buf, unsigned flags) {
  if (arrival->addr_size == 0) {
    arrival->addr.ss_family = AF_UNSPEC;
  }
  tell(udp, (ssize_t)arrival->size, buf, (struct sockaddr*)&arrival->addr,
       flags | (arrival->partial ? UV_UDP_PARTIAL : 0));
}

/* Tell what ICMP said, if the socket keeps that, the first with |buf| unless it
 * is NULL; whether there was any. When nobody listens they are dropped: the
 * poller reports them until then. */
static bool errors_read(uv_udp_t* udp, const uv_buf_t* buf) {
  gy_arrival_t failed;
  uv_buf_t own;
  int count;

  for (count = 0; count < READS_MOST && gy_udp_has_fd(udp); count++) {
    int err = gy_sys_recv_error(udp->io_watcher.fd, &failed);
    if (err == UV_EAGAIN) {
      break;
    }
    if (gy_udp_is(udp, GY_HANDLE_READING)) {
      if (count > 0 || buf == NULL) {
        own = ask_for_memory(udp);
        buf = &own;
      }
      tell(udp, err, buf,
           failed.addr_size > 0 ? (struct sockaddr*)&failed.addr : NULL,
           UV_UDP_LINUX_RECVERR);
    }
  }
  return count > 0;
}

/* Reading into |buf| ended with |err|. A socket that keeps what ICMP says tells
 * it in both ways, of which the queue's is better; and its not being empty may
 * be all that the poller meant. */
static void read_fail(uv_udp_t* udp, int err, const uv_buf_t* buf, bool first) {
  bool ask = first || err != UV_EAGAIN;

  if (!ask || !errors_read(udp, buf)) {
    tell(udp, err == UV_EAGAIN ? 0 : err, buf, NULL, 0);
  }
}

/* Read one datagram into |buf|. 0, or UV_E*, which was told. */
static int read_one(uv_udp_t* udp, const uv_buf_t* buf, bool first) {
  gy_arrival_t arrival;
  int err = gy_sys_recv_from(udp->io_watcher.fd, buf->base, buf->len, &arrival);

  if (err != 0) {
    read_fail(udp, err, buf, first);
    return err;
  }
  tell_arrival(udp, &arrival, buf, 0);
  return 0;
}

/* Read up to |most| datagrams into the chunks of |buf|. How many, or UV_E*,
 * which was told. */
static int read_many(uv_udp_t* udp, const uv_buf_t* buf, unsigned most,
                     bool first) {
  gy_arrival_t arrivals[GY_SYS_DATAGRAMS_MOST];
  int index;
  int count = gy_sys_recv_many(udp->io_watcher.fd, buf->base, CHUNK_SIZE,
                               arrivals, most);

  if (count < 0) {
    read_fail(udp, count, buf, first);
    return count;
  }
  for (index = 0; index < count && gy_udp_is(udp, GY_HANDLE_READING); index++) {
    uv_buf_t chunk = {buf->base + (size_t)index * CHUNK_SIZE, CHUNK_SIZE};
    tell_arrival(udp, &arrivals[index], &chunk, UV_UDP_MMSG_CHUNK);
  }
  if (gy_udp_is(udp, GY_HANDLE_READING)) {
    tell(udp, 0, buf, NULL, UV_UDP_MMSG_FREE);
  }
  return count;
}

/* Read once, at most |*most| datagrams, and count them off. Is there more, as
 * far as one can tell? What else was found has been told. */
static bool read_once(uv_udp_t* udp, int* most) {
  bool first = *most == READS_MOST;
  uv_buf_t buf = ask_for_memory(udp);
  size_t chunks;
  int count;

  if (buf.base == NULL || buf.len == 0) {
    tell(udp, UV_ENOBUFS, &buf, NULL, 0);
    return false;
  }
  chunks = buf.len / CHUNK_SIZE;
  if (!gy_udp_is(udp, GY_UDP_MANY) || chunks < 2) {
    *most -= 1;
    return read_one(udp, &buf, first) == 0;
  }
  chunks = chunks < (size_t)*most ? chunks : (size_t)*most;
  count = read_many(udp, &buf, (unsigned)chunks, first);
  *most -= count > 0 ? count : 1;
  if (count > 0 && (size_t)count < chunks) {
    tell_end(udp);
    return false;
  }
  return count > 0;
}

/* Is this a turn in which more than one read is made? */
static bool turn_is_long(uv_udp_t* udp) {
  if (udp->waited < udp->patience) {
    udp->waited++;
    return false;
  }
  return true;
}

/* A long turn is over after |reads| datagrams and a read that found none. */
static void turn_learn(uv_udp_t* udp, int reads) {
  udp->waited = 0;
  if (reads > 1) {
    udp->patience = 0;
  } else if (udp->patience < PATIENCE_MOST) {
    udp->patience = (unsigned short)(udp->patience > 0 ? udp->patience * 2 : 1);
  }
}

static void udp_read(uv_udp_t* udp) {
  int most = READS_MOST;
  bool more;

  if (gy_udp_is(udp, GY_UDP_MANY)) {
    while (read_once(udp, &most) && gy_udp_is(udp, GY_HANDLE_READING) &&
           most > 0) {
      /* All that was asked for has come: there may be more. */
    }
    return;
  }
  if (!turn_is_long(udp)) {
    if (read_once(udp, &most)) {
      tell_end(udp);
    }
    return;
  }
  do {
    more = read_once(udp, &most);
  } while (more && gy_udp_is(udp, GY_HANDLE_READING) && most > 0);
  turn_learn(udp, READS_MOST - most - !more);
}

int gy_platform_udp_recv_start(uv_udp_t* udp) {
  int err = gy_udp_need_bound(udp, AF_INET, 0);

  if (err != 0) {
    return err;
  }
  udp->flags |= GY_HANDLE_READING;
  err = gy_udp_watch(udp);
  if (err != 0) {
    clear(udp, GY_HANDLE_READING);
  }
  return err;
}

void gy_platform_udp_recv_stop(uv_udp_t* udp) {
  clear(udp, GY_HANDLE_READING);
  (void)gy_udp_watch(udp); /* It cannot fail: less is wanted than before. */
}

bool gy_platform_udp_receives_many(const uv_udp_t* udp) {
  return gy_udp_is(udp, GY_UDP_MANY);
}

/* ---- events ----------------------------------------------------------------
 */

/* |err| came from the poller, which has forgotten the descriptor. */
static void udp_fail(uv_udp_t* udp, int err) {
  uv_buf_t buf;

  gy_udp_fail_sends(udp, err);
  if (gy_udp_is(udp, GY_HANDLE_READING)) {
    buf = ask_for_memory(udp);
    if (gy_udp_is(udp, GY_HANDLE_READING)) {
      gy_platform_udp_recv_stop(udp);
      tell(udp, err, &buf, NULL, 0);
    }
  }
  if (!gy_udp_is(udp, GY_HANDLE_CLOSING)) {
    gy_udp_call_back(udp);
  }
}

static void udp_ready(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask,
                      int err) {
  uv_udp_t* udp = udp_of(watcher);

  (void)loop;
  if (err != 0) {
    udp_fail(udp, err);
    return;
  }
  if (mask & GY_FAILED) {
    /* What is not in the queue is told by a read or a send. */
    (void)errors_read(udp, NULL);
  }
  if ((mask & ~(unsigned)GY_WRITABLE) && gy_udp_is(udp, GY_HANDLE_READING)) {
    udp_read(udp);
  }
  if ((mask & ~(unsigned)GY_READABLE) && !gy_udp_is(udp, GY_HANDLE_CLOSING) &&
      !gy_queue_empty(&udp->write_queue)) {
    gy_udp_drain(udp);
    gy_udp_call_back(udp);
  }
}

/* ---- sockets ---------------------------------------------------------------
 */

/* Take |fd|, a socket of |domain|. */
static void udp_take(uv_udp_t* udp, int fd, int domain) {
  udp->flags |= domain == AF_INET6 ? GY_UDP_IPV6 : 0;
  gy_watcher_init(&udp->io_watcher, fd, udp_ready);
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

static void udp_run_task(gy_task_t* task) {
  uv_udp_t* udp = GY_CONTAINER_OF(task, uv_udp_t, task);

  clear(udp, GY_UDP_PUT_OFF);
  gy_udp_call_back(udp);
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

int gy_platform_udp_fileno(const uv_udp_t* udp, uv_os_fd_t* fd) {
  if (!gy_udp_has_fd(udp)) {
    return UV_EBADF;
  }
  *fd = udp->io_watcher.fd;
  return 0;
}

/* ---- the end ---------------------------------------------------------------
 */

void gy_platform_udp_close(uv_udp_t* udp) {
  int fd = udp->io_watcher.fd;

  clear(udp, GY_HANDLE_READING);
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
