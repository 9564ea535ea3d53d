/* fs-event-mark.c - inotify descriptors, and what the kernel watches by them.
 *
 * inotify(7) knows files, not paths: whoever adds the same file twice gets the
 * same number twice, with the mask of the last. So all marks have the same
 * mask, and one that several places share is removed with the last of them. A
 * number is given once; what is still queued for one that is gone finds none.
 */
#include "fs-event.h"

/* What is watched, whatever it is: all that changes a file or directory. */
#define MARK_MASK                                                   \
  (IN_ATTRIB | IN_CREATE | IN_MODIFY | IN_DELETE | IN_DELETE_SELF | \
   IN_MOVE_SELF | IN_MOVED_FROM | IN_MOVED_TO)

static gy_mark_t* mark_of(gy_hash_node_t* node) {
  return GY_CONTAINER_OF(node, gy_mark_t, by_number);
}

/* ---- descriptors ---------------------------------------------------------
 */

static void inotify_set(gy_inotify_t* inotify, uv_loop_t* loop, int fd) {
  gy_watcher_init(&inotify->watcher, fd, gy_inotify_ready);
  inotify->loop = loop;
  gy_hash_init(&inotify->marks);
  gy_hash_init(&inotify->names);
  gy_queue_init(&inotify->trees);
  gy_queue_init(&inotify->found);
  gy_queue_init(&inotify->adrift[0]);
  gy_queue_init(&inotify->adrift[1]);
}

static int inotify_open(uv_loop_t* loop, gy_inotify_t** opened) {
  gy_inotify_t* inotify = gy_calloc(1, sizeof(*inotify));
  int fd;
  int err;

  if (inotify == NULL) {
    return UV_ENOMEM;
  }
  fd = gy_sys_inotify_open();
  if (fd < 0) {
    gy_free(inotify);
    return fd;
  }
  inotify_set(inotify, loop, fd);
  err = gy_watcher_want(loop, &inotify->watcher, GY_READABLE);
  if (err != 0) {
    gy_sys_inotify_close(fd);
    gy_free(inotify);
    return err;
  }
  *opened = inotify;
  return 0;
}

int gy_inotify_get(uv_loop_t* loop, gy_inotify_t** inotify) {
  gy_loop_t* state = gy_loop(loop);
  int err = 0;

  if (state->inotify == NULL) {
    err = inotify_open(loop, &state->inotify);
  }
  if (err == 0) {
    *inotify = state->inotify;
  }
  return err;
}

/* ---- marks ---------------------------------------------------------------
 */

gy_mark_t* gy_mark_find(const gy_inotify_t* inotify, int number) {
  gy_hash_node_t* node =
      gy_hash_find(&inotify->marks, gy_hash_number((uint64_t)number));

  while (node != NULL && mark_of(node)->number != number) {
    node = gy_hash_find_next(node);
  }
  return node != NULL ? mark_of(node) : NULL;
}

static gy_mark_t* mark_new(gy_inotify_t* inotify, int number) {
  gy_mark_t* mark = gy_calloc(1, sizeof(*mark));

  if (mark == NULL) {
    return NULL;
  }
  mark->number = number;
  gy_queue_init(&mark->places);
  gy_queue_init(&mark->adrift);
  gy_hash_insert(&inotify->marks, &mark->by_number,
                 gy_hash_number((uint64_t)number));
  return mark;
}

int gy_mark_take(gy_inotify_t* inotify, const char* path, uint32_t flags,
                 gy_mark_t** mark) {
  int fd = inotify->watcher.fd;
  int number = gy_sys_inotify_add(fd, path, MARK_MASK | flags);
  gy_mark_t* found;

  if (number < 0) {
    return number;
  }
  found = gy_mark_find(inotify, number);
  if (found == NULL) {
    found = mark_new(inotify, number);
  }
  if (found == NULL) {
    gy_sys_inotify_remove(fd, number);
    return UV_ENOMEM;
  }
  found->holds++;
  gy_queue_remove(&found->adrift);
  *mark = found;
  return 0;
}

void gy_mark_gone(gy_inotify_t* inotify, gy_mark_t* mark) {
  if (!mark->gone) {
    gy_hash_remove(&inotify->marks, &mark->by_number);
    mark->gone = true;
  }
}

static void mark_free_unused(gy_inotify_t* inotify, gy_mark_t* mark) {
  if (mark->holds > 0 || !gy_queue_empty(&mark->adrift)) {
    return;
  }
  if (!mark->gone && !inotify->orphan) {
    gy_sys_inotify_remove(inotify->watcher.fd, mark->number);
  }
  gy_mark_gone(inotify, mark);
  gy_free(mark);
}

void gy_mark_release(gy_inotify_t* inotify, gy_mark_t* mark, bool drift) {
  mark->holds--;
  if (mark->holds == 0 && drift) {
    gy_queue_remove(&mark->adrift);
    gy_queue_push_last(&inotify->adrift[0], &mark->adrift);
  }
  mark_free_unused(inotify, mark);
}

void gy_marks_drift(gy_inotify_t* inotify) {
  gy_queue_t* node;

  while ((node = gy_queue_pop(&inotify->adrift[1])) != NULL) {
    mark_free_unused(inotify, GY_CONTAINER_OF(node, gy_mark_t, adrift));
  }
  gy_queue_move(&inotify->adrift[0], &inotify->adrift[1]);
}

/* ---- the end ---------------------------------------------------------------
 */

static void inotify_close_fd(gy_inotify_t* inotify) {
  gy_watcher_forget(inotify->loop, &inotify->watcher);
  gy_sys_inotify_close(inotify->watcher.fd);
  if (gy_loop(inotify->loop)->inotify == inotify) {
    gy_loop(inotify->loop)->inotify = NULL;
  }
}

void gy_inotify_release(gy_inotify_t* inotify) {
  if (inotify->reading || !gy_queue_empty(&inotify->trees)) {
    return;
  }
  gy_marks_drift(inotify);
  gy_marks_drift(inotify);
  if (!inotify->orphan) {
    inotify_close_fd(inotify);
  }
  gy_hash_destroy(&inotify->marks);
  gy_hash_destroy(&inotify->names);
  gy_free(inotify);
}

void gy_inotify_abandon(gy_inotify_t* inotify) {
  if (!inotify->orphan) {
    /* The queue and the marks are one with the parent's: to read or to remove
     * anything would take it away from there. */
    inotify_close_fd(inotify);
    inotify->orphan = true;
  }
}
