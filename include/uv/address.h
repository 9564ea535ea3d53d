/* address.h - addresses as text and bytes; the network interfaces.
 *
 * Any thread, no loop. NULL where a pointer is owed is UV_EINVAL. The contract
 * is libuv 1.x's, manual page "misc"; the forms RFC 4291, RFC 4007, RFC 5952.
 */
#ifndef UV_ADDRESS_H_
#define UV_ADDRESS_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The room, in bytes with the 0 byte, that the name of an interface takes on
 * Unix, and an identifier of uv_if_indextoiid() everywhere. Since libuv 1.16.
 */
#if defined(__sun)
#define UV_IF_NAMESIZE (32 + 1)
#else
#define UV_IF_NAMESIZE (16 + 1)
#endif

/* One address of one network interface. */
struct uv_interface_address_s {
  /* Its name, as "eth0". */
  char* name;
  /* Its hardware address, all 0 if it has none. */
  char phys_addr[6];
  /* 1 for a loopback interface, else 0. */
  int is_internal;
  /* The address; sin_family or sin6_family tells which. */
  union {
    struct sockaddr_in address4;
    struct sockaddr_in6 address6;
  } address;
  /* Its netmask, of the same family. */
  union {
    struct sockaddr_in netmask4;
    struct sockaddr_in6 netmask6;
  } netmask;
};

/* Give the addresses of all interfaces that are up and running: |*addresses|
 * becomes an array of |*count|, which the caller owns and gives to
 * uv_free_interface_addresses(). See getifaddrs(3).
 *
 * Returns 0, also for none; UV_ENOMEM; UV_ENOSYS where the system does not
 * tell. */
UV_EXTERN int uv_interface_addresses(uv_interface_address_t** addresses,
                                     int* count);

/* Free the |count| elements that uv_interface_addresses() gave. */
UV_EXTERN void uv_free_interface_addresses(uv_interface_address_t* addresses,
                                           int count);

/* Make an IPv4 address of the text |ip|, "1.2.3.4", and |port| in host order,
 * and write it to |*addr|, all other bytes 0.
 *
 * Returns 0; UV_EINVAL if |ip| is no such text; then the address is 0.0.0.0. */
UV_EXTERN int uv_ip4_addr(const char* ip, int port, struct sockaddr_in* addr);

/* Make an IPv6 address of the text |ip|, "::1" or "fe80::1%eth0", and |port| in
 * host order, and write it to |*addr|, all other bytes 0. After % stands the
 * scope: the name of an interface, on Windows its number. An unknown one gives
 * the scope id 0.
 *
 * Returns 0; UV_EINVAL if |ip| is no such text; then the address is "::". */
UV_EXTERN int uv_ip6_addr(const char* ip, int port, struct sockaddr_in6* addr);

/* Write the address |src|, without the port, as text to the |size| bytes at
 * |dst|; INET_ADDRSTRLEN suffices.
 *
 * Returns 0; UV_ENOSPC if the room is too small. */
UV_EXTERN int uv_ip4_name(const struct sockaddr_in* src, char* dst,
                          size_t size);

/* Write the address |src|, without port and scope, as text to the |size| bytes
 * at |dst|; INET6_ADDRSTRLEN suffices.
 *
 * Returns 0; UV_ENOSPC if the room is too small. */
UV_EXTERN int uv_ip6_name(const struct sockaddr_in6* src, char* dst,
                          size_t size);

/* As uv_ip4_name() or uv_ip6_name(), by the family of |src|. Since libuv 1.43.
 *
 * Returns as they do; UV_EAFNOSUPPORT for another family. */
UV_EXTERN int uv_ip_name(const struct sockaddr* src, char* dst, size_t size);

/* Write the address at |src|, a struct in_addr if |af| is AF_INET, a struct
 * in6_addr if AF_INET6, as text to the |size| bytes at |dst|. The same text on
 * all systems. See inet_ntop(3).
 *
 * Returns 0; UV_ENOSPC if the room is too small; UV_EAFNOSUPPORT for another
 * |af|. On error |dst| is untouched. */
UV_EXTERN int uv_inet_ntop(int af, const void* src, char* dst, size_t size);

/* Write the address with the text |src| to |dst|, a struct in_addr if |af| is
 * AF_INET, a struct in6_addr if AF_INET6. A scope after % is skipped. See
 * inet_pton(3).
 *
 * Returns 0; UV_EINVAL if |src| is no address or NULL; UV_EAFNOSUPPORT for
 * another |af|. On error |dst| is untouched. */
UV_EXTERN int uv_inet_pton(int af, const char* src, void* dst);

/* Write the name of the interface |ifindex|, as in sin6_scope_id, to |buffer|.
 * |*size| is the room in bytes and becomes the length, without the 0 byte. On
 * Unix it may stand after % in an address; for all systems there is
 * uv_if_indextoiid(). See if_indextoname(3). Since libuv 1.16.
 *
 * Returns 0; UV_ENOBUFS if the room is too small, then |*size| is what it
 * takes, the 0 byte included; UV_ENXIO if there is no such interface;
 * UV_EINVAL if |*size| is 0. */
UV_EXTERN int uv_if_indextoname(unsigned int ifindex, char* buffer,
                                size_t* size);

/* Write what stands for the interface |ifindex| after % in an address: its
 * number on Windows, its name elsewhere. |buffer|, |size| and the result as in
 * uv_if_indextoname(). Since libuv 1.16. */
UV_EXTERN int uv_if_indextoiid(unsigned int ifindex, char* buffer,
                               size_t* size);

#ifdef __cplusplus
}
#endif

#endif
