/* poll.c - tests of uv_poll_t: how it is opened, started, stopped and closed.
 *
 * What the events say about a descriptor is the matter of poll-events.c, and
 * what handles do to each other that of poll-batch.c. The descriptors here are
 * ends of socket pairs: data written to the far end makes the near end readable
 * at once, so that nothing needs to be waited for.
 */
#include "support/test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  SOME = 5,    /* pairs, where their company is the point */
  MANY = 2000, /* pairs, where the number is */
  STALE_FD = 9999
};

/* From here on, what libuv 1.44 answers with an abort is an error. */
#define MISUSE_IS_ANSWERED_SINCE 0x013400u

static uv_loop_t loop;
static uv_poll_t polls[SOME];
static int near[SOME]; /* polled */
static int far[SOME];
static int calls[SOME];
static int call_count;
static int close_count;
static int last_status;
static int last_events;

static int poller_is_iocp(void) {
  return strcmp(gy_test_poller(), "iocp") == 0;
}

static int index_of(const uv_poll_t* poll) {
  return (int)(poll - polls);
}

static void count_call(uv_poll_t* poll, int status, int events) {
  assert_ptr_equal(poll->loop, &loop);
  calls[index_of(poll)]++;
  call_count++;
  last_status = status;
  last_events = events;
}

static void count_close(uv_handle_t* handle) {
  assert_int_equal(uv_is_active(handle), 0);
  close_count++;
}

static void open_pair(int which) {
  int fds[2];

  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  near[which] = fds[0];
  far[which] = fds[1];
}

/* A loop with |count| handles, none started, each on a pair of its own. */
static void open_some(int count) {
  assert_int_equal(uv_loop_init(&loop), 0);
  for (int i = 0; i < count; i++) {
    open_pair(i);
    assert_int_equal(uv_poll_init(&loop, &polls[i], near[i]), 0);
  }
}

static void close_some(int count) {
  gy_test_close_loop(&loop);
  for (int i = 0; i < count; i++) {
    assert_int_equal(close(near[i]), 0);
    assert_int_equal(close(far[i]), 0);
  }
}

static void start(int which, int events, uv_poll_cb cb) {
  assert_int_equal(uv_poll_start(&polls[which], events, cb), 0);
}

static void make_readable(int which) {
  assert_int_equal(write(far[which], "x", 1), 1);
}

static void run_a_few_times(void) {
  for (int i = 0; i < 4; i++)
    uv_run(&loop, UV_RUN_NOWAIT);
}

static int is_active(int which) {
  return uv_is_active((uv_handle_t*)&polls[which]);
}

static void test_init_sets_the_descriptor_non_blocking_and_no_more(
    void** state) {
  int pair[2];

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(uv_poll_init(&loop, &polls[0], pair[0]), 0);
  assert_int_equal(fcntl(pair[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  assert_int_equal(fcntl(pair[0], F_GETFD) & FD_CLOEXEC, 0);
  gy_test_close_loop(&loop);
  assert_int_equal(fcntl(pair[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  assert_int_equal(close(pair[0]), 0); /* it was never ours to close */
  assert_int_equal(close(pair[1]), 0);
}

static void test_init_of_what_is_no_open_descriptor_is_ebadf(void** state) {
  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &polls[0], -1), UV_EBADF);
  assert_int_equal(uv_poll_init(&loop, &polls[0], -2), UV_EBADF);
  assert_int_equal(uv_poll_init(&loop, &polls[0], STALE_FD), UV_EBADF);
  assert_int_equal(uv_poll_init(&loop, &polls[0], 0x7fffffff), UV_EBADF);
  assert_int_equal(uv_poll_init_socket(&loop, &polls[0], -1), UV_EBADF);
  assert_int_equal(uv_poll_init_socket(&loop, &polls[0], STALE_FD), UV_EBADF);
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_init_of_a_file_or_a_directory_is_eperm(void** state) {
  FILE* file = tmpfile();
  int directory = open("/", O_RDONLY | O_CLOEXEC);

  (void)state;
  if (poller_is_iocp())
    gy_test_skip("on Windows they are no sockets, and have a test there");
  assert_non_null(file);
  assert_true(directory >= 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &polls[0], fileno(file)), UV_EPERM);
  assert_int_equal(uv_poll_init(&loop, &polls[0], directory), UV_EPERM);
  assert_int_equal(fcntl(fileno(file), F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_int_equal(close(directory), 0);
  assert_int_equal(fclose(file), 0);
}

static void test_init_with_a_pipe_or_a_socket_serves_either_name(void** state) {
  int fds[2];

  (void)state;
  open_some(0);
  open_pair(0);
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(uv_poll_init_socket(&loop, &polls[0], near[0]), 0);
  assert_int_equal(uv_poll_init_socket(&loop, &polls[1], fds[0]), 0);
  start(0, UV_READABLE, count_call);
  start(1, UV_READABLE, count_call);
  make_readable(0);
  assert_int_equal(write(fds[1], "x", 1), 1);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls[0], 1);
  assert_int_equal(calls[1], 1);
  close_some(1);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
}

static void test_handle_is_idle_until_started(void** state) {
  uv_os_fd_t fd = -1;

  (void)state;
  open_some(1);
  make_readable(0);
  assert_int_equal(is_active(0), 0);
  assert_int_equal(uv_has_ref((uv_handle_t*)&polls[0]), 1);
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_handle_get_type((uv_handle_t*)&polls[0]), UV_POLL);
  assert_int_equal(uv_fileno((uv_handle_t*)&polls[0], &fd), 0);
  assert_int_equal(fd, near[0]);
  assert_int_equal(uv_poll_stop(&polls[0]), 0);
  run_a_few_times();
  start(0, UV_READABLE, count_call);
  assert_int_equal(is_active(0), 1);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(call_count, 0);
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(call_count, 1);
  close_some(1);
}

static void test_event_repeats_for_as_long_as_it_holds(void** state) {
  char byte;

  (void)state;
  open_some(1);
  start(0, UV_READABLE, count_call);
  run_a_few_times();
  assert_int_equal(call_count, 0);
  make_readable(0);
  for (int i = 1; i <= 5; i++) {
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(call_count, i);
  }
  assert_int_equal(read(near[0], &byte, 1), 1);
  run_a_few_times();
  assert_int_equal(call_count, 5);
  close_some(1);
}

static void test_start_with_no_events_stops(void** state) {
  (void)state;
  open_some(1);
  make_readable(0);
  start(0, 0, count_call);
  assert_int_equal(is_active(0), 0);
  start(0, UV_READABLE, count_call);
  run_a_few_times();
  assert_int_equal(call_count, 4);
  start(0, 0, count_call);
  assert_int_equal(is_active(0), 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  run_a_few_times();
  assert_int_equal(call_count, 4);
  close_some(1);
}

static void test_stop_before_the_run_takes_the_start_back(void** state) {
  (void)state;
  open_some(1);
  make_readable(0);
  start(0, UV_READABLE, count_call);
  assert_int_equal(uv_poll_stop(&polls[0]), 0);
  assert_int_equal(uv_poll_stop(&polls[0]), 0);
  run_a_few_times();
  assert_int_equal(call_count, 0);
  start(0, UV_READABLE, count_call);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(call_count, 1);
  close_some(1);
}

static void wrong_call(uv_poll_t* poll, int status, int events) {
  (void)poll; /* that it is called at all is the failure */
  (void)status;
  (void)events;
  fail();
}

static void test_second_start_replaces_events_and_callback(void** state) {
  (void)state;
  open_some(1);
  make_readable(0);
  start(0, UV_WRITABLE, wrong_call);
  start(0, UV_READABLE, count_call);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(call_count, 1);
  assert_int_equal(last_events, UV_READABLE);
  start(0, UV_READABLE | UV_WRITABLE, count_call);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(last_events, UV_READABLE | UV_WRITABLE);
  start(0, UV_WRITABLE, count_call);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(last_events, UV_WRITABLE);
  assert_int_equal(call_count, 3);
  close_some(1);
}

static void take_turns(uv_poll_t* poll, int status, int events) {
  static const int turns[] = {UV_WRITABLE, UV_READABLE};

  assert_int_equal(events, turns[call_count % 2]);
  count_call(poll, status, events);
  start(0, turns[call_count % 2], take_turns);
}

static void test_events_can_be_changed_in_the_callback(void** state) {
  (void)state;
  open_some(1);
  make_readable(0);
  start(0, UV_WRITABLE, take_turns);
  for (int i = 0; i < 10; i++)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(call_count, 10);
  close_some(1);
}

static void call_and_stop(uv_poll_t* poll, int status, int events) {
  count_call(poll, status, events);
  assert_int_equal(uv_poll_stop(poll), 0);
  assert_int_equal(uv_is_active((uv_handle_t*)poll), 0);
}

static void test_stop_in_the_callback_ends_the_loop(void** state) {
  (void)state;
  open_some(1);
  make_readable(0);
  for (int i = 1; i <= 3; i++) {
    start(0, UV_READABLE | UV_WRITABLE, call_and_stop);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(call_count, i);
  }
  close_some(1);
}

static void call_and_close(uv_poll_t* poll, int status, int events) {
  count_call(poll, status, events);
  uv_close((uv_handle_t*)poll, count_close);
}

static void test_close_in_the_callback_is_the_last_call(void** state) {
  (void)state;
  open_some(1);
  make_readable(0);
  start(0, UV_READABLE, call_and_close);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  assert_int_equal(close_count, 1);
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_int_equal(fcntl(near[0], F_GETFD) & FD_CLOEXEC, 0);
  close(near[0]);
  close(far[0]);
}

static void test_closing_handle_has_no_descriptor_and_cannot_be_started(
    void** state) {
  uv_os_fd_t fd = -1;

  (void)state;
  open_some(1);
  start(0, UV_READABLE, count_call);
  make_readable(0);
  uv_close((uv_handle_t*)&polls[0], count_close);
  assert_int_equal(uv_fileno((uv_handle_t*)&polls[0], &fd), UV_EBADF);
  assert_int_equal(fd, -1);
  if (uv_version() >= MISUSE_IS_ANSWERED_SINCE) {
    assert_int_equal(uv_poll_start(&polls[0], UV_READABLE, count_call),
                     UV_EINVAL);
    assert_int_equal(uv_poll_start(&polls[0], 0, count_call), UV_EINVAL);
    (void)uv_poll_stop(&polls[0]); /* 0 or an error, but no harm */
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 0);
  assert_int_equal(close_count, 1);
  close_some(1);
}

static void test_start_refuses_unknown_events_and_no_callback(void** state) {
  static const int unknown[] = {16, 32, UV_READABLE | 64, 0x10000, -1};

  (void)state;
  if (uv_version() < MISUSE_IS_ANSWERED_SINCE)
    gy_test_skip("this library aborts on unknown events");
  open_some(1);
  make_readable(0);
  for (size_t i = 0; i < COUNT_OF(unknown); i++) {
    assert_int_equal(uv_poll_start(&polls[0], unknown[i], count_call),
                     UV_EINVAL);
    assert_int_equal(is_active(0), 0);
  }
  assert_int_equal(uv_poll_start(&polls[0], UV_READABLE, NULL), UV_EINVAL);
  assert_int_equal(is_active(0), 0);
  start(0, UV_READABLE, count_call);
  assert_int_equal(uv_poll_start(&polls[0], 16, wrong_call), UV_EINVAL);
  assert_int_equal(uv_poll_start(&polls[0], UV_WRITABLE, NULL), UV_EINVAL);
  assert_int_equal(is_active(0), 1);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(call_count, 1);
  assert_int_equal(last_events, UV_READABLE);
  close_some(1);
}

static void test_null_arguments_are_invalid(void** state) {
  (void)state;
  if (uv_version() < MISUSE_IS_ANSWERED_SINCE)
    gy_test_skip("this library crashes on NULL");
  open_some(1);
  assert_int_equal(uv_poll_init(NULL, &polls[1], near[0]), UV_EINVAL);
  assert_int_equal(uv_poll_init(&loop, NULL, near[0]), UV_EINVAL);
  assert_int_equal(uv_poll_start(NULL, UV_READABLE, count_call), UV_EINVAL);
  assert_int_equal(uv_poll_stop(NULL), UV_EINVAL);
  close_some(1);
}

static void test_two_handles_cannot_watch_one_descriptor(void** state) {
  (void)state;
  open_some(1);
  /* Nobody watches yet: allowed. */
  assert_int_equal(uv_poll_init(&loop, &polls[1], near[0]), 0);
  start(0, UV_READABLE, count_call);
  assert_int_equal(uv_poll_init(&loop, &polls[2], near[0]), UV_EEXIST);
  assert_int_equal(uv_poll_start(&polls[1], UV_WRITABLE, count_call),
                   UV_EEXIST);
  assert_int_equal(is_active(1), 0);
  make_readable(0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls[0], 1);
  assert_int_equal(last_events, UV_READABLE);
  assert_int_equal(uv_poll_stop(&polls[0]), 0);
  start(1, UV_WRITABLE, count_call);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls[1], 1);
  assert_int_equal(calls[0], 1);
  close_some(1);
}

static void test_closing_a_stopped_handle_leaves_its_successor_alone(
    void** state) {
  (void)state;
  open_some(1);
  start(0, UV_READABLE, count_call);
  run_a_few_times();
  assert_int_equal(uv_poll_stop(&polls[0]), 0);
  assert_int_equal(uv_poll_init(&loop, &polls[1], near[0]), 0);
  start(1, UV_READABLE, count_call);
  uv_close((uv_handle_t*)&polls[0], count_close);
  run_a_few_times();
  assert_int_equal(close_count, 1);
  assert_int_equal(is_active(1), 1);
  make_readable(0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(calls[1], 1);
  close_some(1);
}

static void test_two_loops_can_watch_one_descriptor(void** state) {
  uv_loop_t other;
  uv_poll_t poll;

  (void)state;
  open_some(1);
  assert_int_equal(uv_loop_init(&other), 0);
  start(0, UV_READABLE, count_call);
  assert_int_equal(uv_poll_init(&other, &poll, near[0]), 0);
  assert_int_equal(uv_poll_start(&poll, UV_READABLE, wrong_call), 0);
  make_readable(0);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(call_count, 1);
  gy_test_close_loop(&other);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(call_count, 2);
  close_some(1);
}

static void test_unreferenced_handle_does_not_keep_the_loop_alive(
    void** state) {
  (void)state;
  open_some(2);
  start(0, UV_READABLE, count_call);
  uv_unref((uv_handle_t*)&polls[0]);
  make_readable(0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  /* Company keeps the loop, and then it is called. */
  start(1, UV_WRITABLE, call_and_stop);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls[1], 1);
  assert_true(calls[0] >= 1);
  close_some(2);
}

static void test_handle_can_be_closed_without_ever_being_started(void** state) {
  (void)state;
  open_some(1);
  uv_close((uv_handle_t*)&polls[0], count_close);
  assert_int_equal(close_count, 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(close_count, 1);
  close_some(1);
}

static void allow_descriptors(rlim_t count) {
  struct rlimit limit;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < count)
    gy_test_skip("too few descriptors are allowed here");
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < count) {
    limit.rlim_cur = count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
}

static int crowd_calls[MANY];

static void count_crowd_call(uv_poll_t* poll, int status, int events) {
  assert_int_equal(status, 0);
  assert_int_equal(events, UV_READABLE);
  crowd_calls[*(int*)poll->data]++;
  call_count++;
  assert_int_equal(uv_poll_stop(poll), 0);
}

static void test_two_thousand_descriptors_report_once_each(void** state) {
  static uv_poll_t crowd[MANY];
  static int pairs[MANY][2];
  static int numbers[MANY];

  (void)state;
  allow_descriptors(2 * MANY + 64);
  assert_int_equal(uv_loop_init(&loop), 0);
  for (int i = 0; i < MANY; i++) {
    numbers[i] = i;
    crowd[i].data = &numbers[i];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
    assert_int_equal(uv_poll_init(&loop, &crowd[i], pairs[i][0]), 0);
    assert_int_equal(uv_poll_start(&crowd[i], UV_READABLE, count_crowd_call),
                     0);
  }
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(call_count, 0);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(write(pairs[i][1], "x", 1), 1);
  /* Every handle stops itself, so the loop ends when all were called. */
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, MANY);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(crowd_calls[i], 1);
  gy_test_close_loop(&loop);
  for (int i = 0; i < MANY; i++) {
    close(pairs[i][0]);
    close(pairs[i][1]);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_init_sets_the_descriptor_non_blocking_and_no_more),
    cmocka_unit_test(test_init_of_what_is_no_open_descriptor_is_ebadf),
    cmocka_unit_test(test_init_of_a_file_or_a_directory_is_eperm),
    cmocka_unit_test(test_init_with_a_pipe_or_a_socket_serves_either_name),
    cmocka_unit_test(test_handle_is_idle_until_started),
    cmocka_unit_test(test_event_repeats_for_as_long_as_it_holds),
    cmocka_unit_test(test_start_with_no_events_stops),
    cmocka_unit_test(test_stop_before_the_run_takes_the_start_back),
    cmocka_unit_test(test_second_start_replaces_events_and_callback),
    cmocka_unit_test(test_events_can_be_changed_in_the_callback),
    cmocka_unit_test(test_stop_in_the_callback_ends_the_loop),
    cmocka_unit_test(test_close_in_the_callback_is_the_last_call),
    cmocka_unit_test(
        test_closing_handle_has_no_descriptor_and_cannot_be_started),
    cmocka_unit_test(test_start_refuses_unknown_events_and_no_callback),
    cmocka_unit_test(test_null_arguments_are_invalid),
    cmocka_unit_test(test_two_handles_cannot_watch_one_descriptor),
    cmocka_unit_test(test_closing_a_stopped_handle_leaves_its_successor_alone),
    cmocka_unit_test(test_two_loops_can_watch_one_descriptor),
    cmocka_unit_test(test_unreferenced_handle_does_not_keep_the_loop_alive),
    cmocka_unit_test(test_handle_can_be_closed_without_ever_being_started),
    cmocka_unit_test(test_two_thousand_descriptors_report_once_each),
};

GY_TEST_MAIN(tests)
