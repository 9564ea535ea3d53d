/* text.c - UTF-16 to WTF-8, and back.
 *
 * WTF-8 is UTF-8 that also has a form for half a surrogate pair: what a file
 * name on Windows may hold comes back as it was. Both directions know three
 * things only: the next code point, how long it is, and how it is written. */
#include <string.h>

#include "core.h"

enum {
  CODE_BAD = 0x110000, /* one more than there are */
  PAIR_FIRST = 0x10000 /* from here on a code point is a pair of units */
};

/* ---- UTF-16 -------------------------------------------------------------- */

/* What is still to be read. */
typedef struct {
  const uint16_t* at;
  ssize_t left; /* units; < 0: up to a 0 unit */
} units_t;

static bool units_are_left(const units_t* units) {
  return units->left < 0 ? *units->at != 0 : units->left > 0;
}

static uint16_t unit_read(units_t* units) {
  units->left -= units->left > 0;
  return *units->at++;
}

/* The next code point; half a pair stands for itself. */
static uint32_t units_read_code(units_t* units) {
  uint32_t high = unit_read(units);

  if ((high & 0xfc00) == 0xd800 && units_are_left(units) &&
      (*units->at & 0xfc00) == 0xdc00) {
    return PAIR_FIRST + ((high & 0x3ff) << 10 | (unit_read(units) & 0x3ffu));
  }
  return high;
}

static size_t code_units(uint32_t code) {
  return code < PAIR_FIRST ? 1 : 2;
}

static void units_write_code(uint16_t* units, uint32_t code) {
  if (code < PAIR_FIRST) {
    units[0] = (uint16_t)code;
    return;
  }
  code -= PAIR_FIRST;
  units[0] = (uint16_t)(0xd800 | code >> 10);
  units[1] = (uint16_t)(0xdc00 | (code & 0x3ff));
}

/* ---- WTF-8 --------------------------------------------------------------- */

static size_t code_bytes(uint32_t code) {
  return 1u + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000);
}

static void bytes_write_code(char* bytes, uint32_t code) {
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  size_t count = code_bytes(code);

  for (size_t i = count; --i > 0; code >>= 6) {
    bytes[i] = (char)(0x80 | (code & 0x3f));
  }
  bytes[0] = (char)(lead[count] | code);
}

/* The code point at |*at|, with |*at| behind it; CODE_BAD when it is none:
 * too long a form, beyond Unicode, or cut off. */
static uint32_t bytes_read_code(const char** at) {
  unsigned char byte = (unsigned char)*(*at)++;
  uint32_t code;
  size_t count;

  if (byte < 0x80) {
    return byte;
  }
  if (byte < 0xc0 || byte >= 0xf8) {
    return CODE_BAD;
  }
  count = 2u + (byte >= 0xe0) + (byte >= 0xf0);
  code = byte & (0x7fu >> count);
  for (size_t i = 1; i < count; i++) {
    byte = (unsigned char)**at;
    if ((byte & 0xc0) != 0x80) {
      return CODE_BAD; /* The 0 byte at the end is one of these. */
    }
    code = code << 6 | (byte & 0x3f);
    (*at)++;
  }
  return code < CODE_BAD && code_bytes(code) == count ? code : CODE_BAD;
}

/* ---- the functions ------------------------------------------------------- */

size_t uv_utf16_length_as_wtf8(const uint16_t* utf16, ssize_t utf16_len) {
  units_t units = {utf16, utf16_len};
  size_t length = 0;

  if (utf16 == NULL) {
    return 0;
  }
  while (units_are_left(&units)) {
    length += code_bytes(units_read_code(&units));
  }
  return length;
}

/* Write what of |units| fits into |room| bytes, and a 0 byte behind it. */
static void wtf8_write(units_t units, char* wtf8, size_t room) {
  while (units_are_left(&units)) {
    uint32_t code = units_read_code(&units);
    size_t count = code_bytes(code);
    if (count > room) {
      break;
    }
    bytes_write_code(wtf8, code);
    wtf8 += count;
    room -= count;
  }
  *wtf8 = '\0';
}

int uv_utf16_to_wtf8(const uint16_t* utf16, ssize_t utf16_len, char** wtf8_ptr,
                     size_t* wtf8_len_ptr) {
  const units_t units = {utf16, utf16_len};
  bool wants_memory = wtf8_ptr != NULL && *wtf8_ptr == NULL;
  size_t length;
  size_t room;

  if (utf16 == NULL || (wtf8_len_ptr == NULL && !wants_memory)) {
    return UV_EINVAL;
  }
  length = uv_utf16_length_as_wtf8(utf16, utf16_len);
  room = wants_memory || wtf8_ptr == NULL ? length : *wtf8_len_ptr;
  if (wants_memory) {
    *wtf8_ptr = gy_malloc(length + 1);
    if (*wtf8_ptr == NULL) {
      return UV_ENOMEM;
    }
  }
  if (wtf8_ptr != NULL) {
    wtf8_write(units, *wtf8_ptr, room);
  }
  if (wtf8_len_ptr != NULL) {
    *wtf8_len_ptr = length;
  }
  return length > room ? UV_ENOBUFS : 0;
}

ssize_t uv_wtf8_length_as_utf16(const char* wtf8) {
  size_t length = 1;

  if (wtf8 == NULL) {
    return UV_EINVAL;
  }
  while (*wtf8 != '\0') {
    uint32_t code = bytes_read_code(&wtf8);
    if (code == CODE_BAD) {
      return UV_EINVAL;
    }
    length += code_units(code);
  }
  return (ssize_t)length;
}

void uv_wtf8_to_utf16(const char* wtf8, uint16_t* utf16, size_t utf16_len) {
  uint32_t code;

  if (wtf8 == NULL || utf16 == NULL || utf16_len == 0) {
    return;
  }
  while (*wtf8 != '\0' && (code = bytes_read_code(&wtf8)) != CODE_BAD &&
         code_units(code) < utf16_len) {
    units_write_code(utf16, code);
    utf16 += code_units(code);
    utf16_len -= code_units(code);
  }
  *utf16 = 0;
}
