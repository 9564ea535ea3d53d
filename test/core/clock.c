/* clock.c - how often a loop reads the clock, and what its now is in between.
 */
#include "spy.h"

enum {
  TURNS = 100
};

static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_timer_t timer;
static uv_async_t async;
static int timer_calls;
static uint64_t turns_before; /* when the counting began */

/* The hooks and the async only make turns. */
static void idle_nothing(uv_idle_t* handle) {
  (void)handle;
}

static void prepare_nothing(uv_prepare_t* handle) {
  (void)handle;
}

static void async_again(uv_async_t* handle) {
  assert_int_equal(uv_async_send(handle), 0);
}

static void count_timer(uv_timer_t* handle) {
  if (++timer_calls == TURNS) {
    assert_int_equal(uv_timer_stop(handle), 0);
  }
}

static uint64_t turn_count(void) {
  uv_metrics_t metrics;

  assert_int_equal(uv_metrics_info(&loop, &metrics), 0);
  return metrics.loop_count;
}

/* Count from now on. */
static void count_begin(void) {
  turns_before = turn_count();
  spy.clock_count = 0;
}

static int turns_since(void) {
  return (int)(turn_count() - turns_before);
}

static void run_turns(int count) {
  while (count-- > 0) {
    uv_run(&loop, UV_RUN_NOWAIT);
  }
}

static int setup(void** state) {
  spy_setup(state);
  assert_int_equal(uv_idle_init(&loop, &idle), 0);
  assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
  assert_int_equal(uv_check_init(&loop, &check), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  return 0;
}

static void start_idle(void) {
  assert_int_equal(uv_idle_start(&idle, idle_nothing), 0);
}

static void start_timer(uint64_t timeout, uint64_t repeat) {
  assert_int_equal(uv_timer_start(&timer, count_timer, timeout, repeat), 0);
}

/* ---- how often ---------------------------------------------------------- */

static void test_loop_without_timers_reads_no_clock(void** state) {
  (void)state;
  start_idle();
  assert_int_equal(uv_prepare_start(&prepare, prepare_nothing), 0);
  assert_int_equal(uv_async_init(&loop, &async, async_again), 0);
  assert_int_equal(uv_async_send(&async), 0);
  count_begin();
  run_turns(TURNS);
  assert_int_equal(uv_idle_stop(&idle), 0);
  assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  assert_int_equal(turns_since(), TURNS + 1);
  assert_int_equal(spy.clock_count, 0);
}

static void test_loop_whose_timers_are_stopped_reads_no_clock(void** state) {
  (void)state;
  start_idle();
  start_timer(5, 5);
  run_turns(1);
  assert_int_equal(uv_timer_stop(&timer), 0);
  count_begin();
  run_turns(TURNS);
  assert_int_equal(spy.clock_count, 0);
}

static void test_turn_with_a_timer_reads_the_clock_twice_at_most(void** state) {
  (void)state;
  start_idle();
  start_timer(1000, 0);
  count_begin();
  run_turns(TURNS);
  assert_int_equal(turns_since(), TURNS);
  assert_in_range(spy.clock_count, 1, 2 * TURNS);
}

static void test_sleep_until_a_timer_reads_the_clock_twice_at_most(
    void** state) {
  (void)state;
  start_timer(3, 7);
  count_begin();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(timer_calls, TURNS);
  /* And once for uv_run() itself, which looks for timers that are due. */
  assert_in_range(spy.clock_count, 1, 2 * turns_since() + 1);
  assert_int_equal(turns_since(), TURNS);
}

static void start_again(uv_timer_t* handle) {
  if (++timer_calls < TURNS) {
    assert_int_equal(uv_timer_start(handle, start_again, 1, 0), 0);
  }
}

static void test_timer_started_in_a_timer_costs_no_look_at_the_clock(
    void** state) {
  (void)state;
  assert_int_equal(uv_timer_start(&timer, start_again, 1, 0), 0);
  count_begin();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(timer_calls, TURNS);
  assert_in_range(spy.clock_count, 1, 2 * turns_since() + 1);
}

static void test_idle_time_costs_two_looks_more(void** state) {
  int without;

  (void)state;
  start_timer(3, 7);
  count_begin();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  without = spy.clock_count;
  assert_int_equal(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME), 0);
  timer_calls = 0;
  start_timer(3, 7);
  count_begin();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_in_range(spy.clock_count, without, without + 2 * TURNS);
}

/* ---- what now is -------------------------------------------------------- */

static uint64_t nows[3];

static void look_often(uv_check_t* handle) {
  int index;

  (void)handle;
  for (index = 0; index < 3; index++) {
    nows[index] = uv_now(&loop);
    gy_sim_pass(5 * SPY_MS);
  }
}

static void test_now_is_read_when_asked_for_and_then_stands_still(
    void** state) {
  uint64_t before = gy_sim_clock() / SPY_MS;

  (void)state;
  start_idle();
  assert_int_equal(uv_check_start(&check, look_often), 0);
  gy_sim_pass(3 * SPY_MS);
  count_begin();
  run_turns(1);
  assert_int_equal(spy.clock_count, 1);
  assert_int_equal(nows[0], before + 3);
  assert_int_equal(nows[1], nows[0]);
  assert_int_equal(nows[2], nows[0]);
  run_turns(1);
  assert_int_equal(nows[0], before + 3 + 15);
}

static void test_now_is_what_it_was_until_the_loop_runs(void** state) {
  uint64_t before = uv_now(&loop);

  (void)state;
  count_begin();
  gy_sim_pass(50 * SPY_MS);
  assert_int_equal(uv_now(&loop), before);
  assert_int_equal(spy.clock_count, 0);
  uv_update_time(&loop);
  assert_int_equal(spy.clock_count, 1);
  assert_int_equal(uv_now(&loop), before + 50);
}

static uint64_t clock_that_goes_back(void) {
  return gy_sim_clock() - 500 * SPY_MS;
}

static void test_now_does_not_go_back_when_the_clock_does(void** state) {
  uint64_t before;

  (void)state;
  uv_update_time(&loop);
  before = uv_now(&loop);
  gy_loop(&loop)->clock = clock_that_goes_back;
  uv_update_time(&loop);
  assert_int_equal(uv_now(&loop), before);
  gy_sim_pass(501 * SPY_MS);
  uv_update_time(&loop);
  assert_int_equal(uv_now(&loop), before + 1);
}

/* ---- time asleep -------------------------------------------------------- */

static void take_long(uv_timer_t* handle) {
  (void)handle;
  gy_sim_pass(40 * SPY_MS);
}

static void test_idle_time_is_the_time_of_sleeps_and_of_nothing_else(
    void** state) {
  (void)state;
  assert_int_equal(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME), 0);
  assert_int_equal(uv_metrics_idle_time(&loop), 0);
  assert_int_equal(uv_timer_start(&timer, take_long, 1000, 0), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_metrics_idle_time(&loop), 1000 * SPY_MS);
  uv_update_time(&loop);
  assert_int_equal(uv_timer_start(&timer, take_long, 500, 0), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_metrics_idle_time(&loop), 1500 * SPY_MS);
}

static uint64_t idle_in_sleep;

static void look_in_sleep(void* arg) {
  (void)arg;
  idle_in_sleep = uv_metrics_idle_time(&loop);
}

static void test_sleep_that_goes_on_counts(void** state) {
  (void)state;
  assert_int_equal(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME), 0);
  gy_sim_later(300 * SPY_MS, look_in_sleep, NULL);
  assert_int_equal(uv_timer_start(&timer, take_long, 1000, 0), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(idle_in_sleep, 300 * SPY_MS);
}

static void test_time_asleep_is_not_counted_unless_it_was_asked_for(
    void** state) {
  (void)state;
  start_timer(1000, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_metrics_idle_time(&loop), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, spy_teardown)

static const struct CMUnitTest tests[] = {
    TEST(test_loop_without_timers_reads_no_clock),
    TEST(test_loop_whose_timers_are_stopped_reads_no_clock),
    TEST(test_turn_with_a_timer_reads_the_clock_twice_at_most),
    TEST(test_sleep_until_a_timer_reads_the_clock_twice_at_most),
    TEST(test_timer_started_in_a_timer_costs_no_look_at_the_clock),
    TEST(test_idle_time_costs_two_looks_more),
    TEST(test_now_is_read_when_asked_for_and_then_stands_still),
    TEST(test_now_is_what_it_was_until_the_loop_runs),
    TEST(test_now_does_not_go_back_when_the_clock_does),
    TEST(test_idle_time_is_the_time_of_sleeps_and_of_nothing_else),
    TEST(test_sleep_that_goes_on_counts),
    TEST(test_time_asleep_is_not_counted_unless_it_was_asked_for),
};

GY_TEST_MAIN(tests)
