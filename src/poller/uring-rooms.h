/* uring-rooms.h - rooms, into which the kernel receives by itself: the buffers
 * of a ring of them. And places for connections that it has accepted.
 *
 * Both are numbered from 1 on, and whoever holds some strings them together by
 * |next|, which ends with 0. */
#ifndef GY_URING_ROOMS_H_
#define GY_URING_ROOMS_H_

#include <stdbool.h>
#include <stdint.h>

#include "poller/uring-ring.h"

enum {
  GY_ROOM_COUNT = 256, /* a power of two */
  GY_ROOM_SIZE = 2048,
  GY_PLACE_COUNT = 6144 /* see gy_places_are_scarce() */
};

typedef struct {
  uint16_t size; /* what is in it; 0: it is the kernel's */
  uint16_t next;
} gy_room_t;

typedef struct {
  void* memory;       /* of all of these; NULL: not there */
  uring_buf_t* ring;  /* shared with the kernel */
  char* bytes;        /* of all rooms */
  gy_room_t* rooms;   /* by their number, less 1 */
  uint16_t tail;      /* of |ring| */
  unsigned held;      /* how many are not the kernel's */
  bool is_registered; /* with the ring of now */
  bool is_refused;    /* the kernel, or the memory, has none */
  bool is_proven;     /* something was received */
} gy_rooms_t;

typedef struct {
  int fd;
  uint16_t next;
} gy_place_t;

typedef struct {
  gy_place_t* places; /* by their number, less 1 */
  unsigned used;      /* those from there on have never been taken */
  unsigned held;
  uint16_t first_free;
} gy_places_t;

/* Have the kernel of |ring| know the rooms. 0; UV_EEXIST when |ring| belongs to
 * another thread; or another UV_E*: there are none, and |is_refused| says so.
 */
int gy_rooms_open(gy_rooms_t* rooms, gy_ring_t* ring);

/* The ring that knew the rooms is gone. */
void gy_rooms_forget(gy_rooms_t* rooms);

/* The same; and nobody holds any. */
void gy_rooms_reset(gy_rooms_t* rooms);

/* After the ring was closed. */
void gy_rooms_free(gy_rooms_t* rooms);

/* Does the kernel have none left, as far as one can tell? */
static inline bool gy_rooms_are_out(const gy_rooms_t* rooms) {
  return rooms->held == GY_ROOM_COUNT;
}

static inline gy_room_t* gy_room_at(gy_rooms_t* rooms, uint16_t number) {
  return &rooms->rooms[number - 1];
}

static inline char* gy_room_bytes(gy_rooms_t* rooms, uint16_t number) {
  return rooms->bytes + (size_t)(number - 1) * GY_ROOM_SIZE;
}

/* The room in which the completion |cqe| came, which is held from now on; 0:
 * none. */
uint16_t gy_room_of(gy_rooms_t* rooms, const uring_cqe_t* cqe);

/* Give it back to the kernel. The number of the next in its string. */
uint16_t gy_room_give(gy_rooms_t* rooms, uint16_t number);

/* Have memory for the places. UV_ENOMEM. */
int gy_places_open(gy_places_t* places);

void gy_places_free(gy_places_t* places);

/* The fds in them are nobody's any more. */
void gy_places_reset(gy_places_t* places);

/* Are there perhaps fewer than the kernel could fill before one can tell it to
 * stop? That is as many as a ring has completions, twice. */
static inline bool gy_places_are_scarce(const gy_places_t* places) {
  return places->held > GY_PLACE_COUNT / 3;
}

/* A place for |fd|; 0: there is none. */
uint16_t gy_place_take(gy_places_t* places, int fd);

static inline gy_place_t* gy_place_at(gy_places_t* places, uint16_t number) {
  return &places->places[number - 1];
}

/* It is free again. The number of the next in its string. */
uint16_t gy_place_give(gy_places_t* places, uint16_t number);

#endif /* GY_URING_ROOMS_H_ */
