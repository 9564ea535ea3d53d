/* stream.c - the front desk of streams: the checks that are the same on all
 * systems; the platform's stream.c and its kinds do the rest. */
#include "core.h"
#include "platform.h"

static bool is(const uv_stream_t* stream, unsigned flag) {
  return gy_handle_is((const uv_handle_t*)stream, flag);
}

static bool is_closing(const uv_stream_t* stream) {
  return uv_is_closing((const uv_handle_t*)stream);
}

/* Is |stream| a pipe that handles may be sent over? */
static bool is_ipc(const uv_stream_t* stream) {
  return stream->type == UV_NAMED_PIPE && ((const uv_pipe_t*)stream)->ipc != 0;
}

/* ---- listening -------------------------------------------------------------
 */

int uv_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb) {
  if (stream == NULL || cb == NULL || is_closing(stream)) {
    return UV_EINVAL;
  }
  switch (stream->type) {
    case UV_TCP:
      return gy_platform_tcp_listen((uv_tcp_t*)stream, backlog, cb);
    case UV_NAMED_PIPE:
      return gy_platform_pipe_listen((uv_pipe_t*)stream, backlog, cb);
    default:
      return UV_EINVAL;
  }
}

int uv_accept(uv_stream_t* server, uv_stream_t* client) {
  if (server == NULL || client == NULL || server->loop != client->loop ||
      is_closing(client) || (server->type != client->type && !is_ipc(server))) {
    return UV_EINVAL;
  }
  return gy_platform_stream_accept(server, client);
}

/* ---- reading ---------------------------------------------------------------
 */

int uv_read_start(uv_stream_t* stream, uv_alloc_cb alloc_cb,
                  uv_read_cb read_cb) {
  if (stream == NULL || alloc_cb == NULL || read_cb == NULL ||
      is_closing(stream)) {
    return UV_EINVAL;
  }
  if (is(stream, GY_HANDLE_READING)) {
    return UV_EALREADY;
  }
  if (!is(stream, GY_HANDLE_READABLE)) {
    return UV_ENOTCONN;
  }
  stream->alloc_cb = alloc_cb;
  stream->read_cb = read_cb;
  return gy_platform_stream_read_start(stream);
}

int uv_read_stop(uv_stream_t* stream) {
  if (stream == NULL) {
    return UV_EINVAL;
  }
  if (is(stream, GY_HANDLE_READING)) {
    gy_platform_stream_read_stop(stream);
  }
  return 0;
}

/* ---- writing ---------------------------------------------------------------
 */

/* May |send_handle| be sent over |stream|? */
static int check_send(const uv_stream_t* stream,
                      const uv_stream_t* send_handle) {
  uv_os_fd_t fd;

  if (!is_ipc(stream)) {
    return UV_EINVAL;
  }
  if (send_handle->type != UV_TCP && send_handle->type != UV_NAMED_PIPE &&
      send_handle->type != UV_UDP) {
    return UV_EBADF; /* As libuv says of a timer. */
  }
  return uv_fileno((const uv_handle_t*)send_handle, &fd);
}

/* May |bufs| be written, and |send_handle| be sent with them? */
static int check_write(const uv_stream_t* stream, const uv_buf_t* bufs,
                       unsigned nbufs, const uv_stream_t* send_handle) {
  unsigned index = 0;

  if (stream == NULL || bufs == NULL || nbufs == 0) {
    return UV_EINVAL;
  }
  if (send_handle == NULL) {
    return 0;
  }
  while (index < nbufs && bufs[index].len == 0) {
    index++;
  }
  /* A handle goes with a byte, and would be lost without one. */
  return index < nbufs ? check_send(stream, send_handle) : UV_EINVAL;
}

int uv_write2(uv_write_t* req, uv_stream_t* handle, const uv_buf_t* bufs,
              unsigned int nbufs, uv_stream_t* send_handle, uv_write_cb cb) {
  int err = check_write(handle, bufs, nbufs, send_handle);

  if (err != 0 || req == NULL) {
    return err != 0 ? err : UV_EINVAL;
  }
  return gy_platform_stream_write(req, handle, bufs, nbufs, send_handle, cb);
}

int uv_write(uv_write_t* req, uv_stream_t* handle, const uv_buf_t* bufs,
             unsigned int nbufs, uv_write_cb cb) {
  return uv_write2(req, handle, bufs, nbufs, NULL, cb);
}

int uv_try_write2(uv_stream_t* handle, const uv_buf_t* bufs, unsigned int nbufs,
                  uv_stream_t* send_handle) {
  int err = check_write(handle, bufs, nbufs, send_handle);

  return err != 0
             ? err
             : gy_platform_stream_try_write(handle, bufs, nbufs, send_handle);
}

int uv_try_write(uv_stream_t* handle, const uv_buf_t* bufs,
                 unsigned int nbufs) {
  return uv_try_write2(handle, bufs, nbufs, NULL);
}

int uv_shutdown(uv_shutdown_t* req, uv_stream_t* handle, uv_shutdown_cb cb) {
  if (req == NULL || handle == NULL) {
    return UV_EINVAL;
  }
  if (!is(handle, GY_HANDLE_WRITABLE) || is_closing(handle)) {
    return UV_ENOTCONN;
  }
  handle->flags &= ~(unsigned)GY_HANDLE_WRITABLE;
  gy_platform_stream_shutdown(req, handle, cb);
  return 0;
}

int uv_stream_set_blocking(uv_stream_t* handle, int blocking) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_stream_set_blocking(handle, blocking != 0);
}
