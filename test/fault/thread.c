/* thread.c - what threads and synchronisation say when the system refuses.
 *
 * Each row makes one call of the system fail below one function, which must
 * hand the error on and leave nothing behind; LeakSanitizer sees to the
 * latter. Then the same function must work. */
#include "support/test.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "fault.h"

typedef struct {
  const char* call;     /* of the system */
  int (*attempt)(void); /* a function above it; undone when it succeeds */
} row_t;

static const char* failing_call;
static int failing_err;
static int failed_count;

static int call_fail(const char* call) {
  if (strcmp(call, failing_call) != 0)
    return 0;
  failed_count++;
  return failing_err;
}

static int call_fail_any(const char* call) {
  (void)call;
  return EIO;
}

/* ---- attempts ----------------------------------------------------------- */

static void nothing_do(void* arg) {
  (void)arg;
}

static int attempt_thread(void) {
  uv_thread_t tid;
  int err = uv_thread_create(&tid, nothing_do, NULL);
  return err != 0 ? err : uv_thread_join(&tid);
}

static int attempt_get_affinity(void) {
  uv_thread_t self = uv_thread_self();
  size_t size = (size_t)uv_cpumask_size();
  char* mask = calloc(size, 1);
  int err = mask == NULL ? UV_ENOMEM : 0;

  if (err == 0)
    err = uv_thread_getaffinity(&self, mask, size);
  free(mask);
  return err;
}

/* Set the affinity to all CPUs and tell what it was if |told|. */
static int affinity_set(int told) {
  uv_thread_t self = uv_thread_self();
  size_t size = (size_t)uv_cpumask_size();
  char* masks = calloc(size, 2);
  int err = masks == NULL ? UV_ENOMEM : 0;

  if (err == 0) {
    memset(masks, 1, size);
    err = uv_thread_setaffinity(&self, masks, told ? masks + size : NULL, size);
  }
  free(masks);
  return err;
}

static int attempt_set_affinity(void) {
  return affinity_set(0);
}

static int attempt_exchange_affinity(void) {
  return affinity_set(1);
}

static int attempt_cpu(void) {
  int cpu = uv_thread_getcpu();
  return cpu < 0 ? cpu : 0;
}

static int attempt_get_priority(void) {
  int priority;
  return uv_thread_getpriority(uv_thread_self(), &priority);
}

static int attempt_set_priority(void) {
  return uv_thread_setpriority(uv_thread_self(), UV_THREAD_PRIORITY_LOWEST);
}

static int attempt_set_name(void) {
  return uv_thread_setname("somebody");
}

static int attempt_get_name(void) {
  uv_thread_t self = uv_thread_self();
  char name[64];
  return uv_thread_getname(&self, name, sizeof(name));
}

static int attempt_mutex(void) {
  uv_mutex_t mutex;
  int err = uv_mutex_init(&mutex);

  if (err == 0)
    uv_mutex_destroy(&mutex);
  return err;
}

static int attempt_recursive_mutex(void) {
  uv_mutex_t mutex;
  int err = uv_mutex_init_recursive(&mutex);

  if (err == 0)
    uv_mutex_destroy(&mutex);
  return err;
}

static int attempt_rwlock(void) {
  uv_rwlock_t rwlock;
  int err = uv_rwlock_init(&rwlock);

  if (err == 0)
    uv_rwlock_destroy(&rwlock);
  return err;
}

static int attempt_cond(void) {
  uv_cond_t cond;
  int err = uv_cond_init(&cond);

  if (err == 0)
    uv_cond_destroy(&cond);
  return err;
}

static int attempt_sem(void) {
  uv_sem_t sem;
  int err = uv_sem_init(&sem, 0);

  if (err == 0)
    uv_sem_destroy(&sem);
  return err;
}

static int attempt_barrier(void) {
  uv_barrier_t barrier;
  int err = uv_barrier_init(&barrier, 1);

  if (err == 0)
    uv_barrier_destroy(&barrier);
  return err;
}

static int attempt_key(void) {
  uv_key_t key;
  int err = uv_key_create(&key);

  if (err == 0)
    uv_key_delete(&key);
  return err;
}

static const row_t rows[] = {
    {"pthread_attr_init", attempt_thread},
    {"pthread_create", attempt_thread},
    {"pthread_getaffinity_np", attempt_get_affinity},
    {"pthread_setaffinity_np", attempt_set_affinity},
    {"pthread_getaffinity_np", attempt_exchange_affinity},
    {"pthread_setaffinity_np", attempt_exchange_affinity},
    {"sched_getcpu", attempt_cpu},
    {"pthread_getschedparam", attempt_get_priority},
    {"pthread_getschedparam", attempt_set_priority},
    {"pthread_getcpuclockid", attempt_get_priority},
    {"pthread_getcpuclockid", attempt_set_priority},
    {"getpriority", attempt_get_priority},
    {"setpriority", attempt_set_priority},
    {"pthread_setname_np", attempt_set_name},
    {"pthread_getname_np", attempt_get_name},
    {"pthread_mutex_init", attempt_mutex},
    {"pthread_mutex_init", attempt_recursive_mutex},
    {"pthread_mutexattr_init", attempt_recursive_mutex},
    {"pthread_rwlock_init", attempt_rwlock},
    {"pthread_condattr_init", attempt_cond},
    {"pthread_condattr_setclock", attempt_cond},
    {"pthread_cond_init", attempt_cond},
    {"sem_init", attempt_sem},
    {"pthread_barrier_init", attempt_barrier},
    {"pthread_key_create", attempt_key},
};

/* ---- tests -------------------------------------------------------------- */

static void faults_or_skip(void) {
  struct sched_param param;
  int policy;
  int err;

  assert_int_equal(pthread_getschedparam(pthread_self(), &policy, &param), 0);
  if (policy != SCHED_OTHER || access("/proc/self/task", F_OK) != 0)
    gy_test_skip("the rows are those of Linux and its usual scheduling");
  gy_fault_hook = call_fail_any;
  err = GY_FAULT("nothing");
  gy_fault_hook = GY_FAULT_NOBODY;
  if (err == 0)
    gy_test_skip("this build has no fault points");
}

static void test_each_refusal_of_the_system_is_handed_on(void** state) {
  static const int errs[] = {EAGAIN, ENOMEM, EPERM};

  (void)state;
  faults_or_skip();
  for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(errs); i++) {
    const row_t* row = &rows[i / COUNT_OF(errs)];
    int result;

    failing_call = row->call;
    failing_err = errs[i % COUNT_OF(errs)];
    failed_count = 0;
    gy_fault_hook = call_fail;
    result = row->attempt();
    gy_fault_hook = GY_FAULT_NOBODY;
    if (result != uv_translate_sys_error(failing_err) || failed_count != 1)
      fail_msg("%s refused %d times with %d: %d", row->call, failed_count,
               failing_err, result);
    assert_int_equal(row->attempt(), 0);
  }
}

static void* memory_refuse(size_t size) {
  (void)size;
  return NULL;
}

static void* memory_refuse_more(void* memory, size_t size) {
  (void)memory;
  (void)size;
  return NULL;
}

static void* memory_refuse_zeroed(size_t count, size_t size) {
  (void)count;
  (void)size;
  return NULL;
}

static void test_without_memory_there_is_no_thread_and_no_abort(void** state) {
  (void)state;
  assert_int_equal(uv_replace_allocator(memory_refuse, memory_refuse_more,
                                        memory_refuse_zeroed, free),
                   0);
  assert_int_equal(attempt_thread(), UV_ENOMEM);
  if (uv_cpumask_size() > 0)
    assert_int_equal(attempt_exchange_affinity(), UV_ENOMEM);
  assert_int_equal(uv_replace_allocator(malloc, realloc, calloc, free), 0);
  assert_int_equal(attempt_thread(), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_each_refusal_of_the_system_is_handed_on),
    cmocka_unit_test(test_without_memory_there_is_no_thread_and_no_abort),
};

GY_TEST_MAIN(tests)
