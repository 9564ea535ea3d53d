/* sweep.h - a scenario is lived once for each call that can fail in it.
 *
 * A scenario is a function that uses the public API, and takes every error as a
 * program would: it goes on without, closes what it has, and leaves. sweep()
 * first lives it in peace, to learn which system calls it makes and whether it
 * takes memory. Then, for each of those calls, for each error that such a call
 * can end in, once and for ever, and for N from 1 on, a child process lives it
 * while the Nth call fails, until N is more than there are.
 *
 * A child fails when it crashes, hangs, leaves a descriptor open or memory
 * taken, when an error comes out that has nothing to do with the one that was
 * put in, or when the same scenario does not succeed afterwards, in peace. */
#ifndef GY_FAULT_SWEEP_H_
#define GY_FAULT_SWEEP_H_

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"

enum {
  SOURCE_MOST = 48,
  SOURCE_NAME_SIZE = 32,
  FD_LIMIT = 1536, /* a scenario opens none from here on */
  FD_BATCH = 256,  /* a part of that; no limit on files is less */
  STORM = 100,     /* how often a call fails that is tried again and again */
  LIMIT_S = 20     /* then a child hangs */
};

/* How often a call is to fail in a row. */
typedef enum {
  FAIL_ONCE = 1,
  FAIL_STORM = 2,
  FAIL_FOR_EVER = 4
} lasting_t;

typedef struct {
  const char* call; /* NULL: any that has no row */
  int err;
  unsigned lastings; /* lasting_t */
} failure_t;

/* The errors that a call may end in, one row for each that is told apart.
 * "malloc" is all of the library's memory. */
static const failure_t failures[] = {
    {"malloc", ENOMEM, FAIL_ONCE | FAIL_FOR_EVER},
    {"epoll_create1", EMFILE, FAIL_ONCE | FAIL_FOR_EVER},
    {"epoll_ctl", ENOMEM, FAIL_ONCE | FAIL_FOR_EVER},
    {"epoll_ctl", ENOSPC, FAIL_ONCE | FAIL_FOR_EVER},
    /* For ever, it is what a descriptor says that is closed, and these are not:
     * nothing would be heard of them, rightly. */
    {"epoll_ctl", EBADF, FAIL_ONCE},
    {"epoll_ctl", ENOENT, FAIL_ONCE | FAIL_FOR_EVER},
    {"epoll_pwait2", ENOSYS, FAIL_ONCE | FAIL_FOR_EVER},
    {"epoll_pwait2", EPERM, FAIL_ONCE | FAIL_FOR_EVER},
    {"epoll_pwait2", EINTR, FAIL_ONCE | FAIL_STORM},
    {"epoll_pwait2", EBADF, FAIL_ONCE | FAIL_FOR_EVER},
    {"epoll_pwait", EINTR, FAIL_ONCE | FAIL_STORM},
    {"epoll_pwait", EBADF, FAIL_ONCE | FAIL_FOR_EVER},
    {"epoll_wait", EINTR, FAIL_ONCE | FAIL_STORM},
    {"epoll_wait", EBADF, FAIL_ONCE | FAIL_FOR_EVER},
    {"kqueue", EMFILE, FAIL_ONCE | FAIL_FOR_EVER},
    {"kevent", EINTR, FAIL_ONCE | FAIL_STORM},
    {"kevent", ENOMEM, FAIL_ONCE | FAIL_FOR_EVER},
    {"kevent", EBADF, FAIL_ONCE | FAIL_FOR_EVER},
    {"ppoll", EINTR, FAIL_ONCE | FAIL_STORM},
    {"ppoll", ENOMEM, FAIL_ONCE | FAIL_FOR_EVER},
    {"poll", EINTR, FAIL_ONCE | FAIL_STORM},
    {"poll", ENOMEM, FAIL_ONCE | FAIL_FOR_EVER},
    {"pselect", EINTR, FAIL_ONCE | FAIL_STORM},
    {"pselect", ENOMEM, FAIL_ONCE | FAIL_FOR_EVER},
    {"pselect", EBADF, FAIL_ONCE | FAIL_FOR_EVER},
    {"fstat", EIO, FAIL_ONCE | FAIL_FOR_EVER},
    {"fcntl", EBADF, FAIL_ONCE | FAIL_FOR_EVER},
    {"eventfd", EMFILE, FAIL_ONCE | FAIL_FOR_EVER},
    {"pipe2", EMFILE, FAIL_ONCE | FAIL_FOR_EVER},
    {"pipe", EMFILE, FAIL_ONCE | FAIL_FOR_EVER},
    {"read", EIO, FAIL_ONCE | FAIL_FOR_EVER},
    /* A wake that cannot be written is lost, and the loop sleeps on: then its
     * descriptor is gone, and there is no other way to reach it. */
    {"write", EINTR, FAIL_ONCE | FAIL_STORM},
    {"kevent_trigger", EINTR, FAIL_ONCE | FAIL_STORM},
    {"inotify_init1", EMFILE, FAIL_ONCE | FAIL_FOR_EVER},
    {"inotify_add_watch", ENOSPC, FAIL_ONCE | FAIL_FOR_EVER},
    {"inotify_read", EINTR, FAIL_ONCE | FAIL_STORM},
    {"inotify_read", EIO, FAIL_ONCE | FAIL_FOR_EVER},
    /* A listener goes on after these, and so must whoever waits for it. */
    {"accept4", EMFILE, FAIL_ONCE | FAIL_FOR_EVER},
    {"accept4", ENOMEM, FAIL_ONCE},
    {"accept4", ECONNABORTED, FAIL_ONCE},
    {"accept4", EAGAIN, FAIL_ONCE},
    {"connect", ECONNREFUSED, FAIL_ONCE | FAIL_FOR_EVER},
    /* Nobody would ever hear of anything that is always EAGAIN. */
    {"recv", ECONNRESET, FAIL_ONCE | FAIL_FOR_EVER},
    {"recv", EAGAIN, FAIL_ONCE | FAIL_STORM},
    {"recv", EINTR, FAIL_ONCE | FAIL_STORM},
    {"recvmsg", ECONNRESET, FAIL_ONCE | FAIL_FOR_EVER},
    {"recvmsg", EAGAIN, FAIL_ONCE | FAIL_STORM},
    {"recvmsg", EINTR, FAIL_ONCE | FAIL_STORM},
    {"recvfrom", EHOSTUNREACH, FAIL_ONCE | FAIL_FOR_EVER},
    {"recvfrom", EAGAIN, FAIL_ONCE | FAIL_STORM},
    {"recvmmsg", EHOSTUNREACH, FAIL_ONCE | FAIL_FOR_EVER},
    {"recvmmsg", EAGAIN, FAIL_ONCE | FAIL_STORM},
    {"send", EPIPE, FAIL_ONCE | FAIL_FOR_EVER},
    {"send", EAGAIN, FAIL_ONCE | FAIL_STORM},
    {"send", EINTR, FAIL_ONCE | FAIL_STORM},
    {"sendmsg", EPIPE, FAIL_ONCE | FAIL_FOR_EVER},
    {"sendmsg", EAGAIN, FAIL_ONCE | FAIL_STORM},
    {"sendmsg", EINTR, FAIL_ONCE | FAIL_STORM},
    {"sendto", ENETUNREACH, FAIL_ONCE | FAIL_FOR_EVER},
    {"sendto", EAGAIN, FAIL_ONCE | FAIL_STORM},
    {"sendmmsg", ENETUNREACH, FAIL_ONCE | FAIL_FOR_EVER},
    {"sendmmsg", EAGAIN, FAIL_ONCE | FAIL_STORM},
    {"writev", EPIPE, FAIL_ONCE | FAIL_FOR_EVER},
    {"writev", EAGAIN, FAIL_ONCE | FAIL_STORM},
    {"tcsetattr", EIO, FAIL_ONCE | FAIL_FOR_EVER},
    {"tcsetattr", EINTR, FAIL_ONCE | FAIL_STORM},
    {"pthread_create", EAGAIN, FAIL_ONCE | FAIL_FOR_EVER},
    {"clone", EAGAIN, FAIL_ONCE | FAIL_FOR_EVER},
    {"clone", ENOSYS, FAIL_ONCE | FAIL_FOR_EVER},
    {"fork", EAGAIN, FAIL_ONCE | FAIL_FOR_EVER},
    {"execve", EACCES, FAIL_ONCE | FAIL_FOR_EVER},
    {"pidfd_open", EMFILE, FAIL_ONCE | FAIL_FOR_EVER},
    {"pidfd_open", ENOSYS, FAIL_ONCE | FAIL_FOR_EVER},
    {"waitid", EINTR, FAIL_ONCE | FAIL_STORM},
    {"waitid", EINVAL, FAIL_ONCE | FAIL_FOR_EVER},
    {"waitpid", EINTR, FAIL_ONCE | FAIL_STORM},
    {"close_range", ENOSYS, FAIL_ONCE | FAIL_FOR_EVER},
    {NULL, ENOMEM, FAIL_ONCE | FAIL_FOR_EVER},
};

/* What parent and children both see. */
typedef struct {
  atomic_flag lock; /* for the sources */
  atomic_int source_count;
  char sources[SOURCE_MOST][SOURCE_NAME_SIZE];
  atomic_bool hit; /* did the fault befall anybody? */
} shared_t;

/* What one child is to suffer. */
typedef struct {
  const char* call; /* NULL: nothing */
  int err;
  lasting_t lasting;
  int at; /* from 1 on */
} fault_t;

static shared_t* shared;
static fault_t fault;
static atomic_int fault_calls;  /* of fault.call, so far */
static atomic_bool fault_armed; /* is anything to fail now? */
static atomic_int blocks;       /* how many are allocated */

/* ---- the fault --------------------------------------------------------- */

/* Remember |call|, unless it is known. */
static void source_note(const char* call) {
  int index = 0;

  while (atomic_flag_test_and_set(&shared->lock)) {
    /* Somebody else does the same; it does not take long. */
  }
  while (index < atomic_load(&shared->source_count) &&
         strcmp(shared->sources[index], call) != 0) {
    index++;
  }
  if (index == atomic_load(&shared->source_count) && index < SOURCE_MOST) {
    (void)snprintf(shared->sources[index], SOURCE_NAME_SIZE, "%s", call);
    atomic_fetch_add(&shared->source_count, 1);
  }
  atomic_flag_clear(&shared->lock);
}

static int fault_length(lasting_t lasting) {
  switch (lasting) {
    case FAIL_ONCE:
      return 1;
    case FAIL_STORM:
      return STORM;
    case FAIL_FOR_EVER:
      return INT_MAX;
  }
  return 0;
}

/* gy_fault_hook. */
static int fault_decide(const char* call) {
  int number;

  if (!atomic_load(&fault_armed)) {
    return 0;
  }
  source_note(call);
  if (fault.call == NULL || strcmp(fault.call, call) != 0) {
    return 0;
  }
  number = atomic_fetch_add(&fault_calls, 1) + 1;
  if (number < fault.at || number - fault.at >= fault_length(fault.lasting)) {
    return 0;
  }
  atomic_store(&shared->hit, true);
  return fault.err;
}

/* ---- the library's memory ------------------------------------------------ */

static void* memory_count(void* memory) {
  atomic_fetch_add(&blocks, memory != NULL);
  return memory;
}

static void* memory_malloc(size_t size) {
  return fault_decide("malloc") != 0 ? NULL : memory_count(malloc(size));
}

static void* memory_calloc(size_t count, size_t size) {
  return fault_decide("malloc") != 0 ? NULL : memory_count(calloc(count, size));
}

static void* memory_realloc(void* memory, size_t size) {
  void* larger = fault_decide("malloc") != 0 ? NULL : realloc(memory, size);

  if (memory == NULL) {
    (void)memory_count(larger);
  }
  return larger;
}

static void memory_free(void* memory) {
  atomic_fetch_sub(&blocks, memory != NULL);
  free(memory);
}

/* ---- for scenarios ------------------------------------------------------- */

/* End the child with the word that |condition| does not hold. */
#define CHECK(condition) \
  child_check((condition) ? true : false, #condition, __FILE__, __LINE__)

static inline void child_check(bool holds, const char* condition,
                               const char* file, int line) {
  if (!holds) {
    fprintf(stderr, "%s:%d: %s\n", file, line, condition);
    _exit(1);
  }
}

static inline bool fault_is_on(void) {
  return atomic_load(&fault_armed) && fault.call != NULL;
}

/* The error |err| came out: is it the one that was put in? Nothing else is the
 * matter with the system. */
static inline void error_check(int err, const char* what, const char* file,
                               int line) {
  if (fault_is_on() && err == -fault.err) {
    return;
  }
  fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, uv_strerror(err));
  _exit(1);
}

/* Did |err|, what a call of the library returned, mean success? An error must
 * be the one that was put in. */
#define works(err) error_is_none(err, #err, __FILE__, __LINE__)

static inline bool error_is_none(int err, const char* what, const char* file,
                                 int line) {
  if (err != 0) {
    error_check(err, what, file, line);
  }
  return err == 0;
}

/* As above, for what returns NULL when there is no memory. */
#define made(pointer) pointer_is_made(pointer, #pointer, __FILE__, __LINE__)

static inline bool pointer_is_made(const void* pointer, const char* what,
                                   const char* file, int line) {
  if (pointer == NULL && !fault_is_on()) {
    error_check(UV_ENOMEM, what, file, line);
  }
  return pointer != NULL;
}

/* Between these two nothing fails. */
static inline void fault_pause(void) {
  atomic_store(&fault_armed, false);
}

static inline void fault_resume(void) {
  atomic_store(&fault_armed, true);
}

/* ---- a child --------------------------------------------------------------
 */

typedef void (*scenario_t)(void);

/* By poll, which tells of many descriptors in one call. */
static inline void fds_list(bool* open) {
  struct pollfd some[FD_BATCH];

  for (int first = 0; first < FD_LIMIT; first += FD_BATCH) {
    for (int i = 0; i < FD_BATCH; i++) {
      some[i] = (struct pollfd){.fd = first + i};
    }
    CHECK(poll(some, FD_BATCH, 0) >= 0);
    for (int i = 0; i < FD_BATCH; i++) {
      open[first + i] = (some[i].revents & POLLNVAL) == 0;
    }
  }
}

static inline void fds_check(const bool* before) {
  static bool now[FD_LIMIT];

  fds_list(now);
  for (int fd = 0; fd < FD_LIMIT; fd++) {
    if (now[fd] != before[fd]) {
      fprintf(stderr, "descriptor %d is %s\n", fd,
              now[fd] ? "left open" : "closed");
      _exit(1);
    }
  }
}

/* Live |scenario| with the fault, then in peace, and exit. */
static inline void child_live(scenario_t scenario) {
  static bool fds[FD_LIMIT];

  alarm(LIMIT_S);
  CHECK(uv_replace_allocator(memory_malloc, memory_realloc, memory_calloc,
                             memory_free) == 0);
  gy_fault_hook = fault_decide;
  fds_list(fds);
  fault_resume();
  scenario();
  fault_pause();
  fds_check(fds);
  scenario();
  fds_check(fds);
  uv_library_shutdown();
  CHECK(atomic_load(&blocks) == 0);
  _exit(0);
}

/* Have a child live |scenario| while |next| befalls it; fail the test when that
 * goes wrong. Did it befall anybody? */
static inline bool child_run(scenario_t scenario, const fault_t* next) {
  pid_t pid;
  int status = -1;

  atomic_store(&shared->hit, false);
  atomic_flag_clear(&shared->lock); /* A child may have died with it. */
  fault = *next;
  fflush(NULL);
  pid = fork();
  if (pid == 0) {
    child_live(scenario);
  }
  assert_true(pid > 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  if (status != 0) {
    fail_msg("%s no. %d fails%s with %s: %s %d",
             next->call != NULL ? next->call : "nothing", next->at,
             next->lasting == FAIL_ONCE ? "" : ", and those after it",
             uv_err_name(-next->err),
             WIFSIGNALED(status) ? "ended by signal" : "exit status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  }
  return atomic_load(&shared->hit);
}

/* ---- the sweep ------------------------------------------------------------
 */

static inline bool failure_fits(const failure_t* failure, const char* call) {
  if (failure->call != NULL) {
    return strcmp(failure->call, call) == 0;
  }
  for (size_t i = 0; failures[i].call != NULL; i++) {
    if (strcmp(failures[i].call, call) == 0) {
      return false;
    }
  }
  return true;
}

/* One after another, each |call| fails with |failure|, for |lasting|. How many
 * children that took. */
static inline int sweep_failure(scenario_t scenario, const char* call,
                                const failure_t* failure, lasting_t lasting) {
  fault_t next = {call, failure->err, lasting, 0};

  if ((failure->lastings & (unsigned)lasting) == 0) {
    return 0;
  }
  do {
    next.at++;
  } while (child_run(scenario, &next));
  return next.at;
}

static inline int sweep_source(scenario_t scenario, const char* call) {
  int children = 0;

  for (size_t i = 0; i < COUNT_OF(failures); i++) {
    if (failure_fits(&failures[i], call)) {
      children += sweep_failure(scenario, call, &failures[i], FAIL_ONCE);
      children += sweep_failure(scenario, call, &failures[i], FAIL_STORM);
      children += sweep_failure(scenario, call, &failures[i], FAIL_FOR_EVER);
    }
  }
  return children;
}

/* Sweep through |scenario|. It must make the call |known|, so that one that
 * does nothing by mistake is found out. */
static inline void sweep(scenario_t scenario, const char* known) {
  const fault_t none = {NULL, 0, FAIL_ONCE, 0};
  bool seen = false;
  int children = 0;

  shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_true(shared != MAP_FAILED);
  atomic_flag_clear(&shared->lock);
  (void)child_run(scenario, &none);
  /* What fails may lead to calls that are made in no other case: the list may
   * grow. */
  for (int i = 0; i < atomic_load(&shared->source_count); i++) {
    children += sweep_source(scenario, shared->sources[i]);
    seen |= strcmp(shared->sources[i], known) == 0;
  }
  print_message("%d lives, %d calls\n", children,
                atomic_load(&shared->source_count));
  assert_true(seen);
  assert_int_equal(munmap(shared, sizeof(*shared)), 0);
}

#endif /* GY_FAULT_SWEEP_H_ */
