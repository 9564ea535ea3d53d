/* fs-stat.c - tests of looking at files and file systems. */
#include "fs.h"

#include <sys/statvfs.h>
#include <time.h>

static void expect_like(const uv_stat_t* found, const struct stat* about) {
  assert_int_equal(found->st_dev, about->st_dev);
  assert_int_equal(found->st_mode, about->st_mode);
  assert_int_equal(found->st_nlink, about->st_nlink);
  assert_int_equal(found->st_uid, about->st_uid);
  assert_int_equal(found->st_gid, about->st_gid);
  assert_int_equal(found->st_rdev, about->st_rdev);
  assert_int_equal(found->st_ino, about->st_ino);
  assert_int_equal(found->st_size, about->st_size);
  assert_int_equal(found->st_blksize, about->st_blksize);
  assert_int_equal(found->st_blocks, about->st_blocks);
  assert_int_equal(found->st_atim.tv_sec, about->st_atim.tv_sec);
  assert_int_equal(found->st_mtim.tv_sec, about->st_mtim.tv_sec);
  assert_int_equal(found->st_mtim.tv_nsec, about->st_mtim.tv_nsec);
  assert_int_equal(found->st_ctim.tv_sec, about->st_ctim.tv_sec);
  assert_int_equal(found->st_ctim.tv_nsec, about->st_ctim.tv_nsec);
  assert_in_range(found->st_birthtim.tv_nsec, 0, 999999999);
}

/* The request is over, and says what stat(2) says of |path|. */
static void expect_stat(const char* path) {
  struct stat about;

  assert_int_equal(req.result, 0);
  assert_ptr_equal(req.ptr, &req.statbuf);
  assert_int_equal(stat(path, &about), 0);
  expect_like(&req.statbuf, &about);
  uv_fs_req_cleanup(&req);
  assert_null(req.ptr);
  assert_int_equal(req.statbuf.st_ino, about.st_ino);
}

static void look_at_a_file(void) {
  struct stat about;
  int fd;

  write_file("a", "text");
  assert_int_equal(symlink("a", at("s")), 0);
  DO(uv_fs_stat(LOOP, &req, at("a"), CB));
  expect_stat(at("a"));
  DO(uv_fs_stat(LOOP, &req, at("s"), CB));
  expect_stat(at("a"));
  DO(uv_fs_lstat(LOOP, &req, at("a"), CB));
  expect_stat(at("a"));
  DO(uv_fs_stat(LOOP, &req, folder, CB));
  expect_stat(folder);
  DO(uv_fs_stat(LOOP, &req, "/dev/null", CB));
  expect_stat("/dev/null");
  assert_int_equal(DO(uv_fs_lstat(LOOP, &req, at("s"), CB)), 0);
  assert_int_equal(lstat(at("s"), &about), 0);
  expect_like(&req.statbuf, &about);
  uv_fs_req_cleanup(&req);
  fd = open(at("a"), O_RDONLY);
  DO(uv_fs_fstat(LOOP, &req, fd, CB));
  expect_stat(at("a"));
  assert_int_equal(close(fd), 0);
}

static void test_stat_tells_what_the_system_tells(void** state) {
  (void)state;
  in_every_way(look_at_a_file);
}

/* On a file system that tells it, a file is born when it is made, and no write
 * changes that. */
static void look_at_a_birth(void) {
  uv_timespec_t birth;
  time_t before = time(NULL) - 1;

  write_file("a", "text");
  assert_int_equal(DONE(uv_fs_stat(LOOP, &req, at("a"), CB)), 0);
  birth = req.statbuf.st_birthtim;
  assert_int_equal(DONE(uv_fs_utime(LOOP, &req, at("a"), 1, 2, CB)), 0);
  write_file("a", "more text");
  assert_int_equal(DONE(uv_fs_stat(LOOP, &req, at("a"), CB)), 0);
  assert_int_equal(req.statbuf.st_birthtim.tv_sec, birth.tv_sec);
  assert_int_equal(req.statbuf.st_birthtim.tv_nsec, birth.tv_nsec);
  if (birth.tv_sec != 0)
    assert_in_range(birth.tv_sec, before, time(NULL) + 1);
}

static void test_birth_of_a_file_stays(void** state) {
  (void)state;
  in_every_way(look_at_a_birth);
}

static void look_in_vain(void) {
  write_file("a", "text");
  assert_int_equal(symlink("loop", at("loop")), 0);
  assert_int_equal(DO(uv_fs_stat(LOOP, &req, at("none"), CB)), UV_ENOENT);
  assert_null(req.ptr);
  uv_fs_req_cleanup(&req);
  assert_int_equal(DONE(uv_fs_stat(LOOP, &req, at("a/b"), CB)), UV_ENOTDIR);
  assert_int_equal(DONE(uv_fs_stat(LOOP, &req, at("loop"), CB)), UV_ELOOP);
  assert_int_equal(DONE(uv_fs_lstat(LOOP, &req, at("none"), CB)), UV_ENOENT);
  assert_int_equal(DONE(uv_fs_fstat(LOOP, &req, -1, CB)), UV_EBADF);
  assert_int_equal(DONE(uv_fs_fstat(LOOP, &req, -100, CB)), UV_EBADF);
  assert_int_equal(DONE(uv_fs_fstat(LOOP, &req, 9999, CB)), UV_EBADF);
}

static void test_stat_of_what_is_not_there_fails_without_a_ptr(void** state) {
  (void)state;
  in_every_way(look_in_vain);
}

static void look_at_a_pipe(void) {
  struct stat about;
  int fds[2];

  assert_int_equal(pipe(fds), 0);
  assert_int_equal(DONE(uv_fs_fstat(LOOP, &req, fds[0], CB)), 0);
  assert_int_equal(fstat(fds[0], &about), 0);
  assert_int_equal(req.statbuf.st_mode, about.st_mode);
  assert_int_equal(req.statbuf.st_ino, about.st_ino);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
}

static void test_fstat_of_what_is_no_file(void** state) {
  (void)state;
  in_every_way(look_at_a_pipe);
}

static void look_at_the_file_system(void) {
  struct statvfs about;
  uv_statfs_t* found;

  assert_int_equal(DO(uv_fs_statfs(LOOP, &req, folder, CB)), 0);
  assert_int_equal(statvfs(folder, &about), 0);
  found = req.ptr;
  assert_int_equal(found->f_bsize, about.f_bsize);
  assert_int_equal(found->f_frsize, about.f_frsize);
  assert_int_equal(found->f_blocks, about.f_blocks);
  assert_true(found->f_bavail <= found->f_blocks);
  assert_int_equal(found->f_files, about.f_files);
  uv_fs_req_cleanup(&req);
  assert_null(req.ptr);
  assert_int_equal(DO(uv_fs_statfs(LOOP, &req, at("none"), CB)), UV_ENOENT);
  assert_null(req.ptr);
  uv_fs_req_cleanup(&req);
}

static void test_statfs_tells_of_the_file_system(void** state) {
  (void)state;
  in_every_way(look_at_the_file_system);
}

static void accessors(void) {
  write_file("a", "text");
  assert_int_equal(DO(uv_fs_stat(LOOP, &req, at("a"), CB)), 0);
  assert_int_equal(uv_fs_get_type(&req), UV_FS_STAT);
  assert_int_equal(uv_fs_get_result(&req), 0);
  assert_ptr_equal(uv_fs_get_ptr(&req), req.ptr);
  assert_string_equal(uv_fs_get_path(&req), at("a"));
  assert_ptr_equal(uv_fs_get_statbuf(&req), &req.statbuf);
  assert_int_equal(uv_fs_get_system_error(&req), 0);
  uv_fs_req_cleanup(&req);
  assert_int_equal(DO(uv_fs_stat(LOOP, &req, at("none"), CB)), UV_ENOENT);
  assert_int_equal(uv_fs_get_system_error(&req), ENOENT);
  uv_fs_req_cleanup(&req);
}

static void test_request_tells_of_itself(void** state) {
  (void)state;
  in_every_way(accessors);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_stat_tells_what_the_system_tells),
    cmocka_unit_test(test_birth_of_a_file_stays),
    cmocka_unit_test(test_stat_of_what_is_not_there_fails_without_a_ptr),
    cmocka_unit_test(test_fstat_of_what_is_no_file),
    cmocka_unit_test(test_statfs_tells_of_the_file_system),
    cmocka_unit_test(test_request_tells_of_itself),
};

GY_TEST_MAIN(tests)
