/* sys-raw.h - system calls for who is between fork and exec, and may share its
 * memory with the process that it came from.
 *
 * There, a call of the C library may do more than it says: setuid(3) asks all
 * threads of the parent to follow, open(2) may be where a thread is cancelled,
 * and a sanitizer watches. So on Linux these are the kernel's calls and nothing
 * else: sys-raw-linux.c. Elsewhere they are the C library's: sys-raw-posix.c.
 *
 * Each returns what the call does, or a negative errno. */
#ifndef GY_UNIX_SYS_RAW_H_
#define GY_UNIX_SYS_RAW_H_

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

int gy_raw_open(const char* path, int flags);
int gy_raw_close(int fd);

/* A copy of |fd| that is no less than |least|, and closed by exec. */
int gy_raw_copy_above(int fd, int least);

/* Make |target| a copy of |fd|, another number, that exec leaves open. */
int gy_raw_copy_to(int fd, int target);

/* Let exec leave |fd| open. */
int gy_raw_keep(int fd);

/* Let reads and writes of |fd| wait. */
int gy_raw_set_blocking(int fd);

/* Close all from |first| to |last|. */
int gy_raw_close_range(unsigned first, unsigned last);

int gy_raw_chdir(const char* path);
int gy_raw_setsid(void);

/* Be in no group but the main one. */
int gy_raw_leave_groups(void);

int gy_raw_setgid(gid_t gid);
int gy_raw_setuid(uid_t uid);

/* Give every signal its default action. */
void gy_raw_signals_reset(void);

/* Block all signals, also those that the C library keeps for itself. What was
 * blocked before is |old|. */
void gy_raw_signals_block(sigset_t* old);

/* Block |mask|, or no signal if that is NULL. */
void gy_raw_signals_set(const sigset_t* mask);

int gy_raw_execve(const char* path, char* const* args, char* const* env);
int gy_raw_write(int fd, const void* data, size_t size);
_Noreturn void gy_raw_exit(int status);

#endif /* GY_UNIX_SYS_RAW_H_ */
