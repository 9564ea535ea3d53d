/* loop.c - loops, timers and hooks while system calls and memory fail. */
#include "sweep.h"

#include <gyre.h>
#include <signal.h>

enum {
  TIMERS = 3,
  REPEATS = 3,
  MS = 1000000 /* ns */
};

static int close_calls;

static void count_close(uv_handle_t* handle) {
  (void)handle; /* one is like the other */
  close_calls++;
}

/* ---- a loop ------------------------------------------------------------- */

static void loop_with_nothing(void) {
  uv_loop_t loop;
  uv_metrics_t metrics;

  if (!works(uv_loop_init(&loop))) {
    return;
  }
  CHECK(uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGPROF) == 0);
  CHECK(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME) == 0);
  CHECK(uv_backend_timeout(&loop) == 0);
  (void)uv_backend_fd(&loop);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_run(&loop, UV_RUN_NOWAIT) == 0);
  CHECK(uv_metrics_info(&loop, &metrics) == 0);
  CHECK(metrics.events == 0);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_loop_opens_or_says_why_not(void** state) {
  (void)state;
  sweep(loop_with_nothing, "malloc");
}

static void loops_of_the_library(void) {
  uv_loop_t* fresh = uv_loop_new();
  uv_loop_t* shared_loop = uv_default_loop();

  if (made(shared_loop)) {
    CHECK(uv_default_loop() == shared_loop);
    CHECK(uv_run(shared_loop, UV_RUN_DEFAULT) == 0);
    CHECK(uv_loop_close(shared_loop) == 0);
  }
  if (made(fresh)) {
    CHECK(uv_run(fresh, UV_RUN_DEFAULT) == 0);
    uv_loop_delete(fresh);
  }
}

static void test_loops_of_the_library_are_there_or_are_null(void** state) {
  (void)state;
  sweep(loops_of_the_library, "malloc");
}

static void texts_of_unknown_errors(void) {
  for (int err = -70001; err > -70004; err--) {
    CHECK(strncmp(uv_strerror(err), "Unknown system error", 20) == 0);
    CHECK(strncmp(uv_err_name(err), "Unknown system error", 20) == 0);
  }
}

static void test_errors_without_a_name_have_a_text_without_memory(
    void** state) {
  (void)state;
  sweep(texts_of_unknown_errors, "malloc");
}

/* ---- timers and hooks --------------------------------------------------- */

static uv_loop_t loop;
static uv_timer_t timers[TIMERS];
static int timer_calls[TIMERS];
static uint64_t armed_at;

static void timer_call(uv_timer_t* timer) {
  size_t index = (size_t)(timer - timers);

  timer_calls[index]++;
  CHECK(uv_hrtime() - armed_at >= index * (size_t)timer_calls[index] * MS);
  if (timer_calls[index] == REPEATS || uv_timer_get_repeat(timer) == 0) {
    uv_close((uv_handle_t*)timer, count_close);
  }
}

/* Timer n is due after n ms; the last one repeats. */
static void timers_arm(void) {
  memset(timer_calls, 0, sizeof(timer_calls));
  uv_update_time(&loop);
  armed_at = uv_hrtime();
  uv_update_time(&loop);
  for (unsigned i = 0; i < TIMERS; i++) {
    CHECK(uv_timer_init(&loop, &timers[i]) == 0);
    CHECK(uv_timer_start(&timers[i], timer_call, i, i == TIMERS - 1 ? i : 0) ==
          0);
  }
}

static void timers_check(void) {
  for (int i = 0; i < TIMERS - 1; i++) {
    CHECK(timer_calls[i] == 1);
  }
  CHECK(timer_calls[TIMERS - 1] == REPEATS);
}

static void loop_with_timers(void) {
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  close_calls = 0;
  timers_arm();
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  timers_check();
  CHECK(close_calls == TIMERS);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_timers_run_on_time_whatever_the_sleep_says(void** state) {
  (void)state;
  sweep(loop_with_timers, "malloc");
}

/* The signal mask makes the sleep another system call on some systems, and idle
 * time one sleep two. */
static void loop_that_sleeps_in_other_ways(void) {
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  close_calls = 0;
  CHECK(uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGPROF) == 0);
  CHECK(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME) == 0);
  timers_arm();
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  timers_check();
  CHECK(uv_metrics_idle_time(&loop) <= uv_hrtime() - armed_at);
  CHECK(close_calls == TIMERS);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_sleep_that_is_measured_and_masked_may_fail(void** state) {
  (void)state;
  sweep(loop_that_sleeps_in_other_ways, "malloc");
}

static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;
static int idle_calls;
static int prepare_calls;
static int check_calls;

static void idle_call(uv_idle_t* handle) {
  if (++idle_calls == REPEATS) {
    uv_close((uv_handle_t*)handle, count_close);
  }
}

static void prepare_call(uv_prepare_t* handle) {
  if (++prepare_calls == REPEATS) {
    uv_close((uv_handle_t*)handle, count_close);
  }
}

static void check_call(uv_check_t* handle) {
  if (++check_calls == REPEATS) {
    uv_close((uv_handle_t*)handle, count_close);
  }
}

static void loop_with_hooks(void) {
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  idle_calls = prepare_calls = check_calls = close_calls = 0;
  CHECK(uv_idle_init(&loop, &idle) == 0);
  CHECK(uv_idle_start(&idle, idle_call) == 0);
  CHECK(uv_prepare_init(&loop, &prepare) == 0);
  CHECK(uv_prepare_start(&prepare, prepare_call) == 0);
  CHECK(uv_check_init(&loop, &check) == 0);
  CHECK(uv_check_start(&check, check_call) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(idle_calls == REPEATS && prepare_calls == REPEATS);
  CHECK(check_calls == REPEATS && close_calls == 3);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_hooks_run_in_each_turn_whatever_fails(void** state) {
  (void)state;
  sweep(loop_with_hooks, "malloc");
}

/* ---- another poller ----------------------------------------------------- */

static void close_async(uv_async_t* async) {
  uv_close((uv_handle_t*)async, count_close);
}

/* An async that comes and goes, so that there is a wake to take along. */
static bool async_goes_by(void) {
  uv_async_t async;

  if (!works(uv_async_init(&loop, &async, close_async))) {
    return false;
  }
  CHECK(uv_async_send(&async) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  return true;
}

static void loop_with_every_poller(void) {
  const char* name;
  int goal = 0;

  if (!works(uv_loop_init(&loop))) {
    return;
  }
  close_calls = 0;
  goal += async_goes_by();
  for (size_t i = 0; (name = gyre_poller_name(i)) != NULL; i++) {
    const char* before = gyre_loop_poller(&loop);
    bool taken = works(gyre_loop_set_poller(&loop, name));
    CHECK(strcmp(gyre_loop_poller(&loop), taken ? name : before) == 0);
    goal += async_goes_by();
  }
  CHECK(close_calls == goal);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_loop_keeps_its_poller_when_another_cannot_be_had(
    void** state) {
  (void)state;
  sweep(loop_with_every_poller, "eventfd");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_loop_opens_or_says_why_not),
    cmocka_unit_test(test_loops_of_the_library_are_there_or_are_null),
    cmocka_unit_test(test_errors_without_a_name_have_a_text_without_memory),
    cmocka_unit_test(test_timers_run_on_time_whatever_the_sleep_says),
    cmocka_unit_test(test_sleep_that_is_measured_and_masked_may_fail),
    cmocka_unit_test(test_hooks_run_in_each_turn_whatever_fails),
    cmocka_unit_test(test_loop_keeps_its_poller_when_another_cannot_be_had),
};

GY_TEST_MAIN(tests)
