/* udp-burst.c - tests of many datagrams that wait at once. The library may take
 * them from the kernel before it can hand them over; a program must not be able
 * to tell.
 *
 * Where a callback stops, the rest has been taken if anything is: a handle
 * takes ahead once it has seen a crowd, which open_crowded() shows it. */
#include "udp.h"

#include <sys/wait.h>

enum {
  TURN_MOST = 32, /* datagrams of a handle in a turn */
  LARGE = 20000   /* bytes */
};

static uv_udp_t here;
static uv_udp_t there;
static uv_udp_t third;
static struct sockaddr_in here_addr;
static struct sockaddr_in there_addr;
static struct sockaddr_in third_addr;
static uint16_t sender_port;
static int ends;    /* how often nothing more was told */
static int refused; /* how often there was no memory */

static uint16_t port_from(const struct sockaddr* from) {
  struct sockaddr_in address;

  memcpy(&address, from, sizeof(address));
  return address.sin_port;
}

static void burst_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                       const struct sockaddr* from, unsigned flags) {
  refused += count == UV_ENOBUFS;
  ends += count == 0 && from == NULL;
  if (count != UV_ENOBUFS)
    told_recv(udp, count, buf, from, flags);
  sender_port = from != NULL ? port_from(from) : 0;
}

/* Send the letters of |letters| to |to|, a datagram each. */
static void send_letters(uv_udp_t* from, const char* letters,
                         const struct sockaddr_in* to) {
  char word[2] = "";

  for (; *letters != '\0'; letters++) {
    word[0] = *letters;
    send_now(from, word, to);
  }
}

static void start(uv_udp_t* udp, uv_udp_recv_cb recv_cb) {
  assert_int_equal(uv_udp_recv_start(udp, alloc_room, recv_cb), 0);
}

/* Show |udp|, at |address|, that many may come at once. */
static void show_crowd(uv_udp_t* udp, const struct sockaddr_in* address) {
  start(udp, burst_recv);
  send_letters(&there, "1234", address);
  run_turns(3);
  assert_told("'1'/0, '2'/0, '3'/0, '4'/0");
  assert_int_equal(uv_udp_recv_stop(udp), 0);
  ends = 0;
}

static void open_all(void) {
  loop_open();
  room_size = sizeof(room);
  here_addr = open_udp(&here, 0);
  there_addr = open_udp(&there, 0);
  third_addr = open_udp(&third, 0);
}

/* Open all; |here| is stopped, and knows crowds. */
static void open_crowded(void) {
  open_all();
  show_crowd(&here, &here_addr);
}

static void stop_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                      const struct sockaddr* from, unsigned flags) {
  burst_recv(udp, count, buf, from, flags);
  assert_int_equal(uv_udp_recv_stop(udp), 0);
}

/* Open all; |here| was told 'a', and stopped while "bcd" were behind it. */
static void open_stopped(void) {
  open_crowded();
  start(&here, stop_recv);
  send_letters(&there, "abcd", &here_addr);
  run_turns(3);
  assert_told("'a'/0");
  assert_false(uv_is_active(handle(&here)));
}

/* ---- as they come ---------------------------------------------------------
 */

static void test_crowd_comes_in_order_and_then_the_end_is_told(void** state) {
  (void)state;
  open_crowded();
  start(&here, burst_recv);
  send_letters(&there, "abcdefgh", &here_addr);
  run_turns(1);
  assert_told("'a'/0, 'b'/0, 'c'/0, 'd'/0, 'e'/0, 'f'/0, 'g'/0, 'h'/0");
  assert_int_equal(ends, 1);
  gy_test_close_loop(&loop);
}

static uint16_t ports[4];
static int port_count;

static void note_port(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                      const struct sockaddr* from, unsigned flags) {
  burst_recv(udp, count, buf, from, flags);
  if (from != NULL)
    ports[port_count++] = sender_port;
}

static void test_each_of_a_crowd_has_the_address_of_its_sender(void** state) {
  (void)state;
  open_crowded();
  start(&here, note_port);
  send_now(&there, "a", &here_addr);
  send_now(&third, "b", &here_addr);
  send_now(&third, "", &here_addr);
  send_now(&there, "d", &here_addr);
  run_turns(1);
  assert_told("'a'/0, 'b'/0, ''/0, 'd'/0");
  assert_int_equal(ports[0], there_addr.sin_port);
  assert_int_equal(ports[1], third_addr.sin_port);
  assert_int_equal(ports[2], third_addr.sin_port);
  assert_int_equal(ports[3], there_addr.sin_port);
  gy_test_close_loop(&loop);
}

static void test_crowd_is_cut_to_the_memory_of_each(void** state) {
  (void)state;
  open_crowded();
  start(&here, burst_recv);
  room_size = 3;
  send_now(&there, "abcdef", &here_addr);
  send_now(&there, "abc", &here_addr);
  send_now(&there, "abcd", &here_addr);
  send_now(&there, "ab", &here_addr);
  run_turns(1);
  assert_told("'abc'/2, 'abc'/0, 'abc'/2, 'ab'/0");
  gy_test_close_loop(&loop);
}

static void test_no_more_than_a_share_is_told_in_a_turn(void** state) {
  (void)state;
  for (int crowded = 0; crowded < 2; crowded++) {
    if (crowded)
      open_crowded();
    else
      open_all();
    ends = 0;
    start(&here, burst_recv);
    for (int i = 0; i < TURN_MOST + 8; i++)
      send_now(&there, "x", &here_addr);
    run_turns(1);
    assert_int_equal(told_count, TURN_MOST);
    assert_int_equal(ends, 0);
    run_turns(1);
    assert_int_equal(told_count, TURN_MOST + 8);
    assert_int_equal(ends, 1);
    gy_test_close_loop(&loop);
  }
}

static char large[LARGE];
static int large_told;

static void check_large(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                        const struct sockaddr* from, unsigned flags) {
  (void)udp;
  assert_int_equal(flags, 0);
  if (from == NULL)
    return;
  if (count == 1) {
    assert_int_equal(buf->base[0], 's');
  } else {
    assert_int_equal(count, LARGE);
    assert_memory_equal(buf->base, large, LARGE);
  }
  large_told++;
}

static void test_large_datagrams_among_small_ones_come_whole(void** state) {
  uv_buf_t buf = uv_buf_init(large, LARGE);

  (void)state;
  open_crowded();
  for (int i = 0; i < LARGE; i++)
    large[i] = (char)(i * 7 + i / 256);
  start(&here, check_large);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 3; i++) {
      assert_int_equal(uv_udp_try_send(&there, &buf, 1, plain(&here_addr)),
                       LARGE);
      send_now(&there, "s", &here_addr);
    }
    run_turns(3);
    assert_int_equal(large_told, 6 * (round + 1));
  }
  gy_test_close_loop(&loop);
}

/* ---- stopped in the middle ------------------------------------------------
 */

static void test_rest_of_a_stopped_crowd_comes_first_after_a_start(
    void** state) {
  (void)state;
  open_stopped();
  start(&here, burst_recv);
  assert_told(""); /* not from within the call */
  send_letters(&there, "ef", &here_addr);
  run_turns(2);
  assert_told("'b'/0, 'c'/0, 'd'/0, 'e'/0, 'f'/0");
  gy_test_close_loop(&loop);
}

static void test_rest_of_a_stopped_crowd_needs_no_other_datagram(void** state) {
  (void)state;
  open_stopped();
  ends = 0;
  start(&here, burst_recv);
  while (told_count < 3)
    uv_run(&loop, UV_RUN_ONCE);
  assert_told("'b'/0, 'c'/0, 'd'/0");
  run_turns(1);
  assert_int_equal(ends, 1);
  gy_test_close_loop(&loop);
}

static void test_crowd_is_told_one_by_one_to_who_stops_after_each(
    void** state) {
  (void)state;
  open_stopped();
  for (int i = 0; i < 3; i++) {
    start(&here, stop_recv);
    run_turns(1);
    assert_int_equal(told_count, i + 1);
  }
  assert_told("'b'/0, 'c'/0, 'd'/0");
  gy_test_close_loop(&loop);
}

static void restart_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                         const struct sockaddr* from, unsigned flags) {
  stop_recv(udp, count, buf, from, flags);
  start(udp, burst_recv);
}

static void test_start_in_the_callback_that_stopped_goes_on_in_order(
    void** state) {
  (void)state;
  open_crowded();
  start(&here, restart_recv);
  send_letters(&there, "abcd", &here_addr);
  run_turns(1);
  assert_told("'a'/0, 'b'/0, 'c'/0, 'd'/0");
  run_turns(2);
  assert_told("");
  gy_test_close_loop(&loop);
}

static void test_stopped_crowd_waits_while_the_handle_is_connected(
    void** state) {
  struct sockaddr_in address;
  int size = sizeof(address);

  (void)state;
  open_stopped();
  assert_int_equal(uv_udp_getsockname(&here, (struct sockaddr*)&address, &size),
                   0);
  assert_int_equal(address.sin_port, here_addr.sin_port);
  assert_int_equal(uv_udp_connect(&here, plain(&third_addr)), 0);
  start(&here, stop_recv);
  run_turns(1);
  assert_told("'b'/0");
  assert_int_equal(sender_port, there_addr.sin_port);
  assert_int_equal(uv_udp_connect(&here, NULL), 0);
  start(&here, burst_recv);
  run_turns(1);
  assert_told("'c'/0, 'd'/0");
  gy_test_close_loop(&loop);
}

static void test_crowds_of_two_handles_do_not_mix(void** state) {
  (void)state;
  open_stopped();
  show_crowd(&third, &third_addr);
  start(&third, burst_recv);
  send_letters(&there, "vwxyz", &third_addr);
  run_turns(1);
  assert_told("'v'/0, 'w'/0, 'x'/0, 'y'/0, 'z'/0");
  start(&here, burst_recv);
  run_turns(1);
  assert_told("'b'/0, 'c'/0, 'd'/0");
  send_letters(&there, "ef", &here_addr);
  send_letters(&there, "gh", &third_addr);
  run_turns(2);
  assert_int_equal(told_count, 4);
  gy_test_close_loop(&loop);
}

/* ---- closed in the middle -------------------------------------------------
 */

static void close_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                       const struct sockaddr* from, unsigned flags) {
  uv_close(handle(udp), told_close);
  burst_recv(udp, count, buf, from, flags);
}

static void test_close_in_the_middle_of_a_crowd_is_the_end(void** state) {
  (void)state;
  open_crowded();
  start(&here, close_recv);
  send_letters(&there, "abcd", &here_addr);
  run_turns(3);
  assert_told("'a'/0, close");
  assert_int_equal(sender_port, there_addr.sin_port);
  gy_test_close_loop(&loop);
}

static void test_close_after_a_stop_forgets_the_rest(void** state) {
  (void)state;
  open_stopped();
  start(&here, burst_recv);
  uv_close(handle(&here), told_close);
  run_turns(3);
  assert_told("close");
  gy_test_close_loop(&loop);
}

/* ---- without memory -------------------------------------------------------
 */

static int rooms_left;

static void alloc_while_there_is(uv_handle_t* of, size_t suggested,
                                 uv_buf_t* buf) {
  alloc_room(of, suggested, buf);
  if (rooms_left-- <= 0)
    *buf = uv_buf_init(NULL, 0);
}

static void test_crowd_waits_until_there_is_memory_for_it(void** state) {
  (void)state;
  open_crowded();
  rooms_left = 2;
  refused = 0;
  assert_int_equal(uv_udp_recv_start(&here, alloc_while_there_is, burst_recv),
                   0);
  send_letters(&there, "abcd", &here_addr);
  run_turns(1);
  assert_told("'a'/0, 'b'/0");
  assert_int_equal(refused, 1);
  for (int turn = 2; turn < 6; turn++) {
    uv_run(&loop, UV_RUN_ONCE); /* As long as it waits, nobody sleeps. */
    assert_int_equal(refused, turn);
  }
  send_letters(&there, "e", &here_addr);
  run_turns(1);
  assert_int_equal(refused, 6);
  rooms_left = TURNS_MOST;
  run_turns(3);
  assert_told("'c'/0, 'd'/0, 'e'/0");
  gy_test_close_loop(&loop);
}

static void stop_if_refused(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                            const struct sockaddr* from, unsigned flags) {
  burst_recv(udp, count, buf, from, flags);
  if (count == UV_ENOBUFS)
    uv_close(handle(udp), told_close);
}

static void test_handle_may_be_closed_when_there_is_no_memory(void** state) {
  (void)state;
  open_crowded();
  rooms_left = 2;
  assert_int_equal(
      uv_udp_recv_start(&here, alloc_while_there_is, stop_if_refused), 0);
  send_letters(&there, "abcd", &here_addr);
  run_turns(3);
  assert_told("'a'/0, 'b'/0, close");
  gy_test_close_loop(&loop);
}

/* ---- whose descriptor others know -----------------------------------------
 */

/* What the kernel has for |fd|, in letters. */
static const char* letters_of(int fd) {
  static char letters[16];
  size_t count = 0;

  while (count < sizeof(letters) - 1 &&
         recv(fd, letters + count, 1, MSG_DONTWAIT) == 1)
    count++;
  letters[count] = '\0';
  return letters;
}

static void test_nothing_is_taken_of_a_socket_whose_number_was_asked_for(
    void** state) {
  uv_os_fd_t fd;

  (void)state;
  open_crowded();
  assert_int_equal(uv_fileno(handle(&here), &fd), 0);
  start(&here, stop_recv);
  send_letters(&there, "abcd", &here_addr);
  run_turns(2);
  assert_told("'a'/0");
  assert_string_equal(letters_of(fd), "bcd");
  gy_test_close_loop(&loop);
}

static void test_nothing_is_taken_of_a_socket_that_was_given(void** state) {
  int fd;

  (void)state;
  open_all();
  uv_close(handle(&here), NULL);
  run_turns(1);
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  here_addr = loopback(0);
  assert_int_equal(bind(fd, plain(&here_addr), sizeof(here_addr)), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr*)&here_addr,
                               &(socklen_t){sizeof(here_addr)}),
                   0);
  assert_int_equal(uv_udp_init(&loop, &here), 0);
  assert_int_equal(uv_udp_open(&here, fd), 0);
  show_crowd(&here, &here_addr);
  start(&here, stop_recv);
  send_letters(&there, "abcd", &here_addr);
  run_turns(2);
  assert_told("'a'/0");
  assert_string_equal(letters_of(fd), "bcd");
  gy_test_close_loop(&loop);
}

/* Send the descriptor of |here| over a pipe, and take it at the other end, as
 * another process would. */
static int pass_on(uv_pipe_t* pipe, uv_write_t* req) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  uv_buf_t buf = text("x");
  char byte;
  struct iovec bytes = {&byte, 1};
  struct msghdr message = {0};
  int fds[2];
  int fd;

  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_pipe_init(&loop, pipe, 1), 0);
  assert_int_equal(uv_pipe_open(pipe, fds[0]), 0);
  assert_int_equal(uv_write2(req, stream(pipe), &buf, 1, stream(&here), NULL),
                   0);
  run_turns(1);
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof(control);
  assert_int_equal(recvmsg(fds[1], &message, 0), 1);
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
  assert_int_equal(close(fds[1]), 0);
  return fd;
}

static void test_nothing_is_taken_of_a_socket_that_was_passed_on(void** state) {
  uv_pipe_t pipe;
  uv_write_t req;
  int fd;

  (void)state;
  open_crowded();
  fd = pass_on(&pipe, &req);
  start(&here, stop_recv);
  send_letters(&there, "abcd", &here_addr);
  run_turns(2);
  assert_told("'a'/0");
  assert_string_equal(letters_of(fd), "bcd");
  assert_int_equal(close(fd), 0);
  gy_test_close_loop(&loop);
}

/* ---- forks ----------------------------------------------------------------
 */

/* In the child: what was taken is the parent's. Exits 0 if it is so. */
static void child_hears_only_its_own(void) {
  bool good = uv_loop_fork(&loop) == 0;

  start(&here, burst_recv);
  run_turns(3);
  good = good && told_count == 0;
  send_letters(&there, "z", &here_addr);
  run_turns(3);
  good = good && told_count == 1 && strcmp(told[0], "'z'/0") == 0;
  _exit(good ? 0 : 1);
}

static void test_rest_of_a_stopped_crowd_is_the_parents(void** state) {
  uv_os_fd_t fd;
  int status = -1;
  pid_t pid;

  (void)state;
  open_stopped();
  assert_int_equal(uv_fileno(handle(&here), &fd), 0);
  if (letters_of(fd)[0] != '\0')
    gy_test_skip("nothing is taken ahead here");
  fflush(NULL); /* else the child prints what the parent has not yet */
  pid = fork();
  if (pid == 0)
    child_hears_only_its_own();
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  start(&here, burst_recv);
  run_turns(2);
  assert_told("'b'/0, 'c'/0, 'd'/0");
  gy_test_close_loop(&loop);
}

/* ---- errors ---------------------------------------------------------------
 */

static void test_error_is_told_before_the_crowd_that_it_came_with(
    void** state) {
  uv_buf_t buf = text("x");

  (void)state;
  open_crowded();
  assert_int_equal(uv_udp_connect(&here, plain(&there_addr)), 0);
  send_letters(&there, "abc", &here_addr);
  uv_close(handle(&there), NULL);
  run_turns(1);
  assert_int_equal(uv_udp_try_send(&here, &buf, 1, NULL), 1);
  start(&here, burst_recv);
  run_turns(3);
  assert_told("ECONNREFUSED/0, 'a'/0, 'b'/0, 'c'/0");
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_crowd_comes_in_order_and_then_the_end_is_told),
    cmocka_unit_test(test_each_of_a_crowd_has_the_address_of_its_sender),
    cmocka_unit_test(test_crowd_is_cut_to_the_memory_of_each),
    cmocka_unit_test(test_no_more_than_a_share_is_told_in_a_turn),
    cmocka_unit_test(test_large_datagrams_among_small_ones_come_whole),
    cmocka_unit_test(test_rest_of_a_stopped_crowd_comes_first_after_a_start),
    cmocka_unit_test(test_rest_of_a_stopped_crowd_needs_no_other_datagram),
    cmocka_unit_test(test_crowd_is_told_one_by_one_to_who_stops_after_each),
    cmocka_unit_test(test_start_in_the_callback_that_stopped_goes_on_in_order),
    cmocka_unit_test(test_stopped_crowd_waits_while_the_handle_is_connected),
    cmocka_unit_test(test_crowds_of_two_handles_do_not_mix),
    cmocka_unit_test(test_close_in_the_middle_of_a_crowd_is_the_end),
    cmocka_unit_test(test_close_after_a_stop_forgets_the_rest),
    cmocka_unit_test(test_crowd_waits_until_there_is_memory_for_it),
    cmocka_unit_test(test_handle_may_be_closed_when_there_is_no_memory),
    cmocka_unit_test(
        test_nothing_is_taken_of_a_socket_whose_number_was_asked_for),
    cmocka_unit_test(test_nothing_is_taken_of_a_socket_that_was_given),
    cmocka_unit_test(test_nothing_is_taken_of_a_socket_that_was_passed_on),
    cmocka_unit_test(test_rest_of_a_stopped_crowd_is_the_parents),
    cmocka_unit_test(test_error_is_told_before_the_crowd_that_it_came_with),
};

GY_TEST_MAIN(tests)
