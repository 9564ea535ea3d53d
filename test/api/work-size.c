/* work-size.c - tests of how many items of work run at a time, which is up to
 * UV_THREADPOOL_SIZE at the first use of the pool.
 *
 * That N run at a time is shown by N items that wait for each other; that no
 * more than N do, by counting those inside.
 */
#include "support/test.h"

#include <sched.h>
#include <stdatomic.h>

enum {
  DEFAULT_SIZE = 4,
  LARGEST_SIZE = 1024,
  MANY = 200, /* items that all wait for each other */
  CROWD = 40  /* items of which few may run at a time */
};

static uv_loop_t loop;
static uv_work_t items[MANY];
static uv_barrier_t barrier;
static atomic_int inside_count;
static atomic_int most_inside;
static int after_count;

static void open_pool(const char* size) {
  if (size == NULL)
    assert_int_equal(unsetenv("UV_THREADPOOL_SIZE"), 0);
  else
    assert_int_equal(setenv("UV_THREADPOOL_SIZE", size, 1), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void close_pool(void) {
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void count_after(uv_work_t* req, int status) {
  (void)req; /* one is like the other */
  assert_int_equal(status, 0);
  after_count++;
}

static void queue(int count, uv_work_cb work) {
  for (int i = 0; i < count; i++)
    assert_int_equal(uv_queue_work(&loop, &items[i], work, count_after), 0);
}

static void meet_the_others(uv_work_t* req) {
  (void)req; /* one is like the other */
  uv_barrier_wait(&barrier);
}

/* Fails by the time limit when fewer than |count| items run at a time. */
static void expect_at_least(const char* size, int count) {
  open_pool(size);
  assert_int_equal(uv_barrier_init(&barrier, (unsigned)count), 0);
  queue(count, meet_the_others);
  close_pool();
  assert_int_equal(after_count, count);
  uv_barrier_destroy(&barrier);
}

static void count_inside(uv_work_t* req) {
  int inside = atomic_fetch_add(&inside_count, 1) + 1;
  int most = atomic_load(&most_inside);

  (void)req; /* one is like the other */
  while (inside > most &&
         !atomic_compare_exchange_weak(&most_inside, &most, inside)) {
  }
  /* A chance for others to come in, if there are others. Where many programs
   * want the processor, each takes a while. */
  sched_yield();
  sched_yield();
  atomic_fetch_sub(&inside_count, 1);
}

static void expect_at_most(const char* size, int count) {
  open_pool(size);
  queue(CROWD, count_inside);
  close_pool();
  assert_int_equal(after_count, CROWD);
  assert_in_range(atomic_load(&most_inside), 1, count);
}

static void test_four_items_run_at_a_time_by_default(void** state) {
  (void)state;
  expect_at_least(NULL, DEFAULT_SIZE);
}

static void test_no_more_than_four_items_run_at_a_time_by_default(
    void** state) {
  (void)state;
  expect_at_most(NULL, DEFAULT_SIZE);
}

static void test_size_1_runs_one_item_at_a_time(void** state) {
  (void)state;
  expect_at_most("1", 1);
}

static void test_size_2_runs_two_items_at_a_time(void** state) {
  (void)state;
  expect_at_least("2", 2);
}

static void test_size_2_runs_no_more_than_two_items_at_a_time(void** state) {
  (void)state;
  expect_at_most("2", 2);
}

static void test_size_16_runs_sixteen_items_at_a_time(void** state) {
  (void)state;
  expect_at_least("16", 16);
}

static void test_size_0_means_1(void** state) {
  (void)state;
  expect_at_most("0", 1);
}

static void test_size_that_is_no_number_means_1(void** state) {
  (void)state;
  expect_at_most("many", 1);
}

static void test_empty_size_means_1(void** state) {
  (void)state;
  expect_at_most("", 1);
}

static void test_size_counts_as_far_as_it_is_a_number(void** state) {
  (void)state;
  expect_at_least(" 3x", 3);
}

/* The threads this process has now, or -1 where the system does not tell. */
static int thread_count(void) {
  FILE* file = fopen("/proc/self/status", "re");
  char line[128];
  int count = -1;

  if (file == NULL)
    return -1;
  while (fgets(line, sizeof(line), file) != NULL) {
    if (sscanf(line, "Threads: %d", &count) == 1)
      break;
  }
  fclose(file);
  return count;
}

static void expect_no_more_than_the_largest(const char* size) {
  int before = thread_count();

  expect_at_least(size, MANY);
  if (before != -1)
    assert_in_range(thread_count() - before, 1, LARGEST_SIZE);
}

static void test_size_beyond_the_largest_means_the_largest(void** state) {
  (void)state;
  expect_no_more_than_the_largest("5000");
}

static void test_negative_size_means_the_largest(void** state) {
  (void)state;
  expect_no_more_than_the_largest("-3");
}

static void test_size_is_read_at_the_first_use_and_not_again(void** state) {
  (void)state;
  expect_at_most("1", 1);
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "8", 1), 0);
  after_count = 0;
  expect_at_most("8", 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_four_items_run_at_a_time_by_default),
    cmocka_unit_test(test_no_more_than_four_items_run_at_a_time_by_default),
    cmocka_unit_test(test_size_1_runs_one_item_at_a_time),
    cmocka_unit_test(test_size_2_runs_two_items_at_a_time),
    cmocka_unit_test(test_size_2_runs_no_more_than_two_items_at_a_time),
    cmocka_unit_test(test_size_16_runs_sixteen_items_at_a_time),
    cmocka_unit_test(test_size_0_means_1),
    cmocka_unit_test(test_size_that_is_no_number_means_1),
    cmocka_unit_test(test_empty_size_means_1),
    cmocka_unit_test(test_size_counts_as_far_as_it_is_a_number),
    cmocka_unit_test(test_size_beyond_the_largest_means_the_largest),
    cmocka_unit_test(test_negative_size_means_the_largest),
    cmocka_unit_test(test_size_is_read_at_the_first_use_and_not_again),
};

GY_TEST_MAIN(tests)
