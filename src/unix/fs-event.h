/* fs-event.h - what the files of uv_fs_event_t on Linux share.
 *
 * A *mark* is what the kernel watches: a number, and a file or directory. A
 * *place* is where a handle has one: the path that it was started with, or, if
 * it is recursive, a directory below. All places of a handle are its *tree*.
 *
 * Loop thread, all of it. */
#ifndef GY_UNIX_FS_EVENT_H_
#define GY_UNIX_FS_EVENT_H_

#include "../core.h"
#include "../hash.h"
#include "sys-inotify.h"

enum {
  GY_PATH_SIZE = PATH_MAX + NAME_MAX + 1 /* a path, and a name in there */
};

typedef struct gy_inotify gy_inotify_t;
typedef struct gy_tree gy_tree_t;
typedef struct gy_place gy_place_t;

/* What the kernel watches. Its events go to all of |places|. */
typedef struct {
  gy_hash_node_t by_number; /* in gy_inotify_t.marks */
  gy_queue_t places;        /* of gy_place_t.on_mark */
  gy_queue_t adrift;        /* in gy_inotify_t.adrift, or in none */
  size_t holds;             /* places, and whoever walks them */
  int number;
  bool gone; /* the kernel has dropped it */
} gy_mark_t;

/* One inotify descriptor and all that is watched by it; a loop has one while
 * it has handles that watch. */
struct gy_inotify {
  gy_watcher_t watcher;
  uv_loop_t* loop;
  gy_hash_t marks;
  gy_hash_t names;      /* of gy_place_t.by_name */
  gy_queue_t trees;     /* of gy_tree_t.node */
  gy_queue_t found;     /* names that scans came upon, to be told */
  gy_queue_t adrift[2]; /* marks that lost their place by this event, and by
                           the one before */
  unsigned scans;       /* how many there were */
  bool reading;         /* who reads it will release it */
  bool troubled;        /* some tree has an error to tell */
  bool orphan;          /* of before a fork: the descriptor is closed */
};

struct gy_place {
  gy_queue_t on_mark;
  gy_mark_t* mark;
  gy_tree_t* tree;
  gy_place_t* parent;  /* NULL: it is what the handle was started with */
  gy_queue_t children; /* of |sibling| */
  gy_queue_t sibling;
  gy_queue_t todo; /* of a walk over some of the tree */
  gy_hash_node_t by_name;
  unsigned seen; /* number of the scan that came upon it last */
  char name[];
};

struct gy_tree {
  gy_queue_t node;
  gy_inotify_t* inotify; /* NULL when it could not be watched after a fork */
  uv_fs_event_t* handle;
  gy_place_t* root;
  int err;        /* that is to be told, or 0 */
  gy_task_t task; /* tells it */
  bool recursive;
  char path[]; /* of the root, as the kernel is asked for it */
};

/* ---- fs-event-mark.c: what the kernel watches ------------------------------
 */

/* The inotify of |loop|, opened if there is none. */
int gy_inotify_get(uv_loop_t* loop, gy_inotify_t** inotify);

/* Close |inotify| if nothing is watched by it, and nobody reads it. */
void gy_inotify_release(gy_inotify_t* inotify);

/* Stop reading |inotify|, which is the parent's, and let its handles leave. */
void gy_inotify_abandon(gy_inotify_t* inotify);

/* Ask the kernel to watch |path|, and hold the mark of it. */
int gy_mark_take(gy_inotify_t* inotify, const char* path, uint32_t flags,
                 gy_mark_t** mark);

/* The mark |number|, or NULL. */
gy_mark_t* gy_mark_find(const gy_inotify_t* inotify, int number);

/* Hold |mark| no more. When nobody does, the kernel is told: at once, or, if
 * |drift|, when another event has been handled. A directory that is moved loses
 * one name, and the next event gives it another: it is watched in between. */
void gy_mark_release(gy_inotify_t* inotify, gy_mark_t* mark, bool drift);

/* An event has been handled. */
void gy_marks_drift(gy_inotify_t* inotify);

/* The kernel has dropped |mark|. */
void gy_mark_gone(gy_inotify_t* inotify, gy_mark_t* mark);

/* fs-event-inotify.c: hear of |inotify|. */
void gy_inotify_ready(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask,
                      int err);

/* ---- fs-event-tree.c: where handles watch -----------------------------------
 */

/* A name that a scan came upon. */
typedef struct {
  gy_queue_t node;
  gy_tree_t* tree;
  char name[];
} gy_found_t;

/* Make a tree of |handle|, which watches nothing as yet. */
int gy_tree_new(uv_fs_event_t* handle, bool recursive, gy_tree_t** tree);

/* Watch all of |tree| by the inotify of its loop; UV_E*, and nothing has
 * happened. */
int gy_tree_enter(gy_tree_t* tree);

/* Watch none of it. */
void gy_tree_leave(gy_tree_t* tree);

/* An event of |mask| was about |name| in |place|. If that is a directory, or
 * was one, see what it is now; watch it, and what was there no more. What is in
 * it goes to |found|, unless only its attributes have changed and it was
 * watched before. */
void gy_tree_look(gy_place_t* place, const char* name, uint32_t mask);

/* Compare all of |tree| with what is there. */
void gy_tree_look_again(gy_tree_t* tree);

/* Forget |place|, which is not the root, and all below. */
void gy_tree_drop(gy_place_t* place);

/* Write the path of |name| in |place|, from the root of the tree. Its length,
 * or UV_ENAMETOOLONG. */
int gy_tree_relative(const gy_place_t* place, const char* name,
                     char buf[GY_PATH_SIZE]);

#endif /* GY_UNIX_FS_EVENT_H_ */
