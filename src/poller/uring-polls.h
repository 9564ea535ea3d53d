/* uring-polls.h - what is watched, as the polls of an io_uring; see uring.c for
 * what is odd about them. */
#ifndef GY_URING_POLLS_H_
#define GY_URING_POLLS_H_

#include "poller.h"
#include "poller/uring-ring.h"

/* What comes back with an answer: the number of a poll, and the fd twice. The
 * lowest bit is left for others. These are no fd's. */
#define GY_COOKIE_WAKE UINT64_C(0xfffffffe)
#define GY_COOKIE_NOBODY UINT64_C(0xfffffffc)

/* What is wanted of an fd, and what the kernel was asked for. */
typedef struct {
  uint32_t number;    /* of its last poll */
  uint32_t next;      /* in the list of those to ask for: an entry, see there */
  unsigned char want; /* 0: it is not watched */
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

/* As gy_poller_ops_t.watch(); UV_EEXIST when |ring| belongs to another thread,
 * with nothing changed. */
int gy_polls_watch(gy_polls_t* polls, gy_ring_t* ring, int fd, unsigned was,
                   unsigned want);

/* Prepare all that is to be asked for. UV_E*, with the rest still to ask. */
int gy_polls_ask(gy_polls_t* polls, gy_ring_t* ring);

/* Write what |cqe|, which is of a poll or of nobody, tells to |event|. Is it an
 * event? */
bool gy_polls_answer(gy_polls_t* polls, const uring_cqe_t* cqe,
                     gy_event_t* event);

/* Make |sqe| a poll of |fd| for the events |mask|. */
void gy_polls_fill(uring_sqe_t* sqe, int fd, unsigned mask, bool multishot,
                   uint64_t cookie);

#endif /* GY_URING_POLLS_H_ */
