/* host.c - the machine: its clocks, memory, processors and name; the checks. */
#include <string.h>

#include "core.h"
#include "give.h"
#include "platform.h"

/* ---- clocks -------------------------------------------------------------- */

int uv_clock_gettime(uv_clock_id clock_id, uv_timespec64_t* ts) {
  if (ts == NULL ||
      (clock_id != UV_CLOCK_MONOTONIC && clock_id != UV_CLOCK_REALTIME)) {
    return UV_EINVAL;
  }
  return gy_platform_clock_get(clock_id, ts);
}

int uv_gettimeofday(uv_timeval64_t* tv) {
  uv_timespec64_t now;
  int err =
      tv == NULL ? UV_EINVAL : gy_platform_clock_get(UV_CLOCK_REALTIME, &now);

  if (err == 0) {
    tv->tv_sec = now.tv_sec;
    tv->tv_usec = now.tv_nsec / 1000;
  }
  return err;
}

int uv_uptime(double* uptime) {
  return uptime == NULL ? UV_EINVAL : gy_platform_uptime(uptime);
}

/* ---- memory -------------------------------------------------------------- */

uint64_t uv_get_total_memory(void) {
  return gy_platform_memory_total();
}

uint64_t uv_get_free_memory(void) {
  return gy_platform_memory_free();
}

uint64_t uv_get_constrained_memory(void) {
  return gy_platform_memory_limit();
}

uint64_t uv_get_available_memory(void) {
  return gy_platform_memory_left();
}

/* ---- processors ---------------------------------------------------------- */

void uv_loadavg(double* avg) {
  if (avg != NULL) {
    gy_platform_loadavg(avg);
  }
}

unsigned int uv_available_parallelism(void) {
  unsigned count = gy_platform_parallelism();

  return count > 0 ? count : 1;
}

int uv_cpu_info(uv_cpu_info_t** cpu_infos, int* count) {
  if (cpu_infos == NULL || count == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_cpus(cpu_infos, count);
}

void uv_free_cpu_info(uv_cpu_info_t* cpu_infos, int count) {
  (void)count; /* It is one allocation, however many there are. */
  gy_free(cpu_infos);
}

/* ---- names --------------------------------------------------------------- */

int uv_os_uname(uv_utsname_t* buffer) {
  return buffer == NULL ? UV_EINVAL : gy_platform_uname(buffer);
}

int uv_os_gethostname(char* buffer, size_t* size) {
  char name[UV_MAXHOSTNAMESIZE];
  int err = gy_give_check(buffer, size);

  if (err == 0) {
    err = gy_platform_hostname(name);
  }
  return err == 0 ? gy_give(name, strlen(name), buffer, size) : err;
}
