/* metrics.c - what a loop counts: turns, events, and time asleep. */
#include "core.h"

uint64_t gy_metrics_idle_begin(gy_loop_t* state) {
  uint64_t began = state->clock();

  atomic_store_explicit(&state->shared.asleep_at, began, memory_order_release);
  return began;
}

void gy_metrics_idle_end(gy_loop_t* state, uint64_t began) {
  /* First the mark, then the sum: who reads in between misses the sleep for a
   * moment, where the other order would count it twice. */
  atomic_store_explicit(&state->shared.asleep_at, 0, memory_order_release);
  atomic_fetch_add_explicit(&state->shared.idle_ns, gy_loop_now(state) - began,
                            memory_order_release);
}

uint64_t uv_metrics_idle_time(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  /* The sum first: a sleep that ends in between is then missed for a moment,
   * where the other order would count it twice. */
  uint64_t total =
      atomic_load_explicit(&state->shared.idle_ns, memory_order_acquire);
  uint64_t began =
      atomic_load_explicit(&state->shared.asleep_at, memory_order_acquire);
  uint64_t now;

  if (began == 0) {
    return total;
  }
  now = state->clock();
  return now > began ? total + (now - began) : total;
}

int uv_metrics_info(uv_loop_t* loop, uv_metrics_t* metrics) {
  if (loop == NULL || metrics == NULL) {
    return UV_EINVAL;
  }
  *metrics = gy_loop(loop)->metrics;
  return 0;
}
