/* uv.h - the contract of libuv 1.x: everything a program may use. */
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

/* Room for any handle. */
union uv_any_handle {
#define XX(uc, lc) uv_##lc##_t lc;
  UV_HANDLE_TYPE_MAP(XX)
#undef XX
};

/* Room for any request. */
union uv_any_req {
#define XX(uc, lc) uv_##lc##_t lc;
  UV_REQ_TYPE_MAP(XX)
#undef XX
};

#endif /* UV_H */
