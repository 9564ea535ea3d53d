/* uv.c - the servers over the API of uv.h, as a program would write them.
 *
 * Compiled twice, as uv-core.c is. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "../bench.h"
#include "net.h"

static struct {
  net_service_t service;
  uv_loop_t loop;
  union {
    uv_tcp_t tcp;
    uv_udp_t udp;
  } socket;
} world;

static void check(int err, const char* message) {
  bench_check(err == 0, message);
}

/* ---- TCP -------------------------------------------------------------------
 */

typedef struct {
  uv_tcp_t tcp; /* first: a pointer to it is one to this */
  uv_write_t write;
  bool writing;
  char data[NET_ROOM];
} client_t;

static void on_closed(uv_handle_t* handle) {
  free(handle);
}

static void client_end(client_t* client) {
  if (!uv_is_closing((uv_handle_t*)&client->tcp)) {
    uv_close((uv_handle_t*)&client->tcp, on_closed);
  }
}

static void on_written(uv_write_t* write, int status) {
  client_t* client = (client_t*)write->handle;

  client->writing = false;
  if (status < 0) {
    client_end(client);
  }
}

/* While the memory is being written from, there is none. */
static void on_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  client_t* client = (client_t*)handle;

  (void)size;
  *buf = uv_buf_init(client->data, client->writing ? 0 : NET_ROOM);
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* from) {
  client_t* client = (client_t*)stream;
  uv_buf_t buf;

  if (count > 0) {
    buf = uv_buf_init(from->base, (unsigned)count);
    client->writing = true;
    check(uv_write(&client->write, stream, &buf, 1, on_written),
          "the write was refused");
  } else if (count < 0 && count != UV_ENOBUFS) {
    client_end(client);
  }
}

static void on_sink_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char chunk[NET_CHUNK];

  (void)handle, (void)size;
  *buf = uv_buf_init(chunk, NET_CHUNK);
}

static void on_sink(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void)buf;
  if (count < 0) {
    client_end((client_t*)stream);
  }
}

static void on_connection(uv_stream_t* server, int status) {
  client_t* client = bench_alloc(1, sizeof(*client));
  uv_stream_t* stream = (uv_stream_t*)&client->tcp;

  check(status, "a connection failed");
  check(uv_tcp_init(&world.loop, &client->tcp), "no handle");
  check(uv_accept(server, stream), "cannot accept");
  if (world.service == NET_ACCEPT) {
    client_end(client);
  } else if (world.service == NET_SINK) {
    check(uv_read_start(stream, on_sink_alloc, on_sink), "cannot read");
  } else {
    check(uv_read_start(stream, on_alloc, on_read), "cannot read");
  }
}

static void tcp_begin(void) {
  uv_tcp_t* tcp = &world.socket.tcp;
  struct sockaddr_in address;
  int size = sizeof(address);

  check(uv_tcp_init(&world.loop, tcp), "no handle");
  check(uv_ip4_addr("127.0.0.1", 0, &address), "no address");
  check(uv_tcp_bind(tcp, (struct sockaddr*)&address, 0), "no socket");
  check(uv_listen((uv_stream_t*)tcp, SOMAXCONN, on_connection),
        "cannot listen");
  check(uv_tcp_getsockname(tcp, (struct sockaddr*)&address, &size), "no name");
  net_publish(ntohs(address.sin_port));
}

/* ---- UDP -------------------------------------------------------------------
 */

typedef struct answer answer_t;

struct answer {
  uv_udp_send_t send; /* first: a pointer to it is one to this */
  answer_t* next;     /* of those that are free */
  char data[NET_ROOM];
};

static answer_t* answers;

static void on_sent(uv_udp_send_t* send, int status) {
  answer_t* answer = (answer_t*)send;

  (void)status; /* What is lost, the client misses. */
  answer->next = answers;
  answers = answer;
}

static void answer_send(uv_udp_t* udp, const char* data, size_t size,
                        const struct sockaddr* to) {
  answer_t* answer = answers;
  uv_buf_t buf;

  if (answer != NULL) {
    answers = answer->next;
  } else {
    answer = bench_alloc(1, sizeof(*answer));
  }
  memcpy(answer->data, data, size);
  buf = uv_buf_init(answer->data, (unsigned)size);
  check(uv_udp_send(&answer->send, udp, &buf, 1, to, on_sent),
        "the datagram was refused");
}

static void on_udp_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char room[NET_BATCH_MOST * NET_CHUNK];

  (void)handle;
  *buf = uv_buf_init(
      room, world.service == NET_BATCH ? sizeof(room) : (unsigned)size);
}

static void on_datagram(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                        const struct sockaddr* from, unsigned flags) {
  (void)flags;
  if (count > 0 && count <= NET_ROOM && buf->base[0] != NET_MUTE) {
    answer_send(udp, buf->base, (size_t)count, from);
  }
}

/* As a program does: the library has made the socket, and knows that nobody
 * else reads from it. */
static void udp_begin(void) {
  uv_udp_t* udp = &world.socket.udp;
  struct sockaddr_in address;
  int size = sizeof(address);

  check(uv_udp_init_ex(&world.loop, udp,
                       world.service == NET_BATCH
                           ? AF_UNSPEC | (unsigned)UV_UDP_RECVMMSG
                           : AF_UNSPEC),
        "no handle");
  check(uv_ip4_addr("127.0.0.1", 0, &address), "no address");
  check(uv_udp_bind(udp, (struct sockaddr*)&address, 0), "no socket");
  check(uv_udp_getsockname(udp, (struct sockaddr*)&address, &size), "no name");
  net_publish(ntohs(address.sin_port));
  check(uv_udp_recv_start(udp, on_udp_alloc, on_datagram), "cannot receive");
}

/* ---- both ------------------------------------------------------------------
 */

bool net_binds(void) {
  return true;
}

void net_serve(net_service_t service, int fd) {
  (void)fd;
  world.service = service;
  check(uv_loop_init(&world.loop), "no loop");
  if (net_is_udp(service)) {
    udp_begin();
  } else {
    tcp_begin();
  }
  (void)uv_run(&world.loop, UV_RUN_DEFAULT);
}

bool net_can_serve(const net_workload_t* workload) {
  (void)workload;
  return true;
}
