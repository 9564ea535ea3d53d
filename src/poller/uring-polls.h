/* uring-polls.h - what is watched, as the polls of an io_uring; see uring.c for
 * what is odd about them. */
#ifndef GY_URING_POLLS_H_
#define GY_URING_POLLS_H_

#include "poller.h"
#include "poller/uring-ring.h"

/* What is wanted of an fd, and what the kernel was asked for. */
typedef struct {
  uint32_t number;    /* of its last poll */
  uint32_t next;      /* in the list of those to ask for: an entry, see there */
  unsigned char want; /* 0: nothing is, or not by a poll */
  unsigned char asked; /* what its poll waits for; 0: there is none */
  bool is_finished;    /* the peer has, and nobody wants to know */
} gy_interest_t;

typedef struct {
  gy_interest_t* interests; /* by fd */
  size_t count;
  uint32_t to_ask;  /* the first entry of the list */
  bool is_settling; /* polls were cancelled, and are about to say so */
} gy_polls_t;

/* Nothing is watched, and no memory taken. */
void gy_polls_init(gy_polls_t* polls);

/* Forget all, without a word to the kernel. */
void gy_polls_reset(gy_polls_t* polls);

void gy_polls_free(gy_polls_t* polls);

/* There is a new ring, which has not been asked for anything. */
void gy_polls_ask_anew(gy_polls_t* polls);

/* Is there something to ask for? */
bool gy_polls_are_new(const gy_polls_t* polls);

/* |fd| is about to be watched: UV_ENOMEM, or why it cannot, unless it
 * |is_known| that it can. */
int gy_polls_admit(gy_polls_t* polls, int fd, bool is_known);

/* |fd|, which was admitted, is to be polled for |want|, perhaps 0. */
void gy_polls_want(gy_polls_t* polls, int fd, unsigned want);

/* As gy_poller_ops_t.watch(), with |want| 0; hand over what is prepared in any
 * case if it |must|. UV_EEXIST when |ring| belongs to another thread. On an
 * error nothing has changed. */
int gy_polls_forget(gy_polls_t* polls, gy_ring_t* ring, int fd, bool must);

/* Forget |fd|, and prepare that its poll stops, for which there is room in
 * |ring|. */
void gy_polls_let_go(gy_polls_t* polls, gy_ring_t* ring, int fd);

/* Prepare all that is to be asked for. UV_E*, with the rest still to ask. */
int gy_polls_ask(gy_polls_t* polls, gy_ring_t* ring);

/* Write what |cqe|, which is of a poll or of nobody, tells to |event|. Is it an
 * event? */
bool gy_polls_answer(gy_polls_t* polls, const uring_cqe_t* cqe,
                     gy_event_t* event);

/* |cqe|, which is of a poll, has to make room for others: if it is an event, it
 * will come again. */
void gy_polls_put_off(gy_polls_t* polls, const uring_cqe_t* cqe);

/* Make |sqe| stop what was asked for with |cookie|. */
void gy_polls_fill_stop(uring_sqe_t* sqe, uint64_t cookie);

/* Make |sqe| a poll of |fd| for the events |mask|. */
void gy_polls_fill(uring_sqe_t* sqe, int fd, unsigned mask, bool multishot,
                   uint64_t cookie);

#endif /* GY_URING_POLLS_H_ */
