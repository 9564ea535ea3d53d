/* connections.c - a server for ten thousand connections.
 *
 * They come from a child process, see peers.c. Each sends a message now and
 * then, in which it says when that was, and gets it back; so it is known how
 * long a message takes from one process to the callback in the other. Each has
 * one buffer, and allocates nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"

enum {
  BACKLOG = 1024
};

static void on_gone(uv_handle_t* handle) {
  demo_t* demo = demo_of(handle->loop);

  demo->counts.close_calls++;
  demo->connections.open--;
}

static void connection_close(connection_t* connection) {
  /* A write that is cancelled by the closing comes here, too. */
  if (!uv_is_closing((uv_handle_t*)&connection->tcp)) {
    uv_close((uv_handle_t*)&connection->tcp, on_gone);
  }
}

static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  connection_t* connection = uv_handle_get_data(handle);

  (void)suggested;
  *buf = uv_buf_init((char*)&connection->message + connection->size,
                     (unsigned)(sizeof(message_t) - connection->size));
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf);

static void on_written(uv_write_t* req, int status) {
  connection_t* connection = uv_req_get_data((uv_req_t*)req);

  demo_of(req->handle->loop)->counts.poll_calls++;
  if (status != 0 || uv_read_start(req->handle, on_alloc, on_read) != 0) {
    connection_close(connection);
  }
}

static void message_answer(demo_t* demo, connection_t* connection) {
  uv_buf_t buf = uv_buf_init((char*)&connection->message, sizeof(message_t));

  latency_add(&demo->connections.latency,
              uv_hrtime() - connection->message.sent_ns);
  demo->counts.answers++;
  connection->size = 0;
  /* The peer may have the answer, and have sent again, before we hear that it
   * is written: until then the buffer and the request are in use. */
  (void)uv_read_stop((uv_stream_t*)&connection->tcp);
  if (uv_write(&connection->write, (uv_stream_t*)&connection->tcp, &buf, 1,
               on_written) != 0) {
    connection_close(connection);
  }
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  demo_t* demo = demo_of(stream->loop);
  connection_t* connection = uv_handle_get_data((uv_handle_t*)stream);

  (void)buf;
  demo->counts.poll_calls++;
  if (count < 0) {
    connection_close(connection);
    return;
  }
  connection->size += (size_t)count;
  if (connection->size == sizeof(message_t)) {
    message_answer(demo, connection);
  }
}

static void on_connection(uv_stream_t* server, int status) {
  demo_t* demo = demo_of(server->loop);
  connections_t* connections = &demo->connections;
  connection_t* connection;

  must(status, "a connection");
  demo->counts.poll_calls++;
  if (connections->came == connections->wanted) {
    return; /* Somebody else than our peers; the backlog may keep him. */
  }
  connection = &connections->all[connections->came++];
  must(uv_tcp_init(&demo->loop, &connection->tcp), "uv_tcp_init");
  uv_handle_set_data((uv_handle_t*)&connection->tcp, connection);
  uv_req_set_data((uv_req_t*)&connection->write, connection);
  connections->open++;
  must(uv_accept(server, (uv_stream_t*)&connection->tcp), "uv_accept");
  must(uv_read_start((uv_stream_t*)&connection->tcp, on_alloc, on_read),
       "uv_read_start");
}

/* ---- the child -------------------------------------------------------------
 */

static void on_report_alloc(uv_handle_t* handle, size_t suggested,
                            uv_buf_t* buf) {
  connections_t* connections = &demo_of(handle->loop)->connections;

  (void)suggested;
  *buf = uv_buf_init(
      connections->report + connections->report_size,
      (unsigned)(sizeof(connections->report) - 1 - connections->report_size));
}

/* What the child says at its end: how many messages it sent. */
static void on_report(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  demo_t* demo = demo_of(stream->loop);
  connections_t* connections = &demo->connections;

  (void)buf;
  if (count > 0) {
    connections->report_size += (size_t)count;
  } else if (count < 0) {
    connections->sent = strtoull(connections->report, NULL, 10);
    connections->reported = true;
    demo_end(demo);
  }
}

static void on_child_end(uv_process_t* child, int64_t status, int signum) {
  demo_t* demo = demo_of(child->loop);

  demo->connections.failed = status != 0 || signum != 0;
  demo->connections.running = false;
  demo_end(demo);
}

static void child_start(demo_t* demo, const char* port) {
  connections_t* connections = &demo->connections;
  char program[4096];
  char count[16];
  size_t size = sizeof(program);
  char* args[] = {program, "--peers", (char*)(uintptr_t)port, count, NULL};
  uv_stdio_container_t stdio[3];
  uv_process_options_t options;

  must(uv_exepath(program, &size), "uv_exepath");
  (void)snprintf(count, sizeof(count), "%u", connections->wanted);
  must(uv_pipe_init(&demo->loop, &connections->input, 0), "uv_pipe_init");
  must(uv_pipe_init(&demo->loop, &connections->output, 0), "uv_pipe_init");
  stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE; /* The child reads. */
  stdio[0].data.stream = (uv_stream_t*)&connections->input;
  stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
  stdio[1].data.stream = (uv_stream_t*)&connections->output;
  stdio[2].flags = UV_INHERIT_FD;
  stdio[2].data.fd = 2;
  memset(&options, 0, sizeof(options));
  options.file = program;
  options.args = args;
  options.stdio = stdio;
  options.stdio_count = 3;
  options.exit_cb = on_child_end;
  options.flags = UV_PROCESS_DETACHED; /* Ctrl-C is for us; we tell it. */
  must(uv_spawn(&demo->loop, &connections->child, &options), "uv_spawn");
  connections->running = true;
  must(uv_read_start((uv_stream_t*)&connections->output, on_report_alloc,
                     on_report),
       "uv_read_start");
}

void connections_open(demo_t* demo) {
  connections_t* connections = &demo->connections;
  struct sockaddr_in address;
  int size = sizeof(address);
  char port[8];

  connections->all = calloc(connections->wanted, sizeof(*connections->all));
  must(connections->all != NULL ? 0 : UV_ENOMEM, "calloc");
  must(uv_ip4_addr("127.0.0.1", 0, &address), "uv_ip4_addr");
  must(uv_tcp_init(&demo->loop, &connections->server), "uv_tcp_init");
  must(uv_tcp_bind(&connections->server, (struct sockaddr*)&address, 0),
       "uv_tcp_bind");
  must(uv_listen((uv_stream_t*)&connections->server, BACKLOG, on_connection),
       "uv_listen");
  must(uv_tcp_getsockname(&connections->server, (struct sockaddr*)&address,
                          &size),
       "uv_tcp_getsockname");
  (void)snprintf(port, sizeof(port), "%u", ntohs(address.sin_port));
  child_start(demo, port);
}

bool connections_end(demo_t* demo) {
  connections_t* connections = &demo->connections;

  if (connections->running &&
      !uv_is_closing((uv_handle_t*)&connections->input)) {
    uv_close((uv_handle_t*)&connections->input, NULL); /* It reads the end. */
  }
  /* What it has said may arrive after its end. */
  return !connections->running && connections->reported;
}
