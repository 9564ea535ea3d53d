/* inet.c - addresses as text, and text as addresses.
 *
 * All systems give the same text, so none is asked. What is read is as strict
 * as inet_pton(3): four decimal numbers without leading zeros, because some
 * take those for octal, and RFC 4291's forms with at most four digits each.
 * What is written is RFC 5952's form, but that "::" may stand for two groups or
 * more only and the IPv4 tail is used where libuv does. */
#include <assert.h>
#include <string.h>

#include "core.h"
#include "platform.h"

enum {
  IP4_BYTES = 4,
  IP6_BYTES = 16,
  IP6_GROUPS = 8,
  IP6_GROUPS_BEFORE_IP4 = 6
};

static_assert(sizeof(struct in_addr) == IP4_BYTES, "an address, and no more");
static_assert(sizeof(struct in6_addr) == IP6_BYTES, "an address, and no more");

/* ---- reading ------------------------------------------------------------- */

/* The value of the digit |c|, or 16 when it is none. */
static unsigned digit_value(char c) {
  if (c >= '0' && c <= '9') {
    return (unsigned)(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return (unsigned)(c - 'a') + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return (unsigned)(c - 'A') + 10;
  }
  return 16;
}

/* Read the number from 0 to 255 at |*at|, and move |*at| behind it. */
static bool octet_read(const char** at, unsigned char* octet) {
  const char* start = *at;
  unsigned value = 0;

  while (digit_value(**at) < 10 && *at - start < 3) {
    value = value * 10 + digit_value(**at);
    (*at)++;
  }
  if (*at == start || value > 255 || (*start == '0' && *at - start > 1)) {
    return false;
  }
  *octet = (unsigned char)value;
  return true;
}

/* Read "1.2.3.4", which takes all up to |end|. */
static bool ip4_read(const char* src, const char* end,
                     unsigned char bytes[IP4_BYTES]) {
  for (int i = 0; i < IP4_BYTES; i++) {
    if (i > 0 && *src++ != '.') {
      return false;
    }
    if (!octet_read(&src, &bytes[i])) {
      return false;
    }
  }
  return src == end;
}

/* Read up to four hexadecimal digits at |*at|, and move |*at| behind them. */
static bool group_read(const char** at, unsigned char* bytes) {
  const char* start = *at;
  unsigned value = 0;

  while (digit_value(**at) < 16 && *at - start < 4) {
    value = value * 16 + digit_value(**at);
    (*at)++;
  }
  bytes[0] = (unsigned char)(value >> 8);
  bytes[1] = (unsigned char)(value & 0xff);
  return *at != start;
}

typedef struct {
  unsigned char bytes[IP6_BYTES]; /* so far, without a gap */
  int count;                      /* of groups so far */
  int gap;                        /* the group before which :: stands, or -1 */
} groups_t;

/* Read the groups from |at| to |end|, each with what parts it from the next. */
static bool groups_read(groups_t* groups, const char* at, const char* end) {
  while (at != end) {
    unsigned char* bytes = groups->bytes + groups->count * 2;
    const char* start = at;

    if (groups->count == IP6_GROUPS || !group_read(&at, bytes)) {
      return false;
    }
    if (*at == '.') {
      groups->count += 2;
      return groups->count <= IP6_GROUPS && ip4_read(start, end, bytes);
    }
    groups->count++;
    if (at == end) {
      return true;
    }
    if (*at++ != ':' || at == end) {
      return false; /* A single colon at the end parts nothing. */
    }
    if (*at == ':') {
      if (groups->gap >= 0) {
        return false;
      }
      groups->gap = groups->count;
      at++;
    }
  }
  return true;
}

/* Put zeros into the gap. */
static bool groups_widen(groups_t* groups) {
  int missing = IP6_GROUPS - groups->count;
  unsigned char* gap;

  if (groups->gap < 0) {
    return missing == 0;
  }
  if (missing <= 0) {
    return false; /* "::" stands for one group at least. */
  }
  gap = groups->bytes + groups->gap * 2;
  memmove(gap + missing * 2, gap, (size_t)(groups->count - groups->gap) * 2);
  memset(gap, 0, (size_t)missing * 2);
  return true;
}

/* The end of the address in |src|: where its scope or its text ends. */
static const char* ip6_end(const char* src) {
  return src + strcspn(src, "%");
}

static bool ip6_read(const char* src, unsigned char bytes[IP6_BYTES]) {
  const char* end = ip6_end(src);
  groups_t groups = {{0}, 0, -1};

  if (src[0] == ':') {
    if (src[1] != ':') {
      return false;
    }
    groups.gap = 0;
    src += 2;
  }
  if (!groups_read(&groups, src, end) || !groups_widen(&groups)) {
    return false;
  }
  memcpy(bytes, groups.bytes, IP6_BYTES);
  return true;
}

int uv_inet_pton(int af, const char* src, void* dst) {
  unsigned char bytes[IP6_BYTES];
  size_t size;
  bool good;

  if (src == NULL || dst == NULL) {
    return UV_EINVAL;
  }
  switch (af) {
    case AF_INET:
      good = ip4_read(src, src + strlen(src), bytes);
      size = IP4_BYTES;
      break;
    case AF_INET6:
      good = ip6_read(src, bytes);
      size = IP6_BYTES;
      break;
    default:
      return UV_EAFNOSUPPORT;
  }
  if (!good) {
    return UV_EINVAL;
  }
  memcpy(dst, bytes, size);
  return 0;
}

/* |port| in the order of the network. */
static uint16_t port_of(int port) {
  unsigned char bytes[2] = {(unsigned char)(((unsigned)port >> 8) & 0xff),
                            (unsigned char)((unsigned)port & 0xff)};
  uint16_t result;

  memcpy(&result, bytes, sizeof(result));
  return result;
}

int uv_ip4_addr(const char* ip, int port, struct sockaddr_in* addr) {
  if (addr == NULL) {
    return UV_EINVAL;
  }
  memset(addr, 0, sizeof(*addr));
  addr->sin_family = AF_INET;
  addr->sin_port = port_of(port);
  return uv_inet_pton(AF_INET, ip, &addr->sin_addr);
}

int uv_ip6_addr(const char* ip, int port, struct sockaddr_in6* addr) {
  const char* end;
  int err;

  if (addr == NULL) {
    return UV_EINVAL;
  }
  memset(addr, 0, sizeof(*addr));
  addr->sin6_family = AF_INET6;
  addr->sin6_port = port_of(port);
  err = uv_inet_pton(AF_INET6, ip, &addr->sin6_addr);
  if (err != 0) {
    return err;
  }
  end = ip6_end(ip);
  if (*end == '%') {
    addr->sin6_scope_id = gy_platform_scope(end + 1);
  }
  return 0;
}

/* ---- writing ------------------------------------------------------------- */

/* Write |value| to |at|; where it ends. */
static char* number_write(char* at, unsigned value, unsigned base) {
  static const char digits[] = "0123456789abcdef";
  unsigned unit = 1;

  while (value / unit >= base) {
    unit *= base;
  }
  for (; unit > 0; unit /= base) {
    *at++ = digits[value / unit % base];
  }
  return at;
}

/* Write "1.2.3.4" to |at|; where it ends. */
static char* ip4_write(char* at, const unsigned char* bytes) {
  for (int i = 0; i < IP4_BYTES; i++) {
    if (i > 0) {
      *at++ = '.';
    }
    at = number_write(at, bytes[i], 10);
  }
  return at;
}

/* The longest run of groups that are 0, and the first of those. */
typedef struct {
  int first;
  int count;
} run_t;

static unsigned group_of(const unsigned char* bytes, int index) {
  return (unsigned)bytes[index * 2] << 8 | bytes[index * 2 + 1];
}

static run_t run_find(const unsigned char* bytes) {
  run_t best = {IP6_GROUPS, 0};
  run_t run = {0, 0};

  for (int i = 0; i < IP6_GROUPS; i++) {
    if (group_of(bytes, i) != 0) {
      run.first = i + 1;
      run.count = 0;
    } else if (++run.count > best.count) {
      best = run;
    }
  }
  if (best.count < 2) {
    best.first = IP6_GROUPS; /* One group is shorter written out. */
    best.count = 0;
  }
  return best;
}

/* Does |bytes| hold an IPv4 address, as the last two groups: ::1.2.3.4 or
 * ::ffff:1.2.3.4? */
static bool ip6_holds_ip4(const unsigned char* bytes, const run_t* run) {
  if (run->first != 0) {
    return false;
  }
  return run->count == IP6_GROUPS_BEFORE_IP4 ||
         (run->count == IP6_GROUPS_BEFORE_IP4 - 1 &&
          group_of(bytes, run->count) == 0xffff);
}

static char* ip6_write(char* at, const unsigned char* bytes) {
  run_t run = run_find(bytes);
  bool ip4 = ip6_holds_ip4(bytes, &run);
  int count = ip4 ? IP6_GROUPS_BEFORE_IP4 : IP6_GROUPS;
  int i = 0;

  while (i < count) {
    if (i == run.first) {
      *at++ = ':';
      i += run.count;
      continue;
    }
    if (i > 0) {
      *at++ = ':';
    }
    at = number_write(at, group_of(bytes, i), 16);
    i++;
  }
  if (ip4) {
    *at++ = ':';
    return ip4_write(at, bytes + IP6_BYTES - IP4_BYTES);
  }
  if (run.first + run.count == IP6_GROUPS && run.count > 0) {
    *at++ = ':';
  }
  return at;
}

int uv_inet_ntop(int af, const void* src, char* dst, size_t size) {
  char text[INET6_ADDRSTRLEN];
  char* end;

  if (src == NULL || dst == NULL) {
    return UV_EINVAL;
  }
  switch (af) {
    case AF_INET:
      end = ip4_write(text, src);
      break;
    case AF_INET6:
      end = ip6_write(text, src);
      break;
    default:
      return UV_EAFNOSUPPORT;
  }
  *end++ = '\0';
  if ((size_t)(end - text) > size) {
    return UV_ENOSPC;
  }
  memcpy(dst, text, (size_t)(end - text));
  return 0;
}

int uv_ip4_name(const struct sockaddr_in* src, char* dst, size_t size) {
  return src != NULL ? uv_inet_ntop(AF_INET, &src->sin_addr, dst, size)
                     : UV_EINVAL;
}

int uv_ip6_name(const struct sockaddr_in6* src, char* dst, size_t size) {
  return src != NULL ? uv_inet_ntop(AF_INET6, &src->sin6_addr, dst, size)
                     : UV_EINVAL;
}

int uv_ip_name(const struct sockaddr* src, char* dst, size_t size) {
  if (src == NULL) {
    return UV_EINVAL;
  }
  switch (src->sa_family) {
    case AF_INET:
      return uv_ip4_name((const struct sockaddr_in*)(const void*)src, dst,
                         size);
    case AF_INET6:
      return uv_ip6_name((const struct sockaddr_in6*)(const void*)src, dst,
                         size);
    default:
      return UV_EAFNOSUPPORT;
  }
}
