/* uring.c - what is odd about io_uring, beyond the contract: rings that belong
 * to a thread, polls that answer more than they were asked, rings that are too
 * small, and kernels without, or with a warden. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "fixture.h"
#include "gyre.h"

static void uring_only(void) {
  if (!poller_is("io_uring")) {
    gy_test_skip("this is about io_uring");
  }
}

#ifdef GYRE_FAULTS
static const bool faults_are_built = true;
#else
static const bool faults_are_built = false;
#endif

static void faults_needed(void) {
  if (!faults_are_built) {
    gy_test_skip("built without GYRE_FAULTS");
  }
}

/* ---- polls that answer more than they were asked ------------------------- */

/* The wait sleeps, though there is something nobody wants to know. */
static void assert_sleeps(void) {
  gy_event_t events[EVENT_MOST];
  uint64_t began = world->clock();

  assert_int_equal(wait_for_events(events, 0), 0);
  assert_int_equal(wait_for_events(events, 5 * MS), 0);
  assert_int_equal(wait_for_events(events, 5 * MS), 0);
  assert_true(world->clock() - began >= 5 * (uint64_t)MS);
}

static void test_finished_peer_is_not_heard_by_who_only_writes(void** state) {
  int fds[2];

  (void)state;
  uring_only();
  world->pair(fds);
  world->fill(fds[0]);
  world->finish(fds[1]);
  watch(fds[0], 0, GY_WRITABLE);
  assert_sleeps();
  while (world->receive(fds[1], 65536) > 0) {
  }
  assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
  world->fill(fds[0]);
  assert_sleeps();
  watch(fds[0], GY_WRITABLE, GY_WRITABLE | GY_DISCONNECT);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_DISCONNECT);
  close_both(fds);
}

static void test_data_is_not_heard_by_who_waits_for_urgent_data(void** state) {
  int fds[2];

  (void)state;
  uring_only();
  world->connection(fds);
  world->send(fds[1], 1);
  watch(fds[0], 0, GY_PRIORITIZED);
  assert_sleeps();
  world->send(fds[1], 1);
  assert_sleeps();
  world->urge(fds[1]);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_PRIORITIZED);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_PRIORITIZED);
  close_both(fds);
}

static void test_data_is_no_urgent_data(void** state) {
  int fds[2];

  (void)state;
  uring_only();
  world->connection(fds);
  watch(fds[0], 0, GY_READABLE | GY_PRIORITIZED);
  assert_silence();
  world->send(fds[1], 1);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  world->urge(fds[1]);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE | GY_PRIORITIZED);
  close_both(fds);
}

static void test_change_of_what_is_asked_for_does_not_end_a_sleep(
    void** state) {
  uint64_t began;
  int fds[2];

  (void)state;
  uring_only();
  world->pair(fds);
  world->fill(fds[0]);
  watch(fds[0], 0, GY_READABLE);
  assert_silence();
  watch(fds[0], GY_READABLE, GY_READABLE | GY_WRITABLE);
  began = world->clock();
  assert_int_equal(hear(fds[0], 5 * MS), 0);
  assert_true(world->clock() - began >= 5 * (uint64_t)MS);
  world->send(fds[1], 1);
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  close_both(fds);
}

/* ---- what is forgotten can be closed --------------------------------------
 */

/* The other end of |fd|, which is about to be closed, hears of that. */
static void assert_closes(int fd, int other) {
  world->close(fd);
  while (world->receive(other, 65536) > 0) {
  }
  assert_int_equal(world->receive(other, 1), 0);
}

static void test_poll_about_to_answer_lets_go_of_its_file(void** state) {
  int fds[2];

  (void)state;
  uring_only();
  world->pair(fds);
  world->fill(fds[0]);
  world->finish(fds[1]);
  watch(fds[0], 0, GY_WRITABLE);
  assert_sleeps();
  /* There is room again, which the kernel has not been asked about yet. */
  while (world->receive(fds[1], 65536) > 0) {
  }
  watch(fds[0], GY_WRITABLE, 0);
  assert_closes(fds[0], fds[1]);
  world->close(fds[1]);
}

static void test_poll_that_is_replaced_lets_go_of_its_file(void** state) {
  int fds[2];

  (void)state;
  uring_only();
  world->pair(fds);
  world->fill(fds[0]);
  world->finish(fds[1]);
  watch(fds[0], 0, GY_WRITABLE);
  assert_sleeps();
  watch(fds[0], GY_WRITABLE, GY_WRITABLE | GY_PRIORITIZED);
  while (world->receive(fds[1], 65536) > 0) {
  }
  assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
  watch(fds[0], GY_WRITABLE | GY_PRIORITIZED, 0);
  assert_closes(fds[0], fds[1]);
  world->close(fds[1]);
}

enum {
  MANY = 300 /* more than the kernel looks after in one call */
};

static void test_file_behind_many_that_are_ready_is_let_go(void** state) {
  static int fds[MANY][2];
  int index;

  (void)state;
  uring_only();
  for (index = 0; index < MANY; index++) {
    world->pair(fds[index]);
    watch(fds[index][0], 0, GY_READABLE);
  }
  assert_silence();
  for (index = 0; index < MANY; index++) {
    world->send(fds[index][1], 1);
  }
  for (index = MANY - 1; index >= 0; index--) {
    assert_int_equal(world->receive(fds[index][0], 1), 1);
    watch(fds[index][0], GY_READABLE, 0);
    assert_closes(fds[index][0], fds[index][1]);
    world->close(fds[index][1]);
  }
  assert_silence();
}

/* ---- more answers than the ring holds ------------------------------------ */

enum {
  CROWD_SIZE = 5000,
  CROWD_LIMIT = CROWD_SIZE + 200
};

static void test_answers_beyond_the_ring_are_not_lost(void** state) {
  static bool seen[CROWD_LIMIT];
  static int crowd[CROWD_SIZE];
  struct rlimit limit = {CROWD_LIMIT, CROWD_LIMIT};
  gy_event_t events[EVENT_MOST];
  int seen_count = 0;
  int fds[2];
  int index;

  (void)state;
  uring_only();
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    gy_test_skip("this many descriptors are not allowed here");
  }
  world->pair(fds);
  world->send(fds[1], 1);
  for (index = 0; index < CROWD_SIZE; index++) {
    crowd[index] = dup(fds[0]);
    assert_true(crowd[index] >= 0);
    watch(crowd[index], 0, GY_READABLE);
  }
  /* All at once, and none is left out in so many turns as it takes. */
  for (index = 0; index <= CROWD_SIZE / EVENT_MOST; index++) {
    int count = wait_for_events(events, FOR_EVER);
    while (count-- > 0) {
      seen_count += !seen[event_fd(&events[count])];
      seen[event_fd(&events[count])] = true;
    }
  }
  assert_int_equal(seen_count, CROWD_SIZE);
  wake();
  for (index = 0; index < CROWD_SIZE; index++) {
    watch(crowd[index], GY_READABLE, 0);
    world->close(crowd[index]);
  }
  assert_wake(FOR_EVER);
  close_both(fds);
}

/* ---- another thread --------------------------------------------------------
 */

static int thread_fd;
static unsigned thread_heard;

static void* thread_run(void* arg) {
  gy_event_t event = {.kind = GY_EVENT_WAKE};
  int count = poller->ops->wait(poller, &event, 1, FOR_EVER);

  (void)arg;
  if (count == 1 && event.kind == GY_EVENT_READY &&
      event_fd(&event) == thread_fd) {
    thread_heard = event.u.ready.mask;
  }
  return NULL;
}

static void wait_on_a_thread(int fd) {
  pthread_t thread;

  thread_fd = fd;
  thread_heard = 0;
  assert_int_equal(pthread_create(&thread, NULL, thread_run, NULL), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(thread_heard, GY_READABLE);
}

static void test_poller_goes_from_thread_to_thread(void** state) {
  int fds[2];
  int before = fds_open();
  int round;

  (void)state;
  uring_only();
  world->pair(fds);
  watch(fds[0], 0, GY_READABLE);
  world->send(fds[1], 1);
  for (round = 0; round < 3; round++) {
    wait_on_a_thread(fds[0]);
    assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  }
  assert_int_equal(world->receive(fds[0], 1), 1);
  assert_silence();
  wake();
  assert_wake(FOR_EVER);
  close_both(fds);
  assert_int_equal(fds_open(), before);
}

static void* thread_forget(void* arg) {
  thread_heard =
      poller->ops->watch(poller, *(int*)arg, GY_READABLE, 0) == 0 ? 1 : 0;
  return NULL;
}

static void test_another_thread_may_forget(void** state) {
  struct pollfd entry = {.events = POLLIN};
  pthread_t thread;
  int fds[2];

  (void)state;
  uring_only();
  world->pair(fds);
  watch(fds[0], 0, GY_READABLE);
  assert_silence();
  assert_int_equal(pthread_create(&thread, NULL, thread_forget, &fds[0]), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(thread_heard, 1);
  world->close(fds[0]);
  /* The poll of the other thread's ring may hold the file a while longer. */
  entry.fd = fds[1];
  assert_int_equal(poll(&entry, 1, -1), 1);
  assert_int_equal(world->receive(fds[1], 1), 0);
  world->close(fds[1]);
}

/* ---- kernels
 * ----------------------------------------------------------------- */

static int fault_error;
static int faults_left;

static int fault_decide(const char* call) {
  if (strcmp(call, "io_uring_setup") != 0 || faults_left == 0) {
    return 0;
  }
  faults_left--;
  return fault_error;
}

static int open_with_faults(int error, int count) {
  int err;

  poller->ops->close(poller);
  fault_error = error;
  faults_left = count;
  gy_fault_hook = fault_decide;
  err = poller->ops->open(poller);
  gy_fault_hook = GY_FAULT_NOBODY;
  return err;
}

static void test_kernel_without_it_says_so(void** state) {
  (void)state;
  uring_only();
  faults_needed();
  assert_int_equal(open_with_faults(ENOSYS, 1), UV_ENOSYS);
  assert_int_equal(open_with_faults(EPERM, 1), UV_EPERM);
  assert_int_equal(open_with_faults(ENOMEM, 1), UV_ENOMEM);
  assert_int_equal(open_with_faults(EINVAL, 100), UV_ENOSYS);
  assert_int_equal(poller->ops->open(poller), 0);
}

/* Each kernel lacks one thing more. */
static void test_older_kernels_do(void** state) {
  int missing;
  int fds[2];

  (void)state;
  uring_only();
  faults_needed();
  for (missing = 1; missing < 5; missing++) {
    assert_int_equal(open_with_faults(EINVAL, missing), 0);
    assert_int_equal(poller->ops->enable_wake(poller), 0);
    world->pair(fds);
    watch(fds[0], 0, GY_READABLE);
    assert_silence();
    world->send(fds[1], 1);
    assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
    assert_int_equal(hear(fds[0], 0), GY_READABLE);
    watch(fds[0], GY_READABLE, 0);
    wake();
    assert_wake(FOR_EVER);
    assert_silence();
    close_both(fds);
  }
}

static int uring_calls;

static int uring_count(const char* call) {
  uring_calls += strncmp(call, "io_uring", 8) == 0;
  return 0;
}

static void test_who_does_not_ask_for_it_makes_no_call_of_it(void** state) {
  uv_loop_t loop;
  uv_timer_t timer;

  (void)state;
  faults_needed();
  assert_int_equal(unsetenv("GYRE_POLLER"), 0);
  gy_fault_hook = uring_count;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  gy_test_close_loop(&loop);
  gy_fault_hook = GY_FAULT_NOBODY;
  assert_int_equal(uring_calls, 0);
}

#ifdef __linux__

#include <sys/prctl.h>

/* As the kernel has it, in linux/filter.h. */
typedef struct {
  uint16_t code;
  uint8_t jump_true;
  uint8_t jump_false;
  uint32_t value;
} filter_step_t;

/* Have io_uring_setup(2) fail with EPERM, as containers do. False when even
 * that is forbidden. */
static bool uring_forbid(void) {
  filter_step_t steps[] = {
      {0x20, 0, 0, 0},                  /* load the number of the call */
      {0x15, 0, 1, 425},                /* is it io_uring_setup? */
      {0x06, 0, 0, 0x00050000 | EPERM}, /* fail */
      {0x06, 0, 0, 0x7fff0000},         /* allow */
  };
  struct {
    unsigned short count;
    filter_step_t* steps;
  } program = {COUNT_OF(steps), steps};

  return prctl(38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0) == 0 &&
         prctl(22 /* PR_SET_SECCOMP */, 2, &program, 0, 0) == 0;
}

#else

static bool uring_forbid(void) {
  return false;
}

#endif

enum {
  CHILD_CANNOT = 77
};

/* The line where it went wrong, or 0. */
static int child_run(void) {
  uv_loop_t loop;

  if (!uring_forbid()) {
    return CHILD_CANNOT;
  }
  if (setenv("GYRE_POLLER", "io_uring", 1) != 0 ||
      uv_loop_init(&loop) != UV_EPERM) {
    return 1;
  }
  if (unsetenv("GYRE_POLLER") != 0 || uv_loop_init(&loop) != 0) {
    return 2;
  }
  if (gyre_loop_set_poller(&loop, "io_uring") != UV_EPERM ||
      strcmp(gyre_loop_poller(&loop), "io_uring") == 0) {
    return 3;
  }
  if (uv_run(&loop, UV_RUN_NOWAIT) != 0 || uv_loop_close(&loop) != 0) {
    return 4;
  }
  return 0;
}

static void test_warden_that_forbids_it_is_heard_of(void** state) {
  int status;
  pid_t child;

  (void)state;
  uring_only();
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    _exit(child_run());
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == CHILD_CANNOT) {
    gy_test_skip("filters of system calls are not to be had here");
  }
  assert_int_equal(WEXITSTATUS(status), 0);
}

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_finished_peer_is_not_heard_by_who_only_writes),
    POLLER_TEST(test_data_is_not_heard_by_who_waits_for_urgent_data),
    POLLER_TEST(test_data_is_no_urgent_data),
    POLLER_TEST(test_change_of_what_is_asked_for_does_not_end_a_sleep),
    POLLER_TEST(test_poll_about_to_answer_lets_go_of_its_file),
    POLLER_TEST(test_poll_that_is_replaced_lets_go_of_its_file),
    POLLER_TEST(test_file_behind_many_that_are_ready_is_let_go),
    POLLER_TEST(test_answers_beyond_the_ring_are_not_lost),
    POLLER_TEST(test_poller_goes_from_thread_to_thread),
    POLLER_TEST(test_another_thread_may_forget),
    POLLER_TEST(test_kernel_without_it_says_so),
    POLLER_TEST(test_older_kernels_do),
    POLLER_TEST(test_who_does_not_ask_for_it_makes_no_call_of_it),
    POLLER_TEST(test_warden_that_forbids_it_is_heard_of),
};

GY_TEST_MAIN(tests)
