/* cookie.h - numbers that stand for our memory in the packets of a port.
 *
 * Whoever has the port can post a packet with any number in it, so none is
 * taken for a pointer: it has to lead, through a table, to what is expected. A
 * cookie is the number of a slot, and how often that slot has been used; see
 * docs/adr/0010. */
#ifndef GY_COOKIE_H_
#define GY_COOKIE_H_

#include <stddef.h>
#include <stdint.h>

typedef struct {
  void* item;       /* NULL: free */
  uintptr_t number; /* of its last cookie, and of those of items before */
  size_t next_free; /* index, or SIZE_MAX */
} gy_cookie_slot_t;

typedef struct {
  gy_cookie_slot_t* slots;
  size_t count;
  size_t free; /* the first, or SIZE_MAX */
} gy_cookies_t;

/* Make |table| empty; it takes no memory. */
void gy_cookies_init(gy_cookies_t* table);

/* Give the memory of |table| back, which is empty then; items are not its. */
void gy_cookies_free(gy_cookies_t* table);

/* Write to |index| where |item| has been put. 0 or UV_ENOMEM. */
int gy_cookies_add(gy_cookies_t* table, void* item, size_t* index);

/* Empty the slot |index|: no cookie leads there any more. */
void gy_cookies_remove(gy_cookies_t* table, size_t index);

/* A new cookie, never NULL, for the item at |index|. Those before are void,
 * until some thousands (32 bits) or thousand millions (64) have been made. */
void* gy_cookie_renew(gy_cookies_t* table, size_t index);

/* What |cookie|, which may be anything, is the newest for; else NULL. */
void* gy_cookie_item(const gy_cookies_t* table, const void* cookie);

/* The size for a table of |count|, of which the place |index| is wanted. */
size_t gy_cookies_grown(size_t count, size_t index);

#endif /* GY_COOKIE_H_ */
