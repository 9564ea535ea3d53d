/* sys-copy-linux.c - from descriptor to descriptor on Linux; see sys-file.h. */
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys-call.h"
#include "sys-file.h"
#include "uv/errno.h"

/* The number is FICLONE of linux/fs.h, which not every C library has. */
int gy_sys_clone(int to, int from) {
  int result;

  do {
    result = gy_sys_fault(GY_FAULT("ficlone"))
                 ? -1
                 : ioctl(to, _IOW(0x94, 9, int), from);
  } while (gy_sys_interrupted(result));
  return result == 0 ? 0 : gy_sys_error();
}

ssize_t gy_sys_sendfile(int to, int from, int64_t* offset, size_t size) {
  off_t at = *offset;
  ssize_t done;

  do {
    done =
        gy_sys_fault(GY_FAULT("sendfile")) ? -1 : sendfile(to, from, &at, size);
  } while (gy_sys_interrupted(done));
  if (done < 0) {
    return gy_sys_error();
  }
  *offset = at;
  return done;
}

/* From Linux 4.5 on; by its number, since not every C library has it. */
ssize_t gy_sys_copy_range(int to, int64_t* to_offset, int from, int64_t* offset,
                          size_t size) {
  ssize_t done;

  do {
    done = gy_sys_fault(GY_FAULT("copy_file_range"))
               ? -1
               : syscall(SYS_copy_file_range, from, offset, to, to_offset, size,
                         0u);
  } while (gy_sys_interrupted(done));
  return done >= 0 ? done : gy_sys_error();
}
