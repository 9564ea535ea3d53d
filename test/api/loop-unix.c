/* loop-unix.c - a loop among Unix things: its descriptor inside a foreign
 * loop, and signals while it polls. Across fork: fork.c.
 *
 * A foreign loop does poll() on uv_backend_fd() for uv_backend_timeout() ms
 * and then a uv_run() that does not block. That must be enough for everything
 * the loop was asked to watch. */
#include "support/test.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static uv_loop_t loop;
static int calls;

static void begin(void) {
  calls = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void timer_count(uv_timer_t* handle) {
  (void)handle;
  calls++;
}

static void async_count(uv_async_t* handle) {
  (void)handle;
  calls++;
}

/* Begin with a loop that has a descriptor. Only pollers that are an object of
 * the kernel have one. */
static void begin_with_descriptor(void) {
  const char* poller = gy_test_poller();

  begin();
  if (uv_backend_fd(&loop) >= 0)
    return;
  if (strcmp(poller, "poll") == 0 || strcmp(poller, "select") == 0)
    gy_test_skip("this poller has no descriptor");
  fail_msg("no descriptor with the poller %s", poller);
}

/* The loop's descriptor as a foreign loop sees it, after at most |timeout|. */
static int is_ready(int timeout) {
  struct pollfd pollfd = {uv_backend_fd(&loop), POLLIN, 0};

  return poll(&pollfd, 1, timeout) == 1;
}

/* One round of a foreign loop. What uv_run() said. */
static int foreign_iterate(void) {
  (void)is_ready(uv_backend_timeout(&loop));
  return uv_run(&loop, UV_RUN_NOWAIT);
}

static void test_descriptor_stays_the_same(void** state) {
  uv_async_t async;
  int fd;

  (void)state;
  begin_with_descriptor();
  fd = uv_backend_fd(&loop);
  uv_async_init(&loop, &async, async_count);
  assert_int_equal(uv_backend_fd(&loop), fd);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(uv_backend_fd(&loop), fd);
  gy_test_close_loop(&loop);
}

static void test_descriptor_is_readable_when_an_async_was_sent(void** state) {
  uv_async_t async;

  (void)state;
  begin_with_descriptor();
  uv_async_init(&loop, &async, async_count);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_false(is_ready(0));
  assert_int_equal(uv_async_send(&async), 0);
  assert_true(is_ready(-1));
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls, 1);
  assert_false(is_ready(0));
  gy_test_close_loop(&loop);
}

static void timer_stop_third(uv_timer_t* handle) {
  if (++calls == 3)
    uv_timer_stop(handle);
}

static void test_foreign_loop_runs_timers_on_time(void** state) {
  uv_timer_t timer;
  uint64_t start;

  (void)state;
  begin_with_descriptor();
  uv_timer_init(&loop, &timer);
  start = uv_now(&loop);
  uv_timer_start(&timer, timer_stop_third, 5, 5);
  while (foreign_iterate() != 0)
    continue;
  assert_int_equal(calls, 3);
  assert_true(uv_now(&loop) - start >= 15);
  gy_test_close_loop(&loop);
}

static void poll_count(uv_poll_t* handle, int status, int events) {
  assert_int_equal(status, 0);
  assert_int_equal(events, UV_READABLE);
  calls++;
  uv_close((uv_handle_t*)handle, NULL);
}

static void test_foreign_loop_sees_a_descriptor_the_loop_was_just_given(
    void** state) {
  uv_poll_t watch;
  int fds[2];

  (void)state;
  begin_with_descriptor();
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(uv_poll_init(&loop, &watch, fds[0]), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(uv_poll_start(&watch, UV_READABLE, poll_count), 0);
  assert_int_equal(write(fds[1], "x", 1), 1);
  while (foreign_iterate() != 0)
    continue;
  assert_int_equal(calls, 1);
  close(fds[0]);
  close(fds[1]);
  gy_test_close_loop(&loop);
}

static void async_close(uv_async_t* handle) {
  calls++;
  uv_close((uv_handle_t*)handle, NULL);
}

static void thread_send(void* arg) {
  uv_async_send((uv_async_t*)arg);
}

static void test_foreign_loop_is_woken_by_a_thread(void** state) {
  uv_async_t async;
  uv_thread_t thread;

  (void)state;
  begin_with_descriptor();
  uv_async_init(&loop, &async, async_close);
  assert_int_equal(uv_thread_create(&thread, thread_send, &async), 0);
  while (foreign_iterate() != 0)
    continue;
  assert_int_equal(calls, 1);
  assert_int_equal(uv_thread_join(&thread), 0);
  gy_test_close_loop(&loop);
}

static void work_nothing(uv_work_t* work) {
  (void)work;
}

static void work_done(uv_work_t* work, int status) {
  (void)work;
  assert_int_equal(status, 0);
  calls++;
}

static void test_foreign_loop_sees_work_done(void** state) {
  uv_work_t works[3];

  (void)state;
  begin_with_descriptor();
  for (size_t i = 0; i < COUNT_OF(works); i++)
    uv_queue_work(&loop, &works[i], work_nothing, work_done);
  while (foreign_iterate() != 0)
    continue;
  assert_int_equal(calls, 3);
  gy_test_close_loop(&loop);
}

static void test_only_sigprof_can_be_blocked(void** state) {
  static const int others[] = {0, -1, SIGINT, SIGTERM, 1000};

  (void)state;
  begin();
  for (size_t i = 0; i < COUNT_OF(others); i++)
    assert_int_equal(uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, others[i]),
                     UV_EINVAL);
  assert_int_equal(uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGPROF), 0);
  gy_test_close_loop(&loop);
}

static volatile sig_atomic_t signals;

static void signal_count(int number) {
  (void)number;
  signals++;
}

static int is_blocked(int number) {
  sigset_t set;

  assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &set), 0);
  return sigismember(&set, number);
}

static void timer_raise(uv_timer_t* handle) {
  timer_count(handle);
  assert_false(is_blocked(SIGPROF));
  raise(SIGPROF);
  assert_int_equal(signals, 1); /* callbacks run with the user's mask */
}

static void test_sigprof_is_blocked_in_the_poll_only(void** state) {
  uv_timer_t timer;

  (void)state;
  begin();
  signals = 0;
  assert_true(signal(SIGPROF, signal_count) != SIG_ERR);
  uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGPROF);
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, timer_raise, 2, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  assert_false(is_blocked(SIGPROF));
  gy_test_close_loop(&loop);
}

static void test_signals_during_the_wait_make_no_timer_early(void** state) {
  uv_timer_t timer;
  const struct itimerval every = {{0, 1000}, {0, 1000}};
  const struct itimerval never = {{0, 0}, {0, 0}};
  uint64_t start;

  (void)state;
  begin();
  signals = 0;
  assert_true(signal(SIGALRM, signal_count) != SIG_ERR);
  assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
  uv_timer_init(&loop, &timer);
  start = uv_now(&loop);
  uv_timer_start(&timer, timer_count, 30, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
  assert_int_equal(calls, 1);
  assert_true(signals > 0);
  assert_true(uv_now(&loop) - start >= 30);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_descriptor_stays_the_same),
    cmocka_unit_test(test_descriptor_is_readable_when_an_async_was_sent),
    cmocka_unit_test(test_foreign_loop_runs_timers_on_time),
    cmocka_unit_test(
        test_foreign_loop_sees_a_descriptor_the_loop_was_just_given),
    cmocka_unit_test(test_foreign_loop_is_woken_by_a_thread),
    cmocka_unit_test(test_foreign_loop_sees_work_done),
    cmocka_unit_test(test_only_sigprof_can_be_blocked),
    cmocka_unit_test(test_sigprof_is_blocked_in_the_poll_only),
    cmocka_unit_test(test_signals_during_the_wait_make_no_timer_early),
};

GY_TEST_MAIN(tests)
