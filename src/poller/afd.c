/* afd.c - asking the socket driver of Windows when a socket is ready.
 *
 * The numbers below are in no header of the system. They are those of the
 * interface between Winsock's user half and its driver, as they are written
 * down in many places. */
#include "poller/afd.h"

#include <mswsock.h>
#include <ntstatus.h>
#include <stdint.h>

#include "fault.h"
#include "uv/errno.h"
#include "win/error.h"

/* The control code of a poll. */
#define AFD_POLL 0x00012024u

/* What can be asked and is answered. */
enum {
  AFD_RECEIVE = 0x0001,
  AFD_EXPEDITED = 0x0002, /* out of band */
  AFD_SEND = 0x0004,
  AFD_DISCONNECT = 0x0008, /* the peer sends no more */
  AFD_ABORT = 0x0010,      /* the connection was reset */
  AFD_LOCAL_CLOSE = 0x0020,
  AFD_ACCEPT = 0x0080,
  AFD_CONNECT_FAIL = 0x0100
};

/* Asked for in any case. */
enum {
  AFD_ALWAYS = AFD_ABORT | AFD_LOCAL_CLOSE | AFD_CONNECT_FAIL
};

/* Newer than some headers. */
#ifndef SIO_BASE_HANDLE
#define SIO_BASE_HANDLE _WSAIOR(IOC_WS2, 34)
#endif
#ifndef SIO_BSP_HANDLE_POLL
#define SIO_BSP_HANDLE_POLL _WSAIOR(IOC_WS2, 29)
#endif

/* ---- the two languages ------------------------------------------------ */

static ULONG events_of(unsigned want) {
  ULONG events = AFD_ALWAYS;

  if (want & GY_READABLE) {
    /* The end of the data can be read, too. */
    events |= AFD_RECEIVE | AFD_ACCEPT | AFD_DISCONNECT;
  }
  if (want & GY_WRITABLE) {
    events |= AFD_SEND;
  }
  if (want & GY_DISCONNECT) {
    events |= AFD_DISCONNECT;
  }
  if (want & GY_PRIORITIZED) {
    events |= AFD_EXPEDITED;
  }
  return events;
}

static int mask_of(ULONG events) {
  int mask = 0;

  if (events & (AFD_RECEIVE | AFD_ACCEPT)) {
    mask |= GY_READABLE;
  }
  if (events & AFD_DISCONNECT) {
    mask |= GY_READABLE | GY_DISCONNECT;
  }
  if (events & AFD_SEND) {
    mask |= GY_WRITABLE;
  }
  if (events & AFD_EXPEDITED) {
    mask |= GY_PRIORITIZED;
  }
  if (events & (AFD_ABORT | AFD_CONNECT_FAIL)) {
    /* What recv() and send() have to say about it does not have to be waited
     * for. */
    mask |= GY_HANGUP | GY_READABLE | GY_WRITABLE;
  }
  if (events & AFD_LOCAL_CLOSE) {
    mask |= GY_FAILED;
  }
  return mask;
}

/* ---- the driver ------------------------------------------------------- */

int gy_afd_startup(void) {
  WSADATA data;
  int err = GY_FAULT("WSAStartup");

  if (err == 0) {
    /* Counted by the system, and ended with the process. */
    err = WSAStartup(MAKEWORD(2, 2), &data);
  }
  return gy_win_error((unsigned long)err);
}

int gy_afd_open(HANDLE port, ULONG_PTR key, HANDLE* afd) {
  /* What stands behind the device is for those who look at open files. */
  static WCHAR path[] = L"\\Device\\Afd\\Gyre";
  UNICODE_STRING name = {sizeof(path) - sizeof(WCHAR), sizeof(path), path};
  OBJECT_ATTRIBUTES attributes = {.Length = sizeof(attributes),
                                  .ObjectName = &name};
  IO_STATUS_BLOCK status;
  HANDLE opened = NULL;
  LONG result = GY_FAULT("NtCreateFile");
  int err = GY_FAULT("CreateIoCompletionPort");

  if (result == 0) {
    result =
        NtCreateFile(&opened, SYNCHRONIZE, &attributes, &status, NULL, 0,
                     FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, NULL, 0);
  }
  if (result < 0) {
    return gy_win_status_error(result);
  }
  if (err == 0 && CreateIoCompletionPort(opened, port, key, 0) == NULL) {
    err = (int)GetLastError();
  }
  if (err != 0) {
    (void)CloseHandle(opened); /* Nobody else knows it. */
    return gy_win_error((unsigned long)err);
  }
  *afd = opened;
  return 0;
}

/* ---- sockets ---------------------------------------------------------- */

static int socket_ask(SOCKET socket, DWORD question, SOCKET* answer) {
  int err = GY_FAULT("WSAIoctl");
  DWORD size;

  if (err == 0 && WSAIoctl(socket, question, NULL, 0, answer, sizeof(*answer),
                           &size, NULL, NULL) == SOCKET_ERROR) {
    err = WSAGetLastError();
  }
  return err;
}

/* Which error it is that |fd| is no socket. */
static int not_a_socket(gy_fd_t fd) {
  DWORD flags;

  return GetHandleInformation(fd, &flags) ? UV_EPERM : UV_EBADF;
}

/* Is it one? 0, or what Winsock says. */
static int socket_check(SOCKET socket) {
  int err = GY_FAULT("getsockopt");
  int type;
  int size = sizeof(type);

  if (err == 0 && getsockopt(socket, SOL_SOCKET, SO_TYPE, (char*)&type,
                             &size) == SOCKET_ERROR) {
    err = WSAGetLastError();
  }
  return err;
}

/* The socket under |socket|, which is one. 0, or what Winsock says. */
static int socket_base(SOCKET socket, SOCKET* base) {
  int err = socket_ask(socket, SIO_BASE_HANDLE, base);

  /* There are filters that wrongly answer this themselves. */
  if (err != 0 && socket_ask(socket, SIO_BSP_HANDLE_POLL, base) == 0) {
    return 0;
  }
  return err;
}

int gy_afd_base(gy_fd_t fd, SOCKET* base) {
  SOCKET socket = (SOCKET)(uintptr_t)fd;
  SOCKET found = INVALID_SOCKET;
  int err;

  if (((uintptr_t)fd & 3) != 0) {
    return UV_EBADF; /* No handle; those that stand for oneself are so, too. */
  }
  /* wine answers the next question with the number that it was given. */
  err = socket_check(socket);
  if (err == 0) {
    err = socket_base(socket, &found);
  }
  if (err == WSAENOTSOCK) {
    return not_a_socket(fd);
  }
  if (err != 0) {
    return gy_win_error((unsigned long)err);
  }
  *base = found;
  return 0;
}

/* ---- polls ------------------------------------------------------------ */

int gy_afd_start(HANDLE afd, gy_afd_poll_t* poll, SOCKET base, unsigned want,
                 void* cookie) {
  LONG result = GY_FAULT("NtDeviceIoControlFile");

  if (result != 0) {
    return gy_win_status_error(result);
  }
  poll->info.timeout.QuadPart = INT64_MAX;
  poll->info.count = 1;
  poll->info.exclusive = FALSE; /* Others may poll this socket as well. */
  poll->info.entry.socket = (HANDLE)base;
  poll->info.entry.events = events_of(want);
  poll->info.entry.status = 0;
  poll->status.Status = STATUS_PENDING;
  result = NtDeviceIoControlFile(afd, NULL, NULL, cookie, &poll->status,
                                 AFD_POLL, &poll->info, sizeof(poll->info),
                                 &poll->info, sizeof(poll->info));
  return gy_win_status_error(result);
}

bool gy_afd_ended(const gy_afd_poll_t* poll) {
  /* Volatile: the kernel writes it. */
  return *(const volatile NTSTATUS*)&poll->status.Status != STATUS_PENDING;
}

int gy_afd_cancel(HANDLE afd, gy_afd_poll_t* poll) {
  int err = GY_FAULT("CancelIoEx");

  /* An OVERLAPPED begins with a status block, and no more of it is looked at.
   */
  if (err == 0 && !CancelIoEx(afd, (OVERLAPPED*)(void*)&poll->status)) {
    err = (int)GetLastError();
  }
  /* Not found: the poll has ended, which is as good. */
  return err == ERROR_NOT_FOUND ? 0 : gy_win_error((unsigned long)err);
}

int gy_afd_result(const gy_afd_poll_t* poll) {
  if (poll->status.Status == STATUS_CANCELLED) {
    return 0;
  }
  if (poll->status.Status < 0) {
    return gy_win_status_error(poll->status.Status);
  }
  return poll->info.count > 0 ? mask_of(poll->info.entry.events) : 0;
}
