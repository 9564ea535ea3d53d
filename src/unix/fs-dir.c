/* fs-dir.c - directories: all of one at once, sorted, or in pieces.
 *
 * What uv_fs_scandir() finds is one allocation at |req->ptr|: an array of
 * pointers, one for each entry and sorted by its name, and then the entries
 * themselves, each a byte that says what it is and its name. |req->nbufs|
 * counts how many were handed out.
 *
 * The names that a uv_fs_readdir() gives are one allocation too, |req->bufs|:
 * the array of entries is the program's, and may be something else by the time
 * the request is cleaned up. */
#include <stdlib.h>
#include <string.h>

#include "../core.h"
#include "fs.h"
#include "sys-file.h"

enum {
  FIRST_SIZE = 4096
};

/* What the system says an entry is, if it does. */
#if defined(DT_UNKNOWN)

static uv_dirent_type_t type_of(const struct dirent* entry) {
  switch (entry->d_type) {
    case DT_REG:
      return UV_DIRENT_FILE;
    case DT_DIR:
      return UV_DIRENT_DIR;
    case DT_LNK:
      return UV_DIRENT_LINK;
    case DT_FIFO:
      return UV_DIRENT_FIFO;
    case DT_SOCK:
      return UV_DIRENT_SOCKET;
    case DT_CHR:
      return UV_DIRENT_CHAR;
    case DT_BLK:
      return UV_DIRENT_BLOCK;
    default:
      return UV_DIRENT_UNKNOWN;
  }
}

#else

static uv_dirent_type_t type_of(const struct dirent* entry) {
  (void)entry;
  return UV_DIRENT_UNKNOWN;
}

#endif

/* ---- entries, one after the other ------------------------------------------
 */

/* Each a byte for its type, its name, and a 0. */
typedef struct {
  char* bytes;
  size_t size;
  size_t room;
  size_t count;
} entries_t;

static int entries_reserve(entries_t* entries, size_t more) {
  size_t room = entries->room > 0 ? entries->room : FIRST_SIZE;
  char* larger;

  while (room - entries->size < more) {
    room *= 2;
  }
  if (room == entries->room) {
    return 0;
  }
  larger = gy_realloc(entries->bytes, room);
  if (larger == NULL) {
    return UV_ENOMEM;
  }
  entries->bytes = larger;
  entries->room = room;
  return 0;
}

static int entries_add(entries_t* entries, const struct dirent* entry) {
  size_t name_size = strlen(entry->d_name) + 1;
  int err = entries_reserve(entries, 1 + name_size);

  if (err != 0) {
    return err;
  }
  entries->bytes[entries->size] = (char)type_of(entry);
  memcpy(entries->bytes + entries->size + 1, entry->d_name, name_size);
  entries->size += 1 + name_size;
  entries->count++;
  return 0;
}

/* Add up to |most| entries of |dir|. UV_E*. */
static int entries_read(entries_t* entries, DIR* dir, size_t most) {
  const struct dirent* entry;
  int result = 1;
  int err = 0;

  while (entries->count < most && result > 0 && err == 0) {
    result = gy_sys_readdir(dir, &entry);
    if (result > 0) {
      err = entries_add(entries, entry);
    }
  }
  return result < 0 ? result : err;
}

/* ---- uv_fs_scandir() --------------------------------------------------------
 */

static int entry_compare(const void* a, const void* b) {
  const char* const* left = a;
  const char* const* right = b;

  return strcmp(*left + 1, *right + 1);
}

/* Make of |entries|, which are not empty, what |req->ptr| points to. */
static int entries_sort(const entries_t* entries, void** sorted) {
  size_t array_size = entries->count * sizeof(char*);
  char** array = gy_malloc(array_size + entries->size);
  char* entry = (char*)array + array_size;
  size_t index;

  if (array == NULL) {
    return UV_ENOMEM;
  }
  memcpy(entry, entries->bytes, entries->size);
  for (index = 0; index < entries->count; index++) {
    array[index] = entry;
    entry += 1 + strlen(entry + 1) + 1;
  }
  qsort(array, entries->count, sizeof(*array), entry_compare);
  *sorted = array;
  return 0;
}

ssize_t gy_fs_scandir(uv_fs_t* req) {
  entries_t entries = {NULL, 0, 0, 0};
  DIR* dir;
  int err = gy_sys_opendir(req->path, &dir);

  if (err != 0) {
    return err;
  }
  err = entries_read(&entries, dir, SIZE_MAX);
  (void)gy_sys_closedir(dir); /* All that it had has been read. */
  if (err == 0 && entries.count > 0) {
    err = entries_sort(&entries, &req->ptr);
  }
  gy_free(entries.bytes);
  return err != 0 ? err : (ssize_t)entries.count;
}

int uv_fs_scandir_next(uv_fs_t* req, uv_dirent_t* ent) {
  char** array;
  const char* entry;

  if (req == NULL || ent == NULL) {
    return UV_EINVAL;
  }
  if (req->result < 0) {
    return (int)req->result;
  }
  if (req->ptr == NULL || req->nbufs >= (size_t)req->result) {
    return UV_EOF;
  }
  array = req->ptr;
  entry = array[req->nbufs++];
  ent->type = (uv_dirent_type_t)entry[0];
  ent->name = entry + 1;
  return 0;
}

/* ---- in pieces
 * ---------------------------------------------------------------
 */

ssize_t gy_fs_opendir(uv_fs_t* req) {
  uv_dir_t* dir = gy_calloc(1, sizeof(*dir));
  int err;

  if (dir == NULL) {
    return UV_ENOMEM;
  }
  err = gy_sys_opendir(req->path, &dir->dir);
  if (err != 0) {
    gy_free(dir);
    return err;
  }
  req->ptr = dir;
  return 0;
}

ssize_t gy_fs_readdir(uv_fs_t* req) {
  uv_dir_t* dir = req->ptr;
  entries_t entries = {NULL, 0, 0, 0};
  int err = entries_read(&entries, dir->dir, dir->nentries);
  char* entry = entries.bytes;
  size_t index;

  if (err != 0) {
    gy_free(entries.bytes);
    return err;
  }
  for (index = 0; index < entries.count; index++) {
    dir->dirents[index].type = (uv_dirent_type_t)entry[0];
    dir->dirents[index].name = entry + 1;
    entry += 1 + strlen(entry + 1) + 1;
  }
  req->bufs = (void*)entries.bytes;
  return (ssize_t)entries.count;
}

ssize_t gy_fs_closedir(uv_fs_t* req) {
  uv_dir_t* dir = req->ptr;
  int err = gy_sys_closedir(dir->dir);

  gy_free(dir);
  req->ptr = NULL;
  return err;
}
