/* linux-fuse.c - tests with a file system that stops answering: whatever is
 * asked of it, the loop goes on; and when it answers again, all is done.
 *
 * The file system is a child of the test, which speaks to the kernel through
 * /dev/fuse, in the words of fuse(4) and <linux/fuse.h>. It has one file. When
 * it is told to stop it goes on to read what it is asked, tells the test of
 * each, and keeps the answers until it is told to go on.
 *
 * Length: a third of it is that file system. */
#include "fs.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* ---- the protocol
 * ------------------------------------------------------------
 */

enum {
  FUSE_LOOKUP = 1,
  FUSE_FORGET = 2,
  FUSE_GETATTR = 3,
  FUSE_SETATTR = 4,
  FUSE_UNLINK = 10,
  FUSE_RENAME = 12,
  FUSE_OPEN = 14,
  FUSE_READ = 15,
  FUSE_WRITE = 16,
  FUSE_STATFS = 17,
  FUSE_RELEASE = 18,
  FUSE_FSYNC = 20,
  FUSE_FLUSH = 25,
  FUSE_INIT = 26,
  FUSE_OPENDIR = 27,
  FUSE_READDIR = 28,
  FUSE_RELEASEDIR = 29,
  FUSE_ACCESS = 34,
  FUSE_INTERRUPT = 36,
  FUSE_BATCH_FORGET = 42,
  ROOT = 1, /* the number of a file */
  FILE_NODE = 2,
  DIRECT_IO = 1, /* nothing of the file stays in memory */
  FILE_SIZE = 4096,
  MESSAGE_MAX = 256 * 1024,
  STATFS_SIZE = 80,
  HOUR = 3600
};

typedef struct {
  uint32_t len;
  uint32_t opcode;
  uint64_t unique;
  uint64_t node;
  uint32_t uid, gid, pid, padding;
} fuse_in_t;

typedef struct {
  uint32_t len;
  int32_t error;
  uint64_t unique;
} fuse_out_t;

typedef struct {
  uint64_t ino, size, blocks, atime, mtime, ctime;
  uint32_t atimensec, mtimensec, ctimensec;
  uint32_t mode, nlink, uid, gid, rdev, blksize, flags;
} fuse_attr_t;

typedef struct {
  uint64_t node, generation, entry_valid, attr_valid;
  uint32_t entry_valid_nsec, attr_valid_nsec;
  fuse_attr_t attr;
} fuse_entry_t;

typedef struct {
  uint64_t valid;
  uint32_t valid_nsec, dummy;
  fuse_attr_t attr;
} fuse_attr_out_t;

typedef struct {
  uint64_t fh;
  uint32_t open_flags, padding;
} fuse_open_t;

typedef struct {
  uint32_t major, minor, max_readahead, flags;
  uint16_t max_background, congestion_threshold;
  uint32_t max_write, time_gran;
  uint32_t unused[9];
} fuse_init_t;

typedef struct {
  uint64_t fh, offset;
  uint32_t size, rest[5];
} fuse_read_t;

typedef struct {
  uint32_t size, padding;
} fuse_written_t;

/* ---- the file system, in the child
 * -------------------------------------------
 */

typedef struct request {
  struct request* next;
  char message[];
} request_t;

static struct {
  int device;
  int commands; /* 's': stop, 'g': go on; each is acknowledged by itself */
  int reports;  /* that, and '.' for each request that is kept */
  bool stopped;
  request_t* kept;
  uint64_t
      name_valid; /* s; how long the kernel need not ask for a name again */
} server;

static void reply(const fuse_in_t* in, int error, const void* body,
                  size_t size) {
  fuse_out_t out = {(uint32_t)(sizeof(out) + size), error, in->unique};
  struct iovec parts[2];

  parts[0].iov_base = &out;
  parts[0].iov_len = sizeof(out);
  parts[1].iov_len = size;
  memcpy(&parts[1].iov_base, &body, sizeof(body)); /* It is only read. */
  /* Whoever asked may have gone: then nobody wants the answer. */
  if (writev(server.device, parts, 2) < 0 && errno != ENOENT)
    _exit(3);
}

static fuse_attr_t attr_of(uint64_t node) {
  fuse_attr_t attr;

  memset(&attr, 0, sizeof(attr));
  attr.ino = node;
  attr.nlink = 1;
  attr.blksize = FILE_SIZE;
  attr.mode = node == ROOT ? S_IFDIR | 0755 : S_IFREG | 0644;
  attr.size = node == ROOT ? 0 : FILE_SIZE;
  return attr;
}

static void answer_lookup(const fuse_in_t* in, const char* name) {
  fuse_entry_t entry;

  if (strcmp(name, "file") != 0) {
    reply(in, -ENOENT, NULL, 0);
    return;
  }
  memset(&entry, 0, sizeof(entry));
  entry.node = FILE_NODE;
  entry.entry_valid = server.name_valid;
  entry.attr = attr_of(FILE_NODE);
  reply(in, 0, &entry, sizeof(entry));
}

static void answer_read(const fuse_in_t* in, const fuse_read_t* read) {
  static char bytes[FILE_SIZE];
  uint64_t left = read->offset < FILE_SIZE ? FILE_SIZE - read->offset : 0;

  memset(bytes, 'x', sizeof(bytes));
  reply(in, 0, bytes, read->size < left ? read->size : (size_t)left);
}

static void answer(const fuse_in_t* in) {
  const void* body = in + 1;
  fuse_attr_out_t about = {0, 0, 0, attr_of(in->node)};
  fuse_open_t opened = {1, DIRECT_IO, 0};
  fuse_init_t init = {7, 31, 65536, 0, 0, 0, 65536, 1, {0}};
  static const char zeros[STATFS_SIZE];
  fuse_written_t written;

  switch (in->opcode) {
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
      return; /* They want no answer. */
    case FUSE_INIT:
      reply(in, 0, &init, sizeof(init));
      return;
    case FUSE_LOOKUP:
      answer_lookup(in, body);
      return;
    case FUSE_GETATTR:
    case FUSE_SETATTR:
      reply(in, 0, &about, sizeof(about));
      return;
    case FUSE_OPEN:
    case FUSE_OPENDIR:
      reply(in, 0, &opened, sizeof(opened));
      return;
    case FUSE_READ:
      answer_read(in, body);
      return;
    case FUSE_WRITE:
      written = (fuse_written_t){((const fuse_read_t*)body)->size, 0};
      reply(in, 0, &written, sizeof(written));
      return;
    case FUSE_STATFS:
      reply(in, 0, zeros, sizeof(zeros));
      return;
    case FUSE_READDIR:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
    case FUSE_FLUSH:
    case FUSE_FSYNC:
    case FUSE_ACCESS:
      reply(in, 0, NULL, 0);
      return;
    default:
      reply(in, -ENOSYS, NULL, 0);
  }
}

static void report(char what) {
  if (write(server.reports, &what, 1) != 1)
    _exit(4);
}

static void keep(const char* message, size_t size) {
  request_t* kept = malloc(sizeof(*kept) + size);

  if (kept == NULL)
    _exit(5);
  memcpy(kept->message, message, size);
  kept->next = server.kept;
  server.kept = kept;
  report('.');
}

static bool wants_answer(const fuse_in_t* in) {
  return in->opcode != FUSE_FORGET && in->opcode != FUSE_BATCH_FORGET &&
         in->opcode != FUSE_INTERRUPT;
}

static void obey(char command) {
  server.stopped = command == 's';
  while (!server.stopped && server.kept != NULL) {
    request_t* kept = server.kept;
    server.kept = kept->next;
    answer((const fuse_in_t*)(const void*)kept->message);
    free(kept);
  }
  report(command);
}

static void serve(void) {
  static union {
    fuse_in_t in;
    char bytes[MESSAGE_MAX];
  } message;
  struct pollfd fds[] = {{server.device, POLLIN, 0},
                         {server.commands, POLLIN, 0}};
  char command;

  for (;;) {
    if (poll(fds, 2, -1) < 0)
      _exit(6);
    if (fds[1].revents != 0) {
      if (read(server.commands, &command, 1) != 1)
        _exit(0); /* The test is over. */
      obey(command);
    } else if (fds[0].revents != 0) {
      ssize_t size = read(server.device, message.bytes, sizeof(message));
      if (size < (ssize_t)sizeof(message.in))
        _exit(0); /* It is no longer mounted. */
      if (server.stopped && wants_answer(&message.in))
        keep(message.bytes, (size_t)size);
      else
        answer(&message.in);
    }
  }
}

/* ---- mounting it
 * -------------------------------------------------------------
 */

static char place[64];
static char path[80];
static int commands;
static int reports;
static pid_t child;

static void write_text(const char* name, const char* text) {
  int fd = open(name, O_WRONLY);

  /* Where it cannot be written, the mount will be refused. */
  if (fd >= 0) {
    (void)!write(fd, text, strlen(text));
    close(fd);
  }
}

/* Mounts of our own, which are gone with this process. */
static bool enter_mounts(void) {
  char map[64];

  if (unshare(CLONE_NEWNS) == 0)
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
  (void)snprintf(map, sizeof(map), "0 %u 1", (unsigned)getuid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return false;
  write_text("/proc/self/uid_map", map);
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void start_server(int device, uint64_t name_valid) {
  int to[2];
  int from[2];

  assert_int_equal(pipe(to), 0);
  assert_int_equal(pipe(from), 0);
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    close(to[1]);
    close(from[0]);
    server.device = device;
    server.commands = to[0];
    server.reports = from[1];
    server.name_valid = name_valid;
    serve();
  }
  close(device);
  close(to[0]);
  close(from[1]);
  commands = to[1];
  reports = from[0];
}

static void mount_it(uint64_t name_valid) {
  char options[80];
  int device;

  if (!enter_mounts())
    gy_test_skip("this process may not have mounts of its own");
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0)
    gy_test_skip("/dev/fuse is not there, or may not be opened");
  (void)snprintf(place, sizeof(place), "/tmp/gyre-fuse-XXXXXX");
  assert_non_null(mkdtemp(place));
  (void)snprintf(path, sizeof(path), "%s/file", place);
  (void)snprintf(options, sizeof(options),
                 "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
  if (mount("gyre", place, "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
    (void)rmdir(place);
    gy_test_skip("a FUSE file system may not be mounted here");
  }
  start_server(device, name_valid);
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void unmount_it(void) {
  int status = -1;

  gy_test_close_loop(&loop);
  assert_int_equal(umount2(place, MNT_DETACH), 0);
  close(commands);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  close(reports);
  assert_int_equal(rmdir(place), 0);
}

static void expect_report(char wanted) {
  char what;

  do
    assert_int_equal(read(reports, &what, 1), 1);
  while (what == '.' && wanted != '.');
  assert_int_equal(what, wanted);
}

static void command(char what) {
  assert_int_equal(write(commands, &what, 1), 1);
  expect_report(what);
}

/* ---- what is asked of it
 * -----------------------------------------------------
 */

static uv_timer_t timer;
static int ticks;
static uv_fs_t asked;
static int asked_done;
static int fd; /* open for reading and writing */
static char bytes[FILE_SIZE];

static void note_tick(uv_timer_t* ticking) {
  (void)ticking;
  ticks++;
}

static void note_asked(uv_fs_t* over) {
  assert_ptr_equal(over, &asked);
  asked_done++;
}

static uv_buf_t all_bytes(void) {
  return uv_buf_init(bytes, sizeof(bytes));
}

static int ask_open(void) {
  return uv_fs_open(&loop, &asked, path, O_RDONLY, 0, note_asked);
}

static int ask_stat(void) {
  return uv_fs_stat(&loop, &asked, path, note_asked);
}

static int ask_lstat(void) {
  return uv_fs_lstat(&loop, &asked, path, note_asked);
}

static int ask_stat_nothing(void) {
  static char name[96];

  (void)snprintf(name, sizeof(name), "%s/nothing", place);
  return uv_fs_stat(&loop, &asked, name, note_asked);
}

static int ask_fstat(void) {
  return uv_fs_fstat(&loop, &asked, fd, note_asked);
}

static int ask_read(void) {
  uv_buf_t buf = all_bytes();

  return uv_fs_read(&loop, &asked, fd, &buf, 1, 0, note_asked);
}

static int ask_read_on(void) {
  uv_buf_t buf = uv_buf_init(bytes, 7); /* not aligned */

  return uv_fs_read(&loop, &asked, fd, &buf, 1, -1, note_asked);
}

static int ask_write(void) {
  uv_buf_t buf = all_bytes();

  return uv_fs_write(&loop, &asked, fd, &buf, 1, 0, note_asked);
}

static int ask_close(void) {
  int copy = open(path, O_RDONLY);

  assert_true(copy >= 0);
  command('s');
  return uv_fs_close(&loop, &asked, copy, note_asked);
}

static int ask_access(void) {
  return uv_fs_access(&loop, &asked, path, R_OK, note_asked);
}

static int ask_fsync(void) {
  return uv_fs_fsync(&loop, &asked, fd, note_asked);
}

static int ask_ftruncate(void) {
  return uv_fs_ftruncate(&loop, &asked, fd, 0, note_asked);
}

static int ask_statfs(void) {
  return uv_fs_statfs(&loop, &asked, place, note_asked);
}

static int ask_scandir(void) {
  return uv_fs_scandir(&loop, &asked, place, 0, note_asked);
}

static int ask_mkdir(void) {
  static char name[96];

  (void)snprintf(name, sizeof(name), "%s/folder", place);
  return uv_fs_mkdir(&loop, &asked, name, 0755, note_asked);
}

static int ask_unlink(void) {
  return uv_fs_unlink(&loop, &asked, path, note_asked);
}

typedef struct {
  const char* name;
  int (*ask)(void);
  int result; /* for uv_fs_open(), any descriptor */
  bool stops; /* by itself, once it has what it needs */
} question_t;

static const question_t questions[] = {
    {"open", ask_open, 0, false},
    {"stat", ask_stat, 0, false},
    {"lstat", ask_lstat, 0, false},
    {"stat of nothing", ask_stat_nothing, UV_ENOENT, false},
    {"fstat", ask_fstat, 0, false},
    {"read", ask_read, FILE_SIZE, false},
    {"read on", ask_read_on, 7, false},
    {"write", ask_write, FILE_SIZE, false},
    {"close", ask_close, 0, true},
    {"access", ask_access, 0, false},
    {"fsync", ask_fsync, 0, false},
    {"ftruncate", ask_ftruncate, 0, false},
    {"statfs", ask_statfs, 0, false},
    {"scandir", ask_scandir, 0, false},
    {"mkdir", ask_mkdir, UV_ENOSYS, false},
    {"unlink", ask_unlink, UV_ENOSYS, false},
};

/* The loop takes several turns with timers, and nothing is over. */
static void expect_loop_goes_on(void) {
  ticks = 0;
  assert_int_equal(uv_timer_start(&timer, note_tick, 1, 1), 0);
  while (ticks < 3)
    assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
  assert_int_equal(uv_timer_stop(&timer), 0);
}

static void finish_asked(const question_t* question) {
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(asked_done, 1);
  if (question->ask == ask_open) {
    assert_true(asked.result >= 0);
    assert_int_equal(close((int)asked.result), 0);
  } else if (asked.result != question->result) {
    fail_msg("%s: %d", question->name, (int)asked.result);
  }
  uv_fs_req_cleanup(&asked);
  asked_done = 0;
}

static void ask(const question_t* question) {
  if (!question->stops)
    command('s');
  /* If this waited for the file system, it would be for ever. */
  assert_int_equal(question->ask(), 0);
  /* A thread begins at once, and a ring with the next turn. */
  assert_int_not_equal(uv_run(&loop, UV_RUN_NOWAIT), 0);
  expect_report('.'); /* It has been asked. */
  expect_loop_goes_on();
  assert_int_equal(asked_done, 0);
  command('g');
  finish_asked(question);
}

static void ask_all(bool fast, uint64_t name_valid) {
  mount_it(name_valid);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(gyre_loop_set_file_fast_path(&loop, fast), 0);
  fd = open(path, O_RDWR);
  assert_true(fd >= 0);
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < COUNT_OF(questions); i++)
      ask(&questions[i]);
  assert_int_equal(close(fd), 0);
  unmount_it();
}

static void test_loop_goes_on_when_a_file_system_does_not(void** state) {
  (void)state;
  ask_all(true, HOUR);
}

static void test_loop_goes_on_when_no_name_stays_in_memory(void** state) {
  (void)state;
  ask_all(true, 0);
}

static void test_loop_goes_on_when_threads_do_it_all(void** state) {
  (void)state;
  ask_all(false, HOUR);
}

/* ---- many at the same time
 * ---------------------------------------------------
 */

enum {
  CROWD = 40
};

static uv_fs_t crowd[CROWD];
static int crowd_done;

static void note_crowd(uv_fs_t* over) {
  assert_int_equal(over->result, 0);
  uv_fs_req_cleanup(over);
  crowd_done++;
}

static void test_crowd_that_waits_is_all_answered_in_the_end(void** state) {
  (void)state;
  mount_it(HOUR);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  for (int round = 0; round < 3; round++) {
    crowd_done = 0;
    command('s');
    for (int i = 0; i < CROWD; i++)
      assert_int_equal(uv_fs_stat(&loop, &crowd[i], path, note_crowd), 0);
    expect_report('.');
    expect_loop_goes_on();
    assert_int_equal(crowd_done, 0);
    command('g');
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(crowd_done, CROWD);
  }
  unmount_it();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_loop_goes_on_when_a_file_system_does_not),
    cmocka_unit_test(test_loop_goes_on_when_no_name_stays_in_memory),
    cmocka_unit_test(test_loop_goes_on_when_threads_do_it_all),
    cmocka_unit_test(test_crowd_that_waits_is_all_answered_in_the_end),
};

GY_TEST_MAIN(tests)
