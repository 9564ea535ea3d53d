/* udp.h - datagram sockets. */
#ifndef UV_UDP_H_
#define UV_UDP_H_

#include "uv/handle.h"
#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

enum uv_udp_flags {
  UV_UDP_IPV6ONLY = 1,
  UV_UDP_PARTIAL = 2,
  UV_UDP_REUSEADDR = 4,
  UV_UDP_MMSG_CHUNK = 8,
  UV_UDP_MMSG_FREE = 16,
  UV_UDP_LINUX_RECVERR = 32,
  UV_UDP_REUSEPORT = 64,
  UV_UDP_RECVMMSG = 256
};
typedef enum {
  UV_LEAVE_GROUP = 0,
  UV_JOIN_GROUP
} uv_membership;
typedef void (*uv_udp_send_cb)(uv_udp_send_t* req, int status);
typedef void (*uv_udp_recv_cb)(uv_udp_t* handle, ssize_t nread,
                               const uv_buf_t* buf, const struct sockaddr* addr,
                               unsigned int flags);
struct uv_udp_s {
  UV_HANDLE_FIELDS size_t send_queue_size;
  size_t send_queue_count;
  GY_UDP_PRIVATE
};
struct uv_udp_send_s {
  UV_REQ_FIELDS uv_udp_t* handle;
  uv_udp_send_cb cb;
  GY_UDP_SEND_PRIVATE
};

UV_EXTERN int uv_udp_bind(uv_udp_t* handle, const struct sockaddr* addr,
                          unsigned int flags);
UV_EXTERN int uv_udp_connect(uv_udp_t* handle, const struct sockaddr* addr);
UV_EXTERN size_t uv_udp_get_send_queue_count(const uv_udp_t* handle);
UV_EXTERN size_t uv_udp_get_send_queue_size(const uv_udp_t* handle);
UV_EXTERN int uv_udp_getpeername(const uv_udp_t* handle, struct sockaddr* name,
                                 int* namelen);
UV_EXTERN int uv_udp_getsockname(const uv_udp_t* handle, struct sockaddr* name,
                                 int* namelen);
UV_EXTERN int uv_udp_init(uv_loop_t* loop, uv_udp_t* handle);
UV_EXTERN int uv_udp_init_ex(uv_loop_t* loop, uv_udp_t* handle,
                             unsigned int flags);
UV_EXTERN int uv_udp_open(uv_udp_t* handle, uv_os_sock_t sock);
UV_EXTERN int uv_udp_open_ex(uv_udp_t* handle, uv_os_sock_t sock,
                             unsigned int flags);
UV_EXTERN int uv_udp_recv_start(uv_udp_t* handle, uv_alloc_cb alloc_cb,
                                uv_udp_recv_cb recv_cb);
UV_EXTERN int uv_udp_recv_stop(uv_udp_t* handle);
UV_EXTERN int uv_udp_send(uv_udp_send_t* req, uv_udp_t* handle,
                          const uv_buf_t* bufs, unsigned int nbufs,
                          const struct sockaddr* addr, uv_udp_send_cb send_cb);
UV_EXTERN int uv_udp_set_broadcast(uv_udp_t* handle, int on);
UV_EXTERN int uv_udp_set_membership(uv_udp_t* handle,
                                    const char* multicast_addr,
                                    const char* interface_addr,
                                    uv_membership membership);
UV_EXTERN int uv_udp_set_multicast_interface(uv_udp_t* handle,
                                             const char* interface_addr);
UV_EXTERN int uv_udp_set_multicast_loop(uv_udp_t* handle, int on);
UV_EXTERN int uv_udp_set_multicast_ttl(uv_udp_t* handle, int ttl);
UV_EXTERN int uv_udp_set_source_membership(uv_udp_t* handle,
                                           const char* multicast_addr,
                                           const char* interface_addr,
                                           const char* source_addr,
                                           uv_membership membership);
UV_EXTERN int uv_udp_set_ttl(uv_udp_t* handle, int ttl);
UV_EXTERN int uv_udp_try_send(uv_udp_t* handle, const uv_buf_t* bufs,
                              unsigned int nbufs, const struct sockaddr* addr);
UV_EXTERN int uv_udp_try_send2(uv_udp_t* handle, unsigned int count,
                               uv_buf_t** bufs, unsigned int* nbufs,
                               struct sockaddr** addrs, unsigned int flags);
UV_EXTERN int uv_udp_using_recvmmsg(const uv_udp_t* handle);

#ifdef __cplusplus
}
#endif

#endif
