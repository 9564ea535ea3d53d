/* sys-file.c - the system calls on open files; see sys-file.h. */
#include "sys-file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys-call.h"
#include "uv/errno.h"

int gy_sys_file_open(const char* path, int flags, mode_t mode) {
  int fd;

  do {
    fd = gy_sys_fault(GY_FAULT("open")) ? -1
                                        : open(path, flags | O_CLOEXEC, mode);
  } while (gy_sys_interrupted(fd));
  return fd >= 0 ? fd : gy_sys_error();
}

int gy_sys_file_close(int fd) {
  int fault = GY_FAULT("close");
  int result = close(fd);

  if (gy_sys_fault(fault)) {
    result = -1; /* As some file systems do: it is closed, and it failed. */
  }
  if (result == 0 || errno == EINTR || errno == EINPROGRESS) {
    return 0; /* The number may be somebody else's by now. */
  }
  return gy_sys_error();
}

/* ---- reading and writing --------------------------------------------------
 */

#if defined(GYRE_HAVE_PREADV)

static ssize_t read_many(int fd, const struct iovec* bufs, size_t count,
                         int64_t offset) {
  return preadv(fd, bufs, (int)count, offset);
}

static ssize_t write_many(int fd, const struct iovec* bufs, size_t count,
                          int64_t offset) {
  return pwritev(fd, bufs, (int)count, offset);
}

#else

/* Less than was asked for is allowed: so it is one buffer. */
static ssize_t read_many(int fd, const struct iovec* bufs, size_t count,
                         int64_t offset) {
  (void)count;
  return pread(fd, bufs[0].iov_base, bufs[0].iov_len, offset);
}

static ssize_t write_many(int fd, const struct iovec* bufs, size_t count,
                          int64_t offset) {
  (void)count;
  return pwrite(fd, bufs[0].iov_base, bufs[0].iov_len, offset);
}

#endif

/* Plain calls where they do: the others cost more, and old kernels know only
 * these for some kinds of file. */
static ssize_t read_once(int fd, const struct iovec* bufs, size_t count,
                         int64_t offset) {
  if (offset >= 0) {
    return count == 1 ? pread(fd, bufs->iov_base, bufs->iov_len, offset)
                      : read_many(fd, bufs, count, offset);
  }
  return count == 1 ? read(fd, bufs->iov_base, bufs->iov_len)
                    : readv(fd, bufs, (int)count);
}

static ssize_t write_once(int fd, const struct iovec* bufs, size_t count,
                          int64_t offset) {
  if (offset >= 0) {
    return count == 1 ? pwrite(fd, bufs->iov_base, bufs->iov_len, offset)
                      : write_many(fd, bufs, count, offset);
  }
  return count == 1 ? write(fd, bufs->iov_base, bufs->iov_len)
                    : writev(fd, bufs, (int)count);
}

ssize_t gy_sys_file_read(int fd, const struct iovec* bufs, size_t count,
                         int64_t offset) {
  ssize_t done;

  do {
    done = gy_sys_fault(GY_FAULT("preadv"))
               ? -1
               : read_once(fd, bufs, count, offset);
  } while (gy_sys_interrupted(done));
  return done >= 0 ? done : gy_sys_error();
}

ssize_t gy_sys_file_write(int fd, const struct iovec* bufs, size_t count,
                          int64_t offset) {
  ssize_t done;

  do {
    done = gy_sys_fault(GY_FAULT("pwritev"))
               ? -1
               : write_once(fd, bufs, count, offset);
  } while (gy_sys_interrupted(done));
  return done >= 0 ? done : gy_sys_error();
}

/* ---- the rest --------------------------------------------------------------
 */

int gy_sys_ftruncate(int fd, int64_t size) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("ftruncate")) ? -1 : ftruncate(fd, size);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

/* fsync(2) of macOS leaves what it has written in the disk's own memory. Not
 * every file system there knows the other call. */
#if defined(F_FULLFSYNC)

static int sync_all(int fd) {
  return fcntl(fd, F_FULLFSYNC) != -1 ? 0 : fsync(fd);
}

static int sync_data(int fd) {
  return sync_all(fd);
}

#else

static int sync_all(int fd) {
  return fsync(fd);
}

static int sync_data(int fd) {
  return fdatasync(fd);
}

#endif

int gy_sys_fsync(int fd) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("fsync")) ? -1 : sync_all(fd);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_fdatasync(int fd) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("fdatasync")) ? -1 : sync_data(fd);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_fchmod(int fd, mode_t mode) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("fchmod")) ? -1 : fchmod(fd, mode);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_fchown(int fd, uid_t uid, gid_t gid) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("fchown")) ? -1 : fchown(fd, uid, gid);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_futimens(int fd, const struct timespec times[2]) {
  int result;

  if (fd < 0) {
    /* musl takes AT_FDCWD for the working directory. */
    return UV_EBADF;
  }
  do {
    result = gy_sys_fault(GY_FAULT("futimens")) ? -1 : futimens(fd, times);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

#if defined(SEEK_DATA) && defined(SEEK_HOLE)

int gy_sys_next_data(int fd, int64_t offset, int64_t* begin, int64_t* end) {
  off_t data;
  off_t hole;

  if (gy_sys_fault(GY_FAULT("lseek"))) {
    return gy_sys_error();
  }
  data = lseek(fd, offset, SEEK_DATA);
  if (data == -1) {
    return gy_sys_error();
  }
  hole = lseek(fd, data, SEEK_HOLE);
  if (hole == -1) {
    return gy_sys_error();
  }
  *begin = data;
  *end = hole;
  return 0;
}

#else

int gy_sys_next_data(int fd, int64_t offset, int64_t* begin, int64_t* end) {
  (void)fd;
  (void)offset;
  (void)begin;
  (void)end;
  return UV_ENOSYS;
}

#endif
