/* stream-accept.c - listeners: announcing connections, and taking them.
 *
 * A connection is taken from the kernel, then announced. If the program does
 * not accept it during the callback, the listener pauses until it does.
 *
 * One that is ready in two turns in a row has a crowd at the door, and takes
 * them until there is none left; otherwise one is taken at a time, because to
 * ask for a second only to hear that there is none costs a system call; unless
 * the poller has taken them already. */
#include "../platform.h"
#include "stream.h"
#include "sys-net.h"

enum {
  ACCEPTS_MOST = 64,   /* in a row, before others have a turn */
  RETRY_FIRST_MS = 1,  /* after how long a starved listener tries again */
  RETRY_LAST_MS = 128, /* ... and how long at most, each time the double */
  TURN_MASK = 0xff
};

/* Why a starved listener needs a clock: when the process or the system has no
 * descriptor left, the connection stays in the kernel's queue, and a poller
 * that watches would report it for ever. Nothing tells when a descriptor is
 * free again, so the listener is not watched, and tries now and then. */
typedef struct {
  uv_timer_t timer; /* first: a pointer to it is one to this */
  uv_stream_t* stream;
  unsigned wait_ms;
} retry_t;

static uv_stream_t* stream_of(gy_watcher_t* watcher) {
  return GY_CONTAINER_OF(watcher, uv_stream_t, io_watcher);
}

/* It has the watcher's slot, so wanting cannot fail. */
static bool is_ahead(const uv_stream_t* stream) {
  return (stream->flags & GY_STREAM_AHEAD) != 0;
}

/* What is wanted of the poller, if |mask| is. */
static unsigned listener_want(const uv_stream_t* stream, unsigned mask) {
  return is_ahead(stream) ? mask | GY_ACCEPT : mask;
}

static void listener_pause(uv_stream_t* stream) {
  stream->flags |= GY_STREAM_PAUSED;
  (void)gy_watcher_want(stream->loop, &stream->io_watcher,
                        listener_want(stream, 0));
}

static void listener_resume(uv_stream_t* stream) {
  stream->flags &= ~(unsigned)GY_STREAM_PAUSED;
  (void)gy_watcher_want(stream->loop, &stream->io_watcher,
                        listener_want(stream, GY_READABLE));
}

/* ---- without a descriptor to spare -----------------------------------------
 */

static void retry_closed(uv_handle_t* handle) {
  gy_free(handle);
}

static void retry_end(uv_stream_t* stream) {
  retry_t* retry = stream->waiting;

  if (retry != NULL) {
    stream->waiting = NULL;
    uv_close((uv_handle_t*)&retry->timer, retry_closed);
  }
}

static void retry_due(uv_timer_t* timer) {
  listener_resume(((retry_t*)timer)->stream);
}

/* The retry of |stream|, made if there is none; NULL without memory. */
static retry_t* retry_get(uv_stream_t* stream) {
  retry_t* retry = stream->waiting;

  if (retry == NULL) {
    retry = gy_malloc(sizeof(*retry));
    if (retry == NULL) {
      return NULL;
    }
    (void)uv_timer_init(stream->loop, &retry->timer); /* It cannot fail. */
    retry->timer.flags |= GY_HANDLE_INTERNAL;
    uv_unref((uv_handle_t*)&retry->timer);
    retry->stream = stream;
    retry->wait_ms = RETRY_FIRST_MS;
    stream->waiting = retry;
  }
  return retry;
}

/* Accepting failed with |err|: say so, once, and try again later. */
static void listener_starve(uv_stream_t* stream, int err) {
  bool told = stream->waiting != NULL;
  retry_t* retry = retry_get(stream);

  if (retry != NULL) {
    listener_pause(stream);
    (void)uv_timer_start(&retry->timer, retry_due, retry->wait_ms, 0);
    if (retry->wait_ms < RETRY_LAST_MS) {
      retry->wait_ms *= 2;
    }
  } /* Else it is tried every turn, which is better than never. */
  if (!told) {
    stream->connection_cb(stream, err);
  }
}

/* ---- announcing -------------------------------------------------------------
 */

/* Was |err| of a connection that broke before it was taken? accept(2) passes on
 * what the network says of the new socket, and wants one to try the next. */
static bool is_of_connection(int err) {
  switch (err) {
    case UV_ECONNABORTED:
    case UV_EPROTO:
    case UV_ENETDOWN:
    case UV_ENOPROTOOPT:
    case UV_EHOSTDOWN:
    case UV_EHOSTUNREACH:
    case UV_ENOTSUP:
    case UV_ENETUNREACH:
    case UV_ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

static int listener_accept(uv_stream_t* stream) {
  gy_poller_t* poller = gy_loop(stream->loop)->poller;
  int fd = stream->io_watcher.fd;

  return is_ahead(stream) ? poller->ops->accept(poller, fd) : gy_sys_accept(fd);
}

/* Take one connection, and announce it. May another be taken at once? */
static bool listener_take(uv_stream_t* stream) {
  int fd = listener_accept(stream);

  if (fd < 0) {
    if (fd == UV_EAGAIN) {
      return false; /* Another process was faster, or that was all. */
    }
    if (is_of_connection(fd)) {
      return true;
    }
    listener_starve(stream, fd);
    return false;
  }
  retry_end(stream);
  stream->accepted_fd = fd;
  stream->connection_cb(stream, 0);
  if (stream->flags & GY_HANDLE_CLOSING) {
    return false;
  }
  if (stream->accepted_fd != -1) {
    listener_pause(stream);
    return false;
  }
  return true;
}

static void listener_ready(uv_loop_t* loop, gy_watcher_t* watcher,
                           unsigned mask, int err) {
  uv_stream_t* stream = stream_of(watcher);
  unsigned turn = gy_loop(loop)->watch.batch & TURN_MASK;
  bool crowd =
      ((stream->accept_turn + 1u) & TURN_MASK) == turn || is_ahead(stream);
  int most = crowd ? ACCEPTS_MOST : 1;

  (void)mask;
  stream->accept_turn = (unsigned char)turn;
  if (err != 0) {
    listener_starve(stream, err); /* The poller could not take it. */
    return;
  }
  while (most-- > 0 && listener_take(stream)) {
    /* Each was accepted during its callback. */
  }
}

/* ---- from the front desk ---------------------------------------------------
 */

int gy_stream_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb) {
  int err = gy_sys_listen(stream->io_watcher.fd, backlog);

  if (err != 0) {
    return err;
  }
  if (!(stream->flags & GY_STREAM_LISTENING)) {
    err = gy_watcher_want(stream->loop, &stream->io_watcher,
                          listener_want(stream, GY_READABLE));
    if (err != 0) {
      return err;
    }
    stream->flags |= GY_STREAM_LISTENING;
    stream->io_watcher.on_ready = listener_ready;
    /* As if it had been ready two turns ago: the next one is no crowd. */
    stream->accept_turn =
        (unsigned char)((gy_loop(stream->loop)->watch.batch - 2) & TURN_MASK);
    gy_handle_start((uv_handle_t*)stream);
  }
  stream->connection_cb = cb;
  return 0;
}

int gy_platform_stream_accept(uv_stream_t* server, uv_stream_t* client) {
  int err;

  if (server->flags & GY_STREAM_IPC) {
    return gy_stream_ipc_accept(server, client);
  }
  if (server->accepted_fd == -1) {
    return UV_EAGAIN;
  }
  err = gy_stream_open(client, server->accepted_fd,
                       GY_STREAM_SOCKET | GY_HANDLE_READABLE |
                           GY_HANDLE_WRITABLE | gy_stream_ahead(client->loop));
  if (err != 0) {
    return err; /* It still waits, for another handle. */
  }
  server->accepted_fd = -1;
  if (server->flags & GY_STREAM_PAUSED) {
    listener_resume(server);
  }
  return 0;
}

void gy_stream_accept_close(uv_stream_t* stream) {
  retry_end(stream);
  if (stream->accepted_fd != -1) {
    gy_sys_close(stream->accepted_fd);
    stream->accepted_fd = -1;
  }
}
