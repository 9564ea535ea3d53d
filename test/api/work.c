/* work.c - tests of uv_queue_work() and uv_cancel().
 *
 * The size of the pool is read from the environment at its first use, and every
 * test has a process of its own: so each sets the size that it needs. What must
 * not run yet is held back by a semaphore. Work runs on other threads, where
 * cmocka's assertions do not work: it leaves notes in atomics.
 */
#include "support/test.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
  SOME = 8,
  MANY = 5000,
  LOOPS = 4,
  LOOP_ITEMS = 500 /* for each of the loops */
};

/* From here on, what libuv 1.44 answers with a crash is an error. */
#define MISUSE_IS_ANSWERED_SINCE 0x013400u

static uv_loop_t loop;
static uv_work_t works[SOME];
static uv_work_t blocker;
static uv_sem_t blocker_runs; /* posted by the blocker when it has started */
static uv_sem_t blocker_may_end;
static pthread_t loop_thread;
static atomic_int run_count; /* items that ran on a worker */
static atomic_int failure_count;
static int after_count;
static int order[SOME];
static int statuses[SOME];

static void open_pool(const char* size) {
  if (size == NULL)
    assert_int_equal(unsetenv("UV_THREADPOOL_SIZE"), 0);
  else
    assert_int_equal(setenv("UV_THREADPOOL_SIZE", size, 1), 0);
  loop_thread = pthread_self();
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_sem_init(&blocker_runs, 0), 0);
  assert_int_equal(uv_sem_init(&blocker_may_end, 0), 0);
}

static void close_pool(void) {
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_int_equal(atomic_load(&failure_count), 0);
  uv_sem_destroy(&blocker_runs);
  uv_sem_destroy(&blocker_may_end);
}

static void count_run(uv_work_t* req) {
  (void)req; /* that it runs is what counts */
  if (pthread_equal(pthread_self(), loop_thread))
    atomic_fetch_add(&failure_count, 1);
  atomic_fetch_add(&run_count, 1);
}

static void block(uv_work_t* req) {
  count_run(req);
  uv_sem_post(&blocker_runs);
  uv_sem_wait(&blocker_may_end);
}

static void note_after(uv_work_t* req, int status) {
  int which = (int)(req - works);

  assert_true(pthread_equal(pthread_self(), loop_thread));
  assert_in_range(after_count, 0, SOME - 1);
  order[after_count++] = which;
  statuses[which] = status;
}

static void count_after(uv_work_t* req, int status) {
  (void)req; /* there may be thousands */
  assert_int_equal(status, 0);
  after_count++;
}

static void queue(int which) {
  assert_int_equal(uv_queue_work(&loop, &works[which], count_run, note_after),
                   0);
}

/* Keep the only worker busy until release_worker(). */
static void block_worker(void) {
  assert_int_equal(uv_queue_work(&loop, &blocker, block, NULL), 0);
  uv_sem_wait(&blocker_runs);
}

static void release_worker(void) {
  uv_sem_post(&blocker_may_end);
}

static int cancel(int which) {
  return uv_cancel((uv_req_t*)&works[which]);
}

static void test_work_runs_on_a_worker_and_after_work_on_the_loops_thread(
    void** state) {
  int mine = 0;

  (void)state;
  open_pool(NULL);
  works[0].data = &mine;
  queue(0);
  assert_int_equal(works[0].type, UV_WORK);
  assert_ptr_equal(works[0].loop, &loop);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(atomic_load(&run_count), 1);
  assert_int_equal(after_count, 1);
  assert_int_equal(statuses[0], 0);
  assert_ptr_equal(works[0].data, &mine);
  close_pool();
}

static void test_loop_is_alive_until_after_work_has_run(void** state) {
  (void)state;
  open_pool("1");
  assert_int_equal(uv_loop_alive(&loop), 0);
  block_worker();
  queue(0);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  assert_int_not_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  assert_int_equal(after_count, 0);
  release_worker();
  while (after_count == 0) {
    assert_int_not_equal(uv_loop_alive(&loop), 0);
    uv_run(&loop, UV_RUN_ONCE);
  }
  close_pool();
}

static void test_after_work_may_be_null_and_the_loop_waits_all_the_same(
    void** state) {
  (void)state;
  open_pool(NULL);
  assert_int_equal(uv_queue_work(&loop, &works[0], count_run, NULL), 0);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(atomic_load(&run_count), 1);
  close_pool();
}

static void test_work_without_a_function_is_invalid(void** state) {
  (void)state;
  open_pool(NULL);
  assert_int_equal(uv_queue_work(&loop, &works[0], NULL, note_after),
                   UV_EINVAL);
  assert_int_equal(uv_loop_alive(&loop), 0);
  close_pool();
  assert_int_equal(after_count, 0);
}

static void test_null_arguments_are_invalid(void** state) {
  (void)state;
  if (uv_version() < MISUSE_IS_ANSWERED_SINCE)
    gy_test_skip("this library crashes on NULL");
  open_pool(NULL);
  assert_int_equal(uv_queue_work(NULL, &works[0], count_run, note_after),
                   UV_EINVAL);
  assert_int_equal(uv_queue_work(&loop, NULL, count_run, note_after),
                   UV_EINVAL);
  assert_int_equal(uv_cancel(NULL), UV_EINVAL);
  assert_int_equal(uv_loop_alive(&loop), 0);
  close_pool();
}

static void test_one_worker_keeps_the_order(void** state) {
  (void)state;
  open_pool("1");
  block_worker();
  for (int i = 0; i < SOME; i++)
    queue(i);
  release_worker();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(after_count, SOME);
  for (int i = 0; i < SOME; i++)
    assert_int_equal(order[i], i);
  close_pool();
}

static void test_work_finished_before_the_loop_runs_keeps_its_order(
    void** state) {
  (void)state;
  open_pool("1");
  for (int i = 0; i < SOME; i++)
    queue(i);
  /* When the only worker has come to the blocker, all others are done. */
  block_worker();
  assert_int_equal(atomic_load(&run_count), SOME + 1);
  assert_int_equal(after_count, 0);
  while (after_count < SOME)
    uv_run(&loop, UV_RUN_ONCE);
  for (int i = 0; i < SOME; i++)
    assert_int_equal(order[i], i);
  release_worker();
  close_pool();
}

static void test_cancelled_work_never_runs_and_is_told_so(void** state) {
  (void)state;
  open_pool("1");
  block_worker();
  for (int i = 0; i < 4; i++)
    queue(i);
  assert_int_equal(cancel(2), 0);
  assert_int_equal(cancel(0), 0);
  assert_int_equal(after_count, 0);
  /* The worker is still blocked: the cancelled ones do not wait for it. */
  while (after_count < 2)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(order[0], 2);
  assert_int_equal(order[1], 0);
  assert_int_equal(statuses[2], UV_ECANCELED);
  assert_int_equal(statuses[0], UV_ECANCELED);
  release_worker();
  close_pool();
  assert_int_equal(after_count, 4);
  assert_int_equal(order[2], 1);
  assert_int_equal(order[3], 3);
  assert_int_equal(statuses[1], 0);
  assert_int_equal(statuses[3], 0);
  assert_int_equal(atomic_load(&run_count), 3);
}

static void test_cancel_of_work_without_after_work_frees_the_loop(
    void** state) {
  (void)state;
  open_pool("1");
  block_worker();
  assert_int_equal(uv_queue_work(&loop, &works[0], count_run, NULL), 0);
  assert_int_equal(cancel(0), 0);
  release_worker();
  close_pool();
  assert_int_equal(atomic_load(&run_count), 1);
}

static void test_cancel_of_running_work_is_busy(void** state) {
  (void)state;
  open_pool("1");
  assert_int_equal(uv_queue_work(&loop, &works[0], block, note_after), 0);
  uv_sem_wait(&blocker_runs);
  assert_int_equal(cancel(0), UV_EBUSY);
  release_worker();
  close_pool();
  assert_int_equal(after_count, 1);
  assert_int_equal(statuses[0], 0);
}

static void test_cancel_of_finished_work_is_busy(void** state) {
  (void)state;
  open_pool("1");
  queue(0);
  block_worker();
  assert_int_equal(cancel(0), UV_EBUSY); /* done, but not told yet */
  while (after_count == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(statuses[0], 0);
  assert_int_equal(cancel(0), UV_EBUSY); /* done, and told */
  release_worker();
  close_pool();
  assert_int_equal(after_count, 1);
}

static void test_cancel_twice_makes_one_call(void** state) {
  int err;

  (void)state;
  open_pool("1");
  block_worker();
  queue(0);
  assert_int_equal(cancel(0), 0);
  err = cancel(0);
  assert_true(err == 0 || err == UV_EBUSY);
  release_worker();
  close_pool();
  assert_int_equal(after_count, 1);
  assert_int_equal(statuses[0], UV_ECANCELED);
}

static void test_cancel_of_cancelled_and_told_work_is_busy(void** state) {
  (void)state;
  if (uv_version() < MISUSE_IS_ANSWERED_SINCE)
    gy_test_skip("this library loses count and aborts");
  open_pool("1");
  block_worker();
  queue(0);
  assert_int_equal(cancel(0), 0);
  while (after_count == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(cancel(0), UV_EBUSY);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  release_worker();
  close_pool();
  assert_int_equal(after_count, 1);
}

static void cancel_the_next(uv_work_t* req, int status) {
  int next = (int)(req - works) + 1;

  note_after(req, status);
  if (next < SOME)
    assert_int_equal(cancel(next), 0);
}

static void test_cancel_in_after_work_reaches_the_next_in_line(void** state) {
  (void)state;
  open_pool("1");
  block_worker();
  for (int i = 0; i < SOME; i++) {
    assert_int_equal(
        uv_queue_work(&loop, &works[i], count_run, cancel_the_next), 0);
  }
  assert_int_equal(cancel(0), 0);
  while (after_count < SOME)
    uv_run(&loop, UV_RUN_ONCE);
  for (int i = 0; i < SOME; i++) {
    assert_int_equal(order[i], i);
    assert_int_equal(statuses[i], UV_ECANCELED);
  }
  release_worker();
  close_pool();
  assert_int_equal(atomic_load(&run_count), 1);
}

static void test_cancel_of_requests_that_are_no_work_is_invalid(void** state) {
  static const uv_req_type types[] = {UV_UNKNOWN_REQ, UV_REQ,      UV_CONNECT,
                                      UV_WRITE,       UV_SHUTDOWN, UV_UDP_SEND,
                                      UV_REQ_TYPE_MAX};
  union uv_any_req any;

  (void)state;
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    memset(&any, 0, sizeof(any));
    any.req.type = types[i];
    assert_int_equal(uv_cancel(&any.req), UV_EINVAL);
  }
}

static void count_cancelled(uv_work_t* req, int status) {
  (void)req; /* there are thousands */
  assert_int_equal(status, UV_ECANCELED);
  after_count++;
}

static void test_thousands_of_queued_items_can_all_be_cancelled(void** state) {
  uv_work_t* items = calloc(MANY, sizeof(*items));

  (void)state;
  assert_non_null(items);
  open_pool("1");
  block_worker();
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(
        uv_queue_work(&loop, &items[i], count_run, count_cancelled), 0);
  }
  for (int i = 0; i < MANY; i++)
    assert_int_equal(uv_cancel((uv_req_t*)&items[i * 7919 % MANY]), 0);
  while (after_count < MANY)
    uv_run(&loop, UV_RUN_ONCE);
  release_worker();
  close_pool();
  assert_int_equal(after_count, MANY);
  assert_int_equal(atomic_load(&run_count), 1);
  free(items);
}

static void count_own_run(uv_work_t* req) {
  int* runs = req->data;

  (*runs)++; /* plain: nobody else touches it until after_work */
  count_run(req);
}

static void test_thousands_of_items_run_once_each(void** state) {
  uv_work_t* items = calloc(MANY, sizeof(*items));
  int* runs = calloc(MANY, sizeof(*runs));

  (void)state;
  assert_non_null(items);
  assert_non_null(runs);
  open_pool(NULL);
  for (int i = 0; i < MANY; i++) {
    items[i].data = &runs[i];
    assert_int_equal(
        uv_queue_work(&loop, &items[i], count_own_run, count_after), 0);
  }
  close_pool();
  assert_int_equal(after_count, MANY);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(runs[i], 1);
  free(runs);
  free(items);
}

static void free_and_queue_another(uv_work_t* req, int status) {
  count_after(req, status);
  free(req);
  if (after_count == MANY)
    return;
  req = malloc(sizeof(*req));
  assert_non_null(req);
  assert_int_equal(uv_queue_work(&loop, req, count_run, free_and_queue_another),
                   0);
}

static void test_after_work_may_free_its_request_and_queue_another(
    void** state) {
  uv_work_t* req = malloc(sizeof(*req));

  (void)state;
  assert_non_null(req);
  open_pool(NULL);
  assert_int_equal(uv_queue_work(&loop, req, count_run, free_and_queue_another),
                   0);
  close_pool();
  assert_int_equal(after_count, MANY);
  assert_int_equal(atomic_load(&run_count), MANY);
}

static void queue_itself_again(uv_work_t* req, int status) {
  assert_int_equal(status, 0);
  if (++after_count < MANY) {
    assert_int_equal(uv_queue_work(&loop, req, count_run, queue_itself_again),
                     0);
  }
}

static void test_request_can_be_queued_again_in_its_after_work(void** state) {
  (void)state;
  open_pool(NULL);
  assert_int_equal(
      uv_queue_work(&loop, &works[0], count_run, queue_itself_again), 0);
  close_pool();
  assert_int_equal(after_count, MANY);
  assert_int_equal(atomic_load(&run_count), MANY);
}

static void stop_after(uv_work_t* req, int status) {
  note_after(req, status);
  uv_stop(&loop);
}

static void test_stopped_loop_finds_the_rest_of_the_work_later(void** state) {
  (void)state;
  open_pool("1");
  assert_int_equal(uv_queue_work(&loop, &works[0], count_run, stop_after), 0);
  assert_int_equal(uv_queue_work(&loop, &blocker, block, NULL), 0);
  queue(1);
  assert_int_not_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(after_count, 1);
  release_worker();
  close_pool();
  assert_int_equal(after_count, 2);
}

static uv_async_t progress;
static int progress_count;

static void count_progress(uv_async_t* async) {
  (void)async; /* there is only one it can be */
  progress_count++;
}

static void tell_progress(uv_work_t* req) {
  count_run(req);
  for (int i = 0; i < 100; i++) {
    if (uv_async_send(&progress) != 0)
      atomic_fetch_add(&failure_count, 1);
  }
}

static void test_work_can_tell_its_progress_by_an_async(void** state) {
  (void)state;
  open_pool(NULL);
  assert_int_equal(uv_async_init(&loop, &progress, count_progress), 0);
  assert_int_equal(uv_queue_work(&loop, &works[0], tell_progress, note_after),
                   0);
  while (after_count == 0 || progress_count == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_in_range(progress_count, 1, 100);
  uv_close((uv_handle_t*)&progress, NULL);
  close_pool();
}

typedef struct {
  uv_loop_t loop;
  uv_thread_t thread;
  pthread_t self;
  uv_work_t items[LOOP_ITEMS];
  int after_count;
} member_t;

static void count_member_after(uv_work_t* req, int status) {
  member_t* member = req->data;

  if (status != 0 || req->loop != &member->loop ||
      !pthread_equal(pthread_self(), member->self))
    atomic_fetch_add(&failure_count, 1);
  member->after_count++;
}

static void run_member(void* arg) {
  member_t* member = arg;

  member->self = pthread_self();
  for (int i = 0; i < LOOP_ITEMS; i++) {
    member->items[i].data = member;
    if (uv_queue_work(&member->loop, &member->items[i], count_run,
                      count_member_after) != 0)
      atomic_fetch_add(&failure_count, 1);
  }
  if (uv_run(&member->loop, UV_RUN_DEFAULT) != 0)
    atomic_fetch_add(&failure_count, 1);
}

static void test_loops_of_several_threads_share_the_pool(void** state) {
  static member_t members[LOOPS];

  (void)state;
  open_pool(NULL);
  for (int i = 0; i < LOOPS; i++) {
    assert_int_equal(uv_loop_init(&members[i].loop), 0);
    assert_int_equal(
        uv_thread_create(&members[i].thread, run_member, &members[i]), 0);
  }
  for (int i = 0; i < LOOPS; i++) {
    assert_int_equal(uv_thread_join(&members[i].thread), 0);
    assert_int_equal(members[i].after_count, LOOP_ITEMS);
    assert_int_equal(uv_loop_close(&members[i].loop), 0);
  }
  assert_int_equal(atomic_load(&run_count), LOOPS * LOOP_ITEMS);
  close_pool();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(
        test_work_runs_on_a_worker_and_after_work_on_the_loops_thread),
    cmocka_unit_test(test_loop_is_alive_until_after_work_has_run),
    cmocka_unit_test(
        test_after_work_may_be_null_and_the_loop_waits_all_the_same),
    cmocka_unit_test(test_work_without_a_function_is_invalid),
    cmocka_unit_test(test_null_arguments_are_invalid),
    cmocka_unit_test(test_one_worker_keeps_the_order),
    cmocka_unit_test(test_work_finished_before_the_loop_runs_keeps_its_order),
    cmocka_unit_test(test_cancelled_work_never_runs_and_is_told_so),
    cmocka_unit_test(test_cancel_of_work_without_after_work_frees_the_loop),
    cmocka_unit_test(test_cancel_of_running_work_is_busy),
    cmocka_unit_test(test_cancel_of_finished_work_is_busy),
    cmocka_unit_test(test_cancel_twice_makes_one_call),
    cmocka_unit_test(test_cancel_of_cancelled_and_told_work_is_busy),
    cmocka_unit_test(test_cancel_in_after_work_reaches_the_next_in_line),
    cmocka_unit_test(test_cancel_of_requests_that_are_no_work_is_invalid),
    cmocka_unit_test(test_thousands_of_queued_items_can_all_be_cancelled),
    cmocka_unit_test(test_thousands_of_items_run_once_each),
    cmocka_unit_test(test_after_work_may_free_its_request_and_queue_another),
    cmocka_unit_test(test_request_can_be_queued_again_in_its_after_work),
    cmocka_unit_test(test_stopped_loop_finds_the_rest_of_the_work_later),
    cmocka_unit_test(test_work_can_tell_its_progress_by_an_async),
    cmocka_unit_test(test_loops_of_several_threads_share_the_pool),
};

GY_TEST_MAIN(tests)
