/* system.h - the machine, the user and this process.
 *
 * Clocks, memory, processors; users, environment, directories; what kind a
 * descriptor is. None needs a loop. Any thread; but of the environment, see
 * there. NULL where a pointer is owed is UV_EINVAL. Strings are UTF-8 on
 * Windows. The contract is libuv 1.x's, manual page "misc".
 *
 * Functions that write a string to |buffer| with |size|: |*size| is the room in
 * bytes. On success it becomes the length without the 0 byte at the end, which
 * is written too. If the room is too small they return UV_ENOBUFS, and |*size|
 * is what it takes, the 0 byte included. If it is 0, UV_EINVAL. */
#ifndef UV_SYSTEM_H_
#define UV_SYSTEM_H_

#include "uv/types.h"

/* Nouns of their own, of which uv.h knows by this header. */
#include "uv/address.h"
#include "uv/dl.h"
#include "uv/random.h"
#include "uv/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The room, in bytes with the 0 byte, that uv_os_gethostname() takes at most.
 * Since libuv 1.26. */
#if defined(_WIN32)
#define UV_MAXHOSTNAMESIZE 256
#elif defined(__linux__)
#define UV_MAXHOSTNAMESIZE (64 + 1)
#else
#define UV_MAXHOSTNAMESIZE (256 + 1)
#endif

/* Priorities for uv_os_setpriority(): from last to first. On Windows each is a
 * priority class. Since libuv 1.23. */
#define UV_PRIORITY_LOW 19
#define UV_PRIORITY_BELOW_NORMAL 10
#define UV_PRIORITY_NORMAL 0
#define UV_PRIORITY_ABOVE_NORMAL (-7)
#define UV_PRIORITY_HIGH (-14)
#define UV_PRIORITY_HIGHEST (-20)

/* A clock. Since libuv 1.45. */
typedef enum {
  /* Counts from some time in the past and never goes back. */
  UV_CLOCK_MONOTONIC,
  /* Counts from 1970-01-01, UTC; it may be set, and go back. */
  UV_CLOCK_REALTIME
} uv_clock_id;

/* A time in seconds and nanoseconds, 0 to 999,999,999. */
typedef struct {
  /* The seconds. */
  int64_t tv_sec;
  /* And the nanoseconds. */
  int32_t tv_nsec;
} uv_timespec64_t;

/* A time in seconds and microseconds, 0 to 999,999. Where long has 32 bits it
 * ends in 2038. */
typedef struct {
  /* The seconds. */
  long tv_sec;
  /* And the microseconds. */
  long tv_usec;
} uv_timeval_t;

/* A time in seconds and microseconds, 0 to 999,999. */
typedef struct {
  /* The seconds. */
  int64_t tv_sec;
  /* And the microseconds. */
  int32_t tv_usec;
} uv_timeval64_t;

/* What was used so far; what the system does not count is 0. Those with (X)
 * are always 0 on Windows. See getrusage(2). */
typedef struct {
  /* Processor time in the program and in the system. */
  uv_timeval_t ru_utime;
  uv_timeval_t ru_stime;
  /* The most memory that was resident, in KB. */
  uint64_t ru_maxrss;
  /* Shared memory, data, stack; memory times time (X). */
  uint64_t ru_ixrss;
  uint64_t ru_idrss;
  uint64_t ru_isrss;
  /* Page faults served without (X) and with reading. */
  uint64_t ru_minflt;
  uint64_t ru_majflt;
  /* Times swapped out (X). */
  uint64_t ru_nswap;
  /* Blocks read and written. */
  uint64_t ru_inblock;
  uint64_t ru_oublock;
  /* Messages sent and received, signals received (X). */
  uint64_t ru_msgsnd;
  uint64_t ru_msgrcv;
  uint64_t ru_nsignals;
  /* Switches of context: waiting for something, or driven out (X). */
  uint64_t ru_nvcsw;
  uint64_t ru_nivcsw;
} uv_rusage_t;

/* What a processor did since the system started, in ms. */
struct uv_cpu_times_s {
  /* It ran programs. */
  uint64_t user;
  /* It ran programs of low priority. */
  uint64_t nice;
  /* It ran the system. */
  uint64_t sys;
  /* It did nothing. */
  uint64_t idle;
  /* It served interrupts. */
  uint64_t irq;
};

/* A processor, as the system counts them. */
struct uv_cpu_info_s {
  /* Its name, "unknown" if the system does not tell. */
  const char* model;
  /* Its speed in MHz, 0 if the system does not tell. */
  int speed;
  /* What it did. */
  struct uv_cpu_times_s cpu_times;
};

/* A user. See passwd(5). */
struct uv_passwd_s {
  /* The name. */
  char* username;
  /* The number; on Windows -1. */
  unsigned long uid;
  /* The number of the first group; on Windows -1. */
  unsigned long gid;
  /* The program for a terminal; on Windows NULL. */
  char* shell;
  /* The directory. */
  char* homedir;
};

/* A group of users. See group(5). */
struct uv_group_s {
  /* The name. */
  char* groupname;
  /* The number. */
  unsigned long gid;
  /* The names of its members, NULL at the end. */
  char** members;
};

/* The system's name and version, strings. See uname(2). */
struct uv_utsname_s {
  /* "Linux", say; "Windows_NT" on Windows. */
  char sysname[256];
  /* Its number, "6.1.0". */
  char release[256];
  /* Its build. */
  char version[256];
  /* The machine, "x86_64". */
  char machine[256];
};

/* A variable of the environment. */
struct uv_env_item_s {
  /* What is before the first =. */
  char* name;
  /* What is after it. */
  char* value;
};

/* Clocks. */

/* Return the time in ns on a clock that never goes back; it starts anywhere and
 * tells distances only. uv_now() is cheaper and coarser. See clock_gettime(2),
 * CLOCK_MONOTONIC. */
UV_EXTERN uint64_t uv_hrtime(void);

/* Write the time on |clock_id| to |*ts|. See clock_gettime(2). Since libuv
 * 1.45.
 *
 * Returns 0; UV_EINVAL if there is no such clock. */
UV_EXTERN int uv_clock_gettime(uv_clock_id clock_id, uv_timespec64_t* ts);

/* Write the time since 1970-01-01, UTC, to |*tv|. See gettimeofday(2). Since
 * libuv 1.28.
 *
 * Returns 0. */
UV_EXTERN int uv_gettimeofday(uv_timeval64_t* tv);

/* Wait |msec| ms in the call, not less. On a loop's thread nothing else is done
 * meanwhile: that is what timers are for. See nanosleep(2). Since libuv 1.34.
 */
UV_EXTERN void uv_sleep(unsigned int msec);

/* Write the time since the system started, in seconds, to |*uptime|. Some
 * systems tell whole ones only.
 *
 * Returns 0; else what the system says. */
UV_EXTERN int uv_uptime(double* uptime);

/* Memory and processors. */

/* Return the free memory of the system in bytes, as it tells; 0 if it does
 * not. */
UV_EXTERN uint64_t uv_get_free_memory(void);

/* Return the memory of the system in bytes; 0 if it does not tell. */
UV_EXTERN uint64_t uv_get_total_memory(void);

/* Return the most memory this process may have, in bytes: the least of what its
 * cgroup on Linux, the groups above that, and its own limits for data and
 * address space allow. 0 if there is no way to limit, or unknown; UINT64_MAX if
 * there is a way and no limit. It may be more than uv_get_total_memory(). See
 * cgroups(7), setrlimit(2). Since libuv 1.29. */
UV_EXTERN uint64_t uv_get_constrained_memory(void);

/* Return the memory that this process may still take, in bytes: what is left of
 * the limits of uv_get_constrained_memory(), but no more than
 * uv_get_free_memory(). Since libuv 1.45. */
UV_EXTERN uint64_t uv_get_available_memory(void);

/* Write the bytes of this process that are resident in memory to |*rss|.
 *
 * Returns 0; else what the system says. */
UV_EXTERN int uv_resident_set_memory(size_t* rss);

/* Write what this process used to |*rusage|. See getrusage(2).
 *
 * Returns 0; else what the system says. */
UV_EXTERN int uv_getrusage(uv_rusage_t* rusage);

/* Write what this thread used to |*rusage|. Since libuv 1.50.
 *
 * Returns 0; UV_ENOTSUP where the system does not count threads apart; else
 * what it says. */
UV_EXTERN int uv_getrusage_thread(uv_rusage_t* rusage);

/* Write the load of the last 1, 5 and 15 minutes to |avg[0]| to [2]: how many
 * processes ran or waited, on average. On Windows 0. See getloadavg(3). */
UV_EXTERN void uv_loadavg(double* avg);

/* Return how many threads make sense for this process, at least 1: on Linux the
 * processors that this thread may run on, or fewer if its cgroup, or one above
 * that, has time for fewer whole ones (since libuv 1.49); elsewhere those that
 * are online; on Windows 64 at most. See sched_getaffinity(2), cgroups(7).
 * Since libuv 1.44. */
UV_EXTERN unsigned int uv_available_parallelism(void);

/* Give all processors of the system: |*cpu_infos| becomes an array of |*count|,
 * which the caller owns and gives to uv_free_cpu_info(). To know how many
 * threads to start, ask uv_available_parallelism().
 *
 * Returns 0; UV_ENOMEM; else what the system says. */
UV_EXTERN int uv_cpu_info(uv_cpu_info_t** cpu_infos, int* count);

/* Free the |count| elements that uv_cpu_info() gave. */
UV_EXTERN void uv_free_cpu_info(uv_cpu_info_t* cpu_infos, int count);

/* The system and its users. */

/* Write the system's name and version to |*buffer|. See uname(2). Since libuv
 * 1.25.
 *
 * Returns 0; else what the system says. */
UV_EXTERN int uv_os_uname(uv_utsname_t* buffer);

/* Write the name of this host to |buffer|; UV_MAXHOSTNAMESIZE suffices. See
 * gethostname(2). Since libuv 1.12.
 *
 * Returns 0; UV_ENOBUFS, UV_EINVAL as above; else what the system says. */
UV_EXTERN int uv_os_gethostname(char* buffer, size_t* size);

/* Write the user that this process acts as (the effective id) to |*pwd|, whose
 * strings the caller owns until uv_os_free_passwd(). See getpwuid_r(3). Since
 * libuv 1.9.
 *
 * Returns 0; UV_ENOENT if there is no entry; UV_ENOMEM; else what the system
 * says. */
UV_EXTERN int uv_os_get_passwd(uv_passwd_t* pwd);

/* As uv_os_get_passwd(), of the user |uid|. Since libuv 1.45.
 *
 * Returns as it; UV_ENOTSUP on Windows. */
UV_EXTERN int uv_os_get_passwd2(uv_passwd_t* pwd, uv_uid_t uid);

/* Free what |*pwd| holds. NULL does nothing. Since libuv 1.9. */
UV_EXTERN void uv_os_free_passwd(uv_passwd_t* pwd);

/* Write the group |gid| to |*grp|, whose strings the caller owns until
 * uv_os_free_group(). See getgrgid_r(3). Since libuv 1.45.
 *
 * Returns 0; UV_ENOENT if there is no entry; UV_ENOTSUP on Windows; UV_ENOMEM;
 * else what the system says. */
UV_EXTERN int uv_os_get_group(uv_group_t* grp, uv_uid_t gid);

/* Free what |*grp| holds. NULL does nothing. Since libuv 1.45. */
UV_EXTERN void uv_os_free_group(uv_group_t* grp);

/* The environment. The functions of this library that use it may run beside
 * each other; none may run beside setenv(3) and the like in the program, nor
 * one that changes it beside getenv(3). */

/* Give all variables: |*envitems| becomes an array of |*count|, which the
 * caller owns and gives to uv_os_free_environ(). What is in it without a = is
 * left out. See environ(7). Since libuv 1.31.
 *
 * Returns 0; UV_ENOMEM; else what the system says. */
UV_EXTERN int uv_os_environ(uv_env_item_t** envitems, int* count);

/* Free the |count| elements that uv_os_environ() gave. Since libuv 1.31. */
UV_EXTERN void uv_os_free_environ(uv_env_item_t* envitems, int count);

/* Write the value of the variable |name| to |buffer|. See getenv(3). Since
 * libuv 1.12.
 *
 * Returns 0; UV_ENOENT if there is no such variable; UV_ENOBUFS, UV_EINVAL as
 * above. */
UV_EXTERN int uv_os_getenv(const char* name, char* buffer, size_t* size);

/* Set the variable |name| to |value|; both are copied. See setenv(3). Since
 * libuv 1.12.
 *
 * Returns 0; UV_EINVAL if |name| is empty or has a = in it; UV_ENOMEM. */
UV_EXTERN int uv_os_setenv(const char* name, const char* value);

/* Remove the variable |name|, also if there is none. See unsetenv(3). Since
 * libuv 1.12.
 *
 * Returns 0; UV_EINVAL if |name| is empty or has a = in it. */
UV_EXTERN int uv_os_unsetenv(const char* name);

/* Directories. */

/* Write the home directory of the user to |buffer|: HOME (USERPROFILE on
 * Windows), also if that is empty, else that of uv_os_get_passwd(). Since libuv
 * 1.6.
 *
 * Returns 0; UV_ENOBUFS, UV_EINVAL as above; else as uv_os_get_passwd(). */
UV_EXTERN int uv_os_homedir(char* buffer, size_t* size);

/* Write the directory for temporary files to |buffer|, without a slash at its
 * end: the first that is set of TMPDIR, TMP, TEMP and TEMPDIR, else /tmp
 * (/data/local/tmp on Android); on Windows that of GetTempPathW. Whether it
 * exists is not asked. Since libuv 1.9.
 *
 * Returns 0; UV_ENOBUFS, UV_EINVAL as above, where the slash counts too. */
UV_EXTERN int uv_os_tmpdir(char* buffer, size_t* size);

/* Write the working directory to |buffer|, without a slash at its end unless it
 * is the root. See getcwd(3).
 *
 * Returns 0; UV_ENOBUFS, UV_EINVAL as above; UV_ENOENT if it was removed; else
 * what getcwd(3) says. */
UV_EXTERN int uv_cwd(char* buffer, size_t* size);

/* Make |dir| the working directory of this process, all its threads. See
 * chdir(2).
 *
 * Returns 0; else what chdir(2) says. */
UV_EXTERN int uv_chdir(const char* dir);

/* Write the absolute path of this program to |buffer|. If the room is too
 * small, the path is cut, and |*size| is what is left of it: no UV_ENOBUFS. On
 * some systems it is found only after uv_setup_args().
 *
 * Returns 0; UV_EINVAL as above; else what the system says. */
UV_EXTERN int uv_exepath(char* buffer, size_t* size);

/* This process. */

/* Return the id of this process. See getpid(2). Since libuv 1.18. */
UV_EXTERN uv_pid_t uv_os_getpid(void);

/* Return the id of its parent; that of another process, if the parent has
 * ended. See getppid(2). Since libuv 1.16. */
UV_EXTERN uv_pid_t uv_os_getppid(void);

/* Write the priority of the process |pid|, 0 for this one, to |*priority|: -20
 * (first) to 19 (last); on Windows one of UV_PRIORITY_*. See getpriority(2).
 * Since libuv 1.23.
 *
 * Returns 0; UV_ESRCH if there is no such process; else what the system says.
 */
UV_EXTERN int uv_os_getpriority(uv_pid_t pid, int* priority);

/* Set the priority of the process |pid|, 0 for this one, to |priority|: -20
 * (first) to 19 (last). On Windows the nearest class is taken, and
 * UV_PRIORITY_HIGHEST becomes HIGH without the right to it. See setpriority(2).
 * Since libuv 1.23.
 *
 * Returns 0; UV_EINVAL if |priority| is another number; UV_ESRCH if there is no
 * such process; UV_EACCES or UV_EPERM without the right to it. */
UV_EXTERN int uv_os_setpriority(uv_pid_t pid, int priority);

/* Keep |argc| and |argv|, the arguments of main(), for uv_set_process_title(),
 * which on Unix writes over their memory. To be called once, first in main(),
 * and main() goes on with what it returns: a copy that the library owns until
 * it shuts down, which it also does at exit, or |argv| itself if there is
 * nothing to copy or no memory. A second call changes nothing and returns its
 * |argv|. */
UV_EXTERN char** uv_setup_args(int argc, char** argv);

/* Write the title of this process, as ps(1) shows it, to the |size| bytes at
 * |buffer|: the program's name, argv[0], until it is set. Needs uv_setup_args()
 * on Unix.
 *
 * Returns 0; UV_ENOBUFS if the room is too small, or uv_setup_args() is needed
 * and was not called (since libuv 1.39); UV_EINVAL if |buffer| is NULL or
 * |size| is 0. */
UV_EXTERN int uv_get_process_title(char* buffer, size_t size);

/* Set the title of this process to |title|, which is copied, and cut to the
 * room there is: on Unix that of the arguments of main(). On Linux and macOS
 * the calling thread takes it for its name, too. Needs uv_setup_args() on Unix.
 *
 * Returns 0; UV_ENOBUFS if uv_setup_args() is needed and was not called (since
 * libuv 1.39); UV_EINVAL if |title| is NULL. */
UV_EXTERN int uv_set_process_title(const char* title);

/* Return the type of handle that suits the descriptor |file|, as 0, 1 and 2 at
 * the start of a program: UV_TTY, UV_NAMED_PIPE (pipe, FIFO, local stream
 * socket), UV_TCP, UV_UDP; UV_FILE for a file or device, to be used with fs.h;
 * UV_UNKNOWN_HANDLE for anything else and for what is not open. */
UV_EXTERN uv_handle_type uv_guess_handle(uv_file file);

/* Let go of all that the library holds for the whole process, its threads too;
 * so that leak checkers find nothing. Done at exit anyway. To be called once,
 * when no loop is open and no request under way; after it nothing of the
 * library may be called. Since libuv 1.38. */
UV_EXTERN void uv_library_shutdown(void);

#ifdef __cplusplus
}
#endif

#endif
