/* uv/unix.h - the types of Unix, and the private parts of the structs there.
 *
 * Include uv.h, not this. A GY_*_PRIVATE macro stands for the private fields of
 * the struct that its name tells. On Linux they take the room that libuv 1.x
 * has there, which test/abi holds true; on systems without a table the fields
 * are the same, and the sizes what comes of that. */
#ifndef UV_UNIX_H_
#define UV_UNIX_H_

/* These two first: on some BSDs the headers of the network need their types. */
#include <sys/types.h>
#include <sys/param.h>

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
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

#if defined(__APPLE__)
#include <mach/mach.h>
#else
#include <semaphore.h>
#endif

/* A file, a socket, whatever is behind a handle: on Unix all descriptors. */
typedef int uv_file;
typedef int uv_os_sock_t;
typedef int uv_os_fd_t;

/* A process, and whose it is. */
typedef pid_t uv_pid_t;
typedef uid_t uv_uid_t;
typedef gid_t uv_gid_t;

/* Bytes of the program: a struct iovec, field by field, so that an array of
 * them goes to the kernel as it is. Make one with uv_buf_init(). */
typedef struct uv_buf_t {
  /* Where they are. */
  char* base;
  /* How many there are. */
  size_t len;
} uv_buf_t;

/* A shared library that uv_dlopen() opened. */
typedef struct {
  /* What dlopen(3) gave. */
  void* handle;
  /* What uv_dlerror() returns. */
  char* errmsg;
} uv_lib_t;

/* What a uv_once_t is set to when it is defined, before its first use. */
#define UV_ONCE_INIT PTHREAD_ONCE_INIT

/* What uv_once() has done, or has not. */
typedef pthread_once_t uv_once_t;

/* A thread; see uv_thread_create(). */
typedef pthread_t uv_thread_t;

/* A mutex; see uv_mutex_init(). */
typedef pthread_mutex_t uv_mutex_t;

/* A condition variable; see uv_cond_init(). */
typedef pthread_cond_t uv_cond_t;

/* A value of each thread's own; see uv_key_create(). */
typedef pthread_key_t uv_key_t;

/* A lock for many readers or one writer; see uv_rwlock_init().
 *
 * Linux' headers hide this and the barriers from a compiler in a strict mode,
 * -std=c11 for one. They are the same size there, and a program only points at
 * them. */
#if defined(__linux__) && !defined(PTHREAD_RWLOCK_INITIALIZER)
typedef struct {
  long gy_room[sizeof(long) == 8 ? 7 : 8];
} uv_rwlock_t;
#else
typedef pthread_rwlock_t uv_rwlock_t;
#endif

/* A semaphore; see uv_sem_init().
 *
 * The semaphores of POSIX are in macOS's headers only; they never work. */
#if defined(__APPLE__)
typedef semaphore_t uv_sem_t;
#else
typedef sem_t uv_sem_t;
#endif

/* A barrier; see uv_barrier_init().
 *
 * POSIX wants this macro where there are barriers. macOS has none. */
#if defined(PTHREAD_BARRIER_SERIAL_THREAD)
typedef pthread_barrier_t uv_barrier_t;
#elif defined(__linux__)
typedef struct {
  long gy_room[sizeof(long) == 8 ? 4 : 5];
} uv_barrier_t;
#else
typedef struct {
  uv_mutex_t mutex;
  uv_cond_t cond;
  unsigned int threshold;
  unsigned int in;
  unsigned int out;
} uv_barrier_t;
#endif

/* Flags for uv_fs_open(): one of the first three, ORed with any of the others.
 * Those the system lacks are 0, and so do nothing. */

/* Open it to read. */
#define UV_FS_O_RDONLY O_RDONLY

/* Open it to write. */
#define UV_FS_O_WRONLY O_WRONLY

/* Open it to read and to write. */
#define UV_FS_O_RDWR O_RDWR

/* Write at the end, wherever that is by then. */
#define UV_FS_O_APPEND O_APPEND

/* Make the file if there is none. */
#define UV_FS_O_CREAT O_CREAT

/* With UV_FS_O_CREAT: fail if there is one. */
#define UV_FS_O_EXCL O_EXCL

/* Empty it, if it is written to. */
#define UV_FS_O_TRUNC O_TRUNC

/* A terminal does not become the controlling terminal. */
#define UV_FS_O_NOCTTY O_NOCTTY

/* Do not wait for the other end of a FIFO. */
#define UV_FS_O_NONBLOCK O_NONBLOCK

/* Go around the system's cache; buffers must be aligned.
 *
 * glibc shows O_DIRECT to _GNU_SOURCE only. The flag should not depend on that,
 * and does not for libuv on x86-64; the other architectures have other numbers,
 * and there it does. */
#if defined(O_DIRECT)
#define UV_FS_O_DIRECT O_DIRECT
#elif defined(__linux__) && defined(__x86_64__)
#define UV_FS_O_DIRECT 0x4000
#else
#define UV_FS_O_DIRECT 0
#endif

/* Fail if it is no directory. */
#if defined(O_DIRECTORY)
#define UV_FS_O_DIRECTORY O_DIRECTORY
#else
#define UV_FS_O_DIRECTORY 0
#endif

/* A write is done when the data, and what is needed to find them, are on the
 * disk. */
#if defined(O_DSYNC)
#define UV_FS_O_DSYNC O_DSYNC
#else
#define UV_FS_O_DSYNC 0
#endif

/* The same, with the whole of the inode. */
#if defined(O_SYNC)
#define UV_FS_O_SYNC O_SYNC
#else
#define UV_FS_O_SYNC 0
#endif

/* Lock it for nobody else to open (macOS, BSD, Windows). */
#if defined(O_EXLOCK)
#define UV_FS_O_EXLOCK O_EXLOCK
#else
#define UV_FS_O_EXLOCK 0
#endif

/* Reading leaves the access time alone (Linux, for _GNU_SOURCE). */
#if defined(O_NOATIME)
#define UV_FS_O_NOATIME O_NOATIME
#else
#define UV_FS_O_NOATIME 0
#endif

/* Fail if it is a symbolic link. */
#if defined(O_NOFOLLOW)
#define UV_FS_O_NOFOLLOW O_NOFOLLOW
#else
#define UV_FS_O_NOFOLLOW 0
#endif

/* Open the symbolic link itself (macOS). */
#if defined(O_SYMLINK)
#define UV_FS_O_SYMLINK O_SYMLINK
#else
#define UV_FS_O_SYMLINK 0
#endif

/* Use a file mapping (Windows). */
#define UV_FS_O_FILEMAP 0

/* It will be read here and there (Windows). */
#define UV_FS_O_RANDOM 0

/* It will be read from its beginning to its end (Windows). */
#define UV_FS_O_SEQUENTIAL 0

/* It will be gone soon: need not get to the disk (Windows). */
#define UV_FS_O_SHORT_LIVED 0

/* It is removed when it is closed (Windows). */
#define UV_FS_O_TEMPORARY 0

struct uv_loop_s;

/* Who hears of a descriptor. In the handles below it is where it is, and has
 * the name it has, because there are programs that read handle->io_watcher.fd:
 * libwebsockets, and what was built when uv_fileno() was not there yet. */
struct gy_watcher {
  void (*on_ready)(struct uv_loop_s* loop, struct gy_watcher* watcher,
                   unsigned int mask, int err);
  unsigned short want;
  unsigned short told;
  unsigned int born;
  int fd;
};

/* Room that is not used yet: so many pointers in an ABI of 64 or 32 bits. */
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

#define GY_POLL_PRIVATE    \
  GY_ROOM(poll_room, 3, 3) \
  int events;              \
  struct gy_watcher io_watcher;

#define GY_WORK_PRIVATE struct gy_work work;

#define GY_STREAM_PRIVATE             \
  struct uv_connect_s* connect_req;   \
  struct uv_shutdown_s* shutdown_req; \
  struct gy_task task;                \
  void* waiting;                      \
  struct gy_watcher io_watcher;       \
  struct uv__queue write_queue;       \
  struct uv__queue write_done;        \
  uv_connection_cb connection_cb;     \
  short delayed_error;                \
  unsigned char keepalive_count;      \
  unsigned char accept_turn;          \
  int accepted_fd;                    \
  uintptr_t keepalive;

#define GY_TCP_PRIVATE

#define GY_PIPE_PRIVATE const char* pipe_name;

/* The room is what libuv's termios and an int took. */
#define GY_TTY_PRIVATE                             \
  struct gy_terminal* terminal;                    \
  struct uv__queue node;                           \
  char room[sizeof(struct termios) + sizeof(int) - \
            sizeof(struct gy_terminal*) - sizeof(struct uv__queue)];

#define GY_UDP_PRIVATE          \
  uv_alloc_cb alloc_cb;         \
  uv_udp_recv_cb recv_cb;       \
  struct gy_task task;          \
  unsigned short patience;      \
  unsigned short waited;        \
  struct gy_watcher io_watcher; \
  struct uv__queue write_queue; \
  struct uv__queue write_done;

#define GY_WRITE_PRIVATE \
  struct uv__queue node; \
  uv_buf_t* bufs;        \
  size_t left;           \
  size_t written;        \
  unsigned int index;    \
  unsigned int nbufs;    \
  short error;           \
  unsigned short queued; \
  uv_buf_t bufs_small[3];

#define GY_CONNECT_PRIVATE struct uv__queue node;

#define GY_SHUTDOWN_PRIVATE

#define GY_UDP_SEND_PRIVATE     \
  struct uv__queue node;        \
  struct sockaddr_storage addr; \
  unsigned int nbufs;           \
  uv_buf_t* bufs;               \
  ssize_t status;               \
  size_t size;                  \
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
  void* child;             \
  void* unused;            \
  int reserved;

#define GY_SIGNAL_PRIVATE    \
  struct uv__queue node;     \
  struct uv_signal_s* next;  \
  struct uv_signal_s** link; \
  unsigned int caught;       \
  unsigned int told;

/* The offset is no off_t, so that the layout does not depend on whether a
 * program asks for large files. */
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
  void* watch;

#define GY_FS_POLL_PRIVATE void* context;

#define GY_RANDOM_PRIVATE \
  int status;             \
  void* buf;              \
  size_t buflen;          \
  uv_random_cb cb;        \
  struct gy_work work;

#endif /* UV_UNIX_H_ */
