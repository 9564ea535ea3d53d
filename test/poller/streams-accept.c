/* streams-accept.c - pollers that accept by themselves: no connection is lost,
 * and none is left open. */

#include "streams.h"

/* ---- accepting -------------------------------------------------------------
 */

static int accept_one(int fd) {
  int fresh = poller->ops->accept(poller, fd);

  if (fresh >= 0) {
    assert_int_not_equal(fcntl(fresh, F_GETFL) & O_NONBLOCK, 0);
    assert_int_not_equal(fcntl(fresh, F_GETFD) & FD_CLOEXEC, 0);
  }
  return fresh;
}

static void test_connections_are_accepted(void** state) {
  int callers[20];
  int fd;
  int fresh;
  int index;
  int accepted = 0;

  (void)state;
  streams_only();
  fd = listener_open();
  callers[0] = caller_open();
  watch(fd, 0, LISTEN);
  for (index = 1; index < 20; index++) {
    callers[index] = caller_open();
  }
  while (accepted < 20) {
    await(fd);
    fresh = accept_one(fd);
    if (fresh >= 0) {
      world->close(fresh);
      accepted++;
    } else {
      assert_int_equal(fresh, UV_EAGAIN);
    }
  }
  assert_quiet(3);
  assert_int_equal(accept_one(fd), UV_EAGAIN);
  watch(fd, LISTEN, 0);
  world->close(fd);
  for (index = 0; index < 20; index++) {
    assert_is_over(callers[index]);
  }
}

static void test_connections_nobody_accepted_are_closed(void** state) {
  int callers[3];
  int fd;

  (void)state;
  streams_only();
  fd = listener_open();
  watch(fd, 0, LISTEN);
  assert_silence();
  callers[0] = caller_open();
  callers[1] = caller_open();
  await(fd);
  callers[2] = caller_open();
  close_fd(fd, LISTEN);
  settle();
  assert_false(is_open(fd));
  /* Those that were still in the kernel's queue are reset. */
  world->close(callers[2]);
  assert_is_over(callers[0]);
  assert_is_over(callers[1]);
}

static void test_listener_that_pauses_keeps_what_it_has(void** state) {
  int callers[2];
  int fd;
  int fresh;

  (void)state;
  streams_only();
  fd = listener_open();
  watch(fd, 0, LISTEN);
  assert_silence();
  callers[0] = caller_open();
  await(fd);
  watch(fd, LISTEN, GY_ACCEPT);
  assert_quiet(2);
  callers[1] = caller_open();
  assert_quiet(2);
  watch(fd, GY_ACCEPT, LISTEN);
  await(fd);
  fresh = accept_one(fd);
  assert_true(fresh >= 0);
  world->close(fresh);
  await(fd);
  fresh = accept_one(fd);
  assert_true(fresh >= 0);
  world->close(fresh);
  watch(fd, LISTEN, 0);
  world->close(fd);
  assert_is_over(callers[0]);
  assert_is_over(callers[1]);
}

static void test_listener_is_kept_off(void** state) {
  int caller;
  int fd;
  int fresh;

  (void)state;
  streams_only();
  fd = listener_open();
  watch(fd, 0, LISTEN);
  assert_silence();
  poller->ops->keep_off(poller, fd);
  caller = caller_open();
  await(fd);
  fresh = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
  assert_true(fresh >= 0);
  world->close(fresh);
  assert_is_over(caller);
  caller = caller_open();
  await(fd);
  fresh = accept_one(fd);
  assert_true(fresh >= 0);
  world->close(fresh);
  assert_is_over(caller);
  watch(fd, LISTEN, 0);
  world->close(fd);
}

static void test_listener_without_descriptors_says_so_and_goes_on(
    void** state) {
  struct rlimit limit;
  struct rlimit none = {0, 0};
  int caller;
  int fd;
  int fresh;

  (void)state;
  streams_only();
  fd = listener_open();
  caller = caller_open();
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  none.rlim_max = limit.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  watch(fd, 0, LISTEN); /* The kernel notes the limit when it is asked. */
  await(fd);
  assert_int_equal(accept_one(fd), UV_EMFILE);
  await(fd);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  fresh = accept_one(fd);
  if (fresh == UV_EMFILE) {
    await(fd);
    fresh = accept_one(fd);
  }
  assert_true(fresh >= 0);
  world->close(fresh);
  assert_is_over(caller);
  watch(fd, LISTEN, 0);
  world->close(fd);
}

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_connections_are_accepted),
    POLLER_TEST(test_connections_nobody_accepted_are_closed),
    POLLER_TEST(test_listener_that_pauses_keeps_what_it_has),
    POLLER_TEST(test_listener_is_kept_off),
    POLLER_TEST(test_listener_without_descriptors_says_so_and_goes_on),
};

GY_TEST_MAIN(tests)
