/* streams-moved.c - pollers that do the work of streams by themselves, in
 * forks, on other threads, and where they change what they ask of the kernel.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>

#include "streams.h"

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

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_what_is_held_and_owed_is_the_parent_s),
    POLLER_TEST(test_what_is_held_and_owed_goes_to_the_next_thread),
    POLLER_TEST(test_backend_descriptor_tells_of_what_is_held),
    POLLER_TEST(test_operation_changes_nothing_of_what_is_held),
    PLAIN_TEST(test_what_is_held_and_owed_goes_to_the_next_thread),
    PLAIN_TEST(test_backend_descriptor_tells_of_what_is_held),
    PLAIN_TEST(test_operation_changes_nothing_of_what_is_held),
};

GY_TEST_MAIN(tests)
