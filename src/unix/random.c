/* random.c - random bytes of a Unix.
 *
 * The system call waits until there is enough to draw from, and needs no
 * descriptor. A kernel that has it not, or a filter of system calls that lets
 * nobody use it, leaves the device. */
#include "../platform.h"
#include "sys-random.h"

int gy_platform_random(void* buf, size_t size) {
  int err = gy_sys_random(buf, size);

  if (err == UV_ENOSYS || err == UV_EPERM) {
    err = gy_sys_random_device(buf, size);
  }
  return err;
}
