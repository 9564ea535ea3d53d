/* plain.c - for a library of which there is one variant. */
#include "net.h"

const char* net_variant(size_t index) {
  (void)index;
  return NULL;
}

void net_take_variant(const char* name) {
  (void)name;
}

bool net_variant_can_serve(const net_workload_t* workload) {
  (void)workload;
  return true;
}
