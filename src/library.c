/* library.c - the library as a whole: which version it is, and its end. */
#include "core.h"
#include "gyre.h"

/* The released libuv whose contract is kept. The macros in uv/version.h are of
 * the header's own, later state; see docs/adr/0003-version.md. */
enum {
  CONTRACT = 1 << 16 | 52 << 8 | 1
};

unsigned int uv_version(void) {
  return CONTRACT;
}

const char* uv_version_string(void) {
  return "1.52.1";
}

unsigned int gyre_version(void) {
  return GYRE_VERSION_HEX;
}

const char* gyre_version_string(void) {
  return GYRE_VERSION_STRING;
}

void uv_library_shutdown(void) {
  gy_loop_settle_running();
  gy_pool_shutdown();
  gy_title_shutdown();
  gy_error_shutdown();
}

/* At exit, and when the library is unloaded: its threads must be gone before
 * its code is. */
__attribute__((destructor)) static void library_unload(void) {
  uv_library_shutdown();
}
