/* fs.c - file operations while system calls fail. */
#include "sweep.h"

#include <sys/stat.h>

static uv_loop_t loop;
static int started;
static int answered;
static char folder[32];

static const char* at(const char* name) {
  static char paths[4][64];
  static int next;
  char* path = paths[next++ % 4];

  (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
  return path;
}

static void note(uv_fs_t* req) {
  answered++;
  if (req->result < 0) {
    (void)works((int)req->result);
  }
  uv_fs_req_cleanup(req);
}

/* Run until |req| is over, if |err| says that it has begun. Its result. */
static ssize_t run(uv_fs_t* req, int err) {
  if (!works(err)) {
    return err;
  }
  started++;
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(answered == started);
  return req->result;
}

static void folder_make(void) {
  (void)snprintf(folder, sizeof(folder), "/tmp/gyre-fault-XXXXXX");
  CHECK(mkdtemp(folder) != NULL);
}

/* Whatever is there by now. */
static void folder_remove(void) {
  (void)unlink(at("a"));
  (void)unlink(at("b"));
  (void)rmdir(at("d"));
  CHECK(rmdir(folder) == 0);
}

static void files_on_a_loop(void) {
  static char bytes[8];
  static uv_buf_t bufs[8]; /* More than fit into a request. */
  uv_fs_t req;
  ssize_t fd;

  for (size_t i = 0; i < COUNT_OF(bufs); i++) {
    bufs[i] = uv_buf_init(&bytes[i], 1);
  }
  fd =
      run(&req, uv_fs_open(&loop, &req, at("a"), O_RDWR | O_CREAT, 0644, note));
  if (fd < 0) {
    return;
  }
  (void)run(&req, uv_fs_write(&loop, &req, (int)fd, bufs, 8, 0, note));
  (void)run(&req, uv_fs_read(&loop, &req, (int)fd, bufs, 8, 0, note));
  (void)run(&req, uv_fs_fstat(&loop, &req, (int)fd, note));
  if (run(&req, uv_fs_close(&loop, &req, (int)fd, note)) < 0 &&
      fcntl((int)fd, F_GETFD) >= 0) {
    CHECK(close((int)fd) == 0); /* It did not even begin. */
  }
  fd = run(&req, uv_fs_open(&loop, &req, at("a"), O_RDONLY, 0, note));
  if (fd >= 0) {
    CHECK(close((int)fd) == 0);
  }
}

static void names_on_a_loop(void) {
  uv_fs_t req;

  (void)run(&req, uv_fs_stat(&loop, &req, at("a"), note));
  (void)run(&req, uv_fs_mkdir(&loop, &req, at("d"), 0755, note));
  (void)run(&req, uv_fs_scandir(&loop, &req, folder, 0, note));
  (void)run(&req, uv_fs_realpath(&loop, &req, folder, note));
}

static void loop_around(void (*body)(void)) {
  started = 0;
  answered = 0;
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  fault_pause();
  folder_make();
  CHECK(close(open(at("a"), O_WRONLY | O_CREAT, 0644)) == 0);
  fault_resume();
  body();
  fault_pause();
  folder_remove();
  fault_resume();
  CHECK(uv_loop_close(&loop) == 0);
}

static void loop_with_files(void) {
  loop_around(files_on_a_loop);
}

static void test_operations_on_files_that_start_are_answered(void** state) {
  (void)state;
  sweep(loop_with_files, "open");
}

static void loop_with_names(void) {
  loop_around(names_on_a_loop);
}

static void test_operations_on_names_that_start_are_answered(void** state) {
  (void)state;
  sweep(loop_with_names, "mkdir");
}

/* ---- copying ---------------------------------------------------------------
 */

static void copy_without_a_loop(void) {
  struct stat from;
  struct stat to;
  uv_fs_t req;
  bool copied;

  fault_pause();
  folder_make();
  CHECK(close(open(at("a"), O_WRONLY | O_CREAT, 0644)) == 0);
  CHECK(truncate(at("a"), 300000) == 0);
  fault_resume();
  copied = works(uv_fs_copyfile(NULL, &req, at("a"), at("b"), 0, NULL));
  uv_fs_req_cleanup(&req);
  fault_pause();
  CHECK(stat(at("a"), &from) == 0);
  if (copied) {
    CHECK(stat(at("b"), &to) == 0 && to.st_size == from.st_size);
  }
  folder_remove();
  fault_resume();
}

static void test_copy_is_whole_or_an_error(void** state) {
  (void)state;
  sweep(copy_without_a_loop, "copy_file_range");
}

static void directory_in_pieces(void) {
  uv_dirent_t entries[2];
  uv_dir_t* dir;
  uv_fs_t req;

  if (!works(uv_fs_opendir(NULL, &req, "/", NULL))) {
    uv_fs_req_cleanup(&req);
    return;
  }
  dir = req.ptr;
  uv_fs_req_cleanup(&req);
  dir->dirents = entries;
  dir->nentries = 2;
  if (uv_fs_readdir(NULL, &req, dir, NULL) < 0) {
    (void)works((int)req.result);
  }
  uv_fs_req_cleanup(&req);
  (void)works(uv_fs_closedir(NULL, &req, dir, NULL));
  uv_fs_req_cleanup(&req);
}

static void test_directory_is_closed_whatever_happens(void** state) {
  (void)state;
  sweep(directory_in_pieces, "readdir");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_operations_on_files_that_start_are_answered),
    cmocka_unit_test(test_operations_on_names_that_start_are_answered),
    cmocka_unit_test(test_copy_is_whole_or_an_error),
    cmocka_unit_test(test_directory_is_closed_whatever_happens),
};

GY_TEST_MAIN(tests)
