/* pool.c - threads for work that would block a loop.
 *
 * Three lanes, each with its own queue, threads and lock, so that a slow file
 * system cannot hold up a name look-up, nor either of them the program's work.
 * What a lane is, and who wakes whom, is in lane.c; here is when they open,
 * what a fork does to them, and how the loops get back what is done. */
#include <stdlib.h>

#include "lane.h"
#include "platform.h"

enum {
  DEFAULT_THREADS = 4,
  MAX_THREADS = 1024 /* the manual's limit for UV_THREADPOOL_SIZE */
};

/* The pool opens when work first comes, on whichever thread that is. If it
 * cannot, the next one tries again. OPENING is also a lock: whoever makes it
 * that has the state to himself. */
typedef enum {
  POOL_CLOSED,
  POOL_OPENING,
  POOL_OPEN,
  POOL_SHUT /* by gy_pool_shutdown(), for ever */
} pool_state_t;

static gy_lane_state_t lanes[GY_LANES];
static atomic_int pool_state = POOL_CLOSED;
static bool pool_hears_forks; /* for whoever is OPENING */
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

static int lanes_open(void) {
  unsigned count = configured_threads();
  int index;
  int err;

  for (index = 0; index < GY_LANES; index++) {
    err = gy_lane_open(&lanes[index], count);
    if (err != 0) {
      while (index-- > 0) {
        gy_lane_close(&lanes[index]);
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
      gy_lane_before_fork(&lanes[index]);
    }
  }
}

static void fork_parent(void) {
  int state = POOL_OPENING;
  int index;

  if (!atomic_compare_exchange_strong(&pool_state, &state, POOL_CLOSED) &&
      state == POOL_OPEN) {
    for (index = GY_LANES; index-- > 0;) {
      gy_lane_after_fork_in_parent(&lanes[index]);
    }
  }
}

static void fork_child(void) {
  int state = POOL_OPENING;
  int index;

  if (!atomic_compare_exchange_strong(&pool_state, &state, POOL_CLOSED) &&
      state == POOL_OPEN) {
    for (index = 0; index < GY_LANES; index++) {
      gy_lane_after_fork(&lanes[index]);
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

void gy_pool_shutdown(void) {
  unsigned counts[GY_LANES];
  int index;

  if (!pool_is_open()) {
    return;
  }
  for (index = 0; index < GY_LANES; index++) {
    counts[index] = gy_lane_dismiss(&lanes[index]);
  }
  for (index = 0; index < GY_LANES; index++) {
    gy_lane_join(&lanes[index], counts[index]);
    gy_lane_close(&lanes[index]);
  }
  atomic_store(&pool_state, POOL_SHUT);
}

/* ---- for the rest of the library ---------------------------------------- */

int gy_pool_submit(uv_loop_t* loop, gy_work_t* work, gy_lane_t lane,
                   void (*run)(gy_work_t* work),
                   void (*done)(gy_work_t* work, int status)) {
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
  return gy_lane_submit(&lanes[lane], work);
}

int gy_pool_cancel(gy_work_t* work, gy_lane_t lane) {
  return pool_is_open() ? gy_lane_cancel(&lanes[lane], work) : UV_EBUSY;
}

bool gy_pool_is_short(gy_lane_t lane) {
  return gy_lane_is_short(&lanes[lane]);
}

bool gy_pool_stand_aside(gy_work_t* work, gy_lane_t lane) {
  return gy_lane_stand_aside(&lanes[lane], work);
}

void gy_pool_drain(void) {
  int index;

  for (index = 0; pool_is_open() && index < GY_LANES; index++) {
    gy_lane_drain(&lanes[index]);
  }
}

void gy_pool_after_fork(uv_loop_t* loop) {
  int index;

  for (index = 0; pool_is_open() && index < GY_LANES; index++) {
    gy_lane_post_lost(&lanes[index], loop);
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
