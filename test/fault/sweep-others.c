/* sweep-others.c - datagrams and terminals while calls fail. */
#include "scenario.h"

#include <termios.h>

/* ---- datagrams ------------------------------------------------------------
 */

enum {
  SENT = 8 /* datagrams; enough of them are a crowd, and are taken ahead */
};

static uv_udp_t one_by_one;
static uv_udp_t many;
static uv_udp_t sender;
static uv_udp_send_t sends[SENT];
static int arrived;

static void note_send(uv_udp_send_t* req, int status) {
  (void)req;
  (void)ends(status);
}

static void note_datagram(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                          const struct sockaddr* from, unsigned flags) {
  (void)udp;
  (void)buf;
  (void)flags;
  if (gave_up || (count == 0 && from == NULL)) {
    return;
  }
  if (goes(count < 0 ? (int)count : 0)) {
    arrived++;
  }
  if (arrived == SENT) {
    uv_walk(&loop, close_it, NULL);
  }
}

/* Bind |udp|, receive there, and tell its |address|. */
static bool receive(uv_udp_t* udp, struct sockaddr_in* address) {
  int size = sizeof(*address);

  *address = loopback();
  return goes(uv_udp_bind(udp, (const struct sockaddr*)address,
                          UV_UDP_REUSEADDR)) &&
         goes(uv_udp_getsockname(udp, (struct sockaddr*)address, &size)) &&
         goes(uv_udp_recv_start(udp, give_memory, note_datagram));
}

static bool options_set(void) {
  return goes(uv_udp_set_ttl(&sender, 4)) &&
         goes(uv_udp_set_broadcast(&sender, 1)) &&
         goes(uv_udp_set_multicast_loop(&sender, 1)) &&
         goes(uv_udp_set_membership(&one_by_one, "239.1.1.7", "127.0.0.1",
                                    UV_JOIN_GROUP));
}

static bool send_to(int index, const struct sockaddr_in* address) {
  uv_buf_t bufs[2] = {text("a"), text("b")};

  return begins(uv_udp_send(&sends[index], &sender, bufs, 2,
                            (const struct sockaddr*)address, note_send));
}

/* Two more at once. A try that does not work has no callback to say so. */
static bool try_two(struct sockaddr_in* address) {
  uv_buf_t buf = text("c");
  uv_buf_t* bufs[2] = {&buf, &buf};
  unsigned counts[2] = {1, 1};
  struct sockaddr* addresses[2] = {(struct sockaddr*)address,
                                   (struct sockaddr*)address};
  int sent = uv_udp_try_send2(&sender, 2, bufs, counts, addresses, 0);

  if (sent == UV_EAGAIN || sent == 1) {
    give_up(); /* What was lost would be waited for. */
    return false;
  }
  return goes(sent < 0 ? sent : 0);
}

static void datagrams(void) {
  struct sockaddr_in here;
  struct sockaddr_in there;

  arrived = 0;
  if (!scene_begin()) {
    return;
  }
  if (goes(uv_udp_init(&loop, &one_by_one)) &&
      goes(uv_udp_init_ex(&loop, &many, AF_INET | UV_UDP_RECVMMSG)) &&
      goes(uv_udp_init_ex(&loop, &sender, AF_INET)) &&
      receive(&one_by_one, &here) && receive(&many, &there) && options_set()) {
    (void)(try_two(&there) && send_to(0, &here) && send_to(1, &here) &&
           send_to(2, &here) && send_to(3, &here) && send_to(4, &here) &&
           send_to(5, &there));
  }
  scene_end();
}

static void test_datagrams_arrive_or_the_error_does(void** state) {
  (void)state;
  sweep(datagrams, "recvmmsg");
}

/* ---- terminals ------------------------------------------------------------
 */

static uv_tty_t tty;
static uv_write_t tty_write;
static int master;

static void note_tty_write(uv_write_t* req, int status) {
  (void)req;
  under_way--;
  if (status != UV_ECANCELED) {
    (void)goes(status);
  }
}

static void note_line(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void)stream;
  (void)buf;
  if (!gave_up && count != 0 && goes(count < 0 ? (int)count : 0)) {
    uv_walk(&loop, close_it, NULL);
  }
}

/* A descriptor of a new pseudo-terminal, whose other end is |master|. */
static int terminal_open(void) {
  int fd;

  master = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  fd = open(ptsname(master), O_RDWR | O_NOCTTY);
  CHECK(fd >= 0);
  return fd;
}

static void tty_live(void) {
  uv_buf_t buf = text("hello");
  int width;
  int height;

  if (goes(uv_tty_set_mode(&tty, UV_TTY_MODE_RAW)) &&
      goes(uv_tty_get_winsize(&tty, &width, &height)) &&
      goes(uv_tty_reset_mode()) &&
      goes(uv_tty_set_mode(&tty, UV_TTY_MODE_IO)) &&
      goes(uv_read_start((uv_stream_t*)&tty, give_memory, note_line)) &&
      begins(
          uv_write(&tty_write, (uv_stream_t*)&tty, &buf, 1, note_tty_write))) {
    CHECK(write(master, "x", 1) == 1);
  }
}

static void terminal(void) {
  uv_os_fd_t own;
  int err;
  int fd;

  if (!scene_begin()) {
    return;
  }
  fd = terminal_open();
  own = -1;
  err = uv_tty_init(&loop, &tty, fd, 1);
  if (err == UV_EINVAL && fault_is_on() && strcmp(fault.call, "fstat") == 0) {
    give_up(); /* What cannot be told of is no terminal. */
  } else if (goes(err)) {
    CHECK(uv_fileno((uv_handle_t*)&tty, &own) == 0);
    tty_live();
  }
  scene_end();
  if (own != fd) {
    close(fd);
  } /* Else it was the handle's. */
  close(master);
}

static void test_terminal_is_used_or_the_error_is_told(void** state) {
  (void)state;
  sweep(terminal, "tcsetattr");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_datagrams_arrive_or_the_error_does),
    cmocka_unit_test(test_terminal_is_used_or_the_error_is_told),
};

GY_TEST_MAIN(tests)
