/* interfaces.c - tests of the network interfaces and their names. */
#include "support/test.h"

#include <net/if.h>

static uv_interface_address_t* addresses;
static int count;

/* The first address of a loopback interface, or a skip. */
static const uv_interface_address_t* find_loopback(void) {
  assert_int_equal(uv_interface_addresses(&addresses, &count), 0);
  for (int i = 0; i < count; i++) {
    if (addresses[i].is_internal) {
      return &addresses[i];
    }
  }
  gy_test_skip("there is no loopback interface");
  return NULL;
}

static void test_loopback_is_internal_and_has_no_hardware_address(
    void** state) {
  const uv_interface_address_t* loopback = find_loopback();

  (void)state;
  assert_memory_equal(loopback->phys_addr, "\0\0\0\0\0\0", 6);
  assert_int_equal(loopback->is_internal, 1);
  assert_true(if_nametoindex(loopback->name) > 0);
  uv_free_interface_addresses(addresses, count);
}

static void test_every_address_has_a_name_and_a_netmask_of_its_family(
    void** state) {
  char text[64];

  (void)state;
  assert_int_equal(uv_interface_addresses(&addresses, &count), 0);
  for (int i = 0; i < count; i++) {
    int family = addresses[i].address.address4.sin_family;
    assert_true(family == AF_INET || family == AF_INET6);
    assert_int_equal(addresses[i].netmask.netmask4.sin_family, family);
    assert_true(strlen(addresses[i].name) > 0);
    assert_int_equal(
        uv_ip_name((const struct sockaddr*)&addresses[i].address, text, 64), 0);
    assert_int_equal(
        uv_ip_name((const struct sockaddr*)&addresses[i].netmask, text, 64), 0);
  }
  uv_free_interface_addresses(addresses, count);
}

static void test_freeing_nothing_does_nothing(void** state) {
  (void)state;
  uv_free_interface_addresses(NULL, 0);
}

static void test_null_is_invalid(void** state) {
  char name[UV_IF_NAMESIZE];
  size_t size = sizeof(name);

  (void)state;
  assert_int_equal(uv_interface_addresses(NULL, &count), UV_EINVAL);
  assert_int_equal(uv_interface_addresses(&addresses, NULL), UV_EINVAL);
  assert_int_equal(uv_if_indextoname(1, NULL, &size), UV_EINVAL);
  assert_int_equal(uv_if_indextoname(1, name, NULL), UV_EINVAL);
  assert_int_equal(uv_if_indextoiid(1, NULL, &size), UV_EINVAL);
  assert_int_equal(uv_if_indextoiid(1, name, NULL), UV_EINVAL);
}

typedef int (*ask_t)(unsigned int index, char* buffer, size_t* size);

/* What |ask| says of the interface |index| with every size of a buffer. */
static void check_all_sizes(ask_t ask, unsigned int index, const char* name) {
  char buffer[UV_IF_NAMESIZE];
  size_t length = strlen(name);

  for (size_t room = 1; room <= sizeof(buffer); room++) {
    size_t size = room;
    memset(buffer, 'x', sizeof(buffer));
    if (room <= length) {
      assert_int_equal(ask(index, buffer, &size), UV_ENOBUFS);
      assert_int_equal(size, length + 1);
      assert_int_equal(buffer[0], 'x');
    } else {
      assert_int_equal(ask(index, buffer, &size), 0);
      assert_int_equal(size, length);
      assert_string_equal(buffer, name);
    }
  }
}

static void test_name_of_an_interface_says_how_much_room_it_takes(
    void** state) {
  const char* name = find_loopback()->name;
  unsigned int index = if_nametoindex(name);

  (void)state;
  check_all_sizes(uv_if_indextoname, index, name);
  check_all_sizes(uv_if_indextoiid, index, name);
  uv_free_interface_addresses(addresses, count);
}

static void test_a_buffer_of_no_size_is_invalid(void** state) {
  char buffer[UV_IF_NAMESIZE] = "x";
  size_t size = 0;

  (void)state;
  assert_int_equal(uv_if_indextoname(1, buffer, &size), UV_EINVAL);
  assert_int_equal(uv_if_indextoiid(1, buffer, &size), UV_EINVAL);
  assert_int_equal(size, 0);
  assert_string_equal(buffer, "x");
}

static void test_an_interface_that_is_not_there_is_enxio(void** state) {
  char buffer[UV_IF_NAMESIZE] = "x";
  size_t size = sizeof(buffer);

  (void)state;
  assert_int_equal(uv_if_indextoname(0, buffer, &size), UV_ENXIO);
  assert_int_equal(uv_if_indextoname(0x7ffffff0, buffer, &size), UV_ENXIO);
  assert_int_equal(uv_if_indextoiid(0, buffer, &size), UV_ENXIO);
  assert_int_equal(size, sizeof(buffer));
  assert_string_equal(buffer, "x");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_loopback_is_internal_and_has_no_hardware_address),
    cmocka_unit_test(test_every_address_has_a_name_and_a_netmask_of_its_family),
    cmocka_unit_test(test_freeing_nothing_does_nothing),
    cmocka_unit_test(test_null_is_invalid),
    cmocka_unit_test(test_name_of_an_interface_says_how_much_room_it_takes),
    cmocka_unit_test(test_a_buffer_of_no_size_is_invalid),
    cmocka_unit_test(test_an_interface_that_is_not_there_is_enxio),
};

GY_TEST_MAIN(tests)
