/* linux-proc.c - fuzz: whatever /proc says, nothing beyond it is read, and what
 * comes out of it is in it. For libFuzzer; seeds.c runs it over the files of a
 * folder. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unix/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/* End here, with a stack trace, when |condition| does not hold. */
static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

/* Each fact is of a line of its own. */
static void cpuinfo_read(const char* text, size_t size) {
  gy_cpuinfo_t cpuinfo = {text, GY_CPU_ALL};
  gy_cpu_fact_t fact;
  const char* before = text;

  while (gy_cpuinfo_next(&cpuinfo, &fact)) {
    require(cpuinfo.at > before && cpuinfo.at <= text + size);
    if (fact.kind == GY_CPU_MODEL) {
      require(fact.text.at >= before);
      require(fact.text.length > 0);
      require(fact.text.at + fact.text.length <= cpuinfo.at);
      require(memchr(fact.text.at, '\n', fact.text.length) == NULL);
    }
    before = cpuinfo.at;
  }
  require(*cpuinfo.at == '\0');
}

static void stat_read(const char* text, size_t size) {
  gy_proc_cpu_t cpu;
  const char* at = text;
  const char* before = text;

  while (gy_proc_next_cpu(&at, &cpu)) {
    require(at > before && at <= text + size);
    before = at;
  }
  require(*at == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  /* Of its exact size, so that a sanitizer sees the byte behind it. */
  char* text = malloc(size + 1);
  gy_proc_statm_t statm;
  double uptime = 0;

  require(text != NULL);
  if (size > 0) {
    memcpy(text, data, size);
  }
  text[size] = '\0';
  cpuinfo_read(text, size);
  stat_read(text, size);
  (void)gy_proc_meminfo(text, "MemTotal");
  (void)gy_proc_meminfo(text, "");
  (void)gy_proc_statm(text, &statm);
  require(!gy_proc_uptime(text, &uptime) || uptime >= 0);
  free(text);
  return 0;
}
