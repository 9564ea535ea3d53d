/* world.c - things to watch, and a clock, as they are; see world.h. */
#include "support/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/test.h"

/* The UV_E* of an errno of read(2). */
static int code_of(int number) {
  switch (number) {
    case EAGAIN:
      return UV_EAGAIN;
    case ECONNRESET:
      return UV_ECONNRESET;
    case ECONNREFUSED:
      return UV_ECONNREFUSED;
    default:
      return UV_UNKNOWN;
  }
}

static void real_nonblock(int fd) {
  assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static void real_pair(int fds[2]) {
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  real_nonblock(fds[0]);
  real_nonblock(fds[1]);
}

static void real_pipe(int fds[2]) {
  assert_int_equal(pipe(fds), 0);
  real_nonblock(fds[0]);
  real_nonblock(fds[1]);
}

static void real_connection(int fds[2]) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof(address);
  int listener = socket(AF_INET, SOCK_STREAM, 0);

  assert_true(listener >= 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(listener, (struct sockaddr*)&address, size), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr*)&address, &size), 0);
  fds[0] = socket(AF_INET, SOCK_STREAM, 0);
  assert_true(fds[0] >= 0);
  assert_int_equal(connect(fds[0], (struct sockaddr*)&address, size), 0);
  fds[1] = accept(listener, NULL, NULL);
  assert_true(fds[1] >= 0);
  assert_int_equal(close(listener), 0);
  real_nonblock(fds[0]);
  real_nonblock(fds[1]);
}

static int real_file(void) {
  int fd = open("/proc/self/exe", O_RDONLY);

  if (fd < 0) {
    fd = open("/bin/sh", O_RDONLY); /* A file that every Unix has. */
  }
  assert_true(fd >= 0);
  return fd;
}

static void real_close(int fd) {
  assert_int_equal(close(fd), 0);
}

static void real_crash(int fd) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};

  assert_int_equal(
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
  real_close(fd);
}

static void real_finish(int fd) {
  assert_int_equal(shutdown(fd, SHUT_WR), 0);
}

static void real_send(int fd, int count) {
  char bytes[256] = {0};

  assert_in_range(count, 1, sizeof(bytes));
  assert_int_equal(write(fd, bytes, (size_t)count), count);
}

static void real_fill(int fd) {
  char bytes[4096] = {0};
  ssize_t size = sizeof(bytes);

  /* Down to single bytes: a pipe that has room for fewer than asked for may
   * take none, and still be writable. */
  for (; size > 0; size /= 2) {
    while (write(fd, bytes, (size_t)size) > 0) {
    }
    assert_int_equal(errno, EAGAIN);
  }
}

static int real_receive(int fd, int count) {
  char bytes[65536];
  ssize_t got;

  assert_in_range(count, 1, sizeof(bytes));
  got = read(fd, bytes, (size_t)count);
  return got >= 0 ? (int)got : code_of(errno);
}

static void real_urge(int fd) {
  assert_int_equal(send(fd, "!", 1, MSG_OOB), 1);
}

static uint64_t real_clock(void) {
  struct timespec now;

  assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct {
  pthread_t thread;
  bool started;
  uint64_t delay_ns;
  void (*step)(void* arg);
  void* arg;
} real_step;

static void* real_step_run(void* arg) {
  struct timespec delay;

  (void)arg;
  delay.tv_sec = (time_t)(real_step.delay_ns / 1000000000u);
  delay.tv_nsec = (long)(real_step.delay_ns % 1000000000u);
  nanosleep(&delay, NULL);
  real_step.step(real_step.arg);
  return NULL;
}

static void real_later(uint64_t delay_ns, void (*step)(void* arg), void* arg) {
  real_step.delay_ns = delay_ns;
  real_step.step = step;
  real_step.arg = arg;
  assert_int_equal(pthread_create(&real_step.thread, NULL, real_step_run, NULL),
                   0);
  real_step.started = true;
}

static void real_settle(void) {
  if (real_step.started) {
    assert_int_equal(pthread_join(real_step.thread, NULL), 0);
    real_step.started = false;
  }
}

const gy_world_t gy_real_world = {
    .real = true,
    .pair = real_pair,
    .pipe = real_pipe,
    .connection = real_connection,
    .file = real_file,
    .close = real_close,
    .crash = real_crash,
    .finish = real_finish,
    .send = real_send,
    .fill = real_fill,
    .receive = real_receive,
    .urge = real_urge,
    .clock = real_clock,
    .later = real_later,
    .settle = real_settle,
};
