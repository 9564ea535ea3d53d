/* uv/types.h - the names of all types, so that the nouns can use each other.
 *
 * There are two families. A handle is something that lasts and reports again
 * and again: a timer, a socket. A request is one operation that ends in one
 * callback: a write, a look-up. The memory of both is the program's; the
 * library never frees or moves one, and it must stay in place, a handle until
 * its close callback, a request until its callback.
 *
 * Each type begins with the fields of its family, so that a pointer to any
 * handle can be cast to uv_handle_t*, to any stream (uv_tcp_t, uv_pipe_t,
 * uv_tty_t) to uv_stream_t*, and to any request to uv_req_t*.
 *
 * Fields not explained in these headers are private, and change. */
#ifndef UV_TYPES_H_
#define UV_TYPES_H_

#include "uv/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An event loop; see uv/loop.h. */
typedef struct uv_loop_s uv_loop_t;

/* The handles; uv_handle_t stands for any of them and uv_stream_t for those
 * that carry bytes in order. Each is explained in the header of its noun. */
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_async_s uv_async_t;
typedef struct uv_check_s uv_check_t;
typedef struct uv_fs_event_s uv_fs_event_t;
typedef struct uv_fs_poll_s uv_fs_poll_t;
typedef struct uv_idle_s uv_idle_t;
typedef struct uv_pipe_s uv_pipe_t;
typedef struct uv_poll_s uv_poll_t;
typedef struct uv_prepare_s uv_prepare_t;
typedef struct uv_process_s uv_process_t;
typedef struct uv_signal_s uv_signal_t;
typedef struct uv_stream_s uv_stream_t;
typedef struct uv_tcp_s uv_tcp_t;
typedef struct uv_timer_s uv_timer_t;
typedef struct uv_tty_s uv_tty_t;
typedef struct uv_udp_s uv_udp_t;

/* The requests; uv_req_t stands for any of them. */
typedef struct uv_req_s uv_req_t;
typedef struct uv_connect_s uv_connect_t;
typedef struct uv_fs_s uv_fs_t;
typedef struct uv_getaddrinfo_s uv_getaddrinfo_t;
typedef struct uv_getnameinfo_s uv_getnameinfo_t;
typedef struct uv_random_s uv_random_t;
typedef struct uv_shutdown_s uv_shutdown_t;
typedef struct uv_udp_send_s uv_udp_send_t;
typedef struct uv_work_s uv_work_t;
typedef struct uv_write_s uv_write_t;

/* Plain data that functions fill in. */
typedef struct uv_cpu_info_s uv_cpu_info_t;
typedef struct uv_dir_s uv_dir_t;
typedef struct uv_dirent_s uv_dirent_t;
typedef struct uv_env_item_s uv_env_item_t;
typedef struct uv_group_s uv_group_t;
typedef struct uv_interface_address_s uv_interface_address_t;
typedef struct uv_metrics_s uv_metrics_t;
typedef struct uv_passwd_s uv_passwd_t;
typedef struct uv_statfs_s uv_statfs_t;
typedef struct uv_utsname_s uv_utsname_t;

/* Every type of handle as XX(NAME, name): the type is UV_NAME and its struct is
 * uv_name_t. */
#define UV_HANDLE_TYPE_MAP(XX) \
  XX(ASYNC, async)             \
  XX(CHECK, check)             \
  XX(FS_EVENT, fs_event)       \
  XX(FS_POLL, fs_poll)         \
  XX(HANDLE, handle)           \
  XX(IDLE, idle)               \
  XX(NAMED_PIPE, pipe)         \
  XX(POLL, poll)               \
  XX(PREPARE, prepare)         \
  XX(PROCESS, process)         \
  XX(STREAM, stream)           \
  XX(TCP, tcp)                 \
  XX(TIMER, timer)             \
  XX(TTY, tty)                 \
  XX(UDP, udp)                 \
  XX(SIGNAL, signal)

/* Every type of request, in the same way. */
#define UV_REQ_TYPE_MAP(XX)    \
  XX(REQ, req)                 \
  XX(CONNECT, connect)         \
  XX(WRITE, write)             \
  XX(SHUTDOWN, shutdown)       \
  XX(UDP_SEND, udp_send)       \
  XX(FS, fs)                   \
  XX(WORK, work)               \
  XX(GETADDRINFO, getaddrinfo) \
  XX(GETNAMEINFO, getnameinfo) \
  XX(RANDOM, random)

/* What a handle is. */
typedef enum {
  /* None of these. */
  UV_UNKNOWN_HANDLE = 0,
#define XX(uc, lc) UV_##uc,
  UV_HANDLE_TYPE_MAP(XX)
#undef XX
  /* No handle: what uv_guess_handle() says of a regular file, which uv_fs_*()
   * read. */
  UV_FILE,
  /* How many types there are. */
  UV_HANDLE_TYPE_MAX
} uv_handle_type;

/* What a request is. Those after RANDOM are private to Windows. */
typedef enum {
  /* None of these. */
  UV_UNKNOWN_REQ = 0,
#define XX(uc, lc) UV_##uc,
  UV_REQ_TYPE_MAP(XX)
#undef XX
#ifdef _WIN32
  UV_ACCEPT,
  UV_FS_EVENT_REQ,
  UV_POLL_REQ,
  UV_PROCESS_EXIT,
  UV_READ,
  UV_UDP_RECV,
  UV_WAKEUP,
  UV_SIGNAL_REQ,
#endif
  /* How many types there are. */
  UV_REQ_TYPE_MAX
} uv_req_type;

/* A buffer of |len| bytes at |base|, which stays the caller's. Use this instead
 * of an initialiser: uv_buf_t has its fields in another order on Windows, where
 * it is a WSABUF, than on Unix, where it is a struct iovec. Any thread. */
UV_EXTERN uv_buf_t uv_buf_init(char* base, unsigned int len);

#ifdef __cplusplus
}
#endif

#endif /* UV_TYPES_H_ */
