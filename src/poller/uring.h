/* uring.h - the poller by io_uring, as its own files know it. */
#ifndef GY_URING_H_
#define GY_URING_H_

#include "poller.h"
#include "poller/uring-owed.h"
#include "poller/uring-polls.h"
#include "poller/uring-ring.h"
#include "poller/uring-takes.h"
#include "poller/wakefd.h"

typedef enum {
  GY_URING_WAKE_SILENT, /* there is nothing to listen to, or no more */
  GY_URING_WAKE_NEW,    /* to be asked for by the next wait() */
  GY_URING_WAKE_ASKED
} gy_uring_wake_t;

typedef struct {
  gy_poller_t head; /* backend_fd is the ring, if that can be slept on */
  gy_ring_t ring;
  gy_wakefd_t wake;
  bool wakeable;    /* enable_wake() was called */
  bool has_backend; /* enable_backend() was called */
  bool runs_ops;    /* this kernel can */
  unsigned running; /* operations that have not been reported */
  gy_uring_wake_t wake_state;
  gy_polls_t polls;
  gy_takes_t takes;
  gy_owed_t owed;
  unsigned turns; /* of wait(): who comes first changes */
} gy_uring_t;

/* Is there something to ask for? */
static inline bool gy_uring_is_new(const gy_uring_t* p) {
  return gy_polls_are_new(&p->polls) || gy_takes_are_new(&p->takes);
}

/* Go on with another ring: one for this thread, because another ran the loop
 * before, or one that |is_shared|. UV_E*, with the old one still there. */
int gy_uring_renew(gy_uring_t* p, bool is_shared);

/* Take |cqe|, a completion, if it is of a take or a send, or of nobody. |p| is
 * the poller. */
bool gy_uring_absorb(void* p, const uring_cqe_t* cqe);

/* Take all such completions, whatever comes before them. */
void gy_uring_sift(gy_uring_t* p);

/* Hand over all that is prepared, and take all such completions. Others that
 * are in the way are dropped, and will come again. UV_E*. */
int gy_uring_drain(gy_uring_t* p);

/* As gy_poller_ops_t.watch(), with |want| 0. */
int gy_uring_forget(gy_uring_t* p, int fd);

/* As gy_poller_ops_t. */
int64_t gy_uring_receive(gy_poller_t* base, gy_fd_t fd, void* memory,
                         size_t size, bool* more);
int gy_uring_accept(gy_poller_t* base, gy_fd_t fd);
void gy_uring_keep_off(gy_poller_t* base, gy_fd_t fd);
int gy_uring_send(gy_poller_t* base, gy_fd_t fd, const void* memory,
                  size_t size);
int gy_uring_sent(gy_poller_t* base, gy_fd_t fd);
void gy_uring_close_fd(gy_poller_t* base, gy_fd_t fd, unsigned was);

#endif /* GY_URING_H_ */
