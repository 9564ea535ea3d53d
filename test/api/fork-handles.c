/* fork-handles.c - uv_loop_fork(): each kind of handle goes on in the child,
 * and the parent's hears what comes after the child has ended.
 *
 * Timers, asyncs, polls and work are in fork.c, signals in signal-threads.c,
 * processes in process.c, watched files in fs-event-callback.c, descriptors
 * that are passed in pipe-ipc.c.
 *
 * cmocka's assertions belong to the process that the test was started in. A
 * child checks with CHECK(), and exits with it. Callbacks run in both, and only
 * count. */
#include "ttys.h"

#include <arpa/inet.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define CHECK(condition) child_check((condition) != 0, #condition, __LINE__)

static uv_handle_t* watched; /* the handle that the test is about */
static char heard[64];       /* what was read, one after the other */
static int connections;
static int hook_calls;
static int looks;
static int fd; /* our end of what |watched| reads from */
static struct sockaddr_storage listening;
static char room[64];

static void child_check(int holds, const char* condition, int line) {
  if (holds)
    return;
  fprintf(stderr, "in the child, line %d: %s\n", line, condition);
  _exit(1);
}

static void close_handle(uv_handle_t* handle, void* arg) {
  (void)arg;
  uv_close(handle, NULL);
}

/* In a child, with the loop forked, run |body|; all can be closed there. */
static void in_child(void (*body)(void)) {
  int status = -1;
  pid_t pid;

  fflush(NULL); /* else the child prints what the parent has not yet */
  pid = fork();
  if (pid == 0) {
    CHECK(uv_loop_fork(&loop) == 0);
    CHECK(uv_is_active(watched));
    body();
    uv_walk(&loop, close_handle, NULL);
    CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
    CHECK(uv_loop_close(&loop) == 0);
    _exit(0);
  }
  assert_true(pid > 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

static void give(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(room, sizeof(room));
}

static void hear(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void)stream;
  if (count > 0)
    strncat(heard, buf->base, (size_t)count);
}

/* Run the loop until |size| bytes were heard. */
static void run_until_heard(size_t size) {
  while (strlen(heard) < size)
    uv_run(&loop, UV_RUN_ONCE);
}

/* ---- what is read from ----------------------------------------------------
 */

static void child_hears(void) {
  CHECK(write(fd, "child", 5) == 5);
  run_until_heard(5);
  CHECK(strcmp(heard, "child") == 0);
}

/* |stream| reads what is written to |fd|, in the child and then here. */
static void stream_goes_on(uv_stream_t* stream) {
  watched = (uv_handle_t*)stream;
  assert_int_equal(uv_read_start(stream, give, hear), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  in_child(child_hears);
  assert_string_equal(heard, "");
  assert_int_equal(write(fd, "parent", 6), 6);
  run_until_heard(6);
  assert_string_equal(heard, "parent");
}

static void test_pipe_reads_in_both_processes(void** state) {
  uv_pipe_t pipe;
  int pair[2];

  (void)state;
  loop_open();
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  fd = pair[1];
  assert_int_equal(uv_pipe_init(&loop, &pipe, 0), 0);
  assert_int_equal(uv_pipe_open(&pipe, pair[0]), 0);
  stream_goes_on((uv_stream_t*)&pipe);
  gy_test_close_loop(&loop);
  assert_int_equal(close(fd), 0);
}

static void test_terminal_reads_in_both_processes(void** state) {
  (void)state;
  tty_open();
  fd = master;
  /* What is read does not wait for the end of a line. Not by a mode of the
   * handle, which the child's would take back when it is closed. */
  normal.c_lflag &= ~(tcflag_t)ICANON;
  assert_int_equal(tcsetattr(slave, TCSANOW, &normal), 0);
  stream_goes_on((uv_stream_t*)&tty);
  tty_end();
}

/* ---- what is connected to -------------------------------------------------
 */

static void on_connection(uv_stream_t* server, int status) {
  uv_tcp_t* peer;

  connections++;
  if (status != 0)
    return;
  peer = malloc(sizeof(*peer));
  if (peer == NULL || uv_tcp_init(&loop, peer) != 0 ||
      uv_accept(server, (uv_stream_t*)peer) != 0)
    connections = 1000; /* which is more than either expects */
  else
    uv_close((uv_handle_t*)peer, (uv_close_cb)free);
}

static int connect_once(void) {
  int client = socket(listening.ss_family, SOCK_STREAM, 0);

  if (connect(client, (struct sockaddr*)&listening,
              sizeof(struct sockaddr_in)) != 0)
    return -1;
  return client;
}

static void child_is_connected_to(void) {
  int client = connect_once();

  CHECK(client >= 0);
  while (connections == 0)
    uv_run(&loop, UV_RUN_ONCE);
  CHECK(connections == 1);
  CHECK(close(client) == 0);
}

static void test_server_accepts_in_both_processes(void** state) {
  struct sockaddr_in address;
  uv_tcp_t server;
  int size = sizeof(listening);
  int client;

  (void)state;
  loop_open();
  watched = (uv_handle_t*)&server;
  assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
  assert_int_equal(uv_tcp_init(&loop, &server), 0);
  assert_int_equal(uv_tcp_bind(&server, (struct sockaddr*)&address, 0), 0);
  assert_int_equal(uv_listen((uv_stream_t*)&server, 8, on_connection), 0);
  assert_int_equal(
      uv_tcp_getsockname(&server, (struct sockaddr*)&listening, &size), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  in_child(child_is_connected_to);
  assert_int_equal(connections, 0);
  client = connect_once();
  assert_true(client >= 0);
  while (connections == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(connections, 1);
  assert_int_equal(close(client), 0);
  gy_test_close_loop(&loop);
}

/* ---- datagrams ------------------------------------------------------------
 */

static void hear_datagram(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                          const struct sockaddr* from, unsigned flags) {
  (void)from;
  (void)flags;
  hear((uv_stream_t*)udp, count, buf);
}

static int send_datagram(const char* text) {
  return sendto(fd, text, strlen(text), 0, (struct sockaddr*)&listening,
                sizeof(struct sockaddr_in)) == (ssize_t)strlen(text);
}

static void child_hears_datagram(void) {
  CHECK(send_datagram("child"));
  run_until_heard(5);
  CHECK(strcmp(heard, "child") == 0);
}

static void test_datagrams_arrive_in_both_processes(void** state) {
  struct sockaddr_in address;
  uv_udp_t udp;
  int size = sizeof(listening);

  (void)state;
  loop_open();
  watched = (uv_handle_t*)&udp;
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  assert_true(fd >= 0);
  assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
  assert_int_equal(uv_udp_init(&loop, &udp), 0);
  assert_int_equal(uv_udp_bind(&udp, (struct sockaddr*)&address, 0), 0);
  assert_int_equal(
      uv_udp_getsockname(&udp, (struct sockaddr*)&listening, &size), 0);
  assert_int_equal(uv_udp_recv_start(&udp, give, hear_datagram), 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  in_child(child_hears_datagram);
  assert_string_equal(heard, "");
  assert_true(send_datagram("parent"));
  run_until_heard(6);
  assert_string_equal(heard, "parent");
  gy_test_close_loop(&loop);
  assert_int_equal(close(fd), 0);
}

/* ---- turns ----------------------------------------------------------------
 */

static void count_idle(uv_idle_t* idle) {
  (void)idle;
  hook_calls += 1;
}

static void count_prepare(uv_prepare_t* prepare) {
  (void)prepare;
  hook_calls += 10;
}

static void count_check(uv_check_t* check) {
  (void)check;
  hook_calls += 100;
}

static void child_turns(void) {
  uv_run(&loop, UV_RUN_NOWAIT);
  CHECK(hook_calls == 111);
}

static void test_hooks_are_called_in_both_processes(void** state) {
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;

  (void)state;
  loop_open();
  watched = (uv_handle_t*)&idle;
  assert_int_equal(uv_idle_init(&loop, &idle), 0);
  assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
  assert_int_equal(uv_check_init(&loop, &check), 0);
  assert_int_equal(uv_idle_start(&idle, count_idle), 0);
  assert_int_equal(uv_prepare_start(&prepare, count_prepare), 0);
  assert_int_equal(uv_check_start(&check, count_check), 0);
  in_child(child_turns);
  assert_int_equal(hook_calls, 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(hook_calls, 111);
  gy_test_close_loop(&loop);
}

/* ---- files that are looked at ---------------------------------------------
 */

static void on_look(uv_fs_poll_t* handle, int status, const uv_stat_t* before,
                    const uv_stat_t* now) {
  (void)handle;
  if (status == 0 && before->st_size != now->st_size)
    looks++;
}

/* The first look sees nothing new, and nobody knows when that was. */
static void grow_until_seen(void) {
  int before = looks;

  while (looks == before && write(fd, "x", 1) == 1)
    uv_run(&loop, UV_RUN_ONCE);
}

static void child_looks(void) {
  grow_until_seen();
  CHECK(looks == 1);
}

static void test_file_is_looked_at_in_both_processes(void** state) {
  char path[] = "/tmp/gyre-fork-XXXXXX";
  uv_fs_poll_t look;

  (void)state;
  loop_open();
  watched = (uv_handle_t*)&look;
  fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(uv_fs_poll_init(&loop, &look), 0);
  assert_int_equal(uv_fs_poll_start(&look, on_look, path, 10), 0);
  grow_until_seen();
  assert_int_equal(looks, 1);
  looks = 0;
  in_child(child_looks);
  assert_int_equal(looks, 0);
  grow_until_seen();
  assert_int_equal(looks, 1);
  gy_test_close_loop(&loop);
  assert_int_equal(close(fd), 0);
  assert_int_equal(unlink(path), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_pipe_reads_in_both_processes),
    cmocka_unit_test(test_terminal_reads_in_both_processes),
    cmocka_unit_test(test_server_accepts_in_both_processes),
    cmocka_unit_test(test_datagrams_arrive_in_both_processes),
    cmocka_unit_test(test_hooks_are_called_in_both_processes),
    cmocka_unit_test(test_file_is_looked_at_in_both_processes),
};

GY_TEST_MAIN(tests)
