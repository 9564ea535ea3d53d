/* work.c - bursts of work for the pool.
 *
 * Every 20 ms come 32 pieces of some 20 us, and it is measured when each is
 * back. A burst as short as that is done by few threads, however many there
 * may be; see UV_THREADPOOL_SIZE. */
#include "demo.h"

enum {
  BURST_MS = 20,
  ROUNDS = 20000
};

/* On a thread of the pool. */
static void piece_run(uv_work_t* req) {
  piece_t* piece = uv_req_get_data((uv_req_t*)req);
  uint64_t value = piece->queued_ns | 1;
  int round;

  for (round = 0; round < ROUNDS; round++) {
    value ^= value << 13;
    value ^= value >> 7;
    value ^= value << 17;
  }
  piece->result = value;
}

static void piece_done(uv_work_t* req, int status) {
  demo_t* demo = demo_of(req->loop);
  piece_t* piece = uv_req_get_data((uv_req_t*)req);

  must(status, "work");
  latency_add(&demo->work.latency, uv_hrtime() - piece->queued_ns);
  demo->work.out--;
  demo->counts.pieces++;
  demo->counts.poll_calls++;
}

static void on_time(uv_timer_t* timer) {
  demo_t* demo = demo_of(timer->loop);
  work_t* work = &demo->work;

  demo->counts.timer_calls++;
  if (work->out > 0) {
    return; /* The last burst is not done: this machine is busy. */
  }
  for (; work->out < PIECES; work->out++) {
    piece_t* piece = &work->pieces[work->out];
    uv_req_set_data((uv_req_t*)&piece->req, piece);
    piece->queued_ns = uv_hrtime();
    must(uv_queue_work(&demo->loop, &piece->req, piece_run, piece_done),
         "uv_queue_work");
  }
}

void work_open(demo_t* demo) {
  must(uv_timer_init(&demo->loop, &demo->work.timer), "uv_timer_init");
  must(uv_timer_start(&demo->work.timer, on_time, BURST_MS, BURST_MS),
       "uv_timer_start");
}
