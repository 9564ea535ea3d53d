/* signal.h - signals, as events of a loop.
 *
 * Any number of handles, of any loops and threads, may watch one signal; each
 * is called. While one watches, the process's handler for the signal is the
 * library's, for all threads; with the last stop the default returns. Programs
 * must not set a handler of their own for it meanwhile (sigaction(2)), or the
 * handles hear nothing.
 *
 * SIGKILL and SIGSTOP cannot be watched. To watch SIGBUS, SIGFPE, SIGILL or
 * SIGSEGV is undefined: the handler returns to the fault. SIGABRT is not heard
 * from abort(). The signals 32 and 33 belong to the C library on Linux.
 *
 * On Windows: SIGINT is ^C (not in raw mode), SIGBREAK ^Break, SIGHUP the
 * closing of the console, about 10 seconds before the process is ended,
 * SIGWINCH a new size of the console, seen while a terminal is read or
 * written. Other signals may be watched and never come; raise() is not heard.
 *
 * For every function here: loop thread only; the handle stays in place until
 * its close callback; NULL where a pointer is owed is UV_EINVAL. The contract
 * is libuv 1.x's, manual page "signal"; see signal(7). */
#ifndef UV_SIGNAL_H_
#define UV_SIGNAL_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tell that the signal |signum| was delivered to this process. Called from
 * uv_run(), so anything may be done here. Deliveries that follow each other
 * faster than the loop turns may be told as one. */
typedef void (*uv_signal_cb)(uv_signal_t* handle, int signum);

/* A watcher of one signal. */
struct uv_signal_s {
  UV_HANDLE_FIELDS
  /* As given to uv_signal_start(). */
  uv_signal_cb signal_cb;
  /* The signal that is watched, 0 if none. Read only. */
  int signum;
  /* Not for users. */
  GY_SIGNAL_PRIVATE
};

/* Make |handle| a signal handle of |loop|, watching nothing. It must be closed
 * with uv_close() before its memory goes.
 *
 * Returns 0; else what making the loop's signal descriptors says, UV_EMFILE or
 * UV_ENOMEM; then |handle| is not initialised. */
UV_EXTERN int uv_signal_init(uv_loop_t* loop, uv_signal_t* handle);

/* Call |signal_cb| for each |signum| delivered from now on. On a handle that
 * watches: change over to the new signal and callback.
 *
 * Returns 0; UV_EINVAL if |signum| is 0, no signal or one that cannot be
 * caught, |signal_cb| is NULL or |handle| is closing. */
UV_EXTERN int uv_signal_start(uv_signal_t* handle, uv_signal_cb signal_cb,
                              int signum);

/* As uv_signal_start(), for the first delivery only: the system's handler is
 * reset as it happens, so a second signal has its default action at once, and
 * the handle stops. If others watch the signal for good, theirs stays. See
 * SA_RESETHAND in sigaction(2). Since libuv 1.12.
 *
 * Returns as uv_signal_start(). */
UV_EXTERN int uv_signal_start_oneshot(uv_signal_t* handle,
                                      uv_signal_cb signal_cb, int signum);

/* Stop watching: the callback of |handle| is not called again, not even for a
 * signal that was delivered already. Harmless on a handle that does not watch.
 *
 * Returns 0. */
UV_EXTERN int uv_signal_stop(uv_signal_t* handle);

#ifdef __cplusplus
}
#endif

#endif
