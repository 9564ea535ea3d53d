/* stream-close.c - tests of the end of a stream: shutting the sending side,
 * closing with requests under way, and in which phase each is called back. */
#include "streams.h"

enum {
  BIG = 4 << 20 /* more bytes than a pair of sockets holds */
};

static uv_tcp_t near;
static int far;
static char big[BIG];
static char back[BIG];
static uv_write_t reqs[3];
static uv_shutdown_t shutdown_req;
static uv_prepare_t prepare;
static uv_check_t check;
static int ended;

static void open_near(void) {
  static const char* const names[] = {"1", "2", "3"};

  loop_open();
  open_pair(&near, &far);
  for (size_t i = 0; i < COUNT_OF(reqs); i++)
    reqs[i].data = (void*)(uintptr_t)names[i];
}

static void close_near(void) {
  gy_test_close_loop(&loop);
  close(far);
}

static int write_told(int index, char* base, unsigned size) {
  uv_buf_t buf = uv_buf_init(base, size);

  return uv_write(&reqs[index], stream(&near), &buf, 1, told_write);
}

static int shutdown_told(void) {
  return uv_shutdown(&shutdown_req, stream(&near), told_shutdown);
}

static void receive(size_t size) {
  for (size_t total = 0; total < size;) {
    ssize_t count;
    uv_run(&loop, UV_RUN_NOWAIT);
    count = recv(far, back, sizeof(back), MSG_DONTWAIT);
    total += count > 0 ? (size_t)count : 0;
  }
}

static void note_end(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)buf;
  ended = count < 0;
  tell(count < 0 ? uv_err_name((int)count) : "read");
}

/* ---- shutdown --------------------------------------------------------------
 */

static void test_shutdown_ends_what_the_peer_reads(void** state) {
  char byte;

  (void)state;
  open_near();
  assert_int_equal(shutdown_told(), 0);
  assert_int_equal(uv_is_writable(stream(&near)), 0);
  assert_int_equal(uv_is_readable(stream(&near)), 1);
  assert_told("");
  run_turns(1);
  assert_told("shutdown 0");
  assert_int_equal(recv(far, &byte, 1, MSG_DONTWAIT), 0);
  close_near();
}

static void test_shutdown_without_a_callback_is_done_too(void** state) {
  char byte;

  (void)state;
  open_near();
  assert_int_equal(uv_shutdown(&shutdown_req, stream(&near), NULL), 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(recv(far, &byte, 1, MSG_DONTWAIT), 0);
  close_near();
}

static void test_shutdown_waits_for_the_writes_before_it(void** state) {
  (void)state;
  open_near();
  assert_int_equal(write_told(0, big, BIG), 0);
  assert_int_equal(write_told(1, big, 1), 0);
  assert_int_equal(shutdown_told(), 0);
  run_turns(2);
  assert_told("");
  receive(BIG + 1);
  run_turns(2);
  assert_told("write1 0, write2 0, shutdown 0");
  close_near();
}

static void test_nothing_can_be_written_after_a_shutdown(void** state) {
  uv_buf_t buf = text("late");
  uv_shutdown_t second;

  (void)state;
  open_near();
  for (int turn = 0; turn < 2; turn++) { /* before the callback, and after */
    if (turn == 0)
      assert_int_equal(shutdown_told(), 0);
    assert_int_equal(write_told(0, big, 1), UV_EPIPE);
    assert_int_equal(uv_try_write(stream(&near), &buf, 1), UV_EPIPE);
    assert_int_equal(uv_shutdown(&second, stream(&near), told_shutdown),
                     UV_ENOTCONN);
    run_turns(2);
  }
  assert_told("shutdown 0");
  close_near();
}

static void test_reading_goes_on_after_a_shutdown(void** state) {
  (void)state;
  open_near();
  assert_int_equal(uv_read_start(stream(&near), alloc_static, note_end), 0);
  assert_int_equal(shutdown_told(), 0);
  run_turns(1);
  assert_int_equal(send(far, "x", 1, 0), 1);
  run_turns(1);
  shutdown(far, SHUT_WR);
  run_until(&ended);
  assert_told("shutdown 0, read, EOF");
  close_near();
}

static void test_shutdown_of_a_closing_stream_is_refused(void** state) {
  (void)state;
  open_near();
  uv_close(handle(&near), NULL);
  assert_int_equal(shutdown_told(), UV_ENOTCONN);
  close_near();
}

static void close_when_shut(uv_shutdown_t* req, int status) {
  told_shutdown(req, status);
  uv_close(handle(req->handle), told_close);
}

static void test_stream_may_be_closed_when_it_is_shut(void** state) {
  (void)state;
  open_near();
  assert_int_equal(uv_shutdown(&shutdown_req, stream(&near), close_when_shut),
                   0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_told("shutdown 0, close");
  close_near();
}

/* ---- close -----------------------------------------------------------------
 */

static void test_close_lets_the_descriptor_go_at_once(void** state) {
  uv_os_fd_t fd;
  char byte;

  (void)state;
  open_near();
  assert_int_equal(uv_read_start(stream(&near), alloc_static, note_end), 0);
  run_turns(1);
  assert_int_equal(uv_fileno(handle(&near), &fd), 0);
  uv_close(handle(&near), told_close);
  assert_int_equal(fcntl(fd, F_GETFD), -1);
  assert_int_equal(recv(far, &byte, 1, MSG_DONTWAIT), 0);
  assert_int_equal(uv_is_active(handle(&near)), 0);
  assert_int_equal(uv_is_readable(stream(&near)), 0);
  assert_int_equal(uv_is_writable(stream(&near)), 0);
  assert_int_equal(uv_fileno(handle(&near), &fd), UV_EBADF);
  assert_told("");
  run_turns(1);
  assert_told("close");
  close_near();
}

static void test_close_cancels_what_is_queued_in_order(void** state) {
  (void)state;
  open_near();
  assert_int_equal(write_told(0, big, BIG), 0);
  assert_int_equal(write_told(1, big, 1), 0);
  assert_int_equal(write_told(2, big, 1), 0);
  assert_int_equal(shutdown_told(), 0);
  uv_close(handle(&near), told_close);
  assert_told("");
  assert_true(near.write_queue_size > 2);
  run_turns(1);
  assert_told(
      "write1 ECANCELED, write2 ECANCELED, write3 ECANCELED, "
      "shutdown ECANCELED, close");
  assert_int_equal(near.write_queue_size, 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  close_near();
}

static void test_close_does_not_undo_what_is_done(void** state) {
  (void)state;
  open_near();
  assert_int_equal(write_told(0, big, 1), 0);
  assert_int_equal(shutdown_told(), 0);
  uv_close(handle(&near), told_close);
  run_turns(1);
  assert_told("write1 0, shutdown ECANCELED, close");
  close_near();
}

static void write_to_closing(uv_write_t* req, int status) {
  uv_buf_t buf = text("late");

  told_write(req, status);
  assert_int_equal(uv_write(&reqs[1], req->handle, &buf, 1, told_write),
                   UV_EBADF);
  assert_int_equal(uv_try_write(req->handle, &buf, 1), UV_EBADF);
}

static void test_write_to_a_closing_stream_has_no_descriptor(void** state) {
  uv_buf_t buf = uv_buf_init(big, BIG);

  (void)state;
  open_near();
  assert_int_equal(uv_write(&reqs[0], stream(&near), &buf, 1, write_to_closing),
                   0);
  uv_close(handle(&near), told_close);
  run_turns(1);
  assert_told("write1 ECANCELED, close");
  close_near();
}

static void test_handle_can_be_used_again_after_its_close_callback(
    void** state) {
  uv_buf_t buf = text("anew");

  (void)state;
  open_near();
  uv_close(handle(&near), told_close);
  run_turns(1);
  close(far);
  open_pair(&near, &far);
  assert_int_equal(uv_try_write(stream(&near), &buf, 1), 4);
  assert_arrived(far, "anew");
  close_near();
}

/* ---- phases ----------------------------------------------------------------
 */

static void tell_prepare(uv_prepare_t* of) {
  (void)of;
  tell("prepare");
}

static void tell_check(uv_check_t* of) {
  (void)of;
  tell("check");
}

static void open_hooks(void) {
  assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
  assert_int_equal(uv_prepare_start(&prepare, tell_prepare), 0);
  assert_int_equal(uv_check_init(&loop, &check), 0);
  assert_int_equal(uv_check_start(&check, tell_check), 0);
}

static void answer(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  note_end(of, count, buf);
  assert_int_equal(write_told(0, big, 1), 0);
}

static void answer_and_close(uv_stream_t* of, ssize_t count,
                             const uv_buf_t* buf) {
  answer(of, count, buf);
  uv_close(handle(of), told_close);
}

static void test_write_of_a_read_callback_is_called_back_before_the_check(
    void** state) {
  (void)state;
  open_near();
  open_hooks();
  assert_int_equal(uv_read_start(stream(&near), alloc_static, answer), 0);
  assert_int_equal(send(far, "x", 1, 0), 1);
  run_turns(1);
  assert_told("prepare, read, write1 0, check");
  close_near();
}

static void test_write_from_outside_is_called_back_before_the_prepare(
    void** state) {
  (void)state;
  open_near();
  open_hooks();
  assert_int_equal(write_told(0, big, 1), 0);
  run_turns(1);
  assert_told("write1 0, prepare, check");
  close_near();
}

static void test_close_of_a_read_callback_is_called_back_after_the_check(
    void** state) {
  (void)state;
  open_near();
  open_hooks();
  assert_int_equal(uv_read_start(stream(&near), alloc_static, answer_and_close),
                   0);
  assert_int_equal(send(far, "x", 1, 0), 1);
  run_turns(1);
  assert_told("prepare, read, check, write1 0, close");
  close_near();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shutdown_ends_what_the_peer_reads),
    cmocka_unit_test(test_shutdown_without_a_callback_is_done_too),
    cmocka_unit_test(test_shutdown_waits_for_the_writes_before_it),
    cmocka_unit_test(test_nothing_can_be_written_after_a_shutdown),
    cmocka_unit_test(test_reading_goes_on_after_a_shutdown),
    cmocka_unit_test(test_shutdown_of_a_closing_stream_is_refused),
    cmocka_unit_test(test_stream_may_be_closed_when_it_is_shut),
    cmocka_unit_test(test_close_lets_the_descriptor_go_at_once),
    cmocka_unit_test(test_close_cancels_what_is_queued_in_order),
    cmocka_unit_test(test_close_does_not_undo_what_is_done),
    cmocka_unit_test(test_write_to_a_closing_stream_has_no_descriptor),
    cmocka_unit_test(test_handle_can_be_used_again_after_its_close_callback),
    cmocka_unit_test(
        test_write_of_a_read_callback_is_called_back_before_the_check),
    cmocka_unit_test(test_write_from_outside_is_called_back_before_the_prepare),
    cmocka_unit_test(
        test_close_of_a_read_callback_is_called_back_after_the_check),
};

GY_TEST_MAIN(tests)
