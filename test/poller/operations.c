/* operations.c - what a poller owes that runs reads and writes by itself.
 *
 * Each test skips over one that does not. An operation of the simulator takes a
 * time that the test says, and moves no bytes. */
#include "fixture.h"

enum {
  PIECE = 4, /* of each operation */
  OP_COUNT = 12
};

#define LONG_NS (INT64_C(3600000) * MS)

static int fds[2];
static char buffer[PIECE];
static int owners[OP_COUNT]; /* only their addresses matter */

static int operations_setup(void** state) {
  poller_setup(state);
  if (poller->ops->submit == NULL) {
    poller_teardown(state);
    gy_test_skip("this poller runs no operations");
  }
  world->pair(fds);
  watch(fds[0], 0, GY_COMPLETIONS);
  watch(fds[1], 0, GY_COMPLETIONS);
  return 0;
}

static int operations_teardown(void** state) {
  world->settle(); /* Who sent to them has ended. */
  watch(fds[0], GY_COMPLETIONS, 0);
  watch(fds[1], GY_COMPLETIONS, 0);
  close_both(fds);
  return poller_teardown(state);
}

static gy_op_t op_read(void) {
  return (gy_op_t){.code = GY_OP_READ,
                   .fd = (gy_fd_t)(intptr_t)fds[0],
                   .buf = buffer,
                   .len = PIECE,
                   .offset = -1};
}

static gy_op_t op_write(void) {
  return (gy_op_t){.code = GY_OP_WRITE,
                   .fd = (gy_fd_t)(intptr_t)fds[1],
                   .buf = buffer,
                   .len = PIECE,
                   .offset = -1};
}

static void submit(gy_op_t op, int* owner) {
  assert_int_equal(poller->ops->submit(poller, &op, owner), 0);
}

static void assert_event(const gy_event_t* event, const int* owner,
                         int result) {
  assert_int_equal(event->kind, GY_EVENT_DONE);
  assert_ptr_equal(event->u.done.owner, owner);
  assert_int_equal(event->u.done.result, result);
}

/* Wait. One operation is done, |owner|'s, with |result|. */
static void assert_done(const int* owner, int result) {
  gy_event_t events[EVENT_MOST];

  assert_int_equal(wait_for_events(events, FOR_EVER), 1);
  assert_event(&events[0], owner, result);
}

/* Operations of the simulator are not done by themselves from now on; those of
 * a kernel are not when there is nothing to read. */
static void operations_take_long(void) {
  gy_sim_ops_take(LONG_NS, GY_SIM_WHOLE);
}

static void test_write_is_done_with_what_was_written(void** state) {
  (void)state;
  submit(op_write(), &owners[0]);
  assert_done(&owners[0], PIECE);
  if (world->real) {
    assert_int_equal(world->receive(fds[0], PIECE + 1), PIECE);
  }
  assert_silence();
}

static void test_read_is_done_with_what_is_there_already(void** state) {
  (void)state;
  world->send(fds[1], PIECE);
  submit(op_read(), &owners[0]);
  assert_done(&owners[0], PIECE);
  assert_silence();
}

static void send_step(void* arg) {
  (void)arg;
  world->send(fds[1], PIECE);
}

static void test_read_is_done_when_something_comes(void** state) {
  (void)state;
  gy_sim_ops_take(5 * MS, GY_SIM_WHOLE);
  submit(op_read(), &owners[0]);
  assert_silence();
  world->later(5 * MS, send_step, NULL);
  assert_done(&owners[0], PIECE);
  assert_silence();
}

static void test_read_at_the_end_is_done_with_0(void** state) {
  (void)state;
  gy_sim_ops_take(0, 0);
  world->finish(fds[1]);
  submit(op_read(), &owners[0]);
  assert_done(&owners[0], 0);
  submit(op_read(), &owners[0]);
  assert_done(&owners[0], 0);
}

static void test_cancelled_operation_is_done_all_the_same(void** state) {
  (void)state;
  operations_take_long();
  submit(op_read(), &owners[0]);
  assert_silence();
  assert_int_equal(poller->ops->cancel(poller, &owners[0]), 0);
  assert_done(&owners[0], UV_ECANCELED);
  assert_silence();
  /* It took nothing. */
  world->send(fds[1], PIECE);
  assert_int_equal(world->receive(fds[0], PIECE), PIECE);
}

static void test_one_of_two_on_a_handle_can_be_cancelled(void** state) {
  (void)state;
  operations_take_long();
  submit(op_read(), &owners[0]);
  submit(op_read(), &owners[1]);
  assert_int_equal(poller->ops->cancel(poller, &owners[0]), 0);
  assert_done(&owners[0], UV_ECANCELED);
  world->send(fds[1], PIECE);
  assert_done(&owners[1], PIECE);
}

static void test_cancel_that_comes_too_late_changes_nothing(void** state) {
  (void)state;
  submit(op_write(), &owners[0]);
  if (poller->ops->settle != NULL) {
    assert_int_equal(poller->ops->settle(poller), 0); /* It is begun by then. */
  }
  if (world->real) {
    /* It was there at once. */
    while (world->receive(fds[0], PIECE) != PIECE) {
    }
  }
  assert_int_equal(poller->ops->cancel(poller, &owners[0]), 0);
  assert_done(&owners[0], PIECE);
  assert_int_equal(poller->ops->cancel(poller, &owners[0]), UV_ENOENT);
  assert_silence();
}

static void test_each_of_many_is_done_once(void** state) {
  gy_event_t events[EVENT_MOST];
  int seen[OP_COUNT] = {0};
  int left = OP_COUNT;

  (void)state;
  for (int i = 0; i < OP_COUNT; i++)
    submit(op_write(), &owners[i]);
  while (left > 0) {
    int count = wait_for_events(events, FOR_EVER);
    left -= count;
    while (count-- > 0)
      seen[(int*)events[count].u.done.owner - owners]++;
  }
  for (int i = 0; i < OP_COUNT; i++)
    assert_int_equal(seen[i], 1);
  assert_silence();
}

/* One event at a time; what is done is begun again. So neither operations nor
 * descriptors nor wakes are ever without one that could be told. */
static void test_busy_operations_starve_nobody(void** state) {
  bool heard_ready = false;
  bool heard_done = false;
  bool heard_wake = false;
  int other[2];

  (void)state;
  world->pair(other);
  watch(other[0], 0, GY_WRITABLE);
  wake();
  for (int i = 0; i < 3; i++)
    submit(op_write(), &owners[i]);
  for (int round = 0; round < 100; round++) {
    gy_event_t event;
    assert_int_equal(poller->ops->wait(poller, &event, 1, FOR_EVER), 1);
    heard_ready |= event.kind == GY_EVENT_READY;
    heard_wake |= event.kind == GY_EVENT_WAKE;
    if (event.kind == GY_EVENT_DONE) {
      heard_done = true;
      submit(op_write(), event.u.done.owner);
    }
    while (world->real && world->receive(fds[0], 64) > 0) {
    }
  }
  assert_true(heard_done);
  assert_true(heard_ready);
  assert_true(heard_wake);
  close_both(other);
}

static void test_operations_and_readiness_go_together(void** state) {
  (void)state;
  operations_take_long();
  watch(fds[1], GY_COMPLETIONS, GY_COMPLETIONS | GY_WRITABLE);
  submit(op_read(), &owners[0]);
  assert_int_equal(hear(fds[1], FOR_EVER), GY_WRITABLE);
  watch(fds[1], GY_COMPLETIONS | GY_WRITABLE, GY_COMPLETIONS);
  assert_silence();
  assert_int_equal(poller->ops->cancel(poller, &owners[0]), 0);
  assert_done(&owners[0], UV_ECANCELED);
}

static void test_closed_poller_drops_its_operations(void** state) {
  (void)state;
  operations_take_long();
  submit(op_read(), &owners[0]);
  submit(op_read(), &owners[1]);
  assert_silence();
  poller->ops->close(poller);
  /* None of them is there any more to take this. */
  world->send(fds[1], PIECE);
  assert_int_equal(world->receive(fds[0], PIECE), PIECE);
  assert_int_equal(poller->ops->open(poller), 0);
  assert_int_equal(poller->ops->enable_wake(poller), 0);
  assert_silence();
}

#define OPERATION_TEST(test) \
  cmocka_unit_test_setup_teardown(test, operations_setup, operations_teardown)

static const struct CMUnitTest tests[] = {
    OPERATION_TEST(test_write_is_done_with_what_was_written),
    OPERATION_TEST(test_read_is_done_with_what_is_there_already),
    OPERATION_TEST(test_read_is_done_when_something_comes),
    OPERATION_TEST(test_read_at_the_end_is_done_with_0),
    OPERATION_TEST(test_cancelled_operation_is_done_all_the_same),
    OPERATION_TEST(test_one_of_two_on_a_handle_can_be_cancelled),
    OPERATION_TEST(test_cancel_that_comes_too_late_changes_nothing),
    OPERATION_TEST(test_each_of_many_is_done_once),
    OPERATION_TEST(test_busy_operations_starve_nobody),
    OPERATION_TEST(test_operations_and_readiness_go_together),
    OPERATION_TEST(test_closed_poller_drops_its_operations),
};

GY_TEST_MAIN(tests)
