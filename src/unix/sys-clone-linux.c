/* sys-clone-linux.c - a child that shares our memory until it executes, by
 * clone(2).
 *
 * fork(2) copies the page tables, which for a heap of a gigabyte takes a tenth
 * of a second, and then each page that is written to meanwhile. This child
 * copies nothing; this thread waits for it (CLONE_VFORK), and other threads go
 * on. It has a stack of its own, as it must not write to ours.
 *
 * There are worlds where clone(2) says yes and makes a fork of it: emulators
 * and valgrind. A child would then tell of errors in memory that nobody sees.
 * So the first child of all does nothing but write to ours. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../fault.h"
#include "sys-child.h"
#include "sys-raw.h"
#include "uv/errno.h"

enum {
  STACK_SIZE = 64 * 1024
};

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000 /* Linux 5.2; before, it means nothing */
#endif

#ifdef __has_feature
#define GY_HAS_FEATURE(name) __has_feature(name)
#else
#define GY_HAS_FEATURE(name) 0
#endif

typedef enum {
  SHARING_UNKNOWN,
  SHARING_WORKS,
  SHARING_FAILS
} sharing_t;

/* ThreadSanitizer believes that a child has a copy of all it knows: in what is
 * ours it takes the other threads for dead, and leaves locks unheard. */
#if defined(GY_THREAD_SANITIZER) || defined(__SANITIZE_THREAD__) || \
    GY_HAS_FEATURE(thread_sanitizer)
static atomic_int sharing = SHARING_FAILS;
#else
static atomic_int sharing = SHARING_UNKNOWN;
#endif

/* The UV_E* of the call that has just failed. */
static int last_error(void) {
  return -errno;
}

static void* stack_open(void) {
  int err = GY_FAULT("mmap");

  if (err != 0) {
    errno = err;
    return MAP_FAILED;
  }
  return mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
}

static void stack_close(void* stack) {
  (void)munmap(stack, STACK_SIZE); /* It cannot fail: it is ours. */
}

/* Run |main| in a child that shares our memory. Its pid, or UV_E*. */
static int child_start(int (*main)(void* arg), void* arg, void* stack,
                       int flags, int* pidfd) {
  int err = GY_FAULT("clone");
  int pid;

  if (err != 0) {
    return -err;
  }
  pid = clone(main, (char*)stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | flags,
              arg, pidfd);
  return pid >= 0 ? pid : last_error();
}

/* ---- does it work? ----------------------------------------------------------
 */

static int probe_main(void* arg) {
  *(volatile int*)arg = 1;
  gy_raw_exit(0);
}

/* It sends no SIGCHLD, and is seen by nobody who does not ask for such. */
static sharing_t sharing_probe(void* stack) {
  volatile int seen = 0;
  int pidfd = -1;
  int pid = child_start(probe_main, (void*)&seen, stack, 0, &pidfd);

  if (pid < 0) {
    return pid == UV_EAGAIN || pid == UV_ENOMEM ? SHARING_UNKNOWN
                                                : SHARING_FAILS;
  }
  while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR) {
    /* It ends at once. */
  }
  return seen ? SHARING_WORKS : SHARING_FAILS;
}

static bool sharing_works(void* stack) {
  int known = atomic_load_explicit(&sharing, memory_order_relaxed);

  if (known == SHARING_UNKNOWN) {
    known = (int)sharing_probe(stack);
    atomic_store_explicit(&sharing, known, memory_order_relaxed);
  }
  return known == SHARING_WORKS;
}

/* ---- the child --------------------------------------------------------------
 */

/* Who changes the identity of a process makes its memory one that cannot be
 * dumped, or looked at by a debugger; and it is ours as well. */
static int dumpable_save(const gy_sys_plan_t* plan) {
  return plan->set_uid || plan->set_gid ? prctl(PR_GET_DUMPABLE) : -1;
}

static void dumpable_restore(int saved) {
  if (saved == 1 && prctl(PR_GET_DUMPABLE) != 1) {
    (void)prctl(PR_SET_DUMPABLE, 1); /* It cannot fail. */
  }
}

static int clone_on(void* stack, gy_sys_birth_t* birth, gy_sys_child_t* child) {
  int dumpable = dumpable_save(birth->plan);
  int flags = SIGCHLD | (birth->plan->no_pidfd ? 0 : CLONE_PIDFD);
  int pidfd = -1;
  int pid = child_start(gy_sys_child_main, birth, stack, flags, &pidfd);

  dumpable_restore(dumpable);
  if (pid < 0) {
    /* A warden of system calls, who came after the first child perhaps. */
    return pid == UV_EINVAL || pid == UV_EPERM ? UV_ENOSYS : pid;
  }
  child->pid = pid;
  child->pidfd = pidfd;
  return 0;
}

int gy_sys_child_clone(gy_sys_birth_t* birth, gy_sys_child_t* child) {
  void* stack = stack_open();
  int err = UV_ENOSYS;

  if (stack == MAP_FAILED) {
    return last_error();
  }
  if (sharing_works(stack)) {
    err = clone_on(stack, birth, child);
  }
  stack_close(stack);
  return err;
}
