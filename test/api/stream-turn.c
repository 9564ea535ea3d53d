/* stream-turn.c - tests of when a write is done: within a callback, at the end
 * of a turn, when the loop stops and when the process ends. */
#include <gyre.h>
#include <sys/wait.h>

#include "accepted.h"

enum {
  LONG = 300000 /* more bytes than two sockets hold */
};

static uv_shutdown_t shutdown_req;
static uv_idle_t idle;
static char got[LONG];

/* ---- writing ---------------------------------------------------------------
 */

static void write_and_look(uv_timer_t* of) {
  (void)of;
  write_told(0, "one");
  assert_int_equal(uv_stream_get_write_queue_size(stream(&near)), 0);
  assert_told("");
}

static void test_small_write_is_not_queued_and_told_soon(void** state) {
  (void)state;
  open_near();
  run_in_turn(write_and_look);
  assert_comes("one"); /* whether the loop goes on or not */
  run_turns(2);
  assert_told("write1 0");
  close_near();
}

static void write_many(uv_timer_t* of) {
  uv_buf_t four = text("4");

  (void)of;
  write_told(0, "1");
  write_told(1, "2");
  assert_int_equal(uv_stream_get_write_queue_size(stream(&near)), 0);
  write_told(2, "3");
  assert_int_equal(uv_try_write(stream(&near), &four, 1), 1);
  write_told(3, "5");
}

static void test_writes_of_one_callback_keep_their_order(void** state) {
  (void)state;
  open_near();
  run_in_turn(write_many);
  assert_comes("12345");
  run_turns(2);
  assert_told("write1 0, write2 0, write3 0, write4 0");
  close_near();
}

static void tell_read(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)buf;
  assert_int_equal(count, 4);
  tell("read");
}

static void test_write_is_called_back_before_its_answer_is_read(void** state) {
  (void)state;
  open_near();
  assert_int_equal(uv_read_start(stream(&near), alloc_static, tell_read), 0);
  for (int i = 0; i < 10; i++) {
    run_in_turn(write_and_look);
    uv_close(handle(&timer), NULL);
    assert_comes("one");
    assert_int_equal(send(far, "echo", 4, 0), 4);
    while (told_count < 2)
      uv_run(&loop, UV_RUN_ONCE);
    assert_told("write1 0, read");
  }
  close_near();
}

static void write_and_close(uv_timer_t* of) {
  (void)of;
  write_told(0, "last words");
  uv_close(handle(&near), told_close);
}

static void test_write_before_a_close_is_written(void** state) {
  (void)state;
  open_near();
  run_in_turn(write_and_close);
  assert_comes("last words");
  assert_end_comes();
  run_turns(2);
  assert_told("write1 0, close");
  close_near();
}

static void write_and_shut(uv_timer_t* of) {
  (void)of;
  write_told(0, "last words");
  assert_int_equal(uv_shutdown(&shutdown_req, stream(&near), told_shutdown), 0);
}

static void test_shutdown_comes_after_a_write_of_the_same_turn(void** state) {
  (void)state;
  open_near();
  run_in_turn(write_and_shut);
  run_turns(3);
  assert_comes("last words");
  assert_end_comes();
  assert_told("write1 0, shutdown 0");
  close_near();
}

static void write_and_write_by_hand(uv_timer_t* of) {
  uv_os_fd_t fd;

  (void)of;
  write_told(0, "one ");
  assert_int_equal(uv_fileno(handle(&near), &fd), 0);
  assert_int_equal(write(fd, "two ", 4), 4);
  write_told(1, "three ");
  assert_int_equal(write(fd, "four", 4), 4);
}

static void test_write_to_the_descriptor_comes_after_those_before(
    void** state) {
  (void)state;
  open_near();
  run_in_turn(write_and_write_by_hand);
  assert_comes("one two three four");
  run_turns(2);
  assert_told("write1 0, write2 0");
  close_near();
}

static void write_and_stop(uv_timer_t* of) {
  write_told(0, "stop");
  uv_stop(of->loop);
}

static void test_write_before_uv_stop_is_written_when_the_loop_stops(
    void** state) {
  (void)state;
  open_near();
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, write_and_stop, 0, 0), 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_comes("stop");
  run_turns(2);
  assert_told("write1 0");
  close_near();
}

static void test_write_outside_of_the_loop_is_written_at_once(void** state) {
  (void)state;
  open_near();
  write_told(0, "outside");
  assert_comes("outside");
  run_turns(1);
  assert_told("write1 0");
  close_near();
}

static void write_and_exit(uv_connect_t* req, int status) {
  uv_buf_t buf = text("farewell");

  if (status != 0 || uv_write(&reqs[0], req->handle, &buf, 1, NULL) != 0)
    _exit(1);
  exit(0);
}

/* In a child: connect to |port|, write, and end in the callback. */
static void say_farewell(uint16_t port) {
  static uv_connect_t connecting;
  struct sockaddr_in address = loopback(port);

  if (uv_loop_init(&loop) != 0 || uv_tcp_init(&loop, &near) != 0 ||
      uv_tcp_connect(&connecting, &near, plain(&address), write_and_exit) != 0)
    _exit(2);
  uv_run(&loop, UV_RUN_DEFAULT);
  _exit(3);
}

static void test_write_before_exit_is_written(void** state) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  int door = socket(AF_INET, SOCK_STREAM, 0);
  int status = -1;
  pid_t pid;

  (void)state;
  assert_int_equal(bind(door, plain(&address), size), 0);
  assert_int_equal(listen(door, 1), 0);
  assert_int_equal(getsockname(door, (struct sockaddr*)&address, &size), 0);
  fflush(NULL);
  pid = fork();
  if (pid == 0)
    say_farewell(ntohs(address.sin_port));
  far = accept(door, NULL, NULL);
  assert_comes("farewell");
  assert_end_comes();
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  close(far);
  close(door);
}

static void fork_in_turn(uv_timer_t* of) {
  int status = -1;
  pid_t pid;

  write_told(0, "once");
  fflush(NULL);
  pid = fork();
  if (pid == 0) {
    /* The callback of the write comes here, too, but the bytes do not. */
    int err = uv_loop_fork(of->loop);
    run_turns(3);
    _exit(err != 0 || told_count != 1 ? 1 : 0);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

static void test_write_before_a_fork_is_written_once(void** state) {
  (void)state;
  open_near();
  run_in_turn(fork_in_turn);
  assert_comes("once");
  run_turns(2);
  assert_told("write1 0");
  assert_arrived(far, "");
  close_near();
}

/* ---- what the peer does not read --------------------------------------------
 */

static uv_write_t many[LONG / 100];
static int many_written;
static char hundred[100];

static void count_written(uv_write_t* req, int status) {
  assert_int_equal(status, 0);
  assert_ptr_equal(req, &many[many_written]); /* in order */
  many_written++;
}

/* One write in each turn, to a peer that reads nothing: the socket fills up in
 * the middle of one. */
static void write_one_more(uv_idle_t* of) {
  uv_buf_t buf = uv_buf_init(hundred, sizeof(hundred));
  size_t index = (size_t)(intptr_t)of->data;

  assert_int_equal(
      uv_write(&many[index], stream(&near), &buf, 1, count_written), 0);
  of->data = (void*)(intptr_t)(index + 1);
  if (index + 1 == COUNT_OF(many))
    uv_idle_stop(of);
}

static void test_socket_that_fills_up_loses_nothing(void** state) {
  size_t total = 0;
  int size = 4096;

  (void)state;
  for (size_t i = 0; i < sizeof(hundred); i++)
    hundred[i] = (char)('0' + i % 10);
  open_near();
  assert_int_equal(uv_send_buffer_size(handle(&near), &size), 0);
  assert_int_equal(setsockopt(far, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)),
                   0);
  assert_int_equal(uv_idle_init(&loop, &idle), 0);
  assert_int_equal(uv_idle_start(&idle, write_one_more), 0);
  while (uv_is_active(handle(&idle)))
    uv_run(&loop, UV_RUN_NOWAIT);
  assert_true(uv_stream_get_write_queue_size(stream(&near)) > 0);
  while (total < LONG) {
    ssize_t count = recv(far, got + total, LONG - total, MSG_DONTWAIT);
    uv_run(&loop, UV_RUN_NOWAIT);
    total += count > 0 ? (size_t)count : 0;
  }
  run_turns(2);
  assert_int_equal(many_written, COUNT_OF(many));
  assert_int_equal(uv_stream_get_write_queue_size(stream(&near)), 0);
  for (size_t i = 0; i < LONG; i++)
    assert_int_equal(got[i], '0' + i % 100 % 10);
  close_near();
}

static void write_only(uv_timer_t* of) {
  (void)of;
  write_told(0, "one");
  assert_told("");
}

static void test_write_to_a_peer_that_is_gone_says_so(void** state) {
  static const struct linger reset = {1, 0};

  (void)state;
  open_near();
  assert_int_equal(
      setsockopt(far, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
  close(far);
  run_in_turn(write_only);
  run_turns(2);
  /* The reset is told by whatever meets it. */
  assert_true(strcmp(told[0], "write1 ECONNRESET") == 0 ||
              strcmp(told[0], "write1 EPIPE") == 0);
  assert_int_equal(uv_stream_get_write_queue_size(stream(&near)), 0);
  far = -1;
  gy_test_close_loop(&loop);
}

/* ---- the switch ------------------------------------------------------------
 */

static void write_and_read_in_turn(uv_timer_t* of) {
  (void)of;
  write_told(0, "at once");
  assert_comes("at once");
}

static void test_without_batching_a_write_is_done_in_the_call(void** state) {
  (void)state;
  assert_int_equal(gyre_loop_set_stream_batching(NULL, 0), UV_EINVAL);
  loop_open();
  assert_int_equal(gyre_loop_set_stream_batching(&loop, 0), 0);
  reqs[0].data = (void*)(uintptr_t) "1";
  listen_at_loopback(&listener, accept_near);
  far = connect_plain();
  run_until(&has_near);
  run_in_turn(write_and_read_in_turn);
  run_turns(2);
  assert_told("write1 0");
  close_near();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_small_write_is_not_queued_and_told_soon),
    cmocka_unit_test(test_writes_of_one_callback_keep_their_order),
    cmocka_unit_test(test_write_is_called_back_before_its_answer_is_read),
    cmocka_unit_test(test_write_before_a_close_is_written),
    cmocka_unit_test(test_shutdown_comes_after_a_write_of_the_same_turn),
    cmocka_unit_test(test_write_to_the_descriptor_comes_after_those_before),
    cmocka_unit_test(test_write_before_uv_stop_is_written_when_the_loop_stops),
    cmocka_unit_test(test_write_outside_of_the_loop_is_written_at_once),
    cmocka_unit_test(test_write_before_exit_is_written),
    cmocka_unit_test(test_write_before_a_fork_is_written_once),
    cmocka_unit_test(test_socket_that_fills_up_loses_nothing),
    cmocka_unit_test(test_write_to_a_peer_that_is_gone_says_so),
    cmocka_unit_test(test_without_batching_a_write_is_done_in_the_call),
};

GY_TEST_MAIN(tests)
