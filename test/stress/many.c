/* many.c - many connections on one thread, and what the library takes for each.
 *
 * Both ends are in this process, so there are half as many as it may have
 * descriptors, up to CONNECTIONS. All send at the same time, in several rounds,
 * and each gets back what it sent. bench/many-connections.c goes further. */
#include "support/test.h"

#include <netinet/in.h>
#include <sys/resource.h>

enum {
  CONNECTIONS = 2000,
  CONNECTS_MOST = 128, /* under way */
  ROUNDS = 3,
  MESSAGE_SIZE = 16,
  /* Bytes of the library for the two ends: a slot for each in the table of
   * watchers, which doubles, and what poll(2) is handed. */
  LIBRARY_MOST = 160,
  AHEAD_MOST = 128 /* the same of io_uring, besides */
};

typedef struct {
  uv_tcp_t tcp; /* first: a pointer to it is one to the client */
  int round;
  int received;
} client_t;

static uv_loop_t loop;
static uv_tcp_t listener;
static struct sockaddr_in address;
static uv_tcp_t* served;
static client_t* clients;
static uv_connect_t connects[CONNECTS_MOST];
static int wanted;
static int accepted;
static int begun;
static int connected;
static int echoed;    /* clients that have done all rounds */
static size_t memory; /* that the library has */

/* ---- the library's memory --------------------------------------------------
 */

/* A block begins with its size, and what follows is as aligned. */
typedef union {
  size_t size;
  max_align_t align;
} block_t;

static void* counted_realloc(void* old, size_t size) {
  block_t* block = old != NULL ? (block_t*)old - 1 : NULL;

  if (block != NULL)
    memory -= block->size;
  block = realloc(block, sizeof(*block) + size);
  assert_non_null(block);
  block->size = size;
  memory += size;
  return block + 1;
}

static void* counted_malloc(size_t size) {
  return counted_realloc(NULL, size);
}

static void* counted_calloc(size_t count, size_t size) {
  return memset(counted_realloc(NULL, count * size), 0, count * size);
}

static void counted_free(void* old) {
  if (old != NULL) {
    memory -= ((block_t*)old - 1)->size;
    free((block_t*)old - 1);
  }
}

/* ---- the server -------------------------------------------------------------
 */

static void give_memory(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  static char bytes[4096];

  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(bytes, sizeof(bytes));
}

static void serve(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  uv_buf_t answer = uv_buf_init(buf->base, (unsigned)(count > 0 ? count : 0));

  if (count == UV_ECONNRESET)
    uv_close((uv_handle_t*)stream, NULL); /* so the client closes */
  else if (count != 0)
    assert_int_equal(uv_try_write(stream, &answer, 1), count);
}

static void welcome(uv_stream_t* server, int status) {
  uv_tcp_t* tcp = &served[accepted++];

  assert_int_equal(status, 0);
  assert_true(accepted <= wanted);
  assert_int_equal(uv_tcp_init(&loop, tcp), 0);
  assert_int_equal(uv_accept(server, (uv_stream_t*)tcp), 0);
  assert_int_equal(uv_read_start((uv_stream_t*)tcp, give_memory, serve), 0);
}

/* ---- the clients ------------------------------------------------------------
 */

static char byte_of(const client_t* client, int at) {
  return (char)((client - clients) * 31 + client->round * 7 + at);
}

static void client_send(client_t* client) {
  char message[MESSAGE_SIZE];
  uv_buf_t buf = uv_buf_init(message, MESSAGE_SIZE);

  for (int i = 0; i < MESSAGE_SIZE; i++)
    message[i] = byte_of(client, i);
  client->received = 0;
  assert_int_equal(uv_try_write((uv_stream_t*)&client->tcp, &buf, 1),
                   MESSAGE_SIZE);
}

static void client_read(uv_stream_t* stream, ssize_t count,
                        const uv_buf_t* buf) {
  client_t* client = (client_t*)stream;

  assert_true(count >= 0);
  for (ssize_t i = 0; i < count; i++)
    assert_int_equal(buf->base[i], byte_of(client, client->received++));
  if (client->received < MESSAGE_SIZE)
    return;
  if (++client->round < ROUNDS)
    client_send(client);
  else
    echoed++;
}

static void connect_next(uv_connect_t* req);

static void connect_done(uv_connect_t* req, int status) {
  assert_int_equal(status, 0);
  connected++;
  if (begun < wanted)
    connect_next(req);
}

static void connect_next(uv_connect_t* req) {
  client_t* client = &clients[begun++];

  assert_int_equal(uv_tcp_init(&loop, &client->tcp), 0);
  assert_int_equal(
      uv_tcp_connect(req, &client->tcp, (const struct sockaddr*)&address,
                     connect_done),
      0);
}

/* ---- the whole --------------------------------------------------------------
 */

/* As many connections as there are descriptors for both ends. */
static int connections_allowed(void) {
  struct rlimit limit;
  rlim_t need = 2 * CONNECTIONS + 64;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < need) {
    limit.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  return limit.rlim_cur < need ? (int)(limit.rlim_cur - 64) / 2 : CONNECTIONS;
}

static void listen_there(void) {
  int size = sizeof(address);

  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(uv_tcp_init(&loop, &listener), 0);
  assert_int_equal(uv_tcp_bind(&listener, (const struct sockaddr*)&address, 0),
                   0);
  assert_int_equal(uv_listen((uv_stream_t*)&listener, 4096, welcome), 0);
  assert_int_equal(
      uv_tcp_getsockname(&listener, (struct sockaddr*)&address, &size), 0);
}

static void connect_all(void) {
  for (int i = 0; i < CONNECTS_MOST && begun < wanted; i++)
    connect_next(&connects[i]);
  while (connected < wanted || accepted < wanted)
    uv_run(&loop, UV_RUN_ONCE);
}

static void echo_all(void) {
  for (int i = 0; i < wanted; i++) {
    assert_int_equal(
        uv_read_start((uv_stream_t*)&clients[i].tcp, give_memory, client_read),
        0);
    client_send(&clients[i]);
  }
  while (echoed < wanted)
    uv_run(&loop, UV_RUN_ONCE);
}

/* What is taken ahead of each end is noted by the poller, if it does that. */
static size_t library_most(void) {
  return strcmp(gy_test_poller(), "io_uring") == 0 ? LIBRARY_MOST + AHEAD_MOST
                                                   : LIBRARY_MOST;
}

static void test_many_connections_echo_at_the_same_time(void** state) {
  size_t before;

  (void)state;
  assert_int_equal(uv_replace_allocator(counted_malloc, counted_realloc,
                                        counted_calloc, counted_free),
                   0);
  wanted = connections_allowed();
  served = calloc((size_t)wanted, sizeof(*served));
  clients = calloc((size_t)wanted, sizeof(*clients));
  assert_true(served != NULL && clients != NULL);
  assert_int_equal(uv_loop_init(&loop), 0);
  listen_there();
  before = memory;
  connect_all();
  echo_all();
  print_message("%d connections, %zu bytes of the library for each\n", wanted,
                (memory - before) / (size_t)wanted);
  assert_true(memory - before <= (size_t)wanted * library_most() + 4096);
  for (int i = 0; i < wanted; i++)
    assert_int_equal(uv_tcp_close_reset(&clients[i].tcp, NULL), 0);
  gy_test_close_loop(&loop);
  assert_int_equal(memory, 0);
  free(clients);
  free(served);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_many_connections_echo_at_the_same_time),
};

GY_TEST_MAIN(tests)
