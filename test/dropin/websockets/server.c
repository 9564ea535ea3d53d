/* server.c - WebSockets and files by libwebsockets, whose plugin for libuv
 * shares a loop with timers and signals of the program's own.
 *
 * It prints its port, and ends, with everything closed, on SIGTERM. */
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

typedef struct session {
  size_t size;
  int flags;
  unsigned char room[LWS_PRE + 4096];
} session_t;

static struct lws_context* context;
static struct lws_vhost* vhost;
static uv_signal_t ending;
static uv_timer_t ticking;
static int ticks;

/* What arrives is sent back, a piece at a time. */
static int on_echo(struct lws* wsi, enum lws_callback_reasons reason,
                   void* user, void* in, size_t size) {
  session_t* session = user;

  if (reason == LWS_CALLBACK_RECEIVE) {
    if (size > sizeof(session->room) - LWS_PRE) {
      return -1;
    }
    memcpy(session->room + LWS_PRE, in, size);
    session->size = size;
    session->flags =
        lws_write_ws_flags(LWS_WRITE_BINARY, lws_is_first_fragment(wsi),
                           lws_is_final_fragment(wsi));
    lws_rx_flow_control(wsi, 0);
    lws_callback_on_writable(wsi);
  } else if (reason == LWS_CALLBACK_SERVER_WRITEABLE && session->flags >= 0) {
    if (lws_write(wsi, session->room + LWS_PRE, session->size,
                  (enum lws_write_protocol)session->flags) < 0) {
      return -1;
    }
    session->flags = -1;
    lws_rx_flow_control(wsi, 1);
  } else if (reason == LWS_CALLBACK_ESTABLISHED) {
    session->flags = -1;
  }
  return 0;
}

static const struct lws_protocols protocols[] = {
    {"http", lws_callback_http_dummy, 0, 0, 0, NULL, 0},
    {"echo", on_echo, sizeof(session_t), 4096, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0}};

static const struct lws_http_mount mount = {.mountpoint = "/",
                                            .mountpoint_len = 1,
                                            .origin = ".",
                                            .def = "index.html",
                                            .origin_protocol = LWSMPRO_FILE};

static void on_tick(uv_timer_t* timer) {
  (void)timer;
  ticks++;
}

static void on_end(uv_signal_t* handle, int signum) {
  (void)signum;
  uv_close((uv_handle_t*)handle, NULL);
  uv_close((uv_handle_t*)&ticking, NULL);
  lws_context_destroy(context);
}

int main(void) {
  struct lws_context_creation_info info;
  uv_loop_t loop;
  void* loops[1] = {&loop};

  if (uv_loop_init(&loop) != 0) {
    return 1;
  }
  uv_signal_init(&loop, &ending);
  uv_signal_start(&ending, on_end, SIGTERM);
  uv_timer_init(&loop, &ticking);
  uv_timer_start(&ticking, on_tick, 1, 1);
  lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
  memset(&info, 0, sizeof(info));
  info.port = 0;
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  info.mounts = &mount;
  info.foreign_loops = loops;
  info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
  context = lws_create_context(&info);
  if (context == NULL) {
    return 1;
  }
  vhost = lws_create_vhost(context, &info);
  if (vhost == NULL) {
    return 1;
  }
  printf("%d\n", lws_get_vhost_listen_port(vhost));
  fflush(stdout);
  uv_run(&loop, UV_RUN_DEFAULT);
  lws_context_destroy(context);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&loop) != 0) {
    uv_print_all_handles(&loop, stdout);
    return 1;
  }
  puts(ticks > 0 ? "ok" : "no ticks");
  return 0;
}
