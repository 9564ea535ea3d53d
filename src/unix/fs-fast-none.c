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

gy_file_kind_t gy_platform_fs_kind(uv_file file) {
  (void)file;
  return GY_FILE_OTHER; /* Nobody needs to know. */
}
