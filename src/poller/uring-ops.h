/* uring-ops.h - operations, as io_uring runs them. */
#ifndef GY_URING_OPS_H_
#define GY_URING_OPS_H_

#include "poller.h"
#include "poller/uring-ring.h"

/* Does the kernel of |ring| have what is needed to run operations, and to stop
 * them? Linux 6.0. */
bool gy_ops_are_possible(gy_ring_t* ring);

/* Prepare |op| of |owner|. UV_E*. */
int gy_ops_start(gy_ring_t* ring, const gy_op_t* op, const void* owner);

/* As gy_poller_ops_t.cancel(). */
int gy_ops_cancel(gy_ring_t* ring, const void* owner);

/* Prepare that all there is stops, polls too. UV_E*. */
int gy_ops_cancel_all(gy_ring_t* ring);

/* Write what |cqe|, which is of an operation, tells to |event|. */
void gy_ops_answer(const uring_cqe_t* cqe, gy_event_t* event);

#endif /* GY_URING_OPS_H_ */
