/* ttys.h - what the tests of terminals share: a pseudo-terminal, a handle over
 * it, and somebody at the other end. */
#ifndef GY_TEST_TTYS_H_
#define GY_TEST_TTYS_H_

#include "streams.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

static uv_tty_t tty;
static int master; /* where a person would sit */
static int slave;  /* where programs are; with echo, lines and signals */
static char slave_name[64];
static struct termios normal; /* its state at first */

static inline void terminal_open(void) {
  master = posix_openpt(O_RDWR | O_NOCTTY);
  assert_true(master >= 0);
  assert_int_equal(grantpt(master), 0);
  assert_int_equal(unlockpt(master), 0);
  snprintf(slave_name, sizeof(slave_name), "%s", ptsname(master));
  slave = open(slave_name, O_RDWR | O_NOCTTY);
  assert_true(slave >= 0);
  assert_int_equal(tcgetattr(slave, &normal), 0);
  normal.c_lflag &= ~(tcflag_t)ECHO; /* or each test saw what it typed */
  assert_int_equal(tcsetattr(slave, TCSANOW, &normal), 0);
  assert_int_equal(tcgetattr(slave, &normal), 0);
}

static inline void tty_open(void) {
  loop_open();
  terminal_open();
  assert_int_equal(uv_tty_init(&loop, &tty, slave, 1), 0);
}

static inline void person_leaves(void) {
  close(master);
  master = -1;
}

static inline void tty_end(void) {
  gy_test_close_loop(&loop);
  if (slave >= 0)
    close(slave);
  if (master >= 0)
    close(master);
}

static inline void person_types(const char* keys) {
  assert_int_equal(write(master, keys, strlen(keys)), strlen(keys));
}

/* All that was written is |words|. It goes from one end to the other by a
 * thread of the kernel, so it is waited for. */
static inline void assert_person_sees(const char* words) {
  char seen[256];
  size_t size = 0;

  while (size < strlen(words)) {
    ssize_t count = read(master, seen + size, sizeof(seen) - size);
    assert_true(count > 0);
    size += (size_t)count;
  }
  assert_int_equal(size, strlen(words));
  assert_memory_equal(seen, words, size);
}

static inline void told_read(uv_stream_t* of, ssize_t count,
                             const uv_buf_t* buf) {
  char word[32];

  (void)of;
  if (count == 0)
    return;
  if (count < 0)
    snprintf(word, sizeof(word), "%s", uv_err_name((int)count));
  else
    snprintf(word, sizeof(word), "'%.*s'", (int)count, buf->base);
  tell(word);
}

static char gathered[64];
static size_t gathered_size;

static inline void gather(uv_stream_t* of, ssize_t count, const uv_buf_t* buf) {
  (void)of;
  assert_true(count >= 0);
  assert_true(gathered_size + (size_t)count <= sizeof(gathered));
  memcpy(gathered + gathered_size, buf->base, (size_t)count);
  gathered_size += (size_t)count;
}

/* What comes, in however many pieces, is |keys|. */
static inline void assert_typed(const char* keys) {
  while (gathered_size < strlen(keys))
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(gathered_size, strlen(keys));
  assert_memory_equal(gathered, keys, gathered_size);
  gathered_size = 0;
}

static inline void no_connection(uv_stream_t* server, int status) {
  (void)server;
  (void)status;
  fail(); /* what was asked for was refused */
}

#endif /* GY_TEST_TTYS_H_ */
