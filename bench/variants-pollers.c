/* variants-pollers.c - Gyre's variants: the pollers beside the default one.
 *
 * What is large is left to the default one: there the bytes take the time, and
 * none of the pollers moves them. */
#include <gyre.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "variants.h"

static const char* taken;

const char* variant_at(size_t index) {
  return gyre_poller_name(index + 1);
}

void variant_take(const char* name) {
  taken = name;
  if (name != NULL) {
    bench_check(setenv("GYRE_POLLER", name, 1) == 0, "out of memory");
  }
}

bool variant_can_run(const char* workload) {
  bool large = strstr(workload, "-stream-") != NULL ||
               strstr(workload, "-copy-") != NULL;

  return taken == NULL || !large;
}
