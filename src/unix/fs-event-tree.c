/* fs-event-tree.c - where handles watch: a path, and, if they are recursive,
 * all directories below it.
 *
 * inotify(7) does not look below a directory, so each has a mark of its own,
 * and what happens before it has one is found by listing it afterwards: whoever
 * makes something in there is either seen in the list or heard by the mark, or
 * both.
 *
 * The names of events are old news: by the time they are read there may be
 * something else of that name. So an event is only taken for a hint where to
 * look. What is there now is compared with what the tree has there; then it
 * does not matter what the event was, and whatever changes after the look sends
 * another. A path that has become wrong by the rename of a directory above
 * leads nowhere or to something that is watched in vain for a moment: the event
 * of that rename is still to come, and puts it right.
 *
 * Every walk is a list of places to do, so a tree may be as deep as it likes,
 * and one directory is open at a time. */
#include <string.h>

#include "../platform.h"
#include "fs-event.h"

enum {
  BELOW = IN_ONLYDIR | IN_DONT_FOLLOW /* how what is below the root is marked */
};

/* ---- names ---------------------------------------------------------------
 */

static gy_place_t* place_of_name(gy_hash_node_t* node) {
  return GY_CONTAINER_OF(node, gy_place_t, by_name);
}

static gy_place_t* place_to_do(gy_queue_t* node) {
  return GY_CONTAINER_OF(node, gy_place_t, todo);
}

static uint32_t name_hash(const gy_place_t* parent, const char* name) {
  return gy_hash_text(name, gy_hash_number((uint64_t)(uintptr_t)parent));
}

/* The place |name| in |parent|, or NULL. */
static gy_place_t* child_find(const gy_place_t* parent, const char* name) {
  const gy_hash_t* names = &parent->tree->inotify->names;
  gy_hash_node_t* node = gy_hash_find(names, name_hash(parent, name));

  for (; node != NULL; node = gy_hash_find_next(node)) {
    gy_place_t* place = place_of_name(node);
    if (place->parent == parent && strcmp(place->name, name) == 0) {
      return place;
    }
  }
  return NULL;
}

/* Put |text| and a slash, if anything follows, before |end|. Where it begins,
 * or NULL when that is before |begin|. */
static char* put_before(char* begin, char* end, const char* text, bool slash) {
  size_t length = strlen(text);

  if (end == NULL || (size_t)(end - begin) < length + slash) {
    return NULL;
  }
  if (slash) {
    *--end = '/';
  }
  end -= length;
  memcpy(end, text, length);
  return end;
}

/* Write |root|, unless it is NULL, the names down to |place|, and |name|,
 * unless it is empty. The length, or UV_ENAMETOOLONG. */
static int path_write(const gy_place_t* place, const char* name,
                      const char* root, char buf[GY_PATH_SIZE]) {
  char* end = buf + GY_PATH_SIZE - 1;
  char* at = put_before(buf, end, name, false);

  for (; place->parent != NULL; place = place->parent) {
    at = put_before(buf, at, place->name, at != end);
  }
  if (root != NULL) {
    at = put_before(buf, at, root, at != end);
  }
  if (at == NULL) {
    return UV_ENAMETOOLONG;
  }
  *end = '\0';
  memmove(buf, at, (size_t)(end - at) + 1);
  return (int)(end - at);
}

int gy_tree_relative(const gy_place_t* place, const char* name,
                     char buf[GY_PATH_SIZE]) {
  return path_write(place, name, NULL, buf);
}

static int path_whole(const gy_place_t* place, const char* name,
                      char buf[GY_PATH_SIZE]) {
  return path_write(place, name, place->tree->path, buf);
}

/* ---- places ----------------------------------------------------------------
 */

/* Make the place |name| in |parent|, or a root, which takes the hold of |mark|.
 * NULL when there is no memory. */
static gy_place_t* place_new(gy_tree_t* tree, gy_place_t* parent,
                             const char* name, gy_mark_t* mark) {
  size_t size = strlen(name) + 1;
  gy_place_t* place = gy_malloc(sizeof(*place) + size);

  if (place == NULL) {
    return NULL;
  }
  memcpy(place->name, name, size);
  place->mark = mark;
  place->tree = tree;
  place->parent = parent;
  place->seen = 0;
  gy_queue_push_last(&mark->places, &place->on_mark);
  gy_queue_init(&place->children);
  gy_queue_init(&place->sibling);
  gy_queue_init(&place->todo);
  if (parent != NULL) {
    gy_queue_push_last(&parent->children, &place->sibling);
    gy_hash_insert(&tree->inotify->names, &place->by_name,
                   name_hash(parent, name));
  }
  return place;
}

static void place_free(gy_place_t* place, bool drift) {
  gy_inotify_t* inotify = place->tree->inotify;

  gy_queue_remove(&place->on_mark);
  gy_queue_remove(&place->sibling);
  gy_queue_remove(&place->todo);
  if (place->parent != NULL) {
    gy_hash_remove(&inotify->names, &place->by_name);
  }
  gy_mark_release(inotify, place->mark, drift);
  gy_free(place);
}

/* Free |place| and all below. */
static void places_free(gy_place_t* place, bool drift) {
  gy_queue_t doomed;
  gy_queue_t* node;

  gy_queue_init(&doomed);
  gy_queue_remove(&place->todo);
  gy_queue_push_last(&doomed, &place->todo);
  while ((node = gy_queue_pop(&doomed)) != NULL) {
    place = place_to_do(node);
    while ((node = gy_queue_pop(&place->children)) != NULL) {
      gy_place_t* child = GY_CONTAINER_OF(node, gy_place_t, sibling);
      gy_queue_remove(&child->todo);
      gy_queue_push_last(&doomed, &child->todo);
    }
    place_free(place, drift);
  }
}

void gy_tree_drop(gy_place_t* place) {
  places_free(place, true);
}

/* Is |mark| of |place| or of a directory above? Then what is below never ends.
 */
static bool is_above(const gy_place_t* place, const gy_mark_t* mark) {
  while (place != NULL && place->mark != mark) {
    place = place->parent;
  }
  return place != NULL;
}

/* Is |err| what is said of something that is no directory, not there any more,
 * or not to be read by us? Events of its parent tell when that changes. */
static bool is_no_directory(int err) {
  return err == UV_ENOENT || err == UV_ENOTDIR || err == UV_ELOOP ||
         err == UV_EACCES;
}

/* Take the mark of the directory |name| in |parent|, or NULL if there is none.
 */
static int child_mark(gy_place_t* parent, const char* name, gy_mark_t** mark) {
  gy_inotify_t* inotify = parent->tree->inotify;
  char path[GY_PATH_SIZE];
  int err = path_whole(parent, name, path);

  *mark = NULL;
  if (err >= 0) {
    err = gy_mark_take(inotify, path, BELOW, mark);
  }
  if (err < 0) {
    return is_no_directory(err) ? 0 : err;
  }
  if (is_above(parent, *mark)) {
    gy_mark_release(inotify, *mark, false);
    *mark = NULL;
  }
  return 0;
}

/* Compare what is |name| in |parent| with the place of that name: put a new one
 * there, drop it, or let it be. |*child| is the place then, or NULL; |*fresh|
 * says whether it is new. */
static int child_look(gy_place_t* parent, const char* name, gy_place_t** child,
                      bool* fresh) {
  gy_tree_t* tree = parent->tree;
  gy_place_t* old = child_find(parent, name);
  gy_mark_t* mark;
  int err = child_mark(parent, name, &mark);

  *child = old;
  *fresh = false;
  if (mark != NULL && old != NULL && old->mark == mark) {
    gy_mark_release(tree->inotify, mark, false); /* The place has its own. */
    return 0;
  }
  *child = NULL;
  if (mark != NULL) {
    *child = place_new(tree, parent, name, mark);
    *fresh = *child != NULL;
    if (*child == NULL) {
      gy_mark_release(tree->inotify, mark, false);
      err = UV_ENOMEM;
    }
  }
  if (old != NULL) {
    gy_tree_drop(old);
  }
  return err;
}

/* ---- scans -----------------------------------------------------------------
 */

typedef struct {
  gy_place_t* place; /* whose entries are listed */
  gy_queue_t todo;   /* of gy_place_t.todo: those to list */
  unsigned number;
  bool tell; /* of all that is found */
  int err;   /* the first */
} scan_t;

static void scan_fail(scan_t* scan, int err) {
  if (scan->err == 0) {
    scan->err = err;
  }
}

static void scan_tell(scan_t* scan, const char* name) {
  gy_tree_t* tree = scan->place->tree;
  char path[GY_PATH_SIZE];
  int length = gy_tree_relative(scan->place, name, path);
  gy_found_t* found;

  if (length < 0) {
    scan_fail(scan, length);
    return;
  }
  found = gy_malloc(sizeof(*found) + (size_t)length + 1);
  if (found == NULL) {
    scan_fail(scan, UV_ENOMEM);
    return;
  }
  found->tree = tree;
  memcpy(found->name, path, (size_t)length + 1);
  gy_queue_push_last(&tree->inotify->found, &found->node);
}

static void scan_entry(void* arg, const char* name, bool may_be_dir) {
  scan_t* scan = arg;
  gy_place_t* child;
  bool fresh;
  int err;

  if (scan->tell) {
    scan_tell(scan, name);
  }
  if (!may_be_dir) {
    return;
  }
  err = child_look(scan->place, name, &child, &fresh);
  if (err != 0) {
    scan_fail(scan, err);
  }
  if (child != NULL) {
    child->seen = scan->number;
    gy_queue_remove(&child->todo);
    gy_queue_push_last(&scan->todo, &child->todo);
  }
}

/* Drop what the scan did not come upon in its place. */
static void scan_drop_unseen(const scan_t* scan) {
  gy_queue_t now;
  gy_queue_t* node;

  gy_queue_move(&scan->place->children, &now);
  while ((node = gy_queue_pop(&now)) != NULL) {
    gy_place_t* child = GY_CONTAINER_OF(node, gy_place_t, sibling);
    gy_queue_push_last(&scan->place->children, node);
    if (child->seen != scan->number) {
      gy_tree_drop(child);
    }
  }
}

/* List |place| and all directories below, and have them watched. The first
 * error there was; the rest is watched. */
static int scan_run(gy_place_t* place, bool tell) {
  char path[GY_PATH_SIZE];
  scan_t scan = {.tell = tell, .number = ++place->tree->inotify->scans};
  gy_queue_t* node;

  gy_queue_init(&scan.todo);
  gy_queue_push_last(&scan.todo, &place->todo);
  while ((node = gy_queue_pop(&scan.todo)) != NULL) {
    int err;
    scan.place = place_to_do(node);
    err = path_whole(scan.place, "", path);
    if (err >= 0) {
      err = gy_sys_list(path, scan_entry, &scan);
    }
    if (err == 0) {
      scan_drop_unseen(&scan);
    } else if (!is_no_directory(err)) {
      scan_fail(&scan, err);
    }
  }
  return scan.err;
}

/* Remember that |tree| has |err| to tell, unless it is 0. */
static void tree_trouble(gy_tree_t* tree, int err) {
  if (err != 0) {
    tree->err = err;
    tree->inotify->troubled = true;
  }
}

/* Two names that were exchanged are told as two renames, and the second by what
 * was moved first: so the event of a directory may be that of a file.
 *
 * A directory that has the place of its name already is listed all the same: it
 * may have left and come back, and who looked in between has forgotten what is
 * in there. */
void gy_tree_look(gy_place_t* place, const char* name, uint32_t mask) {
  gy_place_t* child;
  bool fresh;

  if (!(mask & IN_ISDIR) && child_find(place, name) == NULL) {
    return;
  }
  tree_trouble(place->tree, child_look(place, name, &child, &fresh));
  if (child != NULL && (fresh || !(mask & IN_ATTRIB))) {
    tree_trouble(place->tree, scan_run(child, true));
  }
}

void gy_tree_look_again(gy_tree_t* tree) {
  tree_trouble(tree, scan_run(tree->root, false));
}

/* ---- trees -----------------------------------------------------------------
 */

int gy_tree_new(uv_fs_event_t* handle, bool recursive, gy_tree_t** made) {
  char real[PATH_MAX];
  const char* path = handle->path;
  gy_tree_t* tree;
  size_t size;

  if (recursive) {
    /* Directories are added later, too: the working directory may be another
     * then, and a link may lead to somewhere else. */
    int err = gy_sys_real_path(handle->path, real);
    if (err != 0) {
      return err;
    }
    path = real;
  }
  size = strlen(path) + 1;
  tree = gy_calloc(1, sizeof(*tree) + size);
  if (tree == NULL) {
    return UV_ENOMEM;
  }
  memcpy(tree->path, path, size);
  tree->handle = handle;
  tree->recursive = recursive;
  gy_queue_init(&tree->node);
  gy_queue_init(&tree->task.node);
  *made = tree;
  return 0;
}

static int root_enter(gy_tree_t* tree) {
  gy_mark_t* mark;
  int err = gy_mark_take(tree->inotify, tree->path, 0, &mark);

  if (err != 0) {
    return err;
  }
  tree->root = place_new(tree, NULL, "", mark);
  if (tree->root == NULL) {
    gy_mark_release(tree->inotify, mark, false);
    return UV_ENOMEM;
  }
  return tree->recursive ? scan_run(tree->root, false) : 0;
}

int gy_tree_enter(gy_tree_t* tree) {
  int err = gy_inotify_get(tree->handle->loop, &tree->inotify);

  if (err != 0) {
    return err;
  }
  gy_queue_push_last(&tree->inotify->trees, &tree->node);
  err = root_enter(tree);
  if (err != 0) {
    gy_tree_leave(tree);
  }
  return err;
}

/* Tell nothing more of what was found for |tree|. */
static void tree_forget_found(const gy_tree_t* tree) {
  gy_queue_t now;
  gy_queue_t* node;

  gy_queue_move(&tree->inotify->found, &now);
  while ((node = gy_queue_pop(&now)) != NULL) {
    gy_found_t* found = GY_CONTAINER_OF(node, gy_found_t, node);
    if (found->tree == tree) {
      gy_free(found);
    } else {
      gy_queue_push_last(&tree->inotify->found, node);
    }
  }
}

void gy_tree_leave(gy_tree_t* tree) {
  gy_inotify_t* inotify = tree->inotify;

  if (inotify == NULL) {
    return;
  }
  if (tree->root != NULL) {
    places_free(tree->root, false);
    tree->root = NULL;
  }
  tree_forget_found(tree);
  gy_queue_remove(&tree->node);
  tree->inotify = NULL;
  gy_inotify_release(inotify);
}
