/* sys.h - the system calls of the Unix rooms, each with its fault point.
 *
 * errno becomes UV_E* here, EINTR is retried here. Nothing of ours is known
 * here. Any thread. */
#ifndef GY_UNIX_SYS_H_
#define GY_UNIX_SYS_H_

#include <stddef.h>
#include <stdint.h>

/* CLOCK_MONOTONIC, ns. */
uint64_t gy_sys_clock(void);

/* Sleep |ms| milliseconds, whatever signals come. */
void gy_sys_sleep(unsigned ms);

/* Let another thread run. */
void gy_sys_yield(void);

/* Make |fd| non-blocking; O_NONBLOCK stays if it was set. 0 or UV_E*. */
int gy_sys_nonblock(int fd);

/* Is |fd| open? 0, or UV_EBADF. */
int gy_sys_check_fd(int fd);

#endif /* GY_UNIX_SYS_H_ */
