/* timers-random.c - random calls of the timer API against a model that is
 * plainly right: an array that is searched from end to end.
 *
 * A failure tells its seed; GYRE_TEST_SEED=n repeats that one. */
#include "spy.h"

enum {
  TIMERS = 40,
  STEPS = 2000,
  SEEDS = 25
};

typedef struct {
  bool open;    /* initialised, and not closed */
  bool closing; /* its close callback has yet to come */
  bool started; /* ever */
  bool armed;
  bool expired; /* it is to be called in this turn */
  uint64_t due;
  uint64_t order;
  uint64_t repeat;
} model_t;

static uv_timer_t timers[TIMERS];
static model_t models[TIMERS];
static uint64_t order;
static int depth; /* 1 in a callback */
static uint64_t random_state;

/* ---- chance ------------------------------------------------------------- */

static uint64_t random_next(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static int random_below(int limit) {
  return (int)(random_next() % (uint64_t)limit);
}

/* A number of any magnitude up to |bits| bits, small ones as likely as large
 * ones; 0 now and then. */
static uint64_t random_number(unsigned bits) {
  return random_next() >> (63 - random_next() % bits) >> random_below(2);
}

/* ---- the model ---------------------------------------------------------- */

static void model_arm(model_t* model, uint64_t timeout_ms) {
  model->armed = true;
  model->expired = false;
  model->due = gy_loop_now(gy_loop(&loop)) + timeout_ms * SPY_MS;
  model->order = ++order;
}

static void model_disarm(model_t* model) {
  model->armed = false;
  model->expired = false;
}

/* The first of those that are armed, or only of those that have expired; NULL
 * when there is none. */
static model_t* model_first(bool expired) {
  model_t* first = NULL;
  int index;

  for (index = 0; index < TIMERS; index++) {
    model_t* model = &models[index];
    if (!model->armed || (expired && !model->expired)) {
      continue;
    }
    if (first == NULL || model->due < first->due ||
        (model->due == first->due && model->order < first->order)) {
      first = model;
    }
  }
  return first;
}

static bool model_any_closing(void) {
  int index;

  for (index = 0; index < TIMERS; index++) {
    if (models[index].closing) {
      return true;
    }
  }
  return false;
}

/* A turn sees the time |now| after its sleep. */
static void model_expire(uint64_t now) {
  int index;

  for (index = 0; index < TIMERS; index++) {
    models[index].expired = models[index].armed && models[index].due <= now;
  }
}

/* What uv_backend_timeout() has to say. */
static int64_t model_timeout(void) {
  const model_t* first = model_first(false);
  uint64_t now = gy_loop_now(gy_loop(&loop));
  uint64_t rest;

  if (first == NULL || model_any_closing() || first->due <= now) {
    return 0;
  }
  rest = first->due / SPY_MS - now / SPY_MS;
  rest = rest > 0 ? rest : 1;
  return rest > INT32_MAX ? INT32_MAX : (int64_t)rest;
}

/* ---- what is done to both --------------------------------------------- */

static void timer_called(uv_timer_t* timer);
static void something_do(void);

static void timer_closed(uv_handle_t* handle) {
  model_t* model = &models[(uv_timer_t*)handle - timers];

  assert_true(model->closing);
  model->closing = false;
  model->open = false;
}

static void start(int index) {
  uint64_t timeout = random_number(30);
  uint64_t again = random_below(3) == 0 ? random_number(20) : 0;
  int err = uv_timer_start(&timers[index], timer_called, timeout, again);

  if (models[index].closing) {
    assert_int_equal(err, UV_EINVAL);
    return;
  }
  assert_int_equal(err, 0);
  model_arm(&models[index], timeout);
  models[index].started = true;
  models[index].repeat = again;
}

static void stop(int index) {
  assert_int_equal(uv_timer_stop(&timers[index]), 0);
  model_disarm(&models[index]);
}

static void again(int index) {
  model_t* model = &models[index];
  int err = uv_timer_again(&timers[index]);

  if (!model->started || model->closing) {
    assert_int_equal(err, UV_EINVAL);
    return;
  }
  assert_int_equal(err, 0);
  if (model->repeat != 0) {
    model_arm(model, model->repeat);
  }
}

static void set_repeat(int index) {
  models[index].repeat = random_below(2) == 0 ? 0 : random_number(20);
  uv_timer_set_repeat(&timers[index], models[index].repeat);
}

static void close_timer(int index) {
  if (!models[index].closing) {
    uv_close((uv_handle_t*)&timers[index], timer_closed);
    model_disarm(&models[index]);
    models[index].closing = true;
  }
}

static void open_timer(int index) {
  assert_int_equal(uv_timer_init(&loop, &timers[index]), 0);
  memset(&models[index], 0, sizeof(models[index]));
  models[index].open = true;
}

static void check(int index) {
  const model_t* model = &models[index];
  uint64_t now_ms = uv_now(&loop);
  uint64_t due_in;

  assert_int_equal(uv_is_active((uv_handle_t*)&timers[index]) != 0,
                   model->armed);
  assert_int_equal(uv_is_closing((uv_handle_t*)&timers[index]) != 0,
                   model->closing);
  assert_true(uv_timer_get_repeat(&timers[index]) == model->repeat);
  if (!model->armed) {
    return;
  }
  due_in = uv_timer_get_due_in(&timers[index]);
  assert_int_equal(due_in == 0, model->due <= gy_loop_now(gy_loop(&loop)));
  assert_true(due_in <= 1 || now_ms + due_in == model->due / SPY_MS);
}

static void something_do(void) {
  int index = random_below(TIMERS);

  if (!models[index].open) {
    open_timer(index);
    return;
  }
  switch (random_below(16)) {
    case 0:
    case 1:
    case 2:
      stop(index);
      break;
    case 3:
    case 4:
      again(index);
      break;
    case 5:
      set_repeat(index);
      break;
    case 6:
      close_timer(index);
      break;
    default:
      start(index);
  }
  check(index);
}

static void timer_called(uv_timer_t* timer) {
  model_t* model = &models[timer - timers];
  int count = random_below(3);

  assert_int_equal(depth++, 0);
  assert_ptr_equal(model, model_first(true));
  assert_true(gy_sim_clock() >= model->due);
  if (model->repeat != 0) {
    model_arm(model, model->repeat);
  } else {
    model_disarm(model);
  }
  check((int)(timer - timers));
  while (count-- > 0) {
    something_do();
  }
  gy_sim_pass(random_number(22));
  depth--;
}

/* ---- turns -------------------------------------------------------------- */

/* One turn; the model knows how long it sleeps. */
static void turn(void) {
  uv_run_mode mode = random_below(2) == 0 ? UV_RUN_ONCE : UV_RUN_NOWAIT;
  const model_t* first = model_first(false);
  uint64_t soonest = gy_loop(&loop)->timers_ran + SPY_MS;
  uint64_t now = gy_sim_clock();
  bool alive;

  if (mode == UV_RUN_ONCE && first != NULL && !model_any_closing() &&
      now < first->due) {
    /* Timers wake the loop once in a millisecond at most. */
    now = first->due > soonest ? first->due : soonest;
  }
  model_expire(now);
  alive = uv_run(&loop, mode) != 0;
  assert_null(model_first(true));
  assert_int_equal(alive, model_first(false) != NULL || model_any_closing());
}

static void seed_live(uint64_t seed) {
  int step;

  random_state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
  memset(models, 0, sizeof(models));
  for (step = 0; step < STEPS; step++) {
    something_do();
    if (random_below(3) == 0) {
      gy_sim_pass(random_number(40));
    }
    if (random_below(8) == 0) {
      uv_update_time(&loop);
    }
    assert_int_equal(uv_backend_timeout(&loop), model_timeout());
    if (random_below(3) == 0) {
      turn();
    }
    assert_true(gy_wheel_valid(&gy_loop(&loop)->timers));
  }
}

static void test_random_timers_do_what_the_model_does(void** state) {
  const char* only = getenv("GYRE_TEST_SEED");
  uint64_t seed = only != NULL ? strtoull(only, NULL, 0) : 1;
  uint64_t last = only != NULL ? seed : SEEDS;

  for (; seed <= last; seed++) {
    print_message("seed %llu\n", (unsigned long long)seed);
    spy_setup(state);
    seed_live(seed);
    spy_teardown(state);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_random_timers_do_what_the_model_does),
};

GY_TEST_MAIN(tests)
