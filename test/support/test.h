/* test.h - what every test file includes: the library, cmocka, a few helpers.
 *
 * A test program holds a table of cmocka tests and ends with GY_TEST_MAIN().
 * Each test runs in a process of its own, so that a crash, a leak or a changed
 * signal mask is that test's alone:
 *
 *   --list   one test name per line
 *   NAME     run this test here. Exit status 0: passed, 77: skipped, else
 * failed. It fails when it leaves other descriptors open than it found, where
 * /proc/self/fd tells.
 *   [--filter SUBSTRING] [--poller NAME|all] [--jobs N] [--timeout SECONDS]
 *            run all tests that match, several at a time, and sum them up.
 *
 * An assertion of cmocka leaves the test by longjmp(): use it on the thread,
 * and in the process, that the test was started on. A child made by fork()
 * tells by its exit status, another thread through a variable.
 */
#ifndef GY_TEST_H_
#define GY_TEST_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* cmocka's own skip() ends a test with success, and a test that was not run
 * would be counted as passed. */
#undef skip
#define skip() gy_test_skip("skip()")

/* Be the test program of |tests|, as described above. Returns the exit status
 * of the process. */
int gy_test_main(int argc, char** argv, const struct CMUnitTest* tests,
                 size_t count);

#define GY_TEST_MAIN(tests)                                  \
  int main(int argc, char** argv) {                          \
    return gy_test_main(argc, argv, tests, COUNT_OF(tests)); \
  }

/* Close every handle of |loop| that is still open, run the loop until their
 * close callbacks have run, and close the loop. The test fails when anything
 * keeps the loop alive after that. The memory of the handles must still be in
 * place. */
void gy_test_close_loop(uv_loop_t* loop);

/* The name in GYRE_POLLER, or "default". */
const char* gy_test_poller(void);

/* Whether the test runs under AddressSanitizer. Its allocator has locks that a
 * fork() does not know: a child of a process with other threads may find one
 * held for ever when it allocates. */
bool gy_test_has_asan(void);

/* The same of ThreadSanitizer, under which children are made by fork(2). */
bool gy_test_has_tsan(void);

/* Skip the test, unless the poller in GYRE_POLLER tells of urgent data: not
 * every kernel with kqueue(2) does. */
void gy_test_needs_urgency(void);

/* Say |why| this test cannot run here, and end the process with status 77. */
void gy_test_skip(const char* why);

#endif /* GY_TEST_H_ */
