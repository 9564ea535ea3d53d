/* text.c - fuzz: what is WTF-8 comes back, unless it holds a pair in two
 * pieces; and any UTF-16 comes back. For libFuzzer; seeds.c runs it over the
 * files of a folder. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "uv.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/* End here, with a stack trace, when |condition| does not hold. */
static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

/* Memory of its exact size, so that a sanitizer sees the byte behind it. */
static void* memory_get(size_t size) {
  void* memory = malloc(size);

  require(memory != NULL);
  return memory;
}

/* Turn |units| to WTF-8 and back: they are the same. */
static void units_check(const uint16_t* units, size_t count) {
  char* bytes = NULL;
  size_t length;
  ssize_t again;
  uint16_t* back;

  require(uv_utf16_to_wtf8(units, (ssize_t)count, &bytes, &length) == 0);
  require(length == uv_utf16_length_as_wtf8(units, (ssize_t)count));
  again = uv_wtf8_length_as_utf16(bytes);
  require(again > 0);
  back = memory_get((size_t)again * sizeof(*back));
  uv_wtf8_to_utf16(bytes, back, (size_t)again);
  require(back[again - 1] == 0);
  /* A 0 unit ends the string. */
  require(memcmp(back, units, (size_t)(again - 1) * sizeof(*back)) == 0);
  require((size_t)again == count + 1 || units[again - 1] == 0);
  free(back);
  free(bytes);
}

/* Whatever the room, no more is written, and what is there is WTF-8. */
static void rooms_check(const uint16_t* units, size_t count) {
  for (size_t room = 0; room < 12; room++) {
    char* bytes = memory_get(room + 1);
    size_t length = room;
    int err = uv_utf16_to_wtf8(units, (ssize_t)count, &bytes, &length);
    require(err == (length > room ? UV_ENOBUFS : 0));
    require(uv_wtf8_length_as_utf16(bytes) > 0);
    free(bytes);
  }
}

static void bytes_check(const char* bytes) {
  ssize_t count = uv_wtf8_length_as_utf16(bytes);
  uint16_t* units;

  if (count < 0) {
    return;
  }
  require((size_t)count <= strlen(bytes) + 1);
  units = memory_get((size_t)count * sizeof(*units));
  uv_wtf8_to_utf16(bytes, units, (size_t)count);
  require(units[count - 1] == 0);
  require(uv_utf16_length_as_wtf8(units, -1) <= strlen(bytes));
  units_check(units, (size_t)count - 1);
  free(units);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  char* bytes = memory_get(size + 1);
  size_t count = size / sizeof(uint16_t);
  uint16_t* units = memory_get(count * sizeof(*units) + (count == 0));

  if (size > 0) {
    memcpy(bytes, data, size);
    memcpy(units, data, count * sizeof(*units));
  }
  bytes[size] = '\0';
  bytes_check(bytes);
  units_check(units, count);
  rooms_check(units, count);
  free(units);
  free(bytes);
  return 0;
}
