/* uring-take.h - what io_uring takes ahead of one fd; and the table of them,
 * and two lists that go through it. See uring-takes.c. */
#ifndef GY_URING_TAKE_H_
#define GY_URING_TAKE_H_

#include "poller.h"
#include "poller/uring-held.h"
#include "poller/uring-rooms.h"

/* The lists, and their entries: an fd and GY_TAKES_FD, so that 0 is in none. */
enum {
  GY_TAKES_READY,
  GY_TAKES_ASK,
  GY_TAKES_LISTS
};

enum {
  GY_TAKES_NOT = 0,
  GY_TAKES_END = 1,
  GY_TAKES_FD = 2
};

typedef enum {
  GY_TAKE_IDLE,    /* the kernel was asked for nothing */
  GY_TAKE_ASKED,   /* it takes on and on */
  GY_TAKE_STOPPING /* it was told to stop, and has not said that it did */
} gy_take_state_t;

typedef struct {
  gy_held_t held;
  uint32_t number;      /* of the last request */
  uint32_t send_number; /* of the last send */
  int send_result;
  int end;             /* what comes after what is held: 0, the end, or UV_E* */
  uint32_t next[2];    /* in the lists: an entry, as in uring-polls.c */
  uint16_t want;       /* as watch() was told; 0: it is not watched */
  uint8_t state;       /* gy_take_state_t */
  uint8_t shorts;      /* in a row, as it is bulk */
  bool is_plain : 1;   /* nothing is to be taken ahead */
  bool is_bulk : 1;    /* so much comes that it is better not copied */
  bool has_end : 1;    /* |end| has not been told */
  bool is_sending : 1; /* there is a send without an answer */
  bool is_sent : 1;    /* |send_result| has not been told */
} gy_take_t;

typedef struct {
  uint32_t first; /* an entry, or the end */
  uint32_t last;  /* of no meaning when there is none */
} gy_take_list_t;

typedef struct {
  gy_take_t* takes; /* by fd */
  size_t count;
  gy_take_list_t lists[GY_TAKES_LISTS];
  gy_rooms_t rooms;
  gy_places_t places;
} gy_takes_t;

static inline gy_take_t* gy_take_find(const gy_takes_t* takes, int fd) {
  return (size_t)fd < takes->count ? &takes->takes[fd] : NULL;
}

/* Have a take of the fd |index|. UV_ENOMEM. */
int gy_take_reserve(gy_takes_t* takes, size_t index);

/* No list has anything. */
void gy_take_lists_init(gy_takes_t* takes);

/* Put |fd| at the end of a list, if it is not there. */
void gy_take_list_add(gy_takes_t* takes, int which, size_t fd);

/* Take the first from a list. */
void gy_take_list_pop(gy_takes_t* takes, int which);

static inline size_t gy_take_list_first(const gy_takes_t* takes, int which) {
  return takes->lists[which].first - GY_TAKES_FD;
}

static inline bool gy_take_list_is_empty(const gy_takes_t* takes, int which) {
  return takes->lists[which].first == GY_TAKES_END;
}

static inline bool gy_take_is_listener(const gy_take_t* take) {
  return (take->want & GY_ACCEPT) != 0;
}

/* Is there something to read, or the end, for somebody who waits for it? */
static inline bool gy_take_is_ready(const gy_take_t* take) {
  return (take->want & GY_READABLE) != 0 &&
         (take->has_end || !gy_held_is_empty(&take->held));
}

/* Should the kernel take ahead? */
static inline bool gy_take_is_wanted(const gy_takes_t* takes,
                                     const gy_take_t* take) {
  if ((take->want & GY_READABLE) == 0 || take->is_plain || take->is_bulk ||
      take->has_end) {
    return false;
  }
  return gy_take_is_listener(take) ? !gy_places_are_scarce(&takes->places)
                                   : !takes->rooms.is_refused;
}

#endif /* GY_URING_TAKE_H_ */
