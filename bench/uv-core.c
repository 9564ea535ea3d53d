/* uv-core.c - the workloads over the API of uv.h.
 *
 * Compiled twice: with Gyre's headers and linked to Gyre, and with the headers
 * and the library of the system's libuv. */
#include <uv.h>

#include "bench.h"
#include "uv-spawn.h"
#include "uv-work.h"

typedef struct {
  uv_loop_t loop;
  bool (*body)(void* arg);
  void* arg;
} lib_t;

typedef uv_timer_t lib_timer_t;
typedef uv_async_t lib_async_t;

static inline void timer_fired(void);
static inline void async_received(void);

static void on_timer(uv_timer_t* timer) {
  (void)timer;
  timer_fired();
}

static void on_async(uv_async_t* async) {
  (void)async;
  async_received();
}

static void on_turn(uv_idle_t* idle) {
  lib_t* lib = idle->data;

  if (!lib->body(lib->arg)) {
    (void)uv_idle_stop(idle);
    uv_stop(idle->loop);
  }
}

static inline void lib_threads(void) {
  /* Sending is safe from any thread as it is. */
}

static inline size_t lib_size(void) {
  return sizeof(uv_loop_t);
}

static inline void lib_open(lib_t* lib) {
  bench_check(uv_loop_init(&lib->loop) == 0, "no loop");
}

static inline void lib_close(lib_t* lib) {
  bench_check(uv_loop_close(&lib->loop) == 0, "the loop is busy");
}

static inline void lib_look(lib_t* lib) {
  (void)uv_run(&lib->loop, UV_RUN_NOWAIT);
}

static inline void lib_once(lib_t* lib) {
  (void)uv_run(&lib->loop, UV_RUN_ONCE);
}

static inline void lib_run(lib_t* lib) {
  (void)uv_run(&lib->loop, UV_RUN_DEFAULT);
}

static inline void lib_update(lib_t* lib) {
  uv_update_time(&lib->loop);
}

/* A call costs the same in a callback and outside. */
static inline void lib_inside(lib_t* lib, void (*body)(void* arg), void* arg) {
  (void)lib;
  body(arg);
}

static inline void lib_turns(lib_t* lib, bool (*body)(void* arg), void* arg) {
  uv_idle_t idle;

  lib->body = body;
  lib->arg = arg;
  (void)uv_idle_init(&lib->loop, &idle);
  idle.data = lib;
  (void)uv_idle_start(&idle, on_turn);
  lib_run(lib);
  uv_close((uv_handle_t*)&idle, NULL);
  lib_look(lib);
}

static inline void lib_timer_init(lib_t* lib, lib_timer_t* timer) {
  (void)uv_timer_init(&lib->loop, timer);
}

static inline void lib_timer_start(lib_t* lib, lib_timer_t* timer,
                                   uint32_t ms) {
  (void)lib;
  (void)uv_timer_start(timer, on_timer, ms, 0);
}

static inline void lib_timer_stop(lib_t* lib, lib_timer_t* timer) {
  (void)lib;
  (void)uv_timer_stop(timer);
}

static inline void lib_timer_drop(lib_t* lib, lib_timer_t* timer) {
  (void)lib;
  uv_close((uv_handle_t*)timer, NULL);
}

static inline void lib_async_init(lib_t* lib, lib_async_t* async) {
  bench_check(uv_async_init(&lib->loop, async, on_async) == 0, "no async");
}

static inline void lib_async_send(lib_t* lib, lib_async_t* async) {
  (void)lib;
  (void)uv_async_send(async);
}

static inline void lib_async_drop(lib_t* lib, lib_async_t* async) {
  (void)lib;
  uv_close((uv_handle_t*)async, NULL);
}

static inline void lib_count_bytes(void) {
  bench_check(uv_replace_allocator(bench_malloc, bench_realloc, bench_calloc,
                                   bench_free) == 0,
              "the allocator cannot be replaced");
}

#include "workloads.h"

const bench_workload_t* const bench_tables[] = {
    shared_workloads, bench_work_workloads, bench_spawn_workloads, NULL};
