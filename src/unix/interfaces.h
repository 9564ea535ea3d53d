/* interfaces.h - what differs between Unixes about network interfaces. */
#ifndef GY_UNIX_INTERFACES_H_
#define GY_UNIX_INTERFACES_H_

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "uv.h"

enum {
  GY_HARDWARE_SIZE = 6
};

static_assert(GY_HARDWARE_SIZE ==
                  sizeof(((uv_interface_address_t*)NULL)->phys_addr),
              "a hardware address fills its field");

/* Is |addr|, of those that getifaddrs(3) lists, a hardware address? Then copy
 * as much of it as there is to |bytes|. */
bool gy_interface_hardware(const struct sockaddr* addr,
                           char bytes[GY_HARDWARE_SIZE]);

#endif /* GY_UNIX_INTERFACES_H_ */
