/* core.h - the types that every room shares, and the vocabulary.
 *
 * A loop, a handle and a request are public structures with private fields;
 * all else that a loop needs is in gy_loop_t, one allocation that hangs on
 * uv_loop_t.internal_fields. */
#ifndef GY_CORE_H_
#define GY_CORE_H_

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc.h"
#include "poller.h"
#include "queue.h"
#include "uv.h"
#include "wheel.h"

#define GY_NS_PER_MS UINT64_C(1000000)

/* ---- the loop -------------------------------------------------------- */

typedef struct gy_watcher gy_watcher_t;
typedef struct gy_work gy_work_t;
typedef struct gy_task gy_task_t;

/* What is watched: a slot for each fd, found by gy_fd_index(). */
typedef struct {
  gy_watcher_t* watcher; /* or NULL */
  int next_changed;      /* index of the next slot to tell the poller of */
} gy_watch_slot_t;

typedef struct {
  gy_watch_slot_t* slots;
  size_t count;
  int first_changed; /* index, or GY_WATCH_END */
  unsigned batch;    /* number of the batch that is, or was last, handed out */
} gy_watch_table_t;

/* What other threads may touch; each field is atomic. See wake.c. Those that
 * are exchanged are no bytes: RISC-V has no instruction for that, and gcc calls
 * a library. */
typedef struct {
  _Atomic(uv_async_t*) asyncs;  /* sent, newest first; linked by next */
  _Atomic(gy_work_t*) done;     /* finished, newest first; linked by next */
  atomic_int sleep;             /* gy_sleep_t */
  atomic_uint posters;          /* threads inside gy_wake_post_*() */
  atomic_int foreign;           /* somebody else may sleep on the backend fd */
  atomic_int signalled;         /* a signal was caught, and is not told */
  atomic_bool forked;           /* what wakes it is the parent's: do not */
  atomic_uint_fast64_t idle_ns; /* total time asleep in the poller */
  atomic_uint_fast64_t asleep_at; /* when the present sleep began, or 0 */
} gy_shared_t;

/* File system operations that are answered on the loop's thread; see fs.c. */
typedef struct {
  gy_work_t* first; /* answered and not called back, oldest first, by next */
  gy_work_t* last;
  gy_task_t task;    /* calls them back */
  unsigned answered; /* how many these are */
  unsigned at_pool;  /* how many a thread has, or will have */
  unsigned skip; /* names to give to a thread, since one was tried in vain */
  uint64_t turn; /* the turn that the budget is for */
  unsigned count_left;
  size_t bytes_left;
  bool off; /* gyre_loop_set_file_fast_path() */

  gy_work_t* ring_first; /* which the poller runs, oldest first, by next */
  gy_work_t* ring_last;
  unsigned at_ring;  /* how many these are */
  bool ring_is_none; /* this kernel's poller runs no operations */
} gy_files_t;

enum {
  GY_HOOK_IDLE,
  GY_HOOK_PREPARE,
  GY_HOOK_CHECK,
  GY_HOOK_KINDS
};

typedef struct {
  gy_poller_t* poller;
  uint64_t (*clock)(void); /* ns; the platform's, or a test's */
  uint64_t now;            /* ns; see gy_loop_now() */
  bool now_stale;          /* |now| is of before the last sleep */
  bool wake_enabled;
  bool idle_time;   /* UV_METRICS_IDLE_TIME was asked for */
  bool streams_off; /* gyre_loop_set_stream_batching() */
  unsigned running; /* how many uv_run() are under way, one in the other */
  gy_wheel_t timers;
  uint64_t timers_ran; /* ns; when one last did */
  gy_queue_t hooks[GY_HOOK_KINDS];
  gy_queue_t pending;        /* of gy_task_t.node: callbacks put off */
  gy_queue_t signals;        /* of uv_signal_t.node: those that watch */
  gy_queue_t children;       /* processes; the platform's */
  uv_signal_t* child_signal; /* ours, of SIGCHLD; or NULL */
  uv_handle_t* closing;      /* linked by next_closing */
  uv_async_t* async_first;   /* collected from |shared|, oldest first */
  uv_async_t* async_last;
  gy_watch_table_t watch;
  uv_metrics_t metrics;
  gy_files_t files;
  struct gy_inotify* inotify; /* by which files are watched, or NULL */
  struct gy_burst* burst;     /* memory for datagrams taken ahead, or NULL */
  bool bursts_off;            /* this kernel takes none */
  gy_shared_t shared;
} gy_loop_t;

static inline gy_loop_t* gy_loop(const uv_loop_t* loop) {
  return (gy_loop_t*)loop->internal_fields;
}

/* Read the clock. */
void gy_loop_refresh(gy_loop_t* state);

/* The loop's now, in ns. It goes stale with each sleep, and is read from the
 * clock when somebody asks; see also gy_timers_run(). */
static inline uint64_t gy_loop_now(gy_loop_t* state) {
  if (state->now_stale) {
    gy_loop_refresh(state);
  }
  return state->now;
}

/* How long the poll phase may sleep, in ns; -1 is for ever. */
int64_t gy_loop_timeout(uv_loop_t* loop);

/* Use |ops| from now on. Nothing may be watched, and no other thread may use
 * the loop. 0, or UV_E* with the loop as it was. */
int gy_loop_set_poller(uv_loop_t* loop, const gy_poller_ops_t* ops);

/* The process is about to end, perhaps from within a callback: have the poller
 * do what it owes of the loop that this thread runs. */
void gy_loop_settle_running(void);

/* ---- the poll phase -------------------------------------------------- */

/* Tell the poller what changed, sleep at most gy_loop_timeout() (not at all
 * when |may_sleep| is false), and hand out what there is. */
void gy_dispatch(uv_loop_t* loop, bool may_sleep);

/* ---- callbacks put off to the pending phase --------------------------- */

static inline void gy_task_put_off(uv_loop_t* loop, gy_task_t* task) {
  gy_queue_push_last(&gy_loop(loop)->pending, &task->node);
}

/* Run those that are put off now. Were there any? */
bool gy_tasks_run(uv_loop_t* loop);

/* ---- handles --------------------------------------------------------- */

/* Bits of uv_handle_t.flags. 0x4000 and 0x8000 are known outside: uvloop sets
 * the first on pipes. */
enum {
  GY_HANDLE_CLOSING = 0x1,
  GY_HANDLE_CLOSED = 0x2,
  GY_HANDLE_ACTIVE = 0x4,
  GY_HANDLE_REF = 0x8,
  GY_HANDLE_INTERNAL = 0x10, /* ours; neither walked nor counted */
  GY_HANDLE_READING = 0x20,  /* a stream between read start and stop */
  GY_HANDLE_READABLE = 0x4000,
  GY_HANDLE_WRITABLE = 0x8000
};

/* What the core knows of a kind of handle. */
typedef struct {
  const char* name; /* as uv_handle_type_name() gives it */
  size_t size;
  /* Let go of everything and call gy_handle_closed(), now or later. NULL when
   * the kind cannot exist yet. */
  void (*close)(uv_handle_t* handle);
  /* In the child after fork(2). NULL when there is nothing to do. */
  void (*after_fork)(uv_handle_t* handle);
  /* The descriptor of |handle|, or UV_EBADF. NULL when the kind has none. */
  int (*fileno)(const uv_handle_t* handle, uv_os_fd_t* fd);
  /* Call back all requests that |handle| still has, right before its close
   * callback. NULL when the kind has no requests. */
  void (*finish)(uv_handle_t* handle);
} gy_handle_kind_t;

/* NULL when |type| is out of range. */
const gy_handle_kind_t* gy_handle_kind(uv_handle_type type);

void gy_handle_init(uv_loop_t* loop, uv_handle_t* handle, uv_handle_type type);

/* |handle|, which is closing, holds nothing any more: its close callback runs
 * in the next closing phase. */
void gy_handle_closed(uv_handle_t* handle);

/* Run the close callbacks that are due. */
void gy_handle_finish_closing(uv_loop_t* loop);

static inline bool gy_handle_is(const uv_handle_t* handle, unsigned flag) {
  return (handle->flags & flag) != 0;
}

static inline void gy_handle_start(uv_handle_t* handle) {
  if (!gy_handle_is(handle, GY_HANDLE_ACTIVE)) {
    handle->flags |= GY_HANDLE_ACTIVE;
    handle->loop->active_handles += gy_handle_is(handle, GY_HANDLE_REF);
  }
}

/* gy_handle_stop() for who has the loop at hand: |handle| may be cold. */
static inline void gy_handle_stop_on(uv_loop_t* loop, uv_handle_t* handle) {
  if (gy_handle_is(handle, GY_HANDLE_ACTIVE)) {
    handle->flags &= ~(unsigned)GY_HANDLE_ACTIVE;
    loop->active_handles -= gy_handle_is(handle, GY_HANDLE_REF);
  }
}

static inline void gy_handle_stop(uv_handle_t* handle) {
  gy_handle_stop_on(handle->loop, handle);
}

/* ---- requests -------------------------------------------------------- */

static inline void gy_req_start(uv_loop_t* loop, uv_req_t* req,
                                uv_req_type type) {
  req->type = type;
  loop->active_reqs.count++;
}

static inline void gy_req_finish(uv_loop_t* loop) {
  loop->active_reqs.count--;
}

/* ---- watchers: who hears of an fd ------------------------------------- */

/* Make |watcher| hear of |fd|, by |on_ready|, once it wants something. */
void gy_watcher_init(gy_watcher_t* watcher, gy_fd_t fd,
                     void (*on_ready)(uv_loop_t* loop, gy_watcher_t* watcher,
                                      unsigned mask, int err));

/* Want the events |mask| (GY_READABLE ...), and no others; 0 is none. The
 * poller is told before the next sleep. UV_ENOMEM, or UV_EEXIST when another
 * watcher has the fd. */
int gy_watcher_want(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask);

/* Forget the fd, at once: the caller may close it, and no event that is on the
 * way reaches |watcher| any more. */
void gy_watcher_forget(uv_loop_t* loop, gy_watcher_t* watcher);

/* The same for a caller that is going to close the fd, and does it before the
 * next sleep: where the kernel forgets it with that, this is all there is to
 * do. */
void gy_watcher_let_go(uv_loop_t* loop, gy_watcher_t* watcher);

/* Does any watcher hear of |fd|? */
bool gy_watcher_exists(const uv_loop_t* loop, gy_fd_t fd);

/* The same, and the fd is closed: now, or when the poller is entered next. */
void gy_watcher_close(uv_loop_t* loop, gy_watcher_t* watcher);

/* What on_ready is called with when something is no event that can be watched,
 * but what the poller did: |err| is how a send() ended, which is to be noted
 * without calling anybody back. */
enum {
  GY_SENT = 512
};

/* The poller's part; see watcher.c. */
void gy_watchers_init(gy_watch_table_t* table);
void gy_watchers_destroy(gy_watch_table_t* table);
bool gy_watchers_changed(const gy_watch_table_t* table);
void gy_watchers_tell(uv_loop_t* loop);
void gy_watchers_hand_out(uv_loop_t* loop, gy_fd_t fd, unsigned mask);
void gy_watchers_sent(uv_loop_t* loop, gy_fd_t fd, int result);
void gy_watchers_fail(uv_loop_t* loop, int err);
void gy_watchers_after_fork(uv_loop_t* loop);

/* ---- operations the poller runs --------------------------------------- */

/* In the child of a fork: what the parent's poller runs of files is cancelled.
 */
void gy_fs_after_fork(uv_loop_t* loop);

/* The owner of a gy_op_t is a gy_work_t, whose |done| is called with the result
 * and whose other fields are its user's. */

/* ---- waking the loop -------------------------------------------------- */

typedef enum {
  GY_SLEEP_NO,   /* the loop looks before it sleeps */
  GY_SLEEP_YES,  /* somebody must call the poller's wake() */
  GY_SLEEP_WOKEN /* somebody does */
} gy_sleep_t;

/* Make it possible to wake |loop|. Before anything can be posted; loop thread.
 * UV_E* when there is no descriptor left for it. */
int gy_wake_enable(uv_loop_t* loop);

/* Say that the loop is about to sleep; false when it must not, because
 * something was posted. True is followed by gy_wake_end_sleep(). */
bool gy_wake_begin_sleep(gy_loop_t* state);
void gy_wake_end_sleep(gy_loop_t* state);

/* Has something been posted? */
bool gy_wake_has_posts(const gy_loop_t* state);

/* Post |async| to |loop| and wake it. Any thread, and signal handlers. Once the
 * post can be seen, |async| is not touched, and the loop is only while
 * |posters| is not 0. */
void gy_wake_post_async(uv_loop_t* loop, uv_async_t* async);

/* The same for |work|, in two steps, so that a lock can be released in between:
 * the second is to follow if the first says so. The first is done under a lock
 * of the pool, or on the loop's thread: see gy_wake_drain(). */
bool gy_wake_push_work(uv_loop_t* loop, gy_work_t* work);
void gy_wake_pushed(uv_loop_t* loop);

/* Both at once. */
void gy_wake_post_work(uv_loop_t* loop, gy_work_t* work);

/* Say that a signal was caught for |state|, and wake its loop. Any thread, and
 * signal handlers. */
void gy_wake_post_signal(gy_loop_t* state);

/* The work posted since the last call, oldest first, linked by next. */
gy_work_t* gy_wake_take_work(gy_loop_t* state);

/* Wait until no thread is inside a post. */
void gy_wake_drain(gy_loop_t* state);

/* ---- metrics --------------------------------------------------------- */

/* Around a sleep, when UV_METRICS_IDLE_TIME was asked for. */
uint64_t gy_metrics_idle_begin(gy_loop_t* state);
void gy_metrics_idle_end(gy_loop_t* state, uint64_t began);

/* ---- who runs in which phase ------------------------------------------ */

bool gy_timers_run(uv_loop_t* loop);

/* Make |timer| one of the library's own: started and stopped as any, it is no
 * handle: it keeps no loop alive, and is neither walked nor closed. Before its
 * memory goes, it is ended. */
void gy_timer_init_inner(uv_loop_t* loop, uv_timer_t* timer);
void gy_timer_end_inner(uv_timer_t* timer);

/* How many ms there are until |due|: whole ones, as uv_now() counts them, so
 * that it and uv_now() add up to uv_now() of the start plus the time-out; and 0
 * only when it is due, so that nobody spins for the last fraction. */
uint64_t gy_timers_due_in(gy_loop_t* state, uint64_t due);

void gy_hooks_run(uv_loop_t* loop, int kind);
void gy_async_init(gy_loop_t* state);
unsigned gy_async_run(uv_loop_t* loop); /* events, as metrics count them */
void gy_async_after_fork(uv_loop_t* loop);

/* Tell the handles of |loop| of the signals that were caught; how many calls
 * that were. */
unsigned gy_signals_run(uv_loop_t* loop);

/* In the child after fork(2), when the loop can be woken again. */
void gy_signals_after_fork(uv_loop_t* loop);

/* Count |signum| for every handle that watches it, and wake their loops. On the
 * thread that the system chose, in its signal handler. */
void gy_signal_deliver(int signum);

/* ---- the thread pool -------------------------------------------------- */

/* Work of one lane never waits for a thread held by another. */
typedef enum {
  GY_LANE_USER,  /* uv_queue_work, uv_random */
  GY_LANE_FILES, /* uv_fs_* */
  GY_LANE_NAMES, /* uv_getaddrinfo, uv_getnameinfo */
  GY_LANES
} gy_lane_t;

/* Have |run| called on a thread of |lane|, and then |done| on the loop's. The
 * caller counts the request, and keeps |work| in place until |done|. UV_E* when
 * it could not be queued, and neither is called. */
int gy_pool_submit(uv_loop_t* loop, gy_work_t* work, gy_lane_t lane,
                   void (*run)(gy_work_t* work),
                   void (*done)(gy_work_t* work, int status));

/* Take |work| back: |done| follows with UV_ECANCELED. UV_EBUSY when a thread
 * has it or had it. */
int gy_pool_cancel(gy_work_t* work, gy_lane_t lane);

/* Is more than half of the threads of |lane| at work? */
bool gy_pool_is_short(gy_lane_t lane);

/* For |work|, from within its run: it may take for ever now, since it waits for
 * somebody else. Another thread may be at work in its place, for so many as the
 * lane has threads. False when that is too many: then run must return without
 * doing anything, and is called again later. */
bool gy_pool_stand_aside(gy_work_t* work, gy_lane_t lane);

/* Call |done| of the work that is finished; how many there were. */
unsigned gy_pool_run_done(uv_loop_t* loop);

/* Wait until no thread of the pool is posting. */
void gy_pool_drain(void);

/* In the child after fork(2): the work of |loop| that was queued, or at a
 * thread of the parent, is the parent's; here it is done with UV_ECANCELED. */
void gy_pool_after_fork(uv_loop_t* loop);

/* Let the threads finish what is queued, and join them. */
void gy_pool_shutdown(void);

/* ---- the process ----------------------------------------------------------
 */

/* Free the copy of the arguments that uv_setup_args() made. */
void gy_title_shutdown(void);

/* ---- errors ------------------------------------------------------------ */

/* Free the texts that were made for unknown codes. */
void gy_error_shutdown(void);

#endif /* GY_CORE_H_ */
