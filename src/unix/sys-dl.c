/* sys-dl.c - asking the dynamic linker. */
#include "sys-dl.h"

#include <dlfcn.h>
#include <stddef.h>

#include "../fault.h"

static const char unknown[] = "the dynamic linker does not say what is wrong";

const char* gy_sys_dlopen(const char* filename, void** handle) {
  const char* message;

  if (GY_FAULT("dlopen") != 0) {
    return unknown;
  }
  (void)dlerror(); /* Nothing of before. */
  *handle = dlopen(filename, RTLD_LAZY);
  if (*handle != NULL) {
    return NULL;
  }
  message = dlerror();
  return message != NULL ? message : unknown;
}

const char* gy_sys_dlsym(void* handle, const char* name, void** address) {
  *address = NULL;
  if (GY_FAULT("dlsym") != 0) {
    return unknown;
  }
  (void)dlerror();
  *address = dlsym(handle, name);
  /* A symbol may be NULL: what the linker says is what counts. */
  return *address != NULL ? NULL : dlerror();
}

void gy_sys_dlclose(void* handle) {
  (void)dlclose(handle); /* uv_dlclose() cannot say that it failed. */
}
