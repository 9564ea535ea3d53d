/* udp.h - datagrams, over IPv4 and IPv6.
 *
 * The socket is made when it is first needed, by bind, connect, send or
 * receive, unless uv_udp_init_ex() asks for it at once; it is not blocking and
 * not inherited by children. The setters need it: before, they are UV_EBADF.
 *
 * For every function here: loop thread only; the handle and the request stay in
 * place, and belong to the loop, until the close callback or the request's
 * callback; callbacks come from uv_run(); NULL where a pointer is owed is
 * UV_EINVAL. Addresses are sockaddr_in or sockaddr_in6, are copied, and a
 * datagram has 0 to 65,507 bytes (IPv4). The contract is libuv 1.x's, manual
 * page "udp"; the protocol RFC 768; see udp(7). */
#ifndef UV_UDP_H_
#define UV_UDP_H_

#include "uv/handle.h"
#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of uv_udp_init_ex() (init), uv_udp_bind() and uv_udp_open_ex()
 * (bind), and those that a uv_udp_recv_cb is given (recv). */
enum uv_udp_flags {
  /* bind: IPv6 only, no IPv4 peers through mapped addresses. */
  UV_UDP_IPV6ONLY = 1,
  /* recv: the buffer was too small; the rest of the datagram is lost. */
  UV_UDP_PARTIAL = 2,
  /* bind: the address may be bound by others who set this too; the last one
   * gets all the traffic. SO_REUSEADDR; where SO_REUSEPORT does not spread the
   * load, as on macOS and most BSDs, it is set too. See socket(7). */
  UV_UDP_REUSEADDR = 4,
  /* recv: one of several datagrams in the same memory: do not free it now.
   * Since libuv 1.35. */
  UV_UDP_MMSG_CHUNK = 8,
  /* recv: the memory whose chunks were handed over is the user's again, to be
   * freed. nread is 0 and addr NULL. Since libuv 1.40. */
  UV_UDP_MMSG_FREE = 16,
  /* bind: report ICMP errors to recv_cb, where nread is the error, addr the
   * destination that failed and this flag is set. Linux only, elsewhere
   * ignored. See IP_RECVERR in ip(7). Since libuv 1.42. */
  UV_UDP_LINUX_RECVERR = 32,
  /* bind: share the port with others who set this too; the kernel spreads
   * datagrams over the sockets. Linux 3.9, DragonFly 3.6, FreeBSD 12, Solaris
   * 11.4, AIX 7.2.5; elsewhere UV_ENOTSUP. Since libuv 1.49. */
  UV_UDP_REUSEPORT = 64,
  /* init: receive many datagrams with one system call where there is
   * recvmmsg(2): Linux, FreeBSD. See uv_udp_recv_start(). Since libuv 1.37. */
  UV_UDP_RECVMMSG = 256
};

/* What to do with a multicast group. */
typedef enum {
  /* To leave it. */
  UV_LEAVE_GROUP = 0,
  /* To join it. */
  UV_JOIN_GROUP
} uv_membership;

/* Tell that the send |req| is over: |status| is 0 when the system took the
 * datagram (which may yet be lost), else UV_E*, and UV_ECANCELED if the handle
 * was closed first. |req| and the memory of its buffers are the user's again.
 */
typedef void (*uv_udp_send_cb)(uv_udp_send_t* req, int status);

/* Hand over a datagram that arrived at |handle|. |nread| is
 *   > 0, or 0 with an |addr|   its size in bytes, data at |buf->base|;
 *   0 without an |addr|        nothing more this time;
 *   < 0                        an error, UV_ENOBUFS if alloc_cb gave no
 *                              memory, UV_ECONNREFUSED after an ICMP message.
 * |addr| is the sender's and, like |*buf|, valid during the call only. |flags|
 * is 0 or an OR of UV_UDP_PARTIAL, _MMSG_CHUNK, _MMSG_FREE, _LINUX_RECVERR.
 *
 * The memory came from alloc_cb and is the user's again, except with
 * UV_UDP_MMSG_CHUNK, where it is so after the call with UV_UDP_MMSG_FREE; on an
 * error base may be NULL. Receiving goes on after an error. */
typedef void (*uv_udp_recv_cb)(uv_udp_t* handle, ssize_t nread,
                               const uv_buf_t* buf, const struct sockaddr* addr,
                               unsigned int flags);

/* A datagram socket. */
struct uv_udp_s {
  UV_HANDLE_FIELDS
  /* Bytes given to uv_udp_send() whose callback has not been called yet. Read
   * only. */
  size_t send_queue_size;
  /* How many sends that are. Read only. */
  size_t send_queue_count;
  /* Not for users. */
  GY_UDP_PRIVATE
};

/* A send under way. Needs no init. */
struct uv_udp_send_s {
  UV_REQ_FIELDS
  /* The handle that it is sent from. Read only. */
  uv_udp_t* handle;
  /* As given to uv_udp_send(). */
  uv_udp_send_cb cb;
  /* Not for users. */
  GY_UDP_SEND_PRIVATE
};

/* Make |handle| a datagram handle of |loop|, without a socket yet. It must be
 * closed with uv_close() before its memory goes.
 *
 * Returns 0. */
UV_EXTERN int uv_udp_init(uv_loop_t* loop, uv_udp_t* handle);

/* As uv_udp_init(). The low 8 bits of |flags| are a domain, AF_INET or
 * AF_INET6, to make the socket now, or AF_UNSPEC for none yet; ORed with
 * UV_UDP_RECVMMSG or not. Since libuv 1.7.
 *
 * Returns 0; UV_EINVAL for any other domain or bit; what socket(2) says. If
 * not 0, |handle| is not initialised and needs no close. */
UV_EXTERN int uv_udp_init_ex(uv_loop_t* loop, uv_udp_t* handle,
                             unsigned int flags);

/* Make |sock|, an existing datagram socket, the socket of |handle|, which owns
 * it from then on. It is set to not block and to share its address as
 * UV_UDP_REUSEADDR does. On Unix any socket that keeps the datagram contract
 * will do: raw, netlink, local. That it does is the caller's promise and not
 * checked.
 *
 * Returns 0; UV_EBUSY if |handle| has a socket; UV_EEXIST if |sock| is in use
 * by another handle of this loop; UV_EBADF if it is not open. On error |sock|
 * stays the caller's. */
UV_EXTERN int uv_udp_open(uv_udp_t* handle, uv_os_sock_t sock);

/* As uv_udp_open(), and apply |flags|: 0, or an OR of UV_UDP_REUSEADDR and
 * UV_UDP_REUSEPORT; with 0 the socket's address is not to be shared. Since
 * libuv 1.52.
 *
 * Returns as uv_udp_open(); UV_EINVAL for any other flag; UV_ENOTSUP for
 * UV_UDP_REUSEPORT where there is none. */
UV_EXTERN int uv_udp_open_ex(uv_udp_t* handle, uv_os_sock_t sock,
                             unsigned int flags);

/* Bind |handle| to |addr|. Port 0 takes a free one. |flags| is 0 or an OR of
 * the flags for bind above. See bind(2).
 *
 * Returns 0; UV_EINVAL if |handle| is bound (as after a send or receive), the
 * family or a flag is another, or UV_UDP_IPV6ONLY comes with an IPv4 address;
 * UV_ENOTSUP for UV_UDP_REUSEPORT where there is none; UV_EADDRINUSE; else what
 * socket(2) and bind(2) say. */
UV_EXTERN int uv_udp_bind(uv_udp_t* handle, const struct sockaddr* addr,
                          unsigned int flags);

/* Send to |addr| only from now on, and receive from it only; if |addr| is NULL,
 * end that. An unbound |handle| is bound to a free port. Nothing is sent. See
 * connect(2). Since libuv 1.27.
 *
 * Returns 0; UV_EISCONN if |handle| is connected and |addr| not NULL;
 * UV_ENOTCONN if it is not and |addr| is NULL; UV_EINVAL for another family;
 * else what connect(2) says. */
UV_EXTERN int uv_udp_connect(uv_udp_t* handle, const struct sockaddr* addr);

/* Write the address |handle| is connected to into |name|. |*namelen| is the
 * room there in bytes and becomes the size of the address, which is cut if the
 * room is too small; sockaddr_storage always suffices. See getpeername(2).
 * Since libuv 1.27.
 *
 * Returns 0; UV_EBADF without a socket; UV_ENOTCONN if not connected; else
 * what getpeername(2) says. */
UV_EXTERN int uv_udp_getpeername(const uv_udp_t* handle, struct sockaddr* name,
                                 int* namelen);

/* Write the local address of |handle| to |name|; |namelen| as in
 * uv_udp_getpeername(). See getsockname(2).
 *
 * Returns 0; UV_EBADF without a socket; else what getsockname(2) says. */
UV_EXTERN int uv_udp_getsockname(const uv_udp_t* handle, struct sockaddr* name,
                                 int* namelen);

/* Join (UV_JOIN_GROUP) or leave the group |multicast_addr|, a numeric IPv4 or
 * IPv6 address, on the interface with the address |interface_addr|, or on one
 * of the system's choice if that is NULL. IPv6 interfaces may be named by their
 * scope, "::%eth0". An unbound |handle| is bound first, to port 0 of the
 * group's family. See IP_ADD_MEMBERSHIP in ip(7), IPV6_ADD_MEMBERSHIP in
 * ipv6(7).
 *
 * Returns 0; UV_EINVAL if an address is no address or |membership| is neither;
 * UV_ENODEV if no interface fits; UV_EADDRINUSE if joined already;
 * UV_EADDRNOTAVAIL to leave what was not joined; else what setsockopt(2)
 * says. */
UV_EXTERN int uv_udp_set_membership(uv_udp_t* handle,
                                    const char* multicast_addr,
                                    const char* interface_addr,
                                    uv_membership membership);

/* As uv_udp_set_membership(), for what |source_addr|, a numeric address of the
 * same family, sends to the group. See RFC 4607, RFC 3678. Since libuv 1.32.
 *
 * Returns as uv_udp_set_membership(); UV_ENOSYS where the system lacks it. */
UV_EXTERN int uv_udp_set_source_membership(uv_udp_t* handle,
                                           const char* multicast_addr,
                                           const char* interface_addr,
                                           const char* source_addr,
                                           uv_membership membership);

/* Let multicasts sent from |handle| be heard on this host too (|on| not 0,
 * the default) or not (0). See IP_MULTICAST_LOOP in ip(7).
 *
 * Returns 0; UV_EBADF without a socket; else what setsockopt(2) says. */
UV_EXTERN int uv_udp_set_multicast_loop(uv_udp_t* handle, int on);

/* Let multicasts sent from |handle| pass at most |ttl| routers, 0 to 255; the
 * default is 1, this network. See IP_MULTICAST_TTL in ip(7).
 *
 * Returns 0; UV_EINVAL for another |ttl|; UV_EBADF without a socket; else what
 * setsockopt(2) says. */
UV_EXTERN int uv_udp_set_multicast_ttl(uv_udp_t* handle, int ttl);

/* Send multicasts from |handle| by the interface with the numeric address
 * |interface_addr|, or by one of the system's choice if that is NULL. IPv6
 * interfaces may be named by their scope, "::%eth0". See IP_MULTICAST_IF in
 * ip(7).
 *
 * Returns 0; UV_EINVAL if it is no address; UV_EBADF without a socket;
 * UV_EADDRNOTAVAIL if no interface has it; else what setsockopt(2) says. */
UV_EXTERN int uv_udp_set_multicast_interface(uv_udp_t* handle,
                                             const char* interface_addr);

/* Permit sending to broadcast addresses (|on| not 0) or not (0, the default;
 * then such a send is UV_EACCES). See SO_BROADCAST in socket(7).
 *
 * Returns 0; UV_EBADF without a socket; else what setsockopt(2) says. */
UV_EXTERN int uv_udp_set_broadcast(uv_udp_t* handle, int on);

/* Let datagrams sent from |handle| pass at most |ttl| routers, 1 to 255. See
 * IP_TTL in ip(7).
 *
 * Returns 0; UV_EINVAL for another |ttl|; UV_EBADF without a socket; else what
 * setsockopt(2) says. */
UV_EXTERN int uv_udp_set_ttl(uv_udp_t* handle, int ttl);

/* Send one datagram, the |nbufs| buffers |bufs| in a row, to |addr|, or, from a
 * connected |handle|, to its peer: then |addr| is NULL. An unbound |handle| is
 * bound to a free port of all interfaces. On Windows an |addr| of 0.0.0.0 or ::
 * means this host, as it does elsewhere.
 *
 * |req| and the memory of the buffers must stay untouched until |send_cb|,
 * which may be NULL, is called; the array |bufs| may go at once. Datagrams
 * leave in the order of the calls. See sendmsg(2).
 *
 * Returns 0; UV_EISCONN if |handle| is connected and |addr| not NULL;
 * UV_EDESTADDRREQ if it is not and |addr| is NULL; UV_EINVAL for another family
 * or |nbufs| 0; UV_ENOMEM; what socket(2) and bind(2) say. If not 0, |send_cb|
 * is not called; what sendmsg(2) says (UV_EMSGSIZE if it is too large) comes
 * by |send_cb|. */
UV_EXTERN int uv_udp_send(uv_udp_send_t* req, uv_udp_t* handle,
                          const uv_buf_t* bufs, unsigned int nbufs,
                          const struct sockaddr* addr, uv_udp_send_cb send_cb);

/* Send one datagram as uv_udp_send() does, if the system takes it at once, and
 * queue nothing. No request, no callback; the memory is the user's after the
 * call.
 *
 * Returns its size in bytes; UV_EAGAIN if it cannot be sent now, or if sends
 * wait in the queue; else as uv_udp_send(), or what sendmsg(2) says. */
UV_EXTERN int uv_udp_try_send(uv_udp_t* handle, const uv_buf_t* bufs,
                              unsigned int nbufs, const struct sockaddr* addr);

/* As uv_udp_try_send(), for |count| datagrams with one system call where there
 * is sendmmsg(2). Datagram i is the |nbufs[i]| buffers at |bufs[i]| and goes to
 * |addrs[i]|, NULL from a connected |handle|. |handle| must be bound or
 * connected. |flags| is 0. Since libuv 1.50.
 *
 * Returns how many were sent, less than |count| if the next one failed; if the
 * first one failed, its error: as uv_udp_try_send(), UV_EINVAL if |flags| is
 * not 0, |count| is, or |handle| has no socket. */
UV_EXTERN int uv_udp_try_send2(uv_udp_t* handle, unsigned int count,
                               uv_buf_t** bufs, unsigned int* nbufs,
                               struct sockaddr** addrs, unsigned int flags);

/* Receive from now on: whenever there is a datagram, call |alloc_cb| for memory
 * and |recv_cb| with what arrived, until uv_udp_recv_stop() or uv_close(). An
 * unbound |handle| is bound to a free port of all interfaces, IPv4. While it
 * receives, the handle is active.
 *
 * If uv_udp_using_recvmmsg() tells 1, memory of n times 64 KB from |alloc_cb|,
 * n > 1, is filled with several datagrams by one call; see UV_UDP_MMSG_CHUNK
 * and UV_UDP_MMSG_FREE. See recvmsg(2), recvmmsg(2).
 *
 * Returns 0; UV_EALREADY if it receives already; UV_EINVAL if a callback is
 * NULL or |handle| is closing; else what socket(2) and bind(2) say. */
UV_EXTERN int uv_udp_recv_start(uv_udp_t* handle, uv_alloc_cb alloc_cb,
                                uv_udp_recv_cb recv_cb);

/* Return 1 if |handle| was made with UV_UDP_RECVMMSG and the system has
 * recvmmsg(2), else 0. For alloc_cb, to know how much to give. Since libuv
 * 1.39. */
UV_EXTERN int uv_udp_using_recvmmsg(const uv_udp_t* handle);

/* Stop receiving: recv_cb is not called again. Datagrams stay in the kernel, as
 * many as fit. Harmless on a handle that does not receive. May be called from
 * recv_cb, not from alloc_cb.
 *
 * Returns 0. */
UV_EXTERN int uv_udp_recv_stop(uv_udp_t* handle);

/* Return the bytes that wait in |handle| to be sent, its send_queue_size. Since
 * libuv 1.19. */
UV_EXTERN size_t uv_udp_get_send_queue_size(const uv_udp_t* handle);

/* Return how many sends wait in |handle|, its send_queue_count. Since libuv
 * 1.19. */
UV_EXTERN size_t uv_udp_get_send_queue_count(const uv_udp_t* handle);

#ifdef __cplusplus
}
#endif

#endif
