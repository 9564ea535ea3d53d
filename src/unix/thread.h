/* thread.h - what thread.c asks of the file that knows this system's threads.
 *
 * POSIX has no names, no affinity, no CPU numbers and no nice value for a
 * thread, so there is one thread-<system>.c for each family of systems and
 * CMake chooses. thread.c has checked the arguments: no pointer is NULL.
 *
 * The int functions return 0, or -errno, which on Unix is the UV_E* itself;
 * UV_ENOTSUP where the system has nothing of the kind. */
#ifndef GY_UNIX_THREAD_H_
#define GY_UNIX_THREAD_H_

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "uv.h"

/* Should the stack of a thread be as large as RLIMIT_STACK says? False where
 * the threads of the system have a sensible size by themselves. */
extern const bool gy_thread_obeys_stack_limit;

/* How many CPUs a mask can name. */
int gy_thread_mask_size(void);

/* The CPUs that |tid| may run on: the first gy_thread_mask_size() bytes of
 * |mask| become 1 or 0. */
int gy_thread_get_affinity(uv_thread_t tid, char* mask);

/* Let |tid| run on the CPUs whose byte in |mask| is not 0, and no other. */
int gy_thread_set_affinity(uv_thread_t tid, const char* mask);

/* The CPU that the calling thread runs on. */
int gy_thread_cpu(void);

/* Name the calling thread |name|, cut to the longest that the system takes. */
int gy_thread_set_name(const char* name);

/* The name of |tid|, cut to |size| bytes with its NUL; |size| is not 0. */
int gy_thread_get_name(uv_thread_t tid, char* name, size_t size);

/* The nice value of |tid|, for scheduling policies without priorities. */
int gy_thread_get_nice(uv_thread_t tid, int* nice);
int gy_thread_set_nice(uv_thread_t tid, int nice);

/* Copy |from| to |to|, cut to |size| bytes with its NUL; |size| is not 0. */
static inline void gy_thread_copy_name(char* to, size_t size,
                                       const char* from) {
  size_t length = strnlen(from, size - 1);
  memcpy(to, from, length);
  to[length] = '\0';
}

#endif /* GY_UNIX_THREAD_H_ */
