/* udp.c - tests of UDP handles: their sockets, addresses and options. */
#include "udp.h"

static uv_udp_t udp;

static void test_new_handle_has_no_socket_and_says_so(void** state) {
  struct sockaddr_storage name;
  int size = sizeof(name);
  uv_os_fd_t fd;
  int value = 0;

  (void)state;
  loop_open();
  assert_int_equal(uv_udp_init_ex(&loop, &udp, AF_UNIX), UV_EINVAL);
  assert_int_equal(uv_udp_init_ex(&loop, &udp, 512), UV_EINVAL);
  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(uv_udp_getsockname(&udp, (struct sockaddr*)&name, &size),
                   UV_EBADF);
  assert_int_equal(uv_udp_getpeername(&udp, (struct sockaddr*)&name, &size),
                   UV_EBADF);
  assert_int_equal(uv_fileno(handle(&udp), &fd), UV_EBADF);
  assert_int_equal(uv_send_buffer_size(handle(&udp), &value), UV_EBADF);
  assert_int_equal(uv_udp_connect(&udp, NULL), UV_ENOTCONN);
  assert_int_equal(uv_udp_set_broadcast(&udp, 1), UV_EBADF);
  assert_int_equal(uv_udp_set_ttl(&udp, 5), UV_EBADF);
  assert_int_equal(uv_udp_set_multicast_ttl(&udp, 5), UV_EBADF);
  assert_int_equal(uv_udp_set_multicast_loop(&udp, 1), UV_EBADF);
  assert_int_equal(uv_udp_set_multicast_interface(&udp, NULL), UV_EBADF);
  assert_int_equal(uv_udp_set_multicast_interface(&udp, "foo"), UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_bind_checks_flags_and_family_and_happens_once(void** state) {
  struct sockaddr_in any = loopback(0);
  struct sockaddr_in6 any6;
  struct sockaddr odd;

  (void)state;
  loop_open();
  memset(&odd, 0, sizeof(odd));
  odd.sa_family = 99;
  memset(&any6, 0, sizeof(any6));
  any6.sin6_family = AF_INET6;
  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(uv_udp_bind(&udp, plain(&any), UV_UDP_IPV6ONLY), UV_EINVAL);
  assert_int_equal(uv_udp_bind(&udp, plain(&any), UV_UDP_PARTIAL), UV_EINVAL);
  assert_int_equal(uv_udp_bind(&udp, plain(&any), UV_UDP_RECVMMSG), UV_EINVAL);
  assert_int_equal(uv_udp_bind(&udp, &odd, 0), UV_EINVAL);
  assert_int_equal(uv_udp_bind(&udp, plain(&any), 0), 0);
  assert_int_equal(uv_udp_bind(&udp, plain(&any), 0), UV_EINVAL);
  assert_int_equal(uv_udp_bind(&udp, plain(&any6), 0), UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_address_is_shared_only_by_those_who_all_say_so(void** state) {
  struct sockaddr_in any = loopback(0);
  uv_udp_t second;
  int size = sizeof(any);

  (void)state;
  loop_open();
  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(uv_udp_init(&loop, &second), 0);
  assert_int_equal(uv_udp_bind(&udp, plain(&any), UV_UDP_REUSEADDR), 0);
  assert_int_equal(uv_udp_getsockname(&udp, (struct sockaddr*)&any, &size), 0);
  assert_int_equal(uv_udp_bind(&second, plain(&any), 0), UV_EADDRINUSE);
  assert_int_equal(uv_udp_bind(&second, plain(&any), UV_UDP_REUSEADDR), 0);
  gy_test_close_loop(&loop);
}

static void test_connect_and_disconnect_take_turns(void** state) {
  struct sockaddr_in peer = loopback(9);
  struct sockaddr_in name;
  int size = sizeof(name);

  (void)state;
  loop_open();
  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(uv_udp_connect(&udp, plain(&peer)), 0);
  assert_int_equal(uv_udp_connect(&udp, plain(&peer)), UV_EISCONN);
  assert_int_equal(uv_udp_getpeername(&udp, (struct sockaddr*)&name, &size), 0);
  assert_int_equal(name.sin_port, peer.sin_port);
  assert_int_equal(uv_udp_connect(&udp, NULL), 0);
  assert_int_equal(uv_udp_connect(&udp, NULL), UV_ENOTCONN);
  assert_int_equal(uv_udp_getpeername(&udp, (struct sockaddr*)&name, &size),
                   UV_ENOTCONN);
  gy_test_close_loop(&loop);
}

static void test_open_takes_one_socket_that_nobody_else_has(void** state) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int on = 0;
  socklen_t size = sizeof(on);
  uv_udp_t second;

  (void)state;
  loop_open();
  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(uv_udp_init(&loop, &second), 0);
  assert_int_equal(uv_udp_open(&udp, -1), UV_EBADF);
  assert_int_equal(uv_udp_open_ex(&udp, fd, UV_UDP_IPV6ONLY), UV_EINVAL);
  assert_int_equal(uv_udp_open(&udp, fd), 0);
  assert_int_equal(uv_udp_open(&udp, fd), UV_EBUSY);
  assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, &size), 0);
  assert_int_not_equal(on, 0);
  assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  start_udp(&udp);
  assert_int_equal(uv_udp_open(&second, fd), UV_EEXIST);
  gy_test_close_loop(&loop);
}

static void test_numbers_out_of_range_are_refused(void** state) {
  int size = 0;

  (void)state;
  loop_open();
  (void)open_udp(&udp, 0);
  assert_int_equal(uv_udp_set_ttl(&udp, 0), UV_EINVAL);
  assert_int_equal(uv_udp_set_ttl(&udp, 256), UV_EINVAL);
  assert_int_equal(uv_udp_set_ttl(&udp, 255), 0);
  assert_int_equal(uv_udp_set_multicast_ttl(&udp, -1), UV_EINVAL);
  assert_int_equal(uv_udp_set_multicast_ttl(&udp, 256), UV_EINVAL);
  assert_int_equal(uv_udp_set_multicast_ttl(&udp, 0), 0);
  assert_int_equal(uv_udp_set_multicast_loop(&udp, 1), 0);
  assert_int_equal(uv_udp_set_broadcast(&udp, 1), 0);
  assert_int_equal(uv_recv_buffer_size(handle(&udp), &size), 0);
  assert_true(size > 0);
  gy_test_close_loop(&loop);
}

static void test_groups_are_joined_once_and_left_once(void** state) {
  (void)state;
  loop_open();
  (void)open_udp(&udp, 0);
  assert_int_equal(
      uv_udp_set_membership(&udp, "239.1.1.1", "127.0.0.1", UV_JOIN_GROUP), 0);
  assert_int_equal(
      uv_udp_set_membership(&udp, "239.1.1.1", "127.0.0.1", UV_JOIN_GROUP),
      UV_EADDRINUSE);
  assert_int_equal(
      uv_udp_set_membership(&udp, "239.1.1.1", "127.0.0.1", UV_LEAVE_GROUP), 0);
  assert_int_equal(
      uv_udp_set_membership(&udp, "239.1.1.1", "127.0.0.1", UV_LEAVE_GROUP),
      UV_EADDRNOTAVAIL);
  assert_int_equal(uv_udp_set_membership(&udp, "foo", NULL, UV_JOIN_GROUP),
                   UV_EINVAL);
  assert_int_equal(uv_udp_set_membership(&udp, "239.1.1.1", "x", UV_JOIN_GROUP),
                   UV_EINVAL);
  assert_int_equal(uv_udp_set_source_membership(&udp, "239.1.1.5", "127.0.0.1",
                                                "127.0.0.1", UV_JOIN_GROUP),
                   0);
  assert_int_equal(uv_udp_set_source_membership(&udp, "239.1.1.5", "127.0.0.1",
                                                "127.0.0.1", UV_LEAVE_GROUP),
                   0);
  assert_int_equal(uv_udp_set_source_membership(&udp, "239.1.1.5", "127.0.0.1",
                                                "::1", UV_JOIN_GROUP),
                   UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_multicast_comes_back_to_a_member(void** state) {
  struct sockaddr_in any = address_of(INADDR_ANY, 0);
  struct sockaddr_in group;
  int size = sizeof(any);

  (void)state;
  loop_open();
  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(uv_udp_bind(&udp, plain(&any), 0), 0);
  assert_int_equal(uv_udp_getsockname(&udp, (struct sockaddr*)&any, &size), 0);
  group = address_of(0xef010109, ntohs(any.sin_port)); /* 239.1.1.9 */
  assert_int_equal(
      uv_udp_set_membership(&udp, "239.1.1.9", "127.0.0.1", UV_JOIN_GROUP), 0);
  assert_int_equal(uv_udp_set_multicast_interface(&udp, "127.0.0.1"), 0);
  start_udp(&udp);
  send_now(&udp, "all", &group);
  run_turns(2);
  assert_told("'all'/0");
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_new_handle_has_no_socket_and_says_so),
    cmocka_unit_test(test_bind_checks_flags_and_family_and_happens_once),
    cmocka_unit_test(test_address_is_shared_only_by_those_who_all_say_so),
    cmocka_unit_test(test_connect_and_disconnect_take_turns),
    cmocka_unit_test(test_open_takes_one_socket_that_nobody_else_has),
    cmocka_unit_test(test_numbers_out_of_range_are_refused),
    cmocka_unit_test(test_groups_are_joined_once_and_left_once),
    cmocka_unit_test(test_multicast_comes_back_to_a_member),
};

GY_TEST_MAIN(tests)
