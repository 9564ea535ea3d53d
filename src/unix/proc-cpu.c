/* proc-cpu.c - what /proc says of the processors.
 *
 * /proc/cpuinfo is a text for people, and each architecture has its own words
 * and its own order. It is read line by line, "key : value":
 *
 *   x86, ARM, RISC-V ...    "processor : N" begins what is said of one
 *   ARM, before Linux 3.8   "Processor : MODEL" is said of all, and so is what
 *                           comes after the last one
 *   s390x                   "processor N: MODEL" is a line by itself, and "cpu
 *                           number : N" begins what is said of one
 *
 * An empty line ends what is said of one. */
#include <string.h>

#include "proc.h"

/* ---- /proc/stat -----------------------------------------------------------
 */

/* "0 user nice system idle iowait irq ..." after "cpu". Old kernels have only
 * the first four. */
static bool cpu_read(const char* at, gy_proc_cpu_t* cpu) {
  uint64_t* const fields[] = {&cpu->user, &cpu->nice, &cpu->system, &cpu->idle};
  uint64_t iowait;

  /* The line of all together has no number. */
  if (*at < '0' || *at > '9' || !gy_proc_number(&at, &cpu->number)) {
    return false;
  }
  for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
    if (!gy_proc_number(&at, fields[i])) {
      return false;
    }
  }
  if (!gy_proc_number(&at, &iowait) || !gy_proc_number(&at, &cpu->irq)) {
    cpu->irq = 0;
  }
  return true;
}

bool gy_proc_next_cpu(const char** at, gy_proc_cpu_t* cpu) {
  gy_span_t line;

  while (gy_proc_line(at, &line)) {
    if (line.length > 3 && memcmp(line.at, "cpu", 3) == 0 &&
        cpu_read(line.at + 3, cpu)) {
      return true;
    }
  }
  return false;
}

/* ---- /proc/cpuinfo --------------------------------------------------------
 */

static const struct {
  const char* key;
  gy_cpu_fact_kind_t kind;
} keys[] = {
    {"model name", GY_CPU_MODEL},            /* x86, ARM since Linux 3.8 */
    {"Model Name", GY_CPU_MODEL},            /* LoongArch */
    {"Processor", GY_CPU_MODEL},             /* ARM before */
    {"cpu", GY_CPU_MODEL},                   /* POWER, SPARC */
    {"cpu model", GY_CPU_MODEL},             /* MIPS, Alpha */
    {"uarch", GY_CPU_MODEL},                 /* RISC-V */
    {"cpu MHz", GY_CPU_MHZ},                 /* x86 */
    {"CPU MHz", GY_CPU_MHZ},                 /* LoongArch */
    {"cpu MHz dynamic", GY_CPU_MHZ},         /* s390x */
    {"clock", GY_CPU_MHZ},                   /* POWER */
    {"CPU implementer", GY_CPU_IMPLEMENTER}, /* ARM */
    {"CPU part", GY_CPU_PART},
};

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

static gy_span_t span_trim(gy_span_t span) {
  while (span.length > 0 && is_blank(span.at[0])) {
    span.at++;
    span.length--;
  }
  while (span.length > 0 && is_blank(span.at[span.length - 1])) {
    span.length--;
  }
  return span;
}

/* Is |span| a decimal number and nothing else? */
static bool span_is_number(gy_span_t span, uint64_t* number) {
  const char* at = span.at;

  return span.length > 0 && *at >= '0' && *at <= '9' &&
         gy_proc_number(&at, number) && at == span.at + span.length;
}

/* A number such as 0xd08; false when |span| is none. */
static bool span_is_hex(gy_span_t span, uint64_t* number) {
  if (span.length < 3 || span.length > 18 || memcmp(span.at, "0x", 2) != 0) {
    return false;
  }
  *number = 0;
  for (size_t i = 2; i < span.length; i++) {
    static const char digits[] = "0123456789abcdef";
    const char* digit = memchr(digits, span.at[i], sizeof(digits) - 1);
    if (digit == NULL) {
      return false;
    }
    *number = *number << 4 | (uint64_t)(digit - digits);
  }
  return true;
}

/* Does |value| say what a fact of |fact|'s kind has to? */
static bool fact_take(gy_cpu_fact_t* fact, gy_span_t value) {
  const char* at = value.at;

  switch (fact->kind) {
    case GY_CPU_MODEL:
      fact->text = value;
      return value.length > 0;
    case GY_CPU_MHZ:
      return value.length > 0 && gy_proc_number(&at, &fact->number);
    case GY_CPU_IMPLEMENTER:
    case GY_CPU_PART:
      return span_is_hex(value, &fact->number);
  }
  return false;
}

/* "processor 7" of s390x. */
static bool key_names_cpu(gy_span_t key, uint64_t* number) {
  static const char word[] = "processor ";
  const size_t length = sizeof(word) - 1;
  const gy_span_t rest = {key.at + length, key.length - length};

  return key.length > length && memcmp(key.at, word, length) == 0 &&
         span_is_number(rest, number);
}

/* Does the line of |key| and |value| tell a fact? */
static bool line_tells(gy_cpuinfo_t* cpuinfo, gy_span_t key, gy_span_t value,
                       gy_cpu_fact_t* fact) {
  fact->cpu = cpuinfo->cpu;
  if (gy_span_is(key, "processor") || gy_span_is(key, "cpu number")) {
    if (!span_is_number(value, &cpuinfo->cpu)) {
      cpuinfo->cpu = GY_CPU_ALL;
    }
    return false;
  }
  if (key_names_cpu(key, &fact->cpu)) {
    fact->kind = GY_CPU_MODEL;
    return fact_take(fact, value);
  }
  for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
    if (gy_span_is(key, keys[i].key)) {
      fact->kind = keys[i].kind;
      return fact_take(fact, value);
    }
  }
  return false;
}

bool gy_cpuinfo_next(gy_cpuinfo_t* cpuinfo, gy_cpu_fact_t* fact) {
  gy_span_t line;

  while (gy_proc_line(&cpuinfo->at, &line)) {
    const char* colon = memchr(line.at, ':', line.length);
    if (span_trim(line).length == 0) {
      cpuinfo->cpu = GY_CPU_ALL;
    }
    if (colon != NULL) {
      gy_span_t key = {line.at, (size_t)(colon - line.at)};
      gy_span_t value = {colon + 1, line.length - key.length - 1};
      if (line_tells(cpuinfo, span_trim(key), span_trim(value), fact)) {
        return true;
      }
    }
  }
  return false;
}

/* ---- the names of ARMs ----------------------------------------------------
 */

/* By the registers that Arm and its licensees document: MIDR_EL1. */
static const struct {
  unsigned char implementer;
  unsigned short part;
  const char* name;
} arms[] = {
    {0x41, 0xb76, "ARM1176"},      {0x41, 0xc05, "Cortex-A5"},
    {0x41, 0xc07, "Cortex-A7"},    {0x41, 0xc08, "Cortex-A8"},
    {0x41, 0xc09, "Cortex-A9"},    {0x41, 0xc0d, "Cortex-A17"},
    {0x41, 0xc0e, "Cortex-A17"},   {0x41, 0xc0f, "Cortex-A15"},
    {0x41, 0xd01, "Cortex-A32"},   {0x41, 0xd02, "Cortex-A34"},
    {0x41, 0xd03, "Cortex-A53"},   {0x41, 0xd04, "Cortex-A35"},
    {0x41, 0xd05, "Cortex-A55"},   {0x41, 0xd06, "Cortex-A65"},
    {0x41, 0xd07, "Cortex-A57"},   {0x41, 0xd08, "Cortex-A72"},
    {0x41, 0xd09, "Cortex-A73"},   {0x41, 0xd0a, "Cortex-A75"},
    {0x41, 0xd0b, "Cortex-A76"},   {0x41, 0xd0c, "Neoverse-N1"},
    {0x41, 0xd0d, "Cortex-A77"},   {0x41, 0xd0e, "Cortex-A76AE"},
    {0x41, 0xd40, "Neoverse-V1"},  {0x41, 0xd41, "Cortex-A78"},
    {0x41, 0xd42, "Cortex-A78AE"}, {0x41, 0xd43, "Cortex-A65AE"},
    {0x41, 0xd44, "Cortex-X1"},    {0x41, 0xd46, "Cortex-A510"},
    {0x41, 0xd47, "Cortex-A710"},  {0x41, 0xd48, "Cortex-X2"},
    {0x41, 0xd49, "Neoverse-N2"},  {0x41, 0xd4a, "Neoverse-E1"},
    {0x41, 0xd4b, "Cortex-A78C"},  {0x41, 0xd4c, "Cortex-X1C"},
    {0x41, 0xd4d, "Cortex-A715"},  {0x41, 0xd4e, "Cortex-X3"},
    {0x41, 0xd4f, "Neoverse-V2"},  {0x41, 0xd80, "Cortex-A520"},
    {0x41, 0xd81, "Cortex-A720"},  {0x41, 0xd82, "Cortex-X4"},
    {0x41, 0xd84, "Neoverse-V3"},  {0x41, 0xd85, "Cortex-X925"},
    {0x41, 0xd87, "Cortex-A725"},  {0x41, 0xd8e, "Neoverse-N3"},
    {0x43, 0x0a1, "ThunderX"},     {0x43, 0x0af, "ThunderX2-99xx"},
    {0x46, 0x001, "A64FX"},        {0x48, 0xd01, "TaiShan-v110"},
    {0x48, 0xd02, "TaiShan-v120"}, {0x4e, 0x004, "Carmel"},
    {0x50, 0x000, "X-Gene"},       {0x51, 0x800, "Falkor-V1/Kryo"},
    {0x51, 0xc00, "Falkor"},       {0x51, 0xc01, "Saphira"},
    {0x61, 0x022, "Icestorm-M1"},  {0x61, 0x023, "Firestorm-M1"},
    {0x61, 0x032, "Blizzard-M2"},  {0x61, 0x033, "Avalanche-M2"},
    {0xc0, 0xac3, "Ampere-1"},     {0xc0, 0xac4, "Ampere-1a"},
};

const char* gy_cpu_arm_name(uint64_t implementer, uint64_t part) {
  for (size_t i = 0; i < sizeof(arms) / sizeof(arms[0]); i++) {
    if (arms[i].implementer == implementer && arms[i].part == part) {
      return arms[i].name;
    }
  }
  return NULL;
}
