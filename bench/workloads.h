/* workloads.h - what every library is measured by, written once.
 *
 * A program includes it after it has defined, as static inline functions over
 * its library, the words that are used here:
 *
 *   lib_t                          a loop
 *   lib_open, lib_close            it begins and ends; no handle is left then
 *   lib_inside(lib, body, arg)     call |body| as a callback would be called
 *   lib_turns(lib, body, arg)      turn, calling |body| in each turn, until it
 *                                  returns false
 *   lib_run                        turn until there is nothing to wait for
 *   lib_look, lib_once             one turn that does not sleep; one that may
 *   lib_threads                    before a loop that is sent to by threads
 *   lib_size, lib_count_bytes      of a loop; count what is allocated
 *   lib_update                     read the clock anew, in a callback
 *   lib_timer_t                    lib_timer_init, _start, _stop, _drop
 *   lib_async_t                    lib_async_init, _send, _drop
 *
 * Its callbacks call timer_fired() and async_received(). */
#ifndef BENCH_WORKLOADS_H_
#define BENCH_WORKLOADS_H_

#include "workloads-loop.h"
#include "workloads-timer.h"

/* ---- the tables ---------------------------------------------------------- */

static const bench_workload_t shared_workloads[] = {
    BENCH_TIMER_SIZES("timer-start", timer_start),
    BENCH_TIMER_SIZES("timer-stop", timer_stop),
    BENCH_TIMER_SIZES("timer-fire", timer_fire),
    BENCH_TIMER_SIZES("timer-live", timer_live),
    BENCH_TIMER_SIZES("timer-rearm", timer_rearm),
    BENCH_TIMER_SIZES("timer-idle", timer_idle),
    BENCH_TIMER_SIZES("timer-cycle", timer_cycle),
    {"loop-turn", loop_turn, 0, BENCH_CPU, 0},
    {"loop-turn-timer", loop_turn_timer, 0, BENCH_CPU, 0},
    {"loop-birth", loop_birth, 0, BENCH_CPU, 0},
    {"loop-life", loop_life, 0, BENCH_CPU, 0},
    {"loop-first", loop_first, 0, BENCH_CPU, 0},
    {"loop-holds", loop_holds, 0, BENCH_CPU, 0},
    {"loop-holds-async", loop_holds, 1, BENCH_CPU, 0},
    {"async-one-1", async_one, 1, BENCH_CPU, 0},
    {"async-one-100", async_one, 100, BENCH_CPU, 0},
    {"async-one-10k", async_one, 10000, BENCH_CPU, 0},
    {"async-thread-1", async_thread, 1, BENCH_BOTH, 0},
    {"async-thread-10k", async_thread, 10000, BENCH_BOTH, 0},
    {"async-storm-1t", async_storm, 1, BENCH_WALL, 0},
    {"async-storm-4t", async_storm, 4, BENCH_WALL, 0},
    {NULL, NULL, 0, 0, 0}};

#endif /* BENCH_WORKLOADS_H_ */
