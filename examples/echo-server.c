/* echo-server.c - sends everything back to whoever sent it.
 *
 *   echo-server [PORT]
 *
 * One thread serves all connections. Each has one buffer: while what was read
 * into it is on its way back, the connection does not read on, so a peer that
 * sends and never receives is held up by TCP, and costs no memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
  BACKLOG = 511,
  DEFAULT_PORT = 7007,
  BUFFER_SIZE = 16384
};

typedef struct {
  uv_tcp_t tcp; /* first: a pointer to it is one to the connection */
  uv_write_t write;
  char buffer[BUFFER_SIZE];
} connection_t;

static int must(int result, const char* what) {
  if (result < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
    exit(1);
  }
  return result;
}

static void connection_closed(uv_handle_t* handle) {
  free(handle);
}

static void connection_close(connection_t* connection) {
  /* What is on its way is called back, as cancelled, and closes once more. */
  if (!uv_is_closing((uv_handle_t*)&connection->tcp)) {
    uv_close((uv_handle_t*)&connection->tcp, connection_closed);
  }
}

static void connection_alloc(uv_handle_t* handle, size_t suggested,
                             uv_buf_t* buf) {
  connection_t* connection = (connection_t*)handle;

  (void)suggested;
  *buf = uv_buf_init(connection->buffer, BUFFER_SIZE);
}

static void connection_read(uv_stream_t* stream, ssize_t count,
                            const uv_buf_t* buf);

static void connection_listen(connection_t* connection) {
  if (uv_read_start((uv_stream_t*)&connection->tcp, connection_alloc,
                    connection_read) != 0) {
    connection_close(connection);
  }
}

static void connection_written(uv_write_t* req, int status) {
  connection_t* connection = (connection_t*)req->handle;

  if (status != 0) {
    connection_close(connection);
  } else {
    connection_listen(connection);
  }
}

static void connection_read(uv_stream_t* stream, ssize_t count,
                            const uv_buf_t* buf) {
  connection_t* connection = (connection_t*)stream;
  uv_buf_t answer;

  if (count == 0) {
    return; /* It was not for us after all. */
  }
  if (count < 0) {
    connection_close(connection); /* UV_EOF, or the peer is lost. */
    return;
  }
  answer = uv_buf_init(buf->base, (unsigned)count);
  (void)uv_read_stop(stream);
  if (uv_write(&connection->write, stream, &answer, 1, connection_written) !=
      0) {
    connection_close(connection);
  }
}

static void server_welcome(uv_stream_t* server, int status) {
  connection_t* connection;

  if (status != 0) {
    fprintf(stderr, "accept: %s\n", uv_strerror(status));
    return; /* The server goes on listening. */
  }
  connection = malloc(sizeof(*connection));
  if (connection == NULL) {
    fprintf(stderr, "accept: no memory\n");
    exit(1);
  }
  must(uv_tcp_init(server->loop, &connection->tcp), "init");
  if (uv_accept(server, (uv_stream_t*)&connection->tcp) != 0) {
    connection_close(connection);
    return;
  }
  (void)uv_tcp_nodelay(&connection->tcp, 1); /* Slower without, but works. */
  connection_listen(connection);
}

int main(int argc, char** argv) {
  long port = argc > 1 ? strtol(argv[1], NULL, 10) : DEFAULT_PORT;
  struct sockaddr_in address;
  int size = sizeof(address);
  uv_tcp_t server;
  uv_loop_t* loop = uv_default_loop();

  if (loop == NULL || argc > 2 || port < 0 || port > 65535) {
    fprintf(stderr, "usage: %s [PORT]\n", argv[0]);
    return 2;
  }
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  must(uv_tcp_init(loop, &server), "init");
  must(uv_tcp_bind(&server, (const struct sockaddr*)&address, 0), "bind");
  must(uv_listen((uv_stream_t*)&server, BACKLOG, server_welcome), "listen");
  must(uv_tcp_getsockname(&server, (struct sockaddr*)&address, &size), "name");
  printf("echoing at port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
