/* fs.h - file system operations, asynchronous or in the call.
 *
 * Longer than other headers because the operations are many and their rules
 * one; the rules are here, once. For every function with a |cb|:
 *
 * With a |cb| the operation is started, on a thread of the pool or in the
 * kernel, and the function returns 0, or UV_EINVAL or UV_ENOMEM with nothing
 * started. Loop thread only. |req| stays in place and belongs to the loop until
 * |cb|, which comes once, from uv_run(). Paths and the array of buffers are
 * copied; the memory that buffers point to stays untouched until |cb|.
 * uv_cancel() ends an operation that has not begun with UV_ECANCELED.
 *
 * With |cb| NULL the operation is done in the call, which returns its result.
 * Any thread; |loop| is not touched and may be NULL.
 *
 * Either way |req->result| is the result: >= 0, or the UV_E* of the man page
 * that is named, which is all that is said of errors below unless there is
 * more. Then uv_fs_req_cleanup() must be called, in |cb| or later, also after
 * a failure, or memory is lost; what |req->path| and |req->ptr| point to lives
 * until then. |req| itself needs no init.
 *
 * NULL for |req|, a path, a directory or an array is UV_EINVAL. A uv_file is a
 * descriptor, of the C runtime on Windows; paths are UTF-8 there. Descriptors
 * that are opened here are not inherited by children. The contract is libuv
 * 1.x's, manual page "fs". */
#ifndef UV_FS_H_
#define UV_FS_H_

#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which operation a request is: each has the name of its function. */
typedef enum {
  /* None yet. */
  UV_FS_UNKNOWN = -1,
  /* The library's own. */
  UV_FS_CUSTOM,
  UV_FS_OPEN,
  UV_FS_CLOSE,
  UV_FS_READ,
  UV_FS_WRITE,
  UV_FS_SENDFILE,
  UV_FS_STAT,
  UV_FS_LSTAT,
  UV_FS_FSTAT,
  UV_FS_FTRUNCATE,
  UV_FS_UTIME,
  UV_FS_FUTIME,
  UV_FS_ACCESS,
  UV_FS_CHMOD,
  UV_FS_FCHMOD,
  UV_FS_FSYNC,
  UV_FS_FDATASYNC,
  UV_FS_UNLINK,
  UV_FS_RMDIR,
  UV_FS_MKDIR,
  UV_FS_MKDTEMP,
  UV_FS_RENAME,
  UV_FS_SCANDIR,
  UV_FS_LINK,
  UV_FS_SYMLINK,
  UV_FS_READLINK,
  UV_FS_CHOWN,
  UV_FS_FCHOWN,
  UV_FS_REALPATH,
  UV_FS_COPYFILE,
  UV_FS_LCHOWN,
  UV_FS_OPENDIR,
  UV_FS_READDIR,
  UV_FS_CLOSEDIR,
  UV_FS_STATFS,
  UV_FS_MKSTEMP,
  UV_FS_LUTIME
} uv_fs_type;

/* The flags of uv_fs_copyfile(), since libuv 1.14. */

/* Fail with UV_EEXIST if the destination exists. */
#define UV_FS_COPYFILE_EXCL 0x0001
/* Share the blocks until one is written, where the file system can; else
 * copy. Since libuv 1.20. */
#define UV_FS_COPYFILE_FICLONE 0x0002
/* Share the blocks, or fail. Since libuv 1.20. */
#define UV_FS_COPYFILE_FICLONE_FORCE 0x0004

/* The flags of uv_fs_symlink(): for Windows, ignored elsewhere. */

/* The link is to a directory. */
#define UV_FS_SYMLINK_DIR 0x0001
/* Make a junction: to a directory by its absolute path, no privilege needed. */
#define UV_FS_SYMLINK_JUNCTION 0x0002

/* A time. Where long has 32 bits it ends in 2038. */
typedef struct {
  /* Seconds since 1970-01-01, UTC. */
  long tv_sec;
  /* And nanoseconds, 0 to 999,999,999. */
  long tv_nsec;
} uv_timespec_t;

/* What stat(2) tells; what the system does not tell is 0. */
typedef struct {
  /* The device the file is on, its type and permissions (S_IF* and bits). */
  uint64_t st_dev;
  uint64_t st_mode;
  /* How many names it has. */
  uint64_t st_nlink;
  /* Its owner. */
  uint64_t st_uid;
  uint64_t st_gid;
  /* The device it is. */
  uint64_t st_rdev;
  /* Its number on its device. */
  uint64_t st_ino;
  /* Its size in bytes. */
  uint64_t st_size;
  /* The best size for I/O in bytes; the blocks it takes, 512 bytes each. */
  uint64_t st_blksize;
  uint64_t st_blocks;
  /* Flags and generation, on macOS and the BSDs. */
  uint64_t st_flags;
  uint64_t st_gen;
  /* When it was last read, last written, its attributes last changed, made. */
  uv_timespec_t st_atim;
  uv_timespec_t st_mtim;
  uv_timespec_t st_ctim;
  uv_timespec_t st_birthtim;
} uv_stat_t;

/* What statfs(2) tells; what the system does not tell is 0. */
struct uv_statfs_s {
  /* The kind of file system, a number of the system's. */
  uint64_t f_type;
  /* The size of a block in bytes. */
  uint64_t f_bsize;
  /* Blocks: all, free, free for users without privilege. */
  uint64_t f_blocks;
  uint64_t f_bfree;
  uint64_t f_bavail;
  /* Files: all there can be, free. */
  uint64_t f_files;
  uint64_t f_ffree;
  /* The size of a fragment in bytes. Since libuv 1.52. */
  uint64_t f_frsize;
  /* Room for the future. */
  uint64_t f_spare[3];
};

/* What a directory entry is. See getdents(2). */
typedef enum {
  /* The file system does not tell; uv_fs_lstat() does. */
  UV_DIRENT_UNKNOWN,
  /* A regular file. */
  UV_DIRENT_FILE,
  /* A directory. */
  UV_DIRENT_DIR,
  /* A symbolic link. */
  UV_DIRENT_LINK,
  /* A FIFO. */
  UV_DIRENT_FIFO,
  /* A local socket. */
  UV_DIRENT_SOCKET,
  /* A device of characters. */
  UV_DIRENT_CHAR,
  /* A device of blocks. */
  UV_DIRENT_BLOCK
} uv_dirent_type_t;

/* A directory entry. */
struct uv_dirent_s {
  /* Its name, without the directory; it belongs to the request that gave it. */
  const char* name;
  /* What it is. */
  uv_dirent_type_t type;
};

/* An open directory, from uv_fs_opendir() to uv_fs_closedir(). */
struct uv_dir_s {
  /* Where uv_fs_readdir() writes entries, and how many fit: the user's, to be
   * set before it is called. */
  uv_dirent_t* dirents;
  size_t nentries;
  /* Room for the future. */
  void* reserved[4];
  /* Not for users. */
  GY_DIR_PRIVATE
};

/* Tell that |req| is over; |req->result| says how. |req| is the user's again,
 * to be given to uv_fs_req_cleanup(). */
typedef void (*uv_fs_cb)(uv_fs_t* req);

/* A file system operation. All fields are read only. */
struct uv_fs_s {
  UV_REQ_FIELDS
  /* Which operation it is. */
  uv_fs_type fs_type;
  /* The loop it was started on, or what was given for it. */
  uv_loop_t* loop;
  /* As given. */
  uv_fs_cb cb;
  /* >= 0: what the operation gives; < 0: UV_E*. */
  ssize_t result;
  /* A result that is more than a number; each operation tells. */
  void* ptr;
  /* The path it is about, or NULL. */
  const char* path;
  /* The result of uv_fs_stat(), uv_fs_lstat() and uv_fs_fstat(). */
  uv_stat_t statbuf;
  /* Not for users. */
  GY_FS_PRIVATE
};

/* Return which operation |req| is, its fs_type. Since libuv 1.19. */
UV_EXTERN uv_fs_type uv_fs_get_type(const uv_fs_t* req);

/* Return the result of |req|. Since libuv 1.19. */
UV_EXTERN ssize_t uv_fs_get_result(const uv_fs_t* req);

/* Return the system's own code of the error |req| ended with: GetLastError()
 * on Windows, errno elsewhere; 0 for none. Since libuv 1.38. */
UV_EXTERN int uv_fs_get_system_error(const uv_fs_t* req);

/* Return the ptr of |req|. Since libuv 1.19. */
UV_EXTERN void* uv_fs_get_ptr(const uv_fs_t* req);

/* Return the path of |req|. Since libuv 1.19. */
UV_EXTERN const char* uv_fs_get_path(const uv_fs_t* req);

/* Return the address of the statbuf of |req|. Since libuv 1.19. */
UV_EXTERN uv_stat_t* uv_fs_get_statbuf(uv_fs_t* req);

/* Free what the library holds for |req|, which is over: path and ptr become
 * NULL. |req| itself is the user's. To call it again is harmless. Any thread.
 */
UV_EXTERN void uv_fs_req_cleanup(uv_fs_t* req);

/* Open |path|: the result is a descriptor, the user's, for uv_fs_close().
 * |flags| is an OR of UV_FS_O_*, which are 0 where the system has no such
 * thing: one of RDONLY, WRONLY, RDWR; CREAT (make it, with the permissions
 * |mode|), EXCL (it must be new), TRUNC (empty it), APPEND; DIRECTORY,
 * NOFOLLOW, SYMLINK (what it must be), NOCTTY, NONBLOCK, NOATIME, EXLOCK (lock
 * it), DIRECT, DSYNC, SYNC; on Windows FILEMAP (as mapped memory), RANDOM,
 * SEQUENTIAL, SHORT_LIVED, TEMPORARY. On Windows files are binary. See open(2).
 */
UV_EXTERN int uv_fs_open(uv_loop_t* loop, uv_fs_t* req, const char* path,
                         int flags, int mode, uv_fs_cb cb);

/* Close |file|. Also after an error it is closed, except UV_EBADF. See
 * close(2). */
UV_EXTERN int uv_fs_close(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                          uv_fs_cb cb);

/* Read from |file| into the |nbufs| buffers |bufs|, in order: from byte
 * |offset|, or, if that is negative, from the file's position, which moves. The
 * result is the number of bytes, 0 at the end, and may be less than there is
 * room. |nbufs| is at least 1. See preadv(2). */
UV_EXTERN int uv_fs_read(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                         const uv_buf_t* bufs, unsigned int nbufs,
                         int64_t offset, uv_fs_cb cb);

/* Write the |nbufs| buffers |bufs| to |file|, in order; |offset| as in
 * uv_fs_read(). The result is the number of bytes, which may be less than was
 * given. |nbufs| is at least 1. See pwritev(2). */
UV_EXTERN int uv_fs_write(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                          const uv_buf_t* bufs, unsigned int nbufs,
                          int64_t offset, uv_fs_cb cb);

/* Copy up to |length| bytes, from byte |in_offset| of |in_fd| on, to the
 * position of |out_fd|, which moves; that of |in_fd| does not. The result is
 * the number of bytes, which may be less. See sendfile(2). */
UV_EXTERN int uv_fs_sendfile(uv_loop_t* loop, uv_fs_t* req, uv_file out_fd,
                             uv_file in_fd, int64_t in_offset, size_t length,
                             uv_fs_cb cb);

/* Make |file| |offset| bytes long: cut it or add 0 bytes. See ftruncate(2). */
UV_EXTERN int uv_fs_ftruncate(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                              int64_t offset, uv_fs_cb cb);

/* Wait until content and attributes of |file| are on the disk. On macOS the
 * disk's own memory too. See fsync(2). */
UV_EXTERN int uv_fs_fsync(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                          uv_fs_cb cb);

/* As uv_fs_fsync(), without the attributes that reading does not need. See
 * fdatasync(2). */
UV_EXTERN int uv_fs_fdatasync(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                              uv_fs_cb cb);

/* Copy the file |path| to |new_path|, with its permissions; an existing file
 * is replaced. |flags| is 0 or an OR of UV_FS_COPYFILE_*. A copy that fails is
 * removed again, also if it was to replace a file, but no device or other thing
 * that is no file. A file copied onto itself stays as it is. Holes stay holes.
 *
 * UV_EINVAL also for an unknown flag; UV_EEXIST and UV_ENOTSUP as the flags
 * say. Since libuv 1.14. */
UV_EXTERN int uv_fs_copyfile(uv_loop_t* loop, uv_fs_t* req, const char* path,
                             const char* new_path, int flags, uv_fs_cb cb);

/* Look at |path|, following links: |req->statbuf| is what stat(2) tells, and
 * |req->ptr| points to it. */
UV_EXTERN int uv_fs_stat(uv_loop_t* loop, uv_fs_t* req, const char* path,
                         uv_fs_cb cb);

/* As uv_fs_stat(), of |path| itself if it is a link. See lstat(2). */
UV_EXTERN int uv_fs_lstat(uv_loop_t* loop, uv_fs_t* req, const char* path,
                          uv_fs_cb cb);

/* As uv_fs_stat(), of the open |file|. See fstat(2). */
UV_EXTERN int uv_fs_fstat(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                          uv_fs_cb cb);

/* Look at the file system that |path| is on: |req->ptr| is a uv_statfs_t. See
 * statfs(2). Since libuv 1.31. */
UV_EXTERN int uv_fs_statfs(uv_loop_t* loop, uv_fs_t* req, const char* path,
                           uv_fs_cb cb);

/* Ask whether this process may use |path|: |mode| is F_OK (it is there) or an
 * OR of R_OK, W_OK, X_OK. The result is 0 if so. On Windows only the read-only
 * attribute counts. See access(2). */
UV_EXTERN int uv_fs_access(uv_loop_t* loop, uv_fs_t* req, const char* path,
                           int mode, uv_fs_cb cb);

/* Set the permissions of |path| to |mode|. On Windows only the owner's write
 * bit counts, as the read-only attribute. See chmod(2). */
UV_EXTERN int uv_fs_chmod(uv_loop_t* loop, uv_fs_t* req, const char* path,
                          int mode, uv_fs_cb cb);

/* As uv_fs_chmod(), of the open |file|. See fchmod(2). */
UV_EXTERN int uv_fs_fchmod(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                           int mode, uv_fs_cb cb);

/* Give |path| to the user |uid| and the group |gid|; -1 leaves one as it is.
 * On Windows nothing happens and the result is 0, for the next two too. See
 * chown(2). */
UV_EXTERN int uv_fs_chown(uv_loop_t* loop, uv_fs_t* req, const char* path,
                          uv_uid_t uid, uv_gid_t gid, uv_fs_cb cb);

/* As uv_fs_chown(), of the open |file|. See fchown(2). */
UV_EXTERN int uv_fs_fchown(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                           uv_uid_t uid, uv_gid_t gid, uv_fs_cb cb);

/* As uv_fs_chown(), of |path| itself if it is a link. See lchown(2). Since
 * libuv 1.21. */
UV_EXTERN int uv_fs_lchown(uv_loop_t* loop, uv_fs_t* req, const char* path,
                           uv_uid_t uid, uv_gid_t gid, uv_fs_cb cb);

/* Set when |path| was last read, |atime|, and written, |mtime|: seconds since
 * 1970-01-01, UTC, with a fraction, rounded to the microsecond. INFINITY is
 * now, and NAN leaves the time as it is, both since libuv 1.51. UV_EINVAL for a
 * time beyond what 64 bits of microseconds hold. See utimensat(2). */
UV_EXTERN int uv_fs_utime(uv_loop_t* loop, uv_fs_t* req, const char* path,
                          double atime, double mtime, uv_fs_cb cb);

/* As uv_fs_utime(), of the open |file|. See futimens(3). UV_ENOSYS where the
 * system cannot. */
UV_EXTERN int uv_fs_futime(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                           double atime, double mtime, uv_fs_cb cb);

/* As uv_fs_utime(), of |path| itself if it is a link. See lutimes(3). UV_ENOSYS
 * where the system cannot. Since libuv 1.36. */
UV_EXTERN int uv_fs_lutime(uv_loop_t* loop, uv_fs_t* req, const char* path,
                           double atime, double mtime, uv_fs_cb cb);

/* Move |path| to |new_path|; what is there is replaced. See rename(2). */
UV_EXTERN int uv_fs_rename(uv_loop_t* loop, uv_fs_t* req, const char* path,
                           const char* new_path, uv_fs_cb cb);

/* Give the file |path| the second name |new_path|. See link(2). */
UV_EXTERN int uv_fs_link(uv_loop_t* loop, uv_fs_t* req, const char* path,
                         const char* new_path, uv_fs_cb cb);

/* Make |new_path| a symbolic link to |path|. |flags| is 0 or one of
 * UV_FS_SYMLINK_*. See symlink(2). */
UV_EXTERN int uv_fs_symlink(uv_loop_t* loop, uv_fs_t* req, const char* path,
                            const char* new_path, int flags, uv_fs_cb cb);

/* Read the symbolic link |path|: |req->ptr| is the path in it, a string. The
 * result is 0. See readlink(2). */
UV_EXTERN int uv_fs_readlink(uv_loop_t* loop, uv_fs_t* req, const char* path,
                             uv_fs_cb cb);

/* Find the absolute path of |path| without links, "." and "..": |req->ptr| is
 * it, a string. The result is 0; UV_ELOOP on macOS and the BSDs after 32 links.
 * On Windows, which asks GetFinalPathNameByHandleW, drives made by subst are
 * resolved and some RAM disks fail. See realpath(3). Since libuv 1.8. */
UV_EXTERN int uv_fs_realpath(uv_loop_t* loop, uv_fs_t* req, const char* path,
                             uv_fs_cb cb);

/* Remove the name |path|, and the file with its last name. See unlink(2). */
UV_EXTERN int uv_fs_unlink(uv_loop_t* loop, uv_fs_t* req, const char* path,
                           uv_fs_cb cb);

/* Make the directory |path| with the permissions |mode|, ignored on Windows.
 * See mkdir(2). */
UV_EXTERN int uv_fs_mkdir(uv_loop_t* loop, uv_fs_t* req, const char* path,
                          int mode, uv_fs_cb cb);

/* Make a new directory: |tpl| is a path that ends in XXXXXX, which become what
 * makes it unique. |req->path| is the result; |tpl| stays as it is. UV_EINVAL
 * if the six are missing. See mkdtemp(3). */
UV_EXTERN int uv_fs_mkdtemp(uv_loop_t* loop, uv_fs_t* req, const char* tpl,
                            uv_fs_cb cb);

/* Make and open a new file, named as uv_fs_mkdtemp() does. The result is its
 * descriptor, the user's, and |req->path| its path. See mkstemp(3). Since libuv
 * 1.34. */
UV_EXTERN int uv_fs_mkstemp(uv_loop_t* loop, uv_fs_t* req, const char* tpl,
                            uv_fs_cb cb);

/* Remove the empty directory |path|. See rmdir(2). */
UV_EXTERN int uv_fs_rmdir(uv_loop_t* loop, uv_fs_t* req, const char* path,
                          uv_fs_cb cb);

/* Read all of the directory |path|, without "." and "..", in the order of the
 * names' bytes. The result is the number of entries; uv_fs_scandir_next() gives
 * them. |flags| is ignored. See scandir(3). */
UV_EXTERN int uv_fs_scandir(uv_loop_t* loop, uv_fs_t* req, const char* path,
                            int flags, uv_fs_cb cb);

/* Write the next entry of the finished uv_fs_scandir() |req| to |*ent|. Its
 * name lives until the next call or uv_fs_req_cleanup().
 *
 * Returns 0; UV_EOF after the last; the error of |req| if it failed. */
UV_EXTERN int uv_fs_scandir_next(uv_fs_t* req, uv_dirent_t* ent);

/* Open the directory |path| to be read in pieces: |req->ptr| is a uv_dir_t,
 * the user's, which uv_fs_req_cleanup() does not free but uv_fs_closedir(). See
 * opendir(3). Since libuv 1.28. */
UV_EXTERN int uv_fs_opendir(uv_loop_t* loop, uv_fs_t* req, const char* path,
                            uv_fs_cb cb);

/* Read up to |dir->nentries| entries, without "." and "..", to |dir->dirents|,
 * both set by the user. The result is how many, 0 after the last. Their names
 * live until uv_fs_req_cleanup(), which must be before the uv_fs_closedir().
 * One read of a |dir| at a time. UV_EINVAL if |dir->dirents| is NULL. See
 * readdir(3). Since libuv 1.28. */
UV_EXTERN int uv_fs_readdir(uv_loop_t* loop, uv_fs_t* req, uv_dir_t* dir,
                            uv_fs_cb cb);

/* Close and free |dir|. See closedir(3). Since libuv 1.28. */
UV_EXTERN int uv_fs_closedir(uv_loop_t* loop, uv_fs_t* req, uv_dir_t* dir,
                             uv_fs_cb cb);

/* Return the system's handle of the descriptor |fd|: |fd| itself on Unix, what
 * _get_osfhandle() says on Windows. It goes on belonging to |fd|: do not close
 * it. Any thread. Since libuv 1.12. */
UV_EXTERN uv_os_fd_t uv_get_osfhandle(int fd);

/* Return a descriptor for the system's handle |os_fd|: |os_fd| itself on Unix,
 * what _open_osfhandle() says on Windows, -1 on failure. The descriptor owns
 * it: close only that. Any thread. Since libuv 1.23. */
UV_EXTERN int uv_open_osfhandle(uv_os_fd_t os_fd);

#ifdef __cplusplus
}
#endif

#endif
