/* dl.c - shared libraries of a Unix. */
#include "../platform.h"
#include "sys-dl.h"

const char* gy_platform_dlopen(const char* filename, uv_lib_t* lib) {
  return gy_sys_dlopen(filename, &lib->handle);
}

const char* gy_platform_dlsym(uv_lib_t* lib, const char* name, void** ptr) {
  return gy_sys_dlsym(lib->handle, name, ptr);
}

void gy_platform_dlclose(uv_lib_t* lib) {
  gy_sys_dlclose(lib->handle);
}
