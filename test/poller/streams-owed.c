/* streams-owed.c - pollers that send and close by themselves: what they owe is
 * done, and told. */

#include "streams.h"

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

static const struct CMUnitTest tests[] = {
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
    PLAIN_TEST(test_echo_goes_back_and_forth),
    PLAIN_TEST(test_many_send_at_once),
    PLAIN_TEST(test_close_is_done_by_the_next_wait),
    PLAIN_TEST(test_number_of_what_was_closed_starts_afresh),
    PLAIN_TEST(test_close_of_the_poller_does_what_is_owed),
};

GY_TEST_MAIN(tests)
