/* idna.c - host names beyond ASCII by Punycode, RFC 3492.
 *
 * A label is decoded to code points and encoded from there. Neither takes
 * memory: each code point makes a byte of output at least, so a label of more
 * of them than a name has bytes is too long anyway. */
#include "idna.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "uv.h"

/* RFC 3492, section 5. */
enum {
  BASE = 36,
  T_MIN = 1,
  T_MAX = 26,
  SKEW = 38,
  DAMP = 700,
  BIAS_AT_FIRST = 72,
  CODE_AT_FIRST = 0x80
};

enum {
  CODE_BAD = 0x110000, /* one more than there are */
  LABEL_MOST = GY_IDNA_SIZE
};

/* ---- UTF-8 --------------------------------------------------------------- */

/* The code point at |*at|, with |*at| behind it; CODE_BAD when it is none of
 * UTF-8's: too long a form, half of a pair, beyond Unicode, or cut off. */
static uint32_t code_read(const char** at) {
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  unsigned char byte = (unsigned char)*(*at)++;
  uint32_t code;
  int more;

  if (byte < 0x80) {
    return byte;
  }
  if (byte < 0xc0 || byte >= 0xf8) {
    return CODE_BAD;
  }
  more = (byte >= 0xe0) + (byte >= 0xf0) + 1;
  code = byte & (0x3fu >> more);
  for (int i = 0; i < more; i++) {
    byte = (unsigned char)**at;
    if ((byte & 0xc0) != 0x80) {
      return CODE_BAD; /* The 0 byte at the end is one of these. */
    }
    code = code << 6 | (byte & 0x3f);
    (*at)++;
  }
  if (code < least[more] || code >= CODE_BAD ||
      (code >= 0xd800 && code <= 0xdfff)) {
    return CODE_BAD;
  }
  return code;
}

/* RFC 3490, section 3.1: what counts as a dot. */
static bool code_is_dot(uint32_t code) {
  return code == '.' || code == 0x3002 || code == 0xff0e || code == 0xff61;
}

/* ---- the output ---------------------------------------------------------- */

typedef struct {
  char* buf;
  int length; /* so far; it may be more than there is room for */
} output_t;

static void byte_write(output_t* out, char byte) {
  if (out->length < GY_IDNA_SIZE) {
    out->buf[out->length++] = byte;
  }
}

static void digit_write(output_t* out, uint32_t digit) {
  byte_write(out, "abcdefghijklmnopqrstuvwxyz0123456789"[digit]);
}

/* ---- Punycode ------------------------------------------------------------ */

typedef struct {
  uint32_t codes[LABEL_MOST];
  uint32_t count;
  uint32_t basic; /* how many of them are ASCII */
} label_t;

/* RFC 3492, section 6.1. */
static uint32_t bias_adapt(uint32_t delta, uint32_t count, bool first) {
  uint32_t k = 0;

  delta = first ? delta / DAMP : delta / 2;
  delta += delta / count;
  for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE) {
    delta /= BASE - T_MIN;
  }
  return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias) {
  if (k <= bias + T_MIN) {
    return T_MIN;
  }
  return k >= bias + T_MAX ? T_MAX : k - bias;
}

static void delta_write(output_t* out, uint32_t delta, uint32_t bias) {
  for (uint32_t k = BASE;; k += BASE) {
    uint32_t t = threshold(k, bias);
    if (delta < t) {
      digit_write(out, delta);
      return;
    }
    digit_write(out, t + (delta - t) % (BASE - t));
    delta = (delta - t) / (BASE - t);
  }
}

/* The least code point of |label| that is not less than |from|. */
static uint32_t code_next(const label_t* label, uint32_t from) {
  uint32_t next = CODE_BAD;

  for (uint32_t i = 0; i < label->count; i++) {
    if (label->codes[i] >= from && label->codes[i] < next) {
      next = label->codes[i];
    }
  }
  return next;
}

/* Write what is beyond ASCII in |label|, by the steps of RFC 3492, section 6.3.
 * |delta| stays below LABEL_MOST * CODE_BAD, so it cannot overflow. */
static void codes_write(output_t* out, const label_t* label) {
  uint32_t bias = BIAS_AT_FIRST;
  uint32_t code = CODE_AT_FIRST;
  uint32_t handled = label->basic;
  uint32_t delta = 0;

  while (handled < label->count) {
    uint32_t next = code_next(label, code);
    delta += (next - code) * (handled + 1);
    code = next;
    for (uint32_t i = 0; i < label->count; i++) {
      delta += label->codes[i] < code;
      if (label->codes[i] == code) {
        delta_write(out, delta, bias);
        bias = bias_adapt(delta, handled + 1, handled == label->basic);
        delta = 0;
        handled++;
      }
    }
    delta++;
    code++;
  }
}

static void label_write(output_t* out, const label_t* label) {
  bool ascii = label->basic == label->count;

  for (const char* prefix = "xn--"; !ascii && *prefix != '\0'; prefix++) {
    byte_write(out, *prefix);
  }
  for (uint32_t i = 0; i < label->count; i++) {
    if (label->codes[i] < CODE_AT_FIRST) {
      byte_write(out, (char)label->codes[i]);
    }
  }
  if (!ascii && label->basic > 0) {
    byte_write(out, '-');
  }
  codes_write(out, label);
}

/* ---- names --------------------------------------------------------------- */

/* Read the label at |*at|, and move |*at| behind it and its dot. The dot, 0 at
 * the end of the name, CODE_BAD when it cannot be read. */
static uint32_t label_read(label_t* label, const char** at) {
  label->count = 0;
  label->basic = 0;
  for (;;) {
    uint32_t code = code_read(at);
    if (code == 0 || code_is_dot(code)) {
      return code;
    }
    if (code == CODE_BAD || label->count == LABEL_MOST) {
      return CODE_BAD;
    }
    label->codes[label->count++] = code;
    label->basic += code < CODE_AT_FIRST;
  }
}

int gy_idna_to_ascii(const char* name, char buf[GY_IDNA_SIZE]) {
  output_t out = {buf, 0};
  label_t label;
  uint32_t dot;

  do {
    dot = label_read(&label, &name);
    if (dot == CODE_BAD) {
      return UV_EINVAL;
    }
    label_write(&out, &label);
    if (dot != 0) {
      byte_write(&out, '.');
    }
  } while (dot != 0 && out.length < GY_IDNA_SIZE);
  if (out.length == 0 || out.length == GY_IDNA_SIZE) {
    return UV_EINVAL;
  }
  buf[out.length] = '\0';
  return out.length;
}
