/* fs-event-inotify.c - uv_fs_event_t on Linux: what inotify(7) tells, and who
 * hears of it.
 *
 * A callback may stop, start and close any handle. So whoever walks over
 * several of them takes one at a time from a list that everybody leaves by
 * himself, and only the inotify itself stays until it has been read. */
#include <stdalign.h>
#include <string.h>

#include "../platform.h"
#include "fs-event.h"

enum {
  EVENT_MOST = sizeof(struct inotify_event) + NAME_MAX + 1, /* bytes */
  BATCH_SIZE = 16384,                                       /* bytes */
  BATCHES_MOST = 16 /* in a turn, before others have a turn */
};

typedef struct inotify_event event_t;

static gy_tree_t* tree_of_node(gy_queue_t* node) {
  return GY_CONTAINER_OF(node, gy_tree_t, node);
}

/* ---- telling ---------------------------------------------------------------
 */

static void tell(gy_tree_t* tree, const char* name, int events, int status) {
  tree->handle->cb(tree->handle, name, events, status);
}

static void handle_tell(uv_fs_event_t* handle, int status) {
  handle->cb(handle, NULL, 0, status);
}

/* As libuv has it: whatever is not only a change counts as a rename too, and so
 * do the attributes of a directory. */
static int events_of(const event_t* event) {
  const uint32_t change = IN_ATTRIB | IN_MODIFY;
  int events = 0;

  if (event->mask & change) {
    events |= UV_CHANGE;
  }
  if (event->mask & ~change) {
    events |= UV_RENAME;
  }
  return events;
}

/* Tell the handle of |tree| that |event| is about its path itself. The last
 * name of that is copied: a callback that stops the handle frees the path. */
static void tell_of_root(gy_tree_t* tree, const event_t* event) {
  const char* slash = strrchr(tree->handle->path, '/');
  const char* last = slash != NULL ? slash + 1 : tree->handle->path;
  size_t length = strlen(last);
  char name[NAME_MAX + 1];

  length = length < NAME_MAX ? length : NAME_MAX;
  memcpy(name, last, length);
  name[length] = '\0';
  tell(tree, name, events_of(event), 0);
}

static void tell_of_entry(gy_place_t* place, const event_t* event) {
  char path[GY_PATH_SIZE];

  if (place->parent == NULL) {
    tell(place->tree, event->name, events_of(event), 0);
    return;
  }
  if (gy_tree_relative(place, event->name, path) >= 0) {
    tell(place->tree, path, events_of(event), 0);
  } else {
    tell(place->tree, NULL, events_of(event), 0); /* Something, somewhere. */
  }
}

/* |event| is of the mark that |place| has. */
static void place_hear(gy_place_t* place, const event_t* event) {
  gy_tree_t* tree = place->tree;

  if (event->len > 0) {
    if (tree->recursive) {
      gy_tree_look(place, event->name, event->mask);
    }
    tell_of_entry(place, event);
    return;
  }
  if (place->parent == NULL) {
    tell_of_root(tree, event);
    return;
  }
  /* The directory above tells the rest of it. */
  if (event->mask & IN_IGNORED) {
    gy_tree_drop(place);
  }
}

/* Tell what scans came upon since the last time. */
static void tell_found(gy_inotify_t* inotify) {
  gy_queue_t* node;

  while ((node = gy_queue_pop(&inotify->found)) != NULL) {
    gy_found_t* found = GY_CONTAINER_OF(node, gy_found_t, node);
    tell(found->tree, found->name, UV_RENAME, 0);
    gy_free(found);
  }
}

/* Call |visit| for each tree there is now. */
static void trees_walk(gy_inotify_t* inotify, void (*visit)(gy_tree_t* tree)) {
  gy_queue_t now;
  gy_queue_t* node;

  gy_queue_move(&inotify->trees, &now);
  while ((node = gy_queue_pop(&now)) != NULL) {
    gy_queue_push_last(&inotify->trees, node);
    visit(tree_of_node(node));
  }
}

static void tree_tell_trouble(gy_tree_t* tree) {
  int err = tree->err;

  tree->err = 0;
  if (err != 0) {
    tell(tree, NULL, 0, err);
  }
}

static void tell_troubles(gy_inotify_t* inotify) {
  if (inotify->troubled) {
    inotify->troubled = false;
    trees_walk(inotify, tree_tell_trouble);
  }
}

/* ---- events ----------------------------------------------------------------
 */

/* The kernel's queue was full: what did not fit is lost, and may have been
 * anything. */
static void tree_tell_overflow(gy_tree_t* tree) {
  if (tree->recursive) {
    gy_tree_look_again(tree);
  }
  tell(tree, NULL, UV_RENAME | UV_CHANGE, 0);
}

static void mark_hear(gy_inotify_t* inotify, const event_t* event) {
  gy_mark_t* mark = gy_mark_find(inotify, event->wd);
  gy_queue_t now;
  gy_queue_t* node;

  if (mark == NULL) {
    return; /* It was meant for one who has left. */
  }
  if (event->mask & IN_IGNORED) {
    gy_mark_gone(inotify, mark);
  }
  mark->holds++;
  gy_queue_move(&mark->places, &now);
  while ((node = gy_queue_pop(&now)) != NULL) {
    gy_queue_push_last(&mark->places, node);
    place_hear(GY_CONTAINER_OF(node, gy_place_t, on_mark), event);
  }
  gy_mark_release(inotify, mark, false);
}

static void event_hear(gy_inotify_t* inotify, const event_t* event) {
  if (event->mask & IN_Q_OVERFLOW) {
    trees_walk(inotify, tree_tell_overflow);
  } else {
    mark_hear(inotify, event);
  }
  tell_found(inotify);
  tell_troubles(inotify);
  gy_marks_drift(inotify);
}

/* Stop all handles of |inotify|, which is of no use any more, and tell them
 * |err|. A callback may start its handle anew. */
static void inotify_fail(gy_inotify_t* inotify, int err) {
  gy_queue_t failed;
  gy_queue_t* node;

  gy_inotify_abandon(inotify);
  gy_queue_init(&failed);
  while (!gy_queue_empty(&inotify->trees)) {
    uv_fs_event_t* handle = tree_of_node(inotify->trees.next)->handle;
    (void)uv_fs_event_stop(handle); /* It never fails. */
    gy_queue_push_last(&failed, &handle->node);
  }
  while ((node = gy_queue_pop(&failed)) != NULL) {
    handle_tell(GY_CONTAINER_OF(node, uv_fs_event_t, node), err);
  }
}

/* Hand out a batch of events of |size| bytes, while there is somebody to hear
 * of them. */
static void batch_hear(gy_inotify_t* inotify, const char* batch, size_t size) {
  while (size > 0 && !gy_queue_empty(&inotify->trees)) {
    const event_t* event = (const event_t*)(const void*)batch;
    size_t length = sizeof(*event) + event->len;
    event_hear(inotify, event);
    batch += length;
    size -= length;
  }
}

/* Read what there is, but leave something for the next turn if it is much. */
static void inotify_read(gy_inotify_t* inotify) {
  alignas(struct inotify_event) char batch[BATCH_SIZE];
  int most = BATCHES_MOST;
  ssize_t size;

  do {
    size = gy_sys_inotify_read(inotify->watcher.fd, batch, sizeof(batch));
    if (size < 0) {
      break;
    }
    batch_hear(inotify, batch, (size_t)size);
    /* A batch with room for another event was all. */
  } while (size > BATCH_SIZE - EVENT_MOST && --most > 0 &&
           !gy_queue_empty(&inotify->trees));
  if (size < 0 && size != UV_EAGAIN) {
    inotify_fail(inotify, (int)size);
  }
}

void gy_inotify_ready(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask,
                      int err) {
  gy_inotify_t* inotify = GY_CONTAINER_OF(watcher, gy_inotify_t, watcher);

  (void)loop;
  (void)mask; /* It was asked for one event only. */
  inotify->reading = true;
  if (err != 0) {
    inotify_fail(inotify, err);
  } else {
    inotify_read(inotify);
  }
  inotify->reading = false;
  gy_marks_drift(inotify);
  gy_marks_drift(inotify);
  gy_inotify_release(inotify);
}

/* ---- handles ---------------------------------------------------------------
 */

/* What could not be watched again after a fork. */
static void tree_run_task(gy_task_t* task) {
  gy_tree_t* tree = GY_CONTAINER_OF(task, gy_tree_t, task);
  uv_fs_event_t* handle = tree->handle;
  int err = tree->err;

  (void)uv_fs_event_stop(handle); /* It never fails. */
  handle_tell(handle, err);
}

int gy_platform_fs_event_start(uv_fs_event_t* handle, unsigned flags) {
  gy_tree_t* tree;
  int err = gy_tree_new(handle, (flags & UV_FS_EVENT_RECURSIVE) != 0, &tree);

  if (err != 0) {
    return err;
  }
  err = gy_tree_enter(tree);
  if (err != 0) {
    gy_free(tree);
    return err;
  }
  tree->task.run = tree_run_task;
  handle->watch = tree;
  return 0;
}

void gy_platform_fs_event_stop(uv_fs_event_t* handle) {
  gy_tree_t* tree = handle->watch;

  gy_queue_remove(&tree->task.node);
  gy_tree_leave(tree);
  gy_free(tree);
  handle->watch = NULL;
}

void gy_platform_fs_event_after_fork(uv_fs_event_t* handle) {
  gy_tree_t* tree = handle->watch;

  if (tree->inotify != NULL) {
    gy_inotify_abandon(tree->inotify);
  }
  gy_queue_remove(&tree->task.node);
  gy_tree_leave(tree);
  tree->err = gy_tree_enter(tree);
  if (tree->err != 0) {
    gy_task_put_off(handle->loop, &tree->task);
  }
}
