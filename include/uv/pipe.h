/* pipe.h - local pipes: Unix domain sockets, FIFOs, pipe(2); named pipes on
 * Windows.
 *
 * A uv_pipe_t is a stream: bind and listen, connect, or open here, then read
 * and write with stream.h. With ipc = 1 a connected pipe also carries handles
 * to another process: uv_write2() sends them, uv_pipe_pending_count() and
 * uv_accept() receive them.
 *
 * For every function here: loop thread only, except uv_pipe(); the handle stays
 * in place until its close callback; NULL where a pointer is owed is UV_EINVAL.
 * Names are UTF-8 on Windows. The contract is libuv 1.x's, manual page "pipe";
 * see unix(7). */
#ifndef UV_PIPE_H_
#define UV_PIPE_H_

#include "uv/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For the |flags| of uv_pipe_bind2() and uv_pipe_connect2(). */
enum {
  /* A name too long for the system is UV_EINVAL; without this flag it is cut.
   * Since libuv 1.46. */
  UV_PIPE_NO_TRUNCATE = 1
};

/* A local connection or listener. */
struct uv_pipe_s {
  UV_HANDLE_FIELDS
  UV_STREAM_FIELDS
  /* Not 0 if the pipe may carry handles. Read only. */
  int ipc;
  /* Not for users. */
  GY_PIPE_PRIVATE
};

/* Make |handle| a pipe handle of |loop|, without a descriptor yet. |ipc| is 1
 * if handles will be sent or received over it, else 0. A listener has ipc = 0;
 * the connections may have 1. On Windows ipc changes the bytes on the wire: use
 * it at both ends. |handle| must be closed with uv_close() before its memory
 * goes.
 *
 * Returns 0. */
UV_EXTERN int uv_pipe_init(uv_loop_t* loop, uv_pipe_t* handle, int ipc);

/* Make |file|, an existing descriptor of a pipe, FIFO or local stream socket,
 * the descriptor of |handle|, which owns it from then on and closes it, unless
 * it is 0, 1 or 2. It is set to not block; whether it is readable or writable
 * is asked of it. That it is a pipe is the caller's promise and not checked.
 *
 * Returns 0; UV_EBADF if |file| is not open; UV_EBUSY if |handle| has a
 * descriptor; UV_EINVAL on Windows if it is no pipe. On error |file| stays the
 * caller's. */
UV_EXTERN int uv_pipe_open(uv_pipe_t* handle, uv_file file);

/* Bind |handle| to |name|, which is copied: a path on Unix, a pipe name like
 * "\\.\pipe\x" on Windows. As uv_pipe_bind2() with strlen(name) and no flags.
 *
 * Returns as uv_pipe_bind2(). */
UV_EXTERN int uv_pipe_bind(uv_pipe_t* handle, const char* name);

/* Bind |handle| to the |namelen| bytes at |name|, which are copied. |flags| is
 * 0 or UV_PIPE_NO_TRUNCATE. On Linux a first byte of 0 means the abstract
 * namespace: |namelen| counts that byte and no byte after the name. On Unix a
 * path makes a socket file, which uv_close() removes; a path holds
 * sizeof(sockaddr_un.sun_path) bytes, 92 to 108. Since libuv 1.46.
 *
 * Returns 0; UV_EADDRINUSE if the name is taken, also by a file that a dead
 * process left; UV_EACCES if the directory is missing or forbidden; UV_EINVAL
 * if |handle| is closing or bound, |namelen| is 0, a flag is unknown, the name
 * is too long and must not be cut, or holds a 0 byte where there is no abstract
 * namespace; else what socket(2) and bind(2) say. */
UV_EXTERN int uv_pipe_bind2(uv_pipe_t* handle, const char* name, size_t namelen,
                            unsigned int flags);

/* Connect |handle| to |name|; as uv_pipe_connect2() with strlen(name) and no
 * flags, but every error comes by |cb|. */
UV_EXTERN void uv_pipe_connect(uv_connect_t* req, uv_pipe_t* handle,
                               const char* name, uv_connect_cb cb);

/* Connect |handle| to the listener at the |namelen| bytes |name|, which are
 * copied, and call |cb| with |req| when that has succeeded or failed. |req|
 * belongs to the loop until then. |namelen| and |flags| are those of
 * uv_pipe_bind2(). |cb| says UV_ENOENT if there is no such name, and
 * UV_ECONNREFUSED if nobody listens at it. Since libuv 1.46.
 *
 * Returns 0; UV_EALREADY while another connect is under way; UV_EINVAL if a
 * flag is unknown, |namelen| is 0 or the name does not do, as in
 * uv_pipe_bind2(). If not 0, |cb| is not called. */
UV_EXTERN int uv_pipe_connect2(uv_connect_t* req, uv_pipe_t* handle,
                               const char* name, size_t namelen,
                               unsigned int flags, uv_connect_cb cb);

/* Write the name that |handle| is bound to into |buffer|. |*size| is the room
 * in bytes, and becomes the length of the name without the 0 byte after it. An
 * unbound pipe has the empty name. An abstract name begins with its 0 byte.
 *
 * Returns 0; UV_ENOBUFS if the room is too small, then |*size| is what it
 * takes, the 0 byte included; UV_EBADF without a descriptor; else what
 * getsockname(2) says. */
UV_EXTERN int uv_pipe_getsockname(const uv_pipe_t* handle, char* buffer,
                                  size_t* size);

/* Write the name that |handle| is connected to into |buffer|; |size| as in
 * uv_pipe_getsockname(). Since libuv 1.3.
 *
 * Returns as uv_pipe_getsockname(); UV_ENOTCONN without a peer. */
UV_EXTERN int uv_pipe_getpeername(const uv_pipe_t* handle, char* buffer,
                                  size_t* size);

/* Keep |count| instances of the pipe ready for clients of the listener
 * |handle|. To be called before uv_listen(). On Windows; elsewhere nothing. */
UV_EXTERN void uv_pipe_pending_instances(uv_pipe_t* handle, int count);

/* Return how many received handles wait at the IPC pipe |handle|; 0 if none,
 * or if it is no IPC pipe. While it is > 0: ask uv_pipe_pending_type(), init a
 * handle of that type, and uv_accept() it; to be done in read_cb. Handles not
 * taken are closed with the pipe. */
UV_EXTERN int uv_pipe_pending_count(uv_pipe_t* handle);

/* Return the type of the next handle that waits at the IPC pipe |handle|:
 * UV_TCP, UV_NAMED_PIPE or UV_UDP, and UV_UNKNOWN_HANDLE if none waits. */
UV_EXTERN uv_handle_type uv_pipe_pending_type(uv_pipe_t* handle);

/* Open the bound pipe |handle| to all users: |flags| is UV_READABLE,
 * UV_WRITABLE (poll.h) or both, what they may do then. It adds permissions and
 * takes none. Blocks. See chmod(2). Since libuv 1.16.
 *
 * Returns 0; UV_EBADF without a descriptor; UV_EINVAL for other |flags|; else
 * what chmod(2) says. */
UV_EXTERN int uv_pipe_chmod(uv_pipe_t* handle, int flags);

/* Make a pipe: what is written to |fds[1]| can be read from |fds[0]|. The
 * caller owns both and closes them with uv_fs_close(), or gives them to
 * uv_pipe_open() or uv_spawn(). |read_flags| and |write_flags| are 0 or
 * UV_NONBLOCK_PIPE (process.h) to set that end to not block: right for a loop,
 * seldom for others. Neither end is inherited by children unless passed. Any
 * thread. See pipe(2). Since libuv 1.41.
 *
 * Returns 0; else what pipe(2) says, such as UV_EMFILE. */
UV_EXTERN int uv_pipe(uv_file* fds, int read_flags, int write_flags);

#ifdef __cplusplus
}
#endif

#endif
