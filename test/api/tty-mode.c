/* tty-mode.c - tests of the modes of terminals, and of giving them back. */
#include "ttys.h"

#include <signal.h>
#include <sys/wait.h>

static void set_mode(uv_tty_t* of, uv_tty_mode_t mode) {
  assert_int_equal(uv_tty_set_mode(of, mode), 0);
}

static struct termios state_now(void) {
  struct termios state = {0}; /* Not every byte of it is of the kernel. */

  assert_int_equal(tcgetattr(slave, &state), 0);
  return state;
}

static void assert_same_state(const struct termios* a,
                              const struct termios* b) {
  assert_int_equal(a->c_iflag, b->c_iflag);
  assert_int_equal(a->c_oflag, b->c_oflag);
  assert_int_equal(a->c_cflag, b->c_cflag);
  assert_int_equal(a->c_lflag, b->c_lflag);
  assert_memory_equal(a->c_cc, b->c_cc, sizeof(a->c_cc));
}

static bool is_normal(void) {
  return (state_now().c_lflag & (ICANON | ISIG)) == (ICANON | ISIG);
}

static void assert_normal(void) {
  struct termios now = state_now();

  assert_same_state(&now, &normal);
}

/* ---- what a mode is ------------------------------------------------------ */

static void test_raw_mode_delivers_each_key(void** state) {
  (void)state;
  tty_open();
  set_mode(&tty, UV_TTY_MODE_RAW);
  assert_int_equal(uv_read_start(stream(&tty), alloc_static, gather), 0);
  person_types("a");
  assert_typed("a");
  /* What would be a signal, an end, a correction and a new line. */
  person_types("\003\004\177\r\n");
  assert_typed("\003\004\177\r\n");
  tty_end();
}

static void test_raw_mode_still_translates_output(void** state) {
  uv_buf_t buf = text("a\nb");

  (void)state;
  tty_open();
  set_mode(&tty, UV_TTY_MODE_RAW);
  assert_int_equal(uv_try_write(stream(&tty), &buf, 1), 3);
  assert_person_sees("a\r\nb");
  tty_end();
}

static void test_io_mode_leaves_bytes_alone(void** state) {
  uv_buf_t buf = text("a\nb\377\021\023");

  (void)state;
  tty_open();
  set_mode(&tty, UV_TTY_MODE_IO);
  assert_int_equal(uv_try_write(stream(&tty), &buf, 1), 6);
  assert_person_sees("a\nb\377\021\023");
  assert_int_equal(uv_read_start(stream(&tty), alloc_static, gather), 0);
  person_types("\377\021\r\032");
  assert_typed("\377\021\r\032");
  tty_end();
}

static void test_modes_are_told_apart_by_their_flags(void** state) {
  static const struct {
    uv_tty_mode_t mode;
    tcflag_t output;
    tcflag_t local;
  } modes[] = {
      {UV_TTY_MODE_RAW, OPOST, 0},
      {UV_TTY_MODE_IO, 0, 0},
      {UV_TTY_MODE_RAW_VT, OPOST, 0},
      {UV_TTY_MODE_NORMAL, OPOST, ICANON | ISIG},
      {UV_TTY_MODE_RAW_VT, OPOST, 0},
      {UV_TTY_MODE_NORMAL, OPOST, ICANON | ISIG},
  };

  (void)state;
  tty_open();
  for (size_t i = 0; i < COUNT_OF(modes); i++) {
    struct termios now;
    set_mode(&tty, modes[i].mode);
    now = state_now();
    assert_int_equal(now.c_oflag & OPOST, modes[i].output);
    assert_int_equal(now.c_lflag & (ICANON | ISIG), modes[i].local);
    assert_int_equal(now.c_cflag & CSIZE, CS8);
    assert_int_equal(now.c_cc[VMIN], 1);
    assert_int_equal(now.c_cc[VTIME], normal.c_cc[VTIME]);
  }
  assert_normal();
  tty_end();
}

static void test_mode_that_is_none_is_refused(void** state) {
  (void)state;
  tty_open();
  assert_int_equal(uv_tty_set_mode(NULL, UV_TTY_MODE_RAW), UV_EINVAL);
  assert_int_equal(uv_tty_set_mode(&tty, (uv_tty_mode_t)4), UV_EINVAL);
  assert_int_equal(uv_tty_set_mode(&tty, (uv_tty_mode_t)-1), UV_EINVAL);
  assert_normal();
  uv_close(handle(&tty), NULL);
  assert_int_equal(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW), UV_EBADF);
  tty_end();
}

static void test_normal_is_what_it_was_when_it_was_left(void** state) {
  struct termios mine;

  (void)state;
  tty_open();
  set_mode(&tty, UV_TTY_MODE_RAW);
  set_mode(&tty, UV_TTY_MODE_NORMAL);
  mine = normal;
  mine.c_cc[VERASE] = 'e';
  assert_int_equal(tcsetattr(slave, TCSANOW, &mine), 0);
  set_mode(&tty, UV_TTY_MODE_IO);
  set_mode(&tty, UV_TTY_MODE_RAW); /* not normal: nothing new is kept */
  set_mode(&tty, UV_TTY_MODE_NORMAL);
  assert_int_equal(state_now().c_cc[VERASE], 'e');
  tty_end();
}

static void test_same_mode_again_changes_nothing(void** state) {
  (void)state;
  tty_open();
  set_mode(&tty, UV_TTY_MODE_NORMAL);
  set_mode(&tty, UV_TTY_MODE_RAW);
  assert_int_equal(tcsetattr(slave, TCSANOW, &normal), 0);
  set_mode(&tty, UV_TTY_MODE_RAW);
  assert_normal(); /* whoever set it meant it */
  tty_end();
}

/* ---- giving it back -------------------------------------------------------
 */

static void test_close_leaves_a_terminal_as_it_was(void** state) {
  (void)state;
  tty_open();
  set_mode(&tty, UV_TTY_MODE_RAW);
  assert_false(is_normal());
  uv_close(handle(&tty), NULL);
  assert_normal();
  tty_end();
}

static void test_last_of_several_handles_leaves_it_as_it_was(void** state) {
  uv_tty_t other;
  uv_tty_t third;

  (void)state;
  tty_open();
  assert_int_equal(uv_tty_init(&loop, &other, slave, 0), 0);
  assert_int_equal(uv_tty_init(&loop, &third, slave, 0), 0);
  set_mode(&tty, UV_TTY_MODE_RAW);
  set_mode(&other, UV_TTY_MODE_RAW);
  uv_close(handle(&tty), NULL);
  assert_false(is_normal());
  uv_close(handle(&third), NULL); /* it never touched it */
  assert_false(is_normal());
  uv_close(handle(&other), NULL);
  assert_normal();
  tty_end();
}

static void test_mode_is_the_terminals_and_not_the_handles(void** state) {
  uv_tty_t other;

  (void)state;
  tty_open();
  assert_int_equal(uv_tty_init(&loop, &other, slave, 0), 0);
  set_mode(&tty, UV_TTY_MODE_RAW);
  set_mode(&other, UV_TTY_MODE_NORMAL);
  assert_normal();
  set_mode(&tty, UV_TTY_MODE_RAW);
  assert_false(is_normal());
  set_mode(&other, UV_TTY_MODE_IO);
  assert_int_equal(state_now().c_oflag & OPOST, 0);
  set_mode(&tty, UV_TTY_MODE_NORMAL);
  assert_normal();
  tty_end();
}

static void test_reset_gives_all_terminals_back(void** state) {
  int first = 0;
  uv_tty_t other;

  (void)state;
  assert_int_equal(uv_tty_reset_mode(), 0); /* nothing was changed */
  tty_open();
  set_mode(&tty, UV_TTY_MODE_RAW);
  first = slave;
  close(master); /* the first one is gone */
  terminal_open();
  assert_int_equal(uv_tty_init(&loop, &other, slave, 0), 0);
  set_mode(&other, UV_TTY_MODE_IO);
  assert_int_equal(uv_tty_reset_mode(), UV_EIO); /* as one says */
  assert_normal();
  set_mode(&other, UV_TTY_MODE_RAW); /* and it can go on */
  assert_false(is_normal());
  close(first);
  uv_close(handle(&tty), NULL);
  assert_int_equal(uv_tty_reset_mode(), 0);
  assert_normal();
  assert_int_equal(uv_tty_reset_mode(), 0);
  tty_end();
}

static void test_reset_after_close_has_nothing_to_do(void** state) {
  (void)state;
  tty_open();
  set_mode(&tty, UV_TTY_MODE_RAW);
  uv_close(handle(&tty), NULL);
  assert_int_equal(uv_tty_reset_mode(), 0);
  assert_normal();
  tty_end();
}

/* ---- programs that end ----------------------------------------------------
 */

/* Run |life| in a child, with a handle over the terminal; how it ended. */
static int child_end(void (*life)(void)) {
  int status = -1;
  pid_t pid;

  terminal_open();
  pid = fork();
  if (pid == 0) {
    life();
    _exit(1);
  }
  assert_true(pid > 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return status;
}

static void terminal_end(void) {
  close(slave);
  close(master);
}

static void must(int err) {
  if (err != 0)
    _exit(2);
}

static void reset_at_exit(void) {
  must(uv_tty_reset_mode());
}

static void take_raw(uv_loop_t* own_loop, uv_tty_t* own_tty) {
  must(uv_loop_init(own_loop));
  must(uv_tty_init(own_loop, own_tty, slave, 1));
  must(uv_tty_set_mode(own_tty, UV_TTY_MODE_RAW));
}

static void take_raw_in_a_frame(void) {
  static uv_loop_t own_loop;
  uv_tty_t own_tty;

  take_raw(&own_loop, &own_tty);
  /* What is left in the frame is of no use to anybody. */
  memset(&own_tty, 0xa5, sizeof(own_tty));
}

static void live_and_return(void) {
  if (atexit(reset_at_exit) != 0)
    _exit(2);
  take_raw_in_a_frame();
  if (is_normal())
    _exit(2);
  exit(0); /* as a return from main() */
}

static void test_reset_at_exit_needs_no_handle_any_more(void** state) {
  (void)state;
  assert_int_equal(child_end(live_and_return), 0);
  assert_normal();
  terminal_end();
}

static void reset_and_die(int signum) {
  must(uv_tty_reset_mode());
  signal(signum, SIG_DFL);
  raise(signum);
}

static void live_and_crash(void) {
  static uv_loop_t own_loop;
  static uv_tty_t own_tty;

  signal(SIGTERM, reset_and_die);
  take_raw(&own_loop, &own_tty);
  raise(SIGTERM);
}

static void test_reset_works_in_a_signal_handler(void** state) {
  int status;

  (void)state;
  status = child_end(live_and_crash);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGTERM);
  assert_normal();
  terminal_end();
}

static void live_and_be_killed(void) {
  static uv_loop_t own_loop;
  static uv_tty_t own_tty;

  take_raw(&own_loop, &own_tty);
  raise(SIGKILL);
}

static void test_who_had_it_before_gives_back_what_a_killed_child_left(
    void** state) {
  int status = -1;
  pid_t pid;

  (void)state;
  tty_open();
  set_mode(&tty, UV_TTY_MODE_IO);
  pid = fork();
  if (pid == 0) {
    live_and_be_killed();
    _exit(1);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status));
  assert_false(is_normal());
  assert_int_equal(uv_tty_reset_mode(), 0);
  assert_normal();
  tty_end();
}

/* ---- standard descriptors -------------------------------------------------
 */

static void live_without_stdio(void) {
  uv_loop_t own_loop;
  uv_tty_t own_tty;
  uv_os_fd_t fd = -1;

  must(uv_loop_init(&own_loop));
  close(0);
  close(1);
  must(uv_tty_init(&own_loop, &own_tty, slave, 1));
  must(uv_fileno(handle(&own_tty), &fd));
  if (fd < 3 || fcntl(0, F_GETFD) != -1 || fcntl(1, F_GETFD) != -1)
    _exit(3); /* a standard descriptor would never be closed */
  uv_close(handle(&own_tty), NULL);
  uv_run(&own_loop, UV_RUN_DEFAULT);
  must(fcntl(fd, F_GETFD) == -1 ? 0 : 1);
  _exit(0);
}

static void test_handle_is_never_a_standard_descriptor_by_accident(
    void** state) {
  (void)state;
  assert_int_equal(child_end(live_without_stdio), 0);
  terminal_end();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_raw_mode_delivers_each_key),
    cmocka_unit_test(test_raw_mode_still_translates_output),
    cmocka_unit_test(test_io_mode_leaves_bytes_alone),
    cmocka_unit_test(test_modes_are_told_apart_by_their_flags),
    cmocka_unit_test(test_mode_that_is_none_is_refused),
    cmocka_unit_test(test_normal_is_what_it_was_when_it_was_left),
    cmocka_unit_test(test_same_mode_again_changes_nothing),
    cmocka_unit_test(test_close_leaves_a_terminal_as_it_was),
    cmocka_unit_test(test_last_of_several_handles_leaves_it_as_it_was),
    cmocka_unit_test(test_mode_is_the_terminals_and_not_the_handles),
    cmocka_unit_test(test_reset_gives_all_terminals_back),
    cmocka_unit_test(test_reset_after_close_has_nothing_to_do),
    cmocka_unit_test(test_reset_at_exit_needs_no_handle_any_more),
    cmocka_unit_test(test_reset_works_in_a_signal_handler),
    cmocka_unit_test(
        test_who_had_it_before_gives_back_what_a_killed_child_left),
    cmocka_unit_test(test_handle_is_never_a_standard_descriptor_by_accident),
};

GY_TEST_MAIN(tests)
