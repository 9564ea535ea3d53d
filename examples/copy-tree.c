/* copy-tree.c - copies a folder with all that is in it, and shows how far it
 * has come.
 *
 * usage: copy-tree FROM TO
 *
 * Folders are read first, one after the other; then files are copied, several
 * at a time, each from the callback of one that is done. The bar is drawn by a
 * timer, and only on a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum {
  AT_A_TIME = 8,
  BAR = 40, /* characters */
  FRAME_MS = 50
};

/* What is to be copied, in the order in which it was found. */
typedef struct item {
  struct item* next;
  uv_fs_t req; /* of this item; one is enough */
  uint64_t size;
  char* to;
  char from[];
} item_t;

static uv_loop_t* loop;
static uv_timer_t frame;
static item_t* first;
static item_t* last;
static uint64_t bytes_total, bytes_done;
static unsigned files_total, files_done, under_way, failed;

static void complain(const char* path, ssize_t err) {
  fprintf(stderr, "copy-tree: %s: %s\n", path, uv_strerror((int)err));
  failed++;
}

static void draw(uv_timer_t* timer) {
  int full = bytes_total > 0 ? (int)(bytes_done * BAR / bytes_total) : BAR;

  (void)timer;
  printf("\r[%.*s%*s] %u of %u files", full,
         "########################################", BAR - full, "", files_done,
         files_total);
  fflush(stdout);
}

/* ---- what there is ----------------------------------------------------------
 */

static void* need(void* memory) {
  if (memory == NULL) {
    fprintf(stderr, "copy-tree: not enough memory\n");
    exit(1);
  }
  return memory;
}

/* |name| in |folder|, in memory of its own. */
static char* join(const char* folder, const char* name) {
  size_t size = strlen(folder) + 1 + strlen(name) + 1;
  char* path = need(malloc(size));

  (void)snprintf(path, size, "%s/%s", folder, name);
  return path;
}

static void add_file(const char* from, char* to, uint64_t size) {
  item_t* item = need(calloc(1, sizeof(*item) + strlen(from) + 1));

  strcpy(item->from, from);
  item->to = to;
  item->size = size;
  *(last != NULL ? &last->next : &first) = item;
  last = item;
  bytes_total += size;
  files_total++;
}

static void add_link(const char* from, const char* to) {
  uv_fs_t link, made;
  int err = uv_fs_readlink(NULL, &link, from, NULL);

  if (err == 0) {
    err = uv_fs_symlink(NULL, &made, link.ptr, to, 0, NULL);
    uv_fs_req_cleanup(&made);
  }
  uv_fs_req_cleanup(&link);
  if (err != 0) {
    complain(to, err);
  }
}

static void add_folder(const char* from, const char* to, int mode);

static void add_entry(const char* from, char* to) {
  uv_fs_t look;
  int err = uv_fs_lstat(NULL, &look, from, NULL);
  uint64_t mode = look.statbuf.st_mode;

  uv_fs_req_cleanup(&look);
  if (err != 0) {
    complain(from, err);
  } else if (S_ISREG(mode)) {
    add_file(from, to, look.statbuf.st_size);
    return; /* The path is the item's. */
  } else if (S_ISDIR(mode)) {
    add_folder(from, to, (int)(mode & 0777));
  } else if (S_ISLNK(mode)) {
    add_link(from, to);
  } else {
    complain(from, UV_ENOTSUP);
  }
  free(to);
}

/* Without a callback an operation is done in the call. */
static void add_folder(const char* from, const char* to, int mode) {
  uv_dirent_t entry;
  uv_fs_t scan, make;
  int err = uv_fs_mkdir(NULL, &make, to, mode | 0700, NULL);

  uv_fs_req_cleanup(&make);
  if (err != 0 && err != UV_EEXIST) {
    complain(to, err);
    return;
  }
  err = uv_fs_scandir(NULL, &scan, from, 0, NULL);
  if (err < 0) {
    complain(from, err);
  }
  while (err >= 0 && uv_fs_scandir_next(&scan, &entry) == 0) {
    char* inside = join(from, entry.name);
    add_entry(inside, join(to, entry.name));
    free(inside);
  }
  uv_fs_req_cleanup(&scan);
}

/* ---- copying ----------------------------------------------------------------
 */

static void copy_next(void);

static void copied(uv_fs_t* req) {
  item_t* item = req->data;

  if (req->result < 0) {
    complain(item->from, req->result);
  }
  uv_fs_req_cleanup(req);
  bytes_done += item->size;
  files_done++;
  under_way--;
  free(item->to);
  free(item);
  copy_next();
}

static void copy_next(void) {
  while (first != NULL && under_way < AT_A_TIME) {
    item_t* item = first;
    int err;
    first = item->next;
    item->req.data = item;
    under_way++;
    err = uv_fs_copyfile(loop, &item->req, item->from, item->to, 0, copied);
    if (err != 0) {
      item->req.result = err;
      copied(&item->req);
      return;
    }
  }
  if (under_way == 0) {
    uv_close((uv_handle_t*)&frame, NULL);
  }
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: copy-tree FROM TO\n");
    return 2;
  }
  loop = uv_default_loop();
  uv_timer_init(loop, &frame);
  add_folder(argv[1], argv[2], 0777);
  if (isatty(STDOUT_FILENO)) {
    uv_timer_start(&frame, draw, 0, FRAME_MS);
  }
  copy_next();
  uv_run(loop, UV_RUN_DEFAULT);
  if (isatty(STDOUT_FILENO)) {
    draw(NULL);
    printf("\n");
  }
  printf("%u files, %llu bytes, %u failed\n", files_done,
         (unsigned long long)bytes_done, failed);
  uv_loop_close(loop);
  return failed > 0;
}
