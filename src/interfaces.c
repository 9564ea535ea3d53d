/* interfaces.c - the front desk for network interfaces. */
#include <string.h>

#include "core.h"
#include "give.h"
#include "platform.h"

int uv_interface_addresses(uv_interface_address_t** addresses, int* count) {
  if (addresses == NULL || count == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_interfaces(addresses, count);
}

void uv_free_interface_addresses(uv_interface_address_t* addresses, int count) {
  (void)count; /* It is one allocation, however many there are. */
  gy_free(addresses);
}

/* Write the text that |ask| has for |index| to the |*size| bytes at |buffer|.
 */
static int text_give(int (*ask)(unsigned index, char text[UV_IF_NAMESIZE]),
                     unsigned index, char* buffer, size_t* size) {
  char text[UV_IF_NAMESIZE];
  int err = gy_give_check(buffer, size);

  if (err == 0) {
    err = ask(index, text);
  }
  return err == 0 ? gy_give(text, strlen(text), buffer, size) : err;
}

int uv_if_indextoname(unsigned int ifindex, char* buffer, size_t* size) {
  return text_give(gy_platform_interface_name, ifindex, buffer, size);
}

int uv_if_indextoiid(unsigned int ifindex, char* buffer, size_t* size) {
  return text_give(gy_platform_interface_id, ifindex, buffer, size);
}
