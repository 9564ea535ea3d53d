/* tcp-listen.c - tests of uv_listen() and uv_accept(): how connections are
 * announced, taken, and left waiting. The peers are plain sockets, connected
 * without blocking: the kernel completes a connection before it is accepted. */
#include "streams.h"

#include <sys/resource.h>

enum {
  CROWD = 200,
  FDS_MOST = 64 /* descriptors, where they are scarce */
};

static uv_tcp_t server;
static uv_tcp_t second_server;
static uv_tcp_t clients[CROWD];
static int peers[CROWD];
static int peer_count;
static int announced;
static int accepted_count;
static int last_status;
static int failures;

/* Knock at |port|: a peer that is connected, but for the accept. */
static void knock(uint16_t port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  assert_true(fd >= 0);
  assert_int_equal(connect(fd, plain(&address), sizeof(address)), 0);
  peers[peer_count++] = fd;
}

static void send_peers_home(void) {
  while (peer_count > 0)
    close(peers[--peer_count]);
}

static void count_only(uv_stream_t* from, int status) {
  (void)from;
  last_status = status;
  if (status == 0)
    announced++;
  else
    failures++;
}

static void accept_next(uv_stream_t* from) {
  uv_tcp_t* client = &clients[accepted_count];

  assert_int_equal(uv_tcp_init(&loop, client), 0);
  assert_int_equal(uv_accept(from, stream(client)), 0);
  accepted_count++;
}

static void accept_each(uv_stream_t* from, int status) {
  count_only(from, status);
  if (status == 0)
    accept_next(from);
}

static void close_all(void) {
  gy_test_close_loop(&loop);
  send_peers_home();
}

static void test_listener_is_active_and_accepts_what_comes(void** state) {
  uv_os_fd_t fd;

  (void)state;
  loop_open();
  listen_at_loopback(&server, accept_each);
  assert_int_equal(uv_is_active(handle(&server)), 1);
  assert_int_equal(uv_is_readable(stream(&server)), 0);
  knock(port_of(&server));
  run_until(&announced);
  assert_int_equal(accepted_count, 1);
  assert_int_equal(uv_is_readable(stream(&clients[0])), 1);
  assert_int_equal(uv_is_writable(stream(&clients[0])), 1);
  assert_int_equal(uv_is_active(handle(&clients[0])), 0);
  assert_int_equal(uv_fileno(handle(&clients[0]), &fd), 0);
  assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  close_all();
}

static void test_connection_that_is_not_accepted_holds_up_the_others(
    void** state) {
  (void)state;
  loop_open();
  listen_at_loopback(&server, count_only);
  knock(port_of(&server));
  knock(port_of(&server));
  run_until(&announced);
  run_turns(5);
  assert_int_equal(announced, 1);
  accept_next(stream(&server));
  run_turns(5);
  assert_int_equal(announced, 2);
  accept_next(stream(&server));
  run_turns(5);
  assert_int_equal(announced, 2);
  assert_int_equal(uv_accept(stream(&server), stream(&clients[0])), UV_EAGAIN);
  close_all();
}

static void test_crowd_is_accepted_to_the_last(void** state) {
  (void)state;
  loop_open();
  listen_at_loopback(&server, accept_each);
  for (int i = 0; i < CROWD / 2; i++)
    knock(port_of(&server));
  for (int turn = 0; accepted_count < CROWD / 2 && turn < TURNS_MOST; turn++)
    uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(accepted_count, CROWD / 2);
  assert_int_equal(announced, CROWD / 2);
  close_all();
}

static void test_two_crowds_take_turns(void** state) {
  (void)state;
  loop_open();
  listen_at_loopback(&server, accept_each);
  listen_at_loopback(&second_server, count_only);
  for (int i = 0; i < 100; i++)
    knock(port_of(&server));
  knock(port_of(&second_server));
  run_turns(3);
  /* Nobody is kept out by a crowd at another door. */
  assert_true(announced > accepted_count);
  close_all();
}

static int late_accept_err;

static void accept_twice(uv_stream_t* from, int status) {
  static uv_tcp_t second;

  accept_each(from, status);
  assert_int_equal(uv_tcp_init(&loop, &second), 0);
  late_accept_err = uv_accept(from, stream(&second));
}

static void test_second_accept_for_one_announcement_says_again(void** state) {
  (void)state;
  loop_open();
  listen_at_loopback(&server, accept_twice);
  knock(port_of(&server));
  run_until(&announced);
  assert_int_equal(late_accept_err, UV_EAGAIN);
  close_all();
}

static void test_accept_into_a_handle_that_has_a_socket_is_busy(void** state) {
  uv_tcp_t taken;

  (void)state;
  loop_open();
  listen_at_loopback(&server, count_only);
  knock(port_of(&server));
  run_until(&announced);
  assert_int_equal(uv_tcp_init_ex(&loop, &taken, AF_INET), 0);
  assert_int_equal(uv_accept(stream(&server), stream(&taken)), UV_EBUSY);
  close_all();
}

static void close_server(uv_stream_t* from, int status) {
  count_only(from, status);
  uv_close(handle(from), NULL);
}

static void test_listener_may_be_closed_in_its_callback(void** state) {
  (void)state;
  loop_open();
  listen_at_loopback(&server, close_server);
  knock(port_of(&server));
  knock(port_of(&server));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(announced, 1);
  close_all();
}

static void test_listener_closes_what_nobody_accepted(void** state) {
  char byte;

  (void)state;
  loop_open();
  listen_at_loopback(&server, count_only);
  knock(port_of(&server));
  run_until(&announced);
  gy_test_close_loop(&loop);
  assert_true(recv(peers[0], &byte, 1, 0) <= 0);
  send_peers_home();
}

static void test_listening_again_changes_the_callback(void** state) {
  (void)state;
  loop_open();
  listen_at_loopback(&server, count_only);
  assert_int_equal(uv_listen(stream(&server), 8, accept_each), 0);
  knock(port_of(&server));
  run_until(&announced);
  assert_int_equal(accepted_count, 1);
  close_all();
}

static void test_listening_without_an_address_takes_a_free_port(void** state) {
  (void)state;
  loop_open();
  assert_int_equal(uv_tcp_init(&loop, &server), 0);
  assert_int_equal(uv_listen(stream(&server), 8, accept_each), 0);
  knock(port_of(&server));
  run_until(&announced);
  close_all();
}

static void test_what_cannot_listen_is_told_so(void** state) {
  uv_tcp_t tcp;
  int far;

  (void)state;
  loop_open();
  open_pair(&tcp, &far);
  assert_int_equal(uv_listen(stream(&tcp), 8, count_only), UV_EINVAL);
  uv_close(handle(&tcp), NULL);
  assert_int_equal(uv_listen(stream(&tcp), 8, count_only), UV_EINVAL);
  gy_test_close_loop(&loop);
  close(far);
}

static void test_wishes_of_a_handle_are_granted_when_it_accepts(void** state) {
  int value = -1;
  socklen_t size = sizeof(value);
  uv_os_fd_t fd;

  (void)state;
  loop_open();
  listen_at_loopback(&server, count_only);
  knock(port_of(&server));
  run_until(&announced);
  assert_int_equal(uv_tcp_init(&loop, &clients[0]), 0);
  assert_int_equal(uv_tcp_nodelay(&clients[0], 1), 0);
  assert_int_equal(uv_accept(stream(&server), stream(&clients[0])), 0);
  assert_int_equal(uv_fileno(handle(&clients[0]), &fd), 0);
  assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
  assert_int_equal(value, 1);
  close_all();
}

/* ---- no descriptor to spare ------------------------------------------------
 */

/* Let the process have few descriptors. Before it listens: a request that is at
 * the kernel keeps to the limit of when it was made. */
static void fds_limit(void) {
  struct rlimit limit;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = FDS_MOST;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int taken_fds[FDS_MOST];
static int taken_count;

/* Leave none to open. */
static void fds_take(void) {
  int fd = dup(0);

  while (fd >= 0) {
    taken_fds[taken_count++] = fd;
    fd = dup(0);
  }
  assert_int_equal(errno, EMFILE);
}

static void fds_return(void) {
  while (taken_count > 0)
    close(taken_fds[--taken_count]);
}

static void test_without_descriptors_a_listener_says_so_and_lives_on(
    void** state) {
  (void)state;
  fds_limit();
  loop_open();
  listen_at_loopback(&server, accept_each);
  knock(port_of(&server));
  run_until(&announced);
  knock(port_of(&server));
  fds_take();
  run_until(&failures);
  assert_int_equal(last_status, UV_EMFILE);
  assert_int_equal(uv_is_active(handle(&server)), 1);
  fds_return();
  announced = 0;
  knock(port_of(&server)); /* libuv drops the one that waited */
  run_until(&announced);
  close_all();
}

static void test_starved_listener_does_not_keep_the_loop_busy(void** state) {
  int turns = 0;
  uint64_t end;

  (void)state;
  fds_limit();
  loop_open();
  listen_at_loopback(&server, accept_each);
  knock(port_of(&server));
  fds_take();
  run_until(&failures);
  end = uv_hrtime() + 100000000;
  while (uv_hrtime() < end) {
    uv_run(&loop, UV_RUN_ONCE);
    turns++;
  }
  fds_return();
  assert_true(turns < 30);
  assert_int_equal(failures, 1); /* told once, not at each try */
  run_until(&announced);         /* and what waited is served at last */
  close_all();
}

static void test_starved_listener_may_be_closed(void** state) {
  (void)state;
  fds_limit();
  loop_open();
  listen_at_loopback(&server, close_server);
  knock(port_of(&server));
  fds_take();
  uv_run(&loop, UV_RUN_DEFAULT);
  fds_return();
  assert_int_equal(failures, 1);
  close_all();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_listener_is_active_and_accepts_what_comes),
    cmocka_unit_test(test_connection_that_is_not_accepted_holds_up_the_others),
    cmocka_unit_test(test_crowd_is_accepted_to_the_last),
    cmocka_unit_test(test_two_crowds_take_turns),
    cmocka_unit_test(test_second_accept_for_one_announcement_says_again),
    cmocka_unit_test(test_accept_into_a_handle_that_has_a_socket_is_busy),
    cmocka_unit_test(test_listener_may_be_closed_in_its_callback),
    cmocka_unit_test(test_listener_closes_what_nobody_accepted),
    cmocka_unit_test(test_listening_again_changes_the_callback),
    cmocka_unit_test(test_listening_without_an_address_takes_a_free_port),
    cmocka_unit_test(test_what_cannot_listen_is_told_so),
    cmocka_unit_test(test_wishes_of_a_handle_are_granted_when_it_accepts),
    cmocka_unit_test(test_without_descriptors_a_listener_says_so_and_lives_on),
    cmocka_unit_test(test_starved_listener_does_not_keep_the_loop_busy),
    cmocka_unit_test(test_starved_listener_may_be_closed),
};

GY_TEST_MAIN(tests)
