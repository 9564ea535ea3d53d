/* self.c - this process and its machine, as far as every Unix has the same
 * words for them. The rest is in host-<system>.c. */
#include <string.h>
#include <time.h>

#include "../platform.h"
#include "sys-self.h"

/* ---- clocks and loads -----------------------------------------------------
 */

int gy_platform_clock_get(uv_clock_id clock, uv_timespec64_t* time) {
  clockid_t id = clock == UV_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;

  return gy_sys_clock_get(id, &time->tv_sec, &time->tv_nsec);
}

void gy_platform_loadavg(double avg[3]) {
  double load[3];

  if (gy_sys_getloadavg(load) == 0) {
    memcpy(avg, load, sizeof(load));
  }
}

/* ---- this process ---------------------------------------------------------
 */

int gy_platform_cwd(char* path, size_t size) {
  return gy_sys_getcwd(path, size);
}

int gy_platform_chdir(const char* dir) {
  return gy_sys_chdir(dir);
}

uv_pid_t gy_platform_pid(void) {
  return gy_sys_getpid();
}

uv_pid_t gy_platform_parent_pid(void) {
  return gy_sys_getppid();
}

int gy_platform_getpriority(uv_pid_t pid, int* priority) {
  return gy_sys_getpriority(pid, priority);
}

int gy_platform_setpriority(uv_pid_t pid, int priority) {
  return gy_sys_setpriority(pid, priority);
}

/* ---- names ----------------------------------------------------------------
 */

static void field_copy(char* field, size_t size, const char* text) {
  size_t length = strlen(text);

  length = length < size ? length : size - 1;
  memcpy(field, text, length);
  field[length] = '\0';
}

int gy_platform_uname(uv_utsname_t* name) {
  struct utsname found;
  int err = gy_sys_uname(&found);

  if (err == 0) {
    field_copy(name->sysname, sizeof(name->sysname), found.sysname);
    field_copy(name->release, sizeof(name->release), found.release);
    field_copy(name->version, sizeof(name->version), found.version);
    field_copy(name->machine, sizeof(name->machine), found.machine);
  }
  return err;
}

int gy_platform_hostname(char name[UV_MAXHOSTNAMESIZE]) {
  return gy_sys_gethostname(name, UV_MAXHOSTNAMESIZE);
}
