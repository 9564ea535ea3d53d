/* errors.h - the rows of errno.tsv, as errors.awk writes them. */
#ifndef ABI_ERRORS_H_
#define ABI_ERRORS_H_

#include <stddef.h>
#include <uv.h>

struct error_row {
  int code;
  const char* name;
  const char* message;
};

extern const struct error_row error_rows[];
extern const size_t error_count;

#endif /* ABI_ERRORS_H_ */
