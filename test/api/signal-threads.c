/* signal-threads.c - tests of signal handles on many loops and threads, and in
 * the children of a fork. */
#include "support/test.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  THREADS = 4,
  HANDLES = 8, /* of each thread */
  ROUNDS = 200
};

#define CHECK(condition) child_check((condition) != 0, #condition, __LINE__)

static uv_loop_t loop;
static uv_signal_t handle;
static atomic_int calls; /* of all threads */

static void child_check(int holds, const char* condition, int line) {
  if (holds)
    return;
  fprintf(stderr, "in the child, line %d: %s\n", line, condition);
  _exit(1);
}

static void run_child(void (*body)(void)) {
  int status = -1;
  pid_t pid;

  fflush(NULL);
  pid = fork();
  if (pid == 0) {
    body();
    _exit(0);
  }
  assert_true(pid > 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

static void count(uv_signal_t* signal, int signum) {
  (void)signal;
  (void)signum;
  calls++;
}

/* ---- loops on threads
 * -------------------------------------------------------- */

typedef struct {
  uv_thread_t thread;
  uv_loop_t loop;
  uv_signal_t handles[HANDLES];
  int heard[HANDLES];
  int closed;
  bool ok;
} listener_t;

static listener_t listeners[THREADS];
static uv_sem_t ready;

static void hear(uv_signal_t* signal, int signum) {
  listener_t* listener = signal->data;
  int all = 0;

  (void)signum;
  listener->heard[signal - listener->handles]++;
  for (int i = 0; i < HANDLES; i++)
    all += listener->heard[i] > 0;
  if (all < HANDLES)
    return;
  for (int i = 0; i < HANDLES; i++)
    uv_close((uv_handle_t*)&listener->handles[i], NULL);
}

static void listen_once(void* arg) {
  listener_t* listener = arg;

  listener->ok = uv_loop_init(&listener->loop) == 0;
  for (int i = 0; i < HANDLES; i++) {
    uv_signal_t* signal = &listener->handles[i];
    signal->data = listener;
    listener->ok &= uv_signal_init(&listener->loop, signal) == 0;
    listener->ok &= uv_signal_start(signal, hear, SIGUSR1) == 0;
  }
  uv_sem_post(&ready);
  listener->ok &= uv_run(&listener->loop, UV_RUN_DEFAULT) == 0;
  listener->ok &= uv_loop_close(&listener->loop) == 0;
}

static void test_handles_of_all_loops_hear_of_one_delivery(void** state) {
  struct sigaction now;

  (void)state;
  assert_int_equal(uv_sem_init(&ready, 0), 0);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(
        uv_thread_create(&listeners[i].thread, listen_once, &listeners[i]), 0);
  for (int i = 0; i < THREADS; i++)
    uv_sem_wait(&ready);
  assert_int_equal(kill(getpid(), SIGUSR1), 0);
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(uv_thread_join(&listeners[i].thread), 0);
    assert_true(listeners[i].ok);
    for (int j = 0; j < HANDLES; j++)
      assert_int_equal(listeners[i].heard[j], 1);
  }
  assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
  assert_true(now.sa_handler == SIG_DFL);
  uv_sem_destroy(&ready);
}

/* Start, stop and close while signals rain: what is freed must not be seen by
 * a handler any more, which a sanitizer would tell. */
static atomic_bool raining;

static void come_and_go(void* arg) {
  listener_t* listener = arg;

  listener->ok = true;
  for (int round = 0; round < ROUNDS; round++) {
    uv_loop_t* own = malloc(sizeof(*own));
    uv_signal_t* signal = malloc(sizeof(*signal));
    listener->ok &= uv_loop_init(own) == 0;
    listener->ok &= uv_signal_init(own, signal) == 0;
    listener->ok &= uv_signal_start(signal, count, SIGUSR2) == 0;
    uv_run(own, UV_RUN_NOWAIT);
    listener->ok &= uv_signal_start(signal, count, SIGUSR1) == 0;
    listener->ok &= uv_signal_stop(signal) == 0;
    listener->ok &= uv_signal_start(signal, count, SIGUSR2) == 0;
    uv_close((uv_handle_t*)signal, NULL);
    listener->ok &= uv_run(own, UV_RUN_DEFAULT) == 0;
    listener->ok &= uv_loop_close(own) == 0;
    free(signal);
    free(own);
  }
}

static void rain(void* arg) {
  (void)arg;
  while (atomic_load(&raining)) {
    (void)kill(getpid(), SIGUSR1);
    (void)kill(getpid(), SIGUSR2);
  }
}

static void test_handles_come_and_go_while_signals_rain(void** state) {
  uv_signal_t other;
  uv_thread_t cloud;

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  /* Somebody always watches, or the default action would end the process. */
  assert_int_equal(uv_signal_init(&loop, &handle), 0);
  assert_int_equal(uv_signal_init(&loop, &other), 0);
  assert_int_equal(uv_signal_start(&handle, count, SIGUSR1), 0);
  assert_int_equal(uv_signal_start(&other, count, SIGUSR2), 0);
  atomic_store(&raining, true);
  assert_int_equal(uv_thread_create(&cloud, rain, NULL), 0);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(
        uv_thread_create(&listeners[i].thread, come_and_go, &listeners[i]), 0);
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(uv_thread_join(&listeners[i].thread), 0);
    assert_true(listeners[i].ok);
  }
  while (calls < 10)
    uv_run(&loop, UV_RUN_ONCE);
  atomic_store(&raining, false);
  assert_int_equal(uv_thread_join(&cloud), 0);
  gy_test_close_loop(&loop);
}

/* ---- children of a fork
 * ------------------------------------------------------- */

static void begin(void) {
  calls = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_signal_init(&loop, &handle), 0);
  assert_int_equal(uv_signal_start(&handle, count, SIGUSR1), 0);
}

static void run_twice(void) {
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void child_hears_its_own(void) {
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(uv_is_active((uv_handle_t*)&handle));
  run_twice();
  CHECK(calls == 0);
  raise(SIGUSR1);
  CHECK(uv_run(&loop, UV_RUN_ONCE) != 0);
  CHECK(calls == 1);
  uv_close((uv_handle_t*)&handle, NULL);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_signal_in_the_child_is_told_in_the_child_only(void** state) {
  (void)state;
  begin();
  run_child(child_hears_its_own);
  run_twice();
  assert_int_equal(calls, 0);
  raise(SIGUSR1);
  run_twice();
  assert_int_equal(calls, 1);
  gy_test_close_loop(&loop);
}

static void test_signal_of_before_the_fork_is_told_in_the_parent_only(
    void** state) {
  (void)state;
  begin();
  raise(SIGUSR1);
  run_child(child_hears_its_own);
  run_twice();
  assert_int_equal(calls, 1);
  gy_test_close_loop(&loop);
}

static void child_hears_of_what_came_early(void) {
  raise(SIGUSR1);
  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(uv_run(&loop, UV_RUN_ONCE) != 0);
  CHECK(calls == 1);
}

static void test_signal_between_fork_and_loop_fork_is_told_in_the_child(
    void** state) {
  (void)state;
  begin();
  /* A loop that believes to sleep would be woken through the descriptor that
   * both processes have. */
  (void)uv_backend_fd(&loop);
  run_child(child_hears_of_what_came_early);
  run_twice();
  assert_int_equal(calls, 0);
  gy_test_close_loop(&loop);
}

static void child_listens_to_a_new_loop(void) {
  uv_loop_t fresh;
  uv_signal_t signal;

  CHECK(uv_loop_init(&fresh) == 0);
  CHECK(uv_signal_init(&fresh, &signal) == 0);
  CHECK(uv_signal_start(&signal, count, SIGUSR2) == 0);
  raise(SIGUSR2);
  CHECK(uv_run(&fresh, UV_RUN_ONCE) != 0);
  CHECK(calls == 1);
  uv_close((uv_handle_t*)&signal, NULL);
  CHECK(uv_run(&fresh, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&fresh) == 0);
}

static void test_child_may_listen_on_a_new_loop(void** state) {
  (void)state;
  begin();
  run_child(child_listens_to_a_new_loop);
  gy_test_close_loop(&loop);
}

static void start_and_stop(void* arg) {
  listener_t* listener = arg;

  listener->ok = uv_loop_init(&listener->loop) == 0;
  listener->ok &= uv_signal_init(&listener->loop, &listener->handles[0]) == 0;
  while (atomic_load(&raining)) {
    listener->ok &= uv_signal_start(&listener->handles[0], count, SIGUSR1) == 0;
    listener->ok &= uv_signal_stop(&listener->handles[0]) == 0;
  }
  uv_close((uv_handle_t*)&listener->handles[0], NULL);
  listener->ok &= uv_run(&listener->loop, UV_RUN_DEFAULT) == 0;
  listener->ok &= uv_loop_close(&listener->loop) == 0;
}

static void child_starts_one(void) {
  uv_signal_t signal;

  CHECK(uv_loop_fork(&loop) == 0);
  CHECK(uv_signal_init(&loop, &signal) == 0);
  CHECK(uv_signal_start(&signal, count, SIGUSR2) == 0);
  CHECK(uv_signal_stop(&signal) == 0);
}

static void test_fork_at_any_moment_of_a_start_leaves_no_lock(void** state) {
  (void)state;
  begin();
  atomic_store(&raining, true);
  assert_int_equal(
      uv_thread_create(&listeners[0].thread, start_and_stop, &listeners[0]), 0);
  for (int i = 0; i < 30; i++)
    run_child(child_starts_one);
  atomic_store(&raining, false);
  assert_int_equal(uv_thread_join(&listeners[0].thread), 0);
  assert_true(listeners[0].ok);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_handles_of_all_loops_hear_of_one_delivery),
    cmocka_unit_test(test_handles_come_and_go_while_signals_rain),
    cmocka_unit_test(test_signal_in_the_child_is_told_in_the_child_only),
    cmocka_unit_test(test_signal_of_before_the_fork_is_told_in_the_parent_only),
    cmocka_unit_test(
        test_signal_between_fork_and_loop_fork_is_told_in_the_child),
    cmocka_unit_test(test_child_may_listen_on_a_new_loop),
    cmocka_unit_test(test_fork_at_any_moment_of_a_start_leaves_no_lock),
};

GY_TEST_MAIN(tests)
