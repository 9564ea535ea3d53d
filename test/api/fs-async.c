/* fs-async.c - tests of what is particular to operations on the loop. */
#include "fs.h"

enum {
  SOME = 8,
  THREADS = 4
};

static uv_fs_t reqs[SOME];
static uv_work_t works[2 * THREADS];
static uv_sem_t held; /* posted by each thread that is held */
static uv_sem_t release;
static int order[SOME];
static int order_count;

static void note_order(uv_fs_t* done) {
  order[order_count++] = (int)(done - reqs);
}

static void hold_thread(uv_work_t* work) {
  (void)work;
  uv_sem_post(&held);
  uv_sem_wait(&release);
}

/* Hold all threads that work of the program's own can have. */
static void hold_user_threads(void) {
  assert_int_equal(uv_sem_init(&held, 0), 0);
  assert_int_equal(uv_sem_init(&release, 0), 0);
  for (int i = 0; i < 2 * THREADS; i++)
    assert_int_equal(uv_queue_work(&loop, &works[i], hold_thread, NULL), 0);
  for (int i = 0; i < THREADS; i++)
    uv_sem_wait(&held);
}

static void release_user_threads(void) {
  for (int i = 0; i < 2 * THREADS; i++)
    uv_sem_post(&release);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  uv_sem_destroy(&held);
  uv_sem_destroy(&release);
}

static void test_file_operations_do_not_wait_for_user_work(void** state) {
  (void)state;
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "4", 1), 0);
  open_folder();
  write_file("a", "text");
  hold_user_threads();
  /* The threads are held until the answers are here. */
  assert_int_equal(uv_fs_stat(&loop, &reqs[0], at("a"), note_order), 0);
  assert_int_equal(uv_fs_mkdir(&loop, &reqs[1], at("d"), 0755, note_order), 0);
  while (order_count < 2)
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(reqs[0].result, 0);
  assert_int_equal(reqs[0].statbuf.st_size, 4);
  assert_int_equal(reqs[1].result, 0);
  uv_fs_req_cleanup(&reqs[0]);
  uv_fs_req_cleanup(&reqs[1]);
  release_user_threads();
  close_folder();
}

static void test_paths_are_copied(void** state) {
  char from[PATH_SIZE];
  char to[PATH_SIZE];

  (void)state;
  on_loop = true;
  open_folder();
  write_file("a", "text");
  (void)snprintf(from, sizeof(from), "%s", at("a"));
  (void)snprintf(to, sizeof(to), "%s", at("b"));
  in_call = true;
  assert_int_equal(uv_fs_rename(&loop, &req, from, to, note_done), 0);
  assert_ptr_not_equal(req.path, from);
  memset(from, 'x', sizeof(from));
  memset(to, 'x', sizeof(to));
  assert_int_equal(finish(0), 0);
  assert_string_equal(req.path, at("a"));
  uv_fs_req_cleanup(&req);
  expect_file("b", "text");
  close_folder();
}

static void test_path_of_an_operation_in_the_call_is_the_programs(
    void** state) {
  char path[PATH_SIZE];

  (void)state;
  open_folder();
  (void)snprintf(path, sizeof(path), "%s", folder);
  assert_int_equal(uv_fs_stat(NULL, &req, path, NULL), 0);
  assert_ptr_equal(req.path, path);
  uv_fs_req_cleanup(&req);
  assert_string_equal(path, folder);
  close_folder();
}

static void clean_up_in_callback(uv_fs_t* done) {
  done_count++;
  uv_fs_req_cleanup(done);
  if (done_count == 1)
    assert_int_equal(uv_fs_stat(&loop, done, folder, clean_up_in_callback), 0);
}

static void test_request_may_be_cleaned_up_and_used_again_in_its_callback(
    void** state) {
  (void)state;
  open_folder();
  assert_int_equal(uv_fs_stat(&loop, &req, folder, clean_up_in_callback), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(done_count, 2);
  close_folder();
}

static void test_loop_is_alive_until_the_callback(void** state) {
  (void)state;
  open_folder();
  assert_int_equal(uv_fs_stat(&loop, &reqs[0], folder, note_order), 0);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(order_count, 1);
  uv_fs_req_cleanup(&reqs[0]);
  close_folder();
}

/* ---- taking back -----------------------------------------------------------
 */

static int null_fd;

/* Hold the only thread for files: it copies from a pipe that nobody writes to.
 * (Reading one would not hold it; see fs-fifo.c.) */
static void hold_file_thread(int* fds) {
  null_fd = open("/dev/null", O_WRONLY);
  assert_true(null_fd >= 0);
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(
      uv_fs_sendfile(&loop, &reqs[0], null_fd, fds[0], 0, 1, note_order), 0);
}

static void release_file_thread(const int* fds) {
  assert_int_equal(write(fds[1], "x", 1), 1);
}

static void close_all(const int* fds) {
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
  assert_int_equal(close(null_fd), 0);
}

static void test_operation_that_has_not_begun_is_taken_back(void** state) {
  int fds[2];

  (void)state;
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "1", 1), 0);
  open_folder();
  hold_file_thread(fds);
  /* These come after it, whether it has begun or not. */
  assert_int_equal(uv_fs_mkdir(&loop, &reqs[1], at("d"), 0755, note_order), 0);
  assert_int_equal(uv_fs_mkdtemp(&loop, &reqs[2], at("e-XXXXXX"), note_order),
                   0);
  assert_int_equal(uv_fs_mkdir(&loop, &reqs[3], at("f"), 0755, note_order), 0);
  assert_int_equal(uv_cancel((uv_req_t*)&reqs[1]), 0);
  assert_int_equal(uv_cancel((uv_req_t*)&reqs[2]), 0);
  assert_int_equal(order_count, 0);
  while (order_count < 2)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(order[0], 1);
  assert_int_equal(order[1], 2);
  assert_int_equal(reqs[1].result, UV_ECANCELED);
  assert_int_equal(reqs[2].result, UV_ECANCELED);
  release_file_thread(fds);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(order_count, 4);
  assert_int_equal(reqs[0].result, 1);
  assert_int_equal(reqs[3].result, 0);
  assert_false(exists("d"));
  assert_int_equal(uv_cancel((uv_req_t*)&reqs[3]), UV_EBUSY);
  for (int i = 0; i < 4; i++)
    uv_fs_req_cleanup(&reqs[i]);
  close_all(fds);
  close_folder();
}

static void test_directory_survives_operations_that_are_taken_back(
    void** state) {
  uv_dirent_t entry;
  uv_dir_t* dir;
  int fds[2];

  (void)state;
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "1", 1), 0);
  open_folder();
  write_file("a", "");
  assert_int_equal(uv_fs_opendir(NULL, &req, folder, NULL), 0);
  dir = req.ptr;
  uv_fs_req_cleanup(&req);
  dir->dirents = &entry;
  dir->nentries = 1;
  hold_file_thread(fds);
  assert_int_equal(uv_fs_readdir(&loop, &reqs[1], dir, note_order), 0);
  assert_int_equal(uv_fs_closedir(&loop, &reqs[2], dir, note_order), 0);
  assert_int_equal(uv_cancel((uv_req_t*)&reqs[1]), 0);
  assert_int_equal(uv_cancel((uv_req_t*)&reqs[2]), 0);
  release_file_thread(fds);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  for (int i = 0; i < 3; i++)
    uv_fs_req_cleanup(&reqs[i]);
  assert_int_equal(uv_fs_readdir(NULL, &req, dir, NULL), 1);
  assert_string_equal(entry.name, "a");
  uv_fs_req_cleanup(&req);
  assert_int_equal(uv_fs_closedir(NULL, &req, dir, NULL), 0);
  uv_fs_req_cleanup(&req);
  close_all(fds);
  close_folder();
}

static void test_operation_in_the_call_cannot_be_taken_back(void** state) {
  (void)state;
  assert_int_equal(uv_fs_stat(NULL, &req, "/", NULL), 0);
  assert_int_equal(uv_cancel((uv_req_t*)&req), UV_EBUSY);
  uv_fs_req_cleanup(&req);
}

/* ---- without a loop or request ---------------------------------------------
 */

static void test_what_is_owed_is_asked_for(void** state) {
  char byte;
  uv_buf_t buf = uv_buf_init(&byte, 1);

  (void)state;
  assert_int_equal(uv_fs_stat(NULL, NULL, "/", NULL), UV_EINVAL);
  assert_int_equal(uv_fs_stat(NULL, &req, "/", note_done), UV_EINVAL);
  assert_int_equal(uv_fs_close(NULL, &req, 0, note_done), UV_EINVAL);
  assert_int_equal(uv_fs_close(NULL, NULL, 0, NULL), UV_EINVAL);
  assert_int_equal(uv_fs_read(NULL, &req, 0, &buf, 1, 0, note_done), UV_EINVAL);
  assert_int_equal(uv_fs_read(NULL, NULL, 0, &buf, 1, 0, NULL), UV_EINVAL);
  uv_fs_req_cleanup(NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_file_operations_do_not_wait_for_user_work),
    cmocka_unit_test(test_paths_are_copied),
    cmocka_unit_test(test_path_of_an_operation_in_the_call_is_the_programs),
    cmocka_unit_test(
        test_request_may_be_cleaned_up_and_used_again_in_its_callback),
    cmocka_unit_test(test_loop_is_alive_until_the_callback),
    cmocka_unit_test(test_operation_that_has_not_begun_is_taken_back),
    cmocka_unit_test(test_directory_survives_operations_that_are_taken_back),
    cmocka_unit_test(test_operation_in_the_call_cannot_be_taken_back),
    cmocka_unit_test(test_what_is_owed_is_asked_for),
};

GY_TEST_MAIN(tests)
