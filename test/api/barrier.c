/* barrier.c - barriers: nobody passes early, one thread is chosen, again. */
#include "support/test.h"

#include <dlfcn.h>
#include <stdatomic.h>

enum {
  CROWD = 8,
  ROUNDS = 500
};

/* CROWD threads that meet ROUNDS times. */
typedef struct {
  uv_barrier_t barrier;
  atomic_int came[ROUNDS];
  atomic_int chosen[ROUNDS];
  atomic_int early;
  atomic_int failed;
} meeting_t;

static void meeting_attend(void* arg) {
  meeting_t* meeting = arg;

  for (int i = 0; i < ROUNDS; i++) {
    int result;

    atomic_fetch_add(&meeting->came[i], 1);
    result = uv_barrier_wait(&meeting->barrier);
    if (atomic_load(&meeting->came[i]) != CROWD)
      atomic_store(&meeting->early, 1);
    if (result > 0)
      atomic_fetch_add(&meeting->chosen[i], 1);
    if (result < 0)
      atomic_store(&meeting->failed, 1);
  }
}

static void test_nobody_passes_a_barrier_early_and_one_is_chosen(void** state) {
  static meeting_t meeting;
  uv_thread_t tids[CROWD];

  (void)state;
  assert_int_equal(uv_barrier_init(&meeting.barrier, CROWD), 0);
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_thread_create(&tids[i], meeting_attend, &meeting), 0);
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_thread_join(&tids[i]), 0);
  assert_int_equal(atomic_load(&meeting.failed), 0);
  assert_int_equal(atomic_load(&meeting.early), 0);
  for (int i = 0; i < ROUNDS; i++)
    assert_int_equal(atomic_load(&meeting.chosen[i]), 1);
  uv_barrier_destroy(&meeting.barrier);
}

/* ---- the manual's way to clean up --------------------------------------- */

/* A barrier that lives as long as its one round. Two semaphores tell when both
 * threads are past the waiting and past the destruction. */
typedef struct {
  uv_barrier_t barrier;
  uv_sem_t go;
  uv_sem_t passed;
  atomic_int destroyed;
} visit_t;

static void visit_wait(visit_t* visit) {
  if (uv_barrier_wait(&visit->barrier) > 0) {
    uv_barrier_destroy(&visit->barrier);
    atomic_fetch_add(&visit->destroyed, 1);
  }
}

static void visit_attend(void* arg) {
  visit_t* visit = arg;

  for (int i = 0; i < ROUNDS; i++) {
    uv_sem_wait(&visit->go);
    visit_wait(visit);
    uv_sem_post(&visit->passed);
  }
}

static void test_chosen_thread_may_destroy_the_barrier_at_once(void** state) {
  visit_t visit;
  uv_thread_t tid;

  (void)state;
  /* It takes pthread_barrier_wait(3) to read the barrier once more when the
   * wait is over, and so the manual's own idiom for a race. */
  if (dlsym(RTLD_DEFAULT, "__tsan_init") != NULL)
    gy_test_skip("ThreadSanitizer is wrong about barriers");
  memset(&visit, 0, sizeof(visit));
  assert_int_equal(uv_sem_init(&visit.go, 0), 0);
  assert_int_equal(uv_sem_init(&visit.passed, 0), 0);
  assert_int_equal(uv_thread_create(&tid, visit_attend, &visit), 0);
  for (int i = 0; i < ROUNDS; i++) {
    assert_int_equal(uv_barrier_init(&visit.barrier, 2), 0);
    uv_sem_post(&visit.go);
    visit_wait(&visit);
    uv_sem_wait(&visit.passed);
    assert_int_equal(atomic_load(&visit.destroyed), i + 1);
  }
  assert_int_equal(uv_thread_join(&tid), 0);
  uv_sem_destroy(&visit.go);
  uv_sem_destroy(&visit.passed);
}

/* ---- the small cases ---------------------------------------------------- */

static void test_barrier_for_one_never_waits(void** state) {
  uv_barrier_t barrier;

  (void)state;
  assert_int_equal(uv_barrier_init(&barrier, 1), 0);
  for (int i = 0; i < ROUNDS; i++)
    assert_true(uv_barrier_wait(&barrier) > 0);
  uv_barrier_destroy(&barrier);
}

static void test_barrier_for_nobody_is_invalid(void** state) {
  uv_barrier_t barrier;

  (void)state;
  assert_int_equal(uv_barrier_init(&barrier, 0), UV_EINVAL);
}

static void test_barrier_for_more_than_can_be_counted_is_invalid(void** state) {
  uv_barrier_t barrier;

  (void)state;
  assert_int_equal(uv_barrier_init(&barrier, UINT32_MAX), UV_EINVAL);
}

static void test_barrier_of_null_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_barrier_init(NULL, 1), UV_EINVAL);
  assert_int_equal(uv_barrier_wait(NULL), UV_EINVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_nobody_passes_a_barrier_early_and_one_is_chosen),
    cmocka_unit_test(test_chosen_thread_may_destroy_the_barrier_at_once),
    cmocka_unit_test(test_barrier_for_one_never_waits),
    cmocka_unit_test(test_barrier_for_nobody_is_invalid),
    cmocka_unit_test(test_barrier_for_more_than_can_be_counted_is_invalid),
    cmocka_unit_test(test_barrier_of_null_is_invalid),
};

GY_TEST_MAIN(tests)
