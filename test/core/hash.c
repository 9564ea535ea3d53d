/* hash.c - the hash table against a plain list, by random steps. */
#include "support/test.h"

#include "alloc.h"
#include "hash.h"

enum {
  NODES = 500,
  STEPS = 20000
};

typedef struct {
  gy_hash_node_t node;
  uint32_t key;
  bool in;
} item_t;

static item_t items[NODES];
static gy_hash_t table;

static int count_of(uint32_t key) {
  int count = 0;

  for (gy_hash_node_t* node = gy_hash_find(&table, key); node != NULL;
       node = gy_hash_find_next(node)) {
    assert_int_equal(((item_t*)node)->key, key);
    assert_true(((item_t*)node)->in);
    count++;
  }
  return count;
}

static int count_in_list(uint32_t key) {
  int count = 0;

  for (int i = 0; i < NODES; i++)
    count += items[i].in && items[i].key == key;
  return count;
}

/* Insert and remove at random; keys that are few are shared by many nodes. */
static void step_randomly(uint32_t keys) {
  uint32_t luck = keys;

  gy_hash_init(&table);
  for (int step = 0; step < STEPS; step++) {
    luck = luck * 1664525u + 1013904223u;
    item_t* item = &items[(luck >> 8) % NODES];
    if (item->in) {
      gy_hash_remove(&table, &item->node);
    } else {
      item->key = (luck >> 4) % keys;
      gy_hash_insert(&table, &item->node, item->key);
    }
    item->in = !item->in;
    if (step % 16 == 0) {
      assert_int_equal(count_of(item->key), count_in_list(item->key));
      assert_true(gy_hash_valid(&table));
    }
  }
}

static void empty(void) {
  for (int i = 0; i < NODES; i++) {
    if (items[i].in)
      gy_hash_remove(&table, &items[i].node);
    items[i].in = false;
  }
  assert_int_equal(table.count, 0);
  assert_true(gy_hash_valid(&table));
  gy_hash_destroy(&table);
}

static void test_table_finds_what_is_in_it_and_nothing_else(void** state) {
  (void)state;
  step_randomly(1000000);
  assert_true(table.slot_count >= 128); /* It has grown. */
  empty();
}

static void test_nodes_of_one_hash_are_all_found(void** state) {
  (void)state;
  step_randomly(10);
  empty();
}

static void* no_malloc(size_t size) {
  (void)size;
  return NULL;
}

static void* no_realloc(void* memory, size_t size) {
  (void)memory;
  (void)size;
  return NULL;
}

static void* no_calloc(size_t count, size_t size) {
  (void)count;
  (void)size;
  return NULL;
}

static void no_free(void* memory) {
  assert_null(memory);
}

static void test_table_without_memory_finds_everything_too(void** state) {
  (void)state;
  assert_int_equal(
      uv_replace_allocator(no_malloc, no_realloc, no_calloc, no_free), 0);
  step_randomly(1000);
  assert_int_equal(table.slot_count, GY_HASH_FIRST_SLOTS);
  empty();
}

static void test_hashes_of_similar_things_differ(void** state) {
  (void)state;
  for (uint32_t i = 1; i < 1000; i++)
    assert_int_not_equal(gy_hash_number(i), gy_hash_number(i + 1));
  assert_int_not_equal(gy_hash_text("ab", 0), gy_hash_text("ba", 0));
  assert_int_not_equal(gy_hash_text("a", 1), gy_hash_text("a", 2));
  assert_int_equal(gy_hash_text("a", 1), gy_hash_text("a", 1));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_table_finds_what_is_in_it_and_nothing_else),
    cmocka_unit_test(test_nodes_of_one_hash_are_all_found),
    cmocka_unit_test(test_table_without_memory_finds_everything_too),
    cmocka_unit_test(test_hashes_of_similar_things_differ),
};

GY_TEST_MAIN(tests)
