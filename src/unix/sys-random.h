/* sys-random.h - the system calls that random bytes come from, each with its
 * fault point. Any thread. */
#ifndef GY_UNIX_SYS_RANDOM_H_
#define GY_UNIX_SYS_RANDOM_H_

#include <stddef.h>

/* Fill |size| bytes at |buf| by getrandom(2) or getentropy(3). UV_ENOSYS where
 * there is neither, or UV_E*. */
int gy_sys_random(void* buf, size_t size);

/* The same by /dev/urandom. UV_EIO when that is no device, or has an end. */
int gy_sys_random_device(void* buf, size_t size);

#endif /* GY_UNIX_SYS_RANDOM_H_ */
