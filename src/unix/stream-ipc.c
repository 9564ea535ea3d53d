/* stream-ipc.c - descriptors that are passed from process to process, over a
 * pipe with ipc: see SCM_RIGHTS in unix(7).
 *
 * A descriptor goes with the first byte of its write. On the other side it
 * comes out of the read that gets that byte, and waits to be accepted: the one
 * that came first in accepted_fd, as a connection does, and others, which are
 * rare, in a list that hangs on |waiting|. */
#include <string.h>

#include "../platform.h"
#include "stream.h"
#include "sys-local.h"
#include "sys-net.h"

typedef struct {
  size_t first; /* index of the oldest */
  size_t count; /* from there */
  size_t room;
  int fds[];
} received_t;

enum {
  ROOM_FIRST = 8 /* descriptors */
};

static received_t* received_of(const uv_stream_t* stream) {
  return stream->waiting;
}

/* The list of |stream| with room for |more| behind the last; or NULL. */
static received_t* received_with_room(uv_stream_t* stream, size_t more) {
  received_t* list = received_of(stream);
  size_t count = list != NULL ? list->count : 0;
  size_t room = list != NULL ? list->room : ROOM_FIRST;

  if (list != NULL && list->first > 0) {
    memmove(list->fds, list->fds + list->first, count * sizeof(int));
    list->first = 0;
  }
  if (list != NULL && count + more <= room) {
    return list;
  }
  while (room < count + more) {
    room *= 2;
  }
  list = gy_realloc(list, sizeof(*list) + room * sizeof(int));
  if (list == NULL) {
    return NULL;
  }
  list->first = 0;
  list->count = count;
  list->room = room;
  stream->waiting = list;
  return list;
}

/* Keep |count| descriptors, at least one; UV_ENOMEM with all of them closed but
 * those that there was room for. */
static int received_keep(uv_stream_t* stream, const int* fds, size_t count) {
  received_t* list;

  if (stream->accepted_fd == -1) {
    stream->accepted_fd = *fds++;
    count--;
  }
  if (count == 0) {
    return 0;
  }
  list = received_with_room(stream, count);
  if (list == NULL) {
    while (count > 0) {
      gy_sys_close(fds[--count]);
    }
    return UV_ENOMEM;
  }
  memcpy(list->fds + list->count, fds, count * sizeof(int));
  list->count += count;
  return 0;
}

/* The oldest was taken: the next is at the front. */
static void received_advance(uv_stream_t* stream) {
  received_t* list = received_of(stream);

  if (list == NULL || list->count == 0) {
    stream->accepted_fd = -1;
    return;
  }
  stream->accepted_fd = list->fds[list->first++];
  list->count--;
}

/* ---- for streams
 * ------------------------------------------------------------ */

ssize_t gy_stream_ipc_read(uv_stream_t* stream, void* memory, size_t size) {
  int fds[GY_SYS_FDS_MOST];
  size_t fd_count;
  ssize_t count =
      gy_sys_recv_fds(stream->io_watcher.fd, memory, size, fds, &fd_count);

  if (count >= 0 && fd_count > 0) {
    int err = received_keep(stream, fds, fd_count);
    if (err != 0) {
      return err; /* The byte that one went with would be a lie. */
    }
  }
  return count;
}

ssize_t gy_stream_ipc_write(const uv_stream_t* stream, const struct iovec* bufs,
                            size_t count, const uv_stream_t* send_handle) {
  bool wait = (stream->flags & GY_STREAM_BLOCKING) != 0;
  uv_os_fd_t fd;
  int err = uv_fileno((const uv_handle_t*)send_handle, &fd);

  if (err != 0) {
    return err; /* It was closed too early. */
  }
  return gy_sys_send_fd(stream->io_watcher.fd, bufs, count, wait, fd);
}

int gy_stream_ipc_accept(uv_stream_t* stream, uv_stream_t* client) {
  int err;

  if (stream->accepted_fd == -1) {
    return UV_EAGAIN;
  }
  switch (client->type) {
    case UV_TCP:
      err = gy_platform_tcp_open((uv_tcp_t*)client, stream->accepted_fd);
      break;
    case UV_NAMED_PIPE:
      err = gy_platform_pipe_open((uv_pipe_t*)client, stream->accepted_fd);
      break;
    case UV_UDP:
      err = gy_platform_udp_open((uv_udp_t*)client, stream->accepted_fd, 0);
      break;
    default:
      err = UV_EINVAL;
      break;
  }
  if (err == 0) {
    received_advance(stream);
  } /* Else it still waits, for another handle. */
  return err;
}

size_t gy_stream_ipc_count(const uv_stream_t* stream) {
  const received_t* list = received_of(stream);

  return (stream->accepted_fd != -1) + (list != NULL ? list->count : 0);
}

void gy_stream_ipc_close(uv_stream_t* stream) {
  while (stream->accepted_fd != -1) {
    gy_sys_close(stream->accepted_fd);
    received_advance(stream);
  }
  gy_free(stream->waiting);
  stream->waiting = NULL;
}
