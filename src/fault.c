/* fault.c - system calls that can be made to fail on purpose; see fault.h. */
#include "fault.h"

#include <errno.h>

_Atomic(gy_fault_hook_t) gy_fault_hook;

int gy_fault(const char* call) {
  gy_fault_hook_t hook = gy_fault_hook;
  int saved = errno;
  int err = hook != GY_FAULT_NOBODY ? hook(call) : 0;

  errno = saved;
  return err;
}
