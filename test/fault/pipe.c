/* pipe.c - what pipes say when the system refuses.
 *
 * A row makes one call of the system fail below one function, which must hand
 * the error on and leave nothing behind; then the same function must work. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"

enum {
  MANY = 12 /* handles in flight: more than the first list of them holds */
};

static uv_loop_t loop;
static uv_pipe_t pipe_handle;
static uv_pipe_t far;
static uv_connect_t connect_req;
static char name[64];
static const char* failing_call;
static int failing_err;
static int failing_count;
static int failed_count;
static int told;
static int told_count;

static int call_fail(const char* call) {
  if (failing_count == 0 || strcmp(call, failing_call) != 0)
    return 0;
  failing_count--;
  failed_count++;
  return failing_err;
}

/* Let the next call of |call| fail with |err|. */
static void let_fail(const char* call, int err) {
  failing_call = call;
  failing_err = err;
  failing_count = 1;
  failed_count = 0;
  gy_fault_hook = call_fail;
}

static void let_work(void) {
  gy_fault_hook = GY_FAULT_NOBODY;
}

static void run_turns(int turns) {
  while (turns-- > 0)
    uv_run(&loop, UV_RUN_NOWAIT);
}

/* ---- refusals that a function returns
 * ------------------------------------------ */

static int nothing(void) {
  return 0;
}

static int bind_it(void) {
  return uv_pipe_bind(&pipe_handle, name);
}

static void ignore_connection(uv_stream_t* server, int status) {
  (void)server;
  (void)status;
}

static int listen_there(void) {
  return uv_listen((uv_stream_t*)&pipe_handle, 1, ignore_connection);
}

static int open_it(void) {
  int pair[2];
  int err;

  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  err = uv_pipe_open(&pipe_handle, pair[0]);
  if (err != 0)
    close(pair[0]);
  close(pair[1]);
  return err;
}

static int tell_name(void) {
  char buf[128];
  size_t size = sizeof(buf);

  return uv_pipe_getsockname(&pipe_handle, buf, &size);
}

static int tell_peer_name(void) {
  char buf[128];
  size_t size = sizeof(buf);

  return uv_pipe_getpeername(&pipe_handle, buf, &size);
}

static int change_mode(void) {
  assert_int_equal(chmod(name, 0600), 0);
  return uv_pipe_chmod(&pipe_handle, UV_READABLE | UV_WRITABLE);
}

static int make_pair(void) {
  uv_file fds[2];
  int err = uv_pipe(fds, 0, UV_NONBLOCK_PIPE);

  if (err == 0) {
    close(fds[0]);
    close(fds[1]);
  }
  return err;
}

static const struct {
  const char* call;
  int err;
  int (*prepare)(void); /* on a fresh handle; it works */
  int (*attempt)(void);
} rows[] = {
    {"socket", EMFILE, nothing, bind_it},
    {"bind", EROFS, nothing, bind_it},
    {"listen", EACCES, bind_it, listen_there},
    {"fcntl", EBADF, nothing, open_it},
    {"getsockopt", ENOMEM, nothing, open_it},
    {"getsockname", ENOBUFS, bind_it, tell_name},
    {"getpeername", ENOBUFS, open_it, tell_peer_name},
    {"getsockname", ENOMEM, bind_it, change_mode},
    {"stat", EACCES, bind_it, change_mode},
    {"chmod", EPERM, bind_it, change_mode},
    {"pipe2", EMFILE, nothing, make_pair},
    {"fcntl", EIO, nothing, make_pair},
};

static void pipe_open_handle(void) {
  assert_int_equal(uv_pipe_init(&loop, &pipe_handle, 0), 0);
}

static void pipe_close_handle(void) {
  uv_close((uv_handle_t*)&pipe_handle, NULL);
  run_turns(1);
  assert_int_not_equal(access(name, F_OK), 0);
}

static void name_make(void) {
  snprintf(name, sizeof(name), "/tmp/gyre-fault-%ld", (long)getpid());
}

static void test_refusal_of_each_call_is_handed_on(void** state) {
  (void)state;
  name_make();
  assert_int_equal(uv_loop_init(&loop), 0);
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    int err;
    pipe_open_handle();
    assert_int_equal(rows[i].prepare(), 0);
    let_fail(rows[i].call, rows[i].err);
    err = rows[i].attempt();
    let_work();
    if (failed_count != 1 || err != -rows[i].err)
      fail_msg("row %zu, %s: failed %d times, returned %d", i, rows[i].call,
               failed_count, err);
    pipe_close_handle();
    pipe_open_handle();
    assert_int_equal(rows[i].prepare(), 0);
    assert_int_equal(rows[i].attempt(), 0);
    pipe_close_handle();
  }
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- memory
 * --------------------------------------------------------------------- */

static int failing_allocations;

static void* refuse_malloc(size_t size) {
  return failing_allocations > 0 ? NULL : malloc(size);
}

static void* refuse_calloc(size_t count, size_t size) {
  return failing_allocations > 0 ? NULL : calloc(count, size);
}

static void* refuse_realloc(void* memory, size_t size) {
  return failing_allocations > 0 ? NULL : realloc(memory, size);
}

static void allocator_replace(void) {
  assert_int_equal(
      uv_replace_allocator(refuse_malloc, refuse_realloc, refuse_calloc, free),
      0);
}

static void test_bind_without_memory_leaves_no_name(void** state) {
  (void)state;
  allocator_replace();
  name_make();
  assert_int_equal(uv_loop_init(&loop), 0);
  pipe_open_handle();
  failing_allocations = 1;
  assert_int_equal(bind_it(), UV_ENOMEM);
  failing_allocations = 0;
  assert_int_not_equal(access(name, F_OK), 0);
  assert_int_equal(bind_it(), 0);
  pipe_close_handle();
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- refusals that a callback is told
 * ------------------------------------------- */

static void tell(int status) {
  told = status;
  told_count++;
}

static void tell_connect(uv_connect_t* req, int status) {
  (void)req;
  tell(status);
}

static void test_connect_without_a_socket_is_told_later(void** state) {
  static const char* const calls[] = {"socket", "connect"};

  (void)state;
  name_make();
  assert_int_equal(uv_loop_init(&loop), 0);
  for (size_t i = 0; i < COUNT_OF(calls); i++) {
    pipe_open_handle();
    let_fail(calls[i], EMFILE);
    uv_pipe_connect(&connect_req, &pipe_handle, name, tell_connect);
    let_work();
    assert_int_equal(told_count, 0);
    run_turns(1);
    assert_int_equal(told_count, 1);
    assert_int_equal(told, UV_EMFILE);
    told_count = 0;
    pipe_close_handle();
  }
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void give_memory(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  static char memory[64];

  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

static void tell_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void)stream;
  (void)buf;
  tell((int)count);
}

/* |pipe_handle| and |far| can pass handles to each other. */
static void ends_open(void) {
  int pair[2];

  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(uv_pipe_init(&loop, &pipe_handle, 1), 0);
  assert_int_equal(uv_pipe_open(&pipe_handle, pair[0]), 0);
  assert_int_equal(uv_pipe_init(&loop, &far, 1), 0);
  assert_int_equal(uv_pipe_open(&far, pair[1]), 0);
}

static int pass_on(void) {
  char byte = 'b';
  uv_buf_t buf = uv_buf_init(&byte, 1);

  return uv_try_write2((uv_stream_t*)&pipe_handle, &buf, 1, (uv_stream_t*)&far);
}

static void test_refused_passing_can_be_tried_again(void** state) {
  static const struct {
    int err;
    int returned;
  } errs[] = {{EMFILE, UV_EMFILE},
              {ENOBUFS, UV_EAGAIN},
              {EAGAIN, UV_EAGAIN},
              {EINTR, 1}};

  (void)state;
  ends_open();
  for (size_t i = 0; i < COUNT_OF(errs); i++) {
    let_fail("sendmsg", errs[i].err);
    assert_int_equal(pass_on(), errs[i].returned);
    let_work();
    assert_int_equal(failed_count, 1);
  }
  assert_int_equal(pass_on(), 1);
  gy_test_close_loop(&loop);
}

static void test_refused_receiving_is_told(void** state) {
  (void)state;
  ends_open();
  assert_int_equal(uv_read_start((uv_stream_t*)&far, give_memory, tell_read),
                   0);
  assert_int_equal(pass_on(), 1);
  let_fail("recvmsg", EINTR); /* is no refusal */
  run_turns(1);
  assert_int_equal(told, 1);
  assert_int_equal(uv_pipe_pending_count(&far), 1);
  assert_int_equal(pass_on(), 1);
  let_fail("recvmsg", ENOBUFS);
  run_turns(1);
  let_work();
  assert_int_equal(told_count, 2);
  assert_int_equal(told, UV_ENOBUFS);
  assert_int_equal(uv_is_active((uv_handle_t*)&far), 0);
  gy_test_close_loop(&loop);
}

static void test_handles_without_memory_to_keep_them_are_closed(void** state) {
  (void)state;
  allocator_replace();
  ends_open();
  for (int i = 0; i < MANY; i++)
    assert_int_equal(pass_on(), 1);
  assert_int_equal(uv_read_start((uv_stream_t*)&far, give_memory, tell_read),
                   0);
  run_turns(4);
  assert_int_equal(uv_pipe_pending_count(&far), 4);
  failing_allocations = 1;
  run_turns(MANY);
  failing_allocations = 0;
  assert_int_equal(told, UV_ENOMEM);
  assert_int_equal(uv_pipe_pending_count(&far), 1 + 8);
  gy_test_close_loop(&loop); /* and the support counts descriptors */
}

static void test_accept_that_fails_leaves_the_handle_waiting(void** state) {
  uv_pipe_t client;

  (void)state;
  ends_open();
  assert_int_equal(pass_on(), 1);
  assert_int_equal(uv_read_start((uv_stream_t*)&far, give_memory, tell_read),
                   0);
  run_turns(1);
  assert_int_equal(uv_pipe_init(&loop, &client, 0), 0);
  let_fail("fcntl", EIO);
  assert_int_equal(uv_accept((uv_stream_t*)&far, (uv_stream_t*)&client),
                   UV_EIO);
  let_work();
  assert_int_equal(uv_pipe_pending_count(&far), 1);
  assert_int_equal(uv_accept((uv_stream_t*)&far, (uv_stream_t*)&client), 0);
  gy_test_close_loop(&loop);
}

static void test_guess_without_an_answer_is_unknown(void** state) {
  static const char* const calls[] = {"fstat", "getsockopt", "getsockname"};
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  (void)state;
  for (size_t i = 0; i < COUNT_OF(calls); i++) {
    let_fail(calls[i], EIO);
    assert_int_equal(uv_guess_handle(fd), UV_UNKNOWN_HANDLE);
    let_work();
    assert_int_equal(failed_count, 1);
  }
  assert_int_equal(uv_guess_handle(fd), UV_TCP);
  close(fd);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_refusal_of_each_call_is_handed_on),
    cmocka_unit_test(test_bind_without_memory_leaves_no_name),
    cmocka_unit_test(test_connect_without_a_socket_is_told_later),
    cmocka_unit_test(test_refused_passing_can_be_tried_again),
    cmocka_unit_test(test_refused_receiving_is_told),
    cmocka_unit_test(test_handles_without_memory_to_keep_them_are_closed),
    cmocka_unit_test(test_accept_that_fails_leaves_the_handle_waiting),
    cmocka_unit_test(test_guess_without_an_answer_is_unknown),
};

GY_TEST_MAIN(tests)
