/* timer-batch.c - what the callbacks of due timers do to each other.
 *
 * All timers that are due when the loop comes to its timers form a batch. The
 * callbacks of a batch may stop, close, re-arm and start timers, also those of
 * the same batch that are still to come. */
#include "support/test.h"

static uv_loop_t loop;
static uv_timer_t a, b, c, d;
static char trace[256]; /* what ran, one word each, in order */

static void note_word(const char* word) {
  size_t used = strlen(trace);

  snprintf(trace + used, sizeof(trace) - used, "%s%s", used == 0 ? "" : " ",
           word);
}

static void timer_note(uv_timer_t* timer) {
  note_word((const char*)timer->data);
}

static void close_note(uv_handle_t* handle) {
  char word[16];

  snprintf(word, sizeof(word), "closed-%s", (const char*)handle->data);
  note_word(word);
}

static void begin(void) {
  static uv_timer_t* const timers[] = {&a, &b, &c, &d};
  static const char* const names[] = {"a", "b", "c", "d"};

  trace[0] = '\0';
  assert_int_equal(uv_loop_init(&loop), 0);
  for (size_t i = 0; i < COUNT_OF(timers); i++) {
    assert_int_equal(uv_timer_init(&loop, timers[i]), 0);
    timers[i]->data = (void*)names[i];
  }
}

static void due_now(uv_timer_t* timer, uv_timer_cb cb) {
  assert_int_equal(uv_timer_start(timer, cb, 0, 0), 0);
}

/* One pass over what is due, without blocking. */
static int iterate(void) {
  return uv_run(&loop, UV_RUN_NOWAIT);
}

static void stop_b(uv_timer_t* timer) {
  timer_note(timer);
  assert_int_equal(uv_timer_stop(&b), 0);
  assert_false(uv_is_active((uv_handle_t*)&b));
}

static void test_due_timer_stopped_by_an_earlier_one_does_not_fire(
    void** state) {
  (void)state;
  begin();
  due_now(&a, stop_b);
  due_now(&b, timer_note);
  due_now(&c, timer_note);
  assert_int_equal(iterate(), 0);
  assert_string_equal(trace, "a c");
  gy_test_close_loop(&loop);
}

static void close_a_and_b(uv_timer_t* timer) {
  timer_note(timer);
  uv_close((uv_handle_t*)&b, close_note);
  uv_close((uv_handle_t*)&a, close_note);
}

static void test_due_timer_closed_by_an_earlier_one_does_not_fire(
    void** state) {
  (void)state;
  begin();
  due_now(&a, close_a_and_b);
  due_now(&b, timer_note);
  due_now(&c, timer_note);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "a c closed-a closed-b");
  gy_test_close_loop(&loop);
}

static void again_b(uv_timer_t* timer) {
  timer_note(timer);
  assert_int_equal(uv_timer_again(&b), 0);
  assert_int_equal(uv_timer_get_due_in(&b), 3600000);
}

static void test_due_timer_put_off_by_an_earlier_one_does_not_fire(
    void** state) {
  (void)state;
  begin();
  due_now(&a, again_b);
  assert_int_equal(uv_timer_start(&b, timer_note, 0, 3600000), 0);
  due_now(&c, timer_note);
  assert_int_equal(iterate(), 1);
  assert_string_equal(trace, "a c");
  gy_test_close_loop(&loop);
}

static void start_b_and_d(uv_timer_t* timer) {
  timer_note(timer);
  due_now(&b, timer_note);
  due_now(&d, timer_note);
}

static void test_timers_started_in_a_batch_wait_for_the_next_iteration(
    void** state) {
  (void)state;
  begin();
  due_now(&a, start_b_and_d);
  due_now(&b, timer_note); /* due, but started anew before its turn */
  due_now(&c, timer_note);
  assert_int_equal(iterate(), 1);
  assert_string_equal(trace, "a c");
  assert_int_equal(iterate(), 0);
  assert_string_equal(trace, "a c b d");
  gy_test_close_loop(&loop);
}

static int restarts;

static void restart_itself(uv_timer_t* timer) {
  timer_note(timer);
  if (++restarts < 3)
    due_now(timer, restart_itself);
}

static void check_note(uv_check_t* check) {
  (void)check;
  note_word("check");
}

static void test_timer_that_restarts_itself_lets_the_other_phases_run(
    void** state) {
  uv_check_t check;

  (void)state;
  begin();
  restarts = 0;
  uv_check_init(&loop, &check);
  uv_check_start(&check, check_note);
  uv_unref((uv_handle_t*)&check);
  due_now(&a, restart_itself);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "a check a check a");
  gy_test_close_loop(&loop);
}

static int b_was_due;

/* Take so long that |b| becomes due while this callback runs. */
static void outlast_b(uv_timer_t* timer) {
  timer_note(timer);
  b_was_due = uv_timer_get_due_in(&b) == 0;
  while (uv_timer_get_due_in(&b) > 0)
    uv_update_time(&loop);
}

static void test_timer_that_becomes_due_in_a_batch_waits_for_the_next(
    void** state) {
  (void)state;
  begin();
  due_now(&a, outlast_b);
  uv_timer_start(&b, timer_note, 100, 0);
  due_now(&c, timer_note);
  assert_int_equal(iterate(), 1);
  if (b_was_due)
    gy_test_skip("100 ms passed before the batch was begun");
  assert_string_equal(trace, "a c");
  assert_true(uv_is_active((uv_handle_t*)&b));
  assert_int_equal(iterate(), 0);
  assert_string_equal(trace, "a c b");
  gy_test_close_loop(&loop);
}

static void others_check(uv_timer_t* timer) {
  timer_note(timer);
  assert_true(uv_is_active((uv_handle_t*)&b));
  assert_true(uv_is_active((uv_handle_t*)&c));
  assert_int_equal(uv_timer_get_due_in(&b), 0);
  assert_true(uv_loop_alive(&loop));
}

static void test_due_timers_are_active_until_it_is_their_turn(void** state) {
  (void)state;
  begin();
  due_now(&a, others_check);
  due_now(&b, timer_note);
  due_now(&c, timer_note);
  assert_int_equal(iterate(), 0);
  assert_string_equal(trace, "a b c");
  gy_test_close_loop(&loop);
}

static void unref_b(uv_timer_t* timer) {
  timer_note(timer);
  uv_unref((uv_handle_t*)&b);
}

static void test_due_timer_unreferenced_by_an_earlier_one_still_fires(
    void** state) {
  (void)state;
  begin();
  due_now(&a, unref_b);
  due_now(&b, timer_note);
  assert_int_equal(iterate(), 0);
  assert_string_equal(trace, "a b");
  gy_test_close_loop(&loop);
}

/* A model of many timers: what must fire, when at the earliest, and in which
 * order, against what fires. */
enum {
  MANY = 500,
  STEPS = 4000,
  TIMEOUT_MOST = 40
};

typedef struct {
  uv_timer_t timer;
  uint64_t due;   /* by the loop's clock */
  uint64_t order; /* of its last start among all starts */
  int armed;
} model_t;

static model_t models[MANY];
static uint64_t last_due;
static uint64_t last_order;
static unsigned fired;

static unsigned random_next(void) {
  static uint32_t seed = 20240229;

  seed = seed * 1664525 + 1013904223;
  return seed >> 8;
}

static void model_fire(uv_timer_t* timer) {
  model_t* model = timer->data;

  assert_true(model->armed);
  assert_true(uv_now(&loop) >= model->due);
  assert_true(model->due > last_due ||
              (model->due == last_due && model->order > last_order));
  last_due = model->due;
  last_order = model->order;
  model->armed = 0;
  fired++;
}

static void model_change(model_t* model, uint64_t order) {
  uint64_t timeout = random_next() % TIMEOUT_MOST;

  if (random_next() % 4 == 0) {
    uv_timer_stop(&model->timer);
    model->armed = 0;
    return;
  }
  uv_timer_start(&model->timer, model_fire, timeout, 0);
  model->due = uv_now(&loop) + timeout;
  model->order = order;
  model->armed = 1;
}

static void test_many_timers_started_stopped_and_rearmed_fire_in_order(
    void** state) {
  unsigned armed = 0;

  (void)state;
  begin();
  for (size_t i = 0; i < MANY; i++) {
    uv_timer_init(&loop, &models[i].timer);
    models[i].timer.data = &models[i];
  }
  for (uint64_t step = 1; step <= STEPS; step++)
    model_change(&models[random_next() % MANY], step);
  for (size_t i = 0; i < MANY; i++)
    armed += models[i].armed != 0;
  assert_true(armed > MANY / 2);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(fired, armed);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_due_timer_stopped_by_an_earlier_one_does_not_fire),
    cmocka_unit_test(test_due_timer_closed_by_an_earlier_one_does_not_fire),
    cmocka_unit_test(test_due_timer_put_off_by_an_earlier_one_does_not_fire),
    cmocka_unit_test(
        test_timers_started_in_a_batch_wait_for_the_next_iteration),
    cmocka_unit_test(test_timer_that_restarts_itself_lets_the_other_phases_run),
    cmocka_unit_test(test_timer_that_becomes_due_in_a_batch_waits_for_the_next),
    cmocka_unit_test(test_due_timers_are_active_until_it_is_their_turn),
    cmocka_unit_test(test_due_timer_unreferenced_by_an_earlier_one_still_fires),
    cmocka_unit_test(
        test_many_timers_started_stopped_and_rearmed_fire_in_order),
};

GY_TEST_MAIN(tests)
