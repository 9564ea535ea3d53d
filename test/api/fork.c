/* fork.c - uv_loop_fork(), and what fork() and exit() find when there is work.
 *
 * cmocka's assertions belong to the process that the test was started in. A
 * child checks with CHECK(), and exits with it. Callbacks run in both, and only
 * count. */
#include "support/test.h"

#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  FORKS = 30, /* where many are needed to hit an unlucky moment */
  ITEMS = 64  /* of work */
};

/* What libuv 1.44 cannot do in a child is only asked from here on. */
#define FORK_IS_MENDED_SINCE 0x013400u

#define CHECK(condition) child_check((condition) != 0, #condition, __LINE__)

static uv_loop_t loop;
static uv_timer_t timer;
static uv_async_t async;
static uv_poll_t watched;
static uv_work_t works[ITEMS];
static int pair[2]; /* the first is polled */
static int timer_calls;
static int async_calls;
static int poll_calls;
static int after_calls; /* of work that was done */
static int cancel_calls;
static atomic_int run_count;

static void child_check(int holds, const char* condition, int line) {
  if (holds)
    return;
  fprintf(stderr, "in the child, line %d: %s\n", line, condition);
  _exit(1);
}

/* Fork; in the child run |body| and exit. The child's pid. */
static pid_t start_child(void (*body)(void)) {
  pid_t pid;

  fflush(NULL); /* else the child prints what the parent has not yet */
  pid = fork();
  if (pid == 0) {
    body();
    _exit(0);
  }
  assert_true(pid > 0);
  return pid;
}

static int wait_for(pid_t pid) {
  int status = -1;

  return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

static void run_child(void (*body)(void)) {
  assert_true(wait_for(start_child(body)));
}

static void count_timer(uv_timer_t* handle) {
  (void)handle; /* there is only one it can be */
  timer_calls++;
}

static void count_async(uv_async_t* handle) {
  (void)handle; /* there is only one it can be */
  async_calls++;
}

static void read_byte(uv_poll_t* handle, int status, int events) {
  char byte;

  (void)handle; /* there is only one it can be */
  if (status == 0 && events == UV_READABLE && read(pair[0], &byte, 1) == 1)
    poll_calls++;
}

static void count_run(uv_work_t* req) {
  (void)req; /* one is like the other */
  atomic_fetch_add(&run_count, 1);
}

static void count_after(uv_work_t* req, int status) {
  (void)req; /* one is like the other */
  if (status == 0)
    after_calls++;
  else
    cancel_calls++;
}

static void open_loop(void) {
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void open_poll(void) {
  open_loop();
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, pair[0]), 0);
  assert_int_equal(uv_poll_start(&watched, UV_READABLE, read_byte), 0);
}

static void close_poll(void) {
  gy_test_close_loop(&loop);
  assert_int_equal(close(pair[0]), 0);
  assert_int_equal(close(pair[1]), 0);
}

static void run_times(int count) {
  for (int i = 0; i < count; i++)
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void close_handle(uv_handle_t* handle, void* arg) {
  (void)arg; /* uv_walk() passes one; there is nothing to pass */
  uv_close(handle, NULL);
}

static void child_closes_loop(void) {
  uv_walk(&loop, close_handle, NULL);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&loop) == 0);
}

static void child_runs_timer(void) {
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(uv_is_active((uv_handle_t*)&timer));
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(timer_calls == 1);
  child_closes_loop();
}

static void test_timer_runs_in_both_processes(void** state) {
  (void)state;
  open_loop();
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, count_timer, 1, 0), 0);
  run_child(child_runs_timer);
  assert_int_equal(timer_calls, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(timer_calls, 1);
  gy_test_close_loop(&loop);
}

static void child_sends(void) {
  CHECK(uv_loop_fork(&loop) == 0);
  for (int i = 1; i <= 3; i++) {
    CHECK(uv_async_send(&async) == 0);
    CHECK(uv_run(&loop, UV_RUN_ONCE) != 0);
    CHECK(async_calls == i);
  }
  CHECK(uv_async_send(&async) == 0); /* and nobody sees this one */
}

static void test_send_in_the_child_is_for_the_child_only(void** state) {
  (void)state;
  open_loop();
  assert_int_equal(uv_async_init(&loop, &async, count_async), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  run_child(child_sends);
  run_times(3);
  assert_int_equal(async_calls, 0);
  assert_int_equal(uv_async_send(&async), 0);
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(async_calls, 1);
  gy_test_close_loop(&loop);
}

static void child_sends_anew(void) {
  int before;

  CHECK(uv_loop_fork(&loop) == 0);
  run_times(3); /* it may hear of the send before the fork, or not */
  before = async_calls;
  CHECK(before == 0 || before == 1);
  CHECK(uv_async_send(&async) == 0);
  CHECK(uv_run(&loop, UV_RUN_ONCE) != 0);
  CHECK(async_calls == before + 1);
  child_closes_loop();
}

static void test_handle_sent_before_the_fork_can_be_sent_in_the_child(
    void** state) {
  (void)state;
  if (uv_version() < FORK_IS_MENDED_SINCE)
    gy_test_skip("in this library the handle is deaf in the child");
  open_loop();
  assert_int_equal(uv_async_init(&loop, &async, count_async), 0);
  assert_int_equal(uv_async_send(&async), 0);
  run_child(child_sends_anew);
  run_times(3);
  assert_int_equal(async_calls, 1);
  gy_test_close_loop(&loop);
}

static void child_polls(void) {
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(uv_is_active((uv_handle_t*)&watched));
  CHECK(uv_loop_alive(&loop));
  run_times(2);
  CHECK(poll_calls == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(uv_run(&loop, UV_RUN_ONCE) != 0);
  CHECK(poll_calls == 1);
  run_times(2);
  CHECK(poll_calls == 1);
  /* What the child forgets here, the parent goes on watching. */
  child_closes_loop();
  CHECK(close(pair[0]) == 0);
}

static void expect_parent_polls(void) {
  run_times(2);
  assert_int_equal(poll_calls, 0);
  assert_int_equal(write(pair[1], "y", 1), 1);
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(poll_calls, 1);
}

static void test_active_poll_reports_in_both_processes(void** state) {
  (void)state;
  open_poll();
  uv_run(&loop, UV_RUN_NOWAIT);
  run_child(child_polls);
  expect_parent_polls();
  close_poll();
}

static void test_poll_started_just_before_the_fork_reports_in_both(
    void** state) {
  (void)state;
  open_poll();
  run_child(child_polls);
  expect_parent_polls();
  close_poll();
}

static void child_stops_poll(void) {
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(uv_poll_stop(&watched) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(write(pair[1], "x", 1) == 1); /* for the parent */
  run_times(2);
  CHECK(poll_calls == 0);
}

static void test_stop_in_the_child_leaves_the_parent_watching(void** state) {
  (void)state;
  open_poll();
  uv_run(&loop, UV_RUN_NOWAIT);
  run_child(child_stops_poll);
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(poll_calls, 1);
  close_poll();
}

static void child_shows_its_backend(void) {
  struct pollfd backend = {.fd = -1, .events = POLLIN};

  CHECK(uv_loop_fork(&loop) == 0);
  backend.fd = uv_backend_fd(&loop);
  CHECK(fcntl(backend.fd, F_GETFD) == FD_CLOEXEC);
  uv_run(&loop, UV_RUN_NOWAIT);
  CHECK(poll(&backend, 1, 0) == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(poll(&backend, 1, 0) == 1);
  uv_run(&loop, UV_RUN_NOWAIT);
  CHECK(poll_calls == 1);
  CHECK(uv_poll_stop(&watched) == 0);
}

static void test_backend_descriptor_is_each_processs_own(void** state) {
  struct pollfd backend = {.fd = -1, .events = POLLIN};

  (void)state;
  open_poll();
  uv_run(&loop, UV_RUN_NOWAIT);
  backend.fd = uv_backend_fd(&loop);
  if (backend.fd == -1)
    gy_test_skip("this poller has no descriptor");
  run_child(child_shows_its_backend);
  assert_int_equal(uv_backend_fd(&loop), backend.fd);
  uv_run(&loop, UV_RUN_NOWAIT); /* The child's byte may have been noted. */
  assert_int_equal(poll(&backend, 1, 0), 0);
  assert_int_equal(write(pair[1], "y", 1), 1);
  assert_int_equal(poll(&backend, 1, 0), 1);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_in_range(poll_calls, 1, 2);
  close_poll();
}

static void child_leaves_at_once(void) {}

static void test_child_that_leaves_the_loop_alone_disturbs_nobody(
    void** state) {
  (void)state;
  open_poll();
  assert_int_equal(uv_async_init(&loop, &async, count_async), 0);
  assert_int_equal(uv_async_send(&async), 0);
  run_child(child_leaves_at_once);
  run_times(2);
  assert_int_equal(async_calls, 1);
  run_child(child_leaves_at_once);
  expect_parent_polls();
  close_poll();
}

static void child_uses_a_new_loop(void) {
  uv_loop_t fresh;

  CHECK(uv_loop_init(&fresh) == 0);
  CHECK(uv_timer_init(&fresh, &timer) == 0);
  CHECK(uv_timer_start(&timer, count_timer, 0, 0) == 0);
  CHECK(uv_queue_work(&fresh, &works[1], count_run, count_after) == 0);
  CHECK(uv_run(&fresh, UV_RUN_DEFAULT) == 0);
  CHECK(timer_calls == 1);
  CHECK(after_calls == 2); /* one was the parent's */
  uv_close((uv_handle_t*)&timer, NULL);
  CHECK(uv_run(&fresh, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&fresh) == 0);
}

static void test_child_may_use_a_new_loop_instead(void** state) {
  (void)state;
  open_poll();
  assert_int_equal(uv_queue_work(&loop, &works[0], count_run, count_after), 0);
  while (after_calls == 0)
    uv_run(&loop, UV_RUN_ONCE);
  run_child(child_uses_a_new_loop);
  expect_parent_polls();
  close_poll();
}

static void test_loop_fork_in_the_same_process_changes_nothing(void** state) {
  (void)state;
  open_poll();
  assert_int_equal(uv_async_init(&loop, &async, count_async), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  for (int i = 1; i <= 3; i++) {
    assert_int_equal(uv_loop_fork(&loop), 0);
    assert_int_equal(uv_async_send(&async), 0);
    assert_int_equal(write(pair[1], "x", 1), 1);
    while (async_calls < i || poll_calls < i)
      uv_run(&loop, UV_RUN_ONCE);
  }
  close_poll();
}

static void grandchild_does_it_all(void) {
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(write(pair[1], "z", 1) == 1);
  CHECK(uv_async_send(&async) == 0);
  CHECK(uv_queue_work(&loop, &works[2], count_run, count_after) == 0);
  while (poll_calls < 2 || async_calls < 2 || after_calls < 2)
    uv_run(&loop, UV_RUN_ONCE);
  child_closes_loop();
}

static void child_forks_again(void) {
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(uv_async_send(&async) == 0);
  CHECK(uv_queue_work(&loop, &works[1], count_run, count_after) == 0);
  while (poll_calls < 1 || async_calls < 1 || after_calls < 1)
    uv_run(&loop, UV_RUN_ONCE);
  CHECK(wait_for(start_child(grandchild_does_it_all)));
  CHECK(poll_calls == 1);
  child_closes_loop();
}

static void test_child_of_a_child_carries_on(void** state) {
  (void)state;
  open_poll();
  assert_int_equal(uv_async_init(&loop, &async, count_async), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  run_child(child_forks_again);
  assert_int_equal(async_calls, 0);
  expect_parent_polls();
  close_poll();
}

static void child_works(void) {
  int before = after_calls;

  CHECK(uv_loop_fork(&loop) == 0);
  for (int i = 8; i < ITEMS; i++)
    CHECK(uv_queue_work(&loop, &works[i], count_run, count_after) == 0);
  while (after_calls - before < ITEMS - 8)
    uv_run(&loop, UV_RUN_ONCE);
}

static void child_works_and_closes(void) {
  child_works();
  child_closes_loop();
}

static void test_work_runs_in_the_child_when_the_parent_had_none(void** state) {
  (void)state;
  open_loop();
  run_child(child_works_and_closes);
  assert_int_equal(uv_queue_work(&loop, &works[0], count_run, count_after), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(after_calls, 1);
  gy_test_close_loop(&loop);
}

static void test_work_runs_in_the_child_when_the_parent_has_a_pool(
    void** state) {
  (void)state;
  open_loop();
  for (int i = 1; i <= 3; i++) {
    assert_int_equal(uv_queue_work(&loop, &works[0], count_run, count_after),
                     0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(after_calls, i);
    run_child(child_works_and_closes);
  }
  gy_test_close_loop(&loop);
}

static void child_has_nothing_to_do(void) {
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(uv_loop_alive(&loop) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(after_calls == ITEMS);
  CHECK(cancel_calls == 0);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_work_done_before_the_fork_is_not_told_again_in_the_child(
    void** state) {
  (void)state;
  open_loop();
  for (int i = 0; i < ITEMS; i++)
    assert_int_equal(uv_queue_work(&loop, &works[i], count_run, count_after),
                     0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  run_child(child_has_nothing_to_do);
  gy_test_close_loop(&loop);
}

static uv_sem_t blocker_runs;
static uv_sem_t blocker_may_end;

static void block(uv_work_t* req) {
  count_run(req);
  uv_sem_post(&blocker_runs);
  uv_sem_wait(&blocker_may_end);
}

static void child_runs_its_own_work_only(void) {
  child_works();
  /* The parent's one that was running, and the child's own. */
  CHECK(atomic_load(&run_count) == 1 + ITEMS - 8);
}

static void test_work_queued_or_running_at_the_fork_is_the_parents(
    void** state) {
  (void)state;
  assert_int_equal(uv_sem_init(&blocker_runs, 0), 0);
  assert_int_equal(uv_sem_init(&blocker_may_end, 0), 0);
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "1", 1), 0);
  open_loop();
  assert_int_equal(uv_queue_work(&loop, &works[0], block, count_after), 0);
  assert_int_equal(uv_queue_work(&loop, &works[1], count_run, count_after), 0);
  uv_sem_wait(&blocker_runs);
  run_child(child_runs_its_own_work_only);
  uv_sem_post(&blocker_may_end);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(after_calls, 2);
  assert_int_equal(atomic_load(&run_count), 2);
  gy_test_close_loop(&loop);
}

static void queue_again(uv_work_t* req, int status) {
  count_after(req, status);
  if (after_calls < FORKS * ITEMS)
    uv_queue_work(&loop, req, count_run, queue_again);
}

static void child_works_on_a_new_loop(void) {
  uv_loop_t fresh;
  uv_work_t req;
  int before = after_calls;

  CHECK(uv_loop_init(&fresh) == 0);
  CHECK(uv_queue_work(&fresh, &req, count_run, count_after) == 0);
  CHECK(uv_run(&fresh, UV_RUN_DEFAULT) == 0);
  CHECK(after_calls == before + 1);
  CHECK(uv_loop_close(&fresh) == 0);
}

static void test_fork_at_any_moment_of_the_pool_leaves_it_usable(void** state) {
  (void)state;
  if (gy_test_has_asan())
    gy_test_skip("its allocator's locks do not survive fork");
  open_loop();
  for (int i = 0; i < 8; i++)
    assert_int_equal(uv_queue_work(&loop, &works[i], count_run, queue_again),
                     0);
  for (int i = 0; i < FORKS; i++) {
    uv_run(&loop, UV_RUN_NOWAIT);
    run_child(child_works_on_a_new_loop);
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  gy_test_close_loop(&loop);
}

static void child_exits_as_usual(void) {
  exit(0);
}

static void test_child_of_a_process_with_a_pool_can_exit(void** state) {
  (void)state;
  if (uv_version() < FORK_IS_MENDED_SINCE)
    gy_test_skip("this library crashes, joining threads of the parent");
  open_loop();
  assert_int_equal(uv_queue_work(&loop, &works[0], count_run, count_after), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  run_child(child_exits_as_usual);
  gy_test_close_loop(&loop);
}

static void child_exits_with_work_queued(void) {
  CHECK(uv_loop_init(&loop) == 0);
  for (int i = 0; i < ITEMS; i++)
    CHECK(uv_queue_work(&loop, &works[i], count_run, count_after) == 0);
  exit(0);
}

static void test_process_exits_with_work_queued(void** state) {
  (void)state;
  run_child(child_exits_with_work_queued);
}

static void read_until_closed(uv_work_t* req) {
  char byte;

  (void)req; /* one is like the other */
  /* Nobody may be there to hear it any more, which is fine. */
  (void)send(pair[0], "x", 1, MSG_NOSIGNAL);
  while (read(pair[0], &byte, 1) > 0) {
  }
}

static void child_exits_with_work_running(void) {
  CHECK(close(pair[1]) == 0); /* or the end that is read never ends */
  CHECK(uv_loop_init(&loop) == 0);
  for (int i = 0; i < 4; i++)
    CHECK(uv_queue_work(&loop, &works[i], read_until_closed, NULL) == 0);
  CHECK(uv_queue_work(&loop, &works[4], count_run, NULL) == 0);
  exit(0);
}

static void test_process_exits_when_the_work_it_runs_has_ended(void** state) {
  char byte;
  pid_t pid;

  (void)state;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  pid = start_child(child_exits_with_work_running);
  assert_int_equal(close(pair[0]), 0);
  assert_int_equal(read(pair[1], &byte, 1), 1); /* one runs at least */
  assert_int_equal(close(pair[1]), 0);
  assert_true(wait_for(pid));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_timer_runs_in_both_processes),
    cmocka_unit_test(test_send_in_the_child_is_for_the_child_only),
    cmocka_unit_test(test_handle_sent_before_the_fork_can_be_sent_in_the_child),
    cmocka_unit_test(test_active_poll_reports_in_both_processes),
    cmocka_unit_test(test_poll_started_just_before_the_fork_reports_in_both),
    cmocka_unit_test(test_stop_in_the_child_leaves_the_parent_watching),
    cmocka_unit_test(test_backend_descriptor_is_each_processs_own),
    cmocka_unit_test(test_child_that_leaves_the_loop_alone_disturbs_nobody),
    cmocka_unit_test(test_child_may_use_a_new_loop_instead),
    cmocka_unit_test(test_loop_fork_in_the_same_process_changes_nothing),
    cmocka_unit_test(test_child_of_a_child_carries_on),
    cmocka_unit_test(test_work_runs_in_the_child_when_the_parent_had_none),
    cmocka_unit_test(test_work_runs_in_the_child_when_the_parent_has_a_pool),
    cmocka_unit_test(
        test_work_done_before_the_fork_is_not_told_again_in_the_child),
    cmocka_unit_test(test_work_queued_or_running_at_the_fork_is_the_parents),
    cmocka_unit_test(test_fork_at_any_moment_of_the_pool_leaves_it_usable),
    cmocka_unit_test(test_child_of_a_process_with_a_pool_can_exit),
    cmocka_unit_test(test_process_exits_with_work_queued),
    cmocka_unit_test(test_process_exits_when_the_work_it_runs_has_ended),
};

GY_TEST_MAIN(tests)
