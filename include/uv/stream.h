/* stream.h - streams: bytes in order, over TCP, local pipes and terminals.
 *
 * uv_stream_t is what uv_tcp_t, uv_pipe_t and uv_tty_t have in common; a
 * pointer to one of those may be cast to it. There is no uv_stream_init():
 * a stream begins with the init function of its kind and ends with uv_close().
 *
 * For every function here: the handle and the request stay in place, and
 * belong to the loop, until the close callback or the request's callback; the
 * functions are for the loop's thread only; callbacks run on it, from
 * uv_run(), never from inside the call that asked for them. NULL where a
 * pointer is owed is UV_EINVAL. The contract is libuv 1.x's, manual page
 * "stream". */
#ifndef UV_STREAM_H_
#define UV_STREAM_H_

#include "uv/handle.h"
#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Hand over what was read from |stream|. |nread| is
 *   > 0     that many bytes, at |buf->base|;
 *   0       nothing this time, like EAGAIN of read(2): neither end nor error;
 *   UV_EOF  the end: the peer has shut down its side;
 *   < 0     any other error, UV_ENOBUFS if alloc_cb gave no memory.
 * The struct |*buf| is valid during the call only. The memory it points to
 * came from alloc_cb and is the user's again, also if |nread| <= 0; on an
 * error base may be NULL and len 0.
 *
 * After an error or UV_EOF nothing more is read: stop or close the stream. To
 * read on from it is undefined. The callback may stop and close any handle. */
typedef void (*uv_read_cb)(uv_stream_t* stream, ssize_t nread,
                           const uv_buf_t* buf);

/* Tell that the write |req| is over: |status| is 0 when the system took all of
 * it, else UV_E*, and UV_ECANCELED if the stream was closed first. Then |req|
 * and the memory of its buffers are the user's again. */
typedef void (*uv_write_cb)(uv_write_t* req, int status);

/* Tell that the connect |req| is over: |status| is 0 when |req->handle| is
 * connected, else UV_E*, and UV_ECANCELED if it was closed first. |req| is the
 * user's again. After a failure the handle can only be closed. */
typedef void (*uv_connect_cb)(uv_connect_t* req, int status);

/* Tell that the shutdown |req| is over: |status| is 0 when all writes before
 * it are done and the sending side is shut, else UV_E*, and UV_ECANCELED if
 * the stream was closed first. |req| is the user's again. */
typedef void (*uv_shutdown_cb)(uv_shutdown_t* req, int status);

/* Announce a connection waiting at |server|. If |status| is 0, uv_accept()
 * succeeds at least once; until it is called no further connection is
 * announced. If |status| is UV_E* (UV_EMFILE, say) accepting failed. |server|
 * goes on listening: it tries again after a while, without telling of the same
 * trouble twice, and the connection waits in the kernel until then. */
typedef void (*uv_connection_cb)(uv_stream_t* server, int status);

/* A stream of any kind. After the fields of every handle it has
 *   write_queue_size  bytes given to uv_write() that the system has not taken
 *                     yet; read only, or by uv_stream_get_write_queue_size();
 *   alloc_cb read_cb  as given to uv_read_start(); the library's own,
 * and private room. */
struct uv_stream_s {
  UV_HANDLE_FIELDS
  UV_STREAM_FIELDS
};

/* A write under way. Needs no init. Must not be used again before its
 * callback, or both writes are lost. */
struct uv_write_s {
  UV_REQ_FIELDS
  /* As given to uv_write(). */
  uv_write_cb cb;
  /* The stream that is being sent, or NULL. Read only. */
  uv_stream_t* send_handle;
  /* The stream that is written to. Read only. */
  uv_stream_t* handle;
  /* Not for users. */
  GY_WRITE_PRIVATE
};

/* A connect under way. Needs no init. */
struct uv_connect_s {
  UV_REQ_FIELDS
  /* As given to uv_tcp_connect() or uv_pipe_connect(). */
  uv_connect_cb cb;
  /* The stream that is being connected. Read only. */
  uv_stream_t* handle;
  /* Not for users. */
  GY_CONNECT_PRIVATE
};

/* A shutdown under way. Needs no init. */
struct uv_shutdown_s {
  UV_REQ_FIELDS
  /* The stream that is being shut. Read only. */
  uv_stream_t* handle;
  /* As given to uv_shutdown(). */
  uv_shutdown_cb cb;
  /* Not for users. */
  GY_SHUTDOWN_PRIVATE
};

/* Return the bytes that wait in |stream| to be written, its write_queue_size.
 * Since libuv 1.19. */
UV_EXTERN size_t uv_stream_get_write_queue_size(const uv_stream_t* stream);

/* Listen at |stream|, a bound TCP or pipe handle, and call |cb| for each
 * connection that arrives. |backlog| is how many may wait in the kernel; see
 * listen(2). On a listening stream: take the new |cb| and |backlog|.
 *
 * A TCP handle without a socket is given one, bound to a free port of all
 * interfaces. With UV_EADDRINUSE a bind may fail as late as here.
 *
 * Returns 0; UV_EINVAL if |stream| is closing, of a kind that cannot listen,
 * or |cb| is NULL; else what listen(2) says. */
UV_EXTERN int uv_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb);

/* Move the connection that waits at |server| into |client|: a handle of the
 * same kind on the same loop, fresh from its init function, which then is
 * connected. Made to be called once per connection callback, in it or later.
 *
 * On an IPC pipe: take the handle that arrived over |server|; |client| must be
 * of the type that uv_pipe_pending_type() tells. See uv_write2().
 *
 * Returns 0; UV_EAGAIN if nothing waits; UV_EBUSY if |client| has a descriptor
 * already; UV_EINVAL if the kinds or loops do not fit, or |client| is closing.
 * After an error the connection still waits, for another |client|. */
UV_EXTERN int uv_accept(uv_stream_t* server, uv_stream_t* client);

/* Read |stream| from now on: whenever there is data, call |alloc_cb| for
 * memory, fill it, and call |read_cb|, until uv_read_stop(), the end, an error
 * or uv_close(). While it reads, the stream is active.
 *
 * Returns 0; UV_EALREADY if it reads already (since libuv 1.38); UV_EINVAL if
 * |stream| is closing or a callback is NULL; UV_ENOTCONN if it is not
 * readable: not connected, or writable only. */
UV_EXTERN int uv_read_start(uv_stream_t* stream, uv_alloc_cb alloc_cb,
                            uv_read_cb read_cb);

/* Stop reading |stream|: read_cb is not called again. Data stays in the
 * kernel until the next uv_read_start(). Harmless on a stream that does not
 * read. May be called from read_cb, not from alloc_cb.
 *
 * Returns 0. Not 0, on a Windows console only, says that it will let go of
 * its resources with the next key, and is no failure. */
UV_EXTERN int uv_read_stop(uv_stream_t* stream);

/* Write the |nbufs| buffers |bufs| to |stream|, in order and after all writes
 * before. |cb|, which may be NULL, is called once when all is written or has
 * failed; it is called in the order of the writes.
 *
 * |req| and the memory of the buffers must stay untouched until |cb|; the
 * array |bufs| may go at once. What fits is written during the call.
 *
 * uv_cancel() takes back what is not written yet.
 *
 * Returns 0; UV_EBADF if |stream| has no descriptor, or is closing; UV_EPIPE if
 * it is not writable: shut down, or readable only; UV_EINVAL if |nbufs| is 0;
 * UV_ENOMEM. If not 0, nothing is written and |cb| is not called. What the
 * system says of the write itself comes by |cb|, and no SIGPIPE with it. */
UV_EXTERN int uv_write(uv_write_t* req, uv_stream_t* handle,
                       const uv_buf_t* bufs, unsigned int nbufs,
                       uv_write_cb cb);

/* As uv_write(), and send |send_handle| to the other end of |handle|, a pipe
 * initialised with ipc = 1. The handle travels with the first byte, so |bufs|
 * must hold at least one. The receiver takes it with uv_accept().
 *
 * |send_handle| is a TCP or pipe handle, connected or listening (on Windows a
 * bound one is sent as a server), or a UDP handle on Unix. It must stay open
 * until |cb|; the receiver gets a copy, and both ends close theirs. NULL: plain
 * uv_write(). See unix(7), SCM_RIGHTS.
 *
 * Returns as uv_write(); also UV_EINVAL if |handle| is no IPC pipe, UV_EBADF
 * if |send_handle| has no descriptor. */
UV_EXTERN int uv_write2(uv_write_t* req, uv_stream_t* handle,
                        const uv_buf_t* bufs, unsigned int nbufs,
                        uv_stream_t* send_handle, uv_write_cb cb);

/* Write what fits of the |nbufs| buffers |bufs| at once, and queue nothing.
 * No request, no callback; the memory is the user's after the call.
 *
 * Returns the number of bytes written, which may be less than was given;
 * UV_EAGAIN if none fits, or if writes wait in the queue; else as uv_write().
 */
UV_EXTERN int uv_try_write(uv_stream_t* handle, const uv_buf_t* bufs,
                           unsigned int nbufs);

/* As uv_try_write(), and send |send_handle| as uv_write2() does. The handle
 * is on its way if the result is > 0. Since libuv 1.42.
 *
 * Returns as uv_try_write() and uv_write2(); on Windows, with a |send_handle|,
 * always UV_EAGAIN. */
UV_EXTERN int uv_try_write2(uv_stream_t* handle, const uv_buf_t* bufs,
                            unsigned int nbufs, uv_stream_t* send_handle);

/* Shut the sending side of |handle| once all queued writes are done, and then
 * call |cb|, which may be NULL, with |req|. Nothing can be written from now on;
 * reading goes on. The handle stays open until uv_close(). See shutdown(2).
 *
 * Returns 0; UV_ENOTCONN if |handle| is not writable: not connected, shut
 * down already, or closing. */
UV_EXTERN int uv_shutdown(uv_shutdown_t* req, uv_stream_t* handle,
                          uv_shutdown_cb cb);

/* Return 1 if |handle| is open for reading, else 0. Says nothing about data. */
UV_EXTERN int uv_is_readable(const uv_stream_t* handle);

/* Return 1 if |handle| is open for writing, else 0. Says nothing about room. */
UV_EXTERN int uv_is_writable(const uv_stream_t* handle);

/* Make writes to |handle| wait in the call (|blocking| not 0) or not (0, how
 * every stream begins). Callbacks come from uv_run() as ever. Made for output
 * before exit; the whole loop waits with the write. Call it before the first
 * write: the order with writes in the queue is not defined.
 *
 * Returns 0; UV_EBADF if |handle| has no descriptor; UV_EINVAL on Windows for
 * anything but a pipe. */
UV_EXTERN int uv_stream_set_blocking(uv_stream_t* handle, int blocking);

#ifdef __cplusplus
}
#endif

#endif
