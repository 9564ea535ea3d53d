/* ev.c - the servers over libev: its watchers, and the calls by hand. */
#include "conn.h"

#include <ev.h>
#include <stdlib.h>

static net_service_t served;

typedef struct {
  ev_io io; /* first: a pointer to it is one to this */
  net_conn_t conn;
} client_t;

static void client_want(struct ev_loop* loop, client_t* client,
                        net_wants_t before, net_wants_t wants) {
  if (wants == NET_OVER) {
    ev_io_stop(loop, &client->io);
    (void)close(client->conn.fd);
    free(client);
  } else if (wants != before) {
    ev_io_stop(loop, &client->io);
    ev_io_set(&client->io, client->conn.fd,
              wants == NET_WANTS_WRITE ? EV_WRITE : EV_READ);
    ev_io_start(loop, &client->io);
  }
}

static void on_client(struct ev_loop* loop, ev_io* io, int events) {
  client_t* client = (client_t*)io;

  if (events & EV_WRITE) {
    client_want(loop, client, NET_WANTS_WRITE, net_conn_flush(&client->conn));
  } else {
    client_want(loop, client, NET_WANTS_READ,
                served == NET_SINK ? net_conn_sink(&client->conn)
                                   : net_conn_echo(&client->conn));
  }
}

static void client_begin(struct ev_loop* loop, int fd) {
  client_t* client = bench_alloc(1, sizeof(*client));

  client->conn.fd = fd;
  ev_io_init(&client->io, on_client, fd, EV_READ);
  ev_io_start(loop, &client->io);
}

static void on_listener(struct ev_loop* loop, ev_io* io, int events) {
  int most = NET_ACCEPTS_MOST;
  int fresh;

  (void)events;
  while (most-- > 0 && (fresh = net_accept(io->fd)) >= 0) {
    if (served == NET_ACCEPT) {
      (void)close(fresh);
    } else {
      client_begin(loop, fresh);
    }
  }
}

static void on_datagrams(struct ev_loop* loop, ev_io* io, int events) {
  (void)loop, (void)events;
  net_datagrams(served, io->fd);
}

bool net_binds(void) {
  return false;
}

void net_serve(net_service_t service, int fd) {
  struct ev_loop* loop = ev_loop_new(EVFLAG_AUTO);
  ev_io io;

  bench_check(loop != NULL, "no loop");
  served = service;
  ev_io_init(&io, net_is_udp(service) ? on_datagrams : on_listener, fd,
             EV_READ);
  ev_io_start(loop, &io);
  (void)ev_run(loop, 0);
}

bool net_can_serve(const net_workload_t* workload) {
  return workload->service != NET_BATCH; /* It would be epoll.c's. */
}
