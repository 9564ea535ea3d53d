/* sys-clone-none.c - for systems where a child that shares our memory cannot be
 * had: vfork(2) runs on our own stack, and its manuals allow it next to
 * nothing. */
#include "sys-child.h"
#include "uv/errno.h"

int gy_sys_child_clone(gy_sys_birth_t* birth, gy_sys_child_t* child) {
  (void)birth;
  (void)child;
  return UV_ENOSYS;
}
