/* wake.c - when posting to a loop costs a system call, and when it does not.
 *
 * A loop is asleep for its posters from gy_wake_begin_sleep() on. Most tests
 * call that themselves, so that one thread is enough to see both sides. */
#include "spy.h"

#include <sched.h>

enum {
  ASYNCS = 3,
  PATIENCE = 10000 /* yields */
};

static uv_async_t asyncs[ASYNCS];
static int async_calls;
static gy_work_t works[ASYNCS];
static int work_calls;

static void count_async(uv_async_t* async) {
  (void)async; /* one is like the other */
  async_calls++;
}

static void count_work(gy_work_t* work, int status) {
  assert_ptr_equal(work->loop, &loop);
  assert_int_equal(status, 0);
  work_calls++;
}

static void work_run(gy_work_t* work) {
  (void)work; /* It was run before it came here. */
}

static int setup(void** state) {
  int index;

  spy_setup(state);
  for (index = 0; index < ASYNCS; index++) {
    assert_int_equal(uv_async_init(&loop, &asyncs[index], count_async), 0);
    works[index] =
        (gy_work_t){.run = work_run, .done = count_work, .loop = &loop};
  }
  return 0;
}

static void send_all(void) {
  int index;

  for (index = 0; index < ASYNCS; index++) {
    assert_int_equal(uv_async_send(&asyncs[index]), 0);
  }
}

static void post_all_work(void) {
  int index;

  for (index = 0; index < ASYNCS; index++) {
    gy_wake_post_work(&loop, &works[index]);
  }
}

static void expect_wakes(int count) {
  assert_int_equal(atomic_load(&spy.wake_count), count);
}

/* A poll phase that does not sleep. Everything posted is handed out in it. */
static void turn(void) {
  gy_dispatch(&loop, false);
  assert_false(gy_wake_has_posts(gy_loop(&loop)));
}

/* ---- awake and asleep ------------------------------------------------------
 */

static void test_loop_that_is_awake_is_not_woken(void** state) {
  (void)state;
  send_all();
  post_all_work();
  expect_wakes(0);
  turn();
  expect_wakes(0);
  assert_int_equal(async_calls, ASYNCS);
  assert_int_equal(work_calls, ASYNCS);
}

static void test_loop_that_sleeps_is_woken_once(void** state) {
  (void)state;
  assert_true(gy_wake_begin_sleep(gy_loop(&loop)));
  send_all();
  expect_wakes(1);
  post_all_work();
  expect_wakes(1);
  gy_wake_end_sleep(gy_loop(&loop));
  turn();
  assert_int_equal(async_calls, ASYNCS);
  assert_int_equal(work_calls, ASYNCS);
}

static void test_each_sleep_is_ended_by_a_wake_of_its_own(void** state) {
  int sleep;

  (void)state;
  for (sleep = 1; sleep <= 3; sleep++) {
    assert_true(gy_wake_begin_sleep(gy_loop(&loop)));
    post_all_work();
    send_all();
    expect_wakes(sleep);
    gy_wake_end_sleep(gy_loop(&loop));
    turn();
    assert_int_equal(async_calls, sleep * ASYNCS);
    assert_int_equal(work_calls, sleep * ASYNCS);
  }
}

static void test_handle_sent_to_twice_is_posted_once(void** state) {
  (void)state;
  assert_true(gy_wake_begin_sleep(gy_loop(&loop)));
  send_all();
  send_all();
  expect_wakes(1);
  gy_wake_end_sleep(gy_loop(&loop));
  turn();
  turn();
  assert_int_equal(async_calls, ASYNCS);
}

static void test_loop_does_not_go_to_sleep_over_a_post(void** state) {
  (void)state;
  send_all();
  assert_false(gy_wake_begin_sleep(gy_loop(&loop)));
  turn();
  gy_wake_post_work(&loop, &works[0]);
  assert_false(gy_wake_begin_sleep(gy_loop(&loop)));
  turn();
  assert_true(gy_wake_begin_sleep(gy_loop(&loop)));
  gy_wake_end_sleep(gy_loop(&loop));
  expect_wakes(0);
}

static void test_turn_with_posts_looks_and_does_not_sleep(void** state) {
  (void)state;
  send_all();
  assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(async_calls, ASYNCS);
  assert_int_equal(spy.wait_timeout, 0);
}

static void test_posts_are_handed_out_in_their_order(void** state) {
  static uv_async_t* const order[ASYNCS] = {&asyncs[1], &asyncs[0], &asyncs[2]};
  gy_work_t* work;
  int index;

  (void)state;
  for (index = 0; index < ASYNCS; index++) {
    assert_int_equal(uv_async_send(order[index]), 0);
  }
  post_all_work();
  work = gy_wake_take_work(gy_loop(&loop));
  for (index = 0; index < ASYNCS; index++) {
    assert_ptr_equal(work, &works[index]);
    work = work->next;
  }
  assert_null(work);
  turn();
  assert_int_equal(async_calls, ASYNCS);
}

/* ---- a backend that was given away ------------------------------------------
 */

static void test_foreign_sleeper_is_woken_by_each_first_post(void** state) {
  int round;

  (void)state;
  (void)uv_backend_fd(&loop);
  expect_wakes(0);
  for (round = 1; round <= 3; round++) {
    send_all();
    expect_wakes(2 * round - 1);
    post_all_work();
    expect_wakes(2 * round);
    turn();
  }
  assert_int_equal(async_calls, 3 * ASYNCS);
}

static void test_foreign_sleeper_hears_of_what_was_posted_before(void** state) {
  (void)state;
  send_all();
  expect_wakes(0);
  (void)uv_backend_fd(&loop);
  expect_wakes(1);
  (void)uv_backend_fd(&loop);
  expect_wakes(1);
  turn();
}

static void test_foreign_sleeper_is_told_to_take_a_turn(void** state) {
  (void)state;
  assert_int_equal(uv_backend_timeout(&loop), -1);
  send_all();
  assert_int_equal(uv_backend_timeout(&loop), 0);
  turn();
  assert_int_equal(uv_backend_timeout(&loop), -1);
}

/* ---- other threads ------------------------------------------------------ */

static atomic_bool asleep;  /* the loop is in a wait() without end */
static atomic_bool closing; /* the poller is being closed */

static void note_sleep(int64_t timeout_ns) {
  if (timeout_ns < 0) {
    atomic_store(&asleep, true);
  }
}

static void send_when_asleep(void* arg) {
  while (!atomic_load(&asleep)) {
    sched_yield();
  }
  if (uv_async_send(arg) != 0) {
    abort(); /* cmocka cannot fail a test on another thread. */
  }
}

static void close_all(uv_async_t* async) {
  int index;

  count_async(async);
  for (index = 0; index < ASYNCS; index++) {
    uv_close((uv_handle_t*)&asyncs[index], NULL);
  }
}

/* Have a thread wake the sleeping loop, which closes all and leaves, while the
 * thread takes its time in wake(). */
static void run_woken(uv_thread_t* thread) {
  asyncs[1].async_cb = close_all;
  spy.wait_hook = note_sleep;
  assert_int_equal(uv_thread_create(thread, send_when_asleep, &asyncs[1]), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(async_calls, 1);
}

static void test_thread_wakes_a_loop_that_sleeps_without_end(void** state) {
  uv_thread_t thread;

  (void)state;
  run_woken(&thread);
  expect_wakes(1);
  assert_int_equal(uv_thread_join(&thread), 0);
}

/* Stay in wake() until the poller is closed, or long enough to be sure that it
 * is not. */
static void linger(void) {
  int patience = PATIENCE;

  while (!atomic_load(&closing) && patience-- > 0) {
    sched_yield();
  }
}

static int left_in_wake; /* when the poller was closed */

static void note_close(void) {
  left_in_wake = atomic_load(&spy.in_wake);
  atomic_store(&closing, true);
}

static void test_loop_is_not_closed_under_a_thread_that_wakes_it(void** state) {
  uv_thread_t thread;

  (void)state;
  spy.wake_hook = linger;
  spy.close_hook = note_close;
  run_woken(&thread);
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_true(atomic_load(&closing));
  assert_int_equal(left_in_wake, 0);
  assert_int_equal(uv_thread_join(&thread), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void test_poller_is_not_exchanged_under_a_thread_that_wakes_it(
    void** state) {
  uv_thread_t thread;

  (void)state;
  spy.wake_hook = linger;
  spy.close_hook = note_close;
  run_woken(&thread);
  assert_int_equal(gyre_loop_set_poller(&loop, "spy"), 0);
  assert_true(atomic_load(&closing));
  assert_int_equal(left_in_wake, 0);
  assert_int_equal(uv_thread_join(&thread), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, spy_teardown)

static const struct CMUnitTest tests[] = {
    TEST(test_loop_that_is_awake_is_not_woken),
    TEST(test_loop_that_sleeps_is_woken_once),
    TEST(test_each_sleep_is_ended_by_a_wake_of_its_own),
    TEST(test_handle_sent_to_twice_is_posted_once),
    TEST(test_loop_does_not_go_to_sleep_over_a_post),
    TEST(test_turn_with_posts_looks_and_does_not_sleep),
    TEST(test_posts_are_handed_out_in_their_order),
    TEST(test_foreign_sleeper_is_woken_by_each_first_post),
    TEST(test_foreign_sleeper_hears_of_what_was_posted_before),
    TEST(test_foreign_sleeper_is_told_to_take_a_turn),
    TEST(test_thread_wakes_a_loop_that_sleeps_without_end),
    TEST(test_loop_is_not_closed_under_a_thread_that_wakes_it),
    TEST(test_poller_is_not_exchanged_under_a_thread_that_wakes_it),
};

GY_TEST_MAIN(tests)
