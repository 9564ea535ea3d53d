/* load-tcp.c - the client's side of TCP: echoes, bursts of connections, churn,
 * and a stream. */
#include "load.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  EVENTS_MOST = 256,
  CROWD = 512 /* connections that are made without looking whether they have
                 been taken: fewer than wait in a listener's queue */
};

typedef struct {
  int fd;
  size_t received; /* of the message that is under way */
  uint64_t began;
} client_t;

static struct {
  int epoll;
  client_t* clients;
  size_t left; /* operations to begin */
  size_t due;  /* operations to end */
} world;

static void client_connect(client_t* client) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

  client->fd = load_connect(SOCK_STREAM);
  client->received = 0;
  bench_check(epoll_ctl(world.epoll, EPOLL_CTL_ADD, client->fd, &event) == 0,
              "cannot watch a connection");
}

static void client_send(client_t* client) {
  static char message[NET_MESSAGE];

  client->began = load_now();
  bench_check(
      send(client->fd, message, NET_MESSAGE, MSG_NOSIGNAL) == NET_MESSAGE,
      "cannot send");
}

/* Receive of the message that is under way. Is that all of it? */
static bool client_receive(client_t* client) {
  char message[NET_MESSAGE];
  ssize_t count = recv(client->fd, message, NET_MESSAGE - client->received, 0);

  bench_check(count > 0, "the server hung up");
  client->received += (size_t)count;
  if (client->received < NET_MESSAGE) {
    return false;
  }
  client->received = 0;
  return true;
}

/* Wait for events, and hand those that have received their echo to |done|,
 * until as many operations as are due have ended. */
static void clients_run(void (*done)(client_t* client)) {
  struct epoll_event events[EVENTS_MOST];
  int count;
  int index;

  while (world.due > 0) {
    count = epoll_wait(world.epoll, events, EVENTS_MOST, -1);
    for (index = 0; index < count; index++) {
      client_t* client = events[index].data.ptr;
      if (client_receive(client)) {
        done(client);
      }
    }
  }
}

static void clients_open(size_t count) {
  world.epoll = epoll_create1(EPOLL_CLOEXEC);
  bench_check(world.epoll >= 0, "no epoll");
  world.clients = bench_alloc(count, sizeof(*world.clients));
}

/* ---- echo ------------------------------------------------------------------
 */

/* Echo once: then the server has |client|, and all that came before it. */
static void client_settle(client_t* client) {
  client_send(client);
  while (!client_receive(client)) {
    /* The rest is on its way. */
  }
}

static void echo_open(const net_workload_t* workload) {
  size_t index;

  clients_open(workload->connections);
  for (index = 0; index < workload->connections; index++) {
    client_connect(&world.clients[index]);
    if (index == 0) {
      client_settle(&world.clients[index]);
      load_first_is_there();
    } else if (index % CROWD == 0 || index + 1 == workload->connections) {
      client_settle(&world.clients[index]);
    }
  }
  for (index = 0; index < workload->connections; index++) {
    client_settle(&world.clients[index]);
  }
}

static void echo_begin(client_t* client) {
  if (world.left > 0) {
    world.left--;
    client_send(client);
  }
}

static void echo_done(client_t* client) {
  load_took(client->began);
  world.due--;
  echo_begin(client);
}

/* The active ones are spread evenly among all. */
static void echo_run(const net_workload_t* workload, size_t operations) {
  size_t step = workload->connections / workload->active;
  size_t index;

  world.left = operations;
  world.due = operations;
  for (index = 0; index < workload->active; index++) {
    echo_begin(&world.clients[index * step]);
  }
  clients_run(echo_done);
}

const load_t load_tcp_echo = {echo_open, echo_run};

/* ---- bursts ----------------------------------------------------------------
 */

/* End the connection |fd|, which the server has closed, without a trace: no
 * port is to be kept for a while. */
static void connection_drop(int fd) {
  struct linger now = {1, 0};
  char byte;

  bench_check(recv(fd, &byte, 1, 0) == 0, "the server did not hang up");
  bench_check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0,
              "a connection lingers");
  (void)close(fd);
}

static void burst_run(const net_workload_t* workload, size_t operations) {
  size_t size = workload->connections;
  int* fds = bench_alloc(size, sizeof(*fds));
  size_t done;
  size_t index;

  for (done = 0; done < operations; done += size) {
    load_server_stop();
    for (index = 0; index < size; index++) {
      fds[index] = load_connect(SOCK_STREAM);
    }
    load_server_go_on();
    for (index = 0; index < size; index++) {
      connection_drop(fds[index]);
    }
  }
  free(fds);
}

const load_t load_tcp_burst = {NULL, burst_run};

/* ---- churn -----------------------------------------------------------------
 */

static void churn_open(const net_workload_t* workload) {
  clients_open(workload->active);
}

static void churn_begin(client_t* client) {
  if (world.left > 0) {
    world.left--;
    client->began = load_now();
    client_connect(client);
    client_send(client);
  }
}

static void churn_done(client_t* client) {
  load_took(client->began);
  (void)close(client->fd);
  world.due--;
  churn_begin(client);
}

static void churn_run(const net_workload_t* workload, size_t operations) {
  size_t index;

  world.left = operations;
  world.due = operations;
  for (index = 0; index < workload->active; index++) {
    churn_begin(&world.clients[index]);
  }
  clients_run(churn_done);
}

const load_t load_tcp_churn = {churn_open, churn_run};

/* ---- a stream --------------------------------------------------------------
 */

static void stream_run(const net_workload_t* workload, size_t operations) {
  static char chunk[NET_CHUNK];
  int fd = load_connect(SOCK_STREAM);
  char byte;

  (void)workload;
  while (operations-- > 0) {
    bench_check(send(fd, chunk, NET_CHUNK, MSG_NOSIGNAL) == NET_CHUNK,
                "cannot send");
  }
  bench_check(shutdown(fd, SHUT_WR) == 0, "cannot end the stream");
  bench_check(recv(fd, &byte, 1, 0) == 0, "the server did not hang up");
  (void)close(fd);
}

const load_t load_tcp_stream = {NULL, stream_run};
