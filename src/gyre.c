/* gyre.c - the front desk of gyre.h. */
#include "gyre.h"

#include "core.h"

const char* gyre_poller_name(size_t index) {
  const gy_poller_ops_t* ops = gy_poller_at(index);

  return ops != NULL ? ops->name : NULL;
}

const char* gyre_loop_poller(const uv_loop_t* loop) {
  return loop != NULL ? gy_loop(loop)->poller->ops->name : NULL;
}

int gyre_loop_set_poller(uv_loop_t* loop, const char* name) {
  const gy_poller_ops_t* ops;

  if (loop == NULL || name == NULL) {
    return UV_EINVAL;
  }
  ops = gy_poller_find(name);
  if (ops == NULL) {
    return UV_EINVAL;
  }
  if (!gy_queue_empty(&loop->handle_queue) || loop->active_reqs.count > 0) {
    return UV_EBUSY;
  }
  /* Whoever posted last may still be inside the poller's wake(). */
  gy_wake_drain(gy_loop(loop));
  return gy_loop_set_poller(loop, ops);
}

int gyre_loop_set_file_fast_path(uv_loop_t* loop, int enabled) {
  if (loop == NULL) {
    return UV_EINVAL;
  }
  gy_loop(loop)->files.off = !enabled;
  return 0;
}

int gyre_loop_set_stream_batching(uv_loop_t* loop, int enabled) {
  if (loop == NULL) {
    return UV_EINVAL;
  }
  gy_loop(loop)->streams_off = !enabled;
  return 0;
}
