/* uv-work.c - work items through the pool of uv.h: many in flight, very many
 * queued, one there and back, and bursts. */
#include "uv-work.h"

#include <stdlib.h>
#include <uv.h>

enum {
  FLIGHT_ITEMS = 200000,
  LATENCY_ITEMS = 5000,
  BURST_SIZE = 64,
  BURSTS = 500,
  BUSY_NS = 20000 /* what an item of a busy burst takes */
};

static struct {
  uv_loop_t loop;
  uv_work_t* items;
  size_t count; /* of |items| */
  size_t left;  /* to submit */
  uv_work_cb work;
  size_t bursts;
} world;

static void work_nothing(uv_work_t* item) {
  (void)item;
}

static void work_busy(uv_work_t* item) {
  uint64_t until = bench_clock(CLOCK_MONOTONIC) + BUSY_NS;

  (void)item;
  while (bench_clock(CLOCK_MONOTONIC) < until) {
    /* Computing something. */
  }
}

static void after_nothing(uv_work_t* item, int status) {
  (void)item, (void)status;
}

static void submit(uv_work_t* item, uv_after_work_cb after) {
  bench_check(uv_queue_work(&world.loop, item, world.work, after) == 0,
              "the work was refused");
}

static void world_open(size_t count) {
  world.work = work_nothing;
  world.count = count;
  world.items = bench_alloc(count, sizeof(*world.items));
  bench_check(uv_loop_init(&world.loop) == 0, "no loop");
}

/* One item first, so that starting the first thread is not measured. */
static void world_warm(void) {
  submit(&world.items[0], after_nothing);
  (void)uv_run(&world.loop, UV_RUN_DEFAULT);
}

static void world_close(void) {
  bench_check(uv_loop_close(&world.loop) == 0, "the loop is busy");
  free(world.items);
}

static void after_again(uv_work_t* item, int status) {
  (void)status;
  if (world.left > 0) {
    world.left--;
    submit(item, after_again);
  }
}

static void flight_body(void* arg) {
  size_t index;

  (void)arg;
  world.left = FLIGHT_ITEMS - world.count;
  for (index = 0; index < world.count; index++) {
    submit(&world.items[index], after_again);
  }
  (void)uv_run(&world.loop, UV_RUN_DEFAULT);
}

/* So many are always in flight: each is queued again when it is done. */
static void work_flight(bench_t* bench, size_t size) {
  world_open(size);
  world_warm();
  bench_time(bench, flight_body, NULL, FLIGHT_ITEMS);
  world_close();
}

static void queued_body(void* arg) {
  size_t index;

  (void)arg;
  for (index = 0; index < world.count; index++) {
    submit(&world.items[index], after_nothing);
  }
  (void)uv_run(&world.loop, UV_RUN_DEFAULT);
}

/* So many are queued before the loop turns. */
static void work_queued(bench_t* bench, size_t size) {
  world_open(size);
  world_warm();
  bench_time(bench, queued_body, NULL, size);
  world_close();
}

static void latency_body(void* arg) {
  size_t left;

  (void)arg;
  for (left = LATENCY_ITEMS; left > 0; left--) {
    submit(&world.items[0], after_nothing);
    (void)uv_run(&world.loop, UV_RUN_DEFAULT);
  }
}

/* One item, there and back, and then the next. */
static void work_latency(bench_t* bench, size_t size) {
  world_open(size);
  world_warm();
  bench_time(bench, latency_body, NULL, LATENCY_ITEMS);
  world_close();
}

static void bursts_body(void* arg) {
  size_t left;

  (void)arg;
  for (left = world.bursts; left > 0; left--) {
    queued_body(NULL);
  }
}

/* Bursts, each as soon as the last is done. One operation is a burst. */
static void work_burst(bench_t* bench, size_t size) {
  world_open(size);
  world.bursts = BURSTS;
  queued_body(NULL); /* All threads that it takes are up now. */
  bench_time(bench, bursts_body, NULL, world.bursts);
  world_close();
}

/* The same with items that take their time. */
static void work_burst_busy(bench_t* bench, size_t size) {
  world_open(size);
  world.work = work_busy;
  world.bursts = BURSTS / 5;
  queued_body(NULL);
  bench_time(bench, bursts_body, NULL, world.bursts);
  world_close();
}

const bench_workload_t bench_work_workloads[] = {
    {"work-flight-1k-1t", work_flight, 1000, BENCH_BOTH, 1},
    {"work-flight-1k-4t", work_flight, 1000, BENCH_BOTH, 4},
    {"work-queued-100k-1t", work_queued, 100000, BENCH_BOTH, 1},
    {"work-queued-100k-4t", work_queued, 100000, BENCH_BOTH, 4},
    {"work-queued-1m-4t", work_queued, 1000000, BENCH_BOTH, 4},
    {"work-latency", work_latency, 1, BENCH_BOTH, 4},
    {"work-burst-4t", work_burst, BURST_SIZE, BENCH_BOTH, 4},
    {"work-burst-16t", work_burst, BURST_SIZE, BENCH_BOTH, 16},
    {"work-burst-busy-4t", work_burst_busy, BURST_SIZE, BENCH_BOTH, 4},
    {"work-burst-busy-16t", work_burst_busy, BURST_SIZE, BENCH_BOTH, 16},
    {NULL, NULL, 0, 0, 0}};
