/* fs-poll.c - tests of uv_fs_poll_t. A look takes its time, and so a test waits
 * for what is told, and never for a while. */
#include "watch.h"

static uv_fs_poll_t poller;
static uv_fs_poll_t other;
static uv_timer_t timer;
static int calls;
static int other_calls;
static int last_status;
static uv_stat_t last_prev;
static uv_stat_t last_curr;
static int closed;

enum {
  INTERVAL = 5 /* ms */
};

static void note_look(uv_fs_poll_t* handle, int status, const uv_stat_t* prev,
                      const uv_stat_t* curr) {
  (void)handle;
  calls++;
  last_status = status;
  last_prev = *prev;
  last_curr = *curr;
}

static void note_other(uv_fs_poll_t* handle, int status, const uv_stat_t* prev,
                       const uv_stat_t* curr) {
  (void)handle;
  (void)prev;
  (void)curr;
  other_calls += status == UV_ENOENT;
}

static void count_closed(uv_handle_t* handle) {
  (void)handle; /* each is counted */
  closed++;
}

static void await_call(int number) {
  while (calls < number)
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
}

static void poll_start(uv_fs_poll_t* handle, uv_fs_poll_cb cb,
                       const char* path) {
  assert_int_equal(uv_fs_poll_init(&loop, handle), 0);
  assert_int_equal(uv_fs_poll_start(handle, cb, path, INTERVAL), 0);
}

static void stop_loop(uv_timer_t* handle) {
  uv_stop(handle->loop);
}

/* Let |poller| look once more at least. Its timer is due before this one, and
 * one thread takes the looks in their order: so when a look that began after it
 * is told, which that at a missing file is, the other has come back. */
static void let_look(void) {
  int before = calls;

  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, stop_loop, 2 * INTERVAL, 0), 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_close((uv_handle_t*)&timer, NULL);
  assert_int_equal(calls, before);
  poll_start(&other, note_other, "missing");
  other_calls = 0;
  while (other_calls == 0)
    uv_run(&loop, UV_RUN_ONCE);
  uv_close((uv_handle_t*)&other, count_closed);
  closed = 0;
  while (closed == 0)
    uv_run(&loop, UV_RUN_NOWAIT);
  closed = 0;
}

static void begin_in_order(void) {
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "1", 1), 0);
  begin();
}

static const uv_stat_t zero;

static void test_change_is_told_with_what_was_before_and_after(void** state) {
  struct stat now;

  (void)state;
  begin_in_order();
  make_file("file");
  append("file", "x");
  poll_start(&poller, note_look, "file");
  let_look();
  assert_int_equal(calls, 0); /* The first look only looks. */
  append("file", "yz");
  while (calls == 0 || last_curr.st_size != 3)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(last_status, 0);
  assert_int_equal(last_prev.st_size, 1);
  assert_int_equal(stat("file", &now), 0);
  assert_int_equal(last_curr.st_ino, now.st_ino);
  assert_int_equal(last_curr.st_mode, now.st_mode);
  assert_int_equal(last_curr.st_mtim.tv_sec, now.st_mtim.tv_sec);
  end();
}

static void test_failure_is_told_once_until_it_changes(void** state) {
  (void)state;
  begin_in_order();
  poll_start(&poller, note_look, "dir/file");
  await_call(1);
  assert_int_equal(last_status, UV_ENOENT);
  assert_memory_equal(&last_prev, &zero, sizeof(zero));
  assert_memory_equal(&last_curr, &zero, sizeof(zero));
  let_look();
  assert_int_equal(calls, 1);
  make_file("dir"); /* Then the error is another. */
  await_call(2);
  assert_int_equal(last_status, UV_ENOTDIR);
  let_look();
  assert_int_equal(calls, 2);
  end();
}

static void test_file_that_comes_and_goes_is_told(void** state) {
  (void)state;
  begin();
  poll_start(&poller, note_look, "file");
  await_call(1);
  assert_int_equal(last_status, UV_ENOENT);
  make_file("file");
  await_call(2);
  assert_int_equal(last_status, 0);
  assert_memory_equal(&last_prev, &zero, sizeof(zero));
  assert_true(last_curr.st_ino != 0);
  remove_file("file");
  await_call(3);
  assert_int_equal(last_status, UV_ENOENT);
  assert_true(last_prev.st_ino != 0);
  assert_memory_equal(&last_curr, &zero, sizeof(zero));
  make_directory("file");
  await_call(4);
  assert_int_equal(last_status, 0);
  assert_true(S_ISREG(last_prev.st_mode)); /* the last that was seen */
  assert_true(S_ISDIR(last_curr.st_mode));
  end();
}

static void test_reading_is_no_change(void** state) {
  char byte;
  int fd;

  (void)state;
  begin_in_order();
  make_file("file");
  append("file", "x");
  poll_start(&poller, note_look, "file");
  let_look();
  fd = open("file", O_RDONLY);
  assert_int_equal(read(fd, &byte, 1), 1);
  assert_int_equal(close(fd), 0);
  let_look();
  assert_int_equal(calls, 0);
  assert_int_equal(chmod("file", 0600), 0);
  await_call(1); /* But to change the attributes is. */
  assert_int_equal(last_curr.st_mode & 0777, 0600);
  end();
}

static void free_handle(uv_handle_t* handle) {
  free(handle);
}

static void test_handle_may_be_closed_while_a_look_is_on_its_way(void** state) {
  (void)state;
  begin();
  for (int i = 0; i < 50; i++) {
    uv_fs_poll_t* handle = malloc(sizeof(*handle));
    poll_start(handle, note_look, "file");
    uv_close((uv_handle_t*)handle, free_handle);
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 0);
  end();
}

static void test_stopped_handle_hears_nothing_more(void** state) {
  (void)state;
  begin();
  poll_start(&poller, note_look, "file");
  assert_int_equal(uv_fs_poll_stop(&poller), 0);
  assert_int_equal(uv_fs_poll_stop(&poller), 0);
  assert_false(uv_is_active((uv_handle_t*)&poller));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 0);
  end();
}

static void note_and_close(uv_fs_poll_t* handle, int status,
                           const uv_stat_t* prev, const uv_stat_t* curr) {
  note_look(handle, status, prev, curr);
  uv_close((uv_handle_t*)handle, count_closed);
}

static void test_handle_may_be_closed_in_its_callback(void** state) {
  (void)state;
  begin();
  poll_start(&poller, note_and_close, "missing");
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  assert_int_equal(closed, 1);
  end();
}

static void note_and_restart(uv_fs_poll_t* handle, int status,
                             const uv_stat_t* prev, const uv_stat_t* curr) {
  note_look(handle, status, prev, curr);
  assert_int_equal(uv_fs_poll_stop(handle), 0);
  assert_int_equal(uv_fs_poll_start(handle, note_look, "nothing", INTERVAL), 0);
  assert_int_equal(curr->st_ino, 0); /* It is still there. */
}

static void test_handle_may_be_started_anew_in_its_callback(void** state) {
  char path[16];
  size_t size = sizeof(path);

  (void)state;
  begin();
  poll_start(&poller, note_and_restart, "missing");
  await_call(2);
  assert_int_equal(last_status, UV_ENOENT);
  assert_int_equal(uv_fs_poll_getpath(&poller, path, &size), 0);
  assert_string_equal(path, "nothing");
  end();
}

static void test_start_of_a_handle_that_polls_changes_nothing(void** state) {
  char path[8];
  size_t size = sizeof(path);

  (void)state;
  begin();
  assert_int_equal(uv_fs_poll_init(&loop, &poller), 0);
  assert_int_equal(uv_fs_poll_getpath(&poller, path, &size), UV_EINVAL);
  assert_int_equal(size, 0);
  assert_int_equal(uv_fs_poll_start(&poller, note_look, "file", 0), 0);
  assert_int_equal(uv_fs_poll_start(&poller, note_look, "other", 0), 0);
  size = 4;
  assert_int_equal(uv_fs_poll_getpath(&poller, path, &size), UV_ENOBUFS);
  assert_int_equal(size, 5);
  assert_int_equal(uv_fs_poll_getpath(&poller, path, &size), 0);
  assert_int_equal(size, 4);
  assert_string_equal(path, "file");
  end();
}

static void test_bad_arguments_are_refused(void** state) {
  size_t size = 8;
  char path[8];

  (void)state;
  begin();
  assert_int_equal(uv_fs_poll_init(NULL, &poller), UV_EINVAL);
  assert_int_equal(uv_fs_poll_init(&loop, NULL), UV_EINVAL);
  assert_int_equal(uv_fs_poll_init(&loop, &poller), 0);
  assert_int_equal(uv_fs_poll_start(NULL, note_look, "file", 1), UV_EINVAL);
  assert_int_equal(uv_fs_poll_start(&poller, NULL, "file", 1), UV_EINVAL);
  assert_int_equal(uv_fs_poll_start(&poller, note_look, NULL, 1), UV_EINVAL);
  assert_int_equal(uv_fs_poll_stop(NULL), UV_EINVAL);
  assert_int_equal(uv_fs_poll_getpath(NULL, path, &size), UV_EINVAL);
  assert_int_equal(uv_fs_poll_getpath(&poller, NULL, &size), UV_EINVAL);
  assert_int_equal(uv_fs_poll_getpath(&poller, path, NULL), UV_EINVAL);
  uv_close((uv_handle_t*)&poller, NULL);
  assert_int_equal(uv_fs_poll_start(&poller, note_look, "file", 1), UV_EINVAL);
  end();
}

static void test_polling_handle_keeps_the_loop_unless_unreferenced(
    void** state) {
  (void)state;
  begin();
  poll_start(&poller, note_look, "missing");
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, stop_loop, 3 * INTERVAL, 0), 0);
  assert_int_not_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  uv_unref((uv_handle_t*)&poller);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  end();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_change_is_told_with_what_was_before_and_after),
    cmocka_unit_test(test_failure_is_told_once_until_it_changes),
    cmocka_unit_test(test_file_that_comes_and_goes_is_told),
    cmocka_unit_test(test_reading_is_no_change),
    cmocka_unit_test(test_handle_may_be_closed_while_a_look_is_on_its_way),
    cmocka_unit_test(test_stopped_handle_hears_nothing_more),
    cmocka_unit_test(test_handle_may_be_closed_in_its_callback),
    cmocka_unit_test(test_handle_may_be_started_anew_in_its_callback),
    cmocka_unit_test(test_start_of_a_handle_that_polls_changes_nothing),
    cmocka_unit_test(test_bad_arguments_are_refused),
    cmocka_unit_test(test_polling_handle_keeps_the_loop_unless_unreferenced),
};

GY_TEST_MAIN(tests)
