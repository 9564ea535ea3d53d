/* udp-options.c - tests of what can be set on UDP handles, and that it reaches
 * the socket, for both families. */
#include "udp.h"

static uv_udp_t udp;
static uv_udp_t other;

static struct sockaddr_in6 address6_of(struct in6_addr host, uint16_t port) {
  struct sockaddr_in6 address;

  memset(&address, 0, sizeof(address));
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = host;
  return address;
}

/* Make |udp| a handle of IPv6 at a free port; skip where there is none. */
static void open_udp6(void) {
  struct sockaddr_in6 any = address6_of(in6addr_loopback, 0);
  int err;

  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  err = uv_udp_bind(&udp, plain(&any), 0);
  if (err == UV_EAFNOSUPPORT || err == UV_EADDRNOTAVAIL)
    gy_test_skip("there is no IPv6");
  assert_int_equal(err, 0);
}

static int option_of(const uv_udp_t* of, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  uv_os_fd_t fd;

  assert_int_equal(uv_fileno((const uv_handle_t*)of, &fd), 0);
  assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
  /* BSD has some of them as a byte. */
  return size == 1 ? *(unsigned char*)&value : value;
}

static uint16_t port_of_udp(const uv_udp_t* of) {
  struct sockaddr_in6 name;
  int size = sizeof(name);

  assert_int_equal(uv_udp_getsockname(of, (struct sockaddr*)&name, &size), 0);
  return ntohs(name.sin6_port); /* where the port of IPv4 is, too */
}

/* ---- numbers ----------------------------------------------------------------
 */

static void test_numbers_reach_a_socket_of_ipv4(void** state) {
  (void)state;
  loop_open();
  (void)open_udp(&udp, 0);
  assert_int_equal(uv_udp_set_ttl(&udp, 17), 0);
  assert_int_equal(option_of(&udp, IPPROTO_IP, IP_TTL), 17);
  assert_int_equal(uv_udp_set_multicast_ttl(&udp, 18), 0);
  assert_int_equal(option_of(&udp, IPPROTO_IP, IP_MULTICAST_TTL), 18);
  for (int on = 1; on >= 0; on--) {
    assert_int_equal(uv_udp_set_multicast_loop(&udp, on), 0);
    assert_int_equal(option_of(&udp, IPPROTO_IP, IP_MULTICAST_LOOP), on);
    assert_int_equal(uv_udp_set_broadcast(&udp, on), 0);
    assert_int_equal(option_of(&udp, SOL_SOCKET, SO_BROADCAST) != 0, on);
  }
  gy_test_close_loop(&loop);
}

static void test_numbers_reach_a_socket_of_ipv6(void** state) {
  (void)state;
  loop_open();
  open_udp6();
  assert_int_equal(uv_udp_set_ttl(&udp, 17), 0);
  assert_int_equal(option_of(&udp, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 17);
  assert_int_equal(uv_udp_set_multicast_ttl(&udp, 18), 0);
  assert_int_equal(option_of(&udp, IPPROTO_IPV6, IPV6_MULTICAST_HOPS), 18);
  for (int on = 1; on >= 0; on--) {
    assert_int_equal(uv_udp_set_multicast_loop(&udp, on), 0);
    assert_int_equal(option_of(&udp, IPPROTO_IPV6, IPV6_MULTICAST_LOOP), on);
  }
  gy_test_close_loop(&loop);
}

/* ---- sharing an address
 * ------------------------------------------------------ */

static void test_port_is_shared_by_handles_that_all_want_it(void** state) {
  struct sockaddr_in any = loopback(0);
  uv_udp_t third;
  int err;

  (void)state;
  loop_open();
  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(uv_udp_init(&loop, &other), 0);
  assert_int_equal(uv_udp_init(&loop, &third), 0);
  err = uv_udp_bind(&udp, plain(&any), UV_UDP_REUSEPORT);
  if (err == UV_ENOTSUP)
    gy_test_skip("ports are not shared here");
  assert_int_equal(err, 0);
  any.sin_port = htons(port_of_udp(&udp));
  assert_int_equal(uv_udp_bind(&other, plain(&any), UV_UDP_REUSEPORT), 0);
  assert_int_equal(uv_udp_bind(&third, plain(&any), 0), UV_EADDRINUSE);
  gy_test_close_loop(&loop);
}

static void test_ipv6_takes_the_port_of_ipv4_unless_told_otherwise(
    void** state) {
  struct sockaddr_in any4 = address_of(INADDR_ANY, 0);
  struct sockaddr_in6 any6;

  (void)state;
  loop_open();
  open_udp6(); /* or skip */
  for (unsigned flags = 0; flags <= UV_UDP_IPV6ONLY; flags++) {
    static uv_udp_t of6[UV_UDP_IPV6ONLY + 1];
    static uv_udp_t of4[UV_UDP_IPV6ONLY + 1];
    any6 = address6_of(in6addr_any, 0);
    assert_int_equal(uv_udp_init(&loop, &of6[flags]), 0);
    assert_int_equal(uv_udp_bind(&of6[flags], plain(&any6), flags), 0);
    any4.sin_port = htons(port_of_udp(&of6[flags]));
    assert_int_equal(uv_udp_init(&loop, &of4[flags]), 0);
    assert_int_equal(uv_udp_bind(&of4[flags], plain(&any4), 0),
                     flags == 0 ? UV_EADDRINUSE : 0);
  }
  gy_test_close_loop(&loop);
}

/* ---- groups
 * ------------------------------------------------------------------ */

/* Make |udp| one that hears of |port| at any address. */
static void open_at_any(void) {
  struct sockaddr_in any = address_of(INADDR_ANY, 0);

  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(uv_udp_bind(&udp, plain(&any), 0), 0);
}

static void test_source_that_was_not_chosen_is_not_heard(void** state) {
  struct sockaddr_in second = address_of(INADDR_LOOPBACK + 1, 0);
  struct sockaddr_in group;
  uv_udp_t chosen;

  (void)state;
  loop_open();
  open_at_any();
  (void)open_udp(&other, 0);
  assert_int_equal(uv_udp_init(&loop, &chosen), 0);
  if (uv_udp_bind(&chosen, plain(&second), 0) != 0)
    gy_test_skip("127.0.0.2 is not of this host");
  assert_int_equal(uv_udp_set_multicast_interface(&other, "127.0.0.1"), 0);
  assert_int_equal(uv_udp_set_multicast_interface(&chosen, "127.0.0.1"), 0);
  assert_int_equal(uv_udp_set_source_membership(&udp, "239.1.1.11", "127.0.0.1",
                                                "127.0.0.2", UV_JOIN_GROUP),
                   0);
  group = address_of(0xef01010b, port_of_udp(&udp)); /* 239.1.1.11 */
  start_udp(&udp);
  send_now(&other, "stranger", &group);
  send_now(&chosen, "friend", &group);
  run_until(&told_count);
  run_turns(2);
  assert_told("'friend'/0");
  assert_int_equal(uv_udp_set_source_membership(&udp, "239.1.1.11", "127.0.0.1",
                                                "127.0.0.2", UV_LEAVE_GROUP),
                   0);
  gy_test_close_loop(&loop);
}

/* "::1%lo", whatever it is called here. */
static const char* loopback6(void) {
  static char text_of_it[UV_IF_NAMESIZE + sizeof("::1%")];
  char name[UV_IF_NAMESIZE];
  size_t size = sizeof(name);

  assert_int_equal(uv_if_indextoname(1, name, &size), 0);
  snprintf(text_of_it, sizeof(text_of_it), "::1%%%s", name);
  return text_of_it;
}

static int member6(uv_membership membership) {
  return uv_udp_set_membership(&udp, "ff01::7", loopback6(), membership);
}

static int member6_of(const char* source, uv_membership membership) {
  return uv_udp_set_source_membership(&udp, "ff01::8", loopback6(), source,
                                      membership);
}

static void test_groups_of_ipv6_are_joined_and_left(void** state) {
  (void)state;
  loop_open();
  open_udp6();
  assert_int_equal(member6(UV_JOIN_GROUP), 0);
  assert_int_equal(member6(UV_JOIN_GROUP), UV_EADDRINUSE);
  assert_int_equal(member6(UV_LEAVE_GROUP), 0);
  assert_int_equal(member6(UV_LEAVE_GROUP), UV_EADDRNOTAVAIL);
  assert_int_equal(member6_of("::1", UV_JOIN_GROUP), 0);
  assert_int_equal(member6_of("::1", UV_LEAVE_GROUP), 0);
  assert_int_equal(member6_of("127.0.0.1", UV_JOIN_GROUP), UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_groups_of_ipv6_are_reached_by_an_interface(void** state) {
  (void)state;
  loop_open();
  open_udp6();
  assert_int_equal(uv_udp_set_multicast_interface(&udp, loopback6()), 0);
  assert_int_equal(option_of(&udp, IPPROTO_IPV6, IPV6_MULTICAST_IF), 1);
  assert_int_equal(uv_udp_set_multicast_interface(&udp, "x"), UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_all_are_only_addressed_by_who_said_so(void** state) {
  struct sockaddr_in all = address_of(0x7fffffff, 0); /* 127.255.255.255 */
  uv_buf_t buf = text("all");

  (void)state;
  loop_open();
  open_at_any();
  (void)open_udp(&other, 0);
  all.sin_port = htons(port_of_udp(&udp));
  start_udp(&udp);
  if (uv_udp_try_send(&other, &buf, 1, plain(&all)) != UV_EACCES)
    gy_test_skip("there is no broadcast over loopback");
  assert_int_equal(uv_udp_set_broadcast(&other, 1), 0);
  send_now(&other, "all", &all);
  run_until(&told_count);
  assert_told("'all'/0");
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_numbers_reach_a_socket_of_ipv4),
    cmocka_unit_test(test_numbers_reach_a_socket_of_ipv6),
    cmocka_unit_test(test_port_is_shared_by_handles_that_all_want_it),
    cmocka_unit_test(test_ipv6_takes_the_port_of_ipv4_unless_told_otherwise),
    cmocka_unit_test(test_source_that_was_not_chosen_is_not_heard),
    cmocka_unit_test(test_groups_of_ipv6_are_joined_and_left),
    cmocka_unit_test(test_groups_of_ipv6_are_reached_by_an_interface),
    cmocka_unit_test(test_all_are_only_addressed_by_who_said_so),
};

GY_TEST_MAIN(tests)
