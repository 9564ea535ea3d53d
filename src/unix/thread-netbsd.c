/* thread-netbsd.c - threads on NetBSD: names and affinity.
 *
 * A set of CPUs is of no fixed size there and is allocated. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "fault.h"
#include "unix/thread.h"

const bool gy_thread_obeys_stack_limit = false;

/* ---- affinity ----------------------------------------------------------- */

int gy_thread_mask_size(void) {
  long count = sysconf(_SC_NPROCESSORS_CONF);
  return count < 1 ? UV_ENOTSUP : (int)count;
}

int gy_thread_get_affinity(uv_thread_t tid, char* mask) {
  cpuset_t* set = cpuset_create();
  int size = gy_thread_mask_size();
  int err;

  if (set == NULL)
    return UV_ENOMEM;
  if ((err = GY_FAULT("pthread_getaffinity_np")) == 0)
    err = pthread_getaffinity_np(tid, cpuset_size(set), set);
  for (int cpu = 0; err == 0 && cpu < size; cpu++)
    mask[cpu] = cpuset_isset((cpuid_t)cpu, set) > 0 ? 1 : 0;
  cpuset_destroy(set);
  return -err;
}

int gy_thread_set_affinity(uv_thread_t tid, const char* mask) {
  cpuset_t* set = cpuset_create();
  int size = gy_thread_mask_size();
  int err;

  if (set == NULL)
    return UV_ENOMEM;
  for (int cpu = 0; cpu < size; cpu++) {
    /* It fails on a CPU that does not exist, and none of these is. */
    if (mask[cpu] != 0)
      (void)cpuset_set((cpuid_t)cpu, set);
  }
  if ((err = GY_FAULT("pthread_setaffinity_np")) == 0)
    err = pthread_setaffinity_np(tid, cpuset_size(set), set);
  cpuset_destroy(set);
  return -err;
}

int gy_thread_cpu(void) {
  return UV_ENOTSUP;
}

/* ---- names -------------------------------------------------------------- */

int gy_thread_set_name(const char* name) {
  char cut[PTHREAD_MAX_NAMELEN_NP];
  int err;

  gy_thread_copy_name(cut, sizeof(cut), name);
  if ((err = GY_FAULT("pthread_setname_np")) == 0)
    err = pthread_setname_np(pthread_self(), "%s", cut);
  return -err;
}

int gy_thread_get_name(uv_thread_t tid, char* name, size_t size) {
  char whole[PTHREAD_MAX_NAMELEN_NP];
  int err;

  if ((err = GY_FAULT("pthread_getname_np")) == 0)
    err = pthread_getname_np(tid, whole, sizeof(whole));
  if (err != 0)
    return -err;
  gy_thread_copy_name(name, size, whole);
  return 0;
}
