/* sys-self.h - the system calls about this process and the machine it runs on,
 * each with its fault point. Any thread. */
#ifndef GY_UNIX_SYS_SELF_H_
#define GY_UNIX_SYS_SELF_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <time.h>

/* Write the time on |clock|, a CLOCK_*, in seconds and the ns after them. 0, or
 * UV_E*. */
int gy_sys_clock_get(clockid_t clock, int64_t* s, int32_t* ns);

/* Read the file |path| from its beginning, |size| bytes at most; |*length| is
 * how many it was. 0, or UV_E*. */
int gy_sys_read_file(const char* path, char* buf, size_t size, size_t* length);

/* The value of sysconf(3) for |name|; < 0 when there is none. */
long gy_sys_sysconf(int name);

/* The same of getrlimit(2), for RLIMIT_AS or RLIMIT_DATA; RLIM_INFINITY when
 * there is no limit or it cannot be told. */
rlim_t gy_sys_rlimit(int resource);

/* The call's name, with 0 or UV_E*. */
int gy_sys_getrusage(int who, struct rusage* usage);
int gy_sys_getcwd(char* path, size_t size);
int gy_sys_chdir(const char* dir);
int gy_sys_uname(struct utsname* name);
int gy_sys_gethostname(char* name, size_t size);
int gy_sys_getloadavg(double avg[3]);
int gy_sys_getpriority(pid_t pid, int* priority);
int gy_sys_setpriority(pid_t pid, int priority);
pid_t gy_sys_getpid(void);
pid_t gy_sys_getppid(void);
uid_t gy_sys_geteuid(void);

#endif /* GY_UNIX_SYS_SELF_H_ */
