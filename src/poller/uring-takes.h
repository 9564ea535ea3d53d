/* uring-takes.h - what io_uring takes ahead, by fd: bytes of streams, and
 * connections of listeners; and how sends ended. See uring-takes.c. */
#ifndef GY_URING_TAKES_H_
#define GY_URING_TAKES_H_

#include "poller.h"
#include "poller/uring-polls.h"
#include "poller/uring-ring.h"
#include "poller/uring-take.h"

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

#endif /* GY_URING_TAKES_H_ */
