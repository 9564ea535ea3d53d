/* port.c - a completion port, and sleeping on it to the microsecond.
 *
 * The port counts in ms and by a clock that ticks 64 times a second. A timer of
 * high resolution, where there is one, interrupts the wait by a call of this
 * thread; that is what makes the wait alertable. */
#include "poller/port.h"

#include <stdbool.h>

#include "fault.h"
#include "uv/errno.h"
#include "win/clock.h"
#include "win/error.h"

static int port_open(HANDLE* handle) {
  int err = GY_FAULT("CreateIoCompletionPort");

  if (err == 0) {
    /* One thread at a time: it is the loop's. */
    *handle = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    err = *handle == NULL ? (int)GetLastError() : 0;
  }
  return gy_win_error((unsigned long)err);
}

/* A timer of high resolution; NULL before Windows 10, version 1803. */
static HANDLE timer_open(void) {
  enum {
    HIGH_RESOLUTION = 2
  };

  if (GY_FAULT("CreateWaitableTimerExW")) {
    return NULL;
  }
  return CreateWaitableTimerExW(NULL, NULL, HIGH_RESOLUTION, TIMER_ALL_ACCESS);
}

int gy_port_open(gy_port_t* port) {
  int err = port_open(&port->handle);

  if (err == 0) {
    port->timer = timer_open();
  }
  return err;
}

void gy_port_close(gy_port_t* port) {
  /* They are open, and nobody else's. */
  (void)CloseHandle(port->handle);
  if (port->timer != NULL) {
    (void)CloseHandle(port->timer);
  }
}

int gy_port_post(const gy_port_t* port, ULONG_PTR key) {
  int err = GY_FAULT("PostQueuedCompletionStatus");

  if (err == 0 && !PostQueuedCompletionStatus(port->handle, 0, key, NULL)) {
    err = (int)GetLastError();
  }
  return gy_win_error((unsigned long)err);
}

static void CALLBACK timer_rang(void* arg, DWORD low, DWORD high) {
  (void)arg; /* That it is called is what ends the wait. */
  (void)low;
  (void)high;
}

/* Have the thread interrupted at |deadline|. False when it cannot be. */
static bool timer_start(HANDLE timer, uint64_t deadline) {
  uint64_t now = gy_win_clock();
  uint64_t ns = deadline > now ? deadline - now : 0;
  LARGE_INTEGER due;

  if (timer == NULL) {
    return false;
  }
  /* Negative: from now. In units of 100 ns, rounded up. */
  due.QuadPart = -(LONGLONG)(ns / 100 + (ns % 100 != 0));
  return GY_FAULT("SetWaitableTimer") == 0 &&
         SetWaitableTimer(timer, &due, 0, timer_rang, NULL, FALSE);
}

/* Take packets; the wait is interrupted by calls of this thread if
 * |alertable|. */
static int port_take(const gy_port_t* port, OVERLAPPED_ENTRY* packets, int max,
                     DWORD ms, bool alertable) {
  ULONG count = 0;
  int err = GY_FAULT("GetQueuedCompletionStatusEx");

  if (err == 0 && GetQueuedCompletionStatusEx(port->handle, packets, (ULONG)max,
                                              &count, ms, alertable)) {
    return (int)count;
  }
  if (err == 0) {
    err = (int)GetLastError();
  }
  if (err == WAIT_TIMEOUT || err == WAIT_IO_COMPLETION) {
    return 0;
  }
  return gy_win_error((unsigned long)err);
}

int gy_port_take(const gy_port_t* port, OVERLAPPED_ENTRY* packets, int max,
                 DWORD ms) {
  return port_take(port, packets, max, ms, false);
}

int gy_port_take_until(const gy_port_t* port, OVERLAPPED_ENTRY* packets,
                       int max, uint64_t deadline) {
  int count;

  if (!timer_start(port->timer, deadline)) {
    return port_take(port, packets, max, gy_win_ms_until(deadline), false);
  }
  count = port_take(port, packets, max, INFINITE, true);
  if (count != 0) {
    /* It takes back the interruption as well, if that is on its way. */
    (void)CancelWaitableTimer(port->timer);
  }
  return count;
}
