/* kernel.c - what src/poller/kqueue.c relies on from kqueue(2); its neighbour
 * filters.c is about what others will.
 *
 * Each test is a sentence of the manual pages, or an answer that kernels are
 * known to give. On Linux it proves that the double answers as we read the
 * manual; on a BSD it proves our reading. */
#include <sys/wait.h>

#include "queue.h"

/* ---- reading and writing ------------------------------------------------ */

static void test_data_is_told_and_counted_for_as_long_as_it_is_there(
    void** state) {
  const struct kevent* event;
  int fds[2];
  int round;

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_READ, 0);
  assert_int_equal(look(), 0);
  put(fds[1], 5);
  for (round = 0; round < 2; round++) {
    event = hear();
    assert_int_equal(event->ident, fds[0]);
    assert_int_equal(event->filter, EVFILT_READ);
    assert_int_equal(event->flags & EV_EOF, 0);
    assert_int_equal(event->data, 5);
  }
  take(fds[0], 5);
  assert_int_equal(look(), 0);
  shut(fds);
}

static void test_reading_and_writing_are_told_apart(void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_READ, 0);
  add(fds[0], EVFILT_WRITE, 0);
  assert_int_equal(hear()->filter, EVFILT_WRITE);
  put(fds[1], 1);
  assert_int_equal(look(), 2);
  assert_int_not_equal(events[0].filter, events[1].filter);
  assert_int_equal(tell(fds[0], EVFILT_WRITE, EV_DELETE, 0, 0), 0);
  assert_int_equal(hear()->filter, EVFILT_READ);
  shut(fds);
}

static void test_cleared_event_is_told_again_at_the_next_news(void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_READ, EV_CLEAR);
  put(fds[1], 1);
  assert_int_equal(hear()->data, 1);
  assert_int_equal(look(), 0);
  put(fds[1], 1);
  assert_int_equal(hear()->data, 2);
  assert_int_equal(look(), 0);
  shut(fds);
}

static void test_event_of_once_is_told_once(void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_WRITE, EV_ONESHOT);
  assert_int_equal(hear()->ident, fds[0]);
  assert_int_equal(look(), 0);
  assert_int_equal(tell(fds[0], EVFILT_WRITE, EV_DELETE, 0, 0), ENOENT);
  shut(fds);
}

static void test_disabled_event_is_silent_until_it_is_enabled(void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_WRITE, 0);
  assert_int_equal(tell(fds[0], EVFILT_WRITE, EV_DISABLE, 0, 0), 0);
  assert_int_equal(look(), 0);
  assert_int_equal(tell(fds[0], EVFILT_WRITE, EV_ENABLE, 0, 0), 0);
  assert_int_equal(look(), 1);
  shut(fds);
}

static void test_dispatched_event_is_disabled(void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_WRITE, EV_DISPATCH);
  assert_int_equal(look(), 1);
  assert_int_equal(look(), 0);
  assert_int_equal(tell(fds[0], EVFILT_WRITE, EV_ENABLE, 0, 0), 0);
  assert_int_equal(look(), 1);
  shut(fds);
}

static void test_user_data_comes_back_as_it_was_last_given(void** state) {
  struct kevent it;
  int fds[2];

  (void)state;
  pair_open(fds);
  it = change(fds[0], EVFILT_WRITE, EV_ADD, 0, 0);
  it.udata = (void*)&fds[0];
  assert_int_equal(kevent(queue, &it, 1, NULL, 0, NULL), 0);
  it.udata = (void*)&fds[1];
  assert_int_equal(kevent(queue, &it, 1, NULL, 0, NULL), 0);
  assert_ptr_equal(hear()->udata, &fds[1]);
  shut(fds);
}

/* ---- ends --------------------------------------------------------------- */

static void test_pipe_whose_writer_closed_has_ended_with_data_still_counted(
    void** state) {
  const struct kevent* event;
  int fds[2];

  (void)state;
  assert_int_equal(pipe(fds), 0);
  add(fds[0], EVFILT_READ, 0);
  put(fds[1], 7);
  assert_int_equal(close(fds[1]), 0);
  event = hear();
  assert_int_equal(event->flags & EV_EOF, EV_EOF);
  assert_int_equal(event->data, 7);
  take(fds[0], 7);
  event = hear();
  assert_int_equal(event->flags & EV_EOF, EV_EOF);
  assert_int_equal(event->data, 0);
  assert_int_equal(close(fds[0]), 0);
}

static void test_socket_whose_peer_sends_no_more_has_ended(void** state) {
  const struct kevent* event;
  int fds[2];

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_READ, 0);
  put(fds[1], 3);
  assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
  event = hear();
  assert_int_equal(event->flags & EV_EOF, EV_EOF);
  assert_int_equal(event->data, 3);
  assert_int_equal(event->fflags, 0);
  shut(fds);
}

static void test_end_is_told_to_who_comes_after_it_and_wants_news_only(
    void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
  add(fds[0], EVFILT_READ, EV_CLEAR);
  assert_int_equal(hear()->flags & EV_EOF, EV_EOF);
  assert_int_equal(look(), 0);
  shut(fds);
}

static void test_pipe_without_reader_has_ended_for_its_writer(void** state) {
  int fds[2];

  (void)state;
  assert_int_equal(pipe(fds), 0);
  add(fds[1], EVFILT_WRITE, EV_CLEAR);
  assert_int_equal(hear()->flags & EV_EOF, 0);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(hear()->flags & EV_EOF, EV_EOF);
  assert_int_equal(close(fds[1]), 0);
}

/* ---- closing ------------------------------------------------------------ */

static void test_close_removes_the_events_of_a_descriptor(void** state) {
  int fds[2];
  int copy;

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_READ, 0);
  put(fds[1], 1);
  copy = dup(fds[0]);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(look(), 0);
  assert_int_equal(close(copy), 0);
  assert_int_equal(close(fds[1]), 0);
}

static void test_dup2_over_a_descriptor_removes_its_events(void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_WRITE, 0);
  assert_int_equal(dup2(fds[1], fds[0]), fds[0]);
  assert_int_equal(look(), 0);
  assert_int_equal(tell(fds[0], EVFILT_WRITE, EV_DELETE, 0, 0), ENOENT);
  shut(fds);
}

static void test_change_to_a_closed_descriptor_is_ebadf(void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  add(fds[0], EVFILT_READ, 0);
  shut(fds);
  assert_int_equal(tell(fds[0], EVFILT_READ, EV_DELETE, 0, 0), EBADF);
  assert_int_equal(tell(fds[0], EVFILT_READ, EV_ADD, 0, 0), EBADF);
}

static void test_removal_of_what_is_not_there_is_enoent(void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  assert_int_equal(tell(fds[0], EVFILT_READ, EV_DELETE, 0, 0), ENOENT);
  shut(fds);
}

static void test_child_does_not_have_the_queue(void** state) {
  int status;
  pid_t child;

  (void)state;
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    _exit(fcntl(queue, F_GETFD) >= 0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

/* ---- changes ------------------------------------------------------------ */

static void test_error_of_a_change_is_an_event_when_there_is_room(
    void** state) {
  struct kevent changes[3];
  int fds[2];

  (void)state;
  pair_open(fds);
  changes[0] = change(fds[0], EVFILT_WRITE, EV_ADD, 0, 0);
  changes[1] = change(fds[1], EVFILT_READ, EV_DELETE, 0, 0);
  changes[2] = change(fds[1], EVFILT_WRITE, EV_ADD, 0, 0);
  assert_int_equal(kevent(queue, changes, 3, events, ROOM, NULL), 1);
  assert_int_equal(events[0].ident, fds[1]);
  assert_int_equal(events[0].filter, EVFILT_READ);
  assert_int_equal(events[0].flags & EV_ERROR, EV_ERROR);
  assert_int_equal(events[0].data, ENOENT);
  assert_int_equal(look(), 2); /* The others were made. */
  shut(fds);
}

static void test_error_of_a_change_ends_the_call_when_there_is_no_room(
    void** state) {
  struct kevent changes[2];
  int fds[2];

  (void)state;
  pair_open(fds);
  changes[0] = change(fds[0], EVFILT_READ, EV_DELETE, 0, 0);
  changes[1] = change(fds[0], EVFILT_WRITE, EV_ADD, 0, 0);
  assert_int_equal(kevent(queue, changes, 2, NULL, 0, NULL), -1);
  assert_int_equal(errno, ENOENT);
  assert_int_equal(look(), 0);
  shut(fds);
}

static void test_receipts_are_given_without_taking_events(void** state) {
  struct kevent changes[2];
  int fds[2];

  (void)state;
  pair_open(fds);
  changes[0] = change(fds[0], EVFILT_WRITE, EV_ADD | EV_RECEIPT, 0, 0);
  changes[1] = change(fds[1], EVFILT_WRITE, EV_ADD | EV_RECEIPT, 0, 0);
  assert_int_equal(kevent(queue, changes, 2, events, 2, NULL), 2);
  assert_int_equal(events[0].flags & EV_ERROR, EV_ERROR);
  assert_int_equal(events[0].data, 0);
  assert_int_equal(events[1].data, 0);
  assert_int_equal(look(), 2);
  shut(fds);
}

static void test_changes_and_events_may_share_an_array(void** state) {
  int fds[2];

  (void)state;
  pair_open(fds);
  events[0] = change(fds[0], EVFILT_READ, EV_ADD, 0, 0);
  events[1] = change(fds[0], EVFILT_WRITE, EV_ADD, 0, 0);
  assert_int_equal(kevent(queue, events, 2, events, ROOM, NULL), 1);
  assert_int_equal(events[0].filter, EVFILT_WRITE);
  shut(fds);
}

static void test_without_room_for_events_nobody_sleeps(void** state) {
  (void)state;
  assert_int_equal(kevent(queue, NULL, 0, NULL, 0, NULL), 0);
}

static void test_queue_that_is_none_is_ebadf(void** state) {
  (void)state;
  assert_int_equal(kevent(-1, NULL, 0, events, ROOM, &now), -1);
  assert_int_equal(errno, EBADF);
}

/* ---- fairness ----------------------------------------------------------- */

static void test_no_event_is_left_out_when_there_is_little_room(void** state) {
  enum {
    PAIRS = 5
  };
  int fds[PAIRS][2];
  int seen[2 * PAIRS] = {0};
  int seen_count = 0;
  int round;

  (void)state;
  for (round = 0; round < PAIRS; round++) {
    pair_open(fds[round]);
    add(fds[round][0], EVFILT_WRITE, 0);
    add(fds[round][1], EVFILT_READ, 0);
    put(fds[round][0], 1);
  }
  for (round = 0; round < 8 * PAIRS; round++) {
    int index;
    assert_int_equal(kevent(queue, NULL, 0, events, 1, &now), 1);
    for (index = 0; index < 2 * PAIRS; index++) {
      if (events[0].ident == (uintptr_t)fds[index / 2][index % 2]) {
        seen_count += !seen[index];
        seen[index] = 1;
      }
    }
  }
  assert_int_equal(seen_count, 2 * PAIRS);
  for (round = 0; round < PAIRS; round++) {
    shut(fds[round]);
  }
}

/* ---- time --------------------------------------------------------------- */

static void test_time_limit_is_not_cut_short(void** state) {
  const struct timespec limit = {0, 1500000};
  int64_t began = clock_ns();

  (void)state;
  assert_int_equal(kevent(queue, NULL, 0, events, ROOM, &limit), 0);
  assert_true(clock_ns() - began >= limit.tv_nsec);
}

static const struct CMUnitTest tests[] = {
    QUEUE_TEST(test_data_is_told_and_counted_for_as_long_as_it_is_there),
    QUEUE_TEST(test_reading_and_writing_are_told_apart),
    QUEUE_TEST(test_cleared_event_is_told_again_at_the_next_news),
    QUEUE_TEST(test_event_of_once_is_told_once),
    QUEUE_TEST(test_disabled_event_is_silent_until_it_is_enabled),
    QUEUE_TEST(test_dispatched_event_is_disabled),
    QUEUE_TEST(test_user_data_comes_back_as_it_was_last_given),
    QUEUE_TEST(test_pipe_whose_writer_closed_has_ended_with_data_still_counted),
    QUEUE_TEST(test_socket_whose_peer_sends_no_more_has_ended),
    QUEUE_TEST(test_end_is_told_to_who_comes_after_it_and_wants_news_only),
    QUEUE_TEST(test_pipe_without_reader_has_ended_for_its_writer),
    QUEUE_TEST(test_close_removes_the_events_of_a_descriptor),
    QUEUE_TEST(test_dup2_over_a_descriptor_removes_its_events),
    QUEUE_TEST(test_change_to_a_closed_descriptor_is_ebadf),
    QUEUE_TEST(test_removal_of_what_is_not_there_is_enoent),
    QUEUE_TEST(test_child_does_not_have_the_queue),
    QUEUE_TEST(test_error_of_a_change_is_an_event_when_there_is_room),
    QUEUE_TEST(test_error_of_a_change_ends_the_call_when_there_is_no_room),
    QUEUE_TEST(test_receipts_are_given_without_taking_events),
    QUEUE_TEST(test_changes_and_events_may_share_an_array),
    QUEUE_TEST(test_without_room_for_events_nobody_sleeps),
    QUEUE_TEST(test_queue_that_is_none_is_ebadf),
    QUEUE_TEST(test_no_event_is_left_out_when_there_is_little_room),
    QUEUE_TEST(test_time_limit_is_not_cut_short),
};

GY_TEST_MAIN(tests)
