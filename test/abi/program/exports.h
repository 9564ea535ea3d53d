/* exports.h - the names of functions.tsv, as exports.awk writes them. */
#ifndef ABI_EXPORTS_H_
#define ABI_EXPORTS_H_

#include <stddef.h>

extern const char* const export_names[];
extern const size_t export_count;

#endif /* ABI_EXPORTS_H_ */
