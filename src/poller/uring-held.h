/* uring-held.h - what was taken of an fd before anybody asked for it: bytes, or
 * connections, in the order in which they came. */
#ifndef GY_URING_HELD_H_
#define GY_URING_HELD_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "poller/uring-rooms.h"

/* All 0: nothing. Bytes are in |chunk|, and after these in rooms; connections
 * are in places. */
typedef struct {
  char* chunk; /* NULL: there is none */
  uint32_t chunk_from;
  uint32_t chunk_to;
  uint16_t first; /* of the string of rooms or places; 0: there is none */
  uint16_t last;
  uint16_t room_from; /* of the first room, what is gone already */
} gy_held_t;

static inline bool gy_held_is_empty(const gy_held_t* held) {
  return held->first == 0 && held->chunk == NULL;
}

/* Hold what is in the room |number|, behind all else. */
void gy_held_add_room(gy_held_t* held, gy_rooms_t* rooms, uint16_t number);

/* The same of a place. */
void gy_held_add_place(gy_held_t* held, gy_places_t* places, uint16_t number);

/* Move up to |size| bytes to |memory|. How many there were. */
size_t gy_held_bytes(gy_held_t* held, gy_rooms_t* rooms, char* memory,
                     size_t size);

/* Take the oldest connection, of at least one. */
int gy_held_connection(gy_held_t* held, gy_places_t* places);

/* Move what is in rooms to memory of its own, and give them back; without
 * memory, it stays there. */
void gy_held_settle(gy_held_t* held, gy_rooms_t* rooms);

/* Drop all bytes, or close all connections. */
void gy_held_drop_bytes(gy_held_t* held, gy_rooms_t* rooms);
void gy_held_drop_connections(gy_held_t* held, gy_places_t* places);

/* Close |fd|, which nobody else knows of. */
void gy_held_close(int fd);

#endif /* GY_URING_HELD_H_ */
