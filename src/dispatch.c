/* dispatch.c - the poll phase: take a batch, hand out each event once.
 *
 * The one dispatcher there is. A poller says what happened; here it is decided
 * who hears of it, what to do about a signal or a sleep that ended too early,
 * and what is counted. */
#include "core.h"
#include "platform.h"

enum {
  BATCH_SIZE = 512
}; /* events; 12 KB of stack */

/* How many events it was, as uv_metrics_info() counts. */
static unsigned event_hand_out(uv_loop_t* loop, const gy_event_t* event) {
  gy_work_t* owner;

  switch (event->kind) {
    case GY_EVENT_READY:
      gy_watchers_hand_out(loop, event->u.ready.fd, event->u.ready.mask);
      return 1;
    case GY_EVENT_DONE:
      owner = event->u.done.owner;
      owner->done(owner, event->u.done.result);
      return 1;
    case GY_EVENT_SENT:
      return 1; /* It has been handed out. */
    case GY_EVENT_WAKE:
      /* What was posted is looked for after every batch, woken or not. */
      return 0;
  }
  return 0;
}

/* Count what waited for us: events, and what other threads posted, which is one
 * event, whether it woke us or not. */
static void count_waiting(gy_loop_t* state, const gy_event_t* events,
                          int count) {
  state->metrics.events_waiting += gy_wake_has_posts(state);
  while (count-- > 0) {
    state->metrics.events_waiting += events[count].kind != GY_EVENT_WAKE;
  }
}

/* Take what is there already. */
static int look(gy_loop_t* state, gy_event_t* events) {
  gy_poller_t* poller = state->poller;
  int count = poller->ops->wait(poller, events, BATCH_SIZE, 0);

  if (state->idle_time) {
    count_waiting(state, events, count);
  }
  return count;
}

/* Sleep once, for |timeout| ns at most. */
static int sleep_once(gy_loop_t* state, gy_event_t* events, int64_t timeout) {
  gy_poller_t* poller = state->poller;
  uint64_t began = 0;
  int count;

  if (state->wake_enabled && !gy_wake_begin_sleep(state)) {
    return look(state, events);
  }
  if (state->idle_time) {
    began = gy_metrics_idle_begin(state);
  }
  count = poller->ops->wait(poller, events, BATCH_SIZE, timeout);
  state->now_stale = true;
  if (state->idle_time) {
    gy_metrics_idle_end(state, began);
  }
  if (state->wake_enabled) {
    gy_wake_end_sleep(state);
  }
  return count;
}

/* Sleep until there is an event, a post, or a timer is due. */
static int sleep_well(uv_loop_t* loop, gy_event_t* events) {
  gy_loop_t* state = gy_loop(loop);

  for (;;) {
    int64_t timeout = gy_loop_timeout(loop);
    int count;
    if (timeout == 0 || gy_watchers_changed(&state->watch)) {
      /* Changed again already: a callback met an error, and tried anew. */
      return look(state, events);
    }
    count = sleep_once(state, events, timeout);
    if (count == 1 && events[0].kind == GY_EVENT_WAKE &&
        !gy_wake_has_posts(state)) {
      continue; /* It comes late: what it is about has been handed out. */
    }
    if (count > 0 || (count < 0 && count != UV_EINTR) ||
        (state->wake_enabled && gy_wake_has_posts(state))) {
      return count;
    }
    /* A signal, or the wheel's bound was early: only the timers know. They do
     * not run here, but in their phase; see the table in loop.c. */
    gy_wheel_expire(&state->timers, gy_loop_now(state));
    if (gy_wheel_next(&state->timers) == 0) {
      return 0;
    }
  }
}

/* The events of this turn, or UV_E*. */
static int take_batch(uv_loop_t* loop, gy_event_t* events, bool may_sleep) {
  gy_loop_t* state = gy_loop(loop);
  int count;

  if (!may_sleep) {
    count = look(state, events);
    state->now_stale = true;
    return count;
  }
  if (state->idle_time) {
    /* What was waiting is told from what came by looking before sleeping. */
    count = look(state, events);
    if (count > 0 || gy_wake_has_posts(state)) {
      state->now_stale = true;
      return count;
    }
  }
  count = sleep_well(loop, events);
  state->now_stale = true;
  return count;
}

/* The kernel's object is gone; somebody closed its descriptor, say. Whoever
 * waits for it is told. What is left to wait for is timers and posts, and with
 * nothing to sleep on, a nap keeps the loop from taking a whole processor. */
static void poller_lost(uv_loop_t* loop, int err, bool may_sleep) {
  gy_watchers_fail(loop, err);
  if (may_sleep && gy_loop_timeout(loop) != 0) {
    gy_platform_nap();
  }
}

/* What was sent is noted before any callback runs: one that writes to a stream
 * must find out how the write before it ended, and the poller has told. And it
 * is called back before anything that comes in, which may be the answer to it:
 * programs use a request again when they have read that. */
static void sent_hand_out(uv_loop_t* loop, const gy_event_t* events,
                          int count) {
  bool any = false;

  for (; count > 0; count--, events++) {
    if (events->kind == GY_EVENT_SENT) {
      gy_watchers_sent(loop, events->u.sent.fd, events->u.sent.result);
      any = true;
    }
  }
  if (any) {
    (void)gy_tasks_run(loop);
  }
}

void gy_dispatch(uv_loop_t* loop, bool may_sleep) {
  gy_loop_t* state = gy_loop(loop);
  gy_event_t events[BATCH_SIZE];
  unsigned handed_out = 0;
  int count;
  int index;

  state->metrics.loop_count++;
  gy_watchers_tell(loop);
  count = take_batch(loop, events, may_sleep);
  state->watch.batch++;
  if (state->poller->ops->send != NULL) {
    sent_hand_out(loop, events, count);
  }
  for (index = 0; index < count; index++) {
    handed_out += event_hand_out(loop, &events[index]);
  }
  if (count < 0 && count != UV_EINTR) {
    poller_lost(loop, count, may_sleep);
  }
  if (state->wake_enabled) {
    handed_out += gy_async_run(loop);
    handed_out += gy_pool_run_done(loop);
    handed_out += gy_signals_run(loop);
  }
  /* Counted at the end: a callback sees what was handed out before. */
  state->metrics.events += handed_out;
}
