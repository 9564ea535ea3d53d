/* kqueue-wake.c - the kqueue poller on a kernel without EVFILT_USER, which is
 * woken through a descriptor instead. */
#include <errno.h>

#include "fault.h"
#include "fixture.h"

#ifdef GYRE_FAULTS
static const bool faults_are_built = true;
#else
static const bool faults_are_built = false;
#endif

static int refuse_user(const char* call) {
  return strcmp(call, "kevent_user") == 0 ? EINVAL : 0;
}

static int refuse_all(const char* call) {
  return strcmp(call, "kevent") == 0 ? EINVAL : refuse_user(call);
}

/* Open a poller whose kernel seems to know no EVFILT_USER, if it does. */
static int poller_setup_without_user(void** state) {
  (void)state;
  poller_choose();
  if (!poller_is("kqueue")) {
    gy_test_skip("this is about kqueue");
  }
  if (!faults_are_built) {
    gy_test_skip("built without GYRE_FAULTS");
  }
  assert_int_equal(poller->ops->open(poller), 0);
  gy_fault_hook = refuse_user;
  assert_int_equal(poller->ops->enable_wake(poller), 0);
  return 0;
}

static void test_wake_by_a_descriptor_is_heard_once(void** state) {
  (void)state;
  wake();
  assert_wake(FOR_EVER);
  assert_silence();
  wake();
  wake();
  assert_wake(FOR_EVER);
  assert_silence();
}

static void test_wake_by_a_descriptor_ends_a_sleep(void** state) {
  (void)state;
  world->later(5 * MS, wake_step, NULL);
  assert_wake(FOR_EVER);
}

static void test_wake_by_a_descriptor_works_after_a_fork(void** state) {
  (void)state;
  wake();
  assert_int_equal(poller->ops->after_fork(poller), 0);
  assert_silence();
  wake();
  assert_wake(FOR_EVER);
}

static void test_kernel_that_knows_neither_way_says_so(void** state) {
  int before;

  (void)state;
  poller_teardown(NULL);
  poller_choose();
  assert_int_equal(poller->ops->open(poller), 0);
  before = fds_open();
  gy_fault_hook = refuse_all;
  assert_int_equal(poller->ops->enable_wake(poller), UV_EINVAL);
  gy_fault_hook = GY_FAULT_NOBODY;
  assert_int_equal(fds_open(), before);
  assert_int_equal(poller->ops->wake(poller), UV_EBADF);
}

#define WAKE_TEST(test)                                            \
  cmocka_unit_test_setup_teardown(test, poller_setup_without_user, \
                                  poller_teardown)

static const struct CMUnitTest tests[] = {
    WAKE_TEST(test_wake_by_a_descriptor_is_heard_once),
    WAKE_TEST(test_wake_by_a_descriptor_ends_a_sleep),
    WAKE_TEST(test_wake_by_a_descriptor_works_after_a_fork),
    WAKE_TEST(test_kernel_that_knows_neither_way_says_so),
};

GY_TEST_MAIN(tests)
