/* posix.c - as much of POSIX as the tests use, for Windows; see posix.h. */
#include "support/windows/posix.h"

/* Winsock's own is meant here. */
#undef connect
#undef getsockopt
#undef fopen
#undef open
#undef access

#include <stdarg.h>
#include <string.h>

#include "support/test.h"

/* ---- errors ------------------------------------------------------------- */

/* What recv() and send() can say, in the words of POSIX. */
static int errno_of(int code) {
  switch (code) {
    case WSAEWOULDBLOCK:
      return EAGAIN;
    case WSAECONNRESET:
      return ECONNRESET;
    case WSAECONNREFUSED:
      return ECONNREFUSED;
    case WSAECONNABORTED:
      return ECONNABORTED;
    case WSAENOTSOCK:
      return EBADF;
    case WSAENOTCONN:
      return ENOTCONN;
    case WSAESHUTDOWN:
      return EPIPE;
    default:
      return EIO;
  }
}

/* |result|, with errno set when it is an error. */
static int told(int result) {
  if (result == SOCKET_ERROR)
    errno = errno_of(WSAGetLastError());
  return result;
}

static SOCKET socket_of(int fd) {
  return (SOCKET)(intptr_t)fd;
}

/* ---- sockets, pairs and pipes ------------------------------------------- */

void gy_posix_startup(void) {
  WSADATA data;

  assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

static SOCKET listener_open(struct sockaddr_in* address, int* size) {
  SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);

  assert_true(listener != INVALID_SOCKET);
  memset(address, 0, sizeof(*address));
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  *size = sizeof(*address);
  assert_int_equal(bind(listener, (struct sockaddr*)address, *size), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr*)address, size), 0);
  return listener;
}

int gy_posix_socketpair(int family, int type, int protocol, int fds[2]) {
  struct sockaddr_in address;
  SOCKET listener;
  SOCKET ends[2];
  int yes = 1;
  int size;

  (void)family; /* There is no other. */
  (void)protocol;
  assert_int_equal(type, SOCK_STREAM);
  /* The ends before the listener, so that they get the numbers that the last
   * pair had. */
  ends[0] = socket(AF_INET, SOCK_STREAM, 0);
  listener = listener_open(&address, &size);
  assert_int_equal(connect(ends[0], (struct sockaddr*)&address, size), 0);
  ends[1] = accept(listener, NULL, NULL);
  assert_true(ends[0] != INVALID_SOCKET && ends[1] != INVALID_SOCKET);
  closesocket(listener);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY,
                                (const char*)&yes, sizeof(yes)),
                     0);
    fds[i] = (int)ends[i];
  }
  return 0;
}

int gy_posix_pipe(int fds[2]) {
  return gy_posix_socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

int gy_posix_connect(int fd, const struct sockaddr* address, int size) {
  int result = told(connect(socket_of(fd), address, size));

  if (result != 0 && errno == EAGAIN)
    errno = EINPROGRESS;
  return result;
}

int gy_posix_getsockopt(int fd, int level, int name, int* value, int* size) {
  int result = told(getsockopt(socket_of(fd), level, name, (char*)value, size));

  if (result == 0 && level == SOL_SOCKET && name == SO_ERROR && *value != 0)
    *value = errno_of(*value);
  return result;
}

static int is_of_linux(const char* path) {
  return strncmp(path, "/proc/", 6) == 0;
}

/* Only to have what is no socket: the flags do not matter. */
int gy_posix_open(const char* path, int flags, ...) {
  char program[MAX_PATH];
  HANDLE file;

  (void)flags;
  if (is_of_linux(path)) {
    assert_in_range(GetModuleFileNameA(NULL, program, MAX_PATH), 1,
                    MAX_PATH - 1);
    path = program;
  }
  file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                     FILE_FLAG_BACKUP_SEMANTICS, NULL);
  return file == INVALID_HANDLE_VALUE ? -1 : (int)(intptr_t)file;
}

int gy_posix_close(int fd) {
  if (closesocket(socket_of(fd)) == 0)
    return 0;
  return CloseHandle((HANDLE)(intptr_t)fd) ? 0 : told(SOCKET_ERROR);
}

ssize_t gy_posix_read(int fd, void* buf, size_t size) {
  return told(recv(socket_of(fd), buf, (int)size, 0));
}

ssize_t gy_posix_write(int fd, const void* buf, size_t size) {
  return told(send(socket_of(fd), buf, (int)size, 0));
}

int gy_posix_fcntl(int fd, int command, ...) {
  DWORD flags;
  u_long yes;
  va_list ap;

  if (command == F_GETFD) {
    /* Of the numbers that mean the same handle, the first. */
    return fd % 4 == 0 && GetHandleInformation((HANDLE)(intptr_t)fd, &flags)
               ? 0
               : -1;
  }
  if (command != F_SETFL) {
    return gy_posix_lacks("way to ask for the mode of a socket");
  }
  va_start(ap, command);
  yes = (va_arg(ap, int) & O_NONBLOCK) != 0;
  va_end(ap);
  return told(ioctlsocket(socket_of(fd), (long)FIONBIO, &yes));
}

int gy_posix_poll(WSAPOLLFD* entries, unsigned long count, int timeout_ms) {
  return told(WSAPoll(entries, count, timeout_ms));
}

/* ---- the rest ----------------------------------------------------------- */

/* Not through the C runtime, which cannot tell empty from not set. */
int gy_posix_setenv(const char* name, const char* value, int replace) {
  (void)replace; /* It always does. */
  return SetEnvironmentVariableA(name, value) ? 0 : -1;
}

int gy_posix_unsetenv(const char* name) {
  (void)SetEnvironmentVariableA(name, NULL); /* It may not be set. */
  return 0;
}

FILE* gy_posix_fopen(const char* path, const char* mode) {
  return is_of_linux(path) ? NULL : fopen(path, mode);
}

int gy_posix_access(const char* path, int mode) {
  return is_of_linux(path) ? -1 : access(path, mode);
}

int gy_posix_lacks(const char* what) {
  char why[128];

  snprintf(why, sizeof(why), "Windows has no %s", what);
  gy_test_skip(why);
  return -1;
}
