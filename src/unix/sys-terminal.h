/* sys-terminal.h - the system calls about terminals.
 *
 * As in sys-net.h, which this adds to: errno becomes UV_E* here, EINTR is
 * retried here, and nothing of ours is known here. Any thread. */
#ifndef GY_UNIX_SYS_TERMINAL_H_
#define GY_UNIX_SYS_TERMINAL_H_

#include <stdbool.h>
#include <termios.h>

/* Open the terminal |fd| once more, with the same access, as an open file of
 * its own that does not block and is not inherited. The descriptor, which is
 * none of the three standard ones; or UV_E* when that cannot be done. */
int gy_sys_terminal_reopen(int fd);

/* Are |fd| and |other| the same terminal? The end of a pseudo-terminal that has
 * no name is only the same as itself. */
bool gy_sys_terminal_is_same(int fd, int other);

/* The state of the terminal |fd|. */
int gy_sys_terminal_get(int fd, struct termios* state);

/* Change it, with |wait| once all that was written before has gone out. Without
 * it, from a signal handler too. */
int gy_sys_terminal_set(int fd, const struct termios* state, bool wait);

/* Make |state| one in which keys arrive at once and as they are. */
void gy_sys_terminal_make_raw(struct termios* state);

/* The same, and bytes leave as they are. */
void gy_sys_terminal_make_binary(struct termios* state);

/* The window, in characters. */
int gy_sys_terminal_size(int fd, int* width, int* height);

#endif /* GY_UNIX_SYS_TERMINAL_H_ */
