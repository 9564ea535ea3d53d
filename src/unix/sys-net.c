/* sys-net.c - the system calls about sockets; see sys-net.h.
 *
 * Sockets are read and written by recv(2) and send(2), which are 4 to 5 %
 * faster than read(2) and write(2), need no O_NONBLOCK to not block, and raise
 * no SIGPIPE where MSG_NOSIGNAL is known. Where it is not, a socket has a flag
 * for it, or writing goes the way of pipes: with the signal held back. */
#include "sys-net.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../fault.h"
#include "uv/errno.h"

/* The UV_E* of the call that has just failed. */
static int last_error(void) {
  return -errno;
}

/* Set errno to |err|, what GY_FAULT() said, unless it is 0; |err|. */
static int fault(int err) {
  if (err != 0) {
    errno = err;
  }
  return err;
}

/* ---- any descriptor --------------------------------------------------------
 */

void gy_sys_close(int fd) {
  /* There is nothing to be done about an error; after EINTR the number is free
   * on Linux, and closing it again would hit somebody else's. */
  (void)close(fd);
}

int gy_sys_set_blocking(int fd, bool blocking) {
  int flags;
  int want;

  if (fault(GY_FAULT("fcntl"))) {
    return last_error();
  }
  flags = fcntl(fd, F_GETFL);
  if (flags == -1) {
    return last_error();
  }
  want = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  return want == flags || fcntl(fd, F_SETFL, want) == 0 ? 0 : last_error();
}

/* ---- sockets: making them --------------------------------------------------
 */

#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC)

static int socket_open(int domain, int type) {
  return socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int socketpair_open(int type, int protocol, int fds[2]) {
  return socketpair(AF_UNIX, type | SOCK_CLOEXEC, protocol, fds);
}

static int socket_accept(int fd) {
  return accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

#else

/* Set the two flags on |fd|, or close it. There is a gap in which a child may
 * inherit it; nothing can be done about that here. |fd|, or -1. */
static int socket_dress(int fd, int flags) {
  int saved;

  if (fd < 0 ||
      (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, flags) == 0)) {
    return fd;
  }
  saved = errno;
  (void)close(fd);
  errno = saved;
  return -1;
}

static int socket_open(int domain, int type) {
  return socket_dress(socket(domain, type, 0), O_NONBLOCK);
}

static int socketpair_open(int type, int protocol, int fds[2]) {
  if (socketpair(AF_UNIX, type, protocol, fds) != 0) {
    return -1;
  }
  if (socket_dress(fds[0], 0) < 0) {
    (void)close(fds[1]);
    return -1;
  }
  if (socket_dress(fds[1], 0) < 0) {
    (void)close(fds[0]);
    return -1;
  }
  return 0;
}

static int socket_accept(int fd) {
  return socket_dress(accept(fd, NULL, NULL), O_NONBLOCK);
}

#endif

#if defined(SO_NOSIGPIPE)

/* A socket without the option is written to with care all the same. */
static int socket_hush(int fd) {
  int on = 1;

  (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
  return fd;
}

#else

static int socket_hush(int fd) {
  return fd;
}

#endif

int gy_sys_socket(int domain, int type) {
  int fd;

  if (fault(GY_FAULT("socket"))) {
    return last_error();
  }
  fd = socket_open(domain, type);
  return fd >= 0 ? socket_hush(fd) : last_error();
}

int gy_sys_socketpair(int type, int protocol, int fds[2]) {
  if (fault(GY_FAULT("socketpair")) ||
      socketpair_open(type, protocol, fds) != 0) {
    return last_error();
  }
  return 0;
}

int gy_sys_accept(int fd) {
  int fresh;

  do {
    fresh = fault(GY_FAULT("accept4")) ? -1 : socket_accept(fd);
  } while (fresh < 0 && errno == EINTR);
  return fresh >= 0 ? socket_hush(fresh) : last_error();
}

/* ---- sockets: their names --------------------------------------------------
 */

int gy_sys_bind(int fd, const struct sockaddr* addr, socklen_t size) {
  if (fault(GY_FAULT("bind")) || bind(fd, addr, size) != 0) {
    return last_error();
  }
  return 0;
}

int gy_sys_listen(int fd, int backlog) {
  if (fault(GY_FAULT("listen")) || listen(fd, backlog) != 0) {
    return last_error();
  }
  return 0;
}

int gy_sys_connect(int fd, const struct sockaddr* addr, socklen_t size) {
  if (fault(GY_FAULT("connect")) || connect(fd, addr, size) != 0) {
    /* A signal does not stop it: POSIX has it go on in the background. */
    return errno == EINTR ? GY_SYS_IN_PROGRESS : last_error();
  }
  return 0;
}

int gy_sys_shutdown(int fd) {
  if (fault(GY_FAULT("shutdown")) || shutdown(fd, SHUT_WR) != 0) {
    return last_error();
  }
  return 0;
}

int gy_sys_getsockname(int fd, struct sockaddr* addr, socklen_t* size) {
  if (fault(GY_FAULT("getsockname")) || getsockname(fd, addr, size) != 0) {
    return last_error();
  }
  return 0;
}

int gy_sys_getpeername(int fd, struct sockaddr* addr, socklen_t* size) {
  if (fault(GY_FAULT("getpeername")) || getpeername(fd, addr, size) != 0) {
    return last_error();
  }
  return 0;
}

/* ---- sockets: their options ------------------------------------------------
 */

int gy_sys_get_option(int fd, int level, int name, int* value) {
  socklen_t size = sizeof(*value);

  if (fault(GY_FAULT("getsockopt")) ||
      getsockopt(fd, level, name, value, &size) != 0) {
    return last_error();
  }
  return 0;
}

int gy_sys_is_socket(int fd, bool* socket) {
  int type;
  int err = gy_sys_get_option(fd, SOL_SOCKET, SO_TYPE, &type);

  if (err != 0 && err != UV_ENOTSOCK) {
    return err;
  }
  *socket = err == 0;
  return 0;
}

int gy_sys_set_option(int fd, int level, int name, int value) {
  if (fault(GY_FAULT("setsockopt")) ||
      setsockopt(fd, level, name, &value, sizeof(value)) != 0) {
    return last_error();
  }
  return 0;
}

int gy_sys_socket_error(int fd) {
  int pending = 0;
  int err = gy_sys_get_option(fd, SOL_SOCKET, SO_ERROR, &pending);

  return err != 0 ? err : -pending;
}

int gy_sys_set_reset(int fd) {
  struct linger now = {1, 0};

  if (fault(GY_FAULT("setsockopt")) ||
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) != 0) {
    return last_error();
  }
  return 0;
}

/* FreeBSD's SO_REUSEPORT gives all to one socket and has another option to
 * spread; so has DragonFly under the plain name. macOS, NetBSD and OpenBSD
 * cannot: they have SO_REUSEPORT and not what is needed here. */
#if defined(SO_REUSEPORT_LB)

int gy_sys_set_reuse_port(int fd) {
  return gy_sys_set_option(fd, SOL_SOCKET, SO_REUSEPORT_LB, 1);
}

#elif defined(SO_REUSEPORT) && defined(SO_INCOMING_CPU)

/* The second option is Linux's. */
int gy_sys_set_reuse_port(int fd) {
  return gy_sys_set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}

#else

int gy_sys_set_reuse_port(int fd) {
  (void)fd;
  return UV_ENOTSUP;
}

#endif

#if defined(TCP_KEEPIDLE)

static int keepalive_set_idle(int fd, int idle) {
  return gy_sys_set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle);
}

#elif defined(TCP_KEEPALIVE)

static int keepalive_set_idle(int fd, int idle) {
  return gy_sys_set_option(fd, IPPROTO_TCP, TCP_KEEPALIVE, idle);
}

#else

/* OpenBSD: one number for the whole system. */
static int keepalive_set_idle(int fd, int idle) {
  (void)fd;
  (void)idle;
  return 0;
}

#endif

#if defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT)

static int keepalive_set_probes(int fd, int interval, int count) {
  int err = gy_sys_set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval);

  return err != 0 ? err
                  : gy_sys_set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, count);
}

#else

static int keepalive_set_probes(int fd, int interval, int count) {
  (void)fd;
  (void)interval;
  (void)count;
  return 0;
}

#endif

int gy_sys_set_keepalive(int fd, int idle, int interval, int count) {
  int err = gy_sys_set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);

  if (err == 0) {
    err = keepalive_set_idle(fd, idle);
  }
  return err != 0 ? err : keepalive_set_probes(fd, interval, count);
}

/* ---- bytes in --------------------------------------------------------------
 */

ssize_t gy_sys_recv(int fd, void* buf, size_t size) {
  ssize_t count;

  do {
    count = fault(GY_FAULT("recv")) ? -1 : recv(fd, buf, size, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count >= 0 ? count : last_error();
}

ssize_t gy_sys_read(int fd, void* buf, size_t size) {
  ssize_t count;

  do {
    count = fault(GY_FAULT("read")) ? -1 : read(fd, buf, size);
  } while (count < 0 && errno == EINTR);
  return count >= 0 ? count : last_error();
}

ssize_t gy_sys_read_if_ready(int fd, void* buf, size_t size) {
  struct pollfd slot = {fd, POLLIN, 0};
  int count;

  do {
    count = fault(GY_FAULT("poll")) ? -1 : poll(&slot, 1, 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    return last_error();
  }
  return count > 0 ? gy_sys_read(fd, buf, size) : UV_EAGAIN;
}

/* ---- bytes out -------------------------------------------------------------
 */

/* The UV_E* of the write that has just failed. BSD and macOS say ENOBUFS when a
 * queue below the socket is full, which passes like a full socket. */
static int write_error(void) {
  return errno == ENOBUFS ? UV_EAGAIN : last_error();
}

#if defined(MSG_NOSIGNAL)

enum {
  QUIETLY = MSG_NOSIGNAL
};

#else

enum {
  QUIETLY = 0
}; /* SO_NOSIGPIPE is set. */

#endif

/* The simpler call when there is one buffer, which is most of the time: the
 * kernel has less to copy and to check. */
static ssize_t send_once(int fd, const struct iovec* bufs, size_t count,
                         int flags) {
  struct msghdr message;

  if (count == 1) {
    if (fault(GY_FAULT("send"))) {
      return -1;
    }
    return send(fd, bufs->iov_base, bufs->iov_len, flags);
  }
  if (fault(GY_FAULT("sendmsg"))) {
    return -1;
  }
  memset(&message, 0, sizeof(message));
  memcpy(&message.msg_iov, &bufs, sizeof(bufs)); /* It is only read. */
  message.msg_iovlen = (__typeof__(message.msg_iovlen))count;
  return sendmsg(fd, &message, flags);
}

ssize_t gy_sys_send(int fd, const struct iovec* bufs, size_t count, bool wait) {
  int flags = QUIETLY | (wait ? 0 : MSG_DONTWAIT);
  ssize_t sent;

  do {
    sent = send_once(fd, bufs, count, flags);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0 ? sent : write_error();
}

ssize_t gy_sys_send_one(int fd, const void* buf, size_t size) {
  ssize_t sent;

  do {
    sent = fault(GY_FAULT("send"))
               ? -1
               : send(fd, buf, size, QUIETLY | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0 ? sent : write_error();
}

static ssize_t writev_once(int fd, const struct iovec* bufs, size_t count) {
  if (count == 1) {
    return fault(GY_FAULT("write")) ? -1
                                    : write(fd, bufs->iov_base, bufs->iov_len);
  }
  return fault(GY_FAULT("writev")) ? -1 : writev(fd, bufs, (int)count);
}

/* A pipe has no MSG_NOSIGNAL. So the signal, which is sent to the thread that
 * writes, is blocked, and taken before anybody sees it, unless one was waiting
 * there before: that one is not ours. */
ssize_t gy_sys_writev(int fd, const struct iovec* bufs, size_t count) {
  sigset_t pipe_signal;
  sigset_t pending;
  sigset_t old;
  ssize_t written;
  int signum;
  int saved;

  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  /* These cannot fail: their arguments are good. */
  (void)pthread_sigmask(SIG_BLOCK, &pipe_signal, &old);
  do {
    written = writev_once(fd, bufs, count);
  } while (written < 0 && errno == EINTR);
  saved = errno;
  if (written < 0 && saved == EPIPE && !sigismember(&old, SIGPIPE)) {
    /* Where it was not blocked before, none can have been waiting. */
    (void)sigpending(&pending);
    if (sigismember(&pending, SIGPIPE)) { /* It is not if it is ignored. */
      (void)sigwait(&pipe_signal, &signum);
    }
  }
  (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
  errno = saved;
  return written >= 0 ? written : write_error();
}

int gy_sys_wait_writable(int fd) {
  struct pollfd slot = {fd, POLLOUT, 0};
  int count;

  do {
    count = fault(GY_FAULT("poll")) ? -1 : poll(&slot, 1, -1);
  } while (count < 0 && errno == EINTR);
  return count >= 0 ? 0 : last_error();
}
