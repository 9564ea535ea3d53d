/* packets.c - tests of a completion port to which others post, too.
 *
 * The port's handle is found as somebody else in the process would find it: by
 * trying all there are. */
#include "support/test.h"

#include <winsock2.h>
#include <windows.h>

enum {
  HANDLE_MOST = 4096,
  KEY_MOST = 4, /* beyond those that the poller uses */
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

/* Post |overlapped| with every key to whatever is a port. How many packets. */
static int post_everywhere(OVERLAPPED* overlapped) {
  int count = 0;

  for (uintptr_t handle = 4; handle < HANDLE_MOST; handle += 4) {
    for (ULONG_PTR key = 0; key <= KEY_MOST; key++)
      count += PostQueuedCompletionStatus((HANDLE)handle, 1, key, overlapped);
  }
  return count;
}

static void open_all(void) {
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, fds[0]), 0);
  assert_int_equal(uv_poll_start(&watched, UV_READABLE, count_poll), 0);
  assert_int_equal(uv_async_init(&loop, &async, count_async), 0);
  /* Now the kernel polls for us. */
  uv_run(&loop, UV_RUN_NOWAIT);
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
  assert_true(post_everywhere(NULL) > 0);
  assert_true(post_everywhere((OVERLAPPED*)(uintptr_t)0xdeadbee0) > 0);
  assert_true(post_everywhere((OVERLAPPED*)(uintptr_t)-1) > 0);
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
  for (uintptr_t number = 0; number < ROUNDS; number++) {
    uintptr_t bits = sizeof(void*) == 8 ? 32 : 20;
    assert_true(post_everywhere((OVERLAPPED*)(number << bits | 1)) > 0);
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
    assert_true(post_everywhere(NULL) > 0);
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
