/* host-other.c - the machine and this process on a Unix that nothing more is
 * known of: what POSIX tells, and what nearly every system has beyond that. The
 * rest is 0, or UV_ENOSYS. */
#include <unistd.h>

#include "../platform.h"
#include "rusage.h"
#include "sys-self.h"

/* ---- memory ---------------------------------------------------------------
 */

#if defined(_SC_PHYS_PAGES)

static uint64_t pages_read(void) {
  long pages = gy_sys_sysconf(_SC_PHYS_PAGES);

  return pages > 0 ? (uint64_t)pages : 0;
}

#else

static uint64_t pages_read(void) {
  return 0;
}

#endif

uint64_t gy_platform_memory_total(void) {
  long size = gy_sys_sysconf(_SC_PAGESIZE);

  return size > 0 ? pages_read() * (uint64_t)size : 0;
}

uint64_t gy_platform_memory_free(void) {
  return 0;
}

uint64_t gy_platform_memory_limit(void) {
  rlim_t data = gy_sys_rlimit(RLIMIT_DATA);

  return data != RLIM_INFINITY ? (uint64_t)data : 0;
}

uint64_t gy_platform_memory_left(void) {
  return gy_platform_memory_free();
}

int gy_platform_resident(size_t* rss) {
  (void)rss;
  return UV_ENOSYS;
}

/* ---- processors -----------------------------------------------------------
 */

#if defined(_SC_NPROCESSORS_ONLN)

unsigned gy_platform_parallelism(void) {
  long count = gy_sys_sysconf(_SC_NPROCESSORS_ONLN);

  return count > 0 ? (unsigned)count : 0;
}

#else

unsigned gy_platform_parallelism(void) {
  return 0;
}

#endif

/* How many there are is known, and nothing else. */
int gy_platform_cpus(uv_cpu_info_t** cpus, int* count) {
  unsigned number = gy_platform_parallelism();
  uv_cpu_info_t* made;

  if (number == 0) {
    return UV_ENOSYS;
  }
  made = gy_calloc(number, sizeof(*made));
  if (made == NULL) {
    return UV_ENOMEM;
  }
  for (unsigned i = 0; i < number; i++) {
    made[i].model = "unknown";
  }
  *cpus = made;
  *count = (int)number;
  return 0;
}

/* ---- this process ---------------------------------------------------------
 */

int gy_platform_uptime(double* uptime) {
  (void)uptime;
  return UV_ENOSYS;
}

int gy_platform_rusage(uv_rusage_t* rusage) {
  struct rusage usage;
  int err = gy_sys_getrusage(RUSAGE_SELF, &usage);

  if (err == 0) {
    gy_rusage_give(&usage, 1, rusage);
  }
  return err;
}

#if defined(RUSAGE_THREAD)

int gy_platform_rusage_thread(uv_rusage_t* rusage) {
  struct rusage usage;
  int err = gy_sys_getrusage(RUSAGE_THREAD, &usage);

  if (err == 0) {
    gy_rusage_give(&usage, 1, rusage);
  }
  return err;
}

#else

int gy_platform_rusage_thread(uv_rusage_t* rusage) {
  (void)rusage;
  return UV_ENOTSUP;
}

#endif

int gy_platform_exepath(char* path, size_t size) {
  (void)path;
  (void)size;
  return UV_ENOSYS;
}
