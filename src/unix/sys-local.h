/* sys-local.h - the system calls about what is local to a host: sockets with
 * names in the file system, pipes, and descriptors that are passed on.
 *
 * As in sys-net.h, which this adds to: errno becomes UV_E* here, EINTR is
 * retried here, and nothing of ours is known here. Any thread. */
#ifndef GY_UNIX_SYS_LOCAL_H_
#define GY_UNIX_SYS_LOCAL_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>

enum {
  /* The most bytes in a name: the kernel needs no 0 byte after it. */
  GY_SYS_NAME_MOST = sizeof(((struct sockaddr_un*)0)->sun_path),
  /* The most descriptors that are taken from one message. Linux sends no more
   * (SCM_MAX_FD); of others the rest is lost, and closed by the kernel. */
  GY_SYS_FDS_MOST = 253
};

/* The address of a local socket. A kernel may add a 0 byte after the longest
 * name, for which there is room. */
typedef struct {
  struct sockaddr_un sun;
  char room[2];
  socklen_t size; /* of the part in use */
} gy_sys_local_t;

/* Is there a namespace besides the file system, whose names begin with 0? */
bool gy_sys_has_abstract_names(void);

/* Make |local| the address |name| of |size| bytes, which are not more than
 * GY_SYS_NAME_MOST. */
void gy_sys_local_set(gy_sys_local_t* local, const char* name, size_t size);

/* The bytes in the name of |local|, 0 when it has none. */
size_t gy_sys_local_length(const gy_sys_local_t* local);

/* Ask |get| (gy_sys_getsockname() or its sister) for an address of |fd|. */
int gy_sys_local_get(int fd,
                     int (*get)(int fd, struct sockaddr* addr, socklen_t* size),
                     gy_sys_local_t* local);

/* Remove the file |path|; what comes of it is of no use. */
void gy_sys_unlink(const char* path);

/* Let others do with the file |path| what |mode| says, besides what they may
 * do already. UV_E*. */
int gy_sys_add_mode(const char* path, mode_t mode);

/* pipe(2), not inherited: |fds[0]| is to read from. They block. */
int gy_sys_pipe(int fds[2]);

/* Write as gy_sys_send(), and pass |pass_fd| on with the first byte. */
ssize_t gy_sys_send_fd(int fd, const struct iovec* bufs, size_t count,
                       bool wait, int pass_fd);

/* Read as gy_sys_recv(), and put descriptors that came with it into |fds|, and
 * how many they are into |*fd_count|. They are not inherited. */
ssize_t gy_sys_recv_fds(int fd, void* buf, size_t size,
                        int fds[GY_SYS_FDS_MOST], size_t* fd_count);

/* May |fd| be read, and may it be written? UV_EBADF. */
int gy_sys_get_access(int fd, bool* readable, bool* writable);

/* What sort of thing a descriptor is. */
typedef enum {
  GY_SYS_OTHER,
  GY_SYS_FILE, /* or a device that is no terminal */
  GY_SYS_TERMINAL,
  GY_SYS_PIPE,         /* or a FIFO */
  GY_SYS_LOCAL_STREAM, /* a socket, as the two below */
  GY_SYS_NET_STREAM,
  GY_SYS_NET_DATAGRAM
} gy_sys_sort_t;

/* |fd| may be anything. */
gy_sys_sort_t gy_sys_sort(int fd);

#endif /* GY_UNIX_SYS_LOCAL_H_ */
