/* fs-event.h - watching files and directories. */
#ifndef UV_FS_EVENT_H_
#define UV_FS_EVENT_H_

#include "uv/fs.h"
#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

enum uv_fs_event {
  UV_RENAME = 1,
  UV_CHANGE = 2
};
enum uv_fs_event_flags {
  UV_FS_EVENT_WATCH_ENTRY = 1,
  UV_FS_EVENT_STAT = 2,
  UV_FS_EVENT_RECURSIVE = 4
};
typedef void (*uv_fs_event_cb)(uv_fs_event_t* handle, const char* filename,
                               int events, int status);
typedef void (*uv_fs_poll_cb)(uv_fs_poll_t* handle, int status,
                              const uv_stat_t* prev, const uv_stat_t* curr);
struct uv_fs_event_s {
  UV_HANDLE_FIELDS GY_FS_EVENT_PRIVATE
};
struct uv_fs_poll_s {
  UV_HANDLE_FIELDS GY_FS_POLL_PRIVATE
};

UV_EXTERN int uv_fs_event_getpath(uv_fs_event_t* handle, char* buffer,
                                  size_t* size);
UV_EXTERN int uv_fs_event_init(uv_loop_t* loop, uv_fs_event_t* handle);
UV_EXTERN int uv_fs_event_start(uv_fs_event_t* handle, uv_fs_event_cb cb,
                                const char* path, unsigned int flags);
UV_EXTERN int uv_fs_event_stop(uv_fs_event_t* handle);
UV_EXTERN int uv_fs_poll_getpath(uv_fs_poll_t* handle, char* buffer,
                                 size_t* size);
UV_EXTERN int uv_fs_poll_init(uv_loop_t* loop, uv_fs_poll_t* handle);
UV_EXTERN int uv_fs_poll_start(uv_fs_poll_t* handle, uv_fs_poll_cb poll_cb,
                               const char* path, unsigned int interval);
UV_EXTERN int uv_fs_poll_stop(uv_fs_poll_t* handle);

#ifdef __cplusplus
}
#endif

#endif
