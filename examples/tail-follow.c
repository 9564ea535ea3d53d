/* tail-follow.c - tail -F: what is written to a file, whatever becomes of it.
 *
 * usage: tail-follow FILE
 *
 * The file may be truncated, moved away and made anew, as logs are, or not be
 * there yet. It is read from its beginning, and each file of that name after
 * it. Its directory is watched, not the file: so one handle hears of writes, of
 * the name's going, and of its coming back, and of what is still written to a
 * file that has another name by now. It ends when the directory goes.
 *
 * Files are read where the event is heard: what was just written is in memory.
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

typedef struct {
  const char* path;
  const char* directory; /* that it is in */
  int fd;                /* or -1 while there is no file */
  off_t offset;          /* how far it has been read */
} tail_t;

static void print(const char* text, size_t size) {
  fwrite(text, 1, size, stdout);
  fflush(stdout);
}

/* Print what has been added. */
static void tail_read(tail_t* tail) {
  char buf[65536];
  struct stat now;
  ssize_t size;

  if (tail->fd < 0) {
    return;
  }
  if (fstat(tail->fd, &now) == 0 && now.st_size < tail->offset) {
    fprintf(stderr, "tail-follow: %s was truncated\n", tail->path);
    tail->offset = 0;
  }
  while ((size = pread(tail->fd, buf, sizeof(buf), tail->offset)) > 0) {
    print(buf, (size_t)size);
    tail->offset += size;
  }
}

/* Is the file that is read the one that has the name now? */
static int tail_is_current(const tail_t* tail) {
  struct stat ours;
  struct stat named;

  return tail->fd >= 0 && fstat(tail->fd, &ours) == 0 &&
         stat(tail->path, &named) == 0 && ours.st_ino == named.st_ino &&
         ours.st_dev == named.st_dev;
}

/* Let go of a file that has no name any more. */
static void tail_leave(tail_t* tail) {
  struct stat now;

  if (tail->fd >= 0 && fstat(tail->fd, &now) == 0 && now.st_nlink == 0) {
    tail_read(tail);
    fprintf(stderr, "tail-follow: %s is gone\n", tail->path);
    close(tail->fd);
    tail->fd = -1;
  }
}

/* Read on, and go over to another file if the name has. What was written to the
 * one before in the meantime comes first. */
static void tail_follow(tail_t* tail) {
  int fd;

  tail_read(tail);
  if (tail_is_current(tail)) {
    return;
  }
  fd = open(tail->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    tail_leave(tail); /* Or else it may still be written to. */
    return;
  }
  if (tail->fd >= 0) {
    fprintf(stderr, "tail-follow: %s is another file now\n", tail->path);
    tail_read(tail);
    close(tail->fd);
  }
  tail->fd = fd;
  tail->offset = 0;
  tail_read(tail);
}

static void hear(uv_fs_event_t* handle, const char* name, int events,
                 int status) {
  tail_t* tail = handle->data;

  (void)name;
  (void)events; /* Whatever it was, looking tells. */
  if (status != 0) {
    fprintf(stderr, "tail-follow: %s\n", uv_strerror(status));
    uv_close((uv_handle_t*)handle, NULL);
    return;
  }
  tail_follow(tail);
  if (access(tail->directory, F_OK) != 0) {
    uv_close((uv_handle_t*)handle, NULL);
  }
}

int main(int argc, char** argv) {
  char copy[4096]; /* dirname(3) writes to it */
  uv_loop_t loop;
  uv_fs_event_t watch;
  tail_t tail = {.fd = -1};
  int err;

  if (argc != 2 || strlen(argv[1]) >= sizeof(copy)) {
    fprintf(stderr, "usage: tail-follow FILE\n");
    return 2;
  }
  tail.path = argv[1];
  memcpy(copy, argv[1], strlen(argv[1]) + 1);
  tail.directory = dirname(copy);
  err = uv_loop_init(&loop);
  if (err == 0) {
    uv_fs_event_init(&loop, &watch);
    watch.data = &tail;
    err = uv_fs_event_start(&watch, hear, tail.directory, 0);
  }
  if (err != 0) {
    fprintf(stderr, "tail-follow: %s: %s\n", argv[1], uv_strerror(err));
    return EXIT_FAILURE;
  }
  tail_follow(&tail); /* after the watch: so nothing falls in between */
  uv_run(&loop, UV_RUN_DEFAULT);
  tail_read(&tail);
  if (tail.fd >= 0) {
    close(tail.fd);
  }
  return uv_loop_close(&loop) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
