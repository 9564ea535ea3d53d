/* uring-owed.h - what is owed: sends and closes that were asked for, and leave
 * with the call that sleeps. */
#ifndef GY_URING_OWED_H_
#define GY_URING_OWED_H_

#include "poller/uring-polls.h"
#include "poller/uring-ring.h"
#include "poller/uring-takes.h"

enum {
  GY_CLOSES_MOST = 64 /* so many descriptors may be open for longer */
};

/* The closes that are perhaps not handed over. */
typedef struct {
  struct {
    int fd;
    uint32_t position; /* of its submission */
  } closes[GY_CLOSES_MOST];
  unsigned count;
} gy_owed_t;

/* Prepare a send. UV_E*. */
int gy_owed_send(gy_takes_t* takes, gy_ring_t* ring, int fd, const void* memory,
                 size_t size);

/* Prepare that |fd| is forgotten and closed. UV_E*, with nothing prepared. */
int gy_owed_close(gy_owed_t* owed, gy_takes_t* takes, gy_polls_t* polls,
                  gy_ring_t* ring, int fd);

/* Do by plain system calls what was prepared and cannot be handed over. */
void gy_owed_do(gy_takes_t* takes, gy_ring_t* ring);

/* In the child of a fork: close what the parent is about to close, and the
 * child has, too. |ring| is the parent's, and not looked at by that name. */
void gy_owed_fork(gy_owed_t* owed, const gy_ring_t* ring);

#endif /* GY_URING_OWED_H_ */
