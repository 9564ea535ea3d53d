/* process-matrix.c - children of every combination of options: flags,
 * descriptors, directory, search, and whether they get more than was asked for;
 * in every way that children are started and heard of, by threads that start
 * theirs at the same time, from a small process and from a large one. Each
 * child tells what it is, and is compared with what it should be. */
#include "process.h"

#include <libgen.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "gyre.h"

enum {
  FLAGS = 4,
  PATTERNS = 5,
  COMBINATIONS = FLAGS * PATTERNS * 2 * 2 * 2,
  THREADS = 4,
  SAME_MOST = 20
};

/* One combination. */
typedef struct {
  unsigned flags;
  int pattern; /* of descriptors: see pattern_set() */
  bool elsewhere;
  bool searched;
  bool alone;
} choice_t;

/* What one thread has. */
typedef struct {
  uv_thread_t thread;
  uv_loop_t loop;
  uv_process_t process;
  uv_pipe_t pipes[2];
  uv_stdio_container_t stdio[STDIO_MOST];
  int expected[STDIO_MOST]; /* of our descriptors, which the child's is; or -1
                             */
  int count;
  int fds[4]; /* two pipes */
  int stray;  /* one that does not close on exec */
  int from;   /* combinations, and how many to leave out between two */
  int step;
  int ends;
  int64_t status;
  char path[64];
  char text[REPORT_SIZE];
  char trouble[256]; /* what is wrong, if anything */
} world_t;

static const unsigned flags_of[FLAGS] = {
    0, UV_PROCESS_DETACHED, UV_PROCESS_SETUID | UV_PROCESS_SETGID,
    UV_PROCESS_DETACHED | UV_PROCESS_SETUID | UV_PROCESS_SETGID};

static choice_t choice_at(int index) {
  choice_t choice;

  choice.flags = flags_of[index % FLAGS];
  index /= FLAGS;
  choice.pattern = index % PATTERNS;
  index /= PATTERNS;
  choice.elsewhere = index % 2 != 0;
  choice.searched = index / 2 % 2 != 0;
  choice.alone = index / 4 != 0;
  return choice;
}

static void trouble(world_t* world, const choice_t* choice, const char* what,
                    int number) {
  if (world->trouble[0] == '\0')
    snprintf(world->trouble, sizeof(world->trouble),
             "flags %u, pattern %d%s%s%s: %s %d", choice->flags,
             choice->pattern, choice->elsewhere ? ", elsewhere" : "",
             choice->searched ? ", searched" : "",
             choice->alone ? ", alone" : "", what, number);
}

/* ---- descriptors
 * --------------------------------------------------------------- */

static void give_fd(world_t* world, int target, int fd) {
  world->stdio[target].flags = UV_INHERIT_FD;
  world->stdio[target].data.fd = fd;
  world->expected[target] = fd;
  if (world->count <= target)
    world->count = target + 1;
}

static void give_pipe(world_t* world, int target, unsigned ways) {
  world->stdio[target].flags = (uv_stdio_flags)(UV_CREATE_PIPE | ways);
  world->stdio[target].data.stream = (uv_stream_t*)&world->pipes[target];
  world->expected[target] = -2; /* one that is new */
  if (world->count <= target)
    world->count = target + 1;
}

/* Whoever has a place that another wants, and wants that of a third. */
static void give_circle(world_t* world) {
  for (int i = 0; i < 4; i++) {
    int target = world->fds[(i + 1) % 4];
    if (target < STDIO_MOST)
      give_fd(world, target, world->fds[i]);
  }
}

static void pattern_set(world_t* world, int pattern) {
  memset(world->stdio, 0, sizeof(world->stdio));
  for (int i = 0; i < STDIO_MOST; i++)
    world->expected[i] = -1;
  world->count = 0;
  switch (pattern) {
    case 1:
      give_pipe(world, 0, UV_READABLE_PIPE);
      give_pipe(world, 1, UV_WRITABLE_PIPE | UV_NONBLOCK_PIPE);
      give_fd(world, 2, world->fds[1]);
      break;
    case 2:
      give_circle(world);
      break;
    case 3:
      give_fd(world, 1, world->fds[3]);
      give_fd(world, 7, world->fds[2]);
      break;
    case 4:
      for (int i = 0; i < SAME_MOST; i++)
        give_fd(world, i, world->fds[0]);
      break;
    default:
      break;
  }
}

static bool text_has_fd(const world_t* world, int fd, int ours) {
  struct stat about;
  char line[128];

  if (fstat(ours, &about) != 0)
    return false;
  snprintf(line, sizeof(line), "fd %d dev %lu ino %lu access", fd,
           (unsigned long)about.st_dev, (unsigned long)about.st_ino);
  return strstr(world->text, line) != NULL;
}

static void check_fds(world_t* world, const choice_t* choice, int null) {
  char line[32];

  for (int fd = 0; fd < STDIO_MOST; fd++) {
    int expected = fd < world->count ? world->expected[fd] : -1;
    if (expected == -1 && fd < 3)
      expected = null;
    snprintf(line, sizeof(line), "fd %d dev ", fd);
    if (expected >= 0 && !text_has_fd(world, fd, expected))
      trouble(world, choice, "another descriptor", fd);
    if (expected == -2 && strstr(world->text, line) == NULL)
      trouble(world, choice, "no descriptor", fd);
    if (expected == -1 && choice->alone && strstr(world->text, line) != NULL)
      trouble(world, choice, "a descriptor too many", fd);
  }
  snprintf(line, sizeof(line), "fd %d dev ", world->stray);
  if ((strstr(world->text, line) == NULL) != choice->alone)
    trouble(world, choice, "the stray descriptor", world->stray);
}

/* ---- a child
 * ------------------------------------------------------------------- */

static void world_end(uv_process_t* handle, int64_t status, int signum) {
  world_t* world = handle->data;

  world->ends++;
  world->status = signum != 0 ? -signum : status;
  uv_close((uv_handle_t*)handle, NULL);
  for (int i = 0; i < 2; i++)
    uv_close((uv_handle_t*)&world->pipes[i], NULL);
}

static void check_line(world_t* world, const choice_t* choice,
                       const char* line) {
  if (strstr(world->text, line) == NULL)
    trouble(world, choice, line, 0);
}

static void check_text(world_t* world, const choice_t* choice) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  FILE* in = fopen(world->path, "r");
  size_t size = in != NULL ? fread(world->text, 1, REPORT_SIZE - 1, in) : 0;

  world->text[size] = '\0';
  if (in != NULL)
    fclose(in);
  check_fds(world, choice, null);
  close(null);
  check_line(world, choice, "\nblocked 0\nignored 0\n");
  check_line(world, choice, choice->elsewhere ? "\ncwd /usr\n" : "\ncwd ");
  check_line(
      world, choice,
      (choice->flags & UV_PROCESS_DETACHED) ? "\nleader 1\n" : "\nleader 0\n");
  check_line(world, choice, "\narg 0 the argument\n");
  check_line(world, choice, "\nenv MARK=mark\n");
}

static void live_choice(world_t* world, const choice_t* choice) {
  char folder[PATH_MAX];
  char search[PATH_MAX + 8];
  char name[PATH_MAX];
  char* env[] = {"MARK=mark", search, NULL};
  char* words[] = {self,        "--child",      "report",
                   world->path, "the argument", NULL};
  uv_process_options_t own;
  int err;

  snprintf(folder, sizeof(folder), "%s", self);
  snprintf(name, sizeof(name), "%s", self);
  snprintf(search, sizeof(search), "PATH=/nowhere:%s", dirname(folder));
  memset(&own, 0, sizeof(own));
  own.file = choice->searched ? basename(name) : self;
  own.args = words;
  own.env = env;
  own.cwd = choice->elsewhere ? "/usr" : NULL;
  own.flags = choice->flags;
  own.uid = getuid();
  own.gid = getgid();
  own.exit_cb = world_end;
  pattern_set(world, choice->pattern);
  own.stdio = world->stdio;
  own.stdio_count = world->count;
  for (int i = 0; i < 2; i++)
    uv_pipe_init(&world->loop, &world->pipes[i], 0);
  world->process.data = world;
  world->ends = 0;
  err = choice->alone ? gyre_spawn(&world->loop, &world->process, &own)
                      : uv_spawn(&world->loop, &world->process, &own);
  if (err != 0) {
    trouble(world, choice, "uv_spawn() says", err);
    world_end(&world->process, 0, 0);
  }
  uv_run(&world->loop, UV_RUN_DEFAULT);
  if (err == 0 && (world->ends != 1 || world->status != 0))
    trouble(world, choice, "it ended with", (int)world->status);
  check_text(world, choice);
}

static void world_live(void* arg) {
  world_t* world = arg;
  int fd;

  snprintf(world->path, sizeof(world->path), "/tmp/gyre-report-XXXXXX");
  fd = mkstemp(world->path);
  world->stray = fcntl(fd, F_DUPFD, 200);
  close(fd);
  if (uv_loop_init(&world->loop) != 0 ||
      pipe2(&world->fds[0], O_CLOEXEC) != 0 ||
      pipe2(&world->fds[2], O_CLOEXEC) != 0) {
    snprintf(world->trouble, sizeof(world->trouble), "no loop, or no pipes");
    return;
  }
  for (int i = world->from; i < COMBINATIONS; i += world->step) {
    choice_t choice = choice_at(i);
    live_choice(world, &choice);
  }
  for (int i = 0; i < 4; i++)
    close(world->fds[i]);
  close(world->stray);
  unlink(world->path);
  if (uv_loop_close(&world->loop) != 0)
    snprintf(world->trouble, sizeof(world->trouble), "the loop is busy");
}

/* ---- the tests
 * ------------------------------------------------------------------- */

static void live_worlds(const char* way) {
  static world_t worlds[THREADS];

  assert_int_equal(setenv("GYRE_SPAWN", way, 1), 0);
  for (int i = 0; i < THREADS; i++) {
    worlds[i].from = i;
    worlds[i].step = THREADS;
    assert_int_equal(
        uv_thread_create(&worlds[i].thread, world_live, &worlds[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(uv_thread_join(&worlds[i].thread), 0);
    assert_string_equal(worlds[i].trouble, "");
  }
  no_children_are_left();
}

static void test_children_of_many_threads_are_what_their_options_say(
    void** state) {
  live_worlds(*state);
}

static long faults_so_far(void) {
  struct rusage usage;

  assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
  return usage.ru_minflt;
}

/* Where a child got a copy of our page tables, it and we shared the pages, and
 * each is a fault when it is next written to. */
static void test_children_of_a_large_process_copy_nothing_of_it(void** state) {
  enum {
    HEAP = 256 << 20,
    PAGE = 4096,
    PAGES = HEAP / PAGE
  };
  long before;
  char* heap = mmap(NULL, HEAP, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  (void)state;
  if (gy_test_has_tsan())
    gy_test_skip("under ThreadSanitizer children are made by fork");
  assert_true(heap != MAP_FAILED);
  (void)madvise(heap, HEAP, MADV_NOHUGEPAGE); /* It may know of none. */
  memset(heap, 'x', HEAP);
  before = faults_so_far();
  for (int i = 0; i < HEAP; i += PAGE)
    heap[i] = 'y';
  assert_true(faults_so_far() - before < PAGES / 10);
  live_worlds("");
  before = faults_so_far();
  for (int i = 0; i < HEAP; i += PAGE)
    heap[i] = 'z';
  assert_true(faults_so_far() - before < PAGES / 10);
  assert_int_equal(munmap(heap, HEAP), 0);
}

static const struct CMUnitTest tests[] = {
    IN_ALL_WAYS(test_children_of_many_threads_are_what_their_options_say),
    cmocka_unit_test(test_children_of_a_large_process_copy_nothing_of_it),
};

PROCESS_TEST_MAIN(tests)
