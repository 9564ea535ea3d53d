/* loop.c - the life of a loop: init, close, run and its values, alive, stop,
 * the time-out of its poll, its clock, options, the default loop.
 *
 * In which order a running loop does things is in phases.c, what a program
 * does with the loop's descriptor in loop-unix.c. */
#include "support/test.h"

enum {
  HOUR_MS = 60 * 60 * 1000
};

static const uv_run_mode modes[] = {UV_RUN_DEFAULT, UV_RUN_ONCE, UV_RUN_NOWAIT};

static uv_loop_t loop;
static uv_timer_t timer;
static int calls; /* of whatever callback a test counts */

static void begin(void) {
  calls = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void timer_count(uv_timer_t* handle) {
  (void)handle;
  calls++;
}

static void prepare_count(uv_prepare_t* handle) {
  (void)handle;
  calls++;
}

static void idle_count(uv_idle_t* handle) {
  (void)handle;
  calls++;
}

static void async_count(uv_async_t* handle) {
  (void)handle;
  calls++;
}

static void close_count(uv_handle_t* handle) {
  (void)handle;
  calls++;
}

static void timer_arm(uint64_t timeout) {
  uv_timer_init(&loop, &timer);
  assert_int_equal(uv_timer_start(&timer, timer_count, timeout, 0), 0);
}

static void work_nothing(uv_work_t* work) {
  (void)work;
}

static void work_done(uv_work_t* work, int status) {
  (void)work;
  assert_int_equal(status, 0);
  calls++;
}

static void test_unused_loop_can_be_closed(void** state) {
  (void)state;
  begin();
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_a_hundred_loops_live_side_by_side(void** state) {
  static uv_loop_t loops[100];

  (void)state;
  for (size_t i = 0; i < COUNT_OF(loops); i++)
    assert_int_equal(uv_loop_init(&loops[i]), 0);
  for (size_t i = 0; i < COUNT_OF(loops); i++) {
    assert_int_equal(uv_run(&loops[i], UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loops[i]), 0);
  }
}

static void test_closed_loop_can_be_initialised_again(void** state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    begin();
    timer_arm(0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(calls, 1);
    gy_test_close_loop(&loop);
  }
}

static void test_data_belongs_to_the_user_from_init_to_close(void** state) {
  int mine;

  (void)state;
  loop.data = &mine;
  begin();
  assert_ptr_equal(uv_loop_get_data(&loop), &mine);
  uv_loop_set_data(&loop, &loop);
  assert_ptr_equal(loop.data, &loop);
  uv_run(&loop, UV_RUN_DEFAULT);
  gy_test_close_loop(&loop);
  assert_ptr_equal(loop.data, &loop);
}

static void test_size_is_that_of_the_structure(void** state) {
  (void)state;
  assert_int_equal(uv_loop_size(), sizeof(uv_loop_t));
}

static void busy_and_usable(void) {
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
}

static void test_loop_with_an_open_handle_is_busy_and_stays_usable(
    void** state) {
  (void)state;
  begin();
  uv_timer_init(&loop, &timer);
  busy_and_usable(); /* never started */
  uv_timer_start(&timer, timer_count, 0, 0);
  busy_and_usable(); /* active */
  uv_unref((uv_handle_t*)&timer);
  busy_and_usable(); /* active, not referenced */
  uv_ref((uv_handle_t*)&timer);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  uv_close((uv_handle_t*)&timer, close_count);
  busy_and_usable(); /* closing */
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 2);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_loop_with_an_active_request_is_busy(void** state) {
  uv_work_t work;

  (void)state;
  begin();
  assert_int_equal(uv_queue_work(&loop, &work, work_nothing, work_done), 0);
  busy_and_usable();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_default_loop_is_one_and_comes_back_after_close(void** state) {
  uv_loop_t* first = uv_default_loop();

  (void)state;
  assert_non_null(first);
  assert_ptr_equal(uv_default_loop(), first);
  uv_timer_init(first, &timer);
  assert_int_equal(uv_loop_close(first), UV_EBUSY);
  assert_ptr_equal(uv_default_loop(), first);
  uv_timer_start(&timer, timer_count, 0, 0);
  assert_int_equal(uv_run(uv_default_loop(), UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  gy_test_close_loop(first);
  assert_non_null(uv_default_loop());
  assert_int_equal(uv_run(uv_default_loop(), UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(uv_default_loop()), 0);
}

static void test_loop_new_and_delete_pair(void** state) {
  uv_loop_t* made = uv_loop_new();

  (void)state;
  assert_non_null(made);
  assert_ptr_not_equal(made, uv_default_loop());
  uv_timer_init(made, &timer);
  uv_timer_start(&timer, timer_count, 0, 0);
  assert_int_equal(uv_run(made, UV_RUN_DEFAULT), 0);
  uv_close((uv_handle_t*)&timer, NULL);
  assert_int_equal(uv_run(made, UV_RUN_DEFAULT), 0);
  uv_loop_delete(made);
  assert_int_equal(uv_loop_close(uv_default_loop()), 0);
}

static void test_two_loops_do_not_run_each_others_handles(void** state) {
  uv_loop_t other;
  uv_timer_t others_timer;

  (void)state;
  begin();
  assert_int_equal(uv_loop_init(&other), 0);
  timer_arm(0);
  uv_timer_init(&other, &others_timer);
  assert_int_equal(uv_run(&other, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  gy_test_close_loop(&other);
  gy_test_close_loop(&loop);
}

static void test_run_of_a_loop_with_nothing_to_do_returns_0_at_once(
    void** state) {
  uv_prepare_t prepare;

  (void)state;
  begin();
  for (size_t i = 0; i < COUNT_OF(modes); i++)
    assert_int_equal(uv_run(&loop, modes[i]), 0);
  uv_timer_init(&loop, &timer);
  uv_prepare_init(&loop, &prepare);
  uv_prepare_start(&prepare, prepare_count);
  uv_unref((uv_handle_t*)&prepare);
  for (size_t i = 0; i < COUNT_OF(modes); i++)
    assert_int_equal(uv_run(&loop, modes[i]), 0);
  assert_int_equal(calls, 0);
  gy_test_close_loop(&loop);
}

static void test_run_once_and_nowait_tell_whether_more_is_to_come(
    void** state) {
  uv_timer_t far;

  (void)state;
  begin();
  uv_timer_init(&loop, &far);
  uv_timer_start(&far, timer_count, HOUR_MS, 0);
  timer_arm(0);
  assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 1);
  assert_int_equal(calls, 1);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1);
  assert_int_equal(calls, 1);
  uv_close((uv_handle_t*)&far, close_count);
  assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(calls, 2);
  timer_arm(0);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  assert_int_equal(calls, 3);
  gy_test_close_loop(&loop);
}

static void test_alive_means_referenced_and_active_or_closing_or_a_request(
    void** state) {
  uv_work_t work;

  (void)state;
  begin();
  assert_int_equal(uv_loop_alive(&loop), 0);
  timer_arm(HOUR_MS);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  uv_unref((uv_handle_t*)&timer);
  assert_int_equal(uv_loop_alive(&loop), 0);
  uv_ref((uv_handle_t*)&timer);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  uv_timer_stop(&timer);
  assert_int_equal(uv_loop_alive(&loop), 0);
  uv_unref((uv_handle_t*)&timer);
  uv_close((uv_handle_t*)&timer, NULL);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(uv_loop_alive(&loop), 0);
  uv_queue_work(&loop, &work, work_nothing, work_done);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_alive(&loop), 0);
  gy_test_close_loop(&loop);
}

static void test_stop_before_run_lets_that_run_do_nothing(void** state) {
  uv_prepare_t prepare;

  (void)state;
  begin();
  uv_prepare_init(&loop, &prepare);
  uv_prepare_start(&prepare, prepare_count);
  timer_arm(0);
  for (size_t i = 0; i < COUNT_OF(modes); i++) {
    uv_stop(&loop);
    assert_int_not_equal(uv_run(&loop, modes[i]), 0);
    assert_int_equal(calls, 0);
  }
  /* The stop is used up. */
  assert_int_not_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  assert_int_equal(calls, 2);
  gy_test_close_loop(&loop);
}

static void test_stop_of_a_loop_with_nothing_to_do_is_used_up_too(
    void** state) {
  (void)state;
  begin();
  for (size_t i = 0; i < COUNT_OF(modes); i++) {
    calls = 0;
    uv_stop(&loop);
    assert_int_equal(uv_run(&loop, modes[i]), 0);
    timer_arm(0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(calls, 1);
    uv_close((uv_handle_t*)&timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  gy_test_close_loop(&loop);
}

static void timer_stop_loop(uv_timer_t* handle) {
  calls++;
  uv_stop(handle->loop);
}

static void test_run_returns_0_when_stop_came_with_the_last_of_the_work(
    void** state) {
  (void)state;
  begin();
  uv_timer_init(&loop, &timer);
  for (size_t i = 0; i < COUNT_OF(modes); i++) {
    uv_timer_start(&timer, timer_stop_loop, 0, 0);
    assert_int_equal(uv_run(&loop, modes[i]), 0);
    assert_int_equal(calls, i + 1);
  }
  gy_test_close_loop(&loop);
}

static void prepare_stop_loop(uv_prepare_t* handle) {
  calls++;
  uv_stop(handle->loop);
}

static void test_stop_keeps_the_loop_from_blocking(void** state) {
  uv_prepare_t prepare;

  (void)state;
  begin();
  uv_prepare_init(&loop, &prepare);
  uv_prepare_start(&prepare, prepare_stop_loop);
  timer_arm(HOUR_MS);
  assert_int_not_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(calls, 2);
  gy_test_close_loop(&loop);
}

/* The loop may have to tell the kernel first what to watch, and says 0 until
 * it has: run it once before asking. */
static int timeout_ask(void) {
  uv_run(&loop, UV_RUN_NOWAIT);
  return uv_backend_timeout(&loop);
}

static void test_backend_timeout_is_0_when_there_is_nothing_to_wait_for(
    void** state) {
  uv_async_t async;

  (void)state;
  begin();
  assert_int_equal(uv_backend_timeout(&loop), 0);
  timer_arm(HOUR_MS);
  uv_unref((uv_handle_t*)&timer);
  assert_int_equal(timeout_ask(), 0);
  uv_async_init(&loop, &async, async_count);
  uv_unref((uv_handle_t*)&async);
  assert_int_equal(timeout_ask(), 0);
  gy_test_close_loop(&loop);
  assert_int_equal(calls, 0);
}

static void test_backend_timeout_is_that_of_the_closest_timer(void** state) {
  uv_timer_t far;
  int timeout;

  (void)state;
  begin();
  uv_timer_init(&loop, &far);
  uv_timer_start(&far, timer_count, 2 * HOUR_MS, 0);
  timer_arm(HOUR_MS);
  timeout = timeout_ask();
  assert_true(timeout > 0 && timeout <= HOUR_MS);
  assert_int_equal(timeout, uv_timer_get_due_in(&timer));
  uv_unref((uv_handle_t*)&timer); /* fires all the same while far keeps on */
  assert_int_equal(uv_backend_timeout(&loop), timeout);
  uv_timer_start(&timer, timer_count, 0, 0);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  uv_timer_stop(&timer);
  assert_true(uv_backend_timeout(&loop) > HOUR_MS);
  gy_test_close_loop(&loop);
}

static void test_backend_timeout_of_a_timer_gone_by_is_0(void** state) {
  (void)state;
  begin();
  timer_arm(5);
  timeout_ask();
  while (uv_timer_get_due_in(&timer) > 0)
    uv_update_time(&loop);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  gy_test_close_loop(&loop);
}

static void test_backend_timeout_of_a_huge_timeout_is_the_largest_int(
    void** state) {
  static const uint64_t huge[] = {(uint64_t)INT32_MAX + 1000,
                                  ((uint64_t)1 << 32) + 5, UINT64_MAX};

  (void)state;
  begin();
  uv_timer_init(&loop, &timer);
  for (size_t i = 0; i < COUNT_OF(huge); i++) {
    uv_timer_start(&timer, timer_count, huge[i], 0);
    assert_int_equal(timeout_ask(), INT32_MAX);
  }
  gy_test_close_loop(&loop);
}

static void test_backend_timeout_is_infinite_without_a_timer(void** state) {
  uv_prepare_t prepare;
  uv_async_t async;

  (void)state;
  begin();
  uv_prepare_init(&loop, &prepare);
  uv_prepare_start(&prepare, prepare_count);
  assert_int_equal(timeout_ask(), -1);
  uv_prepare_stop(&prepare);
  uv_async_init(&loop, &async, async_count);
  assert_int_equal(timeout_ask(), -1);
  gy_test_close_loop(&loop);
}

static void test_backend_timeout_is_0_when_the_loop_must_not_block(
    void** state) {
  uv_idle_t idle;
  uv_check_t check;

  (void)state;
  begin();
  timer_arm(HOUR_MS);
  assert_true(timeout_ask() > 0);
  uv_idle_init(&loop, &idle);
  uv_idle_start(&idle, idle_count);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  uv_unref((uv_handle_t*)&idle);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  uv_idle_stop(&idle);
  assert_true(uv_backend_timeout(&loop) > 0);
  uv_stop(&loop);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  assert_true(timeout_ask() > 0);
  uv_check_init(&loop, &check);
  uv_close((uv_handle_t*)&check, NULL);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  assert_true(timeout_ask() > 0);
  gy_test_close_loop(&loop);
}

static void clock_spin(void) {
  uint64_t start = uv_hrtime();

  while (uv_hrtime() - start < 3 * 1000000)
    continue;
}

static void test_now_moves_with_update_time_only(void** state) {
  uint64_t now;

  (void)state;
  begin();
  now = uv_now(&loop);
  clock_spin();
  assert_int_equal(uv_now(&loop), now);
  uv_update_time(&loop);
  assert_true(uv_now(&loop) >= now + 2);
  gy_test_close_loop(&loop);
}

static void test_run_of_a_dead_loop_brings_now_up_to_date(void** state) {
  (void)state;
  begin();
  for (size_t i = 0; i < COUNT_OF(modes); i++) {
    uint64_t now = uv_now(&loop);
    clock_spin();
    uv_run(&loop, modes[i]);
    assert_true(uv_now(&loop) >= now + 2);
  }
  gy_test_close_loop(&loop);
}

static uint64_t now_in_prepare;

static void prepare_ask_now(uv_prepare_t* handle) {
  now_in_prepare = uv_now(handle->loop);
  uv_stop(handle->loop);
}

static void test_run_brings_now_up_to_date_before_its_first_callback(
    void** state) {
  uv_prepare_t prepare;

  (void)state;
  begin();
  uv_prepare_init(&loop, &prepare);
  uv_prepare_start(&prepare, prepare_ask_now);
  for (size_t i = 0; i < COUNT_OF(modes); i++) {
    uint64_t now = uv_now(&loop);
    clock_spin();
    uv_run(&loop, modes[i]);
    assert_true(now_in_prepare >= now + 2);
  }
  gy_test_close_loop(&loop);
}

static void test_option_that_nobody_knows_is_not_supported(void** state) {
  static const int unknown[] = {3, 1337, -1};

  (void)state;
  begin();
  for (size_t i = 0; i < COUNT_OF(unknown); i++)
    assert_int_equal(uv_loop_configure(&loop, (uv_loop_option)unknown[i], 1),
                     UV_ENOSYS);
  gy_test_close_loop(&loop);
}

static void test_option_idle_time_can_be_set_again_and_late(void** state) {
  (void)state;
  begin();
  assert_int_equal(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME), 0);
  assert_int_equal(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME), 0);
  timer_arm(0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME), 0);
  gy_test_close_loop(&loop);
}

static void test_option_sqpoll_is_taken_or_not_supported(void** state) {
  int err;

  (void)state;
  begin();
  err = uv_loop_configure(&loop, UV_LOOP_USE_IO_URING_SQPOLL);
  assert_true(err == 0 || err == UV_ENOSYS);
  timer_arm(0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_unused_loop_can_be_closed),
    cmocka_unit_test(test_a_hundred_loops_live_side_by_side),
    cmocka_unit_test(test_closed_loop_can_be_initialised_again),
    cmocka_unit_test(test_data_belongs_to_the_user_from_init_to_close),
    cmocka_unit_test(test_size_is_that_of_the_structure),
    cmocka_unit_test(test_loop_with_an_open_handle_is_busy_and_stays_usable),
    cmocka_unit_test(test_loop_with_an_active_request_is_busy),
    cmocka_unit_test(test_default_loop_is_one_and_comes_back_after_close),
    cmocka_unit_test(test_loop_new_and_delete_pair),
    cmocka_unit_test(test_two_loops_do_not_run_each_others_handles),
    cmocka_unit_test(test_run_of_a_loop_with_nothing_to_do_returns_0_at_once),
    cmocka_unit_test(test_run_once_and_nowait_tell_whether_more_is_to_come),
    cmocka_unit_test(
        test_alive_means_referenced_and_active_or_closing_or_a_request),
    cmocka_unit_test(test_stop_before_run_lets_that_run_do_nothing),
    cmocka_unit_test(test_stop_of_a_loop_with_nothing_to_do_is_used_up_too),
    cmocka_unit_test(
        test_run_returns_0_when_stop_came_with_the_last_of_the_work),
    cmocka_unit_test(test_stop_keeps_the_loop_from_blocking),
    cmocka_unit_test(
        test_backend_timeout_is_0_when_there_is_nothing_to_wait_for),
    cmocka_unit_test(test_backend_timeout_is_that_of_the_closest_timer),
    cmocka_unit_test(test_backend_timeout_of_a_timer_gone_by_is_0),
    cmocka_unit_test(test_backend_timeout_of_a_huge_timeout_is_the_largest_int),
    cmocka_unit_test(test_backend_timeout_is_infinite_without_a_timer),
    cmocka_unit_test(test_backend_timeout_is_0_when_the_loop_must_not_block),
    cmocka_unit_test(test_now_moves_with_update_time_only),
    cmocka_unit_test(test_run_of_a_dead_loop_brings_now_up_to_date),
    cmocka_unit_test(test_run_brings_now_up_to_date_before_its_first_callback),
    cmocka_unit_test(test_option_that_nobody_knows_is_not_supported),
    cmocka_unit_test(test_option_idle_time_can_be_set_again_and_late),
    cmocka_unit_test(test_option_sqpoll_is_taken_or_not_supported),
};

GY_TEST_MAIN(tests)
