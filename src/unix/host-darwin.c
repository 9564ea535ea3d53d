/* host-darwin.c - the machine and this process on macOS, by sysctl(3) and by
 * Mach. */
#include <errno.h>
#include <limits.h>
#include <mach-o/dyld.h>
#include <mach/mach.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../fault.h"
#include "../platform.h"
#include "rusage.h"
#include "sys-self.h"

enum {
  MODEL_SIZE = 256
};

/* Write what sysctl(3) has under |name| to |value|. 0, or UV_E*. */
static int sysctl_read(const char* name, void* value, size_t size) {
  errno = GY_FAULT("sysctlbyname");
  return errno != 0 || sysctlbyname(name, value, &size, NULL, 0) != 0 ? -errno
                                                                      : 0;
}

static uint64_t number_read(const char* name) {
  uint64_t number = 0; /* The kernel writes 4 or 8 bytes, the low ones first. */

  return sysctl_read(name, &number, sizeof(number)) == 0 ? number : 0;
}

/* ---- memory ---------------------------------------------------------------
 */

uint64_t gy_platform_memory_total(void) {
  return number_read("hw.memsize");
}

uint64_t gy_platform_memory_free(void) {
  vm_statistics64_data_t pages;
  mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;

  if (GY_FAULT("host_statistics64") != 0 ||
      host_statistics64(mach_host_self(), HOST_VM_INFO64, (host_info64_t)&pages,
                        &count) != KERN_SUCCESS) {
    return 0;
  }
  return ((uint64_t)pages.free_count + pages.inactive_count) *
         (uint64_t)gy_sys_sysconf(_SC_PAGESIZE);
}

uint64_t gy_platform_memory_limit(void) {
  rlim_t space = gy_sys_rlimit(RLIMIT_AS);
  rlim_t data = gy_sys_rlimit(RLIMIT_DATA);
  rlim_t limit = space < data ? space : data;

  return limit != RLIM_INFINITY ? (uint64_t)limit : 0;
}

uint64_t gy_platform_memory_left(void) {
  return gy_platform_memory_free();
}

int gy_platform_resident(size_t* rss) {
  mach_task_basic_info_data_t info;
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;

  if (GY_FAULT("task_info") != 0 ||
      task_info(mach_task_self(), MACH_TASK_BASIC_INFO, (task_info_t)&info,
                &count) != KERN_SUCCESS) {
    return UV_EIO;
  }
  *rss = (size_t)info.resident_size;
  return 0;
}

/* ---- processors -----------------------------------------------------------
 */

unsigned gy_platform_parallelism(void) {
  long count = gy_sys_sysconf(_SC_NPROCESSORS_ONLN);

  return count > 0 ? (unsigned)count : 0;
}

static void info_fill(uv_cpu_info_t* info,
                      const processor_cpu_load_info_data_t* load,
                      uint64_t tick_ms) {
  info->cpu_times.user = load->cpu_ticks[CPU_STATE_USER] * tick_ms;
  info->cpu_times.nice = load->cpu_ticks[CPU_STATE_NICE] * tick_ms;
  info->cpu_times.sys = load->cpu_ticks[CPU_STATE_SYSTEM] * tick_ms;
  info->cpu_times.idle = load->cpu_ticks[CPU_STATE_IDLE] * tick_ms;
  info->cpu_times.irq = 0; /* It is part of sys. */
}

/* Their array, with the one name that all share behind it. */
static uv_cpu_info_t* infos_make(const processor_cpu_load_info_data_t* loads,
                                 natural_t count) {
  char model[MODEL_SIZE] = "unknown";
  long ticks = gy_sys_sysconf(_SC_CLK_TCK);
  uint64_t tick_ms = ticks > 0 && ticks <= 1000 ? 1000 / (uint64_t)ticks : 1;
  uint64_t hz = number_read("hw.cpufrequency"); /* Apple's own has none. */
  uv_cpu_info_t* infos = gy_malloc(count * sizeof(*infos) + sizeof(model));

  if (infos == NULL) {
    return NULL;
  }
  if (sysctl_read("machdep.cpu.brand_string", model, sizeof(model)) != 0) {
    (void)sysctl_read("hw.model", model, sizeof(model));
  }
  memcpy(infos + count, model, sizeof(model));
  for (natural_t i = 0; i < count; i++) {
    infos[i].model = (const char*)(infos + count);
    infos[i].speed = (int)(hz / 1000000);
    info_fill(&infos[i], &loads[i], tick_ms);
  }
  return infos;
}

int gy_platform_cpus(uv_cpu_info_t** cpus, int* count) {
  processor_info_array_t loads;
  mach_msg_type_number_t size;
  natural_t number;
  uv_cpu_info_t* made;

  if (GY_FAULT("host_processor_info") != 0 ||
      host_processor_info(mach_host_self(), PROCESSOR_CPU_LOAD_INFO, &number,
                          &loads, &size) != KERN_SUCCESS) {
    return UV_EIO;
  }
  made =
      infos_make((const processor_cpu_load_info_data_t*)(void*)loads, number);
  (void)vm_deallocate(mach_task_self(), (vm_address_t)loads,
                      size * sizeof(*loads));
  if (made == NULL) {
    return UV_ENOMEM;
  }
  *cpus = made;
  *count = (int)number;
  return 0;
}

/* ---- this process ---------------------------------------------------------
 */

int gy_platform_uptime(double* uptime) {
  struct timeval boot;
  int64_t s;
  int32_t ns;
  int err = sysctl_read("kern.boottime", &boot, sizeof(boot));

  if (err == 0) {
    err = gy_sys_clock_get(CLOCK_REALTIME, &s, &ns);
  }
  if (err == 0) {
    *uptime = (double)(s - boot.tv_sec);
  }
  return err;
}

int gy_platform_rusage(uv_rusage_t* rusage) {
  struct rusage usage;
  int err = gy_sys_getrusage(RUSAGE_SELF, &usage);

  if (err == 0) {
    gy_rusage_give(&usage, 1024, rusage);
  }
  return err;
}

int gy_platform_rusage_thread(uv_rusage_t* rusage) {
  mach_port_t thread = mach_thread_self();
  thread_basic_info_data_t info;
  mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
  kern_return_t result =
      thread_info(thread, THREAD_BASIC_INFO, (thread_info_t)&info, &count);

  (void)mach_port_deallocate(mach_task_self(), thread);
  if (GY_FAULT("thread_info") != 0 || result != KERN_SUCCESS) {
    return UV_EIO;
  }
  memset(rusage, 0, sizeof(*rusage));
  rusage->ru_utime.tv_sec = info.user_time.seconds;
  rusage->ru_utime.tv_usec = info.user_time.microseconds;
  rusage->ru_stime.tv_sec = info.system_time.seconds;
  rusage->ru_stime.tv_usec = info.system_time.microseconds;
  return 0;
}

int gy_platform_exepath(char* path, size_t size) {
  char found[2 * PATH_MAX];
  char real[PATH_MAX];
  uint32_t room = sizeof(found);

  if (_NSGetExecutablePath(found, &room) != 0) {
    return UV_EIO;
  }
  errno = GY_FAULT("realpath");
  if (errno != 0 || realpath(found, real) == NULL) {
    return -errno;
  }
  (void)strlcpy(path, real, size); /* Cut, as is promised. */
  return 0;
}

void gy_platform_show_title(const char* title) {
  (void)pthread_setname_np(title); /* Too long a name is no harm. */
}
