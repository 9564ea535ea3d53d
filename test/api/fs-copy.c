/* fs-copy.c - tests of uv_fs_copyfile() and uv_fs_sendfile(). */
#include "fs.h"

#include <sys/socket.h>

enum {
  MB = 1024 * 1024
};

static ssize_t copy(const char* from, const char* to, int flags) {
  return DONE(uv_fs_copyfile(LOOP, &req, at(from), at(to), flags, CB));
}

/* Bytes that tell where they are. */
static char byte_at(size_t offset) {
  return (char)(offset * 31 + offset / 4093);
}

static void write_large(const char* name, size_t size) {
  char* content = malloc(size);
  int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

  assert_non_null(content);
  for (size_t i = 0; i < size; i++)
    content[i] = byte_at(i);
  assert_int_equal(write(fd, content, size), size);
  assert_int_equal(close(fd), 0);
  free(content);
}

static void expect_large(const char* name, size_t size) {
  char* content = malloc(size + 1);
  int fd = open(at(name), O_RDONLY);

  assert_non_null(content);
  assert_int_equal(read(fd, content, size + 1), size);
  for (size_t i = 0; i < size; i++) {
    if (content[i] != byte_at(i))
      fail_msg("byte %zu is wrong", i);
  }
  assert_int_equal(close(fd), 0);
  free(content);
}

static void copies(void) {
  struct stat about;

  write_file("a", "text");
  assert_int_equal(chmod(at("a"), 0751), 0);
  assert_int_equal(copy("a", "b", 0), 0);
  expect_file("b", "text");
  assert_int_equal(stat(at("b"), &about), 0);
  assert_int_equal(about.st_mode & 07777, 0751);
  write_file("c", "something longer");
  assert_int_equal(copy("a", "c", 0), 0);
  expect_file("c", "text");
  assert_int_equal(stat(at("c"), &about), 0);
  assert_int_equal(about.st_mode & 07777, 0751);
  write_file("empty", "");
  assert_int_equal(copy("empty", "c", 0), 0);
  expect_file("c", "");
  write_large("large", 3 * MB + 5);
  assert_int_equal(copy("large", "l", 0), 0);
  expect_large("l", 3 * MB + 5);
}

static void test_copy_has_the_content_and_the_permissions(void** state) {
  (void)state;
  in_every_way(copies);
}

static void copies_by_flags(void) {
  ssize_t err;

  write_file("a", "text");
  write_file("b", "old");
  assert_int_equal(copy("a", "b", UV_FS_COPYFILE_EXCL), UV_EEXIST);
  expect_file("b", "old");
  assert_int_equal(copy("a", "c", UV_FS_COPYFILE_EXCL), 0);
  expect_file("c", "text");
  assert_int_equal(copy("a", "b", UV_FS_COPYFILE_FICLONE), 0);
  expect_file("b", "text");
  err = copy("a", "d", UV_FS_COPYFILE_FICLONE_FORCE);
  if (err == 0) {
    expect_file("d", "text");
  } else {
    assert_true(err == UV_ENOTSUP || err == UV_ENOSYS || err == UV_ENOTTY ||
                err == UV_EINVAL);
    assert_false(exists("d"));
  }
  assert_int_equal(uv_fs_copyfile(LOOP, &req, at("a"), at("b"), 8, CB),
                   UV_EINVAL);
  uv_fs_req_cleanup(&req);
  assert_int_equal(uv_fs_copyfile(LOOP, &req, at("a"), at("b"), -1, CB),
                   UV_EINVAL);
}

static void test_copy_obeys_its_flags(void** state) {
  (void)state;
  in_every_way(copies_by_flags);
}

static void copies_onto_itself(void) {
  write_file("a", "text");
  assert_int_equal(link(at("a"), at("hard")), 0);
  assert_int_equal(symlink("a", at("soft")), 0);
  assert_int_equal(copy("a", "a", 0), 0);
  assert_int_equal(copy("a", "hard", 0), 0);
  assert_int_equal(copy("soft", "a", 0), 0);
  expect_file("a", "text");
}

static void test_file_copied_onto_itself_stays(void** state) {
  (void)state;
  in_every_way(copies_onto_itself);
}

static void copies_that_fail(void) {
  struct stat about;

  write_file("a", "text");
  assert_int_equal(mkdir(at("d"), 0755), 0);
  assert_int_equal(copy("none", "b", 0), UV_ENOENT);
  assert_false(exists("b"));
  assert_int_equal(copy("d", "b", 0), UV_EISDIR);
  assert_false(exists("b"));
  assert_int_equal(copy("a", "d", 0), UV_EISDIR);
  assert_int_equal(copy("a", "none/b", 0), UV_ENOENT);
  /* A link to a device: what is not a file is not removed. */
  assert_int_equal(symlink("/dev/full", at("full")), 0);
  assert_true(copy("a", "full", 0) < 0);
  assert_true(exists("full"));
  assert_int_equal(stat("/dev/full", &about), 0);
  assert_true(S_ISCHR(about.st_mode));
}

static void test_copy_that_fails_leaves_no_file(void** state) {
  (void)state;
  in_every_way(copies_that_fail);
}

static void copy_of_holes(void) {
  struct stat about;
  int fd = open(at("a"), O_WRONLY | O_CREAT, 0644);
  char end[8];

  assert_int_equal(pwrite(fd, "begin", 5, 4 * MB), 5);
  assert_int_equal(pwrite(fd, "end", 3, INT64_C(3) << 30), 3);
  assert_int_equal(ftruncate(fd, INT64_C(5) << 30), 0);
  assert_int_equal(close(fd), 0);
  assert_int_equal(copy("a", "b", 0), 0);
  assert_int_equal(stat(at("b"), &about), 0);
  assert_int_equal(about.st_size, INT64_C(5) << 30);
  assert_true(about.st_blocks < 16 * MB / 512);
  fd = open(at("b"), O_RDONLY);
  assert_int_equal(pread(fd, end, 5, 4 * MB), 5);
  assert_memory_equal(end, "begin", 5);
  assert_int_equal(pread(fd, end, 5, (INT64_C(3) << 30) - 2), 5);
  assert_memory_equal(end, "\0\0end", 5);
  assert_int_equal(close(fd), 0);
}

static void test_holes_stay_holes(void** state) {
  struct stat about;
  int fd;

  (void)state;
  open_folder();
  fd = open(at("probe"), O_WRONLY | O_CREAT, 0644);
  assert_int_equal(ftruncate(fd, 64 * MB), 0);
  assert_int_equal(fstat(fd, &about), 0);
  assert_int_equal(close(fd), 0);
  close_folder();
  if (about.st_blocks > 0)
    gy_test_skip("files have no holes here");
  in_every_way(copy_of_holes);
}

/* Its size is 0 until it is read. */
static void copy_of_the_systems_own(void) {
  struct stat about;

  assert_int_equal(
      DONE(uv_fs_copyfile(LOOP, &req, "/proc/self/status", at("b"), 0, CB)), 0);
  assert_int_equal(stat(at("b"), &about), 0);
  assert_true(about.st_size > 0);
}

static void test_file_without_a_size_is_copied_whole(void** state) {
  (void)state;
  if (access("/proc/self/status", R_OK) != 0)
    gy_test_skip("there is no /proc");
  in_every_way(copy_of_the_systems_own);
}

/* ---- uv_fs_sendfile() ------------------------------------------------------
 */

static ssize_t send_some(int to, int from, int64_t offset, size_t size) {
  return DONE(uv_fs_sendfile(LOOP, &req, to, from, offset, size, CB));
}

static void sends_to_a_file(void) {
  int from;
  int to = open(at("b"), O_WRONLY | O_CREAT, 0644);

  write_file("a", "0123456789");
  from = open(at("a"), O_RDONLY);
  assert_int_equal(lseek(from, 3, SEEK_SET), 3);
  assert_int_equal(send_some(to, from, 2, 4), 4);
  assert_int_equal(send_some(to, from, 8, 100), 2);
  assert_int_equal(send_some(to, from, 0, 0), 0);
  assert_int_equal(send_some(to, from, 100, 5), 0);
  assert_int_equal(send_some(to, from, -1, 5), UV_EINVAL);
  assert_int_equal(lseek(from, 0, SEEK_CUR), 3);
  expect_file("b", "234589");
  assert_int_equal(send_some(to, -1, 0, 5), UV_EBADF);
  assert_int_equal(send_some(-1, from, 0, 5), UV_EBADF);
  assert_int_equal(close(to), 0);
  to = open(at("b"), O_WRONLY | O_APPEND);
  assert_int_equal(send_some(to, from, 0, 2), 2);
  assert_int_equal(close(to), 0);
  expect_file("b", "23458901");
  assert_int_equal(close(from), 0);
}

static void test_sendfile_moves_one_position_and_not_the_other(void** state) {
  (void)state;
  in_every_way(sends_to_a_file);
}

static void sends_through_pipes(void) {
  char got[8];
  int pair[2];
  int pipes[2];
  int from;

  write_file("a", "0123456789");
  from = open(at("a"), O_RDWR);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(pipe(pipes), 0);
  assert_int_equal(send_some(pair[0], from, 1, 5), 5);
  assert_int_equal(read(pair[1], got, 8), 5);
  assert_memory_equal(got, "12345", 5);
  assert_int_equal(write(pipes[1], "abc", 3), 3);
  assert_int_equal(send_some(from, pipes[0], 0, 3), 3);
  expect_file("a", "abc3456789");
  assert_int_equal(close(pair[0]), 0);
  assert_int_equal(close(pair[1]), 0);
  assert_int_equal(close(pipes[0]), 0);
  assert_int_equal(close(pipes[1]), 0);
  assert_int_equal(close(from), 0);
}

static void test_sendfile_to_a_socket_and_from_a_pipe(void** state) {
  (void)state;
  in_every_way(sends_through_pipes);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_copy_has_the_content_and_the_permissions),
    cmocka_unit_test(test_copy_obeys_its_flags),
    cmocka_unit_test(test_file_copied_onto_itself_stays),
    cmocka_unit_test(test_copy_that_fails_leaves_no_file),
    cmocka_unit_test(test_holes_stay_holes),
    cmocka_unit_test(test_file_without_a_size_is_copied_whole),
    cmocka_unit_test(test_sendfile_moves_one_position_and_not_the_other),
    cmocka_unit_test(test_sendfile_to_a_socket_and_from_a_pipe),
};

GY_TEST_MAIN(tests)
