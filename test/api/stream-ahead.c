/* stream-ahead.c - tests of what comes before anybody asks for it: bytes that
 * nobody reads yet, connections that nobody accepts, and closing with either.
 */
#include "accepted.h"

enum {
  ROUNDS = 40,
  CROWD = 100, /* connections at once */
  LONG = 300000
};

static char got[LONG];
static size_t got_count;
static int ended;

static void keep(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  if (count < 0) {
    ended = 1;
    tell_status("read", (int)count);
    return;
  }
  assert_true(got_count + (size_t)count <= sizeof(got));
  memcpy(got + got_count, buf->base, (size_t)count);
  got_count += (size_t)count;
}

static void run_until_got(size_t count) {
  for (int turn = 0; got_count < count; turn++) {
    assert_true(turn < 10 * TURNS_MOST);
    uv_run(&loop, UV_RUN_ONCE);
  }
}

static void alloc_small(uv_handle_t* of, size_t suggested, uv_buf_t* buf) {
  static char memory[7];

  (void)of;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

/* ---- reading ---------------------------------------------------------------
 */

static int stops;

static void keep_and_stop(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  keep(of, count, buf);
  uv_read_stop(of);
  stops++;
}

static void test_bytes_wait_for_who_stops_and_starts_again(void** state) {
  (void)state;
  open_near();
  for (int i = 0; i < ROUNDS; i++)
    assert_int_equal(send(far, "0123456789", 10, 0), 10);
  assert_int_equal(shutdown(far, SHUT_WR), 0);
  while (!ended) {
    int before = stops;
    assert_int_equal(uv_read_start(stream(&near), alloc_small, keep_and_stop),
                     0);
    while (stops == before)
      uv_run(&loop, UV_RUN_ONCE);
    run_turns(2);
    assert_int_equal(stops, before + 1);
  }
  assert_int_equal(got_count, ROUNDS * 10);
  for (size_t i = 0; i < got_count; i++)
    assert_int_equal(got[i], '0' + i % 10);
  assert_told("read EOF");
  close_near();
}

static void close_and_count(uv_stream_t* of, ssize_t count,
                            const uv_buf_t* buf) {
  (void)buf;
  assert_true(count > 0);
  got_count++;
  uv_close(handle(of), told_close);
}

static void test_nothing_is_read_after_a_close_in_the_callback(void** state) {
  (void)state;
  open_near();
  for (int i = 0; i < ROUNDS; i++)
    assert_int_equal(send(far, "0123456789", 10, 0), 10);
  assert_int_equal(uv_read_start(stream(&near), alloc_small, close_and_count),
                   0);
  run_until(&told_count);
  run_turns(2);
  assert_int_equal(got_count, 1);
  assert_told("close");
  close_near();
}

static void test_bytes_of_many_lengths_come_in_order(void** state) {
  static char sent[LONG];
  size_t total = 0;
  unsigned seed = 7;

  (void)state;
  open_near();
  for (size_t i = 0; i < sizeof(sent); i++)
    sent[i] = (char)(i * 7 ^ i >> 9);
  assert_int_equal(uv_read_start(stream(&near), alloc_static, keep), 0);
  while (total < sizeof(sent)) {
    size_t size;
    seed = seed * 1103515245u + 12345u;
    size = 1 + (seed >> 16) % ((seed >> 8 & 3) == 0 ? 9000 : 90);
    size = size < sizeof(sent) - total ? size : sizeof(sent) - total;
    assert_int_equal(send(far, sent + total, size, 0), size);
    total += size;
    if ((seed >> 12 & 1) == 0)
      run_until_got(total);
  }
  run_until_got(total);
  assert_memory_equal(got, sent, sizeof(sent));
  close_near();
}

static void test_end_and_reset_are_told_once(void** state) {
  static const struct linger reset = {1, 0};

  (void)state;
  open_near();
  assert_int_equal(uv_read_start(stream(&near), alloc_static, keep), 0);
  run_turns(2);
  assert_int_equal(
      setsockopt(far, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
  close(far);
  run_until(&ended);
  run_turns(3);
  assert_told("read ECONNRESET");
  gy_test_close_loop(&loop);
}

/* ---- closing ---------------------------------------------------------------
 */

static void close_in_turn(uv_timer_t* of) {
  (void)of;
  uv_close(handle(&near), told_close);
}

static void test_close_is_done_when_the_turn_is(void** state) {
  (void)state;
  open_near();
  assert_int_equal(uv_read_start(stream(&near), alloc_static, keep), 0);
  run_turns(2);
  run_in_turn(close_in_turn);
  assert_end_comes();
  close_near();
}

/* ---- accepting -------------------------------------------------------------
 */

static uv_tcp_t guests[CROWD];
static int guest_count;
static int announced;

static void accept_guest(uv_stream_t* of, int status) {
  assert_int_equal(status, 0);
  announced++;
  assert_int_equal(uv_tcp_init(&loop, &guests[guest_count]), 0);
  assert_int_equal(uv_accept(of, stream(&guests[guest_count])), 0);
  guest_count++;
}

/* The number of a closed descriptor goes to the next that is opened. */
static void test_descriptors_that_come_again_are_not_mixed_up(void** state) {
  (void)state;
  loop_open();
  listen_at_loopback(&listener, accept_guest);
  for (int i = 0; i < ROUNDS; i++) {
    uv_write_t req;
    uv_buf_t hello = text("hello");
    far = connect_plain();
    while (guest_count <= i)
      uv_run(&loop, UV_RUN_ONCE);
    got_count = 0;
    assert_int_equal(uv_read_start(stream(&guests[i]), alloc_static, keep), 0);
    req.data = (void*)(uintptr_t) "1";
    assert_int_equal(uv_write(&req, stream(&guests[i]), &hello, 1, told_write),
                     0);
    run_turns(i % 2);
    assert_int_equal(send(far, "123456", 6, 0), 6);
    if (i % 3 != 0)
      run_until_got(6);
    uv_close(handle(&guests[i]), told_close);
    assert_comes("hello");
    close(far);
    if (i % 3 != 1)
      run_until(&told_count);
    run_turns(1);
    assert_int_equal(got_count, i % 3 != 0 ? 6 : 0);
    assert_told("write1 0, close");
  }
  gy_test_close_loop(&loop);
}

static void count_only(uv_stream_t* of, int status) {
  (void)of;
  assert_int_equal(status, 0);
  announced++;
}

static void crowd_connects(int* fds) {
  for (int i = 0; i < CROWD; i++)
    fds[i] = connect_plain();
}

static void test_crowd_is_taken_one_by_one(void** state) {
  int fds[CROWD];

  (void)state;
  loop_open();
  listen_at_loopback(&listener, accept_guest);
  crowd_connects(fds);
  for (int turn = 0; guest_count < CROWD; turn++) {
    assert_true(turn < TURNS_MOST);
    uv_run(&loop, UV_RUN_ONCE);
  }
  assert_int_equal(announced, CROWD);
  gy_test_close_loop(&loop);
  for (int i = 0; i < CROWD; i++)
    close(fds[i]);
}

static void test_who_accepts_later_gets_one_announced_at_a_time(void** state) {
  int fds[CROWD];

  (void)state;
  loop_open();
  listen_at_loopback(&listener, count_only);
  crowd_connects(fds);
  for (int i = 0; i < CROWD; i++) {
    run_until(&announced);
    run_turns(2);
    assert_int_equal(announced, 1); /* The next waits for this one. */
    announced = 0;
    assert_int_equal(uv_tcp_init(&loop, &guests[i]), 0);
    assert_int_equal(uv_accept(stream(&listener), stream(&guests[i])), 0);
    assert_int_equal(uv_accept(stream(&listener), stream(&guests[i])),
                     UV_EAGAIN);
  }
  run_turns(2);
  assert_int_equal(announced, 0);
  gy_test_close_loop(&loop);
  for (int i = 0; i < CROWD; i++)
    close(fds[i]);
}

static void test_crowd_at_a_closed_door_is_turned_away(void** state) {
  int fds[CROWD];

  (void)state;
  loop_open();
  listen_at_loopback(&listener, count_only);
  crowd_connects(fds);
  run_until(&announced);
  run_turns(2);
  gy_test_close_loop(&loop);
  for (int i = 0; i < CROWD; i++) {
    char byte;
    assert_true(recv(fds[i], &byte, 1, 0) <= 0);
    close(fds[i]);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_bytes_wait_for_who_stops_and_starts_again),
    cmocka_unit_test(test_nothing_is_read_after_a_close_in_the_callback),
    cmocka_unit_test(test_bytes_of_many_lengths_come_in_order),
    cmocka_unit_test(test_end_and_reset_are_told_once),
    cmocka_unit_test(test_close_is_done_when_the_turn_is),
    cmocka_unit_test(test_descriptors_that_come_again_are_not_mixed_up),
    cmocka_unit_test(test_crowd_is_taken_one_by_one),
    cmocka_unit_test(test_who_accepts_later_gets_one_announced_at_a_time),
    cmocka_unit_test(test_crowd_at_a_closed_door_is_turned_away),
};

GY_TEST_MAIN(tests)
