/* async.c - handles that any thread may send to.
 *
 * A send marks the handle and, if it was not marked, posts it; see wake.c. So
 * a turn of the loop touches the handles that were sent to and no others.
 *
 * Closing has to reckon with a thread that has marked the handle and not yet
 * posted it. It is a few instructions from doing so, and is waited for. */
#include "core.h"
#include "kinds.h"
#include "platform.h"

/* Bits of uv_async_t.state, an atomic. */
enum {
  PENDING = 1, /* sent, and its callback has not begun */
  CLOSED = 2,  /* sends do nothing */
  LINKED = 4   /* in the loop's own list: loop thread only */
};

/* The public header cannot say _Atomic, which C++ does not know. */
static atomic_uint* state_of(uv_async_t* async) {
  return (atomic_uint*)&async->state;
}

void gy_async_init(gy_loop_t* state) {
  state->async_first = NULL;
  state->async_last = NULL;
}

/* The loop's own list: from the oldest to the newest. */
static void list_append(gy_loop_t* state, uv_async_t* async) {
  async->next = NULL;
  async->prev = state->async_last;
  if (async->prev != NULL) {
    async->prev->next = async;
  } else {
    state->async_first = async;
  }
  state->async_last = async;
  atomic_fetch_or_explicit(state_of(async), LINKED, memory_order_relaxed);
}

static void list_remove(gy_loop_t* state, uv_async_t* async) {
  if (async->prev != NULL) {
    async->prev->next = async->next;
  } else {
    state->async_first = async->next;
  }
  if (async->next != NULL) {
    async->next->prev = async->prev;
  } else {
    state->async_last = async->prev;
  }
  atomic_fetch_and_explicit(state_of(async), ~(unsigned)LINKED,
                            memory_order_relaxed);
}

/* Move what was posted to the loop's own list. */
static void collect(gy_loop_t* state) {
  uv_async_t* newest;
  uv_async_t* oldest = NULL;

  if (atomic_load_explicit(&state->shared.asyncs, memory_order_relaxed) ==
      NULL) {
    return;
  }
  /* Pairs with the compare-and-swap of gy_wake_post_async(). */
  newest = atomic_exchange_explicit(&state->shared.asyncs, NULL,
                                    memory_order_acquire);
  while (newest != NULL) {
    uv_async_t* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest != NULL) {
    uv_async_t* next = oldest->next;
    list_append(state, oldest);
    oldest = next;
  }
}

int uv_async_init(uv_loop_t* loop, uv_async_t* async, uv_async_cb async_cb) {
  int err;

  if (loop == NULL || async == NULL) {
    return UV_EINVAL;
  }
  err = gy_wake_enable(loop);
  if (err != 0) {
    return err;
  }
  gy_handle_init(loop, (uv_handle_t*)async, UV_ASYNC);
  async->async_cb = async_cb;
  async->next = NULL;
  async->prev = NULL;
  atomic_init(state_of(async), 0);
  gy_handle_start((uv_handle_t*)async);
  return 0;
}

int uv_async_send(uv_async_t* async) {
  unsigned was;

  if (async == NULL) {
    return UV_EINVAL;
  }
  /* Release: the callback sees what was written before the send. That takes a
   * read-modify-write even when PENDING is set already; a plain look could be
   * answered before those writes are out, and the callback miss them. */
  was =
      atomic_fetch_or_explicit(state_of(async), PENDING, memory_order_acq_rel);
  if (was & (PENDING | CLOSED)) {
    return 0;
  }
  gy_wake_post_async(async->loop, async);
  return 0;
}

unsigned gy_async_run(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  uv_async_t* async;
  unsigned any;

  /* A callback may close any of them. What is sent meanwhile waits for the next
   * turn, unless a callback closes a handle: that collects, too. */
  collect(state);
  any = state->async_first != NULL;
  while ((async = state->async_first) != NULL) {
    list_remove(state, async);
    atomic_fetch_and_explicit(state_of(async), ~(unsigned)PENDING,
                              memory_order_acq_rel);
    if (async->async_cb != NULL) {
      async->async_cb(async);
    }
  }
  return any;
}

static void async_close(uv_handle_t* handle) {
  uv_async_t* async = (uv_async_t*)handle;
  gy_loop_t* state = gy_loop(handle->loop);
  unsigned was = atomic_fetch_or(state_of(async), CLOSED);

  gy_handle_stop(handle);
  if (was & PENDING) {
    collect(state);
    while (!(atomic_load(state_of(async)) & LINKED)) {
      gy_platform_yield();
      collect(state);
    }
    list_remove(state, async);
  }
  gy_handle_closed(handle);
}

/* In the child the other threads are gone, some perhaps in mid-send. */
void gy_async_after_fork(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);

  atomic_store(&state->shared.posters, 0);
  atomic_store(&state->shared.sleep, GY_SLEEP_NO);
  collect(state);
}

/* A handle that a thread had marked and not yet posted is posted for it. */
static void async_after_fork(uv_handle_t* handle) {
  uv_async_t* async = (uv_async_t*)handle;
  unsigned now = atomic_load(state_of(async));

  if ((now & PENDING) && !(now & (LINKED | CLOSED))) {
    list_append(gy_loop(handle->loop), async);
  }
}

const gy_handle_kind_t gy_async_kind = {
    "async", sizeof(uv_async_t), async_close, async_after_fork, NULL, NULL};
