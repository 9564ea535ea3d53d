/* poll-events.c - tests of uv_poll_t: what the events say about a descriptor.
 *
 * The expectations are those of Linux. select(2) has no word for hang-ups and
 * errors, and shows them as readable or writable where it shows them at all;
 * what it cannot know is not asked of it.
 */
#include "support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  R = UV_READABLE,
  W = UV_WRITABLE,
  D = UV_DISCONNECT,
  P = UV_PRIORITIZED
};

/* What one asks for, and what one is told; 0: nothing, for as long as the
 * descriptor stays as it is. */
typedef struct {
  int asked;
  int told;
} expectation_t;

static uv_loop_t loop;
static uv_poll_t watched;
static int call_count;
static int last_status;
static int last_events;

static int poller_is_select(void) {
  return strcmp(gy_test_poller(), "select") == 0;
}

/* Windows: what has ended is told as what was asked for, a peer that sends no
 * more perhaps only when nothing is left to read, and pipes are sockets. */
static int poller_is_iocp(void) {
  return strcmp(gy_test_poller(), "iocp") == 0;
}

static void take_note(uv_poll_t* handle, int status, int events) {
  (void)handle; /* there is only one it can be */
  call_count++;
  last_status = status;
  last_events = events;
}

static void take_note_and_stop(uv_poll_t* handle, int status, int events) {
  take_note(handle, status, events);
  assert_int_equal(uv_poll_stop(handle), 0);
}

/* Watch |fd| until it reports something, which it must. */
static void wait_for(int fd, int asked) {
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, fd), 0);
  assert_int_equal(uv_poll_start(&watched, asked, take_note_and_stop), 0);
  call_count = 0;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  gy_test_close_loop(&loop);
}

/* Watch |fd| for three iterations, and compare each with |expected|. */
static void expect(int fd, expectation_t expected) {
  int vague = poller_is_select() || poller_is_iocp() ? D : 0;

  expected.told &= ~vague;
  if (poller_is_iocp() && expected.told == 0 && (expected.asked & D) != 0)
    return;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, fd), 0);
  assert_int_equal(uv_poll_start(&watched, expected.asked, take_note), 0);
  call_count = 0;
  for (int i = 1; i <= 3; i++) {
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(call_count, expected.told == 0 ? 0 : i);
    if (call_count == 0)
      continue;
    assert_int_equal(last_status, 0);
    assert_int_equal(last_events & ~vague, expected.told);
  }
  gy_test_close_loop(&loop);
}

static void expect_all(int fd, const expectation_t* table, size_t count) {
  for (size_t i = 0; i < count; i++)
    expect(fd, table[i]);
}

/* An error is told once, as UV_EBADF whatever it is, and stops the handle. The
 * user learns more from the next read() or from SO_ERROR. */
static void expect_error(int fd, int asked) {
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, fd), 0);
  assert_int_equal(uv_poll_start(&watched, asked, take_note), 0);
  call_count = 0;
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(call_count, 1);
  if (poller_is_select() || poller_is_iocp()) {
    assert_int_equal(last_status, 0);
    assert_int_not_equal(last_events & asked, 0);
  } else {
    assert_int_equal(last_status, UV_EBADF);
    assert_int_equal(last_events, 0);
    assert_int_equal(uv_is_active((uv_handle_t*)&watched), 0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(call_count, 1);
  }
  gy_test_close_loop(&loop);
}

static void open_pair(int fds[2]) {
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static void open_pipe(int fds[2]) {
  assert_int_equal(pipe(fds), 0);
}

static void write_byte(int fd) {
  assert_int_equal(write(fd, "x", 1), 1);
}

static void close_fd(int fd) {
  assert_int_equal(close(fd), 0);
}

/* A TCP socket that listens on the loopback address, which |address| gets. */
static int listen_tcp(struct sockaddr_in* address) {
  socklen_t size = sizeof(*address);
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  assert_true(fd >= 0);
  memset(address, 0, sizeof(*address));
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(fd, (struct sockaddr*)address, size), 0);
  assert_int_equal(listen(fd, 8), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr*)address, &size), 0);
  return fd;
}

static int connect_tcp(const struct sockaddr_in* address) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  assert_true(fd >= 0);
  assert_int_equal(
      connect(fd, (const struct sockaddr*)address, sizeof(*address)), 0);
  return fd;
}

/* The two ends of a TCP connection. */
static void open_tcp(int fds[2]) {
  struct sockaddr_in address;
  int listener = listen_tcp(&address);

  fds[1] = connect_tcp(&address);
  fds[0] = accept(listener, NULL, NULL);
  assert_true(fds[0] >= 0);
  close_fd(listener);
}

static int error_of(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);

  assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
  return error;
}

/* The next read() tells; Windows does not tell it by SO_ERROR. The poll of wine
 * takes the error away, and leaves an end. */
static void assert_reset(int fd) {
  char byte;
  ssize_t got = read(fd, &byte, 1);

  if (got == 0 && poller_is_iocp())
    return;
  assert_int_equal(got, -1);
  assert_int_equal(errno, ECONNRESET);
}

static void test_idle_socket_is_writable_only(void** state) {
  static const expectation_t table[] = {{R, 0}, {W, W},     {R | W, W},
                                        {D, 0}, {R | D, 0}, {R | W | D | P, W}};
  int fds[2];

  (void)state;
  open_pair(fds);
  expect_all(fds[0], table, COUNT_OF(table));
  close_fd(fds[0]);
  close_fd(fds[1]);
}

static void test_data_makes_readable_and_only_what_was_asked_is_told(
    void** state) {
  static const expectation_t table[] = {{R, R}, {W, W}, {R | W, R | W},
                                        {D, 0}, {P, 0}, {R | D, R}};
  int fds[2];

  (void)state;
  open_pair(fds);
  write_byte(fds[1]);
  expect_all(fds[0], table, COUNT_OF(table));
  close_fd(fds[0]);
  close_fd(fds[1]);
}

static void test_full_socket_is_not_writable_until_it_is_drained(void** state) {
  char bytes[4096] = {0};
  int fds[2];

  (void)state;
  open_pair(fds);
  assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
  assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
  while (write(fds[0], bytes, sizeof(bytes)) > 0) {
  }
  expect(fds[0], (expectation_t){W, 0});
  while (read(fds[1], bytes, sizeof(bytes)) > 0) {
  }
  expect(fds[0], (expectation_t){W, W});
  close_fd(fds[0]);
  close_fd(fds[1]);
}

static void test_peers_shutdown_is_a_disconnect_and_data_stays_readable(
    void** state) {
  static const expectation_t table[] = {
      {R, R}, {W, W}, {D, D}, {R | D, R | D}, {R | W | D | P, R | W | D}};
  int fds[2];

  (void)state;
  open_pair(fds);
  write_byte(fds[1]);
  assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
  expect_all(fds[0], table, COUNT_OF(table));
  close_fd(fds[0]);
  close_fd(fds[1]);
}

static void test_peers_close_is_told_as_what_was_asked(void** state) {
  static const expectation_t table[] = {
      {R, R}, {W, W}, {D, D}, {R | D, R | D}, {W | D, W | D}};
  int fds[2];
  char byte;

  (void)state;
  open_pair(fds);
  write_byte(fds[1]);
  close_fd(fds[1]);
  expect_all(fds[0], table, COUNT_OF(table));
  assert_int_equal(read(fds[0], &byte, 1), 1);
  expect_all(fds[0], table, COUNT_OF(table));
  close_fd(fds[0]);
}

static void test_pipe_without_writer_is_told_as_whatever_was_asked(
    void** state) {
  static const expectation_t table[] = {{D, D}, {R | D, R | D}};
  int fds[2];

  (void)state;
  open_pipe(fds);
  close_fd(fds[1]);
  expect(fds[0], (expectation_t){R, R});
  if (!poller_is_select() && !poller_is_iocp())
    expect_all(fds[0], table, COUNT_OF(table));
  /* To kqueue it is a pipe that cannot be written to, which is an error; and of
   * urgent data a pipe has none. */
  if (!poller_is_select() && !poller_is_iocp() &&
      strcmp(gy_test_poller(), "kqueue") != 0) {
    expect(fds[0], (expectation_t){W, W});
    expect(fds[0], (expectation_t){P, P});
  }
  close_fd(fds[0]);
}

static void test_pipe_without_writer_but_with_data_is_readable(void** state) {
  int fds[2];

  (void)state;
  open_pipe(fds);
  write_byte(fds[1]);
  close_fd(fds[1]);
  expect(fds[0], (expectation_t){R, R});
  expect(fds[0], (expectation_t){R | D, R});
  close_fd(fds[0]);
}

static char received[8];
static size_t received_count;

static void read_one_byte(uv_poll_t* handle, int status, int events) {
  ssize_t count;

  take_note(handle, status, events);
  assert_int_equal(status, 0);
  assert_int_equal(events & R, R);
  count = read(*(int*)handle->data, received + received_count, 1);
  assert_in_range(count, 0, 1);
  received_count += (size_t)count;
  if (count == 0)
    uv_close((uv_handle_t*)handle, NULL);
}

static void read_to_the_end(int fd) {
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, fd), 0);
  watched.data = &fd;
  assert_int_equal(uv_poll_start(&watched, R | D, read_one_byte), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_int_equal(received_count, 3);
  assert_memory_equal(received, "end", 3);
}

static void test_all_data_can_be_read_after_the_peer_hung_up(void** state) {
  int fds[2];

  (void)state;
  open_pair(fds);
  assert_int_equal(write(fds[1], "end", 3), 3);
  close_fd(fds[1]);
  read_to_the_end(fds[0]);
  close_fd(fds[0]);
}

static void test_all_data_can_be_read_from_a_pipe_without_writer(void** state) {
  int fds[2];

  (void)state;
  open_pipe(fds);
  assert_int_equal(write(fds[1], "end", 3), 3);
  close_fd(fds[1]);
  read_to_the_end(fds[0]);
  close_fd(fds[0]);
}

static void test_pipe_without_reader_is_an_error(void** state) {
  int fds[2];

  (void)state;
  open_pipe(fds);
  close_fd(fds[0]);
  expect_error(fds[1], W);
  expect_error(fds[1], R | W);
  close_fd(fds[1]);
}

static void start_again_after_an_error(uv_poll_t* handle, int status,
                                       int events) {
  take_note(handle, status, events);
  assert_int_equal(status, UV_EBADF);
  assert_int_equal(uv_is_active((uv_handle_t*)handle), 0);
  if (call_count < 3) {
    assert_int_equal(uv_poll_start(handle, W, start_again_after_an_error), 0);
    return;
  }
  uv_close((uv_handle_t*)handle, NULL);
}

static void test_handle_can_be_started_again_after_an_error(void** state) {
  int fds[2];

  (void)state;
  if (poller_is_select() || poller_is_iocp())
    gy_test_skip("this poller does not tell errors");
  open_pipe(fds);
  close_fd(fds[0]);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, fds[1]), 0);
  assert_int_equal(uv_poll_start(&watched, W, start_again_after_an_error), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 3);
  assert_int_equal(uv_loop_close(&loop), 0);
  close_fd(fds[1]);
}

static void test_socket_whose_peer_left_data_unread_is_an_error(void** state) {
  int fds[2];

  (void)state;
  open_pair(fds);
  write_byte(fds[0]);
  close_fd(fds[1]);
  expect_error(fds[0], R);
  assert_reset(fds[0]);
  close_fd(fds[0]);
}

static void test_tcp_reset_is_an_error(void** state) {
  const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  int fds[2];

  (void)state;
  open_tcp(fds);
  assert_int_equal(
      setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
  close_fd(fds[1]);
  expect_error(fds[0], R);
  assert_reset(fds[0]);
  close_fd(fds[0]);
}

static void test_tcp_end_is_readable_and_a_disconnect(void** state) {
  int fds[2];

  (void)state;
  open_tcp(fds);
  assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
  wait_for(fds[0], R);
  expect(fds[0], (expectation_t){R, R});
  expect(fds[0], (expectation_t){D, D});
  expect(fds[0], (expectation_t){R | D, R | D});
  close_fd(fds[0]);
  close_fd(fds[1]);
}

static int connect_without_waiting(const struct sockaddr_in* address) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  assert_true(fd >= 0);
  assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
  if (connect(fd, (const struct sockaddr*)address, sizeof(*address)) != 0 &&
      errno != EINPROGRESS)
    fail_msg("connect: %s", strerror(errno));
  return fd;
}

static void test_refused_connection_is_an_error(void** state) {
  struct sockaddr_in address;
  int fd;

  (void)state;
  close_fd(listen_tcp(&address));
  fd = connect_without_waiting(&address);
  expect_error(fd, W);
  assert_int_equal(error_of(fd), ECONNREFUSED);
  close_fd(fd);
}

static void test_completed_connection_is_writable(void** state) {
  struct sockaddr_in address;
  int listener;
  int fd;

  (void)state;
  listener = listen_tcp(&address);
  fd = connect_without_waiting(&address);
  wait_for(fd, R | W);
  assert_int_equal(last_status, 0);
  assert_int_equal(last_events, W);
  assert_int_equal(error_of(fd), 0);
  close_fd(fd);
  close_fd(listener);
}

static void test_waiting_connection_makes_the_listener_readable(void** state) {
  struct sockaddr_in address;
  int listener;
  int fd;

  (void)state;
  listener = listen_tcp(&address);
  expect(listener, (expectation_t){R, 0});
  fd = connect_tcp(&address);
  wait_for(listener, R);
  assert_int_equal(last_status, 0);
  assert_int_equal(last_events, R);
  close_fd(fd);
  close_fd(listener);
}

static void test_urgent_byte_is_prioritized(void** state) {
  int fds[2];
  char byte = 0;

  (void)state;
  gy_test_needs_urgency();
  open_tcp(fds);
  assert_int_equal(send(fds[1], "!", 1, MSG_OOB), 1);
  wait_for(fds[0], P);
  assert_int_equal(last_status, 0);
  assert_int_equal(last_events, P);
  expect(fds[0], (expectation_t){R | P, P});
  expect(fds[0], (expectation_t){R, 0});
  assert_int_equal(recv(fds[0], &byte, 1, MSG_OOB), 1);
  assert_int_equal(byte, '!');
  expect(fds[0], (expectation_t){R | P, 0});
  close_fd(fds[0]);
  close_fd(fds[1]);
}

static void test_ordinary_data_is_not_prioritized(void** state) {
  int fds[2];

  (void)state;
  open_tcp(fds);
  write_byte(fds[1]);
  wait_for(fds[0], R | P);
  assert_int_equal(last_events, R);
  expect(fds[0], (expectation_t){P, 0});
  close_fd(fds[0]);
  close_fd(fds[1]);
}

static void test_urgent_byte_and_data_are_told_together(void** state) {
  int fds[2];

  (void)state;
  gy_test_needs_urgency();
  open_tcp(fds);
  write_byte(fds[1]);
  assert_int_equal(send(fds[1], "!", 1, MSG_OOB), 1);
  wait_for(fds[0], P);
  expect(fds[0], (expectation_t){R | P, R | P});
  expect(fds[0], (expectation_t){R | W | P, R | W | P});
  close_fd(fds[0]);
  close_fd(fds[1]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_idle_socket_is_writable_only),
    cmocka_unit_test(test_data_makes_readable_and_only_what_was_asked_is_told),
    cmocka_unit_test(test_full_socket_is_not_writable_until_it_is_drained),
    cmocka_unit_test(
        test_peers_shutdown_is_a_disconnect_and_data_stays_readable),
    cmocka_unit_test(test_peers_close_is_told_as_what_was_asked),
    cmocka_unit_test(test_pipe_without_writer_is_told_as_whatever_was_asked),
    cmocka_unit_test(test_pipe_without_writer_but_with_data_is_readable),
    cmocka_unit_test(test_all_data_can_be_read_after_the_peer_hung_up),
    cmocka_unit_test(test_all_data_can_be_read_from_a_pipe_without_writer),
    cmocka_unit_test(test_pipe_without_reader_is_an_error),
    cmocka_unit_test(test_handle_can_be_started_again_after_an_error),
    cmocka_unit_test(test_socket_whose_peer_left_data_unread_is_an_error),
    cmocka_unit_test(test_tcp_reset_is_an_error),
    cmocka_unit_test(test_tcp_end_is_readable_and_a_disconnect),
    cmocka_unit_test(test_refused_connection_is_an_error),
    cmocka_unit_test(test_completed_connection_is_writable),
    cmocka_unit_test(test_waiting_connection_makes_the_listener_readable),
    cmocka_unit_test(test_urgent_byte_is_prioritized),
    cmocka_unit_test(test_ordinary_data_is_not_prioritized),
    cmocka_unit_test(test_urgent_byte_and_data_are_told_together),
};

GY_TEST_MAIN(tests)
