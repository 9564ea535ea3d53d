/* trouble.c - what every poller owes when things end: hang-ups, errors, what
 * cannot be watched, and descriptors closed behind its back. */
#include <limits.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"

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

static void test_reader_that_was_gone_before_is_heard_each_time(void** state) {
  int fds[2];
  int other[2];

  (void)state;
  world->pipe(fds);
  world->pair(other);
  world->close(fds[0]);
  world->send(other[1], 1);
  watch(fds[1], 0, GY_WRITABLE);
  watch(other[0], 0, GY_READABLE);
  assert_true(hear(fds[1], FOR_EVER) & (GY_WRITABLE | TROUBLE));
  assert_true(hear(fds[1], FOR_EVER) & (GY_WRITABLE | TROUBLE));
  assert_int_equal(hear(other[0], FOR_EVER), GY_READABLE);
  watch(fds[1], GY_WRITABLE, 0);
  world->receive(other[0], 1);
  assert_silence();
  world->close(fds[1]);
  close_both(other);
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
  int got;

  (void)state;
  world->connection(fds);
  watch(fds[0], 0, GY_READABLE);
  assert_silence();
  world->crash(fds[1]);
  assert_true(hear(fds[0], FOR_EVER) & (GY_READABLE | TROUBLE));
  got = world->receive(fds[0], 1);
  /* The poll of wine takes the error away, and leaves an end. */
  assert_true(got == UV_ECONNRESET || (poller_is("iocp") && got == 0));
  world->close(fds[0]);
}

static void test_byte_out_of_band_is_a_priority(void** state) {
  int fds[2];

  (void)state;
  gy_test_needs_urgency();
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
  if (poller_is("iocp")) {
    gy_test_skip("the poll of wine does not tell of it");
  }
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
  wake();
  assert_wake(FOR_EVER);
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
    heard = event_fd(&event) == good[0];
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
  uint64_t began;
  int other[2];
  int gone[2];
  int fds[2];
  int duplicate;

  (void)state;
  real_only("the simulator has no duplicates");
  world->pair(other);
  world->pair(gone);
  world->pair(fds);
  watch(gone[0], 0, GY_READABLE);
  watch(other[0], 0, GY_READABLE);
  watch(fds[0], 0, GY_READABLE);
  duplicate = dup(fds[0]);
  world->close(fds[0]);
  world->send(fds[1], 1);
  close_both(gone);
  watch(fds[0], GY_READABLE, 0);
  assert_int_equal(hear(fds[0], 0), 0);
  watch(gone[0], GY_READABLE, 0);
  /* The wait sleeps, and all others are still watched. */
  began = world->clock();
  assert_int_equal(hear(fds[0], 5 * MS), 0);
  assert_true(world->clock() - began >= 5 * (uint64_t)MS);
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

/* ---- let go, and closed --------------------------------------------------
 */

static void test_number_that_was_let_go_can_be_anothers(void** state) {
  int old[2];
  int new[2];

  (void)state;
  world->pair(old);
  watch(old[0], 0, GY_READABLE);
  world->send(old[1], 1);
  let_go(old[0], GY_READABLE);
  assert_silence();
  world->pair(new);
  assert_int_equal(new[0], old[0]);
  watch(new[0], 0, GY_READABLE);
  assert_silence();
  world->send(new[1], 1);
  assert_int_equal(hear(new[0], FOR_EVER), GY_READABLE);
  watch(new[0], GY_READABLE, 0);
  assert_silence();
  close_both(new);
  world->close(old[1]);
}

/* A child process may hold it, or a duplicate: as often as that is met. */
static void test_what_was_let_go_but_lives_on_is_not_heard(void** state) {
  int other[2];
  int round;

  (void)state;
  real_only("the simulator has no duplicates");
  world->pair(other);
  watch(other[0], 0, GY_READABLE);
  for (round = 0; round < 3; round++) {
    uint64_t began;
    int duplicate;
    int fds[2];
    int new[2];
    world->pair(fds);
    watch(fds[0], 0, GY_READABLE);
    duplicate = dup(fds[0]);
    let_go(fds[0], GY_READABLE);
    world->send(fds[1], 1);
    /* The first wait may end early, but no more than that. */
    began = world->clock();
    assert_int_equal(hear(fds[0], 5 * MS), 0);
    assert_int_equal(hear(fds[0], 5 * MS), 0);
    assert_true(world->clock() - began >= 5 * (uint64_t)MS);
    world->pair(new);
    assert_int_equal(new[0], fds[0]);
    watch(new[0], 0, GY_READABLE);
    assert_silence();
    world->send(other[1], 1);
    assert_int_equal(hear(other[0], FOR_EVER), GY_READABLE);
    assert_int_equal(world->receive(other[0], 1), 1);
    watch(new[0], GY_READABLE, 0);
    wake();
    assert_wake(FOR_EVER);
    world->close(duplicate);
    world->close(fds[1]);
    close_both(new);
  }
  watch(other[0], GY_READABLE, 0);
  close_both(other);
}

static void test_what_was_watched_before_a_fork_does_not_come_back(
    void** state) {
  int before[2];
  int lost[2];
  int duplicate;

  (void)state;
  real_only("the simulator has no duplicates");
  world->pair(before);
  world->pair(lost);
  watch(before[0], 0, GY_READABLE);
  world->send(before[1], 1);
  if (poller_is("iocp")) {
    gy_test_skip("Windows has no fork");
  }
  assert_int_equal(poller->ops->after_fork(poller), 0);
  watch(lost[0], 0, GY_READABLE);
  duplicate = dup(lost[0]);
  world->close(lost[0]);
  world->send(lost[1], 1);
  watch(lost[0], GY_READABLE, 0);
  assert_int_equal(hear(before[0], 0), 0);
  assert_silence();
  world->close(duplicate);
  world->close(lost[1]);
  close_both(before);
}

static void test_closed_wake_descriptor_does_not_spin(void** state) {
  bool is_open[64];
  int closed = 0;
  uint64_t began;
  int fds[2];
  int fd;

  (void)state;
  real_only("the simulator does not watch its own");
  if (poller_is("iocp")) {
    gy_test_skip("a completion port needs no descriptor to be woken");
  }
  poller_teardown(NULL);
  poller_choose();
  assert_int_equal(poller->ops->open(poller), 0);
  for (fd = 0; fd < 64; fd++) {
    is_open[fd] = fcntl(fd, F_GETFD) >= 0;
  }
  assert_int_equal(poller->ops->enable_wake(poller), 0);
  for (fd = 0; fd < 64; fd++) {
    if (!is_open[fd]) {
      closed += close(fd) == 0; /* Is it open? Then it is the wake's. */
    }
  }
  if (closed == 0) {
    gy_test_skip("this poller's wake has no descriptor");
  }
  began = world->clock();
  assert_int_equal(hear(-1, 5 * MS), 0);
  assert_int_equal(hear(-1, 5 * MS), 0);
  assert_true(world->clock() - began >= 5 * (uint64_t)MS);
  assert_int_equal(poller->ops->wake(poller), UV_EBADF);
  poller->ops->close(poller);
  assert_int_equal(poller->ops->open(poller), 0);
  world->pair(fds);
  watch(fds[0], 0, GY_WRITABLE);
  assert_int_equal(hear(fds[0], 0), GY_WRITABLE);
  close_both(fds);
}

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_hang_up_leaves_the_data_readable),
    POLLER_TEST(test_end_of_an_empty_pipe_is_heard_by_its_reader),
    POLLER_TEST(test_reader_that_is_gone_is_heard_by_a_writer),
    POLLER_TEST(test_reader_that_was_gone_before_is_heard_each_time),
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
    POLLER_TEST(test_number_that_was_let_go_can_be_anothers),
    POLLER_TEST(test_what_was_let_go_but_lives_on_is_not_heard),
    POLLER_TEST(test_what_was_watched_before_a_fork_does_not_come_back),
    POLLER_TEST(test_closed_wake_descriptor_does_not_spin),
};

GY_TEST_MAIN(tests)
