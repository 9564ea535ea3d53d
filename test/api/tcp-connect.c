/* tcp-connect.c - tests of uv_tcp_connect(): success, failure, told once; and
 * what may be asked of a connection on its way. */
#include "streams.h"

static uv_tcp_t server;
static uv_tcp_t client;
static uv_tcp_t accepted;
static uv_connect_t connect_req;
static uv_write_t write_req;
static uv_write_t write_req_2;
static uv_shutdown_t shutdown_req;
static int connected;
static int read_total;
static int read_ended;

static void accept_one(uv_stream_t* from, int status) {
  assert_int_equal(status, 0);
  assert_int_equal(uv_tcp_init(&loop, &accepted), 0);
  assert_int_equal(uv_accept(from, stream(&accepted)), 0);
}

static void count_connect(uv_connect_t* req, int status) {
  assert_ptr_equal(req, &connect_req);
  assert_ptr_equal(req->handle, &client);
  assert_int_equal(status, 0);
  connected++;
}

static void count_read(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  (void)buf;
  if (count < 0)
    read_ended = (int)count;
  else
    read_total += (int)count;
}

static int connect_to(uint16_t port, uv_connect_cb cb) {
  struct sockaddr_in address = loopback(port);

  return uv_tcp_connect(&connect_req, &client, plain(&address), cb);
}

static void open_client(void) {
  loop_open();
  write_req.data = "1";
  write_req_2.data = "2";
  assert_int_equal(uv_tcp_init(&loop, &client), 0);
}

static void test_connect_is_called_back_once_when_it_is_made(void** state) {
  struct sockaddr_in name;
  int size = sizeof(name);

  (void)state;
  open_client();
  listen_at_loopback(&server, accept_one);
  assert_int_equal(connect_to(port_of(&server), count_connect), 0);
  assert_int_equal(connected, 0);
  assert_int_equal(uv_is_active(handle(&client)), 0);
  run_until(&connected);
  run_turns(3);
  assert_int_equal(connected, 1);
  assert_int_equal(uv_is_readable(stream(&client)), 1);
  assert_int_equal(uv_is_writable(stream(&client)), 1);
  assert_int_equal(uv_tcp_getpeername(&client, (struct sockaddr*)&name, &size),
                   0);
  assert_int_equal(ntohs(name.sin_port), port_of(&server));
  gy_test_close_loop(&loop);
}

static void test_connect_to_the_unspecified_address_means_this_host(
    void** state) {
  struct sockaddr_in address;

  (void)state;
  open_client();
  listen_at_loopback(&server, accept_one);
  address = address_of(INADDR_ANY, port_of(&server));
  assert_int_equal(
      uv_tcp_connect(&connect_req, &client, plain(&address), count_connect), 0);
  run_until(&connected);
  gy_test_close_loop(&loop);
}

static void test_connect_over_v6_reaches_a_v6_listener(void** state) {
  struct sockaddr_in6 address;
  int size = sizeof(address);

  (void)state;
  open_client();
  memset(&address, 0, sizeof(address));
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  assert_int_equal(uv_tcp_init(&loop, &server), 0);
  if (uv_tcp_bind(&server, plain(&address), 0) != 0)
    gy_test_skip("no IPv6 here");
  assert_int_equal(uv_listen(stream(&server), 1, accept_one), 0);
  assert_int_equal(
      uv_tcp_getsockname(&server, (struct sockaddr*)&address, &size), 0);
  assert_int_equal(
      uv_tcp_connect(&connect_req, &client, plain(&address), count_connect), 0);
  run_until(&connected);
  gy_test_close_loop(&loop);
}

static void test_refused_connect_is_told_by_the_callback_once(void** state) {
  (void)state;
  open_client();
  assert_int_equal(connect_to(port_nobody_has(), told_connect), 0);
  assert_told("");
  run_turns(4);
  assert_told("connect ECONNREFUSED");
  gy_test_close_loop(&loop);
  assert_told("");
}

static void test_connect_where_there_is_no_way_is_told_at_once(void** state) {
  struct sockaddr_in everybody = address_of(INADDR_BROADCAST, 80);
  int err;

  (void)state;
  open_client();
  err = uv_tcp_connect(&connect_req, &client, plain(&everybody), told_connect);
  assert_true(err == UV_ENETUNREACH || err == UV_EACCES);
  run_turns(2);
  gy_test_close_loop(&loop);
  assert_told("");
}

static void test_connect_to_a_strange_family_is_invalid(void** state) {
  struct sockaddr_in strange = loopback(80);

  (void)state;
  open_client();
  strange.sin_family = AF_UNIX;
  assert_int_equal(
      uv_tcp_connect(&connect_req, &client, plain(&strange), told_connect),
      UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_second_connect_while_one_is_on_its_way_is_refused(
    void** state) {
  struct sockaddr_in address;
  uv_connect_t second;

  (void)state;
  open_client();
  listen_at_loopback(&server, accept_one);
  address = loopback(port_of(&server));
  assert_int_equal(connect_to(port_of(&server), count_connect), 0);
  assert_int_equal(
      uv_tcp_connect(&second, &client, plain(&address), told_connect),
      UV_EALREADY);
  run_until(&connected);
  gy_test_close_loop(&loop);
  assert_told("");
}

static void test_writes_wait_for_the_connection_and_keep_their_order(
    void** state) {
  uv_buf_t one = text("first ");
  uv_buf_t two = text("second");
  uv_os_fd_t fd;

  (void)state;
  open_client();
  listen_at_loopback(&server, accept_one);
  assert_int_equal(connect_to(port_of(&server), told_connect), 0);
  assert_int_equal(uv_try_write(stream(&client), &one, 1), UV_EAGAIN);
  assert_int_equal(uv_write(&write_req, stream(&client), &one, 1, told_write),
                   0);
  assert_int_equal(uv_write(&write_req_2, stream(&client), &two, 1, told_write),
                   0);
  assert_int_equal(client.write_queue_size, 12);
  assert_int_equal(uv_shutdown(&shutdown_req, stream(&client), told_shutdown),
                   0);
  run_turns(8);
  assert_told("connect 0, write1 0, write2 0, shutdown 0");
  assert_int_equal(client.write_queue_size, 0);
  assert_int_equal(uv_fileno(handle(&accepted), &fd), 0);
  assert_arrived(fd, "first second");
  gy_test_close_loop(&loop);
}

static void test_refused_connect_cancels_the_writes_behind_it(void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  open_client();
  assert_int_equal(connect_to(port_nobody_has(), told_connect), 0);
  assert_int_equal(uv_write(&write_req, stream(&client), &buf, 1, told_write),
                   0);
  assert_int_equal(uv_write(&write_req_2, stream(&client), &buf, 1, told_write),
                   0);
  assert_int_equal(client.write_queue_size, 10);
  run_turns(3);
  assert_told("connect ECONNREFUSED, write1 ECANCELED, write2 ECANCELED");
  assert_int_equal(client.write_queue_size, 0);
  gy_test_close_loop(&loop);
}

static void test_close_cancels_all_in_order_before_its_callback(void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  open_client();
  listen_at_loopback(&server, accept_one);
  assert_int_equal(connect_to(port_of(&server), told_connect), 0);
  assert_int_equal(uv_write(&write_req, stream(&client), &buf, 1, told_write),
                   0);
  assert_int_equal(uv_write(&write_req_2, stream(&client), &buf, 1, told_write),
                   0);
  assert_int_equal(uv_shutdown(&shutdown_req, stream(&client), told_shutdown),
                   0);
  uv_close(handle(&client), told_close);
  assert_told("");
  run_turns(1);
  assert_told(
      "connect ECANCELED, write1 ECANCELED, write2 ECANCELED, "
      "shutdown ECANCELED, close");
  gy_test_close_loop(&loop);
}

static void close_client(uv_connect_t* req, int status) {
  told_connect(req, status);
  uv_close(handle(req->handle), told_close);
}

static void test_client_may_be_closed_in_its_connect_callback(void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  open_client();
  listen_at_loopback(&server, accept_one);
  assert_int_equal(connect_to(port_of(&server), close_client), 0);
  assert_int_equal(uv_write(&write_req, stream(&client), &buf, 1, told_write),
                   0);
  run_turns(4);
  assert_told("connect 0, write1 ECANCELED, close");
  gy_test_close_loop(&loop);
}

static void test_client_may_be_closed_when_its_connect_is_refused(
    void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  open_client();
  assert_int_equal(connect_to(port_nobody_has(), close_client), 0);
  assert_int_equal(uv_write(&write_req, stream(&client), &buf, 1, told_write),
                   0);
  run_turns(4);
  assert_told("connect ECONNREFUSED, write1 ECANCELED, close");
  gy_test_close_loop(&loop);
}

static void test_reading_may_start_before_the_connection_is_made(void** state) {
  uv_buf_t buf = text("hello");
  uv_os_fd_t fd;

  (void)state;
  open_client();
  listen_at_loopback(&server, accept_one);
  assert_int_equal(connect_to(port_of(&server), count_connect), 0);
  assert_int_equal(uv_read_start(stream(&client), alloc_static, count_read), 0);
  run_until(&connected);
  run_turns(2);
  assert_int_equal(uv_fileno(handle(&accepted), &fd), 0);
  assert_int_equal(send(fd, buf.base, buf.len, 0), 5);
  run_until(&read_total);
  assert_int_equal(read_total, 5);
  gy_test_close_loop(&loop);
}

static void test_reset_of_one_end_is_an_error_at_the_other(void** state) {
  (void)state;
  open_client();
  listen_at_loopback(&server, accept_one);
  assert_int_equal(connect_to(port_of(&server), count_connect), 0);
  assert_int_equal(uv_read_start(stream(&client), alloc_static, count_read), 0);
  run_until(&connected);
  run_turns(2);
  assert_int_equal(uv_tcp_close_reset(&accepted, told_close), 0);
  run_until(&read_ended);
  assert_int_equal(read_ended, UV_ECONNRESET);
  assert_int_equal(uv_is_active(handle(&client)), 0);
  assert_int_equal(uv_is_readable(stream(&client)), 0);
  assert_int_equal(uv_is_writable(stream(&client)), 0);
  assert_int_equal(uv_read_start(stream(&client), alloc_static, count_read),
                   UV_ENOTCONN);
  gy_test_close_loop(&loop);
}

static void test_reset_during_a_shutdown_is_invalid(void** state) {
  (void)state;
  open_client();
  listen_at_loopback(&server, accept_one);
  assert_int_equal(connect_to(port_of(&server), count_connect), 0);
  run_until(&connected);
  assert_int_equal(uv_shutdown(&shutdown_req, stream(&client), told_shutdown),
                   0);
  assert_int_equal(uv_tcp_close_reset(&client, told_close), UV_EINVAL);
  assert_int_equal(uv_is_closing(handle(&client)), 0);
  run_turns(2);
  assert_told("shutdown 0");
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_connect_is_called_back_once_when_it_is_made),
    cmocka_unit_test(test_connect_to_the_unspecified_address_means_this_host),
    cmocka_unit_test(test_connect_over_v6_reaches_a_v6_listener),
    cmocka_unit_test(test_refused_connect_is_told_by_the_callback_once),
    cmocka_unit_test(test_connect_where_there_is_no_way_is_told_at_once),
    cmocka_unit_test(test_connect_to_a_strange_family_is_invalid),
    cmocka_unit_test(test_second_connect_while_one_is_on_its_way_is_refused),
    cmocka_unit_test(test_writes_wait_for_the_connection_and_keep_their_order),
    cmocka_unit_test(test_refused_connect_cancels_the_writes_behind_it),
    cmocka_unit_test(test_close_cancels_all_in_order_before_its_callback),
    cmocka_unit_test(test_client_may_be_closed_in_its_connect_callback),
    cmocka_unit_test(test_client_may_be_closed_when_its_connect_is_refused),
    cmocka_unit_test(test_reading_may_start_before_the_connection_is_made),
    cmocka_unit_test(test_reset_of_one_end_is_an_error_at_the_other),
    cmocka_unit_test(test_reset_during_a_shutdown_is_invalid),
};

GY_TEST_MAIN(tests)
