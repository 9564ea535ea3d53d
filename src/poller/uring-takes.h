/* uring-takes.h - what io_uring takes ahead, by fd: bytes of streams, and
 * connections of listeners; and how sends ended. See uring-takes.c. */
#ifndef GY_URING_TAKES_H_
#define GY_URING_TAKES_H_

#include "poller.h"
#include "poller/uring-held.h"
#include "poller/uring-polls.h"
#include "poller/uring-ring.h"
#include "poller/uring-rooms.h"

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
  gy_take_list_t lists[2]; /* those with something to tell, and to ask for */
  gy_rooms_t rooms;
  gy_places_t places;
} gy_takes_t;

/* Nothing is watched, and no memory taken. */
void gy_takes_init(gy_takes_t* takes);

/* In the child of a fork: what is held is dropped, and all forgotten. */
void gy_takes_reset(gy_takes_t* takes);

/* The same for good, after the ring was closed. */
void gy_takes_free(gy_takes_t* takes);

/* There is a new ring, which has not been asked for anything. */
void gy_takes_ask_anew(gy_takes_t* takes);

/* As gy_poller_ops_t.watch(), for what concerns this, with |want| not 0. For
 * what |fd| is to be polled, until gy_takes_ask(). */
unsigned gy_takes_watch(gy_takes_t* takes, int fd, unsigned want);

/* Prepare that what is asked for of |fd| stops; UV_E*, when there is no room.
 * |*stopping|: is there something that has not stopped yet? */
int gy_takes_stop(gy_takes_t* takes, gy_ring_t* ring, int fd, bool* stopping);

/* Take nothing ahead of |fd| any more, which has been stopped. */
void gy_takes_keep_off(gy_takes_t* takes, int fd);

/* Forget |fd|, which has been stopped, and what is held; a send goes on. */
void gy_takes_forget(gy_takes_t* takes, int fd);

/* Is there something to ask for? */
bool gy_takes_are_new(const gy_takes_t* takes);

/* Prepare all that is to be asked for, and tell |polls| what they are to do.
 * UV_E*, with the rest still to ask. */
int gy_takes_ask(gy_takes_t* takes, gy_polls_t* polls, gy_ring_t* ring);

/* Note what |cqe|, which is of none of the polls, tells. */
void gy_takes_absorb(gy_takes_t* takes, const uring_cqe_t* cqe);

/* Is there something to report? */
bool gy_takes_are_ready(gy_takes_t* takes);

/* Write to |events| what is to be reported, each once at most, |max| at most;
 * what is left comes first the next time. How many. */
int gy_takes_report(gy_takes_t* takes, gy_event_t* events, int max);

/* As gy_poller_ops_t. */
int64_t gy_takes_receive(gy_takes_t* takes, int fd, void* memory, size_t size,
                         bool* more);
int gy_takes_accept(gy_takes_t* takes, int fd);

/* A number for a send of |fd|, which is noted. UV_ENOMEM. */
int gy_takes_begin_send(gy_takes_t* takes, int fd, uint32_t* number);

/* How the send of |fd| ended, which is told by that; false: it is not known. */
bool gy_takes_end_send(gy_takes_t* takes, int fd, int* result);

/* There is no send of |fd|. */
void gy_takes_drop_send(gy_takes_t* takes, int fd);

#endif /* GY_URING_TAKES_H_ */
