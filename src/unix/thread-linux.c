/* thread-linux.c - threads on Linux: names, affinity, CPU and nice value. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include "fault.h"
#include "unix/thread.h"

enum {
  NAME_SIZE = 16, /* TASK_COMM_LEN of the kernel: 15 bytes and a NUL */
  /* A CPU-time clock says in its lowest three bits what it measures: here the
   * time on the processor of one thread, whose id makes up all other bits. */
  CLOCK_KIND_BITS = 3,
  CLOCK_KIND_MASK = (1 << CLOCK_KIND_BITS) - 1,
  CLOCK_KIND_THREAD = 6
};

const bool gy_thread_obeys_stack_limit = true;

/* ---- affinity ----------------------------------------------------------- */

int gy_thread_mask_size(void) {
  return CPU_SETSIZE;
}

int gy_thread_get_affinity(uv_thread_t tid, char* mask) {
  cpu_set_t set;
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
  cpu_set_t set;
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
  int err = GY_FAULT("sched_getcpu");
  int cpu;

  if (err != 0)
    return -err;
  cpu = sched_getcpu();
  return cpu < 0 ? -errno : cpu;
}

/* ---- names -------------------------------------------------------------- */

int gy_thread_set_name(const char* name) {
  char cut[NAME_SIZE];
  int err;

  gy_thread_copy_name(cut, sizeof(cut), name);
  if ((err = GY_FAULT("pthread_setname_np")) == 0)
    err = pthread_setname_np(pthread_self(), cut);
  return -err;
}

int gy_thread_get_name(uv_thread_t tid, char* name, size_t size) {
  /* glibc refuses a smaller buffer, even if the name would fit. */
  char whole[NAME_SIZE];
  int err;

  if ((err = GY_FAULT("pthread_getname_np")) == 0)
    err = pthread_getname_np(tid, whole, sizeof(whole));
  if (err != 0)
    return -err;
  gy_thread_copy_name(name, size, whole);
  return 0;
}

/* ---- nice values -------------------------------------------------------- */

/* The kernel's id of |tid| in |id|: on Linux every thread has a nice value of
 * its own, and setpriority(2) finds a thread by that id.
 *
 * No C library older than glibc 2.42 tells it, but its CPU-time clock holds it,
 * in a form that kernel and C library have to agree on (posix-timers.h). */
static int thread_kernel_id(uv_thread_t tid, id_t* id) {
  clockid_t clock;
  int err;

  if ((err = GY_FAULT("pthread_getcpuclockid")) == 0)
    err = pthread_getcpuclockid(tid, &clock);
  if (err != 0)
    return -err;
  if ((clock & CLOCK_KIND_MASK) != CLOCK_KIND_THREAD)
    return UV_ENOTSUP;
  /* The id is there with all its bits turned, which makes it negative. */
  *id = (id_t)(~clock >> CLOCK_KIND_BITS);
  /* musl answers 0 for a thread that has ended, glibc fails. 0 would mean the
   * calling thread. */
  return *id == 0 ? UV_ESRCH : 0;
}

int gy_thread_get_nice(uv_thread_t tid, int* nice) {
  id_t id;
  int err = thread_kernel_id(tid, &id);
  int value;

  if (err != 0)
    return err;
  if ((err = GY_FAULT("getpriority")) != 0)
    return -err;
  /* -1 is a nice value, too. */
  errno = 0;
  value = getpriority(PRIO_PROCESS, id);
  if (value == -1 && errno != 0)
    return -errno;
  *nice = value;
  return 0;
}

int gy_thread_set_nice(uv_thread_t tid, int nice) {
  id_t id;
  int err = thread_kernel_id(tid, &id);

  if (err != 0)
    return err;
  if ((err = GY_FAULT("setpriority")) == 0 &&
      setpriority(PRIO_PROCESS, id, nice) != 0)
    err = errno;
  return -err;
}
