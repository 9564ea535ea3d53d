/* tcp.c - tests of uv_tcp_t: making one, binding, options, and what a handle
 * says that has no socket. Connecting is in tcp-connect.c, accepting in
 * tcp-listen.c. */
#include "streams.h"

/* Versions of libuv, for those who run these tests over another. */
#define REUSEPORT_SINCE 0x013100u
#define KEEPALIVE_EX_SINCE 0x013400u

static uv_tcp_t tcp;
static uv_tcp_t other;
static uv_connect_t connect_req;

static void ignore_connection(uv_stream_t* server, int status) {
  (void)server;
  (void)status;
}

static void ignore_read(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)count;
  (void)buf;
}

/* ---- making ----------------------------------------------------------------
 */

static void test_a_new_handle_is_idle_and_has_no_socket(void** state) {
  uv_os_fd_t fd;

  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(tcp.type, UV_TCP);
  assert_ptr_equal(tcp.loop, &loop);
  assert_int_equal(uv_is_active(handle(&tcp)), 0);
  assert_int_equal(uv_has_ref(handle(&tcp)), 1);
  assert_int_equal(uv_is_readable(stream(&tcp)), 0);
  assert_int_equal(uv_is_writable(stream(&tcp)), 0);
  assert_int_equal(uv_stream_get_write_queue_size(stream(&tcp)), 0);
  assert_int_equal(uv_fileno(handle(&tcp), &fd), UV_EBADF);
  gy_test_close_loop(&loop);
}

static void test_without_a_socket_each_function_says_what_is_missing(
    void** state) {
  uv_buf_t buf = text("x");
  uv_write_t write_req;
  uv_shutdown_t shutdown_req;
  struct sockaddr_storage name;
  int size = sizeof(name);
  int value = 0;

  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_read_start(stream(&tcp), alloc_static, ignore_read),
                   UV_ENOTCONN);
  assert_int_equal(uv_read_stop(stream(&tcp)), 0);
  assert_int_equal(uv_write(&write_req, stream(&tcp), &buf, 1, NULL), UV_EBADF);
  assert_int_equal(uv_try_write(stream(&tcp), &buf, 1), UV_EBADF);
  assert_int_equal(uv_shutdown(&shutdown_req, stream(&tcp), NULL), UV_ENOTCONN);
  assert_int_equal(uv_stream_set_blocking(stream(&tcp), 1), UV_EBADF);
  assert_int_equal(uv_tcp_getsockname(&tcp, (struct sockaddr*)&name, &size),
                   UV_EBADF);
  assert_int_equal(uv_tcp_getpeername(&tcp, (struct sockaddr*)&name, &size),
                   UV_EBADF);
  assert_int_equal(uv_send_buffer_size(handle(&tcp), &value), UV_EBADF);
  assert_int_equal(uv_recv_buffer_size(handle(&tcp), &value), UV_EBADF);
  assert_int_equal(uv_tcp_close_reset(&tcp, NULL), UV_EBADF);
  assert_int_equal(uv_accept(stream(&tcp), stream(&tcp)), UV_EAGAIN);
  gy_test_close_loop(&loop);
}

static void test_init_ex_makes_a_socket_of_the_family_at_once(void** state) {
  static const int families[] = {AF_INET, AF_INET6};

  (void)state;
  loop_open();
  for (size_t i = 0; i < COUNT_OF(families); i++) {
    int domain = 0;
    socklen_t size = sizeof(domain);
    uv_os_fd_t fd;
    assert_int_equal(uv_tcp_init_ex(&loop, &tcp, (unsigned)families[i]), 0);
    assert_int_equal(uv_fileno(handle(&tcp), &fd), 0);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size), 0);
    assert_int_equal(domain, families[i]);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    uv_close(handle(&tcp), NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  gy_test_close_loop(&loop);
}

static void test_init_ex_refuses_other_families_and_bits(void** state) {
  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init_ex(&loop, &tcp, AF_UNIX), UV_EINVAL);
  assert_int_equal(uv_tcp_init_ex(&loop, &tcp, 255), UV_EINVAL);
  assert_int_equal(uv_tcp_init_ex(&loop, &tcp, 0x100), UV_EINVAL);
  assert_int_equal(uv_tcp_init_ex(&loop, &tcp, 0x100 | AF_INET), UV_EINVAL);
  /* A handle that was refused is none, and needs no close. */
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- open -------------------------------------------------------------------
 */

static void test_open_takes_a_connected_socket_over(void** state) {
  uv_os_fd_t fd;
  int far;

  (void)state;
  loop_open();
  open_pair(&tcp, &far);
  assert_int_equal(uv_is_readable(stream(&tcp)), 1);
  assert_int_equal(uv_is_writable(stream(&tcp)), 1);
  assert_int_equal(uv_is_active(handle(&tcp)), 0);
  assert_int_equal(uv_fileno(handle(&tcp), &fd), 0);
  assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  gy_test_close_loop(&loop);
  assert_int_equal(fcntl(fd, F_GETFD), -1); /* it was closed with the handle */
  close(far);
}

static void test_open_refuses_what_is_no_descriptor(void** state) {
  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_open(&tcp, -1), UV_EBADF);
  assert_int_equal(uv_tcp_open(&tcp, 9999), UV_EBADF);
  gy_test_close_loop(&loop);
}

static void test_open_of_a_handle_that_has_a_socket_is_busy(void** state) {
  int far;
  int pair[2];

  (void)state;
  loop_open();
  open_pair(&tcp, &far);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(uv_tcp_open(&tcp, pair[0]), UV_EBUSY);
  gy_test_close_loop(&loop);
  assert_int_equal(close(pair[0]), 0); /* it stayed the caller's */
  close(pair[1]);
  close(far);
}

static void test_open_of_a_socket_that_another_handle_reads_is_refused(
    void** state) {
  uv_os_fd_t fd;
  int far;

  (void)state;
  loop_open();
  open_pair(&tcp, &far);
  assert_int_equal(uv_read_start(stream(&tcp), alloc_static, ignore_read), 0);
  run_turns(1);
  assert_int_equal(uv_fileno(handle(&tcp), &fd), 0);
  assert_int_equal(uv_tcp_init(&loop, &other), 0);
  assert_int_equal(uv_tcp_open(&other, fd), UV_EEXIST);
  gy_test_close_loop(&loop);
  close(far);
}

/* ---- bind -------------------------------------------------------------------
 */

static void test_bind_to_port_0_takes_a_free_one(void** state) {
  struct sockaddr_in any = loopback(0);

  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&any), 0), 0);
  assert_int_not_equal(port_of(&tcp), 0);
  gy_test_close_loop(&loop);
}

static void test_bind_of_a_bound_handle_is_invalid(void** state) {
  struct sockaddr_in any = loopback(0);

  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&any), 0), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&any), 0), UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_bind_to_a_port_that_is_taken_fails_at_listen(void** state) {
  struct sockaddr_in taken;

  (void)state;
  loop_open();
  listen_at_loopback(&other, ignore_connection);
  taken = loopback(port_of(&other));
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&taken), 0), 0);
  assert_int_equal(uv_listen(stream(&tcp), 1, ignore_connection),
                   UV_EADDRINUSE);
  assert_int_equal(uv_is_active(handle(&tcp)), 0);
  gy_test_close_loop(&loop);
}

static void test_bind_to_a_port_that_is_taken_fails_at_connect(void** state) {
  struct sockaddr_in taken;

  (void)state;
  loop_open();
  listen_at_loopback(&other, ignore_connection);
  taken = loopback(port_of(&other));
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&taken), 0), 0);
  assert_int_equal(
      uv_tcp_connect(&connect_req, &tcp, plain(&taken), told_connect), 0);
  assert_told("");
  run_turns(2);
  assert_told("connect EADDRINUSE");
  gy_test_close_loop(&loop);
  assert_told("");
}

static void test_bind_tells_other_errors_at_once(void** state) {
  struct sockaddr_in nowhere = address_of(0xc0000201, 0); /* RFC 5737 */
  struct sockaddr_in strange = loopback(0);

  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&nowhere), 0), UV_EADDRNOTAVAIL);
  strange.sin_family = AF_UNIX;
  assert_int_equal(uv_tcp_bind(&tcp, plain(&strange), 0), UV_EINVAL);
  strange.sin_family = AF_INET;
  assert_int_equal(uv_tcp_bind(&tcp, plain(&strange), UV_TCP_IPV6ONLY),
                   UV_EINVAL);
  gy_test_close_loop(&loop);
}

static int v6_only(const uv_tcp_t* of) {
  int only = -1;
  socklen_t size = sizeof(only);
  uv_os_fd_t fd;

  assert_int_equal(uv_fileno((const uv_handle_t*)of, &fd), 0);
  assert_int_equal(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size), 0);
  return only;
}

static void test_bind_to_v6_shares_v4_unless_told_otherwise(void** state) {
  struct sockaddr_in6 any;

  (void)state;
  memset(&any, 0, sizeof(any));
  any.sin6_family = AF_INET6;
  loop_open();
  for (unsigned flags = 0; flags <= UV_TCP_IPV6ONLY; flags++) {
    assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
    assert_int_equal(uv_tcp_bind(&tcp, plain(&any), flags), 0);
    assert_int_equal(v6_only(&tcp), (int)flags);
    uv_close(handle(&tcp), NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  gy_test_close_loop(&loop);
}

static void test_port_can_be_shared_by_sockets_that_all_want_it(void** state) {
  struct sockaddr_in address = loopback(0);

  (void)state;
  if (uv_version() < REUSEPORT_SINCE)
    gy_test_skip("no UV_TCP_REUSEPORT");
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&address), UV_TCP_REUSEPORT), 0);
  assert_int_equal(uv_listen(stream(&tcp), 1, ignore_connection), 0);
  address = loopback(port_of(&tcp));
  assert_int_equal(uv_tcp_init(&loop, &other), 0);
  assert_int_equal(uv_tcp_bind(&other, plain(&address), UV_TCP_REUSEPORT), 0);
  assert_int_equal(uv_listen(stream(&other), 1, ignore_connection), 0);
  gy_test_close_loop(&loop);
}

static void test_name_is_cut_to_the_room_there_is(void** state) {
  struct sockaddr_in any = loopback(0);
  struct sockaddr_storage name;
  int size = 2;

  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&any), 0), 0);
  memset(&name, 0xff, sizeof(name));
  assert_int_equal(uv_tcp_getsockname(&tcp, (struct sockaddr*)&name, &size), 0);
  assert_int_equal(size, sizeof(struct sockaddr_in));
  assert_int_equal(((unsigned char*)&name)[2], 0xff);
  size = -1;
  assert_int_equal(uv_tcp_getsockname(&tcp, (struct sockaddr*)&name, &size),
                   UV_EINVAL);
  size = sizeof(name);
  assert_int_equal(uv_tcp_getpeername(&tcp, (struct sockaddr*)&name, &size),
                   UV_ENOTCONN);
  gy_test_close_loop(&loop);
}

/* ---- options ----------------------------------------------------------------
 */

static int option_of(const uv_tcp_t* of, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  uv_os_fd_t fd;

  assert_int_equal(uv_fileno((const uv_handle_t*)of, &fd), 0);
  assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
  return value;
}

static void test_options_of_a_handle_with_a_socket_reach_it(void** state) {
  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init_ex(&loop, &tcp, AF_INET), 0);
  assert_int_equal(uv_tcp_nodelay(&tcp, 1), 0);
  assert_int_equal(option_of(&tcp, IPPROTO_TCP, TCP_NODELAY), 1);
  assert_int_equal(uv_tcp_nodelay(&tcp, 0), 0);
  assert_int_equal(option_of(&tcp, IPPROTO_TCP, TCP_NODELAY), 0);
  assert_int_equal(uv_tcp_keepalive(&tcp, 1, 77), 0);
  assert_int_equal(option_of(&tcp, SOL_SOCKET, SO_KEEPALIVE), 1);
  assert_int_equal(option_of(&tcp, IPPROTO_TCP, TCP_KEEPIDLE), 77);
  assert_int_equal(uv_tcp_keepalive(&tcp, 0, 0), 0);
  assert_int_equal(option_of(&tcp, SOL_SOCKET, SO_KEEPALIVE), 0);
  assert_int_equal(uv_tcp_simultaneous_accepts(&tcp, 0), 0);
  assert_int_equal(uv_tcp_simultaneous_accepts(&tcp, 1), 0);
  gy_test_close_loop(&loop);
}

static void test_keepalive_out_of_range_is_invalid(void** state) {
  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init_ex(&loop, &tcp, AF_INET), 0);
  assert_int_equal(uv_tcp_keepalive(&tcp, 1, 32768), UV_EINVAL);
  assert_int_equal(uv_tcp_keepalive(&tcp, 1, UINT32_MAX), UV_EINVAL);
  assert_int_equal(uv_tcp_keepalive(&tcp, 1, 0), UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_keepalive_ex_sets_all_three_numbers(void** state) {
  (void)state;
  if (uv_version() < KEEPALIVE_EX_SINCE)
    gy_test_skip("no uv_tcp_keepalive_ex()");
  loop_open();
  assert_int_equal(uv_tcp_init_ex(&loop, &tcp, AF_INET), 0);
  assert_int_equal(uv_tcp_keepalive_ex(&tcp, 1, 11, 12, 13), 0);
  assert_int_equal(option_of(&tcp, IPPROTO_TCP, TCP_KEEPIDLE), 11);
  assert_int_equal(option_of(&tcp, IPPROTO_TCP, TCP_KEEPINTVL), 12);
  assert_int_equal(option_of(&tcp, IPPROTO_TCP, TCP_KEEPCNT), 13);
  assert_int_equal(uv_tcp_keepalive_ex(&tcp, 1, 0, 1, 1), UV_EINVAL);
  assert_int_equal(uv_tcp_keepalive_ex(&tcp, 1, 1, 0, 1), UV_EINVAL);
  assert_int_equal(uv_tcp_keepalive_ex(&tcp, 1, 1, 1, 0), UV_EINVAL);
  assert_int_equal(uv_tcp_keepalive_ex(&tcp, 0, 0, 0, 0), 0);
  assert_int_equal(option_of(&tcp, SOL_SOCKET, SO_KEEPALIVE), 0);
  gy_test_close_loop(&loop);
}

static void test_options_set_before_there_is_a_socket_are_kept_for_it(
    void** state) {
  struct sockaddr_in any = loopback(0);

  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_nodelay(&tcp, 1), 0);
  assert_int_equal(uv_tcp_keepalive(&tcp, 1, 60), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&any), 0), 0);
  assert_int_equal(option_of(&tcp, IPPROTO_TCP, TCP_NODELAY), 1);
  assert_int_equal(option_of(&tcp, SOL_SOCKET, SO_KEEPALIVE), 1);
  assert_int_equal(option_of(&tcp, IPPROTO_TCP, TCP_KEEPIDLE), 60);
  uv_close(handle(&tcp), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
  assert_int_equal(uv_tcp_nodelay(&tcp, 1), 0);
  assert_int_equal(uv_tcp_nodelay(&tcp, 0), 0);
  assert_int_equal(uv_tcp_bind(&tcp, plain(&any), 0), 0);
  assert_int_equal(option_of(&tcp, IPPROTO_TCP, TCP_NODELAY), 0);
  gy_test_close_loop(&loop);
}

static void test_buffer_sizes_are_read_and_set(void** state) {
  uv_timer_t timer;
  int value = 0;
  int big = 32768;

  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init_ex(&loop, &tcp, AF_INET), 0);
  assert_int_equal(uv_send_buffer_size(handle(&tcp), &value), 0);
  assert_true(value > 0);
  assert_int_equal(uv_send_buffer_size(handle(&tcp), &big), 0);
  assert_int_equal(uv_recv_buffer_size(handle(&tcp), &big), 0);
  value = 0;
  assert_int_equal(uv_recv_buffer_size(handle(&tcp), &value), 0);
  assert_true(value == big || value == 2 * big); /* Linux doubles it */
  assert_int_equal(uv_send_buffer_size(handle(&tcp), NULL), UV_EINVAL);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_send_buffer_size(handle(&timer), &big), UV_ENOTSUP);
  gy_test_close_loop(&loop);
}

/* ---- socket pairs ----------------------------------------------------------
 */

static void test_socketpair_is_connected_and_not_inherited(void** state) {
  uv_os_sock_t pair[2];

  (void)state;
  assert_int_equal(uv_socketpair(SOCK_STREAM, 0, pair, 0, UV_NONBLOCK_PIPE), 0);
  assert_int_equal(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(fcntl(pair[1], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  assert_int_equal(fcntl(pair[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  assert_int_equal(fcntl(pair[1], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  assert_int_equal(send(pair[0], "hello", 5, 0), 5);
  assert_arrived(pair[1], "hello");
  close(pair[0]);
  close(pair[1]);
}

static void test_socketpair_of_an_impossible_type_is_refused(void** state) {
  uv_os_sock_t pair[2] = {-1, -1};

  (void)state;
  assert_int_equal(uv_socketpair(77, 0, pair, 0, 0), UV_EINVAL);
  assert_int_equal(uv_socketpair(SOCK_STREAM, 99, pair, 0, 0),
                   UV_EPROTONOSUPPORT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_new_handle_is_idle_and_has_no_socket),
    cmocka_unit_test(test_without_a_socket_each_function_says_what_is_missing),
    cmocka_unit_test(test_init_ex_makes_a_socket_of_the_family_at_once),
    cmocka_unit_test(test_init_ex_refuses_other_families_and_bits),
    cmocka_unit_test(test_open_takes_a_connected_socket_over),
    cmocka_unit_test(test_open_refuses_what_is_no_descriptor),
    cmocka_unit_test(test_open_of_a_handle_that_has_a_socket_is_busy),
    cmocka_unit_test(
        test_open_of_a_socket_that_another_handle_reads_is_refused),
    cmocka_unit_test(test_bind_to_port_0_takes_a_free_one),
    cmocka_unit_test(test_bind_of_a_bound_handle_is_invalid),
    cmocka_unit_test(test_bind_to_a_port_that_is_taken_fails_at_listen),
    cmocka_unit_test(test_bind_to_a_port_that_is_taken_fails_at_connect),
    cmocka_unit_test(test_bind_tells_other_errors_at_once),
    cmocka_unit_test(test_bind_to_v6_shares_v4_unless_told_otherwise),
    cmocka_unit_test(test_port_can_be_shared_by_sockets_that_all_want_it),
    cmocka_unit_test(test_name_is_cut_to_the_room_there_is),
    cmocka_unit_test(test_options_of_a_handle_with_a_socket_reach_it),
    cmocka_unit_test(test_keepalive_out_of_range_is_invalid),
    cmocka_unit_test(test_keepalive_ex_sets_all_three_numbers),
    cmocka_unit_test(test_options_set_before_there_is_a_socket_are_kept_for_it),
    cmocka_unit_test(test_buffer_sizes_are_read_and_set),
    cmocka_unit_test(test_socketpair_is_connected_and_not_inherited),
    cmocka_unit_test(test_socketpair_of_an_impossible_type_is_refused),
};

GY_TEST_MAIN(tests)
