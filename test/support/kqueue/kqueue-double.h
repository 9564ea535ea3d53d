/* kqueue-double.h - what the files of the double share; see kqueue-double.c. */
#ifndef GY_TEST_KQUEUE_DOUBLE_H_
#define GY_TEST_KQUEUE_DOUBLE_H_

/* The double itself has all filters, whatever its users are to see. */
#undef GY_KQUEUE_FEW_FILTERS

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/types.h>

enum {
  HIDDEN_FIRST = 900, /* our descriptors are above this, if that is allowed */
  FD_FILTERS = 3      /* READ, WRITE and EXCEPT */
};

/* (ident, filter), and what was asked for. */
typedef struct knote {
  struct knote* next;
  uintptr_t ident;
  int filter;
  unsigned flags;
  unsigned fflags;
  intptr_t data;
  void* udata;
  bool enabled;
  int fd;               /* ours, that tells of it; or -1 */
  off_t size;           /* VNODE: the file's, when last seen */
  nlink_t links;        /* VNODE: as well */
  unsigned seen_fflags; /* what has happened and was not handed out */
  intptr_t seen_data;
} knote_t;

typedef struct {
  int fd;               /* the queue's number; -1: free */
  int subs[FD_FILTERS]; /* an epoll object for each filter of descriptors */
  int bell;             /* is rung for a USER event */
  unsigned turn;        /* which source is looked at first */
  knote_t* knotes;
} queue_t;

/* close() itself; whoever is linked with --wrap=close gets the other. */
int __real_close(int fd);
int __wrap_close(int fd);

/* Move |fd|, if there is one, to a high number. The number. */
static inline int fd_hide(int fd) {
  int hidden = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, HIDDEN_FIRST) : -1;

  if (hidden < 0) {
    return fd;
  }
  __real_close(fd);
  return hidden;
}

static inline void fd_drop(int* fd) {
  if (*fd >= 0) {
    __real_close(*fd);
    *fd = -1;
  }
}

/* Have |queue| wake up for |fd|, which is ours and hidden. 0 or an errno. */
static inline int fd_join(const queue_t* queue, int fd) {
  struct epoll_event event = {.events = EPOLLIN};

  return epoll_ctl(queue->fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

/* Which of the queue's |subs| has |filter|; -1 when that is about something
 * else than reading and writing a descriptor. */
int gy_double_sub(int filter);

/* Is |fd| the writing end of a pipe without a reader? */
bool gy_double_pipe_is_broken(int fd);

/* Have |queue| watch the descriptor of |note|. 0 or an errno. */
int gy_double_fd_watch(queue_t* queue, knote_t* note);

void gy_double_fd_unwatch(queue_t* queue, const knote_t* note);

/* Write what epoll's |happened| means to |note| to |out|. */
void gy_double_fd_report(const knote_t* note, uint32_t happened,
                         struct kevent* out);

/* Acquire what tells of |note|. 0 or an errno. |mask| gets the signal that is
 * to be blocked. */
int gy_double_note_open(queue_t* queue, knote_t* note, sigset_t* mask);

/* Has anything happened that |note| is about? For filters without a sub. */
bool gy_double_note_gather(knote_t* note);

/* Let the USER event |note| happen. */
void gy_double_trigger(const queue_t* queue, knote_t* note);

/* Be silent if no USER event is left. */
void gy_double_settle(const queue_t* queue);

#endif /* GY_TEST_KQUEUE_DOUBLE_H_ */
