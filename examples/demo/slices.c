/* slices.c - a search for primes, cut into slices by an idle handle.
 *
 * An active idle handle is called in each turn and keeps the loop from
 * sleeping, so a long computation goes on while timers and events are served
 * between its slices. Here it gets 50 turns each tenth of a second. */
#include "demo.h"

enum {
  SLICES_MS = 100,
  SLICES = 50,
  SLICE_NUMBERS = 200, /* some 50 us */
  FIRST_NUMBER = 1000001
};

static bool is_prime(unsigned odd) {
  unsigned divisor;

  for (divisor = 3; divisor * divisor <= odd; divisor += 2) {
    if (odd % divisor == 0) {
      return false;
    }
  }
  return true;
}

static void on_idle(uv_idle_t* idle) {
  demo_t* demo = demo_of(idle->loop);
  slices_t* slices = &demo->slices;
  uint64_t began_ns = uv_hrtime();
  int index;

  for (index = 0; index < SLICE_NUMBERS; index++) {
    demo->counts.primes += is_prime(slices->number);
    slices->number += 2;
  }
  if (--slices->left == 0) {
    must(uv_idle_stop(idle), "uv_idle_stop");
  }
  demo->counts.idle_calls++;
  demo->counts.idle_ns += uv_hrtime() - began_ns;
}

static void on_time(uv_timer_t* timer) {
  demo_t* demo = demo_of(timer->loop);

  demo->counts.timer_calls++;
  demo->slices.left = SLICES;
  must(uv_idle_start(&demo->slices.idle, on_idle), "uv_idle_start");
}

void slices_open(demo_t* demo) {
  slices_t* slices = &demo->slices;

  slices->number = FIRST_NUMBER;
  must(uv_idle_init(&demo->loop, &slices->idle), "uv_idle_init");
  must(uv_timer_init(&demo->loop, &slices->timer), "uv_timer_init");
  must(uv_timer_start(&slices->timer, on_time, SLICES_MS, SLICES_MS),
       "uv_timer_start");
}
