/* stream.c - what TCP handles and streams say when the system refuses.
 *
 * A row makes one call of the system fail below one function, which must hand
 * the error on and leave nothing behind; then the same function must work. The
 * errors that come by callback have tests of their own. */
#include "support/test.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"

enum {
  BIG = 4 << 20 /* more bytes than a pair of sockets holds */
};

static uv_loop_t loop;
static uv_tcp_t tcp;
static uv_connect_t connect_req;
static uv_shutdown_t shutdown_req;
static uv_write_t writes[3];
static const char* failing_call;
static int failing_err;
static int failing_count; /* how often it fails; -1 for ever */
static int failed_count;
static char big[BIG];
static char memory[64];

static int call_fail(const char* call) {
  if (failing_count == 0 || strcmp(call, failing_call) != 0)
    return 0;
  failing_count -= failing_count > 0;
  failed_count++;
  return failing_err;
}

/* Let the next |count| calls of |call| fail with |err|. */
static void let_fail(const char* call, int err, int count) {
  failing_call = call;
  failing_err = err;
  failing_count = count;
  failed_count = 0;
  gy_fault_hook = call_fail;
}

static void let_work(void) {
  gy_fault_hook = NULL;
}

static struct sockaddr_in loopback(void) {
  struct sockaddr_in address;

  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void ignore_connection(uv_stream_t* server, int status) {
  (void)server;
  (void)status;
}

/* ---- refusals that a function returns ----------------------------------- */

static int bind_it(void) {
  struct sockaddr_in address = loopback();

  return uv_tcp_bind(&tcp, (struct sockaddr*)&address, 0);
}

static int open_it(void) {
  int pair[2];
  int err;

  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  err = uv_tcp_open(&tcp, pair[0]);
  if (err != 0)
    close(pair[0]);
  close(pair[1]);
  return err;
}

static int wish(void) {
  return uv_tcp_nodelay(&tcp, 1);
}

static int keepalive(void) {
  return uv_tcp_keepalive(&tcp, 1, 1);
}

static int listen_there(void) {
  return uv_listen((uv_stream_t*)&tcp, 1, ignore_connection);
}

static int set_blocking(void) {
  return uv_stream_set_blocking((uv_stream_t*)&tcp, 1);
}

static int tell_name(void) {
  struct sockaddr_storage name;
  int size = sizeof(name);

  return uv_tcp_getsockname(&tcp, (struct sockaddr*)&name, &size);
}

static int tell_peer_name(void) {
  struct sockaddr_storage name;
  int size = sizeof(name);

  return uv_tcp_getpeername(&tcp, (struct sockaddr*)&name, &size);
}

static int tell_buffer_size(void) {
  int value = 0;

  return uv_send_buffer_size((uv_handle_t*)&tcp, &value);
}

static int init_another(void) {
  uv_tcp_t another;
  int err = uv_tcp_init_ex(&loop, &another, AF_INET);

  if (err == 0) {
    uv_close((uv_handle_t*)&another, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  return err;
}

static int make_pair(void) {
  uv_os_sock_t pair[2];
  int err = uv_socketpair(SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, 0);

  if (err == 0) {
    close(pair[0]);
    close(pair[1]);
  }
  return err;
}

static int set_reset(void) {
  int err = uv_tcp_close_reset(&tcp, NULL);

  if (err == 0) {
    uv_run(&loop, UV_RUN_NOWAIT);
    err = uv_tcp_init(&loop, &tcp); /* for the next one to close */
  }
  return err;
}

static int nothing(void) {
  return 0;
}

static const struct {
  const char* call;
  int err;
  int (*prepare)(void); /* on a fresh handle; it works */
  int (*attempt)(void);
} rows[] = {
    {"socket", EMFILE, nothing, init_another},
    {"socket", ENFILE, nothing, bind_it},
    {"socket", EMFILE, nothing, listen_there},
    {"setsockopt", ENOMEM, nothing, bind_it},
    {"setsockopt", ENOMEM, wish, bind_it},
    {"setsockopt", ENOMEM, keepalive, bind_it},
    {"bind", EACCES, nothing, bind_it},
    {"listen", EACCES, bind_it, listen_there},
    {"fcntl", EBADF, nothing, open_it},
    {"setsockopt", ENOPROTOOPT, bind_it, wish},
    {"setsockopt", ENOPROTOOPT, bind_it, keepalive},
    {"fcntl", EIO, open_it, set_blocking},
    {"getsockname", ENOBUFS, bind_it, tell_name},
    {"getpeername", ENOBUFS, open_it, tell_peer_name},
    {"getsockopt", ENOPROTOOPT, bind_it, tell_buffer_size},
    {"socketpair", EMFILE, nothing, make_pair},
    {"fcntl", EIO, nothing, make_pair},
    {"setsockopt", ENOMEM, bind_it, set_reset},
};

static void open_tcp(void) {
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
}

static void close_tcp(void) {
  uv_close((uv_handle_t*)&tcp, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void test_refusal_of_each_call_is_handed_on(void** state) {
  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    int err;
    open_tcp();
    assert_int_equal(rows[i].prepare(), 0);
    let_fail(rows[i].call, rows[i].err, 1);
    err = rows[i].attempt();
    let_work();
    if (failed_count != 1 || err != -rows[i].err)
      fail_msg("row %zu, %s: failed %d times, returned %d", i, rows[i].call,
               failed_count, err);
    close_tcp();
    open_tcp();
    assert_int_equal(rows[i].prepare(), 0);
    assert_int_equal(rows[i].attempt(), 0);
    close_tcp();
  }
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- refusals that a callback is told ----------------------------------- */

static int told;
static int told_count;
static int far;

static void tell_connect(uv_connect_t* req, int status) {
  (void)req;
  told = status;
  told_count++;
}

static void tell_connection(uv_stream_t* server, int status) {
  static uv_tcp_t client;

  if (status == 0) {
    assert_int_equal(uv_tcp_init(&loop, &client), 0);
    assert_int_equal(uv_accept(server, (uv_stream_t*)&client), 0);
  }
  told = status;
  told_count++;
}

static void tell_write(uv_write_t* req, int status) {
  (void)req;
  told = status;
  told_count++;
}

static void tell_shutdown(uv_shutdown_t* req, int status) {
  (void)req;
  told = status;
  told_count++;
}

static void give_memory(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

static void tell_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void)stream;
  (void)buf;
  told = (int)count;
  told_count++;
}

static void open_pair(void) {
  int pair[2];

  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  open_tcp();
  assert_int_equal(uv_tcp_open(&tcp, pair[0]), 0);
  far = pair[1];
}

static void close_pair(void) {
  let_work();
  gy_test_close_loop(&loop);
  close(far);
}

static void run_turns(int turns) {
  while (turns-- > 0)
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void assert_told_once(int status) {
  assert_int_equal(told_count, 1);
  assert_int_equal(told, status);
  told_count = 0;
}

static void test_connect_refused_at_once_is_told_later(void** state) {
  struct sockaddr_in address = loopback();

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  open_tcp();
  let_fail("connect", ECONNREFUSED, 1);
  assert_int_equal(uv_tcp_connect(&connect_req, &tcp,
                                  (struct sockaddr*)&address, tell_connect),
                   0);
  assert_int_equal(told_count, 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_told_once(UV_ECONNREFUSED);
  let_work();
  gy_test_close_loop(&loop);
}

static void test_connect_refused_in_another_way_is_told_at_once(void** state) {
  struct sockaddr_in address = loopback();

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  open_tcp();
  let_fail("connect", ENETUNREACH, 1);
  assert_int_equal(uv_tcp_connect(&connect_req, &tcp,
                                  (struct sockaddr*)&address, tell_connect),
                   UV_ENETUNREACH);
  let_work();
  run_turns(2);
  assert_int_equal(told_count, 0);
  gy_test_close_loop(&loop);
}

static void test_connection_that_broke_before_it_was_taken_is_passed_over(
    void** state) {
  static const int errs[] = {ECONNABORTED, EPROTO, EHOSTUNREACH, EOPNOTSUPP};
  struct sockaddr_in address = loopback();
  int size = sizeof(address);
  int peer = socket(AF_INET, SOCK_STREAM, 0);

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  open_tcp();
  assert_int_equal(bind_it(), 0);
  assert_int_equal(uv_listen((uv_stream_t*)&tcp, 1, tell_connection), 0);
  assert_int_equal(uv_tcp_getsockname(&tcp, (struct sockaddr*)&address, &size),
                   0);
  assert_int_equal(connect(peer, (struct sockaddr*)&address, sizeof(address)),
                   0);
  for (size_t i = 0; i < COUNT_OF(errs); i++) {
    let_fail("accept4", errs[i], -1);
    run_turns(2);
    assert_true(failed_count > 0);
    assert_int_equal(told_count, 0);
  }
  let_work();
  run_turns(2);
  assert_told_once(0);
  gy_test_close_loop(&loop);
  close(peer);
}

static void test_accept_without_memory_is_told_once_and_tried_again(
    void** state) {
  struct sockaddr_in address = loopback();
  int size = sizeof(address);
  int peer = socket(AF_INET, SOCK_STREAM, 0);

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  open_tcp();
  assert_int_equal(bind_it(), 0);
  assert_int_equal(uv_listen((uv_stream_t*)&tcp, 1, tell_connection), 0);
  assert_int_equal(uv_tcp_getsockname(&tcp, (struct sockaddr*)&address, &size),
                   0);
  assert_int_equal(connect(peer, (struct sockaddr*)&address, sizeof(address)),
                   0);
  let_fail("accept4", ENOMEM, 3);
  while (failed_count < 3)
    uv_run(&loop, UV_RUN_ONCE);
  assert_told_once(UV_ENOMEM);
  while (told_count == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_told_once(0);
  let_work();
  gy_test_close_loop(&loop);
  close(peer);
}

static void test_interrupted_calls_are_made_again(void** state) {
  uv_buf_t buf = uv_buf_init(big, 5);

  (void)state;
  open_pair();
  let_fail("send", EINTR, 3);
  assert_int_equal(uv_try_write((uv_stream_t*)&tcp, &buf, 1), 5);
  assert_int_equal(failed_count, 3);
  assert_int_equal(send(far, "hello", 5, 0), 5);
  assert_int_equal(uv_read_start((uv_stream_t*)&tcp, give_memory, tell_read),
                   0);
  let_fail("recv", EINTR, 3);
  run_turns(1);
  assert_told_once(5);
  close_pair();
}

static void test_read_error_is_told_once(void** state) {
  (void)state;
  open_pair();
  assert_int_equal(send(far, "hello", 5, 0), 5);
  assert_int_equal(uv_read_start((uv_stream_t*)&tcp, give_memory, tell_read),
                   0);
  let_fail("recv", ETIMEDOUT, -1);
  run_turns(3);
  assert_told_once(UV_ETIMEDOUT);
  assert_int_equal(uv_is_active((uv_handle_t*)&tcp), 0);
  close_pair();
}

static void test_read_of_nothing_yet_is_no_error(void** state) {
  (void)state;
  open_pair();
  assert_int_equal(send(far, "hello", 5, 0), 5);
  assert_int_equal(uv_read_start((uv_stream_t*)&tcp, give_memory, tell_read),
                   0);
  let_fail("recv", EAGAIN, 1);
  run_turns(1);
  assert_told_once(0);
  run_turns(1);
  assert_told_once(5);
  close_pair();
}

static void test_write_error_at_once_is_told_later(void** state) {
  uv_buf_t buf = uv_buf_init(big, 5);

  (void)state;
  open_pair();
  let_fail("send", ECONNRESET, 1);
  assert_int_equal(
      uv_write(&writes[0], (uv_stream_t*)&tcp, &buf, 1, tell_write), 0);
  assert_int_equal(tcp.write_queue_size, 5);
  assert_int_equal(told_count, 0);
  run_turns(1);
  assert_told_once(UV_ECONNRESET);
  assert_int_equal(tcp.write_queue_size, 0);
  close_pair();
}

static void test_write_without_buffers_in_the_kernel_waits(void** state) {
  uv_buf_t buf = uv_buf_init(big, 5);

  (void)state;
  open_pair();
  let_fail("send", ENOBUFS, 1);
  assert_int_equal(
      uv_write(&writes[0], (uv_stream_t*)&tcp, &buf, 1, tell_write), 0);
  assert_int_equal(tcp.write_queue_size, 5);
  run_turns(2);
  assert_told_once(0);
  close_pair();
}

static void test_shutdown_error_is_told(void** state) {
  (void)state;
  open_pair();
  let_fail("shutdown", ENOTCONN, 1);
  assert_int_equal(
      uv_shutdown(&shutdown_req, (uv_stream_t*)&tcp, tell_shutdown), 0);
  run_turns(1);
  assert_told_once(UV_ENOTCONN);
  close_pair();
}

/* ---- memory ------------------------------------------------------------- */

static int no_memory;

static void* malloc_or_not(size_t size) {
  return no_memory ? NULL : malloc(size);
}

static void* calloc_or_not(size_t count, size_t size) {
  return no_memory ? NULL : calloc(count, size);
}

static void* realloc_or_not(void* old, size_t size) {
  return no_memory ? NULL : realloc(old, size);
}

static void test_write_without_memory_starts_nothing(void** state) {
  uv_buf_t huge = uv_buf_init(big, BIG);
  uv_buf_t many[8];
  int pair_size = BIG;

  (void)state;
  assert_int_equal(
      uv_replace_allocator(malloc_or_not, realloc_or_not, calloc_or_not, free),
      0);
  open_pair();
  for (size_t i = 0; i < COUNT_OF(many); i++)
    many[i] = uv_buf_init(big, 10);
  assert_int_equal(
      uv_write(&writes[0], (uv_stream_t*)&tcp, &huge, 1, tell_write), 0);
  pair_size -= (int)tcp.write_queue_size;
  no_memory = 1;
  assert_int_equal(
      uv_write(&writes[1], (uv_stream_t*)&tcp, many, 8, tell_write), UV_ENOMEM);
  assert_int_equal(tcp.write_queue_size, BIG - pair_size);
  /* A few buffers need none. */
  assert_int_equal(
      uv_write(&writes[2], (uv_stream_t*)&tcp, many, 3, tell_write), 0);
  no_memory = 0;
  close_pair();
  assert_int_equal(told_count, 2);
}

static void test_write_that_lost_its_memory_half_way_is_told_so(void** state) {
  uv_buf_t many[8];

  (void)state;
  assert_int_equal(
      uv_replace_allocator(malloc_or_not, realloc_or_not, calloc_or_not, free),
      0);
  open_pair();
  for (size_t i = 0; i < COUNT_OF(many); i++)
    many[i] = uv_buf_init(big, BIG / 8);
  no_memory = 1;
  assert_int_equal(
      uv_write(&writes[0], (uv_stream_t*)&tcp, many, 8, tell_write), 0);
  run_turns(1);
  no_memory = 0;
  assert_told_once(UV_ENOMEM);
  assert_int_equal(tcp.write_queue_size, 0);
  close_pair();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_refusal_of_each_call_is_handed_on),
    cmocka_unit_test(test_connect_refused_at_once_is_told_later),
    cmocka_unit_test(test_connect_refused_in_another_way_is_told_at_once),
    cmocka_unit_test(
        test_connection_that_broke_before_it_was_taken_is_passed_over),
    cmocka_unit_test(test_accept_without_memory_is_told_once_and_tried_again),
    cmocka_unit_test(test_interrupted_calls_are_made_again),
    cmocka_unit_test(test_read_error_is_told_once),
    cmocka_unit_test(test_read_of_nothing_yet_is_no_error),
    cmocka_unit_test(test_write_error_at_once_is_told_later),
    cmocka_unit_test(test_write_without_buffers_in_the_kernel_waits),
    cmocka_unit_test(test_shutdown_error_is_told),
    cmocka_unit_test(test_write_without_memory_starts_nothing),
    cmocka_unit_test(test_write_that_lost_its_memory_half_way_is_told_so),
};

GY_TEST_MAIN(tests)
