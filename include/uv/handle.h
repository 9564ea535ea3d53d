/* uv/handle.h - what every handle has and can do.
 *
 * The life of a handle: uv_x_init() makes it known to a loop, uv_x_start() or
 * the like makes it active, uv_x_stop() inactive, and uv_close() ends it. Its
 * memory may be freed or used anew in the close callback, not before.
 *
 * uv_run() goes on while there is an active handle that is referenced. All are
 * referenced to begin with; uv_unref() is for the handle that should not keep
 * the program alive, such as a timer that writes statistics.
 *
 * All functions here are for the loop's thread, but for those that say so. */
#ifndef UV_HANDLE_H_
#define UV_HANDLE_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* |handle| is closed: the library has no pointer to it any more, and its memory
 * is the program's again. */
typedef void (*uv_close_cb)(uv_handle_t* handle);

/* Give |buf| the memory for the next read: its base and its len in bytes.
 * |suggested_size| is a hint, 65536 as a rule, and has nothing to do with what
 * is waiting to be read; any size will do.
 *
 * The memory is the read's until the read callback, which is called once for
 * each call of this, with the same buffer, and where the program has it back.
 * A NULL base or a len of 0 is allowed, and the read callback then gets
 * UV_ENOBUFS. The handle must not be stopped or closed in here: the read that
 * asks for memory is under way, and would go on with a handle that is not. */
typedef void (*uv_alloc_cb)(uv_handle_t* handle, size_t suggested_size,
                            uv_buf_t* buf);

/* One handle of a loop, for uv_walk(), with the |arg| given there. */
typedef void (*uv_walk_cb)(uv_handle_t* handle, void* arg);

/* What every handle begins with:
 *
 *   data  the program's, for whatever it likes. Never read or written here.
 *   loop  the loop it belongs to. Read only.
 *   type  what it is. Read only. */
#define UV_HANDLE_FIELDS \
  void* data;            \
  uv_loop_t* loop;       \
  uv_handle_type type;   \
  GY_HANDLE_PRIVATE

/* What every stream has behind that:
 *
 *   write_queue_size  bytes that wait to be written. Read only. */
#define UV_STREAM_FIELDS   \
  size_t write_queue_size; \
  uv_alloc_cb alloc_cb;    \
  uv_read_cb read_cb;      \
  GY_STREAM_PRIVATE

/* Any handle. None is initialised as this type. */
struct uv_handle_s {
  UV_HANDLE_FIELDS
};

/* How many bytes a handle of |type| takes, for languages that cannot see the
 * structs. (size_t)-1 if there is no such handle. Any thread. */
UV_EXTERN size_t uv_handle_size(uv_handle_type type);

/* The type of |handle|; as handle->type. */
UV_EXTERN uv_handle_type uv_handle_get_type(const uv_handle_t* handle);

/* The name of |type|, which is that of its struct without uv_ and _t: "pipe"
 * for UV_NAMED_PIPE. A constant; NULL if there is no such type. Any thread. */
UV_EXTERN const char* uv_handle_type_name(uv_handle_type type);

/* What uv_handle_set_data() put there; as handle->data. */
UV_EXTERN void* uv_handle_get_data(const uv_handle_t* handle);

/* The loop of |handle|; as handle->loop. */
UV_EXTERN uv_loop_t* uv_handle_get_loop(const uv_handle_t* handle);

/* Keep |data| in |handle|; as assigning to handle->data. It stays the
 * program's. Initialising a handle leaves it alone. */
UV_EXTERN void uv_handle_set_data(uv_handle_t* handle, void* data);

/* Not 0 if |handle| is active. What that means is up to the type: an async is
 * active from its uv_async_init() on; what has a start and a stop, in between;
 * what does I/O, while it reads, writes, connects or listens. */
UV_EXTERN int uv_is_active(const uv_handle_t* handle);

/* Not 0 if uv_close() was called on |handle|. Only between its initialisation
 * and the end of its close callback; before and after it is mere memory. */
UV_EXTERN int uv_is_closing(const uv_handle_t* handle);

/* Close |handle|, and call |close_cb|, which may be NULL, when that is done.
 *
 * The handle stops, and what it held of the system's is let go at once, so a
 * file descriptor's number may be in use again when this returns. The callback
 * comes in the closing phase of a turn of the loop, never from in here, and
 * only then is the memory the program's again. Requests under way on |handle|
 * have their callbacks called before it, with UV_ECANCELED.
 *
 * Every initialised handle must be closed before its loop is, or
 * uv_loop_close() gives UV_EBUSY. Closing one that is closing is an error of
 * the program: asserted, and otherwise ignored. */
UV_EXTERN void uv_close(uv_handle_t* handle, uv_close_cb close_cb);

/* Let |handle| keep its loop running while it is active. That is a flag, not a
 * count: to do it again changes nothing. */
UV_EXTERN void uv_ref(uv_handle_t* handle);

/* Let |handle| not keep its loop running. It works on while the loop runs for
 * other reasons. */
UV_EXTERN void uv_unref(uv_handle_t* handle);

/* Not 0 if |handle| is referenced. */
UV_EXTERN int uv_has_ref(const uv_handle_t* handle);

/* Read or set the size in bytes of the kernel's send buffer for |handle|: read
 * it into |*value| if |*value| is 0, set it to |*value| if that is greater. For
 * TCP and UDP, and on Unix for pipes.
 *
 * Linux doubles what is set, for its own book-keeping, and reads back as
 * double; see socket(7), SO_SNDBUF.
 *
 * Returns 0; UV_ENOTSUP for another type of handle; UV_EBADF when it has no
 * socket yet; UV_EINVAL if |value| is NULL; or what the system says of the
 * size. */
UV_EXTERN int uv_send_buffer_size(uv_handle_t* handle, int* value);

/* The same for the receive buffer, SO_RCVBUF. */
UV_EXTERN int uv_recv_buffer_size(uv_handle_t* handle, int* value);

/* Write to |*fd| the descriptor, on Windows the HANDLE or SOCKET, under
 * |handle|: a TCP, pipe, TTY, UDP or poll handle. It stays the handle's. Do not
 * close it or change its mode: the handle would go on with what it believes of
 * it.
 *
 * Returns 0; UV_EINVAL for another type of handle; UV_EBADF when it has none
 * yet, or is closed. */
UV_EXTERN int uv_fileno(const uv_handle_t* handle, uv_os_fd_t* fd);

#ifdef __cplusplus
}
#endif

#endif /* UV_HANDLE_H_ */
