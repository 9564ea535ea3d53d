/* lane.h - one lane of the pool: its queue, its threads, its lock.
 *
 * Work that may take for ever, because it waits for somebody else, says so and
 * stands aside: another thread may come in its place. See ADR 0016. */
#ifndef GY_LANE_H_
#define GY_LANE_H_

#include "core.h"

enum {
  GY_CACHE_LINE = 64 /* bytes, on most machines */
};

typedef struct {
  gy_work_t* first;
  gy_work_t* last;
} gy_work_queue_t;

typedef struct {
  uv_thread_t thread;
  gy_work_t* work; /* what it is at, until that is posted */
  struct gy_lane_state* lane;
  bool aside;  /* it may be at it for ever; see gy_lane_stand_aside() */
  bool put_by; /* it may not be, yet: the work waits */
} gy_worker_t;

typedef struct gy_lane_state {
  /* For the next two; see lane_look(). */
  _Alignas(GY_CACHE_LINE) uv_mutex_t door;
  gy_work_queue_t incoming;
  bool hungry; /* whoever comes in calls a thread; written under both locks */
  _Alignas(GY_CACHE_LINE) uv_mutex_t lock; /* for all below; before |door| */
  uv_cond_t more; /* there is work, or it is closing time */
  gy_work_queue_t queue;
  gy_work_queue_t waiting; /* until fewer threads stand aside */
  gy_work_t* lost;         /* in a child: what the parent has to do */
  gy_worker_t* workers;    /* room for twice |thread_max| */
  unsigned thread_count;
  unsigned thread_max; /* at work, and standing aside: so many of each */
  unsigned at_work;
  unsigned aside;
  unsigned idle;     /* threads that wait for |more| */
  unsigned arriving; /* threads that were woken or started for work */
  bool closing;
} gy_lane_state_t;

/* Make |lane|, for |thread_max| threads that are at work at a time; UV_E* with
 * nothing left behind. The first thread is started when there is work. */
int gy_lane_open(gy_lane_state_t* lane, unsigned thread_max);

/* Free what |lane| has, which has no threads any more. */
void gy_lane_close(gy_lane_state_t* lane);

/* Tell the threads to end when nothing is queued; how many there are, for good.
 */
unsigned gy_lane_dismiss(gy_lane_state_t* lane);

/* Wait for the |count| threads that were dismissed, but for the caller's. */
void gy_lane_join(gy_lane_state_t* lane, unsigned count);

/* See gy_pool_submit(), gy_pool_cancel(), gy_pool_is_short() and
 * gy_pool_stand_aside(). */
int gy_lane_submit(gy_lane_state_t* lane, gy_work_t* work);
int gy_lane_cancel(gy_lane_state_t* lane, gy_work_t* work);
bool gy_lane_is_short(gy_lane_state_t* lane);
bool gy_lane_stand_aside(gy_lane_state_t* lane, gy_work_t* work);

/* Wait until no thread is posting. */
void gy_lane_drain(gy_lane_state_t* lane);

/* Around fork(2): each piece of work is queued, at a thread, or posted. After
 * gy_lane_after_fork(), in the child, nothing is queued, and there are no
 * threads. What they were at, and what was queued, is lost. */
void gy_lane_before_fork(gy_lane_state_t* lane);
void gy_lane_after_fork_in_parent(gy_lane_state_t* lane);
void gy_lane_after_fork(gy_lane_state_t* lane);

/* Post the work of |loop| that is lost, as cancelled. */
void gy_lane_post_lost(gy_lane_state_t* lane, uv_loop_t* loop);

#endif /* GY_LANE_H_ */
