/* fs-event-callback.c - tests of uv_fs_event_t: stopping, starting and closing
 * in callbacks, full queues, and forks. */
#include "watch.h"

#include <sys/wait.h>

static uv_fs_event_t first;
static uv_fs_event_t second;
static uv_fs_event_t marker; /* hears of what is made in "marks" */
static int closed;

static void count_closed(uv_handle_t* handle) {
  (void)handle; /* each is counted */
  closed++;
}

/* Run until all that has happened so far has been told. */
static void settle(void) {
  static int number;
  char name[16];
  char path[32];

  (void)snprintf(name, sizeof(name), "%d", number++);
  (void)snprintf(path, sizeof(path), "marks/%s", name);
  make_file(path);
  await(&marker, name, UV_RENAME);
}

static void begin_with_marker(void) {
  needs_fs_event();
  begin();
  make_directory("marks");
  start(&marker, "marks", 0);
}

static void note_and_close(uv_fs_event_t* handle, const char* name, int events,
                           int status) {
  note(handle, name, events, status);
  uv_close((uv_handle_t*)handle, count_closed);
}

static void note_and_close_both(uv_fs_event_t* handle, const char* name,
                                int events, int status) {
  note(handle, name, events, status);
  uv_close((uv_handle_t*)&first, count_closed);
  uv_close((uv_handle_t*)&second, count_closed);
}

static void note_and_restart(uv_fs_event_t* handle, const char* name,
                             int events, int status) {
  note(handle, name, events, status);
  assert_int_equal(uv_fs_event_stop(handle), 0);
  assert_int_equal(uv_fs_event_start(handle, note, "other", 0), 0);
  assert_string_equal(told[told_count - 1].name, name); /* It is still there. */
}

static void start_with(uv_fs_event_t* handle, uv_fs_event_cb cb,
                       const char* path, unsigned flags) {
  assert_int_equal(uv_fs_event_init(&loop, handle), 0);
  assert_int_equal(uv_fs_event_start(handle, cb, path, flags), 0);
}

static void test_watcher_closed_in_its_callback_hears_nothing_more(
    void** state) {
  (void)state;
  begin_with_marker();
  make_file("file");
  start_with(&first, note_and_close, "file", 0);
  append("file", "x");
  append("file", "y");
  remove_file("file");
  settle();
  assert_int_equal(count_of(&first, "file", UV_CHANGE), 1);
  assert_int_equal(count_of(&first, "file", 0), 1);
  assert_int_equal(closed, 1);
  end();
}

static void test_last_watcher_may_be_closed_in_its_callback(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_file("file");
  start_with(&first, note_and_close, "file", 0);
  append("file", "x");
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(told_count, 1);
  assert_int_equal(closed, 1);
  end();
}

static void test_watcher_closed_by_its_sibling_hears_nothing_more(
    void** state) {
  (void)state;
  begin_with_marker();
  make_file("file");
  start_with(&first, note_and_close_both, "file", 0);
  start_with(&second, note_and_close_both, "file", 0);
  append("file", "x");
  append("file", "y");
  settle();
  assert_int_equal(count_of(NULL, "file", UV_CHANGE), 1);
  assert_int_equal(closed, 2);
  end();
}

static void test_recursive_watcher_may_be_closed_between_what_was_found(
    void** state) {
  (void)state;
  begin_with_marker();
  make_directory("top");
  start_with(&first, note_and_close, "top", UV_FS_EVENT_RECURSIVE);
  make_directory("top/a");
  make_file("top/a/x");
  make_file("top/a/y");
  settle();
  assert_int_equal(count_of(&first, "a", UV_RENAME), 1);
  assert_int_equal(count_of(&first, "a/x", 0), 0);
  assert_int_equal(closed, 1);
  end();
}

static void test_watcher_may_be_started_anew_in_its_callback(void** state) {
  (void)state;
  begin_with_marker();
  make_file("file");
  make_file("other");
  start_with(&first, note_and_restart, "file", 0);
  append("file", "x");
  append("file", "y");
  await(&first, "file", UV_CHANGE);
  append("other", "x");
  await(&first, "other", UV_CHANGE);
  assert_int_equal(count_of(&first, "file", 0), 1);
  end();
}

static void start_second(uv_fs_event_t* handle, const char* name, int events,
                         int status) {
  note(handle, name, events, status);
  if (!uv_is_active((uv_handle_t*)&second))
    assert_int_equal(uv_fs_event_start(&second, note, "file", 0), 0);
}

static void test_watcher_started_in_a_callback_hears_what_comes_after(
    void** state) {
  (void)state;
  begin_with_marker();
  make_file("file");
  assert_int_equal(uv_fs_event_init(&loop, &second), 0);
  start_with(&first, start_second, "file", 0);
  append("file", "x");
  settle();
  assert_int_equal(count_of(&second, "file", 0), 0);
  append("file", "y");
  settle();
  assert_int_equal(count_of(&second, "file", UV_CHANGE), 1);
  end();
}

/* ---- stop, start and close in any order ------------------------------------
 */

enum {
  CROWD = 24,
  CROWD_ROUNDS = 100
};

static uv_fs_event_t crowd[CROWD];
static bool crowd_open[CROWD];
static unsigned luck;

static unsigned draw(unsigned below) {
  luck = luck * 1664525u + 1013904223u;
  return (luck >> 8) % below;
}

static void crowd_closed(uv_handle_t* handle) {
  crowd_open[(uv_fs_event_t*)handle - crowd] = false;
}

static void crowd_hear(uv_fs_event_t* handle, const char* name, int events,
                       int status);

/* Do something to a handle, whatever its state is. */
static void crowd_act(void) {
  static const char* const paths[] = {"top", "top/a", "top/a/b", "top/file",
                                      "gone"};
  unsigned index = draw(CROWD);
  uv_fs_event_t* handle = &crowd[index];

  if (!crowd_open[index]) {
    assert_int_equal(uv_fs_event_init(&loop, handle), 0);
    crowd_open[index] = true;
  }
  if (uv_is_closing((uv_handle_t*)handle))
    return;
  switch (draw(4)) {
    case 0:
      uv_close((uv_handle_t*)handle, crowd_closed);
      return;
    case 1:
      assert_int_equal(uv_fs_event_stop(handle), 0);
      return;
    default:
      (void)uv_fs_event_start(handle, crowd_hear, paths[draw(COUNT_OF(paths))],
                              draw(2) ? UV_FS_EVENT_RECURSIVE : 0);
  }
}

static void crowd_hear(uv_fs_event_t* handle, const char* name, int events,
                       int status) {
  assert_true(uv_is_active((uv_handle_t*)handle));
  assert_false(uv_is_closing((uv_handle_t*)handle));
  assert_int_equal(status, 0);
  assert_true(events != 0);
  for (unsigned count = draw(3); count > 0; count--)
    crowd_act();
  if (name != NULL)
    assert_true(strlen(name) < 16); /* It can be read whatever was done. */
}

static void crowd_make(void) {
  make_directory("top");
  make_directory("top/a");
  make_directory("top/a/b");
  make_file("top/a/b/file");
  make_file("top/file");
}

static void test_any_order_of_start_stop_and_close_is_survived(void** state) {
  (void)state;
  begin_with_marker();
  for (int round = 0; round < CROWD_ROUNDS; round++) {
    luck = (unsigned)round;
    crowd_make();
    for (int i = 0; i < CROWD; i++)
      crowd_act();
    append("top/file", "x");
    assert_int_equal(chmod("top/a", 0700), 0);
    move("top/a", "top/c");
    append("top/c/b/file", "x");
    settle();
    remove_tree("top");
    settle();
    forget();
  }
  end();
}

/* ---- full queues -----------------------------------------------------------
 */

static int queue_size(void) {
  FILE* file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
  int size = 0;

  if (file == NULL)
    gy_test_skip("the size of the kernel's queue is not known");
  assert_int_equal(fscanf(file, "%d", &size), 1);
  assert_int_equal(fclose(file), 0);
  if (size > 1000000)
    gy_test_skip("the kernel's queue is too long to fill");
  return size;
}

/* Change something until the queue is full. Two changes in a row that are alike
 * are one to the kernel. */
static void fill_queue(const char* file) {
  int size = queue_size();

  for (int i = 0; i <= size; i++)
    assert_int_equal(
        chmod(file, i % 2 ? 0600 : 0644) + chmod("marks", i % 2 ? 0700 : 0755),
        0);
}

static int lost_count;

static void note_loss(uv_fs_event_t* handle, const char* name, int events,
                      int status) {
  if (name != NULL && strcmp(name, "filler") == 0)
    return;
  if (name == NULL) {
    assert_int_equal(events, UV_RENAME | UV_CHANGE);
    lost_count++;
  }
  note(handle, name, events, status);
}

static void ignore(uv_fs_event_t* handle, const char* name, int events,
                   int status) {
  (void)handle;
  (void)name;
  (void)events;
  (void)status;
}

static void test_lost_events_are_told_as_a_change_of_anything(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("marks");
  make_directory("top");
  make_file("top/filler");
  make_file("file");
  start_with(&marker, ignore, "marks", 0);
  start_with(&first, note_loss, "top", 0);
  start_with(&second, note_loss, "file", 0);
  fill_queue("top/filler");
  while (lost_count < 2)
    uv_run(&loop, UV_RUN_ONCE);
  assert_ptr_not_equal(told[0].handle, told[1].handle);
  make_file("top/later");
  await(&first, "later", UV_RENAME);
  end();
}

static void test_recursive_watcher_finds_what_it_lost(void** state) {
  (void)state;
  needs_fs_event();
  begin();
  make_directory("marks");
  make_directory("top");
  make_directory("top/old");
  make_directory("top/gone");
  make_directory("top/gone/deep");
  make_file("top/filler");
  start_with(&marker, ignore, "marks", 0);
  start_with(&first, note_loss, "top", UV_FS_EVENT_RECURSIVE);
  fill_queue("top/filler");
  make_directory("top/new");
  make_directory("top/new/deep");
  move("top/gone", "out");
  move("top/old", "top/gone");
  while (lost_count < 1)
    uv_run(&loop, UV_RUN_ONCE);
  make_file("top/new/deep/file");
  await(&first, "new/deep/file", UV_RENAME);
  make_file("top/gone/file");
  await(&first, "gone/file", UV_RENAME);
  forget();
  make_file("out/deep/file");
  make_file("top/mark");
  await(&first, "mark", UV_RENAME);
  assert_int_equal(told_count, 1);
  end();
}

/* ---- forks -----------------------------------------------------------------
 */

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "in the child: line %d: %s\n", __LINE__, #condition); \
      _exit(1);                                                             \
    }                                                                       \
  } while (0)

static void child_await(const uv_fs_event_t* handle, const char* name,
                        int events) {
  while (count_of(handle, name, events) == 0)
    CHECK(uv_run(&loop, UV_RUN_ONCE) != 0);
}

/* Both processes hear of all files, each for itself. */
static void live_in_child(void) {
  forget();
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(close(open("top/a/child", O_CREAT | O_WRONLY, 0600)) == 0);
  child_await(&first, "a/child", UV_RENAME);
  child_await(&second, "child", UV_RENAME);
  uv_close((uv_handle_t*)&first, count_closed);
  uv_close((uv_handle_t*)&second, count_closed);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(closed == 2);
  CHECK(uv_loop_close(&loop) == 0);
}

static void wait_for_child(pid_t pid) {
  int status = -1;

  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

static void test_child_watches_by_itself_and_takes_nothing_away(void** state) {
  pid_t pid;

  (void)state;
  needs_fs_event();
  begin();
  make_directory("top");
  make_directory("top/a");
  start(&first, "top", UV_FS_EVENT_RECURSIVE);
  start(&second, "top/a", 0);
  make_file("top/a/before");
  fflush(NULL);
  pid = fork();
  if (pid == 0) {
    live_in_child();
    _exit(0);
  }
  wait_for_child(pid);
  await(&first, "a/before", UV_RENAME);
  await(&first, "a/child", UV_RENAME);
  await(&second, "child", UV_RENAME);
  make_file("top/a/after");
  await(&second, "after", UV_RENAME);
  end();
}

static int failure;

static void note_failure(uv_fs_event_t* handle, const char* name, int events,
                         int status) {
  CHECK(!uv_is_active((uv_handle_t*)handle));
  CHECK(name == NULL && events == 0);
  failure = status;
}

static void miss_in_child(void) {
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(failure == UV_ENOENT);
}

static void test_child_is_told_what_it_cannot_watch_any_more(void** state) {
  pid_t pid;

  (void)state;
  needs_fs_event();
  begin();
  make_file("file");
  start_with(&first, note_failure, "file", 0);
  remove_file("file");
  fflush(NULL);
  pid = fork();
  if (pid == 0) {
    miss_in_child();
    _exit(0);
  }
  wait_for_child(pid);
  end();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_watcher_closed_in_its_callback_hears_nothing_more),
    cmocka_unit_test(test_last_watcher_may_be_closed_in_its_callback),
    cmocka_unit_test(test_watcher_closed_by_its_sibling_hears_nothing_more),
    cmocka_unit_test(
        test_recursive_watcher_may_be_closed_between_what_was_found),
    cmocka_unit_test(test_watcher_may_be_started_anew_in_its_callback),
    cmocka_unit_test(test_watcher_started_in_a_callback_hears_what_comes_after),
    cmocka_unit_test(test_any_order_of_start_stop_and_close_is_survived),
    cmocka_unit_test(test_lost_events_are_told_as_a_change_of_anything),
    cmocka_unit_test(test_recursive_watcher_finds_what_it_lost),
    cmocka_unit_test(test_child_watches_by_itself_and_takes_nothing_away),
    cmocka_unit_test(test_child_is_told_what_it_cannot_watch_any_more),
};

GY_TEST_MAIN(tests)
