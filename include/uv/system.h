/* system.h - the machine, the process and small helpers. */
#ifndef UV_SYSTEM_H_
#define UV_SYSTEM_H_

#include "uv/request.h"
#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MAXHOSTNAMELEN)
#define UV_MAXHOSTNAMESIZE (MAXHOSTNAMELEN + 1)
#else
#define UV_MAXHOSTNAMESIZE 256
#endif
#define UV_PRIORITY_LOW 19
#define UV_PRIORITY_BELOW_NORMAL 10
#define UV_PRIORITY_NORMAL 0
#define UV_PRIORITY_ABOVE_NORMAL -7
#define UV_PRIORITY_HIGH -14
#define UV_PRIORITY_HIGHEST -20
typedef enum {
  UV_CLOCK_MONOTONIC,
  UV_CLOCK_REALTIME
} uv_clock_id;
typedef struct {
  int64_t tv_sec;
  int32_t tv_nsec;
} uv_timespec64_t;
typedef struct {
  long tv_sec;
  long tv_usec;
} uv_timeval_t;
typedef struct {
  int64_t tv_sec;
  int32_t tv_usec;
} uv_timeval64_t;
typedef struct {
  uv_timeval_t ru_utime;
  uv_timeval_t ru_stime;
  uint64_t ru_maxrss;
  uint64_t ru_ixrss;
  uint64_t ru_idrss;
  uint64_t ru_isrss;
  uint64_t ru_minflt;
  uint64_t ru_majflt;
  uint64_t ru_nswap;
  uint64_t ru_inblock;
  uint64_t ru_oublock;
  uint64_t ru_msgsnd;
  uint64_t ru_msgrcv;
  uint64_t ru_nsignals;
  uint64_t ru_nvcsw;
  uint64_t ru_nivcsw;
} uv_rusage_t;
struct uv_cpu_times_s {
  uint64_t user;
  uint64_t nice;
  uint64_t sys;
  uint64_t idle;
  uint64_t irq;
};
struct uv_cpu_info_s {
  const char* model;
  int speed;
  struct uv_cpu_times_s cpu_times;
};
struct uv_passwd_s {
  char* username;
  unsigned long uid;
  unsigned long gid;
  char* shell;
  char* homedir;
};
struct uv_group_s {
  char* groupname;
  unsigned long gid;
  char** members;
};
struct uv_utsname_s {
  char sysname[256];
  char release[256];
  char version[256];
  char machine[256];
};
struct uv_env_item_s {
  char* name;
  char* value;
};
typedef void (*uv_random_cb)(uv_random_t* req, int status, void* buf,
                             size_t buflen);
struct uv_random_s {
  UV_REQ_FIELDS uv_loop_t* loop;
  GY_RANDOM_PRIVATE
};

UV_EXTERN unsigned int uv_available_parallelism(void);
UV_EXTERN uv_buf_t uv_buf_init(char* base, unsigned int len);
UV_EXTERN int uv_chdir(const char* dir);
UV_EXTERN int uv_clock_gettime(uv_clock_id clock_id, uv_timespec64_t* ts);
UV_EXTERN int uv_cpu_info(uv_cpu_info_t** cpu_infos, int* count);
UV_EXTERN int uv_cwd(char* buffer, size_t* size);
UV_EXTERN void uv_dlclose(uv_lib_t* lib);
UV_EXTERN const char* uv_dlerror(const uv_lib_t* lib);
UV_EXTERN int uv_dlopen(const char* filename, uv_lib_t* lib);
UV_EXTERN int uv_dlsym(uv_lib_t* lib, const char* name, void** ptr);
UV_EXTERN int uv_exepath(char* buffer, size_t* size);
UV_EXTERN int uv_fileno(const uv_handle_t* handle, uv_os_fd_t* fd);
UV_EXTERN void uv_free_cpu_info(uv_cpu_info_t* cpu_infos, int count);
UV_EXTERN uint64_t uv_get_available_memory(void);
UV_EXTERN uint64_t uv_get_constrained_memory(void);
UV_EXTERN uint64_t uv_get_free_memory(void);
UV_EXTERN int uv_get_process_title(char* buffer, size_t size);
UV_EXTERN uint64_t uv_get_total_memory(void);
UV_EXTERN int uv_getrusage(uv_rusage_t* rusage);
UV_EXTERN int uv_getrusage_thread(uv_rusage_t* rusage);
UV_EXTERN int uv_gettimeofday(uv_timeval64_t* tv);
UV_EXTERN uv_handle_type uv_guess_handle(uv_file file);
UV_EXTERN uint64_t uv_hrtime(void);
UV_EXTERN void uv_library_shutdown(void);
UV_EXTERN void uv_loadavg(double* avg);
UV_EXTERN int uv_os_environ(uv_env_item_t** envitems, int* count);
UV_EXTERN void uv_os_free_environ(uv_env_item_t* envitems, int count);
UV_EXTERN void uv_os_free_group(uv_group_t* grp);
UV_EXTERN void uv_os_free_passwd(uv_passwd_t* pwd);
UV_EXTERN int uv_os_get_group(uv_group_t* grp, uv_uid_t gid);
UV_EXTERN int uv_os_get_passwd(uv_passwd_t* pwd);
UV_EXTERN int uv_os_get_passwd2(uv_passwd_t* pwd, uv_uid_t uid);
UV_EXTERN int uv_os_getenv(const char* name, char* buffer, size_t* size);
UV_EXTERN int uv_os_gethostname(char* buffer, size_t* size);
UV_EXTERN uv_pid_t uv_os_getpid(void);
UV_EXTERN uv_pid_t uv_os_getppid(void);
UV_EXTERN int uv_os_getpriority(uv_pid_t pid, int* priority);
UV_EXTERN int uv_os_homedir(char* buffer, size_t* size);
UV_EXTERN int uv_os_setenv(const char* name, const char* value);
UV_EXTERN int uv_os_setpriority(uv_pid_t pid, int priority);
UV_EXTERN int uv_os_tmpdir(char* buffer, size_t* size);
UV_EXTERN int uv_os_uname(uv_utsname_t* buffer);
UV_EXTERN int uv_os_unsetenv(const char* name);
UV_EXTERN int uv_random(uv_loop_t* loop, uv_random_t* req, void* buf,
                        size_t buflen, unsigned int flags, uv_random_cb cb);
UV_EXTERN int uv_resident_set_memory(size_t* rss);
UV_EXTERN int uv_set_process_title(const char* title);
UV_EXTERN char** uv_setup_args(int argc, char** argv);
UV_EXTERN void uv_sleep(unsigned int msec);
UV_EXTERN int uv_uptime(double* uptime);
UV_EXTERN size_t uv_utf16_length_as_wtf8(const uint16_t* utf16,
                                         ssize_t utf16_len);
UV_EXTERN int uv_utf16_to_wtf8(const uint16_t* utf16, ssize_t utf16_len,
                               char** wtf8_ptr, size_t* wtf8_len_ptr);
UV_EXTERN ssize_t uv_wtf8_length_as_utf16(const char* wtf8);
UV_EXTERN void uv_wtf8_to_utf16(const char* wtf8, uint16_t* utf16,
                                size_t utf16_len);

#ifdef __cplusplus
}
#endif

#endif
