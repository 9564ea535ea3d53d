/* watch-directory.c - tells of each change in a directory and all below it.
 *
 * usage: watch-directory DIRECTORY
 *
 * What libuv calls a rename is anything that happens to a name, so each name is
 * looked at: whether it is there now, and what it is. It ends when the
 * directory itself is removed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

static const char* directory;

/* What is at |name| in the directory now. */
static const char* kind_of(const char* name) {
  char path[8192];
  struct stat found;

  snprintf(path, sizeof(path), "%s/%s", directory, name);
  if (lstat(path, &found) != 0) {
    return "nothing";
  }
  return S_ISDIR(found.st_mode)   ? "a directory"
         : S_ISLNK(found.st_mode) ? "a link"
                                  : "a file";
}

static int directory_is_gone(void) {
  struct stat found;

  return stat(directory, &found) != 0;
}

static void tell(uv_fs_event_t* handle, const char* name, int events,
                 int status) {
  if (status != 0) {
    printf("some of it is not watched: %s\n", uv_strerror(status));
  } else if (name == NULL) {
    printf("anything may have changed: events were lost\n");
  } else {
    printf("%s %s: %s\n", events & UV_RENAME ? "name  " : "change", name,
           kind_of(name));
  }
  if (directory_is_gone()) {
    uv_close((uv_handle_t*)handle, NULL);
  }
}

int main(int argc, char** argv) {
  uv_loop_t loop;
  uv_fs_event_t watch;
  int err;

  if (argc != 2) {
    fprintf(stderr, "usage: watch-directory DIRECTORY\n");
    return 2;
  }
  directory = argv[1];
  setvbuf(stdout, NULL, _IOLBF, 0);
  err = uv_loop_init(&loop);
  if (err == 0) {
    uv_fs_event_init(&loop, &watch);
    err = uv_fs_event_start(&watch, tell, directory, UV_FS_EVENT_RECURSIVE);
  }
  if (err != 0) {
    fprintf(stderr, "watch-directory: %s: %s\n", directory, uv_strerror(err));
    return EXIT_FAILURE;
  }
  printf("watching %s\n", directory);
  uv_run(&loop, UV_RUN_DEFAULT);
  printf("%s is gone\n", directory);
  return uv_loop_close(&loop) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
