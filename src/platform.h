/* platform.h - the seam between the core and an operating system: all that
 * src/unix and src/win must define. Chosen when the library is built.
 *
 * Any thread may call these unless they name a loop. */
#ifndef GY_PLATFORM_H_
#define GY_PLATFORM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core.h"

/* Where |fd| is found in a table of watchers: a small number that is its own.
 * Unix counts descriptors from 0; Windows hands out multiples of 4. */
#ifdef _WIN32
static inline size_t gy_fd_index(gy_fd_t fd) {
  return (size_t)((uintptr_t)fd >> 2);
}
#else
static inline size_t gy_fd_index(gy_fd_t fd) {
  return (size_t)fd;
}
#endif

/* A clock that never runs backwards; ns from some point in the past. */
uint64_t gy_platform_clock(void);

/* Let another thread run. */
void gy_platform_yield(void);

/* Sleep for a millisecond. */
void gy_platform_nap(void);

/* The loop whose uv_run() this thread is in, the innermost of those whose
 * poller may owe something; or NULL. */
uv_loop_t* gy_platform_running(void);
void gy_platform_set_running(uv_loop_t* loop);

/* Is |signum| the profiler's, SIGPROF? */
bool gy_platform_is_profiling(int signum);

/* Have gy_signal_deliver() called for each |signum|, with all signals blocked;
 * if |once|, for the next one only, and the default action happens from then
 * on. UV_EINVAL when it is no signal, or one that cannot be caught. */
int gy_platform_signal_catch(int signum, bool once);

/* Let |signum|, which was caught, have its default action. */
void gy_platform_signal_release(int signum);

/* The value of the environment variable |name|, cut to what fits into |buf| of
 * |size| bytes; false when it is not set. */
bool gy_platform_getenv(const char* name, char* buf, size_t size);

/* The UV_E* of a system's error number; |sys_error| itself when it is 0 or a
 * UV_E* already. */
int gy_platform_error(int sys_error);

/* Have the three called around every fork(2), as pthread_atfork(3) does. 0, or
 * UV_ENOMEM. Does nothing where there is no fork. */
int gy_platform_at_fork(void (*prepare)(void), void (*parent)(void),
                        void (*child)(void));

/* The descriptor of a file or socket as the poller knows it; UV_EBADF when it
 * is none, or the poller cannot take this sort. */
int gy_platform_fd(int file, gy_fd_t* fd);
int gy_platform_socket(uv_os_sock_t socket, gy_fd_t* fd);

/* What the system said of the failure in |req|. */
int gy_platform_system_error(const uv_fs_t* req);

/* poll.c: make |fd| ready to be watched by |loop|. UV_E* when it cannot be. */
int gy_platform_poll_check(uv_loop_t* loop, gy_fd_t fd);

/* Take on |fd|, which was checked, for |handle|, which is initialised. */
void gy_platform_poll_open(uv_poll_t* handle, gy_fd_t fd);

/* Watch for |events|, a mask of UV_READABLE and so on that is not 0. UV_EEXIST
 * when another handle of the loop watches the descriptor, or UV_ENOMEM. */
int gy_platform_poll_start(uv_poll_t* handle, int events);

/* Watch for nothing, from now. */
void gy_platform_poll_stop(uv_poll_t* handle);

/* Stop, and call gy_handle_closed(). */
void gy_platform_poll_close(uv_poll_t* handle);

/* ---- streams ---------------------------------------------------------------
 *
 * The front desk has checked what is the same on all systems: pointers, the
 * state that core.h has flags for, that the handle is not closing. */

/* Take the connection that waits at |server| into |client|, of the same type
 * and loop; or the handle that came over |server|, a pipe with ipc, into
 * |client| of any type. UV_EAGAIN, UV_EBUSY, or UV_E*. */
int gy_platform_stream_accept(uv_stream_t* server, uv_stream_t* client);

/* Set GY_HANDLE_READING and read by the callbacks in |stream|; UV_E*. */
int gy_platform_stream_read_start(uv_stream_t* stream);

/* Clear GY_HANDLE_READING, and read no more. */
void gy_platform_stream_read_stop(uv_stream_t* stream);

/* Write |nbufs| buffers, at least one, and send |send_handle|, unless it is
 * NULL, with the first byte. UV_EBADF without a descriptor, UV_EPIPE when
 * |stream| is not writable, or UV_E*: then nothing has happened. */
int gy_platform_stream_write(uv_write_t* req, uv_stream_t* stream,
                             const uv_buf_t* bufs, unsigned nbufs,
                             uv_stream_t* send_handle, uv_write_cb cb);

/* The same at once or not at all: the number of bytes, UV_EAGAIN, or as above.
 */
int gy_platform_stream_try_write(uv_stream_t* stream, const uv_buf_t* bufs,
                                 unsigned nbufs, uv_stream_t* send_handle);

/* Take back what of |req| is not written. 0, also when it is too late. */
int gy_platform_stream_cancel_write(uv_write_t* req);

/* Shut the sending side of |stream|, which was writable and is no more. */
void gy_platform_stream_shutdown(uv_shutdown_t* req, uv_stream_t* stream,
                                 uv_shutdown_cb cb);

int gy_platform_stream_set_blocking(uv_stream_t* stream, bool blocking);

/* What a kind's entry asks for: see gy_handle_kind_t. */
int gy_platform_stream_fileno(const uv_stream_t* stream, uv_os_fd_t* fd);

/* The same for who does not give it to the program. */
int gy_platform_stream_inner_fileno(const uv_stream_t* stream, uv_os_fd_t* fd);

/* In the child after fork(2): what was being sent is the parent's to send. */
void gy_platform_stream_after_fork(uv_stream_t* stream);
void gy_platform_stream_close(uv_stream_t* stream);
void gy_platform_stream_finish(uv_stream_t* stream);

/* ---- TCP ---------------------------------------------------------------- */

/* Make |tcp| a handle, with a socket of |domain| unless that is AF_UNSPEC. On
 * error it is none. */
int gy_platform_tcp_init(uv_loop_t* loop, uv_tcp_t* tcp, int domain);

int gy_platform_tcp_open(uv_tcp_t* tcp, uv_os_sock_t socket);

/* |addr| is of |size| bytes, and AF_INET or AF_INET6. */
int gy_platform_tcp_bind(uv_tcp_t* tcp, const struct sockaddr* addr,
                         size_t size, unsigned flags);
int gy_platform_tcp_connect(uv_connect_t* req, uv_tcp_t* tcp,
                            const struct sockaddr* addr, size_t size,
                            uv_connect_cb cb);

int gy_platform_tcp_listen(uv_tcp_t* tcp, int backlog, uv_connection_cb cb);
int gy_platform_tcp_nodelay(uv_tcp_t* tcp, bool enable);
int gy_platform_tcp_keepalive_off(uv_tcp_t* tcp);

/* The numbers are not 0. */
int gy_platform_tcp_keepalive_on(uv_tcp_t* tcp, unsigned idle,
                                 unsigned interval, unsigned count);

int gy_platform_tcp_simultaneous_accepts(uv_tcp_t* tcp, bool enable);
int gy_platform_tcp_getsockname(const uv_tcp_t* tcp, struct sockaddr* name,
                                int* size);
int gy_platform_tcp_getpeername(const uv_tcp_t* tcp, struct sockaddr* name,
                                int* size);

/* Let closing |tcp| reset the connection. */
int gy_platform_tcp_set_reset(uv_tcp_t* tcp);

/* ---- pipes -------------------------------------------------------------- */

void gy_platform_pipe_init(uv_loop_t* loop, uv_pipe_t* pipe, int ipc);
int gy_platform_pipe_open(uv_pipe_t* pipe, uv_file file);

/* |name| is of |size| bytes, at least one; if |cut|, a name that is too long
 * loses its end, otherwise it is UV_EINVAL. */
int gy_platform_pipe_bind(uv_pipe_t* pipe, const char* name, size_t size,
                          bool cut);
int gy_platform_pipe_connect(uv_connect_t* req, uv_pipe_t* pipe,
                             const char* name, size_t size, bool cut,
                             uv_connect_cb cb);

/* Have |cb| called with |err|, though |pipe| may be in any state. */
void gy_platform_pipe_connect_fail(uv_connect_t* req, uv_pipe_t* pipe, int err,
                                   uv_connect_cb cb);

int gy_platform_pipe_listen(uv_pipe_t* pipe, int backlog, uv_connection_cb cb);
int gy_platform_pipe_getsockname(const uv_pipe_t* pipe, char* buffer,
                                 size_t* size);
int gy_platform_pipe_getpeername(const uv_pipe_t* pipe, char* buffer,
                                 size_t* size);
void gy_platform_pipe_pending_instances(uv_pipe_t* pipe, int count);

/* Of a pipe with ipc: how many handles wait, and of which type is the first. */
int gy_platform_pipe_pending_count(const uv_pipe_t* pipe);
uv_handle_type gy_platform_pipe_pending_type(const uv_pipe_t* pipe);

/* UV_EBADF without a descriptor, before all else. */
int gy_platform_pipe_chmod(uv_pipe_t* pipe, int flags);

/* See gy_handle_kind_t. */
void gy_platform_pipe_close(uv_pipe_t* pipe);

/* ---- terminals ---------------------------------------------------------- */

/* Make |tty| a handle over the terminal |file|. On error it is none. */
int gy_platform_tty_init(uv_loop_t* loop, uv_tty_t* tty, uv_file file);
int gy_platform_tty_set_mode(uv_tty_t* tty, uv_tty_mode_t mode);
int gy_platform_tty_reset_mode(void);
int gy_platform_tty_get_winsize(const uv_tty_t* tty, int* width, int* height);
void gy_platform_tty_set_vterm_state(uv_tty_vtermstate_t state);
int gy_platform_tty_get_vterm_state(uv_tty_vtermstate_t* state);

/* See gy_handle_kind_t. */
void gy_platform_tty_close(uv_tty_t* tty);

/* ---- UDP ------------------------------------------------------------------
 *
 * An |addr| is AF_INET or AF_INET6, where nothing else is said. */

/* Make |udp| a handle, with a socket of |domain| unless that is AF_UNSPEC, that
 * receives many datagrams at once if |many|. On error it is none. */
int gy_platform_udp_init(uv_loop_t* loop, uv_udp_t* udp, int domain, bool many);

/* |flags| are UV_UDP_REUSEADDR, UV_UDP_REUSEPORT, both, or none. */
int gy_platform_udp_open(uv_udp_t* udp, uv_os_sock_t socket, unsigned flags);
int gy_platform_udp_bind(uv_udp_t* udp, const struct sockaddr* addr,
                         unsigned flags);
int gy_platform_udp_connect(uv_udp_t* udp, const struct sockaddr* addr);
int gy_platform_udp_disconnect(uv_udp_t* udp);
int gy_platform_udp_getsockname(const uv_udp_t* udp, struct sockaddr* name,
                                int* size);
int gy_platform_udp_getpeername(const uv_udp_t* udp, struct sockaddr* name,
                                int* size);

/* Send |nbufs| buffers, at least one, to an |addr| of any sort, or NULL. */
int gy_platform_udp_send(uv_udp_send_t* req, uv_udp_t* udp,
                         const uv_buf_t* bufs, unsigned nbufs,
                         const struct sockaddr* addr, uv_udp_send_cb cb);
int gy_platform_udp_try_send(uv_udp_t* udp, const uv_buf_t* bufs,
                             unsigned nbufs, const struct sockaddr* addr);
int gy_platform_udp_try_send_many(uv_udp_t* udp, unsigned count,
                                  uv_buf_t** bufs, const unsigned* nbufs,
                                  struct sockaddr** addrs);

/* Set GY_HANDLE_READING and receive by the callbacks in |udp|; UV_E*. */
int gy_platform_udp_recv_start(uv_udp_t* udp);
void gy_platform_udp_recv_stop(uv_udp_t* udp);
bool gy_platform_udp_receives_many(const uv_udp_t* udp);

/* Addresses are texts; |source| may be NULL, and so may |interface|. */
int gy_platform_udp_membership(uv_udp_t* udp, const char* group,
                               const char* interface, const char* source,
                               bool join);
int gy_platform_udp_multicast_interface(uv_udp_t* udp, const char* interface);
int gy_platform_udp_multicast_loop(uv_udp_t* udp, bool on);
int gy_platform_udp_multicast_ttl(uv_udp_t* udp, int ttl);
int gy_platform_udp_broadcast(uv_udp_t* udp, bool on);
int gy_platform_udp_ttl(uv_udp_t* udp, int ttl);

/* What the kind's entry asks for: see gy_handle_kind_t. */
int gy_platform_udp_fileno(const uv_udp_t* udp, uv_os_fd_t* fd);

/* The same for the library's own use: the program does not get to know it. */
int gy_platform_udp_inner_fileno(const uv_udp_t* udp, uv_os_fd_t* fd);
void gy_platform_udp_after_fork(uv_udp_t* udp);
void gy_platform_udp_close(uv_udp_t* udp);
void gy_platform_udp_finish(uv_udp_t* udp);

/* ---- watching files ---------------------------------------------------------
 */

/* Watch |handle->path|, and call |handle->cb|, from the poll phase. UV_E*, and
 * nothing has happened. */
int gy_platform_fs_event_start(uv_fs_event_t* handle, unsigned flags);

/* The others are for a handle that watches. */
void gy_platform_fs_event_stop(uv_fs_event_t* handle);

/* In the child after fork(2): watch anew. What fails is told later. */
void gy_platform_fs_event_after_fork(uv_fs_event_t* handle);

/* Write what stat(2) tells of |path| to |found|. 0, or UV_E*; it may block. */
int gy_platform_stat(const char* path, uv_stat_t* found);

/* ---- processes ------------------------------------------------------------
 */

/* Start a child as |options| say, whose flags and pointers make sense, for
 * |process|, which is initialised; it gets a pid and is active. If |alone|, the
 * child has no descriptors but those of |options|. UV_E*. */
int gy_platform_process_spawn(uv_process_t* process,
                              const uv_process_options_t* options, bool alone);

/* UV_ESRCH when the child has ended. */
int gy_platform_process_kill(const uv_process_t* process, int signum);

/* Stop, and call gy_handle_closed(). The child is still reaped. */
void gy_platform_process_close(uv_process_t* process);

/* In the child after fork(2): the children of |loop| are the parent's. */
void gy_platform_processes_after_fork(uv_loop_t* loop);

/* |loop|, which has no handles, is closed. */
void gy_platform_processes_close(uv_loop_t* loop);

/* uv_disable_stdio_inheritance(). */
void gy_platform_process_keep_descriptors(void);

/* ---- any socket -----------------------------------------------------------
 */

typedef enum {
  GY_BUFFER_SEND,
  GY_BUFFER_RECEIVE
} gy_buffer_t;

/* Set the size of a buffer to |*size|, or read it if that is 0. */
int gy_platform_buffer_size(uv_os_fd_t fd, gy_buffer_t which, int* size);

int gy_platform_socketpair(int type, int protocol, uv_os_sock_t pair[2],
                           bool nonblock0, bool nonblock1);

/* dns.c: getaddrinfo(3) and getnameinfo(3), which block. UV_EAI_* or UV_E*; the
 * out-parameters are written on success only. */
int gy_platform_getaddrinfo(const char* node, const char* service,
                            const struct addrinfo* hints,
                            struct addrinfo** list);
void gy_platform_freeaddrinfo(struct addrinfo* list);
int gy_platform_getnameinfo(const struct sockaddr* addr, size_t addr_size,
                            uv_getnameinfo_t* result, int flags);

/* interfaces.c: the scope id for what stands after % in an address, 0 when
 * there is no such interface. */
uint32_t gy_platform_scope(const char* text);

/* As uv_interface_addresses(), in one gy_malloc(), or NULL for none. */
int gy_platform_interfaces(uv_interface_address_t** addresses, int* count);

/* Write the name of the interface |index|, and what stands for it after %, to
 * |name|. UV_ENXIO when there is none. */
int gy_platform_interface_name(unsigned index, char name[UV_IF_NAMESIZE]);
int gy_platform_interface_id(unsigned index, char id[UV_IF_NAMESIZE]);

/* ---- files ----------------------------------------------------------------
 */

/* Do the operation |req|, and set its result, and ptr as the operation has it.
 * Blocks. Any thread. */
void gy_platform_fs_run(uv_fs_t* req);

/* Do the same without waiting for anything but memory, and on the loop's thread
 * only: false when it cannot be told that this is so, and when it fails with
 * more than that there is no such name. Then run() has to do it, or the rest of
 * it: |req->result| says how much has been read. */
bool gy_platform_fs_try(uv_fs_t* req);

/* What |file| is, as far as memory tells. */
typedef enum {
  GY_FILE_OTHER,  /* not open, or no regular file */
  GY_FILE_LOCAL,  /* regular, on a file system of this kernel's own */
  GY_FILE_REMOTE, /* regular; somebody else has it, or nobody knows */
} gy_file_kind_t;

gy_file_kind_t gy_platform_fs_kind(uv_file file);

/* uv_pipe(). */
int gy_platform_pipe_pair(uv_file pair[2], bool nonblock0, bool nonblock1);

/* uv_guess_handle(). */
uv_handle_type gy_platform_guess_handle(uv_file file);

/* ---- the process ----------------------------------------------------------
 *
 * Functions without a comment are the uv_* of their names, without the checks.
 */

/* Hold what belongs to the process as a whole, its environment and its title.
 * Not in a signal handler, and nothing of the program is called meanwhile. A
 * child of fork(2) finds it free. */
void gy_platform_lock(void);
void gy_platform_unlock(void);

/* Where temporary files go when no variable says so. */
#ifdef __ANDROID__
#define GY_TMPDIR "/data/local/tmp"
#else
#define GY_TMPDIR "/tmp"
#endif

/* Set the variable |name| to |value|, or remove it if that is NULL; under the
 * lock. 0, or UV_ENOMEM. */
int gy_platform_setenv(const char* name, const char* value);

/* The environment, NULL at its end, or NULL; under the lock. */
char** gy_platform_environ(void);

/* Write the working directory to |path|; UV_ERANGE when |size| bytes are too
 * few, or UV_E*. */
int gy_platform_cwd(char* path, size_t size);
int gy_platform_chdir(const char* dir);

/* Write the path of the program to |path|, cut to |size| bytes. */
int gy_platform_exepath(char* path, size_t size);

int gy_platform_resident(size_t* rss);
int gy_platform_rusage(uv_rusage_t* rusage);
int gy_platform_rusage_thread(uv_rusage_t* rusage);
uv_pid_t gy_platform_pid(void);
uv_pid_t gy_platform_parent_pid(void);
int gy_platform_getpriority(uv_pid_t pid, int* priority);
int gy_platform_setpriority(uv_pid_t pid, int priority);

/* Show |title|, which has been written over the arguments, wherever else the
 * system shows one; under the lock. */
void gy_platform_show_title(const char* title);

/* Load |filename| into |lib->handle|. NULL, or what is wrong in words that are
 * good until the next call. */
const char* gy_platform_dlopen(const char* filename, uv_lib_t* lib);
const char* gy_platform_dlsym(uv_lib_t* lib, const char* name, void** ptr);
void gy_platform_dlclose(uv_lib_t* lib);

/* Fill |size| bytes; it may wait. 0 or UV_E*. */
int gy_platform_random(void* buf, size_t size);

/* ---- the machine and its users --------------------------------------------
 */

int gy_platform_clock_get(uv_clock_id clock, uv_timespec64_t* time);
int gy_platform_uptime(double* uptime);
void gy_platform_loadavg(double avg[3]);

/* In bytes; 0 when it is not known. */
uint64_t gy_platform_memory_total(void);
uint64_t gy_platform_memory_free(void);

/* Likewise; UINT64_MAX for no limit. */
uint64_t gy_platform_memory_limit(void);
uint64_t gy_platform_memory_left(void);

/* 0 when it is not known. */
unsigned gy_platform_parallelism(void);

/* In one gy_malloc(). */
int gy_platform_cpus(uv_cpu_info_t** cpus, int* count);
int gy_platform_uname(uv_utsname_t* name);
int gy_platform_hostname(char name[UV_MAXHOSTNAMESIZE]);

/* Whom this process acts as. */
uv_uid_t gy_platform_user(void);

/* Strings and all in one gy_malloc(), at |user->username| and |group->members|.
 * UV_ENOENT when there is none. */
int gy_platform_passwd(uv_passwd_t* user, uv_uid_t uid);
int gy_platform_group(uv_group_t* group, uv_uid_t gid);

#endif /* GY_PLATFORM_H_ */
