/* misuse.c - wrong calls of loops, timers and hooks: refused, nothing lost.
 *
 * The manual leaves these open, and libuv crashes on most of them. What cannot
 * be told by a value, closing a handle twice, is the programmer's error: a
 * build with assertions stops there, any other keeps to the first close. */
#include "support/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static uv_loop_t loop;
static int calls;

static void begin(void) {
  calls = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void timer_count(uv_timer_t* timer) {
  (void)timer;
  calls++;
}

static void idle_count(uv_idle_t* idle) {
  (void)idle;
  calls++;
}

static void prepare_count(uv_prepare_t* prepare) {
  (void)prepare;
  calls++;
}

static void check_count(uv_check_t* check) {
  (void)check;
  calls++;
}

static void close_count(uv_handle_t* handle) {
  (void)handle;
  calls++;
}

/* The loop is as good as new. */
static void expect_sound_loop(void) {
  uv_timer_t timer;

  calls = 0;
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, timer_count, 0, 0), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  gy_test_close_loop(&loop);
}

static void test_loop_of_null_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_loop_init(NULL), UV_EINVAL);
  assert_int_equal(uv_loop_close(NULL), UV_EINVAL);
  assert_int_equal(uv_loop_configure(NULL, UV_METRICS_IDLE_TIME), UV_EINVAL);
  assert_int_equal(uv_loop_fork(NULL), UV_EINVAL);
  assert_int_equal(uv_run(NULL, UV_RUN_NOWAIT), UV_EINVAL);
}

static void test_run_mode_that_nobody_knows_is_invalid(void** state) {
  (void)state;
  begin();
  assert_int_equal(uv_run(&loop, (uv_run_mode)77), UV_EINVAL);
  expect_sound_loop();
}

static void test_metrics_of_null_are_invalid(void** state) {
  uv_metrics_t metrics;

  (void)state;
  begin();
  assert_int_equal(uv_metrics_info(&loop, NULL), UV_EINVAL);
  assert_int_equal(uv_metrics_info(NULL, &metrics), UV_EINVAL);
  expect_sound_loop();
}

static void test_timer_of_null_is_invalid(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  assert_int_equal(uv_timer_init(NULL, &timer), UV_EINVAL);
  assert_int_equal(uv_timer_init(&loop, NULL), UV_EINVAL);
  assert_int_equal(uv_timer_start(NULL, timer_count, 0, 0), UV_EINVAL);
  assert_int_equal(uv_timer_stop(NULL), UV_EINVAL);
  assert_int_equal(uv_timer_again(NULL), UV_EINVAL);
  expect_sound_loop();
}

static void test_hook_of_null_is_invalid(void** state) {
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;

  (void)state;
  begin();
  assert_int_equal(uv_idle_init(NULL, &idle), UV_EINVAL);
  assert_int_equal(uv_idle_init(&loop, NULL), UV_EINVAL);
  assert_int_equal(uv_idle_start(NULL, idle_count), UV_EINVAL);
  assert_int_equal(uv_idle_stop(NULL), UV_EINVAL);
  assert_int_equal(uv_prepare_init(NULL, &prepare), UV_EINVAL);
  assert_int_equal(uv_prepare_init(&loop, NULL), UV_EINVAL);
  assert_int_equal(uv_prepare_start(NULL, prepare_count), UV_EINVAL);
  assert_int_equal(uv_prepare_stop(NULL), UV_EINVAL);
  assert_int_equal(uv_check_init(NULL, &check), UV_EINVAL);
  assert_int_equal(uv_check_init(&loop, NULL), UV_EINVAL);
  assert_int_equal(uv_check_start(NULL, check_count), UV_EINVAL);
  assert_int_equal(uv_check_stop(NULL), UV_EINVAL);
  expect_sound_loop();
}

static void test_hook_that_is_closing_is_not_brought_back(void** state) {
  uv_idle_t idle;

  (void)state;
  begin();
  uv_idle_init(&loop, &idle);
  uv_idle_start(&idle, idle_count);
  uv_close((uv_handle_t*)&idle, NULL);
  (void)uv_idle_start(&idle, idle_count); /* any answer will do */
  assert_int_equal(uv_is_active((uv_handle_t*)&idle), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 0);
  expect_sound_loop();
}

/* Run |body| in a child. True when it exits with 0, or is stopped by an
 * assertion. */
static int ends_well_or_asserts(int (*body)(void)) {
  pid_t child = fork();
  int status;

  assert_true(child >= 0);
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    close(STDERR_FILENO); /* the assertion's message would look like ours */
    _exit(body());
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* Close a timer again: while it is closing, or when it is closed. */
static int close_twice(int when_closed) {
  uv_loop_t own;
  uv_timer_t timer;

  calls = 0;
  uv_loop_init(&own);
  uv_timer_init(&own, &timer);
  uv_close((uv_handle_t*)&timer, close_count);
  if (when_closed)
    uv_run(&own, UV_RUN_DEFAULT);
  uv_close((uv_handle_t*)&timer, NULL);
  uv_run(&own, UV_RUN_DEFAULT);
  return calls == 1 && uv_loop_close(&own) == 0 ? 0 : 1;
}

static int close_while_closing(void) {
  return close_twice(0);
}

static int close_when_closed(void) {
  return close_twice(1);
}

static void test_closing_twice_keeps_the_first_or_asserts(void** state) {
  (void)state;
  assert_true(ends_well_or_asserts(close_while_closing));
  assert_true(ends_well_or_asserts(close_when_closed));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_loop_of_null_is_invalid),
    cmocka_unit_test(test_run_mode_that_nobody_knows_is_invalid),
    cmocka_unit_test(test_metrics_of_null_are_invalid),
    cmocka_unit_test(test_timer_of_null_is_invalid),
    cmocka_unit_test(test_hook_of_null_is_invalid),
    cmocka_unit_test(test_hook_that_is_closing_is_not_brought_back),
    cmocka_unit_test(test_closing_twice_keeps_the_first_or_asserts),
};

GY_TEST_MAIN(tests)
