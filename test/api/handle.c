/* handle.c - what all handles share: state, references, close, walk, print. */
#include "support/test.h"

static uv_loop_t loop;
static char trace[256]; /* what ran, one word each, in order */

static void begin(void) {
  trace[0] = '\0';
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void note(const uv_handle_t* handle) {
  size_t used = strlen(trace);

  snprintf(trace + used, sizeof(trace) - used, "%s%s", used == 0 ? "" : " ",
           (const char*)uv_handle_get_data(handle));
}

/* As a callback of a handle that must not run. */
static void timer_note(uv_timer_t* timer) {
  note((uv_handle_t*)timer);
}

static void idle_note(uv_idle_t* idle) {
  note((uv_handle_t*)idle);
}

static void async_note(uv_async_t* async) {
  note((uv_handle_t*)async);
}

static void close_note(uv_handle_t* handle) {
  assert_true(uv_is_closing(handle));
  note(handle);
}

static void timer_open(uv_timer_t* timer, const char* name) {
  assert_int_equal(uv_timer_init(&loop, timer), 0);
  timer->data = (void*)name;
}

/* Timers named a, b, c, ... */
static void timers_open(uv_timer_t* timers, size_t count) {
  static const char* const names[] = {"a", "b", "c", "d", "e"};

  for (size_t i = 0; i < count; i++)
    timer_open(&timers[i], names[i]);
}

static void handle_close(void* handle) {
  uv_close((uv_handle_t*)handle, close_note);
}

static void test_new_handle_is_referenced_and_neither_active_nor_closing(
    void** state) {
  uv_timer_t timer;
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_handle_t* const handles[] = {(uv_handle_t*)&timer, (uv_handle_t*)&idle,
                                  (uv_handle_t*)&prepare, (uv_handle_t*)&check};

  (void)state;
  begin();
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_idle_init(&loop, &idle), 0);
  assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
  assert_int_equal(uv_check_init(&loop, &check), 0);
  for (size_t i = 0; i < COUNT_OF(handles); i++) {
    assert_int_equal(uv_is_active(handles[i]), 0);
    assert_int_equal(uv_is_closing(handles[i]), 0);
    assert_int_not_equal(uv_has_ref(handles[i]), 0);
  }
  gy_test_close_loop(&loop);
}

static void test_async_handle_is_active_from_init_to_close(void** state) {
  uv_async_t async;

  (void)state;
  begin();
  assert_int_equal(uv_async_init(&loop, &async, async_note), 0);
  assert_int_not_equal(uv_is_active((uv_handle_t*)&async), 0);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  uv_close((uv_handle_t*)&async, NULL);
  assert_int_equal(uv_is_active((uv_handle_t*)&async), 0);
  gy_test_close_loop(&loop);
}

static void test_handle_tells_its_loop_its_type_and_its_data(void** state) {
  uv_timer_t timer;
  uv_handle_t* handle = (uv_handle_t*)&timer;
  int mine;

  (void)state;
  begin();
  timer.data = &mine;
  uv_timer_init(&loop, &timer);
  assert_ptr_equal(uv_handle_get_data(handle), &mine); /* init leaves it */
  assert_ptr_equal(uv_handle_get_loop(handle), &loop);
  assert_ptr_equal(timer.loop, &loop);
  assert_int_equal(uv_handle_get_type(handle), UV_TIMER);
  assert_int_equal(timer.type, UV_TIMER);
  uv_handle_set_data(handle, &timer);
  assert_ptr_equal(timer.data, &timer);
  gy_test_close_loop(&loop);
  assert_ptr_equal(timer.data, &timer);
}

static void test_references_do_not_count(void** state) {
  uv_timer_t timer;
  uv_handle_t* handle = (uv_handle_t*)&timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  uv_timer_start(&timer, timer_note, 1000, 0);
  uv_ref(handle);
  uv_ref(handle);
  uv_unref(handle);
  assert_int_equal(uv_has_ref(handle), 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  uv_unref(handle);
  uv_ref(handle);
  assert_int_not_equal(uv_has_ref(handle), 0);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  gy_test_close_loop(&loop);
}

static void test_unref_before_start_is_remembered(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  uv_unref((uv_handle_t*)&timer);
  uv_timer_start(&timer, timer_note, 0, 0);
  assert_int_not_equal(uv_is_active((uv_handle_t*)&timer), 0);
  assert_int_equal(uv_has_ref((uv_handle_t*)&timer), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "");
  gy_test_close_loop(&loop);
}

static void test_loop_counts_handles_that_are_active_and_referenced(
    void** state) {
  uv_timer_t timers[2];

  (void)state;
  begin();
  timers_open(timers, COUNT_OF(timers));
  assert_int_equal(loop.active_handles, 0);
  uv_timer_start(&timers[0], timer_note, 1000, 0);
  uv_timer_start(&timers[0], timer_note, 2000, 0);
  uv_timer_start(&timers[1], timer_note, 1000, 0);
  assert_int_equal(loop.active_handles, 2);
  uv_unref((uv_handle_t*)&timers[0]);
  uv_unref((uv_handle_t*)&timers[0]);
  assert_int_equal(loop.active_handles, 1);
  uv_timer_stop(&timers[0]);
  uv_ref((uv_handle_t*)&timers[0]);
  assert_int_equal(loop.active_handles, 1);
  uv_close((uv_handle_t*)&timers[1], NULL);
  assert_int_equal(loop.active_handles, 0);
  gy_test_close_loop(&loop);
}

static void test_closing_handle_is_inactive_and_keeps_the_loop_alive(
    void** state) {
  uv_timer_t timer;
  uv_handle_t* handle = (uv_handle_t*)&timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  uv_timer_start(&timer, timer_note, 0, 1);
  uv_close(handle, close_note);
  assert_int_equal(uv_is_active(handle), 0);
  assert_int_not_equal(uv_is_closing(handle), 0);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  assert_string_equal(trace, ""); /* the callback is for later, always */
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "t");
  assert_int_not_equal(uv_is_closing(handle), 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  gy_test_close_loop(&loop);
}

static void test_closing_an_unreferenced_handle_calls_back_too(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  uv_unref((uv_handle_t*)&timer);
  handle_close(&timer);
  assert_int_equal(uv_has_ref((uv_handle_t*)&timer), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "t");
  gy_test_close_loop(&loop);
}

static void test_close_needs_no_callback(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "t");
  uv_close((uv_handle_t*)&timer, NULL);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_close_callbacks_run_last_closed_first(void** state) {
  uv_timer_t timers[4];

  (void)state;
  begin();
  timers_open(timers, COUNT_OF(timers));
  handle_close(&timers[1]);
  handle_close(&timers[3]);
  handle_close(&timers[0]);
  handle_close(&timers[2]);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "c a d b");
  gy_test_close_loop(&loop);
}

static uv_timer_t chained;

static void close_next(uv_handle_t* handle) {
  close_note(handle);
  handle_close(&chained);
}

static void test_handle_closed_in_a_close_callback_waits_an_iteration(
    void** state) {
  uv_timer_t timers[2];

  (void)state;
  begin();
  timers_open(timers, COUNT_OF(timers));
  timer_open(&chained, "chained");
  handle_close(&timers[0]);
  uv_close((uv_handle_t*)&timers[1], close_next);
  assert_int_not_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  assert_string_equal(trace, "b a");
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  assert_string_equal(trace, "b a chained");
  gy_test_close_loop(&loop);
}

static void test_closed_handles_do_nothing_any_more(void** state) {
  uv_timer_t timer;
  uv_idle_t idle;
  uv_async_t async;

  (void)state;
  begin();
  timer_open(&timer, "closed-timer");
  uv_timer_start(&timer, timer_note, 0, 1);
  uv_idle_init(&loop, &idle);
  idle.data = (void*)"closed-idle";
  uv_idle_start(&idle, idle_note);
  uv_async_init(&loop, &async, async_note);
  async.data = (void*)"closed-async";
  uv_async_send(&async);
  handle_close(&timer);
  handle_close(&idle);
  handle_close(&async);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  /* Each only once, for its close. How long an async takes is its own. */
  assert_non_null(strstr(trace, "closed-idle closed-timer"));
  assert_non_null(strstr(trace, "closed-async"));
  assert_int_equal(strlen(trace),
                   strlen("closed-async closed-idle closed-timer"));
  gy_test_close_loop(&loop);
}

static void close_free(uv_handle_t* handle) {
  note(handle);
  free(handle);
}

static void test_memory_may_go_in_the_close_callback(void** state) {
  (void)state;
  begin();
  for (int i = 0; i < 3; i++) {
    uv_timer_t* timer = malloc(sizeof(*timer));
    assert_non_null(timer);
    timer_open(timer, "gone");
    uv_timer_start(timer, timer_note, 0, 1);
    uv_close((uv_handle_t*)timer, close_free);
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "gone gone gone");
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void close_reopen(uv_handle_t* handle) {
  uv_timer_t* timer = (uv_timer_t*)handle;

  close_note(handle);
  timer_open(timer, "anew");
  assert_int_equal(uv_is_closing(handle), 0);
  assert_int_equal(uv_timer_start(timer, timer_note, 0, 0), 0);
}

static void test_handle_may_begin_anew_in_its_close_callback(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  timer_open(&timer, "old");
  uv_close((uv_handle_t*)&timer, close_reopen);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "old anew");
  gy_test_close_loop(&loop);
}

static int walk_arg;

static void walk_note(uv_handle_t* handle, void* arg) {
  assert_ptr_equal(arg, &walk_arg);
  note(handle);
}

static void walk_close(uv_handle_t* handle, void* arg) {
  walk_note(handle, arg);
  uv_close(handle, NULL);
}

static void expect_walk(const char* expected) {
  trace[0] = '\0';
  uv_walk(&loop, walk_note, &walk_arg);
  assert_string_equal(trace, expected);
}

static void test_walk_visits_every_handle_oldest_first(void** state) {
  uv_timer_t timers[4];

  (void)state;
  begin();
  expect_walk("");
  timers_open(timers, COUNT_OF(timers));
  uv_timer_start(&timers[2], timer_note, 1000, 0);
  uv_unref((uv_handle_t*)&timers[1]);
  expect_walk("a b c d");
  gy_test_close_loop(&loop);
}

static void test_walk_visits_closing_handles_but_not_closed_ones(void** state) {
  uv_timer_t timers[3];

  (void)state;
  begin();
  timers_open(timers, COUNT_OF(timers));
  uv_close((uv_handle_t*)&timers[1], NULL);
  expect_walk("a b c");
  uv_run(&loop, UV_RUN_NOWAIT);
  expect_walk("a c");
  gy_test_close_loop(&loop);
}

static void test_walk_does_not_show_what_the_library_made_for_itself(
    void** state) {
  uv_async_t async;
  uv_timer_t timer;

  (void)state;
  begin();
  uv_async_init(&loop, &async, async_note);
  async.data = (void*)"async";
  timer_open(&timer, "timer");
  uv_run(&loop, UV_RUN_NOWAIT);
  expect_walk("async timer");
  gy_test_close_loop(&loop);
}

static void test_walk_may_close_every_handle_it_visits(void** state) {
  uv_timer_t timers[5];

  (void)state;
  begin();
  timers_open(timers, COUNT_OF(timers));
  uv_walk(&loop, walk_close, &walk_arg);
  assert_string_equal(trace, "a b c d e");
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static uv_timer_t walked[5];

/* At b: close those around it, and add one. */
static void walk_change(uv_handle_t* handle, void* arg) {
  walk_note(handle, arg);
  if (handle != (uv_handle_t*)&walked[1])
    return;
  for (size_t i = 0; i < 3; i++)
    uv_close((uv_handle_t*)&walked[i], NULL);
  timer_open(&walked[4], "e");
}

static void test_walk_goes_on_past_handles_closed_and_added_on_the_way(
    void** state) {
  (void)state;
  begin();
  timers_open(walked, 4);
  uv_walk(&loop, walk_change, &walk_arg);
  assert_string_equal(trace, "a b c d");
  uv_run(&loop, UV_RUN_NOWAIT);
  trace[0] = '\0';
  uv_walk(&loop, walk_note, &walk_arg);
  assert_int_equal(strlen(trace), 3);
  assert_non_null(strstr(trace, "d"));
  assert_non_null(strstr(trace, "e"));
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(
        test_new_handle_is_referenced_and_neither_active_nor_closing),
    cmocka_unit_test(test_async_handle_is_active_from_init_to_close),
    cmocka_unit_test(test_handle_tells_its_loop_its_type_and_its_data),
    cmocka_unit_test(test_references_do_not_count),
    cmocka_unit_test(test_unref_before_start_is_remembered),
    cmocka_unit_test(test_loop_counts_handles_that_are_active_and_referenced),
    cmocka_unit_test(test_closing_handle_is_inactive_and_keeps_the_loop_alive),
    cmocka_unit_test(test_closing_an_unreferenced_handle_calls_back_too),
    cmocka_unit_test(test_close_needs_no_callback),
    cmocka_unit_test(test_close_callbacks_run_last_closed_first),
    cmocka_unit_test(test_handle_closed_in_a_close_callback_waits_an_iteration),
    cmocka_unit_test(test_closed_handles_do_nothing_any_more),
    cmocka_unit_test(test_memory_may_go_in_the_close_callback),
    cmocka_unit_test(test_handle_may_begin_anew_in_its_close_callback),
    cmocka_unit_test(test_walk_visits_every_handle_oldest_first),
    cmocka_unit_test(test_walk_visits_closing_handles_but_not_closed_ones),
    cmocka_unit_test(test_walk_does_not_show_what_the_library_made_for_itself),
    cmocka_unit_test(test_walk_may_close_every_handle_it_visits),
    cmocka_unit_test(
        test_walk_goes_on_past_handles_closed_and_added_on_the_way),
};

GY_TEST_MAIN(tests)
