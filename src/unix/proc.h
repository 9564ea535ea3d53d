/* proc.h - what the files of /proc say, as text. Nothing is read here: these
 * are functions of what was read, whatever it is. A text ends with a 0 byte.
 * Linux only. */
#ifndef GY_UNIX_PROC_H_
#define GY_UNIX_PROC_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of a text. */
typedef struct {
  const char* at;
  size_t length;
} gy_span_t;

/* Is |span| |word|? */
bool gy_span_is(gy_span_t span, const char* word);

/* The decimal number at |*at|, with |*at| behind it; blanks before it are
 * skipped. What is beyond UINT64_MAX is that. False when there is none. */
bool gy_proc_number(const char** at, uint64_t* number);

/* The line at |*at| without its end, with |*at| behind that; false when there
 * is none left. */
bool gy_proc_line(const char** at, gy_span_t* line);

/* ---- memory and time ------------------------------------------------------
 */

/* /proc/meminfo: the bytes behind |key|, "MemFree" say; 0 when it is not there.
 */
uint64_t gy_proc_meminfo(const char* text, const char* key);

/* /proc/self/statm, in pages. */
typedef struct {
  uint64_t size;
  uint64_t resident;
  uint64_t data; /* and stack */
} gy_proc_statm_t;

bool gy_proc_statm(const char* text, gy_proc_statm_t* statm);

/* /proc/uptime: the seconds since the start. */
bool gy_proc_uptime(const char* text, double* uptime);

/* ---- processors -----------------------------------------------------------
 */

/* A line of /proc/stat about one processor; in ticks. */
typedef struct {
  uint64_t number;
  uint64_t user;
  uint64_t nice;
  uint64_t system;
  uint64_t idle;
  uint64_t irq;
} gy_proc_cpu_t;

/* The next such line at |*at|, with |*at| behind it; false when there is none
 * left. */
bool gy_proc_next_cpu(const char** at, gy_proc_cpu_t* cpu);

/* What /proc/cpuinfo says in a line, in the words of any architecture. */
typedef enum {
  GY_CPU_MODEL,       /* |text| */
  GY_CPU_MHZ,         /* |number| */
  GY_CPU_IMPLEMENTER, /* |number|: of an ARM, who made it, */
  GY_CPU_PART         /* and what */
} gy_cpu_fact_kind_t;

#define GY_CPU_ALL UINT64_MAX

typedef struct {
  gy_cpu_fact_kind_t kind;
  uint64_t cpu; /* about which, or GY_CPU_ALL for those it says nothing else of
                 */
  gy_span_t text;
  uint64_t number;
} gy_cpu_fact_t;

/* Where the reading is; to begin, |at| is the text and |cpu| GY_CPU_ALL. */
typedef struct {
  const char* at;
  uint64_t cpu;
} gy_cpuinfo_t;

/* The next fact; false when there is none left. */
bool gy_cpuinfo_next(gy_cpuinfo_t* cpuinfo, gy_cpu_fact_t* fact);

/* The name of an ARM, NULL when it is not known here. */
const char* gy_cpu_arm_name(uint64_t implementer, uint64_t part);

#endif /* GY_UNIX_PROC_H_ */
