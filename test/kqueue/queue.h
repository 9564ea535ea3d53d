/* queue.h - a kqueue for each test, and words for what is asked of it. */
#ifndef GY_TEST_KQUEUE_QUEUE_H_
#define GY_TEST_KQUEUE_QUEUE_H_

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <sys/event.h>

#include "support/test.h"

enum {
  ROOM = 16
};

static int queue;
static struct kevent events[ROOM];
static const struct timespec now = {0, 0};

static inline int queue_open(void** state) {
  (void)state;
  queue = kqueue();
  assert_true(queue >= 0);
  assert_int_equal(fcntl(queue, F_SETFD, FD_CLOEXEC), 0);
  return 0;
}

static inline int queue_close(void** state) {
  (void)state;
  assert_int_equal(close(queue), 0);
  return 0;
}

static inline struct kevent change(int ident, int filter, int flags,
                                   unsigned fflags, intptr_t data) {
  struct kevent it;

  memset(&it, 0, sizeof(it));
  it.ident = (uintptr_t)ident;
  it.filter = (short)filter;
  it.flags = (unsigned short)flags;
  it.fflags = fflags;
  it.data = data;
  return it;
}

/* Tell one change. 0 or an errno. */
static inline int tell(int ident, int filter, int flags, unsigned fflags,
                       intptr_t data) {
  struct kevent it = change(ident, filter, flags, fflags, data);

  return kevent(queue, &it, 1, NULL, 0, NULL) == 0 ? 0 : errno;
}

static inline void add(int ident, int filter, int flags) {
  assert_int_equal(tell(ident, filter, EV_ADD | flags, 0, 0), 0);
}

/* How many events there are already; they are in |events|. */
static inline int look(void) {
  int count = kevent(queue, NULL, 0, events, ROOM, &now);

  assert_true(count >= 0);
  return count;
}

/* The next event comes, and is alone. */
static inline const struct kevent* hear(void) {
  assert_int_equal(kevent(queue, NULL, 0, events, ROOM, NULL), 1);
  return &events[0];
}

static inline void pair_open(int fds[2]) {
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static inline void put(int fd, size_t count) {
  char bytes[256] = {0};

  assert_int_equal(write(fd, bytes, count), count);
}

static inline void take(int fd, size_t count) {
  char bytes[256];

  assert_int_equal(read(fd, bytes, count), count);
}

static inline void shut(const int fds[2]) {
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
}

static inline int64_t clock_ns(void) {
  struct timespec time;

  assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &time), 0);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* A row of a table of tests, with a queue that is open. */
#define QUEUE_TEST(test) \
  cmocka_unit_test_setup_teardown(test, queue_open, queue_close)

#endif /* GY_TEST_KQUEUE_QUEUE_H_ */
