/* stream.c - streams on Unix: the states of one, reading, and the end.
 *
 * Interest in events follows from the state: reading wants READABLE; a connect
 * under way or a queue of writes wants WRITABLE. The poller hears of it before
 * it sleeps, and of nothing that was taken back until then, so that a steady
 * echo tells it nothing at all.
 *
 * Callbacks that must not run inside the call that caused them are put off to
 * the pending phase, by one task for each stream. */
#include "stream.h"

#include <assert.h>

#include "../platform.h"
#include "sys-net.h"
#include "sys.h"

enum {
  READ_SIZE = 65536, /* bytes; what alloc_cb is asked for */
  READS_MOST = 32,   /* in a row, before others have a turn */
  STDIO_LAST = 2     /* the descriptor that errors are printed to */
};

static uv_stream_t* stream_of(gy_watcher_t* watcher) {
  return GY_CONTAINER_OF(watcher, uv_stream_t, io_watcher);
}

static bool is(const uv_stream_t* stream, unsigned flag) {
  return (stream->flags & flag) != 0;
}

static void clear(uv_stream_t* stream, unsigned flags) {
  stream->flags &= ~flags;
}

/* Does anything wait for room in |stream|? */
static bool waits_for_room(const uv_stream_t* stream) {
  return !gy_queue_empty(&stream->write_queue) &&
         !is(stream, GY_STREAM_SENDING);
}

int gy_stream_watch(uv_stream_t* stream) {
  unsigned want = is(stream, GY_STREAM_AHEAD) ? GY_RECEIVE : 0;

  if (is(stream, GY_HANDLE_READING)) {
    want |= GY_READABLE | GY_DISCONNECT;
  }
  if (stream->connect_req != NULL || waits_for_room(stream)) {
    want |= GY_WRITABLE;
  }
  return gy_watcher_want(stream->loop, &stream->io_watcher, want);
}

/* The same where it cannot fail: less is wanted than before, or the slot of the
 * watcher is held already. */
static void stream_rewatch(uv_stream_t* stream) {
  (void)gy_stream_watch(stream);
}

/* ---- reading ---------------------------------------------------------------
 */

static void read_end(uv_stream_t* stream) {
  clear(stream, GY_HANDLE_READING);
  gy_handle_stop((uv_handle_t*)stream);
  stream_rewatch(stream);
}

static void read_fail(uv_stream_t* stream, int err, const uv_buf_t* buf) {
  clear(stream, GY_HANDLE_READABLE | GY_HANDLE_WRITABLE);
  stream->read_cb(stream, err, buf);
  if (is(stream, GY_HANDLE_READING)) {
    read_end(stream);
  }
}

/* What the poller has taken of |stream|, and what it has not. */
static ssize_t read_taken(uv_stream_t* stream, void* memory, size_t size,
                          bool* more) {
  gy_poller_t* poller = gy_loop(stream->loop)->poller;

  return (ssize_t)poller->ops->receive(poller, stream->io_watcher.fd, memory,
                                       size, more);
}

static ssize_t read_directly(uv_stream_t* stream, void* memory, size_t size) {
  int fd = stream->io_watcher.fd;

  if (is(stream, GY_STREAM_IPC) && is(stream, GY_STREAM_SOCKET)) {
    return gy_stream_ipc_read(stream, memory, size);
  }
  if (is(stream, GY_STREAM_SOCKET)) {
    return gy_sys_recv(fd, memory, size);
  }
  return is(stream, GY_STREAM_BLOCKING) ? gy_sys_read_if_ready(fd, memory, size)
                                        : gy_sys_read(fd, memory, size);
}

static ssize_t read_into(uv_stream_t* stream, void* memory, size_t size,
                         bool* more) {
  ssize_t count;

  if (is(stream, GY_STREAM_AHEAD)) {
    return read_taken(stream, memory, size, more);
  }
  count = read_directly(stream, memory, size);
  /* After a short read another would say UV_EAGAIN, and cost as much. */
  *more = count == (ssize_t)size;
  return count;
}

/* Read once. Is there more, as far as one can tell? */
static bool read_once(uv_stream_t* stream) {
  uv_buf_t buf = {NULL, 0};
  bool more = false;
  size_t size;
  ssize_t count;

  stream->alloc_cb((uv_handle_t*)stream, READ_SIZE, &buf);
  if (buf.base == NULL || buf.len == 0) {
    stream->read_cb(stream, UV_ENOBUFS, &buf);
    return false;
  }
  size = buf.len < GY_SYS_BYTES_MOST ? buf.len : GY_SYS_BYTES_MOST;
  count = read_into(stream, buf.base, size, &more);
  if (count > 0) {
    stream->read_cb(stream, count, &buf);
    return more;
  }
  if (count == UV_EAGAIN) {
    stream->read_cb(stream, 0, &buf);
  } else if (count == 0) {
    read_end(stream);
    stream->read_cb(stream, UV_EOF, &buf);
  } else {
    read_fail(stream, (int)count, &buf);
  }
  return false;
}

/* If the other end has sent its |last| byte, nothing more will come after a
 * short read: the end is told with the last bytes, and not in another turn. */
static void stream_read(uv_stream_t* stream, bool last) {
  int most = READS_MOST;
  bool more;

  do {
    more = read_once(stream);
    /* If the buffer was filled, there may be more. */
  } while (more && is(stream, GY_HANDLE_READING) && --most > 0);
  if (last && !more && is(stream, GY_HANDLE_READING)) {
    (void)read_once(stream);
  }
}

int gy_platform_stream_read_start(uv_stream_t* stream) {
  int err;

  if (!gy_stream_has_fd(stream)) {
    return UV_ENOTCONN;
  }
  stream->flags |= GY_HANDLE_READING;
  err = gy_stream_watch(stream);
  if (err != 0) {
    clear(stream, GY_HANDLE_READING);
    return err;
  }
  gy_handle_start((uv_handle_t*)stream);
  return 0;
}

void gy_platform_stream_read_stop(uv_stream_t* stream) {
  read_end(stream);
}

/* ---- shutting the sending side ---------------------------------------------
 */

/* Do the shutdown that is asked for, if all writes before it are done. */
static void shutdown_if_due(uv_stream_t* stream) {
  uv_shutdown_t* req = stream->shutdown_req;
  int err;

  if (req == NULL || stream->connect_req != NULL ||
      !gy_queue_empty(&stream->write_queue)) {
    return;
  }
  stream->shutdown_req = NULL;
  err = gy_sys_shutdown(stream->io_watcher.fd);
  gy_req_finish(stream->loop);
  if (req->cb != NULL) {
    req->cb(req, err);
  }
}

void gy_platform_stream_shutdown(uv_shutdown_t* req, uv_stream_t* stream,
                                 uv_shutdown_cb cb) {
  gy_req_start(stream->loop, (uv_req_t*)req, UV_SHUTDOWN);
  req->handle = stream;
  req->cb = cb;
  stream->shutdown_req = req;
  clear(stream, GY_HANDLE_WRITABLE);
  if (stream->connect_req == NULL && gy_queue_empty(&stream->write_queue)) {
    gy_stream_put_off(stream);
  }
}

/* ---- a made connection -----------------------------------------------------
 */

/* Call back what is done, and do what waited for it. */
static void stream_settle(uv_stream_t* stream) {
  gy_stream_call_back(stream);
  if (!is(stream, GY_HANDLE_CLOSING)) {
    shutdown_if_due(stream);
  }
}

/* |err| came from the poller, which has forgotten the descriptor: whatever is
 * going on ends with it. */
static void stream_fail(uv_stream_t* stream, int err) {
  uv_buf_t none = {NULL, 0};

  gy_stream_fail_writes(stream, err);
  if (is(stream, GY_HANDLE_READING)) {
    read_fail(stream, err, &none);
  }
  if (!is(stream, GY_HANDLE_CLOSING)) {
    stream_settle(stream);
  }
}

static void stream_ready(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask,
                         int err) {
  uv_stream_t* stream = stream_of(watcher);

  (void)loop;
  if (mask == GY_SENT) {
    assert(is(stream, GY_STREAM_SENDING));
    gy_stream_send_end(stream, err);
    gy_stream_put_off(stream);
    return;
  }
  if (err != 0) {
    stream_fail(stream, err);
    return;
  }
  /* A hang-up or an error may come alone: reading and writing tell more. */
  if ((mask & ~(unsigned)GY_WRITABLE) && is(stream, GY_HANDLE_READING)) {
    stream_read(stream, (mask & (GY_HANGUP | GY_DISCONNECT)) != 0);
  }
  if ((mask & ~(unsigned)(GY_READABLE | GY_DISCONNECT)) &&
      !is(stream, GY_HANDLE_CLOSING) && waits_for_room(stream)) {
    gy_stream_drain(stream);
    stream_settle(stream);
  }
}

/* ---- a connection on its way -----------------------------------------------
 */

static void connect_call_back(uv_loop_t* loop, uv_connect_t* req, int err) {
  gy_req_finish(loop);
  if (req->cb != NULL) {
    req->cb(req, err);
  }
}

/* Tell the connect of |stream| that it ended with |err|, and those that came
 * while it was under way that they did with |late_err|. */
static void connect_tell(uv_stream_t* stream, int err, int late_err) {
  uv_loop_t* loop = stream->loop;
  uv_connect_t* req = stream->connect_req;
  gy_queue_t late;
  gy_queue_t* node;

  stream->connect_req = NULL;
  gy_queue_move(&req->node, &late);
  connect_call_back(loop, req, err);
  while ((node = gy_queue_pop(&late)) != NULL) {
    connect_call_back(loop, GY_CONTAINER_OF(node, uv_connect_t, node),
                      late_err);
  }
}

/* The connect of |stream| ended with |err|. */
static void connect_end(uv_stream_t* stream, int err) {
  uv_connect_t* req = stream->connect_req;

  stream->delayed_error = 0;
  clear(stream, GY_STREAM_CONNECT_OFF);
  if (!is(stream, GY_STREAM_LISTENING) && gy_stream_has_fd(stream)) {
    stream->connect_req = NULL;
    stream->io_watcher.on_ready = stream_ready;
    stream_rewatch(stream);
    stream->connect_req = req;
  }
  connect_tell(stream, err, UV_EALREADY);
  if (is(stream, GY_HANDLE_CLOSING)) {
    return;
  }
  if (err != 0) {
    gy_stream_fail_writes(stream, UV_ECANCELED);
  } else if (waits_for_room(stream)) {
    gy_stream_drain(stream);
  } /* Else its callback may have written. */
  stream_settle(stream);
}

static void connect_ready(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask,
                          int err) {
  uv_stream_t* stream = stream_of(watcher);

  (void)loop;
  (void)mask;
  if (is(stream, GY_STREAM_CONNECT_OFF)) {
    return; /* It is known how it ended, and will be told. */
  }
  if (err == 0) {
    err = gy_sys_socket_error(watcher->fd);
  }
  if (err != GY_SYS_IN_PROGRESS) {
    connect_end(stream, err);
  }
}

/* |req| is under way on |stream|. */
static void connect_begin(uv_stream_t* stream, uv_connect_t* req,
                          uv_connect_cb cb) {
  gy_req_start(stream->loop, (uv_req_t*)req, UV_CONNECT);
  req->handle = stream;
  req->cb = cb;
  gy_queue_init(&req->node);
}

/* The connect that is under way ends with |err|, when the loop gets to it. */
static void connect_end_later(uv_stream_t* stream, int err) {
  stream->delayed_error = (short)err;
  stream->flags |= GY_STREAM_CONNECT_OFF;
  gy_stream_put_off(stream);
}

void gy_stream_connect_fail(uv_stream_t* stream, uv_connect_t* req, int err,
                            uv_connect_cb cb) {
  connect_begin(stream, req, cb);
  if (stream->connect_req != NULL) {
    gy_queue_push_last(&stream->connect_req->node, &req->node);
    return;
  }
  stream->connect_req = req;
  if (!is(stream, GY_HANDLE_CLOSING)) {
    connect_end_later(stream, err);
  } /* Else it is told that it was cancelled, before the close callback. */
}

int gy_stream_connect(uv_stream_t* stream, uv_connect_t* req, int err,
                      uv_connect_cb cb) {
  int watch_err;

  gy_stream_send_finish(stream);
  stream->connect_req = req;
  stream->io_watcher.on_ready = connect_ready;
  watch_err = gy_stream_watch(stream);
  if (watch_err != 0) {
    stream->connect_req = NULL;
    stream->io_watcher.on_ready = stream_ready;
    return watch_err;
  }
  connect_begin(stream, req, cb);
  if (err != GY_SYS_IN_PROGRESS) {
    connect_end_later(stream, err);
  }
  return 0;
}

/* ---- a life -----------------------------------------------------------------
 */

static void stream_run_task(gy_task_t* task) {
  uv_stream_t* stream = GY_CONTAINER_OF(task, uv_stream_t, task);

  clear(stream, GY_STREAM_PUT_OFF);
  if (is(stream, GY_STREAM_CONNECT_OFF)) {
    connect_end(stream, stream->delayed_error);
  } else {
    stream_settle(stream);
  }
}

void gy_stream_put_off(uv_stream_t* stream) {
  if (!is(stream, GY_STREAM_PUT_OFF)) {
    stream->flags |= GY_STREAM_PUT_OFF;
    gy_task_put_off(stream->loop, &stream->task);
  }
}

void gy_stream_init(uv_loop_t* loop, uv_stream_t* stream, uv_handle_type type) {
  gy_handle_init(loop, (uv_handle_t*)stream, type);
  stream->write_queue_size = 0;
  stream->alloc_cb = NULL;
  stream->read_cb = NULL;
  stream->connect_req = NULL;
  stream->shutdown_req = NULL;
  stream->connection_cb = NULL;
  stream->delayed_error = 0;
  stream->keepalive = 0;
  stream->keepalive_count = 0;
  stream->accept_turn = 0;
  stream->accepted_fd = -1;
  stream->waiting = NULL;
  stream->task.run = stream_run_task;
  gy_queue_init(&stream->write_queue);
  gy_queue_init(&stream->write_done);
  gy_watcher_init(&stream->io_watcher, -1, stream_ready);
}

int gy_stream_open(uv_stream_t* stream, int fd, unsigned flags) {
  int err;

  if (gy_stream_has_fd(stream)) {
    return UV_EBUSY;
  }
  if (is(stream, GY_STREAM_IPC)) {
    flags &= ~(unsigned)GY_STREAM_AHEAD; /* Descriptors come with the bytes. */
  }
  if (is(stream, GY_TCP_NODELAY | GY_TCP_KEEPALIVE)) {
    err = gy_tcp_grant_wishes(stream, fd);
    if (err != 0) {
      return err;
    }
  }
  stream->flags |= flags;
  gy_watcher_init(&stream->io_watcher, fd, stream_ready);
  return 0;
}

int gy_platform_stream_set_blocking(uv_stream_t* stream, bool blocking) {
  int err;

  if (!gy_stream_has_fd(stream)) {
    return UV_EBADF;
  }
  gy_stream_send_finish(stream);
  err = gy_sys_set_blocking(stream->io_watcher.fd, blocking);
  if (err != 0) {
    return err;
  }
  clear(stream, GY_STREAM_BLOCKING);
  stream->flags |= blocking ? GY_STREAM_BLOCKING : 0;
  return 0;
}

/* Somebody else gets to know the descriptor of |stream|, and may use it: from
 * now on, what is done is done at once, and nothing taken ahead. */
static void stream_share(uv_stream_t* stream) {
  gy_poller_t* poller = gy_loop(stream->loop)->poller;

  if (!is(stream, GY_STREAM_AHEAD) || is(stream, GY_STREAM_SHARED)) {
    return;
  }
  gy_stream_send_finish(stream);
  stream->flags |= GY_STREAM_SHARED;
  if (stream->io_watcher.told != 0) {
    poller->ops->keep_off(poller, stream->io_watcher.fd);
    return;
  }
  clear(stream, GY_STREAM_AHEAD); /* The poller has not heard of it. */
  if (stream->io_watcher.want != 0) {
    (void)gy_watcher_want(
        stream->loop, &stream->io_watcher,
        stream->io_watcher.want & ~(unsigned)(GY_RECEIVE | GY_ACCEPT));
  }
}

int gy_platform_stream_inner_fileno(const uv_stream_t* stream, uv_os_fd_t* fd) {
  if (!gy_stream_has_fd(stream)) {
    return UV_EBADF;
  }
  *fd = stream->io_watcher.fd;
  return 0;
}

int gy_platform_stream_fileno(const uv_stream_t* stream, uv_os_fd_t* fd) {
  int err = gy_platform_stream_inner_fileno(stream, fd);

  if (err == 0) {
    /* To the program nothing is changed, hence the const; to us it is. */
    stream_share((uv_stream_t*)(uintptr_t)stream);
  }
  return err;
}

/* May the descriptor of |stream| be closed at the end of the turn? A listener's
 * address is free at once, and a descriptor that others know is gone at once.
 */
static bool may_close_later(const uv_stream_t* stream) {
  return (stream->flags & (GY_STREAM_AHEAD | GY_STREAM_SHARED |
                           GY_STREAM_LISTENING)) == GY_STREAM_AHEAD &&
         gy_loop(stream->loop)->running > 0;
}

static void stream_close_fd(uv_stream_t* stream, int fd) {
  if (may_close_later(stream)) {
    gy_watcher_close(stream->loop, &stream->io_watcher);
  } else if (fd > STDIO_LAST) {
    gy_watcher_let_go(stream->loop, &stream->io_watcher);
    gy_sys_close(fd);
  } else {
    /* Who prints later would print into whatever got the number. */
    gy_watcher_forget(stream->loop, &stream->io_watcher);
  }
  stream->io_watcher.fd = -1;
}

void gy_platform_stream_close(uv_stream_t* stream) {
  int fd = stream->io_watcher.fd;

  gy_stream_send_finish(stream);
  clear(stream, GY_HANDLE_READING | GY_HANDLE_READABLE | GY_HANDLE_WRITABLE);
  gy_handle_stop((uv_handle_t*)stream);
  if (is(stream, GY_STREAM_PUT_OFF)) {
    clear(stream, GY_STREAM_PUT_OFF);
    gy_queue_remove(&stream->task.node);
  }
  if (is(stream, GY_STREAM_IPC)) {
    gy_stream_ipc_close(stream);
  } else {
    gy_stream_accept_close(stream);
  }
  if (fd >= 0) {
    stream_close_fd(stream, fd);
  }
  gy_handle_closed((uv_handle_t*)stream);
}

void gy_platform_stream_finish(uv_stream_t* stream) {
  uv_shutdown_t* shut = stream->shutdown_req;

  if (stream->connect_req != NULL) {
    connect_tell(stream, UV_ECANCELED, UV_ECANCELED);
  }
  gy_stream_fail_writes(stream, UV_ECANCELED);
  gy_stream_call_back(stream);
  if (shut != NULL) {
    stream->shutdown_req = NULL;
    gy_req_finish(stream->loop);
    if (shut->cb != NULL) {
      shut->cb(shut, UV_ECANCELED);
    }
  }
}
