/* udp-calls.c - how many system calls a datagram costs, and what UDP handles
 * say when one of them fails. The fault points count them. */
#include "support/test.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"

enum {
  MESSAGES = 160,
  BATCH = 16,
  CHUNK = 65536
};

static uv_loop_t loop;
static uv_udp_t server;
static uv_udp_send_t reqs[BATCH];
static struct sockaddr_in server_addr;
static int peer;
static int arrived;
static int last_error;
static char memory[BATCH * 2 * CHUNK];

static const char* counted; /* the call that is counted, or NULL: all */
static int calls;
static const char* failing;
static int failing_err;

static int count_or_fail(const char* call) {
  calls += counted == NULL || strcmp(call, counted) == 0;
  return failing != NULL && strcmp(call, failing) == 0 ? failing_err : 0;
}

static void count_from_now(const char* call) {
  counted = call;
  calls = 0;
  gy_fault_hook = count_or_fail;
}

static void fail_from_now(const char* call, int err) {
  failing = call;
  failing_err = err;
  gy_fault_hook = count_or_fail;
}

static void give_memory(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

static void echo(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                 const struct sockaddr* from, unsigned flags) {
  uv_buf_t answer = uv_buf_init(buf->base, count > 0 ? (unsigned)count : 0);

  (void)flags;
  if (count < 0)
    last_error = (int)count;
  if (from == NULL || count < 0)
    return;
  arrived++;
  assert_int_equal(uv_udp_try_send(udp, &answer, 1, from), count);
}

static void open_server(unsigned flags) {
  int size = sizeof(server_addr);

  memset(&server_addr, 0, sizeof(server_addr));
  server_addr.sin_family = AF_INET;
  server_addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_udp_init_ex(&loop, &server, flags), 0);
  assert_int_equal(
      uv_udp_bind(&server, (const struct sockaddr*)&server_addr, 0), 0);
  assert_int_equal(
      uv_udp_getsockname(&server, (struct sockaddr*)&server_addr, &size), 0);
  assert_int_equal(uv_udp_recv_start(&server, give_memory, echo), 0);
  peer = socket(AF_INET, SOCK_DGRAM, 0);
  assert_int_equal(
      connect(peer, (struct sockaddr*)&server_addr, sizeof(server_addr)), 0);
}

static void close_server(void) {
  gy_fault_hook = GY_FAULT_NOBODY;
  gy_test_close_loop(&loop);
  close(peer);
}

/* Send |count| datagrams, and run until they have been echoed. */
static void echo_round(int count) {
  char byte = 'x';

  arrived = 0;
  for (int i = 0; i < count; i++)
    assert_int_equal(send(peer, &byte, 1, 0), 1);
  while (arrived < count)
    uv_run(&loop, UV_RUN_ONCE);
  for (int i = 0; i < count; i++)
    assert_int_equal(recv(peer, &byte, 1, 0), 1);
}

static void test_echo_of_single_datagrams_seldom_reads_in_vain(void** state) {
  (void)state;
  open_server(0);
  for (int i = 0; i < MESSAGES; i++)
    echo_round(1);
  count_from_now("recvfrom");
  for (int i = 0; i < MESSAGES; i++)
    echo_round(1);
  assert_in_range(calls, MESSAGES, MESSAGES + MESSAGES / 16 + 1);
  count_from_now("sendto");
  echo_round(1);
  assert_int_equal(calls, 1);
  count_from_now("epoll_ctl");
  echo_round(1);
  assert_int_equal(calls, 0);
  close_server();
}

static void needs_recvmmsg(void) {
  uv_udp_t udp;

  assert_int_equal(uv_udp_init_ex(&loop, &udp, UV_UDP_RECVMMSG), 0);
  if (!uv_udp_using_recvmmsg(&udp))
    gy_test_skip("there is no recvmmsg");
  uv_close((uv_handle_t*)&udp, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
}

/* Open a server that has had crowds. */
static void open_crowded(void) {
  open_server(0);
  needs_recvmmsg();
  echo_round(BATCH);
}

static void test_crowd_is_taken_with_one_call(void** state) {
  (void)state;
  open_crowded();
  count_from_now("recvmmsg");
  echo_round(BATCH);
  assert_int_equal(calls, 1);
  count_from_now("recvfrom");
  echo_round(BATCH);
  assert_int_equal(calls, 0);
  close_server();
}

static void test_crowd_that_was_not_foreseen_costs_four_calls(void** state) {
  (void)state;
  open_server(0);
  needs_recvmmsg();
  count_from_now("recvfrom");
  echo_round(BATCH);
  assert_int_equal(calls, 2);
  close_server();
  open_server(0);
  count_from_now("recvmmsg");
  echo_round(BATCH);
  assert_int_equal(calls, 2);
  close_server();
}

/* The descriptor is known to the program: what it reads is not to be missing.
 */
static void test_crowd_of_a_shared_socket_is_read_with_a_call_each(
    void** state) {
  uv_os_fd_t fd;

  (void)state;
  open_server(0);
  assert_int_equal(uv_fileno((uv_handle_t*)&server, &fd), 0);
  echo_round(BATCH);
  count_from_now("recvfrom");
  echo_round(BATCH);
  assert_in_range(calls, BATCH, BATCH + 1);
  close_server();
}

static void test_socket_whose_buffer_was_set_is_not_shared(void** state) {
  int size = 65536;

  (void)state;
  open_crowded();
  assert_int_equal(uv_recv_buffer_size((uv_handle_t*)&server, &size), 0);
  assert_int_equal(uv_send_buffer_size((uv_handle_t*)&server, &size), 0);
  count_from_now("recvmmsg");
  echo_round(BATCH);
  assert_int_equal(calls, 1);
  close_server();
}

/* Send |count| of |size| bytes, and run until they have arrived. */
static void large_round(int count, size_t size) {
  static char bytes[CHUNK];

  arrived = 0;
  for (int i = 0; i < count; i++)
    assert_int_equal(send(peer, bytes, size, 0), size);
  while (arrived < count)
    uv_run(&loop, UV_RUN_ONCE);
}

static void count_arrived(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                          const struct sockaddr* from, unsigned flags) {
  (void)udp;
  (void)buf;
  (void)flags;
  if (count < 0)
    last_error = (int)count;
  arrived += count >= 0 && from != NULL;
}

static void test_large_datagrams_go_straight_into_the_programs_memory(
    void** state) {
  (void)state;
  open_crowded();
  assert_int_equal(uv_udp_recv_stop(&server), 0);
  assert_int_equal(uv_udp_recv_start(&server, give_memory, count_arrived), 0);
  large_round(4, 16384);
  count_from_now("recvfrom");
  large_round(4, 16384);
  assert_in_range(calls, 4, 5);
  large_round(4, 64);
  count_from_now("recvfrom");
  large_round(4, 64);
  assert_int_equal(calls, 0); /* The first of the small ones has told. */
  close_server();
}

static void test_without_recvmmsg_a_crowd_is_read_one_by_one(void** state) {
  const int errors[] = {ENOSYS, EPERM};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(errors); i++) {
    open_crowded();
    fail_from_now("recvmmsg", errors[i]);
    echo_round(BATCH);
    assert_int_equal(last_error, 0);
    count_from_now("recvmmsg");
    echo_round(BATCH);
    assert_int_equal(calls, 0); /* It is not tried again. */
    failing = NULL;
    close_server();
  }
}

static bool memory_is_out;

static void* scarce_malloc(size_t size) {
  return memory_is_out ? NULL : malloc(size);
}

static void test_without_memory_a_crowd_is_read_one_by_one(void** state) {
  (void)state;
  assert_int_equal(uv_replace_allocator(scarce_malloc, realloc, calloc, free),
                   0);
  open_server(0);
  needs_recvmmsg();
  memory_is_out = true;
  echo_round(BATCH);
  echo_round(BATCH);
  memory_is_out = false;
  count_from_now("recvmmsg");
  echo_round(BATCH);
  assert_int_equal(calls, 2); /* It is tried again. */
  close_server();
}

static void test_batch_arrives_with_one_recvmmsg_and_none_in_vain(
    void** state) {
  (void)state;
  open_server(UV_UDP_RECVMMSG);
  if (!uv_udp_using_recvmmsg(&server))
    gy_test_skip("there is no recvmmsg");
  count_from_now("recvmmsg");
  echo_round(BATCH);
  assert_int_equal(calls, 1);
  close_server();
}

/* ---- sends that wait ------------------------------------------------------
 */

static int sent;
static int sent_status;

static void count_sent(uv_udp_send_t* req, int status) {
  (void)req;
  sent++;
  sent_status = status;
}

static void queue_batch(void) {
  uv_buf_t buf = uv_buf_init(memory, 1);

  fail_from_now("sendto", EAGAIN);
  for (int i = 0; i < BATCH; i++)
    assert_int_equal(
        uv_udp_send(&reqs[i], &server, &buf, 1,
                    (const struct sockaddr*)&server_addr, count_sent),
        0);
  assert_int_equal(uv_udp_get_send_queue_count(&server), BATCH);
}

static void test_sends_that_waited_leave_with_one_sendmmsg(void** state) {
  (void)state;
  open_server(0);
  assert_int_equal(uv_udp_recv_stop(&server), 0);
  queue_batch();
  failing = NULL;
  count_from_now("sendmmsg");
  while (sent < BATCH)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(calls, 1);
  assert_int_equal(sent_status, 0);
  assert_int_equal(uv_udp_get_send_queue_size(&server), 0);
  close_server();
}

static void test_failing_batch_ends_each_send_with_the_error(void** state) {
  (void)state;
  open_server(0);
  assert_int_equal(uv_udp_recv_stop(&server), 0);
  queue_batch();
  fail_from_now("sendmmsg", EPERM);
  while (sent < BATCH)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(sent_status, UV_EPERM);
  close_server();
}

static void test_failing_receive_is_told_and_receiving_goes_on(void** state) {
  char byte = 'x';

  (void)state;
  open_server(0);
  fail_from_now("recvfrom", ENOMEM);
  assert_int_equal(send(peer, &byte, 1, 0), 1);
  while (last_error == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(last_error, UV_ENOMEM);
  failing = NULL;
  while (arrived == 0)
    uv_run(&loop, UV_RUN_ONCE);
  close_server();
}

static int taken_memory; /* allocations that were not freed */

static void* counting_malloc(size_t size) {
  taken_memory++;
  return malloc(size);
}

static void* counting_realloc(void* old, size_t size) {
  taken_memory += old == NULL;
  return realloc(old, size);
}

static void* counting_calloc(size_t count, size_t size) {
  taken_memory++;
  return calloc(count, size);
}

static void counting_free(void* old) {
  taken_memory -= old != NULL;
  free(old);
}

static void stop_server(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                        const struct sockaddr* from, unsigned flags) {
  count_arrived(udp, count, buf, from, flags);
  assert_int_equal(uv_udp_recv_stop(udp), 0);
}

static void test_what_a_closed_handle_had_taken_is_freed(void** state) {
  char byte = 'x';

  (void)state;
  assert_int_equal(uv_replace_allocator(counting_malloc, counting_realloc,
                                        counting_calloc, counting_free),
                   0);
  open_crowded();
  assert_int_equal(uv_udp_recv_stop(&server), 0);
  assert_int_equal(uv_udp_recv_start(&server, give_memory, stop_server), 0);
  arrived = 0;
  for (int i = 0; i < BATCH; i++)
    assert_int_equal(send(peer, &byte, 1, 0), 1);
  while (arrived == 0)
    uv_run(&loop, UV_RUN_ONCE);
  close_server();
  assert_int_equal(taken_memory, 0);
}

static void test_failing_take_is_told_and_nothing_is_lost(void** state) {
  char byte = 'x';

  (void)state;
  open_crowded();
  fail_from_now("recvmmsg", ENOMEM);
  arrived = 0;
  for (int i = 0; i < BATCH; i++)
    assert_int_equal(send(peer, &byte, 1, 0), 1);
  while (last_error == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(last_error, UV_ENOMEM);
  failing = NULL;
  while (arrived < BATCH)
    uv_run(&loop, UV_RUN_ONCE);
  close_server();
}

static void note_failure(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                         const struct sockaddr* from, unsigned flags) {
  (void)udp;
  (void)flags;
  assert_null(from);
  assert_ptr_equal(buf->base, memory); /* BIND insists that it is its own. */
  last_error = (int)count;
}

static void test_socket_that_cannot_be_watched_gives_memory_back(void** state) {
  (void)state;
  if (strcmp(gy_test_poller(), "epoll") != 0)
    gy_test_skip("the call that fails is one of epoll");
  open_server(0);
  assert_int_equal(uv_udp_recv_stop(&server), 0);
  assert_int_equal(uv_udp_recv_start(&server, give_memory, note_failure), 0);
  fail_from_now("epoll_ctl", ENOSPC);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(last_error, UV_ENOSPC);
  assert_false(uv_is_active((uv_handle_t*)&server));
  close_server();
}

static void test_handle_without_a_socket_is_none(void** state) {
  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  fail_from_now("socket", EMFILE);
  assert_int_equal(uv_udp_init_ex(&loop, &server, AF_INET), UV_EMFILE);
  assert_int_equal(uv_udp_init(&loop, &server), 0);
  assert_int_equal(uv_udp_recv_start(&server, give_memory, echo), UV_EMFILE);
  assert_false(uv_is_active((uv_handle_t*)&server));
  gy_fault_hook = GY_FAULT_NOBODY;
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_echo_of_single_datagrams_seldom_reads_in_vain),
    cmocka_unit_test(test_crowd_is_taken_with_one_call),
    cmocka_unit_test(test_crowd_that_was_not_foreseen_costs_four_calls),
    cmocka_unit_test(test_crowd_of_a_shared_socket_is_read_with_a_call_each),
    cmocka_unit_test(test_socket_whose_buffer_was_set_is_not_shared),
    cmocka_unit_test(test_large_datagrams_go_straight_into_the_programs_memory),
    cmocka_unit_test(test_without_recvmmsg_a_crowd_is_read_one_by_one),
    cmocka_unit_test(test_without_memory_a_crowd_is_read_one_by_one),
    cmocka_unit_test(test_batch_arrives_with_one_recvmmsg_and_none_in_vain),
    cmocka_unit_test(test_sends_that_waited_leave_with_one_sendmmsg),
    cmocka_unit_test(test_failing_batch_ends_each_send_with_the_error),
    cmocka_unit_test(test_failing_receive_is_told_and_receiving_goes_on),
    cmocka_unit_test(test_what_a_closed_handle_had_taken_is_freed),
    cmocka_unit_test(test_failing_take_is_told_and_nothing_is_lost),
    cmocka_unit_test(test_socket_that_cannot_be_watched_gives_memory_back),
    cmocka_unit_test(test_handle_without_a_socket_is_none),
};

GY_TEST_MAIN(tests)
