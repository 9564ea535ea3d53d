/* streams.c - pollers that do the work of streams by themselves: what they take
 * ahead comes in order and is not lost, what they owe is done. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

static void streams_only(void) {
  if (poller->ops->receive == NULL) {
    gy_test_skip("this poller leaves streams to others");
  }
}

/* The kernel has no rooms to receive into. */
static int refuse_rooms(const char* call) {
  return strcmp(call, "io_uring_register_buffers") == 0 ? EINVAL : 0;
}

static int setup_without_rooms(void** state) {
  int err = poller_setup(state);

  gy_fault_hook = refuse_rooms;
  return err;
}

static int teardown_without_rooms(void** state) {
  gy_fault_hook = GY_FAULT_NOBODY;
  return poller_teardown(state);
}

/* ---- what a program may do ------------------------------------------------
 */

/* Byte |index| of what is sent in these tests. */
static unsigned char pattern(size_t index) {
  return (unsigned char)(index * 7 + index / 251);
}

static void say(int fd, const char* text) {
  assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
                   (ssize_t)strlen(text));
}

static int64_t receive(int fd, void* memory, size_t size, bool* more) {
  return poller->ops->receive(poller, fd, memory, size, more);
}

/* Receive exactly |text|. */
static void assert_receives(int fd, const char* text) {
  char memory[256];
  bool more;

  assert_int_equal(receive(fd, memory, strlen(text), &more), strlen(text));
  assert_memory_equal(memory, text, strlen(text));
}

static void assert_nothing_to_receive(int fd) {
  char memory[16];
  bool more = true;

  assert_int_equal(receive(fd, memory, sizeof(memory), &more), UV_EAGAIN);
  assert_false(more);
}

static void assert_end(int fd, int64_t end) {
  char memory[16];
  bool more = true;

  assert_int_equal(receive(fd, memory, sizeof(memory), &more), end);
  assert_false(more);
}

/* Wait until |fd| is readable. */
static void await(int fd) {
  int turn;

  for (turn = 0; turn < TURNS_MOST; turn++) {
    if ((hear(fd, FOR_EVER) & GY_READABLE) != 0) {
      return;
    }
  }
  fail_msg("%d does not become readable", fd);
}

/* Look |turns| times: nothing is said. */
static void assert_quiet(int turns) {
  while (turns-- > 0) {
    assert_silence();
  }
}

static int start_send(int fd, const void* memory, size_t size) {
  return poller->ops->send(poller, fd, memory, size);
}

/* Wait for one event: the send of |fd| ended so. */
static int await_sent(int fd) {
  gy_event_t events[EVENT_MOST];

  assert_true(poller->owes);
  assert_int_equal(wait_for_events(events, FOR_EVER), 1);
  assert_int_equal(events[0].kind, GY_EVENT_SENT);
  assert_int_equal(events[0].u.sent.fd, fd);
  assert_false(poller->owes);
  return events[0].u.sent.result;
}

static void settle(void) {
  assert_int_equal(poller->ops->settle(poller), 0);
}

static void close_fd(int fd, unsigned was) {
  poller->ops->close_fd(poller, fd, was);
}

static bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

/* The other end of what was closed hears so. */
static void assert_is_over(int fd) {
  char memory[4096];
  ssize_t count;

  do {
    count = recv(fd, memory, sizeof(memory), 0);
  } while (count > 0);
  /* ECONNRESET: there was something that nobody has read. */
  assert_true(count == 0 || errno == ECONNRESET);
  world->close(fd);
}

static struct sockaddr_in listener_address;

static int listener_open(void) {
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

static int caller_open(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  assert_true(fd >= 0);
  assert_int_equal(connect(fd, (struct sockaddr*)&listener_address,
                           sizeof(listener_address)),
                   0);
  return fd;
}

/* ---- receiving ------------------------------------------------------------
 */

static void test_what_comes_is_received(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_quiet(2);
  assert_nothing_to_receive(fds[0]);
  say(fds[1], "first");
  await(fds[0]);
  assert_receives(fds[0], "first");
  assert_nothing_to_receive(fds[0]);
  assert_quiet(2);
  say(fds[1], "second");
  await(fds[0]);
  assert_receives(fds[0], "second");
  watch(fds[0], READ, 0);
  assert_quiet(2);
  close_both(fds);
}

static void test_what_was_there_before_is_received(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  say(fds[1], "early");
  watch(fds[0], 0, READ);
  assert_receives(fds[0], "ear");
  await(fds[0]);
  assert_receives(fds[0], "ly");
  watch(fds[0], READ, 0);
  close_both(fds);
}

static void test_what_is_left_is_told_again(void** state) {
  char memory[16];
  int fds[2];
  bool more;
  int round;

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  say(fds[1], "abcdef");
  for (round = 0; round < 5; round++) {
    assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  }
  assert_int_equal(receive(fds[0], memory, 2, &more), 2);
  assert_memory_equal(memory, "ab", 2);
  assert_true(more);
  assert_int_equal(hear(fds[0], 0), GY_READABLE);
  assert_receives(fds[0], "cdef");
  assert_quiet(3);
  watch(fds[0], READ, 0);
  close_both(fds);
}

static void test_end_comes_after_the_bytes(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ | GY_DISCONNECT);
  assert_silence();
  say(fds[1], "last");
  world->finish(fds[1]);
  await(fds[0]);
  assert_receives(fds[0], "last");
  await(fds[0]);
  assert_end(fds[0], 0);
  await(fds[0]); /* It is the end for good. */
  assert_end(fds[0], 0);
  watch(fds[0], READ | GY_DISCONNECT, 0);
  close_both(fds);
}

static void test_reset_is_told(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->connection(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  world->crash(fds[1]);
  await(fds[0]);
  assert_end(fds[0], UV_ECONNRESET);
  watch(fds[0], READ, 0);
  world->close(fds[0]);
}

static void test_stream_that_is_read_is_heard_writable_too(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  world->fill(fds[0]);
  watch(fds[0], 0, READ | GY_WRITABLE);
  assert_quiet(2);
  say(fds[1], "x");
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  assert_receives(fds[0], "x");
  while (world->receive(fds[1], 65536) > 0) {
  }
  assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
  watch(fds[0], READ | GY_WRITABLE, READ);
  assert_quiet(2);
  watch(fds[0], READ, 0);
  close_both(fds);
}

/* A number below |limit|, the same in each run. */
static uint32_t random_below(uint32_t* seed, uint32_t limit) {
  *seed = *seed * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)*seed * limit) >> 32);
}

static size_t send_some(int fd, size_t from, size_t size) {
  static unsigned char memory[65536];
  size_t index;
  ssize_t count;

  for (index = 0; index < size; index++) {
    memory[index] = pattern(from + index);
  }
  count = send(fd, memory, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  assert_true(count > 0 || errno == EAGAIN);
  return count > 0 ? (size_t)count : 0;
}

/* Receive |size| bytes at most, which are those from |from| on. */
static size_t receive_some(int fd, size_t from, size_t size) {
  static unsigned char memory[65536];
  size_t index;
  bool more;
  int64_t count = receive(fd, memory, size, &more);

  assert_true(count >= 0 || count == UV_EAGAIN);
  for (index = 0; (int64_t)index < count; index++) {
    if (memory[index] != pattern(from + index)) {
      fail_msg("byte %zu is not what was sent", from + index);
    }
  }
  return count > 0 ? (size_t)count : 0;
}

/* Messages of |most| bytes at most pass from |to| to |from|, and are received
 * in pieces; reading pauses now and then. */
static void pass_bytes(int from, int to, uint32_t most, uint32_t seed) {
  size_t sent = 0;
  size_t received = 0;
  unsigned was = READ;
  int turn;

  watch(to, 0, READ);
  for (turn = 0; received < MEGABYTE && turn < TURNS_MOST; turn++) {
    unsigned want = random_below(&seed, 8) == 0 ? PAUSED : READ;
    size_t left = MEGABYTE - sent;
    size_t size = random_below(&seed, most) + 1;
    if (left > 0) {
      sent += send_some(from, sent, size < left ? size : left);
    }
    if (want != was) {
      watch(to, was, want);
      was = want;
    }
    if ((hear(to, 0) & GY_READABLE) != 0) {
      assert_int_equal(was, READ);
      received += receive_some(to, received, random_below(&seed, most) + 1);
    }
  }
  assert_int_equal(received, MEGABYTE);
  watch(to, was, 0);
}

static void test_bytes_come_in_order(void** state) {
  static const uint32_t sizes[] = {3000, 60000, 5000, 2048, 4096};
  uint32_t seed;
  size_t index;
  int fds[2];

  (void)state;
  streams_only();
  for (index = 0; index < COUNT_OF(sizes); index++) {
    for (seed = 1; seed <= 4; seed++) {
      if (seed % 2 != 0) {
        world->pair(fds);
      } else {
        world->connection(fds);
      }
      pass_bytes(fds[1], fds[0], sizes[index], seed);
      close_both(fds);
    }
  }
}

/* As what is sent in pieces of one size, and the next. */
static void pass_pieces(const int fds[2], size_t size, int count) {
  size_t sent;
  size_t received;

  while (count-- > 0) {
    sent = send_some(fds[1], 0, size);
    assert_int_equal(sent, size);
    for (received = 0; received < size;) {
      await(fds[0]);
      received += receive_some(fds[0], received, 65536);
    }
  }
}

static void test_large_messages_come_and_go(void** state) {
  int fds[2];
  int round;

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  for (round = 0; round < 3; round++) {
    pass_pieces(fds, 30000, 20);
    pass_pieces(fds, 100, 50);
    pass_pieces(fds, ROOM, 3);
  }
  assert_quiet(3);
  watch(fds[0], READ, 0);
  close_both(fds);
}

/* ---- pausing ---------------------------------------------------------------
 */

static void test_nothing_is_told_while_paused_nor_lost(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  say(fds[1], "one");
  await(fds[0]);
  watch(fds[0], READ, PAUSED);
  say(fds[1], "two");
  assert_quiet(3);
  say(fds[1], "three");
  assert_quiet(3);
  watch(fds[0], PAUSED, READ);
  await(fds[0]);
  assert_receives(fds[0], "one");
  for (int index = 0; index < 8; index++) {
    await(fds[0]);
    assert_receives(fds[0], (const char[2]){"twothree"[index], 0});
  }
  assert_quiet(2);
  watch(fds[0], READ, 0);
  close_both(fds);
}

static void test_what_is_held_can_be_received_while_paused(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  say(fds[1], "held");
  await(fds[0]);
  watch(fds[0], READ, PAUSED);
  assert_receives(fds[0], "he");
  assert_quiet(3);
  say(fds[1], "!");
  assert_receives(fds[0], "ld");
  assert_receives(fds[0], "!");
  watch(fds[0], PAUSED, 0);
  close_both(fds);
}

static void test_pause_and_resume_in_one_turn_change_nothing(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  watch(fds[0], READ, PAUSED);
  watch(fds[0], PAUSED, READ);
  say(fds[1], "x");
  await(fds[0]);
  assert_receives(fds[0], "x");
  watch(fds[0], READ, PAUSED);
  assert_silence();
  watch(fds[0], PAUSED, READ);
  watch(fds[0], READ, PAUSED);
  say(fds[1], "y");
  assert_quiet(2);
  watch(fds[0], PAUSED, READ);
  await(fds[0]);
  assert_receives(fds[0], "y");
  watch(fds[0], READ, 0);
  close_both(fds);
}

enum {
  CROWD = 600, /* more than there are rooms */
  CROWD_LIMIT = 2 * CROWD + 200
};

static int crowd[CROWD][2];

static void crowd_open(void) {
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

static void crowd_close(unsigned was) {
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

static void test_paused_crowd_leaves_room_for_others(void** state) {
  int fds[2];
  int index;

  (void)state;
  streams_only();
  crowd_open();
  for (index = 0; index < CROWD; index++) {
    say(crowd[index][1], "kept");
  }
  for (index = 0; index < CROWD; index++) {
    watch(crowd[index][0], READ, PAUSED);
  }
  assert_quiet(CROWD / 40);
  world->pair(fds);
  watch(fds[0], 0, READ);
  pass_pieces(fds, 100, 300);
  watch(fds[0], READ, 0);
  close_both(fds);
  for (index = 0; index < CROWD; index++) {
    assert_receives(crowd[index][0], "kept");
  }
  crowd_close(PAUSED);
}

/* Serve all that is ready, a byte at a time, until all bytes have come. */
static void crowd_serve(int count_each) {
  static int counts[CROWD_LIMIT];
  gy_event_t events[EVENT_MOST];
  char byte;
  int left = CROWD * count_each;
  int turn;
  bool more;

  memset(counts, 0, sizeof(counts));
  for (turn = 0; left > 0 && turn < TURNS_MOST; turn++) {
    int count = wait_for_events(events, FOR_EVER);
    while (count-- > 0) {
      int fd = event_fd(&events[count]);
      assert_int_equal(events[count].kind, GY_EVENT_READY);
      if (receive(fd, &byte, 1, &more) == 1) {
        assert_int_equal(byte, 'a' + counts[fd]);
        counts[fd]++;
        left--;
      }
    }
  }
  assert_int_equal(left, 0);
}

static void test_more_are_ready_than_there_are_rooms(void** state) {
  int index;

  (void)state;
  streams_only();
  crowd_open();
  for (index = 0; index < CROWD; index++) {
    say(crowd[index][1], "abc");
  }
  crowd_serve(3);
  assert_quiet(3);
  for (index = 0; index < CROWD; index++) {
    say(crowd[index][1], "abcd");
  }
  crowd_serve(4);
  crowd_close(READ);
}

static void test_none_is_left_out(void** state) {
  bool seen[3][2] = {{false}};
  gy_event_t event;
  int fds[6][2];
  int index;
  int turn;

  (void)state;
  streams_only();
  for (index = 0; index < 6; index++) {
    world->pair(fds[index]);
    watch(fds[index][0], 0, index < 3 ? READ : GY_READABLE);
    say(fds[index][1], "x");
  }
  for (turn = 0; turn < 24; turn++) {
    assert_int_equal(poller->ops->wait(poller, &event, 1, FOR_EVER), 1);
    for (index = 0; index < 6; index++) {
      seen[index % 3][index / 3] |= event_fd(&event) == fds[index][0];
    }
  }
  for (index = 0; index < 6; index++) {
    assert_true(seen[index % 3][index / 3]);
    close_fd(fds[index][0], index < 3 ? READ : GY_READABLE);
  }
  settle();
  for (index = 0; index < 6; index++) {
    assert_is_over(fds[index][1]);
  }
}

/* ---- keeping off -----------------------------------------------------------
 */

static void test_what_was_taken_stays_and_the_rest_is_left(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  say(fds[1], "taken");
  await(fds[0]);
  poller->ops->keep_off(poller, fds[0]);
  say(fds[1], "left");
  await(fds[0]);
  assert_receives(fds[0], "taken");
  assert_int_equal(world->receive(fds[0], 16), 4);
  assert_quiet(3);
  say(fds[1], "more");
  await(fds[0]);
  assert_receives(fds[0], "more");
  watch(fds[0], READ, 0);
  close_both(fds);
}

static void test_what_comes_right_after_is_left(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  poller->ops->keep_off(poller, fds[0]);
  say(fds[1], "left");
  assert_int_equal(world->receive(fds[0], 16), 4);
  watch(fds[0], READ, PAUSED);
  poller->ops->keep_off(poller, fds[0]);
  watch(fds[0], PAUSED, 0);
  close_both(fds);
}

/* ---- accepting -------------------------------------------------------------
 */

static int accept_one(int fd) {
  int fresh = poller->ops->accept(poller, fd);

  if (fresh >= 0) {
    assert_int_not_equal(fcntl(fresh, F_GETFL) & O_NONBLOCK, 0);
    assert_int_not_equal(fcntl(fresh, F_GETFD) & FD_CLOEXEC, 0);
  }
  return fresh;
}

static void test_connections_are_accepted(void** state) {
  int callers[20];
  int fd;
  int fresh;
  int index;
  int accepted = 0;

  (void)state;
  streams_only();
  fd = listener_open();
  callers[0] = caller_open();
  watch(fd, 0, LISTEN);
  for (index = 1; index < 20; index++) {
    callers[index] = caller_open();
  }
  while (accepted < 20) {
    await(fd);
    fresh = accept_one(fd);
    if (fresh >= 0) {
      world->close(fresh);
      accepted++;
    } else {
      assert_int_equal(fresh, UV_EAGAIN);
    }
  }
  assert_quiet(3);
  assert_int_equal(accept_one(fd), UV_EAGAIN);
  watch(fd, LISTEN, 0);
  world->close(fd);
  for (index = 0; index < 20; index++) {
    assert_is_over(callers[index]);
  }
}

static void test_connections_nobody_accepted_are_closed(void** state) {
  int callers[3];
  int fd;

  (void)state;
  streams_only();
  fd = listener_open();
  watch(fd, 0, LISTEN);
  assert_silence();
  callers[0] = caller_open();
  callers[1] = caller_open();
  await(fd);
  callers[2] = caller_open();
  close_fd(fd, LISTEN);
  settle();
  assert_false(is_open(fd));
  /* Those that were still in the kernel's queue are reset. */
  world->close(callers[2]);
  assert_is_over(callers[0]);
  assert_is_over(callers[1]);
}

static void test_listener_that_pauses_keeps_what_it_has(void** state) {
  int callers[2];
  int fd;
  int fresh;

  (void)state;
  streams_only();
  fd = listener_open();
  watch(fd, 0, LISTEN);
  assert_silence();
  callers[0] = caller_open();
  await(fd);
  watch(fd, LISTEN, GY_ACCEPT);
  assert_quiet(2);
  callers[1] = caller_open();
  assert_quiet(2);
  watch(fd, GY_ACCEPT, LISTEN);
  await(fd);
  fresh = accept_one(fd);
  assert_true(fresh >= 0);
  world->close(fresh);
  await(fd);
  fresh = accept_one(fd);
  assert_true(fresh >= 0);
  world->close(fresh);
  watch(fd, LISTEN, 0);
  world->close(fd);
  assert_is_over(callers[0]);
  assert_is_over(callers[1]);
}

static void test_listener_is_kept_off(void** state) {
  int caller;
  int fd;
  int fresh;

  (void)state;
  streams_only();
  fd = listener_open();
  watch(fd, 0, LISTEN);
  assert_silence();
  poller->ops->keep_off(poller, fd);
  caller = caller_open();
  await(fd);
  fresh = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
  assert_true(fresh >= 0);
  world->close(fresh);
  assert_is_over(caller);
  caller = caller_open();
  await(fd);
  fresh = accept_one(fd);
  assert_true(fresh >= 0);
  world->close(fresh);
  assert_is_over(caller);
  watch(fd, LISTEN, 0);
  world->close(fd);
}

static void test_listener_without_descriptors_says_so_and_goes_on(
    void** state) {
  struct rlimit limit;
  struct rlimit none = {0, 0};
  int caller;
  int fd;
  int fresh;

  (void)state;
  streams_only();
  fd = listener_open();
  caller = caller_open();
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  none.rlim_max = limit.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  watch(fd, 0, LISTEN); /* The kernel notes the limit when it is asked. */
  await(fd);
  assert_int_equal(accept_one(fd), UV_EMFILE);
  await(fd);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  fresh = accept_one(fd);
  if (fresh == UV_EMFILE) {
    await(fd);
    fresh = accept_one(fd);
  }
  assert_true(fresh >= 0);
  world->close(fresh);
  assert_is_over(caller);
  watch(fd, LISTEN, 0);
  world->close(fd);
}

/* ---- sending ---------------------------------------------------------------
 */

static void test_what_is_sent_leaves_with_the_next_wait(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  assert_int_equal(start_send(fds[0], "hello", 5), 0);
  assert_int_equal(world->receive(fds[1], 16), UV_EAGAIN);
  assert_int_equal(await_sent(fds[0]), 5);
  assert_int_equal(world->receive(fds[1], 16), 5);
  assert_quiet(2);
  assert_int_equal(start_send(fds[0], "hello", 5), 0);
  settle();
  assert_false(poller->owes);
  assert_int_equal(world->receive(fds[1], 16), 5);
  assert_int_equal(poller->ops->sent(poller, fds[0]), 5);
  assert_quiet(2);
  close_both(fds);
}

static void test_send_can_be_waited_for(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  assert_int_equal(start_send(fds[0], "hello", 5), 0);
  assert_int_equal(poller->ops->sent(poller, fds[0]), 5);
  assert_int_equal(world->receive(fds[1], 16), 5);
  assert_quiet(2);
  assert_int_equal(start_send(fds[0], "x", 1), 0);
  assert_int_equal(await_sent(fds[0]), 1);
  close_both(fds);
}

static void test_send_that_has_no_room_says_so(void** state) {
  static char much[MEGABYTE];
  int fds[2];
  int result;

  (void)state;
  streams_only();
  world->connection(fds);
  assert_int_equal(start_send(fds[0], much, sizeof(much)), 0);
  result = await_sent(fds[0]);
  assert_true(result > 0 && result <= MEGABYTE);
  world->fill(fds[0]);
  assert_int_equal(start_send(fds[0], much, 1), 0);
  assert_int_equal(await_sent(fds[0]), UV_EAGAIN);
  assert_int_equal(start_send(fds[0], much, 1), 0);
  assert_int_equal(poller->ops->sent(poller, fds[0]), UV_EAGAIN);
  close_both(fds);
}

static void test_send_to_nobody_fails_without_a_signal(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  world->close(fds[1]);
  assert_int_equal(start_send(fds[0], "x", 1), 0);
  assert_int_equal(await_sent(fds[0]), UV_EPIPE);
  world->close(fds[0]);
}

static void test_echo_goes_back_and_forth(void** state) {
  char memory[256];
  char text[32];
  int fds[2];
  bool more;
  int round;

  (void)state;
  streams_only();
  world->connection(fds);
  watch(fds[0], 0, READ);
  for (round = 0; round < 1000; round++) {
    int64_t count;
    (void)snprintf(text, sizeof(text), "message %d", round);
    say(fds[1], text);
    await(fds[0]);
    count = receive(fds[0], memory, sizeof(memory), &more);
    assert_int_equal(count, strlen(text));
    assert_int_equal(start_send(fds[0], memory, (size_t)count), 0);
    assert_int_equal(await_sent(fds[0]), count);
    assert_int_equal(recv(fds[1], memory, sizeof(memory), 0), count);
    assert_memory_equal(memory, text, strlen(text));
  }
  watch(fds[0], READ, 0);
  close_both(fds);
}

/* More sends than one call can hand over. */
static void test_many_send_at_once(void** state) {
  gy_event_t events[EVENT_MOST];
  int index;
  int left = CROWD;

  (void)state;
  streams_only();
  crowd_open();
  for (index = 0; index < CROWD; index++) {
    assert_int_equal(start_send(crowd[index][0], "abc", 3), 0);
  }
  /* Some ask before they are told. */
  for (index = 0; index < CROWD; index += 10) {
    assert_int_equal(poller->ops->sent(poller, crowd[index][0]), 3);
    left--;
  }
  while (left > 0) {
    int count = wait_for_events(events, FOR_EVER);
    while (count-- > 0) {
      assert_int_equal(events[count].kind, GY_EVENT_SENT);
      assert_int_equal(events[count].u.sent.result, 3);
      left--;
    }
  }
  assert_quiet(2);
  for (index = 0; index < CROWD; index++) {
    assert_int_equal(world->receive(crowd[index][1], 16), 3);
  }
  crowd_close(READ);
}

/* ---- closing ---------------------------------------------------------------
 */

static void test_close_is_done_by_the_next_wait(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  say(fds[1], "unread");
  await(fds[0]);
  close_fd(fds[0], READ);
  assert_true(poller->owes);
  assert_silence();
  assert_false(poller->owes);
  assert_false(is_open(fds[0]));
  assert_quiet(2);
  world->close(fds[1]);
}

static void test_what_was_never_watched_is_closed(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  world->pair(fds);
  close_fd(fds[0], 0);
  settle();
  assert_is_over(fds[1]);
  world->pair(fds);
  watch(fds[0], 0, READ | GY_WRITABLE);
  close_fd(fds[0], READ | GY_WRITABLE);
  settle();
  assert_is_over(fds[1]);
  world->pair(fds);
  watch(fds[0], 0, READ);
  poller->ops->keep_off(poller, fds[0]);
  assert_silence();
  close_fd(fds[0], READ);
  settle();
  assert_is_over(fds[1]);
}

static void test_closing_many_leaves_few_open(void** state) {
  int index;
  int before = fds_open();
  int most = 0;

  (void)state;
  streams_only();
  crowd_open();
  for (index = 0; index < CROWD; index++) {
    int open_count;
    close_fd(crowd[index][0], READ);
    if (index % 50 == 49) {
      open_count = fds_open() - before - (2 * CROWD - index - 1);
      most = open_count > most ? open_count : most;
    }
  }
  assert_true(most <= 64);
  settle();
  for (index = 0; index < CROWD; index++) {
    assert_is_over(crowd[index][1]);
  }
  assert_int_equal(fds_open(), before);
}

static void test_number_of_what_was_closed_starts_afresh(void** state) {
  int fds[2];
  int old;
  int round;

  (void)state;
  streams_only();
  for (round = 0; round < 20; round++) {
    world->pair(fds);
    watch(fds[0], 0, READ | GY_WRITABLE);
    assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
    say(fds[1], "old");
    if (round % 2 != 0) {
      await(fds[0]);
    }
    old = fds[0];
    close_fd(fds[0], READ | GY_WRITABLE);
    settle();
    assert_is_over(fds[1]);
    world->pair(fds);
    assert_true(fds[0] == old || fds[1] == old);
    watch(fds[0], 0, READ);
    watch(fds[1], 0, READ);
    assert_quiet(2);
    assert_nothing_to_receive(fds[0]);
    say(fds[1], "new");
    await(fds[0]);
    assert_receives(fds[0], "new");
    close_fd(fds[0], READ);
    close_fd(fds[1], READ);
    assert_silence();
  }
}

static void test_close_of_the_poller_does_what_is_owed(void** state) {
  int fds[2];
  int others[2];
  int caller;
  int fd;

  (void)state;
  streams_only();
  world->pair(fds);
  world->pair(others);
  fd = listener_open();
  watch(fd, 0, LISTEN);
  watch(fds[0], 0, READ);
  assert_silence();
  caller = caller_open();
  await(fd);
  say(fds[1], "nobody reads this");
  await(fds[0]);
  assert_int_equal(start_send(fds[0], "bye", 3), 0);
  close_fd(others[0], 0);
  poller->ops->close(poller);
  assert_int_equal(world->receive(fds[1], 16), 3);
  assert_is_over(others[1]);
  assert_is_over(caller);
  world->close(fd);
  close_both(fds);
  assert_int_equal(poller->ops->open(poller), 0);
}

/* ---- forks, threads, other rings -------------------------------------------
 */

static int child_run(const int fds[2], const int others[2]) {
  char memory[16];
  bool more;
  gy_event_t event;

  if (poller->ops->after_fork(poller) != 0) {
    return 1;
  }
  if (is_open(others[0])) {
    return 2;
  }
  if (poller->ops->watch(poller, fds[0], 0, READ) != 0 ||
      poller->ops->wait(poller, &event, 1, 0) != 0) {
    return 3;
  }
  if (receive(fds[0], memory, sizeof(memory), &more) != UV_EAGAIN) {
    return 4;
  }
  poller->ops->close(poller);
  return 0;
}

static void test_what_is_held_and_owed_is_the_parent_s(void** state) {
  int fds[2];
  int others[2];
  int status;
  pid_t child;

  (void)state;
  streams_only();
  world->pair(fds);
  world->pair(others);
  watch(fds[0], 0, READ);
  watch(others[0], 0, READ);
  assert_silence();
  say(fds[1], "held");
  await(fds[0]);
  close_fd(others[0], READ);
  assert_int_equal(start_send(fds[0], "sent", 4), 0);
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    _exit(child_run(fds, others));
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(world->receive(fds[1], 16), UV_EAGAIN);
  settle();
  assert_int_equal(poller->ops->sent(poller, fds[0]), 4);
  assert_int_equal(world->receive(fds[1], 16), 4);
  assert_receives(fds[0], "held");
  assert_is_over(others[1]);
  say(fds[1], "again");
  await(fds[0]);
  assert_receives(fds[0], "again");
  close_fd(fds[0], READ);
  settle();
  assert_is_over(fds[1]);
}

typedef struct {
  int fd;
  int expected;
  int result;
  unsigned kinds;
} visit_t;

/* On another thread: wait until |fd| is readable and its send has ended, and
 * receive. */
static void* visit(void* arg) {
  visit_t* visit = arg;
  char memory[64];
  gy_event_t event;
  bool more;
  int turn;

  for (turn = 0; turn < TURNS_MOST && visit->kinds != 3; turn++) {
    if (poller->ops->wait(poller, &event, 1, FOR_EVER) == 1) {
      visit->kinds |= event.kind == GY_EVENT_READY ? 1u : 0u;
      visit->kinds |= event.kind == GY_EVENT_SENT ? 2u : 0u;
    }
  }
  visit->result = (int)receive(visit->fd, memory, sizeof(memory), &more);
  return NULL;
}

static void test_what_is_held_and_owed_goes_to_the_next_thread(void** state) {
  struct pollfd entry = {.events = POLLIN};
  pthread_t thread;
  int fds[2];
  int others[2];
  int before = fds_open();
  int round;

  (void)state;
  streams_only();
  world->pair(fds);
  world->pair(others);
  entry.fd = others[1];
  watch(fds[0], 0, READ);
  watch(others[0], 0, READ);
  assert_silence();
  for (round = 0; round < 10; round++) {
    visit_t here = {.fd = fds[0], .expected = 5};
    say(fds[1], "held");
    await(fds[0]);
    say(fds[1], "!");
    assert_int_equal(start_send(fds[0], "sent", 4), 0);
    if (round == 0) {
      close_fd(others[0], READ);
    }
    assert_int_equal(pthread_create(&thread, NULL, visit, &here), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(here.kinds, 3);
    assert_true(here.result == 4 || here.result == 5);
    if (here.result == 4) {
      await(fds[0]);
      assert_receives(fds[0], "!");
    }
    assert_int_equal(world->receive(fds[1], 16), 4);
  }
  /* What the other thread's ring was asked for may hold the file a while. */
  assert_int_equal(poll(&entry, 1, -1), 1);
  assert_is_over(others[1]);
  watch(fds[0], READ, 0);
  close_both(fds);
  assert_quiet(2);
  assert_int_equal(fds_open(), before);
}

static void test_backend_descriptor_tells_of_what_is_held(void** state) {
  int fds[2];

  (void)state;
  streams_only();
  if (poller->ops->enable_backend == NULL) {
    gy_test_skip("this poller has its descriptor from the start");
  }
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  say(fds[1], "held");
  await(fds[0]);
  assert_int_equal(start_send(fds[0], "sent", 4), 0);
  assert_int_equal(poller->ops->enable_backend(poller), 0);
  assert_int_equal(world->receive(fds[1], 16), 4);
  assert_int_equal(poller->ops->sent(poller, fds[0]), 4);
  settle();
  assert_int_equal(world->receive(fds[1], 16), UV_EAGAIN);
  {
    struct pollfd entry = {.fd = poller->backend_fd, .events = POLLIN};
    assert_int_equal(poll(&entry, 1, -1), 1);
    assert_receives(fds[0], "held");
    (void)hear(fds[0], 0); /* It may have been asked before that. */
    assert_quiet(2);
    settle();
    assert_int_equal(poll(&entry, 1, 0), 0);
    say(fds[1], "more");
    assert_int_equal(poll(&entry, 1, -1), 1);
  }
  await(fds[0]);
  assert_receives(fds[0], "more");
  watch(fds[0], READ, 0);
  close_both(fds);
}

static void test_operation_changes_nothing_of_what_is_held(void** state) {
  gy_event_t events[EVENT_MOST];
  gy_op_t op = {.code = GY_OP_READ, .len = 1, .offset = -1};
  char byte;
  int owner;
  int fds[2];
  int others[2];
  int closing[2];
  unsigned kinds = 0;
  int turn;

  (void)state;
  streams_only();
  world->pair(fds);
  world->pair(others);
  world->pair(closing);
  watch(fds[0], 0, READ);
  watch(closing[0], 0, READ);
  assert_silence();
  say(fds[1], "held");
  await(fds[0]);
  assert_int_equal(start_send(fds[0], "sent", 4), 0);
  close_fd(closing[0], READ);
  op.fd = others[0];
  op.buf = &byte;
  if (poller->ops->submit(poller, &op, &owner) != 0) {
    gy_test_skip("this kernel is too old to run operations");
  }
  say(others[1], "o");
  for (turn = 0; kinds != 7 && turn < TURNS_MOST; turn++) {
    int count = wait_for_events(events, FOR_EVER);
    while (count-- > 0) {
      kinds |= 1u << events[count].kind;
    }
  }
  assert_int_equal(kinds, 7);
  assert_int_equal(world->receive(fds[1], 16), 4);
  assert_receives(fds[0], "held");
  assert_is_over(closing[1]);
  say(fds[1], "more");
  await(fds[0]);
  assert_receives(fds[0], "more");
  watch(fds[0], READ, 0);
  close_both(fds);
  close_both(others);
}

/* The same where no bytes are taken ahead; without GYRE_FAULTS, once more. */
#define PLAIN_TEST(test)                                                       \
  {                                                                            \
#test "_without_rooms", test, setup_without_rooms, teardown_without_rooms, \
        NULL                                                                   \
  }

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_what_comes_is_received),
    POLLER_TEST(test_what_was_there_before_is_received),
    POLLER_TEST(test_what_is_left_is_told_again),
    POLLER_TEST(test_end_comes_after_the_bytes),
    POLLER_TEST(test_reset_is_told),
    POLLER_TEST(test_stream_that_is_read_is_heard_writable_too),
    POLLER_TEST(test_bytes_come_in_order),
    POLLER_TEST(test_large_messages_come_and_go),
    POLLER_TEST(test_nothing_is_told_while_paused_nor_lost),
    POLLER_TEST(test_what_is_held_can_be_received_while_paused),
    POLLER_TEST(test_pause_and_resume_in_one_turn_change_nothing),
    POLLER_TEST(test_paused_crowd_leaves_room_for_others),
    POLLER_TEST(test_more_are_ready_than_there_are_rooms),
    POLLER_TEST(test_none_is_left_out),
    POLLER_TEST(test_what_was_taken_stays_and_the_rest_is_left),
    POLLER_TEST(test_what_comes_right_after_is_left),
    POLLER_TEST(test_connections_are_accepted),
    POLLER_TEST(test_connections_nobody_accepted_are_closed),
    POLLER_TEST(test_listener_that_pauses_keeps_what_it_has),
    POLLER_TEST(test_listener_is_kept_off),
    POLLER_TEST(test_listener_without_descriptors_says_so_and_goes_on),
    POLLER_TEST(test_what_is_sent_leaves_with_the_next_wait),
    POLLER_TEST(test_send_can_be_waited_for),
    POLLER_TEST(test_send_that_has_no_room_says_so),
    POLLER_TEST(test_send_to_nobody_fails_without_a_signal),
    POLLER_TEST(test_echo_goes_back_and_forth),
    POLLER_TEST(test_many_send_at_once),
    POLLER_TEST(test_close_is_done_by_the_next_wait),
    POLLER_TEST(test_what_was_never_watched_is_closed),
    POLLER_TEST(test_closing_many_leaves_few_open),
    POLLER_TEST(test_number_of_what_was_closed_starts_afresh),
    POLLER_TEST(test_close_of_the_poller_does_what_is_owed),
    POLLER_TEST(test_what_is_held_and_owed_is_the_parent_s),
    POLLER_TEST(test_what_is_held_and_owed_goes_to_the_next_thread),
    POLLER_TEST(test_backend_descriptor_tells_of_what_is_held),
    POLLER_TEST(test_operation_changes_nothing_of_what_is_held),
    PLAIN_TEST(test_what_comes_is_received),
    PLAIN_TEST(test_what_was_there_before_is_received),
    PLAIN_TEST(test_what_is_left_is_told_again),
    PLAIN_TEST(test_end_comes_after_the_bytes),
    PLAIN_TEST(test_reset_is_told),
    PLAIN_TEST(test_stream_that_is_read_is_heard_writable_too),
    PLAIN_TEST(test_bytes_come_in_order),
    PLAIN_TEST(test_large_messages_come_and_go),
    PLAIN_TEST(test_nothing_is_told_while_paused_nor_lost),
    PLAIN_TEST(test_what_is_held_can_be_received_while_paused),
    PLAIN_TEST(test_pause_and_resume_in_one_turn_change_nothing),
    PLAIN_TEST(test_paused_crowd_leaves_room_for_others),
    PLAIN_TEST(test_more_are_ready_than_there_are_rooms),
    PLAIN_TEST(test_none_is_left_out),
    PLAIN_TEST(test_what_was_taken_stays_and_the_rest_is_left),
    PLAIN_TEST(test_what_comes_right_after_is_left),
    PLAIN_TEST(test_echo_goes_back_and_forth),
    PLAIN_TEST(test_many_send_at_once),
    PLAIN_TEST(test_close_is_done_by_the_next_wait),
    PLAIN_TEST(test_number_of_what_was_closed_starts_afresh),
    PLAIN_TEST(test_close_of_the_poller_does_what_is_owed),
    PLAIN_TEST(test_what_is_held_and_owed_goes_to_the_next_thread),
    PLAIN_TEST(test_backend_descriptor_tells_of_what_is_held),
    PLAIN_TEST(test_operation_changes_nothing_of_what_is_held),
};

GY_TEST_MAIN(tests)
