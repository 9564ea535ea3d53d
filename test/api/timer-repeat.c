/* timer-repeat.c - repeating timers: again, the interval, the time between. */
#include "support/test.h"

enum {
  HOUR_MS = 60 * 60 * 1000
};

static uv_loop_t loop;
static uv_timer_t timer;
static int calls;      /* of the timer's callback */
static int calls_most; /* a callback stops its timer at this many */

static void begin(void) {
  calls = 0;
  calls_most = 3;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
}

static void call_count(uv_timer_t* handle) {
  assert_ptr_equal(handle, &timer);
  if (++calls >= calls_most)
    uv_timer_stop(handle);
}

static int timer_is_active(void) {
  return uv_is_active((const uv_handle_t*)&timer) != 0;
}

/* Run until no timer is left. */
static void run(void) {
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
}

static void test_again_on_a_timer_never_started_is_refused(void** state) {
  (void)state;
  begin();
  assert_int_equal(uv_timer_again(&timer), UV_EINVAL);
  uv_timer_set_repeat(&timer, 5); /* an interval is not a callback */
  assert_int_equal(uv_timer_again(&timer), UV_EINVAL);
  assert_false(timer_is_active());
  gy_test_close_loop(&loop);
}

static void test_again_on_an_armed_one_shot_changes_nothing(void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, call_count, 100, 0);
  assert_int_equal(uv_timer_again(&timer), 0);
  assert_true(timer_is_active());
  assert_int_equal(uv_timer_get_due_in(&timer), 100);
  gy_test_close_loop(&loop);
}

static void test_again_on_a_stopped_one_shot_leaves_it_stopped(void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, call_count, 100, 0);
  uv_timer_stop(&timer);
  assert_int_equal(uv_timer_again(&timer), 0);
  assert_false(timer_is_active());
  gy_test_close_loop(&loop);
}

static void test_again_takes_the_interval_as_the_timeout(void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, call_count, HOUR_MS, 50);
  assert_int_equal(uv_timer_again(&timer), 0);
  assert_int_equal(uv_timer_get_due_in(&timer), 50);
  assert_int_equal(uv_timer_get_repeat(&timer), 50);
  gy_test_close_loop(&loop);
}

static void test_again_restarts_a_stopped_repeating_timer(void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, call_count, HOUR_MS, 2);
  uv_timer_stop(&timer);
  assert_int_equal(uv_timer_get_repeat(&timer), 2);
  assert_int_equal(uv_timer_again(&timer), 0);
  assert_true(timer_is_active());
  run();
  assert_int_equal(calls, 3);
  gy_test_close_loop(&loop);
}

static void test_fired_one_shot_can_be_made_repeating(void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, call_count, 0, 0);
  run();
  assert_int_equal(calls, 1);
  uv_timer_set_repeat(&timer, 2);
  assert_false(timer_is_active()); /* an interval alone starts nothing */
  assert_int_equal(uv_timer_again(&timer), 0);
  assert_int_equal(uv_timer_get_due_in(&timer), 2);
  run();
  assert_int_equal(calls, 3);
  gy_test_close_loop(&loop);
}

static void test_repeating_timer_fires_until_it_is_stopped(void** state) {
  (void)state;
  begin();
  calls_most = 5;
  uv_timer_start(&timer, call_count, 0, 1);
  run();
  assert_int_equal(calls, 5);
  assert_false(timer_is_active());
  gy_test_close_loop(&loop);
}

static void armed_check(uv_timer_t* handle) {
  assert_true(timer_is_active());
  assert_int_equal(uv_timer_get_due_in(handle), 20);
  call_count(handle);
}

static void test_repeating_timer_is_armed_anew_before_its_callback(
    void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, armed_check, 1, 20);
  run();
  assert_int_equal(calls, 3);
  gy_test_close_loop(&loop);
}

static uint64_t last_ms;

static void interval_check(uv_timer_t* handle) {
  uint64_t now = uv_now(&loop);

  assert_true(now - last_ms >= (calls == 0 ? 4 : 7));
  last_ms = now;
  call_count(handle);
}

static void test_first_timeout_and_interval_are_both_waited_for(void** state) {
  (void)state;
  begin();
  last_ms = uv_now(&loop);
  uv_timer_start(&timer, interval_check, 4, 7);
  run();
  assert_int_equal(calls, 3);
  gy_test_close_loop(&loop);
}

static void close_in_callback(uv_timer_t* handle) {
  calls++;
  uv_close((uv_handle_t*)handle, NULL);
}

static void test_repeating_timer_closed_in_its_callback_is_gone(void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, close_in_callback, 0, 1);
  run();
  assert_int_equal(calls, 1);
  gy_test_close_loop(&loop);
}

static void again_in_callback(uv_timer_t* handle) {
  assert_int_equal(uv_timer_again(handle), 0);
  assert_true(timer_is_active());
  assert_int_equal(uv_timer_get_due_in(handle), 3);
  call_count(handle);
}

static void test_again_in_the_callback_does_not_double_the_timer(void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, again_in_callback, 0, 3);
  run();
  assert_int_equal(calls, 3);
  gy_test_close_loop(&loop);
}

static void interval_change(uv_timer_t* handle) {
  uint64_t scheduled = calls == 0 ? 2 : 4;

  assert_int_equal(uv_timer_get_due_in(handle), scheduled);
  uv_timer_set_repeat(handle, 4);
  assert_int_equal(uv_timer_get_repeat(handle), 4);
  assert_int_equal(uv_timer_get_due_in(handle), scheduled);
  call_count(handle);
}

static void test_interval_set_in_the_callback_counts_from_the_next_time(
    void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, interval_change, 0, 2);
  run();
  assert_int_equal(calls, 3);
  gy_test_close_loop(&loop);
}

static void interval_give(uv_timer_t* handle) {
  calls++;
  uv_timer_set_repeat(handle, 2);
}

static void test_interval_given_to_a_one_shot_in_its_callback_does_not_arm_it(
    void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, interval_give, 0, 0);
  run();
  assert_int_equal(calls, 1);
  assert_int_equal(uv_timer_get_repeat(&timer), 2);
  gy_test_close_loop(&loop);
}

static void interval_take(uv_timer_t* handle) {
  calls++;
  uv_timer_set_repeat(handle, 0);
}

static void test_interval_taken_away_lets_the_timer_fire_once_more(
    void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, interval_take, 0, 2);
  run();
  assert_int_equal(calls, 2);
  assert_false(timer_is_active());
  gy_test_close_loop(&loop);
}

static void test_interval_set_on_an_armed_timer_moves_no_deadline(
    void** state) {
  (void)state;
  begin();
  uv_timer_start(&timer, call_count, 100, 10);
  uv_timer_set_repeat(&timer, 30);
  assert_int_equal(uv_timer_get_due_in(&timer), 100);
  assert_int_equal(uv_timer_again(&timer), 0);
  assert_int_equal(uv_timer_get_due_in(&timer), 30);
  gy_test_close_loop(&loop);
}

static int iterations;

static void iteration_count(uv_prepare_t* prepare) {
  (void)prepare;
  iterations++;
}

static void overrun(uv_timer_t* handle) {
  uint64_t start = uv_hrtime();

  while (uv_hrtime() - start < 5 * 1000000)
    continue;
  call_count(handle);
}

static void test_overrun_timer_fires_once_an_iteration_and_catches_up_nothing(
    void** state) {
  uv_prepare_t prepare;

  (void)state;
  begin();
  iterations = 0;
  calls_most = 4;
  uv_prepare_init(&loop, &prepare);
  uv_prepare_start(&prepare, iteration_count);
  uv_unref((uv_handle_t*)&prepare);
  uv_timer_start(&timer, overrun, 1, 1);
  run();
  assert_int_equal(calls, 4);
  /* The first call may come before the first iteration, the others not. */
  assert_true(iterations >= 3);
  gy_test_close_loop(&loop);
}

static char order[64];

static void order_note(uv_timer_t* handle) {
  strcat(order, (const char*)handle->data);
}

static void test_equal_repeating_timers_keep_their_order(void** state) {
  uv_timer_t timers[3];

  (void)state;
  begin();
  for (size_t i = 0; i < COUNT_OF(timers); i++) {
    static const char* const names[] = {"a", "b", "c"};
    uv_timer_init(&loop, &timers[i]);
    timers[i].data = (void*)names[i];
    uv_timer_start(&timers[i], order_note, 2, 2);
  }
  assert_int_equal(uv_timer_again(&timers[0]), 0); /* behind the others now */
  for (int i = 0; i < 3; i++)
    uv_run(&loop, UV_RUN_ONCE);
  assert_string_equal(order, "bcabcabca");
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_again_on_a_timer_never_started_is_refused),
    cmocka_unit_test(test_again_on_an_armed_one_shot_changes_nothing),
    cmocka_unit_test(test_again_on_a_stopped_one_shot_leaves_it_stopped),
    cmocka_unit_test(test_again_takes_the_interval_as_the_timeout),
    cmocka_unit_test(test_again_restarts_a_stopped_repeating_timer),
    cmocka_unit_test(test_fired_one_shot_can_be_made_repeating),
    cmocka_unit_test(test_repeating_timer_fires_until_it_is_stopped),
    cmocka_unit_test(test_repeating_timer_is_armed_anew_before_its_callback),
    cmocka_unit_test(test_first_timeout_and_interval_are_both_waited_for),
    cmocka_unit_test(test_repeating_timer_closed_in_its_callback_is_gone),
    cmocka_unit_test(test_again_in_the_callback_does_not_double_the_timer),
    cmocka_unit_test(
        test_interval_set_in_the_callback_counts_from_the_next_time),
    cmocka_unit_test(
        test_interval_given_to_a_one_shot_in_its_callback_does_not_arm_it),
    cmocka_unit_test(test_interval_taken_away_lets_the_timer_fire_once_more),
    cmocka_unit_test(test_interval_set_on_an_armed_timer_moves_no_deadline),
    cmocka_unit_test(
        test_overrun_timer_fires_once_an_iteration_and_catches_up_nothing),
    cmocka_unit_test(test_equal_repeating_timers_keep_their_order),
};

GY_TEST_MAIN(tests)
