/* streams.h - what tests of streams share: pollers that do the work of streams
 * by themselves, what a program may ask of them, and their world. */
#ifndef GY_POLLER_STREAMS_H_
#define GY_POLLER_STREAMS_H_

#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"
#include "fixture.h"

enum {
  LISTEN = GY_READABLE | GY_ACCEPT,
  READ = GY_READABLE | GY_RECEIVE,
  PAUSED = GY_RECEIVE,
  ROOM = 2048,        /* what one answer of io_uring holds */
  MEGABYTE = 1 << 20, /* more than all rooms do */
  TURNS_MOST = 100000 /* then it is never going to come */
};

static inline void streams_only(void) {
  if (poller->ops->receive == NULL) {
    gy_test_skip("this poller leaves streams to others");
  }
}

/* The kernel has no rooms to receive into. */
static inline int refuse_rooms(const char* call) {
  return strcmp(call, "io_uring_register_buffers") == 0 ? EINVAL : 0;
}

static inline int setup_without_rooms(void** state) {
  int err = poller_setup(state);

  gy_fault_hook = refuse_rooms;
  return err;
}

static inline int teardown_without_rooms(void** state) {
  gy_fault_hook = GY_FAULT_NOBODY;
  return poller_teardown(state);
}

/* ---- what a program may do ------------------------------------------------
 */

/* Byte |index| of what is sent in these tests. */
static inline unsigned char pattern(size_t index) {
  return (unsigned char)(index * 7 + index / 251);
}

static inline void say(int fd, const char* text) {
  assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
                   (ssize_t)strlen(text));
}

static inline int64_t receive(int fd, void* memory, size_t size, bool* more) {
  return poller->ops->receive(poller, fd, memory, size, more);
}

/* Receive exactly |text|. */
static inline void assert_receives(int fd, const char* text) {
  char memory[256];
  bool more;

  assert_int_equal(receive(fd, memory, strlen(text), &more), strlen(text));
  assert_memory_equal(memory, text, strlen(text));
}

static inline void assert_nothing_to_receive(int fd) {
  char memory[16];
  bool more = true;

  assert_int_equal(receive(fd, memory, sizeof(memory), &more), UV_EAGAIN);
  assert_false(more);
}

static inline void assert_end(int fd, int64_t end) {
  char memory[16];
  bool more = true;

  assert_int_equal(receive(fd, memory, sizeof(memory), &more), end);
  assert_false(more);
}

/* Wait until |fd| is readable. */
static inline void await(int fd) {
  int turn;

  for (turn = 0; turn < TURNS_MOST; turn++) {
    if ((hear(fd, FOR_EVER) & GY_READABLE) != 0) {
      return;
    }
  }
  fail_msg("%d does not become readable", fd);
}

/* Look |turns| times: nothing is said. */
static inline void assert_quiet(int turns) {
  while (turns-- > 0) {
    assert_silence();
  }
}

static inline int start_send(int fd, const void* memory, size_t size) {
  return poller->ops->send(poller, fd, memory, size);
}

/* Wait for one event: the send of |fd| ended so. */
static inline int await_sent(int fd) {
  gy_event_t events[EVENT_MOST];

  assert_true(poller->owes);
  assert_int_equal(wait_for_events(events, FOR_EVER), 1);
  assert_int_equal(events[0].kind, GY_EVENT_SENT);
  assert_int_equal(events[0].u.sent.fd, fd);
  assert_false(poller->owes);
  return events[0].u.sent.result;
}

static inline void settle(void) {
  assert_int_equal(poller->ops->settle(poller), 0);
}

static inline void close_fd(int fd, unsigned was) {
  poller->ops->close_fd(poller, fd, was);
}

static inline bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

/* The other end of what was closed hears so. */
static inline void assert_is_over(int fd) {
  char memory[4096];
  ssize_t count;

  do {
    count = recv(fd, memory, sizeof(memory), 0);
  } while (count > 0);
  /* ECONNRESET: there was something that nobody has read. */
  assert_true(count == 0 || errno == ECONNRESET);
  world->close(fd);
}

enum {
  CROWD = 600, /* more than there are rooms */
  CROWD_LIMIT = 2 * CROWD + 200
};

static int crowd[CROWD][2];

static inline void crowd_open(void) {
  struct rlimit limit;
  int index;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < CROWD_LIMIT) {
    limit.rlim_cur = CROWD_LIMIT;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      gy_test_skip("this many descriptors are not allowed here");
    }
  }
  for (index = 0; index < CROWD; index++) {
    world->pair(crowd[index]);
    watch(crowd[index][0], 0, READ);
  }
  assert_silence();
}

static inline void crowd_close(unsigned was) {
  int index;

  for (index = 0; index < CROWD; index++) {
    close_fd(crowd[index][0], was);
  }
  settle();
  for (index = 0; index < CROWD; index++) {
    assert_is_over(crowd[index][1]);
  }
  assert_quiet(2);
}

static struct sockaddr_in listener_address;

static inline int listener_open(void) {
  socklen_t size = sizeof(listener_address);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  memset(&listener_address, 0, sizeof(listener_address));
  listener_address.sin_family = AF_INET;
  listener_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_true(fd >= 0);
  assert_int_equal(bind(fd, (struct sockaddr*)&listener_address, size), 0);
  assert_int_equal(listen(fd, 256), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr*)&listener_address, &size),
                   0);
  return fd;
}

static inline int caller_open(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  assert_true(fd >= 0);
  assert_int_equal(connect(fd, (struct sockaddr*)&listener_address,
                           sizeof(listener_address)),
                   0);
  return fd;
}

/* The same where no bytes are taken ahead; without GYRE_FAULTS, once more. */
#define PLAIN_TEST(test)                                                       \
  {                                                                            \
#test "_without_rooms", test, setup_without_rooms, teardown_without_rooms, \
        NULL                                                                   \
  }

#endif /* GY_POLLER_STREAMS_H_ */
