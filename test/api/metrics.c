/* metrics.c - counts of iterations and events, and the time spent idle.
 *
 * Callbacks of the poll phase see the count of events as it was before their
 * batch; a check callback sees the batch counted. */
#include "support/test.h"

#include <unistd.h>

enum {
  MS_NS = 1000000,
  WORK_COUNT = 5
};

static uv_loop_t loop;
static int calls;

static void begin(void) {
  calls = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
}

static uv_metrics_t metrics_get(void) {
  uv_metrics_t metrics;

  memset(&metrics, 0xff, sizeof(metrics));
  assert_int_equal(uv_metrics_info(&loop, &metrics), 0);
  return metrics;
}

static void timer_count(uv_timer_t* timer) {
  (void)timer;
  calls++;
}

static void async_count(uv_async_t* async) {
  (void)async;
  calls++;
}

static void idle_count(uv_idle_t* idle) {
  (void)idle;
  calls++;
}

static void work_nothing(uv_work_t* work) {
  (void)work;
}

static void work_count(uv_work_t* work, int status) {
  (void)work;
  assert_int_equal(status, 0);
  calls++;
}

static void test_new_loop_has_counted_nothing(void** state) {
  uv_metrics_t metrics;

  (void)state;
  begin();
  metrics = metrics_get();
  assert_int_equal(metrics.loop_count, 0);
  assert_int_equal(metrics.events, 0);
  assert_int_equal(metrics.events_waiting, 0);
  assert_int_equal(uv_metrics_idle_time(&loop), 0);
  gy_test_close_loop(&loop);
}

static void test_runs_that_do_nothing_are_no_iterations(void** state) {
  static const uv_run_mode modes[] = {UV_RUN_DEFAULT, UV_RUN_ONCE,
                                      UV_RUN_NOWAIT};
  uv_timer_t timer;

  (void)state;
  begin();
  uv_timer_init(&loop, &timer);
  for (size_t i = 0; i < COUNT_OF(modes); i++) {
    assert_int_equal(uv_run(&loop, modes[i]), 0);
    uv_timer_start(&timer, timer_count, 0, 0);
    uv_stop(&loop);
    assert_int_not_equal(uv_run(&loop, modes[i]), 0);
    uv_timer_stop(&timer);
  }
  assert_int_equal(metrics_get().loop_count, 0);
  gy_test_close_loop(&loop);
}

static void test_each_run_once_or_nowait_is_one_iteration(void** state) {
  uv_idle_t idle;

  (void)state;
  begin();
  uv_idle_init(&loop, &idle);
  uv_idle_start(&idle, idle_count);
  for (unsigned i = 1; i <= 3; i++) {
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(metrics_get().loop_count, 2 * i - 1);
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(metrics_get().loop_count, 2 * i);
  }
  assert_int_equal(metrics_get().events, 0); /* an idle callback is no event */
  gy_test_close_loop(&loop);
}

static unsigned iterations;

static void prepare_check(uv_prepare_t* prepare) {
  (void)prepare;
  assert_int_equal(metrics_get().loop_count, iterations);
  iterations++;
}

static void check_check(uv_check_t* check) {
  (void)check;
  assert_int_equal(metrics_get().loop_count, iterations);
}

static void timer_stop_fifth(uv_timer_t* timer) {
  assert_int_equal(metrics_get().loop_count, iterations);
  if (++calls == 5)
    uv_timer_stop(timer);
}

static void test_iteration_counts_from_its_poll_on(void** state) {
  uv_prepare_t prepare;
  uv_check_t check;
  uv_timer_t timer;

  (void)state;
  begin();
  iterations = 0;
  uv_prepare_init(&loop, &prepare);
  uv_prepare_start(&prepare, prepare_check);
  uv_unref((uv_handle_t*)&prepare);
  uv_check_init(&loop, &check);
  uv_check_start(&check, check_check);
  uv_unref((uv_handle_t*)&check);
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, timer_stop_fifth, 1, 1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_true(iterations >= 4);
  assert_int_equal(metrics_get().loop_count, iterations);
  assert_int_equal(metrics_get().events, 0); /* nor is a timer's */
  gy_test_close_loop(&loop);
}

static uint64_t events_in_callback;
static uint64_t events_in_check;

static void async_ask(uv_async_t* async) {
  (void)async;
  calls++;
  events_in_callback = metrics_get().events;
}

static void check_ask(uv_check_t* check) {
  (void)check;
  events_in_check = metrics_get().events;
}

static void test_event_is_counted_when_its_batch_is_done(void** state) {
  uv_async_t async;
  uv_check_t check;

  (void)state;
  begin();
  uv_async_init(&loop, &async, async_ask);
  uv_check_init(&loop, &check);
  uv_check_start(&check, check_ask);
  for (unsigned i = 0; i < 3; i++) {
    uv_async_send(&async);
    uv_run(&loop, i == 1 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    assert_int_equal(calls, i + 1);
    assert_int_equal(events_in_callback, i);
    assert_int_equal(events_in_check, i + 1);
    assert_int_equal(metrics_get().events, i + 1);
  }
  gy_test_close_loop(&loop);
}

static void test_each_work_done_is_an_event(void** state) {
  uv_work_t works[WORK_COUNT];

  (void)state;
  begin();
  for (int i = 0; i < WORK_COUNT; i++)
    assert_int_equal(uv_queue_work(&loop, &works[i], work_nothing, work_count),
                     0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, WORK_COUNT);
  assert_int_equal(metrics_get().events, WORK_COUNT);
  gy_test_close_loop(&loop);
}

static void test_events_that_were_there_before_the_poll_are_waiting_ones(
    void** state) {
  uv_async_t async;

  (void)state;
  begin();
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);
  uv_async_init(&loop, &async, async_count);
  uv_async_send(&async);
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(metrics_get().events, 1);
  assert_int_equal(metrics_get().events_waiting, 1);
  uv_async_send(&async);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(metrics_get().events, 2);
  assert_int_equal(metrics_get().events_waiting, 2);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(metrics_get().events_waiting, 2);
  gy_test_close_loop(&loop);
}

static void poll_stop(uv_poll_t* poll, int status, int events) {
  assert_int_equal(status, 0);
  assert_int_equal(events, UV_READABLE);
  calls++;
  uv_poll_stop(poll);
}

static void test_each_ready_descriptor_is_an_event(void** state) {
  uv_poll_t polls[2];
  int fds[2][2];

  (void)state;
  begin();
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(pipe(fds[i]), 0);
    assert_int_equal(write(fds[i][1], "x", 1), 1);
    assert_int_equal(uv_poll_init(&loop, &polls[i], fds[i][0]), 0);
    assert_int_equal(uv_poll_start(&polls[i], UV_READABLE, poll_stop), 0);
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 2);
  assert_int_equal(metrics_get().events, 2);
  assert_int_equal(metrics_get().events_waiting, 2);
  gy_test_close_loop(&loop);
  for (int i = 0; i < 2; i++) {
    close(fds[i][0]);
    close(fds[i][1]);
  }
}

static void test_no_more_events_wait_than_come(void** state) {
  uv_work_t works[WORK_COUNT];
  uv_async_t async;

  (void)state;
  begin();
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);
  uv_async_init(&loop, &async, async_count);
  for (int i = 0; i < WORK_COUNT; i++) {
    uv_queue_work(&loop, &works[i], work_nothing, work_count);
    uv_async_send(&async);
    uv_run(&loop, i % 2 == 0 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    assert_true(metrics_get().events_waiting <= metrics_get().events);
  }
  uv_unref((uv_handle_t*)&async);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_true(metrics_get().events >= WORK_COUNT);
  assert_true(metrics_get().events_waiting <= metrics_get().events);
  gy_test_close_loop(&loop);
}

static void test_waiting_for_a_timer_leaves_the_events_alone(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, timer_count, 5, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(metrics_get().events, 0);
  assert_int_equal(metrics_get().events_waiting, 0);
  gy_test_close_loop(&loop);
}

static void timer_wait(uint64_t timeout) {
  uv_timer_t timer;

  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, timer_count, timeout, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_close((uv_handle_t*)&timer, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void test_idle_time_is_not_measured_unless_asked_for(void** state) {
  (void)state;
  begin();
  timer_wait(10);
  assert_int_equal(uv_metrics_idle_time(&loop), 0);
  gy_test_close_loop(&loop);
}

static void test_idle_time_is_the_time_the_loop_was_blocked(void** state) {
  uint64_t idle = 0;

  (void)state;
  begin();
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);
  assert_int_equal(uv_metrics_idle_time(&loop), 0);
  /* Once is enough, but for a machine that holds the loop up elsewhere. */
  while (idle < 10 * MS_NS) {
    timer_wait(20);
    assert_true(uv_metrics_idle_time(&loop) >= idle);
    idle = uv_metrics_idle_time(&loop);
  }
  gy_test_close_loop(&loop);
}

static void timer_burn(uv_timer_t* timer) {
  uint64_t start = uv_hrtime();

  timer_count(timer);
  while (uv_hrtime() - start < 50 * MS_NS)
    continue;
}

static void test_time_in_callbacks_and_polls_that_do_not_block_is_not_idle(
    void** state) {
  uv_timer_t timer;
  uint64_t start;

  (void)state;
  begin();
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, timer_burn, 0, 0);
  start = uv_hrtime();
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls, 1);
  assert_true(uv_metrics_idle_time(&loop) + 50 * MS_NS <= uv_hrtime() - start);
  gy_test_close_loop(&loop);
}

static int idle_fell; /* only the thread writes it before it is joined */

static void thread_ask(void* arg) {
  uint64_t seen = 0;

  (void)arg;
  for (int i = 0; i < 10000; i++) {
    uint64_t idle = uv_metrics_idle_time(&loop);
    if (idle < seen)
      idle_fell = 1;
    seen = idle;
  }
}

static void test_idle_time_can_be_asked_from_another_thread(void** state) {
  uv_timer_t timer;
  uv_thread_t thread;

  (void)state;
  begin();
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, timer_count, 20, 0);
  assert_int_equal(uv_thread_create(&thread, thread_ask, NULL), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_thread_join(&thread), 0);
  assert_false(idle_fell);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_new_loop_has_counted_nothing),
    cmocka_unit_test(test_runs_that_do_nothing_are_no_iterations),
    cmocka_unit_test(test_each_run_once_or_nowait_is_one_iteration),
    cmocka_unit_test(test_iteration_counts_from_its_poll_on),
    cmocka_unit_test(test_event_is_counted_when_its_batch_is_done),
    cmocka_unit_test(test_each_work_done_is_an_event),
    cmocka_unit_test(
        test_events_that_were_there_before_the_poll_are_waiting_ones),
    cmocka_unit_test(test_each_ready_descriptor_is_an_event),
    cmocka_unit_test(test_no_more_events_wait_than_come),
    cmocka_unit_test(test_waiting_for_a_timer_leaves_the_events_alone),
    cmocka_unit_test(test_idle_time_is_not_measured_unless_asked_for),
    cmocka_unit_test(test_idle_time_is_the_time_the_loop_was_blocked),
    cmocka_unit_test(
        test_time_in_callbacks_and_polls_that_do_not_block_is_not_idle),
    cmocka_unit_test(test_idle_time_can_be_asked_from_another_thread),
};

GY_TEST_MAIN(tests)
