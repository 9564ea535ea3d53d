/* stream.h - streams: bytes in order, over TCP, pipes and terminals. */
#ifndef UV_STREAM_H_
#define UV_STREAM_H_

#include "uv/handle.h"
#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*uv_read_cb)(uv_stream_t* stream, ssize_t nread,
                           const uv_buf_t* buf);
typedef void (*uv_write_cb)(uv_write_t* req, int status);
typedef void (*uv_connect_cb)(uv_connect_t* req, int status);
typedef void (*uv_shutdown_cb)(uv_shutdown_t* req, int status);
typedef void (*uv_connection_cb)(uv_stream_t* server, int status);
#define UV_STREAM_FIELDS   \
  size_t write_queue_size; \
  uv_alloc_cb alloc_cb;    \
  uv_read_cb read_cb;      \
  GY_STREAM_PRIVATE
struct uv_stream_s {
  UV_HANDLE_FIELDS UV_STREAM_FIELDS
};
struct uv_write_s {
  UV_REQ_FIELDS uv_write_cb cb;
  uv_stream_t* send_handle;
  uv_stream_t* handle;
  GY_WRITE_PRIVATE
};
struct uv_connect_s {
  UV_REQ_FIELDS uv_connect_cb cb;
  uv_stream_t* handle;
  GY_CONNECT_PRIVATE
};
struct uv_shutdown_s {
  UV_REQ_FIELDS uv_stream_t* handle;
  uv_shutdown_cb cb;
  GY_SHUTDOWN_PRIVATE
};

UV_EXTERN int uv_accept(uv_stream_t* server, uv_stream_t* client);
UV_EXTERN int uv_is_readable(const uv_stream_t* handle);
UV_EXTERN int uv_is_writable(const uv_stream_t* handle);
UV_EXTERN int uv_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb);
UV_EXTERN int uv_read_start(uv_stream_t* stream, uv_alloc_cb alloc_cb,
                            uv_read_cb read_cb);
UV_EXTERN int uv_read_stop(uv_stream_t* stream);
UV_EXTERN int uv_shutdown(uv_shutdown_t* req, uv_stream_t* handle,
                          uv_shutdown_cb cb);
UV_EXTERN size_t uv_stream_get_write_queue_size(const uv_stream_t* stream);
UV_EXTERN int uv_stream_set_blocking(uv_stream_t* handle, int blocking);
UV_EXTERN int uv_try_write(uv_stream_t* handle, const uv_buf_t* bufs,
                           unsigned int nbufs);
UV_EXTERN int uv_try_write2(uv_stream_t* handle, const uv_buf_t* bufs,
                            unsigned int nbufs, uv_stream_t* send_handle);
UV_EXTERN int uv_write(uv_write_t* req, uv_stream_t* handle,
                       const uv_buf_t* bufs, unsigned int nbufs,
                       uv_write_cb cb);
UV_EXTERN int uv_write2(uv_write_t* req, uv_stream_t* handle,
                        const uv_buf_t* bufs, unsigned int nbufs,
                        uv_stream_t* send_handle, uv_write_cb cb);

#ifdef __cplusplus
}
#endif

#endif
