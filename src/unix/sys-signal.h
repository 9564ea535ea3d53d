/* sys-signal.h - the system calls about signals, each with its fault point.
 *
 * errno becomes UV_E* here. Any thread. */
#ifndef GY_UNIX_SYS_SIGNAL_H_
#define GY_UNIX_SYS_SIGNAL_H_

#include <stdbool.h>

/* Have |handler| called for each |signum|, with all signals blocked, on the
 * alternative stack where there is one; system calls that it interrupts go on.
 * If |once|, the action is the default one again as it is called. UV_EINVAL. */
int gy_sys_signal_catch(int signum, void (*handler)(int signum), bool once);

/* Give |signum|, which was caught, its default action. */
void gy_sys_signal_release(int signum);

/* kill(2). UV_E*. */
int gy_sys_kill(int pid, int signum);

#endif /* GY_UNIX_SYS_SIGNAL_H_ */
