/* hash.c - an intrusive hash table; see hash.h. */
#include "hash.h"

#include "alloc.h"

static gy_hash_node_t** slot_of(const gy_hash_t* table, uint32_t hash) {
  return &table->slots[hash & (table->slot_count - 1)];
}

void gy_hash_init(gy_hash_t* table) {
  size_t index;

  table->slots = table->first;
  table->slot_count = GY_HASH_FIRST_SLOTS;
  table->count = 0;
  for (index = 0; index < GY_HASH_FIRST_SLOTS; index++) {
    table->first[index] = NULL;
  }
}

void gy_hash_destroy(gy_hash_t* table) {
  if (table->slots != table->first) {
    gy_free(table->slots);
  }
  gy_hash_init(table);
}

static void node_link(gy_hash_t* table, gy_hash_node_t* node) {
  gy_hash_node_t** slot = slot_of(table, node->hash);

  node->next = *slot;
  *slot = node;
}

/* Double the slots, unless there is no memory for it. */
static void table_grow(gy_hash_t* table) {
  gy_hash_t old = *table;
  gy_hash_node_t** slots = gy_calloc(old.slot_count * 2, sizeof(*slots));
  size_t index;

  if (slots == NULL) {
    return;
  }
  table->slots = slots;
  table->slot_count = old.slot_count * 2;
  if (old.slots == table->first) {
    old.slots = old.first;
  }
  for (index = 0; index < old.slot_count; index++) {
    gy_hash_node_t* node = old.slots[index];
    while (node != NULL) {
      gy_hash_node_t* next = node->next;
      node_link(table, node);
      node = next;
    }
  }
  if (old.slots != old.first) {
    gy_free(old.slots);
  }
}

void gy_hash_insert(gy_hash_t* table, gy_hash_node_t* node, uint32_t hash) {
  if (table->count >= table->slot_count) {
    table_grow(table);
  }
  node->hash = hash;
  node_link(table, node);
  table->count++;
}

void gy_hash_remove(gy_hash_t* table, gy_hash_node_t* node) {
  gy_hash_node_t** link = slot_of(table, node->hash);

  while (*link != node) {
    link = &(*link)->next;
  }
  *link = node->next;
  table->count--;
}

static gy_hash_node_t* skip_others(gy_hash_node_t* node, uint32_t hash) {
  while (node != NULL && node->hash != hash) {
    node = node->next;
  }
  return node;
}

gy_hash_node_t* gy_hash_find(const gy_hash_t* table, uint32_t hash) {
  return skip_others(*slot_of(table, hash), hash);
}

gy_hash_node_t* gy_hash_find_next(const gy_hash_node_t* node) {
  return skip_others(node->next, node->hash);
}

/* Fibonacci's: the upper bits of a product depend on all of the factor. */
uint32_t gy_hash_number(uint64_t number) {
  return (uint32_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

/* FNV-1a. */
uint32_t gy_hash_text(const char* text, uint32_t seed) {
  uint32_t hash = seed ^ UINT32_C(2166136261);

  for (; *text != '\0'; text++) {
    hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
  }
  return hash;
}

bool gy_hash_valid(const gy_hash_t* table) {
  size_t count = 0;
  size_t index;

  for (index = 0; index < table->slot_count; index++) {
    const gy_hash_node_t* node = table->slots[index];
    for (; node != NULL; node = node->next, count++) {
      if (slot_of(table, node->hash) != &table->slots[index]) {
        return false;
      }
    }
  }
  return count == table->count;
}
