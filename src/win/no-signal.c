/* no-signal.c - what the core names of signals and processes, which this
 * version of Gyre has not on Windows: the kinds, so that names and sizes can be
 * asked for, and what is to be done about those there are, which is none. */
#include "../kinds.h"
#include "../platform.h"

const gy_handle_kind_t gy_signal_kind = {.name = "signal",
                                         .size = sizeof(uv_signal_t)};
const gy_handle_kind_t gy_process_kind = {.name = "process",
                                          .size = sizeof(uv_process_t)};

unsigned gy_signals_run(uv_loop_t* loop) {
  (void)loop;
  return 0;
}

void gy_signals_after_fork(uv_loop_t* loop) {
  (void)loop;
}

void gy_platform_processes_after_fork(uv_loop_t* loop) {
  (void)loop;
}

void gy_platform_processes_close(uv_loop_t* loop) {
  (void)loop;
}
