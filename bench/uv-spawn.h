/* uv-spawn.h - the workloads of child processes, which only uv.h has. */
#ifndef BENCH_UV_SPAWN_H_
#define BENCH_UV_SPAWN_H_

#include "bench.h"

extern const bench_workload_t bench_spawn_workloads[];

#endif /* BENCH_UV_SPAWN_H_ */
