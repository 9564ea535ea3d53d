/* fork.c - a loop in the child of a fork that came at a bad moment, or that
 * cannot be made to work there. */
#include "spy.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  LIMIT_S = 10, /* then the child hangs */
  ASYNC_PENDING = 1
};

/* In the child: end it with the number of the line that does not hold. */
#define CHILD_CHECK(condition) \
  do {                         \
    if (!(condition))          \
      _exit(__LINE__);         \
  } while (0)

static uv_async_t async;
static uv_async_t other;
static uv_timer_t timer;
static int async_calls;
static int timer_calls;
static int close_calls;

static void count_async(uv_async_t* handle) {
  (void)handle; /* one is like the other */
  async_calls++;
}

static void count_timer(uv_timer_t* handle) {
  (void)handle; /* there is only one it can be */
  timer_calls++;
}

static void count_close(uv_handle_t* handle) {
  (void)handle; /* one is like the other */
  close_calls++;
}

static int setup(void** state) {
  spy_setup(state);
  assert_int_equal(uv_async_init(&loop, &async, count_async), 0);
  assert_int_equal(uv_async_init(&loop, &other, count_async), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  return 0;
}

/* Have a child run |body|, which must come to its end. */
static void child_run(void (*body)(void)) {
  int status = -1;
  pid_t pid;

  fflush(NULL);
  pid = fork();
  if (pid == 0) {
    alarm(LIMIT_S);
    body();
    _exit(0);
  }
  assert_true(pid > 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_false(WIFSIGNALED(status));
  assert_int_equal(WEXITSTATUS(status), 0); /* else a line */
}

/* Close everything and then the loop, as one may whatever uv_loop_fork() said.
 */
static void child_close(void) {
  uv_close((uv_handle_t*)&async, count_close);
  uv_close((uv_handle_t*)&other, count_close);
  uv_close((uv_handle_t*)&timer, count_close);
  CHILD_CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHILD_CHECK(close_calls == 3);
  CHILD_CHECK(uv_loop_close(&loop) == 0);
}

/* ---- a thread that was in mid-send --------------------------------------- */

static atomic_bool hold;

static void hold_waker(void) {
  while (atomic_load(&hold)) {
    sched_yield();
  }
}

static void async_send(void* arg) {
  (void)arg; /* there is nothing to pass */
  if (uv_async_send(&async) != 0) {
    abort(); /* cmocka cannot fail a test on another thread. */
  }
}

/* Fork while a thread is inside wake(), and have the child run |body|. */
static void child_run_in_mid_wake(void (*body)(void)) {
  uv_thread_t thread;

  atomic_store(&hold, true);
  spy.wake_hook = hold_waker;
  assert_true(gy_wake_begin_sleep(gy_loop(&loop)));
  assert_int_equal(uv_thread_create(&thread, async_send, NULL), 0);
  while (atomic_load(&spy.in_wake) == 0) {
    sched_yield();
  }
  child_run(body);
  atomic_store(&hold, false);
  assert_int_equal(uv_thread_join(&thread), 0);
  gy_wake_end_sleep(gy_loop(&loop));
  gy_dispatch(&loop, false);
  assert_int_equal(async_calls, 1);
}

static void child_hears_and_closes(void) {
  spy.wake_hook = NULL;
  CHILD_CHECK(uv_loop_fork(&loop) == 0);
  CHILD_CHECK(uv_run(&loop, UV_RUN_NOWAIT) != 0);
  CHILD_CHECK(async_calls == 1);
  CHILD_CHECK(uv_async_send(&async) == 0);
  CHILD_CHECK(uv_run(&loop, UV_RUN_ONCE) != 0);
  CHILD_CHECK(async_calls == 2);
  child_close();
}

static void test_child_does_not_wait_for_a_thread_that_was_in_wake(
    void** state) {
  (void)state;
  child_run_in_mid_wake(child_hears_and_closes);
}

static void child_fails_and_closes(void) {
  spy.wake_hook = NULL;
  spy.fork_error = UV_EMFILE;
  CHILD_CHECK(uv_loop_fork(&loop) == UV_EMFILE);
  child_close();
}

static void test_loop_that_could_not_be_forked_is_closed_in_mid_wake(
    void** state) {
  (void)state;
  child_run_in_mid_wake(child_fails_and_closes);
}

/* As if a thread had got no further than to mark the handle, when the fork
 * came. */
static void mark_async(void) {
  async.state |= ASYNC_PENDING;
}

static void child_hears_of_the_mark(void) {
  mark_async();
  child_hears_and_closes();
}

static void test_child_hears_of_a_send_that_had_only_begun(void** state) {
  (void)state;
  child_run(child_hears_of_the_mark);
}

static void child_fails_with_the_mark(void) {
  mark_async();
  child_fails_and_closes();
}

static void test_loop_that_could_not_be_forked_is_closed_in_mid_send(
    void** state) {
  (void)state;
  child_run(child_fails_with_the_mark);
}

/* ---- a poller that cannot be had in the child -----------------------------
 */

static void child_tries_twice(void) {
  spy.fork_error = UV_EMFILE;
  CHILD_CHECK(uv_loop_fork(&loop) == UV_EMFILE);
  CHILD_CHECK(uv_loop_fork(&loop) == 0);
  child_hears_and_closes();
}

static void test_fork_of_a_loop_can_be_tried_again(void** state) {
  (void)state;
  assert_int_equal(uv_async_send(&async), 0);
  child_run(child_tries_twice);
  gy_dispatch(&loop, false);
  assert_int_equal(async_calls, 1);
}

static void child_runs_its_timer(void) {
  CHILD_CHECK(uv_loop_fork(&loop) == 0);
  CHILD_CHECK(uv_is_active((uv_handle_t*)&timer));
  while (timer_calls == 0) {
    CHILD_CHECK(uv_run(&loop, UV_RUN_ONCE) != 0);
  }
  CHILD_CHECK(gy_sim_clock() >= 5 * SPY_MS);
  child_close();
}

static void test_timer_is_due_in_child_and_parent(void** state) {
  (void)state;
  assert_int_equal(uv_timer_start(&timer, count_timer, 5, 0), 0);
  child_run(child_runs_its_timer);
  assert_int_equal(timer_calls, 0);
  while (timer_calls == 0) {
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, spy_teardown)

static const struct CMUnitTest tests[] = {
    TEST(test_child_does_not_wait_for_a_thread_that_was_in_wake),
    TEST(test_loop_that_could_not_be_forked_is_closed_in_mid_wake),
    TEST(test_child_hears_of_a_send_that_had_only_begun),
    TEST(test_loop_that_could_not_be_forked_is_closed_in_mid_send),
    TEST(test_fork_of_a_loop_can_be_tried_again),
    TEST(test_timer_is_due_in_child_and_parent),
};

GY_TEST_MAIN(tests)
