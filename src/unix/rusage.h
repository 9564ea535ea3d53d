/* rusage.h - what was used so far, out of the system's words into ours. */
#ifndef GY_UNIX_RUSAGE_H_
#define GY_UNIX_RUSAGE_H_

#include <sys/resource.h>

#include "uv.h"

/* Write |usage| to |rusage|; the system counts |per_kb| of its units of memory
 * to a KB. */
static inline void gy_rusage_give(const struct rusage* usage, long per_kb,
                                  uv_rusage_t* rusage) {
  rusage->ru_utime.tv_sec = (long)usage->ru_utime.tv_sec;
  rusage->ru_utime.tv_usec = (long)usage->ru_utime.tv_usec;
  rusage->ru_stime.tv_sec = (long)usage->ru_stime.tv_sec;
  rusage->ru_stime.tv_usec = (long)usage->ru_stime.tv_usec;
  rusage->ru_maxrss = (uint64_t)(usage->ru_maxrss / per_kb);
  rusage->ru_ixrss = (uint64_t)usage->ru_ixrss;
  rusage->ru_idrss = (uint64_t)usage->ru_idrss;
  rusage->ru_isrss = (uint64_t)usage->ru_isrss;
  rusage->ru_minflt = (uint64_t)usage->ru_minflt;
  rusage->ru_majflt = (uint64_t)usage->ru_majflt;
  rusage->ru_nswap = (uint64_t)usage->ru_nswap;
  rusage->ru_inblock = (uint64_t)usage->ru_inblock;
  rusage->ru_oublock = (uint64_t)usage->ru_oublock;
  rusage->ru_msgsnd = (uint64_t)usage->ru_msgsnd;
  rusage->ru_msgrcv = (uint64_t)usage->ru_msgrcv;
  rusage->ru_nsignals = (uint64_t)usage->ru_nsignals;
  rusage->ru_nvcsw = (uint64_t)usage->ru_nvcsw;
  rusage->ru_nivcsw = (uint64_t)usage->ru_nivcsw;
}

#endif /* GY_UNIX_RUSAGE_H_ */
