/* thread.c - making, joining and detaching threads, and their stacks.
 *
 * How a thread is scheduled and named is in thread-place.c. */
#include "support/test.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
  CROWD = 64,
  MB = 1 << 20,
  STACK_LARGE = 16 * MB,
  STACK_USED = 12 * MB /* more than a thread has by default, most places */
};

static uv_thread_t shared_tid;

/* ---- what threads do ---------------------------------------------------- */

static void nothing_do(void* arg) {
  (void)arg;
}

static void number_double(void* arg) {
  int* number = arg;
  *number *= 2;
}

/* Set |*arg| to whether this thread finds itself in shared_tid. */
static void self_compare(void* arg) {
  int* same = arg;
  uv_thread_t self = uv_thread_self();
  *same = uv_thread_equal(&self, &shared_tid);
}

static void self_store(void* arg) {
  uv_thread_t* tid = arg;
  *tid = uv_thread_self();
}

static void self_join(void* arg) {
  int* result = arg;
  uv_thread_t self = uv_thread_self();
  *result = uv_thread_join(&self);
}

/* Write to every page of STACK_USED bytes of this thread's stack. */
static void stack_use(void* arg) {
  volatile char room[STACK_USED];
  int* sum = arg;

  for (size_t i = 0; i < sizeof(room); i += 1024)
    room[i] = 1;
  for (size_t i = 0; i < sizeof(room); i += 1024)
    *sum += room[i];
}

/* ---- how large a stack is ----------------------------------------------- */

/* pthread_getattr_np() where the C library has it, which is Linux. */
static int (*attr_read)(pthread_t, pthread_attr_t*);

static void attr_read_find(void) {
  void* symbol = dlsym(RTLD_DEFAULT, "pthread_getattr_np");

  if (symbol == NULL)
    gy_test_skip("this C library does not tell the stack of a thread");
  memcpy(&attr_read, &symbol, sizeof(attr_read));
}

static void stack_measure(void* arg) {
  size_t* size = arg;
  pthread_attr_t attr;
  void* base;

  *size = 0;
  if (attr_read(pthread_self(), &attr) != 0)
    return;
  (void)pthread_attr_getstack(&attr, &base, size);
  (void)pthread_attr_destroy(&attr);
}

/* The stack of a thread made with |flags| and |size|. A C library may keep the
 * stack of an earlier thread for it: measure one in a process. */
static size_t stack_of(unsigned int flags, size_t size) {
  uv_thread_options_t options = {0};
  uv_thread_t tid;
  size_t measured = 0;

  attr_read_find();
  options.flags = flags;
  options.stack_size = size;
  assert_int_equal(
      uv_thread_create_ex(&tid, &options, stack_measure, &measured), 0);
  assert_int_equal(uv_thread_join(&tid), 0);
  return measured;
}

/* Make the stack that this thread runs on grow while it may. */
static void stack_grow(void) {
  volatile char room[256 << 10];

  for (size_t i = 0; i < sizeof(room); i += 1024)
    room[i] = 1;
}

/* Let the stacks of new threads have |size| bytes. */
static void stack_limit_set(rlim_t size) {
  struct rlimit limit;

  if (access("/proc/self/task", F_OK) != 0)
    gy_test_skip("the limit says nothing about threads here");
  stack_grow();
  assert_int_equal(getrlimit(RLIMIT_STACK, &limit), 0);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < size)
    gy_test_skip("the hard limit of stacks is too low");
  limit.rlim_cur = size;
  assert_int_equal(setrlimit(RLIMIT_STACK, &limit), 0);
}

/* |measured| is |size|, or a little more where the C library puts things of its
 * own on top, but not a page more. */
static void assert_stack(size_t measured, size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  assert_in_range(measured, size, size + page - 1);
}

/* ---- creating ----------------------------------------------------------- */

static void test_thread_runs_its_entry_with_its_argument(void** state) {
  uv_thread_t tid;
  int number = 21;

  (void)state;
  assert_int_equal(uv_thread_create(&tid, number_double, &number), 0);
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_int_equal(number, 42);
}

static void test_many_threads_each_get_their_own_argument(void** state) {
  uv_thread_t tids[CROWD];
  int numbers[CROWD];

  (void)state;
  for (int i = 0; i < CROWD; i++) {
    numbers[i] = i;
    assert_int_equal(uv_thread_create(&tids[i], number_double, &numbers[i]), 0);
  }
  for (int i = 0; i < CROWD; i++) {
    assert_int_equal(uv_thread_join(&tids[i]), 0);
    assert_int_equal(numbers[i], 2 * i);
  }
}

static void test_thread_finds_its_id_where_its_creator_looks(void** state) {
  int same = 0;

  (void)state;
  /* POSIX does not promise it, musl is late at times; but programs that were
   * written for glibc count on it. */
  if (dlsym(RTLD_DEFAULT, "gnu_get_libc_version") == NULL)
    gy_test_skip("this is not glibc");
  assert_int_equal(uv_thread_create(&shared_tid, self_compare, &same), 0);
  assert_int_equal(uv_thread_join(&shared_tid), 0);
  assert_true(same);
}

static void test_thread_equals_itself_and_no_other(void** state) {
  uv_thread_t self = uv_thread_self();
  uv_thread_t again = uv_thread_self();
  uv_thread_t tid;
  uv_thread_t other;

  (void)state;
  assert_int_equal(uv_thread_create(&tid, self_store, &other), 0);
  assert_false(uv_thread_equal(&self, &tid));
  assert_true(uv_thread_equal(&self, &again));
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_true(uv_thread_equal(&tid, &other));
  assert_false(uv_thread_equal(&self, &other));
}

static void test_no_thread_equals_a_null(void** state) {
  uv_thread_t self = uv_thread_self();

  (void)state;
  assert_int_equal(uv_thread_equal(NULL, &self), 0);
  assert_int_equal(uv_thread_equal(&self, NULL), 0);
  assert_int_equal(uv_thread_equal(NULL, NULL), 0);
}

static void test_creating_with_a_null_is_invalid(void** state) {
  uv_thread_options_t options = {0};
  uv_thread_t tid;

  (void)state;
  assert_int_equal(uv_thread_create(NULL, nothing_do, NULL), UV_EINVAL);
  assert_int_equal(uv_thread_create(&tid, NULL, NULL), UV_EINVAL);
  assert_int_equal(uv_thread_create_ex(NULL, &options, nothing_do, NULL),
                   UV_EINVAL);
  assert_int_equal(uv_thread_create_ex(&tid, NULL, nothing_do, NULL),
                   UV_EINVAL);
  assert_int_equal(uv_thread_create_ex(&tid, &options, NULL, NULL), UV_EINVAL);
}

/* ---- stacks ------------------------------------------------------------- */

static void test_thread_may_use_the_stack_it_asked_for(void** state) {
  uv_thread_options_t options = {0};
  uv_thread_t tid;
  int sum = 0;

  (void)state;
  options.flags = UV_THREAD_HAS_STACK_SIZE;
  options.stack_size = STACK_LARGE;
  assert_int_equal(uv_thread_create_ex(&tid, &options, stack_use, &sum), 0);
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_int_equal(sum, STACK_USED / 1024);
}

static void test_stack_size_is_honoured(void** state) {
  (void)state;
  assert_stack(stack_of(UV_THREAD_HAS_STACK_SIZE, 3 * MB), 3 * MB);
}

static void test_stack_size_is_rounded_up_to_a_page(void** state) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);

  (void)state;
  assert_stack(stack_of(UV_THREAD_HAS_STACK_SIZE, 3 * MB + 1), 3 * MB + page);
}

static void test_tiny_stack_size_is_raised_to_the_least_possible(void** state) {
  size_t measured = stack_of(UV_THREAD_HAS_STACK_SIZE, 1);

  (void)state;
  assert_in_range(measured, 8192, MB);
}

static void test_stack_size_without_its_flag_is_ignored(void** state) {
  (void)state;
  stack_limit_set(5 * MB);
  assert_stack(stack_of(UV_THREAD_NO_FLAGS, 64 << 10), 5 * MB);
}

static void test_unknown_flags_of_options_are_ignored(void** state) {
  (void)state;
  stack_limit_set(5 * MB);
  assert_stack(stack_of(~(unsigned int)UV_THREAD_HAS_STACK_SIZE, 64 << 10),
               5 * MB);
}

static void test_stack_size_zero_means_the_default(void** state) {
  (void)state;
  stack_limit_set(5 * MB);
  assert_stack(stack_of(UV_THREAD_HAS_STACK_SIZE, 0), 5 * MB);
}

static void test_default_stack_is_the_limit_rounded_down(void** state) {
  (void)state;
  stack_limit_set(5 * MB + 1);
  assert_stack(stack_of(UV_THREAD_NO_FLAGS, 0), 5 * MB);
}

static void test_default_stack_without_a_limit_is_two_megabytes(void** state) {
  (void)state;
  stack_limit_set(RLIM_INFINITY);
  assert_stack(stack_of(UV_THREAD_NO_FLAGS, 0), 2 * MB);
}

static void test_default_stack_ignores_a_limit_too_low_to_live(void** state) {
  (void)state;
  stack_limit_set(4096);
  assert_stack(stack_of(UV_THREAD_NO_FLAGS, 0), 2 * MB);
}

static void test_stack_size_that_cannot_be_rounded_is_invalid(void** state) {
  uv_thread_options_t options = {0};
  uv_thread_t tid;

  (void)state;
  options.flags = UV_THREAD_HAS_STACK_SIZE;
  options.stack_size = SIZE_MAX;
  assert_int_equal(uv_thread_create_ex(&tid, &options, nothing_do, NULL),
                   UV_EINVAL);
  options.stack_size = SIZE_MAX - (size_t)sysconf(_SC_PAGESIZE) + 2;
  assert_int_equal(uv_thread_create_ex(&tid, &options, nothing_do, NULL),
                   UV_EINVAL);
}

static void test_stack_larger_than_memory_is_an_error(void** state) {
  uv_thread_options_t options = {0};
  uv_thread_t tid;
  int err;

  (void)state;
  options.flags = UV_THREAD_HAS_STACK_SIZE;
  options.stack_size = SIZE_MAX / 16 * 15;
  err = uv_thread_create_ex(&tid, &options, nothing_do, NULL);
  assert_true(err == UV_EAGAIN || err == UV_EINVAL || err == UV_ENOMEM);
}

/* ---- joining and detaching ---------------------------------------------- */

static void test_joining_nothing_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_thread_join(NULL), UV_EINVAL);
}

static void test_joining_oneself_is_a_deadlock(void** state) {
  uv_thread_t tid;
  int result = 0;

  (void)state;
  assert_int_equal(uv_thread_create(&tid, self_join, &result), 0);
  assert_int_equal(uv_thread_join(&tid), 0);
  assert_int_equal(result, uv_translate_sys_error(EDEADLK));
}

/* A thread that is detached lives as long as it likes: all it touches stays. */
static uv_sem_t detached_may_end;
static uv_sem_t detached_ran;

static void detached_run(void* arg) {
  atomic_int* runs = arg;
  uv_sem_wait(&detached_may_end);
  atomic_fetch_add_explicit(runs, 1, memory_order_relaxed);
  uv_sem_post(&detached_ran);
}

static void test_detached_thread_runs_to_its_end(void** state) {
  static atomic_int runs;
  uv_thread_t tid;

  (void)state;
  assert_int_equal(uv_sem_init(&detached_may_end, 0), 0);
  assert_int_equal(uv_sem_init(&detached_ran, 0), 0);
  assert_int_equal(uv_thread_create(&tid, detached_run, &runs), 0);
  assert_int_equal(uv_thread_detach(&tid), 0);
  uv_sem_post(&detached_may_end);
  uv_sem_wait(&detached_ran);
  assert_int_equal(atomic_load(&runs), 1);
}

static void test_detaching_nothing_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_thread_detach(NULL), UV_EINVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_thread_runs_its_entry_with_its_argument),
    cmocka_unit_test(test_many_threads_each_get_their_own_argument),
    cmocka_unit_test(test_thread_finds_its_id_where_its_creator_looks),
    cmocka_unit_test(test_thread_equals_itself_and_no_other),
    cmocka_unit_test(test_no_thread_equals_a_null),
    cmocka_unit_test(test_creating_with_a_null_is_invalid),
    cmocka_unit_test(test_thread_may_use_the_stack_it_asked_for),
    cmocka_unit_test(test_stack_size_is_honoured),
    cmocka_unit_test(test_stack_size_is_rounded_up_to_a_page),
    cmocka_unit_test(test_tiny_stack_size_is_raised_to_the_least_possible),
    cmocka_unit_test(test_stack_size_without_its_flag_is_ignored),
    cmocka_unit_test(test_unknown_flags_of_options_are_ignored),
    cmocka_unit_test(test_stack_size_zero_means_the_default),
    cmocka_unit_test(test_default_stack_is_the_limit_rounded_down),
    cmocka_unit_test(test_default_stack_without_a_limit_is_two_megabytes),
    cmocka_unit_test(test_default_stack_ignores_a_limit_too_low_to_live),
    cmocka_unit_test(test_stack_size_that_cannot_be_rounded_is_invalid),
    cmocka_unit_test(test_stack_larger_than_memory_is_an_error),
    cmocka_unit_test(test_joining_nothing_is_invalid),
    cmocka_unit_test(test_joining_oneself_is_a_deadlock),
    cmocka_unit_test(test_detached_thread_runs_to_its_end),
    cmocka_unit_test(test_detaching_nothing_is_invalid),
};

GY_TEST_MAIN(tests)
