/* inet.c - tests of addresses as text, and of text as addresses. */
#include "support/test.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

enum {
  ROOM = 64,
  RANDOM_ADDRESSES = 20000,
  RANDOM_TEXTS = 200000
};

static char room[ROOM];

static bool is_filled_with(const void* memory, size_t size, char byte) {
  const char* bytes = memory;

  for (size_t i = 0; i < size; i++) {
    if (bytes[i] != byte) {
      return false;
    }
  }
  return true;
}

/* Steps of a generator that is the same everywhere. */
static uint32_t next_random(void) {
  static uint32_t seed = 2463534242u;

  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

/* ---- reading ------------------------------------------------------------- */

static void test_four_decimal_numbers_are_an_ip4_address(void** state) {
  unsigned char bytes[5] = {9, 9, 9, 9, 9};

  (void)state;
  assert_int_equal(uv_inet_pton(AF_INET, "0.10.200.255", bytes), 0);
  assert_memory_equal(bytes, "\x00\x0a\xc8\xff\x09", 5);
}

static void test_what_is_no_ip4_address_is_invalid_and_nothing_is_written(
    void** state) {
  static const char* const texts[] = {"",          "1",
                                      "1.2.3",     "1.2.3.4.5",
                                      "1.2.3.",    ".1.2.3",
                                      "1..2.3",    "1.2.3.256",
                                      "1.2.3.999", "1.2.3.1000",
                                      "01.2.3.4",  "1.2.3.00",
                                      "1.2.3.04",  " 1.2.3.4",
                                      "1.2.3.4 ",  "0x1.2.3.4",
                                      "1.2.3.a",   "1.2.3.4%e",
                                      "1.2.3.4/8", "1,2,3,4",
                                      "-1.2.3.4",  "1.2.3.+4",
                                      "::1",       "127.1",
                                      "1.2.3.4.",  "1.2.3.4294967297"};
  char bytes[4];

  (void)state;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(uv_inet_pton(AF_INET, texts[i], bytes), UV_EINVAL);
    assert_true(is_filled_with(bytes, sizeof(bytes), 'x'));
  }
}

static void test_ip6_addresses_of_all_forms_are_read(void** state) {
  static const struct {
    const char* text;
    const char bytes[17];
  } rows[] = {{"::", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
              {"::1", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"},
              {"1::", "\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
              {"1:2:3:4:5:6:7:8", "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\x08"},
              {"1:2:3:4:5:6:7::", "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\0"},
              {"::2:3:4:5:6:7:8", "\0\0\0\2\0\3\0\4\0\5\0\6\0\7\0\x08"},
              {"1:2:3::5:6:7:8", "\0\1\0\2\0\3\0\0\0\5\0\6\0\7\0\x08"},
              {"0001:ABCD::abcd", "\0\1\xab\xcd\0\0\0\0\0\0\0\0\0\0\xab\xcd"},
              {"::ffff:1.2.3.4", "\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4"},
              {"1:2:3:4:5:6:1.2.3.4", "\0\1\0\2\0\3\0\4\0\5\0\6\1\2\3\4"},
              {"1:2:3:4:5::1.2.3.4", "\0\1\0\2\0\3\0\4\0\5\0\0\1\2\3\4"},
              {"fe80::1%", "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"},
              {"fe80::1%eth0", "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"},
              {"::1.2.3.4%eth0", "\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\4"},
              {"fe80:0000:0000:0000:0000:0000:255.255.255.255%eth0",
               "\xfe\x80\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff"}};
  unsigned char bytes[16];

  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    assert_int_equal(uv_inet_pton(AF_INET6, rows[i].text, bytes), 0);
    assert_memory_equal(bytes, rows[i].bytes, sizeof(bytes));
  }
}

static void test_what_is_no_ip6_address_is_invalid_and_nothing_is_written(
    void** state) {
  static const char* const texts[] = {"",
                                      ":",
                                      ":::",
                                      ":1",
                                      "1:",
                                      "1:2:3",
                                      "::1:",
                                      "1::2::3",
                                      "1:2:3:4:5:6:7:",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4::5:6:7:8",
                                      "1:2:3:4:5:6:7:8::",
                                      "::2:3:4:5:6:7:8:9",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "1:2:3:4:5:6::1.2.3.4",
                                      "::1.2.3",
                                      "::1.2.3.4:5",
                                      "::1.2.3.4.5",
                                      "::01.2.3.4",
                                      "::256.1.1.1",
                                      "::.1.2.3",
                                      "1.2.3.4",
                                      "12345::",
                                      "00001::",
                                      "g::",
                                      "::-1",
                                      "::1 ",
                                      " ::1",
                                      "[::1]",
                                      "%lo",
                                      "::1\xff"};
  char bytes[16];

  (void)state;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(uv_inet_pton(AF_INET6, texts[i], bytes), UV_EINVAL);
    assert_true(is_filled_with(bytes, sizeof(bytes), 'x'));
  }
}

/* The C library's inet_pton() may be laxer than ours about leading zeros, but
 * it never takes what it should not, and both read the same. */
static void test_random_texts_are_read_as_the_c_library_reads_them(
    void** state) {
  static const char characters[] = "0011258fFa:::...";
  char text[24];
  char ours[16];
  char theirs[16];
  int read_count = 0;

  (void)state;
  for (int round = 0; round < RANDOM_TEXTS; round++) {
    int af = round % 2 == 0 ? AF_INET : AF_INET6;
    size_t length = next_random() % (sizeof(text) - 1);
    for (size_t i = 0; i < length; i++) {
      text[i] = characters[next_random() % (sizeof(characters) - 1)];
    }
    text[length] = '\0';
    if (uv_inet_pton(af, text, ours) == 0) {
      assert_int_equal(inet_pton(af, text, theirs), 1);
      assert_memory_equal(ours, theirs, af == AF_INET ? 4 : 16);
      read_count++;
    } else if (inet_pton(af, text, theirs) == 1) {
      assert_non_null(strchr(text, '0'));
    }
  }
  assert_true(read_count > 0);
}

static void test_other_families_and_null_are_refused(void** state) {
  struct sockaddr unknown = {0};
  struct sockaddr_in address;
  char bytes[16] = {0};

  (void)state;
  assert_int_equal(uv_inet_pton(AF_UNIX, "1.2.3.4", bytes), UV_EAFNOSUPPORT);
  assert_int_equal(uv_inet_pton(AF_INET, NULL, bytes), UV_EINVAL);
  assert_int_equal(uv_inet_pton(AF_INET6, NULL, bytes), UV_EINVAL);
  assert_int_equal(uv_inet_ntop(AF_UNIX, bytes, room, ROOM), UV_EAFNOSUPPORT);
  unknown.sa_family = AF_UNIX;
  assert_int_equal(uv_ip_name(&unknown, room, ROOM), UV_EAFNOSUPPORT);
  assert_int_equal(uv_ip4_addr(NULL, 1, &address), UV_EINVAL);
}

/* ---- writing ------------------------------------------------------------- */

static void test_addresses_are_written_in_their_shortest_form(void** state) {
  static const struct {
    const char* text; /* in some form */
    const char* shortest;
  } rows[] = {{"0:0:0:0:0:0:0:0", "::"},
              {"0:0:0:0:0:0:0:1", "::1"},
              {"0:0:0:0:0:0:0:102", "::102"},
              {"1:0:0:0:0:0:0:0", "1::"},
              {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
              {"1:0:0:2:3:0:0:4", "1::2:3:0:0:4"},
              {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
              {"0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"},
              {"1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"},
              {"1:1:1:1:1:1:0:0", "1:1:1:1:1:1::"},
              {"0:0:1:1:1:1:1:1", "::1:1:1:1:1:1"},
              {"0:0:0:0:0:ffff:102:304", "::ffff:1.2.3.4"},
              {"0:0:0:0:0:ffff:0:0", "::ffff:0.0.0.0"},
              {"0:0:0:0:0:0:102:304", "::1.2.3.4"},
              {"0:0:0:0:0:7:102:304", "::7:102:304"},
              {"0:0:0:0:ffff:0:102:304", "::ffff:0:102:304"},
              {"64:ff9b:0:0:0:0:102:304", "64:ff9b::102:304"},
              {"ABCD:00EF:0:0:0:0:0:0", "abcd:ef::"},
              {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
               "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}};
  char bytes[16];

  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    assert_int_equal(uv_inet_pton(AF_INET6, rows[i].text, bytes), 0);
    assert_int_equal(uv_inet_ntop(AF_INET6, bytes, room, ROOM), 0);
    assert_string_equal(room, rows[i].shortest);
  }
}

static void test_a_text_that_does_not_fit_is_not_begun(void** state) {
  struct sockaddr_in ip4;
  struct sockaddr_in6 ip6;

  (void)state;
  assert_int_equal(uv_ip4_addr("255.0.10.9", 1, &ip4), 0);
  assert_int_equal(uv_ip6_addr("fe80::ff:1", 1, &ip6), 0);
  for (size_t size = 0; size <= strlen("255.0.10.9"); size++) {
    memset(room, 'x', ROOM);
    assert_int_equal(uv_ip4_name(&ip4, room, size), UV_ENOSPC);
    assert_int_equal(uv_ip6_name(&ip6, room, size), UV_ENOSPC);
    assert_true(is_filled_with(room, ROOM, 'x'));
  }
  assert_int_equal(uv_ip4_name(&ip4, room, strlen("255.0.10.9") + 1), 0);
  assert_string_equal(room, "255.0.10.9");
  assert_int_equal(uv_ip6_name(&ip6, room, strlen("fe80::ff:1") + 1), 0);
  assert_string_equal(room, "fe80::ff:1");
}

static void test_every_address_survives_being_written_and_read(void** state) {
  unsigned char before[16];
  unsigned char after[16];
  unsigned char theirs[16];

  (void)state;
  for (int round = 0; round < RANDOM_ADDRESSES; round++) {
    for (size_t i = 0; i < sizeof(before); i++) {
      uint32_t random = next_random();
      before[i] = random % 3 == 0 ? (unsigned char)(random >> 8) : 0;
    }
    assert_int_equal(uv_inet_ntop(AF_INET6, before, room, INET6_ADDRSTRLEN), 0);
    assert_int_equal(uv_inet_pton(AF_INET6, room, after), 0);
    assert_memory_equal(before, after, sizeof(before));
    assert_int_equal(inet_pton(AF_INET6, room, theirs), 1);
    assert_memory_equal(before, theirs, sizeof(before));
  }
}

/* ---- socket addresses -----------------------------------------------------
 */

static void test_a_socket_address_has_family_port_and_nothing_else(
    void** state) {
  struct sockaddr_in ip4;
  struct sockaddr_in6 ip6;

  (void)state;
  memset(&ip4, 'x', sizeof(ip4));
  assert_int_equal(uv_ip4_addr("1.2.3.4", 80, &ip4), 0);
  assert_int_equal(ip4.sin_family, AF_INET);
  assert_int_equal(ntohs(ip4.sin_port), 80);
  assert_int_equal(ntohl(ip4.sin_addr.s_addr), 0x01020304);
  assert_true(is_filled_with(ip4.sin_zero, sizeof(ip4.sin_zero), 0));
  memset(&ip6, 'x', sizeof(ip6));
  assert_int_equal(uv_ip6_addr("::1", 65535, &ip6), 0);
  assert_int_equal(ip6.sin6_family, AF_INET6);
  assert_int_equal(ntohs(ip6.sin6_port), 65535);
  assert_int_equal(ip6.sin6_flowinfo, 0);
  assert_int_equal(ip6.sin6_scope_id, 0);
}

static void test_a_bad_text_leaves_the_unspecified_address(void** state) {
  struct sockaddr_in ip4;
  struct sockaddr_in6 ip6;

  (void)state;
  memset(&ip4, 'x', sizeof(ip4));
  assert_int_equal(uv_ip4_addr("1.2.3", 80, &ip4), UV_EINVAL);
  assert_int_equal(ip4.sin_addr.s_addr, 0);
  memset(&ip6, 'x', sizeof(ip6));
  assert_int_equal(uv_ip6_addr("1.2.3.4%x", 80, &ip6), UV_EINVAL);
  assert_true(is_filled_with(&ip6.sin6_addr, sizeof(ip6.sin6_addr), 0));
}

static void test_a_scope_is_the_name_of_an_interface(void** state) {
  struct sockaddr_in6 address;
  char name[IF_NAMESIZE];
  char text[ROOM];

  (void)state;
  if (if_indextoname(1, name) == NULL) {
    gy_test_skip("there is no first interface");
  }
  (void)snprintf(text, sizeof(text), "fe80::1%%%s", name);
  assert_int_equal(uv_ip6_addr(text, 1, &address), 0);
  assert_int_equal(address.sin6_scope_id, 1);
  assert_int_equal(uv_ip6_name(&address, room, ROOM), 0);
  assert_string_equal(room, "fe80::1");
}

static void test_an_unknown_scope_is_scope_0(void** state) {
  static const char* const texts[] = {
      "fe80::1%", "fe80::1%no-such", "fe80::1%%", "fe80::1%99999999999999",
      "fe80::1%a-name-that-is-longer-than-any-interface-may-have-one-here"};
  struct sockaddr_in6 address;

  (void)state;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    assert_int_equal(uv_ip6_addr(texts[i], 1, &address), 0);
    assert_int_equal(address.sin6_scope_id, 0);
  }
}

static void test_the_name_of_an_address_goes_by_its_family(void** state) {
  union {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
  } address;

  (void)state;
  assert_int_equal(uv_ip4_addr("1.2.3.4", 80, &address.ip4), 0);
  assert_int_equal(uv_ip_name(&address.any, room, ROOM), 0);
  assert_string_equal(room, "1.2.3.4");
  assert_int_equal(uv_ip6_addr("::1", 80, &address.ip6), 0);
  assert_int_equal(uv_ip_name(&address.any, room, ROOM), 0);
  assert_string_equal(room, "::1");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_four_decimal_numbers_are_an_ip4_address),
    cmocka_unit_test(
        test_what_is_no_ip4_address_is_invalid_and_nothing_is_written),
    cmocka_unit_test(test_ip6_addresses_of_all_forms_are_read),
    cmocka_unit_test(
        test_what_is_no_ip6_address_is_invalid_and_nothing_is_written),
    cmocka_unit_test(test_random_texts_are_read_as_the_c_library_reads_them),
    cmocka_unit_test(test_other_families_and_null_are_refused),
    cmocka_unit_test(test_addresses_are_written_in_their_shortest_form),
    cmocka_unit_test(test_a_text_that_does_not_fit_is_not_begun),
    cmocka_unit_test(test_every_address_survives_being_written_and_read),
    cmocka_unit_test(test_a_socket_address_has_family_port_and_nothing_else),
    cmocka_unit_test(test_a_bad_text_leaves_the_unspecified_address),
    cmocka_unit_test(test_a_scope_is_the_name_of_an_interface),
    cmocka_unit_test(test_an_unknown_scope_is_scope_0),
    cmocka_unit_test(test_the_name_of_an_address_goes_by_its_family),
};

GY_TEST_MAIN(tests)
