/* fs-path.c - tests of operations on names. */
#include "fs.h"

#include <math.h>

static void make_and_remove(void) {
  struct stat about;

  assert_int_equal(DONE(uv_fs_mkdir(LOOP, &req, at("d"), 0750, CB)), 0);
  assert_int_equal(stat(at("d"), &about), 0);
  assert_true(S_ISDIR(about.st_mode));
  assert_int_equal(about.st_mode & 07777, 0750);
  assert_int_equal(DONE(uv_fs_mkdir(LOOP, &req, at("d"), 0750, CB)), UV_EEXIST);
  write_file("d/a", "text");
  assert_int_equal(DONE(uv_fs_rmdir(LOOP, &req, at("d"), CB)), UV_ENOTEMPTY);
  assert_int_equal(DONE(uv_fs_rmdir(LOOP, &req, at("d/a"), CB)), UV_ENOTDIR);
  assert_int_equal(DONE(uv_fs_unlink(LOOP, &req, at("d/a"), CB)), 0);
  assert_false(exists("d/a"));
  assert_int_equal(DONE(uv_fs_rmdir(LOOP, &req, at("d"), CB)), 0);
  assert_false(exists("d"));
  assert_int_equal(DONE(uv_fs_unlink(LOOP, &req, at("d"), CB)), UV_ENOENT);
}

static void test_folders_and_files_are_made_and_removed(void** state) {
  (void)state;
  in_every_way(make_and_remove);
}

static void rename_it(void) {
  write_file("a", "new");
  write_file("b", "old");
  assert_int_equal(DONE(uv_fs_rename(LOOP, &req, at("a"), at("b"), CB)), 0);
  assert_false(exists("a"));
  expect_file("b", "new");
  assert_int_equal(DONE(uv_fs_rename(LOOP, &req, at("a"), at("b"), CB)),
                   UV_ENOENT);
}

static void test_rename_replaces_what_is_there(void** state) {
  (void)state;
  in_every_way(rename_it);
}

static void links(void) {
  struct stat about;
  char target[PATH_SIZE];

  write_file("a", "text");
  assert_int_equal(DONE(uv_fs_link(LOOP, &req, at("a"), at("b"), CB)), 0);
  assert_int_equal(stat(at("a"), &about), 0);
  assert_int_equal(about.st_nlink, 2);
  assert_int_equal(DONE(uv_fs_link(LOOP, &req, at("a"), at("b"), CB)),
                   UV_EEXIST);
  assert_int_equal(DONE(uv_fs_symlink(LOOP, &req, "a", at("s"), 0, CB)), 0);
  expect_file("s", "text");
  assert_int_equal(DO(uv_fs_readlink(LOOP, &req, at("s"), CB)), 0);
  assert_string_equal(req.ptr, "a");
  uv_fs_req_cleanup(&req);
  assert_int_equal(DONE(uv_fs_readlink(LOOP, &req, at("a"), CB)), UV_EINVAL);
  memset(target, 'x', 300);
  target[300] = '\0';
  assert_int_equal(DONE(uv_fs_symlink(LOOP, &req, target, at("long"),
                                      UV_FS_SYMLINK_DIR, CB)),
                   0);
  assert_int_equal(DO(uv_fs_readlink(LOOP, &req, at("long"), CB)), 0);
  assert_string_equal(req.ptr, target);
  uv_fs_req_cleanup(&req);
}

static void test_links_are_made_and_read(void** state) {
  (void)state;
  in_every_way(links);
}

static void real_path(void) {
  char real[PATH_SIZE];

  assert_int_equal(mkdir(at("d"), 0755), 0);
  write_file("d/a", "text");
  assert_int_equal(symlink("d/../d/./a", at("s")), 0);
  assert_int_equal(symlink("loop", at("loop")), 0);
  assert_int_equal(DO(uv_fs_realpath(LOOP, &req, at("s"), CB)), 0);
  (void)snprintf(real, sizeof(real), "%s/d/a", folder);
  assert_string_equal(req.ptr, real);
  uv_fs_req_cleanup(&req);
  assert_int_equal(DONE(uv_fs_realpath(LOOP, &req, at("loop"), CB)), UV_ELOOP);
  assert_int_equal(DONE(uv_fs_realpath(LOOP, &req, at("none"), CB)), UV_ENOENT);
}

static void test_realpath_is_without_links_and_dots(void** state) {
  (void)state;
  in_every_way(real_path);
}

static void temporaries(void) {
  char template[PATH_SIZE];
  char first[PATH_SIZE];
  struct stat about;
  ssize_t fd;

  (void)snprintf(template, sizeof(template), "%s", at("d-XXXXXX"));
  assert_int_equal(DO(uv_fs_mkdtemp(LOOP, &req, template, CB)), 0);
  assert_string_equal(template, at("d-XXXXXX"));
  assert_int_equal(strlen(req.path), strlen(template));
  assert_memory_equal(req.path, template, strlen(template) - 6);
  assert_string_not_equal(req.path, template);
  assert_int_equal(stat(req.path, &about), 0);
  assert_true(S_ISDIR(about.st_mode));
  (void)snprintf(first, sizeof(first), "%s", req.path);
  uv_fs_req_cleanup(&req);
  assert_int_equal(DO(uv_fs_mkdtemp(LOOP, &req, template, CB)), 0);
  assert_string_not_equal(req.path, first);
  uv_fs_req_cleanup(&req);

  fd = DO(uv_fs_mkstemp(LOOP, &req, at("f-XXXXXX"), CB));
  assert_true(fd >= 0);
  assert_int_equal(fcntl((int)fd, F_GETFD), FD_CLOEXEC);
  assert_int_equal(stat(req.path, &about), 0);
  assert_int_equal(about.st_mode & 07777, 0600);
  assert_int_equal(write((int)fd, "x", 1), 1);
  assert_int_equal(close((int)fd), 0);
  uv_fs_req_cleanup(&req);
  assert_int_equal(DO(uv_fs_mkstemp(LOOP, &req, at("none/XXXXXX"), CB)),
                   UV_ENOENT);
  assert_string_equal(req.path, "");
  uv_fs_req_cleanup(&req);
  assert_int_equal(DONE(uv_fs_mkstemp(LOOP, &req, at("f"), CB)), UV_EINVAL);
  assert_int_equal(DONE(uv_fs_mkdtemp(LOOP, &req, at("f-XXXXX"), CB)),
                   UV_EINVAL);
  assert_int_equal(DONE(uv_fs_mkdtemp(LOOP, &req, at("none/XXXXXX"), CB)),
                   UV_ENOENT);
}

static void test_temporary_names_are_in_the_request(void** state) {
  (void)state;
  in_every_way(temporaries);
}

static void attributes(void) {
  struct stat about;

  write_file("a", "text");
  assert_int_equal(symlink("a", at("s")), 0);
  assert_int_equal(DONE(uv_fs_chmod(LOOP, &req, at("s"), 0600, CB)), 0);
  assert_int_equal(
      DONE(uv_fs_chown(LOOP, &req, at("a"), geteuid(), getegid(), CB)), 0);
  assert_int_equal(
      DONE(uv_fs_chown(LOOP, &req, at("a"), (uv_uid_t)-1, (uv_gid_t)-1, CB)),
      0);
  assert_int_equal(
      DONE(uv_fs_lchown(LOOP, &req, at("s"), geteuid(), getegid(), CB)), 0);
  assert_int_equal(stat(at("a"), &about), 0);
  assert_int_equal(about.st_mode & 07777, 0600);
  assert_int_equal(DONE(uv_fs_access(LOOP, &req, at("a"), F_OK, CB)), 0);
  assert_int_equal(DONE(uv_fs_access(LOOP, &req, at("a"), R_OK | W_OK, CB)), 0);
  assert_int_equal(DONE(uv_fs_access(LOOP, &req, at("a"), X_OK, CB)),
                   UV_EACCES);
  assert_int_equal(DONE(uv_fs_access(LOOP, &req, at("none"), F_OK, CB)),
                   UV_ENOENT);
  assert_int_equal(DONE(uv_fs_access(LOOP, &req, at("a"), 12345, CB)),
                   UV_EINVAL);
}

static void test_attributes_of_a_name_are_set_and_asked(void** state) {
  (void)state;
  in_every_way(attributes);
}

/* Read and written, to the microsecond, as the file |name| has them. */
static void expect_times(const char* name, int64_t atime_us, int64_t mtime_us) {
  struct stat about;

  assert_int_equal(lstat(at(name), &about), 0);
  assert_int_equal(about.st_atim.tv_nsec % 1000, 0);
  assert_int_equal(
      (int64_t)about.st_atim.tv_sec * 1000000 + about.st_atim.tv_nsec / 1000,
      atime_us);
  assert_int_equal(
      (int64_t)about.st_mtim.tv_sec * 1000000 + about.st_mtim.tv_nsec / 1000,
      mtime_us);
}

static void times(void) {
  struct stat about;

  write_file("a", "text");
  assert_int_equal(symlink("a", at("s")), 0);
  assert_int_equal(DONE(uv_fs_lutime(LOOP, &req, at("s"), 7.5, 8.25, CB)), 0);
  expect_times("s", 7500000, 8250000);
  assert_int_equal(DONE(uv_fs_utime(LOOP, &req, at("a"), 1.5, 2.25, CB)), 0);
  expect_times("a", 1500000, 2250000);
  assert_int_equal(DONE(uv_fs_utime(LOOP, &req, at("a"), -1.5, -0.000001, CB)),
                   0);
  expect_times("a", -1500000, -1);
  assert_int_equal(
      DONE(uv_fs_utime(LOOP, &req, at("a"), 1700000000.123, 1.1, CB)), 0);
  expect_times("a", INT64_C(1700000000123000), 1100000);
  assert_int_equal(DONE(uv_fs_utime(LOOP, &req, at("a"), (double)NAN, 3, CB)),
                   0);
  expect_times("a", INT64_C(1700000000123000), 3000000);
  assert_int_equal(
      DONE(uv_fs_utime(LOOP, &req, at("a"), 4, (double)INFINITY, CB)), 0);
  assert_int_equal(stat(at("a"), &about), 0);
  assert_int_equal(about.st_atim.tv_sec, 4);
  assert_true(about.st_mtim.tv_sec > 1000000000);
  assert_int_equal(
      DONE(uv_fs_utime(LOOP, &req, at("a"), (double)-INFINITY, 0, CB)),
      UV_EINVAL);
  assert_int_equal(DONE(uv_fs_utime(LOOP, &req, at("a"), 0, 1e300, CB)),
                   UV_EINVAL);
  assert_int_equal(DONE(uv_fs_lutime(LOOP, &req, at("none"), 0, 0, CB)),
                   UV_ENOENT);
}

static void test_times_are_set_to_the_microsecond_or_now_or_left(void** state) {
  (void)state;
  in_every_way(times);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_folders_and_files_are_made_and_removed),
    cmocka_unit_test(test_rename_replaces_what_is_there),
    cmocka_unit_test(test_links_are_made_and_read),
    cmocka_unit_test(test_realpath_is_without_links_and_dots),
    cmocka_unit_test(test_temporary_names_are_in_the_request),
    cmocka_unit_test(test_attributes_of_a_name_are_set_and_asked),
    cmocka_unit_test(test_times_are_set_to_the_microsecond_or_now_or_left),
};

GY_TEST_MAIN(tests)
