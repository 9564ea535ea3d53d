/* event.c - the servers over libevent: bare events, and the calls by hand. */
#include "conn.h"

#include <event2/event.h>
#include <stdlib.h>

static struct {
  net_service_t service;
  struct event_base* base;
} world;

typedef struct {
  net_conn_t conn;
  struct event* read;
  struct event* write;
} client_t;

static void client_end(client_t* client) {
  event_free(client->read);
  event_free(client->write);
  (void)close(client->conn.fd);
  free(client);
}

static void client_want(client_t* client, net_wants_t before,
                        net_wants_t wants) {
  if (wants == NET_OVER) {
    client_end(client);
  } else if (wants != before && wants == NET_WANTS_WRITE) {
    (void)event_del(client->read);
    (void)event_add(client->write, NULL);
  } else if (wants != before) {
    (void)event_del(client->write);
    (void)event_add(client->read, NULL);
  }
}

static void client_readable(evutil_socket_t fd, short what, void* arg) {
  client_t* client = arg;

  (void)fd, (void)what;
  client_want(client, NET_WANTS_READ,
              world.service == NET_SINK ? net_conn_sink(&client->conn)
                                        : net_conn_echo(&client->conn));
}

static void client_writable(evutil_socket_t fd, short what, void* arg) {
  client_t* client = arg;

  (void)fd, (void)what;
  client_want(client, NET_WANTS_WRITE, net_conn_flush(&client->conn));
}

static void client_begin(int fd) {
  client_t* client = bench_alloc(1, sizeof(*client));

  client->conn.fd = fd;
  client->read =
      event_new(world.base, fd, EV_READ | EV_PERSIST, client_readable, client);
  client->write =
      event_new(world.base, fd, EV_WRITE | EV_PERSIST, client_writable, client);
  bench_check(client->read != NULL && client->write != NULL &&
                  event_add(client->read, NULL) == 0,
              "no event");
}

static void on_listener(evutil_socket_t fd, short what, void* arg) {
  int most = NET_ACCEPTS_MOST;
  int fresh;

  (void)what, (void)arg;
  while (most-- > 0 && (fresh = net_accept(fd)) >= 0) {
    if (world.service == NET_ACCEPT) {
      (void)close(fresh);
    } else {
      client_begin(fresh);
    }
  }
}

static void on_datagrams(evutil_socket_t fd, short what, void* arg) {
  (void)what, (void)arg;
  net_datagrams(world.service, fd);
}

bool net_binds(void) {
  return false;
}

void net_serve(net_service_t service, int fd) {
  struct event* event;

  world.service = service;
  world.base = event_base_new();
  bench_check(world.base != NULL, "no base");
  event = event_new(world.base, fd, EV_READ | EV_PERSIST,
                    net_is_udp(service) ? on_datagrams : on_listener, NULL);
  bench_check(event != NULL && event_add(event, NULL) == 0, "no event");
  (void)event_base_dispatch(world.base);
}

bool net_can_serve(const net_workload_t* workload) {
  return workload->service != NET_BATCH; /* It would be epoll.c's. */
}
