/* epoll.c - the servers, written by hand over epoll: what a loop could cost at
 * least. */
#include "conn.h"

#include <stdlib.h>
#include <sys/epoll.h>

enum {
  EVENTS_MOST = 512
};

static struct {
  net_service_t service;
  int epoll;
  int fd; /* the listener, or the socket of datagrams */
} world;

static void tell(int op, int fd, uint32_t events, void* data) {
  struct epoll_event event = {.events = events, .data.ptr = data};

  bench_check(epoll_ctl(world.epoll, op, fd, &event) == 0, "epoll_ctl fails");
}

static void conn_end(net_conn_t* conn) {
  (void)close(conn->fd); /* epoll forgets it with that. */
  free(conn);
}

/* What |conn| wants when it wanted |before|. */
static void conn_want(net_conn_t* conn, net_wants_t before, net_wants_t wants) {
  if (wants == NET_OVER) {
    conn_end(conn);
  } else if (wants != before) {
    tell(EPOLL_CTL_MOD, conn->fd, wants == NET_WANTS_WRITE ? EPOLLOUT : EPOLLIN,
         conn);
  }
}

static void conn_ready(net_conn_t* conn, uint32_t events) {
  if (events & EPOLLOUT) {
    conn_want(conn, NET_WANTS_WRITE, net_conn_flush(conn));
  } else {
    conn_want(
        conn, NET_WANTS_READ,
        world.service == NET_SINK ? net_conn_sink(conn) : net_conn_echo(conn));
  }
}

static void conn_begin(int fd) {
  net_conn_t* conn = bench_alloc(1, sizeof(*conn));

  conn->fd = fd;
  tell(EPOLL_CTL_ADD, fd, EPOLLIN, conn);
}

static void listener_ready(void) {
  int most = NET_ACCEPTS_MOST;
  int fd;

  while (most-- > 0 && (fd = net_accept(world.fd)) >= 0) {
    if (world.service == NET_ACCEPT) {
      (void)close(fd);
    } else {
      conn_begin(fd);
    }
  }
}

static void ready(const struct epoll_event* event) {
  if (event->data.ptr != NULL) {
    conn_ready(event->data.ptr, event->events);
  } else if (net_is_udp(world.service)) {
    net_datagrams(world.service, world.fd);
  } else {
    listener_ready();
  }
}

bool net_binds(void) {
  return false;
}

void net_serve(net_service_t service, int fd) {
  struct epoll_event events[EVENTS_MOST];
  int count;
  int index;

  world.service = service;
  world.fd = fd;
  world.epoll = epoll_create1(EPOLL_CLOEXEC);
  bench_check(world.epoll >= 0, "no epoll");
  tell(EPOLL_CTL_ADD, fd, EPOLLIN, NULL);
  for (;;) {
    count = epoll_wait(world.epoll, events, EVENTS_MOST, -1);
    for (index = 0; index < count; index++) {
      ready(&events[index]);
    }
  }
}

bool net_can_serve(const net_workload_t* workload) {
  (void)workload;
  return true;
}
