/* udp.h - what the files of UDP know of each other: udp.c, the socket and what
 * arrives; udp-send.c, what leaves; udp-options.c, groups and numbers. */
#ifndef GY_UNIX_UDP_H_
#define GY_UNIX_UDP_H_

#include "../core.h"

/* Bits of a handle's flags, besides those that core.h has. */
enum {
  GY_UDP_CONNECTED = 0x100,
  GY_UDP_IPV6 = 0x200,
  GY_UDP_MANY = 0x400,   /* receives many datagrams with one call */
  GY_UDP_PUT_OFF = 0x800 /* the task is in the pending queue */
};

static inline bool gy_udp_is(const uv_udp_t* udp, unsigned flag) {
  return (udp->flags & flag) != 0;
}

static inline bool gy_udp_has_fd(const uv_udp_t* udp) {
  return udp->io_watcher.fd >= 0;
}

/* Bind a handle without a socket to any address of |domain| and a free port;
 * |flags| are those of uv_udp_bind(). UV_E*. */
int gy_udp_need_bound(uv_udp_t* udp, int domain, unsigned flags);

/* Want from the poller what the state of |udp| asks for, and be active when it
 * receives or has sends under way. UV_E* of gy_watcher_want(). */
int gy_udp_watch(uv_udp_t* udp);

/* Send what the kernel takes of the queue, which is not empty. What is done
 * waits for gy_udp_call_back(). */
void gy_udp_drain(uv_udp_t* udp);

/* End all that is queued with |err|, which is told by gy_udp_call_back(). */
void gy_udp_fail_sends(uv_udp_t* udp, int err);

/* Call back the sends that are done. They may close |udp|. */
void gy_udp_call_back(uv_udp_t* udp);

#endif /* GY_UNIX_UDP_H_ */
