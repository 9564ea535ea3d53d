/* runner.h - runs many tests of one program, each in a process of its own. */
#ifndef GY_RUNNER_H_
#define GY_RUNNER_H_

#include <stddef.h>

typedef struct {
  const char* program;      /* argv[0]: what to start with a test's name */
  const char* const* names; /* the tests to run */
  size_t name_count;
  const char* const* pollers; /* each test runs once for each; NULL: inherit */
  size_t poller_count;        /* at least 1 */
  size_t job_count;           /* how many processes at a time; at least 1 */
  unsigned timeout_s;         /* then the process is killed and has failed */
} gy_runner_plan_t;

/* Carry out |plan|: a line for each test, the output of those that failed, and
 * at the end "N passed, N failed, N skipped". Returns 0 when at least one test
 * ran and none failed, else 1. */
int gy_runner_run(const gy_runner_plan_t* plan);

#endif /* GY_RUNNER_H_ */
