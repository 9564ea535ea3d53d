/* sys-terminal.c - the system calls about terminals; see sys-terminal.h. */
#include "sys-terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../fault.h"
#include "uv/errno.h"

enum {
  PATH_SIZE = 256,
  STDIO_COUNT = 3
};

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

/* ---- opening one more ------------------------------------------------------
 *
 * To not block belongs to the open file, which a terminal shares with every
 * process that was started on it: whoever sets it breaks the others' output.
 * So a terminal is opened anew. */

#if defined(TIOCGPTN)

/* Is |fd| the end of a pseudo-terminal that has no name? Opening what it was
 * opened by makes another pair. */
static bool is_master(int fd) {
  char name[64];

  return ptsname_r(fd, name, sizeof(name)) == 0;
}

#elif defined(TIOCPTYGNAME)

static bool is_master(int fd) {
  char name[128];

  return ioctl(fd, TIOCPTYGNAME, name) == 0;
}

#else

static bool is_master(int fd) {
  return ptsname(fd) != NULL;
}

#endif

bool gy_sys_terminal_is_same(int fd, int other) {
  struct stat one;
  struct stat two;

  if (fd == other) {
    return true;
  }
  if (is_master(fd) || is_master(other)) {
    return false;
  }
  if (fault(GY_FAULT("fstat")) || fstat(fd, &one) != 0 ||
      fstat(other, &two) != 0) {
    return false;
  }
  return S_ISCHR(one.st_mode) && S_ISCHR(two.st_mode) &&
         one.st_rdev == two.st_rdev && one.st_dev == two.st_dev;
}

/* Open |path| with |flags|. The descriptor, or UV_E*. */
static int path_open(const char* path, int flags) {
  int fd;

  do {
    fd = fault(GY_FAULT("open"))
             ? -1
             : open(path, flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd >= 0 ? fd : last_error();
}

/* |fd| if it is |like|; else it is closed. */
static int expect_same(int fd, int like) {
  if (fd < 0 || gy_sys_terminal_is_same(fd, like)) {
    return fd;
  }
  (void)close(fd);
  return UV_ENXIO;
}

/* By what /proc says of |fd|, which works for a terminal whose name is of
 * another file system too, as in a container. */
static int open_by_number(int fd, int flags) {
  char path[32];

  (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  return expect_same(path_open(path, flags), fd);
}

static int open_by_name(int fd, int flags) {
  char path[PATH_SIZE];
  int err = GY_FAULT("ttyname_r");

  if (err == 0) {
    err = ttyname_r(fd, path, sizeof(path));
  }
  return err != 0 ? -err : expect_same(path_open(path, flags), fd);
}

/* Nobody closes a standard descriptor, so what is one by accident moves. */
static int leave_stdio(int fd) {
  int higher;

  if (fd < 0 || fd >= STDIO_COUNT) {
    return fd;
  }
  higher =
      fault(GY_FAULT("fcntl")) ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, STDIO_COUNT);
  if (higher < 0) {
    higher = last_error();
  }
  (void)close(fd);
  return higher;
}

int gy_sys_terminal_reopen(int fd) {
  int flags = fcntl(fd, F_GETFL);
  int again;

  if (flags == -1) {
    return last_error();
  }
  if (is_master(fd)) {
    return UV_ENOTSUP;
  }
  flags &= O_ACCMODE;
  again = open_by_number(fd, flags);
  if (again < 0) {
    again = open_by_name(fd, flags);
  }
  return leave_stdio(again);
}

/* ---- the state -------------------------------------------------------------
 */

int gy_sys_terminal_get(int fd, struct termios* state) {
  if (fault(GY_FAULT("tcgetattr")) || tcgetattr(fd, state) != 0) {
    return last_error();
  }
  return 0;
}

int gy_sys_terminal_set(int fd, const struct termios* state, bool wait) {
  int err;

  do {
    err = fault(GY_FAULT("tcsetattr"))
              ? -1
              : tcsetattr(fd, wait ? TCSADRAIN : TCSANOW, state);
  } while (err != 0 && errno == EINTR);
  return err == 0 ? 0 : last_error();
}

void gy_sys_terminal_make_raw(struct termios* state) {
  state->c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
  state->c_oflag |= ONLCR;
  state->c_cflag |= CS8;
  state->c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
  state->c_cc[VMIN] = 1;
  state->c_cc[VTIME] = 0;
}

/* What cfmakeraw(3) does, which not every system has. */
void gy_sys_terminal_make_binary(struct termios* state) {
  gy_sys_terminal_make_raw(state);
  state->c_iflag &= ~(tcflag_t)(IGNBRK | PARMRK | INLCR | IGNCR);
  state->c_oflag &= ~(tcflag_t)OPOST;
  state->c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
  state->c_cflag |= CS8;
  state->c_lflag &= ~(tcflag_t)ECHONL;
}

int gy_sys_terminal_size(int fd, int* width, int* height) {
  struct winsize window;
  int err;

  do {
    err = fault(GY_FAULT("ioctl")) ? -1 : ioctl(fd, TIOCGWINSZ, &window);
  } while (err != 0 && errno == EINTR);
  if (err != 0) {
    return last_error();
  }
  *width = window.ws_col;
  *height = window.ws_row;
  return 0;
}
