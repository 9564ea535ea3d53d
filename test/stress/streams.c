/* streams.c - many connections at once that do random things, by a seed.
 *
 * Every client sends a stream of bytes that only it would send, in random
 * pieces; the server sends it back, in others; the client checks every byte.
 * Both stop reading and start again as they like, and in some of the tests
 * close whatever end they can reach, from inside any callback. A connection
 * that nobody closed must have got back all it sent, and one that somebody
 * closed the beginning of it. Each request is called back once.
 *
 * GYRE_STRESS_SEED and GYRE_STRESS_CONNECTIONS choose others than the
 * defaults. */
#include "support/test.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
  CONNECTIONS = 1000,
  BYTES_MOST = 65536,     /* that one client sends */
  PIECE_MOST = 8192,      /* bytes of one write */
  WRITES_MOST = 4,        /* that a client has under way */
  ECHO_QUEUE_MOST = 65536 /* bytes that wait at the server before it pauses */
};

/* A write, with its bytes behind it. */
typedef struct {
  uv_write_t req;
  char bytes[];
} piece_t;

struct pair;

/* One end of a connection. */
typedef struct end {
  union { /* first: a pointer to it is one to the end */
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  };
  struct pair* pair;
  int open; /* 1: has a handle that is not closing */
  int paused;
  uv_shutdown_t shutdown_req;
} end_t;

typedef struct pair {
  end_t client;
  end_t* server; /* NULL until it is accepted */
  uv_connect_t connect_req;
  uint32_t salt;
  uint32_t size; /* bytes to be sent */
  uint32_t sent;
  uint32_t received;
  int under_way; /* writes of the client */
  int doomed;    /* an end was closed before its time */
  int finished;  /* all came back, and then the end */
} pair_t;

static uv_loop_t loop;
static union {
  uv_tcp_t tcp;
  uv_pipe_t pipe;
} listener;
static bool over_pipes; /* and not over TCP */
static uv_check_t waker;
static pair_t* pairs;
static int pair_count;
static end_t* server_ends; /* in the order of being accepted */
static int accepted;
static pair_t* by_port[65536];
static uint64_t random_state;
static unsigned close_odds; /* a callback closes something once in so many */
static int ends_left;       /* handles that are not closed */
static long started;        /* requests */
static long finished;       /* requests, called back */
static char read_memory[65536];

/* ---- chance ------------------------------------------------------------- */

/* Marsaglia's xorshift64*: from one seed always the same numbers. */
static uint32_t chance(uint32_t below) {
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return (uint32_t)((random_state * UINT64_C(2685821657736338717)) >> 33) %
         below;
}

static char byte_at(const pair_t* pair, uint32_t position) {
  return (char)((position * 2654435761u + pair->salt) >> 11);
}

static long number_from(const char* name, long otherwise) {
  const char* value = getenv(name);

  return value != NULL ? strtol(value, NULL, 10) : otherwise;
}

/* ---- ends --------------------------------------------------------------- */

static void end_init(end_t* end, pair_t* pair) {
  assert_int_equal(over_pipes ? uv_pipe_init(&loop, &end->pipe, 0)
                              : uv_tcp_init(&loop, &end->tcp),
                   0);
  end->pair = pair;
  end->open = 1;
  ends_left++;
}

static int end_is_server(const end_t* end) {
  return end == end->pair->server;
}

static void meddle(pair_t* pair);

static void end_closed(uv_handle_t* handle) {
  end_t* end = (end_t*)handle;

  assert_int_equal(end->open, 0);
  assert_int_equal(end->tcp.write_queue_size, 0);
  ends_left--;
  if (ends_left == 0) {
    uv_close((uv_handle_t*)&listener.tcp, NULL);
    uv_close((uv_handle_t*)&waker, NULL);
    return;
  }
  if (end->pair != NULL)
    meddle(end->pair);
}

static void end_close(end_t* end) {
  if (end->open) {
    end->open = 0;
    if (!over_pipes && chance(4) == 0 &&
        uv_tcp_close_reset(&end->tcp, end_closed) == 0) {
      end->pair->doomed = 1;
      return;
    }
    uv_close((uv_handle_t*)&end->tcp, end_closed);
  }
}

static void pair_doom(pair_t* pair) {
  pair->doomed = 1;
  if (pair->server == NULL || chance(2) == 0)
    end_close(&pair->client);
  else
    end_close(pair->server);
}

/* Once in a while close an end, any one or that of |pair|. */
static void meddle(pair_t* pair) {
  if (close_odds == 0 || chance(close_odds) != 0)
    return;
  if (chance(2) == 0)
    pair = &pairs[chance((uint32_t)pair_count)];
  pair_doom(pair);
}

/* Once in a while close an end of |pair|. */
static void meddle_with(pair_t* pair) {
  if (close_odds != 0 && chance(close_odds) == 0)
    pair_doom(pair);
}

static void end_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  uint32_t most = chance(2) == 0 ? 16 : sizeof(read_memory);
  pair_t* other = &pairs[chance((uint32_t)pair_count)];

  (void)suggested;
  /* Its own end must not be closed here. */
  if (other != ((end_t*)handle)->pair)
    meddle_with(other);
  *buf = uv_buf_init(read_memory, 1 + chance(most));
}

static void server_read(uv_stream_t* stream, ssize_t count,
                        const uv_buf_t* buf);
static void client_read(uv_stream_t* stream, ssize_t count,
                        const uv_buf_t* buf);

static void end_listen(end_t* end) {
  int err = uv_read_start((uv_stream_t*)&end->tcp, end_alloc,
                          end_is_server(end) ? server_read : client_read);

  end->paused = 0;
  /* A reset that another callback met ends reading as well. */
  assert_true(err == 0 || end->pair->doomed);
}

static void end_pause(end_t* end) {
  assert_int_equal(uv_read_stop((uv_stream_t*)&end->tcp), 0);
  end->paused = 1;
}

/* Before the loop sleeps again, everybody who paused goes on. */
static void wake_all(uv_check_t* check) {
  (void)check;
  for (int i = 0; i < pair_count; i++) {
    end_t* client = &pairs[i].client;
    end_t* server = pairs[i].server;
    if (client->open && client->paused)
      end_listen(client);
    if (server != NULL && server->open && server->paused &&
        server->tcp.write_queue_size < ECHO_QUEUE_MOST)
      end_listen(server);
  }
}

/* ---- writing ------------------------------------------------------------ */

static int bufs_split(char* bytes, uint32_t size, uv_buf_t* bufs, int most) {
  int count = 0;

  while (size > 0 && count < most - 1) {
    uint32_t part = chance(size + 1);
    bufs[count++] = uv_buf_init(bytes, part);
    bytes += part;
    size -= part;
  }
  bufs[count++] = uv_buf_init(bytes, size);
  return count;
}

static void end_write(end_t* end, piece_t* piece, uint32_t size,
                      uv_write_cb cb) {
  uv_buf_t bufs[8];
  int count = bufs_split(piece->bytes, size, bufs, 1 + (int)chance(8));
  int err =
      uv_write(&piece->req, (uv_stream_t*)&end->tcp, bufs, (unsigned)count, cb);

  if (err != 0) {
    assert_true(end->pair->doomed);
    free(piece);
    end_close(end);
    return;
  }
  started++;
}

static piece_t* piece_new(uint32_t size) {
  piece_t* piece = malloc(sizeof(*piece) + size);

  assert_non_null(piece);
  return piece;
}

static void end_shut(uv_shutdown_t* req, int status) {
  end_t* end = (end_t*)req->handle;

  finished++;
  assert_true(status == 0 || end->pair->doomed);
  if (end_is_server(end))
    end_close(end);
  meddle(end->pair);
}

static void end_shutdown(end_t* end) {
  int err = uv_shutdown(&end->shutdown_req, (uv_stream_t*)&end->tcp, end_shut);

  if (err == 0)
    started++;
  else
    assert_true(end->pair->doomed);
}

/* ---- the server --------------------------------------------------------- */

static void server_written(uv_write_t* req, int status) {
  end_t* end = (end_t*)req->handle;

  finished++;
  assert_true(status == 0 || end->pair->doomed);
  free(req); /* the first member of its piece */
  if (status != 0)
    end_close(end);
  meddle(end->pair);
}

static void server_read(uv_stream_t* stream, ssize_t count,
                        const uv_buf_t* buf) {
  end_t* end = (end_t*)stream;

  assert_int_equal(end->open, 1);
  if (count > 0) {
    piece_t* piece = piece_new((uint32_t)count);
    memcpy(piece->bytes, buf->base, (size_t)count);
    end_write(end, piece, (uint32_t)count, server_written);
    if (end->open &&
        (chance(8) == 0 || end->tcp.write_queue_size >= ECHO_QUEUE_MOST))
      end_pause(end);
  } else if (count == UV_EOF) {
    end_shutdown(end);
  } else if (count < 0) {
    assert_true(end->pair->doomed);
    end_close(end);
  }
  meddle(end->pair);
}

/* The pair whose server is |end|; NULL when it was reset before it was
 * accepted. A pipe has no name that would tell, but they come in the order in
 * which they were connected. */
static pair_t* pair_of(const end_t* end) {
  struct sockaddr_in peer;
  int size = sizeof(peer);

  if (over_pipes)
    return &pairs[end - server_ends];
  if (uv_tcp_getpeername(&end->tcp, (struct sockaddr*)&peer, &size) != 0)
    return NULL;
  assert_non_null(by_port[peer.sin_port]);
  return by_port[peer.sin_port];
}

static void server_welcome(uv_stream_t* from, int status) {
  end_t* end = &server_ends[accepted++];
  pair_t* pair;

  assert_int_equal(status, 0);
  assert_true(accepted <= pair_count);
  end_init(end, NULL);
  assert_int_equal(uv_accept(from, (uv_stream_t*)&end->tcp), 0);
  pair = pair_of(end);
  if (pair == NULL) {
    end->open = 0;
    uv_close((uv_handle_t*)&end->tcp, end_closed);
    return;
  }
  end->pair = pair;
  pair->server = end;
  end_listen(end);
  meddle(pair);
}

/* ---- the clients -------------------------------------------------------- */

static void client_pump(pair_t* pair);

static void client_written(uv_write_t* req, int status) {
  pair_t* pair = ((end_t*)req->handle)->pair;

  finished++;
  pair->under_way--;
  assert_true(status == 0 || pair->doomed);
  free(req);
  if (status == 0)
    client_pump(pair);
  else
    end_close(&pair->client);
  meddle(pair);
}

/* Send pieces until enough are under way, or all is sent. */
static void client_pump(pair_t* pair) {
  int most = 1 + (int)chance(WRITES_MOST);

  while (pair->client.open && pair->sent < pair->size &&
         pair->under_way < most) {
    uint32_t left = pair->size - pair->sent;
    uint32_t size = 1 + chance(left < PIECE_MOST ? left : PIECE_MOST);
    piece_t* piece = piece_new(size);
    for (uint32_t i = 0; i < size; i++)
      piece->bytes[i] = byte_at(pair, pair->sent + i);
    pair->sent += size;
    pair->under_way++;
    end_write(&pair->client, piece, size, client_written);
    if (pair->sent == pair->size && pair->client.open)
      end_shutdown(&pair->client);
  }
}

static void client_read(uv_stream_t* stream, ssize_t count,
                        const uv_buf_t* buf) {
  end_t* end = (end_t*)stream;
  pair_t* pair = end->pair;

  assert_int_equal(end->open, 1);
  for (ssize_t i = 0; i < count; i++)
    assert_int_equal(buf->base[i], byte_at(pair, pair->received++));
  assert_true(pair->received <= pair->sent);
  if (count < 0) {
    pair->finished = count == UV_EOF && pair->received == pair->size;
    assert_true(pair->finished || pair->doomed);
    end_close(end);
  } else if (count > 0 && chance(8) == 0) {
    end_pause(end);
  }
  meddle(pair);
}

/* Where the listener is, if it is a pipe. */
static const char* pipe_name(void) {
  static char name[64];

  (void)snprintf(name, sizeof(name), "/tmp/gyre-stress-%d", (int)getpid());
  return name;
}

static void client_connected(uv_connect_t* req, int status) {
  end_t* end = (end_t*)req->handle;

  finished++;
  if (status != 0) {
    assert_true(end->pair->doomed);
    end_close(end);
    return;
  }
  client_pump(end->pair);
  meddle(end->pair);
}

static void client_connect(pair_t* pair, const struct sockaddr_in* address) {
  uv_tcp_t* tcp = &pair->client.tcp;
  struct sockaddr_in name;
  int size = sizeof(name);

  if (over_pipes) {
    uv_pipe_connect(&pair->connect_req, &pair->client.pipe, pipe_name(),
                    client_connected);
    return;
  }
  assert_int_equal(
      uv_tcp_connect(&pair->connect_req, tcp, (const struct sockaddr*)address,
                     client_connected),
      0);
  assert_int_equal(uv_tcp_getsockname(tcp, (struct sockaddr*)&name, &size), 0);
  by_port[name.sin_port] = pair;
}

static void client_open(pair_t* pair, const struct sockaddr_in* address) {
  pair->salt = chance(UINT32_MAX);
  pair->size = 1 + chance(chance(4) == 0 ? BYTES_MOST : 2048);
  end_init(&pair->client, pair);
  client_connect(pair, address);
  started++;
  end_listen(&pair->client);
}

/* ---- the whole ---------------------------------------------------------- */

/* Let the process have a descriptor for both ends of each connection. */
static void allow_descriptors(void) {
  struct rlimit limit;
  rlim_t wanted = (rlim_t)pair_count * 2 + 64;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  if (limit.rlim_cur < wanted) {
    pair_count = (int)(limit.rlim_cur - 64) / 2;
    printf("%d connections are what the limit allows\n", pair_count);
  }
}

static void listener_open(struct sockaddr_in* address) {
  int size = sizeof(*address);

  if (over_pipes) {
    assert_int_equal(uv_pipe_init(&loop, &listener.pipe, 0), 0);
    assert_int_equal(uv_pipe_bind(&listener.pipe, pipe_name()), 0);
    assert_int_equal(
        uv_listen((uv_stream_t*)&listener.pipe, 4096, server_welcome), 0);
    return;
  }
  memset(address, 0, sizeof(*address));
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(uv_tcp_init(&loop, &listener.tcp), 0);
  assert_int_equal(
      uv_tcp_bind(&listener.tcp, (const struct sockaddr*)address, 0), 0);
  assert_int_equal(uv_listen((uv_stream_t*)&listener, 4096, server_welcome), 0);
  assert_int_equal(
      uv_tcp_getsockname(&listener.tcp, (struct sockaddr*)address, &size), 0);
}

/* Run all connections to their end. How many got back all that they sent. */
static int run_by_seed(long seed, int connections, unsigned odds) {
  struct sockaddr_in address;
  int whole = 0;

  printf("seed %ld\n", seed);
  random_state = (uint64_t)seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
  close_odds = odds;
  pair_count = connections;
  allow_descriptors();
  pairs = calloc((size_t)pair_count, sizeof(*pairs));
  server_ends = calloc((size_t)pair_count, sizeof(*server_ends));
  assert_true(pairs != NULL && server_ends != NULL);
  accepted = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
  listener_open(&address);
  assert_int_equal(uv_check_init(&loop, &waker), 0);
  assert_int_equal(uv_check_start(&waker, wake_all), 0);
  for (int i = 0; i < pair_count; i++)
    client_open(&pairs[i], &address);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(ends_left, 0);
  assert_int_equal(started, finished);
  assert_int_equal(uv_loop_close(&loop), 0);
  for (int i = 0; i < pair_count; i++) {
    assert_true(pairs[i].finished || pairs[i].doomed);
    whole += pairs[i].finished;
  }
  free(pairs);
  free(server_ends);
  return whole;
}

static long seed_chosen(void) {
  return number_from("GYRE_STRESS_SEED", 1);
}

static int connections_chosen(void) {
  return (int)number_from("GYRE_STRESS_CONNECTIONS", CONNECTIONS);
}

static void test_every_stream_comes_back_byte_by_byte(void** state) {
  int whole;

  (void)state;
  whole = run_by_seed(seed_chosen(), connections_chosen(), 0);
  assert_int_equal(whole, pair_count);
}

static void test_random_closes_hurt_nobody_else(void** state) {
  int whole;

  (void)state;
  whole = run_by_seed(seed_chosen(), connections_chosen(), 100);
  assert_true(whole < pair_count); /* else this tests nothing */
}

static void test_closes_at_almost_every_callback_are_survived(void** state) {
  (void)state;
  for (long round = 0; round < 5; round++)
    (void)run_by_seed(seed_chosen() + round, 200, 3);
}

static void test_every_pipe_comes_back_byte_by_byte(void** state) {
  over_pipes = true;
  test_every_stream_comes_back_byte_by_byte(state);
}

static void test_random_closes_of_pipes_hurt_nobody_else(void** state) {
  over_pipes = true;
  test_random_closes_hurt_nobody_else(state);
}

static void test_closes_of_pipes_at_almost_every_callback_are_survived(
    void** state) {
  over_pipes = true;
  test_closes_at_almost_every_callback_are_survived(state);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_stream_comes_back_byte_by_byte),
    cmocka_unit_test(test_random_closes_hurt_nobody_else),
    cmocka_unit_test(test_closes_at_almost_every_callback_are_survived),
    cmocka_unit_test(test_every_pipe_comes_back_byte_by_byte),
    cmocka_unit_test(test_random_closes_of_pipes_hurt_nobody_else),
    cmocka_unit_test(
        test_closes_of_pipes_at_almost_every_callback_are_survived),
};

GY_TEST_MAIN(tests)
