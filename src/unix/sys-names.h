/* sys-names.h - the calls of the Unix rooms that ask for names and addresses,
 * each with its fault point.
 *
 * EAI_* and errno become UV_E* here. Nothing of ours is known here. Any
 * thread. */
#ifndef GY_UNIX_SYS_NAMES_H_
#define GY_UNIX_SYS_NAMES_H_

#include <netdb.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/socket.h>

struct ifaddrs;

/* The UV_EAI_* of |code|, what getaddrinfo(3) returned; 0 for 0. EAI_SYSTEM is
 * the UV_E* of |sys_error|, the errno of that moment. */
int gy_sys_eai_error(int code, int sys_error);

/* getaddrinfo(3): it blocks. 0, UV_EAI_* or UV_E*; |*list| is written on
 * success only. */
int gy_sys_getaddrinfo(const char* node, const char* service,
                       const struct addrinfo* hints, struct addrinfo** list);
void gy_sys_freeaddrinfo(struct addrinfo* list);

/* getnameinfo(3): it blocks. 0, UV_EAI_* or UV_E*. */
int gy_sys_getnameinfo(const struct sockaddr* addr, size_t addr_size,
                       char* host, size_t host_size, char* service,
                       size_t service_size, int flags);

/* getifaddrs(3). 0 or UV_E*. */
int gy_sys_getifaddrs(struct ifaddrs** list);
void gy_sys_freeifaddrs(struct ifaddrs* list);

/* if_nametoindex(3). 0 when there is no such interface. */
unsigned gy_sys_if_nametoindex(const char* name);

/* if_indextoname(3) to the IF_NAMESIZE bytes at |name|. 0 or UV_E*. */
int gy_sys_if_indextoname(unsigned index, char* name);

#endif /* GY_UNIX_SYS_NAMES_H_ */
