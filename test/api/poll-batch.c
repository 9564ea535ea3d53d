/* poll-batch.c - tests of uv_poll_t: handles that change each other while a
 * batch of events is handed out, and descriptors that vanish or come again.
 *
 * Several near ends become readable before the loop polls, so that the kernel
 * reports them together. Which of them is called first is not promised.
 */
#include "support/test.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  SOME = 5,  /* handles in a batch */
  SPINS = 50 /* iterations that must not be full of vain calls */
};

/* From here on, what libuv 1.44 answers with an abort is an error. */
#define MISUSE_IS_ANSWERED_SINCE 0x013400u

static uv_loop_t loop;
static uv_poll_t polls[SOME];
static int near[SOME]; /* polled */
static int far[SOME];
static int calls[SOME];
static int call_count;
static int error_count;

static int index_of(const uv_poll_t* handle) {
  return (int)(handle - polls);
}

static void count_call(uv_poll_t* handle, int status, int events) {
  (void)events; /* those who care look for themselves */
  calls[index_of(handle)]++;
  call_count++;
  if (status < 0)
    error_count++;
}

static void open_pair(int which) {
  int fds[2];

  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  near[which] = fds[0];
  far[which] = fds[1];
}

static void init(int which) {
  assert_int_equal(uv_poll_init(&loop, &polls[which], near[which]), 0);
}

static void start(int which, int events, uv_poll_cb cb) {
  assert_int_equal(uv_poll_start(&polls[which], events, cb), 0);
}

static void stop(int which) {
  assert_int_equal(uv_poll_stop(&polls[which]), 0);
}

static void make_readable(int which) {
  assert_int_equal(write(far[which], "x", 1), 1);
}

/* A loop with |count| handles that wait to read, all known to the kernel, and
 * none ready yet. */
static void open_some(int count, uv_poll_cb cb) {
  assert_int_equal(uv_loop_init(&loop), 0);
  for (int i = 0; i < count; i++) {
    open_pair(i);
    init(i);
    start(i, UV_READABLE, cb);
  }
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(call_count, 0);
}

static void close_some(int count) {
  gy_test_close_loop(&loop);
  for (int i = 0; i < count; i++) {
    assert_int_equal(close(near[i]), 0);
    assert_int_equal(close(far[i]), 0);
  }
}

static void run_times(int count) {
  for (int i = 0; i < count; i++)
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void close_the_others(uv_poll_t* handle, int status, int events) {
  count_call(handle, status, events);
  for (int i = 0; i < SOME; i++) {
    if (&polls[i] != handle)
      uv_close((uv_handle_t*)&polls[i], NULL);
  }
  assert_int_equal(uv_poll_stop(handle), 0);
}

static void test_handles_closed_by_another_in_the_batch_are_not_called(
    void** state) {
  (void)state;
  open_some(SOME, close_the_others);
  for (int i = 0; i < SOME; i++)
    make_readable(i);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  close_some(SOME);
}

static void stop_the_others(uv_poll_t* handle, int status, int events) {
  count_call(handle, status, events);
  for (int i = 0; i < SOME; i++)
    stop(i);
}

static void test_handles_stopped_by_another_in_the_batch_are_not_called(
    void** state) {
  (void)state;
  open_some(SOME, stop_the_others);
  for (int i = 0; i < SOME; i++)
    make_readable(i);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  close_some(SOME);
}

static void write_only(uv_poll_t* handle, int status, int events) {
  assert_int_equal(status, 0);
  assert_int_equal(events, UV_WRITABLE);
  count_call(handle, status, events);
  assert_int_equal(uv_poll_stop(handle), 0);
}

static void make_the_other_write_only(uv_poll_t* handle, int status,
                                      int events) {
  count_call(handle, status, events);
  start(1 - index_of(handle), UV_WRITABLE, write_only);
  assert_int_equal(uv_poll_stop(handle), 0);
}

static void test_handle_changed_by_another_in_the_batch_hears_the_new_only(
    void** state) {
  (void)state;
  open_some(2, make_the_other_write_only);
  make_readable(0);
  make_readable(1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls[0], 1);
  assert_int_equal(calls[1], 1);
  close_some(2);
}

static void restart_the_other(uv_poll_t* handle, int status, int events) {
  int other = 1 - index_of(handle);

  count_call(handle, status, events);
  assert_int_equal(events, UV_READABLE);
  assert_int_equal(uv_poll_stop(handle), 0);
  if (call_count > 1)
    return;
  stop(other);
  start(other, UV_READABLE, restart_the_other);
}

static void test_handle_restarted_by_another_in_the_batch_is_called_once(
    void** state) {
  (void)state;
  open_some(2, restart_the_other);
  make_readable(0);
  make_readable(1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls[0], 1);
  assert_int_equal(calls[1], 1);
  close_some(2);
}

static void start_the_third(uv_poll_t* handle, int status, int events) {
  count_call(handle, status, events);
  assert_int_equal(uv_poll_stop(handle), 0);
  init(2);
  start(2, UV_READABLE, count_call);
}

static void test_handle_started_in_a_callback_is_heard(void** state) {
  (void)state;
  open_some(1, start_the_third);
  open_pair(2);
  make_readable(2);
  make_readable(0);
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(calls[0], 1);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_true(calls[2] >= 1);
  close_some(1);
  assert_int_equal(close(near[2]), 0);
  assert_int_equal(close(far[2]), 0);
}

/* Whoever is called first takes the other's descriptor away and puts a fresh
 * pair in its place, watched by the third handle. */
static void give_the_number_to_a_stranger(uv_poll_t* handle, int status,
                                          int events) {
  int other = 1 - index_of(handle);
  int number = near[other];

  count_call(handle, status, events);
  assert_int_equal(uv_poll_stop(handle), 0);
  uv_close((uv_handle_t*)&polls[other], NULL);
  assert_int_equal(close(number), 0);
  open_pair(2);
  if (near[2] != number) {
    assert_int_equal(dup2(near[2], number), number);
    assert_int_equal(close(near[2]), 0);
    near[2] = number;
  }
  init(2);
  start(2, UV_READABLE, count_call);
}

static void test_event_of_a_closed_descriptor_is_not_for_its_successor(
    void** state) {
  (void)state;
  open_some(2, give_the_number_to_a_stranger);
  make_readable(0);
  make_readable(1);
  run_times(4);
  assert_int_equal(call_count, 1);
  assert_int_equal(calls[2], 0);
  make_readable(2);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls[2], 1);
  assert_int_equal(call_count, 2);
  gy_test_close_loop(&loop);
  close(near[calls[0] == 1 ? 0 : 1]);
  close(near[2]);
  for (int i = 0; i < 3; i++)
    close(far[i]);
}

static void test_number_used_again_after_stop_and_close_works(void** state) {
  (void)state;
  open_some(1, count_call);
  for (int i = 1; i <= 5; i++) {
    stop(0);
    uv_close((uv_handle_t*)&polls[0], NULL);
    assert_int_equal(close(near[0]), 0);
    assert_int_equal(close(far[0]), 0);
    open_pair(0);
    uv_run(&loop, UV_RUN_NOWAIT); /* the memory is free after this */
    init(0);
    start(0, UV_READABLE, count_call);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(call_count, i - 1);
    make_readable(0);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(call_count, i);
  }
  close_some(1);
}

static int far_end_sees_the_close(int which) {
  struct pollfd end = {.fd = far[which], .events = POLLIN};
  char byte;

  return poll(&end, 1, 0) == 1 && read(far[which], &byte, 1) == 0;
}

static void test_peer_sees_a_close_right_after_stop(void** state) {
  (void)state;
  open_some(2, count_call);
  stop(0);
  assert_int_equal(close(near[0]), 0);
  assert_true(far_end_sees_the_close(0));
  uv_close((uv_handle_t*)&polls[1], NULL);
  assert_int_equal(close(near[1]), 0);
  assert_true(far_end_sees_the_close(1));
  gy_test_close_loop(&loop);
  assert_int_equal(call_count, 0);
  close(far[0]);
  close(far[1]);
}

static void test_duplicates_are_watched_each_on_its_own(void** state) {
  (void)state;
  open_some(1, count_call);
  near[1] = dup(near[0]);
  assert_true(near[1] >= 0);
  init(1);
  start(1, UV_READABLE, count_call);
  make_readable(0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls[0], 1);
  assert_int_equal(calls[1], 1);
  stop(0);
  assert_int_equal(close(near[0]), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls[0], 1);
  assert_int_equal(calls[1], 2);
  gy_test_close_loop(&loop);
  close(near[1]);
  close(far[0]);
}

/* A descriptor closed while it is polled is the user's mistake. He may be told,
 * once, with an error; nothing else may happen, to him or to others. */
static void expect_silence_or_one_error(void) {
  run_times(SPINS);
  assert_in_range(calls[0], 0, 1);
  assert_int_equal(calls[0], error_count);
  if (error_count == 1)
    assert_int_equal(uv_is_active((uv_handle_t*)&polls[0]), 0);
  make_readable(1);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls[1], 1);
  stop(0);
}

static void test_descriptor_closed_behind_our_back_is_harmless(void** state) {
  (void)state;
  open_some(2, count_call);
  assert_int_equal(close(near[0]), 0);
  expect_silence_or_one_error();
  gy_test_close_loop(&loop);
  close(far[0]);
  close(near[1]);
  close(far[1]);
}

static void test_descriptor_closed_before_the_first_run_is_harmless(
    void** state) {
  (void)state;
  if (uv_version() < MISUSE_IS_ANSWERED_SINCE)
    gy_test_skip("this library aborts");
  open_some(2, count_call);
  stop(0);
  start(0, UV_READABLE, count_call);
  assert_int_equal(close(near[0]), 0);
  expect_silence_or_one_error();
  gy_test_close_loop(&loop);
  close(far[0]);
  close(near[1]);
  close(far[1]);
}

static void test_start_on_a_descriptor_closed_behind_our_back_is_harmless(
    void** state) {
  int err;

  (void)state;
  if (uv_version() < MISUSE_IS_ANSWERED_SINCE)
    gy_test_skip("this library aborts");
  open_some(2, count_call);
  assert_int_equal(close(near[0]), 0);
  err = uv_poll_start(&polls[0], UV_READABLE | UV_WRITABLE, count_call);
  assert_true(err == 0 || err == UV_EBADF);
  expect_silence_or_one_error();
  gy_test_close_loop(&loop);
  close(far[0]);
  close(near[1]);
  close(far[1]);
}

static void test_descriptor_closed_while_a_duplicate_is_open_can_be_stopped(
    void** state) {
  int duplicate;
  int calls_before;

  (void)state;
  open_some(2, count_call);
  duplicate = dup(near[0]);
  assert_true(duplicate >= 0);
  assert_int_equal(close(near[0]), 0);
  make_readable(0);
  run_times(3);
  /* epoll watches the open file, poll and select watch the number: events, or
   * one error. io_uring watches the file until there is an event, and then the
   * number. */
  assert_true(error_count == 0 || (error_count == 1 && calls[0] <= 2));
  stop(0);
  calls_before = calls[0];
  run_times(SPINS);
  assert_int_equal(calls[0], calls_before);
  make_readable(1);
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(calls[1], 1);
  gy_test_close_loop(&loop);
  close(duplicate);
  close(far[0]);
  close(near[1]);
  close(far[1]);
}

static void test_number_taken_behind_our_back_serves_after_the_close(
    void** state) {
  int number;
  int calls_before;

  (void)state;
  open_some(1, count_call);
  number = near[0];
  assert_int_equal(close(number), 0);
  open_pair(1);
  assert_int_equal(near[1], number); /* the lowest that is free */
  run_times(3);
  uv_close((uv_handle_t*)&polls[0], NULL);
  init(1);
  start(1, UV_READABLE, count_call);
  calls_before = calls[0];
  make_readable(1);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls[1], 1);
  assert_int_equal(calls[0], calls_before);
  gy_test_close_loop(&loop);
  close(near[1]);
  close(far[0]);
  close(far[1]);
}

static uv_loop_t inner;
static uv_async_t inner_async;
static int inner_calls;

static void count_inner_call(uv_async_t* async) {
  (void)async; /* there is only one it can be */
  inner_calls++;
}

static void run_inner(uv_poll_t* handle, int status, int events) {
  count_call(handle, status, events);
  assert_int_equal(events, UV_READABLE);
  uv_run(&inner, UV_RUN_NOWAIT);
}

static void test_loop_can_be_watched_by_another_loop(void** state) {
  (void)state;
  assert_int_equal(uv_loop_init(&inner), 0);
  assert_int_equal(uv_async_init(&inner, &inner_async, count_inner_call), 0);
  uv_run(&inner, UV_RUN_NOWAIT);
  near[0] = uv_backend_fd(&inner);
  if (near[0] == -1)
    gy_test_skip("this poller has no descriptor");
  assert_int_equal(uv_loop_init(&loop), 0);
  init(0);
  start(0, UV_READABLE, run_inner);
  run_times(3);
  assert_int_equal(call_count, 0);
  for (int i = 1; i <= 3; i++) {
    assert_int_equal(uv_async_send(&inner_async), 0);
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(inner_calls, i);
    run_times(3);
    assert_int_equal(call_count, i);
  }
  gy_test_close_loop(&loop);
  gy_test_close_loop(&inner);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(
        test_handles_closed_by_another_in_the_batch_are_not_called),
    cmocka_unit_test(
        test_handles_stopped_by_another_in_the_batch_are_not_called),
    cmocka_unit_test(
        test_handle_changed_by_another_in_the_batch_hears_the_new_only),
    cmocka_unit_test(
        test_handle_restarted_by_another_in_the_batch_is_called_once),
    cmocka_unit_test(test_handle_started_in_a_callback_is_heard),
    cmocka_unit_test(
        test_event_of_a_closed_descriptor_is_not_for_its_successor),
    cmocka_unit_test(test_number_used_again_after_stop_and_close_works),
    cmocka_unit_test(test_peer_sees_a_close_right_after_stop),
    cmocka_unit_test(test_duplicates_are_watched_each_on_its_own),
    cmocka_unit_test(test_descriptor_closed_behind_our_back_is_harmless),
    cmocka_unit_test(test_descriptor_closed_before_the_first_run_is_harmless),
    cmocka_unit_test(
        test_start_on_a_descriptor_closed_behind_our_back_is_harmless),
    cmocka_unit_test(
        test_descriptor_closed_while_a_duplicate_is_open_can_be_stopped),
    cmocka_unit_test(test_number_taken_behind_our_back_serves_after_the_close),
    cmocka_unit_test(test_loop_can_be_watched_by_another_loop),
};

GY_TEST_MAIN(tests)
