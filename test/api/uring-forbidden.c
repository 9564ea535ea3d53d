/* uring-forbidden.c - programs that are kept from io_uring: by a filter of
 * system calls, as containers have, or by a limit of memory. Who asks for it
 * by name hears why not; who does not ask never comes near it.
 *
 * A filter cannot be taken away again, so each test has a child to live it. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gyre.h"

enum {
  SETUP = 425, /* io_uring_setup; then io_uring_enter, io_uring_register */
  LAST = 427,
  NOBODY = 65534,
  CHILD_CANNOT = 77
};

/* As the kernel has it, in linux/filter.h and linux/seccomp.h. */
typedef struct {
  uint16_t code;
  uint8_t jump_true;
  uint8_t jump_false;
  uint32_t value;
} filter_step_t;

#define ANSWER_ALLOW 0x7fff0000u
#define ANSWER_ERROR 0x00050000u /* and an errno */
#define ANSWER_KILL 0x80000000u

/* From now on the calls of io_uring have |answer|. False where there are no
 * filters to be had. */
static bool uring_filter(uint32_t answer) {
  filter_step_t steps[] = {
      {0x20, 0, 0, 0},     /* load the number of the call */
      {0x35, 0, 2, SETUP}, /* is it one of io_uring's, */
      {0x25, 1, 0, LAST},  /* and not beyond? */
      {0x06, 0, 0, answer}, {0x06, 0, 0, ANSWER_ALLOW},
  };
  struct {
    unsigned short count;
    filter_step_t* steps;
  } program = {COUNT_OF(steps), steps};

  return prctl(38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0) == 0 &&
         prctl(22 /* PR_SET_SECCOMP */, 2, &program, 0, 0) == 0;
}

/* Have a child live |life|, which is the line where it went wrong, or 0, or
 * CHILD_CANNOT. How it ended. */
static int live(int (*life)(void)) {
  pid_t child = fork();
  int status;

  assert_true(child >= 0);
  if (child == 0)
    _exit(life());
  assert_int_equal(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_CANNOT)
    gy_test_skip("neither filters nor other users are to be had here");
  return status;
}

/* ---- what a program does --------------------------------------------------
 */

static uv_loop_t loop;
static int done; /* what the callbacks have got done */
static uv_tcp_t listener;
static uv_tcp_t client;
static uv_tcp_t server;
static uv_connect_t connecting;
static uv_write_t writing;
static char memory[64];

static void timer_called(uv_timer_t* timer) {
  done++;
  uv_close((uv_handle_t*)timer, NULL);
}

static void async_called(uv_async_t* async) {
  done++;
  uv_close((uv_handle_t*)async, NULL);
}

static void work(uv_work_t* req) {
  (void)uv_async_send(req->data);
}

static void work_called(uv_work_t* req, int status) {
  (void)req;
  done += status == 0;
}

static void alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  (void)handle, (void)size;
  *buf = uv_buf_init(memory, sizeof(memory));
}

static void echo_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buf) {
  uv_buf_t part = uv_buf_init(buf->base, (unsigned)(size > 0 ? size : 0));

  if (size <= 0)
    uv_close((uv_handle_t*)stream, NULL);
  else
    (void)uv_try_write(stream, &part, 1); /* The client counts the bytes. */
}

static void client_read(uv_stream_t* stream, ssize_t size,
                        const uv_buf_t* buf) {
  done += size == 4 && memcmp(buf->base, "gyre", 4) == 0;
  uv_close((uv_handle_t*)stream, NULL);
}

static void connected(uv_connect_t* req, int status) {
  uv_buf_t word = uv_buf_init((char*)"gyre", 4);

  done += status == 0;
  (void)uv_read_start(req->handle, alloc, client_read);
  (void)uv_write(&writing, req->handle, &word, 1, NULL);
}

static void arrived(uv_stream_t* stream, int status) {
  done += status == 0 && uv_tcp_init(&loop, &server) == 0 &&
          uv_accept(stream, (uv_stream_t*)&server) == 0 &&
          uv_read_start((uv_stream_t*)&server, alloc, echo_read) == 0;
  uv_close((uv_handle_t*)stream, NULL);
}

/* Have a client say a word to a server, and hear it. */
static bool echo_begin(void) {
  struct sockaddr_in address;
  int size = sizeof(address);

  return uv_ip4_addr("127.0.0.1", 0, &address) == 0 &&
         uv_tcp_init(&loop, &listener) == 0 &&
         uv_tcp_init(&loop, &client) == 0 &&
         uv_tcp_bind(&listener, (struct sockaddr*)&address, 0) == 0 &&
         uv_listen((uv_stream_t*)&listener, 1, arrived) == 0 &&
         uv_tcp_getsockname(&listener, (struct sockaddr*)&address, &size) ==
             0 &&
         uv_tcp_connect(&connecting, &client, (struct sockaddr*)&address,
                        connected) == 0;
}

static void file_called(uv_fs_t* req) {
  done += req->result > 0;
  uv_fs_req_cleanup(req);
}

static void look_called(uv_fs_t* req) {
  done += req->result == 0;
  uv_fs_req_cleanup(req);
}

static void end_called(uv_process_t* process, int64_t status, int signal) {
  done += status == 0 && signal == 0;
  uv_close((uv_handle_t*)process, NULL);
}

/* A timer, a thread, an async, a connection, files, a child. 0, or the line
 * where it went wrong. */
static int program_live(void) {
  static char file[64];
  char* argv[] = {(char*)"true", NULL};
  uv_process_options_t options = {
      .file = "true", .args = argv, .exit_cb = end_called};
  uv_buf_t buf = uv_buf_init(file, sizeof(file));
  uv_process_t process;
  uv_async_t async;
  uv_timer_t timer;
  uv_work_t job = {.data = &async};
  uv_fs_t reads;
  uv_fs_t looks;
  uv_fs_t syncs;
  int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

  done = 0;
  if (fd < 0 || uv_timer_init(&loop, &timer) != 0 ||
      uv_timer_start(&timer, timer_called, 1, 0) != 0)
    return __LINE__;
  if (uv_async_init(&loop, &async, async_called) != 0 ||
      uv_queue_work(&loop, &job, work, work_called) != 0)
    return __LINE__;
  if (!echo_begin() || uv_spawn(&loop, &process, &options) != 0)
    return __LINE__;
  if (uv_fs_read(&loop, &reads, fd, &buf, 1, 0, file_called) != 0 ||
      uv_fs_stat(&loop, &looks, "/", look_called) != 0 ||
      uv_fs_fsync(&loop, &syncs, fd, look_called) != 0)
    return __LINE__;
  if (uv_run(&loop, UV_RUN_DEFAULT) != 0 || close(fd) != 0)
    return __LINE__;
  return done == 10 ? 0 : __LINE__;
}

/* ---- who does not ask for it -----------------------------------------------
 */

static int live_where_it_kills(void) {
  int line;

  if (!uring_filter(ANSWER_KILL))
    return CHILD_CANNOT;
  if (uv_loop_init(&loop) != 0)
    return 1;
  line = program_live();
  if (line == 0 && uv_loop_close(&loop) != 0)
    line = 2;
  return line % 256;
}

static void test_loop_that_does_not_ask_for_it_makes_no_call_of_it(
    void** state) {
  (void)state;
  if (strcmp(gy_test_poller(), "io_uring") == 0)
    gy_test_skip("this is about the other pollers");
  assert_int_equal(live(live_where_it_kills), 0);
}

static int live_by_default_where_it_kills(void) {
  return unsetenv("GYRE_POLLER") == 0 ? live_where_it_kills() : 1;
}

static void test_default_poller_makes_no_call_of_it(void** state) {
  (void)state;
  assert_int_equal(live(live_by_default_where_it_kills), 0);
}

static int ask_where_it_kills(void) {
  if (!uring_filter(ANSWER_KILL) || unsetenv("GYRE_POLLER") != 0)
    return CHILD_CANNOT;
  (void)uv_loop_init(&loop);
  (void)gyre_loop_set_poller(&loop, "io_uring");
  return 1;
}

/* So the filter is one that kills. */
static void test_loop_that_asks_for_it_makes_a_call_of_it(void** state) {
  int status;

  (void)state;
  status = live(ask_where_it_kills);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGSYS);
}

/* ---- who asks for it ------------------------------------------------------
 */

/* How many descriptors are open, and pieces of memory that are a ring's. */
static int holds(void) {
  char line[512];
  FILE* maps = fopen("/proc/self/maps", "r");
  int count = 0;

  while (maps != NULL && fgets(line, sizeof(line), maps) != NULL)
    count += strstr(line, "io_uring") != NULL;
  if (maps != NULL)
    (void)fclose(maps);
  for (int fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* Both ways to ask end in |err|, and leave nothing behind; the loop that was
 * there is as good as before. 0, or the line where it went wrong. */
static int asking_is(int err) {
  int held = holds();
  int line;

  if (setenv("GYRE_POLLER", "io_uring", 1) != 0 || uv_loop_init(&loop) != err)
    return __LINE__;
  if (holds() != held)
    return __LINE__;
  if (unsetenv("GYRE_POLLER") != 0 || uv_loop_init(&loop) != 0)
    return __LINE__;
  held = holds();
  if (gyre_loop_set_poller(&loop, "io_uring") != err || holds() != held)
    return __LINE__;
  if (strcmp(gyre_loop_poller(&loop), gyre_poller_name(0)) != 0)
    return __LINE__;
  line = program_live();
  if (line == 0 && uv_loop_close(&loop) != 0)
    line = __LINE__;
  return line;
}

static int ask_where_it_is_unknown(void) {
  return uring_filter(ANSWER_ERROR | ENOSYS) ? asking_is(UV_ENOSYS) % 256
                                             : CHILD_CANNOT;
}

static int ask_where_it_is_forbidden(void) {
  return uring_filter(ANSWER_ERROR | EPERM) ? asking_is(UV_EPERM) % 256
                                            : CHILD_CANNOT;
}

static int ask_where_memory_is_short(void) {
  return uring_filter(ANSWER_ERROR | ENOMEM) ? asking_is(UV_ENOMEM) % 256
                                             : CHILD_CANNOT;
}

static void test_kernel_without_it_is_told_by_name(void** state) {
  (void)state;
  assert_int_equal(live(ask_where_it_is_unknown), 0);
}

static void test_warden_who_forbids_it_is_told_by_name(void** state) {
  (void)state;
  assert_int_equal(live(ask_where_it_is_forbidden), 0);
}

static void test_memory_that_may_not_be_locked_is_told_by_name(void** state) {
  (void)state;
  assert_int_equal(live(ask_where_memory_is_short), 0);
}

/* Without any memory to lock, as nobody. Linux before 5.12 charges the rings
 * for it; later ones may do without. */
static int ask_without_memory_to_lock(void) {
  struct rlimit none = {0, 0};
  int err;
  int line;

  if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0 ||
      setrlimit(RLIMIT_MEMLOCK, &none) != 0)
    return CHILD_CANNOT;
  if (unsetenv("GYRE_POLLER") != 0 || uv_loop_init(&loop) != 0)
    return 1;
  err = gyre_loop_set_poller(&loop, "io_uring");
  if (err != 0)
    return uv_loop_close(&loop) != 0 ? 2 : asking_is(err) % 256;
  line = program_live();
  if (line == 0 && uv_loop_close(&loop) != 0)
    line = 3;
  return line % 256;
}

static void test_without_memory_to_lock_it_works_or_says_so(void** state) {
  (void)state;
  assert_int_equal(live(ask_without_memory_to_lock), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_loop_that_does_not_ask_for_it_makes_no_call_of_it),
    cmocka_unit_test(test_default_poller_makes_no_call_of_it),
    cmocka_unit_test(test_loop_that_asks_for_it_makes_a_call_of_it),
    cmocka_unit_test(test_kernel_without_it_is_told_by_name),
    cmocka_unit_test(test_warden_who_forbids_it_is_told_by_name),
    cmocka_unit_test(test_memory_that_may_not_be_locked_is_told_by_name),
    cmocka_unit_test(test_without_memory_to_lock_it_works_or_says_so),
};

GY_TEST_MAIN(tests)
