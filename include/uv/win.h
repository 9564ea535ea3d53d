/* uv/win.h - the types of Windows, and the private parts of the structs there.
 *
 * Include uv.h, not this, and before <windows.h>, which would bring in the
 * sockets of old. A GY_*_PRIVATE macro stands for the private fields of the
 * struct that its name tells. They take the room that libuv 1.x has there,
 * which test/abi holds true. */
#ifndef UV_WIN_H_
#define UV_WIN_H_

/* Windows 10: what the declarations of the system are asked for. */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

/* mingw has ssize_t, Visual C has not. */
#if !defined(_SSIZE_T_) && !defined(_SSIZE_T_DEFINED)
typedef intptr_t ssize_t;
#define _SSIZE_T_
#define _SSIZE_T_DEFINED
#endif

/* Signals that Windows does not have, but that uv_signal_start() and uv_kill()
 * give a meaning: HUP is the closing of the console, WINCH its resizing. */
#ifndef SIGHUP
#define SIGHUP 1
#endif
#ifndef SIGQUIT
#define SIGQUIT 3
#endif
#ifndef SIGKILL
#define SIGKILL 9
#endif
#ifndef SIGWINCH
#define SIGWINCH 28
#endif

/* Modes of uv_fs_access(), and the type of a symbolic link in st_mode. */
#ifndef F_OK
#define F_OK 0
#endif
#ifndef X_OK
#define X_OK 1
#endif
#ifndef W_OK
#define W_OK 2
#endif
#ifndef R_OK
#define R_OK 4
#endif

#ifndef S_IFLNK
#define S_IFLNK 0xA000
#endif

/* How many socket providers of Windows itself poll handles know. */
#define UV_MSAFD_PROVIDER_COUNT 4

/* A file of the C runtime, a socket, and whatever is behind a handle. */
typedef int uv_file;
typedef SOCKET uv_os_sock_t;
typedef HANDLE uv_os_fd_t;

/* A process. Users and groups have no numbers here: these stand in for them. */
typedef int uv_pid_t;
typedef unsigned char uv_uid_t;
typedef unsigned char uv_gid_t;

/* |len| bytes at |base|: a WSABUF, field by field, so that an array of them
 * goes to the system as it is. Make one with uv_buf_init(). */
typedef struct uv_buf_t {
  ULONG len;
  char* base;
} uv_buf_t;

/* A shared library that uv_dlopen() opened. */
typedef struct {
  HMODULE handle;
  char* errmsg;
} uv_lib_t;

/* What uv/thread.h is about. Before its first use a uv_once_t must be set to
 * UV_ONCE_INIT, when it is defined. The odd shapes are the ABI: they held what
 * Windows XP needed. */
typedef HANDLE uv_thread_t;
typedef HANDLE uv_sem_t;
typedef CRITICAL_SECTION uv_mutex_t;

typedef union {
  CONDITION_VARIABLE cond_var;
  struct {
    unsigned int waiters_count;
    CRITICAL_SECTION waiters_count_lock;
    HANDLE signal_event;
    HANDLE broadcast_event;
  } unused_;
} uv_cond_t;

typedef struct {
  SRWLOCK read_write_lock_;
#ifdef _WIN64
  unsigned char padding_[72];
#else
  unsigned char padding_[44];
#endif
} uv_rwlock_t;

typedef struct {
  unsigned int threshold;
  unsigned int in;
  uv_mutex_t mutex;
  CONDITION_VARIABLE cond;
  unsigned int out;
} uv_barrier_t;

typedef struct {
  DWORD tls_index;
} uv_key_t;

typedef struct uv_once_s {
  unsigned char unused;
  INIT_ONCE init_once;
} uv_once_t;

#define UV_ONCE_INIT \
  { 0, INIT_ONCE_STATIC_INIT }

/* Flags for uv_fs_open(), explained in uv/unix.h. The low ones are those of the
 * C runtime, the high ones the FILE_FLAG_* that they become. */
#define UV_FS_O_APPEND 0x0008
#define UV_FS_O_CREAT 0x0100
#define UV_FS_O_DIRECT 0x02000000
#define UV_FS_O_DIRECTORY 0
#define UV_FS_O_DSYNC 0x04000000
#define UV_FS_O_EXCL 0x0400
#define UV_FS_O_EXLOCK 0x10000000
#define UV_FS_O_FILEMAP 0x20000000
#define UV_FS_O_NOATIME 0
#define UV_FS_O_NOCTTY 0
#define UV_FS_O_NOFOLLOW 0
#define UV_FS_O_NONBLOCK 0
#define UV_FS_O_RANDOM 0x0010
#define UV_FS_O_RDONLY 0x0000
#define UV_FS_O_RDWR 0x0002
#define UV_FS_O_SEQUENTIAL 0x0020
#define UV_FS_O_SHORT_LIVED 0x1000
#define UV_FS_O_SYMLINK 0
#define UV_FS_O_SYNC 0x08000000
#define UV_FS_O_TEMPORARY 0x0040
#define UV_FS_O_TRUNC 0x0200
#define UV_FS_O_WRONLY 0x0001

struct uv_loop_s;

/* Who hears of a descriptor. */
struct gy_watcher {
  void (*on_ready)(struct uv_loop_s* loop, struct gy_watcher* watcher,
                   unsigned int mask, int err);
  void* fd;
  unsigned short want;
  unsigned short told;
  unsigned int born;
};

/* Room that is not used yet: so many pointers, or so many times 8 bytes, in an
 * ABI of 64 or 32 bits. The latter gives a struct the alignment of 8 that it
 * has in libuv. */
#ifdef _WIN64
#define GY_ROOM(name, words64, words32) void* name[words64];
#define GY_ROOM8(name, count64, count32) uint64_t name[count64];
#else
#define GY_ROOM(name, words64, words32) void* name[words32];
#define GY_ROOM8(name, count64, count32) uint64_t name[count32];
#endif

/* Where 32 bits make a timer, nothing is left over. */
#ifdef _WIN64
#define GY_TIMER_ROOM uint64_t timer_room[1];
#else
#define GY_TIMER_ROOM
#endif

#define GY_HANDLE_PRIVATE           \
  uv_close_cb close_cb;             \
  struct uv__queue walk_node;       \
  void* spare[4];                   \
  struct uv_handle_s* next_closing; \
  unsigned int flags;

#define GY_REQ_PRIVATE   \
  OVERLAPPED overlapped; \
  void* req_room[2];

#define GY_LOOP_PRIVATE GY_ROOM8(loop_room, 52, 29)

#define GY_TIMER_PRIVATE     \
  uv_timer_cb timer_cb;      \
  uint64_t repeat;           \
  struct gy_wheel_node node; \
  GY_TIMER_ROOM

#define GY_HOOK_PRIVATE(noun) \
  uv_##noun##_cb noun##_cb;   \
  struct uv__queue node;

#define GY_ASYNC_PRIVATE   \
  uv_async_cb async_cb;    \
  struct uv_async_s* next; \
  struct uv_async_s* prev; \
  unsigned int state;      \
  GY_ROOM(async_room, 12, 13)

#define GY_POLL_PRIVATE         \
  struct gy_watcher io_watcher; \
  int events;                   \
  GY_ROOM8(poll_room, 35, 23)

#define GY_WORK_PRIVATE struct gy_work work;

#define GY_STREAM_PRIVATE             \
  struct uv_connect_s* connect_req;   \
  struct uv_shutdown_s* shutdown_req; \
  struct gy_watcher io_watcher;       \
  struct uv__queue write_queue;       \
  struct uv__queue write_done;        \
  uv_connection_cb connection_cb;     \
  int delayed_error;                  \
  int accepted_fd;                    \
  void* queued_fds;                   \
  GY_ROOM(stream_room, 7, 7)

#define GY_TCP_PRIVATE GY_ROOM(tcp_room, 6, 6)

#define GY_PIPE_PRIVATE GY_ROOM8(pipe_room, 37, 21)

#define GY_TTY_PRIVATE GY_ROOM(tty_room, 9, 13)

#define GY_UDP_PRIVATE          \
  uv_alloc_cb alloc_cb;         \
  uv_udp_recv_cb recv_cb;       \
  struct gy_watcher io_watcher; \
  struct uv__queue write_queue; \
  struct uv__queue write_done;  \
  GY_ROOM8(udp_room, 30, 24)

#define GY_WRITE_PRIVATE GY_ROOM(write_room, 5, 5)

#define GY_CONNECT_PRIVATE

#define GY_SHUTDOWN_PRIVATE

#define GY_UDP_SEND_PRIVATE

#define GY_GETADDRINFO_PRIVATE \
  struct gy_work work;         \
  uv_getaddrinfo_cb cb;        \
  struct addrinfo* hints;      \
  char* hostname;              \
  char* service;               \
  GY_ROOM(getaddrinfo_room, 1, 1)

#define GY_GETADDRINFO_TAIL int retcode;

#define GY_GETNAMEINFO_PRIVATE     \
  struct gy_work work;             \
  uv_getnameinfo_cb cb;            \
  struct sockaddr_storage storage; \
  int flags;

#define GY_GETNAMEINFO_TAIL int retcode;

#define GY_PROCESS_PRIVATE \
  struct uv__queue node;   \
  int status;              \
  GY_ROOM(process_room, 16, 17)

#define GY_SIGNAL_PRIVATE  \
  void* link[4];           \
  unsigned int caught;     \
  unsigned int dispatched; \
  GY_ROOM(signal_room, 14, 14)

#define GY_FS_PRIVATE    \
  const char* new_path;  \
  uv_file file;          \
  int flags;             \
  int mode;              \
  unsigned int nbufs;    \
  uv_buf_t* bufs;        \
  int64_t offset;        \
  double atime;          \
  double mtime;          \
  struct gy_work work;   \
  uint64_t system_error; \
  GY_ROOM8(fs_room, 8, 2)

#define GY_DIR_PRIVATE    \
  HANDLE dir;             \
  WIN32_FIND_DATAW found; \
  int state;

#define GY_FS_EVENT_PRIVATE \
  uv_fs_event_cb cb;        \
  struct uv__queue node;    \
  char* path;               \
  void* watch;              \
  GY_ROOM(fs_event_room, 17, 18)

#define GY_FS_POLL_PRIVATE void* context;

#define GY_RANDOM_PRIVATE \
  int status;             \
  void* buf;              \
  size_t buflen;          \
  uv_random_cb cb;        \
  struct gy_work work;

#endif /* UV_WIN_H_ */
