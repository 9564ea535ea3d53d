/* sys-copy-posix.c - for systems without calls that copy: there they are read
 * and written; see sys-file.h. */
#include "sys-file.h"
#include "uv/errno.h"

int gy_sys_clone(int to, int from) {
  (void)to;
  (void)from;
  return UV_ENOSYS;
}

ssize_t gy_sys_sendfile(int to, int from, int64_t* offset, size_t size) {
  (void)to;
  (void)from;
  (void)offset;
  (void)size;
  return UV_ENOSYS;
}

ssize_t gy_sys_copy_range(int to, int64_t* to_offset, int from, int64_t* offset,
                          size_t size) {
  (void)to;
  (void)to_offset;
  (void)from;
  (void)offset;
  (void)size;
  return UV_ENOSYS;
}
