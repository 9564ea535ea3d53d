/* http-hello.c - an HTTP/1.1 server that says hello.
 *
 *   http-hello [PORT]
 *
 * Connections are kept alive, and requests may be sent one behind the other
 * without waiting: all answers to what one read brought leave with one write.
 * While they are on their way the connection does not read on, so a client that
 * asks and never listens is held up by TCP, and costs no memory.
 *
 * Of a request, only what decides where it ends and whether another follows is
 * looked at: RFC 9112. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
  BACKLOG = 511,
  DEFAULT_PORT = 7080,
  HEAD_MOST = 8192,     /* bytes of a request without its body */
  DROPPED_MOST = 65536, /* bytes */
  ANSWERS_SIZE = 16384, /* of the answers to one read */
  ANSWER_MOST = 256     /* one of them */
};

typedef struct {
  uv_tcp_t tcp; /* first: a pointer to it is one to the connection */
  uv_write_t write;
  uv_shutdown_t shutdown;
  size_t dropped;          /* bytes that came after the last answer */
  size_t size;             /* bytes in |head| */
  unsigned long long body; /* bytes of a body that are still to come */
  int last;                /* the connection closes after this answer */
  size_t answers_size;
  char head[HEAD_MOST];
  char answers[ANSWERS_SIZE];
} connection_t;

static int must(int result, const char* what) {
  if (result < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
    exit(1);
  }
  return result;
}

/* ---- a request ------------------------------------------------------------
 */

/* The length of the head in |bytes| with the empty line that ends it; 0 when it
 * is not all there. */
static size_t head_length(const char* bytes, size_t size) {
  for (size_t i = 0; i + 4 <= size; i++) {
    if (memcmp(bytes + i, "\r\n\r\n", 4) == 0) {
      return i + 4;
    }
  }
  return 0;
}

/* Does |line| begin with |words|, whatever the case? */
static int line_begins(const char* line, const char* words) {
  while (*words != '\0' && tolower((unsigned char)*line) == *words) {
    line++;
    words++;
  }
  return *words == '\0';
}

/* The value of field |name|, in lower case with its colon, of the request in
 * |head|, a string; NULL when there is no such field. */
static const char* field_find(const char* head, const char* name) {
  const char* line = strstr(head, "\r\n");

  while (line != NULL && line[2] != '\r') {
    line += 2;
    if (line_begins(line, name)) {
      line += strlen(name);
      return line + strspn(line, " \t");
    }
    line = strstr(line, "\r\n");
  }
  return NULL;
}

/* Read the length of the body out of |value| into |*length|; 0, or the status
 * to refuse it with. */
static int body_length(const char* value, unsigned long long* length) {
  size_t digits = strspn(value, "0123456789");

  if (digits == 0 || digits > 15 ||
      value[digits + strspn(value + digits, " \t")] != '\r') {
    return 400;
  }
  *length = strtoull(value, NULL, 10);
  return 0;
}

/* What is to be answered to the request |head|, a string: a status. */
static int request_read(connection_t* connection, const char* head) {
  const char* version = strstr(head, " HTTP/1.");
  const char* end_of_line = strstr(head, "\r\n");
  const char* keep = field_find(head, "connection:");
  const char* length = field_find(head, "content-length:");
  int status = 0;

  connection->last = 1; /* unless all is well */
  if (version == NULL || version + 9 != end_of_line) {
    return 400;
  }
  if (field_find(head, "transfer-encoding:") != NULL) {
    return 501; /* No body in parts is read here. */
  }
  if (length != NULL) {
    status = body_length(length, &connection->body);
  }
  if (status != 0) {
    return status;
  }
  if (version[8] == '0') {
    connection->last = keep == NULL || !line_begins(keep, "keep-alive");
  } else {
    connection->last = keep != NULL && line_begins(keep, "close");
  }
  return strncmp(head, "GET ", 4) == 0 || strncmp(head, "POST ", 5) == 0 ||
                 strncmp(head, "HEAD ", 5) == 0
             ? 200
             : 405;
}

/* ---- an answer ------------------------------------------------------------
 */

static const char* status_text(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    default:
      return "Bad Request";
  }
}

static void answer(connection_t* connection, int status, int with_body) {
  const char* body = status == 200 ? "hello, world\n" : "no\n";
  int size = snprintf(
      connection->answers + connection->answers_size, ANSWER_MOST,
      "HTTP/1.1 %d %s\r\n"
      "Content-Type: text/plain\r\n"
      "Content-Length: %zu\r\n"
      "%s"
      "\r\n"
      "%s",
      status, status_text(status), strlen(body),
      connection->last ? "Connection: close\r\n" : "", with_body ? body : "");

  connection->answers_size += (size_t)size;
}

/* Drop |size| bytes from the front of what was read. */
static void head_drop(connection_t* connection, size_t size) {
  connection->size -= size;
  memmove(connection->head, connection->head + size, connection->size);
}

/* Drop what is there of a body. */
static void body_drop(connection_t* connection) {
  size_t size = connection->size;

  if (size > connection->body) {
    size = (size_t)connection->body;
  }
  connection->body -= size;
  head_drop(connection, size);
}

/* Answer the first request in the buffer, if it is all there. Was there one,
 * and may there be another? */
static int request_serve(connection_t* connection) {
  size_t length;
  char saved;
  int status;
  int with_body;

  body_drop(connection);
  length = head_length(connection->head, connection->size);
  if (length == 0 && connection->size < HEAD_MOST - 1) {
    return 0;
  }
  if (length == 0) {
    connection->last = 1;
    answer(connection, 431, 1);
    return 0;
  }
  saved = connection->head[length];
  connection->head[length] = '\0';
  status = request_read(connection, connection->head);
  with_body = strncmp(connection->head, "HEAD ", 5) != 0;
  connection->head[length] = saved;
  head_drop(connection, length);
  answer(connection, status, with_body);
  return !connection->last &&
         connection->answers_size + ANSWER_MOST <= ANSWERS_SIZE;
}

/* ---- a connection ----------------------------------------------------------
 */

static void connection_serve(connection_t* connection);

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
  /* A byte is left for the end of a string. */
  *buf = uv_buf_init(connection->head + connection->size,
                     (unsigned)(HEAD_MOST - 1 - connection->size));
}

static void connection_read(uv_stream_t* stream, ssize_t count,
                            const uv_buf_t* buf) {
  connection_t* connection = (connection_t*)stream;

  (void)buf;
  if (count < 0) {
    connection_close(connection); /* UV_EOF, or the peer is lost. */
    return;
  }
  connection->size += (size_t)count;
  connection_serve(connection);
}

/* What comes after the last answer is read and dropped, within reason: to close
 * with something unread resets the connection, and may take the answer along.
 */
static void connection_drop(uv_stream_t* stream, ssize_t count,
                            const uv_buf_t* buf) {
  connection_t* connection = (connection_t*)stream;

  (void)buf;
  connection->size = 0;
  connection->dropped += count > 0 ? (size_t)count : 0;
  if (count < 0 || connection->dropped > DROPPED_MOST) {
    connection_close(connection);
  }
}

static void connection_finish(connection_t* connection) {
  uv_stream_t* stream = (uv_stream_t*)&connection->tcp;

  connection->size = 0;
  if (uv_shutdown(&connection->shutdown, stream, NULL) != 0 ||
      uv_read_start(stream, connection_alloc, connection_drop) != 0) {
    connection_close(connection);
  }
}

static void connection_written(uv_write_t* req, int status) {
  connection_t* connection = (connection_t*)req->handle;

  if (status != 0) {
    connection_close(connection);
    return;
  }
  if (connection->last) {
    connection_finish(connection);
    return;
  }
  connection->answers_size = 0;
  connection_serve(connection); /* Some requests may have waited. */
}

/* Answer what there is, or else read on. */
static void connection_serve(connection_t* connection) {
  uv_stream_t* stream = (uv_stream_t*)&connection->tcp;
  uv_buf_t buf;
  int err;

  while (request_serve(connection)) {
    /* There may be another one. */
  }
  if (connection->answers_size > 0) {
    buf = uv_buf_init(connection->answers, (unsigned)connection->answers_size);
    (void)uv_read_stop(stream);
    err = uv_write(&connection->write, stream, &buf, 1, connection_written);
  } else {
    err = uv_read_start(stream, connection_alloc, connection_read);
  }
  if (err != 0 && err != UV_EALREADY) {
    connection_close(connection);
  }
}

/* ---- the server -----------------------------------------------------------
 */

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
  connection->size = 0;
  connection->dropped = 0;
  connection->body = 0;
  connection->last = 0;
  connection->answers_size = 0;
  must(uv_tcp_init(server->loop, &connection->tcp), "init");
  if (uv_accept(server, (uv_stream_t*)&connection->tcp) != 0) {
    connection_close(connection);
    return;
  }
  (void)uv_tcp_nodelay(&connection->tcp, 1); /* Slower without, but works. */
  connection_serve(connection);
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
  must(uv_ip4_addr("0.0.0.0", (int)port, &address), "address");
  must(uv_tcp_init(loop, &server), "init");
  must(uv_tcp_bind(&server, (const struct sockaddr*)&address, 0), "bind");
  must(uv_listen((uv_stream_t*)&server, BACKLOG, server_welcome), "listen");
  must(uv_tcp_getsockname(&server, (struct sockaddr*)&address, &size), "name");
  printf("serving at port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
