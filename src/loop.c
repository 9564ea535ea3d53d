/* loop.c - the life of a loop, and one turn of it.
 *
 * The phases are a table, in the order in which the manual lists them. The
 * loop's idea of now is lazy: it goes stale with each sleep, and the clock is
 * read when somebody asks, so a loop without timers reads no clock. */
#include <assert.h>
#include <stdarg.h>

#include "core.h"
#include "platform.h"

/* ---- now ------------------------------------------------------------- */

void gy_loop_refresh(gy_loop_t* state) {
  uint64_t now = state->clock();

  if (now > state->now) {
    state->now = now;
  }
  state->now_stale = false;
}

void uv_update_time(uv_loop_t* loop) {
  gy_loop_refresh(gy_loop(loop));
}

uint64_t uv_now(const uv_loop_t* loop) {
  return gy_loop_now(gy_loop(loop)) / GY_NS_PER_MS;
}

/* ---- opening and closing --------------------------------------------- */

/* Allocate and open a poller of |ops| into |*poller|. */
static int poller_open(const gy_poller_ops_t* ops, gy_poller_t** poller) {
  gy_poller_t* fresh = gy_calloc(1, ops->size);
  int err;

  if (fresh == NULL) {
    return UV_ENOMEM;
  }
  fresh->ops = ops;
  fresh->backend_fd = -1;
  err = ops->open(fresh);
  if (err != 0) {
    gy_free(fresh);
    return err;
  }
  *poller = fresh;
  return 0;
}

static void poller_close(gy_poller_t* poller) {
  poller->ops->close(poller);
  gy_free(poller);
}

/* The poller that GYRE_POLLER names, or the best there is. An unknown name is
 * UV_EINVAL: a loop that silently used another would be worse. */
static int poller_choose(const gy_poller_ops_t** ops) {
  char name[32];

  if (!gy_platform_getenv("GYRE_POLLER", name, sizeof(name)) ||
      name[0] == '\0') {
    *ops = gy_poller_default();
    return 0;
  }
  *ops = gy_poller_find(name);
  return *ops != NULL ? 0 : UV_EINVAL;
}

static void state_init(gy_loop_t* state, gy_poller_t* poller) {
  int kind;

  state->poller = poller;
  state->clock = gy_platform_clock;
  gy_loop_refresh(state);
  gy_wheel_init(&state->timers, state->now);
  for (kind = 0; kind < GY_HOOK_KINDS; kind++) {
    gy_queue_init(&state->hooks[kind]);
  }
  gy_queue_init(&state->pending);
  gy_queue_init(&state->signals);
  gy_queue_init(&state->children);
  gy_watchers_init(&state->watch);
  gy_async_init(state);
}

int uv_loop_init(uv_loop_t* loop) {
  const gy_poller_ops_t* ops;
  gy_poller_t* poller;
  gy_loop_t* state;
  int err;

  if (loop == NULL) {
    return UV_EINVAL;
  }
  err = poller_choose(&ops);
  if (err != 0) {
    return err;
  }
  state = gy_calloc(1, sizeof(*state));
  if (state == NULL) {
    return UV_ENOMEM;
  }
  err = poller_open(ops, &poller);
  if (err != 0) {
    gy_free(state);
    return err;
  }
  state_init(state, poller);
  loop->active_handles = 0;
  gy_queue_init(&loop->handle_queue);
  loop->active_reqs.unused = NULL;
  loop->internal_fields = state;
  loop->stop_flag = 0;
  return 0;
}

int gy_loop_set_poller(uv_loop_t* loop, const gy_poller_ops_t* ops) {
  gy_loop_t* state = gy_loop(loop);
  gy_poller_t* fresh;
  int err = poller_open(ops, &fresh);

  if (err != 0) {
    return err;
  }
  if (state->wake_enabled) {
    err = ops->enable_wake(fresh);
    if (err != 0) {
      poller_close(fresh);
      return err;
    }
  }
  fresh->block_sigprof = state->poller->block_sigprof;
  poller_close(state->poller);
  state->poller = fresh;
  return 0;
}

/* Is there a handle that the program made and did not close? */
static bool has_handles(const uv_loop_t* loop) {
  const gy_queue_t* node;

  for (node = loop->handle_queue.next; node != &loop->handle_queue;
       node = node->next) {
    const uv_handle_t* handle = GY_CONTAINER_OF(node, uv_handle_t, walk_node);
    if (!gy_handle_is(handle, GY_HANDLE_INTERNAL)) {
      return true;
    }
  }
  return false;
}

static uv_loop_t default_loop;
static bool default_loop_open;

int uv_loop_close(uv_loop_t* loop) {
  gy_loop_t* state;

  if (loop == NULL || loop->internal_fields == NULL) {
    return UV_EINVAL;
  }
  if (loop->active_reqs.count > 0 || has_handles(loop)) {
    return UV_EBUSY;
  }
  state = gy_loop(loop);
  gy_platform_processes_close(loop);
  gy_wake_drain(state);
  poller_close(state->poller);
  gy_watchers_destroy(&state->watch);
  gy_free(state->burst);
  gy_free(state);
  loop->internal_fields = NULL;
  if (gy_platform_running() == loop) {
    gy_platform_set_running(NULL);
  }
  if (loop == &default_loop) {
    default_loop_open = false;
  }
  return 0;
}

uv_loop_t* uv_default_loop(void) {
  if (!default_loop_open) {
    if (uv_loop_init(&default_loop) != 0) {
      return NULL;
    }
    default_loop_open = true;
  }
  return &default_loop;
}

uv_loop_t* uv_loop_new(void) {
  uv_loop_t* loop = gy_calloc(1, sizeof(*loop));

  if (loop != NULL && uv_loop_init(loop) != 0) {
    gy_free(loop);
    return NULL;
  }
  return loop;
}

void uv_loop_delete(uv_loop_t* loop) {
  bool ours = loop != &default_loop;
  int err = uv_loop_close(loop);

  assert(err == 0 && "uv_loop_delete() of a loop that is in use");
  if (ours && err == 0) {
    gy_free(loop); /* Else its handles still point to it. */
  }
}

int uv_loop_configure(uv_loop_t* loop, uv_loop_option option, ...) {
  gy_loop_t* state;
  va_list ap;
  int signum;

  if (loop == NULL) {
    return UV_EINVAL;
  }
  state = gy_loop(loop);
  switch (option) {
    case UV_LOOP_BLOCK_SIGNAL:
      va_start(ap, option);
      signum = va_arg(ap, int);
      va_end(ap);
      if (!gy_platform_is_profiling(signum)) {
        return UV_EINVAL;
      }
      state->poller->block_sigprof = 1;
      return 0;
    case UV_METRICS_IDLE_TIME:
      state->idle_time = true;
      return 0;
    case UV_LOOP_USE_IO_URING_SQPOLL:
      /* A hint of how to be fast. There are better ways than a kernel thread
       * that polls, with the credentials of the past; so it changes nothing. */
      return 0;
    default:
      return UV_ENOSYS;
  }
}

static int poller_after_fork(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  const gy_poller_ops_t* ops = state->poller->ops;

  if (ops->after_fork == NULL) {
    return gy_loop_set_poller(loop, ops);
  }
  return ops->after_fork(state->poller);
}

static void handles_after_fork(uv_loop_t* loop) {
  gy_queue_t* node;

  for (node = loop->handle_queue.next; node != &loop->handle_queue;
       node = node->next) {
    uv_handle_t* handle = GY_CONTAINER_OF(node, uv_handle_t, walk_node);
    const gy_handle_kind_t* kind = gy_handle_kind(handle->type);
    if (kind->after_fork != NULL) {
      kind->after_fork(handle);
    }
  }
}

int uv_loop_fork(uv_loop_t* loop) {
  int err;

  if (loop == NULL) {
    return UV_EINVAL;
  }
  err = poller_after_fork(loop);
  /* The rest is done in any case: without it, what waits for threads that are
   * not here could not even be closed. */
  gy_async_after_fork(loop);
  gy_signals_after_fork(loop);
  gy_watchers_after_fork(loop);
  handles_after_fork(loop);
  gy_platform_processes_after_fork(loop);
  gy_pool_after_fork(loop);
  gy_fs_after_fork(loop);
  return err;
}

/* ---- what there is to do ---------------------------------------------- */

static bool has_active(const uv_loop_t* loop) {
  return loop->active_handles > 0 || loop->active_reqs.count > 0;
}

int uv_loop_alive(const uv_loop_t* loop) {
  return has_active(loop) || gy_loop(loop)->closing != NULL;
}

/* Is there a reason not to sleep, whatever the timers say? */
static bool must_not_sleep(const uv_loop_t* loop) {
  const gy_loop_t* state = gy_loop(loop);

  return loop->stop_flag != 0 || !has_active(loop) ||
         !gy_queue_empty(&state->pending) ||
         !gy_queue_empty(&state->hooks[GY_HOOK_IDLE]) || state->closing != NULL;
}

/* The ns to sleep for |due|, a time that gy_wheel_next() gave. Timers wake the
 * loop once in a millisecond at most, so that those which are due in the same
 * one share a sleep; one by itself is waited for exactly. */
static int64_t time_until(gy_loop_t* state, uint64_t due) {
  uint64_t soonest = state->timers_ran + GY_NS_PER_MS;
  uint64_t now;

  if (due == GY_WHEEL_NEVER) {
    return -1;
  }
  now = gy_loop_now(state);
  if (due <= now) {
    return 0;
  }
  due = due > soonest ? due : soonest;
  return due - now > INT64_MAX ? INT64_MAX : (int64_t)(due - now);
}

int64_t gy_loop_timeout(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);

  if (must_not_sleep(loop)) {
    return 0;
  }
  return time_until(state, gy_wheel_next(&state->timers));
}

/* May somebody else sleep on the backend fd? */
static bool has_foreign_sleeper(const gy_loop_t* state) {
  return atomic_load_explicit(&state->shared.foreign, memory_order_relaxed);
}

/* Would who sleeps on the backend fd miss something? */
static bool backend_is_deaf(const gy_loop_t* state) {
  return has_foreign_sleeper(state) && state->poller->unsettled != 0;
}

int uv_backend_timeout(const uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  uint64_t due;
  uint64_t timeout;

  if (must_not_sleep(loop) || gy_wake_has_posts(state) ||
      gy_watchers_changed(&state->watch) || backend_is_deaf(state)) {
    return 0; /* Or a turn is needed to tell the poller what is wanted. */
  }
  due = gy_wheel_next_exact(&state->timers);
  if (due == GY_WHEEL_NEVER) {
    return -1;
  }
  timeout = gy_timers_due_in(state, due);
  return timeout > INT32_MAX ? INT32_MAX : (int)timeout;
}

int uv_backend_fd(const uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  const gy_poller_ops_t* ops;

  if (state == NULL) {
    return -1;
  }
  /* Whoever asks may sleep on it, so every post must reach the kernel. */
  if (!atomic_exchange(&state->shared.foreign, true) &&
      gy_wake_has_posts(state)) {
    (void)state->poller->ops->wake(state->poller);
  }
  ops = state->poller->ops;
  if (ops->enable_backend != NULL) {
    (void)ops->enable_backend(state->poller); /* There is no way to say why. */
  }
  return state->poller->backend_fd;
}

/* ---- one turn ---------------------------------------------------------- */

enum {
  PENDING_ROUNDS = 8
};

bool gy_tasks_run(uv_loop_t* loop) {
  gy_queue_t now;
  gy_queue_t* node;
  bool ran = false;

  gy_queue_move(&gy_loop(loop)->pending, &now);
  while ((node = gy_queue_pop(&now)) != NULL) {
    gy_task_t* task = GY_CONTAINER_OF(node, gy_task_t, node);
    task->run(task);
    ran = true;
  }
  return ran;
}

/* What I/O callbacks put off, a write that was done at once for the most part,
 * does not wait for the next turn: libuv does so too, and programs have come to
 * rely on a write being called back before the check handles run. */
static bool phase_pending_io(uv_loop_t* loop) {
  int rounds = PENDING_ROUNDS;

  while (rounds-- > 0 && gy_tasks_run(loop)) {
    /* A callback may put off another; but the rest of the loop has a turn. */
  }
  return false;
}

static bool phase_idle(uv_loop_t* loop) {
  gy_hooks_run(loop, GY_HOOK_IDLE);
  return false;
}

static bool phase_prepare(uv_loop_t* loop) {
  gy_hooks_run(loop, GY_HOOK_PREPARE);
  return false;
}

static bool phase_poll_waiting(uv_loop_t* loop) {
  gy_dispatch(loop, true);
  return false;
}

static bool phase_poll_looking(uv_loop_t* loop) {
  gy_dispatch(loop, false);
  return false;
}

static bool phase_check(uv_loop_t* loop) {
  gy_hooks_run(loop, GY_HOOK_CHECK);
  return false;
}

static bool phase_close(uv_loop_t* loop) {
  gy_handle_finish_closing(loop);
  return false;
}

typedef bool (*phase_t)(uv_loop_t* loop);

/* One turn of the loop, as the manual's design page lists it. */
static const phase_t turn_waiting[] = {
    gy_tasks_run,       /* callbacks that the last turn put off */
    phase_idle,         /* idle handles, every turn */
    phase_prepare,      /* prepare handles, right before the loop sleeps */
    phase_poll_waiting, /* sleep until something happens; I/O callbacks */
    phase_pending_io,   /* callbacks that these put off */
    phase_check,        /* check handles, right after */
    phase_close,        /* close callbacks */
    gy_timers_run,      /* now is updated, and the due timers run */
};

/* The same without a sleep. */
static const phase_t turn_looking[] = {
    gy_tasks_run,     phase_idle,  phase_prepare, phase_poll_looking,
    phase_pending_io, phase_check, phase_close,   gy_timers_run,
};

enum {
  PHASES = sizeof(turn_waiting) / sizeof(turn_waiting[0])
};

static void turn(uv_loop_t* loop, uv_run_mode mode) {
  const phase_t* phases = mode == UV_RUN_NOWAIT ? turn_looking : turn_waiting;
  int index;

  if (phases[0](loop) && mode == UV_RUN_ONCE) {
    /* A pending callback ran, which is the progress that was asked for. */
    phases = turn_looking;
  }
  for (index = 1; index < PHASES; index++) {
    phases[index](loop);
  }
}

/* Whoever sleeps on the backend fd next is to hear of everything, and nobody is
 * to wait for what was sent or closed. */
static void poller_settle(gy_poller_t* poller) {
  if (poller->ops->settle != NULL) {
    (void)poller->ops->settle(poller); /* The next wait() tells of an error. */
  }
}

void gy_loop_settle_running(void) {
  const uv_loop_t* loop = gy_platform_running();

  if (loop != NULL && gy_loop(loop)->poller->owes) {
    poller_settle(gy_loop(loop)->poller);
  }
}

int uv_run(uv_loop_t* loop, uv_run_mode mode) {
  uv_loop_t* outer = gy_platform_running();
  gy_loop_t* state;
  int alive;

  if (loop == NULL) {
    return UV_EINVAL;
  }
  if (mode != UV_RUN_DEFAULT && mode != UV_RUN_ONCE && mode != UV_RUN_NOWAIT) {
    return UV_EINVAL;
  }
  state = gy_loop(loop);
  alive = uv_loop_alive(loop);
  state->now_stale = true;
  state->running++;
  if (state->poller->ops->send != NULL) {
    gy_platform_set_running(loop);
  }
  if (mode == UV_RUN_DEFAULT && alive && loop->stop_flag == 0) {
    (void)gy_timers_run(loop);
    alive = uv_loop_alive(loop);
  }
  while (alive && loop->stop_flag == 0) {
    turn(loop, mode);
    alive = uv_loop_alive(loop);
    if (mode != UV_RUN_DEFAULT) {
      break;
    }
  }
  loop->stop_flag = 0;
  state->running--;
  gy_platform_set_running(outer);
  if (backend_is_deaf(state) || state->poller->owes) {
    poller_settle(state->poller);
  }
  return alive;
}

void uv_stop(uv_loop_t* loop) {
  loop->stop_flag = 1;
}

size_t uv_loop_size(void) {
  return sizeof(uv_loop_t);
}

void* uv_loop_get_data(const uv_loop_t* loop) {
  return loop->data;
}

void uv_loop_set_data(uv_loop_t* loop, void* data) {
  loop->data = data;
}
