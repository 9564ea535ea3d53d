/* timers.c - timers in simulated time: when they are called, to the ns. */
#include "spy.h"

enum {
  CROWD = 10000, /* more than the wheel puts on one chain after the other */
  AGAIN = CROWD / 100,
  FAR = 1000
};

#define SECOND_MS UINT64_C(1000)
#define DAY_MS (24 * 60 * 60 * SECOND_MS)
#define YEAR_MS (365 * DAY_MS)

static uv_timer_t timer;
static uv_timer_t crowd[CROWD];
static int order[CROWD]; /* who was called, in order */
static int calls;
static uint64_t called_at; /* ns, the last time */
static uint64_t takes;     /* ns that a callback takes */
static int calls_wanted;

static void note_call(uv_timer_t* handle) {
  called_at = gy_sim_clock();
  gy_sim_pass(takes);
  if (++calls == calls_wanted) {
    assert_int_equal(uv_timer_stop(handle), 0);
  }
}

static void note_order(uv_timer_t* handle) {
  order[calls] = (int)(handle - crowd);
  note_call(handle);
}

static int setup(void** state) {
  spy_setup(state);
  calls = calls_wanted = 0;
  takes = 0;
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  return 0;
}

/* Begin in the middle of a ms, and of the wheel's ticks. */
static void pass_odd_time(void) {
  gy_sim_pass(UINT64_C(123456789));
  uv_update_time(&loop);
}

static void run(void) {
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
}

static void crowd_start(int index, uint64_t timeout) {
  assert_int_equal(uv_timer_init(&loop, &crowd[index]), 0);
  assert_int_equal(uv_timer_start(&crowd[index], note_order, timeout, 0), 0);
}

/* ---- to the ns ---------------------------------------------------------- */

static void test_timer_is_called_when_its_time_is_over_and_not_before(
    void** state) {
  static const uint64_t timeouts[] = {
      0,   1,   2,    3,     8,      9,           64,     100,
      500, 537, 4096, 40000, DAY_MS, 25 * DAY_MS, YEAR_MS};
  size_t index;

  (void)state;
  for (index = 0; index < COUNT_OF(timeouts); index++) {
    uint64_t begin;
    pass_odd_time();
    begin = gy_sim_clock();
    assert_int_equal(uv_timer_start(&timer, note_call, timeouts[index], 0), 0);
    assert_int_equal(uv_timer_get_due_in(&timer), timeouts[index]);
    run();
    assert_int_equal(called_at - begin, timeouts[index] * SPY_MS);
  }
  assert_int_equal(calls, COUNT_OF(timeouts));
}

static void test_loop_sleeps_once_for_a_timer_of_a_year(void** state) {
  (void)state;
  pass_odd_time();
  assert_int_equal(uv_timer_start(&timer, note_call, YEAR_MS, 0), 0);
  run();
  assert_int_equal(spy.wait_count, 1);
  assert_int_equal(spy.wait_timeout, YEAR_MS * SPY_MS);
}

static void test_timer_beyond_all_time_is_as_far_away_as_can_be(void** state) {
  (void)state;
  assert_int_equal(uv_timer_start(&timer, note_call, UINT64_MAX, 0), 0);
  assert_int_equal(uv_backend_timeout(&loop), INT32_MAX);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls, 0);
  run();
  assert_int_equal(calls, 1);
  assert_true(called_at >= UINT64_MAX - 1);
}

static void test_timer_counts_from_the_loops_now_not_from_the_clocks(
    void** state) {
  uint64_t begin = gy_sim_clock();

  (void)state;
  gy_sim_pass(7 * SPY_MS);
  assert_int_equal(uv_timer_start(&timer, note_call, 10, 0), 0);
  run();
  assert_int_equal(called_at - begin, 10 * SPY_MS);
}

static void test_timer_that_is_overdue_is_called_without_a_sleep(void** state) {
  (void)state;
  assert_int_equal(uv_timer_start(&timer, note_call, 10, 0), 0);
  gy_sim_pass(11 * SPY_MS);
  run();
  assert_int_equal(calls, 1);
  assert_int_equal(spy.wait_count, 0);
}

static void test_sleep_disturbed_by_signals_ends_on_time(void** state) {
  uint64_t begin;

  (void)state;
  pass_odd_time();
  begin = gy_sim_clock();
  assert_int_equal(uv_timer_start(&timer, note_call, 10, 0), 0);
  spy.wait_error = UV_EINTR;
  run();
  assert_int_equal(spy.wait_count, 2);
  assert_int_equal(called_at - begin, 10 * SPY_MS);
}

/* ---- repeats ------------------------------------------------------------ */

/* Call |timer| |count| times; when the last call is due after the first. */
static uint64_t repeat(uint64_t repeat_ms, int count, uint64_t takes_ns) {
  uint64_t begin;

  calls = 0;
  calls_wanted = count;
  takes = takes_ns;
  pass_odd_time();
  begin = gy_sim_clock();
  assert_int_equal(uv_timer_start(&timer, note_call, 0, repeat_ms), 0);
  run();
  assert_int_equal(calls, count);
  return called_at - begin;
}

static void test_repeating_timer_does_not_drift(void** state) {
  (void)state;
  assert_int_equal(repeat(1, 1001, 0), 1000 * SPY_MS);
  assert_int_equal(repeat(7, 1001, 0), 7000 * SPY_MS);
  assert_int_equal(repeat(DAY_MS, 366, 0), YEAR_MS * SPY_MS);
}

/* The loop's now does not move while callbacks run, so the sleep after them may
 * be too long by what they took; and by no more. */
static void test_repeating_timer_is_late_by_what_its_callback_takes(
    void** state) {
  (void)state;
  assert_in_range(repeat(1, 1001, 300000), 1000 * SPY_MS, 1300 * SPY_MS);
  assert_in_range(repeat(7, 1001, SPY_MS), 7000 * SPY_MS, 8000 * SPY_MS);
  assert_in_range(repeat(10, 101, 25 * SPY_MS), 2500 * SPY_MS, 3500 * SPY_MS);
}

static void test_repeating_timer_that_is_late_does_not_catch_up(void** state) {
  (void)state;
  calls_wanted = 3;
  assert_int_equal(uv_timer_start(&timer, note_call, 10, 10), 0);
  gy_sim_pass(1000 * SPY_MS);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT) != 0, 1);
  assert_int_equal(calls, 1);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT) != 0, 1);
  assert_int_equal(calls, 1);
  assert_int_equal(uv_timer_get_due_in(&timer), 10);
}

static void test_idle_timeout_put_off_again_and_again_is_due_after_the_last(
    void** state) {
  uint64_t begin;
  int index;

  (void)state;
  calls_wanted = 1;
  assert_int_equal(uv_timer_start(&timer, note_call, 60000, 60000), 0);
  for (index = 0; index < 10000; index++) {
    gy_sim_pass(59999 * SPY_MS);
    uv_update_time(&loop);
    assert_int_equal(uv_timer_again(&timer), 0);
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  assert_int_equal(calls, 0);
  begin = gy_sim_clock();
  run();
  assert_int_equal(called_at - begin, 60000 * SPY_MS);
}

/* ---- order -------------------------------------------------------------- */

static void test_equal_deadlines_keep_the_order_of_their_start(void** state) {
  int index;

  (void)state;
  for (index = 0; index < CROWD; index++) {
    crowd_start(index, 100);
  }
  /* Started anew, these come last. */
  for (index = 0; index < CROWD; index += 100) {
    assert_int_equal(uv_timer_start(&crowd[index], note_order, 100, 0), 0);
  }
  assert_true(gy_wheel_valid(&gy_loop(&loop)->timers));
  run();
  assert_int_equal(calls, CROWD);
  assert_int_equal(order[0], 1);
  for (index = 1; index < CROWD; index++) {
    bool again = index >= CROWD - AGAIN;
    bool again_before = index - 1 >= CROWD - AGAIN;
    assert_int_equal(order[index] % 100 == 0, again);
    assert_true(order[index] > order[index - 1] || again != again_before);
  }
}

static void test_equal_deadlines_set_at_different_times_keep_that_order(
    void** state) {
  int index;

  (void)state;
  for (index = 0; index < 100; index++) {
    crowd_start(index, (uint64_t)(100 - index));
    gy_sim_pass(SPY_MS);
    uv_update_time(&loop);
  }
  run();
  for (index = 0; index < 100; index++) {
    assert_int_equal(order[index], index);
  }
}

static void test_thousand_far_timers_wake_the_loop_seldom_in_vain(
    void** state) {
  int index;

  (void)state;
  pass_odd_time();
  for (index = 0; index < FAR; index++) {
    crowd_start(index, 30 * DAY_MS + (uint64_t)index);
  }
  run();
  assert_int_equal(calls, FAR);
  for (index = 0; index < FAR; index++) {
    assert_int_equal(order[index], index);
  }
  /* Once for each timer, and in vain once for each level of the wheel. */
  assert_in_range(spy.wait_count, FAR, FAR + GY_WHEEL_LEVELS * 16);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, spy_teardown)

static const struct CMUnitTest tests[] = {
    TEST(test_timer_is_called_when_its_time_is_over_and_not_before),
    TEST(test_loop_sleeps_once_for_a_timer_of_a_year),
    TEST(test_timer_beyond_all_time_is_as_far_away_as_can_be),
    TEST(test_timer_counts_from_the_loops_now_not_from_the_clocks),
    TEST(test_timer_that_is_overdue_is_called_without_a_sleep),
    TEST(test_sleep_disturbed_by_signals_ends_on_time),
    TEST(test_repeating_timer_does_not_drift),
    TEST(test_repeating_timer_is_late_by_what_its_callback_takes),
    TEST(test_repeating_timer_that_is_late_does_not_catch_up),
    TEST(test_idle_timeout_put_off_again_and_again_is_due_after_the_last),
    TEST(test_equal_deadlines_keep_the_order_of_their_start),
    TEST(test_equal_deadlines_set_at_different_times_keep_that_order),
    TEST(test_thousand_far_timers_wake_the_loop_seldom_in_vain),
};

GY_TEST_MAIN(tests)
