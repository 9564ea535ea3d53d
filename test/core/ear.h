/* ear.h - watchers that remember what they heard, on the loop of spy.h. */
#ifndef GY_CORE_EAR_H_
#define GY_CORE_EAR_H_

#include "spy.h"

#include <limits.h>

/* A watcher that remembers what it heard. */
typedef struct ear {
  gy_watcher_t watcher;
  int calls;
  unsigned mask; /* of the last call */
  int err;
  void (*then)(struct ear* ear); /* called at the end of the next call */
} ear_t;

static ear_t left;
static ear_t right;
static int fds[2]; /* both ends of a stream */

static inline void ear_heard(uv_loop_t* at, gy_watcher_t* watcher,
                             unsigned mask, int err) {
  ear_t* ear = (ear_t*)watcher;
  void (*then)(ear_t * ear) = ear->then;

  assert_ptr_equal(at, &loop);
  assert_true((mask == 0) == (err != 0));
  ear->calls++;
  ear->mask = mask;
  ear->err = err;
  ear->then = NULL;
  if (then != NULL) {
    then(ear);
  }
}

static inline void ear_init(ear_t* ear, int fd) {
  memset(ear, 0, sizeof(*ear));
  gy_watcher_init(&ear->watcher, fd, ear_heard);
}

static inline void want(ear_t* ear, unsigned mask) {
  assert_int_equal(gy_watcher_want(&loop, &ear->watcher, mask), 0);
}

static inline void forget(ear_t* ear) {
  gy_watcher_forget(&loop, &ear->watcher);
}

/* A poll phase that does not sleep. */
static inline void turn(void) {
  gy_dispatch(&loop, false);
}

static inline void expect_told(int index, int fd, unsigned was, unsigned now) {
  assert_in_range(index, 0, spy.watch_count - 1);
  assert_int_equal(spy.watches[index].fd, fd);
  assert_int_equal(spy.watches[index].was, was);
  assert_int_equal(spy.watches[index].want, now);
}

static inline int ear_setup(void** state) {
  spy_setup(state);
  gy_sim_pair(fds);
  ear_init(&left, fds[0]);
  ear_init(&right, fds[1]);
  return 0;
}

static inline int ear_teardown(void** state) {
  forget(&left);
  forget(&right);
  return spy_teardown(state);
}

/* Open streams until an fd is |fd| or more; that one. */
static inline int open_up_to(int fd) {
  int more[2];

  do {
    gy_sim_pair(more);
  } while (more[1] < fd);
  return more[1];
}

/* A row of a table of tests, with |loop| and |fds| open. */
#define EAR_TEST(test) \
  cmocka_unit_test_setup_teardown(test, ear_setup, ear_teardown)

#endif /* GY_CORE_EAR_H_ */
