/* sys-fast-linux.c - system calls that do not wait; see sys-fast-linux.h.
 *
 * Each of them is younger than the kernels that we run on, and some are refused
 * by filters that were made before them: whoever says ENOSYS or EPERM once is
 * not asked again. They are called by their numbers, which not every C library
 * has. */
#include "sys-fast-linux.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sys-call.h"
#include "uv/errno.h"

#if !defined(SYS_openat2)
#define SYS_openat2 437
#endif

enum {
  NO_WAIT = 8,        /* RWF_NOWAIT */
  ONLY_CACHED = 0x20, /* RESOLVE_CACHED, since Linux 5.12 */
  ON_POSITION = -1
};

/* struct open_how */
typedef struct {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
} how_t;

typedef enum {
  UNKNOWN,
  PRESENT,
  ABSENT
} presence_t;

static atomic_int can_read;
static atomic_int can_find;

/* Does the kernel, or a filter, say that there is no such call? */
static bool is_absence(int err) {
  return err == UV_ENOSYS || err == UV_EPERM || err == UV_EINVAL ||
         err == UV_E2BIG;
}

/* ---- reading ---------------------------------------------------------------
 */

/* See preadv2(2): these two may say 0 when they are not at the end. */
static presence_t read_presence(void) {
  struct utsname name;

  if (uname(&name) != 0 || strncmp(name.release, "5.9.", 4) == 0 ||
      strncmp(name.release, "5.10.", 5) == 0) {
    return ABSENT;
  }
  return PRESENT;
}

static bool may_read(void) {
  if (atomic_load_explicit(&can_read, memory_order_relaxed) == UNKNOWN) {
    atomic_store_explicit(&can_read, (int)read_presence(),
                          memory_order_relaxed);
  }
  return atomic_load_explicit(&can_read, memory_order_relaxed) == PRESENT;
}

ssize_t gy_sys_read_cached(int fd, const struct iovec* bufs, size_t count,
                           int64_t offset) {
  /* In two halves; where a long holds all of it the first is not looked at. */
  int64_t at = offset >= 0 ? offset : ON_POSITION;
  long done;

  if (!may_read()) {
    return UV_ENOSYS;
  }
  do {
    done = gy_sys_fault(GY_FAULT("preadv2"))
               ? -1
               : syscall(SYS_preadv2, fd, bufs, count, (long)at,
                         (long)(at >> 32), NO_WAIT);
  } while (gy_sys_interrupted(done));
  if (done < 0 && (errno == ENOSYS || errno == EPERM)) {
    atomic_store_explicit(&can_read, ABSENT, memory_order_relaxed);
  }
  return done >= 0 ? done : gy_sys_error();
}

/* ---- names ------------------------------------------------------------------
 */

int gy_sys_find_cached(const char* path, int flags) {
  how_t how;
  long fd;

  if (atomic_load_explicit(&can_find, memory_order_relaxed) == ABSENT) {
    return UV_ENOSYS;
  }
  memset(&how, 0, sizeof(how));
  how.flags = (uint64_t)(O_PATH | O_CLOEXEC | flags);
  how.resolve = ONLY_CACHED;
  do {
    fd = gy_sys_fault(GY_FAULT("openat2"))
             ? -1
             : syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
  } while (gy_sys_interrupted(fd));
  if (fd < 0 && is_absence(gy_sys_error())) {
    atomic_store_explicit(&can_find, ABSENT, memory_order_relaxed);
  }
  return fd >= 0 ? (int)fd : gy_sys_error();
}

int gy_sys_open_found(int fd, int flags) {
  char name[GY_SYS_PROC_SIZE];
  int opened;

  (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
  /* Without O_NONBLOCK it would wait until a lease is broken. What kind of file
   * it is is known, and to no other the flag means anything. */
  opened = gy_sys_fault(GY_FAULT("open"))
               ? -1
               : open(name, (flags & ~O_NOFOLLOW) | O_CLOEXEC | O_NONBLOCK);
  if (opened < 0) {
    return gy_sys_error();
  }
  if ((flags & O_NONBLOCK) == 0 &&
      (gy_sys_fault(GY_FAULT("fcntl")) ||
       fcntl(opened, F_SETFL, flags & ~O_NONBLOCK) != 0)) {
    int err = gy_sys_error();
    (void)close(opened); /* It was only opened. */
    return err;
  }
  return opened;
}

int gy_sys_get_flags(int fd) {
  int flags = gy_sys_fault(GY_FAULT("fcntl")) ? -1 : fcntl(fd, F_GETFL);

  return flags >= 0 ? flags : gy_sys_error();
}

int gy_sys_find(const char* path, int flags) {
  int fd;

  do {
    fd = gy_sys_fault(GY_FAULT("open"))
             ? -1
             : open(path, O_PATH | O_CLOEXEC | flags);
  } while (gy_sys_interrupted(fd));
  return fd >= 0 ? fd : gy_sys_error();
}

/* ---- file systems
 * ------------------------------------------------------------
 */

bool gy_sys_is_local(int fd) {
  /* ext2 to ext4, XFS, Btrfs, F2FS, tmpfs, ramfs, and what pipes and sockets
   * are on. Not overlayfs, which may be on anything, and nothing that is on a
   * network or in another process. */
  static const uint32_t types[] = {0xef53,     0x58465342, 0x9123683e,
                                   0xf2f52010, 0x01021994, 0x858458f6,
                                   0x50495045, 0x534f434b};
  struct statfs about;
  size_t index;

  if (gy_sys_fault(GY_FAULT("fstatfs")) || fstatfs(fd, &about) != 0) {
    return false;
  }
  for (index = 0; index < sizeof(types) / sizeof(types[0]); index++) {
    if ((uint32_t)about.f_type == types[index]) {
      return true;
    }
  }
  return false;
}
