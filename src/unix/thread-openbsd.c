/* thread-openbsd.c - names of threads on OpenBSD and DragonFly.
 *
 * Their functions cut a name themselves and cannot fail. */
#include <pthread.h>
#include <pthread_np.h>

#include "unix/thread.h"

const bool gy_thread_obeys_stack_limit = false;

int gy_thread_set_name(const char* name) {
  pthread_set_name_np(pthread_self(), name);
  return 0;
}

int gy_thread_get_name(uv_thread_t tid, char* name, size_t size) {
  pthread_get_name_np(tid, name, size);
  return 0;
}
