/* wheel.h - the timers of a loop: a hierarchical wheel, corrected lazily.
 *
 * Eight levels of 64 slots. A slot of level 0 spans one tick (131 us), a slot
 * of level n spans 64^n ticks; together they cover all of 64-bit nanoseconds.
 * A node is filed by the highest group of six bits in which its tick differs
 * from the wheel's, so every level holds later nodes than the one below it,
 * and slots never wrap around.
 *
 * Laziness: moving a node to a later deadline writes the deadline and nothing
 * else; stopping it sets a bit. The node stays in its old slot, is met when
 * that slot comes up, and is filed anew or dropped then. That is what makes
 * the idle time-out of a busy connection cost nothing.
 *
 * Order is exact, not per tick: nodes come out by deadline, and nodes with
 * equal deadlines in the order they were set.
 *
 * A data structure: no allocation, no clock, no loop. Times are nanoseconds on
 * any clock that does not run backwards. */
#ifndef GY_WHEEL_H_
#define GY_WHEEL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uv/types.h"

typedef struct gy_wheel_node gy_wheel_node_t;

enum {
  GY_WHEEL_LEVELS = 8,
  GY_WHEEL_SLOTS = 64,
  GY_WHEEL_NEAR = 4,   /* levels whose slots have ... */
  GY_WHEEL_CHAINS = 4, /* so many chains; those above have one */
  GY_WHEEL_TICK_SHIFT = 17
};

/* What gy_wheel_next() says when nothing is set. */
#define GY_WHEEL_NEVER UINT64_MAX

typedef struct {
  uint64_t tick;   /* slots before this one are empty */
  uint64_t order;  /* counts calls of set, to order equal deadlines */
  uint64_t next;   /* no deadline is earlier, when next_known */
  uint64_t quiet;  /* nor than this; a slot's start, and so a worse bound */
  uint64_t now;    /* what gy_wheel_take() takes is due by then, */
  uint64_t newest; /* and was set no later than this, by |order| */
  size_t armed;    /* how many nodes are set, ready ones too */
  bool next_known;
  gy_wheel_node_t* ready; /* due, in order, waiting for gy_wheel_take() */
  gy_wheel_node_t** ready_end;
  uint64_t used[GY_WHEEL_LEVELS]; /* bit n: slot n is not empty */
  gy_wheel_node_t* fine[GY_WHEEL_NEAR][GY_WHEEL_SLOTS][GY_WHEEL_CHAINS];
  gy_wheel_node_t* coarse[GY_WHEEL_LEVELS - GY_WHEEL_NEAR][GY_WHEEL_SLOTS];
} gy_wheel_t;

/* gy_wheel_node.where: GY_WHEEL_NOWHERE; or the number of its slot plus one,
 * with GY_WHEEL_UNSET added when it only stands there still; or READY. */
enum {
  GY_WHEEL_NOWHERE = 0,
  GY_WHEEL_IN_SLOT = GY_WHEEL_LEVELS * GY_WHEEL_SLOTS, /* this and below */
  GY_WHEEL_READY = 0x1000,
  GY_WHEEL_UNSET = 0x8000
};

void gy_wheel_init(gy_wheel_t* wheel, uint64_t now);

/* Put |node| in no wheel. Once, before its first use. */
void gy_wheel_node_init(gy_wheel_node_t* node);

/* Is |node| set, or was it and is ready? */
static inline bool gy_wheel_is_set(const gy_wheel_node_t* node) {
  return node->where != GY_WHEEL_NOWHERE && node->where < GY_WHEEL_UNSET;
}

/* As gy_wheel_set(); for who has asked gy_wheel_can_postpone() already. */
void gy_wheel_file(gy_wheel_t* wheel, gy_wheel_node_t* node, uint64_t due);

/* Does |node| stand in a slot, so that moving it to |due| takes two stores? The
 * slot is opened no later than that, and the node is looked at then. */
static inline bool gy_wheel_can_postpone(const gy_wheel_node_t* node,
                                         uint64_t due) {
  return node->where - 1 < GY_WHEEL_IN_SLOT && due >= node->due;
}

static inline void gy_wheel_postpone(gy_wheel_t* wheel, gy_wheel_node_t* node,
                                     uint64_t due) {
  node->due = due;
  node->order = ++wheel->order;
}

/* Set |node| to |due|. One that is set already moves. O(1) always. */
static inline void gy_wheel_set(gy_wheel_t* wheel, gy_wheel_node_t* node,
                                uint64_t due) {
  if (gy_wheel_can_postpone(node, due)) {
    gy_wheel_postpone(wheel, node, due);
  } else {
    gy_wheel_file(wheel, node, due);
  }
}

/* Unset |node|, if it is set. It stays linked: see gy_wheel_remove(). */
void gy_wheel_unset(gy_wheel_t* wheel, gy_wheel_node_t* node);

/* Unset and unlink |node|, after which its memory is the caller's. */
void gy_wheel_remove(gy_wheel_t* wheel, gy_wheel_node_t* node);

/* From now on take what is due at |now| or before, but nothing that is set
 * after this call: that waits for the next one. */
void gy_wheel_expire(gy_wheel_t* wheel, uint64_t now);

/* The first node that is due, by deadline and then by order, unset; NULL when
 * there is none left. Slots are opened one by one, so a node is still in the
 * processor's cache when it is taken. */
gy_wheel_node_t* gy_wheel_take(gy_wheel_t* wheel);

/* A time before which no node is due; 0 when one is ready. It can be early,
 * because nodes were unset or moved, or because very many share the first slot:
 * ask again after gy_wheel_expire(). GY_WHEEL_NEVER when nothing is set. */
uint64_t gy_wheel_next(gy_wheel_t* wheel);

/* The earliest deadline, exactly, however long that takes; 0 when one is
 * ready; GY_WHEEL_NEVER when nothing is set. */
uint64_t gy_wheel_next_exact(gy_wheel_t* wheel);

/* Check every promise that the structure makes to itself. For tests. */
bool gy_wheel_valid(const gy_wheel_t* wheel);

#endif /* GY_WHEEL_H_ */
