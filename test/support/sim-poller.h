/* sim-poller.h - a poller without a kernel, for tests: its descriptors are
 * made up, and so is its clock.
 *
 * A wait() that has nothing to report does not sleep: the clock jumps to the
 * next thing that happens, the time-out at the latest. So a test of a day takes
 * no time, and is the same each time. Only a wait() for ever, with nothing to
 * happen, does sleep: until another thread or a signal handler calls wake().
 *
 * Descriptors, clock and steps are there once, as a kernel is, whatever the
 * number of pollers. Loop thread, all of it.
 *
 *   gy_poller_register(&gy_sim_ops);    found as "sim" from now on
 *   gy_sim_reset();
 *   state->clock = gy_sim_clock;        the loop's clock
 */
#ifndef GY_SIM_POLLER_H_
#define GY_SIM_POLLER_H_

#include <stdint.h>

#include "poller.h"

extern const gy_poller_ops_t gy_sim_ops;

/* Begin anew: no descriptor is open, no step is due, operations are taken as
 * gy_sim_ops_take(0, GY_SIM_WHOLE) says. The clock shows 1 s. */
void gy_sim_reset(void);

/* ---- time ------------------------------------------------------------- */

/* The time, in ns. It stands still but for wait() and gy_sim_pass(). */
uint64_t gy_sim_clock(void);

/* Let |time_ns| pass, as a callback does that takes long. What was to happen in
 * this time happens in the next wait(). */
void gy_sim_pass(uint64_t time_ns);

/* Have |step| called with |arg| from within wait(), |delay_ns| from now: what
 * a peer, or another thread, does then. Steps of the same time come in the
 * order of these calls. */
void gy_sim_later(uint64_t delay_ns, void (*step)(void* arg), void* arg);

/* ---- descriptors: the lowest number that is free, from 3 on ------------- */

/* Open two ends of a stream that goes both ways. */
void gy_sim_pair(int fds[2]);

/* Open a stream that goes one way, from fds[1] to fds[0]. */
void gy_sim_pipe(int fds[2]);

/* Open a file, which cannot be polled. */
int gy_sim_file(void);

/* Close |fd|. 0 or UV_EBADF. */
int gy_sim_close(int fd);

/* Close |fd| with a reset: the other end has failed. 0 or UV_EBADF. */
int gy_sim_crash(int fd);

/* Say that |fd| sends no more. 0 or UV_EBADF. */
int gy_sim_shutdown(int fd);

/* Send |count| bytes, which have no contents. How many found room, or
 * UV_EAGAIN, UV_EPIPE, UV_EBADF. */
int gy_sim_write(int fd, int count);

/* Receive |count| bytes at most. How many there were; 0 at the end; or
 * UV_EAGAIN, UV_ECONNRESET, UV_EBADF. */
int gy_sim_read(int fd, int count);

/* Send a byte out of band, which the other end does not receive, but hears of
 * as GY_PRIORITIZED until gy_sim_calm(). 0 or UV_EBADF. */
int gy_sim_urge(int fd);
int gy_sim_calm(int fd);

/* ---- operations ------------------------------------------------------- */

#define GY_SIM_WHOLE INT32_MAX

/* Take operations from now on, and be done with each after |delay_ns|, with
 * |result|. GY_SIM_WHOLE stands for all of it: the length of a read or a write,
 * 0 of an fsync. */
void gy_sim_ops_take(uint64_t delay_ns, int result);

/* Answer |err| (UV_ENOSYS, UV_EAGAIN) to each submit() from now on. */
void gy_sim_ops_refuse(int err);

#endif /* GY_SIM_POLLER_H_ */
