/* cpus-linux.c - the processors of a Linux machine.
 *
 * /proc/stat says which there are and what they did, /proc/cpuinfo what they
 * are. Both may be long, and each is walked once: what is said of a processor
 * mostly comes in the order of the numbers, so one that is looked for is mostly
 * the next. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../platform.h"
#include "proc.h"
#include "sys-self.h"
#include "text-file.h"

enum {
  SPEED_PATH_SIZE = 80,
  SPEED_ROOM = 32
};

/* What is known of a processor. The spans are in the text of cpuinfo. */
typedef struct {
  gy_proc_cpu_t did;
  gy_span_t model;
  uint64_t mhz;
  uint64_t implementer;
  uint64_t part;
} cpu_t;

typedef struct {
  cpu_t* list; /* by number */
  size_t count;
  size_t next; /* where the next search begins */
  cpu_t all;   /* what is said of all */
} cpus_t;

/* ---- /proc/stat -----------------------------------------------------------
 */

static size_t cpus_count(const char* stat) {
  gy_proc_cpu_t cpu;
  size_t count = 0;

  while (gy_proc_next_cpu(&stat, &cpu)) {
    count++;
  }
  return count;
}

static void cpus_fill(cpus_t* cpus, const char* stat) {
  for (size_t i = 0; i < cpus->count; i++) {
    (void)gy_proc_next_cpu(&stat, &cpus->list[i].did); /* They were counted. */
  }
}

/* ---- /proc/cpuinfo --------------------------------------------------------
 */

/* The processor |number|, or NULL: one that is not in use. */
static cpu_t* cpus_find(cpus_t* cpus, uint64_t number) {
  for (size_t i = 0; i < cpus->count; i++) {
    cpu_t* cpu = &cpus->list[cpus->next];
    if (cpu->did.number == number) {
      return cpu;
    }
    cpus->next = (cpus->next + 1) % cpus->count;
  }
  return NULL;
}

/* The first word counts. */
static void cpu_learn(cpu_t* cpu, const gy_cpu_fact_t* fact) {
  switch (fact->kind) {
    case GY_CPU_MODEL:
      if (cpu->model.length == 0) {
        cpu->model = fact->text;
      }
      return;
    case GY_CPU_MHZ:
      cpu->mhz = fact->number;
      return;
    case GY_CPU_IMPLEMENTER:
      cpu->implementer = fact->number;
      return;
    case GY_CPU_PART:
      cpu->part = fact->number;
      return;
  }
}

/* What nothing is said of by itself is as it is said of all. */
static void cpu_complete(cpu_t* cpu, const cpu_t* all) {
  const char* name;

  if (cpu->model.length == 0) {
    cpu->model = all->model;
  }
  if (cpu->implementer == 0) {
    cpu->implementer = all->implementer;
    cpu->part = all->part;
  }
  if (cpu->model.length == 0) {
    name = gy_cpu_arm_name(cpu->implementer, cpu->part);
    cpu->model.at = name != NULL ? name : "unknown";
    cpu->model.length = strlen(cpu->model.at);
  }
}

static void cpus_describe(cpus_t* cpus, const char* cpuinfo) {
  gy_cpuinfo_t reader = {cpuinfo, GY_CPU_ALL};
  gy_cpu_fact_t fact;

  while (gy_cpuinfo_next(&reader, &fact)) {
    cpu_t* cpu =
        fact.cpu == GY_CPU_ALL ? &cpus->all : cpus_find(cpus, fact.cpu);
    if (cpu != NULL) {
      cpu_learn(cpu, &fact);
    }
  }
  for (size_t i = 0; i < cpus->count; i++) {
    cpu_complete(&cpus->list[i], &cpus->all);
  }
}

/* ---- what is not in either ------------------------------------------------
 */

/* What the frequency governor says, in MHz; 0 if nothing. */
static uint64_t speed_read(uint64_t number) {
  char path[SPEED_PATH_SIZE];
  char text[SPEED_ROOM];
  const char* at = text;
  uint64_t khz;

  (void)snprintf(path, sizeof(path),
                 "/sys/devices/system/cpu/cpu%llu/cpufreq/scaling_cur_freq",
                 (unsigned long long)number);
  if (gy_text_read_line(path, text, sizeof(text)) != 0 ||
      !gy_proc_number(&at, &khz)) {
    return 0;
  }
  return khz / 1000;
}

/* The kernel does without it when the first processor has none, and a machine
 * with hundreds has many files. */
static void cpus_ask_speed(cpus_t* cpus) {
  for (size_t i = 0; i < cpus->count; i++) {
    if (cpus->list[i].mhz == 0) {
      cpus->list[i].mhz = speed_read(cpus->list[i].did.number);
      if (i == 0 && cpus->list[i].mhz == 0) {
        return;
      }
    }
  }
}

/* ---- the answer -----------------------------------------------------------
 */

static void info_fill(uv_cpu_info_t* info, const cpu_t* cpu, uint64_t tick_ms,
                      char** at) {
  memcpy(*at, cpu->model.at, cpu->model.length);
  (*at)[cpu->model.length] = '\0';
  info->model = *at;
  *at += cpu->model.length + 1;
  info->speed = cpu->mhz < INT32_MAX ? (int)cpu->mhz : 0;
  info->cpu_times.user = cpu->did.user * tick_ms;
  info->cpu_times.nice = cpu->did.nice * tick_ms;
  info->cpu_times.sys = cpu->did.system * tick_ms;
  info->cpu_times.idle = cpu->did.idle * tick_ms;
  info->cpu_times.irq = cpu->did.irq * tick_ms;
}

static int cpus_give(const cpus_t* cpus, uv_cpu_info_t** infos, int* count) {
  long ticks = gy_sys_sysconf(_SC_CLK_TCK);
  uint64_t tick_ms = ticks > 0 && ticks <= 1000 ? 1000 / (uint64_t)ticks : 1;
  size_t bytes = cpus->count * sizeof(**infos);
  uv_cpu_info_t* made;
  char* at;

  for (size_t i = 0; i < cpus->count; i++) {
    bytes += cpus->list[i].model.length + 1;
  }
  made = gy_malloc(bytes);
  if (made == NULL) {
    return UV_ENOMEM;
  }
  at = (char*)(made + cpus->count);
  for (size_t i = 0; i < cpus->count; i++) {
    info_fill(&made[i], &cpus->list[i], tick_ms, &at);
  }
  *infos = made;
  *count = (int)cpus->count;
  return 0;
}

int gy_platform_cpus(uv_cpu_info_t** infos, int* count) {
  char* stat = NULL;
  char* cpuinfo = NULL;
  cpus_t cpus;
  int err = gy_text_read("/proc/stat", &stat);

  memset(&cpus, 0, sizeof(cpus));
  if (err != 0) {
    return err;
  }
  cpus.count = cpus_count(stat);
  if (cpus.count == 0) {
    err = UV_EIO;
    goto free_texts;
  }
  cpus.list = gy_calloc(cpus.count, sizeof(*cpus.list));
  if (cpus.list == NULL) {
    err = UV_ENOMEM;
    goto free_texts;
  }
  cpus_fill(&cpus, stat);
  /* Without it they have no names, and that is all. */
  (void)gy_text_read("/proc/cpuinfo", &cpuinfo);
  cpus_describe(&cpus, cpuinfo != NULL ? cpuinfo : "");
  cpus_ask_speed(&cpus);
  err = cpus_give(&cpus, infos, count);

free_texts:
  gy_free(cpus.list);
  gy_free(cpuinfo);
  gy_free(stat);
  return err;
}
