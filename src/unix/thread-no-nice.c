/* thread-no-nice.c - for systems where only a process can be nice.
 *
 * That is POSIX. Their scheduling policies have priorities for threads, so
 * that these are asked for only where a policy has one priority. */
#include "unix/thread.h"

int gy_thread_get_nice(uv_thread_t tid, int* nice) {
  (void)tid;
  (void)nice;
  return UV_ENOTSUP;
}

int gy_thread_set_nice(uv_thread_t tid, int nice) {
  (void)tid;
  (void)nice;
  return UV_ENOTSUP;
}
