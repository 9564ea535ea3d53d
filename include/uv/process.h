/* process.h - child processes: to start them, talk to them, see them end.
 *
 * For every function here: loop thread only unless it says otherwise; the
 * handle stays in place until its close callback; NULL where a pointer is owed
 * is UV_EINVAL. Names and arguments are UTF-8 on Windows. The contract is
 * libuv 1.x's, manual page "process". */
#ifndef UV_PROCESS_H_
#define UV_PROCESS_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tell that the child |process| has ended: with |exit_status|, or, if
 * |term_signal| is not 0, by that signal. Called once, from uv_run(), after
 * what streams have read in the same turn. On Unix the child is reaped.
 * |process| is inactive and to be closed.
 *
 * A negative |exit_status| is a UV_E* code, and how the child ended is not
 * known: UV_ESRCH if somebody else in this process has reaped it. */
typedef void (*uv_exit_cb)(uv_process_t* process, int64_t exit_status,
                           int term_signal);

/* What a descriptor of the child becomes. One of the first four; with
 * UV_CREATE_PIPE, the others may be ORed to it. */
typedef enum {
  /* None of the options'; 0, 1 and 2 are /dev/null (NUL on Windows). What this
   * process has there is inherited, unless it closes on exec; gyre_spawn()
   * closes it. */
  UV_IGNORE = 0x00,
  /* One end of a new pipe. The other end becomes data.stream: a uv_pipe_t
   * fresh from uv_pipe_init(). */
  UV_CREATE_PIPE = 0x01,
  /* A copy of this process's descriptor data.fd. If it becomes 0, 1 or 2, its
   * file is made to block, for this process as well: O_NONBLOCK is of the file,
   * and hardly any program is ready for it there. */
  UV_INHERIT_FD = 0x02,
  /* A copy of the descriptor of data.stream, an open stream; likewise. */
  UV_INHERIT_STREAM = 0x04,
  /* The child reads from the pipe, this process writes. */
  UV_READABLE_PIPE = 0x10,
  /* The child writes to the pipe, this process reads. */
  UV_WRITABLE_PIPE = 0x20,
  /* The child's end does not block. Faster for a child that knows (on Windows:
   * expects overlapped I/O), loss of data for one that does not. Also a flag of
   * uv_pipe() and uv_socketpair(). Since libuv 1.41. */
  UV_NONBLOCK_PIPE = 0x40,
  /* The same under the name that libuv 1.21 gave it. */
  UV_OVERLAPPED_PIPE = 0x40
} uv_stdio_flags;

/* One descriptor of a child to be. The user's. */
typedef struct uv_stdio_container_s {
  /* What it becomes. */
  uv_stdio_flags flags;
  /* Out of what. */
  union {
    /* For UV_CREATE_PIPE and UV_INHERIT_STREAM. */
    uv_stream_t* stream;
    /* For UV_INHERIT_FD. */
    int fd;
  } data;
} uv_stdio_container_t;

/* How uv_spawn() starts a child: 0 or an OR of these. */
enum uv_process_flags {
  /* Become the user |uid| first. On Windows UV_ENOTSUP. */
  UV_PROCESS_SETUID = (1 << 0),
  /* Become the group |gid| first. On Windows UV_ENOTSUP. */
  UV_PROCESS_SETGID = (1 << 1),
  /* Windows: join |args| with spaces as they are, without quoting. */
  UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS = (1 << 2),
  /* Lead a new session (Windows: a new process group), so that the child lives
   * on when this process or its terminal goes. uv_unref() the handle too if the
   * loop shall not wait for it. See setsid(2). */
  UV_PROCESS_DETACHED = (1 << 3),
  /* Windows: hide console and windows, both of the next. */
  UV_PROCESS_WINDOWS_HIDE = (1 << 4),
  /* Windows: no console window. Since libuv 1.24. */
  UV_PROCESS_WINDOWS_HIDE_CONSOLE = (1 << 5),
  /* Windows: start with its first window hidden. Since libuv 1.24. */
  UV_PROCESS_WINDOWS_HIDE_GUI = (1 << 6),
  /* Windows: if |file| has a directory in it, try it as it is before adding
   * .com and .exe. Since libuv 1.48. */
  UV_PROCESS_WINDOWS_FILE_PATH_EXACT_NAME = (1 << 7)
};

/* What to start, and how. The user's, and read only during uv_spawn(); fields
 * that are not wanted are 0. */
typedef struct uv_process_options_s {
  /* Called when the child has ended; may be NULL. */
  uv_exit_cb exit_cb;
  /* The program. Without a slash it is searched in the PATH of |env|, or of
   * this process if |env| is NULL. */
  const char* file;
  /* Its arguments, NULL at the end; args[0] is its name, by custom |file|.
   * NULL: |file| and no more. On Windows they are joined to one command line,
   * quoted for the C runtime. */
  char** args;
  /* Its environment, "NAME=value", NULL at the end. NULL: this process's. */
  char** env;
  /* Its working directory. NULL: this process's. */
  const char* cwd;
  /* 0 or an OR of enum uv_process_flags. */
  unsigned int flags;
  /* How many descriptors |stdio| tells; those from stdio_count on are as with
   * UV_IGNORE. */
  int stdio_count;
  /* What descriptor 0 (input), 1 (output), 2 (errors) and so on become. On
   * Windows those above 2 reach only programs with the C runtime of
   * Microsoft. */
  uv_stdio_container_t* stdio;
  /* For UV_PROCESS_SETUID and UV_PROCESS_SETGID, else ignored. */
  uv_uid_t uid;
  uv_gid_t gid;
} uv_process_options_t;

/* A child. */
struct uv_process_s {
  UV_HANDLE_FIELDS
  /* As given in the options. */
  uv_exit_cb exit_cb;
  /* The id of the child, valid after a uv_spawn() that returned 0. Read only.
   */
  int pid;
  /* Not for users. */
  GY_PROCESS_PRIVATE
};

/* Do not let children inherit the descriptors that this process itself
 * inherited, but for those that their options tell: set all that can be found
 * to close on exec. To be called first in main(), before they are used or
 * copied. Best effort: on Unix the search ends at the first gap above 15. Not
 * safe against other threads that open. */
UV_EXTERN void uv_disable_stdio_inheritance(void);

/* Make |handle| a process handle of |loop| and start a child as |options| say.
 * The handle is active until the child has ended. Closing it does not end the
 * child; then nobody is told.
 *
 * In the child all signals have their default action and none is blocked. It
 * has the descriptors of |options|, none of the library's, and of this
 * process's those that do not close on exec; see gyre_spawn(). Each pipe made
 * for UV_CREATE_PIPE is connected when the call returns, also when no child
 * could be started: then reading finds the end and writing UV_EPIPE, as if it
 * had ended at once. Only if the pipes themselves could not be had, by
 * UV_EINVAL, UV_EBUSY or perhaps UV_EMFILE, is none connected. It is the user's
 * to close in any case. Whether the program could be executed is known when the
 * call returns; on Unix it waits for the child's exec. See fork(2),
 * execvp(3), CreateProcessW.
 *
 * Returns 0; UV_ENOENT if there is no such program or cwd; UV_EACCES if it must
 * not be executed; UV_EPERM if the user or group must not be set; UV_EINVAL if
 * |options| has no file or an unknown flag, or a stdio entry does not fit, as a
 * stream without a descriptor; UV_EBUSY for a pipe that is open; UV_EBADF for a
 * data.fd that is not open; UV_ENOTSUP for a flag the system cannot keep;
 * UV_EMFILE, UV_EAGAIN or UV_ENOMEM if there is no room for a process. If not
 * 0, exit_cb is not called, and pid is 0; |handle| is not the loop's then, and
 * may be closed with uv_close(), as libuv's manual wants, or let go. */
UV_EXTERN int uv_spawn(uv_loop_t* loop, uv_process_t* handle,
                       const uv_process_options_t* options);

/* Send the signal |signum| to the child of |handle|. See kill(2), and uv_kill()
 * for Windows.
 *
 * Returns 0; UV_ESRCH if it has ended, known to the loop or not; UV_EINVAL for
 * a |signum| that is none; else what kill(2) says. */
UV_EXTERN int uv_process_kill(uv_process_t* handle, int signum);

/* Send the signal |signum| to the process |pid|; with 0, send nothing and ask
 * whether it could be. Any thread. On Windows SIGTERM, SIGKILL, SIGINT and
 * SIGQUIT end the process at once, 0 asks whether it lives, others are
 * UV_ENOSYS. See kill(2).
 *
 * Returns 0; UV_ESRCH if there is none; UV_EPERM if it is not ours; UV_EINVAL
 * for a |signum| that is none. */
UV_EXTERN int uv_kill(int pid, int signum);

/* Return the id of the child of |handle|, its pid. Since libuv 1.19. */
UV_EXTERN uv_pid_t uv_process_get_pid(const uv_process_t* handle);

#ifdef __cplusplus
}
#endif

#endif
