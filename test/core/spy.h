/* spy.h - a loop on the simulated poller and clock, all of whose calls are
 * counted.
 *
 * The spy is the simulator of sim-poller.h with an ear in between: each call is
 * noted, may be made to fail, and goes on to the simulator. */
#ifndef GY_CORE_SPY_H_
#define GY_CORE_SPY_H_

#include "support/test.h"

#include <gyre.h>

#include "core.h"
#include "support/sim-poller.h"

enum {
  SPY_WATCH_MOST = 64
};

#define SPY_MS UINT64_C(1000000) /* ns */

typedef struct {
  gy_fd_t fd;
  unsigned was;
  unsigned want;
} spy_watch_t;

static struct {
  spy_watch_t watches[SPY_WATCH_MOST]; /* the calls of watch() */
  int watch_count;
  int watch_error; /* what the next watch() returns instead of working, or 0 */
  int wait_count;
  int wait_error;                        /* the same for wait() */
  int64_t wait_timeout;                  /* of the last wait() */
  void (*wait_hook)(int64_t timeout_ns); /* called in wait(), or NULL */
  gy_event_t extra; /* reported by the next wait(), before all others */
  bool has_extra;
  atomic_int wake_count;
  atomic_int in_wake;      /* threads that are inside wake() */
  void (*wake_hook)(void); /* called at the end of wake(), or NULL */
  int fork_error;          /* what after_fork() returns instead of working */
  int close_count;
  void (*close_hook)(void); /* called in close(), or NULL */
  int clock_count;
} spy;

static gy_poller_ops_t spy_ops;
static uv_loop_t loop;

/* What the next function that was made to fail returns: once. */
static inline int spy_error(int* error) {
  int err = *error;

  *error = 0;
  return err;
}

static inline int spy_watch(gy_poller_t* p, gy_fd_t fd, unsigned was,
                            unsigned want) {
  int err = spy_error(&spy.watch_error);

  assert_in_range(spy.watch_count, 0, SPY_WATCH_MOST - 1);
  spy.watches[spy.watch_count++] = (spy_watch_t){fd, was, want};
  return err != 0 ? err : gy_sim_ops.watch(p, fd, was, want);
}

static inline int spy_wait(gy_poller_t* p, gy_event_t* events, int max,
                           int64_t timeout_ns) {
  int err = spy_error(&spy.wait_error);
  int count = 0;

  spy.wait_count++;
  spy.wait_timeout = timeout_ns;
  if (spy.wait_hook != NULL) {
    spy.wait_hook(timeout_ns);
  }
  if (spy.has_extra) {
    spy.has_extra = false;
    events[count++] = spy.extra;
    timeout_ns = 0;
  }
  if (err == 0) {
    err = gy_sim_ops.wait(p, events + count, max - count, timeout_ns);
  }
  return err < 0 ? err : count + err;
}

static inline int spy_wake(gy_poller_t* p) {
  int err;

  atomic_fetch_add(&spy.in_wake, 1);
  atomic_fetch_add(&spy.wake_count, 1);
  err = gy_sim_ops.wake(p);
  if (spy.wake_hook != NULL) {
    spy.wake_hook();
  }
  atomic_fetch_sub(&spy.in_wake, 1);
  return err;
}

static inline int spy_after_fork(gy_poller_t* p) {
  int err = spy_error(&spy.fork_error);

  return err != 0 ? err : gy_sim_ops.after_fork(p);
}

static inline void spy_close(gy_poller_t* p) {
  spy.close_count++;
  if (spy.close_hook != NULL) {
    spy.close_hook();
  }
  gy_sim_ops.close(p);
}

static inline uint64_t spy_clock(void) {
  spy.clock_count++;
  return gy_sim_clock();
}

/* Forget what was counted so far. */
static inline void spy_reset(void) {
  memset(&spy, 0, sizeof(spy));
}

/* Let the time of |on| be the simulator's, and begin now: the loop was made by
 * the time of this machine, and does not go back. */
static inline void spy_clock_set(uv_loop_t* on) {
  gy_loop_t* state = gy_loop(on);

  state->clock = spy_clock;
  state->now = gy_sim_clock();
  state->now_stale = false;
  gy_wheel_init(&state->timers, state->now);
}

/* Set up |loop|, in a world that begins anew. */
static inline int spy_setup(void** state) {
  (void)state;
  spy_ops = gy_sim_ops;
  spy_ops.name = "spy";
  spy_ops.watch = spy_watch;
  spy_ops.wait = spy_wait;
  spy_ops.wake = spy_wake;
  spy_ops.after_fork = spy_after_fork;
  spy_ops.close = spy_close;
  gy_poller_register(&spy_ops);
  gy_sim_reset();
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(gyre_loop_set_poller(&loop, "spy"), 0);
  spy_clock_set(&loop);
  spy_reset();
  return 0;
}

static inline int spy_teardown(void** state) {
  (void)state;
  gy_test_close_loop(&loop);
  return 0;
}

/* A row of a table of tests, with |loop| open. */
#define SPY_TEST(test) \
  cmocka_unit_test_setup_teardown(test, spy_setup, spy_teardown)

#endif /* GY_CORE_SPY_H_ */
