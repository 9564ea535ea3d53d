/* platform.c - the small things that platform.h asks of Unix. */
#include "../platform.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sys.h"

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

bool gy_platform_is_profiling(int signum) {
  return signum == SIGPROF;
}

bool gy_platform_getenv(const char* name, char* buf, size_t size) {
  const char* value = getenv(name);
  size_t length;

  if (value == NULL) {
    return false;
  }
  length = strlen(value);
  length = length < size ? length : size - 1;
  memcpy(buf, value, length);
  buf[length] = '\0';
  return true;
}

int gy_platform_error(int sys_error) {
  return sys_error <= 0 ? sys_error : -sys_error;
}

int gy_platform_system_error(const uv_fs_t* req) {
  return (int)-req->result;
}

int gy_platform_at_fork(void (*prepare)(void), void (*parent)(void),
                        void (*child)(void)) {
  return -pthread_atfork(prepare, parent, child);
}

int gy_platform_fd(int file, gy_fd_t* fd) {
  if (file < 0) {
    return UV_EBADF;
  }
  *fd = file;
  return 0;
}

int gy_platform_socket(uv_os_sock_t socket, gy_fd_t* fd) {
  return gy_platform_fd(socket, fd);
}
