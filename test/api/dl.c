/* dl.c - tests of shared libraries that are loaded while the program runs. */
#include "support/test.h"

/* What this program itself has is found when it exports it; the library that it
 * is linked to does so in any case. */
static const char* const own_symbol = "uv_version";

static void test_a_symbol_of_the_program_is_found(void** state) {
  uv_lib_t lib;
  void* symbol = NULL;
  unsigned (*version)(void);

  (void)state;
  assert_int_equal(uv_dlopen(NULL, &lib), 0);
  assert_string_equal(uv_dlerror(&lib), "no error");
  assert_int_equal(uv_dlsym(&lib, own_symbol, &symbol), 0);
  assert_non_null(symbol);
  memcpy(&version, &symbol, sizeof(version));
  assert_int_equal(version(), uv_version());
  uv_dlclose(&lib);
}

static void test_a_symbol_that_is_not_there_is_told_in_words(void** state) {
  uv_lib_t lib;
  void* symbol = &lib;
  const char* message;

  (void)state;
  assert_int_equal(uv_dlopen(NULL, &lib), 0);
  assert_int_equal(uv_dlsym(&lib, "nothing_is_called_like_this", &symbol), -1);
  assert_null(symbol);
  message = uv_dlerror(&lib);
  assert_non_null(strstr(message, "nothing_is_called_like_this"));
  /* It is the last failure's, also after a success. */
  assert_int_equal(uv_dlsym(&lib, own_symbol, &symbol), 0);
  assert_ptr_equal(uv_dlerror(&lib), message);
  uv_dlclose(&lib);
  assert_string_equal(uv_dlerror(&lib), "no error");
}

static void test_a_library_that_is_not_there_is_told_in_words(void** state) {
  static const char* const names[] = {"no-such-library.so", "/", "",
                                      "/dev/null"};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    uv_lib_t lib;
    /* An empty name is the program on some systems. */
    if (uv_dlopen(names[i], &lib) == 0) {
      assert_string_equal(names[i], "");
    } else {
      assert_true(strlen(uv_dlerror(&lib)) > 0);
      assert_string_not_equal(uv_dlerror(&lib), "no error");
    }
    uv_dlclose(&lib);
  }
}

static void test_a_library_may_be_closed_twice(void** state) {
  uv_lib_t lib;

  (void)state;
  assert_int_equal(uv_dlopen("no-such-library.so", &lib), -1);
  uv_dlclose(&lib);
  uv_dlclose(&lib);
  assert_int_equal(uv_dlopen(NULL, &lib), 0);
  uv_dlclose(&lib);
  uv_dlclose(&lib);
}

static void test_each_failure_has_words_of_its_own(void** state) {
  uv_lib_t first;
  uv_lib_t second;

  (void)state;
  assert_int_equal(uv_dlopen("no-such-library-1.so", &first), -1);
  assert_int_equal(uv_dlopen("no-such-library-2.so", &second), -1);
  assert_non_null(strstr(uv_dlerror(&first), "library-1"));
  assert_non_null(strstr(uv_dlerror(&second), "library-2"));
  uv_dlclose(&first);
  assert_non_null(strstr(uv_dlerror(&second), "library-2"));
  uv_dlclose(&second);
}

static void test_null_is_an_error(void** state) {
  uv_lib_t lib;
  void* symbol;

  (void)state;
  assert_int_equal(uv_dlopen(NULL, NULL), -1);
  assert_int_equal(uv_dlopen(NULL, &lib), 0);
  assert_int_equal(uv_dlsym(NULL, own_symbol, &symbol), -1);
  assert_int_equal(uv_dlsym(&lib, NULL, &symbol), -1);
  assert_int_equal(uv_dlsym(&lib, own_symbol, NULL), -1);
  assert_string_equal(uv_dlerror(NULL), "no error");
  uv_dlclose(NULL);
  uv_dlclose(&lib);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_symbol_of_the_program_is_found),
    cmocka_unit_test(test_a_symbol_that_is_not_there_is_told_in_words),
    cmocka_unit_test(test_a_library_that_is_not_there_is_told_in_words),
    cmocka_unit_test(test_a_library_may_be_closed_twice),
    cmocka_unit_test(test_each_failure_has_words_of_its_own),
    cmocka_unit_test(test_null_is_an_error),
};

GY_TEST_MAIN(tests)
