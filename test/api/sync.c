/* sync.c - mutexes, read-write locks, once and thread-local keys.
 *
 * Semaphores and conditions are in cond.c, barriers in barrier.c. */
#include "support/test.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  CROWD = 8,
  ROUNDS = 2000,
  KEYS_MOST = 1 << 16
};

/* Run |entry| with |arg| on a thread of its own and wait for its end. */
static void elsewhere(uv_thread_cb entry, void* arg) {
  uv_thread_t tid;

  assert_int_equal(uv_thread_create(&tid, entry, arg), 0);
  assert_int_equal(uv_thread_join(&tid), 0);
}

/* Run |entry| with |arg| on CROWD threads at once and wait for all. */
static void crowd_run(uv_thread_cb entry, void* arg) {
  uv_thread_t tids[CROWD];

  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_thread_create(&tids[i], entry, arg), 0);
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(uv_thread_join(&tids[i]), 0);
}

/* ---- mutex -------------------------------------------------------------- */

typedef struct {
  uv_mutex_t mutex;
  int result;
  long counter;
} guarded_t;

static void guarded_try(void* arg) {
  guarded_t* guarded = arg;

  guarded->result = uv_mutex_trylock(&guarded->mutex);
  if (guarded->result == 0)
    uv_mutex_unlock(&guarded->mutex);
}

static void guarded_lock(void* arg) {
  guarded_t* guarded = arg;
  uv_mutex_lock(&guarded->mutex);
}

static void guarded_count(void* arg) {
  guarded_t* guarded = arg;

  for (int i = 0; i < ROUNDS; i++) {
    uv_mutex_lock(&guarded->mutex);
    guarded->counter++;
    uv_mutex_unlock(&guarded->mutex);
  }
}

/* What uv_mutex_trylock() returns on another thread. */
static int guarded_tried(guarded_t* guarded) {
  elsewhere(guarded_try, guarded);
  return guarded->result;
}

static void test_mutex_lets_one_thread_in_at_a_time(void** state) {
  guarded_t guarded = {0};

  (void)state;
  assert_int_equal(uv_mutex_init(&guarded.mutex), 0);
  crowd_run(guarded_count, &guarded);
  assert_int_equal(guarded.counter, CROWD * ROUNDS);
  uv_mutex_destroy(&guarded.mutex);
}

/* Can every mutex be locked again by who holds it? */
#ifdef _WIN32
#define MUTEXES_ARE_RECURSIVE 1
#else
#define MUTEXES_ARE_RECURSIVE 0
#endif

static void test_trying_a_mutex_that_is_held_is_busy(void** state) {
  guarded_t guarded = {0};

  (void)state;
  assert_int_equal(uv_mutex_init(&guarded.mutex), 0);
  assert_int_equal(guarded_tried(&guarded), 0);
  uv_mutex_lock(&guarded.mutex);
  assert_int_equal(guarded_tried(&guarded), UV_EBUSY);
  if (!MUTEXES_ARE_RECURSIVE)
    assert_int_equal(uv_mutex_trylock(&guarded.mutex), UV_EBUSY);
  uv_mutex_unlock(&guarded.mutex);
  assert_int_equal(uv_mutex_trylock(&guarded.mutex), 0);
  assert_int_equal(guarded_tried(&guarded), UV_EBUSY);
  uv_mutex_unlock(&guarded.mutex);
  assert_int_equal(guarded_tried(&guarded), 0);
  uv_mutex_destroy(&guarded.mutex);
}

static void test_mutex_can_be_made_anew_in_the_same_place(void** state) {
  guarded_t guarded = {0};

  (void)state;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(uv_mutex_init(&guarded.mutex), 0);
    uv_mutex_lock(&guarded.mutex);
    uv_mutex_unlock(&guarded.mutex);
    uv_mutex_destroy(&guarded.mutex);
  }
}

static void test_recursive_mutex_is_free_after_as_many_unlocks(void** state) {
  guarded_t guarded = {0};

  (void)state;
  assert_int_equal(uv_mutex_init_recursive(&guarded.mutex), 0);
  uv_mutex_lock(&guarded.mutex);
  uv_mutex_lock(&guarded.mutex);
  assert_int_equal(uv_mutex_trylock(&guarded.mutex), 0);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(guarded_tried(&guarded), UV_EBUSY);
    uv_mutex_unlock(&guarded.mutex);
  }
  assert_int_equal(guarded_tried(&guarded), 0);
  uv_mutex_destroy(&guarded.mutex);
}

static void test_recursive_mutex_lets_one_thread_in_at_a_time(void** state) {
  guarded_t guarded = {0};

  (void)state;
  assert_int_equal(uv_mutex_init_recursive(&guarded.mutex), 0);
  crowd_run(guarded_count, &guarded);
  assert_int_equal(guarded.counter, CROWD * ROUNDS);
  uv_mutex_destroy(&guarded.mutex);
}

static void test_mutex_of_null_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_mutex_init(NULL), UV_EINVAL);
  assert_int_equal(uv_mutex_init_recursive(NULL), UV_EINVAL);
  assert_int_equal(uv_mutex_trylock(NULL), UV_EINVAL);
}

/* ---- misuse ------------------------------------------------------------- */

/* Run |misuse| in a child and take down what it writes to stderr. Its exit
 * status, as waitpid(2) tells it. */
static int misuse_run(void (*misuse)(void), char* said, size_t size) {
  const struct rlimit no_core = {0, 0};
  size_t length = 0;
  ssize_t got;
  int status;
  int ends[2];
  pid_t pid;

  assert_int_equal(pipe(ends), 0);
  pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)signal(SIGABRT, SIG_DFL);
    (void)dup2(ends[1], STDERR_FILENO);
    misuse();
    _exit(0);
  }
  close(ends[1]);
  while ((got = read(ends[0], said + length, size - 1 - length)) > 0)
    length += (size_t)got;
  said[length] = '\0';
  close(ends[0]);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return status;
}

static void misuse_unlock_of_another(void) {
  guarded_t guarded = {0};
  uv_thread_t tid;

  if (uv_mutex_init_recursive(&guarded.mutex) != 0 ||
      uv_thread_create(&tid, guarded_lock, &guarded) != 0 ||
      uv_thread_join(&tid) != 0)
    _exit(1);
  uv_mutex_unlock(&guarded.mutex);
}

static void test_unlocking_anothers_recursive_mutex_aborts(void** state) {
  static char said[1 << 16];
  int status = misuse_run(misuse_unlock_of_another, said, sizeof(said));

  (void)state;
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGABRT);
  assert_non_null(strstr(said, "uv_mutex_unlock: misuse: "));
}

/* ---- read-write lock ---------------------------------------------------- */

typedef struct {
  uv_rwlock_t lock;
  int read_result;
  int write_result;
  atomic_int entered;
  atomic_int torn;
  int left;
  int right;
} shared_t;

/* Store what a reader and a writer get who do not want to wait. */
static void shared_try(void* arg) {
  shared_t* shared = arg;

  shared->read_result = uv_rwlock_tryrdlock(&shared->lock);
  if (shared->read_result == 0)
    uv_rwlock_rdunlock(&shared->lock);
  shared->write_result = uv_rwlock_trywrlock(&shared->lock);
  if (shared->write_result == 0)
    uv_rwlock_wrunlock(&shared->lock);
}

static void assert_shared_tried(shared_t* shared, int as_reader,
                                int as_writer) {
  elsewhere(shared_try, shared);
  assert_int_equal(shared->read_result, as_reader);
  assert_int_equal(shared->write_result, as_writer);
}

static void shared_write_once(void* arg) {
  shared_t* shared = arg;

  uv_rwlock_wrlock(&shared->lock);
  atomic_store(&shared->entered, 1);
  uv_rwlock_wrunlock(&shared->lock);
}

static void shared_read_once(void* arg) {
  shared_t* shared = arg;

  uv_rwlock_rdlock(&shared->lock);
  atomic_store(&shared->entered, 1);
  uv_rwlock_rdunlock(&shared->lock);
}

static void shared_use(void* arg) {
  shared_t* shared = arg;

  for (int i = 0; i < ROUNDS; i++) {
    if (i % 4 == 0) {
      uv_rwlock_wrlock(&shared->lock);
      shared->left++;
      shared->right++;
      uv_rwlock_wrunlock(&shared->lock);
    } else {
      uv_rwlock_rdlock(&shared->lock);
      if (shared->left != shared->right)
        atomic_store(&shared->torn, 1);
      uv_rwlock_rdunlock(&shared->lock);
    }
  }
}

static void test_readers_share_and_keep_writers_out(void** state) {
  shared_t shared = {0};

  (void)state;
  assert_int_equal(uv_rwlock_init(&shared.lock), 0);
  assert_shared_tried(&shared, 0, 0);
  uv_rwlock_rdlock(&shared.lock);
  assert_int_equal(uv_rwlock_tryrdlock(&shared.lock), 0);
  assert_shared_tried(&shared, 0, UV_EBUSY);
  uv_rwlock_rdunlock(&shared.lock);
  assert_shared_tried(&shared, 0, UV_EBUSY);
  uv_rwlock_rdunlock(&shared.lock);
  assert_shared_tried(&shared, 0, 0);
  uv_rwlock_destroy(&shared.lock);
}

static void test_writer_keeps_everybody_out(void** state) {
  shared_t shared = {0};

  (void)state;
  assert_int_equal(uv_rwlock_init(&shared.lock), 0);
  uv_rwlock_wrlock(&shared.lock);
  assert_shared_tried(&shared, UV_EBUSY, UV_EBUSY);
  uv_rwlock_wrunlock(&shared.lock);
  assert_int_equal(uv_rwlock_trywrlock(&shared.lock), 0);
  assert_shared_tried(&shared, UV_EBUSY, UV_EBUSY);
  uv_rwlock_wrunlock(&shared.lock);
  assert_shared_tried(&shared, 0, 0);
  uv_rwlock_destroy(&shared.lock);
}

static void test_writer_waits_for_the_reader_to_leave(void** state) {
  shared_t shared = {0};
  uv_thread_t tid;

  (void)state;
  assert_int_equal(uv_rwlock_init(&shared.lock), 0);
  uv_rwlock_rdlock(&shared.lock);
  assert_int_equal(uv_thread_create(&tid, shared_write_once, &shared), 0);
  assert_int_equal(atomic_load(&shared.entered), 0);
  uv_rwlock_rdunlock(&shared.lock);
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_int_equal(atomic_load(&shared.entered), 1);
  uv_rwlock_destroy(&shared.lock);
}

static void test_reader_waits_for_the_writer_to_leave(void** state) {
  shared_t shared = {0};
  uv_thread_t tid;

  (void)state;
  assert_int_equal(uv_rwlock_init(&shared.lock), 0);
  uv_rwlock_wrlock(&shared.lock);
  assert_int_equal(uv_thread_create(&tid, shared_read_once, &shared), 0);
  assert_int_equal(atomic_load(&shared.entered), 0);
  uv_rwlock_wrunlock(&shared.lock);
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_int_equal(atomic_load(&shared.entered), 1);
  uv_rwlock_destroy(&shared.lock);
}

static void test_readers_never_see_half_of_a_write(void** state) {
  shared_t shared = {0};

  (void)state;
  assert_int_equal(uv_rwlock_init(&shared.lock), 0);
  crowd_run(shared_use, &shared);
  assert_int_equal(atomic_load(&shared.torn), 0);
  assert_int_equal(shared.left, CROWD * ROUNDS / 4);
  uv_rwlock_destroy(&shared.lock);
}

static void test_rwlock_of_null_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_rwlock_init(NULL), UV_EINVAL);
  assert_int_equal(uv_rwlock_tryrdlock(NULL), UV_EINVAL);
  assert_int_equal(uv_rwlock_trywrlock(NULL), UV_EINVAL);
}

/* ---- once --------------------------------------------------------------- */

/* uv_once() passes nothing on, so that these are global. */
static uv_barrier_t once_start;
static uv_once_t once_guards[ROUNDS];
static atomic_int once_runs;
static atomic_int once_early;

static void once_run(void) {
  atomic_fetch_add(&once_runs, 1);
}

static void once_race(void* arg) {
  (void)arg;
  for (int i = 0; i < ROUNDS; i++) {
    (void)uv_barrier_wait(&once_start);
    uv_once(&once_guards[i], once_run);
    if (atomic_load(&once_runs) < i + 1)
      atomic_store(&once_early, 1);
    (void)uv_barrier_wait(&once_start);
  }
}

static void test_once_runs_once_and_all_wait_for_it(void** state) {
  static const uv_once_t fresh = UV_ONCE_INIT;

  (void)state;
  for (int i = 0; i < ROUNDS; i++)
    once_guards[i] = fresh;
  assert_int_equal(uv_barrier_init(&once_start, CROWD), 0);
  crowd_run(once_race, NULL);
  assert_int_equal(atomic_load(&once_runs), ROUNDS);
  assert_int_equal(atomic_load(&once_early), 0);
  uv_barrier_destroy(&once_start);
}

static void test_each_guard_runs_its_own_once(void** state) {
  uv_once_t first = UV_ONCE_INIT;
  uv_once_t second = UV_ONCE_INIT;

  (void)state;
  uv_once(&first, once_run);
  uv_once(&first, once_run);
  assert_int_equal(atomic_load(&once_runs), 1);
  uv_once(&second, once_run);
  assert_int_equal(atomic_load(&once_runs), 2);
}

/* ---- keys --------------------------------------------------------------- */

typedef struct {
  uv_key_t key;
  atomic_int wrong;
} keyed_t;

/* Check that the key is new to this thread and keeps what it is given. */
static void keyed_use(void* arg) {
  keyed_t* keyed = arg;
  int mine[2];

  if (uv_key_get(&keyed->key) != NULL)
    atomic_store(&keyed->wrong, 1);
  for (int i = 0; i < ROUNDS; i++) {
    uv_key_set(&keyed->key, &mine[i % 2]);
    if (uv_key_get(&keyed->key) != &mine[i % 2])
      atomic_store(&keyed->wrong, 1);
  }
}

static void test_key_holds_a_value_for_each_thread(void** state) {
  keyed_t keyed = {0};

  (void)state;
  assert_int_equal(uv_key_create(&keyed.key), 0);
  assert_null(uv_key_get(&keyed.key));
  uv_key_set(&keyed.key, &keyed);
  crowd_run(keyed_use, &keyed);
  assert_int_equal(atomic_load(&keyed.wrong), 0);
  assert_ptr_equal(uv_key_get(&keyed.key), &keyed);
  uv_key_set(&keyed.key, NULL);
  assert_null(uv_key_get(&keyed.key));
  uv_key_delete(&keyed.key);
}

static void test_keys_hold_a_value_each(void** state) {
  uv_key_t keys[CROWD];
  int values[CROWD];

  (void)state;
  for (int i = 0; i < CROWD; i++) {
    assert_int_equal(uv_key_create(&keys[i]), 0);
    uv_key_set(&keys[i], &values[i]);
  }
  for (int i = 0; i < CROWD; i++)
    assert_ptr_equal(uv_key_get(&keys[i]), &values[i]);
  for (int i = 0; i < CROWD; i++)
    uv_key_delete(&keys[i]);
}

static void test_new_key_knows_nothing_of_a_deleted_one(void** state) {
  uv_key_t key;
  int value;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    assert_int_equal(uv_key_create(&key), 0);
    assert_null(uv_key_get(&key));
    uv_key_set(&key, &value);
    uv_key_delete(&key);
  }
}

static void test_keys_run_out_with_an_error(void** state) {
  static uv_key_t keys[KEYS_MOST];
  int count = 0;
  int err;

  (void)state;
  do
    err = uv_key_create(&keys[count]);
  while (err == 0 && ++count < KEYS_MOST);
  if (err == 0)
    gy_test_skip("keys do not run out");
  assert_int_equal(err, UV_EAGAIN);
  for (int i = 0; i < count; i++)
    uv_key_delete(&keys[i]);
  assert_int_equal(uv_key_create(&keys[0]), 0);
  uv_key_delete(&keys[0]);
}

static void test_key_of_null_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_key_create(NULL), UV_EINVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_mutex_lets_one_thread_in_at_a_time),
    cmocka_unit_test(test_trying_a_mutex_that_is_held_is_busy),
    cmocka_unit_test(test_mutex_can_be_made_anew_in_the_same_place),
    cmocka_unit_test(test_recursive_mutex_is_free_after_as_many_unlocks),
    cmocka_unit_test(test_recursive_mutex_lets_one_thread_in_at_a_time),
    cmocka_unit_test(test_mutex_of_null_is_invalid),
    cmocka_unit_test(test_unlocking_anothers_recursive_mutex_aborts),
    cmocka_unit_test(test_readers_share_and_keep_writers_out),
    cmocka_unit_test(test_writer_keeps_everybody_out),
    cmocka_unit_test(test_writer_waits_for_the_reader_to_leave),
    cmocka_unit_test(test_reader_waits_for_the_writer_to_leave),
    cmocka_unit_test(test_readers_never_see_half_of_a_write),
    cmocka_unit_test(test_rwlock_of_null_is_invalid),
    cmocka_unit_test(test_once_runs_once_and_all_wait_for_it),
    cmocka_unit_test(test_each_guard_runs_its_own_once),
    cmocka_unit_test(test_key_holds_a_value_for_each_thread),
    cmocka_unit_test(test_keys_hold_a_value_each),
    cmocka_unit_test(test_new_key_knows_nothing_of_a_deleted_one),
    cmocka_unit_test(test_keys_run_out_with_an_error),
    cmocka_unit_test(test_key_of_null_is_invalid),
};

GY_TEST_MAIN(tests)
