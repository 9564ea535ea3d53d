/* pollers.c - Gyre's variants: the pollers beside the default one. */
#include <gyre.h>
#include <stdlib.h>
#include <string.h>

#include "../bench.h"
#include "net.h"

enum {
  SCANS_MOST = 1000 /* connections that poll and select are asked to watch */
};

static const char* taken;

const char* net_variant(size_t index) {
  return gyre_poller_name(index + 1);
}

void net_take_variant(const char* name) {
  taken = name;
  if (name != NULL) {
    bench_check(setenv("GYRE_POLLER", name, 1) == 0, "out of memory");
  }
}

bool net_variant_can_serve(const net_workload_t* workload) {
  bool scans = taken != NULL &&
               (strcmp(taken, "poll") == 0 || strcmp(taken, "select") == 0);

  return !scans || workload->connections <= SCANS_MOST;
}
