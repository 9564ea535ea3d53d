/* faults.c - every system call of a poller fails once, or from then on, and
 * nothing is lost, left open or taken for something else.
 *
 * A life of a poller is told in steps. It is lived once for each call that is
 * made in it, and this call fails. The step then says so, with the code of that
 * error, and works when it is tried again. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"
#include "fixture.h"

/* An error that means nothing special to anybody, in the numbers of POSIX, of
 * Win32, and of the kernel under that. */
enum {
  FAULT_ERROR = ENFILE,
  FAULT_WIN32 = 4,                /* too many open files */
  FAULT_STATUS = (int)0xC000009Au /* insufficient resources */
};

/* ---- the fault -------------------------------------------------------- */

#ifdef GYRE_FAULTS
static const bool faults_are_built = true;
#else
static const bool faults_are_built = false;
#endif

static int fault_at;           /* which call is to fail, from 1 on */
static bool fault_lasts;       /* and all that come after it */
static int fault_error;        /* with this errno */
static const char* fault_name; /* when not NULL, only these calls count */
static int calls_made;
static const char* call_failed; /* the first that did, in this step, or NULL */

static int fault_decide(const char* call) {
  if (fault_name != NULL && strcmp(fault_name, call) != 0) {
    return 0;
  }
  calls_made++;
  if (fault_lasts ? calls_made < fault_at : calls_made != fault_at) {
    return 0;
  }
  if (call_failed == NULL) {
    call_failed = call;
  }
  return fault_error;
}

static bool is_of_nt(const char* call) {
  return strncmp(call, "Nt", 2) == 0;
}

/* As above, in the numbers of Windows. */
static int fault_decide_windows(const char* call) {
  if (fault_decide(call) == 0) {
    return 0;
  }
  return is_of_nt(call) ? FAULT_STATUS : FAULT_WIN32;
}

/* May |err| come out when |call| fails? */
static bool fault_explains(const char* call, int err) {
  if (strcmp(call, "malloc") == 0) {
    return err == UV_ENOMEM;
  }
  if (!poller_is("iocp")) {
    return err == -FAULT_ERROR;
  }
  /* When a fault lasts, it is not the first that has to be told. */
  return (err == UV_ENOBUFS && (fault_lasts || is_of_nt(call))) ||
         (err == UV_EMFILE && (fault_lasts || !is_of_nt(call)));
}

/* Have the call |at| fail; 0: none. */
static void fault_begin(const char* name, int at, bool lasts, int error) {
  fault_name = name;
  fault_at = at;
  fault_lasts = lasts;
  fault_error = error;
  calls_made = 0;
  call_failed = NULL;
  gy_fault_hook = fault_decide;
  if (strcmp(gy_test_poller(), "iocp") == 0) {
    gy_fault_hook = fault_decide_windows;
  }
}

static void fault_end(void) {
  gy_fault_hook = GY_FAULT_NOBODY;
  fault_name = "none";
}

static void faults_needed(void) {
  if (!faults_are_built) {
    gy_test_skip("built without GYRE_FAULTS");
  }
}

/* ---- memory ----------------------------------------------------------- */

static int blocks;

static void* counting_malloc(size_t size) {
  if (fault_decide("malloc") != 0) {
    return NULL;
  }
  blocks++;
  return malloc(size);
}

static void* counting_calloc(size_t count, size_t size) {
  if (fault_decide("malloc") != 0) {
    return NULL;
  }
  blocks++;
  return calloc(count, size);
}

static void* counting_realloc(void* memory, size_t size) {
  if (fault_decide("malloc") != 0) {
    return NULL;
  }
  blocks += memory == NULL;
  return realloc(memory, size);
}

static void counting_free(void* memory) {
  blocks--;
  free(memory);
}

static void memory_count(void) {
  assert_int_equal(uv_replace_allocator(counting_malloc, counting_realloc,
                                        counting_calloc, counting_free),
                   0);
}

/* ---- a life: each step 0 or more, or UV_E* ----------------------------- */

static int first[2];
static int second[2];
static int lost[2];
static int lost_copy; /* -1 when there is none */
static bool lost_is_open;

/* So many, and with such high numbers, that every table must grow. */
enum {
  CROWD_SIZE = 32,
  CROWD_FIRST = 1100
};

static int crowd[CROWD_SIZE];
static bool is_open; /* the poller */

static void crowd_open(void) {
  int index;

  for (index = 0; index < CROWD_SIZE; index++) {
    if (poller_is("iocp")) {
      /* Its numbers cannot be chosen, and its tables are small at first. */
      crowd[index] = socket(AF_INET, SOCK_DGRAM, 0);
      assert_true(crowd[index] > 0);
      continue;
    }
    crowd[index] = fcntl(first[0], F_DUPFD, CROWD_FIRST);
    assert_true(crowd[index] >= CROWD_FIRST);
  }
}

static void crowd_close(void) {
  int index;

  for (index = 0; index < CROWD_SIZE; index++) {
    world->close(crowd[index]);
  }
}

static int step_open(void) {
  int err = poller->ops->open(poller);

  is_open = err == 0;
  return err;
}

static int step_enable_wake(void) {
  return poller->ops->enable_wake(poller);
}

static int step_watch_first(void) {
  return poller->ops->watch(poller, first[0], 0, GY_READABLE);
}

static int step_watch_second(void) {
  return poller->ops->watch(poller, second[0], 0, GY_READABLE);
}

static int step_watch_lost(void) {
  return poller->ops->watch(poller, lost[0], 0, GY_READABLE);
}

static int step_watch_crowd(void) {
  int index;
  int err = 0;

  for (index = 0; index < CROWD_SIZE && err == 0; index++) {
    err = poller->ops->watch(poller, crowd[index], 0, GY_READABLE);
  }
  return err;
}

static int step_widen(void) {
  return poller->ops->watch(poller, first[0], GY_READABLE,
                            GY_READABLE | GY_WRITABLE);
}

static int step_narrow(void) {
  return poller->ops->watch(poller, first[0], GY_READABLE | GY_WRITABLE,
                            GY_READABLE);
}

static int step_look(void) {
  gy_event_t events[EVENT_MOST];
  return poller->ops->wait(poller, events, EVENT_MOST, 0);
}

static int step_sleep(void) {
  gy_event_t event;
  return poller->ops->wait(poller, &event, 1, MS);
}

static int step_sleep_with_mask(void) {
  int count;

  poller->block_sigprof = 1;
  count = step_sleep();
  poller->block_sigprof = 0;
  return count;
}

static int step_wake(void) {
  return poller->ops->wake(poller);
}

static int step_forget_first(void) {
  return poller->ops->watch(poller, first[0], GY_READABLE, 0);
}

static int step_forget_lost(void) {
  return poller->ops->watch(poller, lost[0], GY_READABLE, 0);
}

static int step_after_fork(void) {
  return poller->ops->after_fork(poller);
}

typedef struct {
  int (*run)(void);
  void (*before)(void); /* or NULL */
} step_t;

/* Close |lost| behind the poller's back, but leave the file open where there
 * are duplicates. */
static void lose(void) {
  if (!poller_is("iocp")) {
    lost_copy = dup(lost[0]);
  }
  world->close(lost[0]);
  lost_is_open = false;
  world->send(lost[1], 1);
}

static const step_t life[] = {
    {step_open, NULL},
    {step_enable_wake, NULL},
    {step_watch_first, NULL},
    {step_watch_second, NULL},
    {step_widen, NULL},
    {step_look, NULL},
    {step_narrow, NULL},
    {step_sleep, NULL},
    {step_sleep_with_mask, NULL},
    {step_wake, NULL},
    {step_look, NULL},
    {step_watch_crowd, NULL},
    {step_forget_first, NULL},
    {step_watch_first, NULL},
    {step_watch_lost, NULL},
    {step_look, lose},
    {step_forget_lost, NULL},
    {step_look, NULL},
    {step_look, NULL},
    {step_after_fork, NULL},
    {step_watch_first, NULL},
    {step_wake, NULL},
    {step_sleep, NULL},
};

/* The simulator has no duplicates, so nothing that is lost there comes back. */
static bool step_is_possible(const step_t* step) {
  if (step->run == step_after_fork && poller_is("iocp")) {
    return false;
  }
  return world->real ||
         (step->before == NULL && step->run != step_watch_lost &&
          step->run != step_forget_lost && step->run != step_watch_crowd);
}

/* May |call| fail without the step's saying so, which had a |result|? */
static bool call_may_fail_unseen(const char* call, int (*run)(void),
                                 int result) {
  if (strcmp(call, "read") == 0) {
    return true; /* What was not drained is drained the next time. */
  }
  if (strcmp(call, "fcntl") == 0 && run == step_look) {
    return true; /* An fd that cannot be asked is as good as closed. */
  }
  if (strcmp(call, "pselect") == 0 && result > 0) {
    return true; /* What is known to be closed is reported first. */
  }
  if (strcmp(call, "kevent") == 0 && result > 0) {
    return true; /* It looked for more, after errors. */
  }
  if (strcmp(call, "CreateWaitableTimerExW") == 0 ||
      strcmp(call, "SetWaitableTimer") == 0) {
    return result >= 0; /* The sleep is less exact. */
  }
  if (strcmp(call, "WSAIoctl") == 0) {
    return result >= 0; /* There is another way to ask. */
  }
  if (strcmp(call, "GetQueuedCompletionStatusEx") == 0 && result > 0) {
    return true; /* What it had besides is told first. */
  }
  if (strcmp(call, "NtDeviceIoControlFile") == 0 ||
      strcmp(call, "CancelIoEx") == 0) {
    return result >= 0; /* It is tried again, soon. */
  }
  /* The epoll object that could not be made anew is made at the next ghost. */
  return run == step_look &&
         (strcmp(call, "epoll_create1") == 0 ||
          strcmp(call, "epoll_ctl") == 0 || strcmp(call, "dup3") == 0);
}

/* Live until the end, or, when the fault lasts, until it is met. */
static void life_run(void) {
  size_t index;

  for (index = 0; index < COUNT_OF(life); index++) {
    const step_t* step = &life[index];
    int result;
    if (!step_is_possible(step)) {
      continue;
    }
    if (step->before != NULL) {
      step->before();
    }
    call_failed = NULL;
    result = step->run();
    if (call_failed == NULL ||
        call_may_fail_unseen(call_failed, step->run, result)) {
      assert_true(result >= 0);
      continue;
    }
    assert_true(fault_explains(call_failed, result));
    if (fault_lasts) {
      return;
    }
    assert_true(step->run() >= 0);
  }
}

/* What a system opens when it is first used is open from then on. */
static bool lived_before;

/* Live once, with the fault that was begun. False when it was not met. */
static bool life_live(void) {
  int fds = fds_open();

  poller_choose();
  is_open = false;
  lost_copy = -1;
  lost_is_open = true;
  world->pair(first);
  world->pair(second);
  world->pair(lost);
  world->send(second[1], 1);
  if (world->real) {
    crowd_open();
  }
  life_run();
  fault_end();
  if (is_open) {
    poller->ops->close(poller);
  }
  test_free(poller);
  close_both(first);
  close_both(second);
  if (world->real) {
    crowd_close();
  }
  world->close(lost[1]);
  if (lost_copy >= 0) {
    world->close(lost_copy);
  }
  if (lost_is_open) {
    world->close(lost[0]);
  }
  if (lived_before) {
    assert_int_equal(fds_open(), fds);
  }
  assert_int_equal(blocks, 0);
  return calls_made >= fault_at;
}

static void life_in_peace(void) {
  fault_begin("none", 1, false, FAULT_ERROR);
  assert_false(life_live());
  lived_before = true;
}

static void test_each_call_may_fail_once(void** state) {
  int at = 0;

  (void)state;
  faults_needed();
  memory_count();
  life_in_peace();
  do {
    at++;
    fault_begin(NULL, at, false, FAULT_ERROR);
  } while (life_live());
  assert_true(at > 1);
}

static void test_each_call_may_fail_from_then_on(void** state) {
  int at = 0;

  (void)state;
  faults_needed();
  memory_count();
  life_in_peace();
  do {
    at++;
    fault_begin(NULL, at, true, FAULT_ERROR);
  } while (life_live());
  assert_true(at > 1);
}

/* ---- answers that have a meaning --------------------------------------- */

/* Sleep for a time that no ms can express; the time is over then. */
static void sleep_in_full(void) {
  const int64_t time = 3 * MS / 2;
  uint64_t began = world->clock();

  assert_int_equal(hear(-1, time), 0);
  assert_true(world->clock() - began >= (uint64_t)time);
}

static void assert_pwait2_is_asked_for_once(int error) {
  if (!poller_is("epoll")) {
    gy_test_skip("this is about epoll");
  }
  fault_begin("epoll_pwait2", 1, true, error);
  sleep_in_full();
  sleep_in_full();
  poller->block_sigprof = 1;
  sleep_in_full();
  fault_end();
  assert_int_equal(calls_made, 1);
}

static void test_kernel_without_pwait2_sleeps_as_well(void** state) {
  (void)state;
  faults_needed();
  assert_pwait2_is_asked_for_once(ENOSYS);
}

static void test_filter_that_forbids_pwait2_does_no_harm(void** state) {
  (void)state;
  faults_needed();
  assert_pwait2_is_asked_for_once(EPERM);
}

static void test_sleep_is_in_full_though_no_bad_descriptor_is_found(
    void** state) {
  (void)state;
  faults_needed();
  if (!poller_is("select")) {
    gy_test_skip("this is about select");
  }
  fault_begin("pselect", 1, false, EBADF);
  sleep_in_full();
  fault_end();
  assert_int_equal(calls_made, 2);
}

static void test_interrupted_wake_is_a_wake(void** state) {
  (void)state;
  if (poller_is("iocp")) {
    gy_test_skip("a posted packet cannot be interrupted");
  }
  faults_needed();
  fault_begin("write", 1, false, EINTR);
  wake();
  fault_end();
  if (calls_made == 0) {
    gy_test_skip("this poller's wake writes nothing");
  }
  assert_int_equal(calls_made, 2);
  assert_wake(FOR_EVER);
}

static void test_wake_that_finds_no_room_is_one_already(void** state) {
  (void)state;
  faults_needed();
  wake();
  fault_begin("write", 1, false, EAGAIN);
  wake();
  fault_end();
  assert_wake(FOR_EVER);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_each_call_may_fail_once),
    cmocka_unit_test(test_each_call_may_fail_from_then_on),
    POLLER_TEST(test_kernel_without_pwait2_sleeps_as_well),
    POLLER_TEST(test_filter_that_forbids_pwait2_does_no_harm),
    POLLER_TEST(test_sleep_is_in_full_though_no_bad_descriptor_is_found),
    POLLER_TEST(test_interrupted_wake_is_a_wake),
    POLLER_TEST(test_wake_that_finds_no_room_is_one_already),
};

GY_TEST_MAIN(tests)
