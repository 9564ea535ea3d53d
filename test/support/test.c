/* test.c - the main program of every test file, on Unix. */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/runner.h"

enum {
  FD_LIMIT = 4096,
  FD_MOST = 8192,
  POLLER_MOST = 8,
  EXIT_USAGE = 2
};

/* The descriptors a process has open, in no order. */
typedef struct {
  int count; /* -1: this system does not tell */
  int fds[FD_MOST];
} fd_set_t;

typedef struct {
  const char* filter;
  const char* poller;
  long job_count;
  long timeout_s;
} options_t;

/* Every program with AddressSanitizer in it has this function, no other has;
 * and likewise the other. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

/* cmocka catches SIGSEGV to go on with the next test. There is no next one
 * here, and a sanitizer has more to say about it. */
const char* __asan_default_options(void);
const char* __asan_default_options(void) {
  return "handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_sigill=2:"
         "detect_stack_use_after_return=1";
}

const char* __tsan_default_options(void);
const char* __tsan_default_options(void) {
  /* The child of a process with threads may have threads of its own: that is
   * what uv_loop_fork() is for. */
  return "handle_segv=2:handle_sigbus=2:second_deadlock_stack=1:"
         "die_after_fork=0";
}

const char* __ubsan_default_options(void);
const char* __ubsan_default_options(void) {
  return "print_stacktrace=1";
}

static void fds_list(fd_set_t* set) {
  DIR* dir = opendir("/proc/self/fd");
  struct dirent* entry;

  set->count = -1;
  if (dir == NULL)
    return;
  set->count = 0;
  while ((entry = readdir(dir)) != NULL && set->count < FD_MOST) {
    int fd = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != dirfd(dir))
      set->fds[set->count++] = fd;
  }
  closedir(dir);
}

static int fds_contain(const fd_set_t* set, int fd) {
  for (int i = 0; i < set->count; i++) {
    if (set->fds[i] == fd)
      return 1;
  }
  return 0;
}

/* Print what |set| has and |other| has not. The number of them. */
static int fds_tell_extra(const fd_set_t* set, const fd_set_t* other,
                          const char* what) {
  int count = 0;

  for (int i = 0; i < set->count; i++) {
    char path[64];
    char target[256];
    ssize_t length;

    if (fds_contain(other, set->fds[i]))
      continue;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", set->fds[i]);
    length = readlink(path, target, sizeof(target) - 1);
    target[length < 0 ? 0 : length] = '\0';
    printf("descriptor %d was %s: %s\n", set->fds[i], what, target);
    count++;
  }
  return count;
}

static int test_run(const struct CMUnitTest* test) {
  static fd_set_t before; /* static: too large for a small stack */
  static fd_set_t after;
  const struct CMUnitTest group[1] = {*test};
  int failed;

  fds_list(&before);
  failed = cmocka_run_group_tests_name(test->name, group, NULL, NULL);
  fflush(stdout);
  if (failed != 0 || before.count < 0)
    return failed != 0;
  fds_list(&after);
  failed = fds_tell_extra(&after, &before, "left open");
  failed += fds_tell_extra(&before, &after, "closed, but not by its owner");
  return failed != 0;
}

/* Let a test open FD_LIMIT descriptors, if this user may: shells set as few as
 * 256. */
static void fd_limit_raise(void) {
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FD_LIMIT)
    return;
  limit.rlim_cur = limit.rlim_max < FD_LIMIT ? limit.rlim_max : FD_LIMIT;
  (void)setrlimit(RLIMIT_NOFILE, &limit); /* the test will tell if it needs */
}

#ifdef __linux__
/* Does this kernel, or its warden, refuse io_uring whatever is asked for? */
static bool uring_is_refused(void) {
  return syscall(425, 0, NULL) < 0 && (errno == ENOSYS || errno == EPERM);
}
#else
static bool uring_is_refused(void) {
  return false;
}
#endif

static int test_run_named(const struct CMUnitTest* tests, size_t count,
                          const char* name) {
  fd_limit_raise();
  if (strcmp(gy_test_poller(), "io_uring") == 0 && uring_is_refused())
    gy_test_skip("io_uring is not to be had here");
  for (size_t i = 0; i < count; i++) {
    if (strcmp(tests[i].name, name) == 0)
      return test_run(&tests[i]);
  }
  fprintf(stderr, "there is no test called %s; --list tells the names\n", name);
  return EXIT_USAGE;
}

/* Split |words| at spaces, in place, into at most |most| |parts|. */
static size_t words_split(char* words, const char** parts, size_t most) {
  size_t count = 0;

  for (char* word = strtok(words, " "); word != NULL && count < most;
       word = strtok(NULL, " "))
    parts[count++] = word;
  return count;
}

static int plan_run(const char* program, const struct CMUnitTest* tests,
                    size_t count, const options_t* options) {
  static char all[] = GY_TEST_POLLERS;
  const char* pollers[POLLER_MOST] = {options->poller};
  const char** names = calloc(count + 1, sizeof(*names));
  gy_runner_plan_t plan = {.program = program};
  int status;

  if (names == NULL)
    return EXIT_USAGE;
  for (size_t i = 0; i < count; i++) {
    if (strstr(tests[i].name, options->filter) != NULL)
      names[plan.name_count++] = tests[i].name;
  }
  plan.names = names;
  plan.pollers = pollers;
  plan.poller_count = 1;
  if (options->poller != NULL && strcmp(options->poller, "all") == 0)
    plan.poller_count = words_split(all, pollers, POLLER_MOST);
  plan.job_count = (size_t)options->job_count;
  plan.timeout_s = (unsigned)options->timeout_s;
  status = gy_runner_run(&plan);
  free(names);
  return status;
}

/* Read a number from 1 to 100000. The number, or -1. */
static long number_parse(const char* text) {
  char* end;
  long number;

  errno = 0;
  number = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || number < 1 ||
      number > 100000)
    return -1;
  return number;
}

/* Read options, each a name and a value, into |options|. 0, or -1 when they
 * make no sense. */
static int options_parse(int argc, char** argv, options_t* options) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);

  *options = (options_t){.filter = "", .timeout_s = 30};
  options->job_count = processors < 1 ? 1 : processors;
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc)
      return -1;
    if (strcmp(argv[i], "--filter") == 0)
      options->filter = argv[i + 1];
    else if (strcmp(argv[i], "--poller") == 0)
      options->poller = argv[i + 1];
    else if (strcmp(argv[i], "--jobs") == 0)
      options->job_count = number_parse(argv[i + 1]);
    else if (strcmp(argv[i], "--timeout") == 0)
      options->timeout_s = number_parse(argv[i + 1]);
    else
      return -1;
  }
  return options->job_count < 0 || options->timeout_s < 0 ? -1 : 0;
}

#ifdef GY_TEST_CALM_KQUEUE
enum {
  KQUEUE_IS_CALM = 1
};
#else
enum {
  KQUEUE_IS_CALM = 0
};
#endif

void gy_test_needs_urgency(void) {
  if (KQUEUE_IS_CALM && strcmp(gy_test_poller(), "kqueue") == 0) {
    gy_test_skip("this kernel's kqueue has no word for urgent data");
  }
}

bool gy_test_has_asan(void) {
  return __asan_init != NULL;
}

bool gy_test_has_tsan(void) {
  return __tsan_init != NULL;
}

int gy_test_main(int argc, char** argv, const struct CMUnitTest* tests,
                 size_t count) {
  options_t options;

  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (size_t i = 0; i < count; i++)
      puts(tests[i].name);
    return 0;
  }
  if (argc == 2 && argv[1][0] != '-')
    return test_run_named(tests, count, argv[1]);
  if (options_parse(argc, argv, &options) == 0)
    return plan_run(argv[0], tests, count, &options);
  fprintf(stderr,
          "usage: %s --list | NAME | [--filter SUBSTRING] "
          "[--poller NAME|all] [--jobs N] [--timeout SECONDS]\n",
          argv[0]);
  return EXIT_USAGE;
}
