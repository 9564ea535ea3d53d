/* uring-cookie.h - what comes back with an answer, and says what it is of.
 *
 * The owner of an operation, which is at an even address, with the lowest bit
 * set; or, from the lowest bit on: 0, two bits for what was asked for, the fd
 * in 29 bits, and a number. The number is another each time that the same is
 * asked for of the same fd, so an answer with an old one is nobody's. */
#ifndef GY_URING_COOKIE_H_
#define GY_URING_COOKIE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  GY_COOKIE_POLL,
  GY_COOKIE_RECV,
  GY_COOKIE_ACCEPT,
  GY_COOKIE_SEND
} gy_cookie_kind_t;

/* Of polls, and of fds that nobody has. */
#define GY_COOKIE_NOBODY UINT64_C(0xfffffff8)
#define GY_COOKIE_WAKE UINT64_C(0xfffffff0)

/* From here on an fd is one of those. Linux could have them, with a table of
 * 4 GB. */
#define GY_COOKIE_FDS (((size_t)1 << 29) - 2)

static inline uint64_t gy_cookie(gy_cookie_kind_t kind, size_t fd,
                                 uint32_t number) {
  return (uint64_t)number << 32 | (uint32_t)fd << 3 | (uint32_t)kind << 1;
}

static inline uint64_t gy_cookie_of_owner(const void* owner) {
  return (uintptr_t)owner | 1;
}

static inline bool gy_cookie_is_owner(uint64_t cookie) {
  return (cookie & 1) != 0;
}

/* The three below are of cookies without an owner. */

static inline gy_cookie_kind_t gy_cookie_kind(uint64_t cookie) {
  return (gy_cookie_kind_t)(cookie >> 1 & 3);
}

static inline size_t gy_cookie_fd(uint64_t cookie) {
  return (uint32_t)cookie >> 3;
}

static inline uint32_t gy_cookie_number(uint64_t cookie) {
  return (uint32_t)(cookie >> 32);
}

#endif /* GY_URING_COOKIE_H_ */
