/* timer-structures.c - the wheel of src/wheel.h against a lazily corrected
 * 4-ary heap, with and without a lazy stop.
 *
 * The same operations on each, on a clock that is only a number. Nodes lie in
 * structures as large as a uv_timer_t, and all go through a table of functions,
 * so that none is at an advantage by being inlined. What comes out, and in
 * which order, is compared too: a structure that is wrong is not fast. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "lazy-heap.h"
#include "uv.h"
#include "wheel.h"

#define NS_PER_MS UINT64_C(1000000)
#define SPAN_NS (60000 * NS_PER_MS) /* what deadlines are spread over */

enum {
  OPERATIONS = 1000000,
  ROUNDS = 7,
  STRUCTURES = 3
};

/* As large as a uv_timer_t, with a node where that has it. */
typedef union {
  char room[152];
  struct {
    char before[96];
    union {
      gy_wheel_node_t wheel;
      heap_node_t heap;
    } node;
  } in;
} timer_node_t;

typedef struct {
  const char* name;
  void (*open)(void);
  void (*close)(void);
  void (*init)(timer_node_t* node);
  void (*set)(timer_node_t* node, uint64_t due);
  void (*unset)(timer_node_t* node);
  void (*expire)(uint64_t now);
  const void* (*take)(void);
  uint64_t (*next)(void);
} structure_t;

/* ---- the wheel ----------------------------------------------------------- */

static gy_wheel_t wheel;

static void wheel_open(void) {
  gy_wheel_init(&wheel, 0);
}

static void wheel_close(void) {
  /* It has allocated nothing. */
}

static void wheel_node_init(timer_node_t* node) {
  gy_wheel_node_init(&node->in.node.wheel);
}

static void wheel_set(timer_node_t* node, uint64_t due) {
  gy_wheel_set(&wheel, &node->in.node.wheel, due);
}

static void wheel_unset(timer_node_t* node) {
  gy_wheel_unset(&wheel, &node->in.node.wheel);
}

static void wheel_expire(uint64_t now) {
  gy_wheel_expire(&wheel, now);
}

static const void* wheel_take(void) {
  return gy_wheel_take(&wheel);
}

static uint64_t wheel_next(void) {
  return gy_wheel_next(&wheel);
}

/* ---- the heap ------------------------------------------------------------ */

static heap_t heap;

static void eager_open(void) {
  heap_init(&heap, false);
}

static void lazy_open(void) {
  heap_init(&heap, true);
}

static void any_close(void) {
  heap_destroy(&heap);
}

static void any_init(timer_node_t* node) {
  heap_node_init(&node->in.node.heap);
}

static void any_set(timer_node_t* node, uint64_t due) {
  heap_set(&heap, &node->in.node.heap, due);
}

static void any_unset(timer_node_t* node) {
  heap_unset(&heap, &node->in.node.heap);
}

static void any_expire(uint64_t now) {
  heap_expire(&heap, now);
}

static const void* any_take(void) {
  return heap_take(&heap);
}

static uint64_t any_next(void) {
  return heap_next(&heap);
}

static const structure_t structures[STRUCTURES] = {
    {"wheel", wheel_open, wheel_close, wheel_node_init, wheel_set, wheel_unset,
     wheel_expire, wheel_take, wheel_next},
    {"heap", eager_open, any_close, any_init, any_set, any_unset, any_expire,
     any_take, any_next},
    {"heap, lazy stop", lazy_open, any_close, any_init, any_set, any_unset,
     any_expire, any_take, any_next}};

/* ---- the operations -------------------------------------------------------
 */

typedef struct {
  const structure_t* to;
  bench_t bench;
  timer_node_t* nodes;
  uint32_t* order;
  uint64_t* dues;
  size_t count;
  uint64_t base;
  uint64_t now;
  uint64_t period;
  uint64_t hash; /* of what was taken, in order */
} field_t;

static void field_init(field_t* self) {
  size_t index;

  for (index = 0; index < self->count; index++) {
    self->to->init(&self->nodes[index]);
  }
}

static void start_body(void* arg) {
  field_t* self = arg;
  size_t index;

  for (index = 0; index < self->count; index++) {
    self->to->set(&self->nodes[index], self->dues[index]);
  }
}

static void stop_body(void* arg) {
  field_t* self = arg;
  size_t index;

  for (index = 0; index < self->count; index++) {
    self->to->unset(&self->nodes[self->order[index]]);
  }
}

static void take_all(field_t* self, uint64_t now) {
  const char* taken;

  self->to->expire(now);
  while ((taken = self->to->take()) != NULL) {
    uint64_t which = (uint64_t)(taken - (const char*)self->nodes);
    self->hash = (self->hash ^ which) * UINT64_C(0x100000001b3);
  }
}

/* All at once. */
static void fire_body(void* arg) {
  field_t* self = arg;

  take_all(self, SPAN_NS);
}

/* As they come due, in turns of a 10,000th of the span. */
static void live_body(void* arg) {
  field_t* self = arg;
  uint64_t now;

  for (now = 0; now <= SPAN_NS; now += SPAN_NS / 10000) {
    take_all(self, now);
    (void)self->to->next(); /* As a loop asks before it sleeps. */
  }
}

static void rearm_body(void* arg) {
  field_t* self = arg;
  size_t index;

  for (index = 0; index < self->count; index++) {
    size_t which = self->order[index];
    self->to->set(&self->nodes[which], self->base + self->dues[index]);
  }
}

/* Idle time-outs: at each us one node moves to |period| from now. The period is
 * twice what it takes to come round, so none fires, and each node is corrected
 * after every other move: far more often than in a program. */
static void idle_body(void* arg) {
  field_t* self = arg;
  size_t left = OPERATIONS > self->count * 4 ? OPERATIONS : self->count * 4;
  size_t next = 0;

  for (; left > 0; left--) {
    self->now += 1000;
    self->to->set(&self->nodes[self->order[next]], self->now + self->period);
    next = next + 1 < self->count ? next + 1 : 0;
    if (left % 64 == 0) {
      take_all(self, self->now);
      (void)self->to->next();
    }
  }
}

static void start_run(field_t* self) {
  bench_time(&self->bench, start_body, self, self->count);
}

static void stop_run(field_t* self) {
  start_body(self);
  bench_time(&self->bench, stop_body, self, self->count);
}

static void fire_run(field_t* self) {
  start_body(self);
  bench_time(&self->bench, fire_body, self, self->count);
}

static void live_run(field_t* self) {
  start_body(self);
  bench_time(&self->bench, live_body, self, self->count);
}

static void rearm_run(field_t* self) {
  start_body(self);
  self->base = SPAN_NS;
  bench_time(&self->bench, rearm_body, self, self->count);
  self->base *= 2;
  bench_time(&self->bench, rearm_body, self, self->count);
}

static void idle_run(field_t* self) {
  size_t count = OPERATIONS > self->count * 4 ? OPERATIONS : self->count * 4;
  size_t index;

  self->now = 0;
  self->period = self->count * 2000;
  for (index = 0; index < self->count; index++) {
    self->to->set(&self->nodes[index], self->period);
  }
  bench_time(&self->bench, idle_body, self, count);
}

typedef struct {
  const char* name;
  void (*run)(field_t* self);
  size_t operations;
} operation_t;

static const operation_t operations[] = {
    {"start", start_run, OPERATIONS},
    {"stop", stop_run, OPERATIONS},
    {"fire, all at once", fire_run, OPERATIONS},
    {"fire, as they come due", live_run, 1},
    {"re-arm later", rearm_run, OPERATIONS},
    {"idle time-outs", idle_run, 1}};

static const size_t sizes[] = {1000, 100000, 1000000};

/* The ns that one operation takes; what came out is added to |*hash|. */
static double operation_time(const structure_t* structure,
                             const operation_t* operation, size_t size,
                             uint64_t* hash) {
  field_t self = {.to = structure, .count = size, .hash = *hash};
  size_t left = bench_repeats(operation->operations, size);
  size_t index;

  self.bench.clock = CLOCK_PROCESS_CPUTIME_ID;
  self.nodes = bench_alloc(size, sizeof(*self.nodes));
  self.dues = bench_alloc(size, sizeof(*self.dues));
  self.order = bench_shuffled(size);
  for (index = 0; index < size; index++) {
    self.dues[index] = bench_random() % SPAN_NS;
  }
  for (; left > 0; left--) {
    structure->open();
    field_init(&self);
    operation->run(&self);
    structure->close();
  }
  free(self.nodes);
  free(self.dues);
  free(self.order);
  *hash = self.hash;
  return (double)self.bench.cpu_ns / (double)self.bench.operations;
}

static int number_compare(const void* a, const void* b) {
  double x = *(const double*)a;
  double y = *(const double*)b;

  return (x > y) - (x < y);
}

static void operation_print(const operation_t* operation, size_t size) {
  double times[STRUCTURES][ROUNDS];
  uint64_t hashes[STRUCTURES] = {0};
  int which;
  int round;

  for (round = 0; round < ROUNDS; round++) {
    for (which = 0; which < STRUCTURES; which++) {
      bench_seed((uint64_t)round + 1);
      times[which][round] =
          operation_time(&structures[which], operation, size, &hashes[which]);
    }
  }
  printf("| %s, %zu |", operation->name, size);
  for (which = 0; which < STRUCTURES; which++) {
    bench_check(hashes[which] == hashes[0], "the structures disagree");
    qsort(times[which], ROUNDS, sizeof(double), number_compare);
    printf(" %.1f |", times[which][ROUNDS / 2]);
  }
  printf("\n");
  (void)fflush(stdout);
}

int main(void) {
  size_t operation;
  size_t size;

  printf("| CPU ns | %s | %s | %s |\n|---|--:|--:|--:|\n", structures[0].name,
         structures[1].name, structures[2].name);
  for (operation = 0; operation < sizeof(operations) / sizeof(operations[0]);
       operation++) {
    for (size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++) {
      operation_print(&operations[operation], sizes[size]);
    }
  }
  return 0;
}
