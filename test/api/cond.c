/* cond.c - condition variables and semaphores: who waits, who wakes, how long.
 *
 * A thread is known to wait on a condition when it has said so under the mutex
 * and the mutex is free again. Nothing here sleeps to get an order. */
#include "support/test.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
  CROWD = 8,
  ROUNDS = 2000,
  RING_SIZE = 4,
  MS = 1000 * 1000,
  LONG_WAITS = 20
};

/* ---- condition variables ------------------------------------------------ */

typedef struct {
  uv_mutex_t mutex;
  uv_cond_t cond;
  uv_cond_t arrived;
  int waiting;
  int allowed; /* how many may leave */
  int left;
  uint64_t timeout; /* 0: wait without one */
  int result;
} room_t;

static void room_open(room_t* room) {
  memset(room, 0, sizeof(*room));
  assert_int_equal(uv_mutex_init(&room->mutex), 0);
  assert_int_equal(uv_cond_init(&room->cond), 0);
  assert_int_equal(uv_cond_init(&room->arrived), 0);
}

static void room_close(room_t* room) {
  uv_cond_destroy(&room->arrived);
  uv_cond_destroy(&room->cond);
  uv_mutex_destroy(&room->mutex);
}

/* Enter the room, wait until somebody may leave, and leave. */
static void room_stay(void* arg) {
  room_t* room = arg;

  uv_mutex_lock(&room->mutex);
  room->waiting++;
  uv_cond_signal(&room->arrived);
  while (room->allowed == 0 && room->result == 0) {
    if (room->timeout == 0)
      uv_cond_wait(&room->cond, &room->mutex);
    else
      room->result =
          uv_cond_timedwait(&room->cond, &room->mutex, room->timeout);
  }
  room->allowed--;
  room->left++;
  uv_cond_signal(&room->arrived);
  uv_mutex_unlock(&room->mutex);
}

/* Fill the room with |count| threads; all wait when this returns, and the mutex
 * is held. */
static void room_fill(room_t* room, uv_thread_t* tids, int count) {
  for (int i = 0; i < count; i++)
    assert_int_equal(uv_thread_create(&tids[i], room_stay, room), 0);
  uv_mutex_lock(&room->mutex);
  while (room->waiting < count)
    uv_cond_wait(&room->arrived, &room->mutex);
}

static void test_broadcast_wakes_all_who_wait(void** state) {
  uv_thread_t tids[CROWD];
  room_t room;

  (void)state;
  room_open(&room);
  room_fill(&room, tids, CROWD);
  room.allowed = CROWD;
  uv_cond_broadcast(&room.cond);
  uv_mutex_unlock(&room.mutex);
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_thread_join(&tids[i]), 0);
  assert_int_equal(room.left, CROWD);
  room_close(&room);
}

static void test_each_signal_wakes_one_who_waits(void** state) {
  uv_thread_t tids[CROWD];
  room_t room;

  (void)state;
  room_open(&room);
  room_fill(&room, tids, CROWD);
  for (int i = 1; i <= CROWD; i++) {
    room.allowed++;
    uv_cond_signal(&room.cond);
    while (room.left < i)
      uv_cond_wait(&room.arrived, &room.mutex);
    assert_int_equal(room.left, i);
  }
  uv_mutex_unlock(&room.mutex);
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_thread_join(&tids[i]), 0);
  room_close(&room);
}

static void test_signal_to_nobody_is_forgotten(void** state) {
  room_t room;
  int forgotten = 0;

  (void)state;
  room_open(&room);
  uv_mutex_lock(&room.mutex);
  /* A wait may end for no reason, but hardly every time. */
  for (int i = 0; i < LONG_WAITS; i++) {
    uv_cond_signal(&room.cond);
    uv_cond_broadcast(&room.cond);
    if (uv_cond_timedwait(&room.cond, &room.mutex, 1 * MS) == UV_ETIMEDOUT)
      forgotten++;
  }
  assert_true(forgotten > 0);
  uv_mutex_unlock(&room.mutex);
  room_close(&room);
}

static void test_condition_that_nobody_used_can_be_destroyed(void** state) {
  uv_cond_t cond;

  (void)state;
  assert_int_equal(uv_cond_init(&cond), 0);
  uv_cond_destroy(&cond);
  assert_int_equal(uv_cond_init(&cond), 0);
  uv_cond_signal(&cond);
  uv_cond_destroy(&cond);
}

/* ---- timed waits -------------------------------------------------------- */

static void test_timed_wait_never_ends_early(void** state) {
  static const uint64_t timeouts[] = {0, 1, 999, 1000, 1 * MS, 2 * MS + 1};
  room_t room;

  (void)state;
  room_open(&room);
  uv_mutex_lock(&room.mutex);
  for (int i = 0; i < LONG_WAITS * (int)COUNT_OF(timeouts); i++) {
    uint64_t timeout = timeouts[(size_t)i % COUNT_OF(timeouts)];
    uint64_t start = uv_hrtime();
    int err = uv_cond_timedwait(&room.cond, &room.mutex, timeout);
    uint64_t end = uv_hrtime();

    /* Nobody signals, but it may wake for no reason. */
    assert_true(err == UV_ETIMEDOUT || err == 0);
    if (err == UV_ETIMEDOUT)
      assert_true(end - start >= timeout);
  }
  uv_mutex_unlock(&room.mutex);
  room_close(&room);
}

static void test_timed_wait_that_ends_in_the_next_second_is_not_early(
    void** state) {
  const uint64_t timeout = 999 * MS;
  uint64_t start;
  room_t room;

  (void)state;
  room_open(&room);
  uv_mutex_lock(&room.mutex);
  start = uv_hrtime();
  while (uv_cond_timedwait(&room.cond, &room.mutex, timeout) != UV_ETIMEDOUT)
    start = uv_hrtime();
  assert_true(uv_hrtime() - start >= timeout);
  uv_mutex_unlock(&room.mutex);
  room_close(&room);
}

static void room_try_mutex(void* arg) {
  room_t* room = arg;

  room->result = uv_mutex_trylock(&room->mutex);
  if (room->result == 0)
    uv_mutex_unlock(&room->mutex);
}

static void test_timed_wait_gives_the_mutex_back_to_the_waiter(void** state) {
  uv_thread_t tid;
  room_t room;

  (void)state;
  room_open(&room);
  uv_mutex_lock(&room.mutex);
  (void)uv_cond_timedwait(&room.cond, &room.mutex, 1 * MS);
  assert_int_equal(uv_thread_create(&tid, room_try_mutex, &room), 0);
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_int_equal(room.result, UV_EBUSY);
  uv_mutex_unlock(&room.mutex);
  room_close(&room);
}

/* Let a thread wait for |timeout|, which is long, and wake it after a while.
 * What its wait returned. */
static int timed_wait_woken(uint64_t timeout) {
  uv_thread_t tid;
  room_t room;

  room_open(&room);
  room.timeout = timeout;
  room_fill(&room, &tid, 1);
  /* It would leave now if its time were up. */
  (void)uv_cond_timedwait(&room.arrived, &room.mutex, 5 * MS);
  assert_int_equal(room.left, 0);
  room.allowed = 1;
  uv_cond_signal(&room.cond);
  uv_mutex_unlock(&room.mutex);
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_int_equal(room.left, 1);
  room_close(&room);
  return room.result;
}

static void test_timed_wait_that_is_signalled_returns_zero(void** state) {
  (void)state;
  assert_int_equal(timed_wait_woken(UINT64_C(3600) * 1000 * MS), 0);
}

static void test_longest_timed_wait_does_not_wrap_around(void** state) {
  (void)state;
  assert_int_equal(timed_wait_woken(UINT64_MAX), 0);
  assert_int_equal(timed_wait_woken(UINT64_MAX / 2), 0);
  assert_int_equal(timed_wait_woken(INT64_MAX - 1), 0);
}

static void test_condition_of_null_is_invalid(void** state) {
  room_t room;

  (void)state;
  room_open(&room);
  assert_int_equal(uv_cond_init(NULL), UV_EINVAL);
  assert_int_equal(uv_cond_timedwait(NULL, &room.mutex, 0), UV_EINVAL);
  assert_int_equal(uv_cond_timedwait(&room.cond, NULL, 0), UV_EINVAL);
  room_close(&room);
}

/* ---- semaphores --------------------------------------------------------- */

static void test_semaphore_counts(void** state) {
  uv_sem_t sem;

  (void)state;
  assert_int_equal(uv_sem_init(&sem, 3), 0);
  uv_sem_wait(&sem);
  assert_int_equal(uv_sem_trywait(&sem), 0);
  assert_int_equal(uv_sem_trywait(&sem), 0);
  assert_int_equal(uv_sem_trywait(&sem), UV_EAGAIN);
  uv_sem_post(&sem);
  uv_sem_post(&sem);
  assert_int_equal(uv_sem_trywait(&sem), 0);
  uv_sem_wait(&sem);
  assert_int_equal(uv_sem_trywait(&sem), UV_EAGAIN);
  uv_sem_destroy(&sem);
}

static void test_semaphore_with_too_large_a_value_is_invalid(void** state) {
  uv_sem_t sem;

  (void)state;
  assert_int_equal(uv_sem_init(&sem, UINT_MAX), UV_EINVAL);
}

static void test_semaphore_of_null_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_sem_init(NULL, 0), UV_EINVAL);
  assert_int_equal(uv_sem_trywait(NULL), UV_EINVAL);
}

/* A ring of numbers between one who fills it and one who empties it. */
typedef struct {
  uv_sem_t empty;
  uv_sem_t full;
  int numbers[RING_SIZE];
  int wrong;
} ring_t;

static void ring_take(void* arg) {
  ring_t* ring = arg;

  for (int i = 0; i < ROUNDS; i++) {
    uv_sem_wait(&ring->full);
    if (ring->numbers[i % RING_SIZE] != i)
      ring->wrong = 1;
    uv_sem_post(&ring->empty);
  }
}

static void test_semaphores_hand_over_in_order(void** state) {
  ring_t ring = {0};
  uv_thread_t tid;

  (void)state;
  assert_int_equal(uv_sem_init(&ring.empty, RING_SIZE), 0);
  assert_int_equal(uv_sem_init(&ring.full, 0), 0);
  assert_int_equal(uv_thread_create(&tid, ring_take, &ring), 0);
  for (int i = 0; i < ROUNDS; i++) {
    uv_sem_wait(&ring.empty);
    ring.numbers[i % RING_SIZE] = i;
    uv_sem_post(&ring.full);
  }
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_int_equal(ring.wrong, 0);
  assert_int_equal(uv_sem_trywait(&ring.full), UV_EAGAIN);
  uv_sem_destroy(&ring.empty);
  uv_sem_destroy(&ring.full);
}

/* CROWD threads that take what one gives, each as often as it can. */
typedef struct {
  uv_sem_t given;
  atomic_int taken;
} supply_t;

static void supply_take(void* arg) {
  supply_t* supply = arg;

  for (int i = 0; i < ROUNDS; i++) {
    uv_sem_wait(&supply->given);
    atomic_fetch_add(&supply->taken, 1);
  }
}

static void test_each_post_lets_one_waiter_go(void** state) {
  uv_thread_t tids[CROWD];
  supply_t supply;

  (void)state;
  memset(&supply, 0, sizeof(supply));
  assert_int_equal(uv_sem_init(&supply.given, 0), 0);
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_thread_create(&tids[i], supply_take, &supply), 0);
  for (int i = 0; i < CROWD * ROUNDS; i++)
    uv_sem_post(&supply.given);
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_thread_join(&tids[i]), 0);
  assert_int_equal(atomic_load(&supply.taken), CROWD * ROUNDS);
  assert_int_equal(uv_sem_trywait(&supply.given), UV_EAGAIN);
  uv_sem_destroy(&supply.given);
}

/* ---- signals during a wait ---------------------------------------------- */

static atomic_int signals_seen;

static void signal_see(int signum) {
  (void)signum;
  atomic_fetch_add(&signals_seen, 1);
}

static void patient_wait(void* arg) {
  supply_t* supply = arg;

  uv_sem_wait(&supply->given);
  atomic_fetch_add(&supply->taken, 1);
}

static void test_semaphore_keeps_waiting_through_signals(void** state) {
  struct sigaction action;
  supply_t supply;
  uv_thread_t tid;

  (void)state;
  memset(&supply, 0, sizeof(supply));
  memset(&action, 0, sizeof(action));
  action.sa_handler = signal_see; /* without SA_RESTART */
  assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
  assert_int_equal(uv_sem_init(&supply.given, 0), 0);
  assert_int_equal(uv_thread_create(&tid, patient_wait, &supply), 0);
  for (int i = 1; i <= LONG_WAITS; i++) {
    assert_int_equal(pthread_kill(tid, SIGUSR1), 0);
    while (atomic_load(&signals_seen) < i)
      continue;
  }
  assert_int_equal(atomic_load(&supply.taken), 0);
  uv_sem_post(&supply.given);
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_int_equal(atomic_load(&supply.taken), 1);
  uv_sem_destroy(&supply.given);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_broadcast_wakes_all_who_wait),
    cmocka_unit_test(test_each_signal_wakes_one_who_waits),
    cmocka_unit_test(test_signal_to_nobody_is_forgotten),
    cmocka_unit_test(test_condition_that_nobody_used_can_be_destroyed),
    cmocka_unit_test(test_timed_wait_never_ends_early),
    cmocka_unit_test(test_timed_wait_that_ends_in_the_next_second_is_not_early),
    cmocka_unit_test(test_timed_wait_gives_the_mutex_back_to_the_waiter),
    cmocka_unit_test(test_timed_wait_that_is_signalled_returns_zero),
    cmocka_unit_test(test_longest_timed_wait_does_not_wrap_around),
    cmocka_unit_test(test_condition_of_null_is_invalid),
    cmocka_unit_test(test_semaphore_counts),
    cmocka_unit_test(test_semaphore_with_too_large_a_value_is_invalid),
    cmocka_unit_test(test_semaphore_of_null_is_invalid),
    cmocka_unit_test(test_semaphores_hand_over_in_order),
    cmocka_unit_test(test_each_post_lets_one_waiter_go),
    cmocka_unit_test(test_semaphore_keeps_waiting_through_signals),
};

GY_TEST_MAIN(tests)
