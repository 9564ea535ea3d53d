/* streams.c - pollers that do the work of streams by themselves: what they take
 * ahead comes in order, and is not lost. */

#include "streams.h"

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

/* Something else has the kernel look, and what it takes then is not known yet:
 * what came later must not be received first. */
static void test_what_came_later_is_not_received_first(void** state) {
  int fds[2];
  int others[2];

  (void)state;
  streams_only();
  world->pair(fds);
  world->pair(others);
  watch(fds[0], 0, READ);
  watch(others[0], 0, READ);
  assert_silence();
  say(fds[1], "a");
  watch(others[0], READ, 0);
  say(fds[1], "b");
  for (int index = 0; index < 2; index++) {
    char byte = 0;
    bool more;
    while (receive(fds[0], &byte, 1, &more) == UV_EAGAIN) {
      await(fds[0]);
    }
    assert_int_equal(byte, 'a' + index);
  }
  assert_quiet(2);
  watch(fds[0], READ, 0);
  close_both(fds);
  close_both(others);
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

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_what_comes_is_received),
    POLLER_TEST(test_what_was_there_before_is_received),
    POLLER_TEST(test_what_is_left_is_told_again),
    POLLER_TEST(test_end_comes_after_the_bytes),
    POLLER_TEST(test_reset_is_told),
    POLLER_TEST(test_stream_that_is_read_is_heard_writable_too),
    POLLER_TEST(test_what_came_later_is_not_received_first),
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
};

GY_TEST_MAIN(tests)
