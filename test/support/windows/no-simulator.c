/* no-simulator.c - stands for the simulated poller, whose own backend
 * descriptor is of Unix. What it proves, it proves there. */
#include "support/sim-poller.h"
#include "support/world.h"

const gy_poller_ops_t gy_sim_ops = {.name = "sim"};

const gy_world_t gy_sim_world = {.real = false};

void gy_sim_reset(void) {}

void gy_sim_ops_take(uint64_t delay_ns, int result) {
  (void)delay_ns; /* Real operations take the time that they take. */
  (void)result;
}
