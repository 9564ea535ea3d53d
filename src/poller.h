/* poller.h - the one seam between the loop and a kernel's event interface.
 *
 * A poller turns what a kernel knows into a batch of plain events. It never
 * calls back: wait() fills an array and returns, and the loop dispatches. So
 * retry, timeouts, metrics, ordering and stale events are handled once, in
 * src/dispatch.c, and not in every poller.
 *
 * Everything here runs on the loop thread, except wake().
 */
#ifndef GY_POLLER_H_
#define GY_POLLER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
typedef void* gy_fd_t; /* HANDLE, or a SOCKET cast to one */
#else
typedef int gy_fd_t;
#endif

/* What one may want to hear about an fd. The first four are the public
 * UV_READABLE.. bits, so that handles and uv_poll_t speak one language.
 *
 * GY_FAILED and GY_HANGUP are reported unasked, and may come alone: the read()
 * or write() that one waits to make will not block, and tells what happened.
 * A kernel that has no word for them reports what was asked for instead. While
 * data is left to read, GY_READABLE comes with them if it was asked for.
 * GY_DISCONNECT and GY_PRIORITIZED are reported where the kernel knows them:
 * select(2) knows nothing of the first. */
enum {
  GY_READABLE = 1,
  GY_WRITABLE = 2,
  GY_DISCONNECT = 4,
  GY_PRIORITIZED = 8,
  GY_FAILED = 16,      /* reported only: an error, or an fd that is not open */
  GY_HANGUP = 32,      /* reported only: nobody is at the other end any more */
  GY_COMPLETIONS = 64, /* asked only: operations are to be submitted on it,
                        * where a kernel wants to know that (Windows). It goes
                        * with the others, or alone, and says nothing of when an
                        * fd is ready */
  GY_RECEIVE = 128,    /* asked only: a stream socket that is read by receive().
                        * With GY_READABLE, bytes may be taken ahead; without,
                        * none are, and what was taken is kept. Nobody asks for
                        * it where there is no receive() */
  GY_ACCEPT = 256      /* the same of a listener, accept() and connections */
};

typedef enum {
  GY_EVENT_READY, /* u.ready: an fd is ready */
  GY_EVENT_DONE,  /* u.done: an operation finished */
  GY_EVENT_SENT,  /* u.sent: so ended the send() of an fd */
  GY_EVENT_WAKE   /* wake() was called, once or more, since the last of these;
                   * one too many is possible, one too few is not */
} gy_event_kind_t;

typedef struct {
  gy_event_kind_t kind;
  union {
    struct {
      gy_fd_t fd;
      unsigned mask;
    } ready;
    struct {
      void* owner;
      int result; /* >= 0, or UV_E* */
    } done;
    struct {
      gy_fd_t fd;
      int result; /* bytes, or UV_E* */
    } sent;
  } u;
} gy_event_t;

/* An operation, in no kernel's language. It is read during submit() and may
 * die on return; |owner|, which is at an even address, the memory |buf| points
 * to and |fd| must stay in place until the DONE event, cancelled or not. */
typedef struct {
  enum {
    GY_OP_READ,
    GY_OP_WRITE,
    GY_OP_FSYNC
  } code;
  gy_fd_t fd;
  void* buf;
  uint32_t len;   /* bytes */
  int64_t offset; /* bytes; -1 means the current position */
  bool remote; /* it may wait for another machine or process, even to say that
                * it would: the calling thread must not be made to try it */
} gy_op_t;

typedef struct gy_poller_ops gy_poller_ops_t;

/* The common head of every poller's state: each starts its own struct with it,
 * and only its own file knows the rest. */
typedef struct {
  const gy_poller_ops_t* ops; /* set by the loop */
  int backend_fd; /* what uv_backend_fd() returns; -1 when there is none, or
                   * none as yet: see enable_backend() */

  /* Set by the loop, at any time: not 0 makes wait() keep SIGPROF blocked, on
   * top of what the thread blocks anyway, for as long as it sleeps. */
  int block_sigprof;

  /* Set by the poller: not 0 when the kernel has not heard yet of all that is
   * wanted, so that |backend_fd| may stay silent. wait() and settle() tell it.
   */
  int unsettled;

  /* Set by the poller: not 0 when a send() or a close_fd() was asked for and is
   * not done. wait() and settle() do it. */
  int owes;
} gy_poller_t;

struct gy_poller_ops {
  const char* name; /* as in GYRE_POLLER=epoll */
  size_t size;      /* sizeof the state; the loop allocates it, zeroed */

  /* Acquire the kernel object. 0, or UV_E* with nothing left to close. */
  int (*open)(gy_poller_t* p);

  /* Release it. Operations in flight are dropped without a DONE event. */
  void (*close)(gy_poller_t* p);

  /* In the child, after fork(2): replace the kernel object, and touch nothing
   * the parent still uses. Nothing is watched afterwards, no wake of before is
   * pending, and wake() works if it was enabled. UV_E*: |p| can only be closed,
   * or this be tried again. NULL when close() and open() do just that. */
  int (*after_fork)(gy_poller_t* p);

  /* Make wake() possible: acquire what it needs, one descriptor as a rule, so
   * that a loop which nobody wakes does not own it. Called before the first
   * wake(); again does nothing. UV_E* with nothing left behind. */
  int (*enable_wake)(gy_poller_t* p);

  /* Change what is wanted from |fd| from |was| to |want|; either may be 0, not
   * both. Level-triggered: an event repeats for as long as it holds. Takes
   * effect by the next wait(); but when |want| is 0 it takes effect before
   * returning, so that the caller may close |fd|, and does not fail because
   * |fd| is gone already. On an error what was wanted stays as it was.
   *
   * All memory that wait() needs is taken here: UV_ENOMEM. When |was| is 0:
   * UV_EBADF when |fd| is not open, UV_EPERM when it is a file or a directory,
   * or anything else that the kernel cannot poll.
   *
   * An fd that was closed without this call, which is somebody's mistake, may
   * be reported as GY_FAILED, or never again, until it is forgotten; events of
   * others still come, and once it is forgotten it is heard of no more. */
  int (*watch)(gy_poller_t* p, gy_fd_t fd, unsigned was, unsigned want);

  /* As watch(p, fd, was, 0), for a caller that is about to close |fd|: a kernel
   * that forgets what is closed need not be told. It does not fail. NULL where
   * that makes no difference. */
  void (*let_go)(gy_poller_t* p, gy_fd_t fd, unsigned was);

  /* Start |op|; one DONE event for |owner| follows. NULL when this kernel
   * interface runs no operations. UV_ENOSYS or UV_EAGAIN: not started; give it
   * to the thread pool. So it is on Windows when its fd is not watched with
   * GY_COMPLETIONS. UV_ENOMEM. */
  int (*submit)(gy_poller_t* p, const gy_op_t* op, void* owner);

  /* Ask that |owner|'s operation stop early. Its DONE event still comes, with
   * UV_ECANCELED if this was in time. UV_ENOENT when it has none. NULL exactly
   * when submit is. */
  int (*cancel)(gy_poller_t* p, void* owner);

  /* Of |fd|, watched with GY_RECEIVE: bytes into |memory|, which has room for
   * |size|, 1 or more. As recv(2) that does not wait: how many, 0 at the end,
   * or UV_E*. What was taken ahead comes first. |*more|: is it likely that the
   * next call gives more, or the end? This and the five below are of kernels
   * that do the work of a stream by themselves: NULL, all of them, elsewhere.
   */
  int64_t (*receive)(gy_poller_t* p, gy_fd_t fd, void* memory, size_t size,
                     bool* more);

  /* Of |fd|, watched with GY_ACCEPT: a connection, which neither blocks nor is
   * inherited; UV_EAGAIN when none is there, which is to be had for nothing; or
   * another UV_E* of accept(2). */
  int (*accept)(gy_poller_t* p, gy_fd_t fd);

  /* Take nothing ahead of |fd|, which is watched with GY_RECEIVE or GY_ACCEPT,
   * from now on: somebody else may be about to read there. What was taken
   * already stays. */
  void (*keep_off)(gy_poller_t* p, gy_fd_t fd);

  /* Send |size| bytes at |memory| over |fd|, a stream socket, at the next
   * wait() or settle() at the latest. As send(2) that does not wait: it may be
   * fewer that are sent. The memory stays in place until the SENT event, or
   * until sent() or close_fd(); before that, no second one. UV_E* when nothing
   * was begun, and the caller had better do it. */
  int (*send)(gy_poller_t* p, gy_fd_t fd, const void* memory, size_t size);

  /* How the send() of |fd| ended that has not been reported, which is done now
   * if it was not: bytes, or UV_E*. It is not reported any more. */
  int (*sent)(gy_poller_t* p, gy_fd_t fd);

  /* Forget |fd|, as let_go(), with what was taken of it, and close it: at the
   * next wait() or settle() at the latest. A send() of it was asked for by
   * sent() before, or reported. */
  void (*close_fd)(gy_poller_t* p, gy_fd_t fd, unsigned was);

  /* Sleep at most |timeout_ns| (-1: for ever, 0: not at all) for at most |max|
   * events, which is 1 or more; never wake before the time unless there is an
   * event. The number written to |events|; 0 on time-out, or when all there was
   * turned out to be stale; or UV_EINTR; or another UV_E* when the kernel
   * object is broken. One fd may appear twice. Called again and again with more
   * ready than |max|, it leaves none out for ever. Takes no memory. */
  int (*wait)(gy_poller_t* p, gy_event_t* events, int max, int64_t timeout_ns);

  /* Acquire backend_fd, if it is not there; it outlives after_fork(), perhaps
   * under another number. NULL when open() did so, or there is none. UV_E* with
   * nothing left behind. */
  int (*enable_backend)(gy_poller_t* p);

  /* Have |backend_fd| tell of all that is wanted, before somebody else sleeps
   * on it: called when the events of the last wait() have been handed out. NULL
   * when wait() leaves nothing to do; or 0, or UV_E*, which the next wait()
   * will return, too. */
  int (*settle)(gy_poller_t* p);

  /* Make the wait() now running, or the next one, return a WAKE event, and
   * backend_fd, if there is one, readable until then (it may be readable once
   * too often, too). From any thread and from a signal handler; errno is kept;
   * many calls may make one event. UV_EBADF when enable_wake() was not called.
   */
  int (*wake)(gy_poller_t* p);
};

extern const gy_poller_ops_t gy_epoll_ops;
extern const gy_poller_ops_t gy_kqueue_ops;
extern const gy_poller_ops_t gy_poll_ops;
extern const gy_poller_ops_t gy_select_ops;
extern const gy_poller_ops_t gy_uring_ops;
extern const gy_poller_ops_t gy_iocp_ops;

/* The poller to use when nobody names one: the first of those that this build
 * has. */
const gy_poller_ops_t* gy_poller_default(void);

/* The poller called |name|; NULL when this build has none of that name. */
const gy_poller_ops_t* gy_poller_find(const char* name);

/* The pollers of this build, |index| from 0 on; NULL after the last. */
const gy_poller_ops_t* gy_poller_at(size_t index);

/* Have |ops| found too, after all others; NULL takes it away again. There is
 * room for one, which is for a test's simulator. Before other threads use the
 * library. */
void gy_poller_register(const gy_poller_ops_t* ops);

#endif /* GY_POLLER_H_ */
