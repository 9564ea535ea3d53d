/* interfaces.c - the network interfaces of a Unix, by getifaddrs(3).
 *
 * The system's list has an entry for each address of each interface, and that
 * of the hardware is one of them. It is walked twice: once to see how much room
 * it all takes, which is one allocation, the names behind the array. */
#include "interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "../platform.h"
#include "sys-names.h"

static_assert(IF_NAMESIZE <= UV_IF_NAMESIZE, "a name fits");

/* Is |entry| an address of a kind that is told of? */
static bool entry_counts(const struct ifaddrs* entry) {
  const unsigned up = IFF_UP | IFF_RUNNING;

  return (entry->ifa_flags & up) == up && entry->ifa_addr != NULL &&
         (entry->ifa_addr->sa_family == AF_INET ||
          entry->ifa_addr->sa_family == AF_INET6);
}

/* Is |alias| |name|, or "name:1" and the like, another address of the same
 * interface on Linux? */
static bool name_fits(const char* alias, const char* name) {
  size_t length = strlen(name);

  return strncmp(alias, name, length) == 0 &&
         (alias[length] == '\0' || alias[length] == ':');
}

static void hardware_find(const struct ifaddrs* list,
                          uv_interface_address_t* address) {
  for (; list != NULL; list = list->ifa_next) {
    if (list->ifa_addr != NULL && name_fits(address->name, list->ifa_name) &&
        gy_interface_hardware(list->ifa_addr, address->phys_addr)) {
      return;
    }
  }
}

/* Fill |address| but for its name and its hardware. */
static void address_fill(uv_interface_address_t* address,
                         const struct ifaddrs* entry) {
  size_t size = entry->ifa_addr->sa_family == AF_INET
                    ? sizeof(address->address.address4)
                    : sizeof(address->address.address6);

  memset(address, 0, sizeof(*address));
  memcpy(&address->address, entry->ifa_addr, size);
  if (entry->ifa_netmask != NULL) {
    memcpy(&address->netmask, entry->ifa_netmask, size);
  }
  /* Some systems leave it out, because it is that of the address. */
  address->netmask.netmask4.sin_family = entry->ifa_addr->sa_family;
  address->is_internal = (entry->ifa_flags & IFF_LOOPBACK) != 0;
}

/* How many entries of |list| count, and how many bytes their names take. */
static int list_measure(const struct ifaddrs* list, size_t* names_size) {
  int count = 0;

  *names_size = 0;
  for (; list != NULL; list = list->ifa_next) {
    if (entry_counts(list)) {
      count++;
      *names_size += strlen(list->ifa_name) + 1;
    }
  }
  return count;
}

static void list_copy(const struct ifaddrs* list,
                      uv_interface_address_t* addresses, char* names) {
  for (const struct ifaddrs* entry = list; entry != NULL;
       entry = entry->ifa_next) {
    size_t name_size = strlen(entry->ifa_name) + 1;
    if (entry_counts(entry)) {
      address_fill(addresses, entry);
      addresses->name = memcpy(names, entry->ifa_name, name_size);
      hardware_find(list, addresses);
      addresses++;
      names += name_size;
    }
  }
}

int gy_platform_interfaces(uv_interface_address_t** addresses, int* count) {
  struct ifaddrs* list;
  uv_interface_address_t* made = NULL;
  size_t names_size;
  int number;
  int err = gy_sys_getifaddrs(&list);

  if (err != 0) {
    return err;
  }
  number = list_measure(list, &names_size);
  if (number > 0) {
    made = gy_malloc((size_t)number * sizeof(*made) + names_size);
    if (made == NULL) {
      err = UV_ENOMEM;
      goto free_list;
    }
    list_copy(list, made, (char*)(made + number));
  }
  *addresses = made;
  *count = number;

free_list:
  gy_sys_freeifaddrs(list);
  return err;
}

uint32_t gy_platform_scope(const char* text) {
  return gy_sys_if_nametoindex(text);
}

int gy_platform_interface_name(unsigned index, char name[UV_IF_NAMESIZE]) {
  return gy_sys_if_indextoname(index, name);
}

int gy_platform_interface_id(unsigned index, char id[UV_IF_NAMESIZE]) {
  return gy_sys_if_indextoname(index, id);
}
