/* sys-inotify.h - the system calls that watching files takes, each with its
 * fault point.
 *
 * errno becomes UV_E* here, EINTR is retried here. Nothing of ours is known
 * here. Any thread. */
#ifndef GY_UNIX_SYS_INOTIFY_H_
#define GY_UNIX_SYS_INOTIFY_H_

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <sys/types.h>

/* A new inotify descriptor, which does not block and is closed by exec. */
int gy_sys_inotify_open(void);

void gy_sys_inotify_close(int fd);

/* Watch |path| for |mask|: the number of the watch, which is the same for the
 * same file. */
int gy_sys_inotify_add(int fd, const char* path, uint32_t mask);

void gy_sys_inotify_remove(int fd, int wd);

/* Read whole events into |memory|. How many bytes, or UV_E*; UV_EAGAIN when
 * there are none. */
ssize_t gy_sys_inotify_read(int fd, void* memory, size_t size);

/* Write the path of |path| without symbolic links to |real|. 0, or UV_E*. */
int gy_sys_real_path(const char* path, char real[PATH_MAX]);

/* Call |found| for each entry of the directory |path|, but for "." and "..".
 * |may_be_dir| is false for what is certainly none. Symbolic links to a
 * directory are not entered. 0, or UV_E*. */
int gy_sys_list(const char* path,
                void (*found)(void* arg, const char* name, bool may_be_dir),
                void* arg);

#endif /* GY_UNIX_SYS_INOTIFY_H_ */
