/* posix.h - as much of POSIX as the tests use, for Windows.
 *
 * So the bodies of the tests are the same everywhere. A descriptor is a SOCKET
 * here, whose numbers are small enough for an int; both ends of a pair or a
 * pipe are TCP over the loopback. What Windows has not, such as fork(2) and
 * signals, skips the test that asks for it. It is included before anything
 * else, since it takes names over. */
#ifndef GY_WINDOWS_POSIX_H_
#define GY_WINDOWS_POSIX_H_

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/* What is left from the days of 16 bits are words that tests use. */
#undef near
#undef far

/* ---- sockets, pairs and pipes ------------------------------------------ */

/* Once, before all else here. */
void gy_posix_startup(void);

int gy_posix_socketpair(int family, int type, int protocol, int fds[2]);
int gy_posix_pipe(int fds[2]);
int gy_posix_connect(int fd, const struct sockaddr* address, int size);
int gy_posix_getsockopt(int fd, int level, int name, int* value, int* size);
int gy_posix_open(const char* path, int flags, ...);
int gy_posix_close(int fd);
ssize_t gy_posix_read(int fd, void* buf, size_t size);
ssize_t gy_posix_write(int fd, const void* buf, size_t size);
int gy_posix_fcntl(int fd, int command, ...);
int gy_posix_poll(WSAPOLLFD* entries, unsigned long count, int timeout_ms);

#define socketpair gy_posix_socketpair
#define pipe gy_posix_pipe
#define connect gy_posix_connect
#define getsockopt gy_posix_getsockopt
#define open gy_posix_open
#define close gy_posix_close
#define read gy_posix_read
#define write gy_posix_write
#define fcntl gy_posix_fcntl
#define poll(entries, count, timeout_ms) \
  gy_posix_poll(entries, count, timeout_ms)

#define F_DUPFD 0
#define F_GETFD 1
#define F_GETFL 3
#define F_SETFL 4
#define FD_CLOEXEC 1
#define O_NONBLOCK 04000
#define O_CLOEXEC 0
#define SHUT_WR SD_SEND

/* After these names were taken: structs have members called so. */
#include <uv.h>

/* A descriptor is what uv_poll_init() takes, and that is a socket here. */
#define uv_poll_init(loop, poll, fd) \
  uv_poll_init_socket(loop, poll, (SOCKET)(intptr_t)(fd))

/* ---- the environment ---------------------------------------------------- */

int gy_posix_setenv(const char* name, const char* value, int replace);
int gy_posix_unsetenv(const char* name);

#define setenv gy_posix_setenv
#define unsetenv gy_posix_unsetenv

/* ---- what there is not: these skip the test ------------------------------ */

/* Skip the test, since Windows has no |what|. */
int gy_posix_lacks(const char* what);

struct sigaction {
  void (*sa_handler)(int);
};

#define SIGUSR1 10
#define SIGUSR2 12
#define SIGPROF 27
#define SIGALRM 14
#define sigaction(signum, action, old) \
  ((void)(signum), (void)(action), (void)(old), gy_posix_lacks("signals"))
typedef int sigset_t;

#define SIG_BLOCK 0
#define SIG_UNBLOCK 1
#define sigemptyset(set) (*(set) = 0)
#define sigaddset(set, signum) ((void)(signum), *(set) = 0)
#undef pthread_sigmask
#define pthread_sigmask(how, set, old) \
  ((void)(set), (void)(old), gy_posix_lacks("signals"))
#define pthread_kill(thread, signum) \
  ((void)(thread), (void)(signum), gy_posix_lacks("signals"))
#define fork() gy_posix_lacks("fork")
#define dup(fd) ((void)(fd), gy_posix_lacks("dup"))
#define dup2(fd, number) ((void)(fd), (void)(number), gy_posix_lacks("dup2"))
#define waitpid(pid, status, flags) \
  ((void)(pid), *(status) = 0, gy_posix_lacks("waitpid"))
#define WIFSIGNALED(status) ((status) != 0)
#define WTERMSIG(status) (status)
#define WIFEXITED(status) ((status) == 0)
#define WEXITSTATUS(status) (status)

/* wine lets through what the system below it knows of its own processes. */
FILE* gy_posix_fopen(const char* path, const char* mode);
int gy_posix_access(const char* path, int mode);

#define fopen gy_posix_fopen
#define access gy_posix_access

/* Nothing is found by any name. */
#define RTLD_DEFAULT NULL
#define dlsym(library, name) ((void)(library), (void)(name), (void*)NULL)

/* ---- limits -------------------------------------------------------------- */

typedef unsigned long long rlim_t;

struct rlimit {
  rlim_t rlim_cur;
  rlim_t rlim_max;
};

#define RLIM_INFINITY (~(rlim_t)0)
#define RLIMIT_NOFILE 1
#define RLIMIT_STACK 2
#define RLIMIT_CORE 3
#define getrlimit(which, limit)                      \
  ((void)(which), (limit)->rlim_cur = RLIM_INFINITY, \
   (limit)->rlim_max = RLIM_INFINITY, 0)
#define setrlimit(which, limit) \
  ((void)(which), (void)(limit), gy_posix_lacks("limits"))
#define _SC_PAGESIZE 1
#define sysconf(which) ((void)(which), 4096L)

#endif /* GY_WINDOWS_POSIX_H_ */
