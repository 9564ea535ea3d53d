/* udp-send.c - the datagrams that leave.
 *
 * When nothing waits, uv_udp_send() hands the caller's buffers to the kernel as
 * they are, and only the callback is left, which is put off. What the kernel
 * has no room for is queued, with a copy of the array of buffers, until the
 * descriptor is ready. The queue leaves in batches.
 *
 * After a batch that the kernel took in part no second one is tried, because it
 * would say UV_EAGAIN, and the poller says for free when there is room. */
#include <string.h>

#include "../platform.h"
#include "sys-datagram.h"
#include "sys-net.h"
#include "udp.h"

static uv_udp_send_t* send_of(gy_queue_t* node) {
  return GY_CONTAINER_OF(node, uv_udp_send_t, node);
}

/* The bytes in |bufs|. */
static size_t bufs_size(const uv_buf_t* bufs, unsigned count) {
  size_t size = 0;
  unsigned index;

  for (index = 0; index < count; index++) {
    size += bufs[index].len;
  }
  return size;
}

/* An array of buffers goes to the kernel as it is; see stream-write.c. */
static gy_datagram_t datagram_of(const uv_buf_t* bufs, unsigned nbufs,
                                 const struct sockaddr* addr) {
  gy_datagram_t datagram = {(const void*)bufs, nbufs, addr, 0};

  if (addr != NULL) {
    datagram.addr_size = (socklen_t)gy_sys_address_size(addr->sa_family);
  }
  return datagram;
}

/* ---- one request -----------------------------------------------------------
 */

/* |req| is over, for good or with an error. */
static void send_end(uv_udp_t* udp, uv_udp_send_t* req, int err) {
  req->status = err;
  if (req->bufs != NULL && req->bufs != req->bufs_small) {
    gy_free(req->bufs);
  }
  req->bufs = NULL;
  gy_queue_push_last(&udp->write_done, &req->node);
}

/* Keep |bufs| and |addr| in |req|. UV_ENOMEM. */
static int send_keep(uv_udp_send_t* req, const uv_buf_t* bufs, unsigned nbufs,
                     const struct sockaddr* addr) {
  req->bufs = req->bufs_small;
  if (nbufs > sizeof(req->bufs_small) / sizeof(req->bufs_small[0])) {
    req->bufs = gy_malloc(nbufs * sizeof(*bufs));
    if (req->bufs == NULL) {
      return UV_ENOMEM;
    }
  }
  memcpy(req->bufs, bufs, nbufs * sizeof(*bufs));
  req->nbufs = nbufs;
  req->addr.ss_family = AF_UNSPEC;
  if (addr != NULL) {
    memcpy(&req->addr, addr, gy_sys_address_size(addr->sa_family));
  }
  return 0;
}

/* ---- the queue -------------------------------------------------------------
 */

/* The queue's first request is over. */
static void queue_end_first(uv_udp_t* udp, int err) {
  uv_udp_send_t* req = send_of(udp->write_queue.next);

  gy_queue_remove(&req->node);
  send_end(udp, req, err);
}

/* Gather what is queued into |datagrams|; how many. */
static unsigned queue_gather(const uv_udp_t* udp, gy_datagram_t* datagrams) {
  gy_queue_t* node;
  unsigned count = 0;

  for (node = udp->write_queue.next;
       node != &udp->write_queue && count < GY_SYS_DATAGRAMS_MOST;
       node = node->next) {
    const uv_udp_send_t* req = send_of(node);
    const struct sockaddr* addr = (const struct sockaddr*)&req->addr;
    datagrams[count++] = datagram_of(
        req->bufs, req->nbufs, addr->sa_family != AF_UNSPEC ? addr : NULL);
  }
  return count;
}

/* Send a batch of the queue. Is there more to do, and room for it? */
static bool queue_send(uv_udp_t* udp) {
  gy_datagram_t datagrams[GY_SYS_DATAGRAMS_MOST];
  unsigned count = queue_gather(udp, datagrams);
  int sent = gy_sys_send_many(udp->io_watcher.fd, datagrams, count);
  int index;

  if (sent == UV_EAGAIN) {
    return false;
  }
  if (sent < 0) {
    queue_end_first(udp, sent);
  }
  for (index = 0; index < sent; index++) {
    queue_end_first(udp, 0);
  }
  return (sent < 0 || (unsigned)sent == count) &&
         !gy_queue_empty(&udp->write_queue);
}

void gy_udp_drain(uv_udp_t* udp) {
  while (queue_send(udp)) {
    /* It ends when the kernel is full, or nothing is left. */
  }
  /* It cannot fail: whoever has a queue is watched already. */
  (void)gy_udp_watch(udp);
}

void gy_udp_fail_sends(uv_udp_t* udp, int err) {
  while (!gy_queue_empty(&udp->write_queue)) {
    queue_end_first(udp, err);
  }
}

void gy_udp_call_back(uv_udp_t* udp) {
  const gy_queue_t* end = &udp->write_done;
  gy_queue_t* node = end->next;

  /* A callback may send, which may be done at once: that is for later. What was
   * in the queue still ends with it, and nobody takes anything out. */
  gy_queue_init(&udp->write_done);
  while (node != end) {
    uv_udp_send_t* req = send_of(node);
    node = node->next;
    udp->send_queue_size -= req->size;
    udp->send_queue_count--;
    gy_req_finish(udp->loop);
    if (udp->send_queue_count == 0 && !gy_udp_is(udp, GY_HANDLE_READING)) {
      gy_handle_stop((uv_handle_t*)udp);
    }
    if (req->cb != NULL) {
      req->cb(req, (int)req->status);
    }
  }
}

/* ---- from the front desk ---------------------------------------------------
 */

/* May |udp| send to |addr|? UV_E* if not. */
static int send_check(const uv_udp_t* udp, const struct sockaddr* addr) {
  if (gy_udp_is(udp, GY_UDP_CONNECTED)) {
    return addr == NULL ? 0 : UV_EISCONN;
  }
  if (addr == NULL) {
    return UV_EDESTADDRREQ;
  }
  return gy_sys_address_size(addr->sa_family) > 0 ? 0 : UV_EINVAL;
}

/* The same, and be bound. */
static int send_prepare(uv_udp_t* udp, const struct sockaddr* addr) {
  int err = send_check(udp, addr);

  if (err != 0 || gy_udp_has_fd(udp)) {
    return err;
  }
  return addr->sa_family == AF_UNIX
             ? UV_EINVAL
             : gy_udp_need_bound(udp, addr->sa_family, 0);
}

/* Count |req|, which has |size| bytes, as under way. */
static void send_begin(uv_udp_t* udp, uv_udp_send_t* req, size_t size) {
  gy_req_start(udp->loop, (uv_req_t*)req, UV_UDP_SEND);
  req->handle = udp;
  req->size = size;
  udp->send_queue_size += size;
  udp->send_queue_count++;
  gy_handle_start((uv_handle_t*)udp);
}

/* Have |req| wait until the poller says that there is room. UV_E*, and it is
 * not under way. */
static int send_wait(uv_udp_t* udp, uv_udp_send_t* req, const uv_buf_t* bufs,
                     unsigned nbufs, const struct sockaddr* addr) {
  int err = send_keep(req, bufs, nbufs, addr);

  if (err != 0) {
    return err;
  }
  gy_queue_push_last(&udp->write_queue, &req->node);
  err = gy_udp_watch(udp);
  if (err != 0) {
    gy_queue_remove(&req->node);
    if (req->bufs != req->bufs_small) {
      gy_free(req->bufs);
    }
  }
  return err;
}

int gy_platform_udp_send(uv_udp_send_t* req, uv_udp_t* udp,
                         const uv_buf_t* bufs, unsigned nbufs,
                         const struct sockaddr* addr, uv_udp_send_cb cb) {
  gy_datagram_t datagram;
  ssize_t sent = UV_EAGAIN;
  int err = send_prepare(udp, addr);

  if (err != 0) {
    return err;
  }
  req->cb = cb;
  if (gy_queue_empty(&udp->write_queue)) {
    datagram = datagram_of(bufs, nbufs, addr);
    sent = gy_sys_send_to(udp->io_watcher.fd, &datagram);
  }
  if (sent == UV_EAGAIN) {
    err = send_wait(udp, req, bufs, nbufs, addr);
    if (err == 0) {
      send_begin(udp, req, bufs_size(bufs, nbufs));
    }
    return err;
  }
  send_begin(udp, req, bufs_size(bufs, nbufs));
  req->bufs = NULL;
  send_end(udp, req, sent < 0 ? (int)sent : 0);
  gy_udp_put_off(udp);
  return 0;
}

int gy_platform_udp_try_send(uv_udp_t* udp, const uv_buf_t* bufs,
                             unsigned nbufs, const struct sockaddr* addr) {
  gy_datagram_t datagram;
  int err = send_check(udp, addr);

  if (err == 0 && !gy_queue_empty(&udp->write_queue)) {
    err = UV_EAGAIN;
  }
  if (err == 0) {
    err = send_prepare(udp, addr);
  }
  if (err != 0) {
    return err;
  }
  datagram = datagram_of(bufs, nbufs, addr);
  return (int)gy_sys_send_to(udp->io_watcher.fd, &datagram);
}

/* Take up to a batch of |count| datagrams that may be sent into |datagrams|.
 * How many, at least one, or UV_E* of the first. */
static int batch_gather(const uv_udp_t* udp, gy_datagram_t* datagrams,
                        unsigned count, uv_buf_t** bufs, const unsigned* nbufs,
                        struct sockaddr** addrs) {
  unsigned index;

  for (index = 0; index < count && index < GY_SYS_DATAGRAMS_MOST; index++) {
    int err = nbufs[index] > 0 ? send_check(udp, addrs[index]) : UV_EINVAL;
    if (err != 0) {
      return index > 0 ? (int)index : err;
    }
    datagrams[index] = datagram_of(bufs[index], nbufs[index], addrs[index]);
  }
  return (int)index;
}

int gy_platform_udp_try_send_many(uv_udp_t* udp, unsigned count,
                                  uv_buf_t** bufs, const unsigned* nbufs,
                                  struct sockaddr** addrs) {
  gy_datagram_t datagrams[GY_SYS_DATAGRAMS_MOST];
  unsigned done = 0;

  if (!gy_queue_empty(&udp->write_queue)) {
    return UV_EAGAIN;
  }
  if (!gy_udp_has_fd(udp)) {
    return UV_EINVAL; /* Not UV_EBADF: so says libuv. */
  }
  while (done < count) {
    int batch = batch_gather(udp, datagrams, count - done, bufs + done,
                             nbufs + done, addrs + done);
    int sent = batch < 0 ? batch
                         : gy_sys_send_many(udp->io_watcher.fd, datagrams,
                                            (unsigned)batch);
    if (sent < 0) {
      return done > 0 ? (int)done : sent;
    }
    done += (unsigned)sent;
    if (sent < batch || batch < GY_SYS_DATAGRAMS_MOST) {
      break; /* The next one failed, or was the last. */
    }
  }
  return (int)done;
}
