/* sys-path.c - the system calls on names and directories; see sys-file.h. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys-call.h"
#include "sys-file.h"
#include "uv/errno.h"

int gy_sys_access(const char* path, int mode) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("access")) ? -1 : access(path, mode);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_chmod(const char* path, mode_t mode) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("chmod")) ? -1 : chmod(path, mode);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_chown(const char* path, uid_t uid, gid_t gid) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("chown")) ? -1 : chown(path, uid, gid);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_lchown(const char* path, uid_t uid, gid_t gid) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("lchown")) ? -1 : lchown(path, uid, gid);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_link(const char* path, const char* new_path) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("link")) ? -1 : link(path, new_path);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_symlink(const char* path, const char* new_path) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("symlink")) ? -1 : symlink(path, new_path);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_rename(const char* path, const char* new_path) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("rename")) ? -1 : rename(path, new_path);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_remove(const char* path) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("unlink")) ? -1 : unlink(path);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_mkdir(const char* path, mode_t mode) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("mkdir")) ? -1 : mkdir(path, mode);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_rmdir(const char* path) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("rmdir")) ? -1 : rmdir(path);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

int gy_sys_utimens(const char* path, const struct timespec times[2],
                   bool follow) {
  int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("utimensat"))
                 ? -1
                 : utimensat(AT_FDCWD, path, times, flags);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

/* ---- names that are made up ------------------------------------------------
 */

#if defined(GYRE_HAVE_MKOSTEMP)

static int temp_open(char* path) {
  return mkostemp(path, O_CLOEXEC);
}

#else

/* There is a gap in which a child may inherit it; nothing can be done about
 * that here. */
static int temp_open(char* path) {
  int fd = mkstemp(path);

  if (fd >= 0) {
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* It is open, so this works. */
  }
  return fd;
}

#endif

int gy_sys_mkdtemp(char* path) {
  if (gy_sys_fault(GY_FAULT("mkdtemp")) || mkdtemp(path) == NULL) {
    return gy_sys_error();
  }
  return 0;
}

int gy_sys_mkstemp(char* path) {
  int fd = gy_sys_fault(GY_FAULT("mkstemp")) ? -1 : temp_open(path);

  return fd >= 0 ? fd : gy_sys_error();
}

/* ---- where a name leads ----------------------------------------------------
 */

ssize_t gy_sys_readlink(const char* path, char target[GY_SYS_PATH_SIZE]) {
  ssize_t size;

  do {
    size = gy_sys_fault(GY_FAULT("readlink"))
               ? -1
               : readlink(path, target, GY_SYS_PATH_SIZE - 1);
  } while (gy_sys_interrupted(size));
  if (size < 0) {
    return gy_sys_error();
  }
  target[size] = '\0';
  return size;
}

/* It writes up to so many bytes. */
#if defined(PATH_MAX)

static_assert(PATH_MAX <= GY_SYS_PATH_SIZE, "realpath() needs the room");

#endif

ssize_t gy_sys_realpath(const char* path, char target[GY_SYS_PATH_SIZE]) {
  char* found;

  do {
    found = gy_sys_fault(GY_FAULT("realpath")) ? NULL : realpath(path, target);
  } while (found == NULL && errno == EINTR);
  return found != NULL ? (ssize_t)strlen(found) : gy_sys_error();
}

/* ---- directories -----------------------------------------------------------
 */

int gy_sys_opendir(const char* path, DIR** dir) {
  DIR* opened;

  do {
    opened = gy_sys_fault(GY_FAULT("opendir")) ? NULL : opendir(path);
  } while (opened == NULL && errno == EINTR);
  if (opened == NULL) {
    return gy_sys_error();
  }
  *dir = opened;
  return 0;
}

int gy_sys_closedir(DIR* dir) {
  int fault = GY_FAULT("closedir");

  /* As with close(2), it is gone, whatever is said. */
  if (closedir(dir) != 0 || gy_sys_fault(fault)) {
    return errno == EINTR ? 0 : gy_sys_error();
  }
  return 0;
}

static bool is_dots(const char* name) {
  return name[0] == '.' &&
         (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

int gy_sys_readdir(DIR* dir, const struct dirent** entry) {
  const struct dirent* next;

  do {
    /* Only errno tells an error from the end. */
    errno = 0;
    next = gy_sys_fault(GY_FAULT("readdir")) ? NULL : readdir(dir);
  } while (next != NULL ? is_dots(next->d_name) : errno == EINTR);
  if (next == NULL) {
    return errno == 0 ? 0 : gy_sys_error();
  }
  *entry = next;
  return 1;
}
