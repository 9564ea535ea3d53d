/* fault.c - system calls that can be made to fail on purpose; see fault.h. */
#include "fault.h"

#include <errno.h>
#include <stddef.h>

int (*gy_fault_hook)(const char* call) = NULL;

int gy_fault(const char* call) {
  int saved = errno;
  int err = gy_fault_hook != NULL ? gy_fault_hook(call) : 0;

  errno = saved;
  return err;
}
