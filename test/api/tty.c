/* tty.c - tests of terminals: how a handle takes one, its modes, and its
 * window.
 *
 * Each has a pseudo-terminal of its own, of which |master| is the end where a
 * person would sit. None needs a terminal to be run on. */
#include "ttys.h"

/* ---- taking a terminal -------------------------------------------------- */

static void test_terminal_is_opened_anew(void** state) {
  uv_os_fd_t fd;

  (void)state;
  tty_open();
  assert_int_equal(uv_fileno(handle(&tty), &fd), 0);
  assert_int_not_equal(fd, slave);
  assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
  /* Nobody who shares the one that was given notices. */
  assert_false(fcntl(slave, F_GETFL) & O_NONBLOCK);
  assert_int_equal(tty.type, UV_TTY);
  assert_string_equal(uv_handle_type_name(tty.type), "tty");
  assert_false(uv_is_active(handle(&tty)));
  uv_close(handle(&tty), told_close);
  assert_int_equal(fcntl(fd, F_GETFD), -1);
  assert_int_not_equal(fcntl(slave, F_GETFD), -1);
  assert_int_equal(uv_fileno(handle(&tty), &fd), UV_EBADF);
  tty_end();
}

static void test_descriptor_tells_the_direction(void** state) {
  static const struct {
    int flags;
    int readable;
    int writable;
  } ways[] = {{O_RDONLY, 1, 0}, {O_WRONLY, 0, 1}, {O_RDWR, 1, 1}};

  (void)state;
  tty_open();
  for (size_t i = 0; i < COUNT_OF(ways); i++) {
    static uv_tty_t some[COUNT_OF(ways)];
    int fd = open(slave_name, ways[i].flags | O_NOCTTY);
    assert_int_equal(uv_tty_init(&loop, &some[i], fd, !ways[i].readable), 0);
    assert_int_equal(uv_is_readable(stream(&some[i])), ways[i].readable);
    assert_int_equal(uv_is_writable(stream(&some[i])), ways[i].writable);
    uv_close(handle(&some[i]), NULL);
    close(fd);
  }
  tty_end();
}

static void test_what_is_no_terminal_is_refused(void** state) {
  int fds[5];

  (void)state;
  tty_open();
  fds[0] = open("/dev/null", O_RDWR);
  fds[1] = open("/", O_RDONLY);
  fds[2] = open("/proc/self/exe", O_RDONLY);
  fds[3] = dup(fds[0]);
  close(fds[3]);
  fds[4] = -1;
  for (size_t i = 0; i < COUNT_OF(fds); i++) {
    uv_tty_t none;
    assert_int_equal(uv_tty_init(&loop, &none, fds[i], 0), UV_EINVAL);
    close(fds[i]);
  }
  assert_int_equal(uv_tty_init(&loop, NULL, slave, 0), UV_EINVAL);
  assert_int_equal(uv_tty_init(NULL, &tty, slave, 0), UV_EINVAL);
  tty_end();
}

static void test_redirected_terminal_is_a_stream_all_the_same(void** state) {
  uv_tty_t pipe_tty;
  int width = 7;
  int height = 7;
  int fds[2];

  (void)state;
  tty_open();
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(uv_tty_init(&loop, &pipe_tty, fds[0], 0), 0);
  /* Whose descriptor it keeps, and closes. */
  assert_true(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
  assert_int_equal(uv_tty_set_mode(&pipe_tty, UV_TTY_MODE_RAW), UV_ENOTTY);
  assert_int_equal(uv_tty_set_mode(&pipe_tty, UV_TTY_MODE_NORMAL), 0);
  assert_int_equal(uv_tty_get_winsize(&pipe_tty, &width, &height), UV_ENOTTY);
  assert_int_equal(width + height, 14);
  assert_int_equal(uv_read_start(stream(&pipe_tty), alloc_static, told_read),
                   0);
  assert_int_equal(write(fds[1], "abc", 3), 3);
  run_until(&told_count);
  assert_told("'abc'");
  close(fds[1]);
  run_until(&told_count);
  assert_told("EOF");
  uv_close(handle(&pipe_tty), NULL);
  assert_int_equal(fcntl(fds[0], F_GETFD), -1);
  tty_end();
}

static void test_socket_given_as_a_terminal_is_a_stream(void** state) {
  uv_buf_t buf = text("abc");
  uv_tty_t socket_tty;
  int fds[2];

  (void)state;
  tty_open();
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_tty_init(&loop, &socket_tty, fds[0], 0), 0);
  assert_int_equal(uv_try_write(stream(&socket_tty), &buf, 1), 3);
  assert_arrived(fds[1], "abc");
  close(fds[1]);
  /* No signal comes of it. */
  assert_int_equal(uv_try_write(stream(&socket_tty), &buf, 1), UV_EPIPE);
  tty_end();
}

static void test_guess_tells_both_ends_of_a_terminal(void** state) {
  (void)state;
  tty_open();
  assert_int_equal(uv_guess_handle(slave), UV_TTY);
  assert_int_equal(uv_guess_handle(master), UV_TTY);
  tty_end();
}

static void test_several_handles_share_a_terminal(void** state) {
  uv_tty_t other;
  uv_buf_t buf = text("x");

  (void)state;
  tty_open();
  assert_int_equal(uv_tty_init(&loop, &other, slave, 0), 0);
  assert_int_equal(uv_try_write(stream(&tty), &buf, 1), 1);
  assert_int_equal(uv_try_write(stream(&other), &buf, 1), 1);
  assert_person_sees("xx");
  tty_end();
}

/* ---- bytes -------------------------------------------------------------- */

static void test_lines_arrive_when_they_are_ended(void** state) {
  (void)state;
  tty_open();
  person_types("hello");
  assert_int_equal(uv_read_start(stream(&tty), alloc_static, told_read), 0);
  assert_true(uv_is_active(handle(&tty)));
  run_turns(3);
  assert_told("");
  person_types("\r");
  run_until(&told_count);
  assert_told("'hello\n'");
  tty_end();
}

static void test_end_of_input_is_told_and_reading_may_go_on(void** state) {
  (void)state;
  tty_open();
  assert_int_equal(uv_read_start(stream(&tty), alloc_static, told_read), 0);
  person_types("\004");
  run_until(&told_count);
  assert_told("EOF");
  assert_false(uv_is_active(handle(&tty)));
  /* A person can say so, and type on. */
  assert_int_equal(uv_read_start(stream(&tty), alloc_static, told_read), 0);
  person_types("x\n");
  run_until(&told_count);
  assert_told("'x\n'");
  tty_end();
}

static void test_output_is_translated(void** state) {
  uv_write_t req;
  uv_buf_t buf = text("one\ntwo");

  (void)state;
  tty_open();
  req.data = "";
  assert_int_equal(uv_write(&req, stream(&tty), &buf, 1, told_write), 0);
  run_until(&told_count);
  assert_told("write 0");
  assert_person_sees("one\r\ntwo");
  tty_end();
}

static void test_output_waits_for_a_slow_reader(void** state) {
  static char big[1 << 20];
  uv_write_t req;
  uv_buf_t buf = uv_buf_init(big, sizeof(big));
  size_t seen = 0;

  (void)state;
  tty_open();
  memset(big, 'x', sizeof(big));
  req.data = "";
  assert_int_equal(uv_write(&req, stream(&tty), &buf, 1, told_write), 0);
  assert_true(tty.write_queue_size > 0);
  while (seen < sizeof(big)) {
    static char part[8192];
    ssize_t count = read(master, part, sizeof(part));
    seen += count > 0 ? (size_t)count : 0;
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  run_until(&told_count);
  assert_told("write 0");
  assert_int_equal(tty.write_queue_size, 0);
  tty_end();
}

static void test_hangup_is_the_end_of_input(void** state) {
  uv_buf_t buf = text("x");
  int width;
  int height;

  (void)state;
  tty_open();
  assert_int_equal(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW), 0);
  assert_int_equal(uv_read_start(stream(&tty), alloc_static, told_read), 0);
  person_leaves();
  run_until(&told_count);
  assert_told("EOF");
  assert_int_equal(uv_try_write(stream(&tty), &buf, 1), UV_EIO);
  assert_int_equal(uv_tty_set_mode(&tty, UV_TTY_MODE_IO), UV_EIO);
  assert_int_equal(uv_tty_get_winsize(&tty, &width, &height), UV_EIO);
  assert_int_equal(uv_tty_reset_mode(), UV_EIO);
  tty_end();
}

static void test_nothing_but_bytes_goes_over_a_terminal(void** state) {
  uv_buf_t buf = text("x");
  uv_write_t req;
  int size = 0;

  (void)state;
  tty_open();
  assert_int_equal(
      uv_write2(&req, stream(&tty), &buf, 1, stream(&tty), told_write),
      UV_EINVAL);
  assert_int_equal(uv_listen(stream(&tty), 1, no_connection), UV_EINVAL);
  assert_int_equal(uv_send_buffer_size(handle(&tty), &size), UV_ENOTSUP);
  tty_end();
}

static void test_shutdown_of_a_terminal_fails_when_all_is_written(
    void** state) {
  uv_shutdown_t req;
  uv_write_t write_req;
  uv_buf_t buf = text("x");

  (void)state;
  tty_open();
  write_req.data = "";
  assert_int_equal(uv_write(&write_req, stream(&tty), &buf, 1, told_write), 0);
  assert_int_equal(uv_shutdown(&req, stream(&tty), told_shutdown), 0);
  run_turns(2);
  assert_told("write 0, shutdown ENOTSOCK");
  assert_person_sees("x");
  tty_end();
}

/* ---- the end where a person sits ---------------------------------------- */

static void test_other_end_is_taken_as_it_is(void** state) {
  uv_tty_t seat;
  uv_os_fd_t fd;
  uv_buf_t buf = text("hello\r");

  (void)state;
  tty_open();
  assert_int_equal(uv_tty_init(&loop, &seat, dup(master), 0), 0);
  assert_int_equal(uv_fileno(handle(&seat), &fd), 0);
  /* It shares its open file, which therefore is let alone. */
  assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
  assert_int_equal(uv_try_write(stream(&seat), &buf, 1), 6);
  assert_int_equal(uv_read_start(stream(&tty), alloc_static, told_read), 0);
  run_until(&told_count);
  assert_told("'hello\n'");
  tty_end();
}

static void give_four(uv_handle_t* of, size_t suggested, uv_buf_t* buf) {
  static char memory[4];

  (void)of;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

static void test_reading_what_blocks_never_waits(void** state) {
  uv_tty_t seat;
  uv_buf_t buf = text("12345678");

  (void)state;
  tty_open();
  assert_int_equal(uv_tty_init(&loop, &seat, dup(master), 0), 0);
  assert_int_equal(uv_read_start(stream(&seat), give_four, gather), 0);
  assert_int_equal(uv_try_write(stream(&tty), &buf, 1), 8);
  /* The last piece fills the memory, and there is no other. */
  assert_typed("12345678");
  run_turns(1);
  tty_end();
}

static void test_other_end_hears_an_error_when_the_last_user_has_left(
    void** state) {
  uv_tty_t seat;

  (void)state;
  tty_open();
  assert_int_equal(uv_tty_init(&loop, &seat, dup(master), 0), 0);
  assert_int_equal(uv_read_start(stream(&seat), alloc_static, told_read), 0);
  uv_close(handle(&tty), NULL);
  close(slave);
  slave = -1;
  run_until(&told_count);
  assert_told("EIO");
  tty_end();
}

/* ---- the window ---------------------------------------------------------- */

static void test_window_has_the_size_that_was_set(void** state) {
  struct winsize window = {25, 80, 0, 0};
  int width = 0;
  int height = 0;

  (void)state;
  tty_open();
  assert_int_equal(ioctl(master, TIOCSWINSZ, &window), 0);
  assert_int_equal(uv_tty_get_winsize(&tty, &width, &height), 0);
  assert_int_equal(width, 80);
  assert_int_equal(height, 25);
  window.ws_col = 132;
  assert_int_equal(ioctl(slave, TIOCSWINSZ, &window), 0);
  assert_int_equal(uv_tty_get_winsize(&tty, &width, &height), 0);
  assert_int_equal(width, 132);
  assert_int_equal(uv_tty_get_winsize(NULL, &width, &height), UV_EINVAL);
  assert_int_equal(uv_tty_get_winsize(&tty, NULL, &height), UV_EINVAL);
  assert_int_equal(uv_tty_get_winsize(&tty, &width, NULL), UV_EINVAL);
  tty_end();
}

static void test_sequences_are_no_question_on_unix(void** state) {
  uv_tty_vtermstate_t terminal = UV_TTY_UNSUPPORTED;

  (void)state;
  uv_tty_set_vterm_state(UV_TTY_SUPPORTED);
  assert_int_equal(uv_tty_get_vterm_state(&terminal), UV_ENOTSUP);
  assert_int_equal(terminal, UV_TTY_UNSUPPORTED);
  assert_int_equal(uv_tty_get_vterm_state(NULL), UV_EINVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_terminal_is_opened_anew),
    cmocka_unit_test(test_descriptor_tells_the_direction),
    cmocka_unit_test(test_what_is_no_terminal_is_refused),
    cmocka_unit_test(test_redirected_terminal_is_a_stream_all_the_same),
    cmocka_unit_test(test_socket_given_as_a_terminal_is_a_stream),
    cmocka_unit_test(test_guess_tells_both_ends_of_a_terminal),
    cmocka_unit_test(test_several_handles_share_a_terminal),
    cmocka_unit_test(test_lines_arrive_when_they_are_ended),
    cmocka_unit_test(test_end_of_input_is_told_and_reading_may_go_on),
    cmocka_unit_test(test_output_is_translated),
    cmocka_unit_test(test_output_waits_for_a_slow_reader),
    cmocka_unit_test(test_hangup_is_the_end_of_input),
    cmocka_unit_test(test_nothing_but_bytes_goes_over_a_terminal),
    cmocka_unit_test(test_shutdown_of_a_terminal_fails_when_all_is_written),
    cmocka_unit_test(test_other_end_is_taken_as_it_is),
    cmocka_unit_test(test_reading_what_blocks_never_waits),
    cmocka_unit_test(test_other_end_hears_an_error_when_the_last_user_has_left),
    cmocka_unit_test(test_window_has_the_size_that_was_set),
    cmocka_unit_test(test_sequences_are_no_question_on_unix),
};

GY_TEST_MAIN(tests)
