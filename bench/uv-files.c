/* uv-files.c - files through uv.h: small ones visited, looked at and read, one
 * after the other or many at once, and a large one read and copied.
 *
 * Compiled twice, as uv-core.c is. */
#include <fcntl.h>
#include <stdlib.h>
#include <uv.h>

#include "files.h"

/* One of those that are under way at the same time. */
typedef struct {
  uv_fs_t req;
  uv_file fd;
  char* bytes;
} slot_t;

static struct {
  uv_loop_t loop;
  slot_t* slots;
  size_t count; /* of |slots| */
  void (*next)(slot_t* slot);
  size_t left; /* operations to begin */
  size_t index;
  uv_file fd; /* of what is read */
} world;

static void must(int err) {
  bench_check(err == 0, "the operation was refused");
}

/* |req| is over. Its result, which is no error. */
static ssize_t take(uv_fs_t* req) {
  ssize_t result = req->result;

  bench_check(result >= 0, "the operation failed");
  uv_fs_req_cleanup(req);
  return result;
}

static slot_t* slot_of(uv_fs_t* req) {
  return req->data;
}

/* Begin the next operation, if there is one. */
static void slot_go_on(slot_t* slot) {
  if (world.left > 0) {
    world.left--;
    world.next(slot);
  }
}

static void world_open(size_t count, size_t size, void (*next)(slot_t* slot)) {
  size_t index;

  world.count = count;
  world.next = next;
  world.slots = bench_alloc(count, sizeof(*world.slots));
  for (index = 0; index < count; index++) {
    world.slots[index].req.data = &world.slots[index];
    world.slots[index].bytes = bench_alloc(1, size);
  }
  must(uv_loop_init(&world.loop));
}

static void world_close(void) {
  must(uv_loop_close(&world.loop));
  while (world.count-- > 0) {
    free(world.slots[world.count].bytes);
  }
  free(world.slots);
}

/* Do so many operations, as many at once as there are slots. */
static void body(void* arg) {
  size_t index;

  world.left = *(const size_t*)arg;
  world.index = 0;
  for (index = 0; index < world.count; index++) {
    slot_go_on(&world.slots[index]);
  }
  (void)uv_run(&world.loop, UV_RUN_DEFAULT);
}

static void measure(bench_t* bench, size_t operations) {
  bench_time(bench, body, &operations, operations);
}

/* The same after some that are not measured, by which threads are started and
 * names are known. */
static void measure_warm(bench_t* bench, size_t operations) {
  size_t few = operations / 10;

  body(&few);
  measure(bench, operations);
}

/* ---- small files -----------------------------------------------------------
 */

static void visit_closed(uv_fs_t* req) {
  (void)take(req);
  slot_go_on(slot_of(req));
}

static void visit_read(uv_fs_t* req) {
  bench_check(take(req) == FILES_SIZE, "the file is short");
  must(uv_fs_close(&world.loop, req, slot_of(req)->fd, visit_closed));
}

static void visit_looked(uv_fs_t* req) {
  slot_t* slot = slot_of(req);
  uv_buf_t buf = uv_buf_init(slot->bytes, FILES_SIZE);

  (void)take(req);
  must(uv_fs_read(&world.loop, req, slot->fd, &buf, 1, 0, visit_read));
}

static void visit_opened(uv_fs_t* req) {
  slot_of(req)->fd = (uv_file)take(req);
  must(uv_fs_fstat(&world.loop, req, slot_of(req)->fd, visit_looked));
}

static void visit_next(slot_t* slot) {
  must(uv_fs_open(&world.loop, &slot->req, files_path(world.index++), O_RDONLY,
                  0, visit_opened));
}

static void visit(bench_t* bench, size_t at_once) {
  files_open(FILES_COUNT);
  world_open(at_once, FILES_SIZE, visit_next);
  measure_warm(bench, FILES_COUNT);
  world_close();
  files_close();
}

static void visit_cold(bench_t* bench, size_t at_once) {
  size_t index;

  files_open(FILES_COLD);
  world_open(at_once, FILES_SIZE, visit_next);
  measure_warm(bench, FILES_COLD);
  for (index = 0; index < FILES_COLD; index++) {
    files_drop(files_path(index));
  }
  bench->cpu_ns = bench->wall_ns = bench->operations = 0;
  measure(bench, FILES_COLD);
  world_close();
  files_close();
}

static void stat_done(uv_fs_t* req) {
  (void)take(req);
  slot_go_on(slot_of(req));
}

static void stat_next(slot_t* slot) {
  must(uv_fs_stat(&world.loop, &slot->req, files_path(world.index++),
                  stat_done));
}

static void look(bench_t* bench, size_t at_once) {
  files_open(FILES_COUNT);
  world_open(at_once, 1, stat_next);
  measure_warm(bench, FILES_STATS);
  world_close();
  files_close();
}

static void read_done(uv_fs_t* req) {
  bench_check(take(req) == FILES_SIZE, "the file is short");
  slot_go_on(slot_of(req));
}

static void read_next(slot_t* slot) {
  uv_buf_t buf = uv_buf_init(slot->bytes, FILES_SIZE);

  must(uv_fs_read(&world.loop, &slot->req, world.fd, &buf, 1, 0, read_done));
}

static void read_small(bench_t* bench, size_t at_once) {
  files_open(1);
  world.fd = open(files_path(0), O_RDONLY);
  world_open(at_once, FILES_SIZE, read_next);
  measure_warm(bench, FILES_READS);
  world_close();
  (void)close(world.fd); /* It was only read. */
  files_close();
}

/* ---- a large one -----------------------------------------------------------
 */

static void chunk_done(uv_fs_t* req) {
  bench_check(take(req) == FILES_CHUNK, "the file is short");
  slot_go_on(slot_of(req));
}

static void chunk_next(slot_t* slot) {
  uv_buf_t buf = uv_buf_init(slot->bytes, FILES_CHUNK);

  must(uv_fs_read(&world.loop, &slot->req, world.fd, &buf, 1, -1, chunk_done));
}

static void read_large(bench_t* bench, size_t megabytes, bool cold) {
  files_open_large(megabytes);
  if (cold) {
    files_drop(files_large());
  }
  world.fd = open(files_large(), O_RDONLY);
  world_open(1, FILES_CHUNK, chunk_next);
  measure(bench, (megabytes << 20) / FILES_CHUNK);
  world_close();
  (void)close(world.fd); /* It was only read. */
  files_close();
}

static void read_cached(bench_t* bench, size_t megabytes) {
  read_large(bench, megabytes, false);
}

static void read_cold(bench_t* bench, size_t megabytes) {
  read_large(bench, megabytes, true);
}

static void copy_done(uv_fs_t* req) {
  (void)take(req);
}

static void copy_next(slot_t* slot) {
  must(uv_fs_copyfile(&world.loop, &slot->req, files_large(), files_copy(), 0,
                      copy_done));
}

/* One operation is the copy of all of it. */
static void copy(bench_t* bench, size_t megabytes) {
  files_open_large(megabytes);
  world_open(1, 1, copy_next);
  measure(bench, 1);
  world_close();
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
