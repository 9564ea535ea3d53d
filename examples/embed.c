/* embed.c - a Gyre loop inside a loop that is not Gyre's.
 *
 * The host sleeps in its own poll(2) and asks the loop two things: the
 * descriptor to watch, and for how long it may sleep. When either says so, it
 * lets the loop take one turn that does not wait. Timers, files, asyncs and
 * sockets of the loop then work beside whatever the host does. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static void must(int err, const char* what) {
  if (err < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(err));
    exit(1);
  }
}

static void on_timer(uv_timer_t* timer) {
  printf("a timer of the guest\n");
  uv_close((uv_handle_t*)timer, NULL);
}

static void on_work(uv_work_t* work) {
  (void)work; /* On a thread of the pool: nothing to do for the example. */
}

static void on_worked(uv_work_t* work, int status) {
  (void)work;
  must(status, "work");
  printf("work of the guest is done\n");
}

/* The host's loop: what it would watch of its own would be in the array too. */
static void host_run(uv_loop_t* guest) {
  struct pollfd fds[1] = {{.fd = uv_backend_fd(guest), .events = POLLIN}};

  while (uv_loop_alive(guest)) {
    int timeout_ms = uv_backend_timeout(guest);

    if (poll(fds, 1, timeout_ms) < 0) {
      continue; /* A signal; ask again. */
    }
    (void)uv_run(guest,
                 UV_RUN_NOWAIT); /* Whether it is alive is asked above. */
  }
}

int main(void) {
  uv_loop_t guest;
  uv_timer_t timer;
  uv_work_t work;

  must(uv_loop_init(&guest), "loop");
  if (uv_backend_fd(&guest) < 0) {
    printf("this poller has no descriptor to watch; epoll has one\n");
    must(uv_loop_close(&guest), "close");
    return 0;
  }
  must(uv_timer_init(&guest, &timer), "timer");
  must(uv_timer_start(&timer, on_timer, 20, 0), "start");
  must(uv_queue_work(&guest, &work, on_work, on_worked), "work");
  host_run(&guest);
  printf("nothing is left for the guest\n");
  must(uv_loop_close(&guest), "close");
  return 0;
}
