/* interfaces-link.c - hardware addresses as the BSDs list them. */
#include "interfaces.h"

#include <net/if_dl.h>
#include <string.h>

bool gy_interface_hardware(const struct sockaddr* addr,
                           char bytes[GY_HARDWARE_SIZE]) {
  const struct sockaddr_dl* link = (const struct sockaddr_dl*)(const void*)addr;
  size_t size;

  if (addr->sa_family != AF_LINK) {
    return false;
  }
  size = link->sdl_alen < GY_HARDWARE_SIZE ? link->sdl_alen : GY_HARDWARE_SIZE;
  memcpy(bytes, LLADDR(link), size); /* The name stands before it. */
  return true;
}
