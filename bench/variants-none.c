/* variants-none.c - of this library there is one of each. */
#include "variants.h"

const char* variant_at(size_t index) {
  (void)index;
  return NULL;
}

void variant_take(const char* name) {
  (void)name; /* There is none to take. */
}

bool variant_can_run(const char* workload) {
  (void)workload;
  return true;
}
