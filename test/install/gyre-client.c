/* gyre-client.c - a program that uses what only Gyre has. */
#include <gyre.h>
#include <stdio.h>
#include <uv.h>

int main(void) {
  printf("%s %s\n", uv_version_string(), gyre_version_string());
  return 0;
}
