/* uv/poll.h - watching a descriptor that somebody else reads and writes.
 *
 * This is for libraries that own a socket and want to be told when they may use
 * it: resolvers, database clients. For a socket of the program's own, uv_tcp_t,
 * uv_udp_t and the like do more and cost less, above all on Windows.
 *
 * Events are levels, not edges: what holds is told in each turn of the loop,
 * until it is read, written, or not asked for any more. And they are hints: a
 * descriptor told as readable may have nothing to read after all, so it has to
 * be non-blocking and EAGAIN be expected. One handle per descriptor, and the
 * descriptor must not be closed while its handle is active: its number may be
 * another's at once. After uv_poll_stop() or uv_close() it may.
 *
 * All functions here are for the loop's thread.
 *
 * The behaviour is that of libuv 1.x, manual page "poll". */
#ifndef UV_POLL_H_
#define UV_POLL_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* |status| is 0 and |events| what was seen, of that which was asked for; or
 * |status| is UV_E*, |events| is 0, and polling failed. The handle may be
 * started anew, stopped and closed in here. */
typedef void (*uv_poll_cb)(uv_poll_t* handle, int status, int events);

/* What one can wait for; a mask. */
enum uv_poll_event {
  UV_READABLE = 1, /* there is something to read, or the end */
  UV_WRITABLE = 2, /* something can be written */
  /* The peer has shut down. A help to notice it without a read: it may not come
   * at all, and on AIX it does not. */
  UV_DISCONNECT = 4,
  UV_PRIORITIZED = 8 /* out-of-band data of TCP, or an interrupt of sysfs */
};

/* A poll handle. Active while it is started. */
struct uv_poll_s {
  UV_HANDLE_FIELDS
  /* As given to uv_poll_start(). */
  uv_poll_cb poll_cb;
  GY_POLL_PRIVATE
};

/* Make |handle|, the caller's memory, a poll handle of |loop| for |fd|: on Unix
 * any descriptor that can be polled, on Windows the C runtime's number of a
 * socket. |fd| becomes non-blocking and stays the caller's, to be closed by him
 * when |handle| does not use it any more. The handle must be ended with
 * uv_close(), and stay in place until the close callback.
 *
 * Returns 0; UV_EEXIST when the loop watches |fd| for another handle already;
 * UV_EBADF if it is none; UV_EPERM if it is one that cannot be polled, such as
 * a regular file's; UV_ENOTSOCK on Windows; UV_EINVAL if |loop| or |handle| is
 * NULL. On an error |handle| is not initialised. */
UV_EXTERN int uv_poll_init(uv_loop_t* loop, uv_poll_t* handle, int fd);

/* As uv_poll_init(), for |socket|, which is no descriptor on Windows. */
UV_EXTERN int uv_poll_init_socket(uv_loop_t* loop, uv_poll_t* handle,
                                  uv_os_sock_t socket);

/* Call |cb| when one of |events|, a mask of UV_READABLE and so on, is seen. On
 * an active handle it replaces mask and callback. A mask of 0 stops the handle.
 *
 * Returns 0; UV_EINVAL if |events| has bits that are none, |cb| is NULL or
 * |handle| is closing; UV_EEXIST when another handle watches the descriptor;
 * UV_ENOMEM. On an error an active handle goes on as it was. */
UV_EXTERN int uv_poll_start(uv_poll_t* handle, int events, uv_poll_cb cb);

/* Watch no more: |cb| is not called any more, not even for what was seen
 * already, and the descriptor may be closed. Returns 0; UV_EINVAL if |handle|
 * is closing. */
UV_EXTERN int uv_poll_stop(uv_poll_t* handle);

#ifdef __cplusplus
}
#endif

#endif /* UV_POLL_H_ */
