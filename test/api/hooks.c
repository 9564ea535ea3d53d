/* hooks.c - idle, prepare and check handles: callbacks once per iteration.
 *
 * The three behave alike but for the phase they run in (phases.c), so each
 * test runs for each of them. What a callback does to the other hooks of its
 * phase counts at once when it takes a hook away, and from the next iteration
 * on when it adds one. */
#include "support/test.h"

enum {
  HOOK_COUNT = 4,
  HOUR_MS = 60 * 60 * 1000
};

typedef struct hook hook_t;

struct hook {
  union {
    uv_handle_t handle;
    uv_idle_t idle;
    uv_prepare_t prepare;
    uv_check_t check;
  } uv;
  const char* name;
  void (*act)(hook_t* hook); /* what its callback does; may be NULL */
};

typedef struct {
  const char* name;
  int (*init)(hook_t* hook);
  int (*start)(hook_t* hook);
  int (*start_null)(hook_t* hook);
  int (*start_other)(hook_t* hook); /* with another callback */
  int (*stop)(hook_t* hook);
} kind_t;

static uv_loop_t loop;
static hook_t hooks[HOOK_COUNT];
static const kind_t* kind;
static char trace[256]; /* what ran, one word each, in order */

static void note(const char* word) {
  size_t used = strlen(trace);

  snprintf(trace + used, sizeof(trace) - used, "%s%s", used == 0 ? "" : " ",
           word);
}

static void hook_run(hook_t* hook) {
  note(hook->name);
  if (hook->act != NULL)
    hook->act(hook);
}

static void hook_run_other(hook_t* hook) {
  note("other");
  note(hook->name);
}

#define DEFINE_KIND(noun)                                       \
  static void noun##_run(uv_##noun##_t* handle) {               \
    hook_run((hook_t*)handle->data);                            \
  }                                                             \
  static void noun##_run_other(uv_##noun##_t* handle) {         \
    hook_run_other((hook_t*)handle->data);                      \
  }                                                             \
  static int noun##_init(hook_t* hook) {                        \
    return uv_##noun##_init(&loop, &hook->uv.noun);             \
  }                                                             \
  static int noun##_start(hook_t* hook) {                       \
    return uv_##noun##_start(&hook->uv.noun, noun##_run);       \
  }                                                             \
  static int noun##_start_null(hook_t* hook) {                  \
    return uv_##noun##_start(&hook->uv.noun, NULL);             \
  }                                                             \
  static int noun##_start_other(hook_t* hook) {                 \
    return uv_##noun##_start(&hook->uv.noun, noun##_run_other); \
  }                                                             \
  static int noun##_stop(hook_t* hook) {                        \
    return uv_##noun##_stop(&hook->uv.noun);                    \
  }                                                             \
  static const kind_t noun##_kind = {                           \
      #noun,                                                    \
      noun##_init,                                              \
      noun##_start,                                             \
      noun##_start_null,                                        \
      noun##_start_other,                                       \
      noun##_stop,                                              \
  }

DEFINE_KIND(idle);
DEFINE_KIND(prepare);
DEFINE_KIND(check);

static const kind_t* const kinds[] = {&idle_kind, &prepare_kind, &check_kind};

/* A loop with all hooks initialised: a, b, c, d. */
static void begin(void) {
  static const char* const names[HOOK_COUNT] = {"a", "b", "c", "d"};

  trace[0] = '\0';
  assert_int_equal(uv_loop_init(&loop), 0);
  for (int i = 0; i < HOOK_COUNT; i++) {
    hooks[i].name = names[i];
    hooks[i].act = NULL;
    assert_int_equal(kind->init(&hooks[i]), 0);
    hooks[i].uv.handle.data = &hooks[i];
  }
}

/* Start a, b and c. */
static void start_three(void) {
  for (int i = 0; i < 3; i++)
    assert_int_equal(kind->start(&hooks[i]), 0);
}

static int is_active(const hook_t* hook) {
  return uv_is_active(&hook->uv.handle) != 0;
}

/* Run |body| for each kind of hook, on a loop of its own. */
static void each_kind(void (*body)(void)) {
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    kind = kinds[i];
    print_message("%s\n", kind->name);
    begin();
    body();
    gy_test_close_loop(&loop);
  }
}

static void iterate_and_expect(const char* expected) {
  trace[0] = '\0';
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_string_equal(trace, expected);
}

static void new_is_inactive(void) {
  assert_false(is_active(&hooks[0]));
  assert_true(uv_has_ref(&hooks[0].uv.handle));
  assert_false(uv_loop_alive(&loop));
  iterate_and_expect("");
}

static void test_new_hook_is_inactive(void** state) {
  (void)state;
  each_kind(new_is_inactive);
}

static void needs_callback(void) {
  assert_int_equal(kind->start_null(&hooks[0]), UV_EINVAL);
  assert_false(is_active(&hooks[0]));
  iterate_and_expect("");
}

static void test_hook_without_callback_is_refused(void** state) {
  (void)state;
  each_kind(needs_callback);
}

static void stops(void) {
  assert_int_equal(kind->stop(&hooks[0]), 0);
  start_three();
  assert_true(is_active(&hooks[0]));
  assert_int_equal(kind->stop(&hooks[0]), 0);
  assert_int_equal(kind->stop(&hooks[0]), 0);
  assert_false(is_active(&hooks[0]));
  iterate_and_expect("c b");
}

static void test_stopped_hook_does_not_run(void** state) {
  (void)state;
  each_kind(stops);
}

static void runs_in_reverse(void) {
  start_three();
  iterate_and_expect("c b a");
  iterate_and_expect("c b a");
}

static void test_hooks_run_last_started_first_in_every_iteration(void** state) {
  (void)state;
  each_kind(runs_in_reverse);
}

static void restarted_runs_first(void) {
  start_three();
  kind->stop(&hooks[0]);
  kind->start(&hooks[0]);
  iterate_and_expect("a c b");
}

static void test_hook_stopped_and_started_again_runs_first(void** state) {
  (void)state;
  each_kind(restarted_runs_first);
}

static void second_start_is_nothing(void) {
  start_three();
  assert_int_equal(kind->start(&hooks[0]), 0);
  assert_int_equal(kind->start_other(&hooks[1]), 0);
  iterate_and_expect("c b a");
}

static void test_starting_an_active_hook_keeps_its_callback_and_place(
    void** state) {
  (void)state;
  each_kind(second_start_is_nothing);
}

static void restart_takes_other(void) {
  start_three();
  kind->stop(&hooks[1]);
  assert_int_equal(kind->start_other(&hooks[1]), 0);
  iterate_and_expect("other b c a");
}

static void test_stopped_hook_can_be_started_with_another_callback(
    void** state) {
  (void)state;
  each_kind(restart_takes_other);
}

static void unreferenced_runs(void) {
  start_three();
  for (int i = 0; i < 3; i++)
    uv_unref(&hooks[i].uv.handle);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(trace, "");
  uv_ref(&hooks[1].uv.handle);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1);
  assert_string_equal(trace, "c b a");
}

static void test_unreferenced_hook_runs_but_does_not_keep_the_loop(
    void** state) {
  (void)state;
  each_kind(unreferenced_runs);
}

static void stop_all(hook_t* hook) {
  (void)hook;
  for (int i = 0; i < HOOK_COUNT; i++)
    kind->stop(&hooks[i]);
}

static void last_stop_ends_loop(void) {
  hooks[0].act = stop_all;
  kind->start(&hooks[0]);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  assert_string_equal(trace, "a");
}

static void test_loop_is_done_when_its_last_hook_stops_itself(void** state) {
  (void)state;
  each_kind(last_stop_ends_loop);
}

/* What b, the second of c b a to run, does to the others. */
static void stop_itself(hook_t* hook) {
  kind->stop(hook);
}

static void stop_a(hook_t* hook) {
  (void)hook;
  kind->stop(&hooks[0]);
}

static void stop_c(hook_t* hook) {
  (void)hook;
  kind->stop(&hooks[2]);
}

static void start_d(hook_t* hook) {
  (void)hook;
  assert_int_equal(kind->start(&hooks[3]), 0);
}

static void restart_itself(hook_t* hook) {
  kind->stop(hook);
  kind->start(hook);
}

static void restart_a(hook_t* hook) {
  (void)hook;
  restart_itself(&hooks[0]);
}

static void restart_c(hook_t* hook) {
  (void)hook;
  restart_itself(&hooks[2]);
}

static void close_note(uv_handle_t* handle) {
  note("closed");
  note(((hook_t*)handle->data)->name);
}

static void close_itself(hook_t* hook) {
  uv_close(&hook->uv.handle, close_note);
  assert_false(is_active(hook));
}

static void close_a(hook_t* hook) {
  (void)hook;
  close_itself(&hooks[0]);
}

static void close_c(hook_t* hook) {
  (void)hook;
  close_itself(&hooks[2]);
}

static const struct {
  const char* name;
  void (*act)(hook_t* hook);
  const char* first;  /* the iteration in which b acts */
  const char* second; /* the one after it */
} changes[] = {
    {"b stops itself", stop_itself, "c b a", "c a"},
    {"b stops one to come", stop_a, "c b", "c b"},
    {"b stops one that ran", stop_c, "c b a", "b a"},
    {"b stops all", stop_all, "c b", ""},
    {"b starts a new one", start_d, "c b a", "d c b a"},
    {"b restarts itself", restart_itself, "c b a", "b c a"},
    {"b restarts one to come", restart_a, "c b", "a c b"},
    {"b restarts one that ran", restart_c, "c b a", "c b a"},
    {"b closes itself", close_itself, "c b a closed b", "c a"},
    {"b closes one to come", close_a, "c b closed a", "c b"},
    {"b closes one that ran", close_c, "c b a closed c", "b a"},
};

static size_t change;

static void change_counts(void) {
  print_message("  %s\n", changes[change].name);
  hooks[1].act = changes[change].act;
  start_three();
  iterate_and_expect(changes[change].first);
  hooks[1].act = NULL;
  iterate_and_expect(changes[change].second);
}

static void test_callback_may_start_stop_and_close_hooks_of_its_phase(
    void** state) {
  (void)state;
  for (change = 0; change < COUNT_OF(changes); change++)
    each_kind(change_counts);
}

static void timer_fail(uv_timer_t* timer) {
  (void)timer;
  fail_msg("an hour has passed");
}

static void test_idle_hook_keeps_the_loop_from_blocking(void** state) {
  uv_timer_t timer;

  (void)state;
  kind = &idle_kind;
  begin();
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, timer_fail, HOUR_MS, 0);
  kind->start(&hooks[0]);
  assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 1);
  uv_unref(&hooks[0].uv.handle); /* counts even when it is not referenced */
  assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 1);
  assert_string_equal(trace, "a a");
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_new_hook_is_inactive),
    cmocka_unit_test(test_hook_without_callback_is_refused),
    cmocka_unit_test(test_stopped_hook_does_not_run),
    cmocka_unit_test(test_hooks_run_last_started_first_in_every_iteration),
    cmocka_unit_test(test_hook_stopped_and_started_again_runs_first),
    cmocka_unit_test(test_starting_an_active_hook_keeps_its_callback_and_place),
    cmocka_unit_test(test_stopped_hook_can_be_started_with_another_callback),
    cmocka_unit_test(test_unreferenced_hook_runs_but_does_not_keep_the_loop),
    cmocka_unit_test(test_loop_is_done_when_its_last_hook_stops_itself),
    cmocka_unit_test(test_callback_may_start_stop_and_close_hooks_of_its_phase),
    cmocka_unit_test(test_idle_hook_keeps_the_loop_from_blocking),
};

GY_TEST_MAIN(tests)
