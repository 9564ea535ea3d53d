/* pipe-ipc.c - tests of handles that are passed over a pipe. */
#include "streams.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

enum {
  BIG = 4 << 20, /* more bytes than a pair of sockets holds */
  MANY = 40
};

static uv_pipe_t near;
static uv_pipe_t far;
static uv_write_t reqs[MANY];
static uv_tcp_t sent[MANY];
static char big[BIG];
static size_t arrived;

/* Both ends are ours, so that a test sees what goes in and what comes out. */
static void ends_open(void) {
  static const char* const names[] = {"1", "2", "3", "4"};
  int fds[2];

  loop_open();
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_pipe_init(&loop, &near, 1), 0);
  assert_int_equal(uv_pipe_open(&near, fds[0]), 0);
  assert_int_equal(uv_pipe_init(&loop, &far, 1), 0);
  assert_int_equal(uv_pipe_open(&far, fds[1]), 0);
  for (size_t i = 0; i < MANY; i++)
    reqs[i].data = (void*)(uintptr_t)names[i % COUNT_OF(names)];
  arrived = 0;
}

static void note_arrival(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)buf;
  assert_true(count >= 0);
  arrived += (size_t)count;
}

static void read_far(void) {
  int err = uv_read_start(stream(&far), alloc_static, note_arrival);

  assert_true(err == 0 || err == UV_EALREADY);
}

static void read_far_until(size_t size) {
  read_far();
  for (int turn = 0; arrived < size; turn++) {
    assert_true(turn < TURNS_MOST);
    uv_run(&loop, UV_RUN_ONCE);
  }
  assert_int_equal(arrived, size);
}

/* A listener: what is passed must be one of its own port. */
static uint16_t listener_open(uv_tcp_t* tcp) {
  struct sockaddr_in any = loopback(0);

  assert_int_equal(uv_tcp_init(&loop, tcp), 0);
  assert_int_equal(uv_tcp_bind(tcp, plain(&any), 0), 0);
  return port_of(tcp);
}

static int send_tcp(int index, uv_tcp_t* tcp, char* base, unsigned size) {
  uv_buf_t buf = uv_buf_init(base, size);

  return uv_write2(&reqs[index], stream(&near), &buf, 1, stream(tcp),
                   told_write);
}

/* Take what came first, which must be bound to |port|. */
static void assert_takes(uint16_t port) {
  static uv_tcp_t taken[MANY * 2];
  static size_t count;
  uv_tcp_t* tcp = &taken[count++ % COUNT_OF(taken)];
  uv_os_fd_t fd;

  assert_int_equal(uv_pipe_pending_type(&far), UV_TCP);
  assert_int_equal(uv_tcp_init(&loop, tcp), 0);
  assert_int_equal(uv_accept(stream(&far), stream(tcp)), 0);
  assert_int_equal(port_of(tcp), port);
  assert_int_equal(uv_fileno(handle(tcp), &fd), 0);
  assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void assert_nothing_waits(void) {
  assert_int_equal(uv_pipe_pending_count(&far), 0);
  assert_int_equal(uv_pipe_pending_type(&far), UV_UNKNOWN_HANDLE);
}

/* Those that are numbered from 0 up, as the kernel does: a stand-in for its
 * kqueue has some, too, and keeps them far above. */
static int open_fds(void) {
  int count = 0;

  for (int fd = 0; fd < 512; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* ---- passing
 * ---------------------------------------------------------------- */

static void test_tcp_handle_arrives_with_its_bytes(void** state) {
  uint16_t port;
  uv_tcp_t none;

  (void)state;
  ends_open();
  port = listener_open(&sent[0]);
  assert_int_equal(send_tcp(0, &sent[0], big, 3), 0);
  run_turns(1);
  assert_told("write1 0");
  assert_null(reqs[0].send_handle);
  read_far_until(3);
  assert_int_equal(uv_pipe_pending_count(&far), 1);
  assert_takes(port);
  assert_nothing_waits();
  assert_int_equal(uv_tcp_init(&loop, &none), 0);
  assert_int_equal(uv_accept(stream(&far), stream(&none)), UV_EAGAIN);
  gy_test_close_loop(&loop);
}

static void test_try_write2_passes_a_handle_at_once(void** state) {
  uv_buf_t buf = text("now");
  uint16_t port;

  (void)state;
  ends_open();
  port = listener_open(&sent[0]);
  assert_int_equal(uv_try_write2(stream(&near), &buf, 1, stream(&sent[0])), 3);
  read_far_until(3);
  assert_takes(port);
  assert_nothing_waits();
  gy_test_close_loop(&loop);
}

static void test_pipe_arrives_as_a_pipe(void** state) {
  uv_buf_t buf = text("p");
  uv_pipe_t ends[2];
  uv_pipe_t got;
  uv_file fds[2];
  char word[8];

  (void)state;
  ends_open();
  assert_int_equal(uv_pipe(fds, 0, 0), 0);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(uv_pipe_init(&loop, &ends[i], 0), 0);
    assert_int_equal(uv_pipe_open(&ends[i], fds[i]), 0);
  }
  assert_int_equal(uv_try_write2(stream(&near), &buf, 1, stream(&ends[1])), 1);
  read_far_until(1);
  assert_int_equal(uv_pipe_pending_type(&far), UV_NAMED_PIPE);
  assert_int_equal(uv_pipe_init(&loop, &got, 0), 0);
  assert_int_equal(uv_accept(stream(&far), stream(&got)), 0);
  assert_int_equal(uv_is_readable(stream(&got)), 0);
  assert_int_equal(uv_is_writable(stream(&got)), 1);
  buf = text("through");
  assert_int_equal(uv_try_write(stream(&got), &buf, 1), 7);
  assert_int_equal(read(fds[0], word, sizeof(word)), 7);
  gy_test_close_loop(&loop);
}

static void test_several_handles_are_taken_in_order(void** state) {
  uint16_t ports[MANY];

  (void)state;
  ends_open();
  for (int i = 0; i < MANY; i++) {
    ports[i] = listener_open(&sent[i]);
    assert_int_equal(send_tcp(i, &sent[i], big, 2), 0);
    told_count = 0;
  }
  read_far_until((size_t)MANY * 2);
  assert_int_equal(uv_pipe_pending_count(&far), MANY);
  for (int i = 0; i < MANY / 2; i++)
    assert_takes(ports[i]);
  /* Some more behind those that wait. */
  for (int i = 0; i < MANY / 2; i++)
    assert_int_equal(send_tcp(i, &sent[i], big, 1), 0);
  read_far_until((size_t)MANY * 2 + MANY / 2);
  assert_int_equal(uv_pipe_pending_count(&far), MANY);
  for (int i = MANY / 2; i < MANY; i++)
    assert_takes(ports[i]);
  for (int i = 0; i < MANY / 2; i++)
    assert_takes(ports[i]);
  assert_nothing_waits();
  gy_test_close_loop(&loop);
}

static void test_write_in_many_parts_passes_its_handle_once(void** state) {
  uint16_t ports[2];

  (void)state;
  ends_open();
  ports[0] = listener_open(&sent[0]);
  ports[1] = listener_open(&sent[1]);
  assert_int_equal(send_tcp(0, &sent[0], big, BIG), 0);
  assert_int_equal(send_tcp(1, &sent[1], big, BIG), 0);
  assert_true(uv_stream_get_write_queue_size(stream(&near)) > BIG);
  read_far_until((size_t)BIG * 2);
  assert_int_equal(uv_pipe_pending_count(&far), 2);
  assert_takes(ports[0]);
  assert_takes(ports[1]);
  assert_nothing_waits();
  gy_test_close_loop(&loop);
}

/* The queue drains over the borders of requests, but not into one that has a
 * handle: its first byte must be the first of a message. */
static void test_handle_stays_with_its_bytes_in_a_queue(void** state) {
  uv_buf_t word = text("word");
  uint16_t port;

  (void)state;
  ends_open();
  port = listener_open(&sent[0]);
  word = uv_buf_init(big, BIG);
  assert_int_equal(uv_write(&reqs[0], stream(&near), &word, 1, told_write), 0);
  word = text("word");
  assert_int_equal(uv_write(&reqs[1], stream(&near), &word, 1, told_write), 0);
  assert_int_equal(send_tcp(2, &sent[0], big, 3), 0);
  assert_int_equal(uv_write(&reqs[3], stream(&near), &word, 1, told_write), 0);
  read_far();
  while (uv_pipe_pending_count(&far) == 0) {
    assert_true(arrived <= BIG + 4);
    uv_run(&loop, UV_RUN_ONCE);
  }
  assert_true(arrived > BIG + 4);
  read_far_until(BIG + 4 + 3 + 4);
  run_turns(1);
  assert_told("write1 0, write2 0, write3 0, write4 0");
  assert_int_equal(uv_pipe_pending_count(&far), 1);
  assert_takes(port);
  gy_test_close_loop(&loop);
}

static void test_connection_goes_on_in_another_process(void** state) {
  uv_buf_t buf = text("t");
  uv_tcp_t tcp;
  int plain_end;
  int status;
  pid_t pid;

  (void)state;
  ends_open();
  open_pair(&tcp, &plain_end);
  assert_int_equal(uv_try_write2(stream(&near), &buf, 1, stream(&tcp)), 1);
  fflush(NULL);
  pid = fork();
  if (pid == 0) {
    uv_pipe_t got;
    buf = text("from the child");
    if (uv_loop_fork(&loop) != 0 ||
        uv_read_start(stream(&far), alloc_static, note_arrival) != 0)
      _exit(1);
    while (arrived == 0)
      uv_run(&loop, UV_RUN_ONCE);
    if (uv_pipe_init(&loop, &got, 0) != 0 ||
        uv_accept(stream(&far), stream(&got)) != 0 ||
        uv_try_write(stream(&got), &buf, 1) != 14)
      _exit(2);
    _exit(0);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  assert_arrived(plain_end, "from the child");
  close(plain_end);
  gy_test_close_loop(&loop);
}

/* ---- what is left
 * ------------------------------------------------------------- */

static void test_handles_nobody_took_are_closed_with_the_pipe(void** state) {
  int before;

  (void)state;
  ends_open();
  for (int i = 0; i < 10; i++) {
    listener_open(&sent[i]);
    assert_int_equal(send_tcp(i, &sent[i], big, 1), 0);
  }
  before = open_fds();
  read_far_until(10);
  assert_int_equal(open_fds(), before + 10);
  uv_close(handle(&far), NULL);
  assert_int_equal(open_fds(), before - 1);
  gy_test_close_loop(&loop);
}

static void test_handle_refused_by_one_waits_for_another(void** state) {
  uv_timer_t timer;
  uint16_t port;

  (void)state;
  ends_open();
  port = listener_open(&sent[0]);
  assert_int_equal(send_tcp(0, &sent[0], big, 1), 0);
  read_far_until(1);
  assert_int_equal(uv_accept(stream(&far), stream(&sent[0])), UV_EBUSY);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_accept(stream(&far), (uv_stream_t*)(void*)&timer),
                   UV_EINVAL);
  assert_int_equal(uv_pipe_pending_count(&far), 1);
  assert_takes(port);
  gy_test_close_loop(&loop);
}

static void test_several_descriptors_of_one_message_all_wait(void** state) {
  enum {
    COUNT = 20
  };
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(sizeof(int) * COUNT)];
  } control;
  struct iovec piece = {big, 1};
  struct msghdr message;
  struct cmsghdr* head;
  uv_os_fd_t fd;
  int passed[COUNT];

  (void)state;
  ends_open();
  (void)listener_open(&sent[0]);
  assert_int_equal(uv_fileno(handle(&sent[0]), &fd), 0);
  for (int i = 0; i < COUNT; i++)
    passed[i] = fd;
  memset(&message, 0, sizeof(message));
  memset(&control, 0, sizeof(control));
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof(control);
  head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(passed));
  memcpy(CMSG_DATA(head), passed, sizeof(passed));
  assert_int_equal(uv_fileno(handle(&near), &fd), 0);
  assert_int_equal(sendmsg(fd, &message, 0), 1);
  read_far_until(1);
  assert_int_equal(uv_pipe_pending_count(&far), COUNT);
  gy_test_close_loop(&loop);
}

/* ---- what cannot be passed
 * ------------------------------------------------------ */

static void test_what_cannot_be_passed_is_refused(void** state) {
  uv_buf_t buf = text("word");
  uv_buf_t none = text("");
  uv_tcp_t no_socket;
  uv_timer_t timer;
  uv_tcp_t tcp;
  int end;

  (void)state;
  ends_open();
  open_pair(&tcp, &end);
  assert_int_equal(uv_tcp_init(&loop, &no_socket), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(send_tcp(0, &no_socket, big, 1), UV_EBADF);
  assert_int_equal(send_tcp(0, (uv_tcp_t*)(void*)&timer, big, 1), UV_EBADF);
  assert_int_equal(
      uv_write2(&reqs[0], stream(&tcp), &buf, 1, stream(&near), told_write),
      UV_EINVAL);
  assert_int_equal(uv_try_write2(stream(&tcp), &buf, 1, stream(&near)),
                   UV_EINVAL);
  assert_int_equal(uv_try_write2(stream(&near), &none, 1, stream(&tcp)),
                   UV_EINVAL);
  assert_int_equal(send_tcp(0, &tcp, big, 0), UV_EINVAL);
  uv_close(handle(&no_socket), NULL);
  assert_int_equal(send_tcp(0, &no_socket, big, 1), UV_EBADF);
  run_turns(2);
  assert_told("");
  close(end);
  gy_test_close_loop(&loop);
}

static void test_handle_closed_too_early_fails_its_write_alone(void** state) {
  uv_buf_t buf = uv_buf_init(big, BIG);

  (void)state;
  ends_open();
  (void)listener_open(&sent[0]);
  assert_int_equal(uv_write(&reqs[0], stream(&near), &buf, 1, told_write), 0);
  assert_int_equal(send_tcp(1, &sent[0], big, 3), 0);
  buf = text("last");
  assert_int_equal(uv_write(&reqs[2], stream(&near), &buf, 1, told_write), 0);
  uv_close(handle(&sent[0]), NULL);
  read_far_until(BIG + 4);
  run_turns(1);
  assert_told("write1 0, write2 EBADF, write3 0");
  assert_nothing_waits();
  assert_int_equal(uv_stream_get_write_queue_size(stream(&near)), 0);
  gy_test_close_loop(&loop);
}

static void test_ipc_over_a_pipe_without_a_socket_carries_bytes(void** state) {
  uv_buf_t buf = text("word");
  uv_pipe_t ends[2];
  uv_file fds[2];

  (void)state;
  ends_open();
  (void)listener_open(&sent[0]);
  assert_int_equal(uv_pipe(fds, 0, 0), 0);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(uv_pipe_init(&loop, &ends[i], 1), 0);
    assert_int_equal(uv_pipe_open(&ends[i], fds[i]), 0);
  }
  assert_int_equal(uv_read_start(stream(&ends[0]), alloc_static, note_arrival),
                   0);
  assert_int_equal(uv_try_write(stream(&ends[1]), &buf, 1), 4);
  assert_int_equal(uv_write2(&reqs[0], stream(&ends[1]), &buf, 1,
                             stream(&sent[0]), told_write),
                   0);
  run_turns(2);
  assert_told("write1 ENOTSOCK");
  assert_int_equal(arrived, 4);
  gy_test_close_loop(&loop);
}

static void test_pipe_without_ipc_is_deaf_to_handles(void** state) {
  uv_buf_t buf = text("w");
  uv_pipe_t sender;
  uv_pipe_t deaf;
  int fds[2];
  int before;

  (void)state;
  ends_open();
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_pipe_init(&loop, &sender, 1), 0);
  assert_int_equal(uv_pipe_open(&sender, fds[0]), 0);
  assert_int_equal(uv_pipe_init(&loop, &deaf, 0), 0);
  assert_int_equal(uv_pipe_open(&deaf, fds[1]), 0);
  before = open_fds();
  assert_int_equal(uv_try_write2(stream(&sender), &buf, 1, stream(&near)), 1);
  assert_int_equal(uv_read_start(stream(&deaf), alloc_static, note_arrival), 0);
  run_turns(2);
  assert_int_equal(arrived, 1);
  assert_int_equal(uv_pipe_pending_count(&deaf), 0);
  assert_int_equal(open_fds(), before);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_tcp_handle_arrives_with_its_bytes),
    cmocka_unit_test(test_try_write2_passes_a_handle_at_once),
    cmocka_unit_test(test_pipe_arrives_as_a_pipe),
    cmocka_unit_test(test_several_handles_are_taken_in_order),
    cmocka_unit_test(test_write_in_many_parts_passes_its_handle_once),
    cmocka_unit_test(test_handle_stays_with_its_bytes_in_a_queue),
    cmocka_unit_test(test_connection_goes_on_in_another_process),
    cmocka_unit_test(test_handles_nobody_took_are_closed_with_the_pipe),
    cmocka_unit_test(test_handle_refused_by_one_waits_for_another),
    cmocka_unit_test(test_several_descriptors_of_one_message_all_wait),
    cmocka_unit_test(test_what_cannot_be_passed_is_refused),
    cmocka_unit_test(test_handle_closed_too_early_fails_its_write_alone),
    cmocka_unit_test(test_ipc_over_a_pipe_without_a_socket_carries_bytes),
    cmocka_unit_test(test_pipe_without_ipc_is_deaf_to_handles),
};

GY_TEST_MAIN(tests)
