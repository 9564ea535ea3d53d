/* cmocka.h - the few symbols of cmocka that the tests use, for targets that no
 * distribution packages it for: Windows, and what is built for elsewhere.
 *
 * The test bodies are the same everywhere. What differs: each test runs in a
 * process of its own, so an assertion that fails says where, and ends it; and
 * it may do so on any thread. */
#ifndef GY_CMOCKA_H_
#define GY_CMOCKA_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef void (*CMUnitTestFunction)(void** state);
typedef int (*CMFixtureFunction)(void** state);

struct CMUnitTest {
  const char* name;
  CMUnitTestFunction test_func;
  CMFixtureFunction setup_func;
  CMFixtureFunction teardown_func;
  void* initial_state;
};

#define cmocka_unit_test(f) \
  { #f, f, NULL, NULL, NULL }
#define cmocka_unit_test_setup_teardown(f, setup, teardown) \
  { #f, f, setup, teardown, NULL }

/* Run |test| with its setup and teardown. 0 when it returns at all. */
int gy_cmocka_run(const struct CMUnitTest* test);

/* Run the |count| tests at |tests|, likewise. */
int gy_cmocka_run_all(const struct CMUnitTest* tests, size_t count);

/* Nothing is set up for more than one test. */
#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
  gy_cmocka_run_all(tests, sizeof(tests) / sizeof((tests)[0]))

/* What is asserted, in words for the one who reads of its failure; |file| and
 * |line| are where. They return when it is so. */
void gy_cmocka_true(int yes, const char* what, const char* file, int line);
void gy_cmocka_equal(uint64_t a, uint64_t b, int equal, const char* what,
                     const char* file, int line);
void gy_cmocka_strings(const char* a, const char* b, int equal,
                       const char* what, const char* file, int line);
void gy_cmocka_memory(const void* a, const void* b, size_t size,
                      const char* what, const char* file, int line);
void gy_cmocka_range(uint64_t value, uint64_t least, uint64_t most,
                     const char* what, const char* file, int line);

/* End the test as failed, for the reason in |format|. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4), noreturn))
#endif
void gy_cmocka_fail(const char* file, int line, const char* format, ...);

/* Any integer, in the form in which two are compared. */
#define GY_INTEGER(a) ((uint64_t)(int64_t)(a))

/* Any pointer, also one to a volatile or constant. */
#define GY_POINTER(a) ((uint64_t)(uintptr_t)(a))

#define assert_true(a) gy_cmocka_true((a) ? 1 : 0, #a, __FILE__, __LINE__)
#define assert_false(a) \
  gy_cmocka_true((a) ? 0 : 1, "not: " #a, __FILE__, __LINE__)
#define assert_non_null(a) \
  gy_cmocka_true((a) != NULL, #a " != NULL", __FILE__, __LINE__)
#define assert_null(a) \
  gy_cmocka_true((a) == NULL, #a " == NULL", __FILE__, __LINE__)

#define assert_int_equal(a, b)                                             \
  gy_cmocka_equal(GY_INTEGER(a), GY_INTEGER(b), 1, #a " == " #b, __FILE__, \
                  __LINE__)
#define assert_int_not_equal(a, b)                                         \
  gy_cmocka_equal(GY_INTEGER(a), GY_INTEGER(b), 0, #a " != " #b, __FILE__, \
                  __LINE__)
#define assert_ptr_equal(a, b)                                             \
  gy_cmocka_equal(GY_POINTER(a), GY_POINTER(b), 1, #a " == " #b, __FILE__, \
                  __LINE__)
#define assert_ptr_not_equal(a, b)                                         \
  gy_cmocka_equal(GY_POINTER(a), GY_POINTER(b), 0, #a " != " #b, __FILE__, \
                  __LINE__)

#define assert_string_equal(a, b) \
  gy_cmocka_strings(a, b, 1, #a " == " #b, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) \
  gy_cmocka_strings(a, b, 0, #a " != " #b, __FILE__, __LINE__)
#define assert_memory_equal(a, b, size) \
  gy_cmocka_memory(a, b, size, #a " == " #b, __FILE__, __LINE__)
#define assert_in_range(value, least, most)                               \
  gy_cmocka_range(GY_INTEGER(value), GY_INTEGER(least), GY_INTEGER(most), \
                  #value, __FILE__, __LINE__)

#define fail() gy_cmocka_fail(__FILE__, __LINE__, "failed")
#define fail_msg(...) gy_cmocka_fail(__FILE__, __LINE__, __VA_ARGS__)
#define skip() gy_test_skip("skip()")

#define print_message printf
#define print_error printf

/* cmocka looks for leaks of these; here they are the C library's. */
#define test_malloc malloc
#define test_calloc calloc
#define test_realloc realloc
#define test_free free

#endif /* GY_CMOCKA_H_ */
