/* text.c - tests of UTF-16 to WTF-8 and back. */
#include "support/test.h"

enum {
  MARK = '#', /* what is behind the room, and must stay */
  CODES = 0x110000
};

typedef struct {
  const char* wtf8;
  uint16_t utf16[8]; /* a 0 unit at the end */
} pair_t;

/* Each is the other. */
static const pair_t pairs[] = {
    {"", {0}},
    {"a", {'a'}},
    {"\x7f", {0x7f}},
    {"\xc2\x80", {0x80}},
    {"\xc3\xa4\xc3\xb6", {0xe4, 0xf6}},
    {"\xdf\xbf", {0x7ff}},
    {"\xe0\xa0\x80", {0x800}},
    {"\xe2\x82\xac", {0x20ac}},
    {"\xef\xbf\xbf", {0xffff}},
    {"\xf0\x90\x80\x80", {0xd800, 0xdc00}},
    {"\xf0\x9f\x98\x80!", {0xd83d, 0xde00, '!'}},
    {"\xf4\x8f\xbf\xbf", {0xdbff, 0xdfff}},
    /* Halves of a pair, which WTF-8 has a form for and UTF-8 has not. */
    {"\xed\xa0\x80", {0xd800}},
    {"\xed\xbf\xbf", {0xdfff}},
    {"a\xed\xa0\xbdz", {'a', 0xd83d, 'z'}},
    {"\xed\xb8\x80\xed\xa0\xbd", {0xde00, 0xd83d}},
    {"\xed\xa0\x80\xf0\x90\x80\x80", {0xd800, 0xd800, 0xdc00}},
};

static size_t units_of(const uint16_t* utf16) {
  size_t count = 0;

  while (utf16[count] != 0) {
    count++;
  }
  return count;
}

static void test_every_pair_is_as_long_as_it_is(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(pairs); i++) {
    size_t units = units_of(pairs[i].utf16);
    size_t bytes = strlen(pairs[i].wtf8);
    assert_int_equal(uv_utf16_length_as_wtf8(pairs[i].utf16, -1), bytes);
    assert_int_equal(uv_utf16_length_as_wtf8(pairs[i].utf16, (ssize_t)units),
                     bytes);
    assert_int_equal(uv_wtf8_length_as_utf16(pairs[i].wtf8), units + 1);
  }
}

static void test_units_become_bytes_in_memory_of_the_caller(void** state) {
  char buffer[32];
  char* at = buffer;

  (void)state;
  for (size_t i = 0; i < COUNT_OF(pairs); i++) {
    size_t length = strlen(pairs[i].wtf8);
    size_t room = length;
    memset(buffer, MARK, sizeof(buffer));
    assert_int_equal(uv_utf16_to_wtf8(pairs[i].utf16, -1, &at, &room), 0);
    assert_ptr_equal(at, buffer);
    assert_int_equal(room, length);
    assert_string_equal(buffer, pairs[i].wtf8);
    assert_int_equal(buffer[length + 1], MARK);
  }
}

static void test_units_become_bytes_in_memory_of_the_library(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(pairs); i++) {
    char* made = NULL;
    size_t length = 12345;
    assert_int_equal(uv_utf16_to_wtf8(pairs[i].utf16, -1, &made, &length), 0);
    assert_string_equal(made, pairs[i].wtf8);
    assert_int_equal(length, strlen(made));
    free(made);
    made = NULL;
    assert_int_equal(uv_utf16_to_wtf8(pairs[i].utf16, -1, &made, NULL), 0);
    assert_string_equal(made, pairs[i].wtf8);
    free(made);
  }
}

static void test_without_a_buffer_only_the_length_is_told(void** state) {
  size_t length = 0;

  (void)state;
  for (size_t i = 0; i < COUNT_OF(pairs); i++) {
    assert_int_equal(uv_utf16_to_wtf8(pairs[i].utf16, -1, NULL, &length), 0);
    assert_int_equal(length, strlen(pairs[i].wtf8));
  }
}

/* With every room that is too small, what fits is there, whole code points
 * only, and nothing behind the room is written. */
static void test_too_small_a_room_is_told_the_whole_length(void** state) {
  static const uint16_t units[] = {'a', 0xe4, 0x20ac, 0xd83d, 0xde00, 'z', 0};
  static const char bytes[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";
  static const size_t fits[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
  const size_t length = sizeof(bytes) - 1;

  (void)state;
  for (size_t room = 0; room < length; room++) {
    char buffer[32];
    char* at = buffer;
    size_t told = room;
    memset(buffer, MARK, sizeof(buffer));
    assert_int_equal(uv_utf16_to_wtf8(units, -1, &at, &told), UV_ENOBUFS);
    assert_int_equal(told, length);
    assert_int_equal(strlen(buffer), fits[room]);
    assert_memory_equal(buffer, bytes, fits[room]);
    assert_int_equal(buffer[room + 1], MARK);
  }
}

static void test_units_of_a_given_length_may_be_zero(void** state) {
  static const uint16_t units[] = {'a', 0, 'b', 0xd83d};
  char* made = NULL;
  size_t length;

  (void)state;
  assert_int_equal(uv_utf16_length_as_wtf8(units, -1), 1);
  assert_int_equal(uv_utf16_length_as_wtf8(units, 3), 3);
  assert_int_equal(uv_utf16_length_as_wtf8(units, 4), 6);
  assert_int_equal(uv_utf16_to_wtf8(units, 3, &made, &length), 0);
  assert_int_equal(length, 3);
  assert_memory_equal(made, "a\0b", 4);
  free(made);
}

/* The second half is behind the end, and must not be looked at. */
static void test_a_pair_that_is_cut_by_the_length_is_a_half(void** state) {
  uint16_t* units = malloc(sizeof(*units));
  size_t length;

  (void)state;
  assert_non_null(units);
  units[0] = 0xd83d;
  assert_int_equal(uv_utf16_length_as_wtf8(units, 1), 3);
  assert_int_equal(uv_utf16_to_wtf8(units, 1, NULL, &length), 0);
  assert_int_equal(length, 3);
  free(units);
}

static void test_bytes_become_units(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(pairs); i++) {
    uint16_t units[16];
    size_t room = (size_t)uv_wtf8_length_as_utf16(pairs[i].wtf8);
    memset(units, MARK, sizeof(units));
    uv_wtf8_to_utf16(pairs[i].wtf8, units, room);
    assert_memory_equal(units, pairs[i].utf16, room * sizeof(units[0]));
    assert_int_equal(units[room], MARK << 8 | MARK);
  }
}

static void test_what_is_no_wtf8_has_no_length(void** state) {
  static const char* const bad[] = {"\x80",         /* begins in the middle */
                                    "\xbf",         /**/
                                    "\xc3",         /* cut off */
                                    "\xe2\x82",     /**/
                                    "\xf0\x9f\x98", /**/
                                    "\xc3z",        /* left before its end */
                                    "\xe2\x82z",    /**/
                                    "\xc0\x80",     /* too long a form of 0 */
                                    "\xc1\xbf",     /**/
                                    "\xe0\x80\x80", /**/
                                    "\xe0\x9f\xbf", /**/
                                    "\xf0\x80\x80\x80", /**/
                                    "\xf0\x8f\xbf\xbf", /**/
                                    "\xf4\x90\x80\x80", /* beyond Unicode */
                                    "\xf7\xbf\xbf\xbf", /**/
                                    "\xf8\x88\x80\x80\x80",
                                    "\xfe",
                                    "\xff",
                                    "good until here \xff"};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    assert_true(uv_wtf8_length_as_utf16(bad[i]) < 0);
  }
}

static void test_every_code_point_comes_back(void** state) {
  (void)state;
  for (uint32_t code = 1; code < CODES; code++) {
    uint16_t units[3] = {(uint16_t)code, 0, 0};
    uint16_t back[4];
    char buffer[8];
    char* at = buffer;
    size_t length = 4;
    ssize_t count;
    if (code >= 0x10000) {
      units[0] = (uint16_t)(0xd800 | (code - 0x10000) >> 10);
      units[1] = (uint16_t)(0xdc00 | (code & 0x3ff));
    }
    if (uv_utf16_to_wtf8(units, -1, &at, &length) != 0) {
      fail_msg("no form for %x", code);
    }
    count = uv_wtf8_length_as_utf16(buffer);
    if (count != (code < 0x10000 ? 2 : 3)) {
      fail_msg("%x has %d units", code, (int)count);
    }
    uv_wtf8_to_utf16(buffer, back, (size_t)count);
    if (memcmp(back, units, (size_t)count * sizeof(*back)) != 0) {
      fail_msg("%x comes back as another", code);
    }
  }
}

static void test_null_is_invalid(void** state) {
  static const uint16_t units[] = {'a', 0};
  char buffer[4];
  char* at = buffer;
  uint16_t unit = MARK;
  size_t size = sizeof(buffer);

  (void)state;
  assert_int_equal(uv_utf16_length_as_wtf8(NULL, 4), 0);
  assert_int_equal(uv_utf16_to_wtf8(NULL, 4, &at, &size), UV_EINVAL);
  assert_int_equal(uv_utf16_to_wtf8(units, -1, NULL, NULL), UV_EINVAL);
  assert_int_equal(uv_utf16_to_wtf8(units, -1, &at, NULL), UV_EINVAL);
  assert_true(uv_wtf8_length_as_utf16(NULL) < 0);
  uv_wtf8_to_utf16("a", &unit, 0);
  assert_int_equal(unit, MARK);
  uv_wtf8_to_utf16("a", NULL, 2);
  uv_wtf8_to_utf16(NULL, &unit, 1);
  assert_int_equal(unit, MARK);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_pair_is_as_long_as_it_is),
    cmocka_unit_test(test_units_become_bytes_in_memory_of_the_caller),
    cmocka_unit_test(test_units_become_bytes_in_memory_of_the_library),
    cmocka_unit_test(test_without_a_buffer_only_the_length_is_told),
    cmocka_unit_test(test_too_small_a_room_is_told_the_whole_length),
    cmocka_unit_test(test_units_of_a_given_length_may_be_zero),
    cmocka_unit_test(test_a_pair_that_is_cut_by_the_length_is_a_half),
    cmocka_unit_test(test_bytes_become_units),
    cmocka_unit_test(test_what_is_no_wtf8_has_no_length),
    cmocka_unit_test(test_every_code_point_comes_back),
    cmocka_unit_test(test_null_is_invalid),
};

GY_TEST_MAIN(tests)
