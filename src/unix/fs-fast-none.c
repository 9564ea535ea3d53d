/* fs-fast-none.c - where the system has no way to do without waiting. */
#include "../platform.h"
#include "fs.h"

bool gy_fs_try_open(uv_fs_t* req) {
  (void)req;
  return false;
}

bool gy_fs_try_close(uv_fs_t* req) {
  (void)req;
  return false;
}

bool gy_fs_try_read(uv_fs_t* req) {
  (void)req;
  return false;
}

bool gy_fs_try_stat(uv_fs_t* req) {
  (void)req;
  return false;
}

bool gy_fs_try_fstat(uv_fs_t* req) {
  (void)req;
  return false;
}

void gy_fs_learn(uv_fs_t* req) {
  (void)req; /* Nobody asks. */
}

bool gy_platform_fs_is_regular(uv_file file) {
  (void)file;
  return false; /* Nobody needs to know. */
}
