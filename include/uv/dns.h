/* dns.h - names to addresses and back. */
#ifndef UV_DNS_H_
#define UV_DNS_H_

#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

struct addrinfo;

typedef void (*uv_getaddrinfo_cb)(uv_getaddrinfo_t* req, int status,
                                  struct addrinfo* res);
typedef void (*uv_getnameinfo_cb)(uv_getnameinfo_t* req, int status,
                                  const char* hostname, const char* service);
struct uv_getaddrinfo_s {
  UV_REQ_FIELDS uv_loop_t* loop;
  GY_GETADDRINFO_PRIVATE struct addrinfo* addrinfo;
  GY_GETADDRINFO_TAIL
};
struct uv_getnameinfo_s {
  UV_REQ_FIELDS uv_loop_t* loop;
  GY_GETNAMEINFO_PRIVATE char host[1025];
  char service[32];
  GY_GETNAMEINFO_TAIL
};

UV_EXTERN void uv_freeaddrinfo(struct addrinfo* ai);
UV_EXTERN int uv_getaddrinfo(uv_loop_t* loop, uv_getaddrinfo_t* req,
                             uv_getaddrinfo_cb getaddrinfo_cb, const char* node,
                             const char* service, const struct addrinfo* hints);
UV_EXTERN int uv_getnameinfo(uv_loop_t* loop, uv_getnameinfo_t* req,
                             uv_getnameinfo_cb getnameinfo_cb,
                             const struct sockaddr* addr, int flags);

#ifdef __cplusplus
}
#endif

#endif
