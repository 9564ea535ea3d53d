/* uring-held.c - what was taken of an fd before anybody asked for it. */
#include "poller/uring-held.h"

#include <string.h>
#include <unistd.h>

#include "alloc.h"

/* ---- bytes -------------------------------------------------------------- */

void gy_held_add_room(gy_held_t* held, gy_rooms_t* rooms, uint16_t number) {
  if (held->first == 0) {
    held->first = number;
    held->room_from = 0;
  } else {
    gy_room_at(rooms, held->last)->next = number;
  }
  held->last = number;
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

static size_t chunk_take(gy_held_t* held, char* memory, size_t size) {
  size_t count = least(size, held->chunk_to - held->chunk_from);

  memcpy(memory, held->chunk + held->chunk_from, count);
  held->chunk_from += (uint32_t)count;
  if (held->chunk_from == held->chunk_to) {
    gy_free(held->chunk);
    held->chunk = NULL;
  }
  return count;
}

/* Of the first room. */
static size_t room_take(gy_held_t* held, gy_rooms_t* rooms, char* memory,
                        size_t size) {
  uint16_t number = held->first;
  size_t left = (size_t)gy_room_at(rooms, number)->size - held->room_from;
  size_t count = least(size, left);

  memcpy(memory, gy_room_bytes(rooms, number) + held->room_from, count);
  held->room_from = (uint16_t)(held->room_from + count);
  if (count == left) {
    held->first = gy_room_give(rooms, number);
    held->room_from = 0;
  }
  return count;
}

size_t gy_held_bytes(gy_held_t* held, gy_rooms_t* rooms, char* memory,
                     size_t size) {
  size_t count = 0;

  if (held->chunk != NULL) {
    count = chunk_take(held, memory, size);
  }
  while (count < size && held->first != 0) {
    count += room_take(held, rooms, memory + count, size - count);
  }
  return count;
}

/* How many bytes are in rooms. */
static size_t rooms_size(const gy_held_t* held, gy_rooms_t* rooms) {
  size_t size = 0;
  uint16_t number;

  for (number = held->first; number != 0;
       number = gy_room_at(rooms, number)->next) {
    size += gy_room_at(rooms, number)->size;
  }
  return size - held->room_from;
}

/* Drop what is gone of the chunk, and have room for |size| bytes behind what is
 * left. Is there? */
static bool chunk_grow(gy_held_t* held, size_t size) {
  size_t left = 0;
  char* chunk;

  if (held->chunk != NULL) {
    left = held->chunk_to - held->chunk_from;
    memmove(held->chunk, held->chunk + held->chunk_from, left);
    held->chunk_from = 0;
    held->chunk_to = (uint32_t)left;
  }
  chunk =
      left + size <= UINT32_MAX ? gy_realloc(held->chunk, left + size) : NULL;
  if (chunk == NULL) {
    return false;
  }
  held->chunk = chunk;
  held->chunk_from = 0;
  held->chunk_to = (uint32_t)left;
  return true;
}

void gy_held_settle(gy_held_t* held, gy_rooms_t* rooms) {
  if (held->first == 0 || !chunk_grow(held, rooms_size(held, rooms))) {
    return;
  }
  while (held->first != 0) {
    held->chunk_to += (uint32_t)room_take(
        held, rooms, held->chunk + held->chunk_to, GY_ROOM_SIZE);
  }
}

void gy_held_drop_bytes(gy_held_t* held, gy_rooms_t* rooms) {
  gy_free(held->chunk);
  held->chunk = NULL;
  while (held->first != 0) {
    held->first = gy_room_give(rooms, held->first);
  }
}

/* ---- connections -------------------------------------------------------- */

void gy_held_close(int fd) {
  (void)close(fd); /* It is gone in any case, and nothing is lost. */
}

void gy_held_add_place(gy_held_t* held, gy_places_t* places, uint16_t number) {
  if (held->first == 0) {
    held->first = number;
  } else {
    gy_place_at(places, held->last)->next = number;
  }
  held->last = number;
}

int gy_held_connection(gy_held_t* held, gy_places_t* places) {
  uint16_t number = held->first;

  held->first = gy_place_give(places, number);
  return gy_place_at(places, number)->fd;
}

void gy_held_drop_connections(gy_held_t* held, gy_places_t* places) {
  while (held->first != 0) {
    gy_held_close(gy_held_connection(held, places));
  }
}
