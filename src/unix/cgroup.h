/* cgroup.h - what the kernel's texts say of the control groups that a process
 * is in, version 1 and 2. Nothing is read here: these are functions of what was
 * read, whatever it is. Linux only; see cgroups(7). */
#ifndef GY_UNIX_CGROUP_H_
#define GY_UNIX_CGROUP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proc.h"

#define GY_CGROUP_NO_LIMIT UINT64_MAX

/* /proc/self/cgroup: the group that |controller|, "memory" say, is taken from.
 */
typedef struct {
  int version;
  gy_span_t path; /* begins with a slash */
} gy_cgroup_t;

/* False when there is none. */
bool gy_cgroup_find(const char* text, const char* controller,
                    gy_cgroup_t* group);

/* Write the folder in which |group| is seen, by the mounts of the text of
 * /proc/self/mountinfo, to |folder|. Returns how long that of the mount alone
 * is, at the beginning of it: no group is above. 0 when it is not mounted, or
 * |size| bytes are too few. */
size_t gy_cgroup_folder(const char* mountinfo, const char* controller,
                        const gy_cgroup_t* group, char* folder, size_t size);

/* A file that holds a number of bytes, or "max". */
uint64_t gy_cgroup_bytes(const char* text);

/* How many processors the time in |quota| is, by the file of version 2,
 * "150000 100000", or those of version 1, where |period| is apart: whole ones,
 * 1 at least; UINT_MAX for no limit. */
unsigned gy_cgroup_cpus(const char* quota, const char* period);

#endif /* GY_UNIX_CGROUP_H_ */
