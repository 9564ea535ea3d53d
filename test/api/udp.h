/* udp.h - what the tests of UDP share: handles at the loopback interface, and
 * a record of what arrived. */
#ifndef GY_TEST_UDP_H_
#define GY_TEST_UDP_H_

#include "streams.h"

enum {
  CHUNK = 65536
};

static char room[4 * CHUNK];
static size_t room_size = sizeof(room);

static inline void alloc_room(uv_handle_t* of, size_t suggested,
                              uv_buf_t* buf) {
  (void)of;
  assert_int_equal(suggested, CHUNK);
  *buf = uv_buf_init(room, (unsigned)room_size);
}

/* Tell what arrived: its bytes or the error, and the flags if there are any.
 * That there is nothing more is not told. */
static inline void told_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                             const struct sockaddr* from, unsigned flags) {
  char word[32];

  (void)udp;
  if (count == 0 && from == NULL && flags == 0)
    return;
  if (count < 0)
    snprintf(word, sizeof(word), "%s/%u", uv_err_name((int)count), flags);
  else
    snprintf(word, sizeof(word), "'%.*s'/%u", (int)count, buf->base, flags);
  tell(word);
}

static inline void told_send(uv_udp_send_t* req, int status) {
  (void)req;
  tell_status("send", status);
}

/* Make |udp| a handle at a free port of the loopback interface; its address. */
static inline struct sockaddr_in open_udp(uv_udp_t* udp, unsigned flags) {
  struct sockaddr_in address = loopback(0);
  int size = sizeof(address);

  assert_int_equal(uv_udp_init_ex(&loop, udp, flags), 0);
  assert_int_equal(uv_udp_bind(udp, plain(&address), 0), 0);
  assert_int_equal(uv_udp_getsockname(udp, (struct sockaddr*)&address, &size),
                   0);
  return address;
}

static inline void start_udp(uv_udp_t* udp) {
  assert_int_equal(uv_udp_recv_start(udp, alloc_room, told_recv), 0);
}

static inline void send_now(uv_udp_t* udp, const char* words,
                            const struct sockaddr_in* to) {
  uv_buf_t buf = text(words);

  assert_int_equal(uv_udp_try_send(udp, &buf, 1, plain(to)), strlen(words));
}

/* Make |near| one end of a pair of local datagram sockets. It can be filled,
 * and so makes sends wait; |*far| is the other. */
static inline void open_datagram_pair(uv_udp_t* near, int* far) {
  int fds[2];

  assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
  assert_int_equal(uv_udp_init(&loop, near), 0);
  assert_int_equal(uv_udp_open(near, fds[0]), 0);
  *far = fds[1];
}

/* Send until there is no room; how many datagrams of a byte that were. */
static inline int fill(uv_udp_t* near) {
  uv_buf_t buf = text("x");
  int count = 0;

  while (uv_udp_try_send(near, &buf, 1, NULL) == 1)
    count++;
  assert_int_equal(uv_udp_try_send(near, &buf, 1, NULL), UV_EAGAIN);
  return count;
}

#endif /* GY_TEST_UDP_H_ */
