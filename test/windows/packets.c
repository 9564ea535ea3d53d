/* packets.c - tests of a completion port to which others post, too. */
#include "windows/stranger.h"

enum {
  ROUNDS = 50
};

static uv_loop_t loop;
static uv_poll_t watched;
static uv_async_t async;
static int fds[2];
static int poll_count;
static int async_count;

static void count_poll(uv_poll_t* handle, int status, int events) {
  (void)handle;
  assert_int_equal(status, 0);
  assert_int_equal(events, UV_READABLE);
  poll_count++;
}

static void count_async(uv_async_t* handle) {
  (void)handle;
  async_count++;
}

static void open_all(void) {
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, fds[0]), 0);
  assert_int_equal(uv_poll_start(&watched, UV_READABLE, count_poll), 0);
  assert_int_equal(uv_async_init(&loop, &async, count_async), 0);
  /* Now the kernel polls for us. */
  uv_run(&loop, UV_RUN_NOWAIT);
  stranger_look();
}

static void close_all(void) {
  gy_test_close_loop(&loop);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
}

/* All still works. */
static void assert_works(void) {
  poll_count = 0;
  async_count = 0;
  assert_int_equal(write(fds[1], "x", 1), 1);
  while (poll_count == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(uv_async_send(&async), 0);
  while (async_count == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(async_count, 1);
}

static void run_a_few_times(void) {
  for (int i = 0; i < 4; i++)
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void test_packets_of_others_are_dropped(void** state) {
  (void)state;
  open_all();
  stranger_post(0);
  stranger_post(0xdeadbee0);
  stranger_post(UINTPTR_MAX);
  run_a_few_times();
  assert_int_equal(poll_count, 0);
  assert_int_equal(async_count, 0);
  assert_works();
  close_all();
}

static void test_packet_that_looks_like_the_kernels_answer_is_dropped(
    void** state) {
  (void)state;
  open_all();
  /* The first watch, and each number its poll may have. */
  for (uintptr_t number = 0; number < STRANGER_COOKIE_MOST; number++) {
    stranger_post(stranger_cookie(0, number));
    run_a_few_times();
  }
  assert_int_equal(poll_count, 0);
  assert_works();
  close_all();
}

static void test_wake_that_nobody_asked_for_calls_nobody(void** state) {
  (void)state;
  open_all();
  for (int i = 0; i < ROUNDS; i++) {
    stranger_post(0);
    run_a_few_times();
  }
  assert_int_equal(async_count, 0);
  assert_works();
  close_all();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_packets_of_others_are_dropped),
    cmocka_unit_test(test_packet_that_looks_like_the_kernels_answer_is_dropped),
    cmocka_unit_test(test_wake_that_nobody_asked_for_calls_nobody),
};

GY_TEST_MAIN(tests)
