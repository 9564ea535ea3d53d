/* async.c - tests of uv_async_t as one thread sees it.
 *
 * What other threads and signal handlers may do to a handle is the matter of
 * async-threads.c. Every test has a process of its own, so the state below
 * starts at zero in each.
 */
#include "support/test.h"

enum {
  MANY = 10000, /* handles, where the number of handles is the point */
  SOME = 6      /* handles, where their order or company is */
};

/* From here on, what libuv 1.44 answers with an abort is UV_EINVAL. */
#define MISUSE_IS_ANSWERED_SINCE 0x013400u

static uv_loop_t loop;
static uv_async_t asyncs[SOME];
static int calls[SOME];
static int order[SOME];
static int call_count;
static int close_count;

static int index_of(const uv_async_t* async) {
  return (int)(async - asyncs);
}

static void count_call(uv_async_t* async) {
  assert_ptr_equal(async->loop, &loop);
  calls[index_of(async)]++;
  if (call_count < SOME)
    order[call_count] = index_of(async);
  call_count++;
}

static void count_close(uv_handle_t* handle) {
  assert_int_equal(uv_is_active(handle), 0);
  close_count++;
}

static void count_call_and_close(uv_async_t* async) {
  count_call(async);
  uv_close((uv_handle_t*)async, count_close);
}

/* A loop with |count| handles, all with |cb|. */
static void open_some(int count, uv_async_cb cb) {
  assert_int_equal(uv_loop_init(&loop), 0);
  for (int i = 0; i < count; i++)
    assert_int_equal(uv_async_init(&loop, &asyncs[i], cb), 0);
}

static void wake(int which) {
  assert_int_equal(uv_async_send(&asyncs[which]), 0);
}

/* So many iterations that everything which was ever going to be called is. */
static void run_a_few_times(void) {
  for (int i = 0; i < 4; i++)
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void test_async_is_active_and_keeps_the_loop_alive_from_init_on(
    void** state) {
  uv_handle_t* handle = (uv_handle_t*)&asyncs[0];

  (void)state;
  open_some(1, count_call);
  assert_int_equal(uv_is_active(handle), 1);
  assert_int_equal(uv_has_ref(handle), 1);
  assert_int_equal(uv_is_closing(handle), 0);
  assert_int_equal(uv_handle_get_type(handle), UV_ASYNC);
  assert_ptr_equal(uv_handle_get_loop(handle), &loop);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  assert_int_not_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  assert_int_equal(call_count, 0);
  gy_test_close_loop(&loop);
}

static void test_init_leaves_the_users_data_alone(void** state) {
  int mine = 0;

  (void)state;
  asyncs[0].data = &mine;
  open_some(1, count_call);
  assert_ptr_equal(asyncs[0].data, &mine);
  gy_test_close_loop(&loop);
  assert_ptr_equal(asyncs[0].data, &mine);
}

static void test_send_before_the_first_run_is_not_lost(void** state) {
  (void)state;
  open_some(1, count_call_and_close);
  wake(0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  assert_int_equal(close_count, 1);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_sends_before_the_callback_make_one_call(void** state) {
  (void)state;
  open_some(1, count_call);
  for (int i = 0; i < 1000; i++)
    wake(0);
  run_a_few_times();
  assert_int_equal(call_count, 1);
  gy_test_close_loop(&loop);
  assert_int_equal(call_count, 1);
}

static void test_send_after_the_callback_makes_another_call(void** state) {
  (void)state;
  open_some(1, count_call);
  for (int i = 1; i <= 100; i++) {
    wake(0);
    assert_int_equal(uv_run(&loop, UV_RUN_ONCE), 1);
    assert_int_equal(call_count, i);
  }
  gy_test_close_loop(&loop);
}

static void test_only_the_handles_that_were_sent_are_called(void** state) {
  (void)state;
  open_some(SOME, count_call);
  wake(1);
  wake(4);
  run_a_few_times();
  wake(4);
  run_a_few_times();
  assert_int_equal(calls[0], 0);
  assert_int_equal(calls[1], 1);
  assert_int_equal(calls[2], 0);
  assert_int_equal(calls[3], 0);
  assert_int_equal(calls[4], 2);
  assert_int_equal(calls[5], 0);
  gy_test_close_loop(&loop);
}

static void test_handles_sent_in_the_order_of_init_are_called_in_that_order(
    void** state) {
  (void)state;
  open_some(SOME, count_call);
  for (int i = 0; i < SOME; i++)
    wake(i);
  run_a_few_times();
  assert_int_equal(call_count, SOME);
  for (int i = 0; i < SOME; i++)
    assert_int_equal(order[i], i);
  gy_test_close_loop(&loop);
}

static void test_all_pending_handles_are_called_in_one_iteration(void** state) {
  (void)state;
  open_some(SOME, count_call);
  wake(3);
  wake(0);
  wake(5);
  wake(3);
  assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(call_count, 3);
  assert_int_equal(calls[0] + calls[3] + calls[5], 3);
  gy_test_close_loop(&loop);
}

static uv_async_t* crowd;
static unsigned char* crowd_calls;

static void count_crowd_call(uv_async_t* async) {
  crowd_calls[async - crowd]++;
  call_count++;
}

static void open_crowd(void) {
  crowd = calloc(MANY, sizeof(*crowd));
  crowd_calls = calloc(MANY, sizeof(*crowd_calls));
  assert_non_null(crowd);
  assert_non_null(crowd_calls);
  assert_int_equal(uv_loop_init(&loop), 0);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(uv_async_init(&loop, &crowd[i], count_crowd_call), 0);
}

static void close_crowd(void) {
  gy_test_close_loop(&loop);
  free(crowd_calls);
  free(crowd);
}

static void test_ten_thousand_pending_handles_are_called_once_each(
    void** state) {
  (void)state;
  open_crowd();
  /* 7919 is a prime: all are sent, in an order unlike that of init. */
  for (int i = 0; i < MANY; i++)
    assert_int_equal(uv_async_send(&crowd[i * 7919 % MANY]), 0);
  run_a_few_times();
  assert_int_equal(call_count, MANY);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(crowd_calls[i], 1);
  close_crowd();
}

static void test_one_pending_among_ten_thousand_is_the_only_one_called(
    void** state) {
  (void)state;
  open_crowd();
  for (int i = 1; i <= 100; i++) {
    assert_int_equal(uv_async_send(&crowd[MANY / 2]), 0);
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
    assert_int_equal(crowd_calls[MANY / 2], i);
  }
  assert_int_equal(call_count, 100);
  close_crowd();
}

static void send_itself_twice(uv_async_t* async) {
  count_call(async);
  if (call_count < 3)
    wake(index_of(async));
}

static void test_send_in_its_own_callback_is_for_the_next_iteration(
    void** state) {
  (void)state;
  open_some(1, send_itself_twice);
  wake(0);
  for (int i = 1; i <= 3; i++) {
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(call_count, i);
  }
  run_a_few_times();
  assert_int_equal(call_count, 3);
  gy_test_close_loop(&loop);
}

static void send_all_once(uv_async_t* async) {
  count_call(async);
  for (int i = 0; call_count == 1 && i < SOME; i++)
    wake(i);
}

static void test_sends_in_a_callback_reach_every_handle_once(void** state) {
  (void)state;
  open_some(SOME, send_all_once);
  wake(2);
  run_a_few_times();
  assert_int_equal(call_count, SOME + 1);
  for (int i = 0; i < SOME; i++)
    assert_int_equal(calls[i], i == 2 ? 2 : 1);
  gy_test_close_loop(&loop);
}

static void test_send_on_a_closing_handle_returns_0_and_calls_nothing(
    void** state) {
  (void)state;
  open_some(1, count_call);
  uv_close((uv_handle_t*)&asyncs[0], count_close);
  wake(0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 0);
  assert_int_equal(close_count, 1);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_send_on_a_closed_handle_returns_0_and_calls_nothing(
    void** state) {
  (void)state;
  open_some(2, count_call);
  uv_close((uv_handle_t*)&asyncs[0], count_close);
  run_a_few_times();
  assert_int_equal(close_count, 1);
  wake(0);
  wake(1);
  run_a_few_times();
  assert_int_equal(calls[0], 0);
  assert_int_equal(calls[1], 1);
  gy_test_close_loop(&loop);
  wake(0);
}

static void test_close_takes_back_a_pending_send(void** state) {
  (void)state;
  open_some(2, count_call);
  wake(0);
  wake(1);
  uv_close((uv_handle_t*)&asyncs[0], count_close);
  run_a_few_times();
  assert_int_equal(calls[0], 0);
  assert_int_equal(calls[1], 1);
  assert_int_equal(close_count, 1);
  gy_test_close_loop(&loop);
}

static void close_everybody(uv_async_t* async) {
  count_call(async);
  for (int i = 0; i < SOME; i++)
    uv_close((uv_handle_t*)&asyncs[i], count_close);
}

static void test_pending_handles_closed_in_anothers_callback_are_not_called(
    void** state) {
  (void)state;
  open_some(SOME, close_everybody);
  for (int i = 0; i < SOME; i++)
    wake(i);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  assert_int_equal(close_count, SOME);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void close_the_neighbours(uv_async_t* async) {
  int which = index_of(async);

  count_call(async);
  if (which > 0 && !uv_is_closing((uv_handle_t*)&asyncs[which - 1]))
    uv_close((uv_handle_t*)&asyncs[which - 1], count_close);
  if (which < SOME - 1 && !uv_is_closing((uv_handle_t*)&asyncs[which + 1]))
    uv_close((uv_handle_t*)&asyncs[which + 1], count_close);
}

static void test_handles_not_closed_are_called_when_their_neighbours_are(
    void** state) {
  (void)state;
  open_some(SOME, close_the_neighbours);
  for (int i = 0; i < SOME; i++)
    wake(i);
  run_a_few_times();
  assert_int_equal(close_count + call_count, SOME);
  for (int i = 0; i < SOME; i++) {
    int closed = uv_is_closing((uv_handle_t*)&asyncs[i]);
    assert_int_equal(calls[i], closed ? 0 : 1);
  }
  gy_test_close_loop(&loop);
}

static void send_itself_and_close(uv_async_t* async) {
  count_call(async);
  wake(index_of(async));
  uv_close((uv_handle_t*)async, count_close);
  wake(index_of(async));
}

static void test_handle_that_closes_itself_in_its_callback_is_done(
    void** state) {
  (void)state;
  open_some(1, send_itself_and_close);
  wake(0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  assert_int_equal(close_count, 1);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void open_and_send_the_next(uv_async_t* async) {
  int next = index_of(async) + 1;

  count_call_and_close(async);
  if (next == SOME)
    return;
  assert_int_equal(uv_async_init(&loop, &asyncs[next], open_and_send_the_next),
                   0);
  wake(next);
}

static void test_handle_opened_in_a_callback_can_be_sent_there(void** state) {
  (void)state;
  open_some(1, open_and_send_the_next);
  wake(0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, SOME);
  assert_int_equal(close_count, SOME);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_memory_of_a_closed_handle_serves_again(void** state) {
  (void)state;
  open_some(1, count_call_and_close);
  for (int i = 1; i <= 10; i++) {
    wake(0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(call_count, i);
    wake(0); /* of the closed one: must not reach the next one */
    assert_int_equal(uv_async_init(&loop, &asyncs[0], count_call_and_close), 0);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(call_count, i);
  }
  gy_test_close_loop(&loop);
}

static void test_null_callback_is_allowed_and_a_send_only_wakes(void** state) {
  (void)state;
  open_some(1, NULL);
  wake(0);
  assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  wake(0);
  assert_int_not_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  gy_test_close_loop(&loop);
}

static void test_unreferenced_async_does_not_keep_the_loop_alive(void** state) {
  (void)state;
  open_some(1, count_call);
  uv_unref((uv_handle_t*)&asyncs[0]);
  assert_int_equal(uv_has_ref((uv_handle_t*)&asyncs[0]), 0);
  assert_int_equal(uv_is_active((uv_handle_t*)&asyncs[0]), 1);
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  wake(0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  gy_test_close_loop(&loop);
}

static void test_unreferenced_async_is_called_while_others_keep_the_loop(
    void** state) {
  (void)state;
  open_some(2, count_call_and_close);
  uv_unref((uv_handle_t*)&asyncs[0]);
  wake(0);
  assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(calls[0], 1);
  wake(1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls[1], 1);
  assert_int_equal(close_count, 2);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_loop_close_with_an_open_async_is_busy_and_loses_nothing(
    void** state) {
  (void)state;
  open_some(1, count_call_and_close);
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  wake(0);
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_loop_closes_cleanly_after_sends_that_nobody_saw(void** state) {
  (void)state;
  open_some(SOME, count_call);
  for (int i = 0; i < SOME; i++) {
    wake(i);
    uv_close((uv_handle_t*)&asyncs[i], count_close);
    wake(i);
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 0);
  assert_int_equal(close_count, SOME);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void stop_in_callback(uv_async_t* async) {
  count_call(async);
  uv_stop(&loop);
}

static void test_async_callback_can_stop_the_loop(void** state) {
  (void)state;
  open_some(1, stop_in_callback);
  wake(0);
  assert_int_not_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  gy_test_close_loop(&loop);
}

static void test_sends_reach_handles_of_their_own_loop_only(void** state) {
  uv_loop_t other;
  uv_async_t stranger;

  (void)state;
  open_some(1, count_call);
  assert_int_equal(uv_loop_init(&other), 0);
  assert_int_equal(uv_async_init(&other, &stranger, NULL), 0);
  wake(0);
  assert_int_not_equal(uv_run(&other, UV_RUN_NOWAIT), 0);
  assert_int_equal(call_count, 0);
  assert_int_equal(uv_async_send(&stranger), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(call_count, 1);
  gy_test_close_loop(&other);
  gy_test_close_loop(&loop);
}

static void test_null_arguments_are_invalid(void** state) {
  (void)state;
  if (uv_version() < MISUSE_IS_ANSWERED_SINCE)
    gy_test_skip("this library crashes on NULL");
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_async_init(NULL, &asyncs[0], count_call), UV_EINVAL);
  assert_int_equal(uv_async_init(&loop, NULL, count_call), UV_EINVAL);
  assert_int_equal(uv_async_send(NULL), UV_EINVAL);
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(
        test_async_is_active_and_keeps_the_loop_alive_from_init_on),
    cmocka_unit_test(test_init_leaves_the_users_data_alone),
    cmocka_unit_test(test_send_before_the_first_run_is_not_lost),
    cmocka_unit_test(test_sends_before_the_callback_make_one_call),
    cmocka_unit_test(test_send_after_the_callback_makes_another_call),
    cmocka_unit_test(test_only_the_handles_that_were_sent_are_called),
    cmocka_unit_test(
        test_handles_sent_in_the_order_of_init_are_called_in_that_order),
    cmocka_unit_test(test_all_pending_handles_are_called_in_one_iteration),
    cmocka_unit_test(test_ten_thousand_pending_handles_are_called_once_each),
    cmocka_unit_test(
        test_one_pending_among_ten_thousand_is_the_only_one_called),
    cmocka_unit_test(test_send_in_its_own_callback_is_for_the_next_iteration),
    cmocka_unit_test(test_sends_in_a_callback_reach_every_handle_once),
    cmocka_unit_test(test_send_on_a_closing_handle_returns_0_and_calls_nothing),
    cmocka_unit_test(test_send_on_a_closed_handle_returns_0_and_calls_nothing),
    cmocka_unit_test(test_close_takes_back_a_pending_send),
    cmocka_unit_test(
        test_pending_handles_closed_in_anothers_callback_are_not_called),
    cmocka_unit_test(
        test_handles_not_closed_are_called_when_their_neighbours_are),
    cmocka_unit_test(test_handle_that_closes_itself_in_its_callback_is_done),
    cmocka_unit_test(test_handle_opened_in_a_callback_can_be_sent_there),
    cmocka_unit_test(test_memory_of_a_closed_handle_serves_again),
    cmocka_unit_test(test_null_callback_is_allowed_and_a_send_only_wakes),
    cmocka_unit_test(test_unreferenced_async_does_not_keep_the_loop_alive),
    cmocka_unit_test(
        test_unreferenced_async_is_called_while_others_keep_the_loop),
    cmocka_unit_test(
        test_loop_close_with_an_open_async_is_busy_and_loses_nothing),
    cmocka_unit_test(test_loop_closes_cleanly_after_sends_that_nobody_saw),
    cmocka_unit_test(test_async_callback_can_stop_the_loop),
    cmocka_unit_test(test_sends_reach_handles_of_their_own_loop_only),
    cmocka_unit_test(test_null_arguments_are_invalid),
};

GY_TEST_MAIN(tests)
