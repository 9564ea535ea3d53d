/* files.c - makes the files of the workloads, and removes them. */
#include "files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
  char folder[FILES_PATH_SIZE / 2];
  char (*paths)[FILES_PATH_SIZE];
  size_t count;
  char large[FILES_PATH_SIZE];
  char copy[FILES_PATH_SIZE];
} files;

static void folder_open(void) {
  const char* parent = getenv("TMPDIR");
  int length = snprintf(files.folder, sizeof(files.folder),
                        "%s/gyre-bench-XXXXXX", parent ? parent : "/tmp");

  bench_check(length < (int)sizeof(files.folder), "TMPDIR is too long");
  bench_check(mkdtemp(files.folder) != NULL, "no folder can be made");
  (void)snprintf(files.large, sizeof(files.large), "%s/large", files.folder);
  (void)snprintf(files.copy, sizeof(files.copy), "%s/copy", files.folder);
}

/* Make a file of |count| times |size| bytes. */
static void file_make(const char* path, size_t size, size_t count) {
  char* bytes = bench_alloc(1, size);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

  bench_check(fd >= 0, "a file cannot be made");
  memset(bytes, 'x', size);
  while (count-- > 0) {
    bench_check(write(fd, bytes, size) == (ssize_t)size, "the disk is full");
  }
  bench_check(close(fd) == 0, "a file cannot be written");
  free(bytes);
}

void files_open(size_t count) {
  size_t index;

  folder_open();
  files.count = count;
  files.paths = bench_alloc(count, sizeof(*files.paths));
  for (index = 0; index < count; index++) {
    (void)snprintf(files.paths[index], FILES_PATH_SIZE, "%s/%05u", files.folder,
                   (unsigned)index);
    file_make(files.paths[index], FILES_SIZE, 1);
  }
}

void files_open_large(size_t megabytes) {
  folder_open();
  file_make(files.large, 1 << 20, megabytes);
}

const char* files_path(size_t index) {
  return files.paths[index % files.count];
}

const char* files_large(void) {
  return files.large;
}

const char* files_copy(void) {
  return files.copy;
}

void files_drop(const char* path) {
  int fd = open(path, O_RDONLY);

  bench_check(fd >= 0 && fdatasync(fd) == 0 &&
                  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0,
              "a file cannot be dropped from memory");
  (void)close(fd); /* It was only read. */
}

void files_close(void) {
  size_t index;

  for (index = 0; index < files.count; index++) {
    (void)unlink(files.paths[index]);
  }
  free(files.paths);
  files.paths = NULL;
  files.count = 0;
  (void)unlink(files.large); /* Of these there may be none. */
  (void)unlink(files.copy);
  bench_check(rmdir(files.folder) == 0, "the folder cannot be removed");
}
