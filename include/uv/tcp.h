/* tcp.h - TCP, over IPv4 and IPv6: connections and listeners.
 *
 * A uv_tcp_t is a stream: connect or accept here, then read and write with
 * stream.h. The socket is made when it is first needed, by bind, connect or
 * listen, unless uv_tcp_init_ex() asks for it at once; it is not blocking and
 * not inherited by children.
 *
 * For every function here: loop thread only, except uv_socketpair(); the
 * handle stays in place until its close callback; NULL where a pointer is owed
 * is UV_EINVAL. The contract is libuv 1.x's, manual page "tcp"; the protocol
 * RFC 9293. */
#ifndef UV_TCP_H_
#define UV_TCP_H_

#include "uv/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How uv_tcp_bind() binds: 0 or an OR of these. */
enum uv_tcp_flags {
  /* IPv6 only: no IPv4 peers through mapped addresses. For an IPv6 address. */
  UV_TCP_IPV6ONLY = 1,
  /* Share the port: sockets that all set this may be bound to the same
   * address, and the kernel spreads connections over them. Linux 3.9,
   * DragonFly 3.6, FreeBSD 12, Solaris 11.4, AIX 7.2.5; elsewhere UV_ENOTSUP.
   * See SO_REUSEPORT in socket(7). Since libuv 1.49. */
  UV_TCP_REUSEPORT = 2
};

/* A TCP connection or listener. */
struct uv_tcp_s {
  UV_HANDLE_FIELDS
  UV_STREAM_FIELDS
  /* Not for users. */
  GY_TCP_PRIVATE
};

/* Make |handle| a TCP handle of |loop|, without a socket yet. It must be
 * closed with uv_close() before its memory goes.
 *
 * Returns 0. */
UV_EXTERN int uv_tcp_init(uv_loop_t* loop, uv_tcp_t* handle);

/* As uv_tcp_init(), and make a socket now. The low 8 bits of |flags| are its
 * domain: AF_INET, AF_INET6, or AF_UNSPEC for none yet. Since libuv 1.7.
 *
 * Returns 0; UV_EINVAL for any other domain or bit; what socket(2) says, such
 * as UV_EMFILE. If not 0, |handle| is not initialised and needs no close. */
UV_EXTERN int uv_tcp_init_ex(uv_loop_t* loop, uv_tcp_t* handle,
                             unsigned int flags);

/* Make |sock|, an existing stream socket in any state, the socket of |handle|,
 * which owns it from then on. It is set to not block. That it is a stream
 * socket is the caller's promise and not checked.
 *
 * Returns 0; UV_EEXIST if another handle of this loop waits on |sock|;
 * UV_EBUSY if |handle| has another socket; UV_EBADF if |sock| is not open. On
 * error |sock| stays the caller's. */
UV_EXTERN int uv_tcp_open(uv_tcp_t* handle, uv_os_sock_t sock);

/* Send small writes at once (|enable| not 0: Nagle's algorithm off) or gather
 * them (0, the system's default). Before there is a socket the wish is kept
 * for it. See TCP_NODELAY in tcp(7), RFC 896.
 *
 * Returns 0, or what setsockopt(2) says. */
UV_EXTERN int uv_tcp_nodelay(uv_tcp_t* handle, int enable);

/* Probe an idle peer (|enable| not 0) or not (0; then |delay| is ignored):
 * after |delay| seconds of silence send up to 10 probes, 1 second apart. If
 * none is answered, reads and writes fail with UV_ETIMEDOUT. Before there is a
 * socket the wish is kept for it. See SO_KEEPALIVE in socket(7), RFC 9293
 * 3.8.4.
 *
 * Returns 0; UV_EINVAL if |enable| is not 0 and |delay| is 0 (since libuv
 * 1.49); else what setsockopt(2) says. */
UV_EXTERN int uv_tcp_keepalive(uv_tcp_t* handle, int enable,
                               unsigned int delay);

/* As uv_tcp_keepalive(), with all three numbers: the first probe after |idle|
 * seconds of silence, the next ones |intvl| seconds apart, |cnt| of them. All
 * are ignored if |on| is 0. See TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT in
 * tcp(7). Since libuv 1.52.
 *
 * Returns 0; UV_EINVAL if |on| is not 0 and one of the numbers is 0; else what
 * setsockopt(2) says. */
UV_EXTERN int uv_tcp_keepalive_ex(uv_tcp_t* handle, int on, unsigned int idle,
                                  unsigned int intvl, unsigned int cnt);

/* Let the system accept several connections at a time for a listener
 * (|enable| not 0, the default: faster) or one (0: more even among processes
 * that share it). Matters on Windows only.
 *
 * Returns 0; on Windows UV_EINVAL if |handle| listens already. */
UV_EXTERN int uv_tcp_simultaneous_accepts(uv_tcp_t* handle, int enable);

/* Bind |handle| to |addr|, a sockaddr_in or sockaddr_in6, which is copied.
 * Port 0 takes a free one. |flags| is 0 or an OR of enum uv_tcp_flags. On
 * Unix SO_REUSEADDR is set, so that a port in TIME_WAIT can be taken.
 *
 * Returns 0; UV_EINVAL if |handle| is closing or bound already, the family is
 * another, or UV_TCP_IPV6ONLY comes with an IPv4 address; UV_ENOTSUP for
 * UV_TCP_REUSEPORT where there is none; else what socket(2), setsockopt(2) and
 * bind(2) say, UV_EACCES for a privileged port, UV_ENOPROTOOPT for an IPv6
 * address and an IPv4 socket. A port that is taken is reported as
 * UV_EADDRINUSE not here but by the uv_listen() or uv_tcp_connect() after. */
UV_EXTERN int uv_tcp_bind(uv_tcp_t* handle, const struct sockaddr* addr,
                          unsigned int flags);

/* Write the local address of |handle| to |name|. |*namelen| is the room there
 * in bytes and becomes the size of the address, which is cut if the room is
 * too small; sockaddr_storage always suffices. See getsockname(2).
 *
 * Returns 0; UV_EBADF without a socket; else what getsockname(2) says. */
UV_EXTERN int uv_tcp_getsockname(const uv_tcp_t* handle, struct sockaddr* name,
                                 int* namelen);

/* Write the peer's address to |name|; |namelen| as in uv_tcp_getsockname().
 * See getpeername(2).
 *
 * Returns 0; UV_EBADF without a socket; UV_ENOTCONN without a peer; else what
 * getpeername(2) says. */
UV_EXTERN int uv_tcp_getpeername(const uv_tcp_t* handle, struct sockaddr* name,
                                 int* namelen);

/* Connect |handle| to |addr|, a sockaddr_in or sockaddr_in6, which is copied,
 * and call |cb| with |req| when that has succeeded or failed. |req| belongs to
 * the loop until then. The addresses 0.0.0.0 and :: mean this host, on Windows
 * too (since libuv 1.19).
 *
 * Returns 0; UV_EALREADY if a connect is under way; UV_EINVAL if |handle| is
 * closing or the family is another; what socket(2) says. If not 0, |cb| is not
 * called. A refused connection comes by |cb|, even if it is known at once. */
UV_EXTERN int uv_tcp_connect(uv_connect_t* req, uv_tcp_t* handle,
                             const struct sockaddr* addr, uv_connect_cb cb);

/* Close |handle| as uv_close() does, but with a reset: the peer sees
 * UV_ECONNRESET, unsent data is dropped and no TIME_WAIT remains. It sets
 * SO_LINGER to 0 seconds; see socket(7). Not to be mixed with uv_shutdown().
 * Since libuv 1.32.
 *
 * Returns 0; UV_EINVAL if a shutdown is under way; else what setsockopt(2)
 * says. If not 0, |handle| is not closing and |close_cb| not called. */
UV_EXTERN int uv_tcp_close_reset(uv_tcp_t* handle, uv_close_cb close_cb);

/* Make a pair of connected local sockets, |socket_vector[0]| and [1], which
 * the caller owns and closes or gives to uv_tcp_open(), uv_pipe_open() or
 * uv_spawn(). |type| and |protocol| are those of socketpair(2): SOCK_STREAM or
 * SOCK_DGRAM, and 0. |flags0| and |flags1| are 0 or UV_NONBLOCK_PIPE
 * (process.h) to set that end to not block: right for a loop, seldom for
 * others. Neither end is inherited by children unless passed. Any thread. Since
 * libuv 1.41.
 *
 * Returns 0; else what socketpair(2) says: UV_EINVAL or UV_EPROTONOSUPPORT for
 * a wrong type, UV_EMFILE. */
UV_EXTERN int uv_socketpair(int type, int protocol, uv_os_sock_t* socket_vector,
                            int flags0, int flags1);

#ifdef __cplusplus
}
#endif

#endif
