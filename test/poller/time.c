/* time.c - what every poller owes about time: when a wait() ends by itself, and
 * what signals do to it. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "fixture.h"
#include "poller/sleep.h"

static void test_zero_timeout_returns_at_once(void** state) {
  uint64_t began = world->clock();

  (void)state;
  assert_silence();
  assert_true(world->clock() - began < UINT64_C(5000000000));
}

static void test_wait_never_ends_before_its_time(void** state) {
  static const int64_t times[] = {
      1, 999, MS - 1, MS, MS + 1, 3 * MS / 2 + 1, 20 * MS};
  gy_event_t events[EVENT_MOST];
  size_t index;

  (void)state;
  for (index = 0; index < COUNT_OF(times); index++) {
    uint64_t began = world->clock();
    assert_int_equal(wait_for_events(events, times[index]), 0);
    assert_true(world->clock() - began >= (uint64_t)times[index]);
  }
}

static void test_endless_wait_is_ended_by_a_wake(void** state) {
  (void)state;
  world->later(5 * MS, wake_step, NULL);
  assert_wake(FOR_EVER);
}

static void test_longest_timeout_is_ended_by_a_wake(void** state) {
  (void)state;
  world->later(5 * MS, wake_step, NULL);
  assert_wake(INT64_MAX);
}

static void test_event_ends_a_wait_before_its_time(void** state) {
  int fds[2];

  (void)state;
  world->pair(fds);
  watch(fds[0], 0, GY_READABLE);
  world->send(fds[1], 1);
  assert_int_equal(hear(fds[0], 3600000 * MS), GY_READABLE);
  close_both(fds);
}

static atomic_bool stop_signalling;

static void signal_ignored(int signum) {
  (void)signum;
}

/* Send the thread |arg| SIGPROF again and again. */
static void* signal_often(void* arg) {
  const pthread_t* target = arg;

  while (!atomic_load(&stop_signalling)) {
    (void)pthread_kill(*target, SIGPROF);
    (void)sched_yield();
  }
  return NULL;
}

static void signals_begin(pthread_t* thread, pthread_t* self) {
  struct sigaction action = {.sa_handler = signal_ignored};

  assert_int_equal(sigaction(SIGPROF, &action, NULL), 0);
  atomic_store(&stop_signalling, false);
  *self = pthread_self();
  assert_int_equal(pthread_create(thread, NULL, signal_often, self), 0);
}

static void signals_end(pthread_t thread) {
  atomic_store(&stop_signalling, true);
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_signal_ends_a_wait_with_eintr(void** state) {
  gy_event_t event;
  pthread_t thread;
  pthread_t self;
  int count;

  (void)state;
  real_only("the simulator's sleep is no system call");
  signals_begin(&thread, &self);
  count = poller->ops->wait(poller, &event, 1, FOR_EVER);
  signals_end(thread);
  assert_int_equal(count, UV_EINTR);
}

static void test_blocked_sigprof_does_not_end_a_wait(void** state) {
  gy_event_t event;
  pthread_t thread;
  pthread_t self;
  int count;

  (void)state;
  real_only("the simulator's sleep is no system call");
  poller->block_sigprof = 1;
  signals_begin(&thread, &self);
  count = poller->ops->wait(poller, &event, 1, 50 * MS);
  signals_end(thread);
  assert_int_equal(count, 0);
}

static atomic_int signals_seen;

static void signal_count(int signum) {
  (void)signum;
  atomic_fetch_add(&signals_seen, 1);
}

static void test_blocking_sigprof_unblocks_no_other_signal(void** state) {
  struct sigaction action = {.sa_handler = signal_count};
  sigset_t mask;

  (void)state;
  real_only("the simulator's sleep is no system call");
  assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  assert_int_equal(pthread_sigmask(SIG_BLOCK, &mask, NULL), 0);
  assert_int_equal(raise(SIGUSR1), 0);
  poller->block_sigprof = 1;
  assert_int_equal(hear(0, MS), 0);
  assert_int_equal(atomic_load(&signals_seen), 0);
  assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &mask, NULL), 0);
  assert_int_equal(atomic_load(&signals_seen), 1);
}

static void test_milliseconds_are_rounded_up(void** state) {
  (void)state;
  assert_int_equal(gy_sleep_ms(-1), -1);
  assert_int_equal(gy_sleep_ms(0), 0);
  assert_int_equal(gy_sleep_ms(1), 1);
  assert_int_equal(gy_sleep_ms(MS), 1);
  assert_int_equal(gy_sleep_ms(MS + 1), 2);
  assert_int_equal(gy_sleep_ms(GY_SLEEP_SLICE_NS), GY_SLEEP_SLICE_NS / MS);
}

/* How long it was slept, and what the |ends_at|th slice has to say. */
typedef struct {
  int64_t slept_ns;
  int slices;
  int ends_at;
} nap_t;

static int nap(void* context, int64_t slice_ns) {
  nap_t* it = context;

  it->slept_ns += slice_ns;
  it->slices++;
  return it->slices == it->ends_at ? 7 : 0;
}

static void test_long_sleep_is_made_of_slices(void** state) {
  static const int64_t times[] = {
      -1, 0, 1, GY_SLEEP_SLICE_NS, GY_SLEEP_SLICE_NS + 1, INT64_MAX};
  static const int slices[] = {1, 1, 1, 1, 2, 106752};
  size_t index;

  (void)state;
  for (index = 0; index < COUNT_OF(times); index++) {
    nap_t it = {0, 0, 0};
    assert_int_equal(gy_sleep_in_slices(times[index], nap, &it), 0);
    assert_true(it.slept_ns == times[index]);
    assert_int_equal(it.slices, slices[index]);
  }
}

static void test_event_ends_the_slices(void** state) {
  nap_t first = {0, 0, 1};
  nap_t last = {0, 0, 3};

  (void)state;
  assert_int_equal(gy_sleep_in_slices(INT64_MAX, nap, &first), 7);
  assert_int_equal(first.slices, 1);
  assert_int_equal(gy_sleep_in_slices(3 * GY_SLEEP_SLICE_NS, nap, &last), 7);
  assert_int_equal(last.slices, 3);
}

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_zero_timeout_returns_at_once),
    POLLER_TEST(test_wait_never_ends_before_its_time),
    POLLER_TEST(test_endless_wait_is_ended_by_a_wake),
    POLLER_TEST(test_longest_timeout_is_ended_by_a_wake),
    POLLER_TEST(test_event_ends_a_wait_before_its_time),
    POLLER_TEST(test_signal_ends_a_wait_with_eintr),
    POLLER_TEST(test_blocked_sigprof_does_not_end_a_wait),
    POLLER_TEST(test_blocking_sigprof_unblocks_no_other_signal),
    cmocka_unit_test(test_milliseconds_are_rounded_up),
    cmocka_unit_test(test_long_sleep_is_made_of_slices),
    cmocka_unit_test(test_event_ends_the_slices),
};

GY_TEST_MAIN(tests)
