/* sim-world.c - the things to watch that a simulator has; see world.h. */
#include "support/sim-poller.h"
#include "support/test.h"
#include "support/world.h"

static void sim_close(int fd) {
  assert_int_equal(gy_sim_close(fd), 0);
}

static void sim_crash(int fd) {
  assert_int_equal(gy_sim_crash(fd), 0);
}

static void sim_finish(int fd) {
  assert_int_equal(gy_sim_shutdown(fd), 0);
}

static void sim_send(int fd, int count) {
  assert_int_equal(gy_sim_write(fd, count), count);
}

static void sim_fill(int fd) {
  while (gy_sim_write(fd, 65536) > 0) {
  }
}

static void sim_urge(int fd) {
  assert_int_equal(gy_sim_urge(fd), 0);
}

/* The simulator's steps run on the loop thread, in wait(). */
static void sim_settle(void) {}

const gy_world_t gy_sim_world = {
    .real = false,
    .pair = gy_sim_pair,
    .pipe = gy_sim_pipe,
    .connection = gy_sim_pair,
    .file = gy_sim_file,
    .close = sim_close,
    .crash = sim_crash,
    .finish = sim_finish,
    .send = sim_send,
    .fill = sim_fill,
    .receive = gy_sim_read,
    .urge = sim_urge,
    .clock = gy_sim_clock,
    .later = gy_sim_later,
    .settle = sim_settle,
};
