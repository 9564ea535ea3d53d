/* stream.c - what the callbacks of streams are told when the system refuses;
 * what functions return is in tcp.c. */
#include "gyre.h"
#include "refusals.h"

enum {
  BIG = 4 << 20 /* more bytes than a pair of sockets holds */
};

static uv_connect_t connect_req;
static uv_shutdown_t shutdown_req;
static uv_write_t writes[3];
static char big[BIG];
static char memory[64];
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
  /* So that it is our call that fails, and not one in the kernel. */
  assert_int_equal(gyre_loop_set_stream_batching(&loop, 0), 0);
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
  /* So that it is our call that fails, and not one in the kernel. */
  assert_int_equal(gyre_loop_set_stream_batching(&loop, 0), 0);
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

/* ---- a poller that will not watch ------------------------------------------
 */

static void need_epoll(void) {
  if (strcmp(gy_test_poller(), "default") != 0 &&
      strcmp(gy_test_poller(), "epoll") != 0)
    gy_test_skip("it is epoll_ctl() that fails here");
}

static void test_reader_that_cannot_be_watched_is_told(void** state) {
  (void)state;
  need_epoll();
  open_pair();
  assert_int_equal(uv_read_start((uv_stream_t*)&tcp, give_memory, tell_read),
                   0);
  let_fail("epoll_ctl", ENOMEM, 1);
  run_turns(3);
  assert_told_once(UV_ENOMEM);
  assert_int_equal(uv_is_active((uv_handle_t*)&tcp), 0);
  close_pair();
}

static void test_writer_that_cannot_be_watched_is_told(void** state) {
  uv_buf_t huge = uv_buf_init(big, BIG);

  (void)state;
  need_epoll();
  open_pair();
  assert_int_equal(
      uv_write(&writes[0], (uv_stream_t*)&tcp, &huge, 1, tell_write), 0);
  let_fail("epoll_ctl", ENOMEM, 1);
  run_turns(3);
  assert_told_once(UV_ENOMEM);
  assert_int_equal(tcp.write_queue_size, 0);
  close_pair();
}

static void test_connect_that_cannot_be_watched_is_told(void** state) {
  struct sockaddr_in address = loopback();
  int size = sizeof(address);
  uv_tcp_t server;

  (void)state;
  need_epoll();
  assert_int_equal(uv_loop_init(&loop), 0);
  open_tcp();
  assert_int_equal(bind_it(), 0);
  assert_int_equal(listen_there(), 0);
  assert_int_equal(uv_tcp_getsockname(&tcp, (struct sockaddr*)&address, &size),
                   0);
  run_turns(1);
  assert_int_equal(uv_tcp_init(&loop, &server), 0);
  assert_int_equal(uv_tcp_connect(&connect_req, &server,
                                  (struct sockaddr*)&address, tell_connect),
                   0);
  let_fail("epoll_ctl", ENOMEM, 1);
  run_turns(3);
  assert_told_once(UV_ENOMEM);
  let_work();
  gy_test_close_loop(&loop);
}

static void test_listener_that_cannot_be_watched_tries_again(void** state) {
  struct sockaddr_in address = loopback();
  int size = sizeof(address);
  int peer = socket(AF_INET, SOCK_STREAM, 0);

  (void)state;
  need_epoll();
  assert_int_equal(uv_loop_init(&loop), 0);
  open_tcp();
  assert_int_equal(bind_it(), 0);
  assert_int_equal(uv_listen((uv_stream_t*)&tcp, 1, tell_connection), 0);
  assert_int_equal(uv_tcp_getsockname(&tcp, (struct sockaddr*)&address, &size),
                   0);
  let_fail("epoll_ctl", ENOMEM, 3);
  while (failed_count < 3)
    uv_run(&loop, UV_RUN_ONCE);
  assert_told_once(UV_ENOMEM);
  assert_int_equal(connect(peer, (struct sockaddr*)&address, sizeof(address)),
                   0);
  while (told_count == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_told_once(0);
  let_work();
  gy_test_close_loop(&loop);
  close(peer);
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
    cmocka_unit_test(test_reader_that_cannot_be_watched_is_told),
    cmocka_unit_test(test_writer_that_cannot_be_watched_is_told),
    cmocka_unit_test(test_connect_that_cannot_be_watched_is_told),
    cmocka_unit_test(test_listener_that_cannot_be_watched_tries_again),
    cmocka_unit_test(test_write_without_memory_starts_nothing),
    cmocka_unit_test(test_write_that_lost_its_memory_half_way_is_told_so),
};

GY_TEST_MAIN(tests)
