/* uring-ops.c - operations of io_uring, beyond operations.c: on files, and
 * across threads and forks. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

static char bytes[64];
static int owners[3]; /* only their addresses matter */

static void uring_only(void) {
  if (!poller_is("io_uring")) {
    gy_test_skip("this is about io_uring");
  }
}

static void submit(unsigned code, int fd, void* buf, uint32_t len,
                   void* owner) {
  gy_op_t op = {.code = code, .fd = fd, .buf = buf, .len = len, .offset = 0};
  int err = poller->ops->submit(poller, &op, owner);

  if (err == UV_ENOSYS) {
    gy_test_skip("this kernel is too old to run operations");
  }
  assert_int_equal(err, 0);
}

/* Wait for one event; it is that |owner| is done. Its result. */
static int done(const void* owner) {
  gy_event_t events[EVENT_MOST];

  assert_int_equal(wait_for_events(events, FOR_EVER), 1);
  assert_int_equal(events[0].kind, GY_EVENT_DONE);
  assert_ptr_equal(events[0].u.done.owner, owner);
  return events[0].u.done.result;
}

static void test_what_is_written_to_a_file_is_there(void** state) {
  char path[] = "/tmp/gyre-operations-XXXXXX";
  char text[] = "of the poller";
  int fd;

  (void)state;
  uring_only();
  fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(unlink(path), 0);
  submit(GY_OP_WRITE, fd, text, sizeof(text), &owners[0]);
  assert_int_equal(done(&owners[0]), sizeof(text));
  submit(GY_OP_FSYNC, fd, NULL, 0, &owners[1]);
  assert_int_equal(done(&owners[1]), 0);
  submit(GY_OP_READ, fd, bytes, sizeof(bytes), &owners[2]);
  assert_int_equal(done(&owners[2]), sizeof(text));
  assert_string_equal(bytes, text);
  assert_silence();
  world->close(fd);
}

static void test_operation_that_fails_says_why(void** state) {
  int fds[2];

  (void)state;
  uring_only();
  world->pipe(fds);
  submit(GY_OP_READ, fds[1], bytes, 1, &owners[0]);
  assert_int_equal(done(&owners[0]), UV_EBADF);
  assert_silence();
  close_both(fds);
}

static void test_operation_before_a_fork_is_the_parent_s(void** state) {
  gy_event_t event;
  int fds[2];
  int status;
  pid_t child;

  (void)state;
  uring_only();
  world->pair(fds);
  submit(GY_OP_READ, fds[0], bytes, 1, &owners[0]);
  assert_silence();
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    int err = poller->ops->after_fork(poller);
    int count = poller->ops->wait(poller, &event, 1, 0);
    poller->ops->close(poller);
    _exit(err != 0 || count != 0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  world->send(fds[1], 1);
  assert_int_equal(done(&owners[0]), 1);
  close_both(fds);
}

static int thread_result;

static void* thread_run(void* arg) {
  gy_event_t event = {.kind = GY_EVENT_WAKE};

  (void)arg;
  if (poller->ops->wait(poller, &event, 1, FOR_EVER) == 1 &&
      event.kind == GY_EVENT_DONE && event.u.done.owner == &owners[0]) {
    thread_result = event.u.done.result;
  }
  return NULL;
}

static void test_operation_is_reported_to_the_next_thread(void** state) {
  pthread_t thread;
  int fds[2];

  (void)state;
  uring_only();
  world->pair(fds);
  submit(GY_OP_READ, fds[0], bytes, 1, &owners[0]);
  assert_silence();
  world->send(fds[1], 1);
  assert_int_equal(pthread_create(&thread, NULL, thread_run, NULL), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(thread_result, 1);
  assert_silence();
  close_both(fds);
}

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_what_is_written_to_a_file_is_there),
    POLLER_TEST(test_operation_that_fails_says_why),
    POLLER_TEST(test_operation_before_a_fork_is_the_parent_s),
    POLLER_TEST(test_operation_is_reported_to_the_next_thread),
};

GY_TEST_MAIN(tests)
