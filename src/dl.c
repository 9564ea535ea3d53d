/* dl.c - shared libraries, loaded while the program runs. */
#include <string.h>

#include "core.h"
#include "platform.h"

/* Stands for a message that there was no memory for. */
static char no_memory[] = "out of memory, and there was an error before";

static void message_drop(uv_lib_t* lib) {
  if (lib->errmsg != no_memory) {
    gy_free(lib->errmsg);
  }
  lib->errmsg = NULL;
}

/* Keep a copy of |message|, unless that is NULL. -1 then, else 0. */
static int message_keep(uv_lib_t* lib, const char* message) {
  size_t size;

  if (message == NULL) {
    return 0;
  }
  message_drop(lib);
  size = strlen(message) + 1;
  lib->errmsg = gy_malloc(size);
  if (lib->errmsg == NULL) {
    lib->errmsg = no_memory;
  } else {
    memcpy(lib->errmsg, message, size);
  }
  return -1;
}

int uv_dlopen(const char* filename, uv_lib_t* lib) {
  if (lib == NULL) {
    return -1;
  }
  lib->handle = NULL;
  lib->errmsg = NULL;
  return message_keep(lib, gy_platform_dlopen(filename, lib));
}

void uv_dlclose(uv_lib_t* lib) {
  if (lib == NULL) {
    return;
  }
  message_drop(lib);
  if (lib->handle != NULL) {
    gy_platform_dlclose(lib);
    lib->handle = NULL;
  }
}

int uv_dlsym(uv_lib_t* lib, const char* name, void** ptr) {
  if (lib == NULL || name == NULL || ptr == NULL) {
    return -1;
  }
  return message_keep(lib, gy_platform_dlsym(lib, name, ptr));
}

const char* uv_dlerror(const uv_lib_t* lib) {
  return lib != NULL && lib->errmsg != NULL ? lib->errmsg : "no error";
}
