/* bench.h - what the benchmark programs share: how a workload is named, timed
 * and reported.
 *
 * A program is one library and all workloads that can be written with it. It
 * runs one workload per process and prints one line per measure: its name, a
 * tab, and its value. bench-run starts the programs in turn and compares. */
#ifndef BENCH_H_
#define BENCH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Which clocks a workload is judged by. */
enum {
  BENCH_CPU = 1,
  BENCH_WALL = 2,
  BENCH_BOTH = 3
};

/* What a workload adds up. */
typedef struct {
  clockid_t clock; /* of CPU time: the process's unless the workload says so */
  uint64_t cpu_ns;
  uint64_t wall_ns;
  uint64_t operations;
} bench_t;

typedef struct {
  const char* name; /* NULL ends a table */
  void (*run)(bench_t* bench, size_t size);
  size_t size;
  unsigned clocks;  /* BENCH_* to report */
  unsigned threads; /* UV_THREADPOOL_SIZE; 0 leaves it alone */
} bench_workload_t;

/* The tables of a program; NULL ends them. The program defines it. */
extern const bench_workload_t* const bench_tables[];

/* The rows of a workload at the sizes that timers are measured at. */
#define BENCH_TIMER_SIZES(name, run)               \
  {name "-1k", run, 1000, BENCH_CPU, 0},           \
      {name "-100k", run, 100000, BENCH_CPU, 0}, { \
    name "-1m", run, 1000000, BENCH_CPU, 0         \
  }

/* Run |body| with |arg|, which does |operations| operations, and add what it
 * took. What the clocks themselves cost is taken off. */
void bench_time(bench_t* bench, void (*body)(void* arg), void* arg,
                size_t operations);

/* Report a measure that is not a time. */
void bench_value(const char* measure, double value);

/* What |clock| says, in ns. */
uint64_t bench_clock(clockid_t clock);

/* Sleep for |ms|. */
void bench_sleep(unsigned ms);

/* How often a workload of |size| is repeated for |operations| in all. */
size_t bench_repeats(size_t operations, size_t size);

/* Numbers that look random and are the same in every program and run. */
uint64_t bench_random(void);
void bench_seed(uint64_t seed); /* Other numbers; not 0. */

/* Each number below |count| once, in random order. Freed by the caller. */
uint32_t* bench_shuffled(size_t count);

/* |count| random numbers from |low| to |high|. Freed by the caller. */
uint32_t* bench_numbers(size_t count, uint32_t low, uint32_t high);

/* calloc() that does not fail, and touches what it gives. */
void* bench_alloc(size_t count, size_t size);

/* End the program with |message| when |ok| is false. */
void bench_check(bool ok, const char* message);

/* ---- what a library holds ------------------------------------------------ */

/* Allocators that count the bytes asked for and not given back. */
void* bench_malloc(size_t size);
void* bench_calloc(size_t count, size_t size);
void* bench_realloc(void* memory, size_t size);
void bench_free(void* memory);
size_t bench_bytes(void);

/* How many descriptors this process has open. */
size_t bench_descriptors(void);

/* The resident memory of this process, in bytes; 0 when it cannot be told. */
size_t bench_resident(void);

#endif /* BENCH_H_ */
