/* fixture.h - the poller under test, and its world.
 *
 * GYRE_POLLER says which: a poller of this build, or "sim", the simulator. */
#ifndef GY_POLLER_FIXTURE_H_
#define GY_POLLER_FIXTURE_H_

#include <fcntl.h>

#include "poller.h"
#include "support/sim-poller.h"
#include "support/test.h"
#include "support/world.h"

enum {
  EVENT_MOST = 64
};

#define MS INT64_C(1000000) /* ns */
#define FOR_EVER INT64_C(-1)

static gy_poller_t* poller;
static const gy_world_t* world;

static inline void poller_choose(void) {
  const char* name = gy_test_poller();
  const gy_poller_ops_t* ops = gy_poller_default();

  gy_poller_register(&gy_sim_ops);
  gy_sim_reset();
  if (strcmp(name, "default") != 0) {
    ops = gy_poller_find(name);
  }
  if (ops == NULL) {
    fail_msg("there is no poller called %s", name);
    return;
  }
  world = ops == &gy_sim_ops ? &gy_sim_world : &gy_real_world;
  poller = test_calloc(1, ops->size);
  poller->ops = ops;
}

static inline int poller_setup(void** state) {
  (void)state;
  poller_choose();
  assert_int_equal(poller->ops->open(poller), 0);
  assert_int_equal(poller->ops->enable_wake(poller), 0);
  return 0;
}

static inline int poller_teardown(void** state) {
  (void)state;
  world->settle();
  poller->ops->close(poller);
  test_free(poller);
  return 0;
}

static inline bool poller_is(const char* name) {
  return strcmp(poller->ops->name, name) == 0;
}

/* The poller forgets and changes interests by this. It must succeed. */
static inline void watch(int fd, unsigned was, unsigned want) {
  assert_int_equal(poller->ops->watch(poller, fd, was, want), 0);
}

/* The poller lets go of |fd|, and then it is closed. */
static inline void let_go(int fd, unsigned was) {
  if (poller->ops->let_go != NULL) {
    poller->ops->let_go(poller, (gy_fd_t)(intptr_t)fd, was);
  } else {
    watch(fd, was, 0);
  }
  world->close(fd);
}

static inline int wait_for_events(gy_event_t* events, int64_t timeout_ns) {
  int count = poller->ops->wait(poller, events, EVENT_MOST, timeout_ns);

  assert_in_range(count + 1, 1, EVENT_MOST + 1);
  return count;
}

/* Whom |event| is about, as the world numbers it. */
static inline int event_fd(const gy_event_t* event) {
  return (int)(intptr_t)event->u.ready.fd;
}

/* Wait for |timeout_ns| at most. All that is said about |fd|; 0 when nothing
 * is. */
static inline unsigned hear(int fd, int64_t timeout_ns) {
  gy_event_t events[EVENT_MOST];
  unsigned mask = 0;
  int count = wait_for_events(events, timeout_ns);

  while (count-- > 0) {
    if (events[count].kind == GY_EVENT_READY &&
        event_fd(&events[count]) == fd) {
      assert_int_not_equal(events[count].u.ready.mask, 0);
      mask |= events[count].u.ready.mask;
    }
  }
  return mask;
}

/* There is nothing to report. */
static inline void assert_silence(void) {
  gy_event_t events[EVENT_MOST];

  assert_int_equal(wait_for_events(events, 0), 0);
}

/* What is reported unasked. */
enum {
  TROUBLE = GY_FAILED | GY_HANGUP
};

static inline void wake(void) {
  assert_int_equal(poller->ops->wake(poller), 0);
}

/* As above, for gy_world_t.later(). */
static inline void wake_step(void* arg) {
  (void)arg;
  if (poller->ops->wake(poller) != 0) {
    abort(); /* Another thread cannot fail a test of cmocka. */
  }
}

/* Wait. Exactly one event comes, and it is a wake. */
static inline void assert_wake(int64_t timeout_ns) {
  gy_event_t events[EVENT_MOST];

  assert_int_equal(wait_for_events(events, timeout_ns), 1);
  assert_int_equal(events[0].kind, GY_EVENT_WAKE);
}

static inline void close_both(const int fds[2]) {
  world->close(fds[0]);
  world->close(fds[1]);
}

/* Skip the test, saying |why|, unless the world is real. */
static inline void real_only(const char* why) {
  if (!world->real) {
    gy_test_skip(why);
  }
}

/* How many descriptors this process has open. */
static inline int fds_open(void) {
  int count = 0;
  int fd;

  for (fd = 0; fd < 4096; fd++) {
    count += fcntl(fd, F_GETFD) >= 0;
  }
  return count;
}

/* A row of a table of tests, with a poller that is open and can be woken. */
#define POLLER_TEST(test) \
  cmocka_unit_test_setup_teardown(test, poller_setup, poller_teardown)

#endif /* GY_POLLER_FIXTURE_H_ */
