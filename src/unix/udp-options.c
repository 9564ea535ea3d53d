/* udp-options.c - the options of UDP sockets on Unix: groups, and numbers. */
#include <string.h>

#include "../platform.h"
#include "sys-datagram.h"
#include "sys-net.h"
#include "udp.h"

/* ---- addresses as text -----------------------------------------------------
 */

/* Read |text| into |addr|; UV_EINVAL. */
static int parse(const char* text, struct sockaddr_storage* addr) {
  memset(addr, 0, sizeof(*addr));
  return uv_ip4_addr(text, 0, (struct sockaddr_in*)addr) == 0
             ? 0
             : uv_ip6_addr(text, 0, (struct sockaddr_in6*)addr);
}

/* The same for an address of |family|, where NULL is any. */
static int parse_as(const char* text, int family,
                    struct sockaddr_storage* addr) {
  if (text == NULL) {
    memset(addr, 0, sizeof(*addr));
    addr->ss_family = (sa_family_t)family;
    return 0;
  }
  return parse(text, addr) == 0 && addr->ss_family == family ? 0 : UV_EINVAL;
}

/* ---- groups ----------------------------------------------------------------
 */

int gy_platform_udp_membership(uv_udp_t* udp, const char* group,
                               const char* interface, const char* source,
                               bool join) {
  struct sockaddr_storage group_addr;
  struct sockaddr_storage interface_addr;
  struct sockaddr_storage source_addr;
  const struct sockaddr* at = (const struct sockaddr*)&interface_addr;
  const struct sockaddr* to = (const struct sockaddr*)&group_addr;
  int err = parse(group, &group_addr);

  if (err == 0) {
    err = parse_as(interface, group_addr.ss_family, &interface_addr);
  }
  if (err == 0) {
    err = parse_as(source, group_addr.ss_family, &source_addr);
  }
  if (err == 0) {
    err = gy_udp_need_bound(udp, group_addr.ss_family, UV_UDP_REUSEADDR);
  }
  if (err != 0) {
    return err;
  }
  return source == NULL ? gy_sys_set_member(udp->io_watcher.fd, to, at, join)
                        : gy_sys_set_source_member(
                              udp->io_watcher.fd, to, at,
                              (const struct sockaddr*)&source_addr, join);
}

int gy_platform_udp_multicast_interface(uv_udp_t* udp, const char* interface) {
  struct sockaddr_storage addr;
  int err;

  memset(&addr, 0, sizeof(addr));
  addr.ss_family = gy_udp_is(udp, GY_UDP_IPV6) ? AF_INET6 : AF_INET;
  err = interface != NULL ? parse(interface, &addr) : 0;
  if (err != 0) {
    return err;
  }
  return gy_udp_has_fd(udp)
             ? gy_sys_set_multicast_interface(udp->io_watcher.fd,
                                              (const struct sockaddr*)&addr)
             : UV_EBADF;
}

/* ---- numbers: without a socket the kernel says UV_EBADF of fd -1 ------------
 */

int gy_platform_udp_multicast_loop(uv_udp_t* udp, bool on) {
  return gy_sys_set_multicast_loop(udp->io_watcher.fd,
                                   gy_udp_is(udp, GY_UDP_IPV6), on);
}

int gy_platform_udp_multicast_ttl(uv_udp_t* udp, int ttl) {
  return gy_sys_set_multicast_ttl(udp->io_watcher.fd,
                                  gy_udp_is(udp, GY_UDP_IPV6), ttl);
}

int gy_platform_udp_broadcast(uv_udp_t* udp, bool on) {
  return gy_sys_set_option(udp->io_watcher.fd, SOL_SOCKET, SO_BROADCAST, on);
}

int gy_platform_udp_ttl(uv_udp_t* udp, int ttl) {
  return gy_sys_set_ttl(udp->io_watcher.fd, gy_udp_is(udp, GY_UDP_IPV6), ttl);
}
