/* helpers.c - the helpers of test.h, on every system. */
#include "support/test.h"

enum {
  EXIT_SKIPPED = 77
};

static void handle_close(uv_handle_t* handle, void* arg) {
  (void)arg; /* uv_walk() passes one; there is nothing to pass */
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

void gy_test_close_loop(uv_loop_t* loop) {
  int alive = 1;

  /* A close callback may open a handle anew, and a uv_stop() that nobody has
   * seen yet ends the first run early: hence a few rounds, not one. */
  for (int round = 0; round < 3 && alive; round++) {
    uv_walk(loop, handle_close, NULL);
    alive = uv_run(loop, UV_RUN_DEFAULT);
  }
  assert_int_equal(alive, 0);
  assert_int_equal(uv_loop_close(loop), 0);
}

const char* gy_test_poller(void) {
  const char* name = getenv("GYRE_POLLER");

  return name == NULL || name[0] == '\0' ? "default" : name;
}

void gy_test_skip(const char* why) {
  printf("skipped: %s\n", why);
  fflush(stdout);
  /* Not exit(): what the test has set up so far is no leak. */
  _Exit(EXIT_SKIPPED);
}
