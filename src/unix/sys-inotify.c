/* sys-inotify.c - the system calls that watching files takes; see
 * sys-inotify.h. */
#include "sys-inotify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fault.h"
#include "uv/errno.h"

/* The UV_E* of the call that has just failed. */
static int last_error(void) {
  return -errno;
}

/* Set errno to |err|, what GY_FAULT() said, unless it is 0; |err|. */
static int fault(int err) {
  if (err != 0) {
    errno = err;
  }
  return err;
}

int gy_sys_inotify_open(void) {
  int fd = fault(GY_FAULT("inotify_init1"))
               ? -1
               : inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

  return fd >= 0 ? fd : last_error();
}

void gy_sys_inotify_close(int fd) {
  /* Linux has closed it whatever close(2) returns. */
  (void)close(fd);
}

int gy_sys_inotify_add(int fd, const char* path, uint32_t mask) {
  int wd;

  do {
    wd = fault(GY_FAULT("inotify_add_watch"))
             ? -1
             : inotify_add_watch(fd, path, mask);
  } while (wd < 0 && errno == EINTR);
  return wd >= 0 ? wd : last_error();
}

void gy_sys_inotify_remove(int fd, int wd) {
  /* EINVAL: the file is gone, and the watch with it. */
  (void)inotify_rm_watch(fd, wd);
}

ssize_t gy_sys_inotify_read(int fd, void* memory, size_t size) {
  ssize_t count;

  do {
    count = fault(GY_FAULT("inotify_read")) ? -1 : read(fd, memory, size);
  } while (count < 0 && errno == EINTR);
  return count >= 0 ? count : last_error();
}

int gy_sys_real_path(const char* path, char real[PATH_MAX]) {
  if (fault(GY_FAULT("realpath")) || realpath(path, real) == NULL) {
    return last_error();
  }
  return 0;
}

static int directory_open(const char* path, DIR** dir) {
  int err;
  int fd = fault(GY_FAULT("open"))
               ? -1
               : open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0) {
    return last_error();
  }
  *dir = fault(GY_FAULT("fdopendir")) ? NULL : fdopendir(fd);
  if (*dir == NULL) {
    err = last_error();
    (void)close(fd); /* It was only read. */
    return err;
  }
  return 0;
}

static bool is_dots(const char* name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int gy_sys_list(const char* path,
                void (*found)(void* arg, const char* name, bool may_be_dir),
                void* arg) {
  const struct dirent* entry;
  DIR* dir;
  int err = directory_open(path, &dir);

  if (err != 0) {
    return err;
  }
  for (;;) {
    errno = 0;
    entry = fault(GY_FAULT("readdir")) ? NULL : readdir(dir);
    if (entry == NULL) {
      break;
    }
    if (!is_dots(entry->d_name)) {
      found(arg, entry->d_name,
            entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
    }
  }
  err = last_error();  /* 0 at the end. */
  (void)closedir(dir); /* It was only read. */
  return err;
}
