/* peers.c - the other end of the connections, in a process of its own.
 *
 * Every ms some of the peers that are not waiting for an answer send a message.
 * When standard input ends, no more is sent; once each has its answer, the
 * number of messages is printed, and the exit status tells whether every answer
 * was the message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"

enum {
  CONNECTING = 64, /* at a time */
  TICK_MS = 1,
  SENDS = 10,      /* in a ms */
  MAX_SENDS = 1000 /* in a tick, if it is late */
};

typedef struct peers peers_t;

typedef struct {
  uv_tcp_t tcp;
  uv_connect_t connect;
  uv_write_t write;
  peers_t* peers;
  message_t sent;
  message_t got;
  size_t got_size;
  bool connected;
  bool waits; /* for its answer */
} peer_t;

struct peers {
  uv_loop_t loop;
  uv_pipe_t input;
  uv_timer_t tick;
  struct sockaddr_in server;
  peer_t* all;
  unsigned count;
  unsigned begun; /* to connect */
  unsigned waiting;
  unsigned random;
  uint64_t sent;
  uint64_t ticked_ms; /* when the last tick was */
  bool ending;
  bool wrong;
};

static void close_one(uv_handle_t* handle, void* arg) {
  (void)arg;
  if (!uv_is_closing(handle)) {
    uv_close(handle, NULL);
  }
}

/* Close all, if the end has come and nobody waits any more. */
static void peers_end(peers_t* peers) {
  if (peers->ending && peers->waiting == 0) {
    uv_walk(&peers->loop, close_one, NULL);
  }
}

static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  peer_t* peer = uv_handle_get_data(handle);

  (void)suggested;
  *buf = uv_buf_init((char*)&peer->got + peer->got_size,
                     (unsigned)(sizeof(message_t) - peer->got_size));
}

static void on_answer(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  peer_t* peer = uv_handle_get_data((uv_handle_t*)stream);
  peers_t* peers = peer->peers;

  (void)buf;
  if (count < 0) {
    peers->wrong = true; /* The server closes after us. */
    peers->ending = true;
    peers->waiting = 0;
    peers_end(peers);
    return;
  }
  peer->got_size += (size_t)count;
  if (peer->got_size < sizeof(message_t)) {
    return;
  }
  peers->wrong |= memcmp(&peer->got, &peer->sent, sizeof(message_t)) != 0;
  peer->got_size = 0;
  peer->waits = false;
  peers->waiting--;
  peers_end(peers);
}

static void on_written(uv_write_t* req, int status) {
  peer_t* peer = uv_req_get_data((uv_req_t*)req);

  /* What is cancelled by the end is not wrong. */
  peer->peers->wrong |= status != 0 && status != UV_ECANCELED;
}

static void message_send(peer_t* peer) {
  peers_t* peers = peer->peers;
  uv_buf_t buf = uv_buf_init((char*)&peer->sent, sizeof(message_t));

  peer->waits = true;
  peers->waiting++;
  peer->sent.number = peers->sent++;
  peer->sent.sent_ns = uv_hrtime();
  must(uv_write(&peer->write, (uv_stream_t*)&peer->tcp, &buf, 1, on_written),
       "a peer's write");
}

static void peer_begin(peer_t* peer);

static void on_connected(uv_connect_t* req, int status) {
  peer_t* peer = uv_req_get_data((uv_req_t*)req);
  peers_t* peers = peer->peers;

  if (peers->ending) {
    return;
  }
  must(status, "a peer's connection");
  peer->connected = true;
  must(uv_read_start((uv_stream_t*)&peer->tcp, on_alloc, on_answer),
       "a peer's reading");
  if (peers->begun < peers->count) {
    peer_begin(&peers->all[peers->begun++]);
  }
}

static void peer_begin(peer_t* peer) {
  peers_t* peers = peer->peers;

  must(uv_tcp_init(&peers->loop, &peer->tcp), "uv_tcp_init");
  uv_handle_set_data((uv_handle_t*)&peer->tcp, peer);
  uv_req_set_data((uv_req_t*)&peer->connect, peer);
  uv_req_set_data((uv_req_t*)&peer->write, peer);
  must(uv_tcp_connect(&peer->connect, &peer->tcp,
                      (const struct sockaddr*)&peers->server, on_connected),
       "uv_tcp_connect");
}

static void on_tick(uv_timer_t* tick) {
  peers_t* peers = uv_handle_get_data((uv_handle_t*)tick);
  uint64_t now_ms = uv_now(&peers->loop);
  uint64_t sends = (now_ms - peers->ticked_ms) * SENDS;

  peers->ticked_ms = now_ms;
  for (sends = sends < MAX_SENDS ? sends : MAX_SENDS; sends > 0; sends--) {
    peer_t* peer;
    peers->random = peers->random * 1664525 + 1013904223;
    peer = &peers->all[(uint64_t)peers->random * peers->count >> 32];
    if (peer->connected && !peer->waits) {
      message_send(peer);
    }
  }
}

static void on_input_alloc(uv_handle_t* handle, size_t suggested,
                           uv_buf_t* buf) {
  static char byte;

  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(&byte, 1);
}

static void on_input(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  peers_t* peers = uv_handle_get_data((uv_handle_t*)stream);

  (void)buf;
  if (count < 0) {
    peers->ending = true;
    uv_close((uv_handle_t*)&peers->input, NULL);
    uv_close((uv_handle_t*)&peers->tick, NULL);
    peers_end(peers);
  }
}

static void peers_open(peers_t* peers) {
  unsigned index;

  must(uv_loop_init(&peers->loop), "uv_loop_init");
  peers->all = calloc(peers->count, sizeof(*peers->all));
  must(peers->all != NULL ? 0 : UV_ENOMEM, "calloc");
  for (index = 0; index < peers->count; index++) {
    peers->all[index].peers = peers;
  }
  must(uv_pipe_init(&peers->loop, &peers->input, 0), "uv_pipe_init");
  must(uv_pipe_open(&peers->input, 0), "uv_pipe_open");
  uv_handle_set_data((uv_handle_t*)&peers->input, peers);
  must(uv_read_start((uv_stream_t*)&peers->input, on_input_alloc, on_input),
       "uv_read_start");
  must(uv_timer_init(&peers->loop, &peers->tick), "uv_timer_init");
  uv_handle_set_data((uv_handle_t*)&peers->tick, peers);
  peers->ticked_ms = uv_now(&peers->loop);
  must(uv_timer_start(&peers->tick, on_tick, TICK_MS, TICK_MS),
       "uv_timer_start");
  while (peers->begun < peers->count && peers->begun < CONNECTING) {
    peer_begin(&peers->all[peers->begun++]);
  }
}

int peers_main(int port, unsigned count) {
  static peers_t peers;

  must(uv_ip4_addr("127.0.0.1", port, &peers.server), "uv_ip4_addr");
  peers.count = count;
  peers_open(&peers);
  must(uv_run(&peers.loop, UV_RUN_DEFAULT), "uv_run");
  must(uv_loop_close(&peers.loop), "uv_loop_close");
  free(peers.all);
  printf("%llu\n", (unsigned long long)peers.sent);
  return peers.wrong ? 1 : 0;
}
