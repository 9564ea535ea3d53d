/* hash.h - an intrusive hash table: nodes live in what they find.
 *
 * The caller brings the hash, and tells nodes of the same hash apart. Inserting
 * cannot fail: when there is no memory for more slots, the chains grow. */
#ifndef GY_HASH_H_
#define GY_HASH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  GY_HASH_FIRST_SLOTS = 16 /* a power of two */
};

typedef struct gy_hash_node {
  struct gy_hash_node* next; /* of the same slot */
  uint32_t hash;
} gy_hash_node_t;

typedef struct {
  gy_hash_node_t** slots; /* |first|, or memory of its own */
  size_t slot_count;      /* a power of two */
  size_t count;           /* of nodes */
  gy_hash_node_t* first[GY_HASH_FIRST_SLOTS];
} gy_hash_t;

/* Make |table| empty. It must stay in place. */
void gy_hash_init(gy_hash_t* table);

/* Free what |table| allocated; its nodes are the caller's. */
void gy_hash_destroy(gy_hash_t* table);

void gy_hash_insert(gy_hash_t* table, gy_hash_node_t* node, uint32_t hash);

/* Take out |node|, which is in |table|. */
void gy_hash_remove(gy_hash_t* table, gy_hash_node_t* node);

/* The first node of |hash|, and the one after |node|; NULL when there is none.
 */
gy_hash_node_t* gy_hash_find(const gy_hash_t* table, uint32_t hash);
gy_hash_node_t* gy_hash_find_next(const gy_hash_node_t* node);

/* The hash of |number|, and of the bytes of |text| begun with |seed|. */
uint32_t gy_hash_number(uint64_t number);
uint32_t gy_hash_text(const char* text, uint32_t seed);

/* Is every node in the slot of its hash, and counted? For tests. */
bool gy_hash_valid(const gy_hash_t* table);

#endif /* GY_HASH_H_ */
