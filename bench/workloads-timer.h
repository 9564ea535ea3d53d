/* workloads-timer.h - timers: started, stopped, fired and moved. Part of
 * workloads.h. */
#ifndef BENCH_WORKLOADS_TIMER_H_
#define BENCH_WORKLOADS_TIMER_H_

#include <stdlib.h>

enum {
  TIMER_OPERATIONS = 500000,  /* at least so many are timed, and ... */
  FEW = 10000,                /* timers, which ... */
  QUICK_OPERATIONS = 3000000, /* when they take some ns only */
  FIRE_OPERATIONS = 100000,
  IDLE_OPERATIONS = 2000000,
  PLACES = 8,           /* in memory, where there are few timers */
  STARTS_PER_TURN = 64, /* as many as a turn with some events makes */
  CYCLES_OPEN = 128     /* requests that are waited for at a time */
};

typedef struct {
  lib_t lib;
  bench_t* bench;
  lib_timer_t* timers;
  uint32_t* order;
  uint32_t* times; /* ms */
  size_t count;
  size_t repeats;
  size_t round;
  size_t next;
} timers_t;

static void timers_init(timers_t* self) {
  size_t index;

  for (index = 0; index < self->count; index++) {
    lib_timer_init(&self->lib, &self->timers[index]);
  }
}

static void timers_drop(timers_t* self) {
  size_t index;

  for (index = 0; index < self->count; index++) {
    lib_timer_drop(&self->lib, &self->timers[index]);
  }
  lib_look(&self->lib);
}

/* |count| timers, and time-outs from |low| to |high| ms for them. */
static void timers_open(timers_t* self, bench_t* bench, size_t count,
                        uint32_t low, uint32_t high) {
  self->bench = bench;
  self->count = count;
  self->round = 0;
  self->next = 0;
  self->timers = bench_alloc(count, sizeof(*self->timers));
  self->order = bench_shuffled(count);
  self->times = bench_numbers(count, low, high);
  lib_open(&self->lib);
  timers_init(self);
}

static void timers_close(timers_t* self) {
  timers_drop(self);
  lib_close(&self->lib);
  free(self->timers);
  free(self->order);
  free(self->times);
}

static void timers_start(void* arg) {
  timers_t* self = arg;
  size_t index;

  for (index = 0; index < self->count; index++) {
    lib_timer_start(&self->lib, &self->timers[index], self->times[index]);
  }
}

static void timers_stop(void* arg) {
  timers_t* self = arg;
  size_t index;

  for (index = 0; index < self->count; index++) {
    lib_timer_stop(&self->lib, &self->timers[self->order[index]]);
  }
}

/* Have |run| measure |size| timers with time-outs of 1 ms to 1 minute. It makes
 * a difference of two which pages few timers are given, and it stays so while
 * the process lives: so they are measured in several places. */
static void timers_measure(bench_t* bench, size_t size,
                           void (*run)(timers_t* self)) {
  timers_t places[PLACES];
  size_t count = size > FEW ? 1 : PLACES;
  size_t operations = size > FEW ? TIMER_OPERATIONS : QUICK_OPERATIONS;
  size_t index;

  for (index = 0; index < count; index++) {
    timers_open(&places[index], bench, size, 1, 60000);
    places[index].repeats = bench_repeats(operations, size * count);
    run(&places[index]);
  }
  for (index = 0; index < count; index++) {
    timers_close(&places[index]);
  }
}

/* Start all while the clock goes on, so that few are due at the same time. */
static void timers_start_spread(void* arg) {
  timers_t* self = arg;
  size_t index;

  for (index = 0; index < self->count; index++) {
    if (index % 16 == 0) {
      lib_update(&self->lib);
    }
    lib_timer_start(&self->lib, &self->timers[index], self->times[index]);
  }
}

static void start_timed(void* arg) {
  timers_t* self = arg;

  bench_time(self->bench, timers_start, self, self->count);
}

static void stop_timed(void* arg) {
  timers_t* self = arg;

  timers_start(self);
  bench_time(self->bench, timers_stop, self, self->count);
}

/* Fresh timers are started in the order of their memory, time-outs at random
 * from 1 ms to 1 minute. */
static void start_repeat(timers_t* self) {
  size_t left;

  for (left = self->repeats; left > 0; left--) {
    lib_inside(&self->lib, start_timed, self);
    timers_drop(self);
    timers_init(self);
  }
}

static void timer_start(bench_t* bench, size_t size) {
  timers_measure(bench, size, start_repeat);
}

/* The same are stopped, in random order. */
static void stop_repeat(timers_t* self) {
  size_t left;

  for (left = self->repeats; left > 0; left--) {
    lib_inside(&self->lib, stop_timed, self);
    timers_drop(self);
    timers_init(self);
  }
}

static void timer_stop(bench_t* bench, size_t size) {
  timers_measure(bench, size, stop_repeat);
}

static size_t timers_fired;

static inline void timer_fired(void) {
  timers_fired++;
}

static void fire_body(void* arg) {
  timers_t* self = arg;

  while (timers_fired < self->count) {
    lib_look(&self->lib);
  }
}

/* All have become due while the loop was busy with something else. */
static void timer_fire(bench_t* bench, size_t size) {
  timers_t self;
  size_t left = bench_repeats(FIRE_OPERATIONS, size);
  uint32_t first = 2 + (uint32_t)(size / 2500); /* Starting takes so long. */
  uint32_t last = first + 4 + (uint32_t)(size / 1000);

  timers_open(&self, bench, size, first, last);
  for (; left > 0; left--) {
    timers_fired = 0;
    lib_inside(&self.lib, timers_start_spread, &self);
    bench_sleep(last + 2);
    bench_time(bench, fire_body, &self, size);
  }
  timers_close(&self);
}

static void live_body(void* arg) {
  timers_t* self = arg;

  lib_run(&self->lib);
}

/* They become due at random during a second, and the loop sleeps between. */
static void timer_live(bench_t* bench, size_t size) {
  timers_t self;

  timers_open(&self, bench, size, 300, 1300);
  lib_inside(&self.lib, timers_start_spread, &self);
  bench_time(bench, live_body, &self, size);
  bench_check(timers_fired == size, "some timers did not fire");
  timers_close(&self);
}

static void rearm_body(void* arg) {
  timers_t* self = arg;
  uint32_t base = (uint32_t)(self->round * 60000);
  size_t index;

  for (index = 0; index < self->count; index++) {
    lib_timer_start(&self->lib, &self->timers[self->order[index]],
                    base + self->times[index]);
  }
}

static void rearm_timed(void* arg) {
  timers_t* self = arg;

  timers_start(self);
  for (self->round = 1; self->round <= self->repeats * 2; self->round++) {
    bench_time(self->bench, rearm_body, self, self->count);
  }
}

/* Each, in random order, moves to a later deadline, of the next minute. */
static void rearm_repeat(timers_t* self) {
  lib_inside(&self->lib, rearm_timed, self);
}

static void timer_rearm(bench_t* bench, size_t size) {
  timers_measure(bench, size, rearm_repeat);
}

/* In each turn some timers, at random, are started anew with the one idle
 * time-out that all have. */
static bool idle_turn(void* arg) {
  timers_t* self = arg;
  unsigned starts;

  for (starts = 0; starts < STARTS_PER_TURN; starts++) {
    lib_timer_start(&self->lib, &self->timers[self->order[self->next]],
                    self->times[0]);
    self->next = self->next + 1 < self->count ? self->next + 1 : 0;
  }
  self->round += STARTS_PER_TURN;
  return self->round < IDLE_OPERATIONS;
}

static void idle_body(void* arg) {
  timers_t* self = arg;

  lib_turns(&self->lib, idle_turn, self);
}

/* Idle time-outs of busy connections, with the turns and everything that was
 * put off until then. The time-out is so short that the deadlines of the start
 * come up several times while it is measured, and too long for one to fire. */
static void timer_idle(bench_t* bench, size_t size) {
  uint32_t time = size < 100000 ? 20 : (uint32_t)(size / 500);
  timers_t self;

  timers_open(&self, bench, size, time, time);
  lib_inside(&self.lib, timers_start, &self);
  bench_time(bench, idle_body, &self, IDLE_OPERATIONS);
  timers_close(&self);
}

typedef struct {
  timers_t waiting;
  lib_timer_t open[CYCLES_OPEN];
} cycles_t;

static void cycles_body(void* arg) {
  cycles_t* self = arg;
  timers_t* waiting = &self->waiting;
  size_t index;

  for (index = 0; index < TIMER_OPERATIONS; index++) {
    lib_timer_t* timer = &self->open[index % CYCLES_OPEN];
    lib_timer_stop(&waiting->lib, timer);
    lib_timer_start(&waiting->lib, timer, 5000 + (uint32_t)(index / 1024));
  }
}

static void cycles_timed(void* arg) {
  cycles_t* self = arg;

  timers_start(&self->waiting);
  bench_time(self->waiting.bench, cycles_body, self, TIMER_OPERATIONS);
}

/* The time-outs of requests that are answered: started and stopped, a few at a
 * time, among many that wait. One operation is a start and a stop. */
static void timer_cycle(bench_t* bench, size_t size) {
  cycles_t self;
  size_t index;

  timers_open(&self.waiting, bench, size, 1, 60000);
  for (index = 0; index < CYCLES_OPEN; index++) {
    lib_timer_init(&self.waiting.lib, &self.open[index]);
  }
  lib_inside(&self.waiting.lib, cycles_timed, &self);
  for (index = 0; index < CYCLES_OPEN; index++) {
    lib_timer_drop(&self.waiting.lib, &self.open[index]);
  }
  timers_close(&self.waiting);
}

#endif /* BENCH_WORKLOADS_TIMER_H_ */
