/* platform.c - the small things that platform.h asks of Unix. */
#include "../platform.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../fault.h"
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

static _Thread_local uv_loop_t* running;

uv_loop_t* gy_platform_running(void) {
  return running;
}

void gy_platform_set_running(uv_loop_t* loop) {
  running = loop;
}

bool gy_platform_is_profiling(int signum) {
  return signum == SIGPROF;
}

/* ---- the process's lock and environment -----------------------------------
 */

static pthread_mutex_t process_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t process_once = PTHREAD_ONCE_INIT;

/* Neither fails: the mutex is of the plain kind, and whoever unlocks it has it.
 */
static void process_lock_take(void) {
  (void)pthread_mutex_lock(&process_lock);
}

static void process_lock_leave(void) {
  (void)pthread_mutex_unlock(&process_lock);
}

/* If there is no memory for that, a child that is forked while another thread
 * holds the lock finds it held. */
static void process_lock_open(void) {
  (void)pthread_atfork(process_lock_take, process_lock_leave,
                       process_lock_leave);
}

void gy_platform_lock(void) {
  (void)pthread_once(&process_once, process_lock_open);
  process_lock_take();
}

void gy_platform_unlock(void) {
  process_lock_leave();
}

bool gy_platform_getenv(const char* name, char* buf, size_t size) {
  const char* value;
  size_t length;

  gy_platform_lock();
  value = getenv(name);
  if (value != NULL) {
    length = strlen(value);
    length = length < size ? length : size - 1;
    memcpy(buf, value, length);
    buf[length] = '\0';
  }
  gy_platform_unlock();
  return value != NULL;
}

int gy_platform_setenv(const char* name, const char* value) {
  int err = GY_FAULT("setenv");

  if (err == 0 &&
      (value != NULL ? setenv(name, value, 1) : unsetenv(name)) != 0) {
    err = errno;
  }
  return -err;
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
