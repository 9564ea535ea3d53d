/* wake.c - how other threads reach a loop.
 *
 * Two lock-free stacks, of asyncs and of finished work, and one word that says
 * whether the loop sleeps. A thread that posts makes a system call only when
 * the loop sleeps, so a busy loop is posted to for some atomic operations.
 *
 * The word is a handshake of the store-then-look kind: the loop says that it
 * sleeps and then looks at the stacks, a poster pushes and then looks at the
 * word. Both are sequentially consistent, so one of the two sees the other.
 *
 * The exception is a loop whose backend fd was given away: a foreign loop may
 * be asleep on it, which nobody here can know, so each first post wakes. */
#include "core.h"
#include "platform.h"

int gy_wake_enable(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  int err;

  if (state->wake_enabled) {
    return 0;
  }
  err = state->poller->ops->enable_wake(state->poller);
  if (err != 0) {
    return err;
  }
  state->wake_enabled = true;
  return 0;
}

bool gy_wake_has_posts(const gy_loop_t* state) {
  return atomic_load(&state->shared.asyncs) != NULL ||
         atomic_load(&state->shared.done) != NULL ||
         state->async_first != NULL || atomic_load(&state->shared.signalled);
}

bool gy_wake_begin_sleep(gy_loop_t* state) {
  atomic_store(&state->shared.sleep, GY_SLEEP_YES);
  if (!gy_wake_has_posts(state)) {
    return true;
  }
  atomic_store(&state->shared.sleep, GY_SLEEP_NO);
  return false;
}

void gy_wake_end_sleep(gy_loop_t* state) {
  atomic_store_explicit(&state->shared.sleep, GY_SLEEP_NO,
                        memory_order_relaxed);
}

/* Something was posted, to a stack that |was_empty|. Does the loop sleep, and
 * is the caller to wake it? */
static bool sleeper_is_ours(gy_loop_t* state, bool was_empty) {
  int sleeping = GY_SLEEP_YES;

  if (atomic_load(&state->shared.foreign)) {
    return was_empty; /* Else who posted first wakes it. */
  }
  return atomic_load(&state->shared.sleep) == GY_SLEEP_YES &&
         atomic_compare_exchange_strong(&state->shared.sleep, &sleeping,
                                        GY_SLEEP_WOKEN);
}

static void wake(gy_loop_t* state) {
  /* It can fail only when the descriptor is gone, and with it the loop. */
  (void)state->poller->ops->wake(state->poller);
}

void gy_wake_post_async(uv_loop_t* loop, uv_async_t* async) {
  gy_loop_t* state = gy_loop(loop);
  uv_async_t* head;

  atomic_fetch_add(&state->shared.posters, 1);
  head = atomic_load_explicit(&state->shared.asyncs, memory_order_relaxed);
  do {
    async->next = head;
  } while (!atomic_compare_exchange_weak(&state->shared.asyncs, &head, async));
  if (sleeper_is_ours(state, head == NULL)) {
    wake(state);
  }
  atomic_fetch_sub(&state->shared.posters, 1);
}

bool gy_wake_push_work(uv_loop_t* loop, gy_work_t* work) {
  gy_loop_t* state = gy_loop(loop);
  gy_work_t* head;

  head = atomic_load_explicit(&state->shared.done, memory_order_relaxed);
  do {
    work->next = head;
  } while (!atomic_compare_exchange_weak(&state->shared.done, &head, work));
  if (!sleeper_is_ours(state, head == NULL)) {
    return false;
  }
  atomic_fetch_add(&state->shared.posters, 1);
  return true;
}

void gy_wake_pushed(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);

  wake(state);
  atomic_fetch_sub(&state->shared.posters, 1);
}

void gy_wake_post_work(uv_loop_t* loop, gy_work_t* work) {
  if (gy_wake_push_work(loop, work)) {
    gy_wake_pushed(loop);
  }
}

void gy_wake_post_signal(gy_loop_t* state) {
  bool was_empty = !atomic_exchange(&state->shared.signalled, true);

  /* The caller sees to it that the loop stays; see gy_signal_deliver(). */
  if (!atomic_load(&state->shared.forked) &&
      sleeper_is_ours(state, was_empty)) {
    wake(state);
  }
}

gy_work_t* gy_wake_take_work(gy_loop_t* state) {
  gy_work_t* newest;
  gy_work_t* oldest = NULL;

  if (atomic_load_explicit(&state->shared.done, memory_order_relaxed) == NULL) {
    return NULL;
  }
  newest =
      atomic_exchange_explicit(&state->shared.done, NULL, memory_order_acquire);
  while (newest != NULL) {
    gy_work_t* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

void gy_wake_drain(gy_loop_t* state) {
  gy_pool_drain();
  while (atomic_load(&state->shared.posters) != 0) {
    gy_platform_yield();
  }
}
