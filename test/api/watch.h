/* watch.h - what tests of watching share: a directory of their own, and a
 * record of what was told.
 *
 * Nothing here sleeps: who waits for a change to be told makes it, and runs the
 * loop until it is. What is not to be told is known when a later change is. */
#ifndef GY_TEST_API_WATCH_H_
#define GY_TEST_API_WATCH_H_

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  TOLD_MOST = 4096
};

typedef struct {
  uv_fs_event_t* handle;
  bool has_name;
  char name[512];
  int events;
  int status;
} told_t;

static uv_loop_t loop;
static char home[64]; /* the directory of the test; it is the working one */
static told_t told[TOLD_MOST];
static int told_count;

/* ---- files ----------------------------------------------------------------
 */

static inline void enter_home(void) {
  const char* tmp = getenv("TMPDIR");

  (void)snprintf(home, sizeof(home), "%s/gyre-watch-XXXXXX",
                 tmp != NULL && strlen(tmp) < 32 ? tmp : "/tmp");
  assert_non_null(mkdtemp(home));
  assert_int_equal(chdir(home), 0);
}

static inline int remove_entry(const char* path, const struct stat* found,
                               int type, struct FTW* where) {
  (void)found;
  (void)type;
  (void)where;
  return remove(path);
}

static inline void remove_tree(const char* path) {
  /* A descriptor for each level: where there are no more, musl goes no deeper.
   */
  assert_int_equal(nftw(path, remove_entry, 128, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void leave_home(void) {
  assert_int_equal(chdir("/"), 0);
  remove_tree(home);
}

static inline void make_directory(const char* path) {
  assert_int_equal(mkdir(path, 0755), 0);
}

static inline void make_file(const char* path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);

  assert_true(fd >= 0);
  assert_int_equal(close(fd), 0);
}

static inline void append(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_APPEND);

  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  assert_int_equal(close(fd), 0);
}

static inline void move(const char* from, const char* to) {
  assert_int_equal(rename(from, to), 0);
}

static inline void remove_file(const char* path) {
  assert_int_equal(unlink(path), 0);
}

static inline void remove_directory(const char* path) {
  assert_int_equal(rmdir(path), 0);
}

/* ---- what was told ---------------------------------------------------------
 */

static inline void note(uv_fs_event_t* handle, const char* name, int events,
                        int status) {
  told_t* entry = &told[told_count];

  assert_true(told_count < TOLD_MOST);
  told_count++;
  entry->handle = handle;
  entry->has_name = name != NULL;
  entry->events = events;
  entry->status = status;
  (void)snprintf(entry->name, sizeof(entry->name), "%s",
                 name != NULL ? name : "");
}

static inline void forget(void) {
  told_count = 0;
}

/* How often |handle|, or any if it is NULL, was told all of |events| of |name|.
 */
static inline int count_of(const uv_fs_event_t* handle, const char* name,
                           int events) {
  int count = 0;

  for (int i = 0; i < told_count; i++)
    count += (handle == NULL || told[i].handle == handle) && told[i].has_name &&
             strcmp(told[i].name, name) == 0 &&
             (told[i].events & events) == events;
  return count;
}

/* Run until |handle| has been told |events| of |name|. */
static inline void await(const uv_fs_event_t* handle, const char* name,
                         int events) {
  while (count_of(handle, name, events) == 0)
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
}

static inline void begin(void) {
  enter_home();
  assert_int_equal(uv_loop_init(&loop), 0);
}

static inline void end(void) {
  gy_test_close_loop(&loop);
  leave_home();
}

static inline void start(uv_fs_event_t* handle, const char* path,
                         unsigned flags) {
  assert_int_equal(uv_fs_event_init(&loop, handle), 0);
  assert_int_equal(uv_fs_event_start(handle, note, path, flags), 0);
}

/* Skip the test where there is no such thing. */
static inline void needs_fs_event(void) {
  uv_loop_t own;
  uv_fs_event_t handle;
  int err;

  assert_int_equal(uv_loop_init(&own), 0);
  assert_int_equal(uv_fs_event_init(&own, &handle), 0);
  err = uv_fs_event_start(&handle, note, "/", 0);
  gy_test_close_loop(&own);
  if (err == UV_ENOSYS)
    gy_test_skip("this system tells nothing of files");
}

#endif
