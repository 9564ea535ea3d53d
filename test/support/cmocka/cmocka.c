/* cmocka.c - the few symbols of cmocka that the tests use; see cmocka.h. */
#include "support/cmocka/cmocka.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void gy_cmocka_fail(const char* file, int line, const char* format, ...) {
  va_list ap;

  printf("%s:%d: ", file, line);
  va_start(ap, format);
  vprintf(format, ap);
  va_end(ap);
  putchar('\n');
  fflush(stdout);
  /* Not exit(), which waits for threads that may hang. */
  _Exit(1);
}

void gy_cmocka_true(int yes, const char* what, const char* file, int line) {
  if (!yes)
    gy_cmocka_fail(file, line, "%s does not hold", what);
}

void gy_cmocka_equal(uint64_t a, uint64_t b, int equal, const char* what,
                     const char* file, int line) {
  if ((a == b) != equal)
    gy_cmocka_fail(file, line, "%s does not hold: %lld (0x%llx) and %lld", what,
                   (long long)a, (unsigned long long)a, (long long)b);
}

void gy_cmocka_strings(const char* a, const char* b, int equal,
                       const char* what, const char* file, int line) {
  if ((strcmp(a, b) == 0) != equal)
    gy_cmocka_fail(file, line, "%s does not hold: \"%s\" and \"%s\"", what, a,
                   b);
}

void gy_cmocka_memory(const void* a, const void* b, size_t size,
                      const char* what, const char* file, int line) {
  const unsigned char* left = a;
  const unsigned char* right = b;

  for (size_t i = 0; i < size; i++) {
    if (left[i] != right[i])
      gy_cmocka_fail(file, line, "%s does not hold: byte %llu is %u and %u",
                     what, (unsigned long long)i, left[i], right[i]);
  }
}

void gy_cmocka_range(uint64_t value, uint64_t least, uint64_t most,
                     const char* what, const char* file, int line) {
  if (value < least || value > most)
    gy_cmocka_fail(file, line, "%s is %lld, which is not in %lld to %lld", what,
                   (long long)value, (long long)least, (long long)most);
}

int gy_cmocka_run(const struct CMUnitTest* test) {
  void* state = test->initial_state;

  if (test->setup_func != NULL && test->setup_func(&state) != 0)
    gy_cmocka_fail(test->name, 0, "the setup failed");
  test->test_func(&state);
  if (test->teardown_func != NULL && test->teardown_func(&state) != 0)
    gy_cmocka_fail(test->name, 0, "the teardown failed");
  return 0;
}

int gy_cmocka_run_all(const struct CMUnitTest* tests, size_t count) {
  int failed = 0;

  for (size_t i = 0; i < count; i++)
    failed += gy_cmocka_run(&tests[i]);
  return failed;
}
