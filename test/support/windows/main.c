/* main.c - the main program of every test file on Windows.
 *
 * It runs one test, or lists them; tools/test-wine runs many. What crashes a
 * Windows program may look like success from outside, so the last line of a
 * test that has passed says so. */
#include "support/test.h"

#include <windows.h>

enum {
  EXIT_USAGE = 2
};

/* No dialogue box: nobody is there to close it. */
static void dialogues_disable(void) {
  SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX |
               SEM_NOOPENFILEERRORBOX);
}

static int test_run(const struct CMUnitTest* test) {
  if (gy_cmocka_run(test) != 0)
    return 1;
  printf("the end of %s\n", test->name);
  fflush(stdout);
  return 0;
}

void gy_test_needs_urgency(void) {
  /* The poll of sockets has a word for it. */
}

bool gy_test_has_asan(void) {
  return false; /* No compiler for this target has it. */
}

bool gy_test_has_tsan(void) {
  return false;
}

int gy_test_main(int argc, char** argv, const struct CMUnitTest* tests,
                 size_t count) {
  int list = argc == 2 && strcmp(argv[1], "--list") == 0;

  dialogues_disable();
  gy_posix_startup();
  for (size_t i = 0; i < count; i++) {
    if (list)
      puts(tests[i].name);
    else if (argc == 2 && strcmp(argv[1], tests[i].name) == 0)
      return test_run(&tests[i]);
  }
  if (list)
    return 0;
  fprintf(stderr, "usage: %s --list | NAME\n", argv[0]);
  return EXIT_USAGE;
}
