/* no-signal.c - what the core names of signals, which this version of Gyre has
 * not on Windows: the kind, so that its name and size can be asked for, and
 * telling of those that were caught, of which there are none. */
#include "../kinds.h"

const gy_handle_kind_t gy_signal_kind = {.name = "signal",
                                         .size = sizeof(uv_signal_t)};

unsigned gy_signals_run(uv_loop_t* loop) {
  (void)loop;
  return 0;
}

void gy_signals_after_fork(uv_loop_t* loop) {
  (void)loop;
}
