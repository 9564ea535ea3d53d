/* signal.c - signals on Unix: the handler, and who sends them. */
#include "../platform.h"
#include "sys-signal.h"

int gy_platform_signal_catch(int signum, bool once) {
  return gy_sys_signal_catch(signum, gy_signal_deliver, once);
}

void gy_platform_signal_release(int signum) {
  gy_sys_signal_release(signum);
}

int uv_kill(int pid, int signum) {
  return gy_sys_kill(pid, signum);
}
