/* pipe.c - pipes on Unix: local sockets with a name, and whatever descriptor
 * they are opened with.
 *
 * A name in the file system is a file that outlives its socket, so the handle
 * that made it keeps a copy, to remove it at the end. */
#include <string.h>

#include "../platform.h"
#include "stream.h"
#include "sys-local.h"
#include "sys-net.h"

enum {
  BOTH_WAYS = GY_HANDLE_READABLE | GY_HANDLE_WRITABLE,
  ALL_READ = 0444,
  ALL_WRITE = 0222
};

static bool has_fd(const uv_pipe_t* pipe) {
  return gy_stream_has_fd((const uv_stream_t*)pipe);
}

/* ---- a life -----------------------------------------------------------------
 */

void gy_platform_pipe_init(uv_loop_t* loop, uv_pipe_t* pipe, int ipc) {
  gy_stream_init(loop, (uv_stream_t*)pipe, UV_NAMED_PIPE);
  pipe->flags |= ipc != 0 ? GY_STREAM_IPC : 0;
  pipe->ipc = ipc;
  pipe->pipe_name = NULL;
}

int gy_platform_pipe_open(uv_pipe_t* pipe, uv_file file) {
  unsigned flags = 0;
  bool readable;
  bool writable;
  bool is_socket;
  int err = gy_sys_get_access(file, &readable, &writable);

  if (err != 0) {
    return err;
  }
  if (has_fd(pipe)) {
    return pipe->io_watcher.fd == file ? 0 : UV_EBUSY;
  }
  if (gy_watcher_exists(pipe->loop, file)) {
    return UV_EEXIST;
  }
  err = gy_sys_is_socket(file, &is_socket);
  if (err == 0) {
    err = gy_sys_set_blocking(file, false);
  }
  if (err != 0) {
    return err;
  }
  flags |= readable ? GY_HANDLE_READABLE : 0;
  flags |= writable ? GY_HANDLE_WRITABLE : 0;
  flags |= is_socket ? GY_STREAM_SOCKET : 0;
  return gy_stream_open((uv_stream_t*)pipe, file, flags);
}

static void pipe_remove_name(uv_pipe_t* pipe) {
  if (pipe->pipe_name != NULL) {
    gy_sys_unlink(pipe->pipe_name);
    gy_free((void*)(uintptr_t)pipe->pipe_name);
    pipe->pipe_name = NULL;
  }
}

void gy_platform_pipe_close(uv_pipe_t* pipe) {
  /* While the socket is there nobody else can have taken the name. */
  pipe_remove_name(pipe);
  gy_platform_stream_close((uv_stream_t*)pipe);
}

/* ---- names ------------------------------------------------------------------
 */

/* The address |name| of |size| bytes; if |cut|, of as many as fit. UV_EINVAL.
 */
static int name_read(gy_sys_local_t* local, const char* name, size_t size,
                     bool cut) {
  bool abstract = name[0] == '\0';

  if (abstract && !gy_sys_has_abstract_names()) {
    return UV_EINVAL;
  }
  if (!abstract && memchr(name, '\0', size) != NULL) {
    return UV_EINVAL;
  }
  if (size > GY_SYS_NAME_MOST) {
    if (!cut) {
      return UV_EINVAL;
    }
    size = GY_SYS_NAME_MOST;
  }
  gy_sys_local_set(local, name, size);
  return 0;
}

/* A copy of the path |local|, with a 0 byte; or NULL. */
static char* path_copy(const gy_sys_local_t* local) {
  size_t size = gy_sys_local_length(local);
  char* copy = gy_malloc(size + 1);

  if (copy != NULL) {
    memcpy(copy, local->sun.sun_path, size);
    copy[size] = '\0';
  }
  return copy;
}

/* Make a socket and bind it to |local|. The descriptor, or UV_E*. */
static int name_bind(const gy_sys_local_t* local) {
  int fd = gy_sys_socket(AF_UNIX, SOCK_STREAM);
  int err;

  if (fd < 0) {
    return fd;
  }
  err = gy_sys_bind(fd, (const struct sockaddr*)&local->sun, local->size);
  if (err != 0) {
    gy_sys_close(fd);
    /* As Windows has it, for programs that only know one code. */
    return err == UV_ENOENT ? UV_EACCES : err;
  }
  return fd;
}

int gy_platform_pipe_bind(uv_pipe_t* pipe, const char* name, size_t size,
                          bool cut) {
  gy_sys_local_t local;
  char* copy = NULL;
  int fd;
  int err = name_read(&local, name, size, cut);

  if (err != 0 || has_fd(pipe)) {
    return UV_EINVAL;
  }
  if (name[0] != '\0') {
    copy = path_copy(&local);
    if (copy == NULL) {
      return UV_ENOMEM;
    }
  }
  fd = name_bind(&local);
  if (fd < 0) {
    gy_free(copy);
    return fd;
  }
  pipe->pipe_name = copy;
  /* It cannot fail: there is no other, and nothing was wished for. */
  (void)gy_stream_open((uv_stream_t*)pipe, fd,
                       GY_STREAM_SOCKET | gy_stream_ahead(pipe->loop));
  return 0;
}

int gy_platform_pipe_listen(uv_pipe_t* pipe, int backlog, uv_connection_cb cb) {
  if (!has_fd(pipe) || (pipe->flags & GY_STREAM_IPC)) {
    return UV_EINVAL;
  }
  return gy_stream_listen((uv_stream_t*)pipe, backlog, cb);
}

/* ---- connecting -------------------------------------------------------------
 */

void gy_platform_pipe_connect_fail(uv_connect_t* req, uv_pipe_t* pipe, int err,
                                   uv_connect_cb cb) {
  gy_stream_connect_fail((uv_stream_t*)pipe, req, err, cb);
}

/* Give |pipe| a socket, if it has none, and connect it to |local|. As
 * gy_sys_connect(). */
static int pipe_connect(uv_pipe_t* pipe, const gy_sys_local_t* local) {
  if (!has_fd(pipe)) {
    int fd = gy_sys_socket(AF_UNIX, SOCK_STREAM);
    if (fd < 0) {
      return fd;
    }
    /* It cannot fail: there is no other, and nothing was wished for. */
    (void)gy_stream_open((uv_stream_t*)pipe, fd,
                         GY_STREAM_SOCKET | gy_stream_ahead(pipe->loop));
  }
  return gy_sys_connect(pipe->io_watcher.fd,
                        (const struct sockaddr*)&local->sun, local->size);
}

int gy_platform_pipe_connect(uv_connect_t* req, uv_pipe_t* pipe,
                             const char* name, size_t size, bool cut,
                             uv_connect_cb cb) {
  gy_sys_local_t local;
  int err = name_read(&local, name, size, cut);

  if (err != 0) {
    return err;
  }
  if (pipe->connect_req != NULL) {
    return UV_EALREADY;
  }
  err = pipe_connect(pipe, &local);
  if (err != 0 && err != GY_SYS_IN_PROGRESS) {
    gy_stream_connect_fail((uv_stream_t*)pipe, req, err, cb);
    return 0;
  }
  pipe->flags |= BOTH_WAYS;
  return gy_stream_connect((uv_stream_t*)pipe, req, err, cb);
}

/* ---- asking for names -------------------------------------------------------
 */

/* Ask |get| for a name of |pipe|. */
static int pipe_name(const uv_pipe_t* pipe, char* buffer, size_t* size,
                     int (*get)(int fd, struct sockaddr* name,
                                socklen_t* size)) {
  gy_sys_local_t local;
  size_t length;
  size_t need;
  int err = UV_EBADF;

  if (has_fd(pipe)) {
    err = gy_sys_local_get(pipe->io_watcher.fd, get, &local);
  }
  if (err != 0) {
    *size = 0; /* So does libuv. */
    return err;
  }
  length = gy_sys_local_length(&local);
  /* An abstract name is told by its length alone. */
  need = length > 0 && local.sun.sun_path[0] == '\0' ? length : length + 1;
  if (need > *size) {
    *size = need;
    return UV_ENOBUFS;
  }
  memcpy(buffer, (char*)&local + offsetof(struct sockaddr_un, sun_path),
         length);
  if (need > length) {
    buffer[length] = '\0';
  }
  *size = length;
  return 0;
}

int gy_platform_pipe_getsockname(const uv_pipe_t* pipe, char* buffer,
                                 size_t* size) {
  return pipe_name(pipe, buffer, size, gy_sys_getsockname);
}

int gy_platform_pipe_getpeername(const uv_pipe_t* pipe, char* buffer,
                                 size_t* size) {
  return pipe_name(pipe, buffer, size, gy_sys_getpeername);
}

int gy_platform_pipe_chmod(uv_pipe_t* pipe, int flags) {
  char path[sizeof(gy_sys_local_t)];
  size_t size = sizeof(path);
  mode_t mode = 0;
  int err = gy_platform_pipe_getsockname(pipe, path, &size);

  if (err == UV_EBADF) {
    return err;
  }
  if (flags == 0 || (flags & ~(UV_READABLE | UV_WRITABLE)) != 0) {
    return UV_EINVAL;
  }
  mode |= (flags & UV_READABLE) ? ALL_READ : 0;
  mode |= (flags & UV_WRITABLE) ? ALL_WRITE : 0;
  /* The file of a name that is none is not found. */
  return err != 0 ? err : gy_sys_add_mode(path, mode);
}

/* ---- handles that came over a pipe ------------------------------------------
 */

int gy_platform_pipe_pending_count(const uv_pipe_t* pipe) {
  return (int)gy_stream_ipc_count((const uv_stream_t*)pipe);
}

uv_handle_type gy_platform_pipe_pending_type(const uv_pipe_t* pipe) {
  return pipe->accepted_fd != -1 ? gy_platform_guess_handle(pipe->accepted_fd)
                                 : UV_UNKNOWN_HANDLE;
}

/* A kernel of Unix keeps as many ready as listen() said. */
void gy_platform_pipe_pending_instances(uv_pipe_t* pipe, int count) {
  (void)pipe;
  (void)count;
}
