/* sys-stat.h - the system calls that look at files and file systems, each with
 * its fault point. One file for each family of systems says which field is
 * which. UV_E* as in sys-file.h. Any thread. */
#ifndef GY_UNIX_SYS_STAT_H_
#define GY_UNIX_SYS_STAT_H_

#include <stdbool.h>

#include "uv.h"

/* stat(2), or lstat(2) unless |follow|; and fstat(2). |*out| is written on
 * success only. */
int gy_sys_stat(const char* path, bool follow, uv_stat_t* out);
int gy_sys_fstat(int fd, uv_stat_t* out);

/* statfs(2). */
int gy_sys_statfs(const char* path, uv_statfs_t* out);

#endif /* GY_UNIX_SYS_STAT_H_ */
