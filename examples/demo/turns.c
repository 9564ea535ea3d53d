/* turns.c - where the time of a turn goes, told by a prepare and a check.
 *
 * A prepare handle is called right before the loop sleeps, a check handle right
 * after the callbacks of what woke it. So between the two lie the sleep and
 * those callbacks, and between a check and the next prepare all the rest. */
#include "demo.h"

static uint64_t since_mark(demo_t* demo) {
  uint64_t now_ns = uv_hrtime();
  uint64_t passed_ns = now_ns - demo->mark_ns;

  demo->mark_ns = now_ns;
  return passed_ns;
}

static void on_prepare(uv_prepare_t* prepare) {
  demo_t* demo = demo_of(prepare->loop);

  demo->counts.rest_ns += since_mark(demo);
  demo->counts.prepare_calls++;
}

static void on_check(uv_check_t* check) {
  demo_t* demo = demo_of(check->loop);

  demo->counts.poll_ns += since_mark(demo);
  demo->counts.check_calls++;
}

void turns_open(demo_t* demo) {
  (void)since_mark(demo);
  must(uv_prepare_init(&demo->loop, &demo->prepare), "uv_prepare_init");
  must(uv_prepare_start(&demo->prepare, on_prepare), "uv_prepare_start");
  must(uv_check_init(&demo->loop, &demo->check), "uv_check_init");
  must(uv_check_start(&demo->check, on_check), "uv_check_start");
}
