/* host.c - tests of what the machine says: clocks, memory, processors, name. */
#include "support/test.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__) || defined(__APPLE__)
#define CPUS_ARE_WATCHED true
#else
#define CPUS_ARE_WATCHED false /* What each did is not told. */
#endif

enum {
  MB = 1 << 20
};

/* ---- clocks ---------------------------------------------------------------
 */

static int64_t ns_of(int64_t s, int64_t ns) {
  return s * 1000000000 + ns;
}

/* What the C library says lies between two answers of ours. */
static void check_clock(uv_clock_id id, clockid_t same) {
  uv_timespec64_t before;
  uv_timespec64_t after;
  struct timespec between;

  assert_int_equal(uv_clock_gettime(id, &before), 0);
  assert_int_equal(clock_gettime(same, &between), 0);
  assert_int_equal(uv_clock_gettime(id, &after), 0);
  assert_true(before.tv_nsec >= 0 && before.tv_nsec < 1000000000);
  assert_true(ns_of(before.tv_sec, before.tv_nsec) <=
              ns_of(between.tv_sec, between.tv_nsec));
  assert_true(ns_of(between.tv_sec, between.tv_nsec) <=
              ns_of(after.tv_sec, after.tv_nsec));
}

static void test_the_steady_clock_is_that_of_the_system(void** state) {
  (void)state;
  check_clock(UV_CLOCK_MONOTONIC, CLOCK_MONOTONIC);
}

/* Somebody may set it; that does not happen twice in a row. */
static void test_the_time_of_day_is_that_of_the_system(void** state) {
  uv_timeval64_t now;
  time_t before;
  int tries = 0;

  (void)state;
  check_clock(UV_CLOCK_REALTIME, CLOCK_REALTIME);
  do {
    before = time(NULL);
    assert_int_equal(uv_gettimeofday(&now), 0);
    assert_true(now.tv_usec >= 0 && now.tv_usec < 1000000);
  } while ((now.tv_sec < before - 1 || now.tv_sec > time(NULL) + 1) &&
           ++tries < 2);
  assert_true(tries < 2);
}

static void test_a_clock_that_is_not_there_is_invalid(void** state) {
  uv_timespec64_t now = {7, 7};

  (void)state;
  assert_int_equal(uv_clock_gettime((uv_clock_id)2, &now), UV_EINVAL);
  assert_int_equal(uv_clock_gettime((uv_clock_id)-1, &now), UV_EINVAL);
  assert_int_equal(uv_clock_gettime((uv_clock_id)12345, &now), UV_EINVAL);
  assert_int_equal(now.tv_sec, 7);
}

static void test_the_system_has_been_up_for_a_while(void** state) {
  double first = -1;
  double second = -1;
  int err = uv_uptime(&first);

  (void)state;
  if (err == UV_ENOSYS) {
    gy_test_skip("this system does not tell");
  }
  assert_int_equal(err, 0);
  assert_true(first > 0);
  assert_int_equal(uv_uptime(&second), 0);
  assert_true(second >= first);
}

/* ---- memory ---------------------------------------------------------------
 */

static void test_memory_is_what_there_is(void** state) {
  uint64_t total = uv_get_total_memory();

  (void)state;
  if (total == 0) {
    gy_test_skip("this system does not tell");
  }
  assert_true(total > 4 * MB);
  assert_true(uv_get_free_memory() <= total);
  assert_true(uv_get_available_memory() <= total);
}

static void test_available_memory_is_within_the_limit(void** state) {
  uint64_t limit = uv_get_constrained_memory();

  (void)state;
  if (limit == 0) {
    gy_test_skip("there is no way to limit");
  }
  assert_true(uv_get_available_memory() <= limit);
}

/* In a child, because a sanitizer wants more memory at the end. */
static void live_with_limit(void) {
  struct rlimit limit = {(rlim_t)512 * MB, (rlim_t)512 * MB};

  if (setrlimit(RLIMIT_DATA, &limit) != 0) {
    _exit(0); /* This system has no such limit. */
  }
  _exit(uv_get_constrained_memory() == (uint64_t)512 * MB &&
                uv_get_available_memory() <= (uint64_t)512 * MB
            ? 0
            : 1);
}

static void test_a_limit_of_this_process_is_told(void** state) {
  uint64_t before = uv_get_constrained_memory();
  int status = -1;
  pid_t pid;

  (void)state;
  if (before != 0 && before < (uint64_t)512 * MB) {
    gy_test_skip("there is less anyway");
  }
  pid = fork();
  if (pid == 0) {
    live_with_limit();
  }
  assert_true(pid > 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

/* ---- processors -----------------------------------------------------------
 */

static void test_load_is_not_negative(void** state) {
  double load[3] = {-1, -1, -1};

  (void)state;
  uv_loadavg(load);
  for (size_t i = 0; i < COUNT_OF(load); i++) {
    assert_true(load[i] >= 0);
  }
  uv_loadavg(NULL);
}

static void test_every_processor_has_a_name_and_did_something(void** state) {
  uv_cpu_info_t* cpus = NULL;
  int count = -1;
  uint64_t total = 0;
  int err = uv_cpu_info(&cpus, &count);

  (void)state;
  if (err == UV_ENOSYS) {
    gy_test_skip("this system does not tell");
  }
  assert_int_equal(err, 0);
  assert_true(count >= 1);
  for (int i = 0; i < count; i++) {
    const struct uv_cpu_times_s* times = &cpus[i].cpu_times;
    assert_true(strlen(cpus[i].model) > 0);
    assert_true(cpus[i].speed >= 0);
    total += times->user + times->nice + times->sys + times->idle + times->irq;
  }
  uv_free_cpu_info(cpus, count);
  assert_true(total > 0 || !CPUS_ARE_WATCHED);
  uv_free_cpu_info(NULL, 0);
}

static void test_there_is_room_for_one_thread_at_least(void** state) {
  unsigned int count = uv_available_parallelism();

  (void)state;
  assert_true(count >= 1);
  assert_true((long)count <= sysconf(_SC_NPROCESSORS_CONF));
}

static void test_parallelism_follows_the_affinity_of_the_thread(void** state) {
  int size = uv_cpumask_size();
  uv_thread_t self = uv_thread_self();
  char mask[1024] = {0};
  int cpu = 0;

  (void)state;
  if (size <= 0 || size > (int)sizeof(mask) ||
      uv_thread_getaffinity(&self, mask, sizeof(mask)) != 0) {
    gy_test_skip("threads have no affinity here");
  }
  while (cpu < size && !mask[cpu]) {
    cpu++;
  }
  assert_true(cpu < size);
  memset(mask, 0, sizeof(mask));
  mask[cpu] = 1;
  assert_int_equal(uv_thread_setaffinity(&self, mask, NULL, sizeof(mask)), 0);
  assert_int_equal(uv_available_parallelism(), 1);
}

/* ---- names ----------------------------------------------------------------
 */

static void test_the_system_is_called_as_uname_says(void** state) {
  struct utsname expected;
  uv_utsname_t name;

  (void)state;
  assert_true(uname(&expected) >= 0);
  assert_int_equal(uv_os_uname(&name), 0);
  assert_string_equal(name.sysname, expected.sysname);
  assert_string_equal(name.release, expected.release);
  assert_string_equal(name.version, expected.version);
  assert_string_equal(name.machine, expected.machine);
}

static void test_the_host_has_its_name_with_every_size(void** state) {
  char expected[UV_MAXHOSTNAMESIZE + 1] = "";
  char buffer[UV_MAXHOSTNAMESIZE];
  size_t length;

  (void)state;
  assert_int_equal(gethostname(expected, UV_MAXHOSTNAMESIZE), 0);
  length = strlen(expected);
  for (size_t room = 1; room <= sizeof(buffer); room++) {
    size_t size = room;
    memset(buffer, '#', sizeof(buffer));
    if (room <= length) {
      assert_int_equal(uv_os_gethostname(buffer, &size), UV_ENOBUFS);
      assert_int_equal(size, length + 1);
      assert_int_equal(buffer[0], '#');
    } else {
      assert_int_equal(uv_os_gethostname(buffer, &size), 0);
      assert_int_equal(size, length);
      assert_string_equal(buffer, expected);
    }
  }
}

static void test_null_and_no_room_are_invalid(void** state) {
  char buffer[UV_MAXHOSTNAMESIZE];
  size_t size = sizeof(buffer);
  size_t none = 0;
  uv_cpu_info_t* cpus;
  int count;

  (void)state;
  assert_int_equal(uv_clock_gettime(UV_CLOCK_REALTIME, NULL), UV_EINVAL);
  assert_int_equal(uv_gettimeofday(NULL), UV_EINVAL);
  assert_int_equal(uv_uptime(NULL), UV_EINVAL);
  assert_int_equal(uv_cpu_info(NULL, &count), UV_EINVAL);
  assert_int_equal(uv_cpu_info(&cpus, NULL), UV_EINVAL);
  assert_int_equal(uv_os_uname(NULL), UV_EINVAL);
  assert_int_equal(uv_os_gethostname(NULL, &size), UV_EINVAL);
  assert_int_equal(uv_os_gethostname(buffer, NULL), UV_EINVAL);
  assert_int_equal(uv_os_gethostname(buffer, &none), UV_EINVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_the_steady_clock_is_that_of_the_system),
    cmocka_unit_test(test_the_time_of_day_is_that_of_the_system),
    cmocka_unit_test(test_a_clock_that_is_not_there_is_invalid),
    cmocka_unit_test(test_the_system_has_been_up_for_a_while),
    cmocka_unit_test(test_memory_is_what_there_is),
    cmocka_unit_test(test_available_memory_is_within_the_limit),
    cmocka_unit_test(test_a_limit_of_this_process_is_told),
    cmocka_unit_test(test_load_is_not_negative),
    cmocka_unit_test(test_every_processor_has_a_name_and_did_something),
    cmocka_unit_test(test_there_is_room_for_one_thread_at_least),
    cmocka_unit_test(test_parallelism_follows_the_affinity_of_the_thread),
    cmocka_unit_test(test_the_system_is_called_as_uname_says),
    cmocka_unit_test(test_the_host_has_its_name_with_every_size),
    cmocka_unit_test(test_null_and_no_room_are_invalid),
};

GY_TEST_MAIN(tests)
