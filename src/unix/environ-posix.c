/* environ-posix.c - the environment, where it is a variable of POSIX. */
#include "../platform.h"

extern char** environ;

char** gy_platform_environ(void) {
  return environ;
}
