/* linux-io-watcher.c - descriptors where old programs read them.
 *
 * uv_fileno() is the way, but libwebsockets and others read the field
 * io_watcher.fd of a handle; test/abi holds that it is where libuv has it.
 */
#include "support/test.h"

#include <sys/socket.h>
#include <unistd.h>

static uv_loop_t loop;

/* |fd|, which a program read from |handle|, is what uv_fileno() says. */
static void expect_descriptor(const void* handle, int fd) {
  uv_os_fd_t told = -1;

  assert_int_equal(uv_fileno(handle, &told), 0);
  assert_true(told >= 0);
  assert_int_equal(fd, told);
}

static void test_a_poll_handle_has_it(void** state) {
  uv_poll_t poll;
  int pair[2];

  (void)state;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &poll, pair[0]), 0);
  expect_descriptor(&poll, poll.io_watcher.fd);
  assert_int_equal(poll.io_watcher.fd, pair[0]);
  uv_close((uv_handle_t*)&poll, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
  close(pair[0]);
  close(pair[1]);
}

static void test_sockets_have_it(void** state) {
  struct sockaddr_in address;
  uv_tcp_t tcp;
  uv_udp_t udp;

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(tcp.io_watcher.fd, -1);
  assert_int_equal(udp.io_watcher.fd, -1);
  assert_int_equal(uv_tcp_bind(&tcp, (struct sockaddr*)&address, 0), 0);
  assert_int_equal(uv_udp_bind(&udp, (struct sockaddr*)&address, 0), 0);
  expect_descriptor(&tcp, tcp.io_watcher.fd);
  expect_descriptor(&udp, udp.io_watcher.fd);
  uv_close((uv_handle_t*)&tcp, NULL);
  uv_close((uv_handle_t*)&udp, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_a_pipe_has_it(void** state) {
  uv_pipe_t pipe;
  int pair[2];

  (void)state;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_pipe_init(&loop, &pipe, 0), 0);
  assert_int_equal(uv_pipe_open(&pipe, pair[0]), 0);
  expect_descriptor(&pipe, pipe.io_watcher.fd);
  uv_close((uv_handle_t*)&pipe, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
  close(pair[1]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_poll_handle_has_it),
    cmocka_unit_test(test_sockets_have_it),
    cmocka_unit_test(test_a_pipe_has_it),
};

GY_TEST_MAIN(tests)
