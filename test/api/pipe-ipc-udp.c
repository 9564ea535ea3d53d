/* pipe-ipc-udp.c - tests of UDP handles that are passed over a pipe. */
#include "udp.h"

static uv_pipe_t near;
static uv_pipe_t far;
static uv_write_t write_req;
static uv_udp_t sent;
static uv_udp_t taken;
static struct sockaddr_in sent_addr;
static int arrived;

static void count_arrived(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)buf;
  assert_true(count >= 0);
  arrived += (int)count;
}

static void ends_open(void) {
  int fds[2];

  loop_open();
  room_size = sizeof(room);
  write_req.data = "";
  sent_addr = open_udp(&sent, 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_pipe_init(&loop, &near, 1), 0);
  assert_int_equal(uv_pipe_open(&near, fds[0]), 0);
  assert_int_equal(uv_pipe_init(&loop, &far, 1), 0);
  assert_int_equal(uv_pipe_open(&far, fds[1]), 0);
  assert_int_equal(uv_read_start(stream(&far), alloc_static, count_arrived), 0);
}

static void send_handle(void* which) {
  uv_buf_t buf = text("x");

  arrived = 0;
  assert_int_equal(
      uv_write2(&write_req, stream(&near), &buf, 1, which, told_write), 0);
  run_until(&arrived);
  run_turns(1);
  assert_told("write 0");
}

/* Take what came first, which must be of |type|, into |client|. */
static void take(uv_handle_type type, void* client) {
  int count = uv_pipe_pending_count(&far);

  assert_int_equal(uv_pipe_pending_type(&far), type);
  assert_int_equal(uv_accept(stream(&far), client), 0);
  assert_int_equal(uv_pipe_pending_count(&far), count - 1);
}

static void take_udp(void) {
  assert_int_equal(uv_udp_init(&loop, &taken), 0);
  take(UV_UDP, &taken);
}

static void no_connection(uv_stream_t* server, int status) {
  (void)server;
  (void)status;
  fail(); /* nobody connects */
}

static void test_udp_handle_arrives_and_receives(void** state) {
  uv_os_fd_t fd;

  (void)state;
  ends_open();
  send_handle(&sent);
  uv_close(handle(&sent), NULL); /* The receiver has one of its own. */
  run_turns(1);
  take_udp();
  assert_int_equal(uv_fileno(handle(&taken), &fd), 0);
  assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  start_udp(&taken);
  assert_int_equal(uv_udp_init(&loop, &sent), 0);
  send_now(&sent, "hello", &sent_addr);
  run_until(&told_count);
  assert_told("'hello'/0");
  gy_test_close_loop(&loop);
}

static void test_connected_udp_handle_arrives_connected(void** state) {
  struct sockaddr_in peer;
  uv_udp_t peer_udp;
  uv_buf_t buf = text("y");

  (void)state;
  ends_open();
  peer = open_udp(&peer_udp, 0);
  assert_int_equal(uv_udp_connect(&sent, plain(&peer)), 0);
  send_handle(&sent);
  take_udp();
  start_udp(&peer_udp);
  assert_int_equal(uv_udp_try_send(&taken, &buf, 1, plain(&peer)), UV_EISCONN);
  assert_int_equal(uv_udp_try_send(&taken, &buf, 1, NULL), 1);
  run_until(&told_count);
  assert_told("'y'/0");
  gy_test_close_loop(&loop);
}

static void test_udp_handle_waits_for_one_that_can_take_it(void** state) {
  uv_timer_t timer;

  (void)state;
  ends_open();
  send_handle(&sent);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_accept(stream(&far), stream(&timer)), UV_EINVAL);
  assert_int_equal(uv_accept(stream(&far), stream(&sent)), UV_EBUSY);
  assert_int_equal(uv_pipe_pending_count(&far), 1);
  take_udp();
  assert_int_equal(uv_accept(stream(&far), stream(&taken)), UV_EAGAIN);
  gy_test_close_loop(&loop);
}

static void test_handles_of_all_kinds_are_taken_in_order(void** state) {
  uv_tcp_t tcp;
  uv_tcp_t taken_tcp;
  uv_pipe_t taken_pipe;

  (void)state;
  ends_open();
  listen_at_loopback(&tcp, no_connection);
  send_handle(&sent);
  send_handle(&tcp);
  send_handle(&near); /* a pipe, too */
  assert_int_equal(uv_pipe_pending_count(&far), 3);
  take_udp();
  assert_int_equal(uv_tcp_init(&loop, &taken_tcp), 0);
  take(UV_TCP, &taken_tcp);
  assert_int_equal(port_of(&taken_tcp), port_of(&tcp));
  assert_int_equal(uv_pipe_init(&loop, &taken_pipe, 0), 0);
  take(UV_NAMED_PIPE, &taken_pipe);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_udp_handle_arrives_and_receives),
    cmocka_unit_test(test_connected_udp_handle_arrives_connected),
    cmocka_unit_test(test_udp_handle_waits_for_one_that_can_take_it),
    cmocka_unit_test(test_handles_of_all_kinds_are_taken_in_order),
};

GY_TEST_MAIN(tests)
