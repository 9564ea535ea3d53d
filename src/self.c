/* self.c - this process: where it is, what it uses, its number and priority;
 * the checks. */
#include <string.h>

#include "core.h"
#include "give.h"
#include "platform.h"

enum {
  PATH_ROOM = 4096,         /* what most paths fit in */
  PATH_ROOM_MOST = 1 << 20, /* far beyond what a kernel can tell */
  PRIORITY_FIRST = -20,
  PRIORITY_LAST = 19
};

/* ---- paths --------------------------------------------------------------- */

/* Give |path|, without a slash at its end unless it is all there is. */
static int cwd_give(const char* path, char* buffer, size_t* size) {
  size_t length = strlen(path);

  if (length > 1 && path[length - 1] == '/') {
    length--;
  }
  return gy_give(path, length, buffer, size);
}

/* A path that does not fit in |room| bytes; some systems know such. */
static int cwd_long(size_t room, char* buffer, size_t* size) {
  int err = UV_ERANGE;

  while (err == UV_ERANGE && room < PATH_ROOM_MOST) {
    char* path = gy_malloc(room *= 2);
    if (path == NULL) {
      return UV_ENOMEM;
    }
    err = gy_platform_cwd(path, room);
    if (err == 0) {
      err = cwd_give(path, buffer, size);
    }
    gy_free(path);
  }
  return err;
}

int uv_cwd(char* buffer, size_t* size) {
  char path[PATH_ROOM];
  int err = gy_give_check(buffer, size);

  if (err != 0) {
    return err;
  }
  err = gy_platform_cwd(path, sizeof(path));
  if (err == UV_ERANGE) {
    return cwd_long(sizeof(path), buffer, size);
  }
  return err == 0 ? cwd_give(path, buffer, size) : err;
}

int uv_chdir(const char* dir) {
  return dir == NULL ? UV_EINVAL : gy_platform_chdir(dir);
}

int uv_exepath(char* buffer, size_t* size) {
  char path[PATH_ROOM];
  size_t length;
  int err = gy_give_check(buffer, size);

  if (err == 0) {
    err = gy_platform_exepath(path, sizeof(path));
  }
  if (err != 0) {
    return err;
  }
  length = strlen(path);
  length = length < *size ? length : *size - 1;
  return gy_give(path, length, buffer, size);
}

/* ---- what it uses -------------------------------------------------------- */

int uv_resident_set_memory(size_t* rss) {
  return rss == NULL ? UV_EINVAL : gy_platform_resident(rss);
}

int uv_getrusage(uv_rusage_t* rusage) {
  return rusage == NULL ? UV_EINVAL : gy_platform_rusage(rusage);
}

int uv_getrusage_thread(uv_rusage_t* rusage) {
  return rusage == NULL ? UV_EINVAL : gy_platform_rusage_thread(rusage);
}

/* ---- numbers ------------------------------------------------------------- */

uv_pid_t uv_os_getpid(void) {
  return gy_platform_pid();
}

uv_pid_t uv_os_getppid(void) {
  return gy_platform_parent_pid();
}

int uv_os_getpriority(uv_pid_t pid, int* priority) {
  return priority == NULL ? UV_EINVAL : gy_platform_getpriority(pid, priority);
}

int uv_os_setpriority(uv_pid_t pid, int priority) {
  if (priority < PRIORITY_FIRST || priority > PRIORITY_LAST) {
    return UV_EINVAL;
  }
  return gy_platform_setpriority(pid, priority);
}
