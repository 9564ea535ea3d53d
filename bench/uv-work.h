/* uv-work.h - the workloads of the thread pool, which only uv.h has. */
#ifndef BENCH_UV_WORK_H_
#define BENCH_UV_WORK_H_

#include "bench.h"

extern const bench_workload_t bench_work_workloads[];

#endif /* BENCH_UV_WORK_H_ */
