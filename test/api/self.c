/* self.c - tests of what a process knows of itself. */
#include "support/test.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__APPLE__)
#define MAXRSS_PER_KB 1024 /* The system counts bytes. */
#else
#define MAXRSS_PER_KB 1
#endif

enum {
  ROOM = 4096,
  MB = 1 << 20
};

/* ---- the working directory ------------------------------------------------
 */

static void test_the_working_directory_is_told_with_every_size(void** state) {
  char buffer[64];
  const char* const paths[] = {"/", "/tmp", "/usr/lib"};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(paths); i++) {
    char expected[ROOM];
    size_t length;
    assert_int_equal(uv_chdir(paths[i]), 0);
    assert_non_null(getcwd(expected, sizeof(expected)));
    length = strlen(expected);
    assert_true(length < sizeof(buffer));
    for (size_t room = 1; room <= sizeof(buffer); room++) {
      size_t size = room;
      memset(buffer, '#', sizeof(buffer));
      if (room <= length) {
        assert_int_equal(uv_cwd(buffer, &size), UV_ENOBUFS);
        assert_int_equal(size, length + 1);
        assert_int_equal(buffer[0], '#');
      } else {
        assert_int_equal(uv_cwd(buffer, &size), 0);
        assert_int_equal(size, length);
        assert_string_equal(buffer, expected);
      }
    }
  }
}

static void test_a_directory_that_was_removed_is_not_there(void** state) {
  char name[] = "/tmp/gyre-self-XXXXXX";
  char buffer[ROOM] = "x";
  size_t size = sizeof(buffer);

  (void)state;
  assert_non_null(mkdtemp(name));
  assert_int_equal(uv_chdir(name), 0);
  assert_int_equal(rmdir(name), 0);
  assert_int_equal(uv_cwd(buffer, &size), UV_ENOENT);
  assert_int_equal(size, sizeof(buffer));
  assert_string_equal(buffer, "x");
}

static void test_nobody_goes_where_there_is_no_directory(void** state) {
  char before[ROOM];
  char after[ROOM];
  char longer[ROOM + 2];

  (void)state;
  memset(longer, 'a', sizeof(longer) - 1);
  longer[sizeof(longer) - 1] = '\0';
  assert_non_null(getcwd(before, sizeof(before)));
  assert_int_equal(uv_chdir(""), UV_ENOENT);
  assert_int_equal(uv_chdir("/no/such/directory"), UV_ENOENT);
  assert_int_equal(uv_chdir("/dev/null"), UV_ENOTDIR);
  assert_int_equal(uv_chdir(longer), UV_ENAMETOOLONG);
  assert_int_equal(uv_chdir(NULL), UV_EINVAL);
  assert_non_null(getcwd(after, sizeof(after)));
  assert_string_equal(before, after);
}

/* Deeper than a path may be long; and out again. */
static void test_a_directory_deeper_than_paths_are_long_is_told(void** state) {
  char top[] = "/tmp/gyre-deep-XXXXXX";
  char name[201];
  char* buffer = malloc(4 * ROOM);
  size_t size = 4 * ROOM;
  int depth = 0;
  int err;

  (void)state;
  assert_non_null(buffer);
  memset(name, 'd', sizeof(name) - 1);
  name[sizeof(name) - 1] = '\0';
  assert_non_null(mkdtemp(top));
  assert_int_equal(uv_chdir(top), 0);
  for (; depth < 25; depth++) {
    assert_int_equal(mkdir(name, 0700), 0);
    assert_int_equal(uv_chdir(name), 0);
  }
  err = uv_cwd(buffer, &size);
  /* Some kernels and C libraries cannot tell. */
  if (err == 0) {
    assert_int_equal(size, strlen(top) + 25 * sizeof(name));
    assert_int_equal(strlen(buffer), size);
    size = 100;
    assert_int_equal(uv_cwd(buffer, &size), UV_ENOBUFS);
    assert_int_equal(size, strlen(top) + 25 * sizeof(name) + 1);
  } else {
    assert_true(err == UV_ENAMETOOLONG || err == UV_ERANGE);
  }
  for (; depth > 0; depth--) {
    assert_int_equal(uv_chdir(".."), 0);
    assert_int_equal(rmdir(name), 0);
  }
  assert_int_equal(rmdir(top), 0);
  free(buffer);
}

/* ---- the program ----------------------------------------------------------
 */

static void test_the_program_is_found_and_cut_to_the_room(void** state) {
  char whole[ROOM];
  char buffer[ROOM];
  size_t length = sizeof(whole);
  int err = uv_exepath(whole, &length);

  (void)state;
  if (err == UV_ENOSYS) {
    gy_test_skip("this system does not tell");
  }
  assert_int_equal(err, 0);
  assert_int_equal(strlen(whole), length);
  assert_int_equal(whole[0], '/');
  assert_int_equal(access(whole, X_OK), 0);
  for (size_t room = 1; room <= length + 2; room++) {
    size_t size = room;
    size_t expected = room <= length ? room - 1 : length;
    memset(buffer, '#', sizeof(buffer));
    assert_int_equal(uv_exepath(buffer, &size), 0);
    assert_int_equal(size, expected);
    assert_memory_equal(buffer, whole, expected);
    assert_int_equal(buffer[expected], '\0');
    assert_int_equal(buffer[room], '#');
  }
}

/* ---- what it uses ---------------------------------------------------------
 */

static void test_memory_that_is_written_is_resident(void** state) {
  size_t before;
  size_t after;
  char* memory;
  int err = uv_resident_set_memory(&before);

  (void)state;
  if (err == UV_ENOSYS) {
    gy_test_skip("this system does not tell");
  }
  assert_int_equal(err, 0);
  assert_true(before > 0);
  memory = malloc(64 * MB);
  assert_non_null(memory);
  memset(memory, 1, 64 * MB);
  assert_int_equal(uv_resident_set_memory(&after), 0);
  assert_true(memory[MB] == 1 && after > before);
  free(memory);
}

static void work_a_little(void) {
  volatile unsigned sum = 0;

  for (unsigned i = 0; i < 50u * 1000 * 1000; i++) {
    sum += i;
  }
  (void)sum;
}

static uint64_t us_of(uv_timeval_t time) {
  return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

static void test_what_was_used_is_what_the_system_says(void** state) {
  struct rusage before;
  struct rusage after;
  uv_rusage_t between;

  (void)state;
  work_a_little();
  assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
  assert_int_equal(uv_getrusage(&between), 0);
  assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
  assert_in_range(between.ru_minflt, before.ru_minflt, after.ru_minflt);
  assert_in_range(between.ru_majflt, before.ru_majflt, after.ru_majflt);
  assert_in_range(between.ru_nvcsw, before.ru_nvcsw, after.ru_nvcsw);
  assert_in_range(between.ru_nivcsw, before.ru_nivcsw, after.ru_nivcsw);
  assert_in_range(between.ru_utime.tv_sec, before.ru_utime.tv_sec,
                  after.ru_utime.tv_sec);
  assert_in_range(between.ru_maxrss, before.ru_maxrss / MAXRSS_PER_KB,
                  after.ru_maxrss / MAXRSS_PER_KB);
  assert_true(between.ru_maxrss > 0);
}

static uv_rusage_t idle_usage;
static int idle_err;

static void measure_idle_thread(void* arg) {
  (void)arg;
  idle_err = uv_getrusage_thread(&idle_usage);
}

static void test_a_thread_has_used_less_than_all_of_them(void** state) {
  uv_rusage_t all;
  uv_thread_t thread;

  (void)state;
  work_a_little();
  assert_int_equal(uv_thread_create(&thread, measure_idle_thread, NULL), 0);
  assert_int_equal(uv_thread_join(&thread), 0);
  if (idle_err == UV_ENOTSUP) {
    gy_test_skip("this system does not count threads apart");
  }
  assert_int_equal(idle_err, 0);
  assert_int_equal(uv_getrusage(&all), 0);
  assert_true(us_of(idle_usage.ru_utime) < us_of(all.ru_utime));
}

/* ---- numbers --------------------------------------------------------------
 */

static void test_a_child_knows_its_number_and_that_of_its_parent(void** state) {
  uv_pid_t parent = uv_os_getpid();
  int status = -1;
  pid_t pid;

  (void)state;
  assert_int_equal(parent, getpid());
  assert_int_equal(uv_os_getppid(), getppid());
  pid = fork();
  if (pid == 0) {
    _exit(uv_os_getpid() == getpid() && uv_os_getppid() == parent ? 0 : 1);
  }
  assert_true(pid > 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

static void test_priority_is_as_it_was_set(void** state) {
  static const int levels[] = {UV_PRIORITY_NORMAL, 5, UV_PRIORITY_BELOW_NORMAL,
                               UV_PRIORITY_LOW};
  int priority;

  (void)state;
  assert_int_equal(uv_os_getpriority(0, &priority), 0);
  assert_int_equal(priority, getpriority(PRIO_PROCESS, 0));
  for (size_t i = 0; i < COUNT_OF(levels); i++) {
    if (levels[i] < priority) {
      continue; /* It takes a right to go back. */
    }
    assert_int_equal(uv_os_setpriority(i % 2 ? uv_os_getpid() : 0, levels[i]),
                     0);
    assert_int_equal(uv_os_getpriority(uv_os_getpid(), &priority), 0);
    assert_int_equal(priority, levels[i]);
  }
}

static void test_minus_one_is_a_priority_and_no_error(void** state) {
  int priority = 0;

  (void)state;
  if (uv_os_setpriority(0, -1) != 0) {
    gy_test_skip("there is no right to that");
  }
  assert_int_equal(uv_os_getpriority(0, &priority), 0);
  assert_int_equal(priority, -1);
}

static void test_a_priority_that_is_none_is_invalid(void** state) {
  int priority = 77;

  (void)state;
  assert_int_equal(uv_os_setpriority(0, 20), UV_EINVAL);
  assert_int_equal(uv_os_setpriority(0, -21), UV_EINVAL);
  assert_int_equal(uv_os_setpriority(0, INT_MAX), UV_EINVAL);
  assert_int_equal(uv_os_setpriority(0, INT_MIN), UV_EINVAL);
  assert_int_equal(uv_os_getpriority(0x7ffffff0, &priority), UV_ESRCH);
  assert_int_equal(uv_os_setpriority(0x7ffffff0, 0), UV_ESRCH);
  assert_int_equal(priority, 77);
}

static void test_null_and_no_room_are_invalid(void** state) {
  char buffer[ROOM];
  size_t size = sizeof(buffer);
  size_t none = 0;

  (void)state;
  assert_int_equal(uv_cwd(NULL, &size), UV_EINVAL);
  assert_int_equal(uv_cwd(buffer, NULL), UV_EINVAL);
  assert_int_equal(uv_cwd(buffer, &none), UV_EINVAL);
  assert_int_equal(uv_exepath(NULL, &size), UV_EINVAL);
  assert_int_equal(uv_exepath(buffer, NULL), UV_EINVAL);
  assert_int_equal(uv_exepath(buffer, &none), UV_EINVAL);
  assert_int_equal(uv_resident_set_memory(NULL), UV_EINVAL);
  assert_int_equal(uv_getrusage(NULL), UV_EINVAL);
  assert_int_equal(uv_getrusage_thread(NULL), UV_EINVAL);
  assert_int_equal(uv_os_getpriority(0, NULL), UV_EINVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_the_working_directory_is_told_with_every_size),
    cmocka_unit_test(test_a_directory_that_was_removed_is_not_there),
    cmocka_unit_test(test_nobody_goes_where_there_is_no_directory),
    cmocka_unit_test(test_a_directory_deeper_than_paths_are_long_is_told),
    cmocka_unit_test(test_the_program_is_found_and_cut_to_the_room),
    cmocka_unit_test(test_memory_that_is_written_is_resident),
    cmocka_unit_test(test_what_was_used_is_what_the_system_says),
    cmocka_unit_test(test_a_thread_has_used_less_than_all_of_them),
    cmocka_unit_test(test_a_child_knows_its_number_and_that_of_its_parent),
    cmocka_unit_test(test_priority_is_as_it_was_set),
    cmocka_unit_test(test_minus_one_is_a_priority_and_no_error),
    cmocka_unit_test(test_a_priority_that_is_none_is_invalid),
    cmocka_unit_test(test_null_and_no_room_are_invalid),
};

GY_TEST_MAIN(tests)
