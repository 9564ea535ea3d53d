/* host-linux.c - the machine and this process, as /proc and the control groups
 * of Linux tell of them.
 *
 * Files are read here; what they say is found out in proc.c, proc-cpu.c and
 * cgroup.c. What is missing, in a jail without /proc for one, is asked of the
 * system calls that are left. */
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "../fault.h"
#include "../platform.h"
#include "cgroup.h"
#include "proc.h"
#include "rusage.h"
#include "sys-file.h"
#include "sys-self.h"
#include "text-file.h"

enum {
  LINE_ROOM = 512, /* what the files of one number or line fit in */
  PATH_ROOM = 4096
};

/* ---- memory ---------------------------------------------------------------
 */

/* What /proc/meminfo says behind |key|, in bytes; 0 when it does not. */
static uint64_t meminfo_read(const char* key) {
  char text[4096];

  return gy_text_read_line("/proc/meminfo", text, sizeof(text)) == 0
             ? gy_proc_meminfo(text, key)
             : 0;
}

/* What sysinfo(2) says; an empty one when it fails. */
static struct sysinfo sysinfo_read(void) {
  struct sysinfo info;

  if (GY_FAULT("sysinfo") != 0 || sysinfo(&info) != 0) {
    memset(&info, 0, sizeof(info));
  }
  return info;
}

uint64_t gy_platform_memory_total(void) {
  uint64_t bytes = meminfo_read("MemTotal");
  struct sysinfo info;

  if (bytes == 0) {
    info = sysinfo_read();
    bytes = (uint64_t)info.totalram * info.mem_unit;
  }
  return bytes;
}

uint64_t gy_platform_memory_free(void) {
  uint64_t bytes = meminfo_read("MemAvailable");
  struct sysinfo info;

  if (bytes == 0) {
    info = sysinfo_read();
    bytes = (uint64_t)info.freeram * info.mem_unit;
  }
  return bytes;
}

static int statm_read(gy_proc_statm_t* statm) {
  char text[LINE_ROOM];
  int err = gy_text_read_line("/proc/self/statm", text, sizeof(text));

  if (err == 0 && !gy_proc_statm(text, statm)) {
    err = UV_EINVAL;
  }
  return err;
}

/* The bytes that |pages| are. */
static uint64_t pages_size(uint64_t pages) {
  long size = gy_sys_sysconf(_SC_PAGESIZE);

  return size > 0 ? pages * (uint64_t)size : 0;
}

int gy_platform_resident(size_t* rss) {
  gy_proc_statm_t statm;
  int err = statm_read(&statm);

  if (err == 0) {
    *rss = (size_t)pages_size(statm.resident);
  }
  return err;
}

/* ---- control groups -------------------------------------------------------
 */

static uint64_t least(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

/* The group of this process that |controller| is taken from, as a folder. */
typedef struct {
  int version;
  size_t top; /* the length of the folder that has none above it */
  char path[PATH_ROOM];
} folder_t;

/* Where it is mounted by custom. */
static void folder_guess(folder_t* folder, const char* controller) {
  strcpy(folder->path, "/sys/fs/cgroup");
  if (folder->version == 1) {
    strcat(strcat(folder->path, "/"), controller);
  }
  folder->top = strlen(folder->path);
}

static bool folder_find(folder_t* folder, const char* controller) {
  char* groups = NULL;
  char* mounts = NULL;
  gy_cgroup_t group;
  bool found = gy_text_read("/proc/self/cgroup", &groups) == 0 &&
               gy_cgroup_find(groups, controller, &group);

  if (found) {
    folder->version = group.version;
    folder->top = 0;
    if (gy_text_read("/proc/self/mountinfo", &mounts) == 0) {
      folder->top = gy_cgroup_folder(mounts, controller, &group, folder->path,
                                     sizeof(folder->path));
    }
    if (folder->top == 0) {
      folder_guess(folder, controller);
    }
  }
  gy_free(mounts);
  gy_free(groups);
  return found;
}

/* Go to the group above, which also limits those below; false at the top. */
static bool folder_go_up(folder_t* folder) {
  char* slash = strrchr(folder->path, '/');

  if (strlen(folder->path) <= folder->top || slash == NULL) {
    return false;
  }
  *slash = '\0';
  return true;
}

/* Read the file |name| of |folder|, unless it is NULL. 0, or UV_E*. */
static int folder_read(const folder_t* folder, const char* name, char* text,
                       size_t size) {
  char path[PATH_ROOM + NAME_MAX];
  size_t length = strlen(folder->path);

  memcpy(path, folder->path, length);
  path[length] = '/';
  memcpy(path + length + 1, name, strlen(name) + 1);
  return gy_text_read_line(path, text, size);
}

/* ---- memory of a group ----------------------------------------------------
 */

/* The files of version 1 and 2. */
static const struct {
  const char* max;
  const char* high; /* beyond it life is hard, but there is one */
  const char* used;
} memory_files[] = {{"memory.limit_in_bytes", "memory.soft_limit_in_bytes",
                     "memory.usage_in_bytes"},
                    {"memory.max", "memory.high", "memory.current"}};

/* What a process may have, and what it may still take. */
typedef struct {
  uint64_t limit;
  uint64_t left;
  bool known; /* is there anything that could limit it? */
} memory_t;

/* The least of |limit|, and what is left of that, go into |memory|. */
static void memory_cut(memory_t* memory, uint64_t limit, uint64_t used) {
  memory->known = true;
  memory->limit = least(memory->limit, limit);
  if (limit != GY_CGROUP_NO_LIMIT) {
    memory->left = least(memory->left, limit > used ? limit - used : 0);
  }
}

static void memory_cut_by_group(memory_t* memory, const folder_t* folder) {
  int version = folder->version - 1;
  char text[LINE_ROOM];
  uint64_t limit;
  uint64_t used = 0;

  if (folder_read(folder, memory_files[version].max, text, sizeof(text)) != 0) {
    return; /* The group at the root of version 2 has none. */
  }
  limit = gy_cgroup_bytes(text);
  if (folder_read(folder, memory_files[version].high, text, sizeof(text)) ==
      0) {
    limit = least(limit, gy_cgroup_bytes(text));
  }
  if (folder_read(folder, memory_files[version].used, text, sizeof(text)) ==
      0) {
    used = gy_cgroup_bytes(text);
  }
  memory_cut(memory, limit, used);
}

/* By setrlimit(2). */
static void memory_cut_by_limits(memory_t* memory) {
  rlim_t space = gy_sys_rlimit(RLIMIT_AS);
  rlim_t data = gy_sys_rlimit(RLIMIT_DATA);
  gy_proc_statm_t statm;

  if (space == RLIM_INFINITY && data == RLIM_INFINITY) {
    return;
  }
  if (statm_read(&statm) != 0) {
    memset(&statm, 0, sizeof(statm));
  }
  if (space != RLIM_INFINITY) {
    memory_cut(memory, space, pages_size(statm.size));
  }
  if (data != RLIM_INFINITY) {
    memory_cut(memory, data, pages_size(statm.data));
  }
}

static memory_t memory_read(void) {
  memory_t memory = {GY_CGROUP_NO_LIMIT, GY_CGROUP_NO_LIMIT, false};
  folder_t folder;

  if (folder_find(&folder, "memory")) {
    do {
      memory_cut_by_group(&memory, &folder);
    } while (folder_go_up(&folder));
  }
  memory_cut_by_limits(&memory);
  return memory;
}

uint64_t gy_platform_memory_limit(void) {
  memory_t memory = memory_read();

  return memory.known ? memory.limit : 0;
}

uint64_t gy_platform_memory_left(void) {
  return least(memory_read().left, gy_platform_memory_free());
}

/* ---- processors of a group ------------------------------------------------
 */

/* How many processors this thread may run on, 0 if unknown. */
static unsigned affinity_count(void) {
  cpu_set_t sets[16]; /* the kernel refuses what is less than it has */

  if (GY_FAULT("sched_getaffinity") == 0 &&
      sched_getaffinity(0, sizeof(sets), sets) == 0) {
    return (unsigned)CPU_COUNT_S(sizeof(sets), sets);
  }
  return 0;
}

static unsigned online_count(void) {
  long count = gy_sys_sysconf(_SC_NPROCESSORS_ONLN);

  return count > 0 ? (unsigned)count : 0;
}

static unsigned folder_cpus(const folder_t* folder) {
  char quota[LINE_ROOM];
  char period[LINE_ROOM];

  if (folder->version == 2) {
    return folder_read(folder, "cpu.max", quota, sizeof(quota)) == 0
               ? gy_cgroup_cpus(quota, NULL)
               : UINT_MAX;
  }
  if (folder_read(folder, "cpu.cfs_quota_us", quota, sizeof(quota)) != 0 ||
      folder_read(folder, "cpu.cfs_period_us", period, sizeof(period)) != 0) {
    return UINT_MAX;
  }
  return gy_cgroup_cpus(quota, period);
}

unsigned gy_platform_parallelism(void) {
  unsigned count = affinity_count();
  folder_t folder;

  if (count == 0) {
    count = online_count();
  }
  if (folder_find(&folder, "cpu")) {
    do {
      count = (unsigned)least(count, folder_cpus(&folder));
    } while (folder_go_up(&folder));
  }
  return count;
}

/* ---- this process ---------------------------------------------------------
 */

int gy_platform_uptime(double* uptime) {
  char text[LINE_ROOM];
  int64_t s;
  int32_t ns;
  int err;

  /* A container may have a start of its own, which the file tells. */
  if (gy_text_read_line("/proc/uptime", text, sizeof(text)) == 0 &&
      gy_proc_uptime(text, uptime)) {
    return 0;
  }
  err = gy_sys_clock_get(CLOCK_BOOTTIME, &s, &ns);
  if (err == 0) {
    *uptime = (double)s + (double)ns / 1e9;
  }
  return err;
}

static int rusage_read(int who, uv_rusage_t* rusage) {
  struct rusage usage;
  int err = gy_sys_getrusage(who, &usage);

  if (err == 0) {
    gy_rusage_give(&usage, 1, rusage);
  }
  return err;
}

int gy_platform_rusage(uv_rusage_t* rusage) {
  return rusage_read(RUSAGE_SELF, rusage);
}

int gy_platform_rusage_thread(uv_rusage_t* rusage) {
  return rusage_read(RUSAGE_THREAD, rusage);
}

int gy_platform_exepath(char* path, size_t size) {
  char target[GY_SYS_PATH_SIZE];
  ssize_t length = gy_sys_readlink("/proc/self/exe", target);

  if (length < 0) {
    return (int)length;
  }
  length = (size_t)length < size ? length : (ssize_t)size - 1;
  memcpy(path, target, (size_t)length);
  path[length] = '\0';
  return 0;
}

void gy_platform_show_title(const char* title) {
  /* The name of this thread, of which the kernel keeps 15 bytes; ps shows that
   * of the first one. It cannot fail. */
  (void)prctl(PR_SET_NAME, title);
}
