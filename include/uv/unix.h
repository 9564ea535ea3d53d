/* uv/unix.h - the types of Unix, and the private parts of the structs there.
 *
 * Every GY_*_PRIVATE macro is room for the library's own use. The sizes that
 * come out are the ABI of libuv 1.x on Linux, and test/abi holds them. */
#ifndef UV_UNIX_H_
#define UV_UNIX_H_

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <termios.h>

#if defined(__APPLE__)
#include <mach/mach.h>
#else
#include <semaphore.h>
#endif

struct uv_loop_s;

typedef int uv_file;
typedef int uv_os_sock_t;
typedef int uv_os_fd_t;
typedef pid_t uv_pid_t;
typedef uid_t uv_uid_t;
typedef gid_t uv_gid_t;

typedef struct uv_buf_t {
  char* base;
  size_t len;
} uv_buf_t;

typedef struct {
  void* handle;
  char* errmsg;
} uv_lib_t;

#define UV_ONCE_INIT PTHREAD_ONCE_INIT

typedef pthread_once_t uv_once_t;
typedef pthread_t uv_thread_t;
typedef pthread_mutex_t uv_mutex_t;
typedef pthread_rwlock_t uv_rwlock_t;
typedef pthread_cond_t uv_cond_t;
typedef pthread_key_t uv_key_t;

#if defined(__APPLE__)
typedef semaphore_t uv_sem_t;
#else
typedef sem_t uv_sem_t;
#endif

#if defined(PTHREAD_BARRIER_SERIAL_THREAD)
typedef pthread_barrier_t uv_barrier_t;
#else
typedef struct {
  uv_mutex_t mutex;
  uv_cond_t cond;
  unsigned int threshold;
  unsigned int in;
  unsigned int out;
} uv_barrier_t;
#endif

#define UV_FS_O_APPEND O_APPEND
#define UV_FS_O_CREAT O_CREAT
#define UV_FS_O_EXCL O_EXCL
#define UV_FS_O_NOCTTY O_NOCTTY
#define UV_FS_O_NONBLOCK O_NONBLOCK
#define UV_FS_O_RDONLY O_RDONLY
#define UV_FS_O_RDWR O_RDWR
#define UV_FS_O_TRUNC O_TRUNC
#define UV_FS_O_WRONLY O_WRONLY

#if defined(O_DIRECT)
#define UV_FS_O_DIRECT O_DIRECT
#elif defined(__linux__) && defined(__x86_64__)
#define UV_FS_O_DIRECT 0x4000
#else
#define UV_FS_O_DIRECT 0
#endif

#if defined(O_DIRECTORY)
#define UV_FS_O_DIRECTORY O_DIRECTORY
#else
#define UV_FS_O_DIRECTORY 0
#endif

#if defined(O_DSYNC)
#define UV_FS_O_DSYNC O_DSYNC
#else
#define UV_FS_O_DSYNC 0
#endif

#if defined(O_EXLOCK)
#define UV_FS_O_EXLOCK O_EXLOCK
#else
#define UV_FS_O_EXLOCK 0
#endif

#if defined(O_NOATIME)
#define UV_FS_O_NOATIME O_NOATIME
#else
#define UV_FS_O_NOATIME 0
#endif

#if defined(O_NOFOLLOW)
#define UV_FS_O_NOFOLLOW O_NOFOLLOW
#else
#define UV_FS_O_NOFOLLOW 0
#endif

#if defined(O_SYMLINK)
#define UV_FS_O_SYMLINK O_SYMLINK
#else
#define UV_FS_O_SYMLINK 0
#endif

#if defined(O_SYNC)
#define UV_FS_O_SYNC O_SYNC
#else
#define UV_FS_O_SYNC 0
#endif

#define UV_FS_O_FILEMAP 0
#define UV_FS_O_RANDOM 0
#define UV_FS_O_SEQUENTIAL 0
#define UV_FS_O_SHORT_LIVED 0
#define UV_FS_O_TEMPORARY 0

struct uv__queue {
  struct uv__queue* next;
  struct uv__queue* prev;
};

struct gy_work {
  void (*run)(struct gy_work* work);
  void (*done)(struct gy_work* work, int status);
  struct uv_loop_s* loop;
  struct gy_work* next;
  struct gy_work* prev;
};

struct gy_wheel_node {
  uint64_t due;
  uint64_t order;
  struct gy_wheel_node* next;
  struct gy_wheel_node** link;
  unsigned int where;
};

struct gy_watcher {
  void (*on_ready)(struct uv_loop_s* loop, struct gy_watcher* watcher,
                   unsigned int mask, int err);
  int fd;
  unsigned short want;
  unsigned short told;
  unsigned int born;
};

#if defined(__LP64__) || defined(_LP64)
#define GY_ROOM(name, words64, words32) void* name[words64];
#else
#define GY_ROOM(name, words64, words32) void* name[words32];
#endif

#define GY_HANDLE_PRIVATE           \
  uv_close_cb close_cb;             \
  struct uv__queue walk_node;       \
  void* spare[4];                   \
  struct uv_handle_s* next_closing; \
  unsigned int flags;

#define GY_REQ_PRIVATE

#define GY_LOOP_PRIVATE GY_ROOM(loop_room, 99, 109)

#define GY_TIMER_PRIVATE \
  uv_timer_cb timer_cb;  \
  uint64_t repeat;       \
  struct gy_wheel_node node;

#define GY_HOOK_PRIVATE(noun) \
  uv_##noun##_cb noun##_cb;   \
  struct uv__queue node;

#define GY_ASYNC_PRIVATE   \
  uv_async_cb async_cb;    \
  struct uv_async_s* next; \
  struct uv_async_s* prev; \
  unsigned int state;

#define GY_POLL_PRIVATE      \
  struct gy_watcher watcher; \
  int events;                \
  GY_ROOM(poll_room, 3, 3)

#define GY_WORK_PRIVATE struct gy_work work;

#define GY_STREAM_PRIVATE             \
  struct uv_connect_s* connect_req;   \
  struct uv_shutdown_s* shutdown_req; \
  struct gy_watcher watcher;          \
  struct uv__queue write_queue;       \
  struct uv__queue write_done;        \
  uv_connection_cb connection_cb;     \
  int delayed_error;                  \
  int accepted_fd;                    \
  void* queued_fds;                   \
  GY_ROOM(stream_room, 4, 4)

#define GY_TCP_PRIVATE

#define GY_PIPE_PRIVATE const char* pipe_name;

#define GY_TTY_PRIVATE         \
  struct termios orig_termios; \
  int mode;

#define GY_UDP_PRIVATE          \
  uv_alloc_cb alloc_cb;         \
  uv_udp_recv_cb recv_cb;       \
  struct gy_watcher watcher;    \
  struct uv__queue write_queue; \
  struct uv__queue write_done;  \
  GY_ROOM(udp_room, 4, 4)

#define GY_WRITE_PRIVATE \
  struct uv__queue node; \
  unsigned int index;    \
  uv_buf_t* bufs;        \
  unsigned int nbufs;    \
  int error;             \
  uv_buf_t bufs_small[4];

#define GY_CONNECT_PRIVATE struct uv__queue node;

#define GY_SHUTDOWN_PRIVATE

#define GY_UDP_SEND_PRIVATE     \
  struct uv__queue node;        \
  struct sockaddr_storage addr; \
  unsigned int nbufs;           \
  uv_buf_t* bufs;               \
  ssize_t status;               \
  void* spare;                  \
  uv_buf_t bufs_small[4];

#define GY_GETADDRINFO_PRIVATE \
  struct gy_work work;         \
  uv_getaddrinfo_cb cb;        \
  struct addrinfo* hints;      \
  char* hostname;              \
  char* service;

#define GY_GETADDRINFO_TAIL int retcode;

#define GY_GETNAMEINFO_PRIVATE     \
  struct gy_work work;             \
  uv_getnameinfo_cb cb;            \
  struct sockaddr_storage storage; \
  int flags;

#define GY_GETNAMEINFO_TAIL int retcode;

#define GY_PROCESS_PRIVATE \
  struct uv__queue node;   \
  int status;

#define GY_SIGNAL_PRIVATE \
  void* link[4];          \
  unsigned int caught;    \
  unsigned int dispatched;

#define GY_FS_PRIVATE   \
  const char* new_path; \
  uv_file file;         \
  int flags;            \
  mode_t mode;          \
  unsigned int nbufs;   \
  uv_buf_t* bufs;       \
  int64_t offset;       \
  uv_uid_t uid;         \
  uv_gid_t gid;         \
  double atime;         \
  double mtime;         \
  struct gy_work work;  \
  uv_buf_t bufs_small[4];

#define GY_DIR_PRIVATE DIR* dir;

#define GY_FS_EVENT_PRIVATE \
  uv_fs_event_cb cb;        \
  struct uv__queue node;    \
  char* path;               \
  int wd;

#define GY_FS_POLL_PRIVATE void* context;

#define GY_RANDOM_PRIVATE \
  int status;             \
  void* buf;              \
  size_t buflen;          \
  uv_random_cb cb;        \
  struct gy_work work;

#endif /* UV_UNIX_H_ */
