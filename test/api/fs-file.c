/* fs-file.c - tests of operations on open files. */
#include "fs.h"

#include <limits.h>

enum {
  MANY_BUFS = 2500 /* more than one system call takes */
};

static int open_file(const char* name, int flags) {
  ssize_t fd = DONE(uv_fs_open(LOOP, &req, at(name), flags, 0644, CB));

  assert_true(fd >= 0);
  return (int)fd;
}

static void close_file(int fd) {
  assert_int_equal(DONE(uv_fs_close(LOOP, &req, fd, CB)), 0);
}

static ssize_t write_text(int fd, const char* text, int64_t offset) {
  char copy[64];
  uv_buf_t buf = uv_buf_init(copy, (unsigned)strlen(text));

  memcpy(copy, text, strlen(text));
  return DONE(uv_fs_write(LOOP, &req, fd, &buf, 1, offset, CB));
}

/* Read up to |size| bytes, which are |text|. */
static void expect_read(int fd, size_t size, int64_t offset, const char* text) {
  char room[64];
  uv_buf_t buf = uv_buf_init(room, (unsigned)size);

  assert_int_equal(DONE(uv_fs_read(LOOP, &req, fd, &buf, 1, offset, CB)),
                   strlen(text));
  assert_memory_equal(room, text, strlen(text));
}

/* ---- opening ---------------------------------------------------------------
 */

static void open_and_close(void) {
  struct stat about;
  int fd = open_file("a", UV_FS_O_RDWR | UV_FS_O_CREAT);

  assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
  assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(fstat(fd, &about), 0);
  assert_int_equal(about.st_mode & 07777, 0644);
  close_file(fd);
  assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void test_open_makes_a_file_and_close_closes_it(void** state) {
  (void)state;
  in_every_way(open_and_close);
}

static void open_flags(void) {
  int fd;

  write_file("a", "old text");
  assert_int_equal(
      DONE(uv_fs_open(LOOP, &req, at("a"),
                      UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_EXCL, 0644, CB)),
      UV_EEXIST);
  fd = open_file("a", UV_FS_O_RDONLY);
  assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
  close_file(fd);
  fd = open_file("a", UV_FS_O_RDONLY | UV_FS_O_NONBLOCK);
  assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  close_file(fd);
  fd = open_file("a", UV_FS_O_WRONLY | UV_FS_O_APPEND);
  assert_int_equal(write_text(fd, "!", -1), 1);
  close_file(fd);
  expect_file("a", "old text!");
  fd = open_file("a", UV_FS_O_WRONLY | UV_FS_O_TRUNC);
  close_file(fd);
  expect_file("a", "");
  assert_int_equal(symlink("a", at("link")), 0);
  assert_int_equal(DONE(uv_fs_open(LOOP, &req, at("link"),
                                   UV_FS_O_RDONLY | UV_FS_O_NOFOLLOW, 0, CB)),
                   UV_ELOOP);
  assert_int_equal(DONE(uv_fs_open(LOOP, &req, at("a"),
                                   UV_FS_O_RDONLY | UV_FS_O_DIRECTORY, 0, CB)),
                   UV_ENOTDIR);
  close_file(open_file(".", UV_FS_O_RDONLY | UV_FS_O_DIRECTORY));
}

static void test_open_obeys_its_flags(void** state) {
  (void)state;
  in_every_way(open_flags);
}

/* ---- reading and writing ---------------------------------------------------
 */

static void positions(void) {
  int fd = open_file("a", UV_FS_O_RDWR | UV_FS_O_CREAT);

  assert_int_equal(write_text(fd, "hello", -1), 5);
  assert_int_equal(write_text(fd, " world", -1), 6);
  assert_int_equal(write_text(fd, "J", 0), 1);
  expect_read(fd, 5, 6, "world");
  expect_read(fd, 60, 0, "Jello world");
  expect_read(fd, 60, -1, ""); /* The position is where writing left it. */
  expect_read(fd, 60, 100, "");
  assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
  expect_read(fd, 3, -1, "llo");
  expect_read(fd, 3, -1, " wo");
  expect_read(fd, 0, 0, "");
  assert_int_equal(lseek(fd, 0, SEEK_CUR), 8);
  close_file(fd);
}

static void test_offsets_are_used_and_the_position_where_there_is_none(
    void** state) {
  (void)state;
  in_every_way(positions);
}

/* Buffers of 0, 1, 2, 3 and 4 bytes, and again, in |memory|; bytes in all. */
static size_t many_bufs(uv_buf_t* bufs, char* memory) {
  size_t size = 0;

  for (unsigned i = 0; i < MANY_BUFS; i++) {
    bufs[i] = uv_buf_init(memory + size, i % 5);
    size += i % 5;
  }
  return size;
}

static void more_buffers(void) {
  static uv_buf_t bufs[MANY_BUFS];
  static char written[MANY_BUFS * 4];
  static char read_back[MANY_BUFS * 4];
  size_t size = many_bufs(bufs, written);
  int fd = open_file("a", UV_FS_O_RDWR | UV_FS_O_CREAT);

  for (size_t i = 0; i < size; i++)
    written[i] = (char)(i * 7);
  assert_int_equal(DONE(uv_fs_write(LOOP, &req, fd, bufs, MANY_BUFS, -1, CB)),
                   size);
  assert_int_equal(lseek(fd, 0, SEEK_CUR), size);
  (void)many_bufs(bufs, read_back);
  assert_int_equal(DONE(uv_fs_read(LOOP, &req, fd, bufs, MANY_BUFS, 0, CB)),
                   size);
  assert_memory_equal(read_back, written, size);
  memset(read_back, 0, size);
  assert_int_equal(lseek(fd, 1, SEEK_SET), 1);
  assert_int_equal(DONE(uv_fs_read(LOOP, &req, fd, bufs, MANY_BUFS, -1, CB)),
                   size - 1);
  assert_memory_equal(read_back, written + 1, size - 1);
  close_file(fd);
}

static void test_more_buffers_than_a_call_takes_are_read_and_written(
    void** state) {
  (void)state;
  in_every_way(more_buffers);
}

static void buffers_of_a_pipe(void) {
  static uv_buf_t bufs[MANY_BUFS];
  static char memory[MANY_BUFS * 4];
  int fds[2];

  (void)many_bufs(bufs, memory);
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(write(fds[1], memory, 2050), 2050);
  /* The first 1024 buffers are full then, and nobody writes more. */
  assert_int_equal(
      DONE(uv_fs_read(LOOP, &req, fds[0], bufs, MANY_BUFS, -1, CB)), 2050);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
}

static void test_read_of_a_pipe_does_not_wait_for_more_than_there_is(
    void** state) {
  (void)state;
  in_every_way(buffers_of_a_pipe);
}

/* The buffers are 3 GB, though they are in the same memory. */
static void huge_buffers(void) {
  size_t size = 65536;
  char* memory = malloc(size);
  uv_buf_t* bufs = malloc(3 * 16384 * sizeof(*bufs));
  int fd = open_file("a", UV_FS_O_RDWR | UV_FS_O_CREAT);

  assert_true(memory != NULL && bufs != NULL);
  memset(memory, 0, size);
  assert_int_equal(ftruncate(fd, 3 * INT64_C(16384) * 65536 + 5), 0);
  for (unsigned i = 0; i < 3 * 16384; i++)
    bufs[i] = uv_buf_init(memory, 65536);
  assert_int_equal(DONE(uv_fs_read(LOOP, &req, fd, bufs, 3 * 16384, 10, CB)),
                   3 * INT64_C(16384) * 65536 - 5);
  close_file(fd);
  free(bufs);
  free(memory);
}

static void test_more_than_two_gigabytes_are_read_at_once(void** state) {
  (void)state;
  if (sizeof(size_t) < 8)
    gy_test_skip("a result has 31 bits here");
  /* In the call the result does not fit into an int; req has it. */
  on_loop = true;
  open_folder();
  huge_buffers();
  close_folder();
}

static void far_offset(void) {
  int64_t far = INT64_C(5) << 30;
  int fd = open_file("a", UV_FS_O_RDWR | UV_FS_O_CREAT);

  assert_int_equal(write_text(fd, "far", far), 3);
  expect_read(fd, 10, far, "far");
  assert_int_equal(DONE(uv_fs_fstat(LOOP, &req, fd, CB)), 0);
  assert_int_equal(req.statbuf.st_size, far + 3);
  close_file(fd);
}

static void test_offsets_beyond_four_gigabytes(void** state) {
  (void)state;
  in_every_way(far_offset);
}

static void test_array_of_buffers_is_copied(void** state) {
  char room[8][8];
  uv_buf_t bufs[8];
  int fd;

  (void)state;
  on_loop = true;
  open_folder();
  write_file("a", "0123456789abcdef");
  fd = open_file("a", UV_FS_O_RDONLY);
  for (int i = 0; i < 8; i++)
    bufs[i] = uv_buf_init(room[i], 2);
  in_call = true;
  assert_int_equal(uv_fs_read(&loop, &req, fd, bufs, 8, 0, note_done), 0);
  memset(bufs, 0, sizeof(bufs));
  assert_int_equal(finish(0), 16);
  uv_fs_req_cleanup(&req);
  assert_memory_equal(room[7], "ef", 2);
  close_file(fd);
  close_folder();
}

/* ---- the rest --------------------------------------------------------------
 */

static void sizes_of_it(void) {
  int fd = open_file("a", UV_FS_O_RDWR | UV_FS_O_CREAT);
  struct stat about;

  assert_int_equal(write_text(fd, "hello", 0), 5);
  assert_int_equal(DONE(uv_fs_ftruncate(LOOP, &req, fd, 4, CB)), 0);
  expect_file("a", "hell");
  assert_int_equal(DONE(uv_fs_ftruncate(LOOP, &req, fd, 6, CB)), 0);
  assert_int_equal(fstat(fd, &about), 0);
  assert_int_equal(about.st_size, 6);
  assert_int_equal(DONE(uv_fs_ftruncate(LOOP, &req, fd, -1, CB)), UV_EINVAL);
  assert_int_equal(DONE(uv_fs_fsync(LOOP, &req, fd, CB)), 0);
  assert_int_equal(DONE(uv_fs_fdatasync(LOOP, &req, fd, CB)), 0);
  close_file(fd);
}

static void test_truncate_cuts_and_adds_and_sync_syncs(void** state) {
  (void)state;
  in_every_way(sizes_of_it);
}

static void attributes_of_it(void) {
  int fd = open_file("a", UV_FS_O_RDWR | UV_FS_O_CREAT);
  struct stat about;

  assert_int_equal(DONE(uv_fs_fchmod(LOOP, &req, fd, 0600, CB)), 0);
  assert_int_equal(DONE(uv_fs_fchown(LOOP, &req, fd, geteuid(), getegid(), CB)),
                   0);
  assert_int_equal(
      DONE(uv_fs_fchown(LOOP, &req, fd, (uv_uid_t)-1, (uv_gid_t)-1, CB)), 0);
  assert_int_equal(DONE(uv_fs_futime(LOOP, &req, fd, 12.5, -1.25, CB)), 0);
  assert_int_equal(fstat(fd, &about), 0);
  assert_int_equal(about.st_mode & 07777, 0600);
  assert_int_equal(about.st_uid, geteuid());
  assert_int_equal(about.st_atim.tv_sec, 12);
  assert_int_equal(about.st_atim.tv_nsec, 500000000);
  assert_int_equal(about.st_mtim.tv_sec, -2);
  assert_int_equal(about.st_mtim.tv_nsec, 750000000);
  close_file(fd);
}

static void test_attributes_of_an_open_file_are_set(void** state) {
  (void)state;
  in_every_way(attributes_of_it);
}

static void test_handles_of_the_system_are_descriptors(void** state) {
  int fd = open("/dev/null", O_RDONLY);

  (void)state;
  assert_int_equal(uv_get_osfhandle(fd), fd);
  assert_int_equal(uv_open_osfhandle(uv_get_osfhandle(fd)), fd);
  assert_int_equal(close(fd), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_open_makes_a_file_and_close_closes_it),
    cmocka_unit_test(test_open_obeys_its_flags),
    cmocka_unit_test(
        test_offsets_are_used_and_the_position_where_there_is_none),
    cmocka_unit_test(test_more_buffers_than_a_call_takes_are_read_and_written),
    cmocka_unit_test(test_read_of_a_pipe_does_not_wait_for_more_than_there_is),
    cmocka_unit_test(test_more_than_two_gigabytes_are_read_at_once),
    cmocka_unit_test(test_offsets_beyond_four_gigabytes),
    cmocka_unit_test(test_array_of_buffers_is_copied),
    cmocka_unit_test(test_truncate_cuts_and_adds_and_sync_syncs),
    cmocka_unit_test(test_attributes_of_an_open_file_are_set),
    cmocka_unit_test(test_handles_of_the_system_are_descriptors),
};

GY_TEST_MAIN(tests)
