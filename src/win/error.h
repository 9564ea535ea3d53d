/* error.h - what Windows says went wrong, as UV_E*.
 *
 * Three families of numbers: those of Win32 and of Winsock, which share one
 * space, and the statuses of the NT kernel, which are negative as a LONG. */
#ifndef GY_WIN_ERROR_H_
#define GY_WIN_ERROR_H_

/* The UV_E* of |code|, from GetLastError() or WSAGetLastError(). 0 stays 0;
 * UV_UNKNOWN for what has no code. Any thread. */
int gy_win_error(unsigned long code);

/* The UV_E* of |status|, an NTSTATUS. 0 when it tells of success. Any thread.
 */
int gy_win_status_error(long status);

/* The UV_E* of an errno of the C runtime, whose numbers are not ours. */
int gy_win_errno_error(int number);

#endif /* GY_WIN_ERROR_H_ */
