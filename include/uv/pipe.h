/* pipe.h - local stream sockets, pipes and Windows named pipes. */
#ifndef UV_PIPE_H_
#define UV_PIPE_H_

#include "uv/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  UV_PIPE_NO_TRUNCATE = 1
};
struct uv_pipe_s {
  UV_HANDLE_FIELDS UV_STREAM_FIELDS int ipc;
  GY_PIPE_PRIVATE
};

UV_EXTERN int uv_pipe(uv_file* fds, int read_flags, int write_flags);
UV_EXTERN int uv_pipe_bind(uv_pipe_t* handle, const char* name);
UV_EXTERN int uv_pipe_bind2(uv_pipe_t* handle, const char* name, size_t namelen,
                            unsigned int flags);
UV_EXTERN int uv_pipe_chmod(uv_pipe_t* handle, int flags);
UV_EXTERN void uv_pipe_connect(uv_connect_t* req, uv_pipe_t* handle,
                               const char* name, uv_connect_cb cb);
UV_EXTERN int uv_pipe_connect2(uv_connect_t* req, uv_pipe_t* handle,
                               const char* name, size_t namelen,
                               unsigned int flags, uv_connect_cb cb);
UV_EXTERN int uv_pipe_getpeername(const uv_pipe_t* handle, char* buffer,
                                  size_t* size);
UV_EXTERN int uv_pipe_getsockname(const uv_pipe_t* handle, char* buffer,
                                  size_t* size);
UV_EXTERN int uv_pipe_init(uv_loop_t* loop, uv_pipe_t* handle, int ipc);
UV_EXTERN int uv_pipe_open(uv_pipe_t* handle, uv_file file);
UV_EXTERN int uv_pipe_pending_count(uv_pipe_t* handle);
UV_EXTERN void uv_pipe_pending_instances(uv_pipe_t* handle, int count);
UV_EXTERN uv_handle_type uv_pipe_pending_type(uv_pipe_t* handle);

#ifdef __cplusplus
}
#endif

#endif
