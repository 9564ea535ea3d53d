/* error.c - tests of the names, messages and translation of errors.
 *
 * That every value, name and message is the documented one is the matter of
 * test/abi. Here it is how they are told: the whole map through every function,
 * and what becomes of numbers that are no error of ours.
 */
#include "support/test.h"

#include <errno.h>
#include <limits.h>

enum {
  ROOM = 96
}; /* longer than any name or message */

typedef char* (*tell_t)(int err, char* buf, size_t size);

typedef struct {
  int value;
  const char* name;
  const char* message;
} known_t;

#define KNOWN(name, message) {UV_##name, #name, message},

static const known_t known[] = {UV_ERRNO_MAP(KNOWN)};

static const int unknown[] = {0,     1,     5,      INT_MAX, -135,
                              -4096, -4097, -99999, -2999,   -3099};

/* Texts of unknown numbers are never freed, as the manual says. Kept in sight,
 * they are no leak to those who look for leaks. */
static const char* kept[64];
static size_t kept_count;

static const char* keep(const char* text) {
  assert_in_range(kept_count, 0, COUNT_OF(kept) - 1);
  kept[kept_count++] = text;
  return text;
}

static void unknown_text(int err, char text[ROOM]) {
  snprintf(text, ROOM, "Unknown system error %d", err);
}

/* |tell| must write |text| of |err| into a buffer of any size, as far as it
 * fits, end it, and touch nothing behind it. */
static void expect_told(tell_t tell, int err, const char* text) {
  char buf[ROOM];
  char expected[ROOM];

  for (size_t size = 0; size < ROOM; size++) {
    memset(buf, '#', sizeof(buf));
    memset(expected, '#', sizeof(expected));
    if (size > 0) {
      size_t fits = strlen(text) < size ? strlen(text) : size - 1;
      memcpy(expected, text, fits);
      expected[fits] = '\0';
    }
    assert_ptr_equal(tell(err, buf, size), buf);
    assert_memory_equal(buf, expected, sizeof(buf));
  }
}

static void test_every_error_has_its_name_and_message(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    assert_string_equal(uv_err_name(known[i].value), known[i].name);
    assert_string_equal(uv_strerror(known[i].value), known[i].message);
  }
}

static void test_some_errors_are_called_as_everybody_knows_them(void** state) {
  (void)state;
  assert_string_equal(uv_err_name(UV_ENOENT), "ENOENT");
  assert_string_equal(uv_strerror(UV_ENOENT), "no such file or directory");
  assert_string_equal(uv_err_name(UV_EOF), "EOF");
  assert_string_equal(uv_strerror(UV_EOF), "end of file");
  assert_string_equal(uv_err_name(UV_UNKNOWN), "UNKNOWN");
  assert_string_equal(uv_strerror(UV_UNKNOWN), "unknown error");
  assert_string_equal(uv_err_name(UV_EAI_NONAME), "EAI_NONAME");
  assert_string_equal(uv_strerror(UV_EAI_NONAME), "unknown node or service");
  assert_string_equal(uv_err_name(UV_ECANCELED), "ECANCELED");
  assert_string_equal(uv_strerror(UV_ECANCELED), "operation canceled");
}

static void test_errors_are_negative_and_no_two_are_the_same(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    assert_true(known[i].value < 0);
    assert_true(known[i].value > UV_ERRNO_MAX);
    for (size_t j = 0; j < i; j++) {
      assert_int_not_equal(known[i].value, known[j].value);
      assert_string_not_equal(known[i].name, known[j].name);
    }
  }
}

static void test_known_errors_are_told_by_the_same_text_each_time(
    void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    int err = known[i].value;
    assert_ptr_equal(uv_err_name(err), uv_err_name(err));
    assert_ptr_equal(uv_strerror(err), uv_strerror(err));
  }
}

static void test_name_fits_itself_into_a_buffer_of_any_size(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(known); i++)
    expect_told(uv_err_name_r, known[i].value, known[i].name);
}

static void test_message_fits_itself_into_a_buffer_of_any_size(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(known); i++)
    expect_told(uv_strerror_r, known[i].value, known[i].message);
}

static void test_unknown_number_is_named_as_such(void** state) {
  char text[ROOM];

  (void)state;
  for (size_t i = 0; i < COUNT_OF(unknown); i++) {
    unknown_text(unknown[i], text);
    assert_string_equal(keep(uv_err_name(unknown[i])), text);
    assert_string_equal(keep(uv_strerror(unknown[i])), text);
  }
}

static void test_unknown_number_fits_itself_into_a_buffer_of_any_size(
    void** state) {
  char text[ROOM];

  (void)state;
  for (size_t i = 0; i < COUNT_OF(unknown); i++) {
    unknown_text(unknown[i], text);
    expect_told(uv_err_name_r, unknown[i], text);
    expect_told(uv_strerror_r, unknown[i], text);
  }
  unknown_text(INT_MIN, text);
  expect_told(uv_err_name_r, INT_MIN, text);
  expect_told(uv_strerror_r, INT_MIN, text);
}

static void test_text_of_an_unknown_number_survives_the_next(void** state) {
  const char* first = keep(uv_err_name(-99998));
  const char* second = keep(uv_strerror(-99997));
  const char* third = keep(uv_err_name(-99996));

  (void)state;
  assert_string_equal(third, "Unknown system error -99996");
  assert_string_equal(first, "Unknown system error -99998");
  assert_string_equal(second, "Unknown system error -99997");
}

static void test_translation_leaves_our_own_errors_alone(void** state) {
  (void)state;
  assert_int_equal(uv_translate_sys_error(0), 0);
  for (size_t i = 0; i < COUNT_OF(known); i++)
    assert_int_equal(uv_translate_sys_error(known[i].value), known[i].value);
  assert_int_equal(uv_translate_sys_error(-99999), -99999);
  assert_int_equal(uv_translate_sys_error(INT_MIN), INT_MIN);
}

static void test_translation_of_errno_is_its_negative(void** state) {
  (void)state;
  if (UV_ENOENT != -ENOENT)
    gy_test_skip("the system's errors are no errno here");
  assert_int_equal(uv_translate_sys_error(ENOENT), UV_ENOENT);
  assert_int_equal(uv_translate_sys_error(EAGAIN), UV_EAGAIN);
  assert_int_equal(uv_translate_sys_error(ECONNREFUSED), UV_ECONNREFUSED);
  assert_int_equal(uv_translate_sys_error(ETIMEDOUT), UV_ETIMEDOUT);
  assert_int_equal(uv_translate_sys_error(ENOMEM), UV_ENOMEM);
  assert_int_equal(uv_translate_sys_error(99999), -99999);
  assert_int_equal(uv_translate_sys_error(INT_MAX), -INT_MAX);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_error_has_its_name_and_message),
    cmocka_unit_test(test_some_errors_are_called_as_everybody_knows_them),
    cmocka_unit_test(test_errors_are_negative_and_no_two_are_the_same),
    cmocka_unit_test(test_known_errors_are_told_by_the_same_text_each_time),
    cmocka_unit_test(test_name_fits_itself_into_a_buffer_of_any_size),
    cmocka_unit_test(test_message_fits_itself_into_a_buffer_of_any_size),
    cmocka_unit_test(test_unknown_number_is_named_as_such),
    cmocka_unit_test(test_unknown_number_fits_itself_into_a_buffer_of_any_size),
    cmocka_unit_test(test_text_of_an_unknown_number_survives_the_next),
    cmocka_unit_test(test_translation_leaves_our_own_errors_alone),
    cmocka_unit_test(test_translation_of_errno_is_its_negative),
};

GY_TEST_MAIN(tests)
