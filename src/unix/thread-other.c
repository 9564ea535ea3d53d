/* thread-other.c - threads that have no names: AIX, SunOS and the unknown. */
#include "unix/thread.h"

const bool gy_thread_obeys_stack_limit = false;

int gy_thread_set_name(const char* name) {
  (void)name;
  return UV_ENOTSUP;
}

int gy_thread_get_name(uv_thread_t tid, char* name, size_t size) {
  (void)tid;
  (void)name;
  (void)size;
  return UV_ENOTSUP;
}
