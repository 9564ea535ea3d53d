/* pollers.c - the pollers of this library, each of them at work.
 *
 * For each a loop is made, told to use it, and given something to wait for. A
 * poller that the kernel refuses says why, and the loop keeps the default. */
#include <gyre.h>
#include <stdio.h>
#include <stdlib.h>

static void must(int err, const char* what) {
  if (err < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(err));
    exit(1);
  }
}

static void on_async(uv_async_t* async) {
  printf("%s: woken\n", gyre_loop_poller(async->loop));
  uv_close((uv_handle_t*)async, NULL);
}

static void sender_run(void* async) {
  must(uv_async_send(async), "send");
}

static void poller_show(const char* name) {
  uv_loop_t loop;
  uv_async_t async;
  uv_thread_t sender;
  int err;

  must(uv_loop_init(&loop), "loop");
  err = gyre_loop_set_poller(&loop, name);
  if (err != 0) {
    printf("%s: %s\n", name, uv_strerror(err));
  } else {
    must(uv_async_init(&loop, &async, on_async), "async");
    must(uv_thread_create(&sender, sender_run, &async), "thread");
    must(uv_run(&loop, UV_RUN_DEFAULT), "run");
    must(uv_thread_join(&sender), "join");
  }
  must(uv_loop_close(&loop), "close");
}

int main(void) {
  const char* name;
  size_t index;

  for (index = 0; (name = gyre_poller_name(index)) != NULL; index++) {
    poller_show(name);
  }
  return 0;
}
