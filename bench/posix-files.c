/* posix-files.c - the same as uv-files.c by plain system calls, one after the
 * other on one thread: what there is no going below. Where it waits for a disk
 * it waits for one file at a time, and a library may well be faster. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"

static struct {
  char bytes[FILES_CHUNK];
  int fd;
} world;

static void visit_body(void* arg) {
  struct stat about;
  size_t count = *(const size_t*)arg;
  size_t index;

  for (index = 0; index < count; index++) {
    int fd = open(files_path(index), O_RDONLY | O_CLOEXEC);
    bench_check(fd >= 0 && fstat(fd, &about) == 0 &&
                    pread(fd, world.bytes, FILES_SIZE, 0) == FILES_SIZE &&
                    close(fd) == 0,
                "a file cannot be visited");
  }
}

static void visit(bench_t* bench, size_t size) {
  size_t count = FILES_COUNT;

  (void)size;
  files_open(count);
  visit_body(&count);
  bench_time(bench, visit_body, &count, count);
  files_close();
}

static void visit_cold(bench_t* bench, size_t size) {
  size_t count = FILES_COLD;
  size_t index;

  (void)size;
  files_open(count);
  for (index = 0; index < count; index++) {
    files_drop(files_path(index));
  }
  bench_time(bench, visit_body, &count, count);
  files_close();
}

static void stat_body(void* arg) {
  struct stat about;
  size_t index;

  (void)arg;
  for (index = 0; index < FILES_STATS; index++) {
    bench_check(stat(files_path(index), &about) == 0, "a file is gone");
  }
}

static void look(bench_t* bench, size_t size) {
  (void)size;
  files_open(FILES_COUNT);
  bench_time(bench, stat_body, NULL, FILES_STATS);
  files_close();
}

static void read_body(void* arg) {
  size_t left;

  (void)arg;
  for (left = FILES_READS; left > 0; left--) {
    bench_check(pread(world.fd, world.bytes, FILES_SIZE, 0) == FILES_SIZE,
                "the file is short");
  }
}

static void read_small(bench_t* bench, size_t size) {
  (void)size;
  files_open(1);
  world.fd = open(files_path(0), O_RDONLY);
  bench_time(bench, read_body, NULL, FILES_READS);
  (void)close(world.fd); /* It was only read. */
  files_close();
}

static void stream_body(void* arg) {
  size_t left;

  for (left = *(const size_t*)arg; left > 0; left--) {
    bench_check(read(world.fd, world.bytes, FILES_CHUNK) == FILES_CHUNK,
                "the file is short");
  }
}

static void read_large(bench_t* bench, size_t megabytes, bool cold) {
  size_t count = (megabytes << 20) / FILES_CHUNK;

  files_open_large(megabytes);
  if (cold) {
    files_drop(files_large());
  }
  world.fd = open(files_large(), O_RDONLY);
  bench_time(bench, stream_body, &count, count);
  (void)close(world.fd); /* It was only read. */
  files_close();
}

static void read_cached(bench_t* bench, size_t megabytes) {
  read_large(bench, megabytes, false);
}

static void read_cold(bench_t* bench, size_t megabytes) {
  read_large(bench, megabytes, true);
}

static void copy_body(void* arg) {
  size_t left = *(const size_t*)arg << 20;
  int from = open(files_large(), O_RDONLY);
  int to = open(files_copy(), O_WRONLY | O_CREAT | O_EXCL, 0600);

  while (left > 0) {
    ssize_t done = copy_file_range(from, NULL, to, NULL, left, 0);
    bench_check(done > 0, "the file cannot be copied");
    left -= (size_t)done;
  }
  (void)close(from); /* It was only read. */
  bench_check(close(to) == 0, "the copy cannot be written");
}

static void copy(bench_t* bench, size_t megabytes) {
  files_open_large(megabytes);
  bench_time(bench, copy_body, &megabytes, 1);
  files_close();
}

static const bench_workload_t files_workloads[] = {
    {"file-visit-1", visit, 1, BENCH_BOTH, 0},
    {"file-visit-32", visit, 32, BENCH_BOTH, 0},
    {"file-stat-1", look, 1, BENCH_BOTH, 0},
    {"file-stat-32", look, 32, BENCH_BOTH, 0},
    {"file-read-1", read_small, 1, BENCH_BOTH, 0},
    {"file-read-32", read_small, 32, BENCH_BOTH, 0},
    {"file-cold-visit-1", visit_cold, 1, BENCH_BOTH, 0},
    {"file-cold-visit-32", visit_cold, 32, BENCH_BOTH, 0},
    {"file-stream-1g", read_cached, 1024, BENCH_BOTH, 0},
    {"file-cold-stream-256m", read_cold, 256, BENCH_BOTH, 0},
    {"file-copy-1g", copy, 1024, BENCH_BOTH, 0},
    {NULL, NULL, 0, 0, 0}};

const bench_workload_t* const bench_tables[] = {files_workloads, NULL};
