/* platform.c - the small things that platform.h asks of Windows. */
#include "platform.h"

#include <stdlib.h>

#include "win/error.h"
#include "win/sys.h"

uint64_t gy_platform_clock(void) {
  return gy_sys_clock();
}

uint64_t uv_hrtime(void) {
  return gy_sys_clock();
}

void uv_sleep(unsigned int msec) {
  gy_sys_sleep(msec);
}

void gy_platform_yield(void) {
  gy_sys_yield();
}

void gy_platform_nap(void) {
  gy_sys_sleep(1);
}

/* No poller of Windows owes anything. A variable of the thread's own would make
 * the library need another one of the compiler's. */
uv_loop_t* gy_platform_running(void) {
  return NULL;
}

void gy_platform_set_running(uv_loop_t* loop) {
  (void)loop;
}

bool gy_platform_is_profiling(int signum) {
  (void)signum; /* Profilers of Windows stop the thread; they send no signal. */
  return false;
}

bool gy_platform_getenv(const char* name, char* buf, size_t size) {
  return gy_sys_getenv(name, buf, size);
}

int gy_platform_error(int sys_error) {
  return sys_error <= 0 ? sys_error : gy_win_error((unsigned long)sys_error);
}

int gy_platform_system_error(const uv_fs_t* req) {
  return (int)req->system_error;
}

int gy_platform_at_fork(void (*prepare)(void), void (*parent)(void),
                        void (*child)(void)) {
  (void)prepare; /* There is no fork. */
  (void)parent;
  (void)child;
  return 0;
}

int gy_platform_fd(int file, gy_fd_t* fd) {
  return gy_sys_file_handle(file, fd);
}

int gy_platform_socket(uv_os_sock_t socket, gy_fd_t* fd) {
  if (socket == INVALID_SOCKET) {
    return UV_EBADF;
  }
  *fd = (gy_fd_t)(uintptr_t)socket;
  return 0;
}

uint32_t gy_platform_scope(const char* text) {
  char* end;
  unsigned long scope;

  if (text[0] < '0' || text[0] > '9') {
    return 0; /* strtoul() would take signs and spaces. */
  }
  scope = strtoul(text, &end, 10);
  return *end == '\0' && scope < UINT32_MAX ? (uint32_t)scope : 0;
}

void gy_title_shutdown(void) {
  /* A title is the console's there, and nothing is kept for it. */
}
