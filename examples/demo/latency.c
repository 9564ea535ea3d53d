/* latency.c - a histogram of times with eight bins for each power of two.
 *
 * So a percentile is right to an eighth, whatever its size, and adding a time
 * costs a few shifts and no memory. */
#include "demo.h"

static size_t bin_of(uint64_t ns) {
  unsigned shift = 0;
  size_t bin;

  while (ns >> shift >= 16) {
    shift++;
  }
  bin = shift * 8 + (size_t)(ns >> shift);
  return bin < LATENCY_BINS ? bin : LATENCY_BINS - 1;
}

/* The first time that is beyond |bin|. */
static uint64_t bin_end(size_t bin) {
  size_t shift = bin < 16 ? 0 : bin / 8 - 1;

  return (uint64_t)(bin - shift * 8 + 1) << shift;
}

void latency_add(latency_t* latency, uint64_t ns) {
  latency->count++;
  latency->bins[bin_of(ns)]++;
  if (ns > latency->max_ns) {
    latency->max_ns = ns;
  }
}

uint64_t latency_percentile(const latency_t* latency, unsigned percent) {
  uint64_t wanted = (latency->count * percent + 99) / 100;
  uint64_t seen = 0;
  size_t bin;

  for (bin = 0; bin < LATENCY_BINS; bin++) {
    seen += latency->bins[bin];
    if (seen >= wanted && bin_end(bin) < latency->max_ns) {
      return bin_end(bin);
    }
  }
  return latency->max_ns;
}

uint64_t latency_between(const latency_t* latency, uint64_t from_ns,
                         uint64_t to_ns) {
  uint64_t count = 0;
  size_t bin;

  for (bin = bin_of(from_ns); bin < bin_of(to_ns); bin++) {
    count += latency->bins[bin];
  }
  return count;
}
