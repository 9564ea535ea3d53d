/* kinds.c - the kinds of handles there are. The only place of the core that
 * names them all; each noun brings its own entry, or, until it can be made, has
 * its name and size here. */
#include "kinds.h"

/* What has no functions yet, or is no handle of its own. */
#define NAMED(type, name)                                                \
  static const gy_handle_kind_t type##_kind = {name, sizeof(type), NULL, \
                                               NULL, NULL,         NULL}

NAMED(uv_handle_t, "handle");
NAMED(uv_stream_t, "stream");

/* uv_guess_handle() answers it; there is no such handle. */
static const gy_handle_kind_t file_kind = {"file", 0, NULL, NULL, NULL, NULL};

static const gy_handle_kind_t* const kinds[UV_HANDLE_TYPE_MAX] = {
    [UV_ASYNC] = &gy_async_kind,
    [UV_CHECK] = &gy_check_kind,
    [UV_FS_EVENT] = &gy_fs_event_kind,
    [UV_FS_POLL] = &gy_fs_poll_kind,
    [UV_HANDLE] = &uv_handle_t_kind,
    [UV_IDLE] = &gy_idle_kind,
    [UV_NAMED_PIPE] = &gy_pipe_kind,
    [UV_POLL] = &gy_poll_kind,
    [UV_PREPARE] = &gy_prepare_kind,
    [UV_PROCESS] = &gy_process_kind,
    [UV_STREAM] = &uv_stream_t_kind,
    [UV_TCP] = &gy_tcp_kind,
    [UV_TIMER] = &gy_timer_kind,
    [UV_TTY] = &gy_tty_kind,
    [UV_UDP] = &gy_udp_kind,
    [UV_SIGNAL] = &gy_signal_kind,
    [UV_FILE] = &file_kind};

const gy_handle_kind_t* gy_handle_kind(uv_handle_type type) {
  if ((int)type < 0 || (int)type >= UV_HANDLE_TYPE_MAX) {
    return NULL;
  }
  return kinds[type];
}
