/* environ-darwin.c - the environment on macOS, where a shared library does not
 * see the variable of POSIX. */
#include <crt_externs.h>

#include "../platform.h"

char** gy_platform_environ(void) {
  return *_NSGetEnviron();
}
