/* no-stream.c - what the core names of streams, terminals, datagrams and files,
 * which this version of Gyre has not on Windows: their kinds, so that names and
 * sizes can be asked for, taking back a write, of which there is none, and
 * letting operations on files go, of which there are none either. */
#include "../core.h"
#include "../kinds.h"
#include "../platform.h"

const gy_handle_kind_t gy_tcp_kind = {.name = "tcp", .size = sizeof(uv_tcp_t)};
const gy_handle_kind_t gy_pipe_kind = {.name = "pipe",
                                       .size = sizeof(uv_pipe_t)};
const gy_handle_kind_t gy_tty_kind = {.name = "tty", .size = sizeof(uv_tty_t)};
const gy_handle_kind_t gy_udp_kind = {.name = "udp", .size = sizeof(uv_udp_t)};

int gy_platform_stream_cancel_write(uv_write_t* req) {
  (void)req;
  return UV_EINVAL;
}

void gy_fs_after_fork(uv_loop_t* loop) {
  (void)loop;
}
