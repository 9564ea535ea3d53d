/* interfaces-bare.c - where getifaddrs(3) lists no hardware addresses. */
#include "interfaces.h"

bool gy_interface_hardware(const struct sockaddr* addr,
                           char bytes[GY_HARDWARE_SIZE]) {
  (void)addr; /* It is an address of some other sort. */
  (void)bytes;
  return false;
}
