/* server.c - a web server by libh2o on a loop of the program's own: an answer,
 * an echo of what is sent, and the files of the working directory.
 *
 * It prints its port, and ends, with everything closed, on SIGTERM. */
#include <h2o.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static h2o_globalconf_t config;
static h2o_context_t context;
static h2o_accept_ctx_t accepting;
static uv_tcp_t listener;
static uv_signal_t ending;

static int answer(h2o_handler_t* self, h2o_req_t* req) {
  static h2o_generator_t generator;
  h2o_iovec_t body = h2o_iovec_init(H2O_STRLIT("hello by h2o\n"));

  (void)self;
  if (req->entity.len > 0) {
    body = req->entity;
  }
  req->res.status = 200;
  req->res.reason = "OK";
  req->res.content_length = body.len;
  h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                 H2O_STRLIT("text/plain"));
  h2o_start_response(req, &generator);
  h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
  return 0;
}

static void on_connection(uv_stream_t* stream, int status) {
  uv_tcp_t* connection;

  if (status != 0) {
    return;
  }
  connection = malloc(sizeof(*connection));
  uv_tcp_init(stream->loop, connection);
  if (uv_accept(stream, (uv_stream_t*)connection) != 0) {
    uv_close((uv_handle_t*)connection, (uv_close_cb)free);
    return;
  }
  h2o_accept(&accepting,
             h2o_uv_socket_create((uv_stream_t*)connection, (uv_close_cb)free));
}

static void on_end(uv_signal_t* handle, int signum) {
  (void)signum;
  uv_close((uv_handle_t*)&listener, NULL);
  uv_close((uv_handle_t*)handle, NULL);
  uv_stop(handle->loop);
}

static int port_print(void) {
  struct sockaddr_in address;
  int size = sizeof(address);

  if (uv_tcp_getsockname(&listener, (struct sockaddr*)&address, &size) != 0) {
    return -1;
  }
  printf("%d\n", ntohs(address.sin_port));
  return fflush(stdout);
}

int main(void) {
  struct sockaddr_in address;
  h2o_hostconf_t* host;
  h2o_handler_t* handler;
  uv_loop_t loop;

  signal(SIGPIPE, SIG_IGN);
  h2o_config_init(&config);
  host = h2o_config_register_host(&config,
                                  h2o_iovec_init(H2O_STRLIT("default")), 65535);
  h2o_file_register(h2o_config_register_path(host, "/files", 0), ".", NULL,
                    NULL, 0);
  handler = h2o_create_handler(h2o_config_register_path(host, "/", 0),
                               sizeof(*handler));
  handler->on_req = answer;
  if (uv_loop_init(&loop) != 0) {
    return 1;
  }
  h2o_context_init(&context, &loop, &config);
  accepting.ctx = &context;
  accepting.hosts = config.hosts;
  uv_signal_init(&loop, &ending);
  uv_signal_start(&ending, on_end, SIGTERM);
  uv_tcp_init(&loop, &listener);
  uv_ip4_addr("127.0.0.1", 0, &address);
  if (uv_tcp_bind(&listener, (struct sockaddr*)&address, 0) != 0 ||
      uv_listen((uv_stream_t*)&listener, 128, on_connection) != 0 ||
      port_print() != 0) {
    return 1;
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  h2o_context_dispose(&context);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&loop) != 0) {
    uv_print_all_handles(&loop, stdout);
    return 1;
  }
  puts("ok");
  return 0;
}
