/* udp.h - what the files of UDP know of each other: udp.c, the socket;
 * udp-recv.c, what arrives; udp-burst.c, what is taken of that ahead;
 * udp-send.c, what leaves; udp-options.c, groups and numbers. */
#ifndef GY_UNIX_UDP_H_
#define GY_UNIX_UDP_H_

#include "../core.h"
#include "sys-datagram.h"

/* Bits of a handle's flags, besides those that core.h has. */
enum {
  GY_UDP_CONNECTED = 0x100,
  GY_UDP_IPV6 = 0x200,
  GY_UDP_MANY = 0x400,     /* receives many datagrams with one call */
  GY_UDP_PUT_OFF = 0x800,  /* the task is in the pending queue */
  GY_UDP_SHARED = 0x1000,  /* others know its descriptor */
  GY_UDP_CROWD = 0x2000,   /* many datagrams were taken at once */
  GY_UDP_LARGE = 0x10000,  /* the last one was large */
  GY_UDP_DRAINED = 0x20000 /* the kernel had no more than what was taken */
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

/* Have the task run in the next pending phase: it calls back the sends that are
 * done, and hands out what was taken ahead. */
void gy_udp_put_off(uv_udp_t* udp);

/* What the watcher of |udp| calls. */
void gy_udp_ready(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask,
                  int err);

/* Hand out what was taken ahead in an earlier turn, if |udp| receives. */
void gy_udp_resume(uv_udp_t* udp);

/* ---- what is taken ahead ----------------------------------------------------
 */

/* Take up to |most| datagrams, of a handle that has_taken() none. How many;
 * UV_E* that the socket says, UV_EAGAIN when there are none; or 0, when it is
 * not to be done, or cannot be: then they are to be read one by one. */
int gy_udp_take(uv_udp_t* udp, int most);

static inline bool gy_udp_has_taken(const uv_udp_t* udp) {
  return udp->spare[0] != NULL;
}

/* Move the oldest into |memory| of |size| bytes, and write what it is to
 * |arrival|. How many bytes it had. */
size_t gy_udp_taken_move(uv_udp_t* udp, char* memory, size_t size,
                         gy_arrival_t* arrival);

/* Forget all of them, if there are any. */
void gy_udp_taken_drop(uv_udp_t* udp);

/* The program had no memory for the oldest: there will be another try, in
 * another turn. Is it still this one? */
void gy_udp_taken_refuse(uv_udp_t* udp);
bool gy_udp_taken_is_refused(const uv_udp_t* udp);

/* ---- what leaves ------------------------------------------------------------
 */

/* Send what the kernel takes of the queue, which is not empty. What is done
 * waits for gy_udp_call_back(). */
void gy_udp_drain(uv_udp_t* udp);

/* End all that is queued with |err|, which is told by gy_udp_call_back(). */
void gy_udp_fail_sends(uv_udp_t* udp, int err);

/* Call back the sends that are done. They may close |udp|. */
void gy_udp_call_back(uv_udp_t* udp);

#endif /* GY_UNIX_UDP_H_ */
