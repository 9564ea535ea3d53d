/* tty.h - terminals: the console a program was started from.
 *
 * A uv_tty_t is a stream: read and write with stream.h. One direction a
 * handle, as the descriptor has it.
 *
 * For every function here: loop thread only unless it says otherwise; the
 * handle stays in place until its close callback; NULL where a pointer is owed
 * is UV_EINVAL. The contract is libuv 1.x's, manual page "tty". */
#ifndef UV_TTY_H_
#define UV_TTY_H_

#include "uv/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the terminal does with keys before they are read. Since libuv 1.2. */
typedef enum {
  /* As the terminal was at first: lines, echo, ^C is a signal. */
  UV_TTY_MODE_NORMAL,
  /* Each key at once, no echo, no signals. Output is still translated: a line
   * feed also returns the carriage. On Windows also reports resizes. */
  UV_TTY_MODE_RAW,
  /* Bytes as they are, both ways; for programs talking to programs. See
   * cfmakeraw(3). Unix only; on Windows UV_EINVAL. */
  UV_TTY_MODE_IO,
  /* As raw, and on Windows keys arrive as virtual terminal sequences, as they
   * do on Unix anyway. Since libuv 1.51. */
  UV_TTY_MODE_RAW_VT
} uv_tty_mode_t;

/* Whether the Windows console understands virtual terminal sequences. */
typedef enum {
  /* It does: Windows 10 and later, ConEmu. Sequences are passed through. */
  UV_TTY_SUPPORTED,
  /* It does not. The library carries out what it can with console calls. */
  UV_TTY_UNSUPPORTED
} uv_tty_vtermstate_t;

/* A terminal. */
struct uv_tty_s {
  UV_HANDLE_FIELDS
  UV_STREAM_FIELDS
  /* Not for users. */
  GY_TTY_PRIVATE
};

/* Make |handle| a stream of |loop| over the terminal |fd|: 0, 1, 2 or another
 * descriptor. |readable| is ignored since libuv 1.23.1; the descriptor knows.
 *
 * On Unix the terminal is opened anew where that can be done, so that to not
 * block is this handle's own affair and not that of every process that shares
 * |fd|; then |fd| stays the caller's, as it was. Where not, as with the other
 * end of a pseudo-terminal, writes block, and |handle| uses |fd| itself and
 * closes it, except 0, 1 and 2. A pipe or a socket, for which a terminal was
 * redirected, is taken as uv_pipe_open() takes it. The search for the terminal
 * uses ttyname_r(3), and on OpenBSD and Solaris must not run in two threads at
 * once.
 *
 * Returns 0; UV_EINVAL if |fd| is a file, a directory, another device, or
 * closed (since libuv 1.5); on Unix UV_EEXIST if it could not be opened anew
 * and another handle of |loop| uses it; else what fcntl(2) says. If not 0,
 * |handle| is not initialised and needs no close. */
UV_EXTERN int uv_tty_init(uv_loop_t* loop, uv_tty_t* handle, uv_file fd,
                          int readable);

/* Set the terminal of |handle| to |mode|. The terminal is shared: other handles
 * and other programs on it see the change. What it was when it last left its
 * normal mode is kept: for UV_TTY_MODE_NORMAL, for uv_tty_reset_mode(), and for
 * when the last handle that set a mode closes (since libuv 1.49). To set the
 * mode that it is in does nothing. Waits until what was written has gone out;
 * see tcsetattr(3), TCSADRAIN.
 *
 * Returns 0; UV_EINVAL for a |mode| that is none; UV_EBADF if |handle| is
 * closing; UV_ENOTTY if it is over a pipe or a socket; UV_ENOMEM; else what
 * tcsetattr(3) says. */
UV_EXTERN int uv_tty_set_mode(uv_tty_t* handle, uv_tty_mode_t mode);

/* Give all terminals back as they were before uv_tty_set_mode(). To be called
 * before exit, from any thread, on Unix also from a signal handler or by
 * atexit(3). Handles may set modes afterwards.
 *
 * Returns 0, also if nothing was changed; UV_EBUSY if it interrupts
 * uv_tty_set_mode() in a signal handler, or another thread is in there; else
 * what tcsetattr(3) says of the first terminal that it says something of. */
UV_EXTERN int uv_tty_reset_mode(void);

/* Write the size of the terminal's window to |*width| and |*height|, in
 * characters. SIGWINCH tells of a change; see signal.h.
 *
 * Returns 0; UV_EBADF if |handle| is closing; else what ioctl(2) TIOCGWINSZ
 * says. */
UV_EXTERN int uv_tty_get_winsize(uv_tty_t* handle, int* width, int* height);

/* Tell by |state| whether the console understands virtual terminal sequences,
 * where the library does not find that out alone, as with ConEmu. For all
 * handles; any thread. On Windows; elsewhere nothing. Since libuv 1.33. */
UV_EXTERN void uv_tty_set_vterm_state(uv_tty_vtermstate_t state);

/* Write to |*state| whether the console understands virtual terminal
 * sequences, as found out or set. Any thread. Since libuv 1.33.
 *
 * Returns 0; UV_ENOTSUP on Unix. */
UV_EXTERN int uv_tty_get_vterm_state(uv_tty_vtermstate_t* state);

#ifdef __cplusplus
}
#endif

#endif
