/* sys-datagram.h - the system calls about datagrams and groups, each with its
 * fault point.
 *
 * errno becomes UV_E* here, EINTR is retried here. Nothing of ours is known
 * here. Nothing here blocks. Any thread. */
#ifndef GY_UNIX_SYS_DATAGRAM_H_
#define GY_UNIX_SYS_DATAGRAM_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
  GY_SYS_DATAGRAMS_MOST = 32 /* in one call */
};

/* One to be sent: |addr| is NULL on a connected socket. */
typedef struct {
  const struct iovec* bufs;
  size_t count;
  const struct sockaddr* addr;
  socklen_t addr_size;
} gy_datagram_t;

/* One that has arrived. */
typedef struct {
  struct sockaddr_storage addr;
  socklen_t addr_size; /* 0 when the sender has no name */
  size_t size;         /* bytes in memory */
  bool partial;        /* there were more, and they are lost */
} gy_arrival_t;

/* The bytes in an address of |family| that may be sent to; 0 for others. */
size_t gy_sys_address_size(int family);

/* Send one. How many bytes, or UV_E*; UV_EAGAIN when there is no room. */
ssize_t gy_sys_send_to(int fd, const gy_datagram_t* datagram);

/* Send |count| of them, at most GY_SYS_DATAGRAMS_MOST. How many were sent, at
 * least one, or what came of the first as UV_E*. */
int gy_sys_send_many(int fd, const gy_datagram_t* datagrams, unsigned count);

/* Receive one into |memory| of |size| bytes. 0, or UV_E*. */
int gy_sys_recv_from(int fd, void* memory, size_t size, gy_arrival_t* arrival);

/* Can gy_sys_recv_many() be called? */
bool gy_sys_has_recv_many(void);

/* Receive up to |count|, at most GY_SYS_DATAGRAMS_MOST, each into the next
 * |chunk| bytes of |memory|. How many, at least one, or UV_E*. */
int gy_sys_recv_many(int fd, char* memory, size_t chunk, gy_arrival_t* arrivals,
                     unsigned count);

/* Have the kernel keep what ICMP says of datagrams of |fd|. Does nothing where
 * it cannot. */
int gy_sys_set_error_queue(int fd, bool ipv6);

/* Take one of those: the error as UV_E*, and in |arrival| the address that it
 * was sent to. UV_EAGAIN when there is none. */
int gy_sys_recv_error(int fd, gy_arrival_t* arrival);

/* Undo connect(2). */
int gy_sys_disconnect(int fd);

/* Let others bind the same address, and the last one have all the traffic. */
int gy_sys_set_share_address(int fd);

/* ---- groups --------------------------------------------------------------
 *
 * Addresses are sockaddr_in or sockaddr_in6, all of one family. */

/* Join or leave |group| at |interface|: its address, or for IPv6 one with its
 * scope. */
int gy_sys_set_member(int fd, const struct sockaddr* group,
                      const struct sockaddr* interface, bool join);

/* The same for what |source| sends. */
int gy_sys_set_source_member(int fd, const struct sockaddr* group,
                             const struct sockaddr* interface,
                             const struct sockaddr* source, bool join);

/* Send multicasts by |interface|. */
int gy_sys_set_multicast_interface(int fd, const struct sockaddr* interface);

/* Set an option of multicasts, which IPv4 has as a byte and IPv6 as an int. */
int gy_sys_set_multicast_ttl(int fd, bool ipv6, int ttl);
int gy_sys_set_multicast_loop(int fd, bool ipv6, bool on);

/* The routers that a datagram may pass. */
int gy_sys_set_ttl(int fd, bool ipv6, int ttl);

#endif /* GY_UNIX_SYS_DATAGRAM_H_ */
