/* child.c - benchmark programs as child processes; see child.h. */
#include "child.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static void wish_set(const char* name, const char* value) {
  bench_check((value != NULL ? setenv(name, value, 1) : unsetenv(name)) == 0,
              "out of memory");
}

child_t child_start(char* const* argv, const child_wish_t* wish, bool errors) {
  child_t child;
  int ends[2];

  bench_check(pipe(ends) == 0, "no pipe");
  child.pid = fork();
  bench_check(child.pid >= 0, "cannot start a process");
  if (child.pid == 0) {
    (void)dup2(ends[1], STDOUT_FILENO);
    if (errors) {
      (void)dup2(ends[1], STDERR_FILENO);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    wish_set("BENCH_VARIANT", wish->variant);
    wish_set("BENCH_OPERATIONS", wish->operations);
    wish_set("BENCH_CALLS", wish->calls);
    (void)execvp(argv[0], argv);
    _exit(127);
  }
  (void)close(ends[1]);
  child.output = fdopen(ends[0], "r");
  bench_check(child.output != NULL, "cannot read from a process");
  /* What poll(2) does not tell of must not lie in a buffer of ours. */
  (void)setvbuf(child.output, NULL, _IONBF, 0);
  return child;
}

bool child_read(child_t child, char* line, int size, int patience_ms) {
  struct pollfd ready = {fileno(child.output), POLLIN, 0};

  if (poll(&ready, 1, patience_ms) == 0) {
    (void)kill(child.pid, SIGKILL); /* A server of it dies with it. */
    return false;
  }
  return fgets(line, size, child.output) != NULL;
}

bool child_end(child_t child) {
  int status;

  (void)fclose(child.output);
  return waitpid(child.pid, &status, 0) == child.pid && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}
