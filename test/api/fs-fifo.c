/* fs-fifo.c - tests of files that wait for somebody: they do not keep the
 * threads from the others. */
#include "fs.h"

enum {
  FIFOS = 20, /* more than can wait at the same time, by far */
  QUICK = 500 /* operations, after which the next is taken for quick, too */
};

static uv_fs_t reqs[FIFOS];
static int codes[FIFOS];
static int over_count;

static void note_over(uv_fs_t* over) {
  codes[over - reqs] = (int)over->result;
  over_count++;
  uv_fs_req_cleanup(over);
}

static const char* fifo(int index) {
  char name[16];

  (void)snprintf(name, sizeof(name), "fifo-%02d", index);
  return at(name);
}

static void make_threads(const char* count) {
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", count, 1), 0);
  open_folder();
  on_loop = true;
}

/* Something else is done, though nobody has come to the other ends. */
static void expect_others_to_go_on(void) {
  over_count = 0;
  done_count = 0;
  assert_int_equal(uv_fs_mkdir(&loop, &req, at("d"), 0755, note_done), 0);
  while (done_count == 0)
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(req.result, 0);
  assert_int_equal(over_count, 0);
  uv_fs_req_cleanup(&req);
}

/* Take back all that can be. How many that is not. */
static int cancel_all(void) {
  int busy = 0;

  for (int i = 0; i < FIFOS; i++)
    busy += uv_cancel((uv_req_t*)&reqs[i]) == UV_EBUSY;
  while (over_count < FIFOS - busy)
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  return busy;
}

static void note_quick(uv_fs_t* over) {
  assert_int_equal(over->result, 0);
  uv_fs_req_cleanup(over);
}

/* Do much that takes no time. */
static void be_quick(void) {
  static uv_fs_t quick[QUICK];

  assert_int_equal(gyre_loop_set_file_fast_path(&loop, 0), 0);
  for (int i = 0; i < QUICK; i++)
    assert_int_equal(uv_fs_stat(&loop, &quick[i], folder, note_quick), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
}

static void open_fifos(void) {
  for (int i = 0; i < FIFOS; i++) {
    assert_int_equal(mkfifo(fifo(i), 0600), 0);
    codes[i] = 1;
    assert_int_equal(
        uv_fs_open(&loop, &reqs[i], fifo(i), O_RDONLY, 0, note_over), 0);
  }
}

static void fifos_wait(const char* threads, bool is_quick) {
  int fds[FIFOS];

  make_threads(threads);
  if (is_quick)
    be_quick();
  open_fifos();
  expect_others_to_go_on();
  for (int i = 0; i < FIFOS; i++) {
    /* It is both ends, so whoever opens one has the other, now or later. */
    fds[i] = open(fifo(i), O_RDWR);
    assert_true(fds[i] >= 0);
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(over_count, FIFOS);
  for (int i = 0; i < FIFOS; i++) {
    assert_true(codes[i] >= 0);
    assert_int_equal(close(codes[i]), 0);
    assert_int_equal(close(fds[i]), 0);
  }
  close_folder();
}

static void test_fifos_that_wait_leave_threads_for_others(void** state) {
  (void)state;
  fifos_wait("4", false);
}

/* One thread does what is quick, and is alone with the first FIFO. */
static void test_fifo_among_quick_work_leaves_threads_for_others(void** state) {
  (void)state;
  fifos_wait("4", true);
}

static void test_fifo_among_quick_work_of_one_thread_leaves_it(void** state) {
  (void)state;
  fifos_wait("1", true);
}

static void test_fifo_that_waits_for_its_turn_is_taken_back(void** state) {
  int fd;

  (void)state;
  make_threads("1");
  open_fifos();
  expect_others_to_go_on();
  assert_int_equal(cancel_all(), 1);
  assert_int_equal(codes[0], 1); /* The first one is being opened. */
  for (int i = 1; i < FIFOS; i++)
    assert_int_equal(codes[i], UV_ECANCELED);
  fd = open(fifo(0), O_RDWR);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(close(codes[0]), 0);
  assert_int_equal(close(fd), 0);
  close_folder();
}

static void test_pipes_that_are_empty_leave_threads_for_others(void** state) {
  const char given[FIFOS] = {'a', 'b', 'c'};
  char bytes[FIFOS];
  int fds[2];

  (void)state;
  make_threads("2");
  assert_int_equal(pipe(fds), 0);
  for (int i = 0; i < FIFOS; i++) {
    uv_buf_t buf = uv_buf_init(&bytes[i], 1);
    assert_int_equal(
        uv_fs_read(&loop, &reqs[i], fds[0], &buf, 1, -1, note_over), 0);
  }
  expect_others_to_go_on();
  assert_int_equal(write(fds[1], given, FIFOS), FIFOS);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(over_count, FIFOS);
  for (int i = 0; i < FIFOS; i++)
    assert_int_equal(codes[i], 1);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
  close_folder();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_fifos_that_wait_leave_threads_for_others),
    cmocka_unit_test(test_fifo_among_quick_work_leaves_threads_for_others),
    cmocka_unit_test(test_fifo_among_quick_work_of_one_thread_leaves_it),
    cmocka_unit_test(test_fifo_that_waits_for_its_turn_is_taken_back),
    cmocka_unit_test(test_pipes_that_are_empty_leave_threads_for_others),
};

GY_TEST_MAIN(tests)
