/* udp-recv.c - tests of what arrives at UDP handles. */
#include "udp.h"

static uv_udp_t here;
static uv_udp_t there;
static struct sockaddr_in here_addr;
static struct sockaddr_in there_addr;

static void open_both(unsigned flags) {
  loop_open();
  room_size = sizeof(room);
  here_addr = open_udp(&here, flags);
  there_addr = open_udp(&there, 0);
}

static void test_datagrams_arrive_one_by_one_with_their_sender(void** state) {
  (void)state;
  open_both(0);
  start_udp(&here);
  send_now(&there, "one", &here_addr);
  send_now(&there, "", &here_addr);
  send_now(&there, "three", &here_addr);
  run_turns(3);
  assert_told("'one'/0, ''/0, 'three'/0");
  gy_test_close_loop(&loop);
}

static void test_receiving_twice_is_refused_and_stopping_twice_is_not(
    void** state) {
  (void)state;
  open_both(0);
  assert_int_equal(uv_udp_recv_start(&here, NULL, told_recv), UV_EINVAL);
  assert_int_equal(uv_udp_recv_start(&here, alloc_room, NULL), UV_EINVAL);
  start_udp(&here);
  assert_true(uv_is_active(handle(&here)));
  assert_int_equal(uv_udp_recv_start(&here, alloc_room, told_recv),
                   UV_EALREADY);
  assert_int_equal(uv_udp_recv_stop(&here), 0);
  assert_int_equal(uv_udp_recv_stop(&here), 0);
  assert_false(uv_is_active(handle(&here)));
  send_now(&there, "unheard", &here_addr);
  run_turns(2);
  assert_told("");
  uv_close(handle(&here), NULL);
  assert_int_equal(uv_udp_recv_start(&here, alloc_room, told_recv), UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_datagram_too_long_for_its_buffer_is_cut_and_marked(
    void** state) {
  (void)state;
  open_both(0);
  room_size = 3;
  start_udp(&here);
  send_now(&there, "abcdef", &here_addr);
  send_now(&there, "abc", &here_addr);
  run_turns(3);
  assert_told("'abc'/2, 'abc'/0");
  gy_test_close_loop(&loop);
}

static void alloc_nothing(uv_handle_t* of, size_t suggested, uv_buf_t* buf) {
  (void)of;
  (void)suggested;
  *buf = uv_buf_init(NULL, 0);
}

static void test_without_memory_the_datagram_waits(void** state) {
  (void)state;
  open_both(0);
  assert_int_equal(uv_udp_recv_start(&here, alloc_nothing, told_recv), 0);
  send_now(&there, "patient", &here_addr);
  run_turns(1);
  assert_told("ENOBUFS/0");
  assert_int_equal(uv_udp_recv_stop(&here), 0);
  start_udp(&here);
  run_turns(2);
  assert_told("'patient'/0");
  gy_test_close_loop(&loop);
}

static int rooms_out; /* given and not yet given back */
static int ends;      /* how often nothing more was told */

static void lend(uv_handle_t* of, size_t suggested, uv_buf_t* buf) {
  alloc_room(of, suggested, buf);
  rooms_out++;
}

static void take_back(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                      const struct sockaddr* from, unsigned flags) {
  told_recv(udp, count, buf, from, flags);
  assert_in_range(buf->base - room, 0, sizeof(room) - 1);
  ends += count == 0 && from == NULL;
  if (!(flags & UV_UDP_MMSG_CHUNK)) {
    assert_int_equal(rooms_out, 1);
    rooms_out--;
  }
}

/* BIND has one room for all, and insists on it. */
static void test_whatever_is_told_comes_with_the_memory_given_for_it(
    void** state) {
  const unsigned flags[] = {0, UV_UDP_RECVMMSG};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    open_both(flags[i]);
    ends = 0;
    assert_int_equal(uv_udp_recv_start(&here, lend, take_back), 0);
    for (int turn = 0; turn < 8; turn++) {
      send_now(&there, "word", &here_addr);
      run_turns(1);
      assert_int_equal(rooms_out, 0);
    }
    assert_true(ends > 0);
    gy_test_close_loop(&loop);
  }
}

/* ---- many with one call ---------------------------------------------------
 */

static int chunk_count;
static int chunk_frees;

static void chunk_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                       const struct sockaddr* from, unsigned flags) {
  told_recv(udp, count, buf, from, flags);
  if (flags & UV_UDP_MMSG_CHUNK) {
    assert_int_equal(buf->len, CHUNK);
    assert_ptr_equal(buf->base, room + chunk_count++ % 4 * CHUNK);
  }
  if (flags & UV_UDP_MMSG_FREE) {
    assert_int_equal(count, 0);
    assert_null(from);
    assert_ptr_equal(buf->base, room);
    assert_int_equal(buf->len, sizeof(room));
    chunk_frees++;
  }
}

static void open_many(void) {
  open_both(UV_UDP_RECVMMSG);
  if (!uv_udp_using_recvmmsg(&here))
    gy_test_skip("there is no recvmmsg");
  assert_false(uv_udp_using_recvmmsg(&there));
}

static void test_many_datagrams_come_in_chunks_and_the_memory_back_at_the_end(
    void** state) {
  (void)state;
  open_many();
  assert_int_equal(uv_udp_recv_start(&here, alloc_room, chunk_recv), 0);
  for (int i = 0; i < 6; i++)
    send_now(&there, "m", &here_addr);
  run_turns(3);
  assert_told("'m'/8, 'm'/8, 'm'/8, 'm'/8, ''/16, 'm'/8, 'm'/8, ''/16");
  assert_int_equal(chunk_frees, 2);
  gy_test_close_loop(&loop);
}

static void test_memory_for_one_chunk_is_used_as_if_there_were_no_recvmmsg(
    void** state) {
  (void)state;
  open_many();
  room_size = 2 * CHUNK - 1;
  start_udp(&here);
  send_now(&there, "a", &here_addr);
  send_now(&there, "b", &here_addr);
  run_turns(3);
  assert_told("'a'/0, 'b'/0");
  room_size = 1;
  send_now(&there, "abc", &here_addr);
  run_turns(2);
  assert_told("'a'/2");
  gy_test_close_loop(&loop);
}

static void stop_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                      const struct sockaddr* from, unsigned flags) {
  told_recv(udp, count, buf, from, flags);
  assert_int_equal(uv_udp_recv_stop(udp), 0);
}

static void close_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                       const struct sockaddr* from, unsigned flags) {
  told_recv(udp, count, buf, from, flags);
  uv_close(handle(udp), told_close);
}

static void test_nothing_is_told_after_a_stop_or_a_close_inside_a_chunk(
    void** state) {
  (void)state;
  open_many();
  assert_int_equal(uv_udp_recv_start(&here, alloc_room, stop_recv), 0);
  for (int i = 0; i < 3; i++)
    send_now(&there, "s", &here_addr);
  run_turns(3);
  assert_told("'s'/8");
  assert_int_equal(uv_udp_recv_start(&here, alloc_room, close_recv), 0);
  for (int i = 0; i < 3; i++)
    send_now(&there, "c", &here_addr);
  run_turns(3);
  assert_told("'c'/8, close");
  gy_test_close_loop(&loop);
}

/* ---- errors ---------------------------------------------------------------
 */

static void test_refused_datagram_of_a_connected_handle_is_told_once(
    void** state) {
  struct sockaddr_in nobody;
  uv_buf_t buf = text("x");

  (void)state;
  open_both(0);
  nobody = there_addr;
  uv_close(handle(&there), NULL);
  run_turns(1);
  assert_int_equal(uv_udp_connect(&here, plain(&nobody)), 0);
  start_udp(&here);
  assert_int_equal(uv_udp_try_send(&here, &buf, 1, NULL), 1);
  run_turns(3);
  assert_told("ECONNREFUSED/0");
  gy_test_close_loop(&loop);
}

/* What is told of a refused datagram where there is an error queue. */
#ifdef __linux__
#define ERROR_OF_QUEUE "ECONNREFUSED/32"
#else
#define ERROR_OF_QUEUE ""
#endif

static void recverr_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                         const struct sockaddr* from, unsigned flags) {
  take_back(udp, count, buf, from, flags);
  if (count < 0) {
    assert_non_null(from);
    assert_memory_equal(&((const struct sockaddr_in*)from)->sin_port,
                        &there_addr.sin_port, sizeof(there_addr.sin_port));
  }
}

static void test_error_queue_tells_which_destination_failed(void** state) {
  struct sockaddr_in any = loopback(0);
  uv_udp_t third;
  struct sockaddr_in third_addr;

  (void)state;
  open_both(0);
  third_addr = open_udp(&third, 0);
  start_udp(&third);
  uv_close(handle(&there), NULL);
  uv_close(handle(&here), NULL);
  run_turns(1);
  assert_int_equal(uv_udp_init(&loop, &here), 0);
  assert_int_equal(uv_udp_bind(&here, plain(&any), UV_UDP_LINUX_RECVERR), 0);
  assert_int_equal(uv_udp_recv_start(&here, lend, recverr_recv), 0);
  send_now(&here, "lost", &there_addr);
  run_turns(3);
  assert_told(ERROR_OF_QUEUE);
  send_now(&here, "found", &third_addr);
  run_turns(3);
  assert_told("'found'/0");
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_datagrams_arrive_one_by_one_with_their_sender),
    cmocka_unit_test(test_receiving_twice_is_refused_and_stopping_twice_is_not),
    cmocka_unit_test(test_datagram_too_long_for_its_buffer_is_cut_and_marked),
    cmocka_unit_test(test_without_memory_the_datagram_waits),
    cmocka_unit_test(test_whatever_is_told_comes_with_the_memory_given_for_it),
    cmocka_unit_test(
        test_many_datagrams_come_in_chunks_and_the_memory_back_at_the_end),
    cmocka_unit_test(
        test_memory_for_one_chunk_is_used_as_if_there_were_no_recvmmsg),
    cmocka_unit_test(
        test_nothing_is_told_after_a_stop_or_a_close_inside_a_chunk),
    cmocka_unit_test(test_refused_datagram_of_a_connected_handle_is_told_once),
    cmocka_unit_test(test_error_queue_tells_which_destination_failed),
};

GY_TEST_MAIN(tests)
