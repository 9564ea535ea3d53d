/* streams.h - what the tests of streams share: a loop, addresses, buffers, and
 * records of what the callbacks were told. */
#ifndef GY_TEST_STREAMS_H_
#define GY_TEST_STREAMS_H_

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  TURNS_MOST = 1000, /* more than any of these tests needs */
  TOLD_MOST = 64
};

static uv_loop_t loop;

/* What was called, in order: a word for each callback. */
static char told[TOLD_MOST][32];
static int told_count;

static inline void tell(const char* word) {
  assert_true(told_count < TOLD_MOST);
  snprintf(told[told_count++], sizeof(told[0]), "%s", word);
}

/* Tell |word| with |status|: "write 0", "connect ECANCELED". */
static inline void tell_status(const char* word, int status) {
  char line[32];

  snprintf(line, sizeof(line), "%.12s %.16s", word,
           status == 0 ? "0" : uv_err_name(status));
  tell(line);
}

/* What was told is |words|, separated by commas; and forget it. */
static inline void assert_told(const char* words) {
  char all[TOLD_MOST * 34] = "";

  for (int i = 0; i < told_count; i++) {
    strcat(all, i > 0 ? ", " : "");
    strcat(all, told[i]);
  }
  told_count = 0;
  assert_string_equal(all, words);
}

static inline void told_close(uv_handle_t* handle) {
  (void)handle; /* tests that close several look at the order of all */
  tell("close");
}

static inline void told_write(uv_write_t* req, int status) {
  char word[16];

  snprintf(word, sizeof(word), "write%s", (const char*)req->data);
  tell_status(word, status);
}

static inline void told_shutdown(uv_shutdown_t* req, int status) {
  (void)req;
  tell_status("shutdown", status);
}

static inline void told_connect(uv_connect_t* req, int status) {
  (void)req;
  tell_status("connect", status);
}

static inline void loop_open(void) {
  told_count = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
}

/* Let the loop run until |*flag| is not 0. */
static inline void run_until(const int* flag) {
  for (int turn = 0; *flag == 0; turn++) {
    assert_true(turn < TURNS_MOST);
    uv_run(&loop, UV_RUN_ONCE);
  }
}

static inline void run_turns(int turns) {
  while (turns-- > 0)
    uv_run(&loop, UV_RUN_NOWAIT);
}

static inline struct sockaddr_in address_of(uint32_t host, uint16_t port) {
  struct sockaddr_in address;

  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(host);
  return address;
}

static inline struct sockaddr_in loopback(uint16_t port) {
  return address_of(INADDR_LOOPBACK, port);
}

static inline const struct sockaddr* plain(const void* address) {
  return address;
}

static inline uv_stream_t* stream(void* handle) {
  return handle;
}

static inline uv_handle_t* handle(void* handle_of_a_kind) {
  return handle_of_a_kind;
}

static inline uint16_t port_of(const uv_tcp_t* tcp) {
  struct sockaddr_in address;
  int size = sizeof(address);

  assert_int_equal(uv_tcp_getsockname(tcp, (struct sockaddr*)&address, &size),
                   0);
  return ntohs(address.sin_port);
}

/* Make |tcp| a listener at a free port of the loopback interface. */
static inline void listen_at_loopback(uv_tcp_t* tcp, uv_connection_cb cb) {
  struct sockaddr_in any = loopback(0);

  assert_int_equal(uv_tcp_init(&loop, tcp), 0);
  assert_int_equal(uv_tcp_bind(tcp, plain(&any), 0), 0);
  assert_int_equal(uv_listen(stream(tcp), 128, cb), 0);
}

/* A port that nobody listens at: one that was free a moment ago. */
static inline uint16_t port_nobody_has(void) {
  struct sockaddr_in any = loopback(0);
  socklen_t size = sizeof(any);
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  assert_int_equal(bind(fd, plain(&any), size), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr*)&any, &size), 0);
  close(fd);
  return ntohs(any.sin_port);
}

/* Make |near| one end of a pair of sockets, the other being |*far|. */
static inline void open_pair(uv_tcp_t* near, int* far) {
  int fds[2];

  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_tcp_init(&loop, near), 0);
  assert_int_equal(uv_tcp_open(near, fds[0]), 0);
  *far = fds[1];
}

/* Read all that is at |fd| now, which is to be exactly |want|. */
static inline void assert_arrived(int fd, const char* want) {
  char got[256];
  ssize_t count = recv(fd, got, sizeof(got), MSG_DONTWAIT);

  assert_int_equal(count < 0 ? 0 : count, strlen(want));
  assert_memory_equal(got, want, strlen(want));
}

static inline uv_buf_t text(const char* words) {
  /* What is written is only read. */
  return uv_buf_init((char*)(uintptr_t)words, (unsigned)strlen(words));
}

static inline void alloc_static(uv_handle_t* of, size_t suggested,
                                uv_buf_t* buf) {
  static char memory[65536];

  (void)of;
  assert_int_equal(suggested, 65536);
  *buf = uv_buf_init(memory, sizeof(memory));
}

#endif /* GY_TEST_STREAMS_H_ */
