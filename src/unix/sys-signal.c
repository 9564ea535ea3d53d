/* sys-signal.c - the system calls about signals; see sys-signal.h. */
#include "sys-signal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "../fault.h"
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

int gy_sys_signal_catch(int signum, void (*handler)(int signum), bool once) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  if (once) {
    /* The flag is the sign bit on some systems. */
    action.sa_flags = (int)((unsigned)action.sa_flags | (unsigned)SA_RESETHAND);
  }
  (void)sigfillset(&action.sa_mask); /* It cannot fail. */
  if (fault(GY_FAULT("sigaction")) || sigaction(signum, &action, NULL) != 0) {
    return last_error();
  }
  return 0;
}

void gy_sys_signal_release(int signum) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = SIG_DFL;
  (void)sigemptyset(&action.sa_mask); /* It cannot fail; nor can the next: */
  (void)sigaction(signum, &action, NULL);
}

int gy_sys_kill(int pid, int signum) {
  return fault(GY_FAULT("kill")) || kill(pid, signum) != 0 ? last_error() : 0;
}
