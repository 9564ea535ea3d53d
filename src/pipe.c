/* pipe.c - the front desk of uv_pipe_t; the platform's pipe.c does the rest. */
#include <string.h>

#include "core.h"
#include "kinds.h"
#include "platform.h"

static bool is_closing(const uv_pipe_t* pipe) {
  return uv_is_closing((const uv_handle_t*)pipe);
}

/* May |name| of |size| bytes be used with |flags|? */
static bool is_name(const char* name, size_t size, unsigned flags) {
  return name != NULL && size > 0 &&
         (flags & ~(unsigned)UV_PIPE_NO_TRUNCATE) == 0;
}

int uv_pipe_init(uv_loop_t* loop, uv_pipe_t* handle, int ipc) {
  if (loop == NULL || handle == NULL) {
    return UV_EINVAL;
  }
  gy_platform_pipe_init(loop, handle, ipc);
  return 0;
}

int uv_pipe_open(uv_pipe_t* handle, uv_file file) {
  if (handle == NULL || is_closing(handle)) {
    return UV_EINVAL;
  }
  return gy_platform_pipe_open(handle, file);
}

int uv_pipe_bind2(uv_pipe_t* handle, const char* name, size_t namelen,
                  unsigned int flags) {
  if (handle == NULL || is_closing(handle) || !is_name(name, namelen, flags)) {
    return UV_EINVAL;
  }
  return gy_platform_pipe_bind(handle, name, namelen,
                               !(flags & UV_PIPE_NO_TRUNCATE));
}

int uv_pipe_bind(uv_pipe_t* handle, const char* name) {
  return uv_pipe_bind2(handle, name, name != NULL ? strlen(name) : 0, 0);
}

int uv_pipe_connect2(uv_connect_t* req, uv_pipe_t* handle, const char* name,
                     size_t namelen, unsigned int flags, uv_connect_cb cb) {
  if (req == NULL || handle == NULL || is_closing(handle) ||
      !is_name(name, namelen, flags)) {
    return UV_EINVAL;
  }
  return gy_platform_pipe_connect(req, handle, name, namelen,
                                  !(flags & UV_PIPE_NO_TRUNCATE), cb);
}

void uv_pipe_connect(uv_connect_t* req, uv_pipe_t* handle, const char* name,
                     uv_connect_cb cb) {
  int err = uv_pipe_connect2(req, handle, name, name != NULL ? strlen(name) : 0,
                             0, cb);

  if (err != 0 && req != NULL && handle != NULL) {
    gy_platform_pipe_connect_fail(req, handle, err, cb);
  }
}

int uv_pipe_getsockname(const uv_pipe_t* handle, char* buffer, size_t* size) {
  if (handle == NULL || buffer == NULL || size == NULL || *size == 0) {
    return UV_EINVAL;
  }
  return gy_platform_pipe_getsockname(handle, buffer, size);
}

int uv_pipe_getpeername(const uv_pipe_t* handle, char* buffer, size_t* size) {
  if (handle == NULL || buffer == NULL || size == NULL || *size == 0) {
    return UV_EINVAL;
  }
  return gy_platform_pipe_getpeername(handle, buffer, size);
}

void uv_pipe_pending_instances(uv_pipe_t* handle, int count) {
  if (handle != NULL) {
    gy_platform_pipe_pending_instances(handle, count);
  }
}

int uv_pipe_pending_count(uv_pipe_t* handle) {
  if (handle == NULL || handle->ipc == 0) {
    return 0;
  }
  return gy_platform_pipe_pending_count(handle);
}

uv_handle_type uv_pipe_pending_type(uv_pipe_t* handle) {
  if (handle == NULL || handle->ipc == 0) {
    return UV_UNKNOWN_HANDLE;
  }
  return gy_platform_pipe_pending_type(handle);
}

int uv_pipe_chmod(uv_pipe_t* handle, int flags) {
  return handle != NULL ? gy_platform_pipe_chmod(handle, flags) : UV_EINVAL;
}

static void pipe_close(uv_handle_t* handle) {
  gy_platform_pipe_close((uv_pipe_t*)handle);
}

static int pipe_fileno(const uv_handle_t* handle, uv_os_fd_t* fd) {
  return gy_platform_stream_fileno((const uv_stream_t*)handle, fd);
}

static void pipe_after_fork(uv_handle_t* handle) {
  gy_platform_stream_after_fork((uv_stream_t*)handle);
}

static void pipe_finish(uv_handle_t* handle) {
  gy_platform_stream_finish((uv_stream_t*)handle);
}

const gy_handle_kind_t gy_pipe_kind = {"pipe",      sizeof(uv_pipe_t),
                                       pipe_close,  pipe_after_fork,
                                       pipe_fileno, pipe_finish};
