/* address.h - IP addresses and network interfaces. */
#ifndef UV_ADDRESS_H_
#define UV_ADDRESS_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(IF_NAMESIZE)
#define UV_IF_NAMESIZE (IF_NAMESIZE + 1)
#elif defined(IFNAMSIZ)
#define UV_IF_NAMESIZE (IFNAMSIZ + 1)
#else
#define UV_IF_NAMESIZE (16 + 1)
#endif
struct uv_interface_address_s {
  char* name;
  char phys_addr[6];
  int is_internal;
  union {
    struct sockaddr_in address4;
    struct sockaddr_in6 address6;
  } address;
  union {
    struct sockaddr_in netmask4;
    struct sockaddr_in6 netmask6;
  } netmask;
};

UV_EXTERN void uv_free_interface_addresses(uv_interface_address_t* addresses,
                                           int count);
UV_EXTERN int uv_if_indextoiid(unsigned int ifindex, char* buffer,
                               size_t* size);
UV_EXTERN int uv_if_indextoname(unsigned int ifindex, char* buffer,
                                size_t* size);
UV_EXTERN int uv_inet_ntop(int af, const void* src, char* dst, size_t size);
UV_EXTERN int uv_inet_pton(int af, const char* src, void* dst);
UV_EXTERN int uv_interface_addresses(uv_interface_address_t** addresses,
                                     int* count);
UV_EXTERN int uv_ip4_addr(const char* ip, int port, struct sockaddr_in* addr);
UV_EXTERN int uv_ip4_name(const struct sockaddr_in* src, char* dst,
                          size_t size);
UV_EXTERN int uv_ip6_addr(const char* ip, int port, struct sockaddr_in6* addr);
UV_EXTERN int uv_ip6_name(const struct sockaddr_in6* src, char* dst,
                          size_t size);
UV_EXTERN int uv_ip_name(const struct sockaddr* src, char* dst, size_t size);

#ifdef __cplusplus
}
#endif

#endif
