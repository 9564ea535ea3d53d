/* thread-no-affinity.c - for systems that tell nobody about their CPUs.
 *
 * macOS, OpenBSD and others let no program choose where a thread runs. */
#include "unix/thread.h"

int gy_thread_mask_size(void) {
  return UV_ENOTSUP;
}

int gy_thread_get_affinity(uv_thread_t tid, char* mask) {
  (void)tid;
  (void)mask;
  return UV_ENOTSUP;
}

int gy_thread_set_affinity(uv_thread_t tid, const char* mask) {
  (void)tid;
  (void)mask;
  return UV_ENOTSUP;
}

int gy_thread_cpu(void) {
  return UV_ENOTSUP;
}
