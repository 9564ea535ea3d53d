/* signal.c - signals, as events of a loop.
 *
 * A signal handler may do next to nothing, and it must not wait for a lock that
 * the thread it interrupts may hold. So it takes none: it walks a list of the
 * handles that watch the signal, adds one to a number in each, and wakes their
 * loops as another thread would. Nothing goes through a descriptor but the
 * wake, which means no more than "look"; what was caught is in our memory.
 *
 * Starting and stopping are rare and take a lock. They change the list by one
 * store each, so the handler sees it with a handle or without, and who takes a
 * handle off waits until nobody walks the list any more: then the handle, and
 * its loop, are the program's to free. */
#include "core.h"
#include "kinds.h"
#include "platform.h"

enum {
  SIGNUM_MOST = 128, /* no system has more; the kernel knows which it has */
  ONCE = 0x100       /* a bit of the flags: started by ..._oneshot() */
};

/* What is known of a signal. */
typedef struct {
  _Atomic(uv_signal_t*) first; /* those that watch it, linked by next */
  atomic_uint walkers;         /* handlers that are inside the list */
  atomic_uint caught_at;       /* by |ticks|: when it last was */
  unsigned lasting; /* how many that watch are not ONCE; under the lock */
} signal_t;

static signal_t signals[SIGNUM_MOST + 1];
static atomic_uint ticks; /* counts all that was caught */
static atomic_flag lock = ATOMIC_FLAG_INIT;
static bool hears_forks; /* under the lock */

/* ---- fields that handlers see --------------------------------------------
 *
 * The public header cannot say _Atomic, which C++ does not know. */

static atomic_uint* caught_of(uv_signal_t* handle) {
  return (atomic_uint*)&handle->caught;
}

static _Atomic(uv_signal_t*)* next_of(uv_signal_t* handle) {
  return (_Atomic(uv_signal_t*)*)&handle->next;
}

/* What points to |handle|: the list's |first|, or a next. */
static _Atomic(uv_signal_t*)* link_of(uv_signal_t* handle) {
  return (_Atomic(uv_signal_t*)*)handle->link;
}

/* ---- the handler ----------------------------------------------------------
 */

void gy_signal_deliver(int signum) {
  signal_t* signal = &signals[signum];
  uv_signal_t* handle;

  atomic_fetch_add(&signal->walkers, 1);
  atomic_store(&signal->caught_at, atomic_fetch_add(&ticks, 1));
  handle = atomic_load(&signal->first);
  while (handle != NULL) {
    atomic_fetch_add(caught_of(handle), 1);
    gy_wake_post_signal(gy_loop(handle->loop));
    handle = atomic_load(next_of(handle));
  }
  atomic_fetch_sub(&signal->walkers, 1);
}

/* ---- the lock ---------------------------------------------------------------
 */

static void signals_lock(void) {
  while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire)) {
    gy_platform_yield();
  }
}

static void signals_unlock(void) {
  atomic_flag_clear_explicit(&lock, memory_order_release);
}

/* In the child of a fork, what would wake a loop is shared with the parent: it
 * is left alone until uv_loop_fork(). What the parent caught, it tells. */
static void fork_child(void) {
  int signum;

  for (signum = 1; signum <= SIGNUM_MOST; signum++) {
    uv_signal_t* handle = atomic_load(&signals[signum].first);
    atomic_store(&signals[signum].walkers, 0);
    for (; handle != NULL; handle = atomic_load(next_of(handle))) {
      handle->told = atomic_load(caught_of(handle));
      atomic_store(&gy_loop(handle->loop)->shared.forked, true);
    }
  }
  signals_unlock();
}

static int forks_hear(void) {
  int err = 0;

  if (!hears_forks) {
    err = gy_platform_at_fork(signals_lock, signals_unlock, fork_child);
    hears_forks = err == 0;
  }
  return err;
}

void gy_signals_after_fork(uv_loop_t* loop) {
  atomic_store(&gy_loop(loop)->shared.forked, false);
}

/* ---- who watches what, under the lock ---------------------------------------
 */

/* Have the system do what those that watch |signum| want. */
static void signal_settle(int signum) {
  signal_t* signal = &signals[signum];

  if (atomic_load(&signal->first) == NULL) {
    gy_platform_signal_release(signum);
  } else if (signal->lasting == 0) {
    /* Also when it is caught once already: that may have happened. It cannot
     * fail, as it was caught before. */
    (void)gy_platform_signal_catch(signum, true);
  } /* Else it is caught for good. */
}

static void list_add(uv_signal_t* handle, int signum) {
  signal_t* signal = &signals[signum];
  uv_signal_t* second = atomic_load(&signal->first);

  handle->link = (uv_signal_t**)(void*)&signal->first;
  atomic_store(next_of(handle), second);
  if (second != NULL) {
    second->link = &handle->next;
  }
  atomic_store(&signal->first, handle);
}

/* |handle| still knows what is behind it, for those who stand there. */
static void list_remove(uv_signal_t* handle) {
  uv_signal_t* next = atomic_load(next_of(handle));

  atomic_store(link_of(handle), next);
  if (next != NULL) {
    next->link = handle->link;
  }
}

static void handle_add(uv_signal_t* handle, int signum, bool once) {
  atomic_store(caught_of(handle), 0);
  handle->told = 0;
  handle->signum = signum;
  handle->flags |= once ? (unsigned)ONCE : 0;
  signals[signum].lasting += !once;
  list_add(handle, signum);
}

static void handle_remove(uv_signal_t* handle) {
  signal_t* signal = &signals[handle->signum];

  list_remove(handle);
  signal->lasting -= !gy_handle_is((uv_handle_t*)handle, ONCE);
  handle->signum = 0;
  handle->flags &= ~(unsigned)ONCE;
  /* A walk is a few instructions for each handle. */
  while (atomic_load(&signal->walkers) != 0) {
    gy_platform_yield();
  }
}

/* Have |handle| watch |signum|, whatever it did before. On error it still does
 * that. */
static int handle_turn_to(uv_signal_t* handle, int signum, bool once) {
  int before = handle->signum;
  int err = forks_hear();

  if (err == 0 && signals[signum].lasting == 0) {
    /* For good at first, even if |once|: until the handle is in the list, one
     * that comes too early would be the one. */
    err = gy_platform_signal_catch(signum, false);
  }
  if (err != 0) {
    return err;
  }
  if (before != 0) {
    handle_remove(handle);
  }
  handle_add(handle, signum, once);
  signal_settle(signum);
  if (before != 0 && before != signum) {
    signal_settle(before);
  }
  return 0;
}

/* ---- the front desk -------------------------------------------------------
 */

int uv_signal_init(uv_loop_t* loop, uv_signal_t* handle) {
  int err;

  if (loop == NULL || handle == NULL) {
    return UV_EINVAL;
  }
  err = gy_wake_enable(loop);
  if (err != 0) {
    return err;
  }
  gy_handle_init(loop, (uv_handle_t*)handle, UV_SIGNAL);
  gy_queue_init(&handle->node);
  handle->signal_cb = NULL;
  handle->signum = 0;
  return 0;
}

static int signal_start(uv_signal_t* handle, uv_signal_cb cb, int signum,
                        bool once) {
  int err;

  if (handle == NULL || cb == NULL || uv_is_closing((uv_handle_t*)handle) ||
      signum <= 0 || signum > SIGNUM_MOST) {
    return UV_EINVAL;
  }
  signals_lock();
  err = handle_turn_to(handle, signum, once);
  signals_unlock();
  if (err != 0) {
    return err;
  }
  handle->signal_cb = cb;
  gy_queue_remove(&handle->node);
  gy_queue_push_last(&gy_loop(handle->loop)->signals, &handle->node);
  gy_handle_start((uv_handle_t*)handle);
  return 0;
}

int uv_signal_start(uv_signal_t* handle, uv_signal_cb signal_cb, int signum) {
  bool same = handle != NULL && signal_cb != NULL && signum != 0 &&
              handle->signum == signum &&
              !gy_handle_is((uv_handle_t*)handle, ONCE);

  if (same) {
    /* What was caught and not told yet is for the new callback. */
    handle->signal_cb = signal_cb;
    return 0;
  }
  return signal_start(handle, signal_cb, signum, false);
}

int uv_signal_start_oneshot(uv_signal_t* handle, uv_signal_cb signal_cb,
                            int signum) {
  return signal_start(handle, signal_cb, signum, true);
}

int uv_signal_stop(uv_signal_t* handle) {
  if (handle == NULL) {
    return UV_EINVAL;
  }
  if (handle->signum != 0) {
    int signum = handle->signum;
    signals_lock();
    handle_remove(handle);
    signal_settle(signum);
    signals_unlock();
    gy_queue_remove(&handle->node);
    gy_handle_stop((uv_handle_t*)handle);
  }
  return 0;
}

/* ---- telling --------------------------------------------------------------
 */

static uv_signal_t* signal_of(gy_queue_t* node) {
  return GY_CONTAINER_OF(node, uv_signal_t, node);
}

/* How often |handle| was caught and not told. */
static unsigned untold(uv_signal_t* handle) {
  return atomic_load(caught_of(handle)) - handle->told;
}

static unsigned untold_all(gy_loop_t* state) {
  gy_queue_t* node;
  unsigned count = 0;

  for (node = state->signals.next; node != &state->signals; node = node->next) {
    count += untold(signal_of(node));
  }
  return count;
}

/* The signal that was caught before all others that are untold; 0 if none. */
static int untold_first(gy_loop_t* state) {
  gy_queue_t* node;
  unsigned first_at = 0;
  int first = 0;

  for (node = state->signals.next; node != &state->signals; node = node->next) {
    uv_signal_t* handle = signal_of(node);
    unsigned at = atomic_load(&signals[handle->signum].caught_at);
    if (untold(handle) > 0 && (first == 0 || (int)(at - first_at) < 0)) {
      first = handle->signum;
      first_at = at;
    }
  }
  return first;
}

static void signal_tell(uv_signal_t* handle) {
  int signum = handle->signum;

  handle->told++;
  if (gy_handle_is((uv_handle_t*)handle, ONCE)) {
    (void)uv_signal_stop(handle); /* It cannot fail. */
  }
  handle->signal_cb(handle, signum);
}

/* Tell each handle that watches |signum| of it once; how many there were. A
 * callback may start, stop and close any. */
static unsigned round_tell(gy_loop_t* state, int signum) {
  gy_queue_t now;
  gy_queue_t* node;
  unsigned count = 0;

  gy_queue_move(&state->signals, &now);
  while ((node = gy_queue_pop(&now)) != NULL) {
    uv_signal_t* handle = signal_of(node);
    gy_queue_push_last(&state->signals, node);
    if (handle->signum == signum && untold(handle) > 0) {
      count++;
      signal_tell(handle);
    }
  }
  return count;
}

unsigned gy_signals_run(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  unsigned left;
  int signum;

  if (!atomic_load_explicit(&state->shared.signalled, memory_order_relaxed)) {
    return 0;
  }
  atomic_store(&state->shared.signalled, false);
  /* No more than there is now: a callback that raises its own signal is called
   * again, but in the next turn. */
  left = untold_all(state);
  while (left > 0 && (signum = untold_first(state)) != 0) {
    unsigned count = round_tell(state, signum);
    left -= count < left ? count : left;
  }
  if (untold_first(state) != 0) {
    atomic_store(&state->shared.signalled, true);
  }
  return 1;
}

static void signal_close(uv_handle_t* handle) {
  (void)uv_signal_stop((uv_signal_t*)handle); /* It cannot fail. */
  gy_handle_closed(handle);
}

const gy_handle_kind_t gy_signal_kind = {
    "signal", sizeof(uv_signal_t), signal_close, NULL, NULL, NULL};
