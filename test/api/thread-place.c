/* thread-place.c - where a thread runs, how much, and under which name. */
#include "support/test.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

enum {
  LINUX_NAME_MOST = 15,
  NAME_SIZE = 256,
  PRIORITY_STEPS = 4,
  MASK_EXTRA = 16
};

/* A thread that does one thing and waits until it may end. */
typedef struct {
  uv_thread_t tid;
  uv_sem_t ready;
  uv_sem_t may_end;
  const char* name; /* the one it gives itself, or NULL */
  char own_name[NAME_SIZE];
  int own_err;
  int priority;
  int result;
} worker_t;

static void worker_run(void* arg) {
  worker_t* worker = arg;

  if (worker->name != NULL)
    worker->result = uv_thread_setname(worker->name);
  uv_sem_post(&worker->ready);
  uv_sem_wait(&worker->may_end);
  worker->own_err = uv_thread_getpriority(uv_thread_self(), &worker->priority);
  if (worker->own_err == 0)
    worker->own_err = uv_thread_getname(&worker->tid, worker->own_name,
                                        sizeof(worker->own_name));
}

static void worker_start(worker_t* worker, const char* name) {
  memset(worker, 0, sizeof(*worker));
  worker->name = name;
  assert_int_equal(uv_sem_init(&worker->ready, 0), 0);
  assert_int_equal(uv_sem_init(&worker->may_end, 0), 0);
  assert_int_equal(uv_thread_create(&worker->tid, worker_run, worker), 0);
  uv_sem_wait(&worker->ready);
}

static void worker_end(worker_t* worker) {
  uv_sem_post(&worker->may_end);
  assert_int_equal(uv_thread_join(&worker->tid), 0);
  uv_sem_destroy(&worker->ready);
  uv_sem_destroy(&worker->may_end);
}

static int is_linux(void) {
  return access("/proc/self/task", F_OK) == 0;
}

/* ---- affinity ----------------------------------------------------------- */

/* A mask of |size| bytes, all of them |value|. */
static char* mask_new(size_t size, int value) {
  char* mask = malloc(size);

  assert_non_null(mask);
  memset(mask, value, size);
  return mask;
}

/* The affinity of |tid|, allocated, with MASK_EXTRA bytes more than needed. */
static char* mask_of(uv_thread_t* tid) {
  size_t size = (size_t)uv_cpumask_size() + MASK_EXTRA;
  char* mask = mask_new(size, 0x55);

  assert_int_equal(uv_thread_getaffinity(tid, mask, size), 0);
  return mask;
}

static size_t mask_size_or_skip(void) {
  int size = uv_cpumask_size();

  if (size == UV_ENOTSUP)
    gy_test_skip("this system has no affinity");
  assert_true(size > 0);
  return size > 0 ? (size_t)size : 0;
}

/* The last CPU in |mask|. */
static size_t mask_last(const char* mask, size_t size) {
  size_t cpu = size;

  while (cpu > 0 && mask[cpu - 1] == 0)
    cpu--;
  assert_true(cpu > 0);
  return cpu - 1;
}

static void test_affinity_is_a_byte_of_1_or_0_for_each_cpu(void** state) {
  size_t size = mask_size_or_skip();
  uv_thread_t self = uv_thread_self();
  char* mask = mask_of(&self);
  int allowed = 0;

  (void)state;
  for (size_t cpu = 0; cpu < size; cpu++) {
    assert_in_range(mask[cpu], 0, 1);
    allowed += mask[cpu];
  }
  assert_true(allowed > 0);
  for (size_t cpu = size; cpu < size + MASK_EXTRA; cpu++)
    assert_int_equal(mask[cpu], 0);
  free(mask);
}

static void test_thread_runs_where_its_affinity_says(void** state) {
  size_t size = mask_size_or_skip();
  uv_thread_t self = uv_thread_self();
  char* before = mask_of(&self);
  char* one = mask_new(size, 0);
  int cpu;

  (void)state;
  for (size_t wanted = 0; wanted < size; wanted++) {
    if (before[wanted] == 0)
      continue;
    one[wanted] = 1;
    assert_int_equal(uv_thread_setaffinity(&self, one, NULL, size), 0);
    cpu = uv_thread_getcpu();
    assert_true(cpu == (int)wanted || cpu == UV_ENOTSUP);
    one[wanted] = 0;
  }
  free(one);
  free(before);
}

static void test_affinity_comes_back_as_it_was_set(void** state) {
  size_t size = mask_size_or_skip();
  uv_thread_t self = uv_thread_self();
  char* before = mask_of(&self);
  char* one = mask_new(size, 0);
  char* old = mask_new(size, 0x55);
  char* now;

  (void)state;
  /* Any value but 0 means yes. */
  one[mask_last(before, size)] = (char)0x80;
  assert_int_equal(uv_thread_setaffinity(&self, one, old, size), 0);
  assert_memory_equal(old, before, size);
  now = mask_of(&self);
  one[mask_last(before, size)] = 1;
  assert_memory_equal(now, one, size);
  assert_int_equal(uv_thread_setaffinity(&self, before, old, size), 0);
  assert_memory_equal(old, now, size);
  free(now);
  free(old);
  free(one);
  free(before);
}

static void test_new_and_old_affinity_may_share_memory(void** state) {
  size_t size = mask_size_or_skip();
  uv_thread_t self = uv_thread_self();
  char* before = mask_of(&self);
  char* shared = mask_new(size, 0);
  char* now;
  size_t cpu = mask_last(before, size);

  (void)state;
  shared[cpu] = 1;
  assert_int_equal(uv_thread_setaffinity(&self, shared, shared, size), 0);
  assert_memory_equal(shared, before, size);
  now = mask_of(&self);
  assert_int_equal(mask_last(now, size), cpu);
  now[cpu] = 0;
  assert_null(memchr(now, 1, size));
  free(now);
  free(shared);
  free(before);
}

static void test_affinity_of_another_thread_is_its_own(void** state) {
  size_t size = mask_size_or_skip();
  uv_thread_t self = uv_thread_self();
  char* before = mask_of(&self);
  char* one = mask_new(size, 0);
  worker_t worker;
  char* mask;

  (void)state;
  one[mask_last(before, size)] = 1;
  worker_start(&worker, NULL);
  assert_int_equal(uv_thread_setaffinity(&worker.tid, one, NULL, size), 0);
  mask = mask_of(&worker.tid);
  assert_memory_equal(mask, one, size);
  free(mask);
  mask = mask_of(&self);
  assert_memory_equal(mask, before, size);
  worker_end(&worker);
  free(mask);
  free(one);
  free(before);
}

static void test_affinity_to_no_cpu_is_invalid_and_changes_nothing(
    void** state) {
  size_t size = mask_size_or_skip();
  uv_thread_t self = uv_thread_self();
  char* before = mask_of(&self);
  char* none = mask_new(size, 0);
  char* old = mask_new(size, 0x55);
  char* now;

  (void)state;
  assert_int_equal(uv_thread_setaffinity(&self, none, old, size), UV_EINVAL);
  for (size_t i = 0; i < size; i++)
    assert_int_equal(old[i], 0x55);
  now = mask_of(&self);
  assert_memory_equal(now, before, size);
  free(now);
  free(old);
  free(none);
  free(before);
}

static void test_affinity_with_a_null_or_a_small_mask_is_invalid(void** state) {
  size_t size = mask_size_or_skip();
  uv_thread_t self = uv_thread_self();
  char* mask = mask_of(&self);

  (void)state;
  assert_int_equal(uv_thread_getaffinity(NULL, mask, size), UV_EINVAL);
  assert_int_equal(uv_thread_getaffinity(&self, NULL, size), UV_EINVAL);
  assert_int_equal(uv_thread_getaffinity(&self, mask, size - 1), UV_EINVAL);
  assert_int_equal(uv_thread_setaffinity(NULL, mask, NULL, size), UV_EINVAL);
  assert_int_equal(uv_thread_setaffinity(&self, NULL, NULL, size), UV_EINVAL);
  assert_int_equal(uv_thread_setaffinity(&self, mask, NULL, size - 1),
                   UV_EINVAL);
  free(mask);
}

static void test_without_affinity_all_of_it_is_not_supported(void** state) {
  uv_thread_t self = uv_thread_self();
  char mask[1] = {1};

  (void)state;
  if (uv_cpumask_size() >= 0)
    gy_test_skip("this system has affinity");
  assert_int_equal(uv_cpumask_size(), UV_ENOTSUP);
  assert_int_equal(uv_thread_getaffinity(&self, mask, 1), UV_ENOTSUP);
  assert_int_equal(uv_thread_setaffinity(&self, mask, NULL, 1), UV_ENOTSUP);
}

static void test_current_cpu_is_one_that_is_allowed(void** state) {
  size_t size = mask_size_or_skip();
  uv_thread_t self = uv_thread_self();
  char* mask = mask_of(&self);
  int cpu = uv_thread_getcpu();

  (void)state;
  if (cpu == UV_ENOTSUP)
    gy_test_skip("this system does not tell the CPU");
  assert_in_range(cpu, 0, size - 1);
  assert_int_equal(mask[cpu], 1);
  free(mask);
}

/* ---- priority ----------------------------------------------------------- */

/* What uv_thread_getpriority() tells of a thread of the usual scheduling policy
 * that was given |priority|: where the policy has a range, a place in it, else
 * a nice value; on Windows the same. */
#ifdef _WIN32

static int priority_told(int priority) {
  return priority;
}

#else

static int priority_told(int priority) {
  struct sched_param param;
  int policy;
  int least;
  int range;

  assert_int_equal(pthread_getschedparam(pthread_self(), &policy, &param), 0);
  least = sched_get_priority_min(policy);
  range = sched_get_priority_max(policy) - least;
  if (range == 0)
    return -2 * priority;
  return least +
         range * (priority - UV_THREAD_PRIORITY_LOWEST) / PRIORITY_STEPS;
}

#endif

/* Is |told| a better priority than |other|, as uv_thread_getpriority() tells
 * them? */
static int priority_is_better(int told, int other) {
  int nice_values = priority_told(UV_THREAD_PRIORITY_HIGHEST) <
                    priority_told(UV_THREAD_PRIORITY_LOWEST);
  return nice_values ? told < other : told > other;
}

/* Give |tid| |priority| and check that it then has it. Only asking for more
 * than it has may be refused, and a refusal changes nothing. */
static void priority_set(uv_thread_t tid, int priority) {
  int before;
  int after;
  int err;

  assert_int_equal(uv_thread_getpriority(tid, &before), 0);
  err = uv_thread_setpriority(tid, priority);
  assert_int_equal(uv_thread_getpriority(tid, &after), 0);
  if (err == UV_EACCES || err == UV_EPERM) {
    assert_true(priority_is_better(priority_told(priority), before));
    assert_int_equal(after, before);
    return;
  }
  assert_int_equal(err, 0);
  assert_int_equal(after, priority_told(priority));
}

static void test_each_priority_is_set_as_far_as_rights_go(void** state) {
  (void)state;
  for (int i = UV_THREAD_PRIORITY_HIGHEST; i >= UV_THREAD_PRIORITY_LOWEST; i--)
    priority_set(uv_thread_self(), i);
  for (int i = UV_THREAD_PRIORITY_LOWEST; i <= UV_THREAD_PRIORITY_HIGHEST; i++)
    priority_set(uv_thread_self(), i);
}

static void test_priority_of_another_thread_is_its_own(void** state) {
  worker_t worker;
  int before;
  int after;

  (void)state;
  assert_int_equal(uv_thread_getpriority(uv_thread_self(), &before), 0);
  worker_start(&worker, NULL);
  priority_set(worker.tid, UV_THREAD_PRIORITY_LOWEST);
  assert_int_equal(uv_thread_getpriority(worker.tid, &after), 0);
  worker_end(&worker);
  assert_int_equal(worker.own_err, 0);
  assert_int_equal(worker.priority, after);
  assert_int_equal(uv_thread_getpriority(uv_thread_self(), &after), 0);
  assert_int_equal(after, before);
}

static void test_priority_out_of_range_is_invalid(void** state) {
  static const int wrong[] = {UV_THREAD_PRIORITY_HIGHEST + 1,
                              UV_THREAD_PRIORITY_LOWEST - 1, INT32_MAX,
                              INT32_MIN};
  int before;
  int after;

  (void)state;
  assert_int_equal(uv_thread_getpriority(uv_thread_self(), &before), 0);
  for (size_t i = 0; i < COUNT_OF(wrong); i++)
    assert_int_equal(uv_thread_setpriority(uv_thread_self(), wrong[i]),
                     UV_EINVAL);
  assert_int_equal(uv_thread_getpriority(uv_thread_self(), &after), 0);
  assert_int_equal(after, before);
}

static void test_priority_to_nowhere_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_thread_getpriority(uv_thread_self(), NULL), UV_EINVAL);
}

static void test_priority_of_a_thread_that_ended_is_no_thread(void** state) {
  worker_t worker;
  int priority = 77;
  int told = 0;
  int err;

  (void)state;
  if (!is_linux())
    gy_test_skip("POSIX leaves open what a thread that ended says");
  worker_start(&worker, NULL);
  uv_sem_post(&worker.may_end);
  /* It is on its way out and not joined yet; nothing else tells the end. */
  do
    err = uv_thread_getpriority(worker.tid, &told);
  while (err == 0);
  assert_int_equal(err, UV_ESRCH);
  assert_int_equal(uv_thread_getpriority(worker.tid, &priority), UV_ESRCH);
  assert_int_equal(priority, 77);
  assert_int_equal(uv_thread_setpriority(worker.tid, UV_THREAD_PRIORITY_LOWEST),
                   UV_ESRCH);
  assert_int_equal(uv_thread_join(&worker.tid), 0);
  uv_sem_destroy(&worker.ready);
  uv_sem_destroy(&worker.may_end);
}

/* ---- names -------------------------------------------------------------- */

/* Name this thread |wanted| and check the name that it then has. */
static void name_set(const char* wanted) {
  uv_thread_t self = uv_thread_self();
  char name[NAME_SIZE];
  size_t length;
  int err = uv_thread_setname(wanted);

  if (err == UV_ENOTSUP)
    gy_test_skip("threads have no names here");
  assert_int_equal(err, 0);
  memset(name, 'x', sizeof(name));
  assert_int_equal(uv_thread_getname(&self, name, sizeof(name)), 0);
  length = strlen(name);
  assert_memory_equal(name, wanted, length);
  if (strlen(wanted) <= LINUX_NAME_MOST)
    assert_int_equal(length, strlen(wanted));
  else if (is_linux())
    assert_int_equal(length, LINUX_NAME_MOST);
}

static void test_name_may_be_empty(void** state) {
  (void)state;
  name_set("something");
  name_set("");
}

static void test_name_of_fifteen_bytes_is_kept(void** state) {
  (void)state;
  name_set("fifteen bytes !");
}

static void test_name_of_sixteen_bytes_is_cut_where_it_must(void** state) {
  (void)state;
  name_set("sixteen bytes !!");
}

static void test_long_name_is_cut_where_it_must(void** state) {
  char name[NAME_SIZE];

  (void)state;
  memset(name, 'n', sizeof(name) - 1);
  name[sizeof(name) - 1] = '\0';
  name_set(name);
}

static void test_name_is_what_the_kernel_shows(void** state) {
  char shown[NAME_SIZE] = "";
  FILE* file = fopen("/proc/thread-self/comm", "r");

  (void)state;
  if (file == NULL)
    gy_test_skip("there is no /proc/thread-self/comm");
  name_set("shown name");
  assert_non_null(fgets(shown, sizeof(shown), file));
  fclose(file);
  assert_string_equal(shown, "shown name\n");
}

static void test_naming_names_the_calling_thread_only(void** state) {
  uv_thread_t self = uv_thread_self();
  char name[NAME_SIZE];
  worker_t worker;

  (void)state;
  name_set("main one");
  worker_start(&worker, "other one");
  assert_int_equal(worker.result, 0);
  assert_int_equal(uv_thread_getname(&worker.tid, name, sizeof(name)), 0);
  assert_string_equal(name, "other one");
  assert_int_equal(uv_thread_getname(&self, name, sizeof(name)), 0);
  assert_string_equal(name, "main one");
  worker_end(&worker);
  assert_int_equal(worker.own_err, 0);
  assert_string_equal(worker.own_name, "other one");
}

static void test_name_is_cut_to_the_buffer(void** state) {
  uv_thread_t self = uv_thread_self();
  char name[8] = "xxxxxxx";

  (void)state;
  name_set("abcdef");
  assert_int_equal(uv_thread_getname(&self, name, 4), 0);
  assert_string_equal(name, "abc");
  assert_memory_equal(name + 4, "xxx", 4);
  assert_int_equal(uv_thread_getname(&self, name, 6), 0);
  assert_string_equal(name, "abcde");
  assert_int_equal(uv_thread_getname(&self, name, 7), 0);
  assert_string_equal(name, "abcdef");
  assert_int_equal(uv_thread_getname(&self, name, 1), 0);
  assert_string_equal(name, "");
}

static void test_name_with_a_null_or_no_room_is_invalid(void** state) {
  uv_thread_t self = uv_thread_self();
  char name[2] = "x";

  (void)state;
  assert_int_equal(uv_thread_setname(NULL), UV_EINVAL);
  assert_int_equal(uv_thread_getname(NULL, name, sizeof(name)), UV_EINVAL);
  assert_int_equal(uv_thread_getname(&self, NULL, sizeof(name)), UV_EINVAL);
  assert_int_equal(uv_thread_getname(&self, name, 0), UV_EINVAL);
  assert_string_equal(name, "x");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_affinity_is_a_byte_of_1_or_0_for_each_cpu),
    cmocka_unit_test(test_thread_runs_where_its_affinity_says),
    cmocka_unit_test(test_affinity_comes_back_as_it_was_set),
    cmocka_unit_test(test_new_and_old_affinity_may_share_memory),
    cmocka_unit_test(test_affinity_of_another_thread_is_its_own),
    cmocka_unit_test(test_affinity_to_no_cpu_is_invalid_and_changes_nothing),
    cmocka_unit_test(test_affinity_with_a_null_or_a_small_mask_is_invalid),
    cmocka_unit_test(test_without_affinity_all_of_it_is_not_supported),
    cmocka_unit_test(test_current_cpu_is_one_that_is_allowed),
    cmocka_unit_test(test_each_priority_is_set_as_far_as_rights_go),
    cmocka_unit_test(test_priority_of_another_thread_is_its_own),
    cmocka_unit_test(test_priority_out_of_range_is_invalid),
    cmocka_unit_test(test_priority_to_nowhere_is_invalid),
    cmocka_unit_test(test_priority_of_a_thread_that_ended_is_no_thread),
    cmocka_unit_test(test_name_may_be_empty),
    cmocka_unit_test(test_name_of_fifteen_bytes_is_kept),
    cmocka_unit_test(test_name_of_sixteen_bytes_is_cut_where_it_must),
    cmocka_unit_test(test_long_name_is_cut_where_it_must),
    cmocka_unit_test(test_name_is_what_the_kernel_shows),
    cmocka_unit_test(test_naming_names_the_calling_thread_only),
    cmocka_unit_test(test_name_is_cut_to_the_buffer),
    cmocka_unit_test(test_name_with_a_null_or_no_room_is_invalid),
};

GY_TEST_MAIN(tests)
