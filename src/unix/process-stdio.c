/* process-stdio.c - the descriptors that a child gets. */
#include "process-stdio.h"

#include "../platform.h"
#include "stream.h"
#include "sys-net.h"

/* Does another entry before |index| make a pipe for the same stream? */
static bool stream_is_taken(const uv_process_options_t* options, int index) {
  const uv_stdio_container_t* stdio = options->stdio;
  int before;

  for (before = 0; before < index; before++) {
    if ((stdio[before].flags & UV_CREATE_PIPE) &&
        stdio[before].data.stream == stdio[index].data.stream) {
      return true;
    }
  }
  return false;
}

/* Pipes are pairs of sockets: their ends can be shut, and can pass descriptors
 * on, whichever way they are used. */
static int pipe_open(gy_stdio_t* stdio, const uv_process_options_t* options,
                     int index) {
  const uv_stdio_container_t* entry = &options->stdio[index];
  uv_os_sock_t pair[2];
  int err;

  if (gy_stream_has_fd(entry->data.stream) || stream_is_taken(options, index)) {
    return UV_EBUSY;
  }
  err = gy_platform_socketpair(SOCK_STREAM, 0, pair, true,
                               (entry->flags & UV_NONBLOCK_PIPE) != 0);
  if (err != 0) {
    return err;
  }
  stdio->ours[index] = pair[0];
  stdio->theirs[index] = pair[1];
  stdio->sources[index].fd = pair[1];
  return 0;
}

/* |fd|, which this process has, for |index| too. What others print to and read
 * from waits: hardly any program is made for another thing. */
static int fd_inherit(gy_stdio_t* stdio, int fd, int index) {
  if (fd < 0) {
    return UV_EINVAL;
  }
  stdio->sources[index].fd = fd;
  stdio->sources[index].blocking = index < GY_SYS_STDIO;
  return 0;
}

static int entry_open(gy_stdio_t* stdio, const uv_process_options_t* options,
                      int index) {
  const uv_stdio_container_t* entry = &options->stdio[index];

  if (entry->flags & UV_CREATE_PIPE) {
    return pipe_open(stdio, options, index);
  }
  if (entry->flags & UV_INHERIT_FD) {
    return fd_inherit(stdio, entry->data.fd, index);
  }
  if (entry->flags & UV_INHERIT_STREAM) {
    uv_os_fd_t fd;
    int err = uv_fileno((uv_handle_t*)entry->data.stream, &fd);
    return fd_inherit(stdio, err == 0 ? fd : -1, index);
  }
  return 0;
}

static void end_close(int fd) {
  if (fd >= 0) {
    gy_sys_close(fd);
  }
}

/* One allocation for all three. */
static int stdio_allocate(gy_stdio_t* stdio, int count) {
  size_t each = sizeof(gy_sys_source_t) + 2 * sizeof(int);
  int index;

  stdio->count = count;
  stdio->sources = gy_calloc((size_t)count, each);
  if (stdio->sources == NULL) {
    return UV_ENOMEM;
  }
  stdio->ours = (int*)(stdio->sources + count);
  stdio->theirs = stdio->ours + count;
  for (index = 0; index < count; index++) {
    stdio->sources[index].fd = -1;
    stdio->ours[index] = -1;
    stdio->theirs[index] = -1;
  }
  return 0;
}

static void stdio_undo(gy_stdio_t* stdio) {
  int index;

  for (index = 0; index < stdio->count; index++) {
    end_close(stdio->theirs[index]);
    end_close(stdio->ours[index]);
  }
  gy_free(stdio->sources);
}

int gy_stdio_open(gy_stdio_t* stdio, const uv_process_options_t* options) {
  int count = options->stdio_count;
  int index;
  int err = stdio_allocate(stdio, count > GY_SYS_STDIO ? count : GY_SYS_STDIO);

  for (index = 0; index < count && err == 0; index++) {
    err = entry_open(stdio, options, index);
    if (err != 0) {
      stdio_undo(stdio);
    }
  }
  return err;
}

/* What we may do with our end of a pipe is what the child may not. */
static void stream_connect(uv_stream_t* stream, int fd, unsigned flags) {
  unsigned ways = GY_STREAM_SOCKET;

  ways |= (flags & UV_READABLE_PIPE) ? GY_HANDLE_WRITABLE : 0;
  ways |= (flags & UV_WRITABLE_PIPE) ? GY_HANDLE_READABLE : 0;
  /* It cannot fail: there is no other, and nothing was wished for. */
  (void)gy_stream_open(stream, fd, ways);
}

void gy_stdio_close(gy_stdio_t* stdio, const uv_process_options_t* options) {
  int index;

  for (index = 0; index < stdio->count; index++) {
    end_close(stdio->theirs[index]);
    if (stdio->ours[index] >= 0) {
      const uv_stdio_container_t* entry = &options->stdio[index];
      stream_connect(entry->data.stream, stdio->ours[index], entry->flags);
    }
  }
  gy_free(stdio->sources);
}
