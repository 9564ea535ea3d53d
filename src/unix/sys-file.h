/* sys-file.h - the system calls about files and directories, each with its
 * fault point.
 *
 * errno becomes UV_E* here, EINTR is retried here. They may block. Any thread.
 * Unless it says more, a function returns 0 or UV_E*, and does what the call of
 * its name does. */
#ifndef GY_UNIX_SYS_FILE_H_
#define GY_UNIX_SYS_FILE_H_

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

enum {
  GY_SYS_PATH_SIZE = 4096 /* what realpath() and readlink() give, with its 0 */
};

/* ---- sys-file.c: descriptors ----------------------------------------------
 */

/* open(2), with O_CLOEXEC. The descriptor. */
int gy_sys_file_open(const char* path, int flags, mode_t mode);

/* close(2), which is never tried again: |fd| is closed, whatever is said. */
int gy_sys_file_close(int fd);

/* Read into the first of |count| buffers, at least one, from |offset|, or, if
 * that is negative, from the position. How many bytes, 0 at the end. */
ssize_t gy_sys_file_read(int fd, const struct iovec* bufs, size_t count,
                         int64_t offset);

/* The same with a write. */
ssize_t gy_sys_file_write(int fd, const struct iovec* bufs, size_t count,
                          int64_t offset);

int gy_sys_ftruncate(int fd, int64_t size);
int gy_sys_fsync(int fd);
int gy_sys_fdatasync(int fd);
int gy_sys_fchmod(int fd, mode_t mode);
int gy_sys_fchown(int fd, uid_t uid, gid_t gid);
int gy_sys_futimens(int fd, const struct timespec times[2]);

/* What of |file| is not a hole: the first such bytes from |offset| on are from
 * |*begin| up to |*end|. UV_ENXIO when there are none; anything else means that
 * it cannot be told. */
int gy_sys_next_data(int fd, int64_t offset, int64_t* begin, int64_t* end);

/* ---- sys-path.c: names ----------------------------------------------------
 */

int gy_sys_access(const char* path, int mode);
int gy_sys_chmod(const char* path, mode_t mode);
int gy_sys_chown(const char* path, uid_t uid, gid_t gid);
int gy_sys_lchown(const char* path, uid_t uid, gid_t gid);
int gy_sys_utimens(const char* path, const struct timespec times[2],
                   bool follow);
int gy_sys_link(const char* path, const char* new_path);
int gy_sys_symlink(const char* path, const char* new_path);
int gy_sys_rename(const char* path, const char* new_path);
int gy_sys_remove(const char* path); /* unlink(2) */
int gy_sys_mkdir(const char* path, mode_t mode);
int gy_sys_rmdir(const char* path);

/* mkdtemp(3) and mkstemp(3), the latter with O_CLOEXEC: its descriptor. */
int gy_sys_mkdtemp(char* path);
int gy_sys_mkstemp(char* path);

/* Write what the link |path| holds, or where |path| really is, to |target|,
 * with a 0 behind it. How long it is. */
ssize_t gy_sys_readlink(const char* path, char target[GY_SYS_PATH_SIZE]);
ssize_t gy_sys_realpath(const char* path, char target[GY_SYS_PATH_SIZE]);

int gy_sys_opendir(const char* path, DIR** dir);
int gy_sys_closedir(DIR* dir);

/* Point |*entry| to the next entry but "." and "..", until the next call. 1, 0
 * after the last, or UV_E*. */
int gy_sys_readdir(DIR* dir, const struct dirent** entry);

/* ---- sys-copy-*.c: from descriptor to descriptor ---------------------------
 *
 * UV_ENOSYS where the system has no such call. */

/* Make |to| share the blocks of |from|. */
int gy_sys_clone(int to, int from);

/* Copy up to |size| bytes from |*offset| of |from| to the position of |to|, and
 * move |*offset|. How many. */
ssize_t gy_sys_sendfile(int to, int from, int64_t* offset, size_t size);

/* The same between files, and to |*to_offset|, which moves as well. */
ssize_t gy_sys_copy_range(int to, int64_t* to_offset, int from, int64_t* offset,
                          size_t size);

#endif /* GY_UNIX_SYS_FILE_H_ */
