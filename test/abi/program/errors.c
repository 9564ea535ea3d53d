/* errors.c - each error has the name and the message of errno.tsv.
 *
 * The four ways to ask must agree: programs print what they get, and others
 * parse it. */
#include "errors.h"

#include <stdio.h>
#include <string.h>

/* Compare |got| with |want|; tell the difference. The number of differences. */
static int text_differs(const char* what, int code, const char* got,
                        const char* want) {
  if (got != NULL && strcmp(got, want) == 0)
    return 0;
  printf("%s(%d): \"%s\" instead of \"%s\"\n", what, code,
         got == NULL ? "(null)" : got, want);
  return 1;
}

static int row_differs(const struct error_row* row) {
  char buf[128];
  char tight[4];
  int count = 0;

  count +=
      text_differs("uv_err_name", row->code, uv_err_name(row->code), row->name);
  count += text_differs("uv_strerror", row->code, uv_strerror(row->code),
                        row->message);
  count += text_differs("uv_err_name_r", row->code,
                        uv_err_name_r(row->code, buf, sizeof(buf)), row->name);
  count +=
      text_differs("uv_strerror_r", row->code,
                   uv_strerror_r(row->code, buf, sizeof(buf)), row->message);

  /* A buffer too small gets what fits, and its end. */
  snprintf(buf, sizeof(tight), "%s", row->message);
  count += text_differs("uv_strerror_r in 4 bytes", row->code,
                        uv_strerror_r(row->code, tight, sizeof(tight)), buf);
  return count;
}

int main(void) {
  int count = 0;
  size_t i;

  for (i = 0; i < error_count; i++)
    count += row_differs(&error_rows[i]);
  printf("%u errors, %d differences\n", (unsigned int)error_count, count);
  return count == 0 ? 0 : 1;
}
