/* sys-names.c - asking the system for names and addresses. */
#include "sys-names.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>

#include "../fault.h"
#include "uv/errno.h"

/* Not every system has all of these, and some are two names for one number:
 * the first row counts. */
static const struct {
  int code;
  int err;
} eai_errors[] = {
    {0, 0},
    {EAI_AGAIN, UV_EAI_AGAIN},
    {EAI_BADFLAGS, UV_EAI_BADFLAGS},
    {EAI_FAIL, UV_EAI_FAIL},
    {EAI_FAMILY, UV_EAI_FAMILY},
    {EAI_MEMORY, UV_EAI_MEMORY},
    {EAI_NONAME, UV_EAI_NONAME},
    {EAI_SERVICE, UV_EAI_SERVICE},
    {EAI_SOCKTYPE, UV_EAI_SOCKTYPE},
#ifdef EAI_ADDRFAMILY
    {EAI_ADDRFAMILY, UV_EAI_ADDRFAMILY},
#endif
#ifdef EAI_BADHINTS
    {EAI_BADHINTS, UV_EAI_BADHINTS},
#endif
#ifdef EAI_CANCELED
    {EAI_CANCELED, UV_EAI_CANCELED},
#endif
#ifdef EAI_NODATA
    {EAI_NODATA, UV_EAI_NODATA},
#endif
#ifdef EAI_OVERFLOW
    {EAI_OVERFLOW, UV_EAI_OVERFLOW},
#endif
#ifdef EAI_PROTOCOL
    {EAI_PROTOCOL, UV_EAI_PROTOCOL},
#endif
};

int gy_sys_eai_error(int code, int sys_error) {
  size_t i;

  if (code == EAI_SYSTEM && sys_error != 0) {
    return -sys_error;
  }
  for (i = 0; i < sizeof(eai_errors) / sizeof(eai_errors[0]); i++) {
    if (eai_errors[i].code == code) {
      return eai_errors[i].err;
    }
  }
  return UV_EAI_FAIL; /* A code of the days to come. */
}

int gy_sys_getaddrinfo(const char* node, const char* service,
                       const struct addrinfo* hints, struct addrinfo** list) {
  struct addrinfo* found = NULL;
  int code;

  errno = GY_FAULT("getaddrinfo");
  if (errno != 0) {
    return -errno;
  }
  code = getaddrinfo(node, service, hints, &found);
  if (code != 0) {
    return gy_sys_eai_error(code, errno);
  }
  *list = found;
  return 0;
}

void gy_sys_freeaddrinfo(struct addrinfo* list) {
  freeaddrinfo(list);
}

int gy_sys_getnameinfo(const struct sockaddr* addr, size_t addr_size,
                       char* host, size_t host_size, char* service,
                       size_t service_size, int flags) {
  int code;

  errno = GY_FAULT("getnameinfo");
  if (errno != 0) {
    return -errno;
  }
  code = getnameinfo(addr, (socklen_t)addr_size, host, (socklen_t)host_size,
                     service, (socklen_t)service_size, flags);
  return gy_sys_eai_error(code, errno);
}

int gy_sys_getifaddrs(struct ifaddrs** list) {
  int err = GY_FAULT("getifaddrs");

  if (err == 0 && getifaddrs(list) != 0) {
    err = errno;
  }
  return -err;
}

void gy_sys_freeifaddrs(struct ifaddrs* list) {
  freeifaddrs(list);
}

unsigned gy_sys_if_nametoindex(const char* name) {
  return GY_FAULT("if_nametoindex") != 0 ? 0 : if_nametoindex(name);
}

int gy_sys_if_indextoname(unsigned index, char* name) {
  int err = GY_FAULT("if_indextoname");

  if (err == 0 && if_indextoname(index, name) == NULL) {
    err = errno;
  }
  return -err;
}
