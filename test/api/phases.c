/* phases.c - what a loop does in which order.
 *
 * An iteration is: idle, prepare, poll, check, close callbacks, timers. In the
 * default mode the timers that are due already run once more, before the first
 * iteration. The trace has one letter per callback: i p a c x t, with a for an
 * async handle, which stands for the poll phase. */
#include "support/test.h"

enum {
  HOUR_MS = 60 * 60 * 1000
};

static uv_loop_t loop;
static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_async_t async;
static uv_check_t check;
static uv_timer_t timer;
static uv_timer_t closing;
static uv_timer_t far; /* keeps the loop alive */

static char trace[128];
static char acting; /* the letter of the phase that acts */
static void (*act)(uv_handle_t* handle);

static void phase_run(char letter, void* handle) {
  size_t used = strlen(trace);

  if (used + 1 < sizeof(trace)) {
    trace[used] = letter;
    trace[used + 1] = '\0';
  }
  if (letter == acting && act != NULL)
    act((uv_handle_t*)handle);
}

static void idle_run(uv_idle_t* handle) {
  phase_run('i', handle);
}

static void prepare_run(uv_prepare_t* handle) {
  phase_run('p', handle);
}

static void async_run(uv_async_t* handle) {
  phase_run('a', handle);
}

static void check_run(uv_check_t* handle) {
  phase_run('c', handle);
}

static void timer_run(uv_timer_t* handle) {
  phase_run('t', handle);
}

static void close_run(uv_handle_t* handle) {
  phase_run('x', handle);
}

static void timer_fail(uv_timer_t* handle) {
  (void)handle;
  fail_msg("an hour has passed");
}

/* A loop with one handle for each phase, none of them started but |far|. */
static void begin(void) {
  trace[0] = '\0';
  acting = '\0';
  act = NULL;
  assert_int_equal(uv_loop_init(&loop), 0);
  uv_idle_init(&loop, &idle);
  uv_prepare_init(&loop, &prepare);
  uv_async_init(&loop, &async, async_run);
  uv_unref((uv_handle_t*)&async);
  uv_check_init(&loop, &check);
  uv_timer_init(&loop, &timer);
  uv_timer_init(&loop, &closing);
  uv_timer_init(&loop, &far);
  uv_timer_start(&far, timer_fail, HOUR_MS, 0);
}

/* Give every phase something to do. */
static void start_all(void) {
  uv_idle_start(&idle, idle_run);
  uv_prepare_start(&prepare, prepare_run);
  uv_check_start(&check, check_run);
  uv_async_send(&async);
  uv_timer_start(&timer, timer_run, 0, 0);
  uv_close((uv_handle_t*)&closing, close_run);
}

static void test_once_and_nowait_go_through_the_phases_in_order(void** state) {
  (void)state;
  begin();
  start_all();
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1);
  assert_string_equal(trace, "ipacxt");
  gy_test_close_loop(&loop);

  begin();
  start_all();
  assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 1);
  assert_string_equal(trace, "ipacxt");
  gy_test_close_loop(&loop);
}

static void stop(uv_handle_t* handle) {
  uv_stop(handle->loop);
}

static void test_default_runs_due_timers_before_the_first_iteration(
    void** state) {
  (void)state;
  begin();
  start_all();
  acting = 'x';
  act = stop;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 1);
  assert_string_equal(trace, "tipacx");
  gy_test_close_loop(&loop);
}

static void timer_run_three_times(uv_timer_t* handle) {
  timer_run(handle);
  if (strlen(trace) < strlen("tpctpct"))
    uv_timer_start(handle, timer_run_three_times, 0, 0);
}

static void test_default_goes_round_until_nothing_is_left(void** state) {
  (void)state;
  begin();
  uv_timer_stop(&far);
  uv_prepare_start(&prepare, prepare_run);
  uv_unref((uv_handle_t*)&prepare);
  uv_check_start(&check, check_run);
  uv_unref((uv_handle_t*)&check);
  uv_timer_start(&timer, timer_run_three_times, 0, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "tpctpct");
  gy_test_close_loop(&loop);
}

static void test_default_is_over_when_the_first_timers_leave_nothing(
    void** state) {
  (void)state;
  begin();
  uv_timer_stop(&far);
  uv_prepare_start(&prepare, prepare_run);
  uv_unref((uv_handle_t*)&prepare);
  uv_timer_start(&timer, timer_run, 0, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(trace[0], 't');
  assert_null(strchr(trace + 1, 't'));
  gy_test_close_loop(&loop);
}

static void test_timers_that_keep_nothing_alive_do_not_run(void** state) {
  (void)state;
  begin();
  uv_timer_stop(&far);
  uv_timer_start(&timer, timer_run, 0, 0);
  uv_unref((uv_handle_t*)&timer);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "");
  gy_test_close_loop(&loop);
}

static void test_once_waits_until_it_has_made_progress(void** state) {
  uint64_t start;

  (void)state;
  begin();
  uv_timer_start(&timer, timer_run, 20, 0);
  start = uv_now(&loop);
  /* A poll that ends for no reason is allowed, but not for ever. */
  while (trace[0] == '\0')
    assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 1);
  assert_string_equal(trace, "t");
  assert_true(uv_now(&loop) - start >= 20);
  gy_test_close_loop(&loop);
}

static void test_once_runs_a_timer_that_ends_its_wait_in_the_same_call(
    void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, timer_run, 5, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 1);
  assert_string_equal(trace, "t");
  gy_test_close_loop(&loop);
}

static void test_once_runs_no_timer_twice(void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, timer_run, 0, 1);
  assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 1);
  assert_string_equal(trace, "t");
  gy_test_close_loop(&loop);
}

static void thread_send(void* arg) {
  uv_async_send((uv_async_t*)arg);
}

static void test_once_waits_for_what_a_thread_sends(void** state) {
  uv_thread_t thread;

  (void)state;
  begin();
  assert_int_equal(uv_thread_create(&thread, thread_send, &async), 0);
  while (trace[0] == '\0')
    assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 1);
  assert_string_equal(trace, "a");
  assert_int_equal(uv_thread_join(&thread), 0);
  gy_test_close_loop(&loop);
}

static void test_nowait_does_not_wait(void** state) {
  (void)state;
  begin();
  uv_prepare_start(&prepare, prepare_run);
  uv_check_start(&check, check_run);
  for (int i = 0; i < 3; i++) /* far is an hour away */
    assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1);
  assert_string_equal(trace, "pcpcpc");
  gy_test_close_loop(&loop);
}

static void close_itself(uv_handle_t* handle) {
  uv_close(handle, close_run);
}

static const struct {
  char letter;
  const char* trace; /* of two iterations, the handle acting in the first */
} closes[] = {
    {'i', "ipacxtpc"}, {'p', "ipacxtic"},  {'a', "ipacxtipc"},
    {'c', "ipacxtip"}, {'t', "ipactipcx"},
};

/* Close the acting phase's own handle, and look when its callback comes. */
static void expect_close(size_t i, uv_run_mode mode) {
  print_message("close in %c, mode %d\n", closes[i].letter, (int)mode);
  begin();
  start_all();
  uv_run(&loop, UV_RUN_NOWAIT); /* be done with |closing| */
  uv_async_send(&async);
  uv_timer_start(&timer, timer_run, 0, 0);
  trace[0] = '\0';
  acting = closes[i].letter;
  act = close_itself;
  assert_int_equal(uv_run(&loop, mode), 1);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1);
  assert_string_equal(trace, closes[i].trace);
  gy_test_close_loop(&loop);
}

static void test_close_callback_comes_in_the_next_closing_phase(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(closes); i++) {
    expect_close(i, UV_RUN_NOWAIT);
    expect_close(i, UV_RUN_ONCE);
  }
}

/* Stop the loop in the phase |letter|; the trace is to be |expected|, and that
 * of the next run, which the stop must not reach, |next|. */
static void expect_stop(char letter, uv_run_mode mode, const char* expected,
                        const char* next) {
  print_message("stop in %c, mode %d\n", letter, (int)mode);
  begin();
  start_all();
  acting = letter;
  act = stop;
  assert_int_equal(uv_run(&loop, mode), 1);
  assert_string_equal(trace, expected);
  trace[0] = '\0';
  act = NULL;
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1);
  assert_string_equal(trace, next);
  gy_test_close_loop(&loop);
}

static void test_stop_lets_the_iteration_come_to_its_end(void** state) {
  static const char letters[] = "ipacxt";

  (void)state;
  for (const char* letter = letters; *letter != '\0'; letter++) {
    expect_stop(*letter, UV_RUN_ONCE, "ipacxt", "ipc");
    expect_stop(*letter, UV_RUN_NOWAIT, "ipacxt", "ipc");
    if (*letter != 't')
      expect_stop(*letter, UV_RUN_DEFAULT, "tipacx", "ipc");
  }
}

static void test_stop_in_the_first_timers_of_default_leaves_the_rest_undone(
    void** state) {
  (void)state;
  expect_stop('t', UV_RUN_DEFAULT, "t", "ipacx");
}

static void stop_and_start_timer(uv_handle_t* handle) {
  uv_stop(handle->loop);
  uv_timer_start(&timer, timer_run, 0, 0);
}

static void test_stop_does_not_cut_off_the_timers_of_its_iteration(
    void** state) {
  (void)state;
  begin();
  uv_prepare_start(&prepare, prepare_run);
  uv_check_start(&check, check_run);
  acting = 'p';
  act = stop_and_start_timer;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 1);
  assert_string_equal(trace, "pct");
  gy_test_close_loop(&loop);
}

static uint64_t now_in_check;

static void check_ask_now(uv_check_t* handle) {
  now_in_check = uv_now(handle->loop);
}

static void test_check_knows_how_long_the_poll_has_waited(void** state) {
  uint64_t start;

  (void)state;
  begin();
  start = uv_now(&loop);
  uv_check_start(&check, check_ask_now);
  uv_timer_start(&timer, timer_run, 10, 0);
  while (trace[0] == '\0')
    uv_run(&loop, UV_RUN_ONCE);
  assert_true(now_in_check >= start + 10);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_once_and_nowait_go_through_the_phases_in_order),
    cmocka_unit_test(test_default_runs_due_timers_before_the_first_iteration),
    cmocka_unit_test(test_default_goes_round_until_nothing_is_left),
    cmocka_unit_test(test_default_is_over_when_the_first_timers_leave_nothing),
    cmocka_unit_test(test_timers_that_keep_nothing_alive_do_not_run),
    cmocka_unit_test(test_once_waits_until_it_has_made_progress),
    cmocka_unit_test(
        test_once_runs_a_timer_that_ends_its_wait_in_the_same_call),
    cmocka_unit_test(test_once_runs_no_timer_twice),
    cmocka_unit_test(test_once_waits_for_what_a_thread_sends),
    cmocka_unit_test(test_nowait_does_not_wait),
    cmocka_unit_test(test_close_callback_comes_in_the_next_closing_phase),
    cmocka_unit_test(test_stop_lets_the_iteration_come_to_its_end),
    cmocka_unit_test(
        test_stop_in_the_first_timers_of_default_leaves_the_rest_undone),
    cmocka_unit_test(test_stop_does_not_cut_off_the_timers_of_its_iteration),
    cmocka_unit_test(test_check_knows_how_long_the_poll_has_waited),
};

GY_TEST_MAIN(tests)
