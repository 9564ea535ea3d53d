/* fs-copy.c - from one file to another: uv_fs_copyfile() and uv_fs_sendfile().
 *
 * The kernel copies where it can, by copy_file_range(2) and sendfile(2). Each
 * refuses some pairs of files with one of half a dozen errors; then the bytes
 * are read and written here. */
#include <string.h>

#include "../core.h"
#include "fs.h"
#include "sys-file.h"
#include "sys-net.h"
#include "sys-stat.h"

enum {
  CHUNK = 64 * 1024,     /* bytes that go through our memory at once */
  COPY_MOST = 1 << 30,   /* bytes for one call */
  CIFS_TYPE = -11317950, /* 0xFF534D42 as an int; see statfs(2) */
  SMB2_TYPE = -28095166  /* 0xFE534D42 */
};

/* Does the kernel say of a pair of files that it does not copy between them? */
static bool is_refusal(ssize_t err) {
  switch (err) {
    case UV_ENOSYS:
    case UV_ENOTSUP:
    case UV_EINVAL:
    case UV_EXDEV:
    case UV_EPERM:   /* a filter of system calls */
    case UV_EBADF:   /* copy_file_range(), when |to| appends */
    case UV_EIO:     /* the same, on some network file systems */
    case UV_ETXTBSY: /* the same, of a swap file */
    case UV_ENOTSOCK:
    case UV_ESPIPE:
      return true;
    default:
      return false;
  }
}

/* ---- by reading and writing ------------------------------------------------
 */

/* Write all of |size| bytes to |to| at |offset|, or at the position if that is
 * negative. How many were written, if any; else UV_E*. */
static ssize_t write_all(int to, const char* memory, size_t size,
                         int64_t offset) {
  struct iovec rest;
  size_t done = 0;
  ssize_t count;

  while (done < size) {
    memcpy(&rest.iov_base, &memory, sizeof(memory)); /* It is only read. */
    rest.iov_base = (char*)rest.iov_base + done;
    rest.iov_len = size - done;
    count = gy_sys_file_write(to, &rest, 1,
                              offset >= 0 ? offset + (int64_t)done : offset);
    if (count == UV_EAGAIN && gy_sys_wait_writable(to) == 0) {
      continue;
    }
    if (count <= 0) {
      return done > 0 ? (ssize_t)done : count;
    }
    done += (size_t)count;
  }
  return (ssize_t)done;
}

/* Copy |size| bytes through |memory|, CHUNK of it, or up to the end. Offsets
 * are negative for the position. How many, if any; else UV_E*. */
static ssize_t relay(int to, int64_t to_offset, int from, int64_t offset,
                     uint64_t size, char* memory) {
  uint64_t done = 0;

  while (done < size) {
    struct iovec buf = {memory, CHUNK};
    ssize_t count;
    ssize_t written;
    if (size - done < CHUNK) {
      buf.iov_len = (size_t)(size - done);
    }
    count = gy_sys_file_read(from, &buf, 1,
                             offset >= 0 ? offset + (int64_t)done : offset);
    if (count > 0) {
      written =
          write_all(to, memory, (size_t)count,
                    to_offset >= 0 ? to_offset + (int64_t)done : to_offset);
    } else {
      written = count;
    }
    if (written <= 0) {
      return done > 0 ? (ssize_t)done : written;
    }
    done += (uint64_t)written;
    if (written < count) {
      return (ssize_t)done;
    }
  }
  return (ssize_t)done;
}

/* ---- uv_fs_sendfile() ------------------------------------------------------
 */

static ssize_t sendfile_by_hand(uv_fs_t* req, size_t size) {
  char* memory = gy_malloc(CHUNK);
  ssize_t count;

  if (memory == NULL) {
    return UV_ENOMEM;
  }
  count = relay(req->file, -1, req->flags, req->offset, size, memory);
  if (count == UV_ESPIPE) {
    /* It cannot be read from an offset, only from where it is. */
    count = relay(req->file, -1, req->flags, -1, size, memory);
  }
  gy_free(memory);
  return count;
}

/* |req->flags| is the descriptor to read from, and the size of a buffer that is
 * none how much. */
ssize_t gy_fs_sendfile(uv_fs_t* req) {
  size_t size = req->bufs_small[0].len;
  int64_t offset = req->offset;
  ssize_t count;

  if (offset < 0) {
    return UV_EINVAL;
  }
  size = size < GY_SYS_BYTES_MOST ? size : GY_SYS_BYTES_MOST;
  count = gy_sys_sendfile(req->file, req->flags, &offset, size);
  return is_refusal(count) ? sendfile_by_hand(req, size) : count;
}

/* ---- uv_fs_copyfile() ------------------------------------------------------
 */

typedef struct {
  int from;
  int to;
  uv_stat_t source;
  uv_stat_t target; /* as it was found, or made */
  char* memory;     /* CHUNK bytes, once they are needed */
  bool by_hand;     /* the kernel has refused */
} copy_t;

static int memory_need(copy_t* copy) {
  if (copy->memory == NULL) {
    copy->memory = gy_malloc(CHUNK);
  }
  return copy->memory != NULL ? 0 : UV_ENOMEM;
}

/* Copy up to |size| bytes, at least one, to the same |offset|. How many, 0 at
 * the end, or UV_E*. */
static ssize_t copy_some(copy_t* copy, int64_t offset, uint64_t size) {
  int64_t to_offset = offset;
  int64_t from_offset = offset;
  ssize_t count;
  int err;

  if (!copy->by_hand) {
    count = gy_sys_copy_range(copy->to, &to_offset, copy->from, &from_offset,
                              size < COPY_MOST ? (size_t)size : COPY_MOST);
    if (count > 0 || (count < 0 && !is_refusal(count))) {
      return count;
    }
    /* Also after 0: some kernels copy nothing of what files of the system's
     * own contain. */
    copy->by_hand = true;
  }
  err = memory_need(copy);
  return err != 0
             ? err
             : relay(copy->to, offset, copy->from, offset, size, copy->memory);
}

/* Copy what is from |offset| up to |end|, or to the end if that comes first. */
static int copy_range(copy_t* copy, int64_t offset, int64_t end) {
  while (offset < end) {
    ssize_t count = copy_some(copy, offset, (uint64_t)(end - offset));
    if (count <= 0) {
      return (int)count;
    }
    offset += count;
  }
  return 0;
}

/* Copy the bytes that are there up to |size|, and leave the holes out. */
static int copy_data(copy_t* copy, int64_t size) {
  int64_t begin = 0;
  int64_t end = 0;
  int err = 0;

  while (end < size && err == 0) {
    err = gy_sys_next_data(copy->from, end, &begin, &end);
    if (err == UV_ENXIO) {
      return gy_sys_ftruncate(copy->to, size); /* The rest is a hole. */
    }
    if (err != 0) {
      return copy_range(copy, end, size); /* It cannot be told. */
    }
    err = copy_range(copy, begin, end < size ? end : size);
  }
  return err;
}

/* Copy what there is besides: what has been added in the meantime, and all of
 * what has no size before it is read. */
static int copy_rest(copy_t* copy) {
  bool is_file = S_ISREG(copy->source.st_mode);
  int64_t offset = is_file ? (int64_t)copy->source.st_size : -1;
  int err = memory_need(copy);
  ssize_t count;

  while (err == 0) {
    count =
        relay(copy->to, offset, copy->from, offset, COPY_MOST, copy->memory);
    if (count <= 0) {
      return (int)count;
    }
    offset += is_file ? count : 0;
  }
  return err;
}

/* The permissions go with the content. A CIFS share has none to set. */
static int copy_mode(copy_t* copy, const char* to_path) {
  mode_t mode = (mode_t)(copy->source.st_mode & 07777);
  uv_statfs_t about;
  int err;

  if ((copy->target.st_mode & 07777) == mode) {
    return 0;
  }
  err = gy_sys_fchmod(copy->to, mode);
  if (err == UV_EPERM && gy_sys_statfs(to_path, &about) == 0 &&
      ((int)about.f_type == CIFS_TYPE || (int)about.f_type == SMB2_TYPE)) {
    return 0;
  }
  return err;
}

static int copy_content(copy_t* copy, const uv_fs_t* req) {
  int err = gy_sys_ftruncate(copy->to, 0);

  if (err == 0) {
    err = copy_mode(copy, req->new_path);
  }
  if (err != 0) {
    return err;
  }
  if (req->flags & (UV_FS_COPYFILE_FICLONE | UV_FS_COPYFILE_FICLONE_FORCE)) {
    err = gy_sys_clone(copy->to, copy->from);
    if (err == 0 || req->flags & UV_FS_COPYFILE_FICLONE_FORCE) {
      return err;
    }
  }
  err = 0;
  if (S_ISREG(copy->source.st_mode)) {
    err = copy_data(copy, (int64_t)copy->source.st_size);
  }
  return err == 0 ? copy_rest(copy) : err;
}

/* Copy from |copy->from|, which is open, to the file |req->new_path|. */
static int copy_to(copy_t* copy, const uv_fs_t* req) {
  int flags = O_WRONLY | O_CREAT;
  int err;
  int close_err;

  flags |= req->flags & UV_FS_COPYFILE_EXCL ? O_EXCL : 0;
  copy->to = gy_sys_file_open(req->new_path, flags,
                              (mode_t)(copy->source.st_mode & 07777));
  if (copy->to < 0) {
    return copy->to;
  }
  err = gy_sys_fstat(copy->to, &copy->target);
  if (err == 0 && copy->target.st_dev == copy->source.st_dev &&
      copy->target.st_ino == copy->source.st_ino) {
    return gy_sys_file_close(copy->to); /* Onto itself: it is there. */
  }
  if (err == 0) {
    err = copy_content(copy, req);
  }
  close_err = gy_sys_file_close(copy->to); /* Some write only now. */
  err = err != 0 ? err : close_err;
  if (err != 0 && S_ISREG(copy->target.st_mode)) {
    (void)gy_sys_remove(req->new_path); /* The first error is what counts. */
  }
  return err;
}

ssize_t gy_fs_copyfile(uv_fs_t* req) {
  copy_t copy;
  int err;

  memset(&copy, 0, sizeof(copy));
  copy.from = gy_sys_file_open(req->path, O_RDONLY, 0);
  if (copy.from < 0) {
    return copy.from;
  }
  err = gy_sys_fstat(copy.from, &copy.source);
  if (err == 0) {
    err = copy_to(&copy, req);
  }
  (void)gy_sys_file_close(copy.from); /* It was only read. */
  gy_free(copy.memory);
  return err;
}
