/* watcher-events.c - what watchers hear: events, in a batch and after it, and
 * errors. */
#include "ear.h"

/* ---- what is heard ------------------------------------------------------- */

static void test_event_is_heard_as_long_as_it_holds(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  turn();
  assert_int_equal(left.calls, 0);
  assert_int_equal(gy_sim_write(fds[1], 2), 2);
  turn();
  turn();
  assert_int_equal(left.calls, 2);
  assert_int_equal(left.mask, GY_READABLE);
  assert_int_equal(gy_sim_read(fds[0], 2), 2);
  turn();
  assert_int_equal(left.calls, 2);
}

static void test_nothing_is_heard_that_was_not_asked_for(void** state) {
  (void)state;
  assert_int_equal(gy_sim_write(fds[1], 1), 1);
  want(&left, GY_PRIORITIZED);
  turn();
  assert_int_equal(left.calls, 0);
  want(&left, GY_WRITABLE);
  turn();
  assert_int_equal(left.calls, 1);
  assert_int_equal(left.mask, GY_WRITABLE);
}

static void test_end_of_the_peer_is_heard_unasked(void** state) {
  (void)state;
  want(&left, GY_PRIORITIZED);
  turn();
  assert_int_equal(gy_sim_close(fds[1]), 0);
  turn();
  assert_int_equal(left.calls, 1);
  assert_int_equal(left.mask, GY_HANGUP);
}

static void spy_extra_ready(int fd, unsigned mask) {
  spy.extra.kind = GY_EVENT_READY;
  spy.extra.u.ready.fd = fd;
  spy.extra.u.ready.mask = mask;
  spy.has_extra = true;
}

static void test_fd_twice_in_a_batch_is_heard_of_twice(void** state) {
  (void)state;
  want(&left, GY_READABLE | GY_WRITABLE);
  spy_extra_ready(fds[0], GY_READABLE);
  turn();
  assert_int_equal(left.calls, 2);
  assert_int_equal(left.mask, GY_WRITABLE);
}

static void test_event_of_an_fd_that_nobody_watches_is_dropped(void** state) {
  (void)state;
  spy_extra_ready(fds[0], GY_READABLE); /* There is no table yet. */
  turn();
  want(&left, GY_READABLE);
  spy_extra_ready(fds[1], GY_READABLE);
  turn();
  spy_extra_ready(100000, GY_FAILED);
  turn();
  assert_int_equal(left.calls + right.calls, 0);
}

/* ---- within a batch ------------------------------------------------------ */

/* Have both ends readable in one batch, |first| before |second|. */
static void both_readable(void) {
  want(&left, GY_READABLE);
  want(&right, GY_READABLE);
  turn();
  assert_int_equal(gy_sim_write(fds[0], 1), 1);
  assert_int_equal(gy_sim_write(fds[1], 1), 1);
}

/* The other of the two. */
static ear_t* other_of(const ear_t* ear) {
  return ear == &left ? &right : &left;
}

static void forget_other(ear_t* ear) {
  left.then = right.then = NULL;
  forget(other_of(ear));
}

static void test_fd_forgotten_in_a_batch_is_not_heard_of_any_more(
    void** state) {
  (void)state;
  both_readable();
  left.then = right.then = forget_other;
  turn();
  assert_int_equal(left.calls + right.calls, 1);
}

static void forget_and_want_other(ear_t* ear) {
  forget_other(ear);
  want(other_of(ear), GY_READABLE);
}

static void test_fd_wanted_anew_in_a_batch_is_heard_of_in_the_next(
    void** state) {
  (void)state;
  both_readable();
  left.then = right.then = forget_and_want_other;
  turn();
  assert_int_equal(left.calls + right.calls, 1);
  turn();
  assert_int_equal(left.calls + right.calls, 3);
}

static ear_t newcomer;
static int new_fds[2];

/* Close the other end; its number is at once that of a new stream. */
static void reuse_other(ear_t* ear) {
  ear_t* other = other_of(ear);

  forget_other(ear);
  assert_int_equal(gy_sim_close(other->watcher.fd), 0);
  gy_sim_pair(new_fds);
  assert_int_equal(new_fds[0], other->watcher.fd);
  ear_init(&newcomer, new_fds[0]);
  want(&newcomer, GY_READABLE);
}

static void test_number_used_again_in_a_batch_gets_no_strangers_event(
    void** state) {
  (void)state;
  both_readable();
  left.then = right.then = reuse_other;
  turn();
  assert_int_equal(left.calls + right.calls, 1);
  turn();
  assert_int_equal(newcomer.calls, 0);
  assert_int_equal(gy_sim_write(new_fds[1], 1), 1);
  turn();
  assert_int_equal(newcomer.calls, 1);
  forget(&newcomer);
}

static void test_rule_of_the_batch_holds_when_its_number_overflows(
    void** state) {
  (void)state;
  gy_loop(&loop)->watch.batch = UINT_MAX - 1;
  both_readable();
  left.then = right.then = reuse_other;
  turn();
  assert_int_equal(gy_loop(&loop)->watch.batch, 0);
  turn();
  assert_int_equal(newcomer.calls, 0);
  assert_int_equal(gy_sim_write(new_fds[1], 1), 1);
  turn();
  assert_int_equal(newcomer.calls, 1);
  forget(&newcomer);
}

static void narrow_other(ear_t* ear) {
  left.then = right.then = NULL;
  want(other_of(ear), GY_PRIORITIZED);
}

static void test_wish_narrowed_in_a_batch_holds_in_that_batch(void** state) {
  (void)state;
  both_readable();
  left.then = right.then = narrow_other;
  turn();
  assert_int_equal(left.calls + right.calls, 1);
}

/* ---- errors ----------------------------------------------------------------
 */

static void test_error_of_the_poller_ends_the_watch(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  spy.watch_error = UV_ENOSPC;
  turn();
  assert_int_equal(left.calls, 1);
  assert_int_equal(left.err, UV_ENOSPC);
  assert_int_equal(spy.watch_count, 1);
  assert_false(gy_watcher_exists(&loop, fds[0]));
  turn();
  assert_int_equal(left.calls, 1);
}

static void test_error_in_a_change_forgets_what_was_watched(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  turn();
  want(&left, GY_WRITABLE);
  spy.watch_error = UV_ENOMEM;
  turn();
  assert_int_equal(left.err, UV_ENOMEM);
  assert_int_equal(spy.watch_count, 3);
  expect_told(2, fds[0], GY_READABLE, 0);
}

static void want_again(ear_t* ear) {
  want(ear, GY_WRITABLE);
}

static void test_watch_may_be_tried_again_in_the_callback_of_its_error(
    void** state) {
  (void)state;
  want(&left, GY_READABLE);
  left.then = want_again;
  spy.watch_error = UV_ENOMEM;
  turn();
  assert_int_equal(left.calls, 1);
  assert_true(gy_watchers_changed(&gy_loop(&loop)->watch));
  turn();
  assert_int_equal(spy.watch_count, 2);
  assert_int_equal(left.calls, 2);
  assert_int_equal(left.mask, GY_WRITABLE);
}

static void want_high(ear_t* ear) {
  (void)ear;
  want(&newcomer, GY_WRITABLE);
}

static void test_table_may_grow_in_the_callback_of_an_error(void** state) {
  (void)state;
  ear_init(&newcomer, open_up_to(1500));
  want(&left, GY_READABLE);
  want(&right, GY_READABLE);
  left.then = right.then = want_high;
  spy.watch_error = UV_ENOMEM; /* For one of the two. */
  turn();
  turn();
  assert_int_equal(left.calls + right.calls, 1);
  assert_int_equal(newcomer.calls, 1);
  forget(&newcomer);
}

static void test_broken_wait_is_told_to_every_watcher_once(void** state) {
  (void)state;
  both_readable();
  spy.wait_error = UV_EBADF;
  turn();
  assert_int_equal(left.calls, 1);
  assert_int_equal(left.err, UV_EBADF);
  assert_int_equal(right.calls, 1);
  assert_int_equal(right.err, UV_EBADF);
  turn();
  assert_int_equal(left.calls + right.calls, 2);
}

static void test_after_a_broken_wait_the_poller_watches_nothing(void** state) {
  int index;

  (void)state;
  both_readable();
  spy_reset();
  spy.wait_error = UV_ENOMEM; /* It may have been but for once. */
  turn();
  assert_int_equal(spy.watch_count, 2);
  for (index = 0; index < 2; index++) {
    expect_told(index, spy.watches[index].fd, GY_READABLE, 0);
  }
}

static void test_watch_goes_on_after_a_broken_wait_when_it_is_wanted_again(
    void** state) {
  (void)state;
  both_readable();
  left.then = want_again;
  spy.wait_error = UV_ENOMEM;
  turn();
  assert_int_equal(left.err, UV_ENOMEM);
  turn();
  assert_int_equal(left.calls, 2);
  assert_int_equal(left.mask, GY_WRITABLE);
  assert_int_equal(right.calls, 1);
}

static void test_interrupted_wait_is_no_error(void** state) {
  (void)state;
  both_readable();
  spy.wait_error = UV_EINTR;
  turn();
  assert_int_equal(left.calls + right.calls, 0);
  turn();
  assert_int_equal(left.calls + right.calls, 2);
}

static const struct CMUnitTest tests[] = {
    EAR_TEST(test_event_is_heard_as_long_as_it_holds),
    EAR_TEST(test_nothing_is_heard_that_was_not_asked_for),
    EAR_TEST(test_end_of_the_peer_is_heard_unasked),
    EAR_TEST(test_fd_twice_in_a_batch_is_heard_of_twice),
    EAR_TEST(test_event_of_an_fd_that_nobody_watches_is_dropped),
    EAR_TEST(test_fd_forgotten_in_a_batch_is_not_heard_of_any_more),
    EAR_TEST(test_fd_wanted_anew_in_a_batch_is_heard_of_in_the_next),
    EAR_TEST(test_number_used_again_in_a_batch_gets_no_strangers_event),
    EAR_TEST(test_rule_of_the_batch_holds_when_its_number_overflows),
    EAR_TEST(test_wish_narrowed_in_a_batch_holds_in_that_batch),
    EAR_TEST(test_error_of_the_poller_ends_the_watch),
    EAR_TEST(test_error_in_a_change_forgets_what_was_watched),
    EAR_TEST(test_watch_may_be_tried_again_in_the_callback_of_its_error),
    EAR_TEST(test_table_may_grow_in_the_callback_of_an_error),
    EAR_TEST(test_broken_wait_is_told_to_every_watcher_once),
    EAR_TEST(test_after_a_broken_wait_the_poller_watches_nothing),
    EAR_TEST(test_watch_goes_on_after_a_broken_wait_when_it_is_wanted_again),
    EAR_TEST(test_interrupted_wait_is_no_error),
};

GY_TEST_MAIN(tests)
