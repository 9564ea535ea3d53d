/* stream.h - what the files of streams know of each other: stream.c, the states
 * of a stream; stream-write.c, its queue of writes; stream-accept.c, listeners;
 * stream-ipc.c, descriptors that are passed on; and the kinds of streams, tcp.c
 * and its like.
 *
 * A stream hears of its descriptor through io_watcher.on_ready, which is
 * another function for each thing it can be: a listener, a connection on its
 * way, or one that is made. */
#ifndef GY_UNIX_STREAM_H_
#define GY_UNIX_STREAM_H_

#include "../core.h"

struct iovec;

/* Bits of a stream's flags, besides those that core.h has. */
enum {
  GY_STREAM_SOCKET = 0x100,       /* the descriptor is a socket's */
  GY_STREAM_BLOCKING = 0x200,     /* writes wait for room */
  GY_STREAM_LISTENING = 0x400,    /* uv_listen() was called */
  GY_STREAM_PAUSED = 0x800,       /* a listener that does not accept now */
  GY_STREAM_PUT_OFF = 0x1000,     /* the task is in the pending queue */
  GY_STREAM_CONNECT_OFF = 0x2000, /* ... and is to end the connect */
  GY_TCP_NODELAY = 0x10000,       /* wished for before there was a socket */
  GY_TCP_KEEPALIVE = 0x20000,     /* likewise */
  GY_STREAM_IPC = 0x40000,        /* a pipe that may pass descriptors on */
  GY_STREAM_AHEAD = 0x80000,      /* the poller does some of its work: it takes
                                   * what comes in, ahead of us */
  GY_STREAM_SENDING = 0x100000, /* ... and sends the only write in the queue */
  GY_STREAM_SHARED = 0x200000   /* others know its descriptor */
};

/* Make |stream|, memory of any content, a stream of |type| with no descriptor.
 */
void gy_stream_init(uv_loop_t* loop, uv_stream_t* stream, uv_handle_type type);

/* Give |fd|, which does not block, to |stream|; |flags| are added: what may be
 * done with it. UV_EBUSY when it has one; or what the system says of options
 * that were wished for. On error |fd| stays the caller's. */
int gy_stream_open(uv_stream_t* stream, int fd, unsigned flags);

/* The flag for a socket that is made by us, on |loop|: GY_STREAM_AHEAD, or 0 if
 * its poller does no such thing. */
static inline unsigned gy_stream_ahead(const uv_loop_t* loop) {
  const gy_loop_t* state = gy_loop(loop);

  return state->poller->ops->receive != NULL && !state->streams_off
             ? GY_STREAM_AHEAD
             : 0;
}

static inline bool gy_stream_has_fd(const uv_stream_t* stream) {
  return stream->io_watcher.fd >= 0;
}

/* Have the task run in the next pending phase. */
void gy_stream_put_off(uv_stream_t* stream);

/* Want from the poller what the state of |stream| asks for. UV_E* of
 * gy_watcher_want(). */
int gy_stream_watch(uv_stream_t* stream);

/* |req|, for which connect(2) said |err|, is under way on |stream|: 0, all but
 * GY_SYS_IN_PROGRESS being told later, by |cb|; or UV_E*, when it is not. */
int gy_stream_connect(uv_stream_t* stream, uv_connect_t* req, int err,
                      uv_connect_cb cb);

/* The connect |req| of |stream|, which may be anything, has failed with |err|,
 * as |cb| is told later. While another connect is under way it is UV_EALREADY,
 * and told after that one. */
void gy_stream_connect_fail(uv_stream_t* stream, uv_connect_t* req, int err,
                            uv_connect_cb cb);

/* Listen at the socket of |stream|, and announce connections by |cb|; or change
 * |backlog| and |cb|. UV_E*. */
int gy_stream_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb);

/* Set what was wished for |stream|, a TCP handle, on |fd|. UV_E*. */
int gy_tcp_grant_wishes(const uv_stream_t* stream, int fd);

/* Let go of what a listener has besides its socket. */
void gy_stream_accept_close(uv_stream_t* stream);

/* ---- of streams with GY_STREAM_IPC, whose |waiting| is a gy_received_t ------
 */

/* Read up to |size| bytes, and keep descriptors that come with them. As
 * gy_sys_recv(). */
ssize_t gy_stream_ipc_read(uv_stream_t* stream, void* memory, size_t size);

/* Write |bufs| once, with the descriptor of |send_handle|; on any stream. As
 * gy_sys_send(). */
ssize_t gy_stream_ipc_write(const uv_stream_t* stream, const struct iovec* bufs,
                            size_t count, const uv_stream_t* send_handle);

/* Give the descriptor that came first to |client|. As uv_accept(). */
int gy_stream_ipc_accept(uv_stream_t* stream, uv_stream_t* client);

/* How many descriptors wait. */
size_t gy_stream_ipc_count(const uv_stream_t* stream);

/* Close those that nobody took. */
void gy_stream_ipc_close(uv_stream_t* stream);

/* Write what the kernel takes of the queue, which is not empty. What is done
 * waits for gy_stream_call_back(). */
void gy_stream_drain(uv_stream_t* stream);

/* Have the poller's send, if one is under way, end now. What is done waits for
 * gy_stream_call_back(). */
void gy_stream_send_finish(uv_stream_t* stream);

/* The poller's send ended with |result|, bytes or UV_E*. */
void gy_stream_send_end(uv_stream_t* stream, int result);

/* End all that is queued with |err|, which is told by gy_stream_call_back(). */
void gy_stream_fail_writes(uv_stream_t* stream, int err);

/* Call back the writes that are done. They may close |stream|. */
void gy_stream_call_back(uv_stream_t* stream);

#endif /* GY_UNIX_STREAM_H_ */
