/* watcher.c - who hears of an fd, and what the poller has been told of it.
 *
 * A table with a slot per fd. A change of interest is only noted; the poller
 * hears of it before the next sleep, so a start and a stop in one turn cost
 * nothing. Forgetting is at once, because the caller is about to close the fd.
 *
 * A stale event is told by numbers: a watcher is stamped with the batch during
 * which it came to its slot, and hears nothing of that batch. Interest is
 * level-triggered, so what still holds is in the next one. */
#include <limits.h>

#include "core.h"
#include "platform.h"

enum {
  CHANGED_END = -1, /* the last of the list of changed slots */
  CHANGED_NOT = -2, /* not in the list */
  FIRST_SLOTS = 32  /* how many slots the first table has */
};

/* What may be reported unasked. */
enum {
  UNASKED = GY_FAILED | GY_HANGUP
};

void gy_watchers_init(gy_watch_table_t* table) {
  table->slots = NULL;
  table->count = 0;
  table->first_changed = CHANGED_END;
  table->batch = 0;
}

void gy_watchers_destroy(gy_watch_table_t* table) {
  gy_free(table->slots);
  gy_watchers_init(table);
}

static int table_reserve(gy_watch_table_t* table, size_t index) {
  size_t count = table->count > 0 ? table->count : FIRST_SLOTS;
  gy_watch_slot_t* slots;

  if (index < table->count) {
    return 0;
  }
  if (index >= INT_MAX / 2) {
    return UV_ENOMEM;
  }
  while (count <= index) {
    count *= 2;
  }
  slots = gy_realloc(table->slots, count * sizeof(*slots));
  if (slots == NULL) {
    return UV_ENOMEM;
  }
  table->slots = slots;
  for (; table->count < count; table->count++) {
    slots[table->count].watcher = NULL;
    slots[table->count].next_changed = CHANGED_NOT;
  }
  return 0;
}

/* The slot that |watcher| holds, or NULL. */
static gy_watch_slot_t* slot_of(const gy_loop_t* state,
                                const gy_watcher_t* watcher) {
  size_t index = gy_fd_index(watcher->fd);

  if (index >= state->watch.count ||
      state->watch.slots[index].watcher != watcher) {
    return NULL;
  }
  return &state->watch.slots[index];
}

static void slot_changed(gy_watch_table_t* table, gy_watch_slot_t* slot) {
  if (slot->next_changed == CHANGED_NOT) {
    slot->next_changed = table->first_changed;
    table->first_changed = (int)(slot - table->slots);
  }
}

void gy_watcher_init(gy_watcher_t* watcher, gy_fd_t fd,
                     void (*on_ready)(uv_loop_t* loop, gy_watcher_t* watcher,
                                      unsigned mask, int err)) {
  watcher->on_ready = on_ready;
  watcher->fd = fd;
  watcher->want = 0;
  watcher->told = 0;
  watcher->born = 0;
}

bool gy_watcher_exists(const uv_loop_t* loop, gy_fd_t fd) {
  const gy_watch_table_t* table = &gy_loop(loop)->watch;
  size_t index = gy_fd_index(fd);

  return index < table->count && table->slots[index].watcher != NULL;
}

int gy_watcher_want(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask) {
  gy_loop_t* state = gy_loop(loop);
  gy_watch_slot_t* slot = slot_of(state, watcher);
  size_t index = gy_fd_index(watcher->fd);
  int err;

  if (slot == NULL) {
    if (mask == 0) {
      return 0;
    }
    err = table_reserve(&state->watch, index);
    if (err != 0) {
      return err;
    }
    slot = &state->watch.slots[index];
    if (slot->watcher != NULL) {
      return UV_EEXIST;
    }
    slot->watcher = watcher;
    watcher->born = state->watch.batch;
  }
  watcher->want = (unsigned short)mask;
  if (watcher->want != watcher->told) {
    slot_changed(&state->watch, slot);
  }
  return 0;
}

/* |watcher| leaves its slot; is its fd |closing|? */
static void watcher_leave(uv_loop_t* loop, gy_watcher_t* watcher,
                          bool closing) {
  gy_loop_t* state = gy_loop(loop);
  gy_poller_t* poller = state->poller;
  gy_watch_slot_t* slot = slot_of(state, watcher);

  if (slot == NULL) {
    return;
  }
  if (watcher->told != 0) {
    if (closing && poller->ops->let_go != NULL) {
      poller->ops->let_go(poller, watcher->fd, watcher->told);
    } else {
      /* An error says that the fd is gone already, which is as good. */
      (void)poller->ops->watch(poller, watcher->fd, watcher->told, 0);
    }
  }
  watcher->want = 0;
  watcher->told = 0;
  slot->watcher = NULL;
}

void gy_watcher_forget(uv_loop_t* loop, gy_watcher_t* watcher) {
  watcher_leave(loop, watcher, false);
}

void gy_watcher_let_go(uv_loop_t* loop, gy_watcher_t* watcher) {
  watcher_leave(loop, watcher, true);
}

void gy_watcher_close(uv_loop_t* loop, gy_watcher_t* watcher) {
  gy_loop_t* state = gy_loop(loop);
  gy_poller_t* poller = state->poller;
  gy_watch_slot_t* slot = slot_of(state, watcher);

  poller->ops->close_fd(poller, watcher->fd, watcher->told);
  watcher->want = 0;
  watcher->told = 0;
  if (slot != NULL) {
    slot->watcher = NULL;
  }
}

bool gy_watchers_changed(const gy_watch_table_t* table) {
  return table->first_changed != CHANGED_END;
}

/* Tell the poller what |watcher| wants. An error, such as EBADF for an fd that
 * was closed behind our back, goes to the watcher, and the fd is forgotten: it
 * may belong to somebody else by now. */
static void watcher_tell(uv_loop_t* loop, gy_watcher_t* watcher) {
  gy_poller_t* poller = gy_loop(loop)->poller;
  int err;

  if (watcher->want == watcher->told) {
    return;
  }
  err = poller->ops->watch(poller, watcher->fd, watcher->told, watcher->want);
  if (err == 0) {
    watcher->told = watcher->want;
    return;
  }
  gy_watcher_forget(loop, watcher);
  watcher->on_ready(loop, watcher, 0, err);
}

void gy_watchers_tell(uv_loop_t* loop) {
  gy_watch_table_t* table = &gy_loop(loop)->watch;
  int index = table->first_changed;

  /* What a callback changes in here goes on a new list, for the next call. */
  table->first_changed = CHANGED_END;
  while (index != CHANGED_END) {
    gy_watch_slot_t* slot = &table->slots[index];
    index = slot->next_changed;
    slot->next_changed = CHANGED_NOT;
    if (slot->watcher != NULL) {
      watcher_tell(loop, slot->watcher);
    }
  }
}

void gy_watchers_hand_out(uv_loop_t* loop, gy_fd_t fd, unsigned mask) {
  gy_watch_table_t* table = &gy_loop(loop)->watch;
  gy_watcher_t* watcher;

  if (!gy_watcher_exists(loop, fd)) {
    return; /* It was meant for one who has left, or never had a slot. */
  }
  watcher = table->slots[gy_fd_index(fd)].watcher;
  if (watcher->born == table->batch) {
    return; /* It was meant for the one before. */
  }
  mask &= watcher->want | UNASKED;
  if (mask == 0) {
    return; /* The poller has not heard yet that this is not wanted. */
  }
  watcher->on_ready(loop, watcher, mask, 0);
}

void gy_watchers_sent(uv_loop_t* loop, gy_fd_t fd, int result) {
  if (gy_watcher_exists(loop, fd)) {
    gy_watcher_t* watcher = gy_loop(loop)->watch.slots[gy_fd_index(fd)].watcher;
    watcher->on_ready(loop, watcher, GY_SENT, result);
  } /* Else the poller was asked, and has forgotten that. */
}

void gy_watchers_fail(uv_loop_t* loop, int err) {
  gy_watch_table_t* table = &gy_loop(loop)->watch;
  size_t index;

  for (index = 0; index < table->count; index++) {
    gy_watcher_t* watcher = table->slots[index].watcher;
    if (watcher != NULL) {
      /* The poller is told, too: not every error is the last it returns. */
      gy_watcher_forget(loop, watcher);
      watcher->on_ready(loop, watcher, 0, err);
    }
  }
}

void gy_watchers_after_fork(uv_loop_t* loop) {
  gy_watch_table_t* table = &gy_loop(loop)->watch;
  size_t index;

  for (index = 0; index < table->count; index++) {
    gy_watch_slot_t* slot = &table->slots[index];
    if (slot->watcher != NULL) {
      slot->watcher->told = 0;
      slot_changed(table, slot);
    }
  }
}
