/* uring-polls.c - what is watched, as the polls of an io_uring. */
#include "poller/uring-polls.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "alloc.h"
#include "fault.h"
#include "poller/pollable.h"
#include "poller/uring-cookie.h"
#include "uv/errno.h"

enum {
  FIRST_INTERESTS = 64 /* how many the first table has */
};

enum {
  WANT_MASK = GY_READABLE | GY_WRITABLE | GY_DISCONNECT | GY_PRIORITIZED,
  UNASKED = GY_FAILED | GY_HANGUP
};

/* The list's entries: an fd and LIST_FD, so that 0 is not in the list. */
enum {
  LIST_NOT = 0,
  LIST_END = 1,
  LIST_FD = 2
};

static uint64_t cookie_of(size_t fd, uint32_t number) {
  return gy_cookie(GY_COOKIE_POLL, fd, number);
}

/* ---- the two languages --------------------------------------------------- */

static_assert(POLLIN == 0x1 && POLLPRI == 0x2 && POLLOUT == 0x4 &&
                  POLLERR == 0x8 && POLLHUP == 0x10,
              "the shifts below are made for these bits");
static_assert(GY_READABLE == 1 && GY_WRITABLE == 2 && GY_DISCONNECT == 4 &&
                  GY_PRIORITIZED == 8 && GY_FAILED == 16 && GY_HANGUP == 32,
              "and for these");

/* As the kernel has it: not every C library names it. */
enum {
  KERNEL_RDHUP = 0x2000,
  KERNEL_NVAL = 0x20
};

static unsigned mask_to_kernel(unsigned mask) {
  return (mask & GY_READABLE) | (mask & GY_WRITABLE) << 1 |
         (mask & GY_DISCONNECT) << 11 | (mask & GY_PRIORITIZED) >> 2;
}

static unsigned mask_from_kernel(unsigned events) {
  unsigned mask = (events & GY_READABLE) | (events >> 1 & GY_WRITABLE) |
                  (events >> 11 & GY_DISCONNECT) |
                  (events << 2 & GY_PRIORITIZED) |
                  (events << 1 & (GY_FAILED | GY_HANGUP));

  return (events & KERNEL_NVAL) != 0 ? mask | GY_FAILED : mask;
}

/* What of |want| holds for |fd| now, and what is reported unasked; |hint| when
 * that cannot be found out. */
static unsigned mask_verify(int fd, unsigned want, unsigned hint) {
  struct pollfd entry;
  int err = GY_FAULT("poll");

  entry.fd = fd;
  entry.events = (short)mask_to_kernel(want);
  entry.revents = 0;
  if (err != 0 || poll(&entry, 1, 0) < 0) {
    return hint;
  }
  return mask_from_kernel((unsigned short)entry.revents);
}

/* ---- the list of what is to be asked for --------------------------------- */

static void list_add(gy_polls_t* polls, size_t fd) {
  if (polls->interests[fd].next == LIST_NOT) {
    polls->interests[fd].next = polls->to_ask;
    polls->to_ask = (uint32_t)fd + LIST_FD;
  }
}

static void list_pop(gy_polls_t* polls) {
  gy_interest_t* first = &polls->interests[polls->to_ask - LIST_FD];

  polls->to_ask = first->next;
  first->next = LIST_NOT;
}

/* ---- a life ---------------------------------------------------------------
 */

void gy_polls_init(gy_polls_t* polls) {
  polls->interests = NULL;
  polls->count = 0;
  polls->to_ask = LIST_END;
  polls->is_settling = false;
}

void gy_polls_reset(gy_polls_t* polls) {
  if (polls->count > 0) {
    memset(polls->interests, 0, polls->count * sizeof(*polls->interests));
  }
  polls->to_ask = LIST_END;
  polls->is_settling = false;
}

void gy_polls_free(gy_polls_t* polls) {
  gy_free(polls->interests);
  gy_polls_init(polls);
}

void gy_polls_ask_anew(gy_polls_t* polls) {
  size_t fd;

  for (fd = 0; fd < polls->count; fd++) {
    polls->interests[fd].asked = 0;
    if (polls->interests[fd].want != 0) {
      list_add(polls, fd);
    }
  }
  polls->is_settling = false;
}

bool gy_polls_are_new(const gy_polls_t* polls) {
  return polls->to_ask != LIST_END;
}

/* ---- asking ---------------------------------------------------------------
 */

/* Big-endian machines swap the halves of the events, for a time when they were
 * 16 bits wide. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
static void sqe_events_order(uring_sqe_t* sqe) {
  sqe->op_flags = sqe->op_flags << 16 | sqe->op_flags >> 16;
}
#else
static void sqe_events_order(uring_sqe_t* sqe) {
  (void)sqe; /* They are as they should be. */
}
#endif

void gy_polls_fill(uring_sqe_t* sqe, int fd, unsigned mask, bool multishot,
                   uint64_t cookie) {
  sqe->opcode = URING_OP_POLL_ADD;
  sqe->fd = fd;
  sqe->op_flags = mask_to_kernel(mask);
  sqe->len = multishot ? URING_POLL_MULTISHOT : 0;
  sqe->user_data = cookie;
  sqe_events_order(sqe);
}

/* Not POLL_REMOVE: that leaves a poll alone which is about to answer, and if it
 * is a multishot poll, it goes on to hold the file, for ever. */
void gy_polls_fill_stop(uring_sqe_t* sqe, uint64_t cookie) {
  sqe->opcode = URING_OP_ASYNC_CANCEL;
  sqe->fd = -1;
  sqe->addr = cookie;
  sqe->user_data = GY_COOKIE_NOBODY;
}

/* The POLL_ADD of |interest|. A hint of POLLPRI alone wakes no poll, so that
 * POLLIN is asked for too. */
static void interest_fill(const gy_interest_t* interest, int fd,
                          uring_sqe_t* sqe) {
  unsigned mask = interest->want;
  bool multishot = interest->is_finished;

  if ((mask & GY_PRIORITIZED) != 0) {
    multishot |= (mask & GY_READABLE) == 0;
    mask |= GY_READABLE;
  }
  gy_polls_fill(sqe, fd, mask, multishot,
                cookie_of((size_t)fd, interest->number));
}

static int interest_ask(gy_polls_t* polls, gy_ring_t* ring, size_t fd) {
  gy_interest_t* interest = &polls->interests[fd];
  uring_sqe_t* sqe;
  int err;

  if (interest->asked != 0) {
    err = gy_ring_get(ring, &sqe);
    if (err != 0) {
      return err;
    }
    gy_polls_fill_stop(sqe, cookie_of(fd, interest->number));
    interest->asked = 0;
    polls->is_settling = true;
  }
  err = gy_ring_get(ring, &sqe);
  if (err != 0) {
    return err;
  }
  interest->number++;
  interest->asked = interest->want;
  interest_fill(interest, (int)fd, sqe);
  return 0;
}

int gy_polls_ask(gy_polls_t* polls, gy_ring_t* ring) {
  int err = 0;

  while (err == 0 && polls->to_ask != LIST_END) {
    size_t fd = polls->to_ask - LIST_FD;
    if (polls->interests[fd].want != 0) {
      err = interest_ask(polls, ring, fd);
    } /* Else it was forgotten since. */
    if (err == 0) {
      list_pop(polls);
    }
  }
  return err;
}

/* ---- interest --------------------------------------------------------------
 */

static int interests_reserve(gy_polls_t* polls, size_t index) {
  size_t count = polls->count > 0 ? polls->count : FIRST_INTERESTS;
  gy_interest_t* interests;

  if (index >= GY_COOKIE_FDS) {
    return UV_ENOMEM;
  }
  while (count <= index) {
    count *= 2;
  }
  if (count == polls->count) {
    return 0;
  }
  interests = gy_realloc(polls->interests, count * sizeof(*interests));
  if (interests == NULL) {
    return UV_ENOMEM;
  }
  memset(interests + polls->count, 0,
         (count - polls->count) * sizeof(*interests));
  polls->interests = interests;
  polls->count = count;
  return 0;
}

/* Cancel the poll of |fd|, so that the file is not held any more. */
static int interest_cancel(gy_polls_t* polls, gy_ring_t* ring, size_t fd) {
  gy_interest_t* interest = &polls->interests[fd];
  uring_sqe_t* sqe;
  int err = gy_ring_get(ring, &sqe);

  if (err == 0) {
    gy_polls_fill_stop(sqe, cookie_of(fd, interest->number));
    err = gy_ring_submit_all(ring);
    if (err != 0) {
      gy_ring_unprepare(ring);
    }
  }
  if (err == 0) {
    interest->asked = 0;
  }
  return err;
}

static void interest_reset(gy_interest_t* interest) {
  interest->asked = 0;
  interest->want = 0;
  interest->is_finished = false;
}

int gy_polls_forget(gy_polls_t* polls, gy_ring_t* ring, int fd, bool must) {
  size_t index = (size_t)fd;
  int err = 0;

  assert(fd >= 0);
  if (index < polls->count && polls->interests[index].asked != 0) {
    err = interest_cancel(polls, ring, index);
  } else if (must) {
    err = gy_ring_submit_all(ring);
  }
  if (err == 0 && index < polls->count) {
    interest_reset(&polls->interests[index]);
  }
  return err;
}

void gy_polls_let_go(gy_polls_t* polls, gy_ring_t* ring, int fd) {
  gy_interest_t* interest;

  if ((size_t)fd >= polls->count) {
    return; /* It was never watched. */
  }
  interest = &polls->interests[fd];
  if (interest->asked != 0) {
    gy_polls_fill_stop(gy_ring_prepare(ring),
                       cookie_of((size_t)fd, interest->number));
    polls->is_settling = true;
  }
  interest_reset(interest);
}

void gy_polls_want(gy_polls_t* polls, int fd, unsigned want) {
  gy_interest_t* interest = &polls->interests[fd];

  assert(fd >= 0 && (size_t)fd < polls->count);
  interest->want = (unsigned char)(want & WANT_MASK);
  if ((interest->want & ~(unsigned)interest->asked) != 0) {
    list_add(polls, (size_t)fd);
  } /* Else it may answer in vain, once, which is cheaper than to ask anew. */
}

int gy_polls_admit(gy_polls_t* polls, int fd, bool is_known) {
  int err = is_known ? 0 : gy_pollable(fd);

  return err == 0 ? interests_reserve(polls, (size_t)fd) : err;
}

/* ---- answers ----------------------------------------------------------------
 */

/* What the answer |cqe| to |interest| of |fd| means; 0: nothing. */
static unsigned answer_mask(gy_interest_t* interest, int fd,
                            const uring_cqe_t* cqe) {
  unsigned wanted = interest->want | UNASKED;
  unsigned mask;

  if (cqe->res < 0) {
    /* EBADF: the number was closed behind our back. Short of memory, or
     * cancelled by the kernel itself: it is asked for anew. */
    return cqe->res == -EBADF ? GY_FAILED : 0;
  }
  mask = mask_from_kernel((unsigned)cqe->res);
  if ((mask & ~wanted & GY_DISCONNECT) != 0) {
    interest->is_finished = true;
  }
  mask &= wanted;
  if ((mask & ~(unsigned)(GY_READABLE | GY_WRITABLE)) != 0 ||
      (wanted & GY_PRIORITIZED) != 0) {
    mask = mask_verify(fd, interest->want, mask);
  }
  return mask & wanted;
}

/* The fd whose last poll is that of |cqe|, if it is asked; else |count|. */
static size_t answer_fd(const gy_polls_t* polls, const uring_cqe_t* cqe) {
  size_t fd = gy_cookie_fd(cqe->user_data);

  if (fd >= polls->count) {
    return polls->count; /* GY_COOKIE_NOBODY, for one. */
  }
  if (polls->interests[fd].asked == 0 ||
      cookie_of(fd, polls->interests[fd].number) != cqe->user_data) {
    return polls->count;
  }
  return fd;
}

void gy_polls_put_off(gy_polls_t* polls, const uring_cqe_t* cqe) {
  size_t fd = answer_fd(polls, cqe);

  if (fd < polls->count) {
    if ((cqe->flags & URING_CQE_MORE) == 0) {
      polls->interests[fd].asked = 0;
    }
    list_add(polls, fd);
  }
}

bool gy_polls_answer(gy_polls_t* polls, const uring_cqe_t* cqe,
                     gy_event_t* event) {
  size_t fd = answer_fd(polls, cqe);
  bool more = (cqe->flags & URING_CQE_MORE) != 0;
  gy_interest_t* interest;
  unsigned mask;

  if (fd == polls->count) {
    return false;
  }
  interest = &polls->interests[fd];
  mask = interest->want != 0 ? answer_mask(interest, (int)fd, cqe) : 0;
  if (!more) {
    interest->asked = 0;
  } else {
    /* It tells of what is new only, and will not tell again of what was told
     * and is not wanted: whoever wants that later must ask anew. */
    interest->asked &= interest->want;
  }
  if (mask != 0 || !more) {
    list_add(polls, fd);
  }
  event->kind = GY_EVENT_READY;
  event->u.ready.fd = (int)fd;
  event->u.ready.mask = mask;
  return mask != 0;
}
