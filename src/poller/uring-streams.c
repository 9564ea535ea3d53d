/* uring-streams.c - the poller of Linux by io_uring: streams, of which it does
 * the work by itself. */
#include "poller/uring.h"

#include "poller/uring-cookie.h"
#include "poller/uring-gives.h"
#include "uv/errno.h"

enum {
  DRAINS_MOST = 1000 /* a ring is not full that often */
};

/* Take |cqe| if it is of a take or a send, or of nobody. */
bool gy_uring_absorb(void* arg, const uring_cqe_t* cqe) {
  gy_uring_t* p = arg;

  if (gy_cookie_is_owner(cqe->user_data)) {
    return false;
  }
  if (gy_cookie_kind(cqe->user_data) == GY_COOKIE_POLL) {
    return cqe->user_data == GY_COOKIE_NOBODY;
  }
  gy_takes_absorb(&p->takes, cqe);
  return true;
}

/* Take what has been taken and sent so far, whatever comes before it. */
void gy_uring_sift(gy_uring_t* p) {
  gy_ring_sift(&p->ring, gy_uring_absorb, p);
}

/* Take |cqe| if it can be had again. */
static bool answer_put_off(void* arg, const uring_cqe_t* cqe) {
  gy_uring_t* p = arg;

  if (gy_uring_absorb(p, cqe)) {
    return true;
  }
  if (gy_cookie_is_owner(cqe->user_data) || cqe->user_data == GY_COOKIE_WAKE) {
    return false;
  }
  gy_polls_put_off(&p->polls, cqe);
  return true;
}

int gy_uring_drain(gy_uring_t* p) {
  int rounds = 0;
  int err;

  do {
    err = gy_ring_submit_all(&p->ring);
    gy_uring_sift(p);
    if (err == 0 && gy_ring_is_withheld(&p->ring)) {
      gy_ring_sift(&p->ring, answer_put_off, p); /* There was no room. */
    }
  } while (err == 0 && gy_ring_is_withheld(&p->ring) && ++rounds < DRAINS_MOST);
  return err;
}

/* ---- what is asked for -----------------------------------------------------
 */

int64_t gy_uring_receive(gy_poller_t* base, gy_fd_t fd, void* memory,
                         size_t size, bool* more) {
  gy_uring_t* p = (gy_uring_t*)base;
  int64_t count = gy_takes_receive(&p->takes, fd, memory, size, more);

  base->unsettled |= gy_uring_is_new(p);
  return count;
}

int gy_uring_accept(gy_poller_t* base, gy_fd_t fd) {
  gy_uring_t* p = (gy_uring_t*)base;
  int fresh = gy_takes_accept(&p->takes, fd);

  base->unsettled |= gy_uring_is_new(p);
  return fresh;
}

/* Hand over all that is prepared, on any thread, and note what it did. UV_E*.
 */
static int ring_submit_here(gy_uring_t* p) {
  int err = gy_uring_drain(p);

  if (err == UV_EEXIST) {
    err = gy_uring_renew(p, false); /* Which does what is owed by hand. */
  }
  return err;
}

void gy_uring_keep_off(gy_poller_t* base, gy_fd_t fd) {
  gy_uring_t* p = (gy_uring_t*)base;
  bool stopping = false;
  int err = gy_takes_stop(&p->takes, &p->ring, fd, &stopping);

  if (stopping || err == UV_EEXIST) {
    /* If it fails, the next wait() hands it over. */
    (void)ring_submit_here(p);
  }
  gy_takes_keep_off(&p->takes, fd);
  base->unsettled |= gy_uring_is_new(p);
}

int gy_uring_send(gy_poller_t* base, gy_fd_t fd, const void* memory,
                  size_t size) {
  gy_uring_t* p = (gy_uring_t*)base;
  int err = p->ring.fd >= 0
                ? gy_owed_send(&p->takes, &p->ring, fd, memory, size)
                : UV_EBADF;

  base->owes |= err == 0;
  return err;
}

int gy_uring_sent(gy_poller_t* base, gy_fd_t fd) {
  gy_uring_t* p = (gy_uring_t*)base;
  int result = UV_EIO;
  int err;

  gy_uring_sift(p);
  if (gy_takes_end_send(&p->takes, fd, &result)) {
    return result;
  }
  err = ring_submit_here(p);
  if (gy_takes_end_send(&p->takes, fd, &result)) {
    return result;
  }
  /* The ring is broken. What it has not got can be done without. */
  gy_owed_do(&p->takes, &p->ring);
  if (!gy_takes_end_send(&p->takes, fd, &result)) {
    gy_takes_drop_send(&p->takes, fd);
    result = err != 0 ? err : UV_EIO;
  }
  return result;
}

void gy_uring_close_fd(gy_poller_t* base, gy_fd_t fd, unsigned was) {
  gy_uring_t* p = (gy_uring_t*)base;
  int err = UV_EBADF;

  (void)was;
  if (p->ring.fd >= 0) {
    err = gy_owed_close(&p->owed, &p->takes, &p->polls, &p->ring, fd);
  }
  if (err == 0) {
    base->owes = 1;
    return;
  }
  /* An error says that the ring is broken, and holds no file for long. */
  (void)gy_uring_forget(p, fd);
  gy_takes_drop_send(&p->takes, fd);
  gy_held_close(fd);
}
