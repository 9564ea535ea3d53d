/* process-options.c - tests of what a child is told to be: its program, its
 * arguments and environment, its directory and user. Its descriptors:
 * process-stdio.c. */
#include "process.h"

/* ---- program, arguments, environment
 * ----------------------------------------- */

static void test_arguments_and_environment_arrive(void** state) {
  char* env[] = {"ONE=1", "EMPTY=", "PATH=/nowhere", NULL};

  begin(state);
  options_set_report();
  options.env = env;
  args[4] = "first";
  args[5] = "";
  args[6] = "with space";
  spawn_and_read();
  expect_line("arg 0 first");
  expect_line("arg 1 ");
  expect_line("arg 2 with space");
  expect_line("env ONE=1");
  expect_line("env EMPTY=");
  assert_null(strstr(report, "env GYRE_SPAWN"));
  end();
}

static void test_environment_is_ours_if_none_is_given(void** state) {
  begin(state);
  options_set_report();
  assert_int_equal(setenv("OURS", "yes", 1), 0);
  spawn_and_read();
  expect_line("env OURS=yes");
  end();
}

static void test_directory_is_that_of_the_options(void** state) {
  begin(state);
  options_set_report();
  options.cwd = "/usr";
  spawn_and_read();
  expect_line("cwd /usr");
  end();
}

/* A directory of our own, with programs that exit with a number. */
static char folder[] = "/tmp/gyre-process-XXXXXX";

static const char* in_folder(const char* name) {
  static char paths[4][PATH_MAX];
  static unsigned next;
  char* path = paths[next++ % 4];

  snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
  return path;
}

static void write_script(const char* name, const char* text, mode_t mode) {
  FILE* out = fopen(in_folder(name), "w");

  assert_non_null(out);
  fputs(text, out);
  assert_int_equal(fclose(out), 0);
  assert_int_equal(chmod(in_folder(name), mode), 0);
}

static void make_folder(void) {
  assert_non_null(mkdtemp(folder));
  assert_int_equal(mkdir(in_folder("a"), 0755), 0);
  assert_int_equal(mkdir(in_folder("b"), 0755), 0);
  assert_int_equal(mkdir(in_folder("c"), 0755), 0);
  write_script("a/program", "#!/bin/sh\nexit 10\n", 0644);
  write_script("b/program", "#!/bin/sh\nexit 11\n", 0755);
  write_script("c/program", "exit 1$#\n", 0755); /* the shell has to help */
  options_set("", NULL);
  args[0] = "program";
  args[1] = "x";
  args[2] = "y";
  args[3] = NULL;
  options.file = "program";
}

static void remove_folder(void) {
  assert_int_equal(unlink(in_folder("a/program")), 0);
  assert_int_equal(unlink(in_folder("b/program")), 0);
  assert_int_equal(unlink(in_folder("c/program")), 0);
  assert_int_equal(rmdir(in_folder("a")), 0);
  assert_int_equal(rmdir(in_folder("b")), 0);
  assert_int_equal(rmdir(in_folder("c")), 0);
  assert_int_equal(rmdir(folder), 0);
}

static void set_path(const char* format) {
  static char path[PATH_MAX];
  static char* env[2];

  snprintf(path, sizeof(path), format, folder, folder, folder);
  env[0] = path;
  options.env = env;
}

static void test_path_of_the_childs_environment_is_searched(void** state) {
  begin(state);
  make_folder();
  set_path("PATH=/nowhere:%s/b:%s/c");
  spawn();
  expect_exit(11, 0);
  exit_calls = 0;
  set_path("PATH=%s/c");
  spawn();
  expect_exit(12, 0);
  exit_calls = 0;
  set_path("PATH=%s/a"); /* it is there, and must not be executed */
  expect_refusal(UV_EACCES);
  set_path("PATH=%s/a:/nowhere");
  expect_refusal(UV_EACCES);
  set_path("PATH=%s/a:%s/b");
  spawn();
  expect_exit(11, 0);
  exit_calls = 0;
  set_path("PATH=/nowhere:/neither");
  expect_refusal(UV_ENOENT);
  set_path("OTHER=%s/b");
  expect_refusal(UV_ENOENT);
  remove_folder();
  end();
}

static void test_relative_path_is_one_of_the_childs_directory(void** state) {
  begin(state);
  make_folder();
  options.cwd = folder;
  set_path("PATH=b");
  spawn();
  expect_exit(11, 0);
  exit_calls = 0;
  options.cwd = in_folder("c");
  set_path("PATH=/nowhere:"); /* an empty name is the directory */
  spawn();
  expect_exit(12, 0);
  exit_calls = 0;
  options.file = "./program";
  spawn();
  expect_exit(12, 0);
  exit_calls = 0;
  options.cwd = in_folder("b");
  options.file = "../c/program";
  spawn();
  expect_exit(12, 0);
  remove_folder();
  end();
}

static void test_path_of_this_process_is_searched_if_it_is_the_childs(
    void** state) {
  begin(state);
  make_folder();
  assert_int_equal(setenv("PATH", in_folder("b"), 1), 0);
  spawn();
  expect_exit(11, 0);
  exit_calls = 0;
  assert_int_equal(unsetenv("PATH"), 0);
  options.file = "true";
  spawn();
  expect_exit(0, 0);
  remove_folder();
  end();
}

static void test_program_needs_no_arguments(void** state) {
  char* none[] = {NULL};

  begin(state);
  options.file = "true";
  options.args = NULL;
  spawn();
  expect_exit(0, 0);
  exit_calls = 0;
  options.args = none;
  spawn();
  expect_exit(0, 0);
  end();
}

/* ---- what it is
 * --------------------------------------------------------------- */

static void ignore_nothing(int signum) {
  (void)signum;
}

static void test_signals_are_as_in_a_new_world(void** state) {
  sigset_t all;
  sigset_t before;

  begin(state);
  options_set_report();
  assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  assert_true(signal(SIGUSR1, ignore_nothing) != SIG_ERR);
  assert_true(signal(SIGRTMIN, SIG_IGN) != SIG_ERR);
  sigfillset(&all);
  assert_int_equal(sigprocmask(SIG_SETMASK, &all, &before), 0);
  spawn();
  assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &all), 0);
  assert_true(sigismember(&all, SIGTERM)); /* ours is as it was */
  assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
  expect_exit(0, 0);
  read_report();
  expect_line("blocked 0");
  expect_line("ignored 0");
  end();
}

static void test_detached_child_leads_a_session(void** state) {
  begin(state);
  options_set_report();
  spawn_and_read();
  expect_line("leader 0");
  options_set_report();
  options.flags = UV_PROCESS_DETACHED;
  spawn_and_read();
  expect_line("leader 1");
  end();
}

static void test_child_becomes_another_user_without_our_groups(void** state) {
  static const gid_t groups[] = {1, 2, 3};

  begin(state);
  if (getuid() != 0)
    gy_test_skip("only root may become somebody else");
  assert_int_equal(setgroups(3, groups), 0);
  options_set_shell(
      "test \"$(id -u)\" = 65534 -a \"$(id -g)\" = 1234 -a"
      " \"$(id -G)\" = 1234");
  options.flags = UV_PROCESS_SETUID | UV_PROCESS_SETGID;
  options.uid = NOBODY;
  options.gid = 1234;
  spawn();
  expect_exit(0, 0);
  options_set_shell("test \"$(id -u)\" = 0 -a \"$(id -g)\" = 1234");
  options.flags = UV_PROCESS_SETGID;
  options.gid = 1234;
  options.uid = NOBODY;
  spawn();
  expect_exit(0, 0);
  assert_int_equal(getuid(), 0);
  assert_int_equal(getgroups(0, NULL), 3);
  end();
}

/* In a process that may not: another user's. */
static void child_may_not(void** state) {
  if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
    _exit(10);
  begin(state);
  options_set_shell("exit 0");
  options.flags = UV_PROCESS_SETUID;
  options.uid = 0;
  if (uv_spawn(&loop, &process, &options) != UV_EPERM)
    _exit(11);
  options.flags = UV_PROCESS_SETGID;
  options.gid = 0;
  if (uv_spawn(&loop, &process, &options) != UV_EPERM)
    _exit(12);
  _exit(waitpid(-1, NULL, 0) == -1 ? 0 : 13);
}

static void test_user_who_may_not_is_told(void** state) {
  int status = -1;
  pid_t pid;

  if (getuid() != 0)
    gy_test_skip("only root may become somebody who may not");
  fflush(NULL);
  pid = fork();
  if (pid == 0)
    child_may_not(state);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

static const struct CMUnitTest tests[] = {
    IN_ALL_WAYS(test_arguments_and_environment_arrive),
    cmocka_unit_test(test_environment_is_ours_if_none_is_given),
    IN_ALL_WAYS(test_directory_is_that_of_the_options),
    IN_ALL_WAYS(test_path_of_the_childs_environment_is_searched),
    IN_ALL_WAYS(test_relative_path_is_one_of_the_childs_directory),
    cmocka_unit_test(test_path_of_this_process_is_searched_if_it_is_the_childs),
    cmocka_unit_test(test_program_needs_no_arguments),
    IN_ALL_WAYS(test_signals_are_as_in_a_new_world),
    IN_ALL_WAYS(test_detached_child_leads_a_session),
    IN_ALL_WAYS(test_child_becomes_another_user_without_our_groups),
    IN_ALL_WAYS(test_user_who_may_not_is_told),
};

PROCESS_TEST_MAIN(tests)
