/* stream-calls.c - how many system calls, allocations and looks at the clock a
 * stream costs in the steady state. The fault points count them.
 *
 * An echo over N connections is a server of ours and plain sockets that are
 * written and read by the test itself, whose calls are not counted. */
#include "support/test.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"

enum {
  CALLS_MOST = 32,
  MESSAGES = 200,
  PEERS = 8,
  CROWD = 64
};

static struct {
  const char* name;
  int count;
} calls[CALLS_MOST];

static int allocations;
static uv_loop_t loop;
static uv_tcp_t server;
static uv_tcp_t clients[CROWD];
static uv_write_t writes[CROWD];
static int peers[CROWD];
static int accepted;
static int echoed;
static char memory[4096];
static char big[8 << 20];

static int call_count(const char* call) {
  int i = 0;

  while (calls[i].name != NULL && strcmp(calls[i].name, call) != 0)
    i++;
  calls[i].name = call;
  calls[i].count++;
  return 0;
}

static int calls_of(const char* call) {
  for (int i = 0; i < CALLS_MOST && calls[i].name != NULL; i++) {
    if (strcmp(calls[i].name, call) == 0)
      return calls[i].count;
  }
  return 0;
}

static int calls_of_all(void) {
  int count = 0;

  for (int i = 0; i < CALLS_MOST; i++)
    count += calls[i].count;
  return count;
}

static int sleeps(void) {
  return calls_of("epoll_wait") + calls_of("epoll_pwait2") +
         calls_of("io_uring_enter");
}

/* Is it the poller that receives, sends and accepts? */
static bool poller_works(void) {
  return strcmp(gy_test_poller(), "io_uring") == 0;
}

/* Echoes in so many |rounds| of |count| messages cost one read and one write
 * each, and a sleep for all of a round; or, if the poller does the work,
 * nothing but a call that hands over what is sent, and a sleep. */
static void assert_echo_calls(int rounds, int count) {
  int each = poller_works() ? 0 : rounds * count;

  assert_int_equal(calls_of("recv"), each);
  assert_int_equal(calls_of("send"), each);
  if (poller_works())
    assert_in_range(sleeps(), rounds, 2 * rounds);
  else
    assert_int_equal(sleeps(), rounds);
  assert_int_equal(calls_of_all(), sleeps() + 2 * each);
}

/* Forget what was counted, and count from now. */
static void count_from_now(void) {
  memset(calls, 0, sizeof(calls));
  allocations = 0;
  gy_fault_hook = call_count;
}

static void* malloc_counted(size_t size) {
  allocations++;
  return malloc(size);
}

static void* calloc_counted(size_t count, size_t size) {
  allocations++;
  return calloc(count, size);
}

static void* realloc_counted(void* old, size_t size) {
  allocations++;
  return realloc(old, size);
}

/* ---- an echo ------------------------------------------------------------ */

static void give_memory(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

static void written(uv_write_t* req, int status) {
  (void)req;
  assert_int_equal(status, 0);
}

static void echo(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  uv_buf_t answer = uv_buf_init(buf->base, (unsigned)count);
  int index = (int)((uv_tcp_t*)stream - clients);

  assert_true(count > 0);
  echoed++;
  assert_int_equal(uv_write(&writes[index], stream, &answer, 1, written), 0);
}

static void welcome(uv_stream_t* from, int status) {
  uv_tcp_t* client = &clients[accepted++];

  assert_int_equal(status, 0);
  assert_int_equal(uv_tcp_init(&loop, client), 0);
  assert_int_equal(uv_accept(from, (uv_stream_t*)client), 0);
  assert_int_equal(uv_read_start((uv_stream_t*)client, give_memory, echo), 0);
}

static void knock(int count) {
  struct sockaddr_in address;
  int size = sizeof(address);

  assert_int_equal(
      uv_tcp_getsockname(&server, (struct sockaddr*)&address, &size), 0);
  for (int i = 0; i < count; i++) {
    peers[i] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(
        connect(peers[i], (struct sockaddr*)&address, sizeof(address)), 0);
  }
}

static void open_server(void) {
  struct sockaddr_in address;

  if (strcmp(gy_test_poller(), "default") != 0 &&
      strcmp(gy_test_poller(), "epoll") != 0 &&
      strcmp(gy_test_poller(), "io_uring") != 0)
    gy_test_skip("the calls of epoll and io_uring are counted");
  assert_int_equal(uv_replace_allocator(malloc_counted, realloc_counted,
                                        calloc_counted, free),
                   0);
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_tcp_init(&loop, &server), 0);
  assert_int_equal(uv_tcp_bind(&server, (const struct sockaddr*)&address, 0),
                   0);
  assert_int_equal(uv_listen((uv_stream_t*)&server, CROWD * 2, welcome), 0);
}

static void accept_all(int count) {
  knock(count);
  while (accepted < count)
    uv_run(&loop, UV_RUN_ONCE);
  uv_run(&loop, UV_RUN_NOWAIT); /* the poller hears of the last one */
}

static void close_server(int count) {
  gy_fault_hook = GY_FAULT_NOBODY;
  gy_test_close_loop(&loop);
  while (count-- > 0)
    close(peers[count]);
}

/* Each of |count| peers sends a message, and gets it back. */
static void echo_round(int count) {
  char byte = 'x';

  echoed = 0;
  for (int i = 0; i < count; i++)
    assert_int_equal(send(peers[i], &byte, 1, 0), 1);
  while (echoed < count)
    uv_run(&loop, UV_RUN_ONCE);
  for (int i = 0; i < count; i++)
    assert_int_equal(recv(peers[i], &byte, 1, 0), 1);
}

static void test_echo_of_one_costs_a_sleep_a_read_and_a_write(void** state) {
  (void)state;
  open_server();
  accept_all(1);
  echo_round(1);
  count_from_now();
  for (int i = 0; i < MESSAGES; i++)
    echo_round(1);
  assert_echo_calls(MESSAGES, 1);
  assert_int_equal(allocations, 0);
  close_server(1);
}

static void test_echo_of_many_shares_the_sleep(void** state) {
  (void)state;
  open_server();
  accept_all(PEERS);
  echo_round(PEERS);
  count_from_now();
  for (int i = 0; i < MESSAGES; i++)
    echo_round(PEERS);
  assert_echo_calls(MESSAGES, PEERS);
  assert_int_equal(allocations, 0);
  close_server(PEERS);
}

static void test_stopping_and_starting_in_one_turn_tells_the_poller_nothing(
    void** state) {
  (void)state;
  open_server();
  accept_all(1);
  echo_round(1);
  count_from_now();
  for (int i = 0; i < MESSAGES; i++) {
    assert_int_equal(uv_read_stop((uv_stream_t*)&clients[0]), 0);
    assert_int_equal(
        uv_read_start((uv_stream_t*)&clients[0], give_memory, echo), 0);
    echo_round(1);
  }
  assert_echo_calls(MESSAGES, 1);
  close_server(1);
}

static void test_single_connections_cost_one_accept_each(void** state) {
  (void)state;
  open_server();
  count_from_now();
  for (int i = 0; i < PEERS; i++) {
    struct sockaddr_in address;
    int size = sizeof(address);
    assert_int_equal(
        uv_tcp_getsockname(&server, (struct sockaddr*)&address, &size), 0);
    peers[i] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(
        connect(peers[i], (struct sockaddr*)&address, sizeof(address)), 0);
    while (accepted <= i)
      uv_run(&loop, UV_RUN_ONCE);
    uv_run(&loop, UV_RUN_NOWAIT); /* a turn without a knock */
  }
  assert_int_equal(calls_of("accept4"), poller_works() ? 0 : PEERS);
  close_server(PEERS);
}

static void test_crowd_is_accepted_in_a_few_turns(void** state) {
  (void)state;
  open_server();
  knock(CROWD);
  count_from_now();
  while (accepted < CROWD)
    uv_run(&loop, UV_RUN_ONCE);
  assert_true(sleeps() <= 3);
  assert_true(calls_of("accept4") <= CROWD + 1);
  assert_int_equal(calls_of("fcntl"), 0);
  assert_int_equal(calls_of("setsockopt"), 0);
  close_server(CROWD);
}

static void test_closing_a_connection_tells_the_poller_nothing(void** state) {
  (void)state;
  open_server();
  accept_all(PEERS);
  echo_round(PEERS);
  count_from_now();
  for (int i = 0; i < PEERS; i++)
    uv_close((uv_handle_t*)&clients[i], NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  /* Beside close(2), which cannot fail and so is not counted. */
  assert_int_equal(calls_of_all(), sleeps());
  close_server(PEERS);
}

/* ---- the queue ---------------------------------------------------------- */

static int done;

static void count_done(uv_write_t* req, int status) {
  (void)req;
  assert_int_equal(status, 0);
  done++;
}

static void test_queued_writes_leave_with_one_call(void** state) {
  static uv_write_t small[CROWD];
  uv_buf_t huge = uv_buf_init(big, sizeof(big));
  uv_buf_t tiny = uv_buf_init(big, 1);
  uv_tcp_t near;
  int pair[2];
  size_t left = sizeof(big) + CROWD;
  int calls_of_last_turn = 0;

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(uv_tcp_init(&loop, &near), 0);
  assert_int_equal(uv_tcp_open(&near, pair[0]), 0);
  assert_int_equal(
      uv_write(&writes[0], (uv_stream_t*)&near, &huge, 1, count_done), 0);
  for (int i = 0; i < CROWD; i++)
    assert_int_equal(
        uv_write(&small[i], (uv_stream_t*)&near, &tiny, 1, count_done), 0);
  while (left > 0) {
    static char sink[1 << 20];
    ssize_t count = recv(pair[1], sink, sizeof(sink), MSG_DONTWAIT);
    left -= count > 0 ? (size_t)count : 0;
    count_from_now();
    uv_run(&loop, UV_RUN_NOWAIT);
    gy_fault_hook = GY_FAULT_NOBODY;
    if (calls_of("sendmsg") + calls_of("send") > 0)
      calls_of_last_turn = calls_of("sendmsg") + calls_of("send");
  }
  assert_int_equal(done, CROWD + 1);
  assert_int_equal(calls_of_last_turn, 1);
  gy_test_close_loop(&loop);
  close(pair[1]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_echo_of_one_costs_a_sleep_a_read_and_a_write),
    cmocka_unit_test(test_echo_of_many_shares_the_sleep),
    cmocka_unit_test(
        test_stopping_and_starting_in_one_turn_tells_the_poller_nothing),
    cmocka_unit_test(test_single_connections_cost_one_accept_each),
    cmocka_unit_test(test_crowd_is_accepted_in_a_few_turns),
    cmocka_unit_test(test_closing_a_connection_tells_the_poller_nothing),
    cmocka_unit_test(test_queued_writes_leave_with_one_call),
};

GY_TEST_MAIN(tests)
