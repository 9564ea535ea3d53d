/* queue.h - an intrusive circular list, the one the loop's queues are made of.
 *
 * The link type is public because uv_loop_t.handle_queue is one; see
 * uv/types.h. A node that is in no queue may hold anything. Nothing here
 * allocates. */
#ifndef GY_QUEUE_H_
#define GY_QUEUE_H_

#include <stdbool.h>
#include <stddef.h>

#include "uv/types.h"

typedef struct uv__queue gy_queue_t;

/* The structure that |node| is the member |field| of. */
#define GY_CONTAINER_OF(node, type, field) \
  ((type*)(void*)((char*)(node)-offsetof(type, field)))

static inline void gy_queue_init(gy_queue_t* queue) {
  queue->next = queue;
  queue->prev = queue;
}

static inline bool gy_queue_empty(const gy_queue_t* queue) {
  return queue->next == queue;
}

static inline void gy_queue_insert_after(gy_queue_t* place, gy_queue_t* node) {
  node->next = place->next;
  node->prev = place;
  place->next->prev = node;
  place->next = node;
}

static inline void gy_queue_push_first(gy_queue_t* queue, gy_queue_t* node) {
  gy_queue_insert_after(queue, node);
}

static inline void gy_queue_push_last(gy_queue_t* queue, gy_queue_t* node) {
  gy_queue_insert_after(queue->prev, node);
}

/* Take |node| out of whatever queue it is in. It is then a queue of its own,
 * so that taking it out twice does no harm. */
static inline void gy_queue_remove(gy_queue_t* node) {
  node->prev->next = node->next;
  node->next->prev = node->prev;
  gy_queue_init(node);
}

/* The first node, taken out, or NULL. */
static inline gy_queue_t* gy_queue_pop(gy_queue_t* queue) {
  gy_queue_t* node = queue->next;

  if (node == queue) {
    return NULL;
  }
  gy_queue_remove(node);
  return node;
}

/* Move all of |from| to |to|, which need not be initialised. What is added to
 * |from| afterwards is not part of the walk over |to|. */
static inline void gy_queue_move(gy_queue_t* from, gy_queue_t* to) {
  if (gy_queue_empty(from)) {
    gy_queue_init(to);
    return;
  }
  *to = *from;
  to->next->prev = to;
  to->prev->next = to;
  gy_queue_init(from);
}

#endif /* GY_QUEUE_H_ */
