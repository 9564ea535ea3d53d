/* uring.c - the poller of Linux by io_uring.
 *
 * An fd is watched by a poll that answers once. What is reported is asked for
 * anew by the next wait(), in the one system call that also sleeps; the kernel
 * then looks before it watches, so what still holds is reported again, as the
 * contract wants it, and a wait() costs one system call whatever changed.
 *
 * What is odd about io_uring's polls:
 *
 * They hold the open file. So forgetting an fd cancels its poll, and waits for
 * that; which costs nothing if the poll has answered already.
 *
 * They always ask for POLLRDHUP. Where a peer has finished and nobody wants to
 * know, such a poll would answer at once, for ever. So it is made a multishot
 * poll, which says so once and goes on to wait.
 *
 * What they answer can be the hint that came with a wake-up: of a TCP socket,
 * POLLPRI each time data comes in. So what is more than POLLIN and POLLOUT is
 * verified by poll(2). And a hint of POLLPRI alone is not looked at: who wants
 * that is woken for POLLIN, too, which nobody may read; so this is one more
 * case for a multishot poll.
 *
 * Operations are what it is made for, and need no word here but for rings: see
 * poller_submit().
 *
 * Each poll has a number, which comes back with its answer: an answer with an
 * old number is of a poll that was cancelled, and is nobody's. */
#include "poller/uring.h"

#include <assert.h>
#include <errno.h>

#include "poller/sleep.h"
#include "poller/uring-cookie.h"
#include "poller/uring-gives.h"
#include "poller/uring-ops.h"
#include "uv/errno.h"

/* What says that an fd is taken ahead. */
#define TAKEN ((unsigned)(GY_RECEIVE | GY_ACCEPT))

static int wake_ask(gy_uring_t* p) {
  uring_sqe_t* sqe;
  int err = gy_ring_get(&p->ring, &sqe);

  if (err != 0) {
    return err;
  }
  /* An edge for each write, whatever the counter was: nobody reads it. */
  gy_polls_fill(sqe, p->wake.read_fd, GY_READABLE, gy_wakefd_is_endless,
                GY_COOKIE_WAKE);
  p->wake_state = GY_URING_WAKE_ASKED;
  return 0;
}

/* Prepare all that is to be asked for. UV_E*, with the rest still in the list.
 */
static int ask_all(gy_uring_t* p) {
  int err = p->wake_state == GY_URING_WAKE_NEW ? wake_ask(p) : 0;

  if (err == 0) {
    err = gy_takes_ask(&p->takes, &p->polls, &p->ring);
  }
  return err == 0 ? gy_polls_ask(&p->polls, &p->ring) : err;
}

/* ---- a life ---------------------------------------------------------------
 */

static int poller_open(gy_poller_t* base) {
  gy_uring_t* p = (gy_uring_t*)base;

  gy_wakefd_init(&p->wake);
  gy_ring_init(&p->ring);
  base->backend_fd = -1;
  gy_polls_init(&p->polls);
  gy_takes_init(&p->takes);
  p->owed.count = 0;
  p->wake_state = GY_URING_WAKE_SILENT;
  return gy_ring_open(&p->ring, false);
}

/* The ring is about to be closed. What it has done is noted; what was prepared
 * is done; and the kernel goes on with nothing, unless it belongs to another
 * thread, and the kernel ends it by itself. */
static void ring_leave(gy_uring_t* p) {
  int err = p->takes.count > 0 ? gy_ops_cancel_all(&p->ring) : 0;

  if (p->takes.count > 0 && err == 0) {
    (void)gy_uring_drain(p);
  }
  gy_owed_do(&p->takes, &p->ring);
  gy_uring_sift(p);
  p->owed.count = 0;
}

/* Let no operation go on: it would write to memory that is somebody else's by
 * then. */
static void ops_end(gy_uring_t* p) {
  int err = gy_ops_cancel_all(&p->ring);

  while (p->running > 0 && (err == 0 || err == UV_EINTR)) {
    err = gy_ring_wait(&p->ring, -1, NULL);
    while (gy_ring_completed(&p->ring) > 0) {
      uring_cqe_t cqe = gy_ring_take(&p->ring);
      p->running -= gy_cookie_is_owner(cqe.user_data);
      (void)gy_uring_absorb(p, &cqe);
    }
  } /* Else the ring is broken, and nobody knows. */
  p->running = 0;
}

static void poller_close(gy_poller_t* base) {
  gy_uring_t* p = (gy_uring_t*)base;

  if (p->ring.fd >= 0) {
    ring_leave(p);
  }
  if (p->running > 0) {
    ops_end(p);
  }
  gy_wakefd_close(&p->wake);
  gy_ring_close(&p->ring);
  base->backend_fd = -1;
  gy_polls_free(&p->polls);
  gy_takes_free(&p->takes);
}

static int poller_enable_wake(gy_poller_t* base) {
  gy_uring_t* p = (gy_uring_t*)base;
  int err;

  if (p->wake.read_fd >= 0) {
    return 0;
  }
  err = gy_wakefd_open(&p->wake);
  if (err == 0) {
    p->wake_state = GY_URING_WAKE_NEW;
    p->wakeable = true;
    base->unsettled = 1;
  }
  return err;
}

static int poller_wake(gy_poller_t* base) {
  return gy_wakefd_signal(&((gy_uring_t*)base)->wake);
}

int gy_uring_renew(gy_uring_t* p, bool is_shared) {
  gy_ring_t fresh;
  int err = gy_ring_open(&fresh, is_shared);

  if (err == 0) {
    ring_leave(p);
    gy_ring_close(&p->ring);
    p->ring = fresh;
    gy_polls_ask_anew(&p->polls);
    gy_takes_ask_anew(&p->takes);
    p->wake_state =
        p->wake.read_fd >= 0 ? GY_URING_WAKE_NEW : GY_URING_WAKE_SILENT;
    p->head.unsettled = 1;
  }
  return err;
}

/* Go on with a ring that is shared, if it is not. */
static int poller_share(gy_uring_t* p) {
  return gy_ring_is_shared(&p->ring) ? 0 : gy_uring_renew(p, true);
}

/* The rings are the parent's, which goes on to use them: they are let go of,
 * and not written to. */
static int poller_after_fork(gy_poller_t* base) {
  gy_uring_t* p = (gy_uring_t*)base;
  int err;

  gy_wakefd_close(&p->wake);
  gy_owed_fork(&p->owed, &p->ring);
  gy_ring_close(&p->ring);
  gy_polls_reset(&p->polls);
  gy_takes_reset(&p->takes);
  base->owes = 0;
  p->wake_state = GY_URING_WAKE_SILENT;
  p->running = 0;
  base->backend_fd = -1;
  err = gy_ring_open(&p->ring, p->has_backend);
  if (err != 0) {
    return err;
  }
  base->backend_fd = p->has_backend ? p->ring.fd : -1;
  return p->wakeable ? poller_enable_wake(base) : 0;
}

/* ---- interest --------------------------------------------------------------
 */

static int fd_forget(gy_uring_t* p, int fd) {
  bool stopping = false;
  int err = gy_takes_stop(&p->takes, &p->ring, fd, &stopping);

  if (err == 0) {
    err = gy_polls_forget(&p->polls, &p->ring, fd, stopping);
  }
  if (err == 0) {
    gy_takes_forget(&p->takes, fd);
  }
  return err;
}

/* The same on any thread. */
int gy_uring_forget(gy_uring_t* p, int fd) {
  int err = fd_forget(p, fd);

  if (err == UV_EEXIST) {
    /* With the ring of the other thread goes the poll, but not at once: the
     * kernel takes it apart on a thread of its own. */
    err = gy_uring_renew(p, false);
    err = err == 0 ? fd_forget(p, fd) : err;
  }
  return err;
}

/* May the kernel take ahead what is wanted of an fd? Another thread that comes
 * cannot enter a ring with an owner, and leaves it to the kernel to end what it
 * was asked for; that it then takes nothing more can be relied on since Linux
 * 6.14. Before, as for operations, a ring without an owner does. */
static bool ring_is_safe(gy_uring_t* p, unsigned want) {
  return (want & TAKEN) == 0 || (p->ring.features & URING_FEAT_RW_ATTR) != 0 ||
         poller_share(p) == 0;
}

static int poller_watch(gy_poller_t* base, gy_fd_t fd, unsigned was,
                        unsigned want) {
  gy_uring_t* p = (gy_uring_t*)base;
  int err = 0;

  if (want == 0) {
    err = gy_uring_forget(p, fd);
  } else {
    want = ring_is_safe(p, want) ? want : want & ~TAKEN;
    /* What is a socket, as it was said to be, need not be looked at. */
    err = was == 0 ? gy_polls_admit(&p->polls, fd, (want & TAKEN) != 0) : 0;
    if (err == 0) {
      gy_polls_want(&p->polls, fd, gy_takes_watch(&p->takes, fd, want));
    }
  }
  base->unsettled |= gy_uring_is_new(p);
  return err;
}

/* ---- operations -------------------------------------------------------------
 */

/* Operations cannot be taken along to another ring, so they want one that need
 * not be left when another thread comes. */
static int ops_prepare(gy_uring_t* p) {
  int err = p->ring.fd >= 0 ? poller_share(p) : UV_EBADF;

  if (err == 0 && !p->runs_ops) {
    p->runs_ops = gy_ops_are_possible(&p->ring);
    err = p->runs_ops ? 0 : UV_ENOSYS;
  }
  return err;
}

static int poller_submit(gy_poller_t* base, const gy_op_t* op, void* owner) {
  gy_uring_t* p = (gy_uring_t*)base;
  int err = ops_prepare(p);

  if (err == 0) {
    err = gy_ops_start(&p->ring, op, owner);
  }
  if (err != 0) {
    return err == UV_ENOSYS ? err : UV_EAGAIN;
  }
  p->running++;
  base->unsettled = 1;
  return 0;
}

static int poller_cancel(gy_poller_t* base, void* owner) {
  gy_uring_t* p = (gy_uring_t*)base;

  return p->running > 0 ? gy_ops_cancel(&p->ring, owner) : UV_ENOENT;
}

/* ---- answers ----------------------------------------------------------------
 */

/* Is |cqe| of the wake's poll a wake? */
static bool answer_is_wake(gy_uring_t* p, const uring_cqe_t* cqe) {
  if (cqe->res < 0 && cqe->res != -ECANCELED) {
    p->wake_state = GY_URING_WAKE_SILENT; /* It was closed behind our back. */
    return false;
  }
  if ((cqe->flags & URING_CQE_MORE) == 0) {
    p->wake_state = GY_URING_WAKE_NEW;
    p->head.unsettled = 1;
  }
  if (!gy_wakefd_is_endless) {
    gy_wakefd_drain(&p->wake);
  }
  return cqe->res > 0;
}

/* Take answers until there are |max| events or no more answers. How many events
 * there are. */
static int answers_take(gy_uring_t* p, gy_event_t* events, int max) {
  bool woken = false;
  int count = 0;

  while (count < max && gy_ring_completed(&p->ring) > 0) {
    uring_cqe_t cqe = gy_ring_take(&p->ring);
    if (gy_uring_absorb(p, &cqe)) {
      continue; /* It is reported from what is held. */
    }
    if (gy_cookie_is_owner(cqe.user_data)) {
      gy_ops_answer(&cqe, &events[count++]);
      p->running--;
    } else if (cqe.user_data != GY_COOKIE_WAKE) {
      count += gy_polls_answer(&p->polls, &cqe, &events[count]);
    } else if (answer_is_wake(p, &cqe) && !woken) {
      events[count++].kind = GY_EVENT_WAKE;
      woken = true; /* Many make one. */
    }
  }
  return count;
}

/* The events that there are, |max| at most. How many. Where there are more,
 * half of them are of what is held, so that nothing waits for ever. */
static int events_take(gy_uring_t* p, gy_event_t* events, int max) {
  int share = max;
  int count;

  if (gy_takes_are_ready(&p->takes)) {
    share = (max + (int)(p->turns++ & 1)) / 2;
  }
  count = answers_take(p, events, share);
  if (gy_ring_completed(&p->ring) > 0) {
    gy_uring_sift(p); /* Nothing that was taken stays behind. */
  }
  count += gy_takes_report(&p->takes, &events[count], max - count);
  count += answers_take(p, &events[count], max - count);
  p->head.unsettled |= gy_uring_is_new(p);
  return count;
}

/* ---- sleep ------------------------------------------------------------------
 */

/* Is |err| the kernel's asking for completions to be taken first? Before Linux
 * 5.19 it does so when more came than the ring holds. */
static bool is_full(int err) {
  return err == UV_EBUSY || err == UV_EAGAIN;
}

/* Hand over what is prepared, and get what there is without waiting. */
static int ring_look(gy_uring_t* p) {
  int err = 0;

  if (gy_ring_prepared(&p->ring) > 0 || gy_ring_is_withheld(&p->ring)) {
    err = gy_ring_submit(&p->ring);
  }
  return err < 0 ? err : 0;
}

static int ring_sleep(gy_uring_t* p, int64_t timeout_ns) {
  sigset_t room;

  return gy_ring_wait(&p->ring, timeout_ns,
                      gy_sleep_mask(&p->head, timeout_ns, &room));
}

/* Ask for what is to be asked for, and sleep until there is an answer, unless
 * |timeout_ns| is 0 or there may be one without. 0, 1 when it slept, or UV_E*.
 */
static int ring_turn(gy_uring_t* p, int64_t timeout_ns) {
  int err = ask_all(p);
  bool sleeps = timeout_ns != 0 && !p->polls.is_settling &&
                gy_ring_completed(&p->ring) == 0 &&
                !gy_takes_are_ready(&p->takes);

  if (err == 0) {
    err = sleeps ? ring_sleep(p, timeout_ns) : ring_look(p);
  }
  if (is_full(err)) {
    /* There is something to take, and room after that; or the kernel is short
     * of memory. */
    return gy_ring_completed(&p->ring) > 0 ? 0 : UV_EINTR;
  }
  if (err == 0 && p->owed.count > 0 && gy_ring_is_working(&p->ring)) {
    err = gy_ring_submit_all(&p->ring); /* So many let go of their files. */
  }
  if (err == 0) {
    p->owed.count = gy_ring_prepared(&p->ring) > 0 ? p->owed.count : 0;
    p->polls.is_settling = false;
    p->head.unsettled = gy_ring_prepared(&p->ring) > 0 || gy_uring_is_new(p);
    p->head.owes = gy_ring_prepared(&p->ring) > 0;
  }
  return err == 0 ? sleeps : err;
}

/* The same, on any thread. */
static int ring_turn_here(gy_uring_t* p, int64_t timeout_ns) {
  int slept;

  if (p->ring.fd < 0) {
    return UV_EBADF; /* It could not be opened in the child of a fork. */
  }
  slept = ring_turn(p, timeout_ns);
  if (slept == UV_EEXIST) {
    slept = gy_uring_renew(p, false);
    slept = slept == 0 ? ring_turn(p, timeout_ns) : slept;
  }
  return slept;
}

static int poller_wait(gy_poller_t* base, gy_event_t* events, int max,
                       int64_t timeout_ns) {
  gy_uring_t* p = (gy_uring_t*)base;
  int slept;
  int count;

  assert(max > 0);
  do {
    slept = ring_turn_here(p, timeout_ns);
    if (slept < 0) {
      return slept;
    }
    count = events_take(p, events, max);
    /* Without an event, and it has not slept yet: those were answers to what is
     * not asked any more. */
  } while (count == 0 && timeout_ns != 0 && (slept == 0 || timeout_ns < 0));
  return count;
}

/* Have the descriptor be readable at once. */
static int ring_ring(gy_uring_t* p) {
  uring_sqe_t* sqe;
  int err = gy_ring_get(&p->ring, &sqe);

  if (err == 0) {
    sqe->opcode = URING_OP_NOP;
    sqe->user_data = GY_COOKIE_NOBODY;
  }
  return err;
}

static int poller_settle(gy_poller_t* base) {
  gy_uring_t* p = (gy_uring_t*)base;
  int err = 0;

  if (p->has_backend && gy_takes_are_ready(&p->takes)) {
    err = ring_ring(p); /* What is held, the kernel does not know of. */
  }
  if (err == 0) {
    err = ring_turn_here(p, 0);
  }
  return err < 0 ? err : 0;
}

static int poller_enable_backend(gy_poller_t* base) {
  gy_uring_t* p = (gy_uring_t*)base;
  int err = 0;

  if (base->backend_fd < 0) {
    err = poller_share(p);
  }
  if (err == 0) {
    p->has_backend = true;
    base->backend_fd = p->ring.fd;
    /* It may be slept on before the next wait(), which tells of an error. */
    (void)poller_settle(base);
  }
  return err;
}

const gy_poller_ops_t gy_uring_ops = {
    .name = "io_uring",
    .size = sizeof(gy_uring_t),
    .open = poller_open,
    .close = poller_close,
    .after_fork = poller_after_fork,
    .enable_wake = poller_enable_wake,
    .watch = poller_watch,
    .enable_backend = poller_enable_backend,
    .settle = poller_settle,
    .submit = poller_submit,
    .cancel = poller_cancel,
    .receive = gy_uring_receive,
    .accept = gy_uring_accept,
    .keep_off = gy_uring_keep_off,
    .send = gy_uring_send,
    .sent = gy_uring_sent,
    .close_fd = gy_uring_close_fd,
    .wait = poller_wait,
    .wake = poller_wake,
};
