/* pipe.c - tests of local pipes: their names, the descriptors that they are
 * opened with, and what the system is asked of them. */
#include "streams.h"

#include <sys/stat.h>
#include <sys/un.h>

enum {
  PATH_MOST = sizeof(((struct sockaddr_un*)0)->sun_path)
};

static uv_pipe_t server;
static uv_pipe_t client;
static uv_pipe_t peer;
static uv_connect_t connect_req;
static char folder[] = "/tmp/gyre-pipe-XXXXXX";

static void announce(uv_stream_t* of, int status) {
  (void)of;
  tell_status("connection", status);
}

/* A folder of its own is where names are free, and relative ones are short. */
static void pipes_open(void) {
  loop_open();
  assert_non_null(mkdtemp(folder));
  assert_int_equal(chdir(folder), 0);
  assert_int_equal(uv_pipe_init(&loop, &server, 0), 0);
  assert_int_equal(uv_pipe_init(&loop, &client, 0), 0);
  assert_int_equal(uv_pipe_init(&loop, &peer, 0), 0);
}

/* The end: no name may be left in the folder. */
static void pipes_close(void) {
  gy_test_close_loop(&loop);
  assert_int_equal(chdir("/"), 0);
  assert_int_equal(rmdir(folder), 0);
}

static int exists(const char* path) {
  return access(path, F_OK) == 0;
}

static void close_now(uv_pipe_t* pipe) {
  uv_close(handle(pipe), NULL);
  run_turns(1);
  assert_int_equal(uv_pipe_init(&loop, pipe, 0), 0);
}

static void serve(const char* name, size_t size) {
  assert_int_equal(uv_pipe_bind2(&server, name, size, 0), 0);
  assert_int_equal(uv_listen(stream(&server), 8, announce), 0);
}

/* |size| bytes are the name that |get| tells, followed by a 0 if |ends|. */
static void assert_name(const uv_pipe_t* pipe,
                        int (*get)(const uv_pipe_t*, char*, size_t*),
                        const char* name, size_t size, int ends) {
  char buf[PATH_MOST + 2];
  size_t need = size + (ends ? 1 : 0);
  size_t room;

  for (room = 1; room < need; room++) {
    size_t got = room;
    memset(buf, 'x', sizeof(buf));
    assert_int_equal(get(pipe, buf, &got), UV_ENOBUFS);
    assert_int_equal(got, need);
    assert_int_equal(buf[0], 'x');
  }
  room = need;
  memset(buf, 'x', sizeof(buf));
  assert_int_equal(get(pipe, buf, &room), 0);
  assert_int_equal(room, size);
  assert_memory_equal(buf, name, size);
  assert_int_equal(buf[size], ends ? '\0' : 'x');
}

/* ---- names
 * -------------------------------------------------------------------- */

static void test_name_is_a_file_until_the_pipe_closes(void** state) {
  struct stat about;

  (void)state;
  pipes_open();
  assert_int_equal(uv_pipe_bind(&server, "name"), 0);
  assert_int_equal(stat("name", &about), 0);
  assert_true(S_ISSOCK(about.st_mode));
  uv_close(handle(&server), NULL);
  assert_false(exists("name"));
  pipes_close();
}

static void test_client_and_server_are_connected(void** state) {
  uv_buf_t buf = text("hello");
  uv_os_fd_t fd;

  (void)state;
  pipes_open();
  serve("name", 4);
  uv_pipe_connect(&connect_req, &client, "name", told_connect);
  assert_told("");
  run_turns(3);
  assert_int_equal(uv_accept(stream(&server), stream(&peer)), 0);
  assert_int_equal(uv_accept(stream(&server), stream(&peer)), UV_EAGAIN);
  assert_int_equal(uv_is_readable(stream(&peer)), 1);
  assert_int_equal(uv_is_writable(stream(&client)), 1);
  assert_int_equal(uv_try_write(stream(&client), &buf, 1), 5);
  assert_int_equal(uv_fileno(handle(&peer), &fd), 0);
  assert_arrived(fd, "hello");
  told_count = 0;
  pipes_close();
}

static void test_names_are_told_with_the_room_they_take(void** state) {
  (void)state;
  pipes_open();
  serve("name", 4);
  uv_pipe_connect(&connect_req, &client, "name", told_connect);
  run_turns(3);
  assert_int_equal(uv_accept(stream(&server), stream(&peer)), 0);
  assert_name(&server, uv_pipe_getsockname, "name", 4, 1);
  assert_name(&peer, uv_pipe_getsockname, "name", 4, 1);
  assert_name(&client, uv_pipe_getpeername, "name", 4, 1);
  assert_name(&client, uv_pipe_getsockname, "", 0, 1);
  assert_name(&peer, uv_pipe_getpeername, "", 0, 1);
  pipes_close();
}

static void test_name_is_asked_for_in_vain(void** state) {
  char buf[8];
  size_t size = 0;

  (void)state;
  pipes_open();
  assert_int_equal(uv_pipe_getsockname(&server, buf, &size), UV_EINVAL);
  size = sizeof(buf);
  assert_int_equal(uv_pipe_getsockname(&server, buf, &size), UV_EBADF);
  assert_int_equal(size, 0);
  assert_int_equal(uv_pipe_bind(&server, "name"), 0);
  size = sizeof(buf);
  assert_int_equal(uv_pipe_getpeername(&server, buf, &size), UV_ENOTCONN);
  pipes_close();
}

static void test_names_that_do_not_do_are_refused(void** state) {
  char longest[PATH_MOST + 1];

  (void)state;
  pipes_open();
  memset(longest, 'n', sizeof(longest));
  assert_int_equal(uv_pipe_bind(&server, ""), UV_EINVAL);
  assert_int_equal(uv_pipe_bind2(&server, NULL, 4, 0), UV_EINVAL);
  assert_int_equal(uv_pipe_bind2(&server, "name", 0, 0), UV_EINVAL);
  assert_int_equal(uv_pipe_bind2(&server, "name", 4, 2), UV_EINVAL);
  assert_int_equal(uv_pipe_bind2(&server, "na\0me", 5, 0), UV_EINVAL);
  assert_int_equal(
      uv_pipe_bind2(&server, longest, sizeof(longest), UV_PIPE_NO_TRUNCATE),
      UV_EINVAL);
  assert_int_equal(
      uv_pipe_connect2(&connect_req, &client, "na\0me", 5, 0, told_connect),
      UV_EINVAL);
  assert_int_equal(
      uv_pipe_connect2(&connect_req, &client, longest, sizeof(longest),
                       UV_PIPE_NO_TRUNCATE, told_connect),
      UV_EINVAL);
  assert_int_equal(uv_pipe_bind(&server, "/nowhere/name"), UV_EACCES);
  assert_int_equal(uv_pipe_bind(&server, "name"), 0);
  assert_int_equal(uv_pipe_bind(&server, "other"), UV_EINVAL);
  assert_int_equal(uv_pipe_bind(&client, "name"), UV_EADDRINUSE);
  run_turns(2);
  assert_told("");
  pipes_close();
}

static void test_long_name_is_cut_and_removed_all_the_same(void** state) {
  char name[PATH_MOST + 10];
  char cut[PATH_MOST + 1] = "";

  (void)state;
  pipes_open();
  memset(name, 'n', sizeof(name));
  memcpy(cut, name, PATH_MOST);
  serve(name, sizeof(name));
  assert_true(exists(cut));
  assert_name(&server, uv_pipe_getsockname, cut, PATH_MOST, 1);
  assert_int_equal(uv_pipe_connect2(&connect_req, &client, name, sizeof(name),
                                    0, told_connect),
                   0);
  run_turns(3);
  uv_close(handle(&server), NULL);
  assert_false(exists(cut));
  assert_int_equal(uv_pipe_bind2(&peer, name, PATH_MOST, UV_PIPE_NO_TRUNCATE),
                   0);
  pipes_close();
}

#if defined(__linux__)

static void test_abstract_names_are_no_files(void** state) {
  char name[64];
  int length = snprintf(name, sizeof(name), "_gyre_%ld", (long)getpid());
  size_t size = (size_t)length + 3;

  (void)state;
  pipes_open();
  name[0] = '\0';
  memcpy(name + length, "\0ab", 3); /* a 0 is a byte like others */
  serve(name, size);
  assert_int_equal(uv_pipe_bind2(&peer, name, size, 0), UV_EADDRINUSE);
  assert_int_equal(uv_pipe_bind2(&peer, name, size - 1, 0), 0);
  assert_int_equal(
      uv_pipe_connect2(&connect_req, &client, name, size, 0, told_connect), 0);
  run_turns(3);
  assert_told("connect 0, connection 0");
  assert_name(&server, uv_pipe_getsockname, name, size, 0);
  assert_name(&client, uv_pipe_getpeername, name, size, 0);
  assert_int_equal(uv_pipe_chmod(&server, UV_READABLE), UV_ENOENT);
  pipes_close();
}

#else

static void test_abstract_names_are_no_files(void** state) {
  (void)state;
  gy_test_skip("only Linux has abstract names");
}

#endif

static void test_chmod_adds_what_all_may_do(void** state) {
  struct stat about;

  (void)state;
  pipes_open();
  assert_int_equal(uv_pipe_chmod(&server, UV_READABLE), UV_EBADF);
  assert_int_equal(uv_pipe_bind(&server, "name"), 0);
  assert_int_equal(uv_pipe_chmod(&server, 0), UV_EINVAL);
  assert_int_equal(uv_pipe_chmod(&server, UV_READABLE | 4), UV_EINVAL);
  assert_int_equal(chmod("name", 0600), 0);
  assert_int_equal(uv_pipe_chmod(&server, UV_READABLE), 0);
  assert_int_equal(stat("name", &about), 0);
  assert_int_equal(about.st_mode & 0777, 0644);
  assert_int_equal(uv_pipe_chmod(&server, UV_READABLE | UV_WRITABLE), 0);
  assert_int_equal(stat("name", &about), 0);
  assert_int_equal(about.st_mode & 0777, 0666);
  pipes_close();
}

/* ---- connecting in vain
 * ------------------------------------------------------- */

static void test_connect_errors_come_by_callback(void** state) {
  static const struct {
    const char* name;
    const char* told;
  } rows[] = {{"none", "connect ENOENT"},
              {"bound", "connect ECONNREFUSED"},
              {"", "connect EINVAL"},
              {NULL, "connect EINVAL"}};

  (void)state;
  pipes_open();
  assert_int_equal(uv_pipe_bind(&server, "bound"), 0);
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    uv_pipe_connect(&connect_req, &client, rows[i].name, told_connect);
    assert_int_equal(uv_loop_alive(&loop), 1);
    assert_told("");
    run_turns(2);
    assert_told(rows[i].told);
    assert_int_equal(uv_is_writable(stream(&client)), 0);
  }
  assert_int_equal(uv_loop_alive(&loop), 0);
  pipes_close();
}

static void test_connect_can_be_tried_again(void** state) {
  (void)state;
  pipes_open();
  uv_pipe_connect(&connect_req, &client, "name", told_connect);
  run_turns(2);
  assert_told("connect ENOENT");
  serve("name", 4);
  uv_pipe_connect(&connect_req, &client, "name", told_connect);
  run_turns(3);
  assert_told("connect 0, connection 0");
  assert_int_equal(uv_is_readable(stream(&client)), 1);
  pipes_close();
}

static void test_second_connect_is_told_after_the_first(void** state) {
  uv_connect_t second;
  uv_connect_t third;

  (void)state;
  pipes_open();
  uv_pipe_connect(&connect_req, &client, "none", told_connect);
  uv_pipe_connect(&second, &client, "none", told_connect);
  assert_int_equal(
      uv_pipe_connect2(&third, &client, "none", 4, 0, told_connect),
      UV_EALREADY);
  run_turns(2);
  assert_told("connect ENOENT, connect EALREADY");
  assert_int_equal(uv_loop_alive(&loop), 0);
  pipes_close();
}

static void test_close_cancels_all_connects(void** state) {
  uv_connect_t second;
  uv_connect_t late;

  (void)state;
  pipes_open();
  uv_pipe_connect(&connect_req, &client, "none", told_connect);
  uv_pipe_connect(&second, &client, "none", told_connect);
  uv_close(handle(&client), told_close);
  uv_close(handle(&peer), told_close);
  uv_pipe_connect(&late, &peer, "none", told_connect);
  run_turns(2);
  assert_told(
      "connect ECANCELED, close, connect ECANCELED, "
      "connect ECANCELED, close");
  pipes_close();
}

static void test_failed_connect_leaves_a_listener_alone(void** state) {
  (void)state;
  pipes_open();
  serve("name", 4);
  uv_pipe_connect(&connect_req, &server, "none", told_connect);
  run_turns(2);
  assert_int_equal(told_count, 1);
  told_count = 0;
  uv_pipe_connect(&connect_req, &client, "name", told_connect);
  run_turns(3);
  assert_told("connect 0, connection 0");
  pipes_close();
}

static void test_only_a_bound_pipe_without_ipc_listens(void** state) {
  uv_pipe_t passing;

  (void)state;
  pipes_open();
  assert_int_equal(uv_listen(stream(&server), 8, announce), UV_EINVAL);
  assert_int_equal(uv_pipe_init(&loop, &passing, 1), 0);
  assert_int_equal(uv_pipe_bind(&passing, "name"), 0);
  assert_int_equal(uv_listen(stream(&passing), 8, announce), UV_EINVAL);
  pipes_close();
}

/* ---- descriptors
 * ---------------------------------------------------------------- */

/* Open |fd|, which is readable if |in| and writable if |out|. */
static void assert_opens(int fd, int in, int out) {
  assert_true(fd >= 0);
  assert_int_equal(uv_pipe_open(&client, fd), 0);
  assert_int_equal(uv_is_readable(stream(&client)), in);
  assert_int_equal(uv_is_writable(stream(&client)), out);
  assert_int_equal(client.flags & 0xc000,
                   (in ? 0x4000 : 0) | (out ? 0x8000 : 0));
  assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
  assert_int_equal(uv_pipe_open(&client, fd), 0); /* it has it already */
  close_now(&client);
  assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void test_descriptor_tells_what_may_be_done_with_it(void** state) {
  int fds[2];

  (void)state;
  pipes_open();
  assert_int_equal(pipe(fds), 0);
  assert_opens(fds[0], 1, 0);
  assert_opens(fds[1], 0, 1);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_opens(fds[0], 1, 1);
  assert_opens(fds[1], 1, 1);
  assert_int_equal(mkfifo("fifo", 0600), 0);
  assert_opens(open("fifo", O_RDWR), 1, 1);
  assert_int_equal(unlink("fifo"), 0);
  pipes_close();
}

static void ignore_read(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)buf;
  tell(count < 0 ? uv_err_name((int)count) : "read");
}

static void test_one_way_pipe_refuses_the_other_way(void** state) {
  uv_buf_t buf = text("word");
  int fds[2];

  (void)state;
  pipes_open();
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(uv_pipe_open(&client, fds[0]), 0);
  assert_int_equal(uv_pipe_open(&peer, fds[1]), 0);
  assert_int_equal(uv_try_write(stream(&client), &buf, 1), UV_EPIPE);
  assert_int_equal(uv_read_start(stream(&peer), alloc_static, ignore_read),
                   UV_ENOTCONN);
  assert_int_equal(uv_read_start(stream(&client), alloc_static, ignore_read),
                   0);
  assert_int_equal(uv_try_write(stream(&peer), &buf, 1), 4);
  run_turns(2);
  uv_close(handle(&peer), NULL);
  run_turns(2);
  assert_told("read, EOF");
  pipes_close();
}

static void test_descriptors_that_do_not_do_are_refused(void** state) {
  uv_pipe_t other;
  int fds[2];

  (void)state;
  pipes_open();
  assert_int_equal(uv_pipe_init(&loop, &other, 0), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_pipe_open(&client, -1), UV_EBADF);
  assert_int_equal(uv_pipe_open(&client, 4000), UV_EBADF);
  assert_int_equal(uv_pipe_open(&client, fds[0]), 0);
  assert_int_equal(uv_pipe_open(&client, fds[1]), UV_EBUSY);
  assert_int_equal(uv_read_start(stream(&client), alloc_static, ignore_read),
                   0);
  assert_int_equal(uv_pipe_open(&peer, fds[0]), UV_EEXIST);
  uv_close(handle(&other), NULL);
  assert_int_equal(uv_pipe_open(&other, fds[1]), UV_EINVAL);
  assert_int_equal(close(fds[1]), 0);
  pipes_close();
}

static void test_standard_descriptors_stay_open(void** state) {
  int saved = fcntl(0, F_DUPFD_CLOEXEC, 3);
  int fds[2];

  (void)state;
  pipes_open();
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(dup2(fds[0], 0), 0);
  assert_int_equal(uv_pipe_open(&client, 0), 0);
  close_now(&client);
  assert_true(fcntl(0, F_GETFD) >= 0);
  if (saved >= 0)
    assert_int_equal(dup2(saved, 0), 0);
  else
    close(0);
  close(saved);
  close(fds[0]);
  close(fds[1]);
  pipes_close();
}

static void test_pair_is_made_as_wished(void** state) {
  uv_file fds[2];
  char byte = 0;

  (void)state;
  assert_int_equal(uv_pipe(NULL, 0, 0), UV_EINVAL);
  for (int flags = 0; flags < 4; flags++) {
    int in = flags & 1 ? UV_NONBLOCK_PIPE : 0;
    int out = flags & 2 ? UV_NONBLOCK_PIPE : 0;
    assert_int_equal(uv_pipe(fds, in, out), 0);
    assert_int_equal((fcntl(fds[0], F_GETFL) & O_NONBLOCK) != 0, in != 0);
    assert_int_equal((fcntl(fds[1], F_GETFL) & O_NONBLOCK) != 0, out != 0);
    assert_true(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(fds[1], F_GETFD) & FD_CLOEXEC);
    assert_int_equal(write(fds[1], "b", 1), 1);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    assert_int_equal(byte, 'b');
    close(fds[0]);
    close(fds[1]);
  }
}

static void assert_guess(int fd, uv_handle_type type) {
  assert_true(fd >= 0);
  assert_int_equal(uv_guess_handle(fd), type);
  close(fd);
}

static void test_guess_tells_what_a_descriptor_is(void** state) {
  int fds[2];

  (void)state;
  assert_int_equal(uv_guess_handle(-1), UV_UNKNOWN_HANDLE);
  assert_int_equal(uv_guess_handle(4000), UV_UNKNOWN_HANDLE);
  assert_guess(open("/dev/null", O_RDWR), UV_FILE);
  assert_guess(open("/etc/passwd", O_RDONLY), UV_FILE);
  assert_guess(open("/", O_RDONLY), UV_UNKNOWN_HANDLE);
  assert_guess(open("/dev/ptmx", O_RDWR | O_NOCTTY), UV_TTY);
  assert_int_equal(pipe(fds), 0);
  assert_guess(fds[0], UV_NAMED_PIPE);
  assert_guess(fds[1], UV_NAMED_PIPE);
  assert_guess(socket(AF_UNIX, SOCK_STREAM, 0), UV_NAMED_PIPE);
  assert_guess(socket(AF_UNIX, SOCK_DGRAM, 0), UV_UNKNOWN_HANDLE);
  assert_guess(socket(AF_INET, SOCK_STREAM, 0), UV_TCP);
  assert_guess(socket(AF_INET, SOCK_DGRAM, 0), UV_UDP);
}

static void test_what_is_no_use_on_unix_does_no_harm(void** state) {
  (void)state;
  pipes_open();
  uv_pipe_pending_instances(&server, 4);
  assert_int_equal(uv_pipe_pending_count(&server), 0);
  assert_int_equal(uv_pipe_pending_type(&server), UV_UNKNOWN_HANDLE);
  assert_int_equal(uv_pipe_init(NULL, &server, 0), UV_EINVAL);
  pipes_close();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_name_is_a_file_until_the_pipe_closes),
    cmocka_unit_test(test_client_and_server_are_connected),
    cmocka_unit_test(test_names_are_told_with_the_room_they_take),
    cmocka_unit_test(test_name_is_asked_for_in_vain),
    cmocka_unit_test(test_names_that_do_not_do_are_refused),
    cmocka_unit_test(test_long_name_is_cut_and_removed_all_the_same),
    cmocka_unit_test(test_abstract_names_are_no_files),
    cmocka_unit_test(test_chmod_adds_what_all_may_do),
    cmocka_unit_test(test_connect_errors_come_by_callback),
    cmocka_unit_test(test_connect_can_be_tried_again),
    cmocka_unit_test(test_second_connect_is_told_after_the_first),
    cmocka_unit_test(test_close_cancels_all_connects),
    cmocka_unit_test(test_failed_connect_leaves_a_listener_alone),
    cmocka_unit_test(test_only_a_bound_pipe_without_ipc_listens),
    cmocka_unit_test(test_descriptor_tells_what_may_be_done_with_it),
    cmocka_unit_test(test_one_way_pipe_refuses_the_other_way),
    cmocka_unit_test(test_descriptors_that_do_not_do_are_refused),
    cmocka_unit_test(test_standard_descriptors_stay_open),
    cmocka_unit_test(test_pair_is_made_as_wished),
    cmocka_unit_test(test_guess_tells_what_a_descriptor_is),
    cmocka_unit_test(test_what_is_no_use_on_unix_does_no_harm),
};

GY_TEST_MAIN(tests)
