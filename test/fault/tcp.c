/* tcp.c - what the functions of TCP handles return when the system refuses.
 *
 * A row makes one call of the system fail below one function, which must hand
 * the error on and leave nothing behind; then the same function must work. What
 * callbacks are told is in stream.c. */
#include "refusals.h"

static int open_it(void) {
  int pair[2];
  int err;

  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  err = uv_tcp_open(&tcp, pair[0]);
  if (err != 0)
    close(pair[0]);
  close(pair[1]);
  return err;
}

static int wish(void) {
  return uv_tcp_nodelay(&tcp, 1);
}

static int keepalive(void) {
  return uv_tcp_keepalive(&tcp, 1, 1);
}

static int set_blocking(void) {
  return uv_stream_set_blocking((uv_stream_t*)&tcp, 1);
}

static int tell_name(void) {
  struct sockaddr_storage name;
  int size = sizeof(name);

  return uv_tcp_getsockname(&tcp, (struct sockaddr*)&name, &size);
}

static int tell_peer_name(void) {
  struct sockaddr_storage name;
  int size = sizeof(name);

  return uv_tcp_getpeername(&tcp, (struct sockaddr*)&name, &size);
}

static int tell_buffer_size(void) {
  int value = 0;

  return uv_send_buffer_size((uv_handle_t*)&tcp, &value);
}

static int init_another(void) {
  uv_tcp_t another;
  int err = uv_tcp_init_ex(&loop, &another, AF_INET);

  if (err == 0) {
    uv_close((uv_handle_t*)&another, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  return err;
}

static int make_pair(void) {
  uv_os_sock_t pair[2];
  int err = uv_socketpair(SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, 0);

  if (err == 0) {
    close(pair[0]);
    close(pair[1]);
  }
  return err;
}

static int set_reset(void) {
  int err = uv_tcp_close_reset(&tcp, NULL);

  if (err == 0) {
    uv_run(&loop, UV_RUN_NOWAIT);
    err = uv_tcp_init(&loop, &tcp); /* for the next one to close */
  }
  return err;
}

static int nothing(void) {
  return 0;
}

static const struct {
  const char* call;
  int err;
  int (*prepare)(void); /* on a fresh handle; it works */
  int (*attempt)(void);
} rows[] = {
    {"socket", EMFILE, nothing, init_another},
    {"socket", ENFILE, nothing, bind_it},
    {"socket", EMFILE, nothing, listen_there},
    {"setsockopt", ENOMEM, nothing, bind_it},
    {"setsockopt", ENOMEM, wish, bind_it},
    {"setsockopt", ENOMEM, keepalive, bind_it},
    {"bind", EACCES, nothing, bind_it},
    {"listen", EACCES, bind_it, listen_there},
    {"fcntl", EBADF, nothing, open_it},
    {"getsockopt", ENOBUFS, nothing, open_it},
    {"setsockopt", ENOPROTOOPT, bind_it, wish},
    {"setsockopt", ENOPROTOOPT, bind_it, keepalive},
    {"fcntl", EIO, open_it, set_blocking},
    {"getsockname", ENOBUFS, bind_it, tell_name},
    {"getpeername", ENOBUFS, open_it, tell_peer_name},
    {"getsockopt", ENOPROTOOPT, bind_it, tell_buffer_size},
    {"socketpair", EMFILE, nothing, make_pair},
    {"fcntl", EIO, nothing, make_pair},
    {"setsockopt", ENOMEM, bind_it, set_reset},
};

static void close_tcp(void) {
  uv_close((uv_handle_t*)&tcp, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void test_refusal_of_each_call_is_handed_on(void** state) {
  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    int err;
    open_tcp();
    assert_int_equal(rows[i].prepare(), 0);
    let_fail(rows[i].call, rows[i].err, 1);
    err = rows[i].attempt();
    let_work();
    if (failed_count != 1 || err != -rows[i].err)
      fail_msg("row %zu, %s: failed %d times, returned %d", i, rows[i].call,
               failed_count, err);
    close_tcp();
    open_tcp();
    assert_int_equal(rows[i].prepare(), 0);
    assert_int_equal(rows[i].attempt(), 0);
    close_tcp();
  }
  assert_int_equal(uv_loop_close(&loop), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_refusal_of_each_call_is_handed_on),
};

GY_TEST_MAIN(tests)
