/* client.c - a program that uses a little of libuv's interface.
 *
 * It prints the version it runs with. The exit status tells whether the answers
 * make sense.
 */
#include <stdio.h>
#include <string.h>
#include <uv.h>

int main(void) {
  if (strcmp(uv_strerror(UV_EINVAL), "invalid argument") != 0)
    return 1;
  if (strcmp(uv_err_name(UV_EINVAL), "EINVAL") != 0)
    return 2;
  if (uv_version() >> 16 != UV_VERSION_MAJOR)
    return 3;
  puts(uv_version_string());
  return 0;
}
