/* uring-rooms.c - rooms, into which the kernel receives by itself, and places
 * for connections that it has accepted. */
#include "poller/uring-rooms.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc.h"
#include "fault.h"
#include "uv/errno.h"

enum {
  RING_SIZE = GY_ROOM_COUNT * sizeof(uring_buf_t),
  BYTES_SIZE = GY_ROOM_COUNT * GY_ROOM_SIZE,
  MEMORY_SIZE = RING_SIZE + BYTES_SIZE + GY_ROOM_COUNT * sizeof(gy_room_t)
};

static_assert(RING_SIZE % 4096 == 0, "what follows is aligned");
static_assert(GY_PLACE_COUNT < UINT16_MAX, "the numbers of places are short");

/* ---- kernel calls: each 0, or UV_E* ------------------------------------ */

/* Shared with nobody but the kernel, which finds it by its address: in the
 * child of a fork it is a copy. */
static int rooms_map(gy_rooms_t* rooms) {
  int err = GY_FAULT("mmap");
  char* fresh = MAP_FAILED;

  if (err == 0) {
    fresh = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    err = fresh == MAP_FAILED ? errno : 0;
  }
  if (err == 0) {
    rooms->memory = fresh;
    rooms->ring = rooms->memory;
    rooms->bytes = fresh + RING_SIZE;
    rooms->rooms = (gy_room_t*)(void*)(fresh + RING_SIZE + BYTES_SIZE);
  }
  return -err;
}

static int rooms_register(gy_rooms_t* rooms, gy_ring_t* ring) {
  uring_buf_reg_t what = {.ring_addr = (uintptr_t)rooms->ring,
                          .ring_entries = GY_ROOM_COUNT};
  int err = GY_FAULT("io_uring_register_buffers");

  if (err == 0 && syscall(URING_SYS_REGISTER, ring->fd,
                          URING_REGISTER_PBUF_RING, &what, 1) < 0) {
    err = errno;
  }
  return -err;
}

/* ---- rooms -------------------------------------------------------------- */

/* Let the kernel see all that was added. */
static void ring_publish(gy_rooms_t* rooms) {
  _Atomic uint16_t* tail = (_Atomic uint16_t*)&rooms->ring[0].tail;

  /* Pairs with the kernel's acquire: the entries are written down. */
  atomic_store_explicit(tail, rooms->tail, memory_order_release);
}

static void ring_add(gy_rooms_t* rooms, uint16_t number) {
  uring_buf_t* entry = &rooms->ring[rooms->tail % GY_ROOM_COUNT];

  /* Not all of it: the tail is in the first. */
  entry->addr = (uintptr_t)gy_room_bytes(rooms, number);
  entry->len = GY_ROOM_SIZE;
  entry->index = number;
  rooms->tail++;
}

int gy_rooms_open(gy_rooms_t* rooms, gy_ring_t* ring) {
  uint16_t number;
  int err = 0;

  if (rooms->is_registered || rooms->is_refused) {
    return rooms->is_refused ? UV_ENOMEM : 0;
  }
  if (rooms->memory == NULL) {
    err = rooms_map(rooms);
  }
  if (err == 0) {
    /* The kernel of a new ring reads from its start. */
    rooms->tail = 0;
    ring_publish(rooms);
    err = rooms_register(rooms, ring);
  }
  if (err != 0) {
    rooms->is_refused = err != UV_EEXIST;
    return err;
  }
  rooms->is_registered = true;
  for (number = 1; number <= GY_ROOM_COUNT; number++) {
    if (gy_room_at(rooms, number)->size == 0) {
      ring_add(rooms, number);
    }
  }
  ring_publish(rooms);
  return 0;
}

void gy_rooms_forget(gy_rooms_t* rooms) {
  rooms->is_registered = false;
}

void gy_rooms_reset(gy_rooms_t* rooms) {
  uint16_t number;

  rooms->is_registered = false;
  rooms->held = 0;
  for (number = 1; rooms->memory != NULL && number <= GY_ROOM_COUNT; number++) {
    gy_room_at(rooms, number)->size = 0;
  }
}

void gy_rooms_free(gy_rooms_t* rooms) {
  if (rooms->memory != NULL) {
    (void)munmap(rooms->memory, MEMORY_SIZE); /* It is mapped. */
  }
  rooms->memory = NULL;
  rooms->is_registered = false;
  rooms->held = 0;
}

uint16_t gy_room_of(gy_rooms_t* rooms, const uring_cqe_t* cqe) {
  uint16_t number = (uint16_t)(cqe->flags >> URING_CQE_BUFFER_SHIFT);

  if ((cqe->flags & URING_CQE_BUFFER) == 0) {
    return 0;
  }
  assert(number >= 1 && number <= GY_ROOM_COUNT);
  /* Not 0, whatever is in it: it is not the kernel's. */
  gy_room_at(rooms, number)->size = cqe->res > 0 ? (uint16_t)cqe->res : 1;
  gy_room_at(rooms, number)->next = 0;
  rooms->held++;
  return number;
}

uint16_t gy_room_give(gy_rooms_t* rooms, uint16_t number) {
  gy_room_t* room = gy_room_at(rooms, number);

  room->size = 0;
  rooms->held--;
  if (rooms->is_registered) {
    ring_add(rooms, number);
    ring_publish(rooms);
  }
  return room->next;
}

/* ---- places ------------------------------------------------------------- */

int gy_places_open(gy_places_t* places) {
  if (places->places == NULL) {
    places->places = gy_malloc(GY_PLACE_COUNT * sizeof(*places->places));
  }
  return places->places != NULL ? 0 : UV_ENOMEM;
}

void gy_places_free(gy_places_t* places) {
  gy_free(places->places);
  places->places = NULL;
  gy_places_reset(places);
}

void gy_places_reset(gy_places_t* places) {
  places->used = 0;
  places->held = 0;
  places->first_free = 0;
}

uint16_t gy_place_take(gy_places_t* places, int fd) {
  uint16_t number = places->first_free;

  if (number != 0) {
    places->first_free = gy_place_at(places, number)->next;
  } else if (places->places != NULL && places->used < GY_PLACE_COUNT) {
    number = (uint16_t)++places->used;
  } else {
    return 0;
  }
  places->held++;
  gy_place_at(places, number)->fd = fd;
  gy_place_at(places, number)->next = 0;
  return number;
}

uint16_t gy_place_give(gy_places_t* places, uint16_t number) {
  gy_place_t* place = gy_place_at(places, number);
  uint16_t next = place->next;

  place->next = places->first_free;
  places->first_free = number;
  places->held--;
  return next;
}
