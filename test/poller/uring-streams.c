/* uring-streams.c - streams over io_uring, where the kernel is old, short of
 * something, or has more to tell than there is room for; and where calls and
 * memory fail. */
#include <pthread.h>

#include "streams.h"

#include "poller/uring-cookie.h"
#include "poller/uring-gives.h"
#include "poller/uring-takes.h"
#include "poller/uring.h"

static void uring_only(void) {
  if (!poller_is("io_uring")) {
    gy_test_skip("this is about io_uring");
  }
}

/* ---- answers that no kernel here gives ----------------------------------- */

static gy_takes_t takes;
static gy_polls_t polls;
static gy_ring_t ring;

static void inside_open(int fd, unsigned want) {
  assert_int_equal(gy_ring_open(&ring, false), 0);
  gy_polls_init(&polls);
  gy_takes_init(&takes);
  assert_int_equal(gy_polls_admit(&polls, fd, false), 0);
  gy_polls_want(&polls, fd, gy_takes_watch(&takes, fd, want));
  assert_int_equal(gy_takes_ask(&takes, &polls, &ring), 0);
}

static void inside_close(void) {
  gy_ring_close(&ring);
  gy_polls_free(&polls);
  gy_takes_free(&takes);
}

/* The kernel answers the last request of |fd|. */
static void answer(gy_cookie_kind_t kind, int fd, int result, uint32_t flags) {
  uring_cqe_t cqe = {
      .user_data = gy_cookie(kind, (size_t)fd, takes.takes[fd].number),
      .res = result,
      .flags = flags};

  gy_takes_absorb(&takes, &cqe);
}

static bool is_asked(int fd) {
  assert_int_equal(gy_takes_ask(&takes, &polls, &ring), 0);
  return takes.takes[fd].state == GY_TAKE_ASKED;
}

static void test_kernel_that_cannot_receive_on_and_on_is_asked_once(
    void** state) {
  char memory[16];
  bool more;
  int fds[2];
  int others[2];

  (void)state;
  uring_only();
  world->pair(fds);
  world->pair(others);
  inside_open(fds[0], READ);
  assert_true(is_asked(fds[0]));
  assert_int_equal(polls.interests[fds[0]].want, 0);
  answer(GY_COOKIE_RECV, fds[0], -EINVAL, 0);
  assert_false(gy_takes_are_ready(&takes));
  assert_false(is_asked(fds[0]));
  assert_int_equal(polls.interests[fds[0]].want, GY_READABLE);
  say(fds[1], "plain");
  assert_int_equal(
      gy_takes_receive(&takes, fds[0], memory, sizeof(memory), &more), 5);
  assert_int_equal(gy_polls_admit(&polls, others[0], false), 0);
  assert_int_equal(gy_takes_watch(&takes, others[0], READ), GY_READABLE);
  assert_false(is_asked(others[0]));
  inside_close();
  close_both(fds);
  close_both(others);
}

static void test_what_the_kernel_ends_by_itself_is_asked_anew(void** state) {
  static const int errors[] = {ECANCELED, EINTR, ENOBUFS, ENOMEM, EAGAIN};
  size_t index;
  int fds[2];

  (void)state;
  uring_only();
  world->pair(fds);
  inside_open(fds[0], READ);
  for (index = 0; index < COUNT_OF(errors); index++) {
    answer(GY_COOKIE_RECV, fds[0], -errors[index], 0);
    assert_false(gy_takes_are_ready(&takes));
    assert_true(is_asked(fds[0]));
  }
  inside_close();
  close_both(fds);
}

static void test_error_is_told_and_then_asked_anew(void** state) {
  char memory[16];
  bool more;
  int fds[2];

  (void)state;
  uring_only();
  world->pair(fds);
  inside_open(fds[0], READ);
  answer(GY_COOKIE_RECV, fds[0], -ETIMEDOUT, 0);
  assert_true(gy_takes_are_ready(&takes));
  assert_false(is_asked(fds[0]));
  assert_int_equal(
      gy_takes_receive(&takes, fds[0], memory, sizeof(memory), &more),
      UV_ETIMEDOUT);
  assert_false(gy_takes_are_ready(&takes));
  assert_true(is_asked(fds[0]));
  inside_close();
  close_both(fds);
}

static void test_kernel_that_cannot_accept_on_and_on_is_not_asked_again(
    void** state) {
  int fd;
  int caller;
  int fresh;

  (void)state;
  uring_only();
  fd = listener_open();
  inside_open(fd, LISTEN);
  assert_true(is_asked(fd));
  answer(GY_COOKIE_ACCEPT, fd, -EINVAL, 0);
  assert_false(is_asked(fd));
  assert_int_equal(polls.interests[fd].want, GY_READABLE);
  caller = caller_open();
  fresh = gy_takes_accept(&takes, fd);
  assert_true(fresh >= 0);
  inside_close();
  world->close(fresh);
  world->close(fd);
  assert_is_over(caller);
}

static void test_answer_that_comes_too_late_is_nobody_s(void** state) {
  uring_cqe_t cqe = {.flags = 0};
  int fd;
  int fds[2];

  (void)state;
  uring_only();
  fd = listener_open();
  inside_open(fd, LISTEN);
  world->pair(fds);
  cqe.user_data =
      gy_cookie(GY_COOKIE_ACCEPT, (size_t)fd, takes.takes[fd].number);
  cqe.res = fds[0];
  gy_takes_forget(&takes, fd);
  gy_takes_absorb(&takes, &cqe);
  assert_is_over(fds[1]);
  gy_takes_watch(&takes, fd, LISTEN);
  assert_true(is_asked(fd));
  world->pair(fds);
  cqe.res = fds[0];
  gy_takes_absorb(&takes, &cqe);
  assert_is_over(fds[1]);
  assert_true(takes.takes[fd].state == GY_TAKE_ASKED);
  inside_close();
  world->close(fd);
}

/* Connections that nobody asks for: a number of descriptors stands for them. */
static void test_listener_stops_while_it_has_too_many(void** state) {
  int fd;
  int index;
  int fds[2];

  (void)state;
  uring_only();
  fd = listener_open();
  inside_open(fd, LISTEN);
  world->pair(fds);
  for (index = 0; index <= GY_PLACE_COUNT / 3; index++) {
    assert_true(is_asked(fd));
    answer(GY_COOKIE_ACCEPT, fd, fds[0], URING_CQE_MORE);
  }
  assert_false(is_asked(fd));
  answer(GY_COOKIE_ACCEPT, fd, -ECANCELED, 0);
  assert_false(is_asked(fd));
  while (index-- > 0) {
    assert_int_equal(gy_takes_accept(&takes, fd), fds[0]);
  }
  assert_int_equal(gy_takes_accept(&takes, fd), UV_EAGAIN);
  assert_true(is_asked(fd));
  inside_close();
  close_both(fds);
  world->close(fd);
}

/* ---- rooms are for those who read ---------------------------------------- */

static void test_who_is_not_read_holds_no_room(void** state) {
  const gy_uring_t* inside = (const gy_uring_t*)poller;
  int fds[2];

  (void)state;
  uring_only();
  world->pair(fds);
  watch(fds[0], 0, READ);
  assert_silence();
  say(fds[1], "one");
  await(fds[0]);
  if (!inside->takes.rooms.is_proven) {
    gy_test_skip("this kernel takes nothing ahead");
  }
  assert_int_equal(inside->takes.rooms.held, 1);
  watch(fds[0], READ, PAUSED);
  say(fds[1], "two");
  assert_quiet(3);
  assert_int_equal(inside->takes.rooms.held, 0);
  assert_receives(fds[0], "one");
  watch(fds[0], PAUSED, READ);
  await(fds[0]);
  assert_receives(fds[0], "two");
  assert_int_equal(inside->takes.rooms.held, 0);
  watch(fds[0], READ, 0);
  close_both(fds);
}

/* ---- more answers than the ring holds ------------------------------------ */

enum {
  MANY = 3000, /* more than completions fit */
  MANY_LIMIT = MANY + 200
};

static int many[MANY];

static void many_open(int fd) {
  struct rlimit limit;
  int index;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < MANY_LIMIT) {
    limit.rlim_cur = MANY_LIMIT;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      gy_test_skip("this many descriptors are not allowed here");
    }
  }
  for (index = 0; index < MANY; index++) {
    many[index] = dup(fd);
    assert_true(many[index] >= 0);
  }
}

static void many_close(unsigned was) {
  int index;

  for (index = 0; index < MANY; index++) {
    close_fd(many[index], was);
  }
  settle();
}

static void test_more_sends_than_completions_fit_are_all_told(void** state) {
  gy_event_t events[EVENT_MOST];
  int left = MANY;
  int fds[2];
  int index;

  (void)state;
  uring_only();
  world->connection(fds);
  many_open(fds[0]);
  for (index = 0; index < MANY; index++) {
    assert_int_equal(start_send(many[index], "x", 1), 0);
  }
  while (left > 0) {
    int count = wait_for_events(events, FOR_EVER);
    while (count-- > 0) {
      assert_int_equal(events[count].kind, GY_EVENT_SENT);
      left--;
    }
  }
  assert_quiet(2);
  many_close(0);
  close_both(fds);
}

static void test_result_of_a_send_is_found_behind_all_else(void** state) {
  static bool seen[MANY_LIMIT];
  gy_event_t events[EVENT_MOST];
  int seen_count = 0;
  int fds[2];
  int others[2];
  int turn;
  int index;

  (void)state;
  uring_only();
  world->pair(fds);
  world->pair(others);
  world->send(fds[1], 1);
  many_open(fds[0]);
  for (index = 0; index < MANY; index++) {
    watch(many[index], 0, GY_READABLE);
  }
  assert_int_equal(wait_for_events(events, FOR_EVER), EVENT_MOST);
  assert_int_equal(start_send(others[0], "abc", 3), 0);
  assert_int_equal(poller->ops->sent(poller, others[0]), 3);
  assert_int_equal(world->receive(others[1], 16), 3);
  for (turn = 0; seen_count < MANY && turn < TURNS_MOST; turn++) {
    int count = wait_for_events(events, FOR_EVER);
    while (count-- > 0) {
      assert_int_equal(events[count].kind, GY_EVENT_READY);
      seen_count += !seen[event_fd(&events[count])];
      seen[event_fd(&events[count])] = true;
    }
  }
  assert_int_equal(seen_count, MANY);
  many_close(GY_READABLE);
  close_both(fds);
  close_both(others);
}

/* ---- older kernels --------------------------------------------------------
 */

static void* look_on_a_thread(void* arg) {
  gy_event_t event;

  *(int*)arg = poller->ops->wait(poller, &event, 1, 0);
  return NULL;
}

static void test_kernel_that_may_lose_bytes_gets_a_ring_for_all_threads(
    void** state) {
  gy_uring_t* inside = (gy_uring_t*)poller;
  pthread_t thread;
  int fds[2];
  int count = -1;

  (void)state;
  uring_only();
  world->pair(fds);
  inside->ring.features &= ~URING_FEAT_RW_ATTR;
  watch(fds[0], 0, READ);
  assert_true(gy_ring_is_shared(&inside->ring));
  assert_silence();
  say(fds[1], "held");
  await(fds[0]);
  assert_int_equal(pthread_create(&thread, NULL, look_on_a_thread, &count), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(count, 1);
  assert_true(gy_ring_is_shared(&inside->ring));
  assert_receives(fds[0], "held");
  close_fd(fds[0], READ);
  settle();
  assert_is_over(fds[1]);
}

/* ---- what fails ------------------------------------------------------------
 */

static int fault_at; /* which call fails, from 1 on; 0: none */
static int calls_made;
static bool was_met;

static bool fault_comes(void) {
  calls_made++;
  was_met |= calls_made == fault_at;
  return calls_made == fault_at;
}

static int fault_decide(const char* call) {
  (void)call;
  return fault_comes() ? ENFILE : 0;
}

static int look(unsigned* mask, int fd) {
  gy_event_t events[EVENT_MOST];
  int count = poller->ops->wait(poller, events, EVENT_MOST, MS);
  int index;

  for (index = 0; index < count; index++) {
    if (events[index].kind == GY_EVENT_READY &&
        event_fd(&events[index]) == fd) {
      *mask |= events[index].u.ready.mask;
    }
  }
  return count;
}

/* Wait until |fd| is readable, whatever fails meanwhile. */
static void await_in_trouble(int fd) {
  unsigned mask = 0;
  int turn;

  for (turn = 0; (mask & GY_READABLE) == 0 && turn < TURNS_MOST; turn++) {
    int count = look(&mask, fd);
    assert_true(count >= 0 || count == UV_ENFILE);
  }
  assert_true((mask & GY_READABLE) != 0);
}

/* Receive |text|, whatever fails meanwhile. */
static void receive_in_trouble(int fd, const char* text) {
  char memory[64];
  size_t got = 0;
  bool more;

  while (got < strlen(text)) {
    int64_t count;
    await_in_trouble(fd);
    count = receive(fd, memory + got, strlen(text) - got, &more);
    assert_true(count > 0 || count == UV_EAGAIN || count == UV_ENFILE);
    got += count > 0 ? (size_t)count : 0;
  }
  assert_memory_equal(memory, text, got);
}

static void send_in_trouble(int fd, const char* text) {
  int count = UV_ENFILE;
  int tries;

  for (tries = 0; tries < 3 && count < 0; tries++) {
    count = start_send(fd, text, strlen(text));
    if (count == 0) {
      count = poller->ops->sent(poller, fd);
    }
    assert_true(count == (int)strlen(text) || count == UV_ENFILE ||
                count == UV_ENOMEM);
  }
  assert_int_equal(count, strlen(text));
}

static void watch_in_trouble(int fd, unsigned was, unsigned want) {
  int err = poller->ops->watch(poller, fd, was, want);

  if (err != 0) {
    assert_true(was_met && (err == UV_ENFILE || err == UV_ENOMEM));
    watch(fd, was, want);
  }
}

static void accept_in_trouble(int fd) {
  int fresh;

  do {
    await_in_trouble(fd);
    fresh = poller->ops->accept(poller, fd);
    assert_true(fresh >= 0 || fresh == UV_EAGAIN || fresh == UV_ENFILE);
  } while (fresh < 0);
  world->close(fresh);
}

static void life_of_streams(const int fds[2], int listener) {
  watch_in_trouble(listener, 0, LISTEN);
  accept_in_trouble(listener);
  watch_in_trouble(fds[0], 0, READ);
  say(fds[1], "one");
  receive_in_trouble(fds[0], "one");
  send_in_trouble(fds[0], "two");
  say(fds[1], "three");
  await_in_trouble(fds[0]);
  watch_in_trouble(fds[0], READ, PAUSED);
  (void)look(&(unsigned){0}, fds[0]);
  watch_in_trouble(fds[0], PAUSED, READ);
  receive_in_trouble(fds[0], "three");
  poller->ops->keep_off(poller, fds[0]);
  say(fds[1], "four");
  receive_in_trouble(fds[0], "four");
  watch_in_trouble(listener, LISTEN, 0);
  close_fd(fds[0], READ);
}

/* Live once, with the fault |at|. Was it met? */
static bool live(int at, bool of_memory) {
  int fds[2];
  int listener;
  int caller;

  poller_choose();
  assert_int_equal(poller->ops->open(poller), 0);
  world->pair(fds);
  listener = listener_open();
  caller = caller_open();
  fault_at = at;
  calls_made = 0;
  was_met = false;
  gy_fault_hook = of_memory ? GY_FAULT_NOBODY : fault_decide;
  life_of_streams(fds, listener);
  gy_fault_hook = GY_FAULT_NOBODY;
  fault_at = 0;
  settle();
  assert_int_equal(world->receive(fds[1], 16), 3);
  assert_int_equal(world->receive(fds[1], 16), 0);
  poller->ops->close(poller);
  test_free(poller);
  assert_is_over(caller);
  world->close(listener);
  world->close(fds[1]);
  return was_met;
}

/* So many calls are made at least, as far as one can tell. */
#ifdef GYRE_FAULTS
static const int calls_least = 10;
#else
static const int calls_least = 0;
#endif

static void test_each_call_may_fail_once(void** state) {
  int at = 1;

  (void)state;
  if (strcmp(gy_test_poller(), "io_uring") != 0) {
    gy_test_skip("this is about io_uring");
  }
  while (live(at, false)) {
    at++;
  }
  assert_true(at > calls_least);
}

static void* failing_malloc(size_t size) {
  return fault_comes() ? NULL : malloc(size);
}

static void* failing_calloc(size_t count, size_t size) {
  return fault_comes() ? NULL : calloc(count, size);
}

static void* failing_realloc(void* memory, size_t size) {
  return fault_comes() ? NULL : realloc(memory, size);
}

static void test_memory_may_fail_once(void** state) {
  int at = 1;

  (void)state;
  if (strcmp(gy_test_poller(), "io_uring") != 0) {
    gy_test_skip("this is about io_uring");
  }
  assert_int_equal(uv_replace_allocator(failing_malloc, failing_realloc,
                                        failing_calloc, free),
                   0);
  while (live(at, true)) {
    at++;
  }
  assert_true(at > 3);
}

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_kernel_that_cannot_receive_on_and_on_is_asked_once),
    POLLER_TEST(test_what_the_kernel_ends_by_itself_is_asked_anew),
    POLLER_TEST(test_error_is_told_and_then_asked_anew),
    POLLER_TEST(test_kernel_that_cannot_accept_on_and_on_is_not_asked_again),
    POLLER_TEST(test_answer_that_comes_too_late_is_nobody_s),
    POLLER_TEST(test_listener_stops_while_it_has_too_many),
    POLLER_TEST(test_who_is_not_read_holds_no_room),
    POLLER_TEST(test_more_sends_than_completions_fit_are_all_told),
    POLLER_TEST(test_result_of_a_send_is_found_behind_all_else),
    POLLER_TEST(test_kernel_that_may_lose_bytes_gets_a_ring_for_all_threads),
    cmocka_unit_test(test_each_call_may_fail_once),
    cmocka_unit_test(test_memory_may_fail_once),
};

GY_TEST_MAIN(tests)
