/* poll.c - poll handles on socket pairs while system calls and memory fail.
 *
 * An error may come out of any call, and into any callback. What it must not do
 * is come twice, come together with what it prevented, or keep the loop from
 * coming to its end. */
#include "sweep.h"

#include <sys/socket.h>

enum {
  ROUNDS = 3, /* bytes that go to and fro */
  PAIRS = 3
};

/* One end of a pair, which reads what comes and answers it. */
typedef struct {
  uv_poll_t handle;
  int fd;
  int peer;
  int events;
  int starts;
  int failures; /* errors that the callback was told of */
  int closes;
} end_t;

static uv_loop_t loop;
static end_t ends[2 * PAIRS];
static int bytes_left[PAIRS];

static int pair_of(const end_t* end) {
  return (int)(end - ends) / 2;
}

static void end_closed(uv_handle_t* handle) {
  end_t* end = handle->data;

  end->closes++;
}

static void end_close(end_t* end) {
  if (end->handle.data != NULL && !uv_is_closing((uv_handle_t*)&end->handle)) {
    uv_close((uv_handle_t*)&end->handle, end_closed);
  }
}

static void pair_close(const end_t* end) {
  end_close(&ends[2 * pair_of(end)]);
  end_close(&ends[2 * pair_of(end) + 1]);
}

/* Read a byte and answer it; the last one is answered by nobody. */
static void end_read(end_t* end) {
  char byte;

  if (read(end->fd, &byte, 1) != 1) {
    CHECK(errno == EAGAIN); /* An event is a hint. */
    return;
  }
  if (--bytes_left[pair_of(end)] == 0) {
    pair_close(end);
    return;
  }
  CHECK(write(end->fd, &byte, 1) == 1);
}

static void end_ready(uv_poll_t* handle, int status, int events) {
  end_t* end = handle->data;

  CHECK(!uv_is_closing((uv_handle_t*)handle));
  if (!works(status)) {
    CHECK(events == 0);
    CHECK(!uv_is_active((uv_handle_t*)handle));
    CHECK(++end->failures == 1);
    pair_close(end);
    return;
  }
  CHECK(events != 0 && (events & ~end->events) == 0);
  if (events & UV_READABLE) {
    end_read(end);
  } else {
    /* It could be written: now it is known, and only what comes matters. */
    end->events = UV_READABLE;
    if (!works(uv_poll_start(handle, end->events, end_ready))) {
      pair_close(end);
    }
  }
}

static bool end_open(end_t* end, int fd, int peer) {
  memset(end, 0, sizeof(*end));
  end->fd = fd;
  end->peer = peer;
  if (!works(uv_poll_init(&loop, &end->handle, fd))) {
    end->handle.data = NULL;
    return false;
  }
  end->handle.data = end;
  return true;
}

static void fds_make(int fds[2]) {
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
}

/* Replace |fd| by a number from |lowest| on, so that tables have to grow. */
static int fd_move(int fd, int lowest) {
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, lowest);

  CHECK(moved >= 0);
  CHECK(close(fd) == 0);
  return moved;
}

static void fds_close(void) {
  for (size_t i = 0; i < COUNT_OF(ends); i++) {
    CHECK(close(ends[i].fd) == 0);
  }
}

static void pair_begin(int index, int lowest) {
  end_t* left = &ends[2 * index];
  end_t* right = &ends[2 * index + 1];
  bool left_open;
  bool right_open;
  int fds[2];

  fds_make(fds);
  fds[1] = fd_move(fds[1], lowest);
  bytes_left[index] = ROUNDS;
  left_open = end_open(left, fds[0], fds[1]);
  right_open = end_open(right, fds[1], fds[0]);
  if (!left_open || !right_open) {
    pair_close(left);
    return;
  }
  left->events = UV_READABLE | UV_DISCONNECT;
  right->events = UV_WRITABLE;
  if (!works(uv_poll_start(&left->handle, left->events, end_ready)) ||
      !works(uv_poll_start(&right->handle, right->events, end_ready))) {
    pair_close(left);
    return;
  }
  CHECK(write(left->fd, "x", 1) == 1);
}

static void loop_with_pairs(void) {
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  pair_begin(0, 20);
  pair_begin(1, 200);
  pair_begin(2, 1100);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  for (size_t i = 0; i < COUNT_OF(ends); i++) {
    CHECK(ends[i].closes == (ends[i].handle.data != NULL));
    if (!fault_is_on()) {
      CHECK(ends[i].closes == 1);
      CHECK(bytes_left[i / 2] == 0);
    }
  }
  CHECK(uv_loop_close(&loop) == 0);
  fds_close();
}

static void test_bytes_arrive_or_an_error_does(void** state) {
  (void)state;
  sweep(loop_with_pairs, "fcntl");
}

/* ---- changing one's mind ------------------------------------------------ */

static void never_ready(uv_poll_t* handle, int status, int events) {
  end_t* end = handle->data;

  CHECK(!works(status)); /* Nobody writes here. */
  CHECK(events == 0);
  CHECK(!uv_is_active((uv_handle_t*)handle));
  CHECK(++end->failures <= end->starts);
}

static void end_start(end_t* end, int events) {
  if (works(uv_poll_start(&end->handle, events, never_ready))) {
    CHECK(uv_is_active((uv_handle_t*)&end->handle));
    end->starts++;
  }
}

/* Start and stop it in one turn and in several, and start it again and again
 * with other events. An error leaves it as it was, or stopped. */
static void end_vacillate(end_t* end) {
  static const int wishes[] = {UV_READABLE, UV_READABLE | UV_PRIORITIZED,
                               UV_DISCONNECT, UV_READABLE};

  for (size_t i = 0; i < COUNT_OF(wishes); i++) {
    end_start(end, wishes[i]);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    CHECK(uv_poll_stop(&end->handle) == 0);
    CHECK(!uv_is_active((uv_handle_t*)&end->handle));
    end_start(end, wishes[i]);
    end_start(end, UV_PRIORITIZED);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    end_start(end, wishes[i]);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
  }
}

static void loop_with_a_waverer(void) {
  end_t* end = &ends[0];
  int fds[2];

  if (!works(uv_loop_init(&loop))) {
    return;
  }
  fds_make(fds);
  if (end_open(end, fds[0], fds[1])) {
    end_vacillate(end);
    end_close(end);
  }
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(end->closes == (end->handle.data != NULL));
  CHECK(uv_loop_close(&loop) == 0);
  CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);
}

static void test_starts_and_stops_leave_nothing_behind(void** state) {
  (void)state;
  sweep(loop_with_a_waverer, "fcntl");
}

/* ---- numbers that are used again ---------------------------------------- */

static void fresh_ready(uv_poll_t* handle, int status, int events) {
  end_t* end = handle->data;
  char byte;

  if (works(status)) {
    CHECK(events == UV_READABLE);
    CHECK(read(end->fd, &byte, 1) == 1 && byte == 'y');
    bytes_left[0]--;
  }
  end_close(end);
}

static void never_due(uv_timer_t* timer) {
  (void)timer; /* there is only one it can be */
  CHECK(false);
}

/* Watch one pair, forget it, close it, and watch another that got the same
 * number. What the first had to say must not be heard of the second, nor be
 * taken for anything when it could not even be watched. */
static void loop_with_one_number(void) {
  uv_timer_t lively;
  int fds[2];
  int again[2];

  if (!works(uv_loop_init(&loop))) {
    return;
  }
  CHECK(uv_timer_init(&loop, &lively) == 0);
  CHECK(uv_timer_start(&lively, never_due, 1000000, 0) == 0);
  bytes_left[0] = 1;
  fds_make(fds);
  CHECK(write(fds[1], "x", 1) == 1);
  if (end_open(&ends[0], fds[0], fds[1])) {
    end_start(&ends[0], UV_PRIORITIZED);
  }
  CHECK(uv_run(&loop, UV_RUN_NOWAIT) != 0);
  end_close(&ends[0]);
  CHECK(close(fds[0]) == 0);
  CHECK(close(fds[1]) == 0);
  fds_make(again);
  CHECK(again[0] == fds[0]);
  if (end_open(&ends[1], again[0], again[1])) {
    if (!works(uv_poll_start(&ends[1].handle, UV_READABLE, fresh_ready))) {
      end_close(&ends[1]);
    }
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    CHECK(write(again[1], "y", 1) == 1);
  }
  uv_close((uv_handle_t*)&lively, NULL);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(bytes_left[0] == 0 || fault_is_on());
  CHECK(uv_loop_close(&loop) == 0);
  CHECK(close(again[0]) == 0 && close(again[1]) == 0);
}

static void test_number_used_again_is_heard_of_by_its_new_owner(void** state) {
  (void)state;
  sweep(loop_with_one_number, "fcntl");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_bytes_arrive_or_an_error_does),
    cmocka_unit_test(test_starts_and_stops_leave_nothing_behind),
    cmocka_unit_test(test_number_used_again_is_heard_of_by_its_new_owner),
};

GY_TEST_MAIN(tests)
