/* phases.c - what a loop does in which order and at what time, in virtual time.
 *
 * The trace holds a letter for each callback, with the ms since the start of
 * the test: d a callback put off, i idle, p prepare, r an fd that is ready, o
 * an operation that is done, a async, w work, c check, x a close callback, t a
 * timer; z is the sleep, and what it was told. */
#include "spy.h"

enum {
  HOUR_MS = 60 * 60 * 1000
};

static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_async_t async;
static uv_timer_t timer;
static uv_timer_t far; /* keeps the loop alive */
static uv_timer_t closing;
static gy_watcher_t watcher;
static gy_task_t task;
static gy_work_t op_owner;
static gy_work_t work;
static int fds[2]; /* the first is watched */

static uint64_t began; /* ns */
static char trace[256];
static char acting; /* the letter of the callback that acts, once */
static void (*act)(void);

static long elapsed_ms(void) {
  return (long)((gy_sim_clock() - began) / SPY_MS);
}

static void trace_add(char letter, long number) {
  size_t used = strlen(trace);

  (void)snprintf(trace + used, sizeof(trace) - used, "%s%c%ld",
                 used > 0 ? " " : "", letter, number);
}

static void happen(char letter) {
  void (*now)(void) = act;

  trace_add(letter, elapsed_ms());
  if (letter == acting && now != NULL) {
    act = NULL;
    now();
  }
}

static void sleep_happens(int64_t timeout_ns) {
  trace_add('z', timeout_ns > 0 ? (long)(timeout_ns / (int64_t)SPY_MS)
                                : (long)timeout_ns);
}

static void task_happens(gy_task_t* late) {
  (void)late;
  happen('d');
}

static void idle_happens(uv_idle_t* handle) {
  (void)handle;
  happen('i');
}

static void prepare_happens(uv_prepare_t* handle) {
  (void)handle;
  happen('p');
}

static void fd_happens(uv_loop_t* at, gy_watcher_t* heard, unsigned mask,
                       int err) {
  (void)at;
  assert_int_equal(err, 0);
  assert_int_equal(mask, GY_READABLE);
  assert_int_equal(gy_sim_read(heard->fd, 1), 1);
  happen('r');
}

static void op_happens(gy_work_t* owner, int result) {
  assert_ptr_equal(owner, &op_owner);
  assert_int_equal(result, 0);
  happen('o');
}

static void async_happens(uv_async_t* handle) {
  (void)handle;
  happen('a');
}

static void work_runs(gy_work_t* done) {
  (void)done; /* It was run before it came here. */
}

static void work_happens(gy_work_t* done, int status) {
  (void)done;
  assert_int_equal(status, 0);
  happen('w');
}

static void check_happens(uv_check_t* handle) {
  (void)handle;
  happen('c');
}

static void close_happens(uv_handle_t* handle) {
  (void)handle;
  happen('x');
}

static void timer_happens(uv_timer_t* handle) {
  (void)handle;
  happen('t');
}

/* ---- what happens ------------------------------------------------------- */

static int setup(void** state) {
  spy_setup(state);
  spy.wait_hook = sleep_happens;
  began = gy_sim_clock();
  gy_sim_pair(fds);
  gy_watcher_init(&watcher, fds[0], fd_happens);
  assert_int_equal(gy_watcher_want(&loop, &watcher, GY_READABLE), 0);
  assert_int_equal(uv_idle_init(&loop, &idle), 0);
  assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
  assert_int_equal(uv_check_init(&loop, &check), 0);
  assert_int_equal(uv_async_init(&loop, &async, async_happens), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_init(&loop, &far), 0);
  assert_int_equal(uv_prepare_start(&prepare, prepare_happens), 0);
  assert_int_equal(uv_check_start(&check, check_happens), 0);
  assert_int_equal(uv_timer_start(&far, timer_happens, HOUR_MS, 0), 0);
  task.run = task_happens;
  op_owner.done = op_happens;
  work = (gy_work_t){.run = work_runs, .done = work_happens, .loop = &loop};
  return 0;
}

static int teardown(void** state) {
  gy_watcher_forget(&loop, &watcher);
  spy.wait_hook = NULL;
  return spy_teardown(state);
}

static void start_timer(uint64_t timeout) {
  assert_int_equal(uv_timer_start(&timer, timer_happens, timeout, 0), 0);
}

static void write_byte(void* arg) {
  (void)arg;
  assert_int_equal(gy_sim_write(fds[1], 1), 1);
}

static void async_send(void* arg) {
  (void)arg;
  assert_int_equal(uv_async_send(&async), 0);
}

static void put_off(void) {
  gy_queue_push_last(&gy_loop(&loop)->pending, &task.node);
}

static void submit_op(void) {
  gy_poller_t* poller = gy_loop(&loop)->poller;
  gy_op_t op = {.code = GY_OP_FSYNC, .fd = fds[0]};

  assert_int_equal(poller->ops->submit(poller, &op, &op_owner), 0);
}

static void close_one(void) {
  assert_int_equal(uv_timer_init(&loop, &closing), 0);
  uv_close((uv_handle_t*)&closing, close_happens);
}

static void start_idle(void) {
  assert_int_equal(uv_idle_start(&idle, idle_happens), 0);
}

static void run(uv_run_mode mode, const char* expected) {
  trace[0] = '\0';
  uv_run(&loop, mode);
  assert_string_equal(trace, expected);
}

/* ---- one turn ----------------------------------------------------------- */

static void test_turn_goes_through_all_phases_in_order(void** state) {
  (void)state;
  put_off();
  start_idle();
  write_byte(NULL);
  submit_op();
  gy_wake_post_work(&loop, &work);
  async_send(NULL);
  close_one();
  start_timer(0);
  run(UV_RUN_NOWAIT, "d0 i0 p0 z0 o0 r0 a0 w0 c0 x0 t0");
}

static void test_loop_sleeps_until_the_timer_between_prepare_and_check(
    void** state) {
  (void)state;
  start_timer(250);
  run(UV_RUN_ONCE, "p0 z250 c250 t250");
}

static void test_loop_sleeps_until_an_fd_is_ready(void** state) {
  (void)state;
  start_timer(250);
  gy_sim_later(100 * SPY_MS, write_byte, NULL);
  run(UV_RUN_ONCE, "p0 z250 r100 c100");
  run(UV_RUN_ONCE, "p100 z150 c250 t250");
}

static void test_loop_sleeps_until_an_operation_is_done(void** state) {
  (void)state;
  gy_sim_ops_take(40 * SPY_MS, 0);
  submit_op();
  run(UV_RUN_ONCE, "p0 z3600000 o40 c40");
}

static void test_loop_sleeps_until_it_is_woken(void** state) {
  (void)state;
  gy_sim_later(70 * SPY_MS, async_send, NULL);
  run(UV_RUN_ONCE, "p0 z3600000 a70 c70");
}

static void take_long(void) {
  gy_sim_pass(300 * SPY_MS);
}

static void test_timer_that_is_due_while_callbacks_run_is_called_in_that_turn(
    void** state) {
  (void)state;
  start_timer(250);
  write_byte(NULL);
  acting = 'r';
  act = take_long;
  run(UV_RUN_ONCE, "p0 z250 r0 c300 t300");
}

static void test_time_that_passes_between_turns_shortens_the_sleep(
    void** state) {
  (void)state;
  start_timer(250);
  gy_sim_pass(90 * SPY_MS);
  gy_sim_later(10 * SPY_MS, write_byte, NULL);
  run(UV_RUN_ONCE, "p90 z160 r100 c100");
  gy_sim_pass(200 * SPY_MS);
  run(UV_RUN_ONCE, "p300 z0 c300 t300");
}

/* ---- what keeps a loop from its sleep ----------------------------------- */

static void test_idle_handle_keeps_the_loop_awake(void** state) {
  (void)state;
  start_idle();
  start_timer(250);
  run(UV_RUN_ONCE, "i0 p0 z0 c0");
}

static void test_handle_that_closes_keeps_the_loop_awake(void** state) {
  (void)state;
  close_one();
  run(UV_RUN_ONCE, "p0 z0 c0 x0");
}

static void test_handle_closed_in_prepare_keeps_the_loop_awake(void** state) {
  (void)state;
  acting = 'p';
  act = close_one;
  run(UV_RUN_ONCE, "p0 z0 c0 x0");
}

static void stop_loop(void) {
  uv_stop(&loop);
}

static void test_loop_stopped_in_prepare_does_not_sleep(void** state) {
  (void)state;
  acting = 'p';
  act = stop_loop;
  run(UV_RUN_DEFAULT, "p0 z0 c0");
}

static void test_callback_put_off_in_prepare_keeps_the_loop_awake(
    void** state) {
  (void)state;
  acting = 'p';
  act = put_off;
  run(UV_RUN_ONCE, "p0 z0 d0 c0");
  run(UV_RUN_NOWAIT, "p0 z0 c0");
}

static void test_callback_put_off_is_the_progress_that_once_waits_for(
    void** state) {
  (void)state;
  put_off();
  run(UV_RUN_ONCE, "d0 p0 z0 c0");
  run(UV_RUN_NOWAIT, "p0 z0 c0");
}

static void test_callback_put_off_by_io_runs_before_check(void** state) {
  (void)state;
  write_byte(NULL);
  acting = 'r';
  act = put_off;
  run(UV_RUN_ONCE, "p0 z3600000 r0 d0 c0");
}

static void put_off_again(void) {
  act = put_off_again;
  put_off();
}

static void test_callback_that_puts_itself_off_leaves_the_others_a_turn(
    void** state) {
  (void)state;
  put_off();
  acting = 'd';
  act = put_off_again;
  run(UV_RUN_NOWAIT, "d0 p0 z0 d0 d0 d0 d0 d0 d0 d0 d0 c0");
  act = put_off;
  run(UV_RUN_NOWAIT, "d0 p0 z0 d0 c0");
  run(UV_RUN_NOWAIT, "p0 z0 c0");
}

static void test_signal_does_not_end_the_sleep(void** state) {
  (void)state;
  start_timer(250);
  spy.wait_error = UV_EINTR;
  run(UV_RUN_ONCE, "p0 z250 z250 c250 t250");
}

/* ---- from turn to turn -------------------------------------------------- */

static void start_timer_now(void) {
  start_timer(0);
}

static void test_timer_started_in_check_is_called_in_that_turn(void** state) {
  (void)state;
  write_byte(NULL);
  acting = 'c';
  act = start_timer_now;
  run(UV_RUN_ONCE, "p0 z3600000 r0 c0 t0");
}

static void test_timer_started_in_its_callback_is_called_in_the_next_turn(
    void** state) {
  (void)state;
  start_timer(10);
  acting = 't';
  act = start_timer_now;
  run(UV_RUN_ONCE, "p0 z10 c10 t10");
  run(UV_RUN_ONCE, "p10 z0 c10 t10");
}

static void send_now(void) {
  async_send(NULL);
}

static void test_async_sent_in_its_callback_is_called_in_the_next_turn(
    void** state) {
  (void)state;
  async_send(NULL);
  acting = 'a';
  act = send_now;
  run(UV_RUN_ONCE, "p0 z0 a0 c0");
  run(UV_RUN_ONCE, "p0 z0 a0 c0");
  assert_int_equal(atomic_load(&spy.wake_count), 0);
}

static void test_handle_closed_in_a_close_callback_waits_a_turn(void** state) {
  (void)state;
  close_one();
  acting = 'x';
  act = close_one;
  run(UV_RUN_NOWAIT, "p0 z0 c0 x0");
  run(UV_RUN_NOWAIT, "p0 z0 c0 x0");
  run(UV_RUN_NOWAIT, "p0 z0 c0");
}

static void stop_far(void) {
  assert_int_equal(uv_timer_stop(&far), 0);
  assert_int_equal(uv_prepare_stop(&prepare), 0);
  assert_int_equal(uv_check_stop(&check), 0);
  uv_close((uv_handle_t*)&async, close_happens);
}

static void test_default_runs_due_timers_first_and_goes_on_to_the_end(
    void** state) {
  (void)state;
  start_timer(5);
  gy_sim_pass(6 * SPY_MS);
  gy_sim_later(4 * SPY_MS, write_byte, NULL);
  acting = 'r';
  act = stop_far;
  run(UV_RUN_DEFAULT, "t6 p6 z3599994 r10 x10");
}

static void test_turns_and_events_are_counted(void** state) {
  uv_metrics_t metrics;

  (void)state;
  write_byte(NULL);
  submit_op();
  gy_wake_post_work(&loop, &work);
  async_send(NULL);
  run(UV_RUN_NOWAIT, "p0 z0 o0 r0 a0 w0 c0");
  run(UV_RUN_NOWAIT, "p0 z0 c0");
  assert_int_equal(uv_metrics_info(&loop, &metrics), 0);
  assert_int_equal(metrics.loop_count, 2);
  assert_int_equal(metrics.events, 4);
  assert_int_equal(metrics.events_waiting, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static const struct CMUnitTest tests[] = {
    TEST(test_turn_goes_through_all_phases_in_order),
    TEST(test_loop_sleeps_until_the_timer_between_prepare_and_check),
    TEST(test_loop_sleeps_until_an_fd_is_ready),
    TEST(test_loop_sleeps_until_an_operation_is_done),
    TEST(test_loop_sleeps_until_it_is_woken),
    TEST(test_timer_that_is_due_while_callbacks_run_is_called_in_that_turn),
    TEST(test_time_that_passes_between_turns_shortens_the_sleep),
    TEST(test_idle_handle_keeps_the_loop_awake),
    TEST(test_handle_that_closes_keeps_the_loop_awake),
    TEST(test_handle_closed_in_prepare_keeps_the_loop_awake),
    TEST(test_loop_stopped_in_prepare_does_not_sleep),
    TEST(test_callback_put_off_in_prepare_keeps_the_loop_awake),
    TEST(test_callback_put_off_is_the_progress_that_once_waits_for),
    TEST(test_callback_put_off_by_io_runs_before_check),
    TEST(test_callback_that_puts_itself_off_leaves_the_others_a_turn),
    TEST(test_signal_does_not_end_the_sleep),
    TEST(test_timer_started_in_check_is_called_in_that_turn),
    TEST(test_timer_started_in_its_callback_is_called_in_the_next_turn),
    TEST(test_async_sent_in_its_callback_is_called_in_the_next_turn),
    TEST(test_handle_closed_in_a_close_callback_waits_a_turn),
    TEST(test_default_runs_due_timers_first_and_goes_on_to_the_end),
    TEST(test_turns_and_events_are_counted),
};

GY_TEST_MAIN(tests)
