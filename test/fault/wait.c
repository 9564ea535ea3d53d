/* wait.c - a loop whose sleep is disturbed: by signals without end, and by
 * somebody who closed a descriptor that is not his. */
#include "sweep.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>

enum {
  SIGNALS = 200,
  TIMEOUT_MS = 20,
  MS = 1000000 /* ns */
};

static uv_loop_t loop;
static uv_timer_t timer;
static uv_async_t async;
static uv_poll_t watched;
static uv_work_t work;
static int pair[2];
static int timer_calls;
static int async_calls;
static int poll_errors[2]; /* of |watched|, in order */
static int poll_calls;
static int after_calls;

static void timer_call(uv_timer_t* handle) {
  (void)handle; /* there is only one it can be */
  timer_calls++;
}

static void async_close(uv_async_t* handle) {
  async_calls++;
  uv_close((uv_handle_t*)handle, NULL);
}

static void poll_note(uv_poll_t* handle, int status, int events) {
  (void)handle; /* there is only one it can be */
  assert_true((status == 0) == (events != 0));
  assert_in_range(poll_calls, 0, 1);
  poll_errors[poll_calls++] = status;
}

static void loop_open(void) {
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
}

static void poll_start(void) {
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, pair[0]), 0);
  assert_int_equal(uv_poll_start(&watched, UV_READABLE, poll_note), 0);
}

static void poll_close(void) {
  assert_int_equal(close(pair[0]), 0);
  assert_int_equal(close(pair[1]), 0);
}

/* Run a timer; it must not be early. */
static void timer_run(uint64_t timeout_ms) {
  uint64_t begin;

  timer_calls = 0;
  uv_update_time(&loop);
  begin = uv_hrtime();
  uv_update_time(&loop);
  assert_int_equal(uv_timer_start(&timer, timer_call, timeout_ms, 0), 0);
  while (timer_calls == 0) {
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE) + 1, 0);
  }
  assert_int_equal(timer_calls, 1);
  assert_true(uv_hrtime() - begin >= timeout_ms * MS);
}

/* ---- signals ------------------------------------------------------------ */

static pthread_t loop_thread;
static atomic_int signals_seen;

static void signal_seen(int signum) {
  (void)signum; /* there is only one it can be */
  atomic_fetch_add(&signals_seen, 1);
}

/* Disturb the loop's thread until it has seen enough; then send to |async|. */
static void disturb(void* arg) {
  (void)arg; /* there is nothing to pass */
  while (atomic_load(&signals_seen) < SIGNALS) {
    pthread_kill(loop_thread, SIGUSR1);
    sched_yield();
  }
  uv_async_send(&async);
}

static void signals_take(void) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = signal_seen; /* no SA_RESTART */
  assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
  loop_thread = pthread_self();
}

static void test_loop_sleeps_on_through_a_storm_of_signals(void** state) {
  uv_thread_t thread;

  (void)state;
  signals_take();
  loop_open();
  poll_start();
  assert_int_equal(uv_async_init(&loop, &async, async_close), 0);
  assert_int_equal(uv_thread_create(&thread, disturb, NULL), 0);
  /* One turn, which does not end before there is something to do. */
  assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(async_calls, 1);
  assert_true(atomic_load(&signals_seen) >= SIGNALS);
  assert_int_equal(poll_calls, 0);
  assert_int_equal(uv_thread_join(&thread), 0);
  gy_test_close_loop(&loop);
  poll_close();
}

static void test_timer_is_not_early_in_a_storm_of_signals(void** state) {
  uv_thread_t thread;

  (void)state;
  signals_take();
  loop_open();
  assert_int_equal(uv_async_init(&loop, &async, async_close), 0);
  assert_int_equal(uv_thread_create(&thread, disturb, NULL), 0);
  timer_run(TIMEOUT_MS);
  while (async_calls == 0) {
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE) + 1, 0);
  }
  assert_int_equal(uv_thread_join(&thread), 0);
  gy_test_close_loop(&loop);
}

/* ---- descriptors closed behind our back --------------------------------- */

/* Close the backend, as a program that closes all numbers does. */
static void backend_close(void) {
  int fd = uv_backend_fd(&loop);

  if (fd < 0) {
    gy_test_skip("this poller has no descriptor");
  }
  assert_int_equal(close(fd), 0);
}

static void test_poll_is_told_once_that_the_backend_is_gone(void** state) {
  (void)state;
  loop_open();
  poll_start();
  assert_int_not_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  backend_close();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(poll_calls, 1);
  assert_int_equal(poll_errors[0], UV_EBADF);
  assert_false(uv_is_active((uv_handle_t*)&watched));
  gy_test_close_loop(&loop);
  assert_int_equal(poll_calls, 1);
  poll_close();
}

static void test_poll_started_without_a_backend_is_told_too(void** state) {
  uv_poll_t late;
  int fds[2];

  (void)state;
  loop_open();
  poll_start();
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT) != 0, 1);
  assert_int_equal(uv_poll_stop(&watched), 0);
  backend_close();
  assert_int_equal(uv_poll_start(&watched, UV_READABLE, poll_note), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(poll_calls, 1);
  assert_int_equal(poll_errors[0], UV_EBADF);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  /* Its own number has gone to somebody else, most likely. A poller that asks
   * the kernel only when it sleeps does not notice. */
  if (strcmp(gy_test_poller(), "kqueue") != 0 &&
      strcmp(gy_test_poller(), "io_uring") != 0) {
    assert_int_equal(fds[0], uv_backend_fd(&loop));
    assert_int_equal(uv_poll_init(&loop, &late, fds[1]), UV_EINVAL);
  }
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
  gy_test_close_loop(&loop);
  poll_close();
}

static void test_timer_is_on_time_without_a_backend(void** state) {
  (void)state;
  loop_open();
  backend_close();
  timer_run(TIMEOUT_MS);
  gy_test_close_loop(&loop);
}

static void async_send_to(void* arg) {
  uv_async_send(arg);
}

static void test_async_is_called_without_a_backend(void** state) {
  uv_thread_t thread;

  (void)state;
  loop_open();
  assert_int_equal(uv_async_init(&loop, &async, async_close), 0);
  backend_close();
  assert_int_equal(uv_thread_create(&thread, async_send_to, &async), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(async_calls, 1);
  assert_int_equal(uv_thread_join(&thread), 0);
  gy_test_close_loop(&loop);
}

static void work_do(uv_work_t* req) {
  (void)req; /* there is only one it can be */
}

static void work_after(uv_work_t* req, int status) {
  (void)req; /* there is only one it can be */
  assert_int_equal(status, 0);
  after_calls++;
}

static void test_work_is_done_without_a_backend(void** state) {
  (void)state;
  loop_open();
  assert_int_equal(uv_async_init(&loop, &async, async_close), 0);
  backend_close();
  assert_int_equal(uv_queue_work(&loop, &work, work_do, work_after), 0);
  while (after_calls == 0) {
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  }
  gy_test_close_loop(&loop);
}

/* There is no way to hear of its end, but for looking now and then; which is
 * what a poller has done that learns only when it sleeps that its kernel object
 * is gone. */
static void test_work_is_refused_or_done_when_nothing_can_wake_the_loop(
    void** state) {
  int err;

  (void)state;
  loop_open();
  backend_close();
  err = uv_queue_work(&loop, &work, work_do, work_after);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(after_calls, err == 0);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_loop_sleeps_on_through_a_storm_of_signals),
    cmocka_unit_test(test_timer_is_not_early_in_a_storm_of_signals),
    cmocka_unit_test(test_poll_is_told_once_that_the_backend_is_gone),
    cmocka_unit_test(test_poll_started_without_a_backend_is_told_too),
    cmocka_unit_test(test_timer_is_on_time_without_a_backend),
    cmocka_unit_test(test_async_is_called_without_a_backend),
    cmocka_unit_test(test_work_is_done_without_a_backend),
    cmocka_unit_test(
        test_work_is_refused_or_done_when_nothing_can_wake_the_loop),
};

GY_TEST_MAIN(tests)
