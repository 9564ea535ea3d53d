/* sys-users.c - asking the C library for users and groups. */
#include "sys-users.h"

#include <errno.h>

#include "../fault.h"
#include "uv/errno.h"

/* POSIX has an entry that is not there succeed with nothing; some C libraries
 * make an error of it. */
static int lookup_error(int err, const void* result) {
  if (err == 0) {
    return result != NULL ? 0 : UV_ENOENT;
  }
  return err == ESRCH ? UV_ENOENT : -err;
}

int gy_sys_getpwuid(uid_t uid, struct passwd* found, char* buf, size_t size) {
  struct passwd* result = NULL;
  int err;

  do {
    err = GY_FAULT("getpwuid_r");
    if (err == 0) {
      err = getpwuid_r(uid, found, buf, size, &result);
    }
  } while (err == EINTR);
  return lookup_error(err, result);
}

int gy_sys_getgrgid(gid_t gid, struct group* found, char* buf, size_t size) {
  struct group* result = NULL;
  int err;

  do {
    err = GY_FAULT("getgrgid_r");
    if (err == 0) {
      err = getgrgid_r(gid, found, buf, size, &result);
    }
  } while (err == EINTR);
  return lookup_error(err, result);
}
