/* tty.c - terminals that the system is in the way of, and uv_tty_reset_mode()
 * at the worst moment. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "fault.h"

static uv_loop_t loop;
static uv_tty_t tty;
static int master;
static int slave;
static const char* failing_call;
static int failing_err;
static int failing_count; /* how often it fails; -1 for ever */
static int reset_result = 1;
static ssize_t read_result;
static char memory[64];

static int call_fail(const char* call) {
  if (failing_count == 0 || strcmp(call, failing_call) != 0)
    return 0;
  failing_count -= failing_count > 0;
  return failing_err;
}

static void let_fail(const char* call, int err, int count) {
  failing_call = call;
  failing_err = err;
  failing_count = count;
  gy_fault_hook = call_fail;
}

static void terminal_open(void) {
  assert_int_equal(uv_loop_init(&loop), 0);
  master = posix_openpt(O_RDWR | O_NOCTTY);
  assert_true(master >= 0);
  assert_int_equal(grantpt(master), 0);
  assert_int_equal(unlockpt(master), 0);
  slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  assert_true(slave >= 0);
}

static void tty_open(void) {
  terminal_open();
  assert_int_equal(uv_tty_init(&loop, &tty, slave, 1), 0);
}

static void tty_end(void) {
  gy_fault_hook = GY_FAULT_NOBODY;
  gy_test_close_loop(&loop);
  close(slave);
  close(master);
}

static bool is_raw(void) {
  struct termios state;

  assert_int_equal(tcgetattr(slave, &state), 0);
  return !(state.c_lflag & ICANON);
}

static void give_memory(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

static void note_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void)stream;
  (void)buf;
  read_result = count;
}

/* There is no /proc, and no name. */
static int neither_way(const char* call) {
  if (strcmp(call, "ttyname_r") == 0)
    return ENODEV;
  return strcmp(call, "open") == 0 ? ENOENT : 0;
}

/* ---- what cannot be opened anew -------------------------------------------
 */

static void test_terminal_without_proc_is_found_by_its_name(void** state) {
  uv_os_fd_t fd;

  (void)state;
  terminal_open();
  let_fail("open", ENOENT, 1);
  assert_int_equal(uv_tty_init(&loop, &tty, slave, 1), 0);
  assert_int_equal(uv_fileno((uv_handle_t*)&tty, &fd), 0);
  assert_int_not_equal(fd, slave);
  tty_end();
}

static void test_interrupted_open_is_made_again(void** state) {
  uv_os_fd_t fd;

  (void)state;
  terminal_open();
  let_fail("open", EINTR, 3);
  assert_int_equal(uv_tty_init(&loop, &tty, slave, 1), 0);
  assert_int_equal(failing_count, 0);
  assert_int_equal(uv_fileno((uv_handle_t*)&tty, &fd), 0);
  assert_int_not_equal(fd, slave);
  tty_end();
}

static void assert_is_taken_itself(void) {
  uv_os_fd_t fd;

  assert_int_equal(uv_tty_init(&loop, &tty, slave, 1), 0);
  gy_fault_hook = GY_FAULT_NOBODY;
  assert_int_equal(uv_fileno((uv_handle_t*)&tty, &fd), 0);
  assert_int_equal(fd, slave);
  assert_false(fcntl(slave, F_GETFL) & O_NONBLOCK);
}

static void test_terminal_that_cannot_be_opened_anew_is_taken_itself(
    void** state) {
  uv_buf_t buf = uv_buf_init(memory, 5);
  uv_tty_t other;

  (void)state;
  terminal_open();
  let_fail("open", EACCES, -1);
  assert_is_taken_itself();
  assert_int_equal(uv_try_write((uv_stream_t*)&tty, &buf, 1), 5);
  assert_int_equal(uv_read_start((uv_stream_t*)&tty, give_memory, note_read),
                   0);
  assert_int_equal(write(master, "x\n", 2), 2);
  while (read_result == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(read_result, 2);
  /* It has no room for another handle of the loop, unless that has its own. */
  let_fail("open", EACCES, -1);
  assert_int_equal(uv_tty_init(&loop, &other, slave, 1), UV_EEXIST);
  gy_fault_hook = GY_FAULT_NOBODY;
  assert_int_equal(uv_tty_init(&loop, &other, slave, 1), 0);
  uv_close((uv_handle_t*)&other, NULL);
  uv_close((uv_handle_t*)&tty, NULL);
  assert_int_equal(fcntl(slave, F_GETFD), -1); /* it was the handle's */
  tty_end();
}

static void test_terminal_without_a_name_is_taken_itself(void** state) {
  (void)state;
  terminal_open();
  gy_fault_hook = neither_way;
  assert_is_taken_itself();
  uv_close((uv_handle_t*)&tty, NULL);
  tty_end();
}

static int read_late(const char* call) {
  /* Somebody else reads what the poller reported. */
  if (strcmp(call, "poll") == 0) {
    gy_fault_hook = GY_FAULT_NOBODY;
    assert_int_equal(read(slave, memory, sizeof(memory)), 2);
  }
  return 0;
}

static void test_what_another_has_read_is_not_waited_for(void** state) {
  (void)state;
  terminal_open();
  let_fail("open", EACCES, -1);
  assert_is_taken_itself();
  read_result = 99;
  assert_int_equal(uv_read_start((uv_stream_t*)&tty, give_memory, note_read),
                   0);
  uv_run(&loop, UV_RUN_NOWAIT); /* the poller has heard of it */
  assert_int_equal(write(master, "x\n", 2), 2);
  /* poll(2) is also a poller's call, whose events are taken then. */
  if (strcmp(gy_test_poller(), "poll") == 0)
    gy_test_skip("this poller makes the call that is meant");
  gy_fault_hook = read_late;
  while (gy_fault_hook != GY_FAULT_NOBODY)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(read_result, 0); /* nothing yet, and no hanging */
  tty_end();
}

/* ---- modes ----------------------------------------------------------------
 */

static void test_errors_of_the_terminal_are_handed_on(void** state) {
  int width;
  int height;

  (void)state;
  tty_open();
  let_fail("tcgetattr", EIO, 1);
  assert_int_equal(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW), UV_EIO);
  let_fail("tcsetattr", EIO, 1);
  assert_int_equal(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW), UV_EIO);
  assert_false(is_raw());
  let_fail("ioctl", EIO, 1);
  assert_int_equal(uv_tty_get_winsize(&tty, &width, &height), UV_EIO);
  let_fail("tcsetattr", EINTR, 2);
  assert_int_equal(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW), 0);
  assert_true(is_raw());
  let_fail("tcsetattr", EIO, 1);
  assert_int_equal(uv_tty_set_mode(&tty, UV_TTY_MODE_NORMAL), UV_EIO);
  assert_true(is_raw());
  let_fail("tcsetattr", EIO, 1);
  assert_int_equal(uv_tty_reset_mode(), UV_EIO);
  assert_int_equal(uv_tty_reset_mode(), 0); /* it was not forgotten */
  assert_false(is_raw());
  tty_end();
}

static int reset_at_the_worst(const char* call) {
  if (strcmp(call, "tcsetattr") == 0 && reset_result == 1)
    reset_result = uv_tty_reset_mode();
  return 0;
}

static void test_reset_inside_of_set_mode_is_refused(void** state) {
  (void)state;
  tty_open();
  gy_fault_hook = reset_at_the_worst; /* as a signal handler might */
  assert_int_equal(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW), 0);
  assert_int_equal(reset_result, UV_EBUSY);
  gy_fault_hook = GY_FAULT_NOBODY;
  assert_true(is_raw());
  assert_int_equal(uv_tty_reset_mode(), 0);
  assert_false(is_raw());
  tty_end();
}

static void* no_malloc(size_t size) {
  (void)size;
  return NULL;
}

static void test_mode_without_memory_is_left_alone(void** state) {
  (void)state;
  tty_open();
  assert_int_equal(uv_replace_allocator(no_malloc, realloc, calloc, free), 0);
  assert_int_equal(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW), UV_ENOMEM);
  assert_int_equal(uv_replace_allocator(malloc, realloc, calloc, free), 0);
  assert_false(is_raw());
  tty_end();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_terminal_without_proc_is_found_by_its_name),
    cmocka_unit_test(test_interrupted_open_is_made_again),
    cmocka_unit_test(test_terminal_that_cannot_be_opened_anew_is_taken_itself),
    cmocka_unit_test(test_terminal_without_a_name_is_taken_itself),
    cmocka_unit_test(test_what_another_has_read_is_not_waited_for),
    cmocka_unit_test(test_errors_of_the_terminal_are_handed_on),
    cmocka_unit_test(test_reset_inside_of_set_mode_is_refused),
    cmocka_unit_test(test_mode_without_memory_is_left_alone),
};

GY_TEST_MAIN(tests)
