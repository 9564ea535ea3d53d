/* sys-fast-linux.h - system calls of Linux that do not wait for a disk, or for
 * somebody else; see sys-file.h for the rest. */
#ifndef GY_UNIX_SYS_FAST_LINUX_H_
#define GY_UNIX_SYS_FAST_LINUX_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
  GY_SYS_PROC_SIZE = 32 /* of "/proc/self/fd/" and a number */
};

/* preadv2(2) with RWF_NOWAIT: how many bytes, 0 at the end, UV_EAGAIN, or
 * UV_E*; |offset| as in gy_sys_file_read(). UV_ENOSYS on kernels where it is
 * not there, or where it says that it is at the end when it is not. */
ssize_t gy_sys_read_cached(int fd, const struct iovec* bufs, size_t count,
                           int64_t offset);

/* Find |path| in the kernel's cache of names: a descriptor that is good for
 * looking at it only, with O_PATH. |flags| may be O_NOFOLLOW. UV_EAGAIN when it
 * is not in there; UV_ENOSYS where there is no such call. */
int gy_sys_find_cached(const char* path, int flags);

/* Open for reading what |fd|, of gy_sys_find_cached(), has found. UV_EAGAIN
 * when somebody has a lease on it. */
int gy_sys_open_found(int fd, int flags);

/* The flags of the open |fd|, or UV_E*. */
int gy_sys_get_flags(int fd);

/* fstatfs(2): is |fd| on a file system that is in this machine, all of it, so
 * that what is in memory is the truth, and asking for it waits for nobody? It
 * may wait itself. False also when it cannot be told. */
bool gy_sys_is_local(int fd);

/* Open |path| for gy_sys_is_local(); it may wait. |flags| as above. */
int gy_sys_find(const char* path, int flags);

#endif /* GY_UNIX_SYS_FAST_LINUX_H_ */
