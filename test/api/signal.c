/* signal.c - tests of signal handles, on one loop and one thread.
 *
 * A signal that raise() sends is delivered before raise() returns, so nothing
 * here has to wait. */
#include "support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  MANY = 100
};

static uv_loop_t loop;
static uv_signal_t one;
static uv_signal_t two;
static uv_signal_t many[MANY];
static char told[256]; /* a letter for each call: the handle's |data| */
static int told_signum;

static void begin(void) {
  memset(told, 0, sizeof(told));
  told_signum = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void begin_two(void) {
  begin();
  assert_int_equal(uv_signal_init(&loop, &one), 0);
  assert_int_equal(uv_signal_init(&loop, &two), 0);
  one.data = "1";
  two.data = "2";
}

static void tell(uv_signal_t* handle, int signum) {
  if (handle->data != NULL)
    strncat(told, handle->data, sizeof(told) - strlen(told) - 1);
  told_signum = signum;
}

static void tell_and_stop(uv_signal_t* handle, int signum) {
  tell(handle, signum);
  assert_int_equal(uv_signal_stop(handle), 0);
}

static void tell_and_close(uv_signal_t* handle, int signum) {
  tell(handle, signum);
  uv_close((uv_handle_t*)handle, NULL);
}

static void turn(void) {
  uv_run(&loop, UV_RUN_NOWAIT);
}

static bool is_default(int signum) {
  struct sigaction now;

  assert_int_equal(sigaction(signum, NULL, &now), 0);
  return now.sa_handler == SIG_DFL;
}

static bool is_active(const uv_signal_t* handle) {
  return uv_is_active((const uv_handle_t*)handle) != 0;
}

/* ---- one handle -----------------------------------------------------------
 */

static void test_signal_that_is_raised_is_told_from_the_loop(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(one.signum, 0);
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  assert_int_equal(one.signum, SIGUSR1);
  assert_true(is_active(&one));
  raise(SIGUSR1);
  assert_string_equal(told, "");
  uv_run(&loop, UV_RUN_ONCE);
  assert_string_equal(told, "1");
  assert_int_equal(told_signum, SIGUSR1);
  turn();
  assert_string_equal(told, "1");
  gy_test_close_loop(&loop);
}

static void test_each_delivery_is_told(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  for (int i = 0; i < 3; i++)
    raise(SIGUSR1);
  turn();
  assert_string_equal(told, "111");
  gy_test_close_loop(&loop);
}

static void alarm_told(uv_signal_t* handle, int signum) {
  tell(handle, signum);
  uv_stop(handle->loop);
}

static void test_signal_ends_the_sleep_of_a_loop(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, alarm_told, SIGALRM), 0);
  alarm(1);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(told, "1");
  gy_test_close_loop(&loop);
}

static void test_arguments_that_are_none_are_refused(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_init(NULL, &one), UV_EINVAL);
  assert_int_equal(uv_signal_init(&loop, NULL), UV_EINVAL);
  assert_int_equal(uv_signal_start(NULL, tell, SIGUSR1), UV_EINVAL);
  assert_int_equal(uv_signal_start(&one, NULL, SIGUSR1), UV_EINVAL);
  assert_int_equal(uv_signal_start_oneshot(NULL, tell, SIGUSR1), UV_EINVAL);
  assert_int_equal(uv_signal_start_oneshot(&one, NULL, SIGUSR1), UV_EINVAL);
  assert_int_equal(uv_signal_stop(NULL), UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_what_cannot_be_caught_is_refused(void** state) {
  static const int none[] = {0,   -1,  SIGKILL, SIGSTOP,   65,
                             128, 129, 1 << 20, INT32_MIN, INT32_MAX};

  (void)state;
  begin_two();
  for (size_t i = 0; i < COUNT_OF(none); i++) {
    assert_int_equal(uv_signal_start(&one, tell, none[i]), UV_EINVAL);
    assert_int_equal(uv_signal_start_oneshot(&one, tell, none[i]), UV_EINVAL);
    assert_false(is_active(&one));
    assert_int_equal(one.signum, 0);
  }
  gy_test_close_loop(&loop);
}

static void test_refused_start_leaves_what_was_started(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  assert_int_equal(uv_signal_start(&one, tell, SIGKILL), UV_EINVAL);
  assert_int_equal(uv_signal_start(&one, NULL, SIGUSR2), UV_EINVAL);
  assert_int_equal(one.signum, SIGUSR1);
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "1");
  gy_test_close_loop(&loop);
}

static void test_closing_handle_is_not_started(void** state) {
  (void)state;
  begin_two();
  uv_close((uv_handle_t*)&one, NULL);
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), UV_EINVAL);
  assert_int_equal(uv_signal_start_oneshot(&one, tell, SIGUSR1), UV_EINVAL);
  assert_true(is_default(SIGUSR1));
  gy_test_close_loop(&loop);
}

static void test_stop_drops_what_was_delivered(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_stop(&one), 0);
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  raise(SIGUSR1);
  assert_int_equal(uv_signal_stop(&one), 0);
  assert_int_equal(uv_signal_stop(&one), 0);
  assert_int_equal(one.signum, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(told, "");
  gy_test_close_loop(&loop);
}

static void test_restart_hears_the_new_signal_and_not_the_old(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  raise(SIGUSR1);
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR2), 0);
  assert_true(is_default(SIGUSR1));
  turn();
  assert_string_equal(told, "");
  raise(SIGUSR2);
  turn();
  assert_string_equal(told, "1");
  assert_int_equal(told_signum, SIGUSR2);
  gy_test_close_loop(&loop);
}

static void test_restart_with_the_same_signal_changes_the_callback(
    void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  raise(SIGUSR1);
  assert_int_equal(uv_signal_start(&one, tell_and_stop, SIGUSR1), 0);
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "1");
  assert_false(is_active(&one));
  gy_test_close_loop(&loop);
}

static void test_handle_may_stop_in_its_callback(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell_and_stop, SIGUSR1), 0);
  raise(SIGUSR1);
  raise(SIGUSR1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(told, "1");
  gy_test_close_loop(&loop);
}

static void test_handle_may_close_in_its_callback(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell_and_close, SIGUSR1), 0);
  raise(SIGUSR1);
  raise(SIGUSR1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(told, "1");
  assert_true(is_default(SIGUSR1));
  gy_test_close_loop(&loop);
}

static void raise_again(uv_signal_t* handle, int signum) {
  tell(handle, signum);
  raise(signum);
}

static void test_signal_raised_in_the_callback_is_told_next_turn(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, raise_again, SIGUSR1), 0);
  raise(SIGUSR1);
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "11");
  uv_run(&loop, UV_RUN_ONCE);
  assert_string_equal(told, "1111");
  gy_test_close_loop(&loop);
}

static void test_handle_that_is_not_referenced_keeps_no_loop(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  uv_unref((uv_handle_t*)&one);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  raise(SIGUSR1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  uv_ref((uv_handle_t*)&one);
  turn();
  assert_string_equal(told, "1");
  gy_test_close_loop(&loop);
}

/* ---- one delivery ----------------------------------------------------------
 */

static void test_oneshot_is_told_once_and_has_stopped(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start_oneshot(&one, tell, SIGUSR1), 0);
  assert_true(is_active(&one));
  raise(SIGUSR1);
  assert_true(is_default(SIGUSR1));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(told, "1");
  assert_false(is_active(&one));
  assert_int_equal(one.signum, 0);
  gy_test_close_loop(&loop);
}

static void test_two_oneshots_are_told_once_each(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start_oneshot(&one, tell, SIGUSR1), 0);
  assert_int_equal(uv_signal_start_oneshot(&two, tell, SIGUSR1), 0);
  raise(SIGUSR1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(told, "12");
  gy_test_close_loop(&loop);
}

static void test_oneshot_beside_a_lasting_one_leaves_it_the_handler(
    void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start_oneshot(&one, tell, SIGUSR1), 0);
  assert_int_equal(uv_signal_start(&two, tell, SIGUSR1), 0);
  raise(SIGUSR1);
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "122");
  assert_false(is_active(&one));
  assert_false(is_default(SIGUSR1));
  gy_test_close_loop(&loop);
}

static void test_oneshot_whose_lasting_neighbour_left_is_reset(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&two, tell, SIGUSR1), 0);
  assert_int_equal(uv_signal_start_oneshot(&one, tell, SIGUSR1), 0);
  assert_int_equal(uv_signal_stop(&two), 0);
  raise(SIGUSR1);
  assert_true(is_default(SIGUSR1));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(told, "1");
  gy_test_close_loop(&loop);
}

static void start_oneshot_again(uv_signal_t* handle, int signum) {
  tell(handle, signum);
  assert_int_equal(uv_signal_start_oneshot(handle, tell, signum), 0);
}

static void test_oneshot_may_be_started_in_its_callback(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start_oneshot(&one, start_oneshot_again, SIGUSR1),
                   0);
  raise(SIGUSR1);
  turn();
  assert_true(is_active(&one));
  raise(SIGUSR1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(told, "11");
  gy_test_close_loop(&loop);
}

static void test_oneshot_started_after_one_that_was_hit_hears(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start_oneshot(&one, tell, SIGUSR1), 0);
  raise(SIGUSR1);
  assert_int_equal(uv_signal_start_oneshot(&two, tell, SIGUSR1), 0);
  assert_false(is_default(SIGUSR1));
  turn();
  assert_string_equal(told, "1");
  assert_false(is_default(SIGUSR1));
  raise(SIGUSR1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(told, "12");
  gy_test_close_loop(&loop);
}

static void test_oneshot_may_turn_into_a_lasting_one_and_back(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start_oneshot(&one, tell, SIGUSR1), 0);
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  raise(SIGUSR1);
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "11");
  assert_true(is_active(&one));
  assert_int_equal(uv_signal_start_oneshot(&one, tell, SIGUSR1), 0);
  raise(SIGUSR1);
  assert_true(is_default(SIGUSR1));
  turn();
  assert_false(is_active(&one));
  gy_test_close_loop(&loop);
}

/* ---- many handles -----------------------------------------------------------
 */

static void test_each_handle_of_a_signal_is_told(void** state) {
  (void)state;
  begin();
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(uv_signal_init(&loop, &many[i]), 0);
    many[i].data = "x";
    assert_int_equal(
        uv_signal_start(&many[i], tell, i % 2 != 0 ? SIGUSR1 : SIGUSR2), 0);
  }
  raise(SIGUSR1);
  turn();
  assert_int_equal(strlen(told), MANY / 2);
  raise(SIGUSR2);
  raise(SIGUSR1);
  turn();
  assert_int_equal(strlen(told), MANY / 2 + MANY);
  gy_test_close_loop(&loop);
}

static void test_signals_are_told_in_the_order_of_arrival(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  assert_int_equal(uv_signal_start(&two, tell, SIGUSR2), 0);
  raise(SIGUSR2);
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "21");
  raise(SIGUSR1);
  raise(SIGUSR2);
  turn();
  assert_string_equal(told, "2112");
  gy_test_close_loop(&loop);
}

static void stop_other(uv_signal_t* handle, int signum) {
  tell(handle, signum);
  assert_int_equal(uv_signal_stop(handle == &one ? &two : &one), 0);
}

static void test_handle_that_a_neighbour_stopped_is_not_told(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, stop_other, SIGUSR1), 0);
  assert_int_equal(uv_signal_start(&two, stop_other, SIGUSR1), 0);
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "1");
  gy_test_close_loop(&loop);
}

static void start_other(uv_signal_t* handle, int signum) {
  tell(handle, signum);
  assert_int_equal(uv_signal_start(&two, tell, signum), 0);
}

static void test_handle_started_by_a_callback_hears_of_later_ones(
    void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, start_other, SIGUSR1), 0);
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "1");
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "112");
  gy_test_close_loop(&loop);
}

static void test_last_stop_gives_the_default_back(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  assert_int_equal(uv_signal_start(&two, tell, SIGUSR1), 0);
  assert_int_equal(uv_signal_stop(&one), 0);
  assert_false(is_default(SIGUSR1));
  raise(SIGUSR1);
  turn();
  assert_string_equal(told, "2");
  assert_int_equal(uv_signal_stop(&two), 0);
  assert_true(is_default(SIGUSR1));
  gy_test_close_loop(&loop);
}

/* ---- what the handler is like
 * -------------------------------------------------
 */

static void test_system_calls_go_on_after_a_signal(void** state) {
  struct sigaction now;

  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
  assert_true((now.sa_flags & SA_RESTART) != 0);
  assert_true((now.sa_flags & SA_ONSTACK) != 0);
  assert_true(sigismember(&now.sa_mask, SIGTERM));
  gy_test_close_loop(&loop);
}

/* Those that cannot be caught, that sanitizers keep for themselves, as it is
 * undefined to watch them, and the C library's. */
static bool is_reserved(int signum) {
  static const int reserved[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,
                                 SIGFPE,  SIGILL,  32,      33};

  for (size_t i = 0; i < COUNT_OF(reserved); i++)
    if (signum == reserved[i])
      return true;
  return signum > 31 && signum < SIGRTMIN;
}

static void test_every_signal_that_can_be_caught_is(void** state) {
  (void)state;
  begin_two();
  for (int signum = 1; signum <= SIGRTMAX; signum++) {
    if (is_reserved(signum))
      continue;
    assert_int_equal(uv_signal_start(&one, tell, signum), 0);
    raise(signum);
    turn();
    assert_int_equal(told_signum, signum);
  }
  gy_test_close_loop(&loop);
}

static void test_pending_signal_shows_in_the_backend_timeout(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  turn();
  assert_int_equal(uv_backend_timeout(&loop), -1);
  raise(SIGUSR1);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  turn();
  assert_int_equal(uv_backend_timeout(&loop), -1);
  gy_test_close_loop(&loop);
}

static void test_kill_asks_and_refuses(void** state) {
  (void)state;
  begin_two();
  assert_int_equal(uv_signal_start(&one, tell, SIGUSR1), 0);
  assert_int_equal(uv_kill(getpid(), 0), 0);
  assert_int_equal(uv_kill(getpid(), SIGUSR1), 0);
  turn();
  assert_string_equal(told, "1");
  assert_int_equal(uv_kill(getpid(), -1), UV_EINVAL);
  assert_int_equal(uv_kill(getpid(), 1000), UV_EINVAL);
  assert_int_equal(uv_kill(INT32_MAX, 0), UV_ESRCH);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_signal_that_is_raised_is_told_from_the_loop),
    cmocka_unit_test(test_each_delivery_is_told),
    cmocka_unit_test(test_signal_ends_the_sleep_of_a_loop),
    cmocka_unit_test(test_arguments_that_are_none_are_refused),
    cmocka_unit_test(test_what_cannot_be_caught_is_refused),
    cmocka_unit_test(test_refused_start_leaves_what_was_started),
    cmocka_unit_test(test_closing_handle_is_not_started),
    cmocka_unit_test(test_stop_drops_what_was_delivered),
    cmocka_unit_test(test_restart_hears_the_new_signal_and_not_the_old),
    cmocka_unit_test(test_restart_with_the_same_signal_changes_the_callback),
    cmocka_unit_test(test_handle_may_stop_in_its_callback),
    cmocka_unit_test(test_handle_may_close_in_its_callback),
    cmocka_unit_test(test_signal_raised_in_the_callback_is_told_next_turn),
    cmocka_unit_test(test_handle_that_is_not_referenced_keeps_no_loop),
    cmocka_unit_test(test_oneshot_is_told_once_and_has_stopped),
    cmocka_unit_test(test_two_oneshots_are_told_once_each),
    cmocka_unit_test(test_oneshot_beside_a_lasting_one_leaves_it_the_handler),
    cmocka_unit_test(test_oneshot_whose_lasting_neighbour_left_is_reset),
    cmocka_unit_test(test_oneshot_may_be_started_in_its_callback),
    cmocka_unit_test(test_oneshot_started_after_one_that_was_hit_hears),
    cmocka_unit_test(test_oneshot_may_turn_into_a_lasting_one_and_back),
    cmocka_unit_test(test_each_handle_of_a_signal_is_told),
    cmocka_unit_test(test_signals_are_told_in_the_order_of_arrival),
    cmocka_unit_test(test_handle_that_a_neighbour_stopped_is_not_told),
    cmocka_unit_test(test_handle_started_by_a_callback_hears_of_later_ones),
    cmocka_unit_test(test_last_stop_gives_the_default_back),
    cmocka_unit_test(test_system_calls_go_on_after_a_signal),
    cmocka_unit_test(test_every_signal_that_can_be_caught_is),
    cmocka_unit_test(test_pending_signal_shows_in_the_backend_timeout),
    cmocka_unit_test(test_kill_asks_and_refuses),
};

GY_TEST_MAIN(tests)
