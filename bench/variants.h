/* variants.h - a library that is a peer of itself: the same workloads, done in
 * several ways. Each program takes one file that answers. */
#ifndef BENCH_VARIANTS_H_
#define BENCH_VARIANTS_H_

#include <stdbool.h>
#include <stddef.h>

/* The name of a variant beside the usual way; NULL ends them. */
const char* variant_at(size_t index);

/* Be the variant |name| from now on; NULL is the usual way. */
void variant_take(const char* name);

/* Does |workload| say anything of the variant that was taken? */
bool variant_can_run(const char* workload);

#endif /* BENCH_VARIANTS_H_ */
