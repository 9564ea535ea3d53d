/* idle-timeout.c - a time-out that is put off at each sign of life.
 *
 * A sign comes every 30 ms, five times; the time-out is 100 ms. So it fires
 * once, 100 ms after the last sign. Putting a timer off is starting it again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum {
  SIGN_MS = 30,
  TIMEOUT_MS = 100,
  SIGNS = 5
};

typedef struct {
  uv_timer_t life;
  uv_timer_t timeout;
  int signs;
  uint64_t last_sign; /* ms, as uv_now() counts */
} peer_t;

static void must(int err, const char* what) {
  if (err < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(err));
    exit(1);
  }
}

static void peer_timed_out(uv_timer_t* timeout) {
  peer_t* peer = timeout->data;
  uint64_t silence = uv_now(timeout->loop) - peer->last_sign;

  printf("%d signs, then %s of silence\n", peer->signs,
         silence >= TIMEOUT_MS ? "100 ms or more" : "too little");
  uv_close((uv_handle_t*)&peer->life, NULL);
  uv_close((uv_handle_t*)timeout, NULL);
}

static void peer_shows_life(uv_timer_t* life) {
  peer_t* peer = life->data;

  peer->last_sign = uv_now(life->loop);
  must(uv_timer_start(&peer->timeout, peer_timed_out, TIMEOUT_MS, 0), "start");
  if (++peer->signs == SIGNS) {
    must(uv_timer_stop(life), "stop");
  }
}

int main(void) {
  uv_loop_t loop;
  peer_t peer = {.signs = 0};

  must(uv_loop_init(&loop), "loop");
  must(uv_timer_init(&loop, &peer.life), "timer");
  must(uv_timer_init(&loop, &peer.timeout), "timer");
  peer.life.data = &peer;
  peer.timeout.data = &peer;
  must(uv_timer_start(&peer.life, peer_shows_life, SIGN_MS, SIGN_MS), "start");
  must(uv_run(&loop, UV_RUN_DEFAULT), "run");
  must(uv_loop_close(&loop), "close");
  return 0;
}
