/* stream-anywhere.c - tests of reading that is stopped and started inside of
 * any callback. */
#include "streams.h"

static uv_tcp_t reader; /* what is stopped and started; "x" waits for it */
static int reader_far;
static uv_tcp_t near; /* whose callbacks that happens in */
static int far;
static int toggled;

static void told_read(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  if (count > 0)
    tell(buf->base[0] == 'x' && count == 1 ? "x" : "something else");
}

static void toggle(void) {
  if (toggled++ > 0)
    return;
  assert_int_equal(uv_read_stop(stream(&reader)), 0);
  assert_int_equal(uv_read_stop(stream(&reader)), 0);
  assert_int_equal(uv_read_start(stream(&reader), alloc_static, told_read), 0);
  assert_int_equal(uv_read_start(stream(&reader), alloc_static, told_read),
                   UV_EALREADY);
}

static void scene_open(void) {
  loop_open();
  open_pair(&reader, &reader_far);
  open_pair(&near, &far);
  assert_int_equal(write(reader_far, "x", 1), 1);
}

/* The callback comes, and after it "x", once. */
static void scene_end(void) {
  run_until(&toggled);
  run_until(&told_count);
  run_turns(2);
  assert_told("x");
  assert_true(uv_is_active(handle(&reader)));
  gy_test_close_loop(&loop);
  close(reader_far);
  close(far);
}

static void in_timer(uv_timer_t* timer) {
  (void)timer;
  toggle();
}

static void in_prepare(uv_prepare_t* prepare) {
  (void)prepare;
  toggle();
}

static void in_check(uv_check_t* check) {
  (void)check;
  toggle();
}

static void test_reading_starts_in_a_callback_of_the_loop(void** state) {
  uv_timer_t timer;

  (void)state;
  scene_open();
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, in_timer, 0, 0), 0);
  scene_end();
}

static void test_reading_starts_right_before_and_after_the_poll(void** state) {
  uv_prepare_t prepare;
  uv_check_t check;

  (void)state;
  for (int after = 0; after <= 1; after++) {
    toggled = 0;
    scene_open();
    assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
    assert_int_equal(uv_check_init(&loop, &check), 0);
    assert_int_equal(after ? uv_check_start(&check, in_check)
                           : uv_prepare_start(&prepare, in_prepare),
                     0);
    assert_int_equal(uv_read_start(stream(&near), alloc_static, told_read), 0);
    run_turns(1); /* the loop is alive by |near|, and does not sleep */
    scene_end();
  }
}

static void in_write(uv_write_t* req, int status) {
  (void)req;
  assert_int_equal(status, 0);
  toggle();
}

static void test_reading_starts_when_something_is_written(void** state) {
  uv_write_t req;
  uv_buf_t buf = text("y");

  (void)state;
  scene_open();
  assert_int_equal(uv_write(&req, stream(&near), &buf, 1, in_write), 0);
  scene_end();
}

static void in_shutdown(uv_shutdown_t* req, int status) {
  (void)req;
  assert_int_equal(status, 0);
  toggle();
}

static void test_reading_starts_when_another_is_shut(void** state) {
  uv_shutdown_t req;

  (void)state;
  scene_open();
  assert_int_equal(uv_shutdown(&req, stream(&near), in_shutdown), 0);
  scene_end();
}

static void in_read(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)buf;
  (void)count;
  toggle();
}

static void test_reading_starts_when_another_reads_or_ends(void** state) {
  (void)state;
  for (int ends = 0; ends <= 1; ends++) {
    toggled = 0;
    scene_open();
    assert_int_equal(uv_read_start(stream(&near), alloc_static, in_read), 0);
    if (ends)
      assert_int_equal(shutdown(far, SHUT_WR), 0);
    else
      assert_int_equal(write(far, "y", 1), 1);
    scene_end();
  }
}

static void in_alloc(uv_handle_t* of, size_t suggested, uv_buf_t* buf) {
  alloc_static(of, suggested, buf);
  toggle();
}

static void ignore_read(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)count;
  (void)buf;
}

static void test_reading_starts_when_another_asks_for_memory(void** state) {
  (void)state;
  scene_open();
  assert_int_equal(uv_read_start(stream(&near), in_alloc, ignore_read), 0);
  assert_int_equal(write(far, "y", 1), 1);
  scene_end();
}

static void in_close(uv_handle_t* of) {
  (void)of;
  toggle();
}

static void test_reading_starts_when_another_is_closed(void** state) {
  (void)state;
  scene_open();
  uv_close(handle(&near), in_close);
  scene_end();
}

static void in_connect(uv_connect_t* req, int status) {
  (void)req;
  assert_int_equal(status, 0);
  toggle();
}

static void in_connection(uv_stream_t* server, int status) {
  (void)server;
  assert_int_equal(status, 0);
  toggle();
}

static void ignore_connection(uv_stream_t* server, int status) {
  (void)server;
  (void)status;
}

static void ignore_connect(uv_connect_t* req, int status) {
  (void)req;
  (void)status;
}

static void test_reading_starts_when_two_are_connected(void** state) {
  (void)state;
  for (int at_server = 0; at_server <= 1; at_server++) {
    static uv_tcp_t server;
    static uv_tcp_t client;
    static uv_connect_t req;
    struct sockaddr_in address;
    toggled = 0;
    scene_open();
    listen_at_loopback(&server, at_server ? in_connection : ignore_connection);
    address = loopback(port_of(&server));
    assert_int_equal(uv_tcp_init(&loop, &client), 0);
    assert_int_equal(uv_tcp_connect(&req, &client, plain(&address),
                                    at_server ? ignore_connect : in_connect),
                     0);
    scene_end();
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_reading_starts_in_a_callback_of_the_loop),
    cmocka_unit_test(test_reading_starts_right_before_and_after_the_poll),
    cmocka_unit_test(test_reading_starts_when_something_is_written),
    cmocka_unit_test(test_reading_starts_when_another_is_shut),
    cmocka_unit_test(test_reading_starts_when_another_reads_or_ends),
    cmocka_unit_test(test_reading_starts_when_another_asks_for_memory),
    cmocka_unit_test(test_reading_starts_when_another_is_closed),
    cmocka_unit_test(test_reading_starts_when_two_are_connected),
};

GY_TEST_MAIN(tests)
