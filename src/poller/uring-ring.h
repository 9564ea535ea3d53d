/* uring-ring.h - the two rings of an io_uring, and its system calls.
 *
 * What is asked for goes into the one ring, what is answered comes out of the
 * other; enter(2) hands over the first and waits for the second. Nothing here
 * knows what is asked for. One thread, but for nothing. */
#ifndef GY_URING_RING_H_
#define GY_URING_RING_H_

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "poller/uring-abi.h"

typedef struct {
  int fd;         /* -1: not open */
  uint32_t flags; /* of setup */
  uint32_t features;
  bool enabled; /* it belongs to a thread by now */
  void* rings;  /* both of them, shared with the kernel */
  size_t rings_size;
  uring_sqe_t* sqes;
  size_t sqes_size;
  _Atomic uint32_t* sq_head; /* the kernel's */
  _Atomic uint32_t* sq_tail;
  _Atomic uint32_t* sq_flags; /* the kernel's */
  uint32_t sq_mask;
  uint32_t sq_end;   /* the tail, when all that is prepared is handed over */
  uint32_t sq_begin; /* the head, when it was entered last */
  _Atomic uint32_t* cq_head;
  _Atomic uint32_t* cq_tail; /* the kernel's */
  uring_cqe_t* cqes;
  uint32_t cq_mask;
} gy_ring_t;

/* A ring that is not open. */
void gy_ring_init(gy_ring_t* ring);

/* Open |ring|, which is not. 0, or UV_E* with nothing left to close: UV_ENOSYS
 * when the kernel has no io_uring, or one that is too old (before Linux 5.13);
 * UV_EPERM when it is forbidden.
 *
 * It belongs to the thread that first enters it; unless |is_shared|, when its
 * descriptor can be polled, which costs interrupts. */
int gy_ring_open(gy_ring_t* ring, bool is_shared);

/* Close |ring| if it is open. Whatever is under way ends some time later. In
 * the child of a fork: the parent's is not touched. */
void gy_ring_close(gy_ring_t* ring);

/* A submission to fill in, all 0; NULL when there is no room for one more. It
 * is handed over by the next enter. */
uring_sqe_t* gy_ring_prepare(gy_ring_t* ring);

/* The same, after handing over others if need be. UV_E*. */
int gy_ring_get(gy_ring_t* ring, uring_sqe_t** sqe);

/* Have room for |count| submissions, after handing over others if need be.
 * UV_E*. */
int gy_ring_reserve(gy_ring_t* ring, uint32_t count);

/* The oldest submission that is prepared and not handed over, by the index 0,
 * the next by 1, and so on. */
static inline uring_sqe_t* gy_ring_prepared_at(gy_ring_t* ring,
                                               uint32_t index) {
  uint32_t head = atomic_load_explicit(ring->sq_head, memory_order_acquire);

  return &ring->sqes[(head + index) & ring->sq_mask];
}

/* Take back the submission that was prepared last, and not handed over. */
static inline void gy_ring_unprepare(gy_ring_t* ring) {
  ring->sq_end--;
}

/* May any thread enter it, and its descriptor be polled? */
static inline bool gy_ring_is_shared(const gy_ring_t* ring) {
  return (ring->flags & URING_SETUP_SINGLE_ISSUER) == 0;
}

/* How many submissions are not handed over yet. */
static inline uint32_t gy_ring_prepared(const gy_ring_t* ring) {
  return ring->sq_end -
         atomic_load_explicit(ring->sq_head, memory_order_acquire);
}

/* How many completions there are to take. */
static inline uint32_t gy_ring_completed(const gy_ring_t* ring) {
  return atomic_load_explicit(ring->cq_tail, memory_order_acquire) -
         atomic_load_explicit(ring->cq_head, memory_order_relaxed);
}

/* Has the kernel something to tell that only enter makes it write down? */
static inline bool gy_ring_is_withheld(const gy_ring_t* ring) {
  return (atomic_load_explicit(ring->sq_flags, memory_order_relaxed) &
          (URING_SQ_CQ_OVERFLOW | URING_SQ_TASKRUN)) != 0;
}

/* Is there work that enter does for the kernel? */
static inline bool gy_ring_is_working(const gy_ring_t* ring) {
  return (atomic_load_explicit(ring->sq_flags, memory_order_relaxed) &
          URING_SQ_TASKRUN) != 0;
}

/* Take the oldest completion, of at least one. */
static inline uring_cqe_t gy_ring_take(gy_ring_t* ring) {
  uint32_t head = atomic_load_explicit(ring->cq_head, memory_order_relaxed);
  uring_cqe_t cqe = ring->cqes[head & ring->cq_mask];

  /* The kernel may write there from now on. */
  atomic_store_explicit(ring->cq_head, head + 1, memory_order_release);
  return cqe;
}

/* Take those completions, from the oldest on, to which |absorb| says so; the
 * others stay. */
void gy_ring_sift(gy_ring_t* ring,
                  bool (*absorb)(void* arg, const uring_cqe_t* cqe), void* arg);

/* Have what was handed over with the cookie |user_data| stop, without waiting.
 * 0 when it stops, or is past that; UV_ENOENT when it is not under way;
 * UV_EINVAL before Linux 6.0; or another UV_E*. */
int gy_ring_cancel(gy_ring_t* ring, uint64_t user_data);

/* Is there a completion of the cookie |user_data| to take? */
bool gy_ring_has_completed(const gy_ring_t* ring, uint64_t user_data);

/* Hand over what is prepared, and have the kernel write down what is completed.
 * The number handed over; or UV_E*, with nothing handed over: UV_EEXIST when
 * the ring belongs to another thread. */
int gy_ring_submit(gy_ring_t* ring);

/* Hand over all that is prepared, and have the kernel do all that it puts off
 * until it is entered: polls that were cancelled let go of their files. 0; or
 * UV_E*, with what was prepared last not handed over. */
int gy_ring_submit_all(gy_ring_t* ring);

/* As gy_ring_submit(), and wait for a completion, for |timeout_ns| at most (-1:
 * without end), with the signals of |mask| blocked unless it is NULL. 0 when
 * there is one, or the time is over; UV_EINTR, or another UV_E*. It may return
 * 0 sooner when not all that was prepared could be handed over. */
int gy_ring_wait(gy_ring_t* ring, int64_t timeout_ns, const sigset_t* mask);

#endif /* GY_URING_RING_H_ */
