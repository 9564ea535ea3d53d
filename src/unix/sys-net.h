/* sys-net.h - the system calls about sockets, and reading and writing what is
 * none, each with its fault point.
 *
 * errno becomes UV_E* here, EINTR is retried here. Descriptors that are made
 * here do not block and are not inherited. Nothing of ours is known here. Any
 * thread. */
#ifndef GY_UNIX_SYS_NET_H_
#define GY_UNIX_SYS_NET_H_

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
/* The most buffers that one call takes; POSIX promises 16. */
#if defined(IOV_MAX) && IOV_MAX < 1024
  GY_SYS_BUFS_MOST = IOV_MAX,
#else
  GY_SYS_BUFS_MOST = 1024,
#endif
  /* The most bytes that one call takes: more is cut by Linux and refused by
   * BSD. Whole pages, so that large transfers stay aligned. */
  GY_SYS_BYTES_MOST = 0x7ffff000
};

/* A connect that goes on in the background; libuv has no name for it. */
#define GY_SYS_IN_PROGRESS (-EINPROGRESS)

/* ---- sockets ------------------------------------------------------------ */

/* socket(2). The descriptor, or UV_E*. */
int gy_sys_socket(int domain, int type);

/* socketpair(2) into |fds|. The ends block; see gy_sys_nonblock(). */
int gy_sys_socketpair(int type, int protocol, int fds[2]);

int gy_sys_bind(int fd, const struct sockaddr* addr, socklen_t size);
int gy_sys_listen(int fd, int backlog);

/* connect(2). 0 when it is made, GY_SYS_IN_PROGRESS, or UV_E*. */
int gy_sys_connect(int fd, const struct sockaddr* addr, socklen_t size);

/* accept(2). The descriptor, or UV_E*. */
int gy_sys_accept(int fd);

/* shutdown(2) for sending. */
int gy_sys_shutdown(int fd);

int gy_sys_getsockname(int fd, struct sockaddr* addr, socklen_t* size);
int gy_sys_getpeername(int fd, struct sockaddr* addr, socklen_t* size);

int gy_sys_get_option(int fd, int level, int name, int* value);
int gy_sys_set_option(int fd, int level, int name, int value);

/* Tell whether |fd| is a socket. UV_E* when the system does not say. */
int gy_sys_is_socket(int fd, bool* socket);

/* What went wrong with |fd|: SO_ERROR as UV_E*, or 0; or
 * GY_SYS_IN_PROGRESS. */
int gy_sys_socket_error(int fd);

/* Let close() reset the connection of |fd|. */
int gy_sys_set_reset(int fd);

/* Let others bind the same address. UV_ENOTSUP where the kernel would not
 * spread connections over the sockets. */
int gy_sys_set_reuse_port(int fd);

/* Probe an idle peer after |idle| s, every |interval| s, |count| times. */
int gy_sys_set_keepalive(int fd, int idle, int interval, int count);

/* ---- bytes -------------------------------------------------------------- */

/* Read up to |size| bytes. How many, 0 at the end, or UV_E*. The first is for
 * sockets and never blocks. */
ssize_t gy_sys_recv(int fd, void* buf, size_t size);
ssize_t gy_sys_read(int fd, void* buf, size_t size);

/* As gy_sys_read() of what blocks: UV_EAGAIN where it would wait. If another
 * process reads there too, it may still. */
ssize_t gy_sys_read_if_ready(int fd, void* buf, size_t size);

/* Write the |count| buffers |bufs|. How many bytes, or UV_E*; UV_EAGAIN when
 * there is no room. No SIGPIPE comes of it. The first is for sockets, and waits
 * for room only if |wait|; the second is the same for one buffer, and does not
 * wait; the third waits as the descriptor is set. */
ssize_t gy_sys_send(int fd, const struct iovec* bufs, size_t count, bool wait);
ssize_t gy_sys_send_one(int fd, const void* buf, size_t size);
ssize_t gy_sys_writev(int fd, const struct iovec* bufs, size_t count);

/* Wait until |fd| can be written to, or is broken. */
int gy_sys_wait_writable(int fd);

/* ---- any descriptor ----------------------------------------------------- */

/* Let |fd| block or not. */
int gy_sys_set_blocking(int fd, bool blocking);

/* Close |fd|, whatever comes of it. */
void gy_sys_close(int fd);

#endif /* GY_UNIX_SYS_NET_H_ */
