/* dns.c - names to addresses and back, by the C library of a Unix. */
#include "../platform.h"
#include "sys-names.h"

int gy_platform_getaddrinfo(const char* node, const char* service,
                            const struct addrinfo* hints,
                            struct addrinfo** list) {
  return gy_sys_getaddrinfo(node, service, hints, list);
}

void gy_platform_freeaddrinfo(struct addrinfo* list) {
  gy_sys_freeaddrinfo(list);
}

int gy_platform_getnameinfo(const struct sockaddr* addr, size_t addr_size,
                            uv_getnameinfo_t* result, int flags) {
  return gy_sys_getnameinfo(addr, addr_size, result->host, sizeof(result->host),
                            result->service, sizeof(result->service), flags);
}
