/* watcher.c - who may watch an fd, and what the poller is told of it. */
#include "ear.h"

/* ---- what the poller is told ------------------------------------------- */

static void test_wish_is_told_before_the_next_wait_and_not_at_once(
    void** state) {
  (void)state;
  want(&left, GY_READABLE);
  assert_int_equal(spy.watch_count, 0);
  assert_true(gy_watchers_changed(&gy_loop(&loop)->watch));
  turn();
  assert_int_equal(spy.watch_count, 1);
  expect_told(0, fds[0], 0, GY_READABLE);
  assert_false(gy_watchers_changed(&gy_loop(&loop)->watch));
  turn();
  assert_int_equal(spy.watch_count, 1);
}

static void test_start_and_stop_in_one_turn_cost_nothing(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  forget(&left);
  want(&right, GY_READABLE);
  want(&right, 0);
  turn();
  assert_int_equal(spy.watch_count, 0);
}

static void test_same_wish_again_costs_nothing(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  turn();
  want(&left, GY_READABLE);
  assert_false(gy_watchers_changed(&gy_loop(&loop)->watch));
  turn();
  assert_int_equal(spy.watch_count, 1);
}

static void test_wish_that_changes_often_is_told_once(void** state) {
  (void)state;
  want(&left, GY_WRITABLE);
  want(&left, GY_READABLE | GY_WRITABLE);
  want(&left, GY_READABLE);
  turn();
  assert_int_equal(spy.watch_count, 1);
  expect_told(0, fds[0], 0, GY_READABLE);
  want(&left, GY_READABLE | GY_DISCONNECT);
  want(&left, GY_PRIORITIZED);
  turn();
  assert_int_equal(spy.watch_count, 2);
  expect_told(1, fds[0], GY_READABLE, GY_PRIORITIZED);
}

static void test_wish_that_changes_and_changes_back_costs_nothing(
    void** state) {
  (void)state;
  want(&left, GY_READABLE);
  turn();
  want(&left, GY_WRITABLE);
  want(&left, 0);
  want(&left, GY_READABLE);
  turn();
  assert_int_equal(spy.watch_count, 1);
}

static void test_wish_for_nothing_is_told_before_the_next_wait(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  turn();
  want(&left, 0);
  assert_int_equal(spy.watch_count, 1);
  turn();
  assert_int_equal(spy.watch_count, 2);
  expect_told(1, fds[0], GY_READABLE, 0);
  forget(&left);
  assert_int_equal(spy.watch_count, 2);
}

static void test_fd_is_forgotten_at_once(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  turn();
  forget(&left);
  assert_int_equal(spy.watch_count, 2);
  expect_told(1, fds[0], GY_READABLE, 0);
  forget(&left);
  turn();
  assert_int_equal(spy.watch_count, 2);
  assert_false(gy_watcher_exists(&loop, fds[0]));
}

static void test_fd_is_forgotten_with_what_it_was_told_last(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  turn();
  want(&left, GY_WRITABLE);
  forget(&left);
  assert_int_equal(spy.watch_count, 2);
  expect_told(1, fds[0], GY_READABLE, 0);
}

static void test_fd_forgotten_and_wanted_again_is_told_anew(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  turn();
  forget(&left);
  want(&left, GY_READABLE);
  turn();
  assert_int_equal(spy.watch_count, 3);
  expect_told(2, fds[0], 0, GY_READABLE);
}

static void test_all_is_told_anew_after_a_fork(void** state) {
  (void)state;
  want(&left, GY_READABLE);
  want(&right, GY_WRITABLE);
  turn();
  spy_reset();
  assert_int_equal(uv_loop_fork(&loop), 0);
  assert_int_equal(spy.watch_count, 0);
  turn();
  assert_int_equal(spy.watch_count, 2);
  assert_int_equal(right.calls, 2);
}

/* ---- who holds an fd ----------------------------------------------------- */

static void test_one_fd_has_one_watcher(void** state) {
  ear_t other;

  (void)state;
  ear_init(&other, fds[0]);
  want(&left, GY_READABLE);
  assert_true(gy_watcher_exists(&loop, fds[0]));
  assert_int_equal(gy_watcher_want(&loop, &other.watcher, GY_READABLE),
                   UV_EEXIST);
  forget(&other);
  assert_true(gy_watcher_exists(&loop, fds[0]));
  forget(&left);
  want(&other, GY_READABLE);
  assert_int_equal(gy_watcher_want(&loop, &left.watcher, GY_READABLE),
                   UV_EEXIST);
  forget(&other);
}

static void test_wish_for_nothing_takes_no_fd(void** state) {
  (void)state;
  want(&left, 0);
  assert_false(gy_watcher_exists(&loop, fds[0]));
}

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

static void test_table_that_cannot_grow_stays_as_it_was(void** state) {
  ear_t high;

  (void)state;
  want(&left, GY_READABLE);
  ear_init(&high, 4000);
  uv_replace_allocator(no_malloc, no_realloc, no_calloc, free);
  assert_int_equal(gy_watcher_want(&loop, &high.watcher, GY_READABLE),
                   UV_ENOMEM);
  uv_replace_allocator(malloc, realloc, calloc, free);
  turn();
  assert_int_equal(spy.watch_count, 1);
  expect_told(0, fds[0], 0, GY_READABLE);
  assert_int_equal(gy_sim_write(fds[1], 1), 1);
  turn();
  assert_int_equal(left.calls, 1);
}

static void test_no_table_is_made_for_a_number_beyond_all_reason(void** state) {
  ear_t high;

  (void)state;
  ear_init(&high, INT_MAX);
  assert_int_equal(gy_watcher_want(&loop, &high.watcher, GY_READABLE),
                   UV_ENOMEM);
  assert_false(gy_watcher_exists(&loop, INT_MAX));
}

static void test_changes_are_kept_when_the_table_grows(void** state) {
  ear_t high;

  (void)state;
  want(&left, GY_READABLE);
  want(&right, GY_WRITABLE);
  ear_init(&high, open_up_to(1500));
  want(&high, GY_WRITABLE);
  turn();
  assert_int_equal(spy.watch_count, 3);
  assert_int_equal(right.calls, 1);
  assert_int_equal(high.calls, 1);
  forget(&high);
}

static const struct CMUnitTest tests[] = {
    EAR_TEST(test_wish_is_told_before_the_next_wait_and_not_at_once),
    EAR_TEST(test_start_and_stop_in_one_turn_cost_nothing),
    EAR_TEST(test_same_wish_again_costs_nothing),
    EAR_TEST(test_wish_that_changes_often_is_told_once),
    EAR_TEST(test_wish_that_changes_and_changes_back_costs_nothing),
    EAR_TEST(test_wish_for_nothing_is_told_before_the_next_wait),
    EAR_TEST(test_fd_is_forgotten_at_once),
    EAR_TEST(test_fd_is_forgotten_with_what_it_was_told_last),
    EAR_TEST(test_fd_forgotten_and_wanted_again_is_told_anew),
    EAR_TEST(test_all_is_told_anew_after_a_fork),
    EAR_TEST(test_one_fd_has_one_watcher),
    EAR_TEST(test_wish_for_nothing_takes_no_fd),
    EAR_TEST(test_table_that_cannot_grow_stays_as_it_was),
    EAR_TEST(test_no_table_is_made_for_a_number_beyond_all_reason),
    EAR_TEST(test_changes_are_kept_when_the_table_grows),
};

GY_TEST_MAIN(tests)
