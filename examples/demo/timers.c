/* timers.c - 100,000 idle time-outs that are put off, and eight probes.
 *
 * A server has an idle time-out for each connection, puts it off at every sign
 * of life, and hardly ever sees it fire. So that is the timer operation to be
 * quick at: uv_timer_again() of an armed timer. Some connections also leave,
 * and others come.
 *
 * The probes are armed again and again, and measure how late they are. */
#include <stdlib.h>

#include "demo.h"

enum {
  IDLE_TIMEOUT_MS = 60000,
  TRAFFIC_MS = 1,     /* every so often, some connections show life: */
  TRAFFIC_COUNT = 500 /* that many */
};

static void on_idle_timeout(uv_timer_t* timer) {
  demo_of(timer->loop)->counts.timer_calls++;
}

static void timeout_open(uv_loop_t* loop, uv_timer_t* timer) {
  must(uv_timer_init(loop, timer), "uv_timer_init");
  must(uv_timer_start(timer, on_idle_timeout, IDLE_TIMEOUT_MS, IDLE_TIMEOUT_MS),
       "uv_timer_start");
}

/* A connection has left; the next one takes its place. */
static void on_left(uv_handle_t* handle) {
  demo_t* demo = demo_of(handle->loop);

  demo->counts.close_calls++;
  if (!atomic_load(&demo->stop)) {
    timeout_open(&demo->loop, (uv_timer_t*)handle);
  }
}

static uv_timer_t* timeout_any(timers_t* timers) {
  timers->random = timers->random * 1664525 + 1013904223;
  return &timers->timeouts[(uint64_t)timers->random * IDLE_TIMEOUTS >> 32];
}

static void on_traffic(uv_timer_t* timer) {
  demo_t* demo = demo_of(timer->loop);
  uint64_t began_ns = uv_hrtime();
  int index;

  for (index = 0; index < TRAFFIC_COUNT; index++) {
    must(uv_timer_again(timeout_any(&demo->timers)), "uv_timer_again");
  }
  demo->counts.put_off += TRAFFIC_COUNT;
  demo->counts.put_off_ns += uv_hrtime() - began_ns;
  demo->counts.timer_calls++;
  /* Its close callback comes in the next turn, before the timers. */
  uv_close((uv_handle_t*)timeout_any(&demo->timers), on_left);
}

static void on_probe(uv_timer_t* timer);

static void probe_start(probe_t* probe) {
  /* The loop's now is brought up to date after this look at the clock, so the
   * timer is due at |due_ns| or a moment later, and never before. */
  probe->due_ns = uv_hrtime() + probe->timeout_ms * NS_PER_MS;
  uv_update_time(uv_handle_get_loop((uv_handle_t*)&probe->timer));
  must(uv_timer_start(&probe->timer, on_probe, probe->timeout_ms, 0),
       "uv_timer_start");
}

static void on_probe(uv_timer_t* timer) {
  uint64_t now_ns = uv_hrtime();
  demo_t* demo = demo_of(timer->loop);
  probe_t* probe = uv_handle_get_data((uv_handle_t*)timer);

  demo->counts.timer_calls++;
  demo->counts.late++;
  if (now_ns >= probe->due_ns) {
    latency_add(&demo->timers.late, now_ns - probe->due_ns);
  } else {
    demo->timers.early++;
  }
  probe_start(probe);
}

void timers_open(demo_t* demo) {
  static const uint64_t timeouts_ms[PROBES] = {1, 2, 3, 5, 7, 11, 13, 17};
  timers_t* timers = &demo->timers;
  int index;

  timers->timeouts = calloc(IDLE_TIMEOUTS, sizeof(*timers->timeouts));
  must(timers->timeouts != NULL ? 0 : UV_ENOMEM, "calloc");
  for (index = 0; index < IDLE_TIMEOUTS; index++) {
    timeout_open(&demo->loop, &timers->timeouts[index]);
  }
  must(uv_timer_init(&demo->loop, &timers->traffic), "uv_timer_init");
  must(uv_timer_start(&timers->traffic, on_traffic, TRAFFIC_MS, TRAFFIC_MS),
       "uv_timer_start");
  for (index = 0; index < PROBES; index++) {
    probe_t* probe = &timers->probes[index];
    must(uv_timer_init(&demo->loop, &probe->timer), "uv_timer_init");
    uv_handle_set_data((uv_handle_t*)&probe->timer, probe);
    probe->timeout_ms = timeouts_ms[index];
    probe_start(probe);
  }
}
