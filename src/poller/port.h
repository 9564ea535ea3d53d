/* port.h - a completion port, and sleeping on it to the microsecond. */
#ifndef GY_PORT_H_
#define GY_PORT_H_

#include <stdint.h>
#include <winsock2.h>
#include <windows.h>

typedef struct {
  HANDLE handle;
  HANDLE timer; /* NULL when there is none of high resolution */
} gy_port_t;

/* 0, or UV_E* with nothing left to close. */
int gy_port_open(gy_port_t* port);

void gy_port_close(gy_port_t* port);

/* Post a packet with |key| and nothing else. 0 or UV_E*. Any thread. */
int gy_port_post(const gy_port_t* port, ULONG_PTR key);

/* Take what packets there are, |max| at most, and wait |ms|, which may be
 * INFINITE, for the first. How many; 0 when the time is over, which may be up
 * to a tick of the system's clock too early; or UV_E*. */
int gy_port_take(const gy_port_t* port, OVERLAPPED_ENTRY* packets, int max,
                 DWORD ms);

/* The same, waiting until |deadline| by gy_win_clock(). 0 may come early: look
 * at the clock. Calls that were queued to the thread are made in here. */
int gy_port_take_until(const gy_port_t* port, OVERLAPPED_ENTRY* packets,
                       int max, uint64_t deadline);

#endif /* GY_PORT_H_ */
