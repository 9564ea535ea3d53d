/* fs-event.c - tests of uv_fs_event_t: what it tells of files and directories,
 * and what it returns. */
#include "watch.h"

static uv_fs_event_t first;
static uv_fs_event_t second;
static uv_fs_event_t third;

static void test_file_in_a_watched_directory_is_told_by_its_name(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("dir");
  start(&first, "dir", 0);
  make_file("dir/file");
  await(&first, "file", UV_RENAME);
  forget();
  append("dir/file", "x");
  await(&first, "file", UV_CHANGE);
  assert_int_equal(count_of(&first, "file", UV_RENAME), 0);
  forget();
  assert_int_equal(chmod("dir/file", 0600), 0);
  await(&first, "file", UV_CHANGE);
  forget();
  move("dir/file", "dir/other");
  await(&first, "file", UV_RENAME);
  await(&first, "other", UV_RENAME);
  forget();
  remove_file("dir/other");
  await(&first, "other", UV_RENAME);
  end();
}

static void test_watched_file_is_told_by_its_last_name(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("dir");
  make_file("dir/file");
  start(&first, "dir/file", 0);
  append("dir/file", "x");
  await(&first, "file", UV_CHANGE);
  forget();
  remove_file("dir/file");
  await(&first, "file", UV_RENAME);
  assert_true(uv_is_active((uv_handle_t*)&first));
  end();
}

static void test_watched_directory_is_told_by_its_own_name(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("dir");
  start(&first, "dir", 0);
  assert_int_equal(chmod("dir", 0700), 0);
  await(&first, "dir", UV_CHANGE | UV_RENAME);
  forget();
  remove_directory("dir");
  await(&first, "dir", UV_RENAME);
  end();
}

static void test_reading_is_no_change(void** state) {
  char byte;
  int fd;

  (void)state;
  needs_fs_event();
  begin();
  make_file("file");
  append("file", "x");
  start(&first, "file", 0);
  fd = open("file", O_RDONLY);
  assert_int_equal(read(fd, &byte, 1), 1);
  assert_int_equal(close(fd), 0);
  append("file", "x");
  await(&first, "file", UV_CHANGE);
  assert_int_equal(told_count, 1);
  end();
}

static void test_file_that_is_replaced_tells_its_end(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_file("file");
  make_file("next");
  start(&first, "file", 0);
  start(&second, ".", 0);
  move("next", "file");
  await(&first, "file", UV_RENAME);
  await(&second, "file", UV_RENAME);
  forget();
  append("file", "x"); /* It is another now: only the directory knows. */
  await(&second, "file", UV_CHANGE);
  assert_int_equal(count_of(&first, "file", UV_CHANGE), 0);
  end();
}

static void test_file_made_anew_can_be_watched_anew(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_file("file");
  start(&first, "file", 0);
  remove_file("file");
  await(&first, "file", UV_RENAME);
  make_file("file");
  assert_int_equal(uv_fs_event_stop(&first), 0);
  assert_int_equal(uv_fs_event_start(&first, note, "file", 0), 0);
  forget();
  append("file", "x");
  await(&first, "file", UV_CHANGE);
  end();
}

static void test_all_watchers_of_a_path_are_told(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_file("file");
  assert_int_equal(link("file", "link"), 0);
  start(&first, "file", 0);
  start(&second, "./file", 0);
  start(&third, "link", 0);
  append("file", "x");
  await(&first, "file", UV_CHANGE);
  await(&second, "file", UV_CHANGE);
  await(&third, "link", UV_CHANGE);
  assert_int_equal(uv_fs_event_stop(&second), 0);
  forget();
  append("file", "x");
  await(&first, "file", UV_CHANGE);
  await(&third, "link", UV_CHANGE);
  assert_int_equal(told_count, 2);
  end();
}

static void test_many_watchers_hear_each_of_its_own(void** state) {
  enum {
    MANY = 100
  };
  static uv_fs_event_t handles[MANY];
  char name[16];

  (void)state;
  needs_fs_event();
  begin();
  for (int i = 0; i < MANY; i++) {
    (void)snprintf(name, sizeof(name), "%d", i);
    make_file(name);
    start(&handles[i], name, 0);
  }
  for (int i = 0; i < MANY; i++) {
    (void)snprintf(name, sizeof(name), "%d", i);
    forget();
    append(name, "x");
    await(&handles[i], name, UV_CHANGE);
    assert_int_equal(told_count, 1);
  }
  end();
}

static void test_stopped_watcher_hears_nothing_more(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_file("file");
  start(&first, "file", 0);
  append("file", "x");
  assert_int_equal(uv_fs_event_stop(&first), 0);
  assert_false(uv_is_active((uv_handle_t*)&first));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(told_count, 0);
  assert_int_equal(uv_fs_event_stop(&first), 0);
  end();
}

static void test_active_watcher_keeps_the_loop_unless_unreferenced(
    void** state) {
  (void)state;
  needs_fs_event();
  begin();
  assert_int_equal(uv_fs_event_init(&loop, &first), 0);
  assert_false(uv_loop_alive(&loop));
  assert_int_equal(uv_fs_event_start(&first, note, ".", 0), 0);
  assert_true(uv_loop_alive(&loop));
  uv_unref((uv_handle_t*)&first);
  assert_false(uv_loop_alive(&loop));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  end();
}

/* ---- what is returned ------------------------------------------------------
 */

static void test_nothing_is_watched_that_is_not_there(void** state) {
  char path[5000];

  (void)state;
  needs_fs_event();
  begin();
  assert_int_equal(uv_fs_event_init(&loop, &first), 0);
  assert_int_equal(uv_fs_event_start(&first, note, "nothing", 0), UV_ENOENT);
  assert_int_equal(uv_fs_event_start(&first, note, "", 0), UV_ENOENT);
  make_file("file");
  assert_int_equal(uv_fs_event_start(&first, note, "file/x", 0), UV_ENOTDIR);
  memset(path, 'x', sizeof(path) - 1);
  path[sizeof(path) - 1] = '\0';
  assert_int_equal(uv_fs_event_start(&first, note, path, 0), UV_ENAMETOOLONG);
  assert_int_equal(
      uv_fs_event_start(&first, note, "nothing", UV_FS_EVENT_RECURSIVE),
      UV_ENOENT);
  assert_int_equal(symlink("loop", "loop"), 0);
  assert_int_equal(uv_fs_event_start(&first, note, "loop", 0), UV_ELOOP);
  assert_false(uv_is_active((uv_handle_t*)&first));
  assert_int_equal(uv_fs_event_start(&first, note, "file", 0), 0);
  end();
}

static void test_bad_arguments_are_refused(void** state) {
  size_t size = 10;
  char path[10];

  (void)state;
  needs_fs_event();
  begin();
  assert_int_equal(uv_fs_event_init(NULL, &first), UV_EINVAL);
  assert_int_equal(uv_fs_event_init(&loop, NULL), UV_EINVAL);
  assert_int_equal(uv_fs_event_init(&loop, &first), 0);
  assert_int_equal(uv_fs_event_start(NULL, note, ".", 0), UV_EINVAL);
  assert_int_equal(uv_fs_event_start(&first, NULL, ".", 0), UV_EINVAL);
  assert_int_equal(uv_fs_event_start(&first, note, NULL, 0), UV_EINVAL);
  assert_int_equal(uv_fs_event_stop(NULL), UV_EINVAL);
  assert_int_equal(uv_fs_event_getpath(NULL, path, &size), UV_EINVAL);
  assert_int_equal(uv_fs_event_getpath(&first, NULL, &size), UV_EINVAL);
  assert_int_equal(uv_fs_event_getpath(&first, path, NULL), UV_EINVAL);
  assert_int_equal(uv_fs_event_start(&first, note, ".", 0), 0);
  assert_int_equal(uv_fs_event_start(&first, note, ".", 0), UV_EINVAL);
  uv_close((uv_handle_t*)&first, NULL);
  assert_int_equal(uv_fs_event_start(&first, note, ".", 0), UV_EINVAL);
  end();
}

static void test_path_is_told_while_it_is_watched(void** state) {
  char path[8];
  size_t size = sizeof(path);

  (void)state;
  needs_fs_event();
  begin();
  make_file("file");
  assert_int_equal(uv_fs_event_init(&loop, &first), 0);
  assert_int_equal(uv_fs_event_getpath(&first, path, &size), UV_EINVAL);
  assert_int_equal(size, 0);
  assert_int_equal(uv_fs_event_start(&first, note, "file", 0), 0);
  size = 4;
  assert_int_equal(uv_fs_event_getpath(&first, path, &size), UV_ENOBUFS);
  assert_int_equal(size, 5);
  assert_int_equal(uv_fs_event_getpath(&first, path, &size), 0);
  assert_int_equal(size, 4);
  assert_string_equal(path, "file");
  assert_int_equal(uv_fs_event_stop(&first), 0);
  assert_int_equal(uv_fs_event_getpath(&first, path, &size), UV_EINVAL);
  end();
}

static void test_handle_has_no_descriptor(void** state) {
  uv_os_fd_t fd;

  (void)state;
  needs_fs_event();
  begin();
  start(&first, ".", 0);
  assert_int_equal(uv_fileno((uv_handle_t*)&first, &fd), UV_EINVAL);
  assert_string_equal(uv_handle_type_name(first.type), "fs_event");
  end();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_file_in_a_watched_directory_is_told_by_its_name),
    cmocka_unit_test(test_watched_file_is_told_by_its_last_name),
    cmocka_unit_test(test_watched_directory_is_told_by_its_own_name),
    cmocka_unit_test(test_reading_is_no_change),
    cmocka_unit_test(test_file_that_is_replaced_tells_its_end),
    cmocka_unit_test(test_file_made_anew_can_be_watched_anew),
    cmocka_unit_test(test_all_watchers_of_a_path_are_told),
    cmocka_unit_test(test_many_watchers_hear_each_of_its_own),
    cmocka_unit_test(test_stopped_watcher_hears_nothing_more),
    cmocka_unit_test(test_active_watcher_keeps_the_loop_unless_unreferenced),
    cmocka_unit_test(test_nothing_is_watched_that_is_not_there),
    cmocka_unit_test(test_bad_arguments_are_refused),
    cmocka_unit_test(test_path_is_told_while_it_is_watched),
    cmocka_unit_test(test_handle_has_no_descriptor),
};

GY_TEST_MAIN(tests)
