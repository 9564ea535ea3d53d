/* event-core.c - the workloads over libevent. */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>

#include "bench.h"

typedef struct {
  struct event_base* base;
  void (*inside)(void* arg);
  bool (*body)(void* arg);
  void* arg;
  bool more;
} lib_t;

typedef struct event lib_timer_t;
typedef struct event lib_async_t;

static inline void timer_fired(void);
static inline void async_received(void);

static void on_timer(evutil_socket_t fd, short events, void* arg) {
  (void)fd, (void)events, (void)arg;
  timer_fired();
}

static void on_async(evutil_socket_t fd, short events, void* arg) {
  (void)fd, (void)events, (void)arg;
  async_received();
}

static void on_inside(evutil_socket_t fd, short events, void* arg) {
  lib_t* lib = arg;

  (void)fd, (void)events;
  lib->inside(lib->arg);
}

static void on_turn(evutil_socket_t fd, short events, void* arg) {
  lib_t* lib = arg;

  (void)fd, (void)events;
  lib->more = lib->body(lib->arg);
}

/* Locks are wanted where other threads send, and nowhere else. */
static inline void lib_threads(void) {
  bench_check(evthread_use_pthreads() == 0, "no locks");
}

static inline size_t lib_size(void) {
  return 0; /* The loop is allocated. */
}

static inline void lib_open(lib_t* lib) {
  lib->base = event_base_new();
  bench_check(lib->base != NULL, "no loop");
}

static inline void lib_close(lib_t* lib) {
  event_base_free(lib->base);
}

static inline void lib_look(lib_t* lib) {
  (void)event_base_loop(lib->base, EVLOOP_NONBLOCK);
}

static inline void lib_once(lib_t* lib) {
  (void)event_base_loop(lib->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
}

static inline void lib_run(lib_t* lib) {
  (void)event_base_dispatch(lib->base);
}

static inline void lib_update(lib_t* lib) {
  (void)event_base_update_cache_time(lib->base);
}

/* In a callback the time is at hand; outside, each start reads the clock. */
static inline void lib_inside(lib_t* lib, void (*body)(void* arg), void* arg) {
  struct event event;

  lib->inside = body;
  lib->arg = arg;
  (void)event_assign(&event, lib->base, -1, 0, on_inside, lib);
  event_active(&event, EV_TIMEOUT, 1);
  lib_look(lib);
}

/* There is no idle event; one that is made active for each turn comes closest.
 * One that makes itself active would run again in the same turn. */
static inline void lib_turns(lib_t* lib, bool (*body)(void* arg), void* arg) {
  struct event event;

  lib->body = body;
  lib->arg = arg;
  lib->more = true;
  (void)event_assign(&event, lib->base, -1, 0, on_turn, lib);
  while (lib->more) {
    event_active(&event, EV_TIMEOUT, 1);
    lib_look(lib);
  }
}

static inline void lib_timer_init(lib_t* lib, lib_timer_t* timer) {
  (void)evtimer_assign(timer, lib->base, on_timer, NULL);
}

static inline void lib_timer_start(lib_t* lib, lib_timer_t* timer,
                                   uint32_t ms) {
  struct timeval timeout = {(time_t)(ms / 1000),
                            (suseconds_t)(ms % 1000) * 1000};

  (void)lib;
  (void)evtimer_add(timer, &timeout);
}

static inline void lib_timer_stop(lib_t* lib, lib_timer_t* timer) {
  (void)lib;
  (void)evtimer_del(timer);
}

static inline void lib_timer_drop(lib_t* lib, lib_timer_t* timer) {
  (void)lib;
  (void)evtimer_del(timer);
}

static inline void lib_async_init(lib_t* lib, lib_async_t* async) {
  (void)event_assign(async, lib->base, -1, 0, on_async, NULL);
}

static inline void lib_async_send(lib_t* lib, lib_async_t* async) {
  (void)lib;
  event_active(async, EV_READ, 1);
}

static inline void lib_async_drop(lib_t* lib, lib_async_t* async) {
  (void)lib;
  (void)event_del(async);
}

static inline void lib_count_bytes(void) {
  event_set_mem_functions(bench_malloc, bench_realloc, bench_free);
}

#include "workloads.h"

const bench_workload_t* const bench_tables[] = {shared_workloads, NULL};
