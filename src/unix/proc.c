/* proc.c - what the small files of /proc say. */
#include "proc.h"

#include <string.h>

bool gy_span_is(gy_span_t span, const char* word) {
  return strlen(word) == span.length && memcmp(span.at, word, span.length) == 0;
}

bool gy_proc_number(const char** at, uint64_t* number) {
  const char* c = *at;
  uint64_t value = 0;

  while (*c == ' ' || *c == '\t') {
    c++;
  }
  if (*c < '0' || *c > '9') {
    return false;
  }
  for (; *c >= '0' && *c <= '9'; c++) {
    unsigned digit = (unsigned)(*c - '0');
    value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
  }
  *at = c;
  *number = value;
  return true;
}

bool gy_proc_line(const char** at, gy_span_t* line) {
  if (**at == '\0') {
    return false;
  }
  line->at = *at;
  line->length = strcspn(*at, "\n");
  *at += line->length;
  *at += **at == '\n';
  return true;
}

/* ---- memory and time ------------------------------------------------------
 */

uint64_t gy_proc_meminfo(const char* text, const char* key) {
  size_t length = strlen(key);
  gy_span_t line;
  uint64_t kb;

  while (gy_proc_line(&text, &line)) {
    const char* value = line.at + length + 1;
    if (line.length > length && memcmp(line.at, key, length) == 0 &&
        line.at[length] == ':' && gy_proc_number(&value, &kb)) {
      return kb > UINT64_MAX / 1024 ? UINT64_MAX : kb * 1024;
    }
  }
  return 0;
}

bool gy_proc_statm(const char* text, gy_proc_statm_t* statm) {
  uint64_t field[6]; /* size resident shared text lib data */

  for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
    if (!gy_proc_number(&text, &field[i])) {
      return false;
    }
  }
  statm->size = field[0];
  statm->resident = field[1];
  statm->data = field[5];
  return true;
}

bool gy_proc_uptime(const char* text, double* uptime) {
  uint64_t whole;
  double unit = 0.1;
  double fraction = 0;

  if (!gy_proc_number(&text, &whole)) {
    return false;
  }
  if (*text == '.') {
    for (text++; *text >= '0' && *text <= '9'; text++) {
      fraction += unit * (*text - '0');
      unit /= 10;
    }
  }
  *uptime = (double)whole + fraction;
  return true;
}
