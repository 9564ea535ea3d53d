/* filters.c - what kqueue(2) tells of things that are not read or written:
 * events of users, timers, files, processes, signals. See kernel.c. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "queue.h"

/* ---- USER --------------------------------------------------------------- */

#ifdef EVFILT_USER

static void* trigger(void* arg) {
  const struct kevent it = change(1, EVFILT_USER, 0, NOTE_TRIGGER, 0);

  (void)arg;
  (void)kevent(queue, &it, 1, NULL, 0, NULL);
  return NULL;
}

static void test_user_event_of_another_thread_is_heard_once(void** state) {
  pthread_t thread;

  (void)state;
  add(1, EVFILT_USER, EV_CLEAR);
  assert_int_equal(look(), 0);
  assert_int_equal(pthread_create(&thread, NULL, trigger, NULL), 0);
  assert_int_equal(hear()->filter, EVFILT_USER);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(look(), 0);
}

static void test_user_events_add_up_to_one(void** state) {
  (void)state;
  add(1, EVFILT_USER, EV_CLEAR);
  trigger(NULL);
  trigger(NULL);
  assert_int_equal(look(), 1);
  assert_int_equal(look(), 0);
}

static void test_user_event_that_is_not_cleared_repeats(void** state) {
  (void)state;
  add(1, EVFILT_USER, 0);
  trigger(NULL);
  assert_int_equal(look(), 1);
  assert_int_equal(look(), 1);
}

#endif

/* ---- TIMER -------------------------------------------------------------- */

static void test_timer_comes_back_cleared_by_itself_and_repeats(void** state) {
  int64_t began = clock_ns();
  const struct kevent* event;

  (void)state;
  assert_int_equal(tell(1, EVFILT_TIMER, EV_ADD, 0, 2), 0);
  event = hear();
  assert_int_equal(event->filter, EVFILT_TIMER);
  assert_int_equal(event->flags & EV_CLEAR, EV_CLEAR);
  assert_true(event->data >= 1);
  assert_true(hear()->data >= 1);
  assert_true(clock_ns() - began >= 4 * INT64_C(1000000));
}

static void test_timer_of_once_is_gone_after_it(void** state) {
  (void)state;
  assert_int_equal(tell(1, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 1), 0);
  assert_int_equal(hear()->data, 1);
  assert_int_equal(tell(1, EVFILT_TIMER, EV_DELETE, 0, 0), ENOENT);
}

/* ---- VNODE -------------------------------------------------------------- */

static char path[64];

/* A file of one byte, of which all is to be heard. */
static int file_open(void) {
  const unsigned all = NOTE_DELETE | NOTE_WRITE | NOTE_EXTEND | NOTE_ATTRIB |
                       NOTE_LINK | NOTE_RENAME;
  int fd;

  (void)snprintf(path, sizeof(path),
                 "/tmp/gyre-kqueue.XX"
                 "XXXX");
  fd = mkstemp(path);
  assert_true(fd >= 0);
  put(fd, 1);
  assert_int_equal(tell(fd, EVFILT_VNODE, EV_ADD | EV_CLEAR, all, 0), 0);
  assert_int_equal(look(), 0);
  return fd;
}

static void test_write_at_the_end_writes_and_extends_a_file(void** state) {
  int fd = file_open();

  (void)state;
  put(fd, 1);
  assert_int_equal(hear()->fflags, NOTE_WRITE | NOTE_EXTEND);
  assert_int_equal(look(), 0);
  assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
  put(fd, 1);
  assert_int_equal(hear()->fflags, NOTE_WRITE);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(close(fd), 0);
}

static void test_mode_and_name_and_removal_of_a_file_are_told(void** state) {
  int fd = file_open();
  char other[80];

  (void)state;
  assert_int_equal(fchmod(fd, 0640), 0);
  assert_int_equal(hear()->fflags & NOTE_ATTRIB, NOTE_ATTRIB);
  (void)snprintf(other, sizeof(other), "%s.moved", path);
  assert_int_equal(rename(path, other), 0);
  assert_int_equal(hear()->fflags & NOTE_RENAME, NOTE_RENAME);
  assert_int_equal(unlink(other), 0);
  assert_int_equal(hear()->fflags & NOTE_DELETE, NOTE_DELETE);
  assert_int_equal(close(fd), 0);
  assert_int_equal(look(), 0);
}

/* ---- PROC and SIGNAL ---------------------------------------------------- */

static void test_exit_of_a_child_is_told_once_with_its_status(void** state) {
  const struct kevent* event;
  int gate[2];
  int status;
  pid_t child;
  char byte;

  (void)state;
  assert_int_equal(pipe(gate), 0);
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    (void)close(gate[1]);
    _exit(read(gate[0], &byte, 1) == 0 ? 3 : 4);
  }
  assert_int_equal(tell(child, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0), 0);
  assert_int_equal(look(), 0);
  shut(gate);
  event = hear();
  assert_int_equal(event->ident, child);
  assert_true((event->fflags & NOTE_EXIT) != 0);
  assert_int_equal(look(), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(WEXITSTATUS(status), 3);
  assert_int_equal(tell(child, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0), ESRCH);
}

static void test_signal_is_counted(void** state) {
  (void)state;
  assert_true(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
  add(SIGUSR1, EVFILT_SIGNAL, 0);
  assert_int_equal(look(), 0);
  assert_int_equal(kill(getpid(), SIGUSR1), 0);
  assert_int_equal(hear()->data, 1);
  assert_int_equal(look(), 0);
}

static const struct CMUnitTest tests[] = {
#ifdef EVFILT_USER
    QUEUE_TEST(test_user_event_of_another_thread_is_heard_once),
    QUEUE_TEST(test_user_events_add_up_to_one),
    QUEUE_TEST(test_user_event_that_is_not_cleared_repeats),
#endif
    QUEUE_TEST(test_timer_comes_back_cleared_by_itself_and_repeats),
    QUEUE_TEST(test_timer_of_once_is_gone_after_it),
    QUEUE_TEST(test_write_at_the_end_writes_and_extends_a_file),
    QUEUE_TEST(test_mode_and_name_and_removal_of_a_file_are_told),
    QUEUE_TEST(test_exit_of_a_child_is_told_once_with_its_status),
    QUEUE_TEST(test_signal_is_counted),
};

GY_TEST_MAIN(tests)
