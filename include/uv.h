/* uv.h - the contract of libuv 1.x: everything a program may use.
 *
 * Each noun has a header of its own, which tells its story and may be included
 * alone. What Gyre has and libuv has not is in gyre.h.
 *
 * C99 or C++98 and later. In a strict mode, -std=c99 for one, Linux's headers
 * hide what POSIX adds to C; that is no hindrance, but a struct addrinfo is
 * then a name only, and those UV_FS_O_* that they hide are 0. */
#ifndef UV_H
#define UV_H

#include "uv/version.h"
#include "uv/errno.h"
#include "uv/types.h"
#include "uv/alloc.h"
#include "uv/handle.h"
#include "uv/request.h"
#include "uv/loop.h"
#include "uv/timer.h"
#include "uv/hooks.h"
#include "uv/async.h"
#include "uv/poll.h"
#include "uv/stream.h"
#include "uv/tcp.h"
#include "uv/pipe.h"
#include "uv/tty.h"
#include "uv/udp.h"
#include "uv/address.h"
#include "uv/dns.h"
#include "uv/work.h"
#include "uv/thread.h"
#include "uv/process.h"
#include "uv/signal.h"
#include "uv/fs.h"
#include "uv/fs-event.h"
#include "uv/system.h"

/* Room for any handle, and a way to look at it as each of them. */
union uv_any_handle {
#define XX(uc, lc) uv_##lc##_t lc;
  UV_HANDLE_TYPE_MAP(XX)
#undef XX
};

/* The same for requests. */
union uv_any_req {
#define XX(uc, lc) uv_##lc##_t lc;
  UV_REQ_TYPE_MAP(XX)
#undef XX
};

#endif /* UV_H */
