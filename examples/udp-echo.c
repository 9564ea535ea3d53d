/* udp-echo.c - sends every datagram back to whoever sent it.
 *
 *   udp-echo [PORT]
 *
 * Where the system can, many datagrams arrive with one call, in the chunks of
 * one piece of memory, and answers leave at once. What there is no room for is
 * dropped, as the network does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
  DEFAULT_PORT = 7007,
  CHUNKS = 16,
  MEMORY_SIZE = CHUNKS * 65536
};

static char memory[MEMORY_SIZE];

static void must(int result, const char* what) {
  if (result < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
    exit(1);
  }
}

static void server_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory)); /* It is free after each turn. */
}

static void server_receive(uv_udp_t* server, ssize_t count, const uv_buf_t* buf,
                           const struct sockaddr* from, unsigned flags) {
  uv_buf_t answer;
  int sent;

  (void)flags;
  if (count < 0) {
    fprintf(stderr, "receive: %s\n", uv_strerror((int)count));
    return; /* Receiving goes on. */
  }
  if (from == NULL) {
    return; /* There is nothing more this time. */
  }
  answer = uv_buf_init(buf->base, (unsigned)count);
  sent = uv_udp_try_send(server, &answer, 1, from);
  if (sent < 0 && sent != UV_EAGAIN) {
    fprintf(stderr, "send: %s\n", uv_strerror(sent));
  }
}

int main(int argc, char** argv) {
  long port = argc > 1 ? strtol(argv[1], NULL, 10) : DEFAULT_PORT;
  struct sockaddr_in address;
  int size = sizeof(address);
  uv_udp_t server;
  uv_loop_t* loop = uv_default_loop();

  if (loop == NULL || argc > 2 || port < 0 || port > 65535) {
    fprintf(stderr, "usage: %s [PORT]\n", argv[0]);
    return 2;
  }
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  must(uv_udp_init_ex(loop, &server, UV_UDP_RECVMMSG), "init");
  must(uv_udp_bind(&server, (const struct sockaddr*)&address, 0), "bind");
  must(uv_udp_recv_start(&server, server_alloc, server_receive), "receive");
  must(uv_udp_getsockname(&server, (struct sockaddr*)&address, &size), "name");
  printf("echoing at port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
