/* workloads-loop.h - loops and asyncs. Part of workloads.h. */
#ifndef BENCH_WORKLOADS_LOOP_H_
#define BENCH_WORKLOADS_LOOP_H_

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

/* ---- loops --------------------------------------------------------------- */

enum {
  LOOP_TURNS = 200000,
  LOOP_LIVES = 2000,
  LOOP_COPIES = 64
};

static bool turns_next(void* arg) {
  size_t* left = arg;

  return --*left > 0;
}

typedef struct {
  lib_t* lib;
  size_t left;
} turns_t;

static void turns_body(void* arg) {
  turns_t* self = arg;

  self->left = LOOP_TURNS;
  lib_turns(self->lib, turns_next, &self->left);
}

/* Turns with nothing to do: one callback, which does nothing. */
static void loop_turn(bench_t* bench, size_t size) {
  lib_t lib;
  turns_t turns = {&lib, 0};

  (void)size;
  lib_open(&lib);
  bench_time(bench, turns_body, &turns, LOOP_TURNS);
  lib_close(&lib);
}

/* The same beside a timer, so that the time must be known. */
static void loop_turn_timer(bench_t* bench, size_t size) {
  lib_t lib;
  lib_timer_t timer;
  turns_t turns = {&lib, 0};

  (void)size;
  lib_open(&lib);
  lib_timer_init(&lib, &timer);
  lib_timer_start(&lib, &timer, 60000);
  bench_time(bench, turns_body, &turns, LOOP_TURNS);
  lib_timer_drop(&lib, &timer);
  lib_look(&lib);
  lib_close(&lib);
}

static void births_body(void* arg) {
  lib_t lib;
  size_t left;

  (void)arg;
  for (left = LOOP_LIVES; left > 0; left--) {
    lib_open(&lib);
    lib_close(&lib);
  }
}

/* A loop is made and closed. */
static void loop_birth(bench_t* bench, size_t size) {
  (void)size;
  bench_time(bench, births_body, NULL, LOOP_LIVES);
}

static void lives_body(void* arg) {
  lib_t lib;
  lib_timer_t timer;
  lib_async_t async;
  size_t left;

  (void)arg;
  for (left = LOOP_LIVES; left > 0; left--) {
    lib_open(&lib);
    lib_timer_init(&lib, &timer);
    lib_async_init(&lib, &async);
    lib_timer_start(&lib, &timer, 60000);
    lib_async_send(&lib, &async);
    lib_look(&lib);
    lib_timer_drop(&lib, &timer);
    lib_async_drop(&lib, &async);
    lib_look(&lib);
    lib_close(&lib);
  }
}

/* Between the two it has a timer, receives an async and turns twice: whatever
 * is made only when it is needed is made. */
static void loop_life(bench_t* bench, size_t size) {
  (void)size;
  lib_threads();
  bench_time(bench, lives_body, NULL, LOOP_LIVES);
}

typedef struct {
  size_t descriptors;
  size_t bytes;
  size_t resident;
} held_t;

static held_t held_now(void) {
  held_t held = {bench_descriptors(), bench_bytes(), bench_resident()};

  return held;
}

static void held_report(held_t before, held_t after, size_t loops) {
  bench_value("descriptors",
              (double)(after.descriptors - before.descriptors) / (double)loops);
  bench_value("bytes", (double)(after.bytes - before.bytes) / (double)loops +
                           (double)lib_size());
  if (after.resident > before.resident) {
    bench_value("resident bytes",
                (double)(after.resident - before.resident) / (double)loops);
  }
}

/* What a process holds for its first loop, after a turn. */
static void loop_first(bench_t* bench, size_t size) {
  lib_t lib;
  held_t before;

  (void)bench, (void)size;
  lib_count_bytes();
  (void)held_now(); /* What is allocated to tell, is now. */
  before = held_now();
  lib_open(&lib);
  lib_look(&lib);
  held_report(before, held_now(), 1);
  lib_close(&lib);
}

/* What each further loop holds, with an async that was sent to if |size|. */
static void loop_holds(bench_t* bench, size_t size) {
  lib_t* libs = bench_alloc(LOOP_COPIES, sizeof(*libs));
  lib_async_t* asyncs = bench_alloc(LOOP_COPIES, sizeof(*asyncs));
  held_t before = {0, 0, 0};
  size_t index;

  (void)bench;
  lib_count_bytes();
  for (index = 0; index < LOOP_COPIES; index++) {
    if (index == 1) {
      before = held_now();
    }
    lib_open(&libs[index]);
    if (size > 0) {
      lib_async_init(&libs[index], &asyncs[index]);
      lib_async_send(&libs[index], &asyncs[index]);
    }
    lib_look(&libs[index]);
  }
  held_report(before, held_now(), LOOP_COPIES - 1);
  for (index = 0; index < LOOP_COPIES; index++) {
    if (size > 0) {
      lib_async_drop(&libs[index], &asyncs[index]);
      lib_look(&libs[index]);
    }
    lib_close(&libs[index]);
  }
  free(asyncs);
  free(libs);
}

/* ---- asyncs -------------------------------------------------------------- */

enum {
  ASYNC_SENDS = 20000,
  STORM_SENDS = 2000000,
  STORM_MAX = 16
};

typedef struct {
  lib_t lib;
  lib_async_t* asyncs;
  size_t count;
} asyncs_t;

static atomic_size_t asyncs_received;

static inline void async_received(void) {
  atomic_fetch_add_explicit(&asyncs_received, 1, memory_order_release);
}

static void asyncs_open(asyncs_t* self, size_t count) {
  size_t index;

  lib_threads();
  self->count = count;
  self->asyncs = bench_alloc(count, sizeof(*self->asyncs));
  lib_open(&self->lib);
  for (index = 0; index < count; index++) {
    lib_async_init(&self->lib, &self->asyncs[index]);
  }
}

static void asyncs_close(asyncs_t* self) {
  size_t index;

  for (index = 0; index < self->count; index++) {
    lib_async_drop(&self->lib, &self->asyncs[index]);
  }
  lib_look(&self->lib);
  lib_close(&self->lib);
  free(self->asyncs);
}

static lib_async_t* asyncs_any(asyncs_t* self) {
  return &self->asyncs[bench_random() % self->count];
}

static void async_body(void* arg) {
  asyncs_t* self = arg;
  size_t sent;

  for (sent = 1; sent <= ASYNC_SENDS; sent++) {
    lib_async_send(&self->lib, asyncs_any(self));
    while (atomic_load(&asyncs_received) < sent) {
      lib_once(&self->lib);
    }
  }
}

/* One of many is sent to, by the loop's own thread, and received. */
static void async_one(bench_t* bench, size_t size) {
  asyncs_t self;

  asyncs_open(&self, size);
  bench_time(bench, async_body, &self, ASYNC_SENDS);
  asyncs_close(&self);
}

/* Send to one of many, wait until it is received, and so on. */
static void* thread_main(void* arg) {
  asyncs_t* self = arg;
  size_t sent;

  for (sent = 1; sent <= ASYNC_SENDS; sent++) {
    unsigned looks = 0;
    lib_async_send(&self->lib, asyncs_any(self));
    while (atomic_load(&asyncs_received) < sent) {
      if (++looks % 1024 == 0) {
        (void)sched_yield();
      }
    }
  }
  return NULL;
}

static void thread_body(void* arg) {
  asyncs_t* self = arg;

  while (atomic_load(&asyncs_received) < ASYNC_SENDS) {
    lib_once(&self->lib);
  }
}

/* The same by another thread. The CPU time is that of the loop's. */
static void async_thread(bench_t* bench, size_t size) {
  asyncs_t self;
  pthread_t thread;

  asyncs_open(&self, size);
  bench->clock = CLOCK_THREAD_CPUTIME_ID;
  bench_check(pthread_create(&thread, NULL, thread_main, &self) == 0,
              "no thread");
  bench_time(bench, thread_body, &self, ASYNC_SENDS);
  (void)pthread_join(thread, NULL);
  asyncs_close(&self);
}

typedef struct {
  asyncs_t asyncs;
  size_t senders;
  atomic_bool begun;
  atomic_size_t sending;
  atomic_uint_fast64_t cpu_ns;
} storm_t;

static void* storm_main(void* arg) {
  storm_t* self = arg;
  uint64_t began;
  size_t left;

  while (!atomic_load(&self->begun)) {
    (void)sched_yield();
  }
  began = bench_clock(CLOCK_THREAD_CPUTIME_ID);
  for (left = STORM_SENDS / self->senders; left > 0; left--) {
    lib_async_send(&self->asyncs.lib, self->asyncs.asyncs);
  }
  atomic_fetch_add(&self->cpu_ns, bench_clock(CLOCK_THREAD_CPUTIME_ID) - began);
  atomic_fetch_sub(&self->sending, 1);
  lib_async_send(&self->asyncs.lib, self->asyncs.asyncs);
  return NULL;
}

static void storm_body(void* arg) {
  storm_t* self = arg;

  atomic_store(&self->begun, true);
  while (atomic_load(&self->sending) > 0) {
    lib_once(&self->asyncs.lib);
  }
}

/* Threads send to one handle as fast as they can; most sends find that there is
 * one under way. The wall time of a send, and the CPU time of the senders for
 * it. */
static void async_storm(bench_t* bench, size_t size) {
  storm_t self;
  pthread_t threads[STORM_MAX];
  size_t index;

  bench_check(size <= STORM_MAX, "too many senders");
  asyncs_open(&self.asyncs, 1);
  self.senders = size;
  atomic_init(&self.begun, false);
  atomic_init(&self.sending, size);
  atomic_init(&self.cpu_ns, 0);
  for (index = 0; index < size; index++) {
    bench_check(pthread_create(&threads[index], NULL, storm_main, &self) == 0,
                "no thread");
  }
  bench_time(bench, storm_body, &self, STORM_SENDS);
  for (index = 0; index < size; index++) {
    (void)pthread_join(threads[index], NULL);
  }
  bench_value("senders' CPU ns",
              (double)atomic_load(&self.cpu_ns) / STORM_SENDS);
  lib_look(&self.asyncs.lib);
  asyncs_close(&self.asyncs);
}

#endif /* BENCH_WORKLOADS_LOOP_H_ */
