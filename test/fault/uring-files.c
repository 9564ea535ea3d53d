/* uring-files.c - file operations that io_uring runs: no thread makes a system
 * call for them, and whatever io_uring is not to run is done all the same. */
#include "support/test.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"

enum {
  COUNT = 300 /* more than io_uring is given at a time */
};

static uv_loop_t loop;
static int called;
static ssize_t last_result;
static char memory[4096];

static void open_loop(void) {
  if (strcmp(gy_test_poller(), "io_uring") != 0)
    gy_test_skip("this is about io_uring");
  assert_int_equal(uv_loop_init(&loop), 0);
  called = 0;
}

/* A file of |size| bytes without a name. */
static int file_of(int size) {
  char path[] = "/tmp/gyre-uring-files-XXXXXX";
  int fd = mkstemp(path);

  assert_true(fd >= 0);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(ftruncate(fd, size), 0);
  return fd;
}

static void fs_called(uv_fs_t* req) {
  called++;
  last_result = req->result;
  uv_fs_req_cleanup(req);
}

static void run(int count) {
  while (called < count)
    (void)uv_run(&loop, UV_RUN_ONCE); /* It is alive as long as that. */
}

/* ---- who does it --------------------------------------------------------- */

static atomic_int calls_by_hand;

/* Nothing is in the cache, and nobody else asks the disk. */
static int count_and_refuse(const char* call) {
  if (strcmp(call, "preadv2") == 0)
    return EAGAIN;
  if (strcmp(call, "fsync") == 0 || strcmp(call, "preadv") == 0 ||
      strcmp(call, "pwritev") == 0)
    calls_by_hand++;
  return 0;
}

static void test_no_thread_reads_writes_or_syncs(void** state) {
  uv_buf_t buf = uv_buf_init(memory, 100);
  uv_fs_t req;
  int fd;

  (void)state;
  open_loop();
  fd = file_of(0);
  calls_by_hand = 0;
  gy_fault_hook = count_and_refuse;
  memset(memory, 'x', sizeof(memory));
  assert_int_equal(uv_fs_write(&loop, &req, fd, &buf, 1, -1, fs_called), 0);
  run(1);
  assert_int_equal(last_result, 100);
  assert_int_equal(uv_fs_write(&loop, &req, fd, &buf, 1, -1, fs_called), 0);
  run(2);
  assert_int_equal(last_result, 100);
  assert_int_equal(uv_fs_fsync(&loop, &req, fd, fs_called), 0);
  run(3);
  assert_int_equal(last_result, 0);
  memset(memory, 0, sizeof(memory));
  assert_int_equal(uv_fs_read(&loop, &req, fd, &buf, 1, 150, fs_called), 0);
  run(4);
  assert_int_equal(last_result, 50);
  assert_memory_equal(memory, "xxxxxxxxxx", 10);
  assert_int_equal(uv_fs_read(&loop, &req, fd, &buf, 1, 200, fs_called), 0);
  run(5);
  assert_int_equal(last_result, 0);
  gy_fault_hook = GY_FAULT_NOBODY;
  assert_int_equal(calls_by_hand, 0);
  gy_test_close_loop(&loop);
  close(fd);
}

static void test_more_than_fit_are_all_done(void** state) {
  static uv_fs_t reqs[COUNT];
  static char bytes[COUNT];
  int fd;

  (void)state;
  open_loop();
  fd = file_of(COUNT);
  for (int i = 0; i < COUNT; i++)
    assert_int_equal(pwrite(fd, &"abcdefg"[i % 7], 1, i), 1);
  gy_fault_hook = count_and_refuse;
  for (int i = 0; i < COUNT; i++) {
    uv_buf_t buf = uv_buf_init(&bytes[i], 1);
    assert_int_equal(uv_fs_read(&loop, &reqs[i], fd, &buf, 1, i, fs_called), 0);
    /* One that the kernel has cannot be taken back. */
    assert_true(i > 0 || uv_cancel((uv_req_t*)&reqs[i]) == UV_EBUSY);
  }
  run(COUNT);
  gy_fault_hook = GY_FAULT_NOBODY;
  for (int i = 0; i < COUNT; i++)
    assert_int_equal(bytes[i], "abcdefg"[i % 7]);
  gy_test_close_loop(&loop);
  close(fd);
}

static void test_what_is_no_regular_file_is_a_thread_s(void** state) {
  uv_buf_t buf = uv_buf_init(memory, 1);
  uv_fs_t req;
  int fds[2];
  int fd;

  (void)state;
  open_loop();
  assert_int_equal(pipe(fds), 0);
  /* The offset is what a pipe has not; io_uring would not say so. */
  assert_int_equal(uv_fs_write(&loop, &req, fds[1], &buf, 1, 0, fs_called), 0);
  run(1);
  assert_int_equal(last_result, UV_ESPIPE);
  assert_int_equal(uv_fs_fsync(&loop, &req, fds[1], fs_called), 0);
  run(2);
  assert_int_equal(last_result, UV_EINVAL);
  fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  assert_int_equal(uv_fs_read(&loop, &req, fd, &buf, 1, 0, fs_called), 0);
  run(3);
  assert_int_equal(last_result, UV_EISDIR);
  close(fd);
  assert_int_equal(uv_fs_read(&loop, &req, fd, &buf, 1, 0, fs_called), 0);
  run(4);
  assert_int_equal(last_result, UV_EBADF);
  close(fds[0]);
  close(fds[1]);
  gy_test_close_loop(&loop);
}

/* Operations of io_uring are possible since Linux 6.0; before, the cancelling
 * that they want is EINVAL. */
static int refuse_operations(const char* call) {
  return strcmp(call, "io_uring_register") == 0 ? EINVAL
                                                : count_and_refuse(call);
}

static void test_older_kernels_have_threads_do_it(void** state) {
  uv_fs_t req;
  int fd;

  (void)state;
  open_loop();
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  fd = file_of(10);
  calls_by_hand = 0;
  gy_fault_hook = refuse_operations;
  for (int i = 1; i <= 2; i++) {
    assert_int_equal(uv_fs_fsync(&loop, &req, fd, fs_called), 0);
    run(i);
    assert_int_equal(last_result, 0);
    assert_int_equal(calls_by_hand, i);
  }
  gy_fault_hook = GY_FAULT_NOBODY;
  gy_test_close_loop(&loop);
  close(fd);
}

/* ---- forks ----------------------------------------------------------------
 */

static void test_what_the_parent_began_is_cancelled_in_the_child(void** state) {
  uv_fs_t req[2];
  int status;
  pid_t child;
  int fd;

  (void)state;
  open_loop();
  fd = file_of(10);
  for (int i = 0; i < 2; i++)
    assert_int_equal(uv_fs_fsync(&loop, &req[i], fd, fs_called), 0);
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    int good = uv_loop_fork(&loop) == 0 && uv_run(&loop, UV_RUN_DEFAULT) == 0 &&
               called == 2 && last_result == UV_ECANCELED;
    good = good && uv_fs_fsync(&loop, &req[0], fd, fs_called) == 0 &&
           uv_run(&loop, UV_RUN_DEFAULT) == 0 && called == 3 &&
           last_result == 0 && uv_loop_close(&loop) == 0;
    _exit(good ? 0 : 1);
  }
  run(2);
  assert_int_equal(last_result, 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  gy_test_close_loop(&loop);
  close(fd);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_no_thread_reads_writes_or_syncs),
    cmocka_unit_test(test_more_than_fit_are_all_done),
    cmocka_unit_test(test_what_is_no_regular_file_is_a_thread_s),
    cmocka_unit_test(test_older_kernels_have_threads_do_it),
    cmocka_unit_test(test_what_the_parent_began_is_cancelled_in_the_child),
};

GY_TEST_MAIN(tests)
