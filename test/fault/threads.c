/* threads.c - asyncs and work, sent and done by other threads, while system
 * calls and memory fail. */
#include "sweep.h"

#include <sched.h>

enum {
  ASYNCS = 3,
  WORKS = 4
};

static uv_loop_t loop;
static int close_calls;

static void count_close(uv_handle_t* handle) {
  (void)handle; /* one is like the other */
  close_calls++;
}

/* ---- asyncs ---------------------------------------------------------------
 */

static uv_async_t asyncs[ASYNCS];
static int async_calls[ASYNCS];
static bool async_open[ASYNCS];

static void async_call(uv_async_t* async) {
  async_calls[async - asyncs]++;
  uv_close((uv_handle_t*)async, count_close);
}

/* Send to all; what a thread runs. */
static void asyncs_send(void* arg) {
  (void)arg; /* there is nothing to pass */
  for (int i = 0; i < ASYNCS; i++) {
    if (async_open[i]) {
      CHECK(uv_async_send(&asyncs[i]) == 0);
    }
  }
}

static int asyncs_open(void) {
  int count = 0;

  close_calls = 0;
  for (int i = 0; i < ASYNCS; i++) {
    async_calls[i] = 0;
    async_open[i] = works(uv_async_init(&loop, &asyncs[i], async_call));
    count += async_open[i];
  }
  return count;
}

static void asyncs_check(int count) {
  for (int i = 0; i < ASYNCS; i++) {
    CHECK(async_calls[i] == async_open[i]);
  }
  CHECK(close_calls == count);
}

static void loop_with_asyncs(void) {
  uv_thread_t thread;
  bool threaded;
  int count;

  if (!works(uv_loop_init(&loop))) {
    return;
  }
  count = asyncs_open();
  threaded = works(uv_thread_create(&thread, asyncs_send, NULL));
  if (!threaded) {
    asyncs_send(NULL);
  }
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  if (threaded) {
    CHECK(uv_thread_join(&thread) == 0);
  }
  asyncs_check(count);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_every_async_is_called_or_was_refused(void** state) {
  (void)state;
  sweep(loop_with_asyncs, "pthread_create");
}

/* Sent to and closed before the loop runs: none is called. */
static void loop_with_asyncs_closed_unheard(void) {
  int count;

  if (!works(uv_loop_init(&loop))) {
    return;
  }
  count = asyncs_open();
  asyncs_send(NULL);
  for (int i = 0; i < ASYNCS; i++) {
    if (async_open[i]) {
      uv_close((uv_handle_t*)&asyncs[i], count_close);
      CHECK(uv_async_send(&asyncs[i]) == 0);
    }
  }
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(async_calls[0] + async_calls[1] + async_calls[2] == 0);
  CHECK(close_calls == count);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_closed_async_is_not_called(void** state) {
  (void)state;
  sweep(loop_with_asyncs_closed_unheard, "malloc");
}

/* A foreign loop sleeps on the backend. */
static void loop_within_a_loop(void) {
  uv_loop_t outer;
  uv_poll_t backend;
  int fd;
  int count;

  if (!works(uv_loop_init(&loop))) {
    return;
  }
  fd = uv_backend_fd(&loop);
  if (fd >= 0 && works(uv_loop_init(&outer))) {
    if (works(uv_poll_init(&outer, &backend, fd))) {
      uv_close((uv_handle_t*)&backend, NULL);
    }
    CHECK(uv_run(&outer, UV_RUN_DEFAULT) == 0);
    CHECK(uv_loop_close(&outer) == 0);
  }
  count = asyncs_open();
  asyncs_send(NULL);
  CHECK(count == 0 || uv_backend_timeout(&loop) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  asyncs_check(count);
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_loop_within_a_loop_hears_of_every_async(void** state) {
  (void)state;
  sweep(loop_within_a_loop, "malloc");
}

/* ---- work ------------------------------------------------------------------
 */

typedef struct {
  uv_work_t req;
  bool queued;
  bool cancelled;
  atomic_int runs;
  int afters;
} item_t;

static item_t items[WORKS];
static atomic_bool gate_open;

static item_t* item_of(uv_work_t* req) {
  return (item_t*)(void*)req;
}

static void item_run(uv_work_t* req) {
  while (!atomic_load(&gate_open)) {
    sched_yield();
  }
  atomic_fetch_add(&item_of(req)->runs, 1);
}

static void item_after(uv_work_t* req, int status) {
  item_t* item = item_of(req);

  CHECK(++item->afters == 1);
  CHECK(status == (item->cancelled ? UV_ECANCELED : 0));
}

static void items_queue(void) {
  memset(items, 0, sizeof(items));
  for (int i = 0; i < WORKS; i++) {
    items[i].queued =
        works(uv_queue_work(&loop, &items[i].req, item_run, item_after));
  }
}

/* There are two threads, and they are busy with the first two. */
static void item_cancel(item_t* item) {
  int err = item->queued ? uv_cancel((uv_req_t*)&item->req) : UV_EBUSY;

  CHECK(err == 0 || (err == UV_EBUSY && fault_is_on()));
  item->cancelled = err == 0;
}

static void items_check(void) {
  for (int i = 0; i < WORKS; i++) {
    CHECK(items[i].afters == items[i].queued);
    CHECK(atomic_load(&items[i].runs) ==
          (items[i].queued && !items[i].cancelled));
  }
}

static void loop_with_work(void) {
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  atomic_store(&gate_open, false);
  items_queue();
  item_cancel(&items[2]);
  atomic_store(&gate_open, true);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  items_check();
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_every_piece_of_work_is_done_or_was_refused(void** state) {
  (void)state;
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "2", 1), 0);
  sweep(loop_with_work, "pthread_create");
}

/* Refused once, and not for ever. */
static void loop_that_tries_again(void) {
  int tries;

  if (!works(uv_loop_init(&loop))) {
    return;
  }
  atomic_store(&gate_open, true);
  for (tries = 0; tries < 3; tries++) {
    items_queue();
    CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
    items_check();
    CHECK(items[WORKS - 1].queued || tries == 0 ||
          fault.lasting == FAIL_FOR_EVER);
  }
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_pool_that_could_not_begin_begins_later(void** state) {
  (void)state;
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "2", 1), 0);
  sweep(loop_that_tries_again, "pthread_mutex_init");
}

/* ---- threads and what keeps them apart -------------------------------------
 */

static uv_mutex_t mutex;
static uv_rwlock_t rwlock;
static uv_cond_t cond;
static uv_sem_t sem;
static uv_barrier_t barrier;
static uv_key_t key;
static int turns;

static void turn_take(void* arg) {
  (void)arg; /* there is nothing to pass */
  uv_mutex_lock(&mutex);
  turns++;
  uv_cond_signal(&cond);
  uv_mutex_unlock(&mutex);
}

static void turns_await(int count) {
  uv_mutex_lock(&mutex);
  while (turns < count) {
    uv_cond_wait(&cond, &mutex);
  }
  uv_mutex_unlock(&mutex);
}

static void thread_with_turns(void) {
  uv_thread_options_t options = {UV_THREAD_HAS_STACK_SIZE, 1 << 18};
  uv_thread_t thread;
  int count = 0;

  turns = 0;
  if (works(uv_thread_create(&thread, turn_take, NULL))) {
    turns_await(++count);
    CHECK(uv_thread_join(&thread) == 0);
  }
  if (works(uv_thread_create_ex(&thread, &options, turn_take, NULL))) {
    turns_await(++count);
    CHECK(uv_thread_join(&thread) == 0);
  }
}

static void rest_of_the_primitives(void) {
  if (works(uv_rwlock_init(&rwlock))) {
    uv_rwlock_wrlock(&rwlock);
    uv_rwlock_wrunlock(&rwlock);
    uv_rwlock_destroy(&rwlock);
  }
  if (works(uv_sem_init(&sem, 1))) {
    uv_sem_wait(&sem);
    CHECK(uv_sem_trywait(&sem) == UV_EAGAIN);
    uv_sem_destroy(&sem);
  }
  if (works(uv_barrier_init(&barrier, 1))) {
    CHECK(uv_barrier_wait(&barrier) == 1);
    uv_barrier_destroy(&barrier);
  }
  if (works(uv_key_create(&key))) {
    uv_key_set(&key, &key);
    CHECK(uv_key_get(&key) == &key);
    uv_key_delete(&key);
  }
  if (works(uv_mutex_init_recursive(&mutex))) {
    uv_mutex_lock(&mutex);
    CHECK(uv_mutex_trylock(&mutex) == 0);
    uv_mutex_unlock(&mutex);
    uv_mutex_unlock(&mutex);
    uv_mutex_destroy(&mutex);
  }
}

static void threads_and_primitives(void) {
  rest_of_the_primitives();
  if (!works(uv_mutex_init(&mutex))) {
    return;
  }
  if (works(uv_cond_init(&cond))) {
    thread_with_turns();
    uv_cond_destroy(&cond);
  }
  uv_mutex_destroy(&mutex);
}

static void test_threads_and_primitives_are_made_or_are_not(void** state) {
  (void)state;
  sweep(threads_and_primitives, "pthread_create");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_async_is_called_or_was_refused),
    cmocka_unit_test(test_closed_async_is_not_called),
    cmocka_unit_test(test_loop_within_a_loop_hears_of_every_async),
    cmocka_unit_test(test_every_piece_of_work_is_done_or_was_refused),
    cmocka_unit_test(test_pool_that_could_not_begin_begins_later),
    cmocka_unit_test(test_threads_and_primitives_are_made_or_are_not),
};

GY_TEST_MAIN(tests)
