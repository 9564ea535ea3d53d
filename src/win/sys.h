/* sys.h - the system calls of the Windows rooms, each with its fault point.
 *
 * What the system says becomes UV_E* here. Nothing of ours is known here. Any
 * thread. */
#ifndef GY_WIN_SYS_H_
#define GY_WIN_SYS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The performance counter, ns. */
uint64_t gy_sys_clock(void);

/* Sleep |ms| milliseconds, and not less. */
void gy_sys_sleep(unsigned ms);

/* Let another thread run. */
void gy_sys_yield(void);

/* The value of the environment variable |name|, both in UTF-8, cut to what fits
 * into |buf| of |size| bytes; false when it is not set. */
bool gy_sys_getenv(const char* name, char* buf, size_t size);

/* The HANDLE behind the C runtime's file |file|. 0, or UV_EBADF. */
int gy_sys_file_handle(int file, void** handle);

/* Make |socket|, a SOCKET, non-blocking. 0, or UV_ENOTSOCK. */
int gy_sys_nonblock(void* socket);

#endif /* GY_WIN_SYS_H_ */
