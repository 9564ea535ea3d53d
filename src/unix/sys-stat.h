/* sys-stat.h - stat(2), with its fault point.
 *
 * errno becomes UV_E* here. Any thread; it may block. */
#ifndef GY_UNIX_SYS_STAT_H_
#define GY_UNIX_SYS_STAT_H_

#include <sys/stat.h>

/* 0, or UV_E*. */
int gy_sys_stat(const char* path, struct stat* found);

#endif /* GY_UNIX_SYS_STAT_H_ */
