/* ev-core.c - the workloads over libev. */
#include <ev.h>

#include "bench.h"

typedef struct {
  struct ev_loop* loop;
  bool (*body)(void* arg);
  void* arg;
} lib_t;

typedef ev_timer lib_timer_t;
typedef ev_async lib_async_t;

static inline void timer_fired(void);
static inline void async_received(void);

static void on_timer(struct ev_loop* loop, ev_timer* timer, int events) {
  (void)loop, (void)timer, (void)events;
  timer_fired();
}

static void on_async(struct ev_loop* loop, ev_async* async, int events) {
  (void)loop, (void)async, (void)events;
  async_received();
}

static void on_turn(struct ev_loop* loop, ev_idle* idle, int events) {
  lib_t* lib = idle->data;

  (void)events;
  if (!lib->body(lib->arg)) {
    ev_idle_stop(loop, idle);
    ev_break(loop, EVBREAK_ALL);
  }
}

static inline void lib_threads(void) {
  /* Sending is safe from any thread as it is. */
}

static inline size_t lib_size(void) {
  return 0; /* The loop is allocated. */
}

static inline void lib_open(lib_t* lib) {
  lib->loop = ev_loop_new(EVFLAG_AUTO);
  bench_check(lib->loop != NULL, "no loop");
}

static inline void lib_close(lib_t* lib) {
  ev_loop_destroy(lib->loop);
}

static inline void lib_look(lib_t* lib) {
  (void)ev_run(lib->loop, EVRUN_NOWAIT);
}

static inline void lib_once(lib_t* lib) {
  (void)ev_run(lib->loop, EVRUN_ONCE);
}

static inline void lib_run(lib_t* lib) {
  (void)ev_run(lib->loop, 0);
}

static inline void lib_update(lib_t* lib) {
  ev_now_update(lib->loop);
}

/* A call costs the same in a callback and outside. */
static inline void lib_inside(lib_t* lib, void (*body)(void* arg), void* arg) {
  (void)lib;
  body(arg);
}

static inline void lib_turns(lib_t* lib, bool (*body)(void* arg), void* arg) {
  ev_idle idle;

  lib->body = body;
  lib->arg = arg;
  ev_idle_init(&idle, on_turn);
  idle.data = lib;
  ev_idle_start(lib->loop, &idle);
  lib_run(lib);
}

static inline void lib_timer_init(lib_t* lib, lib_timer_t* timer) {
  (void)lib;
  ev_timer_init(timer, on_timer, 0., 0.);
}

/* An active timer is moved as the manual advises for idle time-outs. */
static inline void lib_timer_start(lib_t* lib, lib_timer_t* timer,
                                   uint32_t ms) {
  if (ev_is_active(timer)) {
    timer->repeat = ms * 1e-3;
    ev_timer_again(lib->loop, timer);
  } else {
    ev_timer_set(timer, ms * 1e-3, 0.);
    ev_timer_start(lib->loop, timer);
  }
}

static inline void lib_timer_stop(lib_t* lib, lib_timer_t* timer) {
  ev_timer_stop(lib->loop, timer);
}

static inline void lib_timer_drop(lib_t* lib, lib_timer_t* timer) {
  ev_timer_stop(lib->loop, timer);
}

static inline void lib_async_init(lib_t* lib, lib_async_t* async) {
  ev_async_init(async, on_async);
  ev_async_start(lib->loop, async);
}

static inline void lib_async_send(lib_t* lib, lib_async_t* async) {
  ev_async_send(lib->loop, async);
}

static inline void lib_async_drop(lib_t* lib, lib_async_t* async) {
  ev_async_stop(lib->loop, async);
}

static void* reallocate(void* memory, long size) {
  if (size > 0) {
    return bench_realloc(memory, (size_t)size);
  }
  bench_free(memory);
  return NULL;
}

static inline void lib_count_bytes(void) {
  ev_set_allocator(reallocate);
}

#include "workloads.h"

const bench_workload_t* const bench_tables[] = {shared_workloads, NULL};
