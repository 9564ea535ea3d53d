/* uv-spawn.c - what it takes to start a child, by the size of the heap. Only
 * uv_spawn() is timed, not the child's life. */
#include "uv-spawn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

enum {
  SPAWNS = 20
};

static struct {
  uv_loop_t loop;
  uv_process_t process;
  uv_process_options_t options;
} world;

static void close_process(uv_process_t* process, int64_t status, int signum) {
  bench_check(status == 0 && signum == 0, "the child failed");
  uv_close((uv_handle_t*)process, NULL);
}

static void spawn_body(void* arg) {
  (void)arg;
  bench_check(uv_spawn(&world.loop, &world.process, &world.options) == 0,
              "no child");
}

#ifdef MADV_NOHUGEPAGE

static void pages_stay_small(void* heap, size_t size) {
  (void)madvise(heap, size, MADV_NOHUGEPAGE); /* If there are none, fine. */
}

#else

static void pages_stay_small(void* heap, size_t size) {
  (void)heap, (void)size;
}

#endif

/* |megabytes| that were written to, in pages of the ordinary size: huge ones
 * have few entries in the tables, and a heap of small pieces is not made of
 * them as a rule. */
static void* heap_open(size_t megabytes) {
  size_t size = megabytes << 20;
  void* heap;

  if (size == 0) {
    return NULL;
  }
  heap = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
              -1, 0);
  bench_check(heap != MAP_FAILED, "no memory");
  pages_stay_small(heap, size);
  memset(heap, 1, size);
  return heap;
}

static void spawn_with(bench_t* bench, size_t megabytes, unsigned flags) {
  static char name[] = "true";
  static char* args[] = {name, NULL};
  void* heap = heap_open(megabytes);
  int index;

  memset(&world, 0, sizeof(world));
  world.options.file = "/bin/true";
  world.options.args = args;
  world.options.exit_cb = close_process;
  world.options.flags = flags;
  world.options.uid = getuid();
  bench_check(uv_loop_init(&world.loop) == 0, "no loop");
  spawn_body(NULL); /* What is done once is not measured. */
  (void)uv_run(&world.loop, UV_RUN_DEFAULT);
  for (index = 0; index < SPAWNS; index++) {
    bench_time(bench, spawn_body, NULL, 1);
    (void)uv_run(&world.loop, UV_RUN_DEFAULT);
  }
  bench_check(uv_loop_close(&world.loop) == 0, "the loop is busy");
  if (heap != NULL) {
    (void)munmap(heap, megabytes << 20);
  }
}

static void spawn_plain(bench_t* bench, size_t megabytes) {
  spawn_with(bench, megabytes, 0);
}

static void spawn_detached(bench_t* bench, size_t megabytes) {
  spawn_with(bench, megabytes, UV_PROCESS_DETACHED);
}

/* To the user that it is already, which every user may. */
static void spawn_setuid(bench_t* bench, size_t megabytes) {
  spawn_with(bench, megabytes, UV_PROCESS_SETUID);
}

const bench_workload_t bench_spawn_workloads[] = {
    {"spawn-0mb", spawn_plain, 0, BENCH_BOTH, 0},
    {"spawn-200mb", spawn_plain, 200, BENCH_BOTH, 0},
    {"spawn-800mb", spawn_plain, 800, BENCH_BOTH, 0},
    {"spawn-detached-800mb", spawn_detached, 800, BENCH_BOTH, 0},
    {"spawn-setuid-0mb", spawn_setuid, 0, BENCH_BOTH, 0},
    {"spawn-setuid-200mb", spawn_setuid, 200, BENCH_BOTH, 0},
    {"spawn-setuid-800mb", spawn_setuid, 800, BENCH_BOTH, 0},
    {NULL, NULL, 0, 0, 0}};
