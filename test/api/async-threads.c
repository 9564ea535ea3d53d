/* async-threads.c - tests of uv_async_t with senders on other threads and in
 * signal handlers.
 *
 * A wake that gets lost shows as a loop that sleeps for ever, which the time
 * limit of the test ends: no test here measures time. Other threads do not use
 * cmocka's assertions, which only work on the thread of the test; they leave
 * what they found in |thread_failures|.
 */
#include "support/test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum {
  THREADS = 4,
  SENDS = 20000,     /* of each thread, where they do not wait */
  ROUNDS = 10000,    /* where each send waits for its answer */
  GENERATIONS = 200, /* of handles closed under the hands of senders */
  RING_ROUNDS = 2000 /* of the token through all loops of the ring */
};

/* From here on, a send that meets uv_loop_close() is asked to do no harm. */
#define LATE_SENDS_ARE_HARMLESS_SINCE 0x013400u

static uv_loop_t loop;
static uv_async_t async;
static uv_async_t asyncs[THREADS];
static uv_thread_t threads[THREADS];
static uv_sem_t go;
static uv_sem_t done;
static int call_count;
static int close_count;
static atomic_int thread_failures;

static void open_one(uv_async_cb cb) {
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_async_init(&loop, &async, cb), 0);
}

static void start_threads(int count, uv_thread_cb entry) {
  static int numbers[THREADS] = {0, 1, 2, 3};

  for (int i = 0; i < count; i++)
    assert_int_equal(uv_thread_create(&threads[i], entry, &numbers[i]), 0);
}

static void join_threads(int count) {
  for (int i = 0; i < count; i++)
    assert_int_equal(uv_thread_join(&threads[i]), 0);
  assert_int_equal(atomic_load(&thread_failures), 0);
}

static void send_from_thread(uv_async_t* to) {
  if (uv_async_send(to) != 0)
    atomic_fetch_add(&thread_failures, 1);
}

static void count_close(uv_handle_t* handle) {
  (void)handle; /* there is only one it can be */
  close_count++;
}

/* How often each thread has sent so far. Stored and loaded without any order:
 * a send and the callback that answers it, also one that was owed already,
 * order all memory between them (libuv's manual since 1.53 says so). */
static atomic_int sent[THREADS];

static void send_many(void* arg) {
  int number = *(int*)arg;

  for (int i = 1; i <= SENDS; i++) {
    atomic_store_explicit(&sent[number], i, memory_order_relaxed);
    send_from_thread(&async);
  }
}

static void close_when_all_is_seen(uv_async_t* handle) {
  call_count++;
  for (int i = 0; i < THREADS; i++) {
    if (atomic_load_explicit(&sent[i], memory_order_relaxed) != SENDS)
      return;
  }
  uv_close((uv_handle_t*)handle, count_close);
}

static void test_last_send_of_every_thread_is_seen_by_a_callback(void** state) {
  (void)state;
  open_one(close_when_all_is_seen);
  start_threads(THREADS, send_many);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(close_count, 1);
  assert_in_range(call_count, 1, THREADS * SENDS);
  join_threads(THREADS);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static int asked; /* written by the asking thread, handed over by the send */
static int answered;

static void ask_and_wait(void* arg) {
  (void)arg; /* one thread needs no number */
  for (int i = 1; i <= ROUNDS; i++) {
    asked = i;
    send_from_thread(&async);
    uv_sem_wait(&done);
  }
}

static void answer(uv_async_t* handle) {
  call_count++;
  answered++;
  assert_int_equal(asked, answered);
  if (answered == ROUNDS)
    uv_close((uv_handle_t*)handle, count_close);
  uv_sem_post(&done);
}

static void test_each_send_that_waits_for_its_answer_gets_one(void** state) {
  (void)state;
  assert_int_equal(uv_sem_init(&done, 0), 0);
  open_one(answer);
  start_threads(1, ask_and_wait);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, ROUNDS);
  join_threads(1);
  assert_int_equal(uv_loop_close(&loop), 0);
  uv_sem_destroy(&done);
}

static void send_when_told(void* arg) {
  (void)arg; /* one thread needs no number */
  uv_sem_wait(&go);
  send_from_thread(&async);
  uv_sem_post(&done);
}

/* The thread sends while this callback runs: after the call that the callback
 * answers, so another call is owed. */
static void be_sent_again_while_running(uv_async_t* handle) {
  if (++call_count == 1) {
    uv_sem_post(&go);
    uv_sem_wait(&done);
    return;
  }
  uv_close((uv_handle_t*)handle, count_close);
}

static void test_send_while_the_callback_runs_makes_another_call(void** state) {
  (void)state;
  assert_int_equal(uv_sem_init(&go, 0), 0);
  assert_int_equal(uv_sem_init(&done, 0), 0);
  open_one(be_sent_again_while_running);
  start_threads(1, send_when_told);
  assert_int_equal(uv_async_send(&async), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 2);
  join_threads(1);
  assert_int_equal(uv_loop_close(&loop), 0);
  uv_sem_destroy(&done);
  uv_sem_destroy(&go);
}

/* A thread that sends on a handle of its own. */
static void send_own(void* arg) {
  int number = *(int*)arg;

  for (int i = 1; i <= SENDS; i++) {
    atomic_store_explicit(&sent[number], i, memory_order_relaxed);
    send_from_thread(&asyncs[number]);
  }
}

static void close_own_when_all_is_seen(uv_async_t* handle) {
  int seen = atomic_load_explicit(&sent[handle - asyncs], memory_order_relaxed);

  call_count++;
  if (seen == SENDS)
    uv_close((uv_handle_t*)handle, count_close);
}

static void test_threads_with_handles_of_their_own_lose_no_last_send(
    void** state) {
  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(
        uv_async_init(&loop, &asyncs[i], close_own_when_all_is_seen), 0);
  }
  start_threads(THREADS, send_own);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(close_count, THREADS);
  assert_in_range(call_count, THREADS, THREADS * SENDS);
  join_threads(THREADS);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static atomic_int quit;

static void send_until_quit(void* arg) {
  (void)arg; /* all send on the same handle */
  while (atomic_load(&quit) == 0)
    send_from_thread(&async);
}

static void close_on_first_call(uv_async_t* handle) {
  assert_int_equal(uv_is_closing((uv_handle_t*)handle), 0);
  call_count++;
  uv_close((uv_handle_t*)handle, count_close);
}

static void test_close_is_final_while_other_threads_keep_sending(void** state) {
  (void)state;
  open_one(close_on_first_call);
  start_threads(THREADS, send_until_quit);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  assert_int_equal(close_count, 1);
  atomic_store(&quit, 1);
  join_threads(THREADS);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_loop_closes_while_other_threads_keep_sending(void** state) {
  (void)state;
  if (uv_version() < LATE_SENDS_ARE_HARMLESS_SINCE)
    gy_test_skip("this library aborts now and then");
  open_one(close_on_first_call);
  start_threads(THREADS, send_until_quit);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  /* The memory of handle and loop is still there, and nobody reads it now. */
  atomic_store(&quit, 1);
  join_threads(THREADS);
  assert_int_equal(call_count, 1);
}

static void test_handles_come_and_go_while_threads_send_on_another(
    void** state) {
  static uv_async_t generations[GENERATIONS];

  (void)state;
  open_one(NULL);
  start_threads(2, send_until_quit);
  for (int i = 0; i < GENERATIONS; i++) {
    uv_async_t* next = &generations[i];
    assert_int_equal(uv_async_init(&loop, next, close_on_first_call), 0);
    assert_int_equal(uv_async_send(next), 0);
    while (close_count == i)
      uv_run(&loop, UV_RUN_NOWAIT);
  }
  assert_int_equal(call_count, GENERATIONS);
  uv_close((uv_handle_t*)&async, NULL);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  atomic_store(&quit, 1);
  join_threads(2);
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* A loop on a thread of its own, that hands a token to the next one. */
typedef struct member {
  uv_loop_t loop;
  uv_async_t token;
  struct member* next;
  uv_thread_t thread;
  int passes;
} member_t;

static member_t ring[THREADS];

static void pass_token(uv_async_t* handle) {
  member_t* member = handle->data;

  member->passes++;
  /* Before the close: the last one has nobody left to hand it to. */
  if (member->passes < RING_ROUNDS || member != &ring[THREADS - 1])
    send_from_thread(&member->next->token);
  if (member->passes == RING_ROUNDS)
    uv_close((uv_handle_t*)handle, NULL);
}

static void run_member(void* arg) {
  member_t* member = arg;

  if (uv_run(&member->loop, UV_RUN_DEFAULT) != 0)
    atomic_fetch_add(&thread_failures, 1);
}

static void test_loops_of_several_threads_wake_each_other_in_a_ring(
    void** state) {
  (void)state;
  for (int i = 0; i < THREADS; i++) {
    ring[i].next = &ring[(i + 1) % THREADS];
    ring[i].token.data = &ring[i];
    assert_int_equal(uv_loop_init(&ring[i].loop), 0);
    assert_int_equal(uv_async_init(&ring[i].loop, &ring[i].token, pass_token),
                     0);
  }
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(uv_thread_create(&ring[i].thread, run_member, &ring[i]),
                     0);
  assert_int_equal(uv_async_send(&ring[0].token), 0);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(uv_thread_join(&ring[i].thread), 0);
  assert_int_equal(atomic_load(&thread_failures), 0);
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(ring[i].passes, RING_ROUNDS);
    assert_int_equal(uv_loop_close(&ring[i].loop), 0);
  }
}

static void send_on_signal(int signum) {
  (void)signum; /* only one is caught */
  if (uv_async_send(&async) != 0)
    atomic_fetch_add(&thread_failures, 1);
}

static void catch_signal(int signum) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = send_on_signal;
  assert_int_equal(sigaction(signum, &action, NULL), 0);
}

static void raise_before_polling(uv_prepare_t* prepare) {
  assert_int_equal(raise(SIGUSR1), 0);
  uv_close((uv_handle_t*)prepare, NULL);
}

static void raise_once_more(uv_async_t* handle) {
  if (++call_count == 3) {
    uv_close((uv_handle_t*)handle, count_close);
    return;
  }
  assert_int_equal(raise(SIGUSR1), 0);
}

static void test_send_from_a_signal_handler_wakes_the_loop(void** state) {
  uv_prepare_t prepare;

  (void)state;
  catch_signal(SIGUSR1);
  open_one(raise_once_more);
  assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
  assert_int_equal(uv_prepare_start(&prepare, raise_before_polling), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 3);
  assert_int_equal(atomic_load(&thread_failures), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void count_call(uv_async_t* handle) {
  (void)handle; /* there is only one it can be */
  call_count++;
}

static void test_send_from_a_signal_handler_before_the_run_is_not_lost(
    void** state) {
  (void)state;
  catch_signal(SIGUSR1);
  open_one(count_call);
  for (int i = 1; i <= 100; i++) {
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
    assert_int_equal(call_count, i);
  }
  gy_test_close_loop(&loop);
}

static atomic_int sender_is_done;

static void send_many_and_say_so(void* arg) {
  send_many(arg);
  atomic_store(&sender_is_done, 1);
  send_from_thread(&async);
  /* Stays until nobody sends signals to this thread any more. */
  uv_sem_wait(&done);
}

static void disturb_the_sender(void* arg) {
  (void)arg; /* it disturbs thread 0 */
  while (atomic_load(&sender_is_done) == 0) {
    if (pthread_kill(threads[0], SIGUSR1) != 0)
      atomic_fetch_add(&thread_failures, 1);
    sched_yield();
  }
  uv_sem_post(&done);
}

static void close_when_the_sender_is_done(uv_async_t* handle) {
  call_count++;
  if (atomic_load(&sender_is_done) == 1)
    uv_close((uv_handle_t*)handle, count_close);
}

static void test_signal_handler_may_send_while_it_interrupts_a_send(
    void** state) {
  (void)state;
  assert_int_equal(uv_sem_init(&done, 0), 0);
  catch_signal(SIGUSR1);
  open_one(close_when_the_sender_is_done);
  start_threads(1, send_many_and_say_so);
  assert_int_equal(uv_thread_create(&threads[1], disturb_the_sender, NULL), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(close_count, 1);
  assert_int_equal(atomic_load(&sent[0]), SENDS);
  join_threads(2);
  assert_int_equal(uv_loop_close(&loop), 0);
  uv_sem_destroy(&done);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_last_send_of_every_thread_is_seen_by_a_callback),
    cmocka_unit_test(test_each_send_that_waits_for_its_answer_gets_one),
    cmocka_unit_test(test_send_while_the_callback_runs_makes_another_call),
    cmocka_unit_test(test_threads_with_handles_of_their_own_lose_no_last_send),
    cmocka_unit_test(test_close_is_final_while_other_threads_keep_sending),
    cmocka_unit_test(test_loop_closes_while_other_threads_keep_sending),
    cmocka_unit_test(test_handles_come_and_go_while_threads_send_on_another),
    cmocka_unit_test(test_loops_of_several_threads_wake_each_other_in_a_ring),
    cmocka_unit_test(test_send_from_a_signal_handler_wakes_the_loop),
    cmocka_unit_test(
        test_send_from_a_signal_handler_before_the_run_is_not_lost),
    cmocka_unit_test(test_signal_handler_may_send_while_it_interrupts_a_send),
};

GY_TEST_MAIN(tests)
