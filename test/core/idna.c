/* idna.c - tests of host names beyond ASCII, from the inside. */
#include "support/test.h"

#include "idna.h"
#include "unix/sys-names.h"

#include <errno.h>

static char ascii[GY_IDNA_SIZE];

/* Write |count| times |piece|, and then |tail|. */
static char* repeat(const char* piece, size_t count, const char* tail) {
  size_t size = strlen(piece);
  char* name = malloc(size * count + strlen(tail) + 1);

  assert_non_null(name);
  for (size_t i = 0; i < count; i++) {
    memcpy(name + size * i, piece, size);
  }
  memcpy(name + size * count, tail, strlen(tail) + 1);
  return name;
}

/* The length of what comes of |count| times |piece| and |tail|, or UV_E*. */
static int length_of(const char* piece, size_t count, const char* tail) {
  char* name = repeat(piece, count, tail);
  int length = gy_idna_to_ascii(name, ascii);

  if (length >= 0) {
    assert_int_equal(strlen(ascii), length);
  }
  free(name);
  return length;
}

static void test_ascii_stays_as_it_is(void** state) {
  static const char* const names[] = {
      "a",   "localhost", "Example.COM.", "..",      ".a",
      "a b", "xn--4ca",   "\x01\x7f",     "a_b-.-c", "a..b"};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    assert_int_equal(gy_idna_to_ascii(names[i], ascii), strlen(names[i]));
    assert_string_equal(ascii, names[i]);
  }
}

/* The first rows are the samples of RFC 3492, section 7.1, but for those that
 * keep a capital in the encoded part, which is decoration. */
static void test_other_labels_become_punycode(void** state) {
  static const struct {
    const char* name;
    const char* ascii;
  } rows[] = {
      {"\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8"
       "\x8d\xe8\xaf\xb4\xe4\xb8\xad\xe6\x96\x87",
       "xn--ihqwcrb4cv8a8dqg056pqjye"},
      {"\xe4\xbb\x96\xe5\x80\x91\xe7\x88\xb2\xe4\xbb\x80\xe9\xba\xbd\xe4\xb8"
       "\x8d\xe8\xaa\xaa\xe4\xb8\xad\xe6\x96\x87",
       "xn--ihqwctvzc91f659drss3x8bo0yb"},
      {"3\xe5\xb9\xb4"
       "B\xe7\xb5\x84\xe9\x87\x91\xe5\x85\xab\xe5\x85\x88"
       "\xe7\x94\x9f",
       "xn--3B-ww4c5e180e575a65lsy2b"},
      {"\xe3\x81\xb2\xe3\x81\xa8\xe3\x81\xa4\xe5\xb1\x8b\xe6\xa0\xb9\xe3\x81"
       "\xae\xe4\xb8\x8b"
       "2",
       "xn--2-u9tlzr9756bt3uc0v"},
      {"Maji\xe3\x81\xa7Koi\xe3\x81\x99\xe3\x82\x8b"
       "5\xe7\xa7\x92\xe5\x89"
       "\x8d",
       "xn--MajiKoi5-783gue6qz075azm5e"},
      {"\xe3\x81\x9d\xe3\x81\xae\xe3\x82\xb9\xe3\x83\x94\xe3\x83\xbc\xe3\x83"
       "\x89\xe3\x81\xa7",
       "xn--d9juau41awczczp"},
      {"\xc3\xa4", "xn--4ca"},
      {"\xc3\xa4\xc3\xa4\xc3\xa4", "xn--4caaa"},
      {"B\xc3\xbc"
       "cher.example",
       "xn--Bcher-kva.example"},
      {"\xf0\x9f\x92\xa9.la", "xn--ls8h.la"},
      {"\xf4\x8f\xbf\xbf", "xn--dn32g"},
      {"-\xc3\xa4-", "xn-----via"},
      {"xn--\xc3\xa4", "xn--xn---ooa"},
      {".\xc3\xa4..x", ".xn--4ca..x"}};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    assert_int_equal(gy_idna_to_ascii(rows[i].name, ascii),
                     strlen(rows[i].ascii));
    assert_string_equal(ascii, rows[i].ascii);
  }
}

static void test_ideographic_full_stops_are_dots(void** state) {
  (void)state;
  assert_int_equal(gy_idna_to_ascii("a\xe3\x80\x82\xc3\xa4\xef\xbc\x8e"
                                    "b\xef\xbd\xa1",
                                    ascii),
                   12);
  assert_string_equal(ascii, "a.xn--4ca.b.");
}

/* Whether a label of 64 can exist is the resolver's to say: a file of hosts has
 * other limits than DNS. What matters is that it does not become another. */
static void test_labels_of_any_length_come_out_whole(void** state) {
  (void)state;
  for (size_t length = 1; length <= 255; length++) {
    assert_int_equal(length_of("a", length, ""), length);
    assert_int_equal(strspn(ascii, "a"), length);
  }
  assert_int_equal(length_of("\xc3\xa4", 57, ""), 63);
  assert_int_equal(length_of("\xc3\xa4", 58, ""), 64);
  assert_int_equal(length_of("a", 63, "\xc3\xa4"), 71);
}

static void test_names_longer_than_255_are_refused(void** state) {
  (void)state;
  assert_int_equal(length_of("a", 253, ""), 253);
  assert_int_equal(length_of("a", 254, "."), 255);
  assert_int_equal(length_of("a", 255, ""), 255);
  assert_int_equal(length_of("a", 256, ""), UV_EINVAL);
  assert_int_equal(length_of("a", 255, "."), UV_EINVAL);
  assert_int_equal(length_of("a.", 127, "b"), 255);
  assert_int_equal(length_of("a.", 128, ""), UV_EINVAL);
  assert_int_equal(length_of("\xc3\xa4", 249, ""), 255);
  assert_int_equal(length_of("\xc3\xa4", 250, ""), UV_EINVAL);
  assert_int_equal(length_of("\xe3\x80\x82", 255, ""), 255);
  assert_int_equal(length_of("\xe3\x80\x82", 256, ""), UV_EINVAL);
  assert_int_equal(length_of("a", 1000000, ""), UV_EINVAL);
  assert_int_equal(length_of("\xf4\x8f\xbf\xbf", 1000000, ""), UV_EINVAL);
  assert_int_equal(length_of("a.", 500000, ""), UV_EINVAL);
}

static void test_what_is_no_utf8_is_refused(void** state) {
  static const char* const names[] = {"",
                                      "\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3.",
                                      "\xc3\xc3",
                                      "a.\xe2\x82",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfe",
                                      "\xff"};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    assert_int_equal(gy_idna_to_ascii(names[i], ascii), UV_EINVAL);
  }
}

static void test_the_ends_of_each_range_of_utf8_are_read(void** state) {
  static const char* const names[] = {
      "\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",    "\xed\x9f\xbf",
      "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    assert_true(gy_idna_to_ascii(names[i], ascii) > 4);
    assert_memory_equal(ascii, "xn--", 4);
  }
}

/* ---- the resolver's errors ------------------------------------------------
 */

static const struct {
  int code;
  int err;
} resolver_errors[] = {{0, 0},
                       {EAI_AGAIN, UV_EAI_AGAIN},
                       {EAI_BADFLAGS, UV_EAI_BADFLAGS},
                       {EAI_FAIL, UV_EAI_FAIL},
                       {EAI_FAMILY, UV_EAI_FAMILY},
                       {EAI_MEMORY, UV_EAI_MEMORY},
                       {EAI_NONAME, UV_EAI_NONAME},
                       {EAI_SERVICE, UV_EAI_SERVICE},
                       {EAI_SOCKTYPE, UV_EAI_SOCKTYPE},
#if defined(EAI_ADDRFAMILY)
                       {EAI_ADDRFAMILY, UV_EAI_ADDRFAMILY},
#endif
#if defined(EAI_CANCELED)
                       {EAI_CANCELED, UV_EAI_CANCELED},
#endif
#if defined(EAI_NODATA)
                       {EAI_NODATA, UV_EAI_NODATA},
#endif
#if defined(EAI_OVERFLOW)
                       {EAI_OVERFLOW, UV_EAI_OVERFLOW},
#endif
                       {EAI_SYSTEM, UV_EMFILE}};

static void test_every_error_of_the_resolver_has_its_own(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(resolver_errors); i++) {
    assert_int_equal(gy_sys_eai_error(resolver_errors[i].code, EMFILE),
                     resolver_errors[i].err);
  }
}

static void test_an_unknown_error_of_the_resolver_is_a_failure(void** state) {
  (void)state;
  assert_int_equal(gy_sys_eai_error(123456, EMFILE), UV_EAI_FAIL);
  assert_int_equal(gy_sys_eai_error(EAI_SYSTEM, 0), UV_EAI_FAIL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_ascii_stays_as_it_is),
    cmocka_unit_test(test_other_labels_become_punycode),
    cmocka_unit_test(test_ideographic_full_stops_are_dots),
    cmocka_unit_test(test_labels_of_any_length_come_out_whole),
    cmocka_unit_test(test_names_longer_than_255_are_refused),
    cmocka_unit_test(test_what_is_no_utf8_is_refused),
    cmocka_unit_test(test_the_ends_of_each_range_of_utf8_are_read),
    cmocka_unit_test(test_every_error_of_the_resolver_has_its_own),
    cmocka_unit_test(test_an_unknown_error_of_the_resolver_is_a_failure),
};

GY_TEST_MAIN(tests)
