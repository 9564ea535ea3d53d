/* phases.c - two turns of a loop, each phase telling when it is its turn.
 *
 * Everything is ready before the loop runs: a timer that is due, a byte in a
 * pipe, an async that was sent to. So the callbacks come in the order of the
 * phases. What was for the first turn only is closed in it, the rest in the
 * second, and with that the loop has nothing left to run for. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "uv.h"

typedef struct {
  uv_loop_t loop;
  uv_timer_t timer;
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_poll_t poll;
  uv_async_t async;
  uv_check_t check;
  int pipe[2];
  int turns;
} demo_t;

/* End the program if |err|, which |what| gave, is an error. */
static void must(int err, const char* what) {
  if (err < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(err));
    exit(1);
  }
}

static demo_t* demo_of(uv_loop_t* loop) {
  return uv_loop_get_data(loop);
}

static void on_close(uv_handle_t* handle) {
  printf("  close    the %s handle is the program's again\n",
         uv_handle_type_name(uv_handle_get_type(handle)));
}

static void on_timer(uv_timer_t* timer) {
  (void)timer;
  printf("  timers   the timer was due\n");
}

static void on_idle(uv_idle_t* idle) {
  demo_t* demo = demo_of(idle->loop);

  /* The first phase that a program sees in a turn. */
  printf("turn %d\n", ++demo->turns);
  printf("  idle     keeps the loop from sleeping\n");
}

static void on_prepare(uv_prepare_t* prepare) {
  (void)prepare;
  printf("  prepare  right before the loop looks for events\n");
}

static void on_readable(uv_poll_t* poll, int status, int events) {
  char byte;

  must(status, "polling the pipe");
  (void)events; /* There was only one to wait for. */
  must(read(demo_of(poll->loop)->pipe[0], &byte, 1) == 1 ? 0 : UV_EIO, "read");
  printf("  poll     the pipe has a byte\n");
  uv_close((uv_handle_t*)poll, on_close);
}

static void on_async(uv_async_t* async) {
  demo_t* demo = demo_of(async->loop);

  printf("  poll     somebody sent to the async\n");
  uv_close((uv_handle_t*)async, on_close);
  must(uv_timer_start(&demo->timer, on_timer, 0, 0), "uv_timer_start");
}

static void on_check(uv_check_t* check) {
  demo_t* demo = demo_of(check->loop);

  printf("  check    right after the callbacks of the events\n");
  if (demo->turns == 2) {
    uv_close((uv_handle_t*)&demo->timer, on_close);
    uv_close((uv_handle_t*)&demo->idle, on_close);
    uv_close((uv_handle_t*)&demo->prepare, on_close);
    uv_close((uv_handle_t*)check, on_close);
  }
}

static void open_all(demo_t* demo) {
  uv_loop_t* loop = &demo->loop;

  must(pipe(demo->pipe) == 0 ? 0 : UV_EMFILE, "pipe");
  must(uv_loop_init(loop), "uv_loop_init");
  uv_loop_set_data(loop, demo);
  must(uv_timer_init(loop, &demo->timer), "uv_timer_init");
  must(uv_idle_init(loop, &demo->idle), "uv_idle_init");
  must(uv_prepare_init(loop, &demo->prepare), "uv_prepare_init");
  must(uv_poll_init(loop, &demo->poll, demo->pipe[0]), "uv_poll_init");
  must(uv_async_init(loop, &demo->async, on_async), "uv_async_init");
  must(uv_check_init(loop, &demo->check), "uv_check_init");
}

static void start_all(demo_t* demo) {
  must(uv_timer_start(&demo->timer, on_timer, 0, 0), "uv_timer_start");
  must(uv_idle_start(&demo->idle, on_idle), "uv_idle_start");
  must(uv_prepare_start(&demo->prepare, on_prepare), "uv_prepare_start");
  must(uv_poll_start(&demo->poll, UV_READABLE, on_readable), "uv_poll_start");
  must(uv_check_start(&demo->check, on_check), "uv_check_start");
  must(write(demo->pipe[1], "!", 1) == 1 ? 0 : UV_EIO, "write");
  must(uv_async_send(&demo->async), "uv_async_send");
}

int main(void) {
  static demo_t demo;

  open_all(&demo);
  start_all(&demo);
  printf("before the first turn\n");
  must(uv_run(&demo.loop, UV_RUN_DEFAULT), "uv_run");
  printf("nothing is left to run for: uv_run() has returned\n");
  must(uv_loop_close(&demo.loop), "uv_loop_close");
  (void)close(demo.pipe[0]); /* They hold nothing that could be lost. */
  (void)close(demo.pipe[1]);
  return 0;
}
