/* thread-freebsd.c - threads on FreeBSD: names, affinity and CPU.
 *
 * RLIMIT_STACK is half a gigabyte there, the threads' own 2 MB are better. */
#include <errno.h>
#include <pthread.h>
#include <pthread_np.h>
#include <sched.h>
#include <sys/param.h>
#include <sys/cpuset.h>

#include "fault.h"
#include "unix/thread.h"

const bool gy_thread_obeys_stack_limit = false;

/* ---- affinity ----------------------------------------------------------- */

int gy_thread_mask_size(void) {
  return CPU_SETSIZE;
}

int gy_thread_get_affinity(uv_thread_t tid, char* mask) {
  cpuset_t set;
  int err;

  CPU_ZERO(&set);
  if ((err = GY_FAULT("pthread_getaffinity_np")) == 0)
    err = pthread_getaffinity_np(tid, sizeof(set), &set);
  if (err != 0)
    return -err;
  for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
    mask[cpu] = CPU_ISSET(cpu, &set) ? 1 : 0;
  return 0;
}

int gy_thread_set_affinity(uv_thread_t tid, const char* mask) {
  cpuset_t set;
  int err;

  CPU_ZERO(&set);
  for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (mask[cpu] != 0)
      CPU_SET(cpu, &set);
  }
  if ((err = GY_FAULT("pthread_setaffinity_np")) == 0)
    err = pthread_setaffinity_np(tid, sizeof(set), &set);
  return -err;
}

int gy_thread_cpu(void) {
  int cpu = sched_getcpu();
  return cpu < 0 ? -errno : cpu;
}

/* ---- names -------------------------------------------------------------- */

int gy_thread_set_name(const char* name) {
  pthread_set_name_np(pthread_self(), name);
  return 0;
}

int gy_thread_get_name(uv_thread_t tid, char* name, size_t size) {
  pthread_get_name_np(tid, name, size);
  return 0;
}
