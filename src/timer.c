/* timer.c - timers: the public side of the wheel. */
#include "core.h"
#include "kinds.h"

static uv_timer_t* timer_of(gy_wheel_node_t* node) {
  return GY_CONTAINER_OF(node, uv_timer_t, node);
}

/* The last time there is, in ns: 584 years from the clock's beginning. */
#define LAST (GY_WHEEL_NEVER - 1)

/* |timeout| ms from |now|, in ns. What is too far to count is LAST: 292 years,
 * so that the sum cannot overflow on any clock of the next 292. */
static uint64_t due_after(uint64_t now, uint64_t timeout) {
  return timeout > INT64_MAX / GY_NS_PER_MS ? LAST
                                            : now + timeout * GY_NS_PER_MS;
}

static void timer_arm(uv_timer_t* timer, uint64_t timeout) {
  gy_loop_t* state = gy_loop(timer->loop);

  gy_wheel_file(&state->timers, &timer->node,
                due_after(gy_loop_now(state), timeout));
}

int uv_timer_init(uv_loop_t* loop, uv_timer_t* timer) {
  if (loop == NULL || timer == NULL) {
    return UV_EINVAL;
  }
  gy_handle_init(loop, (uv_handle_t*)timer, UV_TIMER);
  timer->timer_cb = NULL;
  timer->repeat = 0;
  gy_wheel_node_init(&timer->node);
  return 0;
}

void gy_timer_init_inner(uv_loop_t* loop, uv_timer_t* timer) {
  timer->loop = loop;
  timer->type = UV_TIMER;
  timer->flags = GY_HANDLE_INTERNAL;
  timer->timer_cb = NULL;
  timer->repeat = 0;
  gy_wheel_node_init(&timer->node);
}

void gy_timer_end_inner(uv_timer_t* timer) {
  gy_wheel_remove(&gy_loop(timer->loop)->timers, &timer->node);
}

/* All of uv_timer_start(); out of line, so that its short way below needs no
 * registers saved. */
__attribute__((noinline)) static int timer_start(uv_timer_t* timer,
                                                 uv_timer_cb cb,
                                                 uint64_t timeout,
                                                 uint64_t repeat) {
  if (timer == NULL || cb == NULL) {
    return UV_EINVAL;
  }
  if (!gy_wheel_is_set(&timer->node)) {
    if (uv_is_closing((uv_handle_t*)timer)) {
      return UV_EINVAL;
    }
    gy_handle_start((uv_handle_t*)timer);
  }
  timer->timer_cb = cb;
  timer->repeat = repeat;
  timer_arm(timer, timeout);
  return 0;
}

int uv_timer_start(uv_timer_t* timer, uv_timer_cb cb, uint64_t timeout,
                   uint64_t repeat) {
  gy_loop_t* state;
  uint64_t due;

  if (timer != NULL && cb != NULL && gy_wheel_is_set(&timer->node)) {
    /* The idle time-out of a connection: armed, and put off once more. */
    state = gy_loop(timer->loop);
    due = due_after(state->now, timeout);
    if (!state->now_stale && gy_wheel_can_postpone(&timer->node, due)) {
      timer->timer_cb = cb;
      timer->repeat = repeat;
      gy_wheel_postpone(&state->timers, &timer->node, due);
      return 0;
    }
  }
  return timer_start(timer, cb, timeout, repeat);
}

int uv_timer_stop(uv_timer_t* timer) {
  if (timer == NULL) {
    return UV_EINVAL;
  }
  if (gy_wheel_is_set(&timer->node)) {
    gy_wheel_unset(&gy_loop(timer->loop)->timers, &timer->node);
    gy_handle_stop((uv_handle_t*)timer);
  }
  return 0;
}

int uv_timer_again(uv_timer_t* timer) {
  if (timer == NULL || timer->timer_cb == NULL ||
      uv_is_closing((uv_handle_t*)timer)) {
    return UV_EINVAL;
  }
  if (timer->repeat != 0) {
    timer_arm(timer, timer->repeat);
    gy_handle_start((uv_handle_t*)timer);
  }
  return 0;
}

void uv_timer_set_repeat(uv_timer_t* timer, uint64_t repeat) {
  timer->repeat = repeat;
}

uint64_t uv_timer_get_repeat(const uv_timer_t* timer) {
  return timer->repeat;
}

uint64_t gy_timers_due_in(gy_loop_t* state, uint64_t due) {
  uint64_t now = gy_loop_now(state);
  uint64_t rest;

  if (due <= now) {
    return 0;
  }
  due = due >= LAST ? UINT64_MAX : due / GY_NS_PER_MS;
  rest = due - now / GY_NS_PER_MS;
  return rest > 0 ? rest : 1;
}

uint64_t uv_timer_get_due_in(const uv_timer_t* timer) {
  return gy_timers_due_in(gy_loop(timer->loop), timer->node.due);
}

bool gy_timers_run(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  gy_wheel_node_t* node;

  if (state->timers.armed == 0) {
    state->now_stale = true; /* Nobody needs the time yet. */
    return false;
  }
  gy_loop_refresh(state);
  gy_wheel_expire(&state->timers, state->now);
  while ((node = gy_wheel_take(&state->timers)) != NULL) {
    uv_timer_t* timer = timer_of(node);
    state->timers_ran = state->now;
    if (timer->repeat != 0) {
      timer_arm(timer, timer->repeat);
    } else {
      gy_handle_stop_on(loop, (uv_handle_t*)timer);
    }
    timer->timer_cb(timer);
  }
  return false;
}

static void timer_close(uv_handle_t* handle) {
  uv_timer_t* timer = (uv_timer_t*)handle;

  gy_wheel_remove(&gy_loop(handle->loop)->timers, &timer->node);
  gy_handle_stop(handle);
  gy_handle_closed(handle);
}

const gy_handle_kind_t gy_timer_kind = {
    "timer", sizeof(uv_timer_t), timer_close, NULL, NULL, NULL};
