/* fs-event-recursive.c - tests of UV_FS_EVENT_RECURSIVE: all directories below
 * are watched, those that come later too. */
#include "watch.h"

static uv_fs_event_t watch;

static void start_recursive(const char* path) {
  start(&watch, path, UV_FS_EVENT_RECURSIVE);
}

static void test_names_are_paths_from_the_watched_directory(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("top/a");
  make_directory("top/a/b");
  start_recursive("top");
  make_file("top/a/b/c");
  await(&watch, "a/b/c", UV_RENAME);
  append("top/a/b/c", "x");
  await(&watch, "a/b/c", UV_CHANGE);
  make_file("top/d");
  await(&watch, "d", UV_RENAME);
  forget();
  remove_file("top/a/b/c");
  await(&watch, "a/b/c", UV_RENAME);
  end();
}

static void test_directory_is_told_once_for_a_change_of_its_own(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("top/a");
  start_recursive("top");
  assert_int_equal(chmod("top/a", 0700), 0);
  make_file("top/mark");
  await(&watch, "mark", UV_RENAME);
  assert_int_equal(count_of(&watch, "a", UV_CHANGE), 1);
  assert_int_equal(told_count, 2);
  end();
}

static void test_new_directories_are_watched(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  start_recursive("top");
  make_directory("top/a");
  await(&watch, "a", UV_RENAME);
  make_directory("top/a/b");
  await(&watch, "a/b", UV_RENAME);
  make_file("top/a/b/c");
  await(&watch, "a/b/c", UV_RENAME);
  end();
}

static void test_what_was_made_before_the_directory_was_seen_is_told(
    void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  start_recursive("top");
  make_directory("top/a");
  make_directory("top/a/b");
  make_directory("top/a/b/c");
  make_file("top/a/file");
  make_file("top/a/b/c/file");
  await(&watch, "a/b/c/file", UV_RENAME);
  await(&watch, "a/file", UV_RENAME);
  await(&watch, "a/b/c", UV_RENAME);
  await(&watch, "a/b", UV_RENAME);
  append("top/a/b/c/file", "x");
  await(&watch, "a/b/c/file", UV_CHANGE);
  end();
}

static void test_directory_that_moves_in_is_watched_and_told(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("out");
  make_directory("out/b");
  make_file("out/b/file");
  start_recursive("top");
  move("out", "top/in");
  await(&watch, "in", UV_RENAME);
  await(&watch, "in/b/file", UV_RENAME);
  append("top/in/b/file", "x");
  await(&watch, "in/b/file", UV_CHANGE);
  end();
}

static void test_directory_that_moves_out_is_watched_no_more(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("top/a");
  make_directory("top/a/b");
  start_recursive("top");
  move("top/a", "out");
  await(&watch, "a", UV_RENAME);
  forget();
  make_file("out/b/file");
  make_file("out/file");
  make_file("top/mark");
  await(&watch, "mark", UV_RENAME);
  assert_int_equal(told_count, 1);
  end();
}

static void test_directory_that_is_renamed_is_told_by_its_new_name(
    void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("top/a");
  make_directory("top/a/b");
  make_file("top/a/b/file");
  start_recursive("top");
  move("top/a", "top/c");
  append("top/c/b/file", "x");
  await(&watch, "a", UV_RENAME);
  await(&watch, "c", UV_RENAME);
  await(&watch, "c/b/file", UV_RENAME);
  await(&watch, "c/b/file", UV_CHANGE); /* Nothing is lost in between. */
  forget();
  make_directory("top/a");
  make_file("top/a/file");
  append("top/c/b/file", "x");
  await(&watch, "a/file", UV_RENAME);
  await(&watch, "c/b/file", UV_CHANGE);
  end();
}

static void test_directories_that_change_places_are_both_watched(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("top/a");
  make_directory("top/b");
  start_recursive("top");
  move("top/a", "top/t");
  move("top/b", "top/a");
  move("top/t", "top/b");
  make_file("top/mark");
  await(&watch, "mark", UV_RENAME);
  forget();
  make_file("top/a/x");
  make_file("top/b/y");
  await(&watch, "a/x", UV_RENAME);
  await(&watch, "b/y", UV_RENAME);
  assert_int_equal(count_of(&watch, "b/x", 0), 0);
  assert_int_equal(count_of(&watch, "a/y", 0), 0);
  end();
}

static void test_directory_made_anew_is_watched_anew(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("top/a");
  start_recursive("top");
  for (int i = 0; i < 20; i++) {
    remove_directory("top/a");
    make_directory("top/a");
    make_file("top/a/file");
    if (i % 2 == 0)
      await(&watch, "a/file", UV_RENAME);
    remove_file("top/a/file");
    forget();
  }
  make_file("top/a/last");
  await(&watch, "a/last", UV_RENAME);
  end();
}

static void test_directory_that_replaces_an_empty_one_is_watched(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("top/a");
  make_directory("out");
  start_recursive("top");
  move("out", "top/a");
  make_file("top/a/file");
  await(&watch, "a/file", UV_RENAME);
  end();
}

static void test_symbolic_links_are_not_followed(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("out");
  assert_int_equal(symlink("../out", "top/link"), 0);
  assert_int_equal(symlink(".", "top/self"), 0);
  start_recursive("top");
  assert_int_equal(symlink("../out", "top/later"), 0);
  await(&watch, "later", UV_RENAME);
  make_file("out/file");
  make_file("top/mark");
  await(&watch, "mark", UV_RENAME);
  assert_int_equal(told_count, 2);
  end();
}

static void test_root_may_be_a_link_and_the_working_directory_change(
    void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("other");
  assert_int_equal(symlink("top", "link"), 0);
  start_recursive("link");
  remove_file("link");
  assert_int_equal(symlink("other", "link"), 0);
  assert_int_equal(chdir("/"), 0);
  assert_int_equal(chdir(home), 0);
  assert_int_equal(chdir("other"), 0);
  make_directory("../top/a");
  await(&watch, "a", UV_RENAME);
  make_file("../top/a/file");
  await(&watch, "a/file", UV_RENAME);
  end();
}

static void test_file_can_be_watched_that_way_too(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_file("file");
  start_recursive("file");
  append("file", "x");
  await(&watch, "file", UV_CHANGE);
  end();
}

static void test_deep_trees_are_watched_to_the_ground(void** state) {
  enum {
    DEPTH = 100
  };
  char path[4096] = "top";
  size_t length = strlen(path);

  (void)state;
  needs_fs_event();
  begin();
  make_directory(path);
  start_recursive("top");
  for (int i = 0; i < DEPTH; i++) {
    memcpy(path + length, "/d", 3);
    length += 2;
    make_directory(path);
  }
  await(&watch, path + strlen("top/"), UV_RENAME);
  memcpy(path + length, "/f", 3);
  make_file(path);
  await(&watch, path + strlen("top/"), UV_RENAME);
  end();
}

static void test_others_hear_of_the_same_directories(void** state) {
  uv_fs_event_t plain;
  uv_fs_event_t middle;

  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("top/a");
  make_directory("top/a/b");
  start_recursive("top");
  start(&middle, "top/a", UV_FS_EVENT_RECURSIVE);
  start(&plain, "top/a/b", 0);
  make_file("top/a/b/file");
  await(&watch, "a/b/file", UV_RENAME);
  await(&middle, "b/file", UV_RENAME);
  await(&plain, "file", UV_RENAME);
  assert_int_equal(uv_fs_event_stop(&watch), 0);
  forget();
  append("top/a/b/file", "x");
  await(&middle, "b/file", UV_CHANGE);
  await(&plain, "file", UV_CHANGE);
  uv_close((uv_handle_t*)&middle, NULL);
  forget();
  append("top/a/b/file", "x");
  await(&plain, "file", UV_CHANGE);
  assert_int_equal(told_count, 1);
  end();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_names_are_paths_from_the_watched_directory),
    cmocka_unit_test(test_directory_is_told_once_for_a_change_of_its_own),
    cmocka_unit_test(test_new_directories_are_watched),
    cmocka_unit_test(test_what_was_made_before_the_directory_was_seen_is_told),
    cmocka_unit_test(test_directory_that_moves_in_is_watched_and_told),
    cmocka_unit_test(test_directory_that_moves_out_is_watched_no_more),
    cmocka_unit_test(test_directory_that_is_renamed_is_told_by_its_new_name),
    cmocka_unit_test(test_directories_that_change_places_are_both_watched),
    cmocka_unit_test(test_directory_made_anew_is_watched_anew),
    cmocka_unit_test(test_directory_that_replaces_an_empty_one_is_watched),
    cmocka_unit_test(test_symbolic_links_are_not_followed),
    cmocka_unit_test(test_root_may_be_a_link_and_the_working_directory_change),
    cmocka_unit_test(test_file_can_be_watched_that_way_too),
    cmocka_unit_test(test_deep_trees_are_watched_to_the_ground),
    cmocka_unit_test(test_others_hear_of_the_same_directories),
};

GY_TEST_MAIN(tests)
