/* sys-spawn.c - to start a program, and to learn what became of it: the
 * parent's side; see sys-spawn.h. */
#include "sys-spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fault.h"
#include "sys-child.h"
#include "sys-local.h"
#include "sys-net.h"
#include "sys-raw.h"
#include "sys-signal.h"
#include "uv/errno.h"

/* The UV_E* of the call that has just failed. */
static int last_error(void) {
  return -errno;
}

/* Set errno to |err|, what GY_FAULT() said, unless it is 0; |err|. */
static int fault(int err) {
  if (err != 0) {
    errno = err;
  }
  return err;
}

/* ---- the end of a child
 * ------------------------------------------------------
 */

/* There is no child, which libuv has no error for: no such process. */
static int reap_error(int err) {
  return err == -ECHILD ? UV_ESRCH : err;
}

/* As gy_sys_child_reap(), by number. */
static int pid_reap(int pid, int options, gy_sys_end_t* end) {
  int status = 0;
  int got;

  do {
    got = fault(GY_FAULT("waitpid")) ? -1 : waitpid(pid, &status, options);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    return got == 0 ? UV_EAGAIN : reap_error(last_error());
  }
  end->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  end->signum = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return 0;
}

int gy_sys_child_reap(const gy_sys_child_t* child, gy_sys_end_t* end) {
  int err = UV_ENOSYS;

  if (child->pidfd >= 0) {
    err = gy_sys_pidfd_reap(child->pidfd, end);
  }
  /* Linux 5.2 has the descriptor, and cannot wait for it. */
  return err == UV_ENOSYS || err == UV_EINVAL
             ? pid_reap(child->pid, WNOHANG, end)
             : reap_error(err);
}

void gy_sys_child_undo(const gy_sys_child_t* child) {
  gy_sys_end_t end;

  (void)kill(child->pid, SIGKILL);
  /* If it is gone, somebody else has reaped it. */
  (void)pid_reap(child->pid, 0, &end);
  if (child->pidfd >= 0) {
    gy_sys_close(child->pidfd);
  }
}

int gy_sys_child_kill(const gy_sys_child_t* child, int signum) {
  int err = UV_ENOSYS;

  if (child->pidfd >= 0) {
    err = gy_sys_pidfd_kill(child->pidfd, signum);
  }
  return err == UV_ENOSYS || err == UV_EPERM ? gy_sys_kill(child->pid, signum)
                                             : err;
}

/* ---- by fork ----------------------------------------------------------------
 */

/* What the child wrote to |fd|, of which it holds the other end until it
 * executes: 0, or UV_E*. */
static int error_read(int fd) {
  int err = 0;
  ssize_t count = gy_sys_read(fd, &err, sizeof(err));

  return count == sizeof(err) ? err : 0;
}

/* Start the child of |birth|, which has a copy of our memory. */
static int child_fork(gy_sys_birth_t* birth, gy_sys_child_t* child) {
  int pid;

  if (fault(GY_FAULT("fork"))) {
    return last_error();
  }
  pid = fork();
  if (pid == 0) {
    (void)gy_sys_child_main(birth);
  }
  if (pid < 0) {
    return last_error();
  }
  child->pid = pid;
  child->pidfd = -1;
  return 0;
}

static int spawn_by_fork(gy_sys_birth_t* birth, gy_sys_child_t* child) {
  int ends[2];
  int err = gy_sys_pipe(ends);

  if (err != 0) {
    return err;
  }
  birth->error_fd = ends[1];
  err = child_fork(birth, child);
  gy_sys_close(ends[1]);
  if (err == 0) {
    birth->err = error_read(ends[0]);
    if (birth->err == 0 && !birth->plan->no_pidfd) {
      int pidfd = gy_sys_pidfd_open(child->pid);
      child->pidfd = pidfd >= 0 ? pidfd : -1;
    }
  }
  gy_sys_close(ends[0]);
  return err;
}

/* ---- starting
 * ----------------------------------------------------------------
 */

static int spawn_blocked(const gy_sys_plan_t* plan, gy_sys_child_t* child) {
  gy_sys_birth_t birth = {plan, -1, 0};
  gy_sys_end_t end;
  int err = plan->by_fork ? UV_ENOSYS : gy_sys_child_clone(&birth, child);

  if (err == UV_ENOSYS) {
    err = spawn_by_fork(&birth, child);
  }
  if (err != 0 || birth.err == 0) {
    return err;
  }
  /* The child is ending. If it is gone, somebody else has reaped it. */
  (void)pid_reap(child->pid, 0, &end);
  if (child->pidfd >= 0) {
    gy_sys_close(child->pidfd);
  }
  return birth.err;
}

int gy_sys_spawn(const gy_sys_plan_t* plan, gy_sys_child_t* child) {
  sigset_t mask;
  int cancel;
  int err;

  /* A thread that was cancelled in here would leave the child behind. */
  (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
  /* The child takes the mask with it: until it has reset them, no handler of
   * this process may run there. */
  gy_raw_signals_block(&mask);
  err = spawn_blocked(plan, child);
  gy_raw_signals_set(&mask);
  (void)pthread_setcancelstate(cancel, NULL);
  return err;
}

/* ---- the world around ------------------------------------------------------
 */

bool gy_sys_has_pidfd(void) {
  static atomic_int known = -1;
  int has = atomic_load_explicit(&known, memory_order_relaxed);
  int fd;

  if (has >= 0) {
    return has != 0;
  }
  fd = gy_sys_pidfd_open(getpid());
  if (fd == UV_EMFILE || fd == UV_ENFILE) {
    return false; /* It may have, and cannot give one now. */
  }
  if (fd >= 0) {
    gy_sys_close(fd);
  }
  atomic_store_explicit(&known, fd >= 0, memory_order_relaxed);
  return fd >= 0;
}

bool gy_sys_ignores_children(void) {
  struct sigaction action;

  return sigaction(SIGCHLD, NULL, &action) == 0 &&
         (action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT));
}

int gy_sys_pid(void) {
  return getpid();
}

int gy_sys_not_inherited(int fd) {
  int flags = fcntl(fd, F_GETFD);

  if (flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) != 0) {
    return last_error();
  }
  return 0;
}
