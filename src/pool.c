/* pool.c - threads for work that would block a loop.
 *
 * Three lanes, each with its own queue, threads and lock, so that a slow file
 * system cannot hold up a name look-up, nor either of them the program's work.
 *
 * No more threads are woken or started than there is work for: whoever queues
 * wakes one at most, and only when none is on its way; a thread that takes work
 * and leaves some behind wakes the next. A burst of short work is done before a
 * second thread would have been up, and long work still spreads over all.
 *
 * Work comes in by a door that has a lock of its own, so that a loop that
 * queues does not meet the threads at their lock. A sign on the door says
 * whether whoever comes in is to call a thread, which takes the other lock. No
 * lock is held while somebody is woken: he would wake to wait for it.
 *
 * Work that may take for ever, because it waits for somebody else, says so and
 * stands aside: another thread may come in its place. See ADR 0016. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "platform.h"

enum {
  DEFAULT_THREADS = 4,
  MAX_THREADS = 1024 /* the manual's limit for UV_THREADPOOL_SIZE */
};

typedef struct {
  gy_work_t* first;
  gy_work_t* last;
} work_queue_t;

typedef struct {
  uv_thread_t thread;
  gy_work_t* work; /* what it is at, until that is posted */
  struct lane* lane;
  bool aside;  /* it may be at it for ever; see gy_pool_stand_aside() */
  bool put_by; /* it may not be, yet: the work waits */
} worker_t;

enum {
  CACHE_LINE = 64 /* bytes, on most machines */
};

typedef struct lane {
  _Alignas(CACHE_LINE) uv_mutex_t door; /* for the next two; see lane_look() */
  work_queue_t incoming;
  bool hungry; /* whoever comes in calls a thread; written under both locks */
  _Alignas(CACHE_LINE) uv_mutex_t lock; /* for all below; before |door| */
  uv_cond_t more; /* there is work, or it is closing time */
  work_queue_t queue;
  work_queue_t waiting; /* until fewer threads stand aside */
  gy_work_t* lost;      /* in a child: what the parent has to do */
  worker_t* workers;    /* room for twice |thread_max| */
  unsigned thread_count;
  unsigned thread_max; /* at work, and standing aside: so many of each */
  unsigned at_work;
  unsigned aside;
  unsigned idle;     /* threads that wait for |more| */
  unsigned arriving; /* threads that were woken or started for work */
  bool closing;
} lane_t;

/* The pool opens when work first comes, on whichever thread that is. If it
 * cannot, the next one tries again. OPENING is also a lock: whoever makes it
 * that has the state to himself. */
typedef enum {
  POOL_CLOSED,
  POOL_OPENING,
  POOL_OPEN,
  POOL_SHUT /* by gy_pool_shutdown(), for ever */
} pool_state_t;

static lane_t lanes[GY_LANES];
static atomic_int pool_state = POOL_CLOSED;
static bool pool_hears_forks; /* for whoever is OPENING */

/* ---- the queues of a lane, under its lock ------------------------------ */

/* Work that is not queued is its own predecessor. */
static bool queue_has(const gy_work_t* work) {
  return work->prev != work;
}

static void queue_push(work_queue_t* queue, gy_work_t* work) {
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
static void queue_move(work_queue_t* queue, work_queue_t* from) {
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

static void queue_remove(work_queue_t* queue, gy_work_t* work) {
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

static bool queue_ends_with(const work_queue_t* queue, const gy_work_t* work) {
  return queue->first == work || queue->last == work;
}

/* Take |work|, which is queued, out of the queue it is in. Which one that is
 * matters at the ends only. Under both locks. */
static void lane_remove(lane_t* lane, gy_work_t* work) {
  work_queue_t* queue = &lane->queue;

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
static int thread_start(lane_t* lane) {
  worker_t* worker = &lane->workers[lane->thread_count];
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
static bool lane_lacks_thread(const lane_t* lane) {
  return lane->arriving == 0 && lane->at_work < lane->thread_max;
}

/* See that one thread is on its way, if there is one left to send. CALL_*, or
 * an error, which counts only when there is no thread but such as stand aside:
 * else work will be done later. */
static int thread_call(lane_t* lane) {
  int err;

  if (lane->idle > 0) {
    lane->arriving++;
    return CALL_ONE;
  }
  if (lane->thread_count == 2 * lane->thread_max || lane->closing) {
    return CALL_NOBODY; /* When closing, those that are there do all of it. */
  }
  err = thread_start(lane);
  return lane->thread_count > lane->aside ? CALL_NOBODY : err;
}

/* Take in what has come, and change the sign on the door. What comes later sees
 * the sign; whoever leaves it at "hungry" is called when something does, so
 * this is done before the lock is released to sleep. Under the lock. */
static void lane_look(lane_t* lane) {
  uv_mutex_lock(&lane->door);
  queue_move(&lane->queue, &lane->incoming);
  lane->hungry = lane_lacks_thread(lane);
  uv_mutex_unlock(&lane->door);
}

/* See that all that is queued will be done, and that what comes will, before
 * the lock is released by somebody who has something else to do. As
 * thread_call(). */
static int lane_settle(lane_t* lane) {
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
static void lane_leave(lane_t* lane, int call) {
  uv_mutex_unlock(&lane->lock);
  if (call == CALL_ONE) {
    uv_cond_signal(&lane->more);
  }
}

/* A thread is there. It need not be the one that was called: threads also wake
 * for no reason, and then one comes that is not counted any more. */
static void thread_arrive(lane_t* lane) {
  if (lane->arriving > 0) {
    lane->arriving--;
  }
}

/* Is there work, and may a thread more be at work? */
static bool work_is_due(const lane_t* lane) {
  return lane->queue.first != NULL && lane->at_work < lane->thread_max;
}

/* Wait for work and take it; NULL at closing time, when none is left. Under
 * the lock. */
static gy_work_t* work_take(lane_t* lane) {
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
static void waiting_admit(lane_t* lane) {
  gy_work_t* next = lane->waiting.first;

  if (next != NULL && lane->aside < lane->thread_max) {
    queue_remove(&lane->waiting, next);
    queue_push(&lane->queue, next);
  }
}

/* What |self| was at is over, or put by. The loop that is to be woken when the
 * lock is released, or NULL. Under the lock. */
static uv_loop_t* work_end(worker_t* self) {
  lane_t* lane = self->lane;
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
  worker_t* self = arg;
  lane_t* lane = self->lane;

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

/* ---- opening, fork and closing ------------------------------------------ */

/* UV_THREADPOOL_SIZE, which is read once. As with libuv, what is no number is
 * 1, and what is negative is as large as the limit. */
static unsigned configured_threads(void) {
  char text[32];
  long count;

  if (!gy_platform_getenv("UV_THREADPOOL_SIZE", text, sizeof(text))) {
    return DEFAULT_THREADS;
  }
  count = strtol(text, NULL, 10);
  if (count == 0) {
    return 1;
  }
  return count < 0 || count > MAX_THREADS ? MAX_THREADS : (unsigned)count;
}

static int lane_open(lane_t* lane, unsigned thread_max) {
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
static void lane_close(lane_t* lane) {
  uv_cond_destroy(&lane->more);
  uv_mutex_destroy(&lane->door);
  uv_mutex_destroy(&lane->lock);
  gy_free(lane->workers);
}

static int lanes_open(void) {
  unsigned count = configured_threads();
  int index;
  int err;

  for (index = 0; index < GY_LANES; index++) {
    err = lane_open(&lanes[index], count);
    if (err != 0) {
      while (index-- > 0) {
        lane_close(&lanes[index]);
      }
      return err;
    }
  }
  return 0;
}

/* Wait while another thread has the state to itself. What the state is then;
 * OPENING: it was CLOSED, and is the caller's to set. */
static int pool_claim(void) {
  for (;;) {
    int state = POOL_CLOSED;
    if (atomic_compare_exchange_strong(&pool_state, &state, POOL_OPENING)) {
      return POOL_OPENING;
    }
    if (state != POOL_OPENING) {
      return state;
    }
    gy_platform_yield();
  }
}

/* Nobody opens the pool, and nobody has a lock of it, in mid-fork: the child
 * would wait for a thread that it does not have. */
static void fork_prepare(void) {
  int index;

  if (pool_claim() == POOL_OPEN) {
    for (index = 0; index < GY_LANES; index++) {
      uv_mutex_lock(&lanes[index].lock);
      uv_mutex_lock(&lanes[index].door);
    }
  }
}

static void fork_parent(void) {
  int state = POOL_OPENING;
  int index;

  if (!atomic_compare_exchange_strong(&pool_state, &state, POOL_CLOSED) &&
      state == POOL_OPEN) {
    for (index = GY_LANES; index-- > 0;) {
      uv_mutex_unlock(&lanes[index].door);
      uv_mutex_unlock(&lanes[index].lock);
    }
  }
}

/* Have |work| done with UV_ECANCELED; see gy_pool_after_fork(). */
static void lost_push(lane_t* lane, gy_work_t* work) {
  work->next = lane->lost;
  lane->lost = work;
}

static void queue_lose(lane_t* lane, work_queue_t* queue) {
  while (queue->first != NULL) {
    gy_work_t* work = queue->first;
    queue_remove(queue, work);
    lost_push(lane, work);
  }
}

/* The child has none of the threads. What they were at, and what was queued,
 * is the parent's to do: done here as well it would be done twice. */
static void lane_after_fork(lane_t* lane) {
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
  /* Locked by this thread, in fork_prepare(). All then remember threads that
   * are not here. Making them anew cannot fail: in the parent they were made by
   * the same calls, and these take no memory. */
  uv_mutex_unlock(&lane->door);
  uv_mutex_unlock(&lane->lock);
  (void)uv_mutex_init(&lane->door);
  (void)uv_mutex_init(&lane->lock);
  (void)uv_cond_init(&lane->more);
}

static void fork_child(void) {
  int state = POOL_OPENING;
  int index;

  if (!atomic_compare_exchange_strong(&pool_state, &state, POOL_CLOSED) &&
      state == POOL_OPEN) {
    for (index = 0; index < GY_LANES; index++) {
      lane_after_fork(&lanes[index]);
    }
  }
}

static bool pool_is_open(void) {
  return atomic_load(&pool_state) == POOL_OPEN;
}

/* Open the pool, unless it is. */
static int pool_open(void) {
  int state = pool_is_open() ? POOL_OPEN : pool_claim();
  int err = 0;

  if (state != POOL_OPENING) {
    return state == POOL_OPEN ? 0 : UV_ESHUTDOWN;
  }
  if (!pool_hears_forks) {
    err = gy_platform_at_fork(fork_prepare, fork_parent, fork_child);
    pool_hears_forks = err == 0;
  }
  if (err == 0) {
    err = lanes_open();
  }
  atomic_store(&pool_state, err == 0 ? POOL_OPEN : POOL_CLOSED);
  return err;
}

/* Tell the threads of |lane| to end when nothing is queued; how many there
 * are, for good. */
static unsigned lane_dismiss(lane_t* lane) {
  unsigned count;

  uv_mutex_lock(&lane->lock);
  lane->closing = true;
  count = lane->thread_count;
  uv_cond_broadcast(&lane->more);
  uv_mutex_unlock(&lane->lock);
  return count;
}

static void lane_join(lane_t* lane, unsigned count) {
  uv_thread_t self = uv_thread_self();

  while (count-- > 0) {
    uv_thread_t* thread = &lane->workers[count].thread;
    if (!uv_thread_equal(thread, &self)) {
      (void)uv_thread_join(thread); /* exit() called by a worker: not us. */
    }
  }
}

void gy_pool_shutdown(void) {
  unsigned counts[GY_LANES];
  int index;

  if (!pool_is_open()) {
    return;
  }
  for (index = 0; index < GY_LANES; index++) {
    counts[index] = lane_dismiss(&lanes[index]);
  }
  for (index = 0; index < GY_LANES; index++) {
    lane_join(&lanes[index], counts[index]);
    lane_close(&lanes[index]);
  }
  atomic_store(&pool_state, POOL_SHUT);
}

/* ---- for the rest of the library ---------------------------------------- */

/* |work| came in, and the sign says that a thread is to be called. UV_E* when
 * there is none, and |work| is queued no more. */
static int lane_call(lane_t* lane, gy_work_t* work) {
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

int gy_pool_submit(uv_loop_t* loop, gy_work_t* work, gy_lane_t lane_index,
                   void (*run)(gy_work_t* work),
                   void (*done)(gy_work_t* work, int status)) {
  lane_t* lane = &lanes[lane_index];
  bool hungry;
  int err = pool_open();

  if (err != 0) {
    return err;
  }
  err = gy_wake_enable(loop);
  if (err != 0) {
    return err;
  }
  work->run = run;
  work->done = done;
  work->loop = loop;
  uv_mutex_lock(&lane->door);
  queue_push(&lane->incoming, work);
  hungry = lane->hungry;
  uv_mutex_unlock(&lane->door);
  return hungry ? lane_call(lane, work) : 0;
}

int gy_pool_cancel(uv_loop_t* loop, gy_work_t* work, gy_lane_t lane_index) {
  lane_t* lane = &lanes[lane_index];
  bool queued;

  if (!pool_is_open()) {
    return UV_EBUSY;
  }
  uv_mutex_lock(&lane->lock);
  uv_mutex_lock(&lane->door);
  queued = queue_has(work);
  if (queued) {
    lane_remove(lane, work);
    work->run = NULL; /* Nobody ran it: see gy_pool_run_done(). */
    gy_wake_post_work(loop, work);
  }
  uv_mutex_unlock(&lane->door);
  uv_mutex_unlock(&lane->lock);
  return queued ? 0 : UV_EBUSY;
}

bool gy_pool_is_short(gy_lane_t lane_index) {
  lane_t* lane = &lanes[lane_index];
  bool is_short;

  uv_mutex_lock(&lane->lock);
  is_short = lane->at_work * 2 > lane->thread_max;
  uv_mutex_unlock(&lane->lock);
  return is_short;
}

/* The thread that is at |work|. Under the lock. */
static worker_t* worker_at(const lane_t* lane, const gy_work_t* work) {
  worker_t* worker = lane->workers;

  while (worker->work != work) {
    worker++;
  }
  return worker;
}

bool gy_pool_stand_aside(gy_work_t* work, gy_lane_t lane_index) {
  lane_t* lane = &lanes[lane_index];
  worker_t* self;
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

/* Post the work of |loop| that is lost, as cancelled. Under the lock. */
static void lost_post(lane_t* lane, uv_loop_t* loop) {
  gy_work_t** link = &lane->lost;

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
}

void gy_pool_drain(void) {
  int index;

  for (index = 0; pool_is_open() && index < GY_LANES; index++) {
    uv_mutex_lock(&lanes[index].lock);
    uv_mutex_unlock(&lanes[index].lock);
  }
}

void gy_pool_after_fork(uv_loop_t* loop) {
  int index;

  for (index = 0; pool_is_open() && index < GY_LANES; index++) {
    uv_mutex_lock(&lanes[index].lock);
    lost_post(&lanes[index], loop);
    uv_mutex_unlock(&lanes[index].lock);
  }
}

unsigned gy_pool_run_done(uv_loop_t* loop) {
  gy_work_t* work = gy_wake_take_work(gy_loop(loop));
  unsigned count = 0;

  while (work != NULL) {
    gy_work_t* next = work->next;
    work->done(work, work->run == NULL ? UV_ECANCELED : 0);
    work = next;
    count++;
  }
  return count;
}
