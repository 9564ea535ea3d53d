/* afd.h - asking the socket driver of Windows when a socket is ready.
 *
 * AFD is the driver behind Winsock. One of its control codes is a poll of a
 * socket that ends, once, when something holds that was asked for; its end is a
 * packet at a completion port. It is what select() is made of, and, though its
 * manual is short, has been the same since Windows 2000. */
#ifndef GY_AFD_H_
#define GY_AFD_H_

#include <stdbool.h>
#include <winsock2.h>
#include <windows.h>

#include <winternl.h>

#include "poller.h"

/* A poll. The kernel writes here, until the packet of its end has come. */
typedef struct {
  IO_STATUS_BLOCK status;
  struct {
    LARGE_INTEGER timeout;
    ULONG count;
    ULONG exclusive;
    struct {
      HANDLE socket;
      ULONG events;
      NTSTATUS status;
    } entry;
  } info;
} gy_afd_poll_t;

/* Make Winsock work in this process; once is enough. 0 or UV_E*. */
int gy_afd_startup(void);

/* Open the driver, so that polls end as packets with |key| at |port|. 0, or
 * UV_E* with nothing left to close. To be closed with CloseHandle(). */
int gy_afd_open(HANDLE port, ULONG_PTR key, HANDLE* afd);

/* The socket of the driver's own under |fd|, below what filters of others have
 * put on top. UV_EBADF when |fd| is not open, UV_EPERM when it is no socket. */
int gy_afd_base(gy_fd_t fd, SOCKET* base);

/* Start |poll| of |base| for |want| (GY_READABLE ...). Its packet has |cookie|,
 * which is not NULL, in the place of an OVERLAPPED*. UV_E*: it was not started,
 * and there will be no packet. */
int gy_afd_start(HANDLE afd, gy_afd_poll_t* poll, SOCKET base, unsigned want,
                 void* cookie);

/* Has |poll|, which was started, ended? Only then may its packet have come. */
bool gy_afd_ended(const gy_afd_poll_t* poll);

/* Ask that |poll| end now, after which its packet comes. 0, or UV_E*: it goes
 * on. */
int gy_afd_cancel(HANDLE afd, gy_afd_poll_t* poll);

/* What |poll|, which has ended, has seen: a mask, GY_FAILED if the socket was
 * closed; 0 if it was cancelled; or UV_E*. */
int gy_afd_result(const gy_afd_poll_t* poll);

#endif /* GY_AFD_H_ */
