/* idna.c - fuzz: whatever the name, its ASCII form means the same name.
 *
 * What comes out is decoded by the other half of RFC 3492, section 6.2, which
 * the library does not have, and compared code point by code point with what
 * went in. For libFuzzer; seeds.c runs it over the files of a folder. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idna.h"
#include "uv/errno.h"

enum {
  NAME_MOST = 4096,
  OUT_OF_RANGE = 0x110000
};

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/* End here, with a stack trace, when |condition| does not hold. */
static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

typedef struct {
  uint32_t codes[NAME_MOST];
  size_t count;
} text_t;

/* Is |text| what |name| says in UTF-8? */
static bool text_is(const text_t* text, const char* name) {
  size_t i = 0;

  for (; *name != '\0'; i++) {
    unsigned char lead = (unsigned char)*name++;
    uint32_t code = lead;
    if (lead >= 0xc0) {
      code = lead & (lead >= 0xf0 ? 7u : lead >= 0xe0 ? 15u : 31u);
    }
    for (; ((unsigned char)*name & 0xc0) == 0x80; name++) {
      code = code << 6 | ((unsigned char)*name & 0x3f);
    }
    if (i == text->count || text->codes[i] != code) {
      return false;
    }
  }
  return i == text->count;
}

static uint32_t digit_value(char digit) {
  require((digit >= 'a' && digit <= 'z') || (digit >= '0' && digit <= '9'));
  return (uint32_t)(digit >= 'a' ? digit - 'a' : digit - '0' + 26);
}

static uint32_t bias_next(uint32_t delta, uint32_t count, bool first) {
  uint32_t k = 0;

  delta = (first ? delta / 700 : delta / 2);
  delta += delta / count;
  while (delta > 455) {
    delta /= 35;
    k += 36;
  }
  return k + 36 * delta / (delta + 38);
}

/* Read a number of variable length at |*at|, and move |*at| behind it. */
static uint32_t number_read(const char** at, const char* end, uint32_t bias) {
  uint32_t number = 0;
  uint32_t weight = 1;

  for (uint32_t k = 36;; k += 36) {
    uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
    uint32_t digit;
    require(*at < end);
    digit = digit_value(*(*at)++);
    number += digit * weight;
    if (digit < t) {
      return number;
    }
    weight *= 36 - t;
  }
}

/* Append what the Punycode from |at| to |end| means to |text|. */
static void label_decode(text_t* text, const char* at, const char* end) {
  size_t start = text->count;
  uint32_t code = 128;
  uint32_t bias = 72;
  uint32_t index = 0;
  const char* last = NULL;

  for (const char* c = at; c < end; c++) {
    last = *c == '-' ? c : last;
  }
  for (; last != NULL && at < last; at++) {
    text->codes[text->count++] = (unsigned char)*at;
  }
  at += last != NULL;
  while (at < end) {
    uint32_t before = index;
    uint32_t count = (uint32_t)(text->count - start) + 1;
    index += number_read(&at, end, bias);
    bias = bias_next(index - before, count, before == 0);
    code += index / count;
    index %= count;
    require(code < OUT_OF_RANGE);
    memmove(&text->codes[start + index + 1], &text->codes[start + index],
            (count - 1 - index) * sizeof(text->codes[0]));
    text->codes[start + index++] = code;
    text->count++;
  }
}

/* A label of |name| beyond ASCII was encoded; others may begin with "xn--" by
 * themselves. Which are which is seen in |name|. */
static void name_decode(text_t* text, const char* ascii, const char* name) {
  text->count = 0;
  for (;;) {
    size_t length = strcspn(ascii, ".");
    bool encoded = false;
    for (; *name != '\0' && *name != '.'; name++) {
      encoded = encoded || (unsigned char)*name >= 0x80;
    }
    if (encoded) {
      require(length > 4 && memcmp(ascii, "xn--", 4) == 0);
      label_decode(text, ascii + 4, ascii + length);
    }
    for (size_t i = 0; !encoded && i < length; i++) {
      text->codes[text->count++] = (unsigned char)ascii[i];
    }
    if (ascii[length] == '\0') {
      return;
    }
    text->codes[text->count++] = '.';
    ascii += length + 1;
    name += *name == '.';
  }
}

/* Make every dot of |name| a plain one. */
static void dots_fold(char* name) {
  static const char* const dots[] = {"\xe3\x80\x82", "\xef\xbc\x8e",
                                     "\xef\xbd\xa1"};

  for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
    for (char* dot = strstr(name, dots[i]); dot != NULL;
         dot = strstr(dot, dots[i])) {
      *dot = '.';
      memmove(dot + 1, dot + 3, strlen(dot + 3) + 1);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static text_t text;
  /* Of its exact size, so that a sanitizer sees the byte behind it. */
  char* buf = malloc(GY_IDNA_SIZE);
  char* name = malloc(size + 1);
  int length;

  require(buf != NULL && name != NULL);
  if (size > 0) {
    memcpy(name, data, size);
  }
  name[size] = '\0';
  length = gy_idna_to_ascii(name, buf);
  require(length == UV_EINVAL || (length > 0 && length < GY_IDNA_SIZE));
  if (length > 0) {
    require(strlen(buf) == (size_t)length);
    for (int i = 0; i < length; i++) {
      require((unsigned char)buf[i] < 0x80);
    }
    dots_fold(name);
    name_decode(&text, buf, name);
    require(text_is(&text, name));
  }
  free(name);
  free(buf);
  return 0;
}
