/* lane.c - the queue and the threads of one lane.
 *
 * No more threads are woken or started than there is work for: whoever queues
 * wakes one at most, and only when none is on its way; a thread that takes work
 * and leaves some behind wakes the next. A burst of short work is done before a
 * second thread would have been up, and long work still spreads over all.
 *
 * Work comes in by a door that has a lock of its own, so that a loop that
 * queues does not meet the threads at their lock. A sign on the door says
 * whether whoever comes in is to call a thread, which takes the other lock. No
 * lock is held while somebody is woken: he would wake to wait for it. */
#include "lane.h"

#include <string.h>

/* ---- the queues of a lane, under its lock ------------------------------ */

/* Work that is not queued is its own predecessor. */
static bool queue_has(const gy_work_t* work) {
  return work->prev != work;
}

static void queue_push(gy_work_queue_t* queue, gy_work_t* work) {
  work->next = NULL;
  work->prev = queue->last;
  if (work->prev != NULL) {
    work->prev->next = work;
  } else {
    queue->first = work;
  }
  queue->last = work;
}

/* All of |from| goes to the end of |queue|. */
static void queue_move(gy_work_queue_t* queue, gy_work_queue_t* from) {
  if (from->first == NULL) {
    return;
  }
  from->first->prev = queue->last;
  if (queue->last != NULL) {
    queue->last->next = from->first;
  } else {
    queue->first = from->first;
  }
  queue->last = from->last;
  from->first = NULL;
  from->last = NULL;
}

static void queue_remove(gy_work_queue_t* queue, gy_work_t* work) {
  if (work->prev != NULL) {
    work->prev->next = work->next;
  } else {
    queue->first = work->next;
  }
  if (work->next != NULL) {
    work->next->prev = work->prev;
  } else {
    queue->last = work->prev;
  }
  work->prev = work;
}

static bool queue_ends_with(const gy_work_queue_t* queue,
                            const gy_work_t* work) {
  return queue->first == work || queue->last == work;
}

/* Take |work|, which is queued, out of the queue it is in. Which one that is
 * matters at the ends only. Under both locks. */
static void lane_remove(gy_lane_state_t* lane, gy_work_t* work) {
  gy_work_queue_t* queue = &lane->queue;

  if (queue_ends_with(&lane->waiting, work)) {
    queue = &lane->waiting;
  } else if (queue_ends_with(&lane->incoming, work)) {
    queue = &lane->incoming;
  }
  queue_remove(queue, work);
}

/* ---- threads ----------------------------------------------------------- */

static void worker_main(void* arg);

/* Start another thread, under the lock. Its time of arrival is now. */
static int thread_start(gy_lane_state_t* lane) {
  gy_worker_t* worker = &lane->workers[lane->thread_count];
  int err;

  worker->lane = lane;
  worker->work = NULL;
  worker->aside = false;
  worker->put_by = false;
  err = uv_thread_create(&worker->thread, worker_main, worker);
  if (err == 0) {
    lane->thread_count++;
    lane->arriving++;
  }
  return err;
}

/* What is to be done about a call, when the locks are released. */
enum {
  CALL_NOBODY = 0, /* or UV_E*, which is less */
  CALL_ONE = 1     /* signal |more| */
};

/* May a thread more be at work, and is none on its way? */
static bool lane_lacks_thread(const gy_lane_state_t* lane) {
  return lane->arriving == 0 && lane->at_work < lane->thread_max;
}

/* Are there as many threads as may be at work, beside those that stand aside?
 * One that is neither at work nor idle is between two pieces, or wakes a loop,
 * and will look for more. */
static bool lane_is_full(const gy_lane_state_t* lane) {
  return lane->thread_count >= lane->aside + lane->thread_max;
}

/* See that one thread is on its way, if there is one left to send. CALL_*, or
 * an error, which counts only when there is no thread but such as stand aside:
 * else work will be done later. */
static int thread_call(gy_lane_state_t* lane) {
  int err;

  if (lane->idle > 0) {
    lane->arriving++;
    return CALL_ONE;
  }
  if (lane_is_full(lane) || lane->closing) {
    return CALL_NOBODY; /* When closing, those that are there do all of it. */
  }
  err = thread_start(lane);
  return lane->thread_count > lane->aside ? CALL_NOBODY : err;
}

/* Take in what has come, and change the sign on the door. What comes later sees
 * the sign; whoever leaves it at "hungry" is called when something does, so
 * this is done before the lock is released to sleep. Under the lock. */
static void lane_look(gy_lane_state_t* lane) {
  uv_mutex_lock(&lane->door);
  queue_move(&lane->queue, &lane->incoming);
  lane->hungry = lane_lacks_thread(lane);
  uv_mutex_unlock(&lane->door);
}

/* See that all that is queued will be done, and that what comes will, before
 * the lock is released by somebody who has something else to do. As
 * thread_call(). */
static int lane_settle(gy_lane_state_t* lane) {
  int call = CALL_NOBODY;

  if (!lane->hungry && !lane_lacks_thread(lane)) {
    return CALL_NOBODY; /* Who is there, or on its way, looks in the end. */
  }
  uv_mutex_lock(&lane->door);
  queue_move(&lane->queue, &lane->incoming);
  if (lane->queue.first != NULL && lane_lacks_thread(lane)) {
    call = thread_call(lane);
  }
  lane->hungry = lane_lacks_thread(lane);
  uv_mutex_unlock(&lane->door);
  return call;
}

/* Release the lock, and do what lane_settle() said. */
static void lane_leave(gy_lane_state_t* lane, int call) {
  uv_mutex_unlock(&lane->lock);
  if (call == CALL_ONE) {
    uv_cond_signal(&lane->more);
  }
}

/* A thread is there. It need not be the one that was called: threads also wake
 * for no reason, and then one comes that is not counted any more. */
static void thread_arrive(gy_lane_state_t* lane) {
  if (lane->arriving > 0) {
    lane->arriving--;
  }
}

/* Is there work, and may a thread more be at work? */
static bool work_is_due(const gy_lane_state_t* lane) {
  return lane->queue.first != NULL && lane->at_work < lane->thread_max;
}

/* Wait for work and take it; NULL at closing time, when none is left. Under
 * the lock. */
static gy_work_t* work_take(gy_lane_state_t* lane) {
  gy_work_t* work;

  while (!work_is_due(lane)) {
    lane_look(lane);
    if (work_is_due(lane) || lane->closing) {
      break;
    }
    lane->idle++;
    uv_cond_wait(&lane->more, &lane->lock);
    lane->idle--;
    thread_arrive(lane);
  }
  work = lane->queue.first;
  if (work != NULL) {
    queue_remove(&lane->queue, work);
    lane->at_work++;
  }
  return work;
}

/* One more of those that were put by may try, if threads may stand aside; this
 * thread takes it, or another. */
static void waiting_admit(gy_lane_state_t* lane) {
  gy_work_t* next = lane->waiting.first;

  if (next != NULL && lane->aside < lane->thread_max) {
    queue_remove(&lane->waiting, next);
    queue_push(&lane->queue, next);
  }
}

/* What |self| was at is over, or put by. The loop that is to be woken when the
 * lock is released, or NULL. Under the lock. */
static uv_loop_t* work_end(gy_worker_t* self) {
  gy_lane_state_t* lane = self->lane;
  gy_work_t* work = self->work;
  uv_loop_t* loop;

  self->work = NULL;
  if (self->aside) {
    self->aside = false;
    lane->aside--;
  } else {
    lane->at_work--;
  }
  waiting_admit(lane);
  if (self->put_by) {
    self->put_by = false;
    /* Somebody may have come back in the meantime. */
    queue_push(lane->aside < lane->thread_max ? &lane->queue : &lane->waiting,
               work);
    return NULL;
  }
  /* Under the lock, so that a fork finds work queued, at a thread, or posted,
   * and never in between. */
  loop = work->loop;
  return gy_wake_push_work(loop, work) ? loop : NULL;
}

static void worker_main(void* arg) {
  gy_worker_t* self = arg;
  gy_lane_state_t* lane = self->lane;

  uv_mutex_lock(&lane->lock);
  thread_arrive(lane);
  while ((self->work = work_take(lane)) != NULL) {
    uv_loop_t* loop;
    /* This thread is there, so a call cannot fail. */
    lane_leave(lane, lane_settle(lane));
    self->work->run(self->work);
    uv_mutex_lock(&lane->lock);
    loop = work_end(self);
    if (loop != NULL) {
      uv_mutex_unlock(&lane->lock);
      gy_wake_pushed(loop);
      uv_mutex_lock(&lane->lock);
    }
  }
  lane_leave(lane, lane_settle(lane));
}

/* ---- a life ------------------------------------------------------------- */

int gy_lane_open(gy_lane_state_t* lane, unsigned thread_max) {
  int err;

  lane->workers = gy_calloc(2 * (size_t)thread_max, sizeof(*lane->workers));
  if (lane->workers == NULL) {
    return UV_ENOMEM;
  }
  lane->thread_max = thread_max;
  lane->thread_count = 0;
  memset(&lane->incoming, 0, sizeof(lane->incoming));
  lane->hungry = true;
  memset(&lane->queue, 0, sizeof(lane->queue));
  memset(&lane->waiting, 0, sizeof(lane->waiting));
  lane->lost = NULL;
  lane->at_work = 0;
  lane->aside = 0;
  lane->idle = 0;
  lane->arriving = 0;
  lane->closing = false;
  err = uv_mutex_init(&lane->lock);
  if (err != 0) {
    goto free_workers;
  }
  err = uv_mutex_init(&lane->door);
  if (err != 0) {
    goto destroy_lock;
  }
  err = uv_cond_init(&lane->more);
  if (err != 0) {
    goto destroy_door;
  }
  return 0;

destroy_door:
  uv_mutex_destroy(&lane->door);
destroy_lock:
  uv_mutex_destroy(&lane->lock);
free_workers:
  gy_free(lane->workers);
  return err;
}

/* |lane| has no threads any more. */
void gy_lane_close(gy_lane_state_t* lane) {
  uv_cond_destroy(&lane->more);
  uv_mutex_destroy(&lane->door);
  uv_mutex_destroy(&lane->lock);
  gy_free(lane->workers);
}

/* Tell the threads of |lane| to end when nothing is queued; how many there
 * are, for good. */
unsigned gy_lane_dismiss(gy_lane_state_t* lane) {
  unsigned count;

  uv_mutex_lock(&lane->lock);
  lane->closing = true;
  count = lane->thread_count;
  uv_cond_broadcast(&lane->more);
  uv_mutex_unlock(&lane->lock);
  return count;
}

void gy_lane_join(gy_lane_state_t* lane, unsigned count) {
  uv_thread_t self = uv_thread_self();

  while (count-- > 0) {
    uv_thread_t* thread = &lane->workers[count].thread;
    if (!uv_thread_equal(thread, &self)) {
      (void)uv_thread_join(thread); /* exit() called by a worker: not us. */
    }
  }
}

/* ---- work comes --------------------------------------------------------- */

/* |work| came in, and the sign says that a thread is to be called. UV_E* when
 * there is none, and |work| is queued no more. */
static int lane_call(gy_lane_state_t* lane, gy_work_t* work) {
  int call;

  uv_mutex_lock(&lane->lock);
  call = lane_settle(lane);
  if (call < 0 && queue_has(work)) {
    queue_remove(&lane->queue, work);
  } else if (call < 0) {
    call = CALL_NOBODY; /* Somebody came back from aside, and took it. */
  }
  lane_leave(lane, call);
  return call < 0 ? call : 0;
}

int gy_lane_submit(gy_lane_state_t* lane, gy_work_t* work) {
  bool hungry;

  uv_mutex_lock(&lane->door);
  queue_push(&lane->incoming, work);
  hungry = lane->hungry;
  uv_mutex_unlock(&lane->door);
  return hungry ? lane_call(lane, work) : 0;
}

int gy_lane_cancel(gy_lane_state_t* lane, gy_work_t* work) {
  bool queued;

  uv_mutex_lock(&lane->lock);
  uv_mutex_lock(&lane->door);
  queued = queue_has(work);
  if (queued) {
    lane_remove(lane, work);
    work->run = NULL; /* Nobody ran it: see gy_pool_run_done(). */
    gy_wake_post_work(work->loop, work);
  }
  uv_mutex_unlock(&lane->door);
  uv_mutex_unlock(&lane->lock);
  return queued ? 0 : UV_EBUSY;
}

/* ---- work that may take for ever ---------------------------------------- */

bool gy_lane_is_short(gy_lane_state_t* lane) {
  bool is_short;

  uv_mutex_lock(&lane->lock);
  is_short = lane->at_work * 2 > lane->thread_max;
  uv_mutex_unlock(&lane->lock);
  return is_short;
}

/* The thread that is at |work|. Under the lock. */
static gy_worker_t* worker_at(const gy_lane_state_t* lane,
                              const gy_work_t* work) {
  gy_worker_t* worker = lane->workers;

  while (worker->work != work) {
    worker++;
  }
  return worker;
}

bool gy_lane_stand_aside(gy_lane_state_t* lane, gy_work_t* work) {
  gy_worker_t* self;
  int call = CALL_NOBODY;

  uv_mutex_lock(&lane->lock);
  self = worker_at(lane, work);
  self->aside = lane->aside < lane->thread_max;
  self->put_by = !self->aside;
  if (self->aside) {
    lane->aside++;
    lane->at_work--;
    call = lane_settle(lane); /* If there is none, who is there comes back. */
  }
  lane_leave(lane, call);
  return !self->put_by;
}

/* ---- forks -------------------------------------------------------------- */

void gy_lane_before_fork(gy_lane_state_t* lane) {
  uv_mutex_lock(&lane->lock);
  uv_mutex_lock(&lane->door);
}

void gy_lane_after_fork_in_parent(gy_lane_state_t* lane) {
  uv_mutex_unlock(&lane->door);
  uv_mutex_unlock(&lane->lock);
}

/* Have |work| done with UV_ECANCELED; see gy_pool_after_fork(). */
static void lost_push(gy_lane_state_t* lane, gy_work_t* work) {
  work->next = lane->lost;
  lane->lost = work;
}

static void queue_lose(gy_lane_state_t* lane, gy_work_queue_t* queue) {
  while (queue->first != NULL) {
    gy_work_t* work = queue->first;
    queue_remove(queue, work);
    lost_push(lane, work);
  }
}

/* The child has none of the threads. What they were at, and what was queued,
 * is the parent's to do: done here as well it would be done twice. */
void gy_lane_after_fork(gy_lane_state_t* lane) {
  queue_lose(lane, &lane->queue);
  queue_lose(lane, &lane->incoming);
  queue_lose(lane, &lane->waiting);
  while (lane->thread_count > 0) {
    gy_work_t* work = lane->workers[--lane->thread_count].work;
    if (work != NULL) {
      lost_push(lane, work);
    }
  }
  lane->at_work = 0;
  lane->aside = 0;
  lane->idle = 0;
  lane->arriving = 0;
  lane->hungry = true;
  /* Locked by this thread, in gy_lane_before_fork(). All then remember threads
   * that are not here. Making them anew cannot fail: in the parent they were
   * made by the same calls, and these take no memory. */
  uv_mutex_unlock(&lane->door);
  uv_mutex_unlock(&lane->lock);
  (void)uv_mutex_init(&lane->door);
  (void)uv_mutex_init(&lane->lock);
  (void)uv_cond_init(&lane->more);
}

void gy_lane_post_lost(gy_lane_state_t* lane, uv_loop_t* loop) {
  gy_work_t** link = &lane->lost;

  uv_mutex_lock(&lane->lock);
  while (*link != NULL) {
    gy_work_t* work = *link;
    if (work->loop != loop) {
      link = &work->next;
      continue;
    }
    *link = work->next;
    work->run = NULL;
    gy_wake_post_work(loop, work);
  }
  uv_mutex_unlock(&lane->lock);
}

void gy_lane_drain(gy_lane_state_t* lane) {
  uv_mutex_lock(&lane->lock);
  uv_mutex_unlock(&lane->lock);
}
