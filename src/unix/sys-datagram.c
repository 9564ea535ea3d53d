/* sys-datagram.c - the system calls about datagrams; see sys-datagram.h.
 *
 * A datagram of one buffer goes by sendto(2), and one comes by recvfrom(2)
 * where that tells what was cut: the kernel has less to copy and to check than
 * with a struct msghdr. */
#include "sys-datagram.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

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

size_t gy_sys_address_size(int family) {
  switch (family) {
    case AF_INET:
      return sizeof(struct sockaddr_in);
    case AF_INET6:
      return sizeof(struct sockaddr_in6);
    case AF_UNIX:
      return sizeof(struct sockaddr_un);
    default:
      return 0;
  }
}

/* ---- out ----------------------------------------------------------------- */

#if defined(MSG_NOSIGNAL)

enum {
  SEND_FLAGS = MSG_NOSIGNAL | MSG_DONTWAIT
};

#else

enum {
  SEND_FLAGS = MSG_DONTWAIT
}; /* A socket of ours has SO_NOSIGPIPE. */

#endif

/* The UV_E* of the send that has just failed. ENOBUFS is of a queue below the
 * socket, and passes like a full socket. */
static int send_error(void) {
  return errno == ENOBUFS ? UV_EAGAIN : last_error();
}

static void message_of(struct msghdr* message, const gy_datagram_t* datagram) {
  memset(message, 0, sizeof(*message));
  /* Both are only read, and the header has no word for that. */
  memcpy(&message->msg_iov, &datagram->bufs, sizeof(datagram->bufs));
  memcpy(&message->msg_name, &datagram->addr, sizeof(datagram->addr));
  message->msg_iovlen = (__typeof__(message->msg_iovlen))datagram->count;
  message->msg_namelen = datagram->addr_size;
}

static ssize_t send_once(int fd, const gy_datagram_t* datagram) {
  struct msghdr message;

  if (datagram->count == 1) {
    return fault(GY_FAULT("sendto"))
               ? -1
               : sendto(fd, datagram->bufs->iov_base, datagram->bufs->iov_len,
                        SEND_FLAGS, datagram->addr, datagram->addr_size);
  }
  if (fault(GY_FAULT("sendmsg"))) {
    return -1;
  }
  message_of(&message, datagram);
  return sendmsg(fd, &message, SEND_FLAGS);
}

ssize_t gy_sys_send_to(int fd, const gy_datagram_t* datagram) {
  ssize_t sent;

  do {
    sent = send_once(fd, datagram);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0 ? sent : send_error();
}

/* ---- in ------------------------------------------------------------------ */

#if defined(MSG_ERRQUEUE)

/* With MSG_TRUNC Linux, and nobody else, tells how long the datagram was. */
static ssize_t recv_once(int fd, void* memory, size_t size,
                         gy_arrival_t* arrival) {
  ssize_t count;

  arrival->addr_size = sizeof(arrival->addr);
  if (fault(GY_FAULT("recvfrom"))) {
    return -1;
  }
  count = recvfrom(fd, memory, size, MSG_DONTWAIT | MSG_TRUNC,
                   (struct sockaddr*)&arrival->addr, &arrival->addr_size);
  arrival->partial = count > 0 && (size_t)count > size;
  return arrival->partial ? (ssize_t)size : count;
}

#else

static ssize_t recv_once(int fd, void* memory, size_t size,
                         gy_arrival_t* arrival) {
  struct iovec buf = {memory, size};
  struct msghdr message;
  ssize_t count;

  if (fault(GY_FAULT("recvmsg"))) {
    return -1;
  }
  memset(&message, 0, sizeof(message));
  message.msg_iov = &buf;
  message.msg_iovlen = 1;
  message.msg_name = &arrival->addr;
  message.msg_namelen = sizeof(arrival->addr);
  count = recvmsg(fd, &message, MSG_DONTWAIT);
  arrival->addr_size = message.msg_namelen;
  arrival->partial = (message.msg_flags & MSG_TRUNC) != 0;
  return count;
}

#endif

int gy_sys_recv_from(int fd, void* memory, size_t size, gy_arrival_t* arrival) {
  ssize_t count;

  do {
    count = recv_once(fd, memory, size, arrival);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    return last_error();
  }
  arrival->size = (size_t)count;
  return 0;
}

/* ---- many at once -------------------------------------------------------- */

/* The flag belongs to recvmmsg(2). */
#if defined(MSG_WAITFORONE)

int gy_sys_send_many(int fd, const gy_datagram_t* datagrams, unsigned count) {
  struct mmsghdr messages[GY_SYS_DATAGRAMS_MOST];
  unsigned index;
  int sent;

  for (index = 0; index < count; index++) {
    message_of(&messages[index].msg_hdr, &datagrams[index]);
  }
  do {
    sent = fault(GY_FAULT("sendmmsg"))
               ? -1
               : (int)sendmmsg(fd, messages, count, SEND_FLAGS);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0 ? sent : send_error();
}

bool gy_sys_has_recv_many(void) {
  return true;
}

int gy_sys_recv_many(int fd, char* memory, size_t chunk, gy_arrival_t* arrivals,
                     unsigned count) {
  struct mmsghdr messages[GY_SYS_DATAGRAMS_MOST];
  struct iovec bufs[GY_SYS_DATAGRAMS_MOST];
  unsigned index;
  int got;

  memset(messages, 0, count * sizeof(messages[0]));
  for (index = 0; index < count; index++) {
    struct msghdr* message = &messages[index].msg_hdr;
    bufs[index].iov_base = memory + index * chunk;
    bufs[index].iov_len = chunk;
    message->msg_iov = &bufs[index];
    message->msg_iovlen = 1;
    message->msg_name = &arrivals[index].addr;
    message->msg_namelen = sizeof(arrivals[index].addr);
  }
  do {
    got = fault(GY_FAULT("recvmmsg"))
              ? -1
              : (int)recvmmsg(fd, messages, count, MSG_DONTWAIT, NULL);
  } while (got < 0 && errno == EINTR);
  for (index = 0; (int)index < got; index++) {
    arrivals[index].addr_size = messages[index].msg_hdr.msg_namelen;
    arrivals[index].partial =
        (messages[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    arrivals[index].size = messages[index].msg_len;
  }
  return got >= 0 ? got : last_error();
}

#else

int gy_sys_send_many(int fd, const gy_datagram_t* datagrams, unsigned count) {
  unsigned index;

  for (index = 0; index < count; index++) {
    ssize_t sent = gy_sys_send_to(fd, &datagrams[index]);
    if (sent < 0) {
      return index > 0 ? (int)index : (int)sent;
    }
  }
  return (int)count;
}

bool gy_sys_has_recv_many(void) {
  return false;
}

int gy_sys_recv_many(int fd, char* memory, size_t chunk, gy_arrival_t* arrivals,
                     unsigned count) {
  int err = gy_sys_recv_from(fd, memory, chunk, arrivals);

  (void)count;
  return err == 0 ? 1 : err;
}

#endif

/* ---- what ICMP says ------------------------------------------------------ */

#if defined(IP_RECVERR)

/* What the kernel says of an error, see ip(7). Here, because a C library need
 * not bring <linux/errqueue.h> with it. */
typedef struct {
  uint32_t number; /* an errno */
  uint8_t origin;
  uint8_t type;
  uint8_t code;
  uint8_t pad;
  uint32_t info;
  uint32_t data;
} kernel_error_t;

int gy_sys_set_error_queue(int fd, bool ipv6) {
  int on = 1;
  int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
  int name = ipv6 ? IPV6_RECVERR : IP_RECVERR;

  if (fault(GY_FAULT("setsockopt")) ||
      setsockopt(fd, level, name, &on, sizeof(on)) != 0) {
    return last_error();
  }
  return 0;
}

/* musl's CMSG_NXTHDR() compares what is signed with what is not. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
static struct cmsghdr* control_next(struct msghdr* message,
                                    struct cmsghdr* control) {
  return CMSG_NXTHDR(message, control);
}
#pragma GCC diagnostic pop

/* The error that |message| carries, as UV_E*. What carries none, such as a time
 * stamp, is the program's own wish, and UV_EIO. */
static int message_error(struct msghdr* message) {
  struct cmsghdr* control = CMSG_FIRSTHDR(message);

  for (; control != NULL; control = control_next(message, control)) {
    if ((control->cmsg_level == IPPROTO_IP &&
         control->cmsg_type == IP_RECVERR) ||
        (control->cmsg_level == IPPROTO_IPV6 &&
         control->cmsg_type == IPV6_RECVERR)) {
      kernel_error_t error;
      memcpy(&error, CMSG_DATA(control), sizeof(error));
      return -(int)error.number;
    }
  }
  return UV_EIO;
}

int gy_sys_recv_error(int fd, gy_arrival_t* arrival) {
  union {
    struct cmsghdr align;
    char room[512];
  } control;
  struct msghdr message;
  struct iovec buf;
  char start; /* of the datagram: qemu-user reads nothing into no buffer */
  ssize_t count;

  do {
    buf.iov_base = &start;
    buf.iov_len = sizeof(start);
    memset(&message, 0, sizeof(message));
    message.msg_iov = &buf;
    message.msg_iovlen = 1;
    message.msg_name = &arrival->addr;
    message.msg_namelen = sizeof(arrival->addr);
    message.msg_control = &control;
    message.msg_controllen = sizeof(control);
    count = fault(GY_FAULT("recvmsg"))
                ? -1
                : recvmsg(fd, &message, MSG_DONTWAIT | MSG_ERRQUEUE);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    return last_error();
  }
  arrival->addr_size = message.msg_namelen;
  return message_error(&message);
}

#else

int gy_sys_set_error_queue(int fd, bool ipv6) {
  (void)fd;
  (void)ipv6;
  return UV_EIO;
}

int gy_sys_recv_error(int fd, gy_arrival_t* arrival) {
  (void)fd;
  (void)arrival;
  return UV_EAGAIN;
}

#endif

/* ---- options ------------------------------------------------------------- */

static int option_set(int fd, int level, int name, const void* value,
                      size_t size) {
  if (fault(GY_FAULT("setsockopt")) ||
      setsockopt(fd, level, name, value, (socklen_t)size) != 0) {
    return last_error();
  }
  return 0;
}

int gy_sys_disconnect(int fd) {
  struct sockaddr nobody;

  memset(&nobody, 0, sizeof(nobody));
  nobody.sa_family = AF_UNSPEC;
  if (fault(GY_FAULT("connect")) || connect(fd, &nobody, sizeof(nobody)) != 0) {
    /* BSD has done it all the same when it says so. */
    return errno == EAFNOSUPPORT ? 0 : last_error();
  }
  return 0;
}

/* SO_INCOMING_CPU tells Linux, where SO_REUSEPORT is for spreading. */
#if defined(SO_REUSEPORT) && !defined(SO_INCOMING_CPU)

int gy_sys_set_share_address(int fd) {
  int on = 1;
  int err = option_set(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

  return err != 0 ? err
                  : option_set(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
}

#else

int gy_sys_set_share_address(int fd) {
  int on = 1;

  return option_set(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

#endif

int gy_sys_set_ttl(int fd, bool ipv6, int ttl) {
  return ipv6 ? option_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl,
                           sizeof(ttl))
              : option_set(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
}

/* BSD takes a byte only, Linux either. */
int gy_sys_set_multicast_ttl(int fd, bool ipv6, int ttl) {
  unsigned char byte = (unsigned char)ttl;

  return ipv6 ? option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &ttl,
                           sizeof(ttl))
              : option_set(fd, IPPROTO_IP, IP_MULTICAST_TTL, &byte,
                           sizeof(byte));
}

int gy_sys_set_multicast_loop(int fd, bool ipv6, bool on) {
  unsigned char byte = on;
  unsigned number = on;

  return ipv6 ? option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &number,
                           sizeof(number))
              : option_set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &byte,
                           sizeof(byte));
}

/* ---- groups -------------------------------------------------------------- */

static struct in_addr host4(const struct sockaddr* addr) {
  struct sockaddr_in copy;

  memcpy(&copy, addr, sizeof(copy));
  return copy.sin_addr;
}

static struct sockaddr_in6 copy6(const struct sockaddr* addr) {
  struct sockaddr_in6 copy;

  memcpy(&copy, addr, sizeof(copy));
  return copy;
}

static int member4(int fd, const struct sockaddr* group,
                   const struct sockaddr* interface, bool join) {
  struct ip_mreq member;

  memset(&member, 0, sizeof(member));
  member.imr_multiaddr = host4(group);
  member.imr_interface = host4(interface);
  return option_set(fd, IPPROTO_IP,
                    join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &member,
                    sizeof(member));
}

static int member6(int fd, const struct sockaddr* group,
                   const struct sockaddr* interface, bool join) {
  struct ipv6_mreq member;

  memset(&member, 0, sizeof(member));
  member.ipv6mr_multiaddr = copy6(group).sin6_addr;
  member.ipv6mr_interface = copy6(interface).sin6_scope_id;
  return option_set(fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP,
                    &member, sizeof(member));
}

int gy_sys_set_member(int fd, const struct sockaddr* group,
                      const struct sockaddr* interface, bool join) {
  return group->sa_family == AF_INET6 ? member6(fd, group, interface, join)
                                      : member4(fd, group, interface, join);
}

#if defined(IP_ADD_SOURCE_MEMBERSHIP) && defined(MCAST_JOIN_SOURCE_GROUP)

static int source_member4(int fd, const struct sockaddr* group,
                          const struct sockaddr* interface,
                          const struct sockaddr* source, bool join) {
  struct ip_mreq_source member;

  memset(&member, 0, sizeof(member));
  member.imr_multiaddr = host4(group);
  member.imr_interface = host4(interface);
  member.imr_sourceaddr = host4(source);
  return option_set(fd, IPPROTO_IP,
                    join ? IP_ADD_SOURCE_MEMBERSHIP : IP_DROP_SOURCE_MEMBERSHIP,
                    &member, sizeof(member));
}

static int source_member6(int fd, const struct sockaddr* group,
                          const struct sockaddr* interface,
                          const struct sockaddr* source, bool join) {
  struct group_source_req member;

  memset(&member, 0, sizeof(member));
  member.gsr_interface = copy6(interface).sin6_scope_id;
  memcpy(&member.gsr_group, group, sizeof(struct sockaddr_in6));
  memcpy(&member.gsr_source, source, sizeof(struct sockaddr_in6));
  return option_set(fd, IPPROTO_IPV6,
                    join ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP,
                    &member, sizeof(member));
}

int gy_sys_set_source_member(int fd, const struct sockaddr* group,
                             const struct sockaddr* interface,
                             const struct sockaddr* source, bool join) {
  return group->sa_family == AF_INET6
             ? source_member6(fd, group, interface, source, join)
             : source_member4(fd, group, interface, source, join);
}

#else

int gy_sys_set_source_member(int fd, const struct sockaddr* group,
                             const struct sockaddr* interface,
                             const struct sockaddr* source, bool join) {
  (void)fd;
  (void)group;
  (void)interface;
  (void)source;
  (void)join;
  return UV_ENOSYS;
}

#endif

int gy_sys_set_multicast_interface(int fd, const struct sockaddr* interface) {
  if (interface->sa_family == AF_INET6) {
    unsigned index = copy6(interface).sin6_scope_id;
    return option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index,
                      sizeof(index));
  }
  struct in_addr host = host4(interface);
  return option_set(fd, IPPROTO_IP, IP_MULTICAST_IF, &host, sizeof(host));
}
