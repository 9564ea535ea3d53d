/* sweep-streams.c - streams while calls fail: an echo over TCP and over a pipe
 * with a name, and handles that are passed on.
 *
 * Each echo is that of a client that sends two pieces, reads them back, says
 * that this was all, and closes when the server has answered with the same. */
#include "scenario.h"

enum {
  PIECES = 2,
  PIECE = 5, /* bytes */
  PASSED = 3 /* handles */
};

static union {
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
} listener, client, server;

static uv_connect_t connect_req;
static uv_write_t client_writes[PIECES];
static uv_write_t server_writes[PIECES * PIECE]; /* they may come in bytes */
static uv_shutdown_t shutdown_req;
static int server_write_count;
static size_t echoed;

/* ---- the server -----------------------------------------------------------
 */

static void note_write(uv_write_t* req, int status) {
  (void)req;
  (void)ends(status);
}

static void serve(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  uv_buf_t answer = uv_buf_init(buf->base, (unsigned)(count > 0 ? count : 0));

  if (gave_up || count == 0) {
    return;
  }
  if (count == UV_EOF) {
    uv_close((uv_handle_t*)stream, NULL);
    return;
  }
  if (goes(count < 0 ? (int)count : 0)) {
    (void)begins(uv_write(&server_writes[server_write_count++], stream, &answer,
                          1, note_write));
  }
}

static void welcome(uv_stream_t* stream, int status) {
  if (gave_up) {
    return;
  }
  if (status != 0) {
    error_check(status, "listener", __FILE__, __LINE__);
    if (fault.lasting == FAIL_FOR_EVER) {
      give_up();
    } /* Else it listens on, and tries again. */
    return;
  }
  CHECK((stream->type == UV_TCP ? uv_tcp_init(&loop, &server.tcp)
                                : uv_pipe_init(&loop, &server.pipe, 0)) == 0);
  if (goes(uv_accept(stream, &server.stream))) {
    (void)goes(uv_read_start(&server.stream, give_memory, serve));
  }
}

/* ---- the client -----------------------------------------------------------
 */

static void note_shutdown(uv_shutdown_t* req, int status) {
  (void)req;
  (void)ends(status);
}

static void note_echo(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void)buf;
  if (gave_up || count == 0) {
    return;
  }
  if (count == UV_EOF) {
    CHECK(echoed == (size_t)PIECES * PIECE);
    uv_close((uv_handle_t*)stream, NULL);
    uv_close((uv_handle_t*)&listener.stream, NULL);
    return;
  }
  if (!goes(count < 0 ? (int)count : 0)) {
    return;
  }
  echoed += (size_t)count;
  if (echoed == (size_t)PIECES * PIECE) {
    (void)begins(uv_shutdown(&shutdown_req, stream, note_shutdown));
  }
}

static void speak(uv_connect_t* req, int status) {
  uv_buf_t bufs[2] = {text("hel"), text("lo")};

  if (!ends(status) ||
      !goes(uv_read_start(req->handle, give_memory, note_echo))) {
    return;
  }
  for (int i = 0; i < PIECES && !gave_up; i++) {
    (void)begins(uv_write(&client_writes[i], req->handle, bufs, 2, note_write));
  }
}

static bool echo_begin(void) {
  echoed = 0;
  server_write_count = 0;
  return scene_begin();
}

/* ---- over TCP -------------------------------------------------------------
 */

static bool tcp_listen(struct sockaddr_in* address) {
  int size = sizeof(*address);

  *address = loopback();
  CHECK(uv_tcp_init(&loop, &listener.tcp) == 0);
  return goes(uv_tcp_bind(&listener.tcp, (const struct sockaddr*)address, 0)) &&
         goes(uv_listen(&listener.stream, 8, welcome)) &&
         goes(uv_tcp_getsockname(&listener.tcp, (struct sockaddr*)address,
                                 &size));
}

static void echo_over_tcp(void) {
  struct sockaddr_in address;

  if (!echo_begin()) {
    return;
  }
  if (tcp_listen(&address) &&
      goes(uv_tcp_init_ex(&loop, &client.tcp, AF_INET)) &&
      goes(uv_tcp_nodelay(&client.tcp, 1)) &&
      goes(uv_tcp_keepalive(&client.tcp, 1, 60))) {
    (void)begins(uv_tcp_connect(&connect_req, &client.tcp,
                                (const struct sockaddr*)&address, speak));
  }
  scene_end();
}

static void test_echo_over_tcp_ends_well_or_with_the_error(void** state) {
  (void)state;
  sweep(echo_over_tcp, "accept4");
}

/* ---- over a pipe ----------------------------------------------------------
 */

static void echo_over_a_pipe(void) {
  char name[64];

  if (!echo_begin()) {
    return;
  }
  (void)snprintf(name, sizeof(name), "/tmp/gyre-sweep-%d", (int)getpid());
  CHECK(uv_pipe_init(&loop, &listener.pipe, 0) == 0);
  if (goes(uv_pipe_bind(&listener.pipe, name)) &&
      goes(uv_pipe_chmod(&listener.pipe, UV_READABLE | UV_WRITABLE)) &&
      goes(uv_listen(&listener.stream, 8, welcome)) &&
      goes(uv_pipe_init(&loop, &client.pipe, 0))) {
    (void)begins(uv_pipe_connect2(&connect_req, &client.pipe, name,
                                  strlen(name), UV_PIPE_NO_TRUNCATE, speak));
  }
  scene_end();
  CHECK(access(name, F_OK) != 0);
}

static void test_echo_over_a_pipe_ends_well_or_with_the_error(void** state) {
  (void)state;
  sweep(echo_over_a_pipe, "accept4");
}

/* ---- over what is no socket ------------------------------------------------
 */

static uv_pipe_t in;
static uv_pipe_t out;

static void note_word(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void)stream;
  (void)buf;
  if (!gave_up && count != 0 && goes(count < 0 ? (int)count : 0)) {
    echoed += (size_t)count;
    if (echoed == PIECE) {
      uv_close((uv_handle_t*)&in, NULL);
      uv_close((uv_handle_t*)&out, NULL);
    }
  }
}

/* Give |file| to |pipe|, or close it. */
static bool pipe_take(uv_pipe_t* pipe, uv_file file) {
  CHECK(uv_pipe_init(&loop, pipe, 0) == 0);
  if (!gave_up && goes(uv_pipe_open(pipe, file))) {
    return true;
  }
  if (!uv_is_closing((uv_handle_t*)pipe)) {
    uv_close((uv_handle_t*)pipe, NULL);
  }
  close(file);
  return false;
}

static void word_through_a_pipe(void) {
  uv_buf_t bufs[2] = {text("hel"), text("lo")};
  uv_file ends_of_it[2];

  if (!echo_begin()) {
    return;
  }
  if (goes(uv_pipe(ends_of_it, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE))) {
    bool has_in = pipe_take(&in, ends_of_it[0]);
    bool has_out = pipe_take(&out, ends_of_it[1]);
    if (has_in && has_out &&
        goes(uv_read_start((uv_stream_t*)&in, give_memory, note_word))) {
      (void)begins(
          uv_write(&client_writes[0], (uv_stream_t*)&out, bufs, 2, note_write));
    }
  }
  scene_end();
}

static void test_word_through_a_pipe_arrives_or_the_error_does(void** state) {
  (void)state;
  sweep(word_through_a_pipe, "writev");
}

/* ---- passing handles on -----------------------------------------------------
 */

static uv_tcp_t passed_tcp;
static uv_udp_t passed_udp;
static uv_tcp_t taken_tcp;
static uv_udp_t taken_udp;
static uv_pipe_t taken_pipe;

static void take_all(void) {
  CHECK(uv_pipe_pending_count(&in) == PASSED);
  CHECK(uv_tcp_init(&loop, &taken_tcp) == 0);
  CHECK(uv_udp_init(&loop, &taken_udp) == 0);
  CHECK(uv_pipe_init(&loop, &taken_pipe, 0) == 0);
  if (goes(uv_accept((uv_stream_t*)&in, (uv_stream_t*)&taken_tcp)) &&
      goes(uv_accept((uv_stream_t*)&in, (uv_stream_t*)&taken_udp)) &&
      goes(uv_accept((uv_stream_t*)&in, (uv_stream_t*)&taken_pipe))) {
    CHECK(uv_pipe_pending_count(&in) == 0);
    uv_walk(&loop, close_it, NULL);
  }
}

static void note_passing(uv_stream_t* stream, ssize_t count,
                         const uv_buf_t* buf) {
  (void)stream;
  (void)buf;
  if (!gave_up && count != 0 && goes(count < 0 ? (int)count : 0)) {
    echoed += (size_t)count;
    if (echoed == PASSED) {
      take_all();
    }
  }
}

/* Make the two ends of a pipe that handles can be sent through. */
static bool ipc_open(void) {
  uv_os_sock_t pair[2];

  CHECK(uv_pipe_init(&loop, &in, 1) == 0);
  CHECK(uv_pipe_init(&loop, &out, 1) == 0);
  if (!goes(uv_socketpair(SOCK_STREAM, 0, pair, 0, 0))) {
    return false;
  }
  if (!goes(uv_pipe_open(&in, pair[0]))) {
    close(pair[0]);
    close(pair[1]);
    return false;
  }
  if (!goes(uv_pipe_open(&out, pair[1]))) {
    close(pair[1]);
    return false;
  }
  return true;
}

static void note_passed(uv_write_t* req, int status) {
  (void)req;
  under_way--;
  /* The last one may be taken before it is called back. */
  if (status != UV_ECANCELED) {
    (void)goes(status);
  }
}

static bool pass(int index, void* handle) {
  uv_buf_t buf = text("x");

  return begins(uv_write2(&server_writes[index], (uv_stream_t*)&out, &buf, 1,
                          handle, note_passed));
}

static void handles_over_a_pipe(void) {
  if (!echo_begin()) {
    return;
  }
  if (ipc_open() && goes(uv_tcp_init_ex(&loop, &passed_tcp, AF_INET)) &&
      goes(uv_udp_init_ex(&loop, &passed_udp, AF_INET)) &&
      goes(uv_read_start((uv_stream_t*)&in, give_memory, note_passing))) {
    (void)(pass(0, &passed_tcp) && pass(1, &passed_udp) && pass(2, &in));
  }
  scene_end();
}

static void test_handles_over_a_pipe_arrive_or_the_error_does(void** state) {
  (void)state;
  sweep(handles_over_a_pipe, "recvmsg");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_echo_over_tcp_ends_well_or_with_the_error),
    cmocka_unit_test(test_echo_over_a_pipe_ends_well_or_with_the_error),
    cmocka_unit_test(test_word_through_a_pipe_arrives_or_the_error_does),
    cmocka_unit_test(test_handles_over_a_pipe_arrive_or_the_error_does),
};

GY_TEST_MAIN(tests)
