/* uv/loop.h - the loop: its life, its clock, its handles, its measures.
 *
 * A loop belongs to one thread at a time: the one that calls uv_run(). A
 * process may have many loops, each on a thread of its own. Except where
 * it says otherwise, a function on a loop, or on a handle or request of it, is
 * for that thread only.
 *
 * One turn of the loop: callbacks that the last turn put off; idle handles;
 * prepare handles; sleep until there is I/O, for no longer than to the first
 * timer; the callbacks of that I/O; check handles; close callbacks; and the
 * timers that are due.
 *
 * The behaviour is that of libuv 1.x, manual pages "loop", "design" and
 * "metrics". */
#ifndef UV_LOOP_H_
#define UV_LOOP_H_

#include <stdio.h>

#include "uv/handle.h"
#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What uv_loop_configure() can set. */
typedef enum {
  UV_LOOP_BLOCK_SIGNAL = 0,
  UV_METRICS_IDLE_TIME = 1,
  UV_LOOP_USE_IO_URING_SQPOLL = 2
} uv_loop_option;

/* So that the preprocessor, too, can tell that there is such an option. */
#define UV_LOOP_USE_IO_URING_SQPOLL UV_LOOP_USE_IO_URING_SQPOLL

/* How long uv_run() is to run. */
typedef enum {
  UV_RUN_DEFAULT = 0,
  UV_RUN_ONCE = 1,
  UV_RUN_NOWAIT = 2
} uv_run_mode;

/* A loop.
 *
 *   data  the program's, for whatever it likes. Never read or written here.
 *
 * The other fields are private; those with names are where libuv has them,
 * because debuggers and tests look there. */
struct uv_loop_s {
  void* data;
  unsigned int active_handles;
  struct uv__queue handle_queue;
  union {
    void* unused;
    unsigned int count;
  } active_reqs;
  void* internal_fields;
  unsigned int stop_flag;
  GY_LOOP_PRIVATE
};

/* What a loop has counted since it was made.
 *
 *   reserved        room for the future
 *   loop_count      turns
 *   events          events handed out in the poll phase
 *   events_waiting  those of them that were there before the loop slept: how
 *                   far it lags behind */
struct uv_metrics_s {
  uint64_t loop_count;
  uint64_t events;
  uint64_t events_waiting;
  uint64_t* reserved[13];
};

/* The default loop: one for the process, made at the first call, for programs
 * that need no other. It is like any loop, and should be closed with
 * uv_loop_close(); the next call then makes it anew.
 *
 * Not for two threads at once. NULL when it could not be made. */
UV_EXTERN uv_loop_t* uv_default_loop(void);

/* Make |loop|, the caller's memory, a loop. loop->data is left alone. It must
 * be ended with uv_loop_close(), and stay in place until then. Any thread, as
 * long as it is only one.
 *
 * Returns 0; UV_EMFILE, UV_ENFILE or UV_ENOMEM when the system has too little
 * left; UV_EINVAL if |loop| is NULL. On an error there is nothing to close. */
UV_EXTERN int uv_loop_init(uv_loop_t* loop);

/* End |loop|: its memory is then the caller's again. Every handle must have had
 * its close callback and every request its callback, and the loop must not be
 * running.
 *
 * Returns 0; UV_EBUSY when there are handles or requests left, and the loop
 * goes on as it was: close them, uv_run() it, try again. */
UV_EXTERN int uv_loop_close(uv_loop_t* loop);

/* A loop in memory of the library's own; NULL when it could not be made. To be
 * ended with uv_loop_delete(). Old programs use it;
 * uv_loop_init() is better. */
UV_EXTERN uv_loop_t* uv_loop_new(void);

/* Close |loop|, which uv_loop_new() made, and free it. It must have no handles
 * or requests: there is no way to say UV_EBUSY, so that is asserted. */
UV_EXTERN void uv_loop_delete(uv_loop_t* loop);

/* How many bytes a loop takes, for languages that cannot see the struct. Any
 * thread. */
UV_EXTERN size_t uv_loop_size(void);

/* Not 0 if |loop| has something to run for: an active, referenced handle, a
 * request under way, or a handle that is closing. */
UV_EXTERN int uv_loop_alive(const uv_loop_t* loop);

/* Set |option| of |loop|, before it is run for the first time.
 *
 *   UV_LOOP_BLOCK_SIGNAL         Block a signal, the int that follows, while
 *                                the loop sleeps, so that a profiler does not
 *                                wake it. Only SIGPROF.
 *   UV_METRICS_IDLE_TIME         Measure how long the loop sleeps: see
 *                                uv_metrics_idle_time(). Costs two looks at the
 *                                clock in each turn.
 *   UV_LOOP_USE_IO_URING_SQPOLL  A hint, from times when libuv gave file
 *                                operations to a polling thread of the Linux
 *                                kernel. It may change nothing.
 *
 * Returns 0; UV_EINVAL for a signal that is not SIGPROF; UV_ENOSYS for an
 * option that the library or the system does not have. Since libuv 1.0.2. */
UV_EXTERN int uv_loop_configure(uv_loop_t* loop, uv_loop_option option, ...);

/* Make |loop| work in the child of a fork(2): first thing there, before any
 * other call that concerns the loop. What was started stays started, but for
 * processes, which are the parent's children: their handles are inactive here.
 * Without it, parent and child take each other's events.
 *
 * Each loop of the parent that the child goes on with needs it; better is a new
 * loop in the child. What uv_backend_fd() gave before is no longer valid.
 *
 * Returns 0; UV_ENOSYS on Windows, which has no fork; or what the system says,
 * and the loop can then only be closed. Since libuv 1.12. */
UV_EXTERN int uv_loop_fork(uv_loop_t* loop);

/* What uv_loop_set_data() put there; as loop->data. Since libuv 1.19. */
UV_EXTERN void* uv_loop_get_data(const uv_loop_t* loop);

/* Keep |data| in |loop|; as assigning to loop->data. It stays the program's.
 * Since libuv 1.19. */
UV_EXTERN void uv_loop_set_data(uv_loop_t* loop, void* data);

/* Run |loop|, calling callbacks from in here, for as long as |mode| says.
 *
 *   UV_RUN_DEFAULT  Until it is not alive any more, or uv_stop() is called.
 *   UV_RUN_ONCE     One turn, which sleeps when there is nothing to do yet. At
 *                   least one callback is called, unless something else, such
 *                   as an uv_stop(), ends the sleep.
 *   UV_RUN_NOWAIT   One turn that does not sleep.
 *
 * It must not be called from a callback of the same loop: the turn that runs
 * does not expect another one within.
 *
 * Returns 0 when the loop is not alive; another number when it is, so that it
 * should be run again: that is, after uv_stop(), and after a single turn that
 * left something to do. UV_EINVAL for a mode that is none. */
UV_EXTERN int uv_run(uv_loop_t* loop, uv_run_mode mode);

/* Let uv_run() return at the end of this turn. The turn does not sleep if it
 * has not slept yet. When the loop is not running, its next uv_run() returns at
 * once. Loop thread only: from another thread, send to an async whose callback
 * stops it. */
UV_EXTERN void uv_stop(uv_loop_t* loop);

/* Let the loop's now be now. It is so at the start of each turn, and a callback
 * seldom takes so long that it matters: a few ms, before timers are armed. */
UV_EXTERN void uv_update_time(uv_loop_t* loop);

/* The loop's now: ms since some moment in the past, which means nothing by
 * itself. It never goes back, and stands still while callbacks run; see
 * uv_update_time(). For finer or more current times: uv_hrtime(). */
UV_EXTERN uint64_t uv_now(const uv_loop_t* loop);

/* A descriptor that becomes readable when |loop| has something to do, to run it
 * from within another loop: wait for it, for uv_backend_timeout() at most, then
 * uv_run() with UV_RUN_NOWAIT. It stays the loop's. Read, closed or changed, it
 * breaks the loop.
 *
 * -1 where the poller has none: poll(2), select(2), and Windows. A kqueue
 * within another kqueue does not work on all systems. */
UV_EXTERN int uv_backend_fd(const uv_loop_t* loop);

/* How many ms |loop| would sleep now, as uv_timer_get_due_in() counts them; 0
 * not at all, and -1 without an end. */
UV_EXTERN int uv_backend_timeout(const uv_loop_t* loop);

/* Call |walk_cb| with each handle of |loop|, also those that are closing, and
 * |arg|. The callback may close any handle; handles it makes are not shown. */
UV_EXTERN void uv_walk(uv_loop_t* loop, uv_walk_cb walk_cb, void* arg);

/* Print the handles of |loop|, the default loop if it is NULL, to |stream|,
 * stderr if that is NULL: a line with its flags (R referenced, A active, I the
 * library's own), its type and its address for each. For debugging, as the
 * form may change. Since libuv 1.8. */
UV_EXTERN void uv_print_all_handles(uv_loop_t* loop, FILE* stream);

/* The same for the handles that are active. Since libuv 1.8. */
UV_EXTERN void uv_print_active_handles(uv_loop_t* loop, FILE* stream);

/* Write to |*metrics| what |loop| has counted. In a prepare callback the
 * numbers fit each other best. Returns 0; UV_EINVAL if one is NULL.
 * Since libuv 1.45. */
UV_EXTERN int uv_metrics_info(uv_loop_t* loop, uv_metrics_t* metrics);

/* How many ns |loop| has slept since UV_METRICS_IDLE_TIME was configured; 0 if
 * it was not. A sleep that is going on counts. Any thread, while the loop is
 * there. Since libuv 1.39. */
UV_EXTERN uint64_t uv_metrics_idle_time(uv_loop_t* loop);

#ifdef __cplusplus
}
#endif

#endif /* UV_LOOP_H_ */
