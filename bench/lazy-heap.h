/* lazy-heap.h - the other way to keep timers: a 4-ary heap, corrected lazily.
 *
 * It does what src/wheel.h does and is measured against it; no loop uses it.
 *
 * The heap is an array of deadlines with a pointer to the node each, so that
 * sifting compares what lies side by side and looks at no node. An entry may
 * be out of date: moving a node to a later deadline changes the node only, and
 * the entry is corrected when it comes to the top. With |lazy_stop|, unsetting
 * marks the node only, and its entry is dropped when it comes to the top. */
#ifndef BENCH_LAZY_HEAP_H_
#define BENCH_LAZY_HEAP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define HEAP_NEVER UINT64_MAX

enum {
  HEAP_FAN = 4
};

typedef struct {
  uint64_t due;
  uint64_t order;
  size_t place; /* index of its entry, plus one; 0 is none */
  bool set;
} heap_node_t;

typedef struct {
  uint64_t due; /* not later than the node's */
  uint64_t order;
  heap_node_t* node;
} heap_entry_t;

typedef struct {
  heap_entry_t* entries;
  size_t count;
  size_t room;
  uint64_t order;
  uint64_t expired; /* deadlines up to this one, and ... */
  uint64_t latest;  /* ... set no later than this one, are ready */
  bool lazy_stop;
} heap_t;

static inline void heap_init(heap_t* heap, bool lazy_stop) {
  heap_t empty = {NULL, 0, 0, 0, 0, 0, false};

  *heap = empty;
  heap->lazy_stop = lazy_stop;
}

static inline void heap_destroy(heap_t* heap) {
  free(heap->entries);
}

static inline void heap_node_init(heap_node_t* node) {
  node->place = 0;
  node->set = false;
}

static inline bool entry_before(const heap_entry_t* a, const heap_entry_t* b) {
  return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static inline void entry_put(heap_t* heap, size_t index, heap_entry_t entry) {
  heap->entries[index] = entry;
  entry.node->place = index + 1;
}

/* Put |entry| at |index|, which is free, or nearer to the top. */
static inline void heap_rise(heap_t* heap, size_t index, heap_entry_t entry) {
  while (index > 0) {
    size_t parent = (index - 1) / HEAP_FAN;
    if (!entry_before(&entry, &heap->entries[parent])) {
      break;
    }
    entry_put(heap, index, heap->entries[parent]);
    index = parent;
  }
  entry_put(heap, index, entry);
}

static inline size_t heap_least_child(const heap_t* heap, size_t index) {
  size_t child = index * HEAP_FAN + 1;
  size_t end = child + HEAP_FAN < heap->count ? child + HEAP_FAN : heap->count;
  size_t least = child;

  for (child++; child < end; child++) {
    if (entry_before(&heap->entries[child], &heap->entries[least])) {
      least = child;
    }
  }
  return least;
}

/* Put |entry| at |index|, which is free, or farther from the top. */
static inline void heap_sink(heap_t* heap, size_t index, heap_entry_t entry) {
  while (index * HEAP_FAN + 1 < heap->count) {
    size_t child = heap_least_child(heap, index);
    if (!entry_before(&heap->entries[child], &entry)) {
      break;
    }
    entry_put(heap, index, heap->entries[child]);
    index = child;
  }
  entry_put(heap, index, entry);
}

static inline void heap_add(heap_t* heap, heap_node_t* node) {
  heap_entry_t entry = {node->due, node->order, node};

  if (heap->count == heap->room) {
    heap->room = heap->room > 0 ? heap->room * 2 : 64;
    heap->entries = realloc(heap->entries, heap->room * sizeof(*heap->entries));
    if (heap->entries == NULL) {
      abort(); /* A loop would have to let a start fail. */
    }
  }
  heap_rise(heap, heap->count++, entry);
}

/* Take the entry at |index| out, and put the last in its place. */
static inline void heap_cut(heap_t* heap, size_t index) {
  heap_entry_t last = heap->entries[--heap->count];

  heap->entries[index].node->place = 0;
  if (index == heap->count) {
    return;
  }
  if (index > 0 &&
      entry_before(&last, &heap->entries[(index - 1) / HEAP_FAN])) {
    heap_rise(heap, index, last);
  } else {
    heap_sink(heap, index, last);
  }
}

static inline void heap_remove(heap_t* heap, heap_node_t* node) {
  node->set = false;
  if (node->place != 0) {
    heap_cut(heap, node->place - 1);
  }
}

static inline void heap_unset(heap_t* heap, heap_node_t* node) {
  node->set = false;
  if (!heap->lazy_stop && node->place != 0) {
    heap_cut(heap, node->place - 1);
  }
}

static inline void heap_set(heap_t* heap, heap_node_t* node, uint64_t due) {
  bool later = node->place != 0 && due >= node->due;

  node->due = due;
  node->order = ++heap->order;
  node->set = true;
  if (later) {
    return; /* Its entry says an earlier time than that, and is met then. */
  }
  if (node->place != 0) {
    heap_cut(heap, node->place - 1);
  }
  heap_add(heap, node);
}

/* Correct the top until it says the truth; NULL when the heap is empty. */
static inline const heap_entry_t* heap_top(heap_t* heap) {
  while (heap->count > 0) {
    heap_entry_t top = heap->entries[0];
    if (!top.node->set) {
      heap_cut(heap, 0);
    } else if (top.order != top.node->order) {
      top.due = top.node->due;
      top.order = top.node->order;
      heap_sink(heap, 0, top);
    } else {
      return heap->entries;
    }
  }
  return NULL;
}

static inline void heap_expire(heap_t* heap, uint64_t now) {
  heap->expired = now;
  heap->latest = heap->order;
}

/* The next node that was due at heap_expire(), unset; NULL when none is left.
 * What was set since then is not taken, even if it is due. */
static inline heap_node_t* heap_take(heap_t* heap) {
  const heap_entry_t* top = heap_top(heap);
  heap_node_t* node;

  if (top == NULL || top->due > heap->expired || top->order > heap->latest) {
    return NULL;
  }
  node = top->node;
  heap_cut(heap, 0);
  node->set = false;
  return node;
}

static inline uint64_t heap_next(heap_t* heap) {
  const heap_entry_t* top = heap_top(heap);

  return top != NULL ? top->due : HEAP_NEVER;
}

#endif /* BENCH_LAZY_HEAP_H_ */
