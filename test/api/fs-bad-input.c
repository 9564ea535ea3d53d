/* fs-bad-input.c - tests of what cannot be done: the same code in the call and
 * on the loop, and nothing lost. */
#include "fs.h"

enum {
  LONG = 5000 /* more than a path may have */
};

static char long_path[LONG + 1]; /* of names that could be */
static char long_name[LONG + 1];

/* Each is an operation on one path. */
static int open_it(const char* path) {
  return uv_fs_open(LOOP, &req, path, UV_FS_O_RDONLY, 0, CB);
}

static int stat_it(const char* path) {
  return uv_fs_stat(LOOP, &req, path, CB);
}

static int lstat_it(const char* path) {
  return uv_fs_lstat(LOOP, &req, path, CB);
}

static int statfs_it(const char* path) {
  return uv_fs_statfs(LOOP, &req, path, CB);
}

static int access_it(const char* path) {
  return uv_fs_access(LOOP, &req, path, F_OK, CB);
}

static int chmod_it(const char* path) {
  return uv_fs_chmod(LOOP, &req, path, 0644, CB);
}

static int chown_it(const char* path) {
  return uv_fs_chown(LOOP, &req, path, 0, 0, CB);
}

static int lchown_it(const char* path) {
  return uv_fs_lchown(LOOP, &req, path, 0, 0, CB);
}

static int utime_it(const char* path) {
  return uv_fs_utime(LOOP, &req, path, 0, 0, CB);
}

static int lutime_it(const char* path) {
  return uv_fs_lutime(LOOP, &req, path, 0, 0, CB);
}

static int readlink_it(const char* path) {
  return uv_fs_readlink(LOOP, &req, path, CB);
}

static int realpath_it(const char* path) {
  return uv_fs_realpath(LOOP, &req, path, CB);
}

static int unlink_it(const char* path) {
  return uv_fs_unlink(LOOP, &req, path, CB);
}

static int mkdir_it(const char* path) {
  return uv_fs_mkdir(LOOP, &req, path, 0755, CB);
}

static int rmdir_it(const char* path) {
  return uv_fs_rmdir(LOOP, &req, path, CB);
}

static int scandir_it(const char* path) {
  return uv_fs_scandir(LOOP, &req, path, 0, CB);
}

static int opendir_it(const char* path) {
  return uv_fs_opendir(LOOP, &req, path, CB);
}

static int rename_from(const char* path) {
  return uv_fs_rename(LOOP, &req, path, at("new"), CB);
}

static int rename_to(const char* path) {
  return uv_fs_rename(LOOP, &req, at("file"), path, CB);
}

static int link_from(const char* path) {
  return uv_fs_link(LOOP, &req, path, at("new"), CB);
}

static int link_to(const char* path) {
  return uv_fs_link(LOOP, &req, at("file"), path, CB);
}

static int symlink_from(const char* path) {
  return uv_fs_symlink(LOOP, &req, path, at("new"), 0, CB);
}

static int symlink_to(const char* path) {
  return uv_fs_symlink(LOOP, &req, at("file"), path, 0, CB);
}

static int copyfile_from(const char* path) {
  return uv_fs_copyfile(LOOP, &req, path, at("new"), 0, CB);
}

static int copyfile_to(const char* path) {
  return uv_fs_copyfile(LOOP, &req, at("file"), path, 0, CB);
}

typedef struct {
  const char* name;
  int (*call)(const char* path);
  int below_file; /* of a path that goes on after a file; else UV_ENOTDIR */
} path_case_t;

static const path_case_t path_cases[] = {
    {"open", open_it, 0},
    {"stat", stat_it, 0},
    {"lstat", lstat_it, 0},
    {"statfs", statfs_it, 0},
    {"access", access_it, 0},
    {"chmod", chmod_it, 0},
    {"chown", chown_it, 0},
    {"lchown", lchown_it, 0},
    {"utime", utime_it, 0},
    {"lutime", lutime_it, 0},
    {"readlink", readlink_it, 0},
    {"realpath", realpath_it, 0},
    {"unlink", unlink_it, 0},
    {"mkdir", mkdir_it, 0},
    {"rmdir", rmdir_it, 0},
    {"scandir", scandir_it, 0},
    {"opendir", opendir_it, 0},
    {"rename from", rename_from, 0},
    {"rename to", rename_to, 0},
    {"link from", link_from, 0},
    {"link to", link_to, 0},
    {"symlink from", symlink_from, 1},
    {"symlink to", symlink_to, 0},
    {"copyfile from", copyfile_from, 0},
    {"copyfile to", copyfile_to, 0},
};

static void expect_code(const path_case_t* tried, const char* path, int code) {
  ssize_t result = DONE(tried->call(path));

  if (result != code)
    fail_msg("%s of %.20s: %s and not %s", tried->name, path,
             uv_err_name((int)result), uv_err_name(code));
}

/* What a link holds may be anything but nothing, or too long. */
static void bad_paths(void) {
  write_file("file", "text");
  for (size_t i = 0; i < COUNT_OF(path_cases); i++) {
    const path_case_t* tried = &path_cases[i];
    assert_int_equal(tried->call(NULL), UV_EINVAL);
    in_call = false;
    uv_fs_req_cleanup(&req); /* It is none that could harm. */
    expect_code(tried, "", UV_ENOENT);
    expect_code(tried, long_name, UV_ENAMETOOLONG);
    if (tried->call != realpath_it) /* It never gets that far. */
      expect_code(tried, long_path, UV_ENAMETOOLONG);
    if (!tried->below_file)
      expect_code(tried, at("file/below"), UV_ENOTDIR);
  }
}

static void test_paths_that_cannot_be(void** state) {
  (void)state;
  for (int i = 0; i < LONG; i++) {
    long_path[i] = i % 100 == 0 ? '/' : 'x';
    long_name[i] = 'x';
  }
  in_every_way(bad_paths);
}

/* Bytes that are no text are a name like any other. */
static void odd_names(void) {
  static const char* const names[] = {
      "\xff\xfe\x01", " ", "new\nline", "\xc3\x28", "*?[", "-rf", "%s%n"};
  uv_dirent_t entry;
  size_t seen = 0;

  for (size_t i = 0; i < COUNT_OF(names); i++) {
    ssize_t fd = DONE(uv_fs_open(LOOP, &req, at(names[i]),
                                 UV_FS_O_WRONLY | UV_FS_O_CREAT, 0644, CB));
    assert_true(fd >= 0);
    assert_int_equal(close((int)fd), 0);
    assert_int_equal(DONE(uv_fs_stat(LOOP, &req, at(names[i]), CB)), 0);
  }
  assert_int_equal(DO(uv_fs_scandir(LOOP, &req, folder, 0, CB)),
                   COUNT_OF(names));
  while (uv_fs_scandir_next(&req, &entry) == 0) {
    for (size_t i = 0; i < COUNT_OF(names); i++)
      seen += strcmp(entry.name, names[i]) == 0;
  }
  assert_int_equal(seen, COUNT_OF(names));
  uv_fs_req_cleanup(&req);
}

static void test_bytes_that_are_no_text_are_a_name(void** state) {
  (void)state;
  in_every_way(odd_names);
}

/* ---- templates of names ----------------------------------------------------
 */

static int mkdtemp_it(const char* path) {
  return uv_fs_mkdtemp(LOOP, &req, path, CB);
}

static int mkstemp_it(const char* path) {
  return uv_fs_mkstemp(LOOP, &req, path, CB);
}

static void bad_templates(void) {
  static const path_case_t cases[] = {
      {"mkdtemp", mkdtemp_it, 0},
      {"mkstemp", mkstemp_it, 0},
  };

  write_file("file", "text");
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    assert_int_equal(cases[i].call(NULL), UV_EINVAL);
    in_call = false;
    uv_fs_req_cleanup(&req);
    expect_code(&cases[i], "", UV_EINVAL);
    expect_code(&cases[i], at("noXs"), UV_EINVAL);
    expect_code(&cases[i], at("XXXXXXno"), UV_EINVAL);
    expect_code(&cases[i], at("none/XXXXXX"), UV_ENOENT);
    expect_code(&cases[i], at("file/XXXXXX"), UV_ENOTDIR);
    expect_code(&cases[i], long_name, UV_ENAMETOOLONG);
    expect_code(&cases[i], long_path, UV_ENAMETOOLONG);
  }
}

static void test_templates_that_make_no_name(void** state) {
  (void)state;
  for (int i = 0; i < LONG; i++) {
    long_path[i] = i % 100 == 0 ? '/' : 'x';
    long_name[i] = 'x';
  }
  memcpy(long_path + LONG - 6, "XXXXXX", 6);
  memcpy(long_name + LONG - 6, "XXXXXX", 6);
  in_every_way(bad_templates);
}

/* ---- descriptors -----------------------------------------------------------
 */

static char byte;

static int read_fd(int fd) {
  uv_buf_t buf = uv_buf_init(&byte, 1);

  return uv_fs_read(LOOP, &req, fd, &buf, 1, 0, CB);
}

static int read_on(int fd) {
  uv_buf_t buf = uv_buf_init(&byte, 1);

  return uv_fs_read(LOOP, &req, fd, &buf, 1, -1, CB);
}

static int write_fd(int fd) {
  uv_buf_t buf = uv_buf_init(&byte, 1);

  return uv_fs_write(LOOP, &req, fd, &buf, 1, 0, CB);
}

static int write_on(int fd) {
  uv_buf_t buf = uv_buf_init(&byte, 1);

  return uv_fs_write(LOOP, &req, fd, &buf, 1, -1, CB);
}

static int send_to_fd(int fd) {
  return uv_fs_sendfile(LOOP, &req, fd, fd, 0, 1, CB);
}

static int close_fd(int fd) {
  return uv_fs_close(LOOP, &req, fd, CB);
}

static int fstat_fd(int fd) {
  return uv_fs_fstat(LOOP, &req, fd, CB);
}

static int ftruncate_fd(int fd) {
  return uv_fs_ftruncate(LOOP, &req, fd, 0, CB);
}

static int fsync_fd(int fd) {
  return uv_fs_fsync(LOOP, &req, fd, CB);
}

static int fdatasync_fd(int fd) {
  return uv_fs_fdatasync(LOOP, &req, fd, CB);
}

static int fchmod_fd(int fd) {
  return uv_fs_fchmod(LOOP, &req, fd, 0644, CB);
}

static int fchown_fd(int fd) {
  return uv_fs_fchown(LOOP, &req, fd, 0, 0, CB);
}

static int futime_fd(int fd) {
  return uv_fs_futime(LOOP, &req, fd, 0, 0, CB);
}

typedef struct {
  const char* name;
  int (*call)(int fd);
} fd_case_t;

static const fd_case_t fd_cases[] = {
    {"read", read_fd},        {"read on", read_on},
    {"write", write_fd},      {"write on", write_on},
    {"sendfile", send_to_fd}, {"close", close_fd},
    {"fstat", fstat_fd},      {"ftruncate", ftruncate_fd},
    {"fsync", fsync_fd},      {"fdatasync", fdatasync_fd},
    {"fchmod", fchmod_fd},    {"fchown", fchown_fd},
    {"futime", futime_fd},
};

static void bad_fds(void) {
  /* None that comes next, nor one of kqueue's double. */
  int closed = fcntl(STDIN_FILENO, F_DUPFD, 800);
  const int fds[] = {-1, -2, -100, INT32_MIN, INT32_MAX, closed};

  assert_int_equal(close(closed), 0);
  for (size_t i = 0; i < COUNT_OF(fd_cases); i++) {
    for (size_t k = 0; k < COUNT_OF(fds); k++) {
      ssize_t result = DONE(fd_cases[i].call(fds[k]));
      if (result != UV_EBADF)
        fail_msg("%s of %d: %d", fd_cases[i].name, fds[k], (int)result);
    }
  }
}

static void test_descriptors_that_are_not_open(void** state) {
  (void)state;
  in_every_way(bad_fds);
}

static void folders_for_files(void) {
  int fd;

  assert_int_equal(mkdir(at("d"), 0755), 0);
  assert_int_equal(DONE(uv_fs_open(LOOP, &req, at("d"), UV_FS_O_WRONLY, 0, CB)),
                   UV_EISDIR);
  assert_int_equal(DONE(uv_fs_unlink(LOOP, &req, at("d"), CB)), UV_EISDIR);
  fd = open(at("d"), O_RDONLY);
  assert_int_equal(DONE(read_fd(fd)), UV_EISDIR);
  assert_int_equal(DONE(read_on(fd)), UV_EISDIR);
  assert_int_equal(DONE(write_fd(fd)), UV_EBADF);
  assert_int_equal(DONE(ftruncate_fd(fd)), UV_EINVAL);
  assert_int_equal(close(fd), 0);
  write_file("file", "text");
  expect_code(&(path_case_t){"copyfile from", copyfile_from, 0}, at("d"),
              UV_EISDIR);
  assert_int_equal(access(at("new"), F_OK), -1);
  expect_code(&(path_case_t){"copyfile to", copyfile_to, 0}, at("d"),
              UV_EISDIR);
  expect_code(&(path_case_t){"rename to", rename_to, 0}, at("d"), UV_EISDIR);
}

/* ... and files where folders are. */
static void files_for_folders(void) {
  write_file("file", "text");
  expect_code(&(path_case_t){"rmdir", rmdir_it, 0}, at("file"), UV_ENOTDIR);
  expect_code(&(path_case_t){"scandir", scandir_it, 0}, at("file"), UV_ENOTDIR);
  expect_code(&(path_case_t){"opendir", opendir_it, 0}, at("file"), UV_ENOTDIR);
  assert_int_equal(uv_fs_readdir(LOOP, &req, NULL, CB), UV_EINVAL);
  in_call = false;
  uv_fs_req_cleanup(&req);
  assert_int_equal(uv_fs_closedir(LOOP, &req, NULL, CB), UV_EINVAL);
  in_call = false;
  uv_fs_req_cleanup(&req);
}

static void test_files_where_folders_are_wanted(void** state) {
  (void)state;
  in_every_way(files_for_folders);
}

static void test_folders_where_files_are_wanted(void** state) {
  (void)state;
  in_every_way(folders_for_files);
}

static void wrong_ways(void) {
  int fds[2];
  int fd;

  write_file("file", "text");
  fd = open(at("file"), O_RDONLY);
  assert_int_equal(DONE(write_fd(fd)), UV_EBADF);
  assert_int_equal(DONE(ftruncate_fd(fd)), UV_EINVAL);
  assert_int_equal(close(fd), 0);
  fd = open(at("file"), O_WRONLY);
  assert_int_equal(DONE(read_fd(fd)), UV_EBADF);
  assert_int_equal(close(fd), 0);
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(DONE(read_fd(fds[0])), UV_ESPIPE);
  assert_int_equal(DONE(write_fd(fds[1])), UV_ESPIPE);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
}

static void test_files_that_are_open_for_something_else(void** state) {
  (void)state;
  in_every_way(wrong_ways);
}

static void bad_buffers(void) {
  uv_buf_t buf = uv_buf_init(&byte, 1);
  int fd;

  write_file("file", "text");
  fd = open(at("file"), O_RDWR);
  assert_int_equal(uv_fs_read(LOOP, &req, fd, NULL, 1, 0, CB), UV_EINVAL);
  uv_fs_req_cleanup(&req);
  assert_int_equal(uv_fs_read(LOOP, &req, fd, &buf, 0, 0, CB), UV_EINVAL);
  assert_int_equal(uv_fs_write(LOOP, &req, fd, NULL, 1, 0, CB), UV_EINVAL);
  assert_int_equal(uv_fs_write(LOOP, &req, fd, &buf, 0, 0, CB), UV_EINVAL);
  uv_fs_req_cleanup(&req);
  assert_int_equal(uv_loop_alive(&loop), 0);
  buf = uv_buf_init(NULL, 4); /* Memory that is not there. */
  assert_int_equal(DONE(uv_fs_read(LOOP, &req, fd, &buf, 1, 0, CB)), UV_EFAULT);
  assert_int_equal(DONE(uv_fs_write(LOOP, &req, fd, &buf, 1, 0, CB)),
                   UV_EFAULT);
  assert_int_equal(close(fd), 0);
}

static void test_buffers_that_are_none(void** state) {
  (void)state;
  in_every_way(bad_buffers);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_paths_that_cannot_be),
    cmocka_unit_test(test_bytes_that_are_no_text_are_a_name),
    cmocka_unit_test(test_descriptors_that_are_not_open),
    cmocka_unit_test(test_templates_that_make_no_name),
    cmocka_unit_test(test_folders_where_files_are_wanted),
    cmocka_unit_test(test_files_where_folders_are_wanted),
    cmocka_unit_test(test_files_that_are_open_for_something_else),
    cmocka_unit_test(test_buffers_that_are_none),
};

GY_TEST_MAIN(tests)
