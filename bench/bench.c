/* bench.c - the clocks, the numbers and the counters of the benchmarks.
 */
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

void bench_check(bool ok, const char* message) {
  if (!ok) {
    (void)fprintf(stderr, "bench: %s\n", message);
    exit(1);
  }
}

/* ---- time ---------------------------------------------------------------- */

uint64_t bench_clock(clockid_t clock) {
  struct timespec now;

  bench_check(clock_gettime(clock, &now) == 0, "a clock is missing");
  return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void bench_sleep(unsigned ms) {
  struct timespec left = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

  while (nanosleep(&left, &left) != 0) {
    /* A signal; the rest is slept now. */
  }
}

/* A function of its own, and not to be inlined: instructions are counted while
 * it runs, by its name. */
__attribute__((noinline)) void bench_body(void (*body)(void* arg), void* arg);
void bench_body(void (*body)(void* arg), void* arg) {
  body(arg);
}

typedef struct {
  uint64_t cpu;
  uint64_t wall;
} span_t;

static span_t span_of(clockid_t clock, void (*body)(void* arg), void* arg) {
  span_t span;

  span.wall = bench_clock(CLOCK_MONOTONIC);
  span.cpu = bench_clock(clock);
  if (body != NULL) {
    bench_body(body, arg);
  }
  span.cpu = bench_clock(clock) - span.cpu;
  span.wall = bench_clock(CLOCK_MONOTONIC) - span.wall;
  return span;
}

/* What it costs to time nothing: the least of many tries. */
static span_t span_empty(clockid_t clock) {
  static span_t least;
  static clockid_t of;
  int tries;

  if (least.cpu != 0 && of == clock) {
    return least;
  }
  of = clock;
  least = span_of(clock, NULL, NULL);
  for (tries = 0; tries < 200; tries++) {
    span_t span = span_of(clock, NULL, NULL);
    least.cpu = span.cpu < least.cpu ? span.cpu : least.cpu;
    least.wall = span.wall < least.wall ? span.wall : least.wall;
  }
  return least;
}

void bench_time(bench_t* bench, void (*body)(void* arg), void* arg,
                size_t operations) {
  span_t empty = span_empty(bench->clock);
  span_t span = span_of(bench->clock, body, arg);

  bench->cpu_ns += span.cpu > empty.cpu ? span.cpu - empty.cpu : 0;
  bench->wall_ns += span.wall > empty.wall ? span.wall - empty.wall : 0;
  bench->operations += operations;
}

void bench_value(const char* measure, double value) {
  printf("%s\t%.3f\n", measure, value);
}

/* ---- numbers ------------------------------------------------------------- */

size_t bench_repeats(size_t operations, size_t size) {
  return operations > size ? operations / size : 1;
}

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

void bench_seed(uint64_t seed) {
  random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
}

uint64_t bench_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

uint32_t* bench_shuffled(size_t count) {
  uint32_t* numbers = bench_alloc(count, sizeof(*numbers));
  size_t index;

  for (index = 0; index < count; index++) {
    size_t other = (size_t)(bench_random() % (index + 1));
    numbers[index] = numbers[other];
    numbers[other] = (uint32_t)index;
  }
  return numbers;
}

uint32_t* bench_numbers(size_t count, uint32_t low, uint32_t high) {
  uint32_t* numbers = bench_alloc(count, sizeof(*numbers));
  size_t index;

  for (index = 0; index < count; index++) {
    numbers[index] = low + (uint32_t)(bench_random() % (high - low + 1));
  }
  return numbers;
}

/* ---- memory and descriptors ---------------------------------------------- */

void* bench_alloc(size_t count, size_t size) {
  void* memory = malloc(count * size);

  bench_check(memory != NULL, "out of memory");
  return memset(memory, 0, count * size);
}

/* In front of each block, and as wide as what malloc() aligns to. */
typedef union {
  size_t size;
  max_align_t align;
} block_t;

static size_t bytes;

void* bench_malloc(size_t size) {
  return bench_realloc(NULL, size);
}

void* bench_calloc(size_t count, size_t size) {
  void* memory = bench_realloc(NULL, count * size);

  return memory != NULL ? memset(memory, 0, count * size) : NULL;
}

void* bench_realloc(void* memory, size_t size) {
  block_t* block = memory != NULL ? (block_t*)memory - 1 : NULL;
  size_t was = block != NULL ? block->size : 0;

  block = realloc(block, sizeof(*block) + size);
  if (block == NULL) {
    return NULL;
  }
  bytes += size - was;
  block->size = size;
  return block + 1;
}

void bench_free(void* memory) {
  block_t* block = memory;

  if (block != NULL) {
    bytes -= block[-1].size;
    free(block - 1);
  }
}

size_t bench_bytes(void) {
  return bytes;
}

size_t bench_descriptors(void) {
  size_t count = 0;
  int fd;

  for (fd = 0; fd < 4096; fd++) {
    count += fcntl(fd, F_GETFD) >= 0;
  }
  return count;
}

size_t bench_resident(void) {
  FILE* file = fopen("/proc/self/statm", "r");
  unsigned long pages = 0;

  if (file == NULL) {
    return 0;
  }
  if (fscanf(file, "%*u %lu", &pages) != 1) {
    pages = 0;
  }
  (void)fclose(file);
  return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}
