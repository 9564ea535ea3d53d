/* spawn.c - children, and signals, while system calls and memory fail.
 *
 * A child runs or uv_spawn() says why not, its end is told or nobody knows it,
 * and there is never a zombie. */
#include "sweep.h"

enum {
  STATUS = 3
};

static uv_loop_t loop;
static uv_process_t process;
static uv_pipe_t output;
static uv_signal_t signal_handle;
static unsigned flags;
static const char* way;
static int exits;
static int64_t exit_status;
static int exit_signal;
static bool pipe_ended;
static int signals;
static char memory[256];

static void close_once(uv_handle_t* handle) {
  if (!uv_is_closing(handle)) {
    uv_close(handle, NULL);
  }
}

static void on_exit_once(uv_process_t* handle, int64_t status, int signum) {
  CHECK(++exits == 1);
  exit_status = status;
  exit_signal = signum;
  close_once((uv_handle_t*)handle);
}

static void give(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

static void hear(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void)buf;
  if (count < 0) {
    pipe_ended = true;
    if (count != UV_EOF) {
      works((int)count);
    }
    close_once((uv_handle_t*)stream);
  }
}

static int spawn(void) {
  static char text[] = "exit 3";
  static char* args[] = {"sh", "-c", text, NULL};
  static char* env[] = {"PATH=/bin:/usr/bin", NULL};
  uv_process_options_t options;
  uv_stdio_container_t stdio[4];

  memset(&options, 0, sizeof(options));
  memset(stdio, 0, sizeof(stdio));
  stdio[0].flags = UV_INHERIT_FD;
  stdio[0].data.fd = 2; /* one that has to be moved */
  stdio[1].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
  stdio[1].data.stream = (uv_stream_t*)&output;
  stdio[3].flags = UV_INHERIT_FD;
  stdio[3].data.fd = 0;
  options.file = "sh";
  options.args = args;
  options.env = env;
  options.cwd = "/";
  options.stdio = stdio;
  options.stdio_count = 4;
  options.flags = flags;
  options.uid = getuid();
  options.gid = getgid();
  options.exit_cb = on_exit_once;
  return uv_spawn(&loop, &process, &options);
}

static void no_child_is_left(void) {
  CHECK(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
}

/* The end, if it was told, is as it should be, or unknown for a reason. */
static void exit_check(void) {
  CHECK(exits == 1);
  if (exit_status < 0) {
    works((int)exit_status);
    /* Nobody could tell: then it was left to us. */
    CHECK(waitpid(process.pid, NULL, 0) == process.pid || errno == ECHILD);
  } else {
    CHECK(exit_status == STATUS && exit_signal == 0);
  }
}

static void life(void) {
  exits = 0;
  pipe_ended = false;
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  CHECK(uv_pipe_init(&loop, &output, 0) == 0);
  if (works(spawn())) {
    CHECK(process.pid > 0);
    if (!works(uv_read_start((uv_stream_t*)&output, give, hear))) {
      close_once((uv_handle_t*)&output);
    }
    CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
    exit_check();
  } else {
    CHECK(process.pid == 0);
    CHECK(!uv_is_active((uv_handle_t*)&process));
    close_once((uv_handle_t*)&process);
    /* If it could be had, the pipe is at its end, as if a child had ended. */
    if (uv_is_readable((uv_stream_t*)&output) &&
        works(uv_read_start((uv_stream_t*)&output, give, hear))) {
      CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
      CHECK(pipe_ended);
    }
  }
  close_once((uv_handle_t*)&output);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&loop) == 0);
  no_child_is_left();
}

static void sweep_lives(const char* how, unsigned with, const char* known) {
  way = how;
  flags = with;
  assert_int_equal(setenv("GYRE_SPAWN", way, 1), 0);
  sweep(life, known);
}

static void test_spawn_survives_every_failure(void** state) {
  (void)state;
  sweep_lives("", 0, "execve");
}

static void test_spawn_of_another_user_survives_every_failure(void** state) {
  (void)state;
  sweep_lives("", UV_PROCESS_SETUID | UV_PROCESS_SETGID | UV_PROCESS_DETACHED,
              "execve");
}

static void test_spawn_by_fork_survives_every_failure(void** state) {
  (void)state;
  sweep_lives("fork", UV_PROCESS_DETACHED, "fork");
}

static void test_spawn_without_descriptors_survives_every_failure(
    void** state) {
  (void)state;
  sweep_lives("sigchld", 0, "waitpid");
}

/* ---- signals
 * ------------------------------------------------------------------ */

static void count_signal(uv_signal_t* handle, int signum) {
  (void)signum;
  signals++;
  close_once((uv_handle_t*)handle);
}

static void signal_life(void) {
  signals = 0;
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  if (works(uv_signal_init(&loop, &signal_handle))) {
    if (works(uv_signal_start(&signal_handle, count_signal, SIGUSR1))) {
      (void)raise(SIGUSR1);
      CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
      CHECK(signals == 1);
    } else {
      CHECK(!uv_is_active((uv_handle_t*)&signal_handle));
    }
    close_once((uv_handle_t*)&signal_handle);
  }
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_signal_survives_every_failure(void** state) {
  (void)state;
  sweep(signal_life, "sigaction");
}

/* ---- what each failure means
 * ---------------------------------------------------- */

static const char* failing;
static int failing_err;
static int failed;

static int fail_one(const char* call) {
  if (failing == NULL || strcmp(call, failing) != 0) {
    return 0;
  }
  failed++;
  return failing_err;
}

static int spawn_while(const char* call, int err) {
  int result;

  assert_int_equal(setenv("GYRE_SPAWN", way, 1), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_pipe_init(&loop, &output, 0), 0);
  exits = 0;
  failed = 0;
  failing = call;
  failing_err = err;
  gy_fault_hook = fail_one;
  result = spawn();
  gy_fault_hook = GY_FAULT_NOBODY;
  if (result == 0) {
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(exits, 1);
    assert_int_equal(exit_status, STATUS);
  } else {
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
  }
  gy_test_close_loop(&loop);
  return result;
}

static void test_refused_clone_becomes_a_fork(void** state) {
  static const int refusals[] = {EPERM, EINVAL, ENOSYS};

  (void)state;
  way = "";
  for (size_t i = 0; i < COUNT_OF(refusals); i++)
    assert_int_equal(spawn_while("clone", refusals[i]), 0);
}

static void test_step_of_the_child_that_fails_is_what_spawn_returns(
    void** state) {
  static const struct {
    const char* call;
    int err;
  } steps[] = {{"setsid", EPERM},  {"fcntl", EMFILE}, {"open", ENFILE},
               {"dup2", EBADF},    {"chdir", EACCES}, {"setgid", EPERM},
               {"setuid", EAGAIN}, {"execve", E2BIG}};
  static const char* ways[] = {"", "fork"};

  (void)state;
  flags = UV_PROCESS_SETUID | UV_PROCESS_SETGID | UV_PROCESS_DETACHED;
  for (size_t w = 0; w < COUNT_OF(ways); w++) {
    way = ways[w];
    for (size_t i = 0; i < COUNT_OF(steps); i++)
      assert_int_equal(spawn_while(steps[i].call, steps[i].err), -steps[i].err);
  }
}

static void test_no_room_for_a_process_is_what_spawn_returns(void** state) {
  (void)state;
  way = "fork";
  assert_int_equal(spawn_while("fork", EAGAIN), UV_EAGAIN);
  assert_int_equal(spawn_while("pipe2", EMFILE), UV_EMFILE);
  assert_int_equal(spawn_while("socketpair", EMFILE), UV_EMFILE);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_spawn_survives_every_failure),
    cmocka_unit_test(test_spawn_of_another_user_survives_every_failure),
    cmocka_unit_test(test_spawn_by_fork_survives_every_failure),
    cmocka_unit_test(test_spawn_without_descriptors_survives_every_failure),
    cmocka_unit_test(test_signal_survives_every_failure),
    cmocka_unit_test(test_refused_clone_becomes_a_fork),
    cmocka_unit_test(test_step_of_the_child_that_fails_is_what_spawn_returns),
    cmocka_unit_test(test_no_room_for_a_process_is_what_spawn_returns),
};

GY_TEST_MAIN(tests)
