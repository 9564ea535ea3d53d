/* fs-event.c - the front desk of uv_fs_event_t; the platform watches. */
#include <string.h>

#include "core.h"
#include "kinds.h"
#include "platform.h"

int uv_fs_event_init(uv_loop_t* loop, uv_fs_event_t* handle) {
  if (loop == NULL || handle == NULL) {
    return UV_EINVAL;
  }
  gy_handle_init(loop, (uv_handle_t*)handle, UV_FS_EVENT);
  handle->cb = NULL;
  handle->path = NULL;
  handle->watch = NULL;
  gy_queue_init(&handle->node);
  return 0;
}

static int path_copy(uv_fs_event_t* handle, const char* path) {
  size_t size = strlen(path) + 1;

  handle->path = gy_malloc(size);
  if (handle->path == NULL) {
    return UV_ENOMEM;
  }
  memcpy(handle->path, path, size);
  return 0;
}

static void path_free(uv_fs_event_t* handle) {
  gy_free(handle->path);
  handle->path = NULL;
}

int uv_fs_event_start(uv_fs_event_t* handle, uv_fs_event_cb cb,
                      const char* path, unsigned int flags) {
  int err;

  if (handle == NULL || cb == NULL || path == NULL ||
      uv_is_closing((uv_handle_t*)handle) ||
      uv_is_active((uv_handle_t*)handle)) {
    return UV_EINVAL;
  }
  err = path_copy(handle, path);
  if (err != 0) {
    return err;
  }
  handle->cb = cb;
  gy_queue_remove(&handle->node);
  err = gy_platform_fs_event_start(handle, flags);
  if (err != 0) {
    path_free(handle);
    return err;
  }
  gy_handle_start((uv_handle_t*)handle);
  return 0;
}

int uv_fs_event_stop(uv_fs_event_t* handle) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  if (uv_is_active((uv_handle_t*)handle)) {
    gy_platform_fs_event_stop(handle);
    gy_handle_stop((uv_handle_t*)handle);
    path_free(handle);
  }
  return 0;
}

int uv_fs_event_getpath(uv_fs_event_t* handle, char* buffer, size_t* size) {
  size_t length;

  if (handle == NULL || buffer == NULL || size == NULL) {
    return UV_EINVAL;
  }
  if (!uv_is_active((uv_handle_t*)handle)) {
    *size = 0; /* as libuv has it */
    return UV_EINVAL;
  }
  length = strlen(handle->path);
  if (*size <= length) {
    *size = length + 1;
    return UV_ENOBUFS;
  }
  memcpy(buffer, handle->path, length + 1);
  *size = length;
  return 0;
}

static void fs_event_close(uv_handle_t* handle) {
  (void)uv_fs_event_stop((uv_fs_event_t*)handle); /* It never fails. */
  gy_queue_remove(&((uv_fs_event_t*)handle)->node);
  gy_handle_closed(handle);
}

static void fs_event_after_fork(uv_handle_t* handle) {
  if (uv_is_active(handle)) {
    gy_platform_fs_event_after_fork((uv_fs_event_t*)handle);
  }
}

const gy_handle_kind_t gy_fs_event_kind = {
    "fs_event",     sizeof(uv_fs_event_t),
    fs_event_close, fs_event_after_fork,
    NULL,           NULL};
