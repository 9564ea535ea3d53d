/* sys-local.c - the system calls about what is local to a host; see
 * sys-local.h. */
#include "sys-local.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../fault.h"
#include "sys-net.h"
#include "uv/errno.h"

/* The UV_E* of the call that has just failed. */
static int last_error(void) {
  return -errno;
}

/* Set errno to |err|, what GY_FAULT() said, unless it is 0; |err|. */
static int fault(int err) {
  if (err != 0) {
    errno = err;
  }
  return err;
}

/* ---- names ----------------------------------------------------------------
 */

/* The option is Linux's, as the names are. */
#if defined(SO_PEEK_OFF)

bool gy_sys_has_abstract_names(void) {
  return true;
}

#else

bool gy_sys_has_abstract_names(void) {
  return false;
}

#endif

void gy_sys_local_set(gy_sys_local_t* local, const char* name, size_t size) {
  size_t length = size;

  memset(local, 0, sizeof(*local));
  local->sun.sun_family = AF_UNIX;
  memcpy(local->sun.sun_path, name, size);
  /* A path may have its 0 byte; of an abstract name it would be a part. */
  length += name[0] != '\0' && size < GY_SYS_NAME_MOST;
  local->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

size_t gy_sys_local_length(const gy_sys_local_t* local) {
  const char* name =
      (const char*)local + offsetof(struct sockaddr_un, sun_path);
  size_t size;

  if (local->size <= offsetof(struct sockaddr_un, sun_path)) {
    return 0;
  }
  size = local->size - offsetof(struct sockaddr_un, sun_path);
  if (name[0] == '\0') {
    /* On BSD, a socket without a name has one of zeros. */
    return gy_sys_has_abstract_names() ? size : 0;
  }
  return strnlen(name, size);
}

int gy_sys_local_get(int fd,
                     int (*get)(int fd, struct sockaddr* addr, socklen_t* size),
                     gy_sys_local_t* local) {
  memset(local, 0, sizeof(*local));
  local->size = sizeof(local->sun) + sizeof(local->room) - 1;
  return get(fd, (struct sockaddr*)&local->sun, &local->size);
}

void gy_sys_unlink(const char* path) {
  (void)unlink(path);
}

int gy_sys_add_mode(const char* path, mode_t mode) {
  struct stat now;

  if (fault(GY_FAULT("stat")) || stat(path, &now) != 0) {
    return last_error();
  }
  if ((now.st_mode & mode) == mode) {
    return 0;
  }
  mode |= now.st_mode & 07777;
  if (fault(GY_FAULT("chmod")) || chmod(path, mode) != 0) {
    return last_error();
  }
  return 0;
}

/* ---- pipes ----------------------------------------------------------------
 */

#if defined(GYRE_HAVE_PIPE2)

static int pipe_open(int fds[2]) {
  return pipe2(fds, O_CLOEXEC);
}

#else

/* There is a gap in which a child may inherit them; nothing can be done about
 * that here. */
static int pipe_open(int fds[2]) {
  if (pipe(fds) != 0) {
    return -1;
  }
  /* It cannot fail: they are open. */
  (void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
  (void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
  return 0;
}

#endif

int gy_sys_pipe(int fds[2]) {
  return fault(GY_FAULT("pipe2")) || pipe_open(fds) != 0 ? last_error() : 0;
}

int gy_sys_get_access(int fd, bool* readable, bool* writable) {
  int flags;

  if (fault(GY_FAULT("fcntl"))) {
    return last_error();
  }
  flags = fcntl(fd, F_GETFL);
  if (flags == -1) {
    return last_error();
  }
  *readable = (flags & O_ACCMODE) != O_WRONLY;
  *writable = (flags & O_ACCMODE) != O_RDONLY;
  return 0;
}

/* ---- descriptors that are passed on
 * ----------------------------------------- */

#if defined(MSG_NOSIGNAL)

enum {
  QUIETLY = MSG_NOSIGNAL
};

#else

enum {
  QUIETLY = 0
}; /* SO_NOSIGPIPE is set on what we made. */

#endif

#if defined(MSG_CMSG_CLOEXEC)

enum {
  NOT_INHERITED = MSG_CMSG_CLOEXEC
};

#else

enum {
  NOT_INHERITED = 0
}; /* fds_take() sees to it. */

#endif

/* Room for what goes with a message, as aligned as its parts must be. */
typedef union {
  struct cmsghdr align;
  char one[CMSG_SPACE(sizeof(int))];
  char most[CMSG_SPACE(sizeof(int) * GY_SYS_FDS_MOST)];
} control_t;

ssize_t gy_sys_send_fd(int fd, const struct iovec* bufs, size_t count,
                       bool wait, int pass_fd) {
  control_t control;
  struct msghdr message;
  struct cmsghdr* head;
  ssize_t sent;

  memset(&message, 0, sizeof(message));
  memset(control.one, 0, sizeof(control.one));
  memcpy(&message.msg_iov, &bufs, sizeof(bufs)); /* It is only read. */
  message.msg_iovlen = (__typeof__(message.msg_iovlen))count;
  message.msg_control = control.one;
  message.msg_controllen = sizeof(control.one);
  head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(head), &pass_fd, sizeof(pass_fd));
  do {
    sent = fault(GY_FAULT("sendmsg"))
               ? -1
               : sendmsg(fd, &message, QUIETLY | (wait ? 0 : MSG_DONTWAIT));
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && errno == ENOBUFS) {
    return UV_EAGAIN; /* See gy_sys_send(). */
  }
  return sent >= 0 ? sent : last_error();
}

/* The next of |bytes|, which are no more aligned than bytes. */
static int fds_next(const unsigned char** bytes) {
  int fd;

  memcpy(&fd, *bytes, sizeof(fd));
  *bytes += sizeof(fd);
  if (!NOT_INHERITED) {
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* It is open, so this works. */
  }
  return fd;
}

/* The part of |message| behind |head|, or NULL. CMSG_NXTHDR() does the same,
 * with conversions, in musl's headers, that a careful compiler refuses. */
static struct cmsghdr* control_next(const struct msghdr* message,
                                    struct cmsghdr* head) {
  char* start = message->msg_control;
  size_t at =
      (size_t)((char*)head - start) + CMSG_SPACE(head->cmsg_len - CMSG_LEN(0));

  if (at + CMSG_LEN(0) > message->msg_controllen) {
    return NULL;
  }
  return (struct cmsghdr*)(void*)(start + at);
}

/* Put the descriptors in |message| into |fds|; how many they are. */
static size_t fds_take(struct msghdr* message, int fds[GY_SYS_FDS_MOST]) {
  struct cmsghdr* head;
  size_t count = 0;

  for (head = CMSG_FIRSTHDR(message); head != NULL;
       head = control_next(message, head)) {
    const unsigned char* bytes = CMSG_DATA(head);
    size_t left;
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
      continue; /* Something else that the socket was asked to tell. */
    }
    left = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (; left > 0; left--) {
      fds[count++] = fds_next(&bytes); /* The room of |control| limits them. */
    }
  }
  return count;
}

ssize_t gy_sys_recv_fds(int fd, void* buf, size_t size,
                        int fds[GY_SYS_FDS_MOST], size_t* fd_count) {
  control_t control;
  struct msghdr message;
  struct iovec piece = {buf, size};
  ssize_t count;

  *fd_count = 0;
  do {
    memset(&message, 0, sizeof(message));
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.most;
    message.msg_controllen = sizeof(control.most);
    count = fault(GY_FAULT("recvmsg"))
                ? -1
                : recvmsg(fd, &message, MSG_DONTWAIT | NOT_INHERITED);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    return last_error();
  }
  *fd_count = fds_take(&message, fds);
  return count;
}

/* ---- what a descriptor is --------------------------------------------------
 */

static gy_sys_sort_t socket_sort(int fd) {
  gy_sys_local_t name;
  int type;

  if (gy_sys_get_option(fd, SOL_SOCKET, SO_TYPE, &type) != 0 ||
      gy_sys_local_get(fd, gy_sys_getsockname, &name) != 0) {
    return GY_SYS_OTHER;
  }
  switch (name.sun.sun_family) {
    case AF_UNIX:
      return type == SOCK_STREAM ? GY_SYS_LOCAL_STREAM : GY_SYS_OTHER;
    case AF_INET:
    case AF_INET6:
      if (type == SOCK_STREAM) {
        return GY_SYS_NET_STREAM;
      }
      return type == SOCK_DGRAM ? GY_SYS_NET_DATAGRAM : GY_SYS_OTHER;
    default:
      return GY_SYS_OTHER;
  }
}

gy_sys_sort_t gy_sys_sort(int fd) {
  struct stat about;

  if (fault(GY_FAULT("fstat")) || fstat(fd, &about) != 0) {
    return GY_SYS_OTHER;
  }
  if (S_ISCHR(about.st_mode)) {
    return isatty(fd) ? GY_SYS_TERMINAL : GY_SYS_FILE;
  }
  if (S_ISREG(about.st_mode)) {
    return GY_SYS_FILE;
  }
  if (S_ISFIFO(about.st_mode)) {
    return GY_SYS_PIPE;
  }
  return S_ISSOCK(about.st_mode) ? socket_sort(fd) : GY_SYS_OTHER;
}
