/* fs-dir.c - tests of reading directories. */
#include "fs.h"

#include <sys/socket.h>
#include <sys/un.h>

enum {
  MANY = 700
};

/* ---- all at once -----------------------------------------------------------
 */

static void expect_next(const char* name, uv_dirent_type_t type) {
  uv_dirent_t entry;

  assert_int_equal(uv_fs_scandir_next(&req, &entry), 0);
  assert_string_equal(entry.name, name);
  if (entry.type != UV_DIRENT_UNKNOWN)
    assert_int_equal(entry.type, type);
}

static void expect_end(void) {
  uv_dirent_t entry;

  assert_int_equal(uv_fs_scandir_next(&req, &entry), UV_EOF);
  assert_int_equal(uv_fs_scandir_next(&req, &entry), UV_EOF);
}

static void make_socket(const char* name) {
  struct sockaddr_un address = {0};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);

  address.sun_family = AF_UNIX;
  (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", at(name));
  assert_int_equal(bind(fd, (struct sockaddr*)&address, sizeof(address)), 0);
  assert_int_equal(close(fd), 0);
}

static void scan_of_all_sorts(void) {
  write_file("b", "");
  write_file("B", "");
  write_file("a b", "");
  write_file("a", "");
  write_file(".hidden", "");
  write_file("...", "");
  assert_int_equal(mkdir(at("c"), 0755), 0);
  assert_int_equal(mkfifo(at("d"), 0644), 0);
  assert_int_equal(symlink("nowhere", at("e")), 0);
  make_socket("f");
  assert_int_equal(DO(uv_fs_scandir(LOOP, &req, folder, 0, CB)), 10);
  expect_next("...", UV_DIRENT_FILE);
  expect_next(".hidden", UV_DIRENT_FILE);
  expect_next("B", UV_DIRENT_FILE);
  expect_next("a", UV_DIRENT_FILE);
  expect_next("a b", UV_DIRENT_FILE);
  expect_next("b", UV_DIRENT_FILE);
  expect_next("c", UV_DIRENT_DIR);
  expect_next("d", UV_DIRENT_FIFO);
  expect_next("e", UV_DIRENT_LINK);
  expect_next("f", UV_DIRENT_SOCKET);
  expect_end();
  uv_fs_req_cleanup(&req);
  expect_end();
}

static void test_scandir_sorts_and_tells_what_each_is(void** state) {
  (void)state;
  in_every_way(scan_of_all_sorts);
}

static void scan_of_nothing(void) {
  uv_dirent_t entry;

  assert_int_equal(mkdir(at("d"), 0755), 0);
  write_file("a", "");
  assert_int_equal(DO(uv_fs_scandir(LOOP, &req, at("d"), 0, CB)), 0);
  expect_end();
  uv_fs_req_cleanup(&req);
  assert_int_equal(DO(uv_fs_scandir(LOOP, &req, at("a"), 0, CB)), UV_ENOTDIR);
  assert_int_equal(uv_fs_scandir_next(&req, &entry), UV_ENOTDIR);
  uv_fs_req_cleanup(&req);
  assert_int_equal(DO(uv_fs_scandir(LOOP, &req, at("none"), 0, CB)), UV_ENOENT);
  assert_int_equal(uv_fs_scandir_next(&req, &entry), UV_ENOENT);
  uv_fs_req_cleanup(&req);
  assert_int_equal(uv_fs_scandir_next(NULL, &entry), UV_EINVAL);
  assert_int_equal(uv_fs_scandir_next(&req, NULL), UV_EINVAL);
}

static void test_scandir_of_an_empty_folder_and_of_none(void** state) {
  (void)state;
  in_every_way(scan_of_nothing);
}

static void make_many(void) {
  char name[64];

  for (int i = 0; i < MANY; i++) {
    (void)snprintf(name, sizeof(name), "a-rather-long-name-of-a-file-%03d", i);
    write_file(name, "");
  }
}

static void scan_of_many(void) {
  char name[64];

  make_many();
  assert_int_equal(DO(uv_fs_scandir(LOOP, &req, folder, 0, CB)), MANY);
  for (int i = 0; i < MANY; i++) {
    (void)snprintf(name, sizeof(name), "a-rather-long-name-of-a-file-%03d", i);
    expect_next(name, UV_DIRENT_FILE);
  }
  expect_end();
  uv_fs_req_cleanup(&req);
}

static void test_scandir_of_many(void** state) {
  (void)state;
  in_every_way(scan_of_many);
}

/* A request may be cleaned up with entries left. */
static void scan_half(void) {
  write_file("a", "");
  write_file("b", "");
  assert_int_equal(DO(uv_fs_scandir(LOOP, &req, folder, 0, CB)), 2);
  expect_next("a", UV_DIRENT_FILE);
  uv_fs_req_cleanup(&req);
}

static void test_scandir_is_cleaned_up_with_entries_left(void** state) {
  (void)state;
  in_every_way(scan_half);
}

/* ---- in pieces -------------------------------------------------------------
 */

static uv_dir_t* open_dir(const char* path) {
  uv_dir_t* dir;

  assert_int_equal(DO(uv_fs_opendir(LOOP, &req, path, CB)), 0);
  dir = req.ptr;
  assert_non_null(dir);
  uv_fs_req_cleanup(&req);
  return dir;
}

static void close_dir(uv_dir_t* dir) {
  assert_int_equal(DONE(uv_fs_closedir(LOOP, &req, dir, CB)), 0);
}

static void read_in_pieces(void) {
  static bool seen[MANY];
  uv_dirent_t entries[16];
  uv_dir_t* dir;
  ssize_t count;
  int total = 0;

  make_many();
  memset(seen, 0, sizeof(seen));
  dir = open_dir(folder);
  dir->dirents = entries;
  dir->nentries = COUNT_OF(entries);
  while ((count = DO(uv_fs_readdir(LOOP, &req, dir, CB))) > 0) {
    assert_true(count <= (ssize_t)COUNT_OF(entries));
    for (int i = 0; i < count; i++) {
      int number = atoi(strrchr(entries[i].name, '-') + 1);
      assert_false(seen[number]);
      seen[number] = true;
      if (entries[i].type != UV_DIRENT_UNKNOWN)
        assert_int_equal(entries[i].type, UV_DIRENT_FILE);
    }
    total += (int)count;
    /* What is in the array by now is the program's. */
    memset(entries, 0, sizeof(entries));
    uv_fs_req_cleanup(&req);
  }
  assert_int_equal(count, 0);
  uv_fs_req_cleanup(&req);
  assert_int_equal(DONE(uv_fs_readdir(LOOP, &req, dir, CB)), 0);
  assert_int_equal(total, MANY);
  close_dir(dir);
}

static void test_readdir_gives_each_entry_once(void** state) {
  (void)state;
  in_every_way(read_in_pieces);
}

static void pieces_of_nothing(void) {
  uv_dirent_t entry;
  uv_dir_t* dir;

  write_file("a", "");
  assert_int_equal(DO(uv_fs_opendir(LOOP, &req, at("a"), CB)), UV_ENOTDIR);
  assert_null(req.ptr);
  uv_fs_req_cleanup(&req);
  assert_int_equal(DONE(uv_fs_opendir(LOOP, &req, at("none"), CB)), UV_ENOENT);
  dir = open_dir(folder);
  dir->dirents = NULL;
  dir->nentries = 1;
  assert_int_equal(uv_fs_readdir(LOOP, &req, dir, CB), UV_EINVAL);
  dir->dirents = &entry;
  dir->nentries = 0;
  assert_int_equal(DONE(uv_fs_readdir(LOOP, &req, dir, CB)), 0);
  dir->nentries = 1;
  assert_int_equal(DO(uv_fs_readdir(LOOP, &req, dir, CB)), 1);
  assert_ptr_equal(req.ptr, dir);
  assert_string_equal(entry.name, "a");
  uv_fs_req_cleanup(&req);
  close_dir(dir);
  assert_int_equal(uv_fs_readdir(LOOP, &req, NULL, CB), UV_EINVAL);
  assert_int_equal(uv_fs_closedir(LOOP, &req, NULL, CB), UV_EINVAL);
}

static void test_open_directories_and_bad_input(void** state) {
  (void)state;
  in_every_way(pieces_of_nothing);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_scandir_sorts_and_tells_what_each_is),
    cmocka_unit_test(test_scandir_of_an_empty_folder_and_of_none),
    cmocka_unit_test(test_scandir_of_many),
    cmocka_unit_test(test_scandir_is_cleaned_up_with_entries_left),
    cmocka_unit_test(test_readdir_gives_each_entry_once),
    cmocka_unit_test(test_open_directories_and_bad_input),
};

GY_TEST_MAIN(tests)
