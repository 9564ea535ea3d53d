/* sys.c - the one place of the Windows rooms where system calls are made. */
#include "win/sys.h"

#include <winsock2.h>
#include <windows.h>

#include <io.h>
#include <stdlib.h>

#include "fault.h"
#include "uv/errno.h"
#include "win/clock.h"
#include "win/error.h"

enum {
  NAME_MOST = 128,   /* characters of a variable's name */
  VALUE_MOST = 32767 /* of its value, which is Windows' own limit */
};

uint64_t gy_sys_clock(void) {
  return gy_win_clock();
}

void gy_sys_sleep(unsigned ms) {
  uint64_t deadline = gy_win_deadline((uint64_t)ms * 1000000);
  DWORD left;

  while ((left = gy_win_ms_until(deadline)) > 0) {
    Sleep(left);
  }
}

void gy_sys_yield(void) {
  /* The first knows the threads that wait for this processor, the second all
   * others; both of them only threads of no less priority. A thread of less is
   * helped by the system, after some seconds. */
  if (!SwitchToThread()) {
    Sleep(0);
  }
}

/* ---- the environment ------------------------------------------------------
 */

/* |value| in UTF-8 in |buf|; false when it does not fit. */
static bool value_copy(const wchar_t* value, char* buf, size_t size) {
  int room = size < VALUE_MOST ? (int)size : VALUE_MOST;

  return WideCharToMultiByte(CP_UTF8, 0, value, -1, buf, room, NULL, NULL) > 0;
}

bool gy_sys_getenv(const char* name, char* buf, size_t size) {
  wchar_t wide_name[NAME_MOST];
  wchar_t value[256];
  DWORD length;

  if (MultiByteToWideChar(CP_UTF8, 0, name, -1, wide_name, NAME_MOST) == 0) {
    return false;
  }
  /* What is asked for here are numbers and names: what is longer than the room
   * for it would not fit into the caller's either. */
  SetLastError(ERROR_SUCCESS);
  length = GetEnvironmentVariableW(wide_name, value, 256);
  if (length >= 256 || (length == 0 && GetLastError() != ERROR_SUCCESS)) {
    return false;
  }
  return value_copy(value, buf, size);
}

/* ---- files and sockets ----------------------------------------------------
 */

#if defined(_UCRT)

static void parameter_ignore(const wchar_t* expression, const wchar_t* function,
                             const wchar_t* file, unsigned line,
                             uintptr_t reserved) {
  (void)expression; /* The error is told by what the function returns. */
  (void)function;
  (void)file;
  (void)line;
  (void)reserved;
}

/* The universal C runtime ends the program for a file that is not open, unless
 * the thread says that it wants an error. */
static intptr_t file_handle(int file) {
  _invalid_parameter_handler was =
      _set_thread_local_invalid_parameter_handler(parameter_ignore);
  intptr_t handle = _get_osfhandle(file);

  (void)_set_thread_local_invalid_parameter_handler(was);
  return handle;
}

#else

static intptr_t file_handle(int file) {
  return _get_osfhandle(file);
}

#endif

int gy_sys_file_handle(int file, void** handle) {
  intptr_t found;

  if (GY_FAULT("_get_osfhandle")) {
    return UV_EBADF;
  }
  found = file_handle(file);
  /* -2 is the answer for a standard stream that has no file. */
  if (found == -1 || found == -2) {
    return UV_EBADF;
  }
  *handle = (void*)found;
  return 0;
}

int gy_sys_nonblock(void* socket) {
  u_long yes = 1;
  int err = GY_FAULT("ioctlsocket");

  if (err == 0 && ioctlsocket((SOCKET)(uintptr_t)socket, (long)FIONBIO, &yes)) {
    err = WSAGetLastError();
  }
  return gy_win_error((unsigned long)err);
}
