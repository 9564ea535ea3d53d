/* main.c - runs one workload of a program, and reports what it took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"

static void report(const bench_t* bench, unsigned clocks) {
  double operations = (double)bench->operations;

  if (bench->operations == 0) {
    return; /* The workload has reported values of its own. */
  }
  if (clocks & BENCH_CPU) {
    bench_value("CPU ns", (double)bench->cpu_ns / operations);
  }
  if (clocks & BENCH_WALL) {
    bench_value("wall ns", (double)bench->wall_ns / operations);
  }
  bench_value("operations", operations);
}

static void run(const bench_workload_t* workload) {
  bench_t bench = {CLOCK_PROCESS_CPUTIME_ID, 0, 0, 0};
  struct rlimit limit;
  char threads[16];

  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* Enough is checked in use. */
  }
  if (workload->threads > 0) {
    (void)snprintf(threads, sizeof(threads), "%u", workload->threads);
    (void)setenv("UV_THREADPOOL_SIZE", threads, 1);
  }
  workload->run(&bench, workload->size);
  report(&bench, workload->clocks);
}

int main(int argc, char** argv) {
  const bench_workload_t* const* table;
  const bench_workload_t* workload;
  const char* wanted = argc == 2 ? argv[1] : "--help";
  bool list = strcmp(wanted, "--list") == 0;

  if (strcmp(wanted, "--variants") == 0) {
    return 0; /* There is one of each. */
  }
  for (table = bench_tables; *table != NULL; table++) {
    for (workload = *table; workload->name != NULL; workload++) {
      if (list) {
        puts(workload->name);
      } else if (strcmp(workload->name, wanted) == 0) {
        run(workload);
        return 0;
      }
    }
  }
  if (!list) {
    (void)fprintf(stderr, "usage: %s --list | --variants | WORKLOAD\n",
                  argv[0]);
  }
  return list ? 0 : 2;
}
