/* conn.h - a connection that is served by hand, for those who get to know only
 * that something is ready: raw epoll, libevent and libev. */
#ifndef BENCH_NET_CONN_H_
#define BENCH_NET_CONN_H_

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../bench.h"
#include "net.h"

enum {
  NET_ACCEPTS_MOST = 64 /* in a row */
};

/* What a connection waits for. */
typedef enum {
  NET_WANTS_READ,
  NET_WANTS_WRITE, /* to send the rest, and then to read */
  NET_OVER
} net_wants_t;

typedef struct {
  int fd;
  unsigned from; /* what is to be sent, in |data| */
  unsigned to;
  char data[NET_ROOM];
} net_conn_t;

/* Does |count|, of a call that failed if it is negative, mean: later? */
static inline bool net_is_later(ssize_t count) {
  return count < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Send what is left. */
static inline net_wants_t net_conn_flush(net_conn_t* conn) {
  ssize_t sent = send(conn->fd, conn->data + conn->from, conn->to - conn->from,
                      MSG_NOSIGNAL | MSG_DONTWAIT);

  if (sent < 0) {
    return net_is_later(sent) ? NET_WANTS_WRITE : NET_OVER;
  }
  conn->from += (unsigned)sent;
  return conn->from == conn->to ? NET_WANTS_READ : NET_WANTS_WRITE;
}

/* Receive, and send it back. */
static inline net_wants_t net_conn_echo(net_conn_t* conn) {
  ssize_t count = recv(conn->fd, conn->data, sizeof(conn->data), MSG_DONTWAIT);

  if (count <= 0) {
    return net_is_later(count) ? NET_WANTS_READ : NET_OVER;
  }
  conn->from = 0;
  conn->to = (unsigned)count;
  return net_conn_flush(conn);
}

/* Receive once, and throw it away. */
static inline net_wants_t net_conn_sink(net_conn_t* conn) {
  static char chunk[NET_CHUNK];
  ssize_t count = recv(conn->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

  return count > 0 || net_is_later(count) ? NET_WANTS_READ : NET_OVER;
}

/* A new connection of the listener |fd|, or -1 when none waits. */
static inline int net_accept(int fd) {
  int fresh;

  do {
    fresh = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fresh < 0 && (errno == EINTR || errno == ECONNABORTED));
  bench_check(fresh >= 0 || errno == EAGAIN, "cannot accept");
  return fresh;
}

/* ---- datagrams -------------------------------------------------------------
 */

/* Receive one datagram at |fd|, and answer it if it wants that. Was there one?
 */
static inline bool net_datagram(int fd) {
  static char data[NET_ROOM];
  struct sockaddr_in from;
  socklen_t size = sizeof(from);
  ssize_t count = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT,
                           (struct sockaddr*)&from, &size);

  if (count < 0) {
    return false;
  }
  if (count > 0 && data[0] != NET_MUTE) {
    (void)sendto(fd, data, (size_t)count, MSG_DONTWAIT, (struct sockaddr*)&from,
                 size); /* What is lost, the client misses. */
  }
  return true;
}

/* Receive up to NET_BATCH_MOST of them at once. Were there as many? */
static inline bool net_datagram_batch(int fd) {
  static char data[NET_BATCH_MOST][NET_ROOM];
  static struct sockaddr_in from[NET_BATCH_MOST];
  static struct iovec vectors[NET_BATCH_MOST];
  static struct mmsghdr messages[NET_BATCH_MOST];
  int index;
  int count;

  for (index = 0; index < NET_BATCH_MOST; index++) {
    vectors[index] = (struct iovec){data[index], NET_ROOM};
    messages[index].msg_hdr = (struct msghdr){.msg_name = &from[index],
                                              .msg_namelen = sizeof(from[0]),
                                              .msg_iov = &vectors[index],
                                              .msg_iovlen = 1};
  }
  count = recvmmsg(fd, messages, NET_BATCH_MOST, MSG_DONTWAIT, NULL);
  for (index = 0; index < count; index++) {
    if (data[index][0] != NET_MUTE) {
      (void)sendto(fd, data[index], messages[index].msg_len, MSG_DONTWAIT,
                   (struct sockaddr*)&from[index], sizeof(from[0]));
    }
  }
  return count == NET_BATCH_MOST;
}

/* The socket |fd| of |service| is ready: do what is to be done. One datagram
 * after the other comes one at a time, so that a second is not looked for. */
static inline void net_datagrams(net_service_t service, int fd) {
  if (service == NET_ANSWER) {
    (void)net_datagram(fd);
    return;
  }
  if (service == NET_BATCH) {
    while (net_datagram_batch(fd)) {
      /* There may be more. */
    }
    return;
  }
  while (net_datagram(fd)) {
    /* Until there is none. */
  }
}

#endif /* BENCH_NET_CONN_H_ */
