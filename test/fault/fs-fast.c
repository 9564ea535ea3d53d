/* fs-fast.c - files without waiting: what is done on the loop's thread, what
 * is not, and what happens where the system calls for it are missing. The fault
 * points count them. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "gyre.h"

enum {
  MANY = 1000,
  TURN_COUNT = 256, /* operations that one turn answers */
  CHUNK = 4096
};

static uv_loop_t loop;
static uv_fs_t req;
static uv_fs_t reqs[MANY];
static char path[64];
static char memory[CHUNK];
static int fd;
static bool in_call;
static int done_count;

static pthread_t loop_thread;
static const char* failing; /* on the loop's thread only */
static int failing_err;
static atomic_int threads;
static atomic_int fast_calls; /* preadv2 and openat2 */
static atomic_int elsewhere;  /* calls about files on other threads */

static int count_or_fail(const char* call) {
  if (strcmp(call, "pthread_create") == 0)
    atomic_fetch_add(&threads, 1);
  if (!pthread_equal(pthread_self(), loop_thread)) {
    atomic_fetch_add(&elsewhere, strcmp(call, "statx") == 0 ||
                                     strcmp(call, "open") == 0 ||
                                     strcmp(call, "close") == 0);
    return 0;
  }
  if (strcmp(call, "preadv2") == 0 || strcmp(call, "openat2") == 0)
    atomic_fetch_add(&fast_calls, 1);
  return failing != NULL && strcmp(call, failing) == 0 ? failing_err : 0;
}

static void count_from_now(void) {
  atomic_store(&threads, 0);
  atomic_store(&fast_calls, 0);
  gy_fault_hook = count_or_fail;
}

static void note_done(uv_fs_t* done) {
  assert_false(in_call);
  done_count++;
  (void)done;
}

static void open_file(void) {
  loop_thread = pthread_self(); /* Before there is a thread that asks. */
  (void)snprintf(path, sizeof(path), "/tmp/gyre-fast-XXXXXX");
  fd = mkstemp(path);
  assert_true(fd >= 0);
  memset(memory, 'x', sizeof(memory));
  assert_int_equal(write(fd, memory, CHUNK), CHUNK);
  assert_int_equal(close(fd), 0);
  fd = open(path, O_RDONLY);
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void close_file(void) {
  gy_fault_hook = GY_FAULT_NOBODY;
  assert_int_equal(close(fd), 0);
  assert_int_equal(unlink(path), 0);
  gy_test_close_loop(&loop);
}

static ssize_t finish(int err) {
  ssize_t result;

  in_call = false;
  assert_int_equal(err, 0);
  done_count = 0;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(done_count, 1);
  result = req.result;
  uv_fs_req_cleanup(&req);
  return result;
}

static ssize_t read_some(size_t size, int64_t offset) {
  uv_buf_t buf = uv_buf_init(memory, (unsigned)size);

  memset(memory, 0, sizeof(memory));
  in_call = true;
  return finish(uv_fs_read(&loop, &req, fd, &buf, 1, offset, note_done));
}

static ssize_t look(const char* name) {
  in_call = true;
  return finish(uv_fs_stat(&loop, &req, name, note_done));
}

/* Skip the test unless a read is answered without a thread. */
static void need_fast_reads(void) {
  count_from_now();
  assert_int_equal(read_some(CHUNK, 0), CHUNK);
  if (atomic_load(&threads) > 0) {
    close_file();
    gy_test_skip("this system, or its /tmp, has no reads that do not wait");
  }
}

/* ---- reading ---------------------------------------------------------------
 */

static void test_cached_reads_need_no_thread(void** state) {
  (void)state;
  open_file();
  need_fast_reads();
  assert_int_equal(read_some(100, 0), 100);
  assert_int_equal(memory[99], 'x');
  assert_int_equal(read_some(CHUNK, CHUNK - 5), 5); /* the end comes first */
  assert_int_equal(read_some(CHUNK, CHUNK), 0);
  assert_int_equal(read_some(7, -1), 7);
  assert_int_equal(read_some(CHUNK, -1), CHUNK - 7);
  assert_int_equal(read_some(CHUNK, -1), 0);
  assert_int_equal(lseek(fd, 0, SEEK_CUR), CHUNK);
  assert_int_equal(atomic_load(&threads), 0);
  close_file();
}

static void test_read_that_is_in_memory_in_part_is_read_whole(void** state) {
  (void)state;
  open_file();
  need_fast_reads();
  /* As if nothing were in memory. */
  failing = "preadv2";
  failing_err = EAGAIN;
  assert_int_equal(read_some(CHUNK, 0), CHUNK);
  assert_int_equal(memory[CHUNK - 1], 'x');
  assert_int_equal(read_some(7, -1), 7);
  assert_int_equal(lseek(fd, 0, SEEK_CUR), 7);
  /* io_uring needs none either. */
  assert_true(atomic_load(&threads) > 0 ||
              strcmp(gy_test_poller(), "io_uring") == 0);
  close_file();
}

/* Whatever it says, the thread asks again, and its answer counts. */
static void test_error_without_waiting_is_not_the_result(void** state) {
  static const int errs[] = {EIO, EOPNOTSUPP, EINVAL, EBADF, EAGAIN, ENOMEM};

  (void)state;
  open_file();
  need_fast_reads();
  failing = "preadv2";
  for (size_t i = 0; i < COUNT_OF(errs); i++) {
    failing_err = errs[i];
    assert_int_equal(read_some(CHUNK, 0), CHUNK);
  }
  failing = "openat2";
  for (size_t i = 0; i < COUNT_OF(errs); i++) {
    failing_err = errs[i];
    assert_int_equal(look(path), 0);
    assert_int_equal(look("/tmp/none-of-that-name"), UV_ENOENT);
  }
  close_file();
}

static void test_missing_call_is_asked_for_once(void** state) {
  (void)state;
  open_file();
  need_fast_reads();
  failing = "preadv2";
  failing_err = ENOSYS;
  count_from_now();
  for (int i = 0; i < 5; i++)
    assert_int_equal(read_some(CHUNK, 0), CHUNK);
  assert_int_equal(atomic_load(&fast_calls), 1);
  failing = "openat2";
  failing_err = EPERM;
  count_from_now();
  for (int i = 0; i < 5; i++)
    assert_int_equal(look(path), 0);
  assert_int_equal(atomic_load(&fast_calls), 1);
  close_file();
}

static void test_loop_that_is_told_so_does_without(void** state) {
  (void)state;
  open_file();
  assert_int_equal(gyre_loop_set_file_fast_path(NULL, 0), UV_EINVAL);
  assert_int_equal(gyre_loop_set_file_fast_path(&loop, 0), 0);
  count_from_now();
  assert_int_equal(read_some(CHUNK, 0), CHUNK);
  assert_int_equal(look(path), 0);
  assert_int_equal(atomic_load(&fast_calls), 0);
  assert_int_equal(gyre_loop_set_file_fast_path(&loop, 1), 0);
  assert_int_equal(read_some(CHUNK, 0), CHUNK);
  close_file();
}

static void test_turn_answers_so_many_and_threads_the_rest(void** state) {
  (void)state;
  open_file();
  need_fast_reads();
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  count_from_now();
  in_call = true;
  for (int i = 0; i < MANY; i++) {
    uv_buf_t buf = uv_buf_init(&memory[i], 1);
    assert_int_equal(uv_fs_read(&loop, &reqs[i], fd, &buf, 1, 0, note_done), 0);
  }
  in_call = false;
  assert_true(atomic_load(&fast_calls) <= TURN_COUNT);
  assert_true(atomic_load(&threads) > 0);
  done_count = 0;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(done_count, MANY);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(reqs[i].result, 1);
    uv_fs_req_cleanup(&reqs[i]);
  }
  close_file();
}

/* ---- names -----------------------------------------------------------------
 */

static void test_cached_names_need_no_thread_after_the_first(void** state) {
  ssize_t opened;

  (void)state;
  open_file();
  count_from_now();
  assert_int_equal(look(path), 0); /* It learns what the mount is. */
  atomic_store(&elsewhere, 0);
  assert_int_equal(look(path), 0);
  if (atomic_load(&elsewhere) > 0) {
    close_file();
    gy_test_skip("this system, or its /tmp, has no looks that do not wait");
  }
  assert_int_equal(look("/tmp/none-of-that-name"), UV_ENOENT);
  in_call = true;
  opened = finish(uv_fs_open(&loop, &req, path, O_RDONLY, 0, note_done));
  assert_true(opened >= 0);
  assert_int_equal(fcntl((int)opened, F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(fcntl((int)opened, F_GETFD), FD_CLOEXEC);
  in_call = true;
  assert_int_equal(finish(uv_fs_fstat(&loop, &req, (int)opened, note_done)), 0);
  assert_int_equal(req.statbuf.st_size, CHUNK);
  in_call = true;
  assert_int_equal(finish(uv_fs_close(&loop, &req, (int)opened, note_done)), 0);
  assert_int_equal(fcntl((int)opened, F_GETFD), -1);
  assert_int_equal(atomic_load(&elsewhere), 0);
  close_file();
}

static void test_crowd_is_not_tried_after_one_in_vain(void** state) {
  enum {
    CROWD = 60
  };

  (void)state;
  open_file();
  need_fast_reads();
  failing = "openat2";
  failing_err = EAGAIN;
  count_from_now();
  in_call = true;
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_fs_stat(&loop, &reqs[i], path, note_done), 0);
  in_call = false;
  assert_int_equal(atomic_load(&fast_calls), 1);
  done_count = 0;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(done_count, CROWD);
  for (int i = 0; i < CROWD; i++) {
    assert_int_equal(reqs[i].result, 0);
    uv_fs_req_cleanup(&reqs[i]);
  }
  close_file();
}

/* To close one here takes two questions first, which a thread need not ask. */
static void test_crowd_is_closed_by_threads_but_for_a_few(void** state) {
  enum {
    CROWD = 40
  };
  int fds[CROWD];

  (void)state;
  open_file();
  count_from_now();
  assert_int_equal(look(path), 0); /* It learns what the mount is. */
  for (int i = 0; i < CROWD; i++)
    assert_true((fds[i] = dup(fd)) >= 0);
  atomic_store(&elsewhere, 0);
  in_call = true;
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_fs_close(&loop, &reqs[i], fds[i], note_done), 0);
  in_call = false;
  done_count = 0;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(done_count, CROWD);
  assert_true(atomic_load(&elsewhere) > CROWD / 2);
  for (int i = 0; i < CROWD; i++) {
    assert_int_equal(reqs[i].result, 0);
    assert_int_equal(fcntl(fds[i], F_GETFD), -1);
    uv_fs_req_cleanup(&reqs[i]);
  }
  close_file();
}

static int crowd_left;

static void crowd_go_on(uv_fs_t* done) {
  uv_fs_req_cleanup(done);
  if (crowd_left-- > 0)
    assert_int_equal(uv_fs_access(&loop, done, path, R_OK, crowd_go_on), 0);
}

/* A thread that wakes the loop is neither at work nor idle, and counts too. */
static void test_crowd_starts_no_more_threads_than_the_pool_has(void** state) {
  enum {
    CROWD = 32,
    POOL = 4
  };

  (void)state;
  open_file();
  count_from_now();
  crowd_left = 20000;
  for (int i = 0; i < CROWD; i++)
    crowd_go_on(&reqs[i]);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_true(atomic_load(&threads) <= POOL);
  close_file();
}

static void test_answer_that_waits_for_its_callback_is_not_taken_back(
    void** state) {
  uv_buf_t buf = uv_buf_init(memory, 1);

  (void)state;
  open_file();
  need_fast_reads();
  assert_int_equal(uv_fs_read(&loop, &req, fd, &buf, 1, 0, note_done), 0);
  assert_int_equal(uv_cancel((uv_req_t*)&req), UV_EBUSY);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  assert_int_equal(finish(0), 1);
  close_file();
}

/* ---- what waits
 * --------------------------------------------------------------
 */

static void test_loop_goes_on_while_a_fifo_waits_for_its_other_end(
    void** state) {
  char fifo[80];
  int other;

  (void)state;
  open_file();
  (void)snprintf(fifo, sizeof(fifo), "%s-fifo", path);
  assert_int_equal(mkfifo(fifo, 0600), 0);
  assert_int_equal(look(fifo), 0); /* By now its name and mount are known. */
  done_count = 0;
  assert_int_equal(uv_fs_open(&loop, &reqs[0], fifo, O_RDONLY, 0, note_done),
                   0);
  assert_int_equal(uv_fs_stat(&loop, &reqs[1], path, note_done), 0);
  while (done_count == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(reqs[1].result, 0);
  assert_int_equal(done_count, 1);
  other = open(fifo, O_WRONLY); /* It waits until the first end is open. */
  assert_true(other >= 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(done_count, 2);
  assert_true(reqs[0].result >= 0);
  assert_int_equal(close((int)reqs[0].result), 0);
  assert_int_equal(close(other), 0);
  assert_int_equal(unlink(fifo), 0);
  uv_fs_req_cleanup(&reqs[0]);
  uv_fs_req_cleanup(&reqs[1]);
  close_file();
}

static void test_read_of_a_pipe_waits_beside_the_loop(void** state) {
  uv_buf_t buf = uv_buf_init(memory, 5);
  int fds[2];

  (void)state;
  open_file();
  assert_int_equal(pipe(fds), 0);
  done_count = 0;
  assert_int_equal(uv_fs_read(&loop, &reqs[0], fds[0], &buf, 1, -1, note_done),
                   0);
  assert_int_equal(uv_fs_stat(&loop, &reqs[1], path, note_done), 0);
  while (done_count == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(reqs[1].result, 0);
  uv_fs_req_cleanup(&reqs[1]);
  assert_int_equal(write(fds[1], "ab", 2), 2);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(reqs[0].result, 2);
  assert_int_equal(write(fds[1], "ab", 2), 2);
  done_count = 0;
  assert_int_equal(uv_fs_read(&loop, &reqs[0], fds[0], &buf, 1, -1, note_done),
                   0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(reqs[0].result, 2);
  uv_fs_req_cleanup(&reqs[0]);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
  close_file();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_cached_reads_need_no_thread),
    cmocka_unit_test(test_read_that_is_in_memory_in_part_is_read_whole),
    cmocka_unit_test(test_error_without_waiting_is_not_the_result),
    cmocka_unit_test(test_missing_call_is_asked_for_once),
    cmocka_unit_test(test_loop_that_is_told_so_does_without),
    cmocka_unit_test(test_turn_answers_so_many_and_threads_the_rest),
    cmocka_unit_test(test_cached_names_need_no_thread_after_the_first),
    cmocka_unit_test(test_crowd_is_not_tried_after_one_in_vain),
    cmocka_unit_test(test_crowd_is_closed_by_threads_but_for_a_few),
    cmocka_unit_test(test_crowd_starts_no_more_threads_than_the_pool_has),
    cmocka_unit_test(test_answer_that_waits_for_its_callback_is_not_taken_back),
    cmocka_unit_test(test_loop_goes_on_while_a_fifo_waits_for_its_other_end),
    cmocka_unit_test(test_read_of_a_pipe_waits_beside_the_loop),
};

GY_TEST_MAIN(tests)
