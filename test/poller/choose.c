/* choose.c - pollers are found by their names, and so is a test's own. */
#include "poller.h"
#include "support/sim-poller.h"
#include "support/test.h"

static void test_every_poller_is_found_by_its_name(void** state) {
  const gy_poller_ops_t* ops;
  size_t index;

  (void)state;
  for (index = 0; (ops = gy_poller_at(index)) != NULL; index++) {
    assert_ptr_equal(gy_poller_find(ops->name), ops);
  }
  assert_true(index > 0);
  assert_null(gy_poller_at(index + 1));
}

static void test_default_poller_is_the_first(void** state) {
  (void)state;
  assert_non_null(gy_poller_default());
  assert_ptr_equal(gy_poller_default(), gy_poller_at(0));
}

static void test_unknown_name_is_not_found(void** state) {
  (void)state;
  assert_null(gy_poller_find("epol"));
  assert_null(gy_poller_find(""));
  assert_null(gy_poller_find("sim"));
}

static void test_registered_poller_is_found_last_until_taken_away(
    void** state) {
  const gy_poller_ops_t* preferred = gy_poller_default();
  size_t count = 0;

  (void)state;
  while (gy_poller_at(count) != NULL) {
    count++;
  }
  gy_poller_register(&gy_sim_ops);
  assert_ptr_equal(gy_poller_find("sim"), &gy_sim_ops);
  assert_ptr_equal(gy_poller_at(count), &gy_sim_ops);
  assert_null(gy_poller_at(count + 1));
  assert_ptr_equal(gy_poller_default(), preferred);
  gy_poller_register(NULL);
  assert_null(gy_poller_find("sim"));
  assert_null(gy_poller_at(count));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_poller_is_found_by_its_name),
    cmocka_unit_test(test_default_poller_is_the_first),
    cmocka_unit_test(test_unknown_name_is_not_found),
    cmocka_unit_test(test_registered_poller_is_found_last_until_taken_away),
};

GY_TEST_MAIN(tests)
