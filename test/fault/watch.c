/* watch.c - watching files while system calls and memory fail: what cannot be
 * watched is told, to whoever starts it or in its callback. */
#include "sweep.h"

#include <ftw.h>
#include <sys/stat.h>

enum {
  INTERVAL = 1 /* ms */
};

static uv_loop_t loop;
static char home[64];

static int remove_entry(const char* path, const struct stat* found, int type,
                        struct FTW* where) {
  (void)found;
  (void)type;
  (void)where;
  return remove(path);
}

static void append(const char* path) {
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);

  CHECK(fd >= 0);
  CHECK(write(fd, "x", 1) == 1);
  CHECK(close(fd) == 0);
}

static void enter_home(void) {
  (void)snprintf(home, sizeof(home), "/tmp/gyre-fault-XXXXXX");
  CHECK(mkdtemp(home) != NULL);
  CHECK(chdir(home) == 0);
  CHECK(mkdir("top", 0700) == 0 && mkdir("top/a", 0700) == 0);
  append("top/a/file");
}

static void leave_home(void) {
  CHECK(chdir("/") == 0);
  CHECK(nftw(home, remove_entry, 128, FTW_DEPTH | FTW_PHYS) == 0);
}

/* ---- by the kernel ---------------------------------------------------------
 */

/* A watcher, and the name that it is to hear. */
typedef struct {
  uv_fs_event_t handle; /* first: a pointer to it is one to this */
  const char* name;
  bool over; /* it has heard that, or an error */
} ear_t;

static ear_t tree;
static ear_t file;

static void hear(uv_fs_event_t* handle, const char* name, int events,
                 int status) {
  ear_t* ear = (ear_t*)handle;

  if (!works(status)) {
    CHECK(name == NULL && events == 0);
    ear->over = true;
  } else if (name != NULL && strcmp(name, ear->name) == 0) {
    ear->over = true;
  }
}

static void ear_open(ear_t* ear, const char* path, unsigned flags,
                     const char* name) {
  ear->name = name;
  CHECK(uv_fs_event_init(&loop, &ear->handle) == 0);
  ear->over = !works(uv_fs_event_start(&ear->handle, hear, path, flags));
  CHECK(uv_is_active((uv_handle_t*)&ear->handle) == !ear->over);
}

static void watch_and_hear(void) {
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  enter_home();
  ear_open(&tree, "top", UV_FS_EVENT_RECURSIVE, "b/c/file");
  ear_open(&file, "top/a/file", 0, "file");
  CHECK(mkdir("top/b", 0700) == 0 && mkdir("top/b/c", 0700) == 0);
  append("top/b/c/file");
  CHECK(rename("top/a", "top/d") == 0);
  append("top/d/file");
  while (!tree.over || !file.over) {
    bool alive = uv_run(&loop, UV_RUN_ONCE) != 0;
    CHECK(alive || (tree.over && file.over));
  }
  uv_close((uv_handle_t*)&tree.handle, NULL);
  uv_close((uv_handle_t*)&file.handle, NULL);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&loop) == 0);
  leave_home();
}

static void needs_fs_event(void) {
  int err;

  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_fs_event_init(&loop, &tree.handle), 0);
  err = uv_fs_event_start(&tree.handle, hear, "/", 0);
  gy_test_close_loop(&loop);
  if (err == UV_ENOSYS)
    gy_test_skip("this system tells nothing of files");
}

static void test_watchers_hear_of_changes_or_of_the_failure(void** state) {
  (void)state;
  needs_fs_event();
  sweep(watch_and_hear, "inotify_add_watch");
}

/* ---- once, and what is left then -------------------------------------------
 */

static const char* failing;
static int failing_err;

static int fail_call(const char* call) {
  return failing != NULL && strcmp(call, failing) == 0 ? failing_err : 0;
}

static int last_status;
static int calls;

static void note(uv_fs_event_t* handle, const char* name, int events,
                 int status) {
  (void)handle;
  (void)name;
  (void)events;
  calls++;
  last_status = status;
}

static void begin(void) {
  needs_fs_event();
  enter_home();
  gy_fault_hook = fail_call;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_fs_event_init(&loop, &tree.handle), 0);
}

static void end(void) {
  failing = NULL;
  gy_test_close_loop(&loop);
  leave_home();
}

static void await_status(int status) {
  while (last_status != status)
    uv_run(&loop, UV_RUN_ONCE);
}

static void test_start_without_watches_left_is_refused_and_can_be_repeated(
    void** state) {
  (void)state;
  begin();
  failing = "inotify_add_watch";
  failing_err = ENOSPC;
  assert_int_equal(
      uv_fs_event_start(&tree.handle, note, "top", UV_FS_EVENT_RECURSIVE),
      UV_ENOSPC);
  failing = "inotify_init1";
  failing_err = EMFILE;
  assert_int_equal(uv_fs_event_start(&tree.handle, note, "top", 0), UV_EMFILE);
  failing = NULL;
  assert_int_equal(
      uv_fs_event_start(&tree.handle, note, "top", UV_FS_EVENT_RECURSIVE), 0);
  append("top/a/file");
  while (calls == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(last_status, 0);
  end();
}

static void test_directory_without_a_watch_left_for_it_is_told(void** state) {
  (void)state;
  begin();
  assert_int_equal(
      uv_fs_event_start(&tree.handle, note, "top", UV_FS_EVENT_RECURSIVE), 0);
  failing = "inotify_add_watch";
  failing_err = ENOSPC;
  assert_int_equal(mkdir("top/b", 0700), 0);
  await_status(UV_ENOSPC);
  assert_true(uv_is_active((uv_handle_t*)&tree.handle));
  failing = NULL;
  calls = 0;
  append("top/a/file"); /* The rest is watched on. */
  while (calls == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(last_status, 0);
  end();
}

static void test_watchers_that_cannot_be_read_are_stopped_and_told(
    void** state) {
  (void)state;
  begin();
  assert_int_equal(uv_fs_event_start(&tree.handle, note, "top", 0), 0);
  assert_int_equal(uv_fs_event_init(&loop, &file.handle), 0);
  assert_int_equal(uv_fs_event_start(&file.handle, note, "top/a/file", 0), 0);
  failing = "inotify_read";
  failing_err = EIO;
  append("top/a/file");
  await_status(UV_EIO);
  assert_int_equal(calls, 2);
  assert_false(uv_is_active((uv_handle_t*)&tree.handle));
  assert_false(uv_is_active((uv_handle_t*)&file.handle));
  failing = NULL;
  assert_int_equal(uv_fs_event_start(&file.handle, note, "top/a/file", 0), 0);
  append("top/a/file");
  await_status(0);
  end();
}

static void note_and_start_anew(uv_fs_event_t* handle, const char* name,
                                int events, int status) {
  note(handle, name, events, status);
  failing = NULL;
  uv_close((uv_handle_t*)&file.handle, NULL); /* It is not told any more. */
  assert_int_equal(uv_fs_event_start(handle, note, "top/a", 0), 0);
}

static void test_watcher_that_failed_may_be_started_in_its_callback(
    void** state) {
  (void)state;
  begin();
  assert_int_equal(
      uv_fs_event_start(&tree.handle, note_and_start_anew, "top", 0), 0);
  assert_int_equal(uv_fs_event_init(&loop, &file.handle), 0);
  assert_int_equal(uv_fs_event_start(&file.handle, note, "top/a/file", 0), 0);
  failing = "inotify_read";
  failing_err = EIO;
  append("top/a/file");
  await_status(UV_EIO);
  assert_int_equal(calls, 1);
  append("top/a/file");
  await_status(0);
  end();
}

static int call_counts;

static int count_reads(const char* call) {
  call_counts += strcmp(call, "inotify_read") == 0;
  return 0;
}

static void test_one_read_takes_all_events_that_wait(void** state) {
  (void)state;
  begin();
  assert_int_equal(uv_fs_event_start(&tree.handle, note, "top/a", 0), 0);
  for (int i = 0; i < 100; i++) {
    append("top/a/file");
    append("top/a/other");
  }
  gy_fault_hook = count_reads;
  while (calls < 201)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(call_counts, 1);
  end();
}

/* ---- by looking ------------------------------------------------------------
 */

static uv_fs_poll_t looker;
static bool looker_over;

static void look(uv_fs_poll_t* handle, int status, const uv_stat_t* prev,
                 const uv_stat_t* curr) {
  (void)handle;
  if (works(status)) {
    CHECK(prev->st_size != curr->st_size || prev->st_size == 0);
  }
  looker_over = true;
}

static void look_and_hear(void) {
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  enter_home();
  CHECK(uv_fs_poll_init(&loop, &looker) == 0);
  looker_over = !works(uv_fs_poll_start(&looker, look, "top/a/file", INTERVAL));
  while (!looker_over) {
    CHECK(uv_run(&loop, UV_RUN_ONCE) != 0);
    append("top/a/file");
  }
  uv_close((uv_handle_t*)&looker, NULL);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&loop) == 0);
  leave_home();
}

static void test_lookers_hear_of_changes_or_of_the_failure(void** state) {
  (void)state;
  sweep(look_and_hear, "malloc");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_watchers_hear_of_changes_or_of_the_failure),
    cmocka_unit_test(
        test_start_without_watches_left_is_refused_and_can_be_repeated),
    cmocka_unit_test(test_directory_without_a_watch_left_for_it_is_told),
    cmocka_unit_test(test_watchers_that_cannot_be_read_are_stopped_and_told),
    cmocka_unit_test(test_watcher_that_failed_may_be_started_in_its_callback),
    cmocka_unit_test(test_one_read_takes_all_events_that_wait),
    cmocka_unit_test(test_lookers_hear_of_changes_or_of_the_failure),
};

GY_TEST_MAIN(tests)
