/* hello-loop.c - a timer that ticks three times; then the loop has ended. */
#include <stdio.h>
#include <uv.h>

static void tick(uv_timer_t* timer) {
  int* left = timer->data;

  printf("tick, %d left\n", --*left);
  if (*left == 0) {
    uv_close((uv_handle_t*)timer, NULL);
  }
}

int main(void) {
  uv_loop_t loop;
  uv_timer_t timer;
  int left = 3;

  uv_loop_init(&loop);
  uv_timer_init(&loop, &timer);
  timer.data = &left;
  uv_timer_start(&timer, tick, 100, 100); /* ms: the first, and then each */
  uv_run(&loop, UV_RUN_DEFAULT);          /* until nothing is left to do */
  printf("done, by the contract of libuv %s\n", uv_version_string());
  return uv_loop_close(&loop);
}
