/* process.c - the front desk of uv_process_t; the platform's process.c does the
 * rest. */
#include "core.h"
#include "gyre.h"
#include "kinds.h"
#include "platform.h"

enum {
  FLAGS_KNOWN = UV_PROCESS_SETUID | UV_PROCESS_SETGID |
                UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS | UV_PROCESS_DETACHED |
                UV_PROCESS_WINDOWS_HIDE | UV_PROCESS_WINDOWS_HIDE_CONSOLE |
                UV_PROCESS_WINDOWS_HIDE_GUI |
                UV_PROCESS_WINDOWS_FILE_PATH_EXACT_NAME,
  STDIO_KINDS = UV_CREATE_PIPE | UV_INHERIT_FD | UV_INHERIT_STREAM,
  STDIO_WAYS = UV_READABLE_PIPE | UV_WRITABLE_PIPE | UV_NONBLOCK_PIPE
};

/* Can this entry be? What its stream has is for the platform to say. */
static bool stdio_fits(const uv_stdio_container_t* stdio) {
  if (((unsigned)stdio->flags & ~(unsigned)(STDIO_KINDS | STDIO_WAYS)) != 0) {
    return false;
  }
  switch ((int)stdio->flags & STDIO_KINDS) {
    case UV_IGNORE:
    case UV_INHERIT_FD:
      return true;
    case UV_CREATE_PIPE:
      return stdio->data.stream != NULL &&
             stdio->data.stream->type == UV_NAMED_PIPE;
    case UV_INHERIT_STREAM:
      return stdio->data.stream != NULL;
    default:
      return false;
  }
}

static bool options_fit(const uv_process_options_t* options) {
  int index;

  if (options == NULL || options->file == NULL || options->stdio_count < 0 ||
      (options->flags & ~(unsigned)FLAGS_KNOWN) != 0 ||
      (options->stdio_count > 0 && options->stdio == NULL)) {
    return false;
  }
  for (index = 0; index < options->stdio_count; index++) {
    if (!stdio_fits(&options->stdio[index])) {
      return false;
    }
  }
  return true;
}

static int process_spawn(uv_loop_t* loop, uv_process_t* process,
                         const uv_process_options_t* options, bool alone) {
  int err;

  if (loop == NULL || process == NULL) {
    return UV_EINVAL;
  }
  gy_handle_init(loop, (uv_handle_t*)process, UV_PROCESS);
  process->exit_cb = NULL;
  process->pid = 0;
  process->child = NULL;
  err = UV_EINVAL;
  if (options_fit(options)) {
    process->exit_cb = options->exit_cb;
    err = gy_platform_process_spawn(process, options, alone);
  }
  if (err != 0) {
    /* libuv's manual wants it closed all the same, and since 1.52 programs get
     * away with not doing so: both must do. */
    gy_queue_remove(&process->walk_node);
  }
  return err;
}

int uv_spawn(uv_loop_t* loop, uv_process_t* handle,
             const uv_process_options_t* options) {
  return process_spawn(loop, handle, options, false);
}

int gyre_spawn(uv_loop_t* loop, uv_process_t* process,
               const uv_process_options_t* options) {
  return process_spawn(loop, process, options, true);
}

int uv_process_kill(uv_process_t* handle, int signum) {
  return handle != NULL ? gy_platform_process_kill(handle, signum) : UV_EINVAL;
}

void uv_disable_stdio_inheritance(void) {
  gy_platform_process_keep_descriptors();
}

static void process_close(uv_handle_t* handle) {
  if (gy_queue_empty(&handle->walk_node)) {
    /* It never ran. Now it is the loop's until its callback. */
    gy_queue_push_last(&handle->loop->handle_queue, &handle->walk_node);
  }
  gy_platform_process_close((uv_process_t*)handle);
}

const gy_handle_kind_t gy_process_kind = {
    "process", sizeof(uv_process_t), process_close, NULL, NULL, NULL};
