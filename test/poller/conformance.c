/* conformance.c - what every poller owes, by the contract in poller.h:
 * interest, and who hears of what. Its neighbours time.c, wake.c and trouble.c
 * ask for the rest.
 *
 * A port to another kernel is done when its poller passes all four. The same
 * tests run over the simulator, so that what is proved with it holds for a
 * kernel. */
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

/* ---- interest ---------------------------------------------------------- */

static void test_event_repeats_for_as_long_as_it_holds(void** state) {
  int fds[2];

  (void)state;
  world->pair(fds);
  watch(fds[0], 0, GY_READABLE);
  assert_silence();
  world->send(fds[1], 2);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  assert_int_equal(world->receive(fds[0], 1), 1);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  assert_int_equal(world->receive(fds[0], 1), 1);
  assert_silence();
  close_both(fds);
}

static void test_interest_can_be_changed_in_every_way(void** state) {
  int fds[2];

  (void)state;
  world->pair(fds);
  world->send(fds[1], 1);
  assert_silence();
  watch(fds[0], 0, GY_READABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  watch(fds[0], GY_READABLE, GY_READABLE | GY_WRITABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE | GY_WRITABLE);
  watch(fds[0], GY_READABLE | GY_WRITABLE, GY_WRITABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
  watch(fds[0], GY_WRITABLE, GY_READABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  watch(fds[0], GY_READABLE, GY_PRIORITIZED);
  assert_silence();
  watch(fds[0], GY_PRIORITIZED, 0);
  assert_silence();
  watch(fds[0], 0, GY_WRITABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
  close_both(fds);
}

static void test_writable_is_heard_when_there_is_room_again(void** state) {
  int fds[2];

  (void)state;
  world->pair(fds);
  world->fill(fds[0]);
  watch(fds[0], 0, GY_WRITABLE);
  assert_silence();
  while (world->receive(fds[1], 65536) > 0) {
  }
  assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
  close_both(fds);
}

static void test_interest_told_twice_is_as_good_as_once(void** state) {
  int fds[2];

  (void)state;
  world->pair(fds);
  world->send(fds[1], 1);
  watch(fds[0], 0, GY_WRITABLE);
  watch(fds[0], 0, GY_READABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  watch(fds[0], GY_READABLE, 0);
  assert_silence();
  watch(fds[0], GY_READABLE, 0);
  assert_silence();
  close_both(fds);
}

static void test_peer_sees_the_close_of_what_was_forgotten(void** state) {
  int fds[2];

  (void)state;
  world->pair(fds);
  watch(fds[0], 0, GY_READABLE);
  assert_silence();
  watch(fds[0], GY_READABLE, 0);
  world->close(fds[0]);
  assert_int_equal(world->receive(fds[1], 1), 0);
  world->close(fds[1]);
}

static void test_reused_number_is_not_taken_for_the_old_one(void** state) {
  int old[2];
  int new[2];

  (void)state;
  world->pair(old);
  world->send(old[1], 1);
  watch(old[0], 0, GY_READABLE);
  assert_int_equal(hear(old[0], FOR_EVER), GY_READABLE);
  watch(old[0], GY_READABLE, 0);
  close_both(old);
  world->pair(new);
  assert_int_equal(new[0], old[0]);
  watch(new[0], 0, GY_READABLE);
  assert_silence();
  world->send(new[1], 1);
  assert_int_equal(hear(new[0], FOR_EVER), GY_READABLE);
  close_both(new);
}

static void test_number_reused_within_a_batch_starts_afresh(void** state) {
  gy_event_t events[EVENT_MOST];
  int first[2];
  int old[2];
  int new[2];

  (void)state;
  world->pair(first);
  world->pair(old);
  watch(first[0], 0, GY_READABLE);
  watch(old[0], 0, GY_READABLE);
  world->send(first[1], 1);
  world->send(old[1], 1);
  assert_int_equal(wait_for_events(events, FOR_EVER), 2);
  /* As the callback of the first event might do. */
  watch(old[0], GY_READABLE, 0);
  close_both(old);
  world->pair(new);
  assert_int_equal(new[0], old[0]);
  watch(new[0], 0, GY_READABLE);
  assert_int_equal(wait_for_events(events, FOR_EVER), 1);
  assert_int_equal(event_fd(&events[0]), first[0]);
  close_both(first);
  close_both(new);
}

/* ---- many -------------------------------------------------------------- */

static void test_events_beyond_the_maximum_are_not_left_out(void** state) {
  enum {
    PAIR_COUNT = 50,
    MAX = 7
  };
  int fds[PAIR_COUNT][2];
  bool seen[4096] = {false};
  int seen_count = 0;
  int round;

  (void)state;
  for (round = 0; round < PAIR_COUNT; round++) {
    world->pair(fds[round]);
    watch(fds[round][0], 0, GY_READABLE);
    world->send(fds[round][1], 1);
  }
  for (round = 0; round <= PAIR_COUNT / MAX; round++) {
    gy_event_t events[MAX];
    int count = poller->ops->wait(poller, events, MAX, FOR_EVER);
    assert_int_equal(count, MAX);
    while (count-- > 0) {
      seen_count += !seen[event_fd(&events[count])];
      seen[event_fd(&events[count])] = true;
    }
  }
  assert_int_equal(seen_count, PAIR_COUNT);
  for (round = 0; round < PAIR_COUNT; round++) {
    close_both(fds[round]);
  }
}

static void test_wake_is_not_starved_by_busy_descriptors(void** state) {
  enum {
    PAIR_COUNT = 3
  };
  int fds[PAIR_COUNT][2];
  bool woken = false;
  int round;

  (void)state;
  for (round = 0; round < PAIR_COUNT; round++) {
    world->pair(fds[round]);
    watch(fds[round][0], 0, GY_WRITABLE);
  }
  wake();
  for (round = 0; round <= PAIR_COUNT && !woken; round++) {
    gy_event_t event;
    assert_int_equal(poller->ops->wait(poller, &event, 1, FOR_EVER), 1);
    woken = event.kind == GY_EVENT_WAKE;
  }
  assert_true(woken);
  for (round = 0; round < PAIR_COUNT; round++) {
    close_both(fds[round]);
  }
}

enum {
  CROWD_PAIRS = 1000
};

static int crowd[CROWD_PAIRS][2];

static void crowd_open(void) {
  struct rlimit limit;
  int index;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < 2 * CROWD_PAIRS + 64) {
    limit.rlim_cur = 2 * CROWD_PAIRS + 64;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      gy_test_skip("this many descriptors are not allowed here");
    }
  }
  for (index = 0; index < CROWD_PAIRS; index++) {
    world->pair(crowd[index]);
  }
}

/* Close one end, and when that is heard the other. */
static void crowd_leave(int index) {
  watch(crowd[index][0], GY_READABLE, 0);
  world->close(crowd[index][0]);
  assert_true(hear(crowd[index][1], FOR_EVER) & (GY_READABLE | TROUBLE));
  watch(crowd[index][1], GY_READABLE, 0);
  world->close(crowd[index][1]);
}

static void test_two_thousand_descriptors_are_told_apart(void** state) {
  int index;

  (void)state;
  crowd_open();
  for (index = 0; index < CROWD_PAIRS; index++) {
    watch(crowd[index][0], 0, GY_READABLE);
    watch(crowd[index][1], 0, GY_READABLE);
  }
  assert_silence();
  for (index = 0; index < CROWD_PAIRS; index += 7) {
    world->send(crowd[index][0], 1);
    assert_int_equal(hear(crowd[index][1], FOR_EVER), GY_READABLE);
    assert_int_equal(world->receive(crowd[index][1], 1), 1);
  }
  assert_silence();
  /* From both ends to the middle. */
  for (index = 0; index < CROWD_PAIRS / 2; index++) {
    crowd_leave(index);
    crowd_leave(CROWD_PAIRS - 1 - index);
  }
  assert_silence();
}

/* ---- memory ------------------------------------------------------------ */

static void* no_malloc(size_t size) {
  (void)size;
  return NULL;
}

static void* no_calloc(size_t count, size_t size) {
  (void)count, (void)size;
  return NULL;
}

static void* no_realloc(void* memory, size_t size) {
  (void)memory, (void)size;
  return NULL;
}

static void test_without_memory_watching_fails_and_waiting_does_not(
    void** state) {
  int fds[2];
  int high;
  int index;

  (void)state;
  real_only("the simulator takes no memory");
  world->pair(fds);
  crowd_open();
  high = crowd[CROWD_PAIRS - 1][1];
  watch(fds[0], 0, GY_READABLE);
  world->send(fds[1], 1);
  assert_int_equal(uv_replace_allocator(no_malloc, no_realloc, no_calloc, free),
                   0);
  assert_int_equal(poller->ops->watch(poller, high, 0, GY_WRITABLE), UV_ENOMEM);
  assert_int_equal(hear(high, 0), 0);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  watch(fds[0], GY_READABLE, 0);
  assert_silence();
  assert_int_equal(uv_replace_allocator(malloc, realloc, calloc, free), 0);
  watch(high, 0, GY_WRITABLE);
  assert_int_equal(hear(high, 0), GY_WRITABLE);
  for (index = 0; index < CROWD_PAIRS; index++) {
    close_both(crowd[index]);
  }
  close_both(fds);
}

/* ---- fork -------------------------------------------------------------- */

/* What the child does with the poller; the line where it went wrong, or 0. */
static int child_run(int fd) {
  gy_event_t events[EVENT_MOST];

  if (poller->ops->after_fork(poller) != 0) {
    return __LINE__;
  }
  if (poller->ops->wait(poller, events, EVENT_MOST, 0) != 0) {
    return __LINE__; /* Nothing is watched, and nobody woke this process. */
  }
  if (poller->ops->watch(poller, fd, 0, GY_READABLE) != 0 ||
      poller->ops->wait(poller, events, EVENT_MOST, FOR_EVER) != 1 ||
      event_fd(&events[0]) != fd) {
    return __LINE__;
  }
  if (poller->ops->watch(poller, fd, GY_READABLE, 0) != 0 ||
      poller->ops->wake(poller) != 0 ||
      poller->ops->wait(poller, events, EVENT_MOST, FOR_EVER) != 1 ||
      events[0].kind != GY_EVENT_WAKE) {
    return __LINE__;
  }
  (void)poller->ops->wake(poller);
  poller->ops->close(poller);
  return 0;
}

static void fork_and_wait(int fd) {
  int status;
  pid_t child = fork();

  assert_true(child >= 0);
  if (child == 0) {
    _exit(child_run(fd) != 0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void test_child_has_its_own_and_leaves_the_parent_alone(void** state) {
  int fds[2];

  (void)state;
  real_only("the simulator's descriptors are not shared by a fork");
  world->pair(fds);
  watch(fds[0], 0, GY_READABLE);
  world->send(fds[1], 1);
  fork_and_wait(fds[0]);
  /* Neither did the child's forgetting count here, nor its wakes. */
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  assert_int_equal(world->receive(fds[0], 1), 1);
  assert_silence();
  wake();
  assert_wake(FOR_EVER);
  close_both(fds);
}

static void test_wake_before_a_fork_is_the_parent_s(void** state) {
  int fds[2];

  (void)state;
  real_only("the simulator's descriptors are not shared by a fork");
  world->pair(fds);
  world->send(fds[1], 1);
  wake();
  fork_and_wait(fds[0]);
  assert_wake(FOR_EVER);
  close_both(fds);
}

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_event_repeats_for_as_long_as_it_holds),
    POLLER_TEST(test_interest_can_be_changed_in_every_way),
    POLLER_TEST(test_writable_is_heard_when_there_is_room_again),
    POLLER_TEST(test_interest_told_twice_is_as_good_as_once),
    POLLER_TEST(test_peer_sees_the_close_of_what_was_forgotten),
    POLLER_TEST(test_reused_number_is_not_taken_for_the_old_one),
    POLLER_TEST(test_number_reused_within_a_batch_starts_afresh),
    POLLER_TEST(test_events_beyond_the_maximum_are_not_left_out),
    POLLER_TEST(test_wake_is_not_starved_by_busy_descriptors),
    POLLER_TEST(test_two_thousand_descriptors_are_told_apart),
    POLLER_TEST(test_without_memory_watching_fails_and_waiting_does_not),
    POLLER_TEST(test_child_has_its_own_and_leaves_the_parent_alone),
    POLLER_TEST(test_wake_before_a_fork_is_the_parent_s),
};

GY_TEST_MAIN(tests)
