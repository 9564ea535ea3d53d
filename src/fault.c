/* fault.c - system calls that can be made to fail on purpose; see fault.h. */
#include "fault.h"

#include <errno.h>
#include <stddef.h>

int (*_Atomic gy_fault_hook)(const char* call) = NULL;

int gy_fault(const char* call) {
  int (*hook)(const char* call) = gy_fault_hook;
  int saved = errno;
  int err = hook != NULL ? hook(call) : 0;

  errno = saved;
  return err;
}
