/* stream-no-socket.c - tests of streams over what is no socket: a pipe that a
 * TCP handle was given. It is read and written by other calls, of which one
 * raises SIGPIPE. */
#include "streams.h"

#include <signal.h>

static uv_tcp_t near;
static int far;
static uv_write_t write_req;
static int signals;
static int read_total;
static int ended;

static void count_signal(int signum) {
  (void)signum;
  signals++;
}

static void count_read(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)buf;
  if (count < 0)
    ended = (int)count;
  else
    read_total += (int)count;
}

/* Make |near| one end of a pipe: the one to write to, or to read from. */
static void open_pipe(int to_write) {
  int fds[2];

  loop_open();
  write_req.data = "1";
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(uv_tcp_init(&loop, &near), 0);
  assert_int_equal(uv_tcp_open(&near, fds[to_write]), 0);
  far = fds[!to_write];
}

static void test_pipe_is_read_to_its_end(void** state) {
  (void)state;
  open_pipe(0);
  assert_int_equal(uv_read_start(stream(&near), alloc_static, count_read), 0);
  assert_int_equal(write(far, "hello", 5), 5);
  run_until(&read_total);
  assert_int_equal(read_total, 5);
  close(far);
  run_until(&ended);
  assert_int_equal(ended, UV_EOF);
  gy_test_close_loop(&loop);
}

static void test_pipe_is_written_to(void** state) {
  uv_buf_t bufs[2];
  char got[16];

  (void)state;
  open_pipe(1);
  bufs[0] = text("hello ");
  bufs[1] = text("world");
  assert_int_equal(uv_try_write(stream(&near), bufs, 1), 6);
  assert_int_equal(uv_write(&write_req, stream(&near), bufs + 1, 1, told_write),
                   0);
  assert_int_equal(uv_try_write(stream(&near), bufs, 2), 11);
  run_turns(1);
  assert_told("write1 0");
  assert_int_equal(read(far, got, 11), 11);
  assert_memory_equal(got, "hello world", 11);
  gy_test_close_loop(&loop);
  close(far);
}

static void test_broken_pipe_raises_no_signal(void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  open_pipe(1);
  signal(SIGPIPE, count_signal);
  close(far);
  assert_int_equal(uv_try_write(stream(&near), &buf, 1), UV_EPIPE);
  assert_int_equal(uv_write(&write_req, stream(&near), &buf, 1, told_write), 0);
  run_turns(1);
  assert_told("write1 EPIPE");
  assert_int_equal(signals, 0);
  gy_test_close_loop(&loop);
}

static void test_signal_that_waited_before_is_not_swallowed(void** state) {
  uv_buf_t buf = text("hello");
  sigset_t pipe_signal;
  sigset_t old;

  (void)state;
  open_pipe(1);
  signal(SIGPIPE, count_signal);
  close(far);
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  assert_int_equal(pthread_sigmask(SIG_BLOCK, &pipe_signal, &old), 0);
  raise(SIGPIPE);
  assert_int_equal(uv_try_write(stream(&near), &buf, 1), UV_EPIPE);
  assert_int_equal(signals, 0);
  assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
  assert_int_equal(signals, 1);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_pipe_is_read_to_its_end),
    cmocka_unit_test(test_pipe_is_written_to),
    cmocka_unit_test(test_broken_pipe_raises_no_signal),
    cmocka_unit_test(test_signal_that_waited_before_is_not_swallowed),
};

GY_TEST_MAIN(tests)
