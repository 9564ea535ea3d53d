/* cookie.c - numbers that stand for our memory in the packets of a port; see
 * cookie.h. */
#include "poller/cookie.h"

#include "alloc.h"
#include "uv/errno.h"

#define SLOT_END SIZE_MAX

/* How much of a cookie is the number of a slot, from 1 on. */
enum {
  INDEX_BITS = sizeof(void*) == 8 ? 32 : 20,
  FIRST_SLOTS = 32
};

#define INDEX_MASK (((uintptr_t)1 << (INDEX_BITS - 1)) * 2 - 1)

size_t gy_cookies_grown(size_t count, size_t index) {
  count = count > 0 ? count : FIRST_SLOTS;
  while (count <= index) {
    count *= 2;
  }
  return count;
}

void gy_cookies_init(gy_cookies_t* table) {
  table->slots = NULL;
  table->count = 0;
  table->free = SLOT_END;
}

void gy_cookies_free(gy_cookies_t* table) {
  gy_free(table->slots);
  gy_cookies_init(table);
}

/* See that there is a free slot. */
static int slots_reserve(gy_cookies_t* table) {
  size_t count = gy_cookies_grown(table->count, table->count);
  gy_cookie_slot_t* slots;

  if (table->free != SLOT_END) {
    return 0;
  }
  if (count > INDEX_MASK) {
    return UV_ENOMEM;
  }
  slots = gy_realloc(table->slots, count * sizeof(*slots));
  if (slots == NULL) {
    return UV_ENOMEM;
  }
  table->slots = slots;
  while (table->count < count) {
    gy_cookie_slot_t* slot = &slots[table->count];
    slot->item = NULL;
    slot->number = 0;
    slot->next_free = table->free;
    table->free = table->count++;
  }
  return 0;
}

int gy_cookies_add(gy_cookies_t* table, void* item, size_t* index) {
  gy_cookie_slot_t* slot;
  int err = slots_reserve(table);

  if (err != 0) {
    return err;
  }
  *index = table->free;
  slot = &table->slots[table->free];
  table->free = slot->next_free;
  slot->item = item;
  return 0;
}

void gy_cookies_remove(gy_cookies_t* table, size_t index) {
  gy_cookie_slot_t* slot = &table->slots[index];

  slot->item = NULL;
  slot->next_free = table->free;
  table->free = index;
}

static void* cookie_of(const gy_cookie_slot_t* slot, size_t index) {
  return (void*)(slot->number << (INDEX_BITS - 1) << 1 | (index + 1));
}

void* gy_cookie_renew(gy_cookies_t* table, size_t index) {
  table->slots[index].number++;
  return cookie_of(&table->slots[index], index);
}

void* gy_cookie_item(const gy_cookies_t* table, const void* cookie) {
  size_t index = (size_t)((uintptr_t)cookie & INDEX_MASK) - 1;

  if (index >= table->count ||
      cookie_of(&table->slots[index], index) != cookie) {
    return NULL;
  }
  return table->slots[index].item;
}
