/* accepted.h - what tests of a stream share whose socket the library made: one
 * that is accepted, and the socket at its other end, which is the test's own. A
 * poller may do the work of such a stream in its own time, and nobody is to
 * notice. */
#ifndef GY_TEST_ACCEPTED_H_
#define GY_TEST_ACCEPTED_H_

#include "streams.h"

static uv_tcp_t listener;
static uv_tcp_t near; /* accepted, from |far| */
static int far;
static int has_near;
static uv_write_t reqs[4];
static uv_timer_t timer;

static inline void accept_near(uv_stream_t* of, int status) {
  assert_int_equal(status, 0);
  assert_int_equal(uv_tcp_init(&loop, &near), 0);
  assert_int_equal(uv_accept(of, stream(&near)), 0);
  has_near = 1;
}

static inline int connect_plain(void) {
  struct sockaddr_in address = loopback(port_of(&listener));
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  assert_int_equal(connect(fd, plain(&address), sizeof(address)), 0);
  return fd;
}

static inline void open_near(void) {
  static const char* const names[] = {"1", "2", "3", "4"};

  loop_open();
  for (size_t i = 0; i < COUNT_OF(reqs); i++)
    reqs[i].data = (void*)(uintptr_t)names[i];
  listen_at_loopback(&listener, accept_near);
  far = connect_plain();
  run_until(&has_near);
  uv_unref(handle(&listener));
}

static inline void close_near(void) {
  gy_test_close_loop(&loop);
  close(far);
}

/* Call |cb| from within the loop, once, and let that turn end. */
static inline void run_in_turn(uv_timer_cb cb) {
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, cb, 0, 0), 0);
  while (uv_is_active(handle(&timer)))
    uv_run(&loop, UV_RUN_NOWAIT);
}

static inline void write_told(int index, const char* words) {
  uv_buf_t buf = text(words);

  assert_int_equal(uv_write(&reqs[index], stream(&near), &buf, 1, told_write),
                   0);
}

/* What comes at the far end, waiting for it. */
static inline void assert_comes(const char* want) {
  char bytes[64] = "";

  assert_int_equal(recv(far, bytes, strlen(want), MSG_WAITALL), strlen(want));
  assert_string_equal(bytes, want);
}

static inline void assert_end_comes(void) {
  char byte;

  assert_int_equal(recv(far, &byte, 1, 0), 0);
}

#endif /* GY_TEST_ACCEPTED_H_ */
