/* give.c - text into the caller's buffer. */
#include "give.h"

#include <string.h>

#include "uv.h"

int gy_give_check(const char* buffer, const size_t* size) {
  return buffer == NULL || size == NULL || *size == 0 ? UV_EINVAL : 0;
}

int gy_give(const char* text, size_t length, char* buffer, size_t* size) {
  if (*size <= length) {
    *size = length + 1;
    return UV_ENOBUFS;
  }
  memcpy(buffer, text, length);
  buffer[length] = '\0';
  *size = length;
  return 0;
}
