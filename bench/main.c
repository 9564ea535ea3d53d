/* main.c - runs one workload of a program, and reports what it took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "variants.h"

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

static void list_workloads(void) {
  const bench_workload_t* const* table;
  const bench_workload_t* workload;

  for (table = bench_tables; *table != NULL; table++) {
    for (workload = *table; workload->name != NULL; workload++) {
      if (variant_can_run(workload->name)) {
        puts(workload->name);
      }
    }
  }
}

static void list_variants(void) {
  size_t index;

  for (index = 0; variant_at(index) != NULL; index++) {
    puts(variant_at(index));
  }
}

static const bench_workload_t* workload_find(const char* name) {
  const bench_workload_t* const* table;
  const bench_workload_t* workload;

  for (table = bench_tables; *table != NULL; table++) {
    for (workload = *table; workload->name != NULL; workload++) {
      if (strcmp(workload->name, name) == 0) {
        return workload;
      }
    }
  }
  return NULL;
}

int main(int argc, char** argv) {
  const char* wanted = argc == 2 ? argv[1] : "--help";
  const bench_workload_t* workload = workload_find(wanted);

  variant_take(getenv("BENCH_VARIANT"));
  if (strcmp(wanted, "--list") == 0) {
    list_workloads();
  } else if (strcmp(wanted, "--variants") == 0) {
    list_variants();
  } else if (workload != NULL) {
    run(workload);
  } else {
    (void)fprintf(stderr, "usage: %s --list | --variants | WORKLOAD\n",
                  argv[0]);
    return 2;
  }
  return 0;
}
