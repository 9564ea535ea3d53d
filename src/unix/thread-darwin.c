/* thread-darwin.c - threads on macOS: names, and stacks like the main one's. */
#include <pthread.h>

#include "fault.h"
#include "unix/thread.h"

enum {
  NAME_SIZE = 64
}; /* MAXTHREADNAMESIZE of <sys/proc_info.h> */

const bool gy_thread_obeys_stack_limit = true;

int gy_thread_set_name(const char* name) {
  char cut[NAME_SIZE];
  int err;

  gy_thread_copy_name(cut, sizeof(cut), name);
  if ((err = GY_FAULT("pthread_setname_np")) == 0)
    err = pthread_setname_np(cut);
  return -err;
}

int gy_thread_get_name(uv_thread_t tid, char* name, size_t size) {
  char whole[NAME_SIZE];
  int err;

  if ((err = GY_FAULT("pthread_getname_np")) == 0)
    err = pthread_getname_np(tid, whole, sizeof(whole));
  if (err != 0)
    return -err;
  gy_thread_copy_name(name, size, whole);
  return 0;
}
