/* fs-event-none.c - uv_fs_event_t where the system tells nothing of files:
 * there is uv_fs_poll_t. */
#include "../platform.h"

int gy_platform_fs_event_start(uv_fs_event_t* handle, unsigned flags) {
  (void)handle;
  (void)flags;
  return UV_ENOSYS;
}

void gy_platform_fs_event_stop(uv_fs_event_t* handle) {
  (void)handle; /* None has started. */
}

void gy_platform_fs_event_after_fork(uv_fs_event_t* handle) {
  (void)handle; /* None has started. */
}
