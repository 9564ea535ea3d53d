/* watch.c - a storm of random changes in a tree, and a model that knows of them
 * only by what a recursive watcher tells, by a seed.
 *
 * A child process makes, moves, writes and removes files and directories. The
 * model looks at each name that is told, and at no other; only when events were
 * lost, which is told too, does it look at everything. After each round the
 * child makes a marker, and waits. When the marker is told, all before it has
 * been: so the model must be what is there, to the number and size of every
 * file. Nothing sleeps, and nobody waits for a while.
 *
 * GYRE_STRESS_SEED and GYRE_STRESS_OPERATIONS choose others than the
 * defaults. */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  OPERATIONS = 100000,
  SLOWED = 20, /* so many times, under a sanitizer */
  ROUND = 250, /* operations */
  LATE_ROUND = 1000,
  LATE_ROUNDS = 4,
  NAMES = 6, /* "0" and so on, in each directory */
  DEPTH_MOST = 4,
  PATH_MOST = 64,
  EXCHANGE = 2 /* renameat2(2) */
};

/* A file or directory as the model knows it. */
typedef struct node {
  struct node* child[NAMES]; /* or NULL */
  mode_t type;               /* S_IFMT */
  ino_t number;
  off_t size; /* of a file */
} node_t;

static uv_loop_t loop;
static uv_fs_event_t watch;
static char home[64];
static node_t* model;
static bool marker_told;
static int overflows;
static uint32_t luck;

static uint32_t draw(uint32_t below) {
  luck = luck * 1664525u + 1013904223u;
  return (luck >> 8) % below;
}

static bool is_slowed(void) {
  return gy_test_has_asan() || gy_test_has_tsan();
}

static int setting(const char* name, int other) {
  const char* text = getenv(name);

  return text != NULL ? atoi(text) : other;
}

/* ---- the storm -------------------------------------------------------------
 */

/* Write a path of random names to |path|, which need not exist. */
static void draw_path(char path[PATH_MOST]) {
  uint32_t depth = 1 + draw(DEPTH_MOST);
  size_t length = 0;

  while (depth-- > 0) {
    path[length++] = (char)('0' + draw(NAMES));
    path[length++] = depth > 0 ? '/' : '\0';
  }
}

static int remove_entry(const char* path, const struct stat* found, int type,
                        struct FTW* where) {
  (void)found;
  (void)type;
  (void)where;
  return remove(path);
}

static void write_file(const char* path, int flags) {
  int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | flags, 0644);

  if (fd < 0)
    return;
  if (write(fd, "0123456789", 1 + draw(10)) < 0)
    exit(2);
  close(fd);
}

#ifdef SYS_renameat2

/* Have two names change places. */
static void exchange(const char* path, const char* other) {
  (void)syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, other, EXCHANGE);
}

#else

static void exchange(const char* path, const char* other) {
  (void)rename(path, other);
}

#endif

/* Make a directory and fill it, faster than anybody can watch. */
static void make_nest(const char* path) {
  char name[PATH_MOST + 8];

  if (mkdir(path, 0755) != 0)
    return;
  for (int i = 0; i < 3; i++) {
    (void)snprintf(name, sizeof(name), "%s/%d", path, (int)draw(NAMES));
    if (draw(2))
      (void)mkdir(name, 0755);
    else
      write_file(name, O_CREAT);
  }
}

/* Change something, if it can be done: whether it can is left to luck. */
static void operate(void) {
  char path[PATH_MOST];
  char other[PATH_MOST];

  draw_path(path);
  draw_path(other);
  switch (draw(12)) {
    case 0:
    case 1:
      (void)mkdir(path, 0755);
      break;
    case 2:
    case 3:
      write_file(path, O_CREAT);
      break;
    case 4:
      write_file(path, 0);
      break;
    case 5:
      (void)remove(path);
      break;
    case 6:
    case 7:
      (void)rename(path, other);
      break;
    case 8:
      exchange(path, other);
      break;
    case 9:
      make_nest(path);
      break;
    case 10:
      (void)chmod(path, draw(2) ? 0755 : 0700);
      (void)symlink(".", other); /* not "..": that leads out of the root's */
      break;
    default:
      if (draw(4) == 0)
        (void)nftw(path, remove_entry, 128, FTW_DEPTH | FTW_PHYS);
  }
}

/* Change what is of no interest |count| times. Two changes in a row that are
 * alike are one to the kernel. */
static void fill_queue(int count) {
  for (int i = 0; i < count; i++)
    if (chmod(i % 2 ? "filler" : "filler too", i % 4 < 2 ? 0600 : 0644) != 0)
      exit(4);
}

/* The child: after each round of |round| operations make a marker, write a byte
 * to |done|, and wait for one of |go|. In mid-round, |fill| other changes. */
static void storm(int operations, int round, int fill, int done, int go) {
  char byte = 0;

  while (operations > 0) {
    for (int i = 0; i < round; i++) {
      if (i == round / 2)
        fill_queue(fill);
      operate();
    }
    operations -= round;
    close(open("marker", O_CREAT | O_WRONLY, 0600));
    if (write(done, &byte, 1) != 1 || read(go, &byte, 1) != 1)
      exit(3);
  }
  exit(0);
}

/* ---- the model -------------------------------------------------------------
 */

static void node_free(node_t* node) {
  if (node == NULL)
    return;
  for (int i = 0; i < NAMES; i++)
    node_free(node->child[i]);
  free(node);
}

static node_t* node_new(const struct stat* found) {
  node_t* node = calloc(1, sizeof(*node));

  assert_non_null(node);
  node->type = found->st_mode & S_IFMT;
  node->number = found->st_ino;
  node->size = S_ISREG(found->st_mode) ? found->st_size : 0;
  return node;
}

/* Where |path| is in the model; NULL when it does not know the directory. */
static node_t** node_find(const char* path) {
  node_t** place = &model;

  for (; *path != '\0'; path += path[1] == '/' ? 2 : 1) {
    assert_in_range(*path, '0', '0' + NAMES - 1);
    if (*place == NULL)
      return NULL;
    place = &(*place)->child[*path - '0'];
  }
  return place;
}

/* Look at |path|. What was below is kept only if |same|. */
static void look(const char* path, bool same) {
  node_t** place = node_find(path);
  struct stat found;
  node_t* old;

  if (place == NULL)
    return; /* Its directory is to be told anew, and then all in there. */
  old = *place;
  *place = NULL;
  if (lstat(*path != '\0' ? path : ".", &found) == 0) {
    *place = node_new(&found);
    if (same && old != NULL && (*place)->number == old->number) {
      memcpy((*place)->child, old->child, sizeof(old->child));
      memset(old->child, 0, sizeof(old->child));
    }
  }
  node_free(old);
}

/* Look at all that is in |path|, of |length| bytes. */
static void look_around(char* path, size_t length) {
  node_t** place;

  look(path, false);
  place = node_find(path);
  if (place == NULL || *place == NULL || !S_ISDIR((*place)->type))
    return;
  for (int i = 0; i < NAMES; i++) {
    size_t end = length;
    if (length > 0)
      path[end++] = '/';
    path[end++] = (char)('0' + i);
    path[end] = '\0';
    if (access(path, F_OK) == 0 || errno != ENOENT)
      look_around(path, end);
    else
      look(path, false); /* a link to nothing, maybe */
    path[length] = '\0';
  }
}

static void hear(uv_fs_event_t* handle, const char* name, int events,
                 int status) {
  char path[PATH_MOST * 2] = "";

  (void)handle;
  assert_int_equal(status, 0);
  if (name == NULL) {
    assert_int_equal(events, UV_RENAME | UV_CHANGE);
    overflows++;
    look_around(path, 0);
    marker_told |= access("marker", F_OK) == 0;
  } else if (strcmp(name, "marker") == 0) {
    marker_told = true;
  } else if (name[0] >= '0' && name[0] < '0' + NAMES) {
    look(name, (events & UV_CHANGE) != 0);
  }
}

/* ---- the truth -------------------------------------------------------------
 */

static void compare(const node_t* node, char* path, size_t length) {
  struct stat found;
  bool there = lstat(length > 0 ? path : ".", &found) == 0;

  if (!there || node == NULL) {
    if (there || node != NULL)
      fail_msg("%s is %s, and it was not told", path, there ? "there" : "gone");
    return;
  }
  if (node->type != (found.st_mode & S_IFMT) || node->number != found.st_ino ||
      (S_ISREG(found.st_mode) && node->size != found.st_size))
    fail_msg("%s is another, or of another size, and it was not told", path);
  for (int i = 0; S_ISDIR(found.st_mode) && i < NAMES; i++) {
    size_t end = length;
    if (length > 0)
      path[end++] = '/';
    path[end++] = (char)('0' + i);
    path[end] = '\0';
    compare(node->child[i], path, end);
    path[length] = '\0';
  }
}

static void hear_round(void) {
  char path[PATH_MOST * 2] = "";

  while (!marker_told)
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  compare(model, path, 0);
  marker_told = false;
  /* The removal is told as the marker was; only then comes the next. */
  assert_int_equal(unlink("marker"), 0);
  while (!marker_told)
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  marker_told = false;
}

/* Live through |operations|, |round| of them at a time. If there is anything to
 * |fill| the queue with, nobody listens until the round is over. */
static void weather(int operations, int round, int fill) {
  int done[2];
  int go[2];
  int status = -1;
  char byte = 0;
  pid_t pid;

  assert_int_equal(pipe(done), 0);
  assert_int_equal(pipe(go), 0);
  (void)draw(1); /* The next storm is another. */
  fflush(NULL);
  pid = fork();
  if (pid == 0) {
    close(go[1]);
    storm(operations, round, fill, done[1], go[0]);
  }
  assert_true(pid > 0);
  for (; operations > 0; operations -= round) {
    if (fill > 0)
      assert_int_equal(read(done[0], &byte, 1), 1);
    hear_round();
    if (fill == 0)
      assert_int_equal(read(done[0], &byte, 1), 1);
    assert_int_equal(write(go[1], &byte, 1), 1);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  for (int i = 0; i < 2; i++) {
    close(done[i]);
    close(go[i]);
  }
}

static void begin(void) {
  struct stat found;
  const char* tmp = getenv("TMPDIR");
  int err;

  luck = (uint32_t)setting("GYRE_STRESS_SEED", 1);
  (void)snprintf(home, sizeof(home), "%s/gyre-storm-XXXXXX",
                 tmp != NULL && strlen(tmp) < 32 ? tmp : "/tmp");
  assert_non_null(mkdtemp(home));
  assert_int_equal(chdir(home), 0);
  assert_int_equal(stat(".", &found), 0);
  model = node_new(&found);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_fs_event_init(&loop, &watch), 0);
  err = uv_fs_event_start(&watch, hear, ".", UV_FS_EVENT_RECURSIVE);
  if (err == UV_ENOSYS)
    gy_test_skip("this system tells nothing of files");
  assert_int_equal(err, 0);
}

static void end(void) {
  node_free(model);
  gy_test_close_loop(&loop);
  assert_int_equal(chdir("/"), 0);
  assert_int_equal(nftw(home, remove_entry, 128, FTW_DEPTH | FTW_PHYS), 0);
}

static void test_storm_leaves_nothing_untold(void** state) {
  (void)state;
  begin();
  weather(setting("GYRE_STRESS_OPERATIONS",
                  is_slowed() ? OPERATIONS / SLOWED : OPERATIONS),
          ROUND, 0);
  print_message("%d overflows\n", overflows);
  end();
}

static int queue_size(void) {
  FILE* file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
  int size = 0;

  if (file == NULL || fscanf(file, "%d", &size) != 1 || size > 100000)
    gy_test_skip("it is not known how to fill the kernel's queue");
  (void)fclose(file);
  return size;
}

static void test_storm_that_fills_the_queue_leaves_nothing_untold(
    void** state) {
  int size = queue_size();

  (void)state;
  begin();
  for (int i = 0; i < 2; i++)
    close(open(i % 2 ? "filler" : "filler too", O_CREAT | O_WRONLY, 0600));
  for (int i = 1; i <= LATE_ROUNDS; i++) {
    weather(LATE_ROUND, LATE_ROUND, size + 1);
    assert_in_range(overflows, i, 2 * i);
    /* What was found again is watched on. */
    weather(LATE_ROUND, ROUND, 0);
  }
  end();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_storm_leaves_nothing_untold),
    cmocka_unit_test(test_storm_that_fills_the_queue_leaves_nothing_untold),
};

GY_TEST_MAIN(tests)
