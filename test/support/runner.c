/* runner.c - runs many tests of one program, each in a process of its own.
 *
 * A process writes into a temporary file, not into a pipe: what it leaves
 * behind (a child that holds the pipe open) could keep the reader waiting, and
 * the output is of interest only when the test has failed.
 */
#include "support/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  EXIT_SKIPPED = 77,
  EXIT_NOT_STARTED = 126
};

/* A test that is running; pid is 0 when the slot is free. */
typedef struct {
  pid_t pid;
  const char* name;
  const char* poller;
  FILE* output;
  time_t deadline_s;
  int timed_out;
} job_t;

typedef struct {
  const gy_runner_plan_t* plan;
  job_t* jobs;
  size_t started;
  size_t running;
  size_t passed;
  size_t failed;
  size_t skipped;
} run_t;

static time_t now_s(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static void on_alarm(int signum) {
  (void)signum; /* it only has to interrupt waitpid() */
}

/* Have waitpid() return once a second, to look at the deadlines. The signal
 * repeats, so one that comes just before waitpid() costs a second, no more. */
static void ticks_start(void) {
  struct itimerval second = {.it_interval = {1, 0}, .it_value = {1, 0}};
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = on_alarm; /* no SA_RESTART */
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &second, NULL);
}

static void ticks_stop(void) {
  struct itimerval never = {.it_interval = {0, 0}, .it_value = {0, 0}};

  setitimer(ITIMER_REAL, &never, NULL);
}

/* In the child: become the test. */
static void job_become(const run_t* run, const job_t* job) {
  char* argv[3];
  char* program = strdup(run->plan->program);
  char* name = strdup(job->name);
  int null = open("/dev/null", O_RDONLY);

  setpgid(0, 0); /* so that all it starts can be killed with it */
  if (program == NULL || name == NULL || null < 0)
    _exit(EXIT_NOT_STARTED);
  if (job->poller != NULL && setenv("GYRE_POLLER", job->poller, 1) != 0)
    _exit(EXIT_NOT_STARTED);
  dup2(null, STDIN_FILENO);
  dup2(fileno(job->output), STDOUT_FILENO);
  dup2(fileno(job->output), STDERR_FILENO);
  close(null);
  argv[0] = program;
  argv[1] = name;
  argv[2] = NULL;
  execvp(program, argv);
  perror(program);
  _exit(EXIT_NOT_STARTED);
}

/* Start the next test of the plan in the free slot |job|. 0, or -1. */
static int job_start(run_t* run, job_t* job) {
  const gy_runner_plan_t* plan = run->plan;
  size_t index = run->started;

  job->name = plan->names[index / plan->poller_count];
  job->poller = plan->pollers[index % plan->poller_count];
  job->timed_out = 0;
  job->deadline_s = now_s() + (time_t)plan->timeout_s;
  job->output = tmpfile();
  if (job->output == NULL)
    return -1;
  fcntl(fileno(job->output), F_SETFD, FD_CLOEXEC);
  job->pid = fork();
  if (job->pid == 0)
    job_become(run, job);
  if (job->pid < 0) {
    job->pid = 0;
    fclose(job->output);
    return -1;
  }
  run->started++;
  run->running++;
  return 0;
}

static void job_tell_output(const job_t* job) {
  char buffer[4096];
  size_t count;

  rewind(job->output);
  while ((count = fread(buffer, 1, sizeof(buffer), job->output)) > 0)
    fwrite(buffer, 1, count, stdout);
}

static void job_tell(const job_t* job, const char* result) {
  printf("%-7s %s", result, job->name);
  if (job->poller != NULL)
    printf("@%s", job->poller);
  putchar('\n');
}

/* |job| has ended with |status|, as waitpid() tells it. */
static void job_end(run_t* run, job_t* job, int status) {
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

  /* What the test has started and left behind must not outlive it. */
  kill(-job->pid, SIGKILL);
  if (code == 0 && !job->timed_out) {
    run->passed++;
    job_tell(job, "ok");
  } else if (code == EXIT_SKIPPED) {
    run->skipped++;
    job_tell(job, "skip");
  } else {
    run->failed++;
    job_tell(job, job->timed_out ? "TIMEOUT" : "FAILED");
    job_tell_output(job);
    if (WIFSIGNALED(status))
      printf("ended by signal %d\n", WTERMSIG(status));
  }
  fflush(stdout);
  fclose(job->output);
  job->pid = 0;
  run->running--;
}

static void jobs_kill_late(run_t* run) {
  time_t now = now_s();

  for (size_t i = 0; i < run->plan->job_count; i++) {
    job_t* job = &run->jobs[i];
    if (job->pid == 0 || now < job->deadline_s)
      continue;
    job->timed_out = 1;
    kill(-job->pid, SIGKILL);
    kill(job->pid, SIGKILL); /* it may not lead its group yet */
  }
}

/* Wait until a test ends, or the next tick. */
static void jobs_wait(run_t* run) {
  int status;
  pid_t pid = waitpid(-1, &status, 0);

  for (size_t i = 0; pid > 0 && i < run->plan->job_count; i++) {
    if (run->jobs[i].pid == pid)
      job_end(run, &run->jobs[i], status);
  }
  jobs_kill_late(run);
}

/* Are there tests that have not been started? */
static int jobs_are_left(const run_t* run) {
  return run->started < run->plan->name_count * run->plan->poller_count;
}

/* Start as many tests as there are free slots. 0, or -1. */
static int jobs_fill(run_t* run) {
  for (size_t i = 0; i < run->plan->job_count && jobs_are_left(run); i++) {
    if (run->jobs[i].pid == 0 && job_start(run, &run->jobs[i]) != 0)
      return -1;
  }
  return 0;
}

int gy_runner_run(const gy_runner_plan_t* plan) {
  run_t run = {.plan = plan};
  int err = 0;

  run.jobs = calloc(plan->job_count, sizeof(*run.jobs));
  if (run.jobs == NULL)
    return 1;
  fflush(NULL); /* a child must not print it again */
  ticks_start();
  do {
    if (err == 0)
      err = jobs_fill(&run);
    if (run.running > 0)
      jobs_wait(&run);
  } while (run.running > 0 || (err == 0 && jobs_are_left(&run)));
  ticks_stop();
  if (err != 0)
    printf("not all tests could be started: %s\n", strerror(errno));
  printf("%zu passed, %zu failed, %zu skipped\n", run.passed, run.failed,
         run.skipped);
  free(run.jobs);
  return err != 0 || run.failed > 0 || run.started == 0;
}
