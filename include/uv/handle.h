/* uv/handle.h - what every handle has and can do. */
#ifndef UV_HANDLE_H_
#define UV_HANDLE_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*uv_close_cb)(uv_handle_t* handle);
typedef void (*uv_alloc_cb)(uv_handle_t* handle, size_t suggested_size,
                            uv_buf_t* buf);
typedef void (*uv_walk_cb)(uv_handle_t* handle, void* arg);

#define UV_HANDLE_FIELDS \
  void* data;            \
  uv_loop_t* loop;       \
  uv_handle_type type;   \
  GY_HANDLE_PRIVATE

#define UV_STREAM_FIELDS   \
  size_t write_queue_size; \
  uv_alloc_cb alloc_cb;    \
  uv_read_cb read_cb;      \
  GY_STREAM_PRIVATE

struct uv_handle_s {
  UV_HANDLE_FIELDS
};

UV_EXTERN size_t uv_handle_size(uv_handle_type type);
UV_EXTERN uv_handle_type uv_handle_get_type(const uv_handle_t* handle);
UV_EXTERN const char* uv_handle_type_name(uv_handle_type type);
UV_EXTERN void* uv_handle_get_data(const uv_handle_t* handle);
UV_EXTERN uv_loop_t* uv_handle_get_loop(const uv_handle_t* handle);
UV_EXTERN void uv_handle_set_data(uv_handle_t* handle, void* data);

UV_EXTERN int uv_is_active(const uv_handle_t* handle);
UV_EXTERN int uv_is_closing(const uv_handle_t* handle);
UV_EXTERN void uv_close(uv_handle_t* handle, uv_close_cb close_cb);

UV_EXTERN void uv_ref(uv_handle_t* handle);
UV_EXTERN void uv_unref(uv_handle_t* handle);
UV_EXTERN int uv_has_ref(const uv_handle_t* handle);

UV_EXTERN int uv_send_buffer_size(uv_handle_t* handle, int* value);
UV_EXTERN int uv_recv_buffer_size(uv_handle_t* handle, int* value);
UV_EXTERN int uv_fileno(const uv_handle_t* handle, uv_os_fd_t* fd);

#ifdef __cplusplus
}
#endif

#endif /* UV_HANDLE_H_ */
