/* conformance.c - what every poller owes, by the contract in poller.h.
 *
 * A port to another kernel is done when its poller passes. The same tests run
 * over the simulator, so that what is proved with it holds for a kernel. Over
 * 600 lines, because the contract is one thing and its tests are its list. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

enum {
  TROUBLE = GY_FAILED | GY_HANGUP
};

static void wake(void) {
  assert_int_equal(poller->ops->wake(poller), 0);
}

static void wake_step(void* arg) {
  (void)arg;
  if (poller->ops->wake(poller) != 0) {
    abort(); /* Another thread cannot fail a test of cmocka. */
  }
}

/* Wait. Exactly one event comes, and it is a wake. */
static void assert_wake(int64_t timeout_ns) {
  gy_event_t events[EVENT_MOST];

  assert_int_equal(wait_for_events(events, timeout_ns), 1);
  assert_int_equal(events[0].kind, GY_EVENT_WAKE);
}

static void close_both(const int fds[2]) {
  world->close(fds[0]);
  world->close(fds[1]);
}

static void real_only(const char* why) {
  if (!world->real) {
    gy_test_skip(why);
  }
}

/* ---- time ------------------------------------------------------------- */

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

/* ---- wake ------------------------------------------------------------- */

static void test_wake_before_the_wait_is_not_lost(void** state) {
  (void)state;
  wake();
  assert_wake(FOR_EVER);
  assert_silence();
}

static void test_many_wakes_make_one_event(void** state) {
  int count;

  (void)state;
  /* More than a pipe holds. */
  for (count = 0; count < 70000; count++) {
    wake();
  }
  assert_wake(FOR_EVER);
  assert_silence();
  wake();
  assert_wake(FOR_EVER);
}

static void test_wake_keeps_errno(void** state) {
  (void)state;
  errno = EDOM;
  wake();
  assert_int_equal(errno, EDOM);
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

static void test_wake_costs_a_descriptor_only_once_enabled(void** state) {
  int before = fds_open();
  int without;
  int with;

  (void)state;
  poller_choose();
  assert_int_equal(poller->ops->open(poller), 0);
  without = fds_open();
  assert_in_range(without, before, before + 1);
  assert_int_equal(poller->ops->wake(poller), UV_EBADF);
  assert_int_equal(poller->ops->enable_wake(poller), 0);
  with = fds_open();
  assert_in_range(with, without + 1, without + 2);
  assert_int_equal(poller->ops->enable_wake(poller), 0);
  assert_int_equal(fds_open(), with);
  assert_int_equal(poller->ops->wake(poller), 0);
  assert_wake(FOR_EVER);
  poller_teardown(NULL);
  assert_int_equal(fds_open(), before);
}

/* ---- interest --------------------------------------------------------- */

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
  assert_int_equal(events[0].u.ready.fd, first[0]);
  close_both(first);
  close_both(new);
}

/* ---- ends and errors --------------------------------------------------- */

static void test_hang_up_leaves_the_data_readable(void** state) {
  int fds[2];
  int left;

  (void)state;
  world->pair(fds);
  world->send(fds[1], 100);
  world->close(fds[1]);
  watch(fds[0], 0, GY_READABLE);
  for (left = 100; left > 0; left -= 10) {
    assert_true(hear(fds[0], FOR_EVER) & GY_READABLE);
    assert_int_equal(world->receive(fds[0], 10), 10);
  }
  assert_true(hear(fds[0], FOR_EVER) & (GY_READABLE | TROUBLE));
  assert_int_equal(world->receive(fds[0], 10), 0);
  world->close(fds[0]);
}

static void test_end_of_an_empty_pipe_is_heard_by_its_reader(void** state) {
  int fds[2];

  (void)state;
  world->pipe(fds);
  watch(fds[0], 0, GY_READABLE);
  assert_silence();
  world->close(fds[1]);
  assert_true(hear(fds[0], FOR_EVER) & (GY_READABLE | TROUBLE));
  assert_int_equal(world->receive(fds[0], 1), 0);
  world->close(fds[0]);
}

static void test_reader_that_is_gone_is_heard_by_a_writer(void** state) {
  int fds[2];
  unsigned mask;

  (void)state;
  world->pipe(fds);
  world->fill(fds[1]);
  watch(fds[1], 0, GY_WRITABLE);
  assert_silence();
  world->close(fds[0]);
  mask = hear(fds[1], FOR_EVER);
  assert_true(mask & (GY_WRITABLE | TROUBLE));
  if (!poller_is("select")) {
    assert_true(mask & TROUBLE);
  }
  world->close(fds[1]);
}

static void test_hang_up_is_heard_by_who_only_writes(void** state) {
  int fds[2];

  (void)state;
  world->pair(fds);
  world->fill(fds[0]);
  watch(fds[0], 0, GY_WRITABLE);
  assert_silence();
  world->close(fds[1]);
  assert_true(hear(fds[0], FOR_EVER) & (GY_WRITABLE | TROUBLE));
  world->close(fds[0]);
}

static void test_peer_that_sends_no_more_is_a_disconnect(void** state) {
  int fds[2];

  (void)state;
  if (poller_is("select")) {
    gy_test_skip("select has no word for it");
  }
  world->pair(fds);
  watch(fds[0], 0, GY_DISCONNECT);
  assert_silence();
  world->finish(fds[1]);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_DISCONNECT);
  watch(fds[0], GY_DISCONNECT, GY_READABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  assert_int_equal(world->receive(fds[0], 1), 0);
  close_both(fds);
}

static void test_reset_connection_is_heard(void** state) {
  int fds[2];

  (void)state;
  world->connection(fds);
  watch(fds[0], 0, GY_READABLE);
  assert_silence();
  world->crash(fds[1]);
  assert_true(hear(fds[0], FOR_EVER) & (GY_READABLE | TROUBLE));
  assert_int_equal(world->receive(fds[0], 1), UV_ECONNRESET);
  world->close(fds[0]);
}

static void test_byte_out_of_band_is_a_priority(void** state) {
  int fds[2];

  (void)state;
  world->connection(fds);
  watch(fds[0], 0, GY_PRIORITIZED);
  assert_silence();
  world->urge(fds[1]);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_PRIORITIZED);
  close_both(fds);
}

/* A datagram socket, connected to a port where nobody listens. */
static int refused_socket(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof(address);
  int nobody = socket(AF_INET, SOCK_DGRAM, 0);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  assert_true(nobody >= 0 && fd >= 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(nobody, (struct sockaddr*)&address, size), 0);
  assert_int_equal(getsockname(nobody, (struct sockaddr*)&address, &size), 0);
  assert_int_equal(connect(fd, (struct sockaddr*)&address, size), 0);
  assert_int_equal(close(nobody), 0);
  return fd;
}

static void test_refused_datagram_is_heard(void** state) {
  int fd;

  (void)state;
  real_only("the simulator has no network");
  fd = refused_socket();
  watch(fd, 0, GY_READABLE);
  assert_silence();
  world->send(fd, 1);
  assert_true(hear(fd, FOR_EVER) & (GY_READABLE | TROUBLE));
  assert_int_equal(world->receive(fd, 1), UV_ECONNREFUSED);
  world->close(fd);
}

static void test_file_cannot_be_watched(void** state) {
  int fd;

  (void)state;
  fd = world->file();
  assert_int_equal(poller->ops->watch(poller, fd, 0, GY_READABLE), UV_EPERM);
  assert_silence();
  world->close(fd);
}

static void test_directory_cannot_be_watched(void** state) {
  int fd;

  (void)state;
  real_only("the simulator has no directories");
  fd = open("/", O_RDONLY);
  assert_int_equal(poller->ops->watch(poller, fd, 0, GY_READABLE), UV_EPERM);
  assert_silence();
  world->close(fd);
}

static void test_bad_descriptor_is_an_error(void** state) {
  int fds[2];

  (void)state;
  world->pair(fds);
  close_both(fds);
  assert_int_equal(poller->ops->watch(poller, -1, 0, GY_READABLE), UV_EBADF);
  assert_int_equal(poller->ops->watch(poller, fds[0], 0, GY_READABLE),
                   UV_EBADF);
  assert_int_equal(poller->ops->watch(poller, INT_MAX, 0, GY_READABLE),
                   UV_EBADF);
  assert_silence();
}

/* ---- closed behind our back -------------------------------------------- */

static void test_closed_descriptor_hides_no_other_and_is_forgotten(
    void** state) {
  int good[2];
  int bad[2];
  unsigned mask;
  int round;

  (void)state;
  world->pair(good);
  world->pair(bad);
  watch(good[0], 0, GY_READABLE);
  watch(bad[0], 0, GY_READABLE);
  world->send(good[1], 1);
  close_both(bad);
  for (round = 0; round < 3; round++) {
    assert_int_equal(hear(good[0], FOR_EVER), GY_READABLE);
  }
  mask = hear(bad[0], 0);
  assert_true(mask == 0 || mask == GY_FAILED);
  watch(bad[0], GY_READABLE, 0);
  assert_int_equal(hear(bad[0], 0), 0);
  assert_int_equal(world->receive(good[0], 1), 1);
  assert_silence();
  close_both(good);
}

static void test_many_closed_descriptors_do_not_starve_a_good_one(
    void** state) {
  enum {
    BAD_COUNT = 10
  };
  int bad[BAD_COUNT][2];
  int good[2];
  int round;
  bool heard = false;

  (void)state;
  for (round = 0; round < BAD_COUNT; round++) {
    world->pair(bad[round]);
    watch(bad[round][0], 0, GY_READABLE);
  }
  world->pair(good);
  watch(good[0], 0, GY_READABLE);
  world->send(good[1], 1);
  for (round = 0; round < BAD_COUNT; round++) {
    close_both(bad[round]);
  }
  for (round = 0; round < 2 * BAD_COUNT + 2 && !heard; round++) {
    gy_event_t event;
    assert_int_equal(poller->ops->wait(poller, &event, 1, FOR_EVER), 1);
    heard = event.u.ready.fd == good[0];
  }
  assert_true(heard);
  close_both(good);
}

static void test_number_reopened_behind_our_back_can_be_changed(void** state) {
  int old[2];
  int new[2];

  (void)state;
  world->pair(old);
  watch(old[0], 0, GY_READABLE);
  close_both(old);
  world->pair(new);
  assert_int_equal(new[0], old[0]);
  watch(new[0], GY_READABLE, GY_READABLE | GY_WRITABLE);
  assert_int_equal(hear(new[0], FOR_EVER), GY_WRITABLE);
  watch(new[0], GY_READABLE | GY_WRITABLE, 0);
  assert_silence();
  close_both(new);
}

static void test_closed_descriptor_with_a_duplicate_does_not_spin(
    void** state) {
  int other[2];
  int fds[2];
  int duplicate;

  (void)state;
  real_only("the simulator has no duplicates");
  world->pair(other);
  world->pair(fds);
  watch(other[0], 0, GY_READABLE);
  watch(fds[0], 0, GY_READABLE);
  duplicate = dup(fds[0]);
  world->close(fds[0]);
  world->send(fds[1], 1);
  watch(fds[0], GY_READABLE, 0);
  assert_int_equal(hear(fds[0], 0), 0);
  /* All others are still watched, and the wait sleeps. */
  test_wait_never_ends_before_its_time(NULL);
  world->send(other[1], 1);
  assert_int_equal(hear(other[0], FOR_EVER), GY_READABLE);
  assert_int_equal(world->receive(other[0], 1), 1);
  wake();
  assert_wake(FOR_EVER);
  assert_silence();
  world->close(duplicate);
  world->close(fds[1]);
  close_both(other);
}

static void test_stranger_under_an_old_number_hears_only_its_own(void** state) {
  int old[2];
  int new[2];
  int duplicate;

  (void)state;
  real_only("the simulator has no duplicates");
  world->pair(old);
  watch(old[0], 0, GY_READABLE);
  duplicate = dup(old[0]);
  world->close(old[0]);
  world->send(old[1], 1);
  world->pair(new);
  assert_int_equal(new[0], old[0]);
  watch(new[0], GY_READABLE, 0);
  watch(new[0], 0, GY_READABLE);
  assert_silence();
  world->send(new[1], 1);
  assert_int_equal(hear(new[0], FOR_EVER), GY_READABLE);
  world->close(duplicate);
  world->close(old[1]);
  close_both(new);
}

/* ---- many ------------------------------------------------------------- */

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
      seen_count += !seen[events[count].u.ready.fd];
      seen[events[count].u.ready.fd] = true;
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

/* ---- memory ----------------------------------------------------------- */

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

/* ---- fork ------------------------------------------------------------- */

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
      events[0].u.ready.fd != fd) {
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

/* ---- seen from outside ------------------------------------------------- */

static bool backend_is_readable(int timeout_ms) {
  struct pollfd entry = {poller->backend_fd, POLLIN, 0};

  return poll(&entry, 1, timeout_ms) == 1;
}

static void test_backend_descriptor_tells_a_foreign_loop(void** state) {
  int fds[2];

  (void)state;
  if (poller->backend_fd < 0) {
    gy_test_skip("this poller has no backend descriptor");
  }
  world->pair(fds);
  watch(fds[0], 0, GY_READABLE);
  assert_false(backend_is_readable(0));
  world->send(fds[1], 1);
  assert_true(backend_is_readable(-1));
  assert_int_equal(world->receive(fds[0], 1), 1);
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
    POLLER_TEST(test_zero_timeout_returns_at_once),
    POLLER_TEST(test_wait_never_ends_before_its_time),
    POLLER_TEST(test_endless_wait_is_ended_by_a_wake),
    POLLER_TEST(test_longest_timeout_is_ended_by_a_wake),
    POLLER_TEST(test_event_ends_a_wait_before_its_time),
    POLLER_TEST(test_signal_ends_a_wait_with_eintr),
    POLLER_TEST(test_blocked_sigprof_does_not_end_a_wait),
    POLLER_TEST(test_blocking_sigprof_unblocks_no_other_signal),
    POLLER_TEST(test_wake_before_the_wait_is_not_lost),
    POLLER_TEST(test_many_wakes_make_one_event),
    POLLER_TEST(test_wake_keeps_errno),
    POLLER_TEST(test_wake_from_a_signal_handler_is_heard),
    POLLER_TEST(test_no_wake_of_many_threads_is_lost),
    cmocka_unit_test(test_wake_costs_a_descriptor_only_once_enabled),
    POLLER_TEST(test_event_repeats_for_as_long_as_it_holds),
    POLLER_TEST(test_interest_can_be_changed_in_every_way),
    POLLER_TEST(test_writable_is_heard_when_there_is_room_again),
    POLLER_TEST(test_interest_told_twice_is_as_good_as_once),
    POLLER_TEST(test_peer_sees_the_close_of_what_was_forgotten),
    POLLER_TEST(test_reused_number_is_not_taken_for_the_old_one),
    POLLER_TEST(test_number_reused_within_a_batch_starts_afresh),
    POLLER_TEST(test_hang_up_leaves_the_data_readable),
    POLLER_TEST(test_end_of_an_empty_pipe_is_heard_by_its_reader),
    POLLER_TEST(test_reader_that_is_gone_is_heard_by_a_writer),
    POLLER_TEST(test_hang_up_is_heard_by_who_only_writes),
    POLLER_TEST(test_peer_that_sends_no_more_is_a_disconnect),
    POLLER_TEST(test_reset_connection_is_heard),
    POLLER_TEST(test_byte_out_of_band_is_a_priority),
    POLLER_TEST(test_refused_datagram_is_heard),
    POLLER_TEST(test_file_cannot_be_watched),
    POLLER_TEST(test_directory_cannot_be_watched),
    POLLER_TEST(test_bad_descriptor_is_an_error),
    POLLER_TEST(test_closed_descriptor_hides_no_other_and_is_forgotten),
    POLLER_TEST(test_many_closed_descriptors_do_not_starve_a_good_one),
    POLLER_TEST(test_number_reopened_behind_our_back_can_be_changed),
    POLLER_TEST(test_closed_descriptor_with_a_duplicate_does_not_spin),
    POLLER_TEST(test_stranger_under_an_old_number_hears_only_its_own),
    POLLER_TEST(test_events_beyond_the_maximum_are_not_left_out),
    POLLER_TEST(test_wake_is_not_starved_by_busy_descriptors),
    POLLER_TEST(test_two_thousand_descriptors_are_told_apart),
    POLLER_TEST(test_without_memory_watching_fails_and_waiting_does_not),
    POLLER_TEST(test_child_has_its_own_and_leaves_the_parent_alone),
    POLLER_TEST(test_wake_before_a_fork_is_the_parent_s),
    POLLER_TEST(test_backend_descriptor_tells_a_foreign_loop),
    POLLER_TEST(test_operations_can_be_cancelled_where_they_can_be_submitted),
};

GY_TEST_MAIN(tests)
