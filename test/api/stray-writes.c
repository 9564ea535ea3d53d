/* stray-writes.c - what is written into descriptors of the library by mistake,
 * or on purpose: by a child that has one, or a program that closed the wrong
 * number. It may wake a loop; nothing is taken for a message, a pointer least
 * of all. */
#include "support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum {
  FDS_MOST = 1024,
  SIZES = 4
};

static uv_loop_t loop;
static uv_async_t async;
static uv_signal_t watch;
static uv_work_t work;
static uv_process_t process;
static bool taken[FDS_MOST]; /* by others than the library */
static int async_calls;
static int signal_calls;
static int work_calls;
static int exit_calls;
static int64_t exit_status;

/* Note which descriptors are open, or write into those that are new. The number
 * of these. */
static int fds_visit(bool write_there) {
  static const size_t sizes[SIZES] = {1, 8, 16, 4096};
  DIR* dir = opendir("/proc/self/fd");
  struct dirent* entry;
  char bytes[4096];
  int count = 0;

  if (dir == NULL)
    gy_test_skip("this system does not tell what is open");
  memset(bytes, 0x41, sizeof(bytes)); /* an address that is not mapped */
  while ((entry = readdir(dir)) != NULL) {
    int fd = atoi(entry->d_name);
    if (entry->d_name[0] == '.' || fd == dirfd(dir) || fd >= FDS_MOST)
      continue;
    if (!write_there) {
      taken[fd] = true;
    } else if (!taken[fd]) {
      count++;
      for (int i = 0; i < SIZES; i++)
        (void)!write(fd, bytes, sizes[i]); /* Most take none of it. */
    }
  }
  closedir(dir);
  return count;
}

static void count_async(uv_async_t* handle) {
  (void)handle;
  async_calls++;
}

static void count_signal(uv_signal_t* handle, int signum) {
  (void)handle;
  signal_calls += signum == SIGUSR1 ? 1 : 100;
}

static void no_work(uv_work_t* req) {
  (void)req;
}

static void count_work(uv_work_t* req, int status) {
  (void)req;
  work_calls += status == 0 ? 1 : 100;
}

static void count_exit(uv_process_t* handle, int64_t status, int signum) {
  (void)handle;
  exit_calls += signum == 0 ? 1 : 100;
  exit_status = status;
}

/* A child that lives until it is told to end. */
static int child_start(void) {
  static char text[] = "read x; exit 5";
  static char* args[] = {"sh", "-c", text, NULL};
  static uv_stdio_container_t stdio[1];
  uv_process_options_t options;
  int fds[2];

  assert_int_equal(pipe(fds), 0);
  assert_int_equal(fcntl(fds[1], F_SETFD, FD_CLOEXEC), 0);
  memset(&options, 0, sizeof(options));
  stdio[0].flags = UV_INHERIT_FD;
  stdio[0].data.fd = fds[0];
  options.file = "/bin/sh";
  options.args = args;
  options.stdio = stdio;
  options.stdio_count = 1;
  options.exit_cb = count_exit;
  assert_int_equal(uv_spawn(&loop, &process, &options), 0);
  assert_int_equal(close(fds[0]), 0);
  return fds[1];
}

/* Everything goes through once, and only once. */
static void all_is_told(void) {
  async_calls = signal_calls = work_calls = 0;
  assert_int_equal(uv_async_send(&async), 0);
  assert_int_equal(raise(SIGUSR1), 0);
  assert_int_equal(uv_queue_work(&loop, &work, no_work, count_work), 0);
  while (async_calls == 0 || signal_calls == 0 || work_calls == 0)
    uv_run(&loop, UV_RUN_ONCE);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(async_calls, 1);
  assert_int_equal(signal_calls, 1);
  assert_int_equal(work_calls, 1);
}

static void test_what_is_written_into_our_descriptors_is_nothing(void** state) {
  int child;

  (void)state;
  fds_visit(false);
  assert_int_equal(uv_loop_init(&loop), 0);
  child = child_start();
  taken[child] = true;
  assert_int_equal(uv_async_init(&loop, &async, count_async), 0);
  assert_int_equal(uv_signal_init(&loop, &watch), 0);
  assert_int_equal(uv_signal_start(&watch, count_signal, SIGUSR1), 0);
  all_is_told();
  for (int i = 0; i < 3; i++) {
    assert_true(fds_visit(true) > 0);
    async_calls = signal_calls = work_calls = 0;
    for (int turn = 0; turn < 4; turn++)
      uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(async_calls + signal_calls + work_calls + exit_calls, 0);
    all_is_told();
  }
  assert_int_equal(close(child), 0);
  while (exit_calls == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(exit_calls, 1);
  assert_int_equal(exit_status, 5);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_what_is_written_into_our_descriptors_is_nothing),
};

GY_TEST_MAIN(tests)
