/* wheel.c - tests of the timing wheel, against a model that is plainly right:
 * an array that is searched from end to end. */
#include "support/test.h"

#include "wheel.h"

enum {
  NODES = 400
};

/* A seed can be given, to see a failure again: GYRE_TEST_SEED. */
static uint64_t random_state;

static void random_seed(uint64_t fallback) {
  const char* text = getenv("GYRE_TEST_SEED");

  random_state = text != NULL ? strtoull(text, NULL, 0) : fallback;
  print_message("seed %llu\n", (unsigned long long)random_state);
}

static uint64_t random_next(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

/* A span of time of any magnitude up to |bits| bits, small ones as likely as
 * large ones. */
static uint64_t random_span(unsigned bits) {
  return random_next() >> (64 - 1 - random_next() % bits);
}

typedef struct {
  bool armed;
  uint64_t due;
  uint64_t order;
} model_t;

typedef struct {
  gy_wheel_t wheel;
  gy_wheel_node_t nodes[NODES];
  model_t model[NODES];
  uint64_t now;
  uint64_t order;
  size_t taken;
} world_t;

static world_t* world_new(uint64_t now) {
  world_t* world = calloc(1, sizeof(*world));
  size_t index;

  assert_non_null(world);
  world->now = now;
  gy_wheel_init(&world->wheel, now);
  for (index = 0; index < NODES; index++) {
    gy_wheel_node_init(&world->nodes[index]);
  }
  return world;
}

static void world_set(world_t* world, size_t index, uint64_t due) {
  gy_wheel_set(&world->wheel, &world->nodes[index], due);
  world->model[index].armed = true;
  world->model[index].due = due;
  world->model[index].order = ++world->order;
}

/* The armed node that must come first, or NODES. */
static size_t model_first(const world_t* world) {
  size_t first = NODES;
  size_t index;

  for (index = 0; index < NODES; index++) {
    const model_t* it = &world->model[index];
    const model_t* best = &world->model[first];
    if (it->armed && (first == NODES || it->due < best->due ||
                      (it->due == best->due && it->order < best->order))) {
      first = index;
    }
  }
  return first;
}

/* What next() and next_exact() say holds for what the model knows. */
static void check_next(world_t* world) {
  size_t first = model_first(world);
  uint64_t bound;

  if (first == NODES) {
    assert_true(gy_wheel_next(&world->wheel) == GY_WHEEL_NEVER);
    assert_true(gy_wheel_next_exact(&world->wheel) == GY_WHEEL_NEVER);
    return;
  }
  bound = gy_wheel_next(&world->wheel);
  assert_true(bound <= world->model[first].due);
  if (random_next() % 8 == 0) {
    assert_true(gy_wheel_next_exact(&world->wheel) == world->model[first].due);
  }
  assert_true(gy_wheel_valid(&world->wheel));
}

/* Let time pass and take what is due; some of it is changed while it waits. */
static void check_expire(world_t* world, uint64_t span) {
  size_t late = 0;
  size_t first;

  world->now += span;
  gy_wheel_expire(&world->wheel, world->now);
  assert_true(gy_wheel_valid(&world->wheel));
  for (;;) {
    gy_wheel_node_t* node = gy_wheel_take(&world->wheel);
    first = model_first(world);
    if (first == NODES || world->model[first].due > world->now) {
      assert_null(node);
      return;
    }
    assert_non_null(node);
    assert_int_equal(node - world->nodes, first);
    world->model[first].armed = false;
    world->taken++;
    if (random_next() % 4 == 0) {
      size_t other = (size_t)(random_next() % NODES);
      gy_wheel_unset(&world->wheel, &world->nodes[other]);
      world->model[other].armed = false;
    }
    if (random_next() % 4 == 0 && late++ < NODES) {
      world_set(world, (size_t)(random_next() % NODES),
                world->now + 1 + random_span(40));
    }
  }
}

static void random_step(world_t* world, unsigned bits) {
  size_t index = (size_t)(random_next() % NODES);

  switch (random_next() % 8) {
    case 0:
      gy_wheel_unset(&world->wheel, &world->nodes[index]);
      world->model[index].armed = false;
      break;
    case 1:
      gy_wheel_remove(&world->wheel, &world->nodes[index]);
      world->model[index].armed = false;
      break;
    case 2:
      check_expire(world, random_span(bits));
      break;
    case 3:
      if (world->model[index].armed) {
        world_set(world, index, world->model[index].due + random_span(bits));
      }
      break;
    default:
      world_set(world, index, world->now + random_span(bits));
  }
}

static void run_model(uint64_t seed, uint64_t start, unsigned bits) {
  world_t* world;
  int step;

  random_seed(seed);
  world = world_new(start);
  for (step = 0; step < 30000; step++) {
    random_step(world, bits);
    if (step % 4 == 0) {
      check_next(world);
    }
  }
  check_expire(world, UINT64_C(1) << 50);
  assert_true(world->taken > 1000);
  free(world);
}

static void test_model_holds_for_times_within_some_ticks(void** state) {
  (void)state;
  run_model(1, 12345678901, 20);
}

static void test_model_holds_for_times_of_minutes(void** state) {
  (void)state;
  run_model(2, 0, 36);
}

static void test_model_holds_for_times_of_any_magnitude(void** state) {
  (void)state;
  run_model(3, UINT64_C(987654321987654321), 56);
}

static void test_equal_deadlines_come_out_in_the_order_set(void** state) {
  world_t* world = world_new(1000);
  size_t index;

  (void)state;
  random_seed(4);
  for (index = NODES; index-- > 0;) {
    world_set(world, index, 5000000000);
  }
  gy_wheel_expire(&world->wheel, 5000000000);
  for (index = NODES; index-- > 0;) {
    assert_ptr_equal(gy_wheel_take(&world->wheel), &world->nodes[index]);
  }
  assert_null(gy_wheel_take(&world->wheel));
  free(world);
}

static void test_node_is_not_due_one_ns_early(void** state) {
  world_t* world = world_new(77);
  uint64_t due;

  (void)state;
  for (due = 100; due < UINT64_C(1) << 60; due = due * 3 + 1) {
    gy_wheel_set(&world->wheel, &world->nodes[0], due);
    gy_wheel_expire(&world->wheel, due - 1);
    assert_null(gy_wheel_take(&world->wheel));
    gy_wheel_expire(&world->wheel, due);
    assert_ptr_equal(gy_wheel_take(&world->wheel), &world->nodes[0]);
  }
  free(world);
}

static void test_moving_to_a_later_time_leaves_the_slots_alone(void** state) {
  world_t* world = world_new(0);
  gy_wheel_node_t** link;

  (void)state;
  gy_wheel_set(&world->wheel, &world->nodes[0], 60000000000);
  link = world->nodes[0].link;
  gy_wheel_set(&world->wheel, &world->nodes[0], 120000000000);
  assert_ptr_equal(world->nodes[0].link, link);
  gy_wheel_unset(&world->wheel, &world->nodes[0]);
  gy_wheel_set(&world->wheel, &world->nodes[0], 180000000000);
  assert_ptr_equal(world->nodes[0].link, link);
  assert_true(gy_wheel_next_exact(&world->wheel) == 180000000000);
  gy_wheel_expire(&world->wheel, 179999999999);
  assert_null(gy_wheel_take(&world->wheel));
  gy_wheel_expire(&world->wheel, 180000000000);
  assert_non_null(gy_wheel_take(&world->wheel));
  free(world);
}

static void test_unset_nodes_are_never_next(void** state) {
  world_t* world = world_new(0);

  (void)state;
  gy_wheel_set(&world->wheel, &world->nodes[0], 1000);
  gy_wheel_unset(&world->wheel, &world->nodes[0]);
  assert_true(gy_wheel_next(&world->wheel) == GY_WHEEL_NEVER);
  gy_wheel_set(&world->wheel, &world->nodes[1], 9000000);
  assert_true(gy_wheel_next_exact(&world->wheel) == 9000000);
  free(world);
}

static void test_last_time_there_is_can_be_set_and_waited_for(void** state) {
  world_t* world = world_new(UINT64_MAX - 1000);

  (void)state;
  gy_wheel_set(&world->wheel, &world->nodes[0], UINT64_MAX - 1);
  assert_true(gy_wheel_next_exact(&world->wheel) == UINT64_MAX - 1);
  gy_wheel_expire(&world->wheel, UINT64_MAX - 2);
  assert_null(gy_wheel_take(&world->wheel));
  gy_wheel_expire(&world->wheel, UINT64_MAX - 1);
  assert_non_null(gy_wheel_take(&world->wheel));
  free(world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_model_holds_for_times_within_some_ticks),
    cmocka_unit_test(test_model_holds_for_times_of_minutes),
    cmocka_unit_test(test_model_holds_for_times_of_any_magnitude),
    cmocka_unit_test(test_equal_deadlines_come_out_in_the_order_set),
    cmocka_unit_test(test_node_is_not_due_one_ns_early),
    cmocka_unit_test(test_moving_to_a_later_time_leaves_the_slots_alone),
    cmocka_unit_test(test_unset_nodes_are_never_next),
    cmocka_unit_test(test_last_time_there_is_can_be_set_and_waited_for)};

GY_TEST_MAIN(tests)
