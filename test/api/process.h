/* process.h - what the tests of processes share: a loop, and a child that tells
 * what it is.
 *
 * The child is the test program itself, started with the arguments "--child"
 * and what to do: see child_main(). A test program ends with
 * PROCESS_TEST_MAIN() instead of GY_TEST_MAIN().
 *
 * How children are started and heard of depends on the kernel; the environment
 * variable GYRE_SPAWN makes the library do as on one that has less. Tests that
 * are in the table with IN_ALL_WAYS() run with each. */
#ifndef GY_TEST_PROCESS_H_
#define GY_TEST_PROCESS_H_

#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  REPORT_SIZE = 16384,
  STDIO_MOST = 32,
  NOBODY = 65534
};

#define IN_WAY(test, way, text) \
  { #test way, test, NULL, NULL, text }
#define IN_ALL_WAYS(test)                                            \
  IN_WAY(test, "_by_default", ""), IN_WAY(test, "_by_fork", "fork"), \
      IN_WAY(test, "_by_sigchld", "sigchld"),                        \
      IN_WAY(test, "_by_fork_and_sigchld", "fork,sigchld")

static char self[PATH_MAX]; /* the path of this program */
static uv_loop_t loop;
static uv_process_t process;
static uv_process_options_t options;
static uv_stdio_container_t stdio[STDIO_MOST];
static char* args[16];
static int exit_calls;
static int64_t exit_status;
static int exit_signal;

/* ---- the child --------------------------------------------------------------
 */

static inline void report_fds(FILE* out) {
  DIR* dir = opendir("/proc/self/fd");
  struct dirent* entry;

  while (dir != NULL && (entry = readdir(dir)) != NULL) {
    int fd = atoi(entry->d_name);
    struct stat about;
    if (entry->d_name[0] == '.' || fd == dirfd(dir) || fd == fileno(out) ||
        fstat(fd, &about) != 0)
      continue;
    fprintf(out, "fd %d dev %lu ino %lu access %d nonblock %d\n", fd,
            (unsigned long)about.st_dev, (unsigned long)about.st_ino,
            fcntl(fd, F_GETFL) & O_ACCMODE,
            (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  }
  if (dir != NULL)
    closedir(dir);
}

static inline void report_signals(FILE* out) {
  sigset_t mask;
  int blocked = 0;
  int handled = 0;

  sigprocmask(SIG_SETMASK, NULL, &mask);
  for (int i = 1; i < NSIG; i++) {
    struct sigaction action;
    blocked += sigismember(&mask, i) == 1;
    if (sigaction(i, NULL, &action) == 0)
      handled += action.sa_handler == SIG_IGN;
  }
  fprintf(out, "blocked %d\nignored %d\n", blocked, handled);
}

/* Write all there is to know of this process to the file |path|. */
static inline int child_report(const char* path, int count, char** rest) {
  extern char** environ;
  char cwd[PATH_MAX] = "?";
  FILE* out = fopen(path, "w");

  if (out == NULL)
    return 99;
  report_fds(out);
  report_signals(out);
  fprintf(out, "cwd %s\n", getcwd(cwd, sizeof(cwd)) != NULL ? cwd : "?");
  fprintf(out, "uid %d %d gid %d %d groups %d\n", (int)getuid(), (int)geteuid(),
          (int)getgid(), (int)getegid(), getgroups(0, NULL));
  fprintf(out, "leader %d\n", getsid(0) == getpid());
  for (int i = 0; i < count; i++)
    fprintf(out, "arg %d %s\n", i, rest[i]);
  for (int i = 0; environ[i] != NULL; i++)
    fprintf(out, "env %s\n", environ[i]);
  return fclose(out) == 0 ? 0 : 98;
}

static inline int child_cat(void) {
  char bytes[4096];
  ssize_t count;

  while ((count = read(0, bytes, sizeof(bytes))) > 0) {
    ssize_t done = 0;
    while (done < count) {
      ssize_t now = write(1, bytes + done, (size_t)(count - done));
      if (now < 0)
        return 97;
      done += now;
    }
  }
  return count == 0 ? 7 : 96;
}

/* "exit N", "raise N", "cat", "wait" until input ends, or "report PATH". */
static inline int child_main(int argc, char** argv) {
  const char* what = argc > 2 ? argv[2] : "";
  char byte;

  alarm(60); /* Nobody may be there any more who would end it. */
  if (strcmp(what, "exit") == 0)
    return atoi(argv[3]);
  if (strcmp(what, "raise") == 0)
    return raise(atoi(argv[3]));
  if (strcmp(what, "cat") == 0)
    return child_cat();
  if (strcmp(what, "wait") == 0)
    return read(0, &byte, 1) < 0;
  if (strcmp(what, "report") == 0)
    return child_report(argv[3], argc - 4, argv + 4);
  return 95;
}

#define PROCESS_TEST_MAIN(tests)                             \
  int main(int argc, char** argv) {                          \
    if (argc > 1 && strcmp(argv[1], "--child") == 0)         \
      return child_main(argc, argv);                         \
    if (realpath(argv[0], self) == NULL)                     \
      return 94;                                             \
    return gy_test_main(argc, argv, tests, COUNT_OF(tests)); \
  }

/* ---- the test
 * ---------------------------------------------------------------- */

static inline void on_exit_count(uv_process_t* handle, int64_t status,
                                 int signum) {
  assert_false(uv_is_active((uv_handle_t*)handle));
  exit_calls++;
  exit_status = status;
  exit_signal = signum;
}

/* Set |options| up for a child that does |what|, in the default way. */
static inline void options_set(const char* what, const char* argument) {
  memset(&options, 0, sizeof(options));
  memset(stdio, 0, sizeof(stdio));
  memset(args, 0, sizeof(args));
  args[0] = self;
  args[1] = "--child";
  args[2] = (char*)(uintptr_t)what;
  args[3] = (char*)(uintptr_t)argument;
  options.file = self;
  options.args = args;
  options.stdio = stdio;
  options.exit_cb = on_exit_count;
  exit_calls = 0;
}

/* Set |options| up for a shell that does |command|. */
static inline void options_set_shell(const char* command) {
  options_set("", NULL);
  args[0] = "sh";
  args[1] = "-c";
  args[2] = (char*)(uintptr_t)command;
  args[3] = NULL;
  options.file = "/bin/sh";
}

/* A new loop, in the way that the test was started for. */
static inline void begin(void** state) {
  const char* way = *state != NULL ? *state : "";

  assert_int_equal(setenv("GYRE_SPAWN", way, 1), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  options_set("exit", "0");
}

static inline void no_children_are_left(void) {
  assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
  assert_int_equal(errno, ECHILD);
}

/* Close the loop; all children must have been reaped. */
static inline void end(void) {
  gy_test_close_loop(&loop);
  no_children_are_left();
}

static inline void spawn(void) {
  assert_int_equal(uv_spawn(&loop, &process, &options), 0);
  assert_true(process.pid > 0);
  assert_int_equal(uv_process_get_pid(&process), process.pid);
  assert_true(uv_is_active((uv_handle_t*)&process));
}

/* Run until the child has ended, and close its handle. */
static inline void run_to_the_end(void) {
  while (exit_calls == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(exit_calls, 1);
  uv_close((uv_handle_t*)&process, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(exit_calls, 1);
}

static inline void expect_exit(int status, int signum) {
  run_to_the_end();
  assert_int_equal(exit_status, status);
  assert_int_equal(exit_signal, signum);
}

/* A spawn that fails with |err|, and leaves nothing behind. */
static inline void expect_refusal(int err) {
  assert_int_equal(uv_spawn(&loop, &process, &options), err);
  assert_false(uv_is_active((uv_handle_t*)&process));
  assert_int_equal(process.pid, 0);
  assert_int_equal(uv_process_kill(&process, 0), UV_ESRCH);
  no_children_are_left();
  uv_close((uv_handle_t*)&process, NULL);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(exit_calls, 0);
}

/* ---- what the child says of itself
 * --------------------------------------------- */

static char report_path[64];
static char report[REPORT_SIZE];

/* Have the child report; what it is given besides follows in args[4]. */
static inline void options_set_report(void) {
  int fd;

  snprintf(report_path, sizeof(report_path), "/tmp/gyre-report-XXXXXX");
  fd = mkstemp(report_path);
  assert_true(fd >= 0);
  assert_int_equal(fchmod(fd, 0666), 0);
  assert_int_equal(close(fd), 0);
  options_set("report", report_path);
}

static inline void read_report(void) {
  FILE* in = fopen(report_path, "r");
  size_t size;

  assert_non_null(in);
  size = fread(report, 1, sizeof(report) - 1, in);
  report[size] = '\0';
  fclose(in);
  assert_int_equal(unlink(report_path), 0);
}

/* Spawn, and read the report. */
static inline void spawn_and_read(void) {
  spawn();
  expect_exit(0, 0);
  read_report();
}

/* Does the report have the line |line|? */
static inline bool reported(const char* line) {
  char text[PATH_MAX + 64];

  snprintf(text, sizeof(text), "\n%s\n", line);
  return strstr(report, text) != NULL ||
         strncmp(report, text + 1, strlen(text + 1)) == 0;
}

static inline void expect_line(const char* line) {
  if (!reported(line))
    fail_msg("no line \"%s\" in:\n%s", line, report);
}

static inline bool has_fd(int fd) {
  char text[32];

  snprintf(text, sizeof(text), "fd %d dev ", fd);
  return strstr(report, text) != NULL;
}

/* Is the child's descriptor |fd| the same file as |ours| is here? */
static inline bool has_same_fd(int fd, int ours) {
  struct stat about;
  char text[128];

  assert_int_equal(fstat(ours, &about), 0);
  snprintf(text, sizeof(text), "fd %d dev %lu ino %lu access", fd,
           (unsigned long)about.st_dev, (unsigned long)about.st_ino);
  return strstr(report, text) != NULL;
}

#endif /* GY_TEST_PROCESS_H_ */
