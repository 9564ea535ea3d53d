/* uring-open.c - an io_uring that cannot be opened: the error is the one that
 * the kernel gave, and nothing of the ring stays. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fault.h"
#include "gyre.h"

static const char* failing_call;
static int failing_err;
static int calls_before; /* that do not fail */

static int decide(const char* call) {
  if (strcmp(call, failing_call) != 0)
    return 0;
  return calls_before-- > 0 ? 0 : failing_err;
}

/* From now on |call| ends in |err|, after |before| that do not. */
static void let_fail(const char* call, int err, int before) {
  failing_call = call;
  failing_err = err;
  calls_before = before;
  gy_fault_hook = decide;
}

/* How many descriptors are open, and pieces of memory that are a ring's. */
static int holds(void) {
  char line[512];
  FILE* maps = fopen("/proc/self/maps", "r");
  int count = 0;

  assert_non_null(maps);
  while (fgets(line, sizeof(line), maps) != NULL)
    count += strstr(line, "io_uring") != NULL;
  assert_int_equal(fclose(maps), 0);
  for (int fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

static int opened_by_environment(void) {
  uv_loop_t loop;

  assert_int_equal(setenv("GYRE_POLLER", "io_uring", 1), 0);
  return uv_loop_init(&loop);
}

static int opened_by_call(void) {
  uv_loop_t loop;
  int err;

  assert_int_equal(unsetenv("GYRE_POLLER"), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  err = gyre_loop_set_poller(&loop, "io_uring");
  assert_string_equal(gyre_loop_poller(&loop), gyre_poller_name(0));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  return err;
}

/* A loop that another sleeps for is given a ring of another sort. */
static int opened_for_another(void) {
  uv_loop_t loop;
  int err;
  int held;

  assert_int_equal(setenv("GYRE_POLLER", "io_uring", 1), 0);
  gy_fault_hook = GY_FAULT_NOBODY;
  assert_int_equal(uv_loop_init(&loop), 0);
  held = holds();
  gy_fault_hook = decide;
  err = uv_backend_fd(&loop);
  assert_true(err < 0);
  assert_int_equal(holds(), held);
  gy_fault_hook = GY_FAULT_NOBODY;
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  return err;
}

/* |call| ends in |err| after |before| that do not: so does opening. */
static void assert_told(const char* call, int err, int before) {
  static int (*const ways[])(void) = {opened_by_environment, opened_by_call};
  int held = holds();

  for (size_t way = 0; way < COUNT_OF(ways); way++) {
    let_fail(call, err, before);
    assert_int_equal(ways[way](), uv_translate_sys_error(err));
    gy_fault_hook = GY_FAULT_NOBODY;
    assert_int_equal(holds(), held);
  }
}

static void test_refusal_of_the_ring_is_told(void** state) {
  static const int errs[] = {ENOMEM, EPERM, ENOSYS, EMFILE, ENFILE, EAGAIN};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(errs); i++)
    assert_told("io_uring_setup", errs[i], 0);
}

static void test_refusal_of_its_memory_is_told(void** state) {
  (void)state;
  for (int before = 0; before < 2; before++) {
    assert_told("mmap", ENOMEM, before);
    assert_told("mmap", EAGAIN, before);
    assert_told("mmap", EPERM, before);
  }
}

static void test_refusal_of_a_ring_for_another_loop_leaves_nothing(
    void** state) {
  (void)state;
  let_fail("io_uring_setup", ENOMEM, 0);
  (void)opened_for_another();
  let_fail("mmap", ENOMEM, 1);
  (void)opened_for_another();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_refusal_of_the_ring_is_told),
    cmocka_unit_test(test_refusal_of_its_memory_is_told),
    cmocka_unit_test(test_refusal_of_a_ring_for_another_loop_leaves_nothing),
};

GY_TEST_MAIN(tests)
