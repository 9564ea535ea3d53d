/* pool.c - the lanes of the pool: which threads there are, and who wakes them.
 *
 * pthread_cond_wait() is replaced here, so that the threads that wait for work
 * can be counted, and woken for no reason, which POSIX allows. */
#include "spy.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"

enum {
  ITEMS = 64
};

/* ---- threads that wait --------------------------------------------------- */

static atomic_int waiting;        /* threads in pthread_cond_wait() */
static atomic_int wakes;          /* how often one of them came out */
static atomic_int spurious_wakes; /* how many of the next are for no reason */

int pthread_cond_wait(pthread_cond_t* cond, pthread_mutex_t* mutex) {
  /* The conditions of the library go by the monotonic clock. */
  const struct timespec never = {INT32_MAX, 0};
  int err;

  if (atomic_load(&spurious_wakes) > 0) {
    atomic_fetch_sub(&spurious_wakes, 1);
    pthread_mutex_unlock(mutex);
    sched_yield();
    return pthread_mutex_lock(mutex);
  }
  atomic_fetch_add(&waiting, 1);
  err = pthread_cond_timedwait(cond, mutex, &never);
  atomic_fetch_sub(&waiting, 1);
  atomic_fetch_add(&wakes, 1);
  return err;
}

static void await(const atomic_int* counter, int value) {
  while (atomic_load(counter) != value) {
    sched_yield();
  }
}

/* ---- threads that are made ----------------------------------------------- */

static atomic_int threads_made;

static int threads_count(const char* call) {
  if (strcmp(call, "pthread_create") == 0) {
    atomic_fetch_add(&threads_made, 1);
  }
  return 0;
}

#ifdef GYRE_FAULTS
static const bool faults_are_built = true;
#else
static const bool faults_are_built = false;
#endif

static void threads_count_begin(void) {
  if (!faults_are_built) {
    gy_test_skip("built without GYRE_FAULTS, by which threads are counted");
  }
  gy_fault_hook = threads_count;
}

/* ---- work ------------------------------------------------------------------
 */

/* A piece of work. It ends when its gate is open. */
typedef struct {
  gy_work_t work;
  const atomic_bool* gate;
  int status; /* of its end, or 1 */
} item_t;

static item_t items[ITEMS];
static atomic_bool gate;
static atomic_bool other_gate;
static const atomic_bool open_gate = true;
static atomic_int running; /* pieces that wait for their gate */
static atomic_int runs;
static int ends;

static void item_run(gy_work_t* work) {
  const item_t* item = (const item_t*)work;

  atomic_fetch_add(&running, 1);
  while (!atomic_load(item->gate)) {
    sched_yield();
  }
  atomic_fetch_sub(&running, 1);
  atomic_fetch_add(&runs, 1);
}

static void item_done(gy_work_t* work, int status) {
  item_t* item = (item_t*)work;

  assert_int_equal(item->status, 1);
  item->status = status;
  ends++;
  gy_req_finish(work->loop);
}

static void submit(item_t* item, gy_lane_t lane, const atomic_bool* until) {
  item->gate = until;
  item->status = 1;
  gy_req_start(&loop, (uv_req_t*)&(uv_req_t){0}, UV_REQ);
  assert_int_equal(
      gy_pool_submit(&loop, &item->work, lane, item_run, item_done), 0);
}

static void submit_many(int first, int count, const atomic_bool* until) {
  int index;

  for (index = first; index < first + count; index++) {
    submit(&items[index], GY_LANE_USER, until);
  }
}

/* Run the loop until |count| pieces have ended. */
static void run_until(int count) {
  while (ends < count) {
    uv_run(&loop, UV_RUN_ONCE);
  }
}

static void pool_setup(const char* size) {
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", size, 1), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void pool_close(void) {
  atomic_store(&gate, true);
  atomic_store(&other_gate, true);
  gy_test_close_loop(&loop);
}

/* ---- how many threads ------------------------------------------------------
 */

static void test_no_thread_is_made_before_there_is_work(void** state) {
  uv_async_t async;
  uv_timer_t timer;

  (void)state;
  threads_count_begin();
  pool_setup("4");
  assert_int_equal(uv_async_init(&loop, &async, NULL), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_cancel(&(uv_req_t){.type = UV_CONNECT}), UV_EINVAL);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(atomic_load(&threads_made), 0);
  submit_many(0, 1, &open_gate);
  run_until(1);
  assert_int_equal(atomic_load(&threads_made), 1);
  pool_close();
}

static void test_as_many_threads_are_made_as_there_is_work_and_no_more(
    void** state) {
  (void)state;
  threads_count_begin();
  pool_setup("5");
  submit_many(0, 3, &gate);
  await(&running, 3);
  assert_int_equal(atomic_load(&threads_made), 3);
  submit_many(3, 5, &gate);
  await(&running, 5);
  assert_int_equal(atomic_load(&threads_made), 5);
  atomic_store(&gate, true);
  run_until(8);
  assert_int_equal(atomic_load(&threads_made), 5);
  pool_close();
}

static void test_thread_that_waits_is_used_before_one_is_made(void** state) {
  int index;

  (void)state;
  threads_count_begin();
  pool_setup("4");
  for (index = 0; index < ITEMS; index++) {
    submit_many(index, 1, &open_gate);
    run_until(index + 1);
    await(&waiting, 1);
  }
  assert_int_equal(atomic_load(&threads_made), 1);
  pool_close();
}

static void test_one_piece_of_work_wakes_one_thread(void** state) {
  (void)state;
  pool_setup("8");
  submit_many(0, 8, &gate);
  await(&running, 8);
  atomic_store(&gate, true);
  run_until(8);
  await(&waiting, 8);
  atomic_store(&wakes, 0);
  submit_many(8, 1, &open_gate);
  run_until(9);
  await(&waiting, 8);
  assert_int_equal(atomic_load(&wakes), 1);
  pool_close();
}

static void test_burst_wakes_no_more_threads_than_there_is_work(void** state) {
  (void)state;
  pool_setup("16");
  submit_many(0, 16, &gate);
  await(&running, 16);
  atomic_store(&gate, true);
  run_until(16);
  await(&waiting, 16);
  atomic_store(&wakes, 0);
  submit_many(16, 3, &other_gate);
  await(&running, 3);
  assert_int_equal(atomic_load(&wakes), 3);
  submit_many(19, ITEMS - 19, &open_gate);
  atomic_store(&other_gate, true);
  run_until(ITEMS);
  assert_in_range(atomic_load(&wakes), 3, ITEMS - 16);
  pool_close();
}

/* ---- lanes ------------------------------------------------------------------
 */

static void test_lanes_do_not_wait_for_each_other(void** state) {
  int lane;

  (void)state;
  pool_setup("1");
  for (lane = 0; lane < GY_LANES; lane++) {
    int other;
    atomic_store(&gate, false);
    ends = 0;
    submit(&items[0], (gy_lane_t)lane, &gate);
    await(&running, 1);
    for (other = 0; other < GY_LANES; other++) {
      submit(&items[1 + other], (gy_lane_t)other, &open_gate);
    }
    run_until(GY_LANES - 1); /* All but the one behind the gate. */
    assert_int_equal(items[1 + lane].status, 1);
    atomic_store(&gate, true);
    run_until(GY_LANES + 1);
  }
  pool_close();
}

static int order[ITEMS];

static void item_note(gy_work_t* work) {
  order[atomic_fetch_add(&runs, 1)] = (int)((item_t*)work - items);
}

static void test_work_of_a_lane_is_begun_in_order(void** state) {
  int index;

  (void)state;
  pool_setup("1");
  submit(&items[0], GY_LANE_FILES, &gate);
  await(&running, 1);
  for (index = 1; index < ITEMS; index++) {
    submit(&items[index], GY_LANE_FILES, &open_gate);
    items[index].work.run = item_note;
  }
  atomic_store(&gate, true);
  run_until(ITEMS);
  for (index = 1; index < ITEMS; index++) {
    assert_int_equal(order[index], index);
  }
  pool_close();
}

static void test_work_is_taken_back_from_its_own_lane(void** state) {
  (void)state;
  pool_setup("1");
  submit(&items[0], GY_LANE_NAMES, &gate);
  await(&running, 1);
  submit(&items[1], GY_LANE_NAMES, &gate);
  submit(&items[2], GY_LANE_NAMES, &gate);
  assert_int_equal(gy_pool_cancel(&items[0].work, GY_LANE_NAMES), UV_EBUSY);
  assert_int_equal(gy_pool_cancel(&items[1].work, GY_LANE_NAMES), 0);
  assert_int_equal(gy_pool_cancel(&items[1].work, GY_LANE_NAMES), UV_EBUSY);
  run_until(1);
  assert_int_equal(items[1].status, UV_ECANCELED);
  atomic_store(&gate, true);
  run_until(3);
  assert_int_equal(items[0].status, 0);
  assert_int_equal(items[2].status, 0);
  assert_int_equal(atomic_load(&runs), 2);
  pool_close();
}

/* ---- wakes that mean nothing -----------------------------------------------
 */

static void test_work_is_done_though_threads_wake_for_no_reason(void** state) {
  (void)state;
  pool_setup("3");
  atomic_store(&spurious_wakes, 1000);
  submit_many(0, 3, &gate);
  await(&running, 3);
  atomic_store(&gate, true);
  run_until(3);
  await(&waiting, 3);
  atomic_store(&spurious_wakes, 1000);
  submit_many(3, ITEMS - 3, &open_gate);
  run_until(ITEMS);
  pool_close();
}

static pthread_t test_thread;
static atomic_bool thread_held; /* a new thread is not to arrive */

/* The first that a new thread does is to free what it was started with. */
static void free_and_hold(void* memory) {
  while (!pthread_equal(pthread_self(), test_thread) &&
         atomic_load(&thread_held)) {
    sched_yield();
  }
  free(memory);
}

static void test_thread_that_wakes_for_no_reason_is_not_taken_for_a_new_one(
    void** state) {
  (void)state;
  test_thread = pthread_self();
  uv_replace_allocator(malloc, realloc, calloc, free_and_hold);
  pool_setup("2");
  submit_many(0, 1, &gate);
  await(&running, 1);
  /* The second is on its way when the first, which did its work for it, wakes
   * for no reason, and again when it arrives. */
  atomic_store(&thread_held, true);
  submit_many(1, 1, &open_gate);
  atomic_store(&spurious_wakes, 1);
  atomic_store(&gate, true);
  run_until(2);
  await(&waiting, 1);
  assert_int_equal(atomic_load(&spurious_wakes), 0);
  atomic_store(&thread_held, false);
  await(&waiting, 2);
  submit_many(2, 1, &open_gate);
  run_until(3);
  pool_close();
  uv_library_shutdown(); /* While the allocator is there. */
  uv_replace_allocator(malloc, realloc, calloc, free);
}

/* ---- fork ------------------------------------------------------------- */

/* In the child: what was queued, or at a thread, is the parent's. */
static int child_run(void) {
  int index;

  if (uv_loop_fork(&loop) != 0) {
    return 2;
  }
  atomic_store(&gate, true);
  while (ends < 4) {
    uv_run(&loop, UV_RUN_ONCE);
  }
  for (index = 0; index < 4; index++) {
    if (items[index].status != UV_ECANCELED) {
      return 3;
    }
  }
  return uv_loop_alive(&loop) ? 4 : 0;
}

static void test_child_leaves_the_work_of_every_lane_to_the_parent(
    void** state) {
  int status = -1;
  pid_t pid;

  (void)state;
  pool_setup("1");
  submit(&items[0], GY_LANE_FILES, &gate);
  submit(&items[1], GY_LANE_NAMES, &gate);
  await(&running, 2);
  submit(&items[2], GY_LANE_FILES, &gate);
  submit(&items[3], GY_LANE_NAMES, &gate);
  pid = fork();
  if (pid == 0) {
    _exit(child_run());
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  atomic_store(&gate, true);
  run_until(4);
  assert_int_equal(items[0].status, 0);
  pool_close();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_no_thread_is_made_before_there_is_work),
    cmocka_unit_test(
        test_as_many_threads_are_made_as_there_is_work_and_no_more),
    cmocka_unit_test(test_thread_that_waits_is_used_before_one_is_made),
    cmocka_unit_test(test_one_piece_of_work_wakes_one_thread),
    cmocka_unit_test(test_burst_wakes_no_more_threads_than_there_is_work),
    cmocka_unit_test(test_lanes_do_not_wait_for_each_other),
    cmocka_unit_test(test_work_of_a_lane_is_begun_in_order),
    cmocka_unit_test(test_work_is_taken_back_from_its_own_lane),
    cmocka_unit_test(test_work_is_done_though_threads_wake_for_no_reason),
    cmocka_unit_test(
        test_thread_that_wakes_for_no_reason_is_not_taken_for_a_new_one),
    cmocka_unit_test(test_child_leaves_the_work_of_every_lane_to_the_parent),
};

GY_TEST_MAIN(tests)
