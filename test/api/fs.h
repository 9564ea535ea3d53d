/* fs.h - what the tests of files share: a folder of their own, and an operation
 * in each of the ways in which it can be done.
 *
 * A test is a body that is lived once in each way. An operation in it reads
 *
 *   assert_int_equal(DO(uv_fs_mkdir(LOOP, &req, at("a"), 0755, CB)), 0);
 *
 * and is done in the call, or on the loop, whichever the way is. */
#ifndef GY_TEST_API_FS_H_
#define GY_TEST_API_FS_H_

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gyre.h"

enum {
  PATH_SIZE = 512,
  PATHS = 8 /* of at(), at the same time */
};

static uv_loop_t loop;
static uv_fs_t req;
static char folder[64];
static bool on_loop; /* rather than in the call */
static bool in_call;
static int done_count;

static inline void note_done(uv_fs_t* done) {
  assert_ptr_equal(done, &req);
  assert_false(in_call);
  done_count++;
}

#define LOOP (on_loop ? &loop : NULL)
#define CB (on_loop ? note_done : NULL)

/* The result of |call|, which was made with LOOP, &req and CB. Then req is to
 * be cleaned up. */
#define DO(call) (in_call = true, finish(call))

static inline ssize_t finish(int returned) {
  in_call = false;
  if (!on_loop) {
    assert_int_equal(returned, (int)req.result);
    return req.result;
  }
  assert_int_equal(returned, 0);
  assert_int_equal(req.type, UV_FS);
  assert_ptr_equal(req.loop, &loop);
  done_count = 0;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(done_count, 1);
  return req.result;
}

/* The same, and clean up. */
#define DONE(call) (in_call = true, finish_and_clean(call))

static inline ssize_t finish_and_clean(int returned) {
  ssize_t result = finish(returned);

  uv_fs_req_cleanup(&req);
  assert_null(req.path);
  assert_null(req.ptr);
  uv_fs_req_cleanup(&req);
  return result;
}

/* The path of |name| in the folder, for a while. */
static inline const char* at(const char* name) {
  static char paths[PATHS][PATH_SIZE];
  static int next;
  char* path = paths[next++ % PATHS];

  (void)snprintf(path, PATH_SIZE, "%s/%s", folder, name);
  return path;
}

static inline void write_file(const char* name, const char* text) {
  int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  assert_int_equal(close(fd), 0);
}

/* The content of |name| is |text|. */
static inline void expect_file(const char* name, const char* text) {
  char content[256];
  int fd = open(at(name), O_RDONLY);
  ssize_t size;

  assert_true(fd >= 0);
  size = read(fd, content, sizeof(content) - 1);
  assert_int_equal(close(fd), 0);
  assert_true(size >= 0);
  content[size] = '\0';
  assert_string_equal(content, text);
}

static inline bool exists(const char* name) {
  struct stat about;

  return lstat(at(name), &about) == 0;
}

static inline int remove_entry(const char* path, const struct stat* about,
                               int kind, struct FTW* place) {
  (void)about;
  (void)kind;
  (void)place;
  return remove(path);
}

static inline void open_folder(void) {
  (void)snprintf(folder, sizeof(folder), "/tmp/gyre-fs-XXXXXX");
  assert_non_null(mkdtemp(folder));
  assert_int_equal(uv_loop_init(&loop), 0);
}

static inline void close_folder(void) {
  gy_test_close_loop(&loop);
  assert_int_equal(nftw(folder, remove_entry, 128, FTW_DEPTH | FTW_PHYS), 0);
}

/* Live |body| in every way, each time in a new folder: in the call, by threads,
 * and on the loop without them where that can be. */
static inline void in_every_way(void (*body)(void)) {
  int way;

  umask(022);
  for (way = 0; way < 3; way++) {
    on_loop = way > 0;
    open_folder();
    assert_int_equal(gyre_loop_set_file_fast_path(&loop, way == 2), 0);
    body();
    close_folder();
  }
}

#endif /* GY_TEST_API_FS_H_ */
