/* timer.c - timers: starting, stopping, order, repeating, arithmetic of time.
 *
 * Time is asserted in one direction only: nothing runs early. Whatever must
 * come in order is made to by deadlines and by how often the loop is run; what
 * happens among the timers of one batch is in timer-batch.c. */
#include "support/test.h"

enum {
  HOUR_MS = 60 * 60 * 1000
};

static uv_loop_t loop;
static char trace[256]; /* what ran, one word each, in order */

static void begin(void) {
  trace[0] = '\0';
  assert_int_equal(uv_loop_init(&loop), 0);
}

/* Append the name that |handle| carries in its data. */
static void note(uv_handle_t* handle) {
  size_t used = strlen(trace);

  snprintf(trace + used, sizeof(trace) - used, "%s%s", used == 0 ? "" : " ",
           (const char*)handle->data);
}

static void timer_note(uv_timer_t* timer) {
  note((uv_handle_t*)timer);
}

static void timer_open(uv_timer_t* timer, const char* name) {
  assert_int_equal(uv_timer_init(&loop, timer), 0);
  timer->data = (void*)name;
}

static void timer_set(uv_timer_t* timer, uint64_t timeout, uint64_t repeat) {
  assert_int_equal(uv_timer_start(timer, timer_note, timeout, repeat), 0);
}

/* Let at least |ms| of the loop's time go by. */
static void time_pass(uint64_t ms) {
  uint64_t start = uv_now(&loop);

  while (uv_now(&loop) - start < ms)
    uv_update_time(&loop);
}

static int timer_is_active(const uv_timer_t* timer) {
  return uv_is_active((const uv_handle_t*)timer) != 0;
}

static void test_new_timer_is_inactive_and_has_no_times(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  assert_false(timer_is_active(&timer));
  assert_int_equal(uv_timer_get_repeat(&timer), 0);
  assert_int_equal(uv_timer_get_due_in(&timer), 0);
  gy_test_close_loop(&loop);
}

static void test_timer_without_callback_is_refused(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  assert_int_equal(uv_timer_start(&timer, NULL, 1, 1), UV_EINVAL);
  assert_false(timer_is_active(&timer));
  assert_int_equal(uv_timer_get_repeat(&timer), 0);
  gy_test_close_loop(&loop);
}

static void test_refused_start_leaves_an_armed_timer_as_it_was(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  timer_set(&timer, 500, 40);
  assert_int_equal(uv_timer_start(&timer, NULL, 7, 7), UV_EINVAL);
  assert_true(timer_is_active(&timer));
  assert_int_equal(uv_timer_get_due_in(&timer), 500);
  assert_int_equal(uv_timer_get_repeat(&timer), 40);
  gy_test_close_loop(&loop);
}

static void test_timer_that_is_closing_or_closed_cannot_be_started(
    void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  uv_close((uv_handle_t*)&timer, NULL);
  assert_int_equal(uv_timer_start(&timer, timer_note, 0, 0), UV_EINVAL);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_timer_start(&timer, timer_note, 0, 0), UV_EINVAL);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "");
  gy_test_close_loop(&loop);
}

static void test_again_on_a_closing_timer_does_not_bring_it_back(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  timer_set(&timer, 0, 1);
  uv_close((uv_handle_t*)&timer, note);
  (void)uv_timer_again(&timer); /* any answer will do, but no callback */
  assert_false(timer_is_active(&timer));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "t");
  gy_test_close_loop(&loop);
}

static void test_one_shot_timer_fires_once_and_the_loop_ends(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  timer_set(&timer, 1, 0);
  assert_true(timer_is_active(&timer));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "t");
  assert_false(timer_is_active(&timer));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "t");
  gy_test_close_loop(&loop);
}

static void timer_check_one_shot(uv_timer_t* timer) {
  timer_note(timer);
  assert_false(timer_is_active(timer));
  assert_int_equal(uv_timer_get_due_in(timer), 0);
}

static void test_one_shot_timer_is_inactive_in_its_own_callback(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  uv_timer_start(&timer, timer_check_one_shot, 0, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(trace, "t");
  gy_test_close_loop(&loop);
}

typedef struct {
  uv_timer_t timer;
  uint64_t timeout;
  uint64_t started_ms; /* by the loop's clock */
  uint64_t started_ns; /* by the system's */
  int fired;
} promise_t;

static void promise_check(uv_timer_t* timer) {
  promise_t* promise = timer->data;
  uint64_t past_ns = uv_hrtime() - promise->started_ns;

  assert_true(uv_now(&loop) - promise->started_ms >= promise->timeout);
  /* The loop's clock has whole milliseconds, so it may be one behind. */
  assert_true(past_ns + 1000000 >= promise->timeout * 1000000);
  promise->fired++;
}

static void test_no_timer_fires_early(void** state) {
  promise_t promises[30];

  (void)state;
  begin();
  for (size_t i = 0; i < COUNT_OF(promises); i++) {
    promise_t* promise = &promises[i];
    uv_update_time(&loop);
    uv_timer_init(&loop, &promise->timer);
    promise->timer.data = promise;
    promise->timeout = i * 7 % 30;
    promise->started_ms = uv_now(&loop);
    promise->started_ns = uv_hrtime();
    promise->fired = 0;
    uv_timer_start(&promise->timer, promise_check, promise->timeout, 0);
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  for (size_t i = 0; i < COUNT_OF(promises); i++)
    assert_int_equal(promises[i].fired, 1);
  gy_test_close_loop(&loop);
}

static void test_timeout_counts_from_the_time_the_loop_knows(void** state) {
  uv_timer_t timer;
  uint64_t start;

  (void)state;
  begin();
  timer_open(&timer, "t");
  start = uv_hrtime();
  while (uv_hrtime() - start < 5 * 1000000)
    continue; /* the loop does not hear of these 5 ms */
  timer_set(&timer, 100, 0);
  assert_int_equal(uv_timer_get_due_in(&timer), 100);
  uv_update_time(&loop);
  assert_true(uv_timer_get_due_in(&timer) <= 96);
  gy_test_close_loop(&loop);
}

static void test_timers_fire_by_deadline_not_by_start(void** state) {
  uv_timer_t a, b, c, d;

  (void)state;
  begin();
  timer_open(&a, "a");
  timer_open(&b, "b");
  timer_open(&c, "c");
  timer_open(&d, "d");
  timer_set(&c, 3, 0);
  timer_set(&a, 1, 0);
  timer_set(&d, 4, 0);
  timer_set(&b, 2, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(trace, "a b c d");
  gy_test_close_loop(&loop);
}

static void test_equal_deadlines_fire_in_the_order_they_were_started(
    void** state) {
  uv_timer_t a, b, c, d;

  (void)state;
  begin();
  timer_open(&a, "a");
  timer_open(&b, "b");
  timer_open(&c, "c");
  timer_open(&d, "d");
  timer_set(&d, 2, 0);
  timer_set(&b, 2, 0);
  timer_set(&c, 2, 0);
  timer_set(&a, 2, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(trace, "d b c a");
  gy_test_close_loop(&loop);
}

static void test_restarted_timer_goes_behind_its_equals(void** state) {
  uv_timer_t a, b, c;

  (void)state;
  begin();
  timer_open(&a, "a");
  timer_open(&b, "b");
  timer_open(&c, "c");
  timer_set(&a, 2, 0);
  timer_set(&b, 2, 0);
  timer_set(&c, 2, 0);
  timer_set(&a, 2, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(trace, "b c a");
  gy_test_close_loop(&loop);
}

static void test_rearming_to_a_later_deadline_postpones(void** state) {
  uv_timer_t a, b;

  (void)state;
  begin();
  timer_open(&a, "a");
  timer_open(&b, "b");
  timer_set(&a, 1, 0);
  timer_set(&b, 5, 0);
  timer_set(&a, 9, 0);
  assert_int_equal(uv_timer_get_due_in(&a), 9);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(trace, "b a");
  gy_test_close_loop(&loop);
}

static void test_rearming_to_an_earlier_deadline_advances(void** state) {
  uv_timer_t a, b;

  (void)state;
  begin();
  timer_open(&a, "a");
  timer_open(&b, "b");
  timer_set(&a, HOUR_MS, 0);
  timer_set(&b, 5, 0);
  timer_set(&a, 1, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(trace, "a b");
  gy_test_close_loop(&loop);
}

static void test_rearming_later_and_then_earlier_keeps_the_last(void** state) {
  uv_timer_t a, b, c;

  (void)state;
  begin();
  timer_open(&a, "a");
  timer_open(&b, "b");
  timer_open(&c, "c");
  timer_set(&a, 2, 0);
  timer_set(&b, 4, 0);
  timer_set(&c, 6, 0);
  timer_set(&a, HOUR_MS, 0);
  timer_set(&a, 5, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(trace, "b a c");
  gy_test_close_loop(&loop);
}

static void test_timer_rearmed_a_thousand_times_fires_once(void** state) {
  uv_timer_t timer;
  uint64_t start;

  (void)state;
  begin();
  timer_open(&timer, "t");
  start = uv_now(&loop);
  for (uint64_t timeout = 1; timeout <= 1000; timeout++)
    timer_set(&timer, timeout % 25, 0);
  timer_set(&timer, 20, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "t");
  assert_true(uv_now(&loop) - start >= 20);
  gy_test_close_loop(&loop);
}

static void note_other(uv_timer_t* timer) {
  timer->data = (void*)"other";
  timer_note(timer);
}

static void test_restart_takes_the_new_callback_and_repeat(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  timer_set(&timer, 1, 30);
  assert_int_equal(uv_timer_start(&timer, note_other, 1, 0), 0);
  assert_int_equal(uv_timer_get_repeat(&timer), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "other");
  gy_test_close_loop(&loop);
}

static void test_stopped_timer_does_not_fire(void** state) {
  uv_timer_t a, b;

  (void)state;
  begin();
  timer_open(&a, "a");
  timer_open(&b, "b");
  timer_set(&a, 1, 0);
  timer_set(&b, 2, 0);
  assert_int_equal(uv_timer_stop(&a), 0);
  assert_false(timer_is_active(&a));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(trace, "b");
  gy_test_close_loop(&loop);
}

static void test_stopping_twice_or_without_start_succeeds(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  assert_int_equal(uv_timer_stop(&timer), 0);
  timer_set(&timer, 1, 1);
  assert_int_equal(uv_timer_stop(&timer), 0);
  assert_int_equal(uv_timer_stop(&timer), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "");
  gy_test_close_loop(&loop);
}

static void test_stopped_timer_can_be_started_again(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  timer_set(&timer, 1, 0);
  uv_timer_stop(&timer);
  timer_set(&timer, 1, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "t");
  gy_test_close_loop(&loop);
}

static void test_due_in_counts_down_to_zero(void** state) {
  uv_timer_t timer;
  uint64_t start;

  (void)state;
  begin();
  timer_open(&timer, "t");
  timer_set(&timer, 30, 0);
  start = uv_now(&loop);
  time_pass(10);
  if (uv_now(&loop) - start < 30)
    assert_int_equal(uv_timer_get_due_in(&timer), start + 30 - uv_now(&loop));
  time_pass(21); /* one more: it started somewhere within a millisecond */
  assert_int_equal(uv_timer_get_due_in(&timer), 0);
  assert_true(timer_is_active(&timer));
  gy_test_close_loop(&loop);
}

static void test_timeout_beyond_the_end_of_time_is_the_end_of_time(
    void** state) {
  uv_timer_t a, b;
  uint64_t rest;

  (void)state;
  begin();
  timer_open(&a, "a");
  timer_open(&b, "b");
  timer_set(&a, UINT64_MAX, UINT64_MAX);
  timer_set(&b, UINT64_MAX - 1, 0);
  rest = UINT64_MAX - uv_now(&loop);
  assert_int_equal(uv_timer_get_repeat(&a), UINT64_MAX);
  assert_true(uv_timer_get_due_in(&a) == rest);
  assert_true(uv_timer_get_due_in(&b) >= rest - 1);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1);
  assert_string_equal(trace, "");
  gy_test_close_loop(&loop);
}

static void test_unreferenced_timer_does_not_keep_the_loop(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  timer_set(&timer, 0, 1);
  uv_unref((uv_handle_t*)&timer);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  assert_string_equal(trace, "");
  assert_true(timer_is_active(&timer));
  gy_test_close_loop(&loop);
}

static void test_unreferenced_timer_fires_while_another_keeps_the_loop(
    void** state) {
  uv_timer_t a, b;

  (void)state;
  begin();
  timer_open(&a, "a");
  timer_open(&b, "b");
  timer_set(&a, 1, 0);
  uv_unref((uv_handle_t*)&a);
  timer_set(&b, 4, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "a b");
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_new_timer_is_inactive_and_has_no_times),
    cmocka_unit_test(test_timer_without_callback_is_refused),
    cmocka_unit_test(test_refused_start_leaves_an_armed_timer_as_it_was),
    cmocka_unit_test(test_timer_that_is_closing_or_closed_cannot_be_started),
    cmocka_unit_test(test_again_on_a_closing_timer_does_not_bring_it_back),
    cmocka_unit_test(test_one_shot_timer_fires_once_and_the_loop_ends),
    cmocka_unit_test(test_one_shot_timer_is_inactive_in_its_own_callback),
    cmocka_unit_test(test_no_timer_fires_early),
    cmocka_unit_test(test_timeout_counts_from_the_time_the_loop_knows),
    cmocka_unit_test(test_timers_fire_by_deadline_not_by_start),
    cmocka_unit_test(test_equal_deadlines_fire_in_the_order_they_were_started),
    cmocka_unit_test(test_restarted_timer_goes_behind_its_equals),
    cmocka_unit_test(test_rearming_to_a_later_deadline_postpones),
    cmocka_unit_test(test_rearming_to_an_earlier_deadline_advances),
    cmocka_unit_test(test_rearming_later_and_then_earlier_keeps_the_last),
    cmocka_unit_test(test_timer_rearmed_a_thousand_times_fires_once),
    cmocka_unit_test(test_restart_takes_the_new_callback_and_repeat),
    cmocka_unit_test(test_stopped_timer_does_not_fire),
    cmocka_unit_test(test_stopping_twice_or_without_start_succeeds),
    cmocka_unit_test(test_stopped_timer_can_be_started_again),
    cmocka_unit_test(test_due_in_counts_down_to_zero),
    cmocka_unit_test(test_timeout_beyond_the_end_of_time_is_the_end_of_time),
    cmocka_unit_test(test_unreferenced_timer_does_not_keep_the_loop),
    cmocka_unit_test(
        test_unreferenced_timer_fires_while_another_keeps_the_loop),
};

GY_TEST_MAIN(tests)
