/* wake.c - what every poller owes about wake(), and about its backend
 * descriptor, by which a foreign loop hears of it. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "fixture.h"

/* ---- wake -------------------------------------------------------------- */

static void test_wake_before_the_wait_is_not_lost(void** state) {
  (void)state;
  wake();
  assert_wake(FOR_EVER);
  assert_silence();
}

static void test_many_wakes_make_one_event_and_keep_errno(void** state) {
  int count;

  (void)state;
  errno = EDOM;
  /* More than a pipe holds. */
  for (count = 0; count < 70000; count++) {
    wake();
  }
  assert_int_equal(errno, EDOM);
  assert_wake(FOR_EVER);
  assert_silence();
  wake();
  assert_wake(FOR_EVER);
}

static void signal_wake(int signum) {
  (void)signum;
  wake_step(NULL);
}

static void signal_step(void* arg) {
  const pthread_t* target = arg;

  (void)pthread_kill(*target, SIGUSR2);
}

static void test_wake_from_a_signal_handler_is_heard(void** state) {
  struct sigaction action = {.sa_handler = signal_wake};
  pthread_t self = pthread_self();
  gy_event_t event = {.kind = GY_EVENT_DONE};
  int count;

  (void)state;
  assert_int_equal(sigaction(SIGUSR2, &action, NULL), 0);
  world->later(5 * MS, signal_step, &self);
  do {
    count = poller->ops->wait(poller, &event, 1, FOR_EVER);
  } while (count == UV_EINTR);
  assert_int_equal(count, 1);
  assert_int_equal(event.kind, GY_EVENT_WAKE);
}

enum {
  WAKER_COUNT = 4,
  WAKES_EACH = 2000
};

static atomic_int wakes_sent;

static void* wake_often(void* arg) {
  int count;

  for (count = 0; count < WAKES_EACH; count++) {
    atomic_fetch_add(&wakes_sent, 1);
    wake_step(arg);
  }
  return NULL;
}

static void test_no_wake_of_many_threads_is_lost(void** state) {
  pthread_t threads[WAKER_COUNT];
  int index;

  (void)state;
  for (index = 0; index < WAKER_COUNT; index++) {
    assert_int_equal(pthread_create(&threads[index], NULL, wake_often, NULL),
                     0);
  }
  /* After the last count there is a wake to come: if it is lost, this hangs. */
  while (atomic_load(&wakes_sent) < WAKER_COUNT * WAKES_EACH) {
    assert_wake(FOR_EVER);
  }
  for (index = 0; index < WAKER_COUNT; index++) {
    assert_int_equal(pthread_join(threads[index], NULL), 0);
  }
}

static void test_wake_costs_descriptors_only_once_enabled(void** state) {
  int before = fds_open();
  int without;
  int with;

  (void)state;
  poller_choose();
  if (poller_is("iocp")) {
    gy_test_skip("a completion port needs no descriptor to be woken");
  }
  assert_int_equal(poller->ops->open(poller), 0);
  without = fds_open();
  assert_in_range(without, before, before + 1);
  errno = EDOM;
  assert_int_equal(poller->ops->wake(poller), UV_EBADF);
  assert_int_equal(errno, EDOM);
  assert_int_equal(poller->ops->enable_wake(poller), 0);
  with = fds_open();
  assert_in_range(with, without, without + 2);
  assert_int_equal(poller->ops->enable_wake(poller), 0);
  assert_int_equal(fds_open(), with);
  assert_int_equal(poller->ops->wake(poller), 0);
  assert_wake(FOR_EVER);
  poller_teardown(NULL);
  assert_int_equal(fds_open(), before);
}

/* ---- seen from outside ------------------------------------------------- */

static bool backend_is_readable(int timeout_ms) {
  struct pollfd entry = {poller->backend_fd, POLLIN, 0};

  return poll(&entry, 1, timeout_ms) == 1;
}

/* As a foreign loop does before it sleeps: hear what there is, and let all be
 * told that is wanted. */
static void backend_leave(void) {
  gy_event_t events[EVENT_MOST];

  (void)wait_for_events(events, 0);
  if (poller->ops->settle != NULL) {
    assert_int_equal(poller->ops->settle(poller), 0);
  }
  assert_int_equal(poller->unsettled, 0);
}

static void test_backend_descriptor_tells_a_foreign_loop(void** state) {
  int fds[2];

  (void)state;
  if (poller->ops->enable_backend != NULL) {
    assert_int_equal(poller->ops->enable_backend(poller), 0);
  }
  if (poller->backend_fd < 0) {
    gy_test_skip("this poller has no backend descriptor");
  }
  world->pair(fds);
  watch(fds[0], 0, GY_READABLE);
  assert_silence(); /* By then the watch has taken effect. */
  assert_false(backend_is_readable(0));
  world->send(fds[1], 1);
  assert_true(backend_is_readable(-1));
  assert_int_equal(world->receive(fds[0], 1), 1);
  backend_leave(); /* It may have been readable once too often. */
  assert_false(backend_is_readable(0));
  world->send(fds[1], 1);
  assert_true(backend_is_readable(-1));
  assert_int_equal(hear(fds[0], 0), GY_READABLE);
  assert_int_equal(world->receive(fds[0], 1), 1);
  backend_leave();
  assert_false(backend_is_readable(0));
  world->later(MS, wake_step, NULL);
  assert_true(backend_is_readable(-1));
  assert_true(backend_is_readable(0));
  assert_wake(0);
  assert_false(backend_is_readable(0));
  close_both(fds);
}

static void test_operations_can_be_cancelled_where_they_can_be_submitted(
    void** state) {
  (void)state;
  assert_true((poller->ops->submit == NULL) == (poller->ops->cancel == NULL));
}

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_wake_before_the_wait_is_not_lost),
    POLLER_TEST(test_many_wakes_make_one_event_and_keep_errno),
    POLLER_TEST(test_wake_from_a_signal_handler_is_heard),
    POLLER_TEST(test_no_wake_of_many_threads_is_lost),
    cmocka_unit_test(test_wake_costs_descriptors_only_once_enabled),
    POLLER_TEST(test_backend_descriptor_tells_a_foreign_loop),
    POLLER_TEST(test_operations_can_be_cancelled_where_they_can_be_submitted),
};

GY_TEST_MAIN(tests)
