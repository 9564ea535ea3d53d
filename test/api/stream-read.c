/* stream-read.c - tests of reading: starting and stopping from anywhere, memory
 * refused, the end, and errors. */
#include "streams.h"

#include <sys/ioctl.h>

enum {
  SMALL = 4, /* bytes of the smallest buffer here */
  LOTS = 1 << 20
};

static uv_tcp_t near;
static uv_tcp_t near2;
static int far;
static int far2;
static char small_memory[SMALL];
static char got[LOTS];
static size_t got_size;
static int alloc_count;
static int read_count;
static int ended;

static void alloc_small(uv_handle_t* of, size_t suggested, uv_buf_t* buf) {
  (void)of;
  (void)suggested;
  alloc_count++;
  *buf = uv_buf_init(small_memory, SMALL);
}

static void alloc_nothing(uv_handle_t* of, size_t suggested, uv_buf_t* buf) {
  (void)of;
  (void)suggested;
  alloc_count++;
  *buf = uv_buf_init(NULL, 0);
}

static void alloc_no_length(uv_handle_t* of, size_t suggested, uv_buf_t* buf) {
  (void)of;
  (void)suggested;
  *buf = uv_buf_init(small_memory, 0);
}

/* Keep what is read, and tell what else is said. */
static void keep(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  read_count++;
  if (count < 0) {
    tell(uv_err_name((int)count));
    ended = 1;
    return;
  }
  assert_true((size_t)count <= buf->len);
  assert_true(got_size + (size_t)count <= sizeof(got));
  memcpy(got + got_size, buf->base, (size_t)count);
  got_size += (size_t)count;
}

static void keep_and_stop(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  keep(of, count, buf);
  assert_int_equal(uv_read_stop(of), 0);
}

static void keep_and_close(uv_stream_t* of, ssize_t count,
                           const uv_buf_t* buf) {
  keep(of, count, buf);
  uv_close(handle(of), told_close);
}

static void assert_got(const char* words) {
  assert_int_equal(got_size, strlen(words));
  assert_memory_equal(got, words, strlen(words));
}

static void post(int fd, const char* words) {
  assert_int_equal(send(fd, words, strlen(words), 0), strlen(words));
}

static void open_near(void) {
  loop_open();
  open_pair(&near, &far);
}

static int start(uv_alloc_cb alloc_cb, uv_read_cb read_cb) {
  return uv_read_start(stream(&near), alloc_cb, read_cb);
}

static void close_near(void) {
  gy_test_close_loop(&loop);
  close(far);
}

static void test_start_and_stop_make_it_active_and_not(void** state) {
  (void)state;
  open_near();
  assert_int_equal(uv_is_active(handle(&near)), 0);
  assert_int_equal(start(alloc_static, keep), 0);
  assert_int_equal(uv_is_active(handle(&near)), 1);
  assert_int_equal(start(alloc_static, keep), UV_EALREADY);
  assert_int_equal(uv_read_stop(stream(&near)), 0);
  assert_int_equal(uv_is_active(handle(&near)), 0);
  assert_int_equal(uv_read_stop(stream(&near)), 0);
  close_near();
}

static void test_start_without_callbacks_is_invalid(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(NULL, keep), UV_EINVAL);
  assert_int_equal(start(alloc_static, NULL), UV_EINVAL);
  assert_int_equal(uv_is_active(handle(&near)), 0);
  close_near();
}

static void test_start_of_a_closing_stream_is_invalid(void** state) {
  (void)state;
  open_near();
  uv_close(handle(&near), NULL);
  assert_int_equal(start(alloc_static, keep), UV_EINVAL);
  assert_int_equal(uv_read_stop(stream(&near)), 0);
  close_near();
}

static void test_what_arrives_is_read_into_the_memory_given(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_static, keep), 0);
  post(far, "hello");
  run_until(&read_count);
  assert_got("hello");
  assert_int_equal(read_count, 1);
  close_near();
}

static void test_small_buffers_are_asked_for_until_all_is_read(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_small, keep), 0);
  post(far, "0123456789");
  run_turns(1);
  assert_got("0123456789");
  assert_int_equal(alloc_count, 3);
  assert_int_equal(read_count, 3);
  close_near();
}

static void test_short_read_asks_for_no_more_memory(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_static, keep), 0);
  post(far, "hello");
  run_turns(3);
  assert_int_equal(read_count, 1);
  close_near();
}

static void test_full_buffer_is_followed_by_a_read_of_nothing(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_small, keep), 0);
  post(far, "1234");
  run_turns(2);
  assert_got("1234");
  assert_int_equal(read_count, 2);
  assert_told("");
  close_near();
}

static void test_stop_in_the_callback_leaves_the_rest_where_it_is(
    void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_small, keep_and_stop), 0);
  post(far, "0123456789");
  run_turns(3);
  assert_got("0123");
  assert_int_equal(uv_is_active(handle(&near)), 0);
  assert_int_equal(start(alloc_small, keep), 0);
  run_turns(2);
  assert_got("0123456789");
  close_near();
}

static void keep_and_change(uv_stream_t* of, ssize_t count,
                            const uv_buf_t* buf) {
  keep(of, count, buf);
  assert_int_equal(uv_read_stop(of), 0);
  assert_int_equal(uv_read_start(of, alloc_static, keep), 0);
}

static void test_callbacks_can_be_changed_in_the_callback(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_small, keep_and_change), 0);
  post(far, "0123456789");
  run_turns(2);
  assert_got("0123456789");
  assert_int_equal(alloc_count, 1);
  close_near();
}

static void test_close_in_the_callback_ends_it(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_small, keep_and_close), 0);
  post(far, "0123456789");
  run_turns(2);
  assert_got("0123");
  assert_told("close");
  close_near();
}

static void stop_the_other(uv_stream_t* of, ssize_t count,
                           const uv_buf_t* buf) {
  uv_tcp_t* other = of == stream(&near) ? &near2 : &near;

  keep(of, count, buf);
  assert_int_equal(uv_read_stop(stream(other)), 0);
}

static void close_the_other(uv_stream_t* of, ssize_t count,
                            const uv_buf_t* buf) {
  uv_tcp_t* other = of == stream(&near) ? &near2 : &near;

  keep(of, count, buf);
  uv_close(handle(other), NULL);
}

static void pair_of_readers(uv_read_cb read_cb) {
  open_near();
  open_pair(&near2, &far2);
  assert_int_equal(start(alloc_static, read_cb), 0);
  assert_int_equal(uv_read_start(stream(&near2), alloc_static, read_cb), 0);
  post(far, "a");
  post(far2, "b");
  run_turns(3);
  assert_int_equal(read_count, 1);
  close_near();
  close(far2);
}

static void test_stop_of_another_that_is_ready_too_comes_in_time(void** state) {
  (void)state;
  pair_of_readers(stop_the_other);
}

static void test_close_of_another_that_is_ready_too_comes_in_time(
    void** state) {
  (void)state;
  pair_of_readers(close_the_other);
}

static void test_memory_refused_is_told_each_time(void** state) {
  (void)state;
  open_near();
  post(far, "hello");
  assert_int_equal(start(alloc_nothing, keep), 0);
  run_turns(2);
  assert_told("ENOBUFS, ENOBUFS");
  assert_int_equal(alloc_count, 2);
  assert_int_equal(uv_is_active(handle(&near)), 1);
  assert_int_equal(uv_read_stop(stream(&near)), 0);
  assert_int_equal(start(alloc_no_length, keep_and_stop), 0);
  run_turns(1);
  assert_told("ENOBUFS");
  assert_int_equal(start(alloc_static, keep), 0);
  run_turns(1);
  assert_got("hello");
  close_near();
}

static void note_activity_at_the_end(uv_stream_t* of, ssize_t count,
                                     const uv_buf_t* buf) {
  if (count == UV_EOF)
    assert_int_equal(uv_is_active(handle(of)), 0);
  keep(of, count, buf);
}

static void test_end_is_told_once_and_stops_the_reading(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_static, note_activity_at_the_end), 0);
  post(far, "last words");
  shutdown(far, SHUT_WR);
  run_until(&ended);
  run_turns(3);
  assert_got("last words");
  assert_told("EOF");
  assert_int_equal(uv_is_active(handle(&near)), 0);
  assert_int_equal(uv_is_readable(stream(&near)), 1);
  assert_int_equal(uv_is_writable(stream(&near)), 1);
  close_near();
}

/* So that who waits for a child hears its last words before its end. */
static void test_end_is_told_with_the_last_bytes(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_static, keep), 0);
  post(far, "last");
  assert_int_equal(shutdown(far, SHUT_WR), 0);
  run_turns(1);
  assert_got("last");
  /* select(2) does not tell that nothing more will come. */
  if (strcmp(gy_test_poller(), "select") == 0)
    run_turns(1);
  assert_told("EOF");
  assert_int_equal(read_count, 2);
  close_near();
}

static void test_peer_that_is_gone_leaves_its_last_words(void** state) {
  (void)state;
  open_near();
  post(far, "0123456789");
  close(far);
  assert_int_equal(start(alloc_small, keep), 0);
  run_until(&ended);
  assert_got("0123456789");
  assert_told("EOF");
  gy_test_close_loop(&loop);
}

static void test_writing_goes_on_after_the_end_of_reading(void** state) {
  uv_buf_t buf = text("answer");

  (void)state;
  open_near();
  assert_int_equal(start(alloc_static, keep), 0);
  shutdown(far, SHUT_WR);
  run_until(&ended);
  assert_int_equal(uv_try_write(stream(&near), &buf, 1), 6);
  assert_arrived(far, "answer");
  close_near();
}

static void test_error_is_told_once_and_ends_both_directions(void** state) {
  (void)state;
  open_near();
  assert_int_equal(start(alloc_static, keep), 0);
  {
    /* A local peer that closes with unread data resets the connection. */
    uv_buf_t buf = text("unread");
    assert_int_equal(uv_try_write(stream(&near), &buf, 1), 6);
  }
  close(far);
  run_until(&ended);
  run_turns(3);
  assert_told("ECONNRESET");
  assert_int_equal(uv_is_active(handle(&near)), 0);
  assert_int_equal(uv_is_readable(stream(&near)), 0);
  assert_int_equal(uv_is_writable(stream(&near)), 0);
  gy_test_close_loop(&loop);
}

static void test_stream_that_does_not_read_sleeps_through_a_hang_up(
    void** state) {
  uv_timer_t timer;
  int before;

  (void)state;
  open_near();
  assert_int_equal(start(alloc_static, keep_and_stop), 0);
  post(far, "x");
  run_until(&read_count);
  close(far);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  before = read_count;
  run_turns(5);
  assert_int_equal(read_count, before);
  assert_int_equal(uv_loop_alive(&loop), 0);
  gy_test_close_loop(&loop);
}

static void test_much_is_read_whole_and_others_have_their_turn(void** state) {
  static char much[LOTS / 8];
  size_t sent = 0;

  (void)state;
  open_near();
  for (size_t i = 0; i < sizeof(much); i++)
    much[i] = (char)(i * 7);
  assert_int_equal(start(alloc_small, keep), 0);
  for (int turn = 0; got_size < sizeof(much); turn++) {
    ssize_t count;
    assert_true(turn < 100 * TURNS_MOST);
    count = send(far, much + sent, sizeof(much) - sent, MSG_DONTWAIT);
    sent += count > 0 ? (size_t)count : 0;
    read_count = 0;
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_true(read_count <= 64); /* not all of it at one go */
  }
  assert_memory_equal(got, much, sizeof(much));
  close_near();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_start_and_stop_make_it_active_and_not),
    cmocka_unit_test(test_start_without_callbacks_is_invalid),
    cmocka_unit_test(test_start_of_a_closing_stream_is_invalid),
    cmocka_unit_test(test_what_arrives_is_read_into_the_memory_given),
    cmocka_unit_test(test_small_buffers_are_asked_for_until_all_is_read),
    cmocka_unit_test(test_short_read_asks_for_no_more_memory),
    cmocka_unit_test(test_full_buffer_is_followed_by_a_read_of_nothing),
    cmocka_unit_test(test_stop_in_the_callback_leaves_the_rest_where_it_is),
    cmocka_unit_test(test_callbacks_can_be_changed_in_the_callback),
    cmocka_unit_test(test_close_in_the_callback_ends_it),
    cmocka_unit_test(test_stop_of_another_that_is_ready_too_comes_in_time),
    cmocka_unit_test(test_close_of_another_that_is_ready_too_comes_in_time),
    cmocka_unit_test(test_memory_refused_is_told_each_time),
    cmocka_unit_test(test_end_is_told_once_and_stops_the_reading),
    cmocka_unit_test(test_end_is_told_with_the_last_bytes),
    cmocka_unit_test(test_peer_that_is_gone_leaves_its_last_words),
    cmocka_unit_test(test_writing_goes_on_after_the_end_of_reading),
    cmocka_unit_test(test_error_is_told_once_and_ends_both_directions),
    cmocka_unit_test(test_stream_that_does_not_read_sleeps_through_a_hang_up),
    cmocka_unit_test(test_much_is_read_whole_and_others_have_their_turn),
};

GY_TEST_MAIN(tests)
