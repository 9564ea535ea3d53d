/* interfaces-packet.c - hardware addresses as Linux lists them: packet(7). */
#include <netpacket/packet.h>
#include <string.h>

#include "interfaces.h"

bool gy_interface_hardware(const struct sockaddr* addr,
                           char bytes[GY_HARDWARE_SIZE]) {
  struct sockaddr_ll link;

  if (addr->sa_family != AF_PACKET) {
    return false;
  }
  memcpy(&link, addr, sizeof(link));
  memcpy(bytes, link.sll_addr, GY_HARDWARE_SIZE);
  return true;
}
