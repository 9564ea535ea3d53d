/* udp-send.c - tests of what leaves UDP handles. */
#include "udp.h"

static uv_udp_t here;
static uv_udp_t there;
static struct sockaddr_in here_addr;
static struct sockaddr_in there_addr;
static uv_udp_send_t reqs[100];

static void open_both(void) {
  loop_open();
  room_size = sizeof(room);
  here_addr = open_udp(&here, 0);
  there_addr = open_udp(&there, 0);
}

static void test_send_is_called_back_later_and_counts_until_then(void** state) {
  uv_buf_t bufs[2] = {text("he"), text("llo")};

  (void)state;
  open_both();
  start_udp(&there);
  assert_int_equal(
      uv_udp_send(&reqs[0], &here, bufs, 2, plain(&there_addr), told_send), 0);
  assert_int_equal(uv_udp_get_send_queue_size(&here), 5);
  assert_int_equal(uv_udp_get_send_queue_count(&here), 1);
  assert_true(uv_is_active(handle(&here)));
  assert_told("");
  run_turns(2);
  assert_told("send 0, 'hello'/0");
  assert_int_equal(uv_udp_get_send_queue_size(&here), 0);
  assert_int_equal(uv_udp_get_send_queue_count(&here), 0);
  assert_false(uv_is_active(handle(&here)));
  gy_test_close_loop(&loop);
}

static void test_send_checks_what_it_is_given(void** state) {
  uv_buf_t buf = text("x");
  struct sockaddr odd;

  (void)state;
  open_both();
  memset(&odd, 0, sizeof(odd));
  odd.sa_family = 99;
  assert_int_equal(
      uv_udp_send(&reqs[0], &here, &buf, 0, plain(&there_addr), told_send),
      UV_EINVAL);
  assert_int_equal(uv_udp_send(&reqs[0], &here, &buf, 1, NULL, told_send),
                   UV_EDESTADDRREQ);
  assert_int_equal(uv_udp_try_send(&here, &buf, 1, NULL), UV_EDESTADDRREQ);
  assert_int_equal(uv_udp_try_send(&here, &buf, 1, &odd), UV_EINVAL);
  assert_int_equal(uv_udp_connect(&here, plain(&there_addr)), 0);
  assert_int_equal(uv_udp_try_send(&here, &buf, 1, plain(&there_addr)),
                   UV_EISCONN);
  assert_int_equal(
      uv_udp_send(&reqs[0], &here, &buf, 1, plain(&there_addr), told_send),
      UV_EISCONN);
  assert_int_equal(uv_udp_try_send(&here, &buf, 1, NULL), 1);
  run_turns(2);
  assert_told("");
  gy_test_close_loop(&loop);
}

static void test_datagram_that_is_too_large_fails_alone(void** state) {
  static char big[70000];
  uv_buf_t huge = uv_buf_init(big, sizeof(big));
  uv_buf_t small = text("small");

  (void)state;
  open_both();
  start_udp(&there);
  assert_int_equal(
      uv_udp_send(&reqs[0], &here, &huge, 1, plain(&there_addr), told_send), 0);
  assert_int_equal(
      uv_udp_send(&reqs[1], &here, &small, 1, plain(&there_addr), told_send),
      0);
  run_turns(2);
  assert_told("send EMSGSIZE, send 0, 'small'/0");
  gy_test_close_loop(&loop);
}

static void test_what_there_is_no_room_for_waits_and_leaves_in_order(
    void** state) {
  char bytes[COUNT_OF(reqs)];
  int far;
  int filled;

  (void)state;
  loop_open();
  open_datagram_pair(&here, &far);
  filled = fill(&here);
  for (size_t i = 0; i < COUNT_OF(reqs) / 2; i++) {
    uv_buf_t buf = uv_buf_init(&bytes[i], 1);
    bytes[i] = (char)i;
    assert_int_equal(uv_udp_send(&reqs[i], &here, &buf, 1, NULL, NULL), 0);
  }
  assert_int_equal(uv_udp_get_send_queue_size(&here), COUNT_OF(reqs) / 2);
  assert_int_equal(uv_udp_get_send_queue_count(&here), COUNT_OF(reqs) / 2);
  for (size_t i = 0; i < (size_t)filled + COUNT_OF(reqs) / 2; i++) {
    char byte = 0;
    while (recv(far, &byte, 1, MSG_DONTWAIT) != 1)
      uv_run(&loop, UV_RUN_NOWAIT);
    if (i >= (size_t)filled)
      assert_int_equal(byte, i - (size_t)filled);
  }
  run_turns(2);
  assert_int_equal(uv_udp_get_send_queue_count(&here), 0);
  gy_test_close_loop(&loop);
  close(far);
}

static void test_close_ends_what_waits_with_ecanceled_before_its_callback(
    void** state) {
  uv_buf_t bufs[6] = {text("a"), text("b"), text("c"),
                      text("d"), text("e"), text("f")};
  int far;

  (void)state;
  loop_open();
  open_datagram_pair(&here, &far);
  fill(&here);
  assert_int_equal(uv_udp_send(&reqs[0], &here, bufs, 6, NULL, told_send), 0);
  assert_int_equal(uv_udp_send(&reqs[1], &here, bufs, 1, NULL, told_send), 0);
  uv_close(handle(&here), told_close);
  assert_told("");
  run_turns(2);
  assert_told("send ECANCELED, send ECANCELED, close");
  gy_test_close_loop(&loop);
  close(far);
}

static void test_several_datagrams_are_tried_with_one_call(void** state) {
  uv_buf_t one = text("one");
  uv_buf_t two = text("two");
  uv_buf_t* bufs[3] = {&one, &two, &one};
  unsigned nbufs[3] = {1, 1, 1};
  struct sockaddr* to;
  struct sockaddr* addrs[3];

  (void)state;
  open_both();
  start_udp(&there);
  to = (struct sockaddr*)&there_addr;
  for (size_t i = 0; i < COUNT_OF(addrs); i++)
    addrs[i] = to;
  assert_int_equal(uv_udp_try_send2(&here, 3, bufs, nbufs, addrs, 1),
                   UV_EINVAL);
  assert_int_equal(uv_udp_try_send2(&here, 0, bufs, nbufs, addrs, 0),
                   UV_EINVAL);
  assert_int_equal(uv_udp_try_send2(&here, 3, bufs, nbufs, addrs, 0), 3);
  run_turns(3);
  assert_told("'one'/0, 'two'/0, 'one'/0");
  addrs[1] = NULL;
  assert_int_equal(uv_udp_try_send2(&here, 3, bufs, nbufs, addrs, 0), 1);
  addrs[0] = NULL;
  assert_int_equal(uv_udp_try_send2(&here, 3, bufs, nbufs, addrs, 0),
                   UV_EDESTADDRREQ);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_send_is_called_back_later_and_counts_until_then),
    cmocka_unit_test(test_send_checks_what_it_is_given),
    cmocka_unit_test(test_datagram_that_is_too_large_fails_alone),
    cmocka_unit_test(test_what_there_is_no_room_for_waits_and_leaves_in_order),
    cmocka_unit_test(
        test_close_ends_what_waits_with_ecanceled_before_its_callback),
    cmocka_unit_test(test_several_datagrams_are_tried_with_one_call),
};

GY_TEST_MAIN(tests)
