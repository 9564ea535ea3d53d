/* simulator.c - what the simulated poller can do that no kernel's can: its time
 * is its own, and it runs operations at will. */
#include "poller.h"
#include "support/sim-poller.h"
#include "support/test.h"

#define SECOND INT64_C(1000000000) /* ns */

static gy_poller_t* poller;
static int owners[3]; /* only their addresses matter */

static int sim_setup(void** state) {
  (void)state;
  gy_sim_reset();
  poller = test_calloc(1, gy_sim_ops.size);
  poller->ops = &gy_sim_ops;
  assert_int_equal(gy_sim_ops.open(poller), 0);
  return 0;
}

static int sim_teardown(void** state) {
  (void)state;
  gy_sim_ops.close(poller);
  test_free(poller);
  return 0;
}

static void submit(void* owner, const gy_op_t* op) {
  assert_int_equal(gy_sim_ops.submit(poller, op, owner), 0);
}

/* Wait. One operation is done, |owner|'s, with |result|. */
static void assert_done(const void* owner, int result) {
  gy_event_t events[4];

  assert_int_equal(gy_sim_ops.wait(poller, events, 4, 3600 * SECOND), 1);
  assert_int_equal(events[0].kind, GY_EVENT_DONE);
  assert_ptr_equal(events[0].u.done.owner, owner);
  assert_int_equal(events[0].u.done.result, result);
}

static void test_day_takes_no_time_and_a_day(void** state) {
  gy_event_t event;
  uint64_t began = gy_sim_clock();

  (void)state;
  assert_int_equal(gy_sim_ops.wait(poller, &event, 1, 86400 * SECOND), 0);
  assert_int_equal(gy_sim_clock() - began, 86400 * SECOND);
  gy_sim_pass(7);
  assert_int_equal(gy_sim_clock() - began, 86400 * SECOND + 7);
}

static char story[8];

static void step_tell(void* arg) {
  strncat(story, arg, sizeof(story) - strlen(story) - 1);
}

static void step_tell_and_go_on(void* arg) {
  step_tell(arg);
  gy_sim_later(0, step_tell, "d");
}

static void test_steps_come_in_the_order_of_their_times(void** state) {
  gy_event_t event;

  (void)state;
  story[0] = '\0';
  gy_sim_later(20, step_tell, "e");
  gy_sim_later(10, step_tell, "a");
  gy_sim_later(10, step_tell, "b");
  gy_sim_later(10, step_tell_and_go_on, "c");
  gy_sim_later(21, step_tell, "f");
  assert_int_equal(gy_sim_ops.wait(poller, &event, 1, 20), 0);
  assert_string_equal(story, "abcde");
}

static void test_operation_is_done_after_its_time(void** state) {
  const gy_op_t read = {.code = GY_OP_READ, .fd = 5, .len = 100};
  const gy_op_t sync = {.code = GY_OP_FSYNC, .fd = 5};
  uint64_t began = gy_sim_clock();

  (void)state;
  gy_sim_ops_take(30, GY_SIM_WHOLE);
  submit(&owners[0], &read);
  gy_sim_ops_take(20, GY_SIM_WHOLE);
  submit(&owners[1], &sync);
  gy_sim_ops_take(10, UV_EIO);
  submit(&owners[2], &read);
  assert_done(&owners[2], UV_EIO);
  assert_int_equal(gy_sim_clock() - began, 10);
  assert_done(&owners[1], 0);
  assert_done(&owners[0], 100);
  assert_int_equal(gy_sim_clock() - began, 30);
}

static void test_cancelled_operation_is_done_at_once(void** state) {
  const gy_op_t write = {.code = GY_OP_WRITE, .fd = 5, .len = 100};
  uint64_t began = gy_sim_clock();

  (void)state;
  gy_sim_ops_take(30, GY_SIM_WHOLE);
  submit(&owners[0], &write);
  assert_int_equal(gy_sim_ops.cancel(poller, &owners[0]), 0);
  assert_done(&owners[0], UV_ECANCELED);
  assert_int_equal(gy_sim_clock(), began);
}

static void test_cancel_that_comes_too_late_changes_nothing(void** state) {
  const gy_op_t write = {.code = GY_OP_WRITE, .fd = 5, .len = 100};

  (void)state;
  gy_sim_ops_take(30, GY_SIM_WHOLE);
  submit(&owners[0], &write);
  gy_sim_pass(30);
  assert_int_equal(gy_sim_ops.cancel(poller, &owners[0]), 0);
  assert_done(&owners[0], 100);
  assert_int_equal(gy_sim_ops.cancel(poller, &owners[0]), UV_ENOENT);
}

static void test_refused_operation_is_never_done(void** state) {
  const gy_op_t write = {.code = GY_OP_WRITE, .fd = 5, .len = 100};
  gy_event_t event;

  (void)state;
  gy_sim_ops_refuse(UV_ENOSYS);
  assert_int_equal(gy_sim_ops.submit(poller, &write, &owners[0]), UV_ENOSYS);
  assert_int_equal(gy_sim_ops.wait(poller, &event, 1, SECOND), 0);
}

static void test_stream_answers_as_a_kernel_s_does(void** state) {
  int fds[2];

  (void)state;
  gy_sim_pipe(fds);
  assert_int_equal(gy_sim_read(fds[0], 10), UV_EAGAIN);
  assert_int_equal(gy_sim_read(fds[1], 10), UV_EBADF);
  assert_int_equal(gy_sim_write(fds[0], 10), UV_EPIPE);
  assert_int_equal(gy_sim_write(fds[1], 65000), 65000);
  assert_int_equal(gy_sim_write(fds[1], 65000), 536);
  assert_int_equal(gy_sim_write(fds[1], 65000), UV_EAGAIN);
  assert_int_equal(gy_sim_read(fds[0], 100000), 65536);
  assert_int_equal(gy_sim_shutdown(fds[1]), 0);
  assert_int_equal(gy_sim_write(fds[1], 1), UV_EPIPE);
  assert_int_equal(gy_sim_read(fds[0], 1), 0);
  assert_int_equal(gy_sim_close(fds[0]), 0);
  assert_int_equal(gy_sim_close(fds[0]), UV_EBADF);
  assert_int_equal(gy_sim_read(fds[0], 1), UV_EBADF);
  assert_int_equal(gy_sim_write(fds[0], 1), UV_EBADF);
  assert_int_equal(gy_sim_shutdown(fds[0]), UV_EBADF);
}

static void test_urgent_byte_is_heard_until_it_is_calmed(void** state) {
  gy_event_t event;
  int fds[2];

  (void)state;
  gy_sim_pair(fds);
  assert_int_equal(gy_sim_ops.watch(poller, fds[0], 0, GY_PRIORITIZED), 0);
  assert_int_equal(gy_sim_urge(fds[1]), 0);
  assert_int_equal(gy_sim_ops.wait(poller, &event, 1, 0), 1);
  assert_int_equal(event.u.ready.mask, GY_PRIORITIZED);
  assert_int_equal(gy_sim_calm(fds[0]), 0);
  assert_int_equal(gy_sim_ops.wait(poller, &event, 1, 0), 0);
  assert_int_equal(gy_sim_close(fds[0]), 0);
  assert_int_equal(gy_sim_calm(fds[0]), UV_EBADF);
  assert_int_equal(gy_sim_urge(fds[1]), UV_EBADF);
}

#define SIM_TEST(test) \
  cmocka_unit_test_setup_teardown(test, sim_setup, sim_teardown)

static const struct CMUnitTest tests[] = {
    SIM_TEST(test_day_takes_no_time_and_a_day),
    SIM_TEST(test_steps_come_in_the_order_of_their_times),
    SIM_TEST(test_operation_is_done_after_its_time),
    SIM_TEST(test_cancelled_operation_is_done_at_once),
    SIM_TEST(test_cancel_that_comes_too_late_changes_nothing),
    SIM_TEST(test_refused_operation_is_never_done),
    SIM_TEST(test_stream_answers_as_a_kernel_s_does),
    SIM_TEST(test_urgent_byte_is_heard_until_it_is_calmed),
};

GY_TEST_MAIN(tests)
