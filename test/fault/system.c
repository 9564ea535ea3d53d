/* system.c - what the machine and the process say while calls fail. */
#include "sweep.h"

static uv_loop_t loop;
static uv_random_t reqs[2];
static unsigned char bytes[2][64];
static int started;
static int answered;

/* ---- the machine ----------------------------------------------------------
 */

static void machine_is_asked(void) {
  uv_cpu_info_t* cpus;
  uv_timespec64_t now;
  uv_timeval64_t day;
  uv_utsname_t name;
  char host[UV_MAXHOSTNAMESIZE];
  size_t size = sizeof(host);
  double load[3] = {-1, -1, -1};
  double uptime = -1;
  int count = -1;

  if (works(uv_cpu_info(&cpus, &count))) {
    CHECK(count > 0 && strlen(cpus[count - 1].model) > 0);
    uv_free_cpu_info(cpus, count);
  }
  (void)works(uv_clock_gettime(UV_CLOCK_REALTIME, &now));
  (void)works(uv_gettimeofday(&day));
  if (works(uv_uptime(&uptime))) {
    CHECK(uptime >= 0);
  }
  (void)works(uv_os_uname(&name));
  (void)works(uv_os_gethostname(host, &size));
  uv_loadavg(load);
  CHECK(load[0] >= 0 || (fault_is_on() && load[0] < 0 && load[2] < 0));
  CHECK(uv_available_parallelism() >= 1);
}

static void test_a_machine_is_told_of_or_an_error_is(void** state) {
  (void)state;
  sweep(machine_is_asked, "uname");
}

/* These know no errors: 0 is what is not known. */
static void memory_is_asked(void) {
  uint64_t total = uv_get_total_memory();
  uint64_t unused = uv_get_free_memory();
  size_t rss = 0;

  CHECK(total > 0 || fault_is_on());
  CHECK(unused > 0 || fault_is_on());
  CHECK(unused <= total || total == 0);
  if (works(uv_resident_set_memory(&rss))) {
    CHECK(rss > 0 || fault_is_on());
  }
}

static void test_memory_is_never_told_wrong(void** state) {
  (void)state;
  sweep(memory_is_asked, "sysconf");
}

/* What cannot be read is no limit: it may be more than in peace, never less. */
static uint64_t limit_in_peace;

static void limits_are_asked(void) {
  uint64_t limit = uv_get_constrained_memory();

  CHECK(limit == limit_in_peace || fault_is_on());
  CHECK(limit >= limit_in_peace || limit == 0);
}

static void test_a_limit_of_memory_is_never_told_too_low(void** state) {
  (void)state;
  limit_in_peace = uv_get_constrained_memory();
  sweep(limits_are_asked, "getrlimit");
}

/* ---- the process ----------------------------------------------------------
 */

static void process_is_asked(void) {
  char path[4096];
  size_t size = sizeof(path);
  uv_rusage_t usage;
  int priority;

  if (works(uv_cwd(path, &size))) {
    CHECK(path[0] == '/' && strlen(path) == size);
    (void)works(uv_chdir(path));
  }
  size = sizeof(path);
  if (works(uv_exepath(path, &size))) {
    CHECK(path[0] == '/' && strlen(path) == size);
  }
  (void)works(uv_getrusage(&usage));
  (void)works(uv_getrusage_thread(&usage));
  if (works(uv_os_getpriority(0, &priority))) {
    (void)works(uv_os_setpriority(0, priority));
  }
}

static void test_a_process_knows_itself_or_says_why_not(void** state) {
  (void)state;
  sweep(process_is_asked, "getcwd");
}

static void environment_is_used(void) {
  uv_env_item_t* items;
  char path[4096];
  size_t size = sizeof(path);
  int count;

  if (works(uv_os_setenv("GYRE_TEST", "value"))) {
    CHECK(uv_os_getenv("GYRE_TEST", path, &size) == 0);
    CHECK(strcmp(path, "value") == 0);
    (void)works(uv_os_unsetenv("GYRE_TEST"));
  }
  if (works(uv_os_environ(&items, &count))) {
    CHECK(count > 0);
    uv_os_free_environ(items, count);
  }
  fault_pause();
  CHECK(uv_os_unsetenv("GYRE_TEST") == 0);
  CHECK(uv_os_unsetenv("HOME") == 0);
  fault_resume();
  size = sizeof(path);
  (void)works(uv_os_homedir(path, &size));
  fault_pause();
  CHECK(uv_os_setenv("HOME", "/") == 0);
  fault_resume();
}

static void test_the_environment_is_whole_whatever_fails(void** state) {
  (void)state;
  sweep(environment_is_used, "setenv");
}

static void users_are_looked_up(void) {
  uv_passwd_t user;
  uv_group_t group;

  if (works(uv_os_get_passwd2(&user, 0))) {
    uv_os_free_passwd(&user);
  }
  if (works(uv_os_get_group(&group, 0))) {
    uv_os_free_group(&group);
  }
}

static void test_users_are_found_or_an_error_is_told(void** state) {
  uv_passwd_t user;
  uv_group_t group;

  (void)state;
  if (uv_os_get_passwd2(&user, 0) != 0 || uv_os_get_group(&group, 0) != 0) {
    gy_test_skip("there is no user 0");
  }
  uv_os_free_passwd(&user);
  uv_os_free_group(&group);
  sweep(users_are_looked_up, "getpwuid_r");
}

static char arguments[] = "program\0first";

static void title_is_set(void) {
  char* argv[] = {arguments, arguments + 8, NULL};
  char** copy = uv_setup_args(2, argv);
  char title[32];

  /* Without memory the program goes on with what it has, and has no title. */
  if (copy == argv && fault_is_on()) {
    CHECK(uv_set_process_title("x") == UV_ENOBUFS);
    CHECK(uv_get_process_title(title, sizeof(title)) == UV_ENOBUFS);
    return;
  }
  CHECK(uv_set_process_title("x") == 0);
  CHECK(uv_get_process_title(title, sizeof(title)) == 0);
  CHECK(strcmp(title, "x") == 0);
}

static void test_a_title_is_there_or_not(void** state) {
  (void)state;
  sweep(title_is_set, "malloc");
}

static void library_is_loaded(void) {
  uv_lib_t lib;
  void* symbol;

  if (uv_dlopen(NULL, &lib) != 0) {
    CHECK(fault_is_on() && strcmp(uv_dlerror(&lib), "no error") != 0);
  } else if (uv_dlsym(&lib, "malloc", &symbol) != 0) {
    CHECK(fault_is_on() && strcmp(uv_dlerror(&lib), "no error") != 0);
  } else {
    CHECK(symbol != NULL);
  }
  uv_dlclose(&lib);
  /* Words that there is no memory for are still words. */
  CHECK(uv_dlopen("no-such-library.so", &lib) == -1);
  CHECK(strcmp(uv_dlerror(&lib), "no error") != 0);
  uv_dlclose(&lib);
}

static void test_a_library_is_loaded_or_there_are_words(void** state) {
  (void)state;
  sweep(library_is_loaded, "dlopen");
}

/* ---- random bytes ---------------------------------------------------------
 */

static void note_bytes(uv_random_t* req, int status, void* buf, size_t size) {
  CHECK(buf == bytes[req - reqs] && size == sizeof(bytes[0]));
  (void)works(status);
  answered++;
}

static void random_bytes_are_drawn(void) {
  started = 0;
  answered = 0;
  (void)works(uv_random(NULL, NULL, bytes[0], sizeof(bytes[0]), 0, NULL));
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  for (size_t i = 0; i < COUNT_OF(reqs); i++) {
    started += works(
        uv_random(&loop, &reqs[i], bytes[i], sizeof(bytes[i]), 0, note_bytes));
  }
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(answered == started);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_random_bytes_come_or_an_error_does(void** state) {
  (void)state;
  sweep(random_bytes_are_drawn, "getrandom");
}

/* ---- the device, where the call is not to be had ---------------------------
 */

static const char* failing_call;
static int failing_err;
static int failing_times; /* how often, from the first one on */

/* gy_fault_hook: a kernel without getrandom(2), and one more that fails. */
static int without_getrandom(const char* call) {
  if (strcmp(call, "getrandom") == 0 || strcmp(call, "getentropy") == 0) {
    return ENOSYS;
  }
  if (failing_call != NULL && strcmp(call, failing_call) == 0 &&
      failing_times > 0) {
    failing_times--;
    return failing_err;
  }
  return 0;
}

static int draw_without(const char* call, int err, int times) {
  static unsigned char drawn[256];
  int result;

  failing_call = call;
  failing_err = err;
  failing_times = times;
  memset(drawn, 0, sizeof(drawn));
  gy_fault_hook = without_getrandom;
  result = uv_random(NULL, NULL, drawn, sizeof(drawn), 0, NULL);
  gy_fault_hook = GY_FAULT_NOBODY;
  if (result == 0) {
    int any = 0;
    for (size_t i = 0; i < sizeof(drawn); i++) {
      any |= drawn[i];
    }
    assert_int_not_equal(any, 0);
  }
  return result;
}

static void test_without_the_call_the_device_gives_random_bytes(void** state) {
  (void)state;
  assert_int_equal(draw_without(NULL, 0, 0), 0);
  assert_int_equal(draw_without("open", EINTR, 5), 0);
  assert_int_equal(draw_without("read", EINTR, 5), 0);
  assert_int_equal(draw_without("open", ENOENT, 1), UV_ENOENT);
  assert_int_equal(draw_without("open", EMFILE, 1), UV_EMFILE);
  assert_int_equal(draw_without("fstat", EIO, 1), UV_EIO);
  assert_int_equal(draw_without("read", EIO, 1), UV_EIO);
}

static int fail_getrandom_with_eperm(const char* call) {
  return strcmp(call, "getrandom") == 0 || strcmp(call, "getentropy") == 0
             ? EPERM
             : 0;
}

static int fail_getrandom_with_eio(const char* call) {
  return strcmp(call, "getrandom") == 0 || strcmp(call, "getentropy") == 0 ? EIO
                                                                           : 0;
}

static void test_a_call_that_is_forbidden_is_as_one_that_is_not_there(
    void** state) {
  unsigned char drawn[8];

  (void)state;
  gy_fault_hook = fail_getrandom_with_eperm;
  assert_int_equal(uv_random(NULL, NULL, drawn, sizeof(drawn), 0, NULL), 0);
  gy_fault_hook = fail_getrandom_with_eio;
  assert_int_equal(uv_random(NULL, NULL, drawn, sizeof(drawn), 0, NULL),
                   UV_EIO);
  gy_fault_hook = GY_FAULT_NOBODY;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_machine_is_told_of_or_an_error_is),
    cmocka_unit_test(test_memory_is_never_told_wrong),
    cmocka_unit_test(test_a_limit_of_memory_is_never_told_too_low),
    cmocka_unit_test(test_a_process_knows_itself_or_says_why_not),
    cmocka_unit_test(test_the_environment_is_whole_whatever_fails),
    cmocka_unit_test(test_users_are_found_or_an_error_is_told),
    cmocka_unit_test(test_a_title_is_there_or_not),
    cmocka_unit_test(test_a_library_is_loaded_or_there_are_words),
    cmocka_unit_test(test_random_bytes_come_or_an_error_does),
    cmocka_unit_test(test_without_the_call_the_device_gives_random_bytes),
    cmocka_unit_test(test_a_call_that_is_forbidden_is_as_one_that_is_not_there),
};

GY_TEST_MAIN(tests)
