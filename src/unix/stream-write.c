/* stream-write.c - the writes of a stream.
 *
 * When nothing waits, uv_write() hands the caller's buffers to the kernel as
 * they are. Most of the time it takes all: then nothing is copied, nothing
 * allocated, and only the callback is left, which is put off. What it does not
 * take is queued, with a copy of the array of buffers, until the descriptor is
 * ready. The queue drains over the borders of requests: one system call takes
 * as many buffers as it can.
 *
 * After a short write no second one is tried, because it would say UV_EAGAIN,
 * and the poller says for free when there is room. */
#include <assert.h>
#include <string.h>

#include "../platform.h"
#include "stream.h"
#include "sys-net.h"

enum {
  SEND_MOST = 16384 /* bytes of a write that the poller may send */
};

static_assert(sizeof(uv_buf_t) == sizeof(struct iovec) &&
                  offsetof(uv_buf_t, base) ==
                      offsetof(struct iovec, iov_base) &&
                  offsetof(uv_buf_t, len) == offsetof(struct iovec, iov_len),
              "an array of buffers goes to the kernel as it is");

static uv_write_t* write_of(gy_queue_t* node) {
  return GY_CONTAINER_OF(node, uv_write_t, node);
}

/* The bytes in |bufs|. */
static size_t bufs_size(const uv_buf_t* bufs, unsigned count) {
  size_t size = 0;
  unsigned index;

  for (index = 0; index < count; index++) {
    size += bufs[index].len;
  }
  return size;
}

static bool is_blocking(const uv_stream_t* stream) {
  return (stream->flags & GY_STREAM_BLOCKING) != 0;
}

/* ---- to the kernel: with |send_handle|, or NULL for none -------------------
 */

static ssize_t bufs_write_once(const uv_stream_t* stream, const uv_buf_t* bufs,
                               size_t count, const uv_stream_t* send_handle) {
  const struct iovec* vector = (const void*)bufs;
  int fd = stream->io_watcher.fd;

  if (send_handle != NULL) {
    return gy_stream_ipc_write(stream, vector, count, send_handle);
  }
  return (stream->flags & GY_STREAM_SOCKET)
             ? gy_sys_send(fd, vector, count, is_blocking(stream))
             : gy_sys_writev(fd, vector, count);
}

/* Write |count| buffers that one system call can take. The number of bytes, or
 * UV_E*; UV_EAGAIN not in blocking mode. */
static ssize_t bufs_write(const uv_stream_t* stream, const uv_buf_t* bufs,
                          size_t count, const uv_stream_t* send_handle) {
  ssize_t written = bufs_write_once(stream, bufs, count, send_handle);

  while (written == UV_EAGAIN && is_blocking(stream)) {
    /* Somebody who shares the open file has made it non-blocking. */
    int err = gy_sys_wait_writable(stream->io_watcher.fd);
    if (err != 0) {
      return err;
    }
    written = bufs_write_once(stream, bufs, count, send_handle);
  }
  return written;
}

/* ---- one request -----------------------------------------------------------
 */

/* |req| is over, for good or with an error. */
static void write_end(uv_stream_t* stream, uv_write_t* req, int err) {
  req->error = (short)err;
  req->queued = 0;
  if (req->bufs != NULL && req->bufs != req->bufs_small) {
    gy_free(req->bufs);
  }
  req->bufs = NULL;
  gy_queue_push_last(&stream->write_done, &req->node);
}

/* Keep what is left of |bufs| in |req| after the first |skip| bytes.
 * UV_ENOMEM. */
static int write_keep(uv_write_t* req, const uv_buf_t* bufs, unsigned count,
                      size_t skip) {
  while (count > 0 && bufs->len <= skip) {
    skip -= bufs->len;
    bufs++;
    count--;
  }
  req->bufs = req->bufs_small;
  if (count > sizeof(req->bufs_small) / sizeof(req->bufs_small[0])) {
    req->bufs = gy_malloc(count * sizeof(*bufs));
    if (req->bufs == NULL) {
      return UV_ENOMEM;
    }
  }
  memcpy(req->bufs, bufs, count * sizeof(*bufs));
  if (count > 0) {
    req->bufs[0].base += skip;
    req->bufs[0].len -= skip;
  }
  req->nbufs = count;
  req->index = 0;
  return 0;
}

/* The kernel took |count| bytes, which are no more than |req| has left. */
static void write_advance(uv_write_t* req, size_t count) {
  req->left -= count;
  req->written += count;
  while (count > 0) {
    uv_buf_t* buf = &req->bufs[req->index];
    size_t step = count < buf->len ? count : buf->len;
    buf->base += step;
    buf->len -= step;
    count -= step;
    req->index += buf->len == 0;
  }
}

/* ---- the queue -------------------------------------------------------------
 */

/* The queue's first request is over. */
static void queue_end_first(uv_stream_t* stream, int err) {
  uv_write_t* req = write_of(stream->write_queue.next);

  gy_queue_remove(&req->node);
  write_end(stream, req, err);
}

/* Gather what is queued into |bufs|: as much as one system call takes. How many
 * buffers it is, with |*size| bytes. A handle goes with the first byte of its
 * request, so such a request begins a call: then it is |*carrier|. */
static size_t queue_gather(const uv_stream_t* stream, uv_buf_t* bufs,
                           size_t* size, uv_write_t** carrier) {
  gy_queue_t* node;
  size_t room = GY_SYS_BYTES_MOST;
  size_t count = 0;

  *carrier = NULL;
  for (node = stream->write_queue.next; node != &stream->write_queue;
       node = node->next) {
    uv_write_t* req = write_of(node);
    unsigned index = req->index;
    if (req->send_handle != NULL && count > 0) {
      break;
    }
    *carrier = req->send_handle != NULL ? req : *carrier;
    for (; index < req->nbufs && count < GY_SYS_BUFS_MOST && room > 0;
         index++) {
      bufs[count] = req->bufs[index];
      if (bufs[count].len > room) {
        bufs[count].len = room;
      }
      room -= bufs[count].len;
      count += bufs[count].len > 0;
    }
    if (index < req->nbufs) {
      break; /* It is full, and what follows must wait. */
    }
  }
  *size = GY_SYS_BYTES_MOST - room;
  return count;
}

/* The kernel took |count| bytes of the queue. Requests without a byte end with
 * those before them. */
static void queue_advance(uv_stream_t* stream, size_t count) {
  stream->write_queue_size -= count;
  while (!gy_queue_empty(&stream->write_queue)) {
    uv_write_t* req = write_of(stream->write_queue.next);
    size_t step = count < req->left ? count : req->left;
    write_advance(req, step);
    count -= step;
    if (req->left > 0) {
      return;
    }
    queue_end_first(stream, 0);
  }
}

/* Write some of the queue. Is there more to do, and room for it? */
static bool queue_write(uv_stream_t* stream) {
  uv_buf_t bufs[GY_SYS_BUFS_MOST];
  size_t size;
  uv_write_t* carrier;
  size_t count = queue_gather(stream, bufs, &size, &carrier);
  ssize_t written = 0;

  if (count > 0) {
    written = bufs_write(stream, bufs, count,
                         carrier != NULL ? carrier->send_handle : NULL);
  }
  if (written == UV_EAGAIN) {
    return false;
  }
  if (written > 0 && carrier != NULL) {
    carrier->send_handle = NULL; /* It is on its way, and must go once. */
  }
  if (written < 0) {
    queue_advance(stream, 0); /* Those without a byte have no part in it. */
    /* The next one is tried on its own, and will most likely fail alike. */
    queue_end_first(stream, (int)written);
  } else {
    queue_advance(stream, (size_t)written);
    if ((size_t)written < size && !is_blocking(stream)) {
      return false;
    }
  }
  return !gy_queue_empty(&stream->write_queue);
}

void gy_stream_drain(uv_stream_t* stream) {
  assert((stream->flags & GY_STREAM_SENDING) == 0);
  while (queue_write(stream)) {
    /* It ends when the kernel is full, or nothing is left. */
  }
  /* It cannot fail: whoever has a queue is watched already. */
  (void)gy_stream_watch(stream);
}

/* ---- by the poller ---------------------------------------------------------
 *
 * A poller that sends by itself is given the usual write instead of the kernel,
 * and hands over all that came in a turn at once. It has one of a stream at a
 * time, which is alone in the queue, and counts as done: |write_queue_size| is
 * what it would be if the kernel had taken it. Who does anything else with the
 * stream that would tell the difference has it done first. */

/* Is |size| what a socket has room for, as a rule? */
static bool send_is_small(size_t size) {
  return size <= SEND_MOST;
}

/* Give |req| of the one |buf| to the poller. */
static bool send_begin(uv_stream_t* stream, uv_write_t* req,
                       const uv_buf_t* buf) {
  gy_loop_t* state = gy_loop(stream->loop);
  gy_poller_t* poller = state->poller;

  if ((stream->flags & (GY_STREAM_AHEAD | GY_STREAM_SHARED)) !=
          GY_STREAM_AHEAD ||
      state->running == 0 || !send_is_small(buf->len)) {
    return false;
  }
  if (stream->io_watcher.want == 0 && gy_stream_watch(stream) != 0) {
    return false; /* Nobody would hear how it ended. */
  }
  if (poller->ops->send(poller, stream->io_watcher.fd, buf->base, buf->len) !=
      0) {
    return false;
  }
  gy_req_start(stream->loop, (uv_req_t*)req, UV_WRITE);
  req->handle = stream;
  req->bufs = req->bufs_small;
  req->bufs[0] = *buf;
  req->nbufs = 1;
  req->index = 0;
  req->left = buf->len;
  req->written = 0;
  req->queued = 0;
  gy_queue_push_last(&stream->write_queue, &req->node);
  stream->flags |= GY_STREAM_SENDING;
  return true;
}

void gy_stream_send_end(uv_stream_t* stream, int result) {
  uv_write_t* req = write_of(stream->write_queue.next);

  stream->flags &= ~(unsigned)GY_STREAM_SENDING;
  stream->write_queue_size += req->left;
  if (result < 0 && result != UV_EAGAIN) {
    queue_end_first(stream, result);
    return;
  }
  queue_advance(stream, result > 0 ? (size_t)result : 0);
  if (!gy_queue_empty(&stream->write_queue)) {
    req->queued = 1;
    (void)gy_stream_watch(stream); /* It has its slot. */
  }
}

void gy_stream_send_finish(uv_stream_t* stream) {
  gy_poller_t* poller = gy_loop(stream->loop)->poller;

  if (stream->flags & GY_STREAM_SENDING) {
    gy_stream_send_end(stream,
                       poller->ops->sent(poller, stream->io_watcher.fd));
    gy_stream_put_off(stream);
  }
}

/* The parent sends it. */
void gy_platform_stream_after_fork(uv_stream_t* stream) {
  if (stream->flags & GY_STREAM_SENDING) {
    gy_stream_send_end(stream, (int)write_of(stream->write_queue.next)->left);
    gy_stream_put_off(stream);
  }
}

void gy_stream_fail_writes(uv_stream_t* stream, int err) {
  if (stream->flags & GY_STREAM_SENDING) {
    gy_stream_send_end(stream, err);
  }
  while (!gy_queue_empty(&stream->write_queue)) {
    queue_end_first(stream, err);
  }
}

void gy_stream_call_back(uv_stream_t* stream) {
  const gy_queue_t* end = &stream->write_done;
  gy_queue_t* node = end->next;

  /* A callback may write, which may be done at once: that is for later. What
   * was in the queue still ends with it, and nobody takes anything out. */
  gy_queue_init(&stream->write_done);
  while (node != end) {
    uv_write_t* req = write_of(node);
    node = node->next;
    stream->write_queue_size -= req->left; /* What an error left behind. */
    gy_req_finish(stream->loop);
    if (req->cb != NULL) {
      req->cb(req, req->error);
    }
  }
}

/* ---- from the front desk ---------------------------------------------------
 */

static int stream_check(const uv_stream_t* stream) {
  if (!gy_stream_has_fd(stream)) {
    return UV_EBADF;
  }
  return (stream->flags & GY_HANDLE_WRITABLE) ? 0 : UV_EPIPE;
}

/* May a write be tried, or must it wait behind others? */
static bool stream_is_idle(const uv_stream_t* stream) {
  return stream->connect_req == NULL && gy_queue_empty(&stream->write_queue);
}

/* Try to write |bufs| of |size| bytes. The number of bytes, 0 when it is too
 * much for one system call; or UV_E*. */
static ssize_t bufs_try(const uv_stream_t* stream, const uv_buf_t* bufs,
                        unsigned count, size_t size,
                        const uv_stream_t* send_handle) {
  if (size == 0 || size > GY_SYS_BYTES_MOST || count > GY_SYS_BUFS_MOST) {
    return 0;
  }
  return bufs_write(stream, bufs, count, send_handle);
}

/* |req| is under way: |written| of its |size| bytes are. */
static void write_begin(uv_stream_t* stream, uv_write_t* req, size_t size,
                        size_t written) {
  gy_req_start(stream->loop, (uv_req_t*)req, UV_WRITE);
  req->handle = stream;
  req->send_handle = written > 0 ? NULL : req->send_handle;
  req->left = size - written;
  req->written = written;
  req->queued = 0;
  req->bufs = NULL;
  stream->write_queue_size += req->left;
}

/* |req| was begun and is over already. */
static void write_end_at_once(uv_stream_t* stream, uv_write_t* req, int err) {
  write_end(stream, req, err);
  gy_stream_put_off(stream);
}

/* Have |req|, which was begun, wait with the array that it has. UV_E*. */
static int write_wait(uv_stream_t* stream, uv_write_t* req) {
  int err;

  gy_queue_push_last(&stream->write_queue, &req->node);
  req->queued = 1;
  err = gy_stream_watch(stream);
  if (err != 0) {
    gy_queue_remove(&req->node);
  }
  return err;
}

/* Begin |req| with the rest of |bufs|, after |written| bytes of |size|. Nothing
 * has happened when this returns UV_E*: when something was written, an error is
 * one for the callback. */
static int write_rest(uv_stream_t* stream, uv_write_t* req,
                      const uv_buf_t* bufs, unsigned nbufs, size_t size,
                      size_t written) {
  int err = write_keep(req, bufs, nbufs, written);
  uv_buf_t* kept = req->bufs;

  if (err != 0 && written == 0) {
    return err;
  }
  write_begin(stream, req, size, written);
  req->bufs = kept;
  if (err == 0) {
    err = write_wait(stream, req);
  }
  if (err != 0) {
    write_end_at_once(stream, req, err);
  }
  return 0;
}

/* Begin |req|, of |size| bytes. Was it tried when nothing waited, with
 * |result|, or must it wait: UV_EAGAIN? */
static int write_go_on(uv_write_t* req, uv_stream_t* stream,
                       const uv_buf_t* bufs, unsigned nbufs, size_t size,
                       ssize_t result) {
  size_t written = result > 0 ? (size_t)result : 0;

  if (result != UV_EAGAIN && (result < 0 || written == size)) {
    write_begin(stream, req, size, written);
    write_end_at_once(stream, req, result < 0 ? (int)result : 0);
    return 0;
  }
  return write_rest(stream, req, bufs, nbufs, size, written);
}

/* The kernel took all |size| bytes of |req| at once: only the callback is left.
 */
static void write_is_over(uv_stream_t* stream, uv_write_t* req, size_t size) {
  gy_req_start(stream->loop, (uv_req_t*)req, UV_WRITE);
  req->handle = stream;
  req->bufs = NULL;
  req->left = 0;
  req->written = size;
  req->error = 0;
  req->queued = 0;
  gy_queue_push_last(&stream->write_done, &req->node);
  gy_stream_put_off(stream);
}

/* Is it the most usual write: of one buffer, to a socket where none waits? */
static bool write_is_simple(const uv_stream_t* stream, const uv_buf_t* bufs,
                            unsigned nbufs, const uv_stream_t* send_handle) {
  const unsigned must = GY_HANDLE_WRITABLE | GY_STREAM_SOCKET;

  return nbufs == 1 && send_handle == NULL &&
         (stream->flags & (must | GY_STREAM_BLOCKING)) == must &&
         stream_is_idle(stream) && bufs->len > 0 &&
         bufs->len <= GY_SYS_BYTES_MOST;
}

int gy_platform_stream_write(uv_write_t* req, uv_stream_t* stream,
                             const uv_buf_t* bufs, unsigned nbufs,
                             uv_stream_t* send_handle, uv_write_cb cb) {
  ssize_t result = UV_EAGAIN;
  size_t size;
  bool idle;
  int err;

  gy_stream_send_finish(stream);
  if (write_is_simple(stream, bufs, nbufs, send_handle)) {
    req->cb = cb;
    req->send_handle = NULL;
    if (send_begin(stream, req, bufs)) {
      return 0;
    }
    result = gy_sys_send_one(stream->io_watcher.fd, bufs->base, bufs->len);
    if (result == (ssize_t)bufs->len) {
      write_is_over(stream, req, bufs->len);
      return 0;
    }
    return write_go_on(req, stream, bufs, 1, bufs->len, result);
  }
  err = stream_check(stream);
  if (err != 0) {
    return err;
  }
  idle = stream_is_idle(stream);
  size = bufs_size(bufs, nbufs);
  req->cb = cb;
  req->send_handle = send_handle;
  if (idle) {
    result = bufs_try(stream, bufs, nbufs, size, send_handle);
  }
  err = write_go_on(req, stream, bufs, nbufs, size, result);
  if (err == 0 && idle && req->queued && (result == 0 || is_blocking(stream))) {
    /* The kernel is not known to be full. */
    gy_stream_drain(stream);
    gy_stream_put_off(stream);
  }
  return err;
}

int gy_platform_stream_try_write(uv_stream_t* stream, const uv_buf_t* bufs,
                                 unsigned nbufs, uv_stream_t* send_handle) {
  uv_buf_t first;
  int err;

  gy_stream_send_finish(stream);
  if (!stream_is_idle(stream)) {
    return UV_EAGAIN; /* Before all else: so says libuv. */
  }
  err = stream_check(stream);
  if (err != 0) {
    return err;
  }
  while (nbufs > 1 && bufs->len == 0) {
    bufs++;
    nbufs--;
  }
  if (nbufs > GY_SYS_BUFS_MOST) {
    nbufs = GY_SYS_BUFS_MOST;
  }
  if (bufs_size(bufs, nbufs) <= GY_SYS_BYTES_MOST) {
    return bufs->len > 0 ? (int)bufs_write(stream, bufs, nbufs, send_handle)
                         : 0;
  }
  first = bufs[0];
  if (first.len > GY_SYS_BYTES_MOST) {
    first.len = GY_SYS_BYTES_MOST;
  }
  return (int)bufs_write(stream, &first, 1, send_handle);
}

int gy_platform_stream_cancel_write(uv_write_t* req) {
  uv_stream_t* stream = req->handle;

  if (!req->queued || (stream->flags & GY_HANDLE_CLOSING)) {
    return 0; /* Its callback is on the way, and knows how it ended. */
  }
  gy_queue_remove(&req->node);
  write_end_at_once(stream, req, UV_ECANCELED);
  (void)gy_stream_watch(stream); /* Less is wanted than before. */
  return 0;
}
