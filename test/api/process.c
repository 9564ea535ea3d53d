/* process.c - tests of children: that they start, or do not, and how their end
 * is told. */
#include "process.h"

#include <sys/resource.h>

#include "gyre.h"

enum {
  MANY = 100
};

/* ---- the end
 * ----------------------------------------------------------------- */

static void test_exit_status_is_told(void** state) {
  begin(state);
  args[3] = "42";
  spawn();
  expect_exit(42, 0);
  end();
}

static void test_signal_that_ended_the_child_is_told(void** state) {
  begin(state);
  options_set("raise", "9");
  spawn();
  expect_exit(0, SIGKILL);
  end();
}

static void test_child_is_killed_and_then_is_not_there(void** state) {
  begin(state);
  options.file = "sleep";
  args[0] = "sleep";
  args[1] = "60";
  args[2] = NULL;
  spawn();
  assert_int_equal(uv_process_kill(&process, 0), 0);
  assert_int_equal(uv_process_kill(&process, -1), UV_EINVAL);
  assert_int_equal(uv_process_kill(&process, SIGTERM), 0);
  while (exit_calls == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(uv_process_kill(&process, SIGTERM), UV_ESRCH);
  assert_int_equal(uv_process_kill(&process, 0), UV_ESRCH);
  expect_exit(0, SIGTERM);
  assert_int_equal(uv_process_kill(NULL, 0), UV_EINVAL);
  end();
}

static void wait_until_zombie(int pid) {
  siginfo_t info;

  assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void test_child_that_has_ended_is_not_there_before_it_is_told(
    void** state) {
  begin(state);
  spawn();
  wait_until_zombie(process.pid);
  assert_int_equal(uv_process_kill(&process, 0), UV_ESRCH);
  assert_int_equal(uv_process_kill(&process, SIGTERM), UV_ESRCH);
  expect_exit(0, 0);
  end();
}

static uv_process_t many[MANY];

static void test_each_of_many_children_is_told(void** state) {
  begin(state);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(uv_spawn(&loop, &many[i], &options), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(exit_calls, MANY);
  end();
}

static void test_child_without_a_callback_is_reaped(void** state) {
  begin(state);
  options.exit_cb = NULL;
  spawn();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_false(uv_is_active((uv_handle_t*)&process));
  end();
}

static void close_in_callback(uv_process_t* handle, int64_t status,
                              int signum) {
  on_exit_count(handle, status, signum);
  uv_close((uv_handle_t*)handle, NULL);
}

static void test_handle_may_be_closed_in_the_callback(void** state) {
  begin(state);
  options.exit_cb = close_in_callback;
  spawn();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(exit_calls, 1);
  end();
}

static void spawn_next(uv_process_t* handle, int64_t status, int signum) {
  on_exit_count(handle, status, signum);
  if (exit_calls < 5)
    assert_int_equal(uv_spawn(&loop, &many[exit_calls], &options), 0);
}

static void test_child_may_be_started_in_the_callback(void** state) {
  begin(state);
  options.exit_cb = spawn_next;
  assert_int_equal(uv_spawn(&loop, &many[0], &options), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(exit_calls, 5);
  end();
}

static void test_handle_that_is_not_referenced_keeps_no_loop(void** state) {
  begin(state);
  spawn();
  uv_unref((uv_handle_t*)&process);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  uv_ref((uv_handle_t*)&process);
  expect_exit(0, 0);
  end();
}

static void tick(uv_timer_t* timer) {
  (void)timer; /* it only keeps the loop awake */
}

/* Run until the child |pid| is reaped. */
static void run_until_gone(int pid) {
  uv_timer_t timer;

  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, tick, 1, 1), 0);
  while (kill(pid, 0) == 0)
    uv_run(&loop, UV_RUN_ONCE);
  uv_close((uv_handle_t*)&timer, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void test_child_whose_handle_is_closed_is_reaped_and_not_told(
    void** state) {
  uv_pipe_t input;

  begin(state);
  options_set("wait", NULL);
  assert_int_equal(uv_pipe_init(&loop, &input, 0), 0);
  stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
  stdio[0].data.stream = (uv_stream_t*)&input;
  options.stdio_count = 1;
  spawn();
  uv_close((uv_handle_t*)&process, NULL);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(kill(process.pid, 0), 0);
  uv_close((uv_handle_t*)&input, NULL);
  run_until_gone(process.pid);
  assert_int_equal(exit_calls, 0);
  end();
}

static void test_loop_that_is_closed_reaps_what_has_ended(void** state) {
  begin(state);
  spawn();
  uv_close((uv_handle_t*)&process, NULL);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  if (waitpid(process.pid, NULL, WNOHANG) == 0)
    (void)0; /* it runs yet; what follows reaps it, or we do */
  assert_int_equal(uv_loop_close(&loop), 0);
  while (waitpid(-1, NULL, 0) > 0) {
  }
  assert_int_equal(exit_calls, 0);
}

/* ---- others who have children
 * --------------------------------------------------- */

static void test_end_is_told_though_the_process_ignores_its_children(
    void** state) {
  begin(state);
  assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
  args[3] = "3";
  spawn();
  expect_exit(3, 0);
  assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
  options_set("exit", "4");
  spawn();
  expect_exit(4, 0);
  end();
}

static void test_child_that_another_reaped_ends_with_an_error(void** state) {
  begin(state);
  spawn();
  assert_int_equal(waitpid(process.pid, NULL, 0), process.pid);
  expect_exit(UV_ESRCH, 0);
  end();
}

static void test_children_of_others_are_left_alone(void** state) {
  int status = -1;
  pid_t other;

  begin(state);
  fflush(NULL);
  other = fork();
  if (other == 0)
    _exit(5);
  wait_until_zombie(other);
  spawn();
  expect_exit(0, 0);
  assert_int_equal(system("exit 6") >> 8, 6);
  assert_int_equal(waitpid(other, &status, 0), other);
  assert_int_equal(WEXITSTATUS(status), 5);
  end();
}

/* ---- what cannot be started
 * ------------------------------------------------------ */

static void test_program_that_is_missing_is_an_error(void** state) {
  begin(state);
  options.file = "/no/such/program";
  expect_refusal(UV_ENOENT);
  options.file = "no-such-program";
  expect_refusal(UV_ENOENT);
  options.file = "";
  expect_refusal(UV_ENOENT);
  end();
}

static void test_what_is_no_program_is_an_error(void** state) {
  begin(state);
  options.file = "/";
  expect_refusal(UV_EACCES);
  options.file = "/dev/null";
  expect_refusal(UV_EACCES);
  options.file = "/dev/null/sh";
  expect_refusal(UV_ENOTDIR);
  end();
}

static void on_close_count(uv_handle_t* handle) {
  (*(int*)handle->data)++;
}

static void on_walk_count(uv_handle_t* handle, void* arg) {
  *(int*)arg += handle == (uv_handle_t*)&process;
}

static void test_handle_of_a_failed_spawn_may_be_closed_or_let_go(
    void** state) {
  int closed = 0;
  int walked = 0;

  begin(state);
  options.file = "/no/such/program";
  assert_int_equal(uv_spawn(&loop, &process, &options), UV_ENOENT);
  memset(&process, 'x', sizeof(process)); /* as when its memory was freed */
  uv_walk(&loop, on_walk_count, &walked);
  assert_int_equal(walked, 0);
  assert_int_equal(uv_spawn(&loop, &process, &options), UV_ENOENT);
  process.data = &closed;
  uv_close((uv_handle_t*)&process, on_close_count);
  uv_walk(&loop, on_walk_count, &walked);
  assert_int_equal(walked, 1);
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(closed, 1);
  end();
}

static void test_directory_that_is_missing_is_an_error(void** state) {
  begin(state);
  options.cwd = "/no/such/directory";
  expect_refusal(UV_ENOENT);
  options.cwd = "/dev/null";
  expect_refusal(UV_ENOTDIR);
  end();
}

static void test_arguments_that_are_none_are_refused(void** state) {
  begin(state);
  assert_int_equal(uv_spawn(NULL, &process, &options), UV_EINVAL);
  assert_int_equal(uv_spawn(&loop, NULL, &options), UV_EINVAL);
  assert_int_equal(uv_spawn(&loop, &process, NULL), UV_EINVAL);
  uv_close((uv_handle_t*)&process, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  options.file = NULL;
  expect_refusal(UV_EINVAL);
  options_set("exit", "0");
  options.flags = 1u << 20;
  expect_refusal(UV_EINVAL);
  options_set("exit", "0");
  options.stdio_count = -1;
  expect_refusal(UV_EINVAL);
  options.stdio_count = 1;
  options.stdio = NULL;
  expect_refusal(UV_EINVAL);
  end();
}

static void test_flags_of_windows_do_nothing(void** state) {
  begin(state);
  options.flags = UV_PROCESS_WINDOWS_HIDE | UV_PROCESS_WINDOWS_HIDE_CONSOLE |
                  UV_PROCESS_WINDOWS_HIDE_GUI |
                  UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS |
                  UV_PROCESS_WINDOWS_FILE_PATH_EXACT_NAME;
  spawn();
  expect_exit(0, 0);
  end();
}

static void test_no_descriptor_left_is_an_error(void** state) {
  struct rlimit saved;
  struct rlimit few;
  uv_pipe_t pipe;
  int last;
  int err;

  begin(state);
  spawn(); /* what is found out once is known now */
  expect_exit(0, 0);
  options_set("exit", "0");
  assert_int_equal(uv_pipe_init(&loop, &pipe, 0), 0);
  stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
  stdio[1].data.stream = (uv_stream_t*)&pipe;
  options.stdio_count = 2;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
  last = dup(0);
  few = saved;
  err = UV_EMFILE;
  for (int more = 0; err == UV_EMFILE; more++) {
    assert_true(more < 16);
    few.rlim_cur = (rlim_t)(last + more);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    err = uv_spawn(&loop, &process, &options);
    if (err == UV_EMFILE) {
      no_children_are_left();
      uv_close((uv_handle_t*)&process, NULL);
      /* It is connected if there were enough for it, and not for the child. */
      uv_close((uv_handle_t*)&pipe, NULL);
      uv_run(&loop, UV_RUN_DEFAULT);
      assert_int_equal(uv_pipe_init(&loop, &pipe, 0), 0);
    } else {
      assert_true(more > 0);
    }
  }
  assert_int_equal(err, 0);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
  assert_int_equal(close(last), 0);
  expect_exit(0, 0);
  end();
}

/* ---- forks
 * ------------------------------------------------------------------------ */

static uv_pipe_t childs_input;

static void child_forgets_it(void) {
  if (uv_loop_fork(&loop) != 0 || uv_is_active((uv_handle_t*)&process) ||
      uv_process_kill(&process, SIGKILL) != UV_ESRCH)
    _exit(1);
  uv_close((uv_handle_t*)&process, NULL);
  uv_close((uv_handle_t*)&childs_input, NULL);
  if (uv_run(&loop, UV_RUN_DEFAULT) != 0 || exit_calls != 0)
    _exit(2);
  options_set("exit", "8");
  if (uv_spawn(&loop, &process, &options) != 0)
    _exit(3);
  if (uv_run(&loop, UV_RUN_DEFAULT) != 0 || exit_status != 8)
    _exit(4);
  uv_close((uv_handle_t*)&process, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  _exit(uv_loop_close(&loop) == 0 ? 0 : 5);
}

static void test_child_of_before_a_fork_is_the_parents(void** state) {
  int status = -1;
  pid_t pid;

  begin(state);
  options_set("wait", NULL);
  options.stdio_count = 1;
  assert_int_equal(uv_pipe_init(&loop, &childs_input, 0), 0);
  stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
  stdio[0].data.stream = (uv_stream_t*)&childs_input;
  spawn();
  fflush(NULL);
  pid = fork();
  if (pid == 0)
    child_forgets_it();
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  assert_int_equal(uv_loop_fork(&loop), 0); /* that was no fork of ours */
  assert_true(uv_is_active((uv_handle_t*)&process));
  uv_close((uv_handle_t*)&childs_input, NULL);
  expect_exit(0, 0);
  end();
}

/* ---- threads
 * ------------------------------------------------------------------------ */

enum {
  THREADS = 4,
  CHILDREN = 10
};

typedef struct {
  uv_thread_t thread;
  int ends;
  bool ok;
} spawner_t;

static void count_end(uv_process_t* handle, int64_t status, int signum) {
  spawner_t* spawner = handle->loop->data;

  spawner->ends++;
  spawner->ok &= status == 21 && signum == 0;
  uv_close((uv_handle_t*)handle, NULL);
}

static void spawn_many(void* arg) {
  spawner_t* spawner = arg;
  uv_process_t handles[CHILDREN];
  uv_process_options_t own;
  char* own_args[] = {self, "--child", "exit", "21", NULL};
  uv_loop_t own_loop;

  memset(&own, 0, sizeof(own));
  own.file = self;
  own.args = own_args;
  own.exit_cb = count_end;
  spawner->ok = uv_loop_init(&own_loop) == 0;
  own_loop.data = spawner;
  for (int i = 0; i < CHILDREN; i++)
    spawner->ok &= uv_spawn(&own_loop, &handles[i], &own) == 0;
  spawner->ok &= uv_run(&own_loop, UV_RUN_DEFAULT) == 0;
  spawner->ok &= uv_loop_close(&own_loop) == 0;
}

static void test_loops_of_many_threads_have_their_own_children(void** state) {
  static spawner_t spawners[THREADS];

  begin(state);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(
        uv_thread_create(&spawners[i].thread, spawn_many, &spawners[i]), 0);
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(uv_thread_join(&spawners[i].thread), 0);
    assert_int_equal(spawners[i].ends, CHILDREN);
    assert_true(spawners[i].ok);
  }
  end();
}

static const struct CMUnitTest tests[] = {
    IN_ALL_WAYS(test_exit_status_is_told),
    IN_ALL_WAYS(test_signal_that_ended_the_child_is_told),
    IN_ALL_WAYS(test_child_is_killed_and_then_is_not_there),
    cmocka_unit_test(test_child_that_has_ended_is_not_there_before_it_is_told),
    IN_ALL_WAYS(test_each_of_many_children_is_told),
    IN_ALL_WAYS(test_child_without_a_callback_is_reaped),
    IN_ALL_WAYS(test_handle_may_be_closed_in_the_callback),
    IN_ALL_WAYS(test_child_may_be_started_in_the_callback),
    IN_ALL_WAYS(test_handle_that_is_not_referenced_keeps_no_loop),
    IN_ALL_WAYS(test_child_whose_handle_is_closed_is_reaped_and_not_told),
    cmocka_unit_test(test_loop_that_is_closed_reaps_what_has_ended),
    IN_ALL_WAYS(test_end_is_told_though_the_process_ignores_its_children),
    IN_ALL_WAYS(test_child_that_another_reaped_ends_with_an_error),
    IN_ALL_WAYS(test_children_of_others_are_left_alone),
    IN_ALL_WAYS(test_program_that_is_missing_is_an_error),
    cmocka_unit_test(test_handle_of_a_failed_spawn_may_be_closed_or_let_go),
    IN_ALL_WAYS(test_what_is_no_program_is_an_error),
    IN_ALL_WAYS(test_directory_that_is_missing_is_an_error),
    cmocka_unit_test(test_arguments_that_are_none_are_refused),
    cmocka_unit_test(test_flags_of_windows_do_nothing),
    IN_ALL_WAYS(test_no_descriptor_left_is_an_error),
    IN_ALL_WAYS(test_child_of_before_a_fork_is_the_parents),
    IN_ALL_WAYS(test_loops_of_many_threads_have_their_own_children),
};

PROCESS_TEST_MAIN(tests)
