/* files.c - random operations on a tree, by a seed: done by uv_fs_*() in one
 * folder and by plain POSIX in another, they have the same results, and leave
 * the same trees. In the call, by threads, and without waiting.
 *
 * GYRE_STRESS_SEED and GYRE_STRESS_OPERATIONS choose others than the
 * defaults. */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gyre.h"

enum {
  OPERATIONS = 20000, /* in each way, over each poller */
  SLOWED = 10,        /* so many times, under a sanitizer */
  NAMES = 24,         /* of files and folders, in two levels */
  PATH_SIZE = 96,
  SIZE_MOST = 9000
};

typedef enum {
  IN_THE_CALL,
  BY_THREADS,
  WITHOUT_WAITING
} way_t;

static uv_loop_t loop;
static way_t way;
static char ours[32];
static char theirs[32];
static uint64_t seed;
static bool done;

static uint64_t random_number(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static unsigned below(unsigned limit) {
  return (unsigned)(random_number() % limit);
}

static bool is_slowed(void) {
  return gy_test_has_asan() || gy_test_has_tsan();
}

static long setting(const char* name, long otherwise) {
  const char* text = getenv(name);

  return text != NULL ? atol(text) : otherwise;
}

/* ---- one operation, in our way ---------------------------------------------
 */

static void note_done(uv_fs_t* req) {
  (void)req;
  done = true;
}

#define LOOP (way == IN_THE_CALL ? NULL : &loop)
#define CB (way == IN_THE_CALL ? NULL : note_done)

static ssize_t finish(uv_fs_t* req, int returned) {
  if (way == IN_THE_CALL) {
    assert_int_equal(returned, (int)req->result);
    return req->result;
  }
  assert_int_equal(returned, 0);
  assert_false(done);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_true(done);
  done = false;
  return req->result;
}

static ssize_t finish_and_clean(uv_fs_t* req, int returned) {
  ssize_t result = finish(req, returned);

  uv_fs_req_cleanup(req);
  return result;
}

static ssize_t result_of(long result) {
  return result < 0 ? -errno : result;
}

/* ---- the two sides
 * -----------------------------------------------------------
 */

typedef struct {
  char ours[PATH_SIZE];
  char theirs[PATH_SIZE];
} name_t;

/* A name out of a few, so that they meet: "n3" or "n1/n5". */
static void choose_name(name_t* name) {
  char rest[16];
  unsigned which = below(NAMES);

  if (which < 6) {
    (void)snprintf(rest, sizeof(rest), "n%u", which);
  } else {
    (void)snprintf(rest, sizeof(rest), "n%u/n%u", which % 3, which / 3);
  }
  (void)snprintf(name->ours, PATH_SIZE, "%s/%s", ours, rest);
  (void)snprintf(name->theirs, PATH_SIZE, "%s/%s", theirs, rest);
}

static void same(const char* what, ssize_t left, ssize_t right) {
  if (left != right)
    fail_msg("%s: %zd, and by POSIX %zd", what, left, right);
}

static void fill(char* bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    bytes[i] = (char)random_number();
}

static void do_write(const name_t* name) {
  static char bytes[SIZE_MOST];
  int flags = O_WRONLY | O_CREAT | (below(3) == 0 ? O_TRUNC : 0);
  size_t size = below(SIZE_MOST);
  int64_t offset = below(SIZE_MOST);
  uv_buf_t bufs[3];
  uv_fs_t req;
  ssize_t left;
  ssize_t right;

  left = finish_and_clean(&req,
                          uv_fs_open(LOOP, &req, name->ours, flags, 0644, CB));
  right = result_of(open(name->theirs, flags, 0644));
  if (left < 0 || right < 0) {
    same("open", left, right);
    return;
  }
  fill(bytes, size);
  bufs[0] = uv_buf_init(bytes, (unsigned)(size / 3));
  bufs[1] = uv_buf_init(bytes + size / 3, (unsigned)(size / 3));
  bufs[2] = uv_buf_init(bytes + size / 3 * 2, (unsigned)(size - size / 3 * 2));
  same("write",
       finish_and_clean(
           &req, uv_fs_write(LOOP, &req, (int)left, bufs, 3, offset, CB)),
       result_of(pwrite((int)right, bytes, size, offset)));
  same("close", finish_and_clean(&req, uv_fs_close(LOOP, &req, (int)left, CB)),
       result_of(close((int)right)));
}

static void do_read(const name_t* name) {
  static char left_bytes[SIZE_MOST];
  static char right_bytes[SIZE_MOST];
  size_t size = 1 + below(SIZE_MOST - 1);
  int64_t offset = below(2 * SIZE_MOST);
  uv_buf_t bufs[2];
  uv_fs_t req;
  ssize_t left;
  ssize_t right;
  ssize_t count;

  left = finish_and_clean(&req,
                          uv_fs_open(LOOP, &req, name->ours, O_RDONLY, 0, CB));
  right = result_of(open(name->theirs, O_RDONLY));
  if (left < 0 || right < 0) {
    same("open", left, right);
    return;
  }
  bufs[0] = uv_buf_init(left_bytes, (unsigned)(size / 2));
  bufs[1] = uv_buf_init(left_bytes + size / 2, (unsigned)(size - size / 2));
  count = finish_and_clean(
      &req, uv_fs_read(LOOP, &req, (int)left, bufs, 2, offset, CB));
  same("read", count, result_of(pread((int)right, right_bytes, size, offset)));
  if (count > 0)
    assert_memory_equal(left_bytes, right_bytes, (size_t)count);
  same("fstat", finish(&req, uv_fs_fstat(LOOP, &req, (int)left, CB)), 0);
  uv_fs_req_cleanup(&req);
  same("close", finish_and_clean(&req, uv_fs_close(LOOP, &req, (int)left, CB)),
       result_of(close((int)right)));
}

static void do_stat(const name_t* name) {
  struct stat about;
  bool follow = below(2) == 0;
  uv_fs_t req;
  ssize_t result;

  result = finish(&req, follow ? uv_fs_stat(LOOP, &req, name->ours, CB)
                               : uv_fs_lstat(LOOP, &req, name->ours, CB));
  same("stat", result,
       result_of(follow ? stat(name->theirs, &about)
                        : lstat(name->theirs, &about)));
  if (result == 0) {
    assert_int_equal(req.statbuf.st_mode, about.st_mode);
    assert_int_equal(req.statbuf.st_nlink, about.st_nlink);
    if (S_ISREG(about.st_mode))
      assert_int_equal(req.statbuf.st_size, about.st_size);
  }
  uv_fs_req_cleanup(&req);
}

static void do_two(const name_t* name, unsigned which) {
  name_t other;
  uv_fs_t req;

  choose_name(&other);
  if (which == 0) {
    same("rename",
         finish_and_clean(&req,
                          uv_fs_rename(LOOP, &req, name->ours, other.ours, CB)),
         result_of(rename(name->theirs, other.theirs)));
  } else if (which == 1) {
    same("link",
         finish_and_clean(&req,
                          uv_fs_link(LOOP, &req, name->ours, other.ours, CB)),
         result_of(link(name->theirs, other.theirs)));
  } else {
    same("symlink",
         finish_and_clean(&req,
                          uv_fs_symlink(LOOP, &req, "n1", other.ours, 0, CB)),
         result_of(symlink("n1", other.theirs)));
  }
}

static void do_one(const name_t* name, unsigned which) {
  uv_fs_t req;

  switch (which) {
    case 0:
      same(
          "mkdir",
          finish_and_clean(&req, uv_fs_mkdir(LOOP, &req, name->ours, 0755, CB)),
          result_of(mkdir(name->theirs, 0755)));
      return;
    case 1:
      same("rmdir",
           finish_and_clean(&req, uv_fs_rmdir(LOOP, &req, name->ours, CB)),
           result_of(rmdir(name->theirs)));
      return;
    case 2:
      same("unlink",
           finish_and_clean(&req, uv_fs_unlink(LOOP, &req, name->ours, CB)),
           result_of(unlink(name->theirs)));
      return;
    default:
      same("access",
           finish_and_clean(&req,
                            uv_fs_access(LOOP, &req, name->ours, F_OK, CB)),
           result_of(access(name->theirs, F_OK)));
      return;
  }
}

/* The folder has the entries that the other has. */
static void do_scan(const name_t* name) {
  struct dirent** list;
  uv_dirent_t entry;
  uv_fs_t req;
  ssize_t left = finish(&req, uv_fs_scandir(LOOP, &req, name->ours, 0, CB));
  int right = scandir(name->theirs, &list, NULL, NULL);

  if (right < 0 || left < 0) {
    same("scandir", left, result_of(right));
    uv_fs_req_cleanup(&req);
    return;
  }
  same("scandir", left, right - 2); /* "." and ".." */
  while (uv_fs_scandir_next(&req, &entry) == 0) {
    bool found = false;
    for (int i = 0; i < right; i++)
      found |= strcmp(entry.name, list[i]->d_name) == 0;
    assert_true(found);
  }
  for (int i = 0; i < right; i++)
    free(list[i]);
  free(list);
  uv_fs_req_cleanup(&req);
}

static void do_any(void) {
  unsigned which = below(16);
  name_t name;

  choose_name(&name);
  if (which < 3) {
    do_write(&name);
  } else if (which < 6) {
    do_read(&name);
  } else if (which < 9) {
    do_stat(&name);
  } else if (which < 10) {
    do_scan(&name);
  } else if (which < 13) {
    do_one(&name, below(4));
  } else {
    do_two(&name, below(3));
  }
}

static int remove_entry(const char* path, const struct stat* about, int kind,
                        struct FTW* place) {
  (void)about;
  (void)kind;
  (void)place;
  return remove(path);
}

static void live(way_t the_way) {
  long count = setting("GYRE_STRESS_OPERATIONS",
                       is_slowed() ? OPERATIONS / SLOWED : OPERATIONS);
  name_t folder;

  way = the_way;
  seed = (uint64_t)setting("GYRE_STRESS_SEED", 1) * 0x9e3779b97f4a7c15u + way;
  print_message("GYRE_STRESS_SEED=%ld\n", setting("GYRE_STRESS_SEED", 1));
  (void)snprintf(ours, sizeof(ours), "/tmp/gyre-ours-XXXXXX");
  (void)snprintf(theirs, sizeof(theirs), "/tmp/gyre-them-XXXXXX");
  assert_true(mkdtemp(ours) != NULL && mkdtemp(theirs) != NULL);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(gyre_loop_set_file_fast_path(&loop, way == WITHOUT_WAITING),
                   0);
  while (count-- > 0)
    do_any();
  for (int i = 0; i < 100; i++) {
    choose_name(&folder);
    do_scan(&folder);
    do_stat(&folder);
    do_read(&folder);
  }
  gy_test_close_loop(&loop);
  assert_int_equal(nftw(ours, remove_entry, 128, FTW_DEPTH | FTW_PHYS), 0);
  assert_int_equal(nftw(theirs, remove_entry, 128, FTW_DEPTH | FTW_PHYS), 0);
}

static void test_operations_in_the_call_do_what_posix_does(void** state) {
  (void)state;
  live(IN_THE_CALL);
}

static void test_operations_of_threads_do_what_posix_does(void** state) {
  (void)state;
  live(BY_THREADS);
}

static void test_operations_without_waiting_do_what_posix_does(void** state) {
  (void)state;
  live(WITHOUT_WAITING);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_operations_in_the_call_do_what_posix_does),
    cmocka_unit_test(test_operations_of_threads_do_what_posix_does),
    cmocka_unit_test(test_operations_without_waiting_do_what_posix_does),
};

GY_TEST_MAIN(tests)
