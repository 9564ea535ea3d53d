/* sys.c - the one place of the Windows rooms where system calls are made. */
#include "win/sys.h"

#include <winsock2.h>
#include <windows.h>

#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "fault.h"
#include "uv/errno.h"
#include "win/clock.h"
#include "win/error.h"

enum {
  NAME_MOST = 128, /* characters of a variable's name */
  VALUE_MOST = 255 /* of its value that are read: a number or a name */
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

/* |value| in UTF-8 in |buf|, cut to |size| bytes with its NUL. Nobody here asks
 * for more than VALUE_MOST characters of it. */
static bool value_copy(const wchar_t* value, char* buf, size_t size) {
  char whole[VALUE_MOST * 3];
  size_t length = wcsnlen(value, VALUE_MOST);
  size_t used = 0;

  if (length > 0) {
    used = (size_t)WideCharToMultiByte(CP_UTF8, 0, value, (int)length, whole,
                                       (int)sizeof(whole), NULL, NULL);
  }
  used = used < size ? used : size - 1;
  memcpy(buf, whole, used);
  buf[used] = '\0';
  return true;
}

/* The value in |entry|, which is "NAME=value", if |name| of |length| is its
 * name; else NULL. */
static const wchar_t* entry_value(const wchar_t* entry, const wchar_t* name,
                                  size_t length) {
  if (wcsnlen(entry, length) < length || entry[length] != L'=' ||
      CompareStringOrdinal(entry, (int)length, name, (int)length, TRUE) !=
          CSTR_EQUAL) {
    return NULL;
  }
  return entry + length + 1;
}

bool gy_sys_getenv(const char* name, char* buf, size_t size) {
  wchar_t wide[NAME_MOST];
  const wchar_t* value = NULL;
  wchar_t* block;
  wchar_t* entry;
  bool found = false;

  if (MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, NAME_MOST) == 0) {
    return false;
  }
  /* Not by its name, which would take room for the longest value there can be,
   * 64 KB, where few characters are wanted. */
  block = GetEnvironmentStringsW();
  if (block == NULL) {
    return false;
  }
  for (entry = block; *entry != L'\0' && value == NULL;
       entry += wcslen(entry) + 1) {
    value = entry_value(entry, wide, wcslen(wide));
  }
  if (value != NULL) {
    found = value_copy(value, buf, size);
  }
  (void)FreeEnvironmentStringsW(block); /* It is that. */
  return found;
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
