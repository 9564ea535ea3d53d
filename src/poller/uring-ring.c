/* uring-ring.c - the two rings of an io_uring, and its system calls.
 *
 * What is odd: with deferred task work, which neither interrupts the thread nor
 * wakes it from what else it sleeps in, a ring belongs to one thread, others
 * hearing EEXIST; and to poll its descriptor wakes nobody. A loop may be made
 * by one thread and run by another, so such a ring is opened disabled, and
 * belongs to who enters it first. A loop that another sleeps for has one
 * without. */
#include "poller/uring-ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "poller/uring-cookie.h"
#include "uv/errno.h"

enum {
  SQ_ENTRIES = 256, /* what one enter can hand over; 16 KB */
  CQ_ENTRIES = 2048 /* what need not be written down elsewhere; 32 KB */
};

#define NS_PER_S INT64_C(1000000000)

/* What a ring must have, and no kernel before Linux 5.13 has all of. */
#define FEATURES                                                     \
  (URING_FEAT_SINGLE_MMAP | URING_FEAT_NODROP | URING_FEAT_EXT_ARG | \
   URING_FEAT_RSRC_TAGS)

#define FLAGS_ALWAYS (URING_SETUP_CQSIZE | URING_SETUP_CLAMP)
#define FLAGS_COOP                                                    \
  (FLAGS_ALWAYS | URING_SETUP_SUBMIT_ALL | URING_SETUP_COOP_TASKRUN | \
   URING_SETUP_TASKRUN_FLAG)
#define FLAGS_DEFER                                                   \
  (FLAGS_ALWAYS | URING_SETUP_SUBMIT_ALL | URING_SETUP_TASKRUN_FLAG | \
   URING_SETUP_SINGLE_ISSUER | URING_SETUP_DEFER_TASKRUN |            \
   URING_SETUP_R_DISABLED)

/* From the best to the oldest: a kernel says EINVAL to what it does not know.
 */
static const uint32_t setup_flags[] = {
    FLAGS_DEFER | URING_SETUP_NO_SQARRAY,
    FLAGS_DEFER,
    FLAGS_COOP | URING_SETUP_NO_SQARRAY,
    FLAGS_COOP,
    FLAGS_ALWAYS,
};

enum {
  FIRST_SHARED = 2, /* from there on it may be polled, and entered by all */
  SETUP_COUNT = sizeof(setup_flags) / sizeof(setup_flags[0])
};

/* ---- kernel calls: each a result, or UV_E* ----------------------------- */

static int ring_setup(uring_params_t* params) {
  int err = GY_FAULT("io_uring_setup");
  long fd = -1;

  if (err == 0) {
    fd = syscall(URING_SYS_SETUP, SQ_ENTRIES, params);
    err = errno;
  }
  return fd >= 0 ? (int)fd : -err;
}

static int ring_enable(gy_ring_t* ring) {
  int err = GY_FAULT("io_uring_register");

  if (err == 0 && syscall(URING_SYS_REGISTER, ring->fd,
                          URING_REGISTER_ENABLE_RINGS, NULL, 0) < 0) {
    err = errno;
  }
  if (err == 0) {
    ring->enabled = true;
  }
  return -err;
}

static int ring_enter(gy_ring_t* ring, unsigned min, unsigned flags,
                      const uring_getevents_t* argument) {
  int err = ring->enabled ? 0 : ring_enable(ring);
  long count = -1;

  if (err != 0) {
    return err;
  }
  err = GY_FAULT("io_uring_enter");
  /* Pairs with the kernel's acquire: what is prepared is written down. */
  atomic_store_explicit(ring->sq_tail, ring->sq_end, memory_order_release);
  if (err == 0) {
    count = syscall(URING_SYS_ENTER, ring->fd, gy_ring_prepared(ring), min,
                    flags, argument, argument != NULL ? sizeof(*argument) : 0);
    err = errno;
    ring->sq_begin = ring->sq_end - gy_ring_prepared(ring);
  }
  return count >= 0 ? (int)count : -err;
}

int gy_ring_cancel(gy_ring_t* ring, uint64_t user_data) {
  uring_sync_cancel_t what = {.user_data = user_data, .fd = -1};
  int err = GY_FAULT("io_uring_register");

  if (err == 0 && syscall(URING_SYS_REGISTER, ring->fd,
                          URING_REGISTER_SYNC_CANCEL, &what, 1) < 0) {
    err = errno;
  }
  /* A time-out of 0 is over at once, and says that it is being run. */
  return err == ETIME || err == EALREADY ? 0 : -err;
}

static int ring_map(int fd, size_t size, off_t offset, void** memory) {
  int err = GY_FAULT("mmap");
  void* fresh = MAP_FAILED;

  if (err == 0) {
    fresh = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                 fd, offset);
    err = fresh == MAP_FAILED ? errno : 0;
  }
  if (err == 0) {
    *memory = fresh;
  }
  return -err;
}

static int64_t clock_ns(void) {
  struct timespec now = {0, 0};

  (void)clock_gettime(CLOCK_MONOTONIC, &now); /* Linux has this clock. */
  return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* ---- a life ------------------------------------------------------------ */

void gy_ring_init(gy_ring_t* ring) {
  memset(ring, 0, sizeof(*ring));
  ring->fd = -1;
}

static void ring_unmap(gy_ring_t* ring) {
  /* It fails only for what is not mapped. */
  if (ring->sqes != NULL) {
    (void)munmap(ring->sqes, ring->sqes_size);
  }
  if (ring->rings != NULL) {
    (void)munmap(ring->rings, ring->rings_size);
  }
}

void gy_ring_close(gy_ring_t* ring) {
  ring_unmap(ring);
  if (ring->fd >= 0) {
    (void)close(ring->fd); /* Nothing is lost, and it is gone in any case. */
  }
  gy_ring_init(ring);
}

static void* at(const gy_ring_t* ring, uint32_t offset) {
  return (char*)ring->rings + offset;
}

/* The older kernels go by an array of which submission comes next. */
static void sq_array_fill(gy_ring_t* ring, const uring_params_t* params) {
  uint32_t* array = at(ring, params->sq_off.array);
  uint32_t index;

  for (index = 0; index < params->sq_entries; index++) {
    array[index] = index;
  }
}

/* Map the memory that |ring|, of |params|, shares with the kernel. */
static int ring_share(gy_ring_t* ring, const uring_params_t* params) {
  size_t sq_size = params->sq_off.array + params->sq_entries * sizeof(uint32_t);
  size_t cq_size =
      params->cq_off.cqes + params->cq_entries * sizeof(uring_cqe_t);
  void* sqes = NULL;
  int err;

  if ((params->flags & URING_SETUP_NO_SQARRAY) != 0) {
    sq_size = 0;
  }
  ring->rings_size = sq_size > cq_size ? sq_size : cq_size;
  ring->sqes_size = params->sq_entries * sizeof(uring_sqe_t);
  err = ring_map(ring->fd, ring->rings_size, URING_OFF_RINGS, &ring->rings);
  if (err == 0) {
    err = ring_map(ring->fd, ring->sqes_size, URING_OFF_SQES, &sqes);
  }
  if (err != 0) {
    return err;
  }
  ring->sqes = sqes;
  ring->sq_head = at(ring, params->sq_off.head);
  ring->sq_tail = at(ring, params->sq_off.tail);
  ring->sq_flags = at(ring, params->sq_off.flags);
  ring->sq_mask = params->sq_entries - 1;
  ring->cq_head = at(ring, params->cq_off.head);
  ring->cq_tail = at(ring, params->cq_off.tail);
  ring->cqes = at(ring, params->cq_off.cqes);
  ring->cq_mask = params->cq_entries - 1;
  if (sq_size > 0) {
    sq_array_fill(ring, params);
  }
  return 0;
}

int gy_ring_open(gy_ring_t* ring, bool is_shared) {
  uring_params_t params;
  int index = is_shared ? FIRST_SHARED : 0;
  int fd;
  int err;

  do {
    memset(&params, 0, sizeof(params));
    params.flags = setup_flags[index];
    params.cq_entries = CQ_ENTRIES;
    fd = ring_setup(&params);
  } while (fd == UV_EINVAL && ++index < SETUP_COUNT);
  if (fd < 0) {
    /* What knows none of the flags is from before Linux 5.6. */
    return fd == UV_EINVAL ? UV_ENOSYS : fd;
  }
  gy_ring_init(ring);
  ring->fd = fd;
  ring->flags = params.flags;
  ring->features = params.features;
  ring->enabled = (params.flags & URING_SETUP_R_DISABLED) == 0;
  err = UV_ENOSYS;
  if ((params.features & FEATURES) == FEATURES) {
    err = ring_share(ring, &params);
  }
  if (err != 0) {
    gy_ring_close(ring);
  }
  return err;
}

/* ---- submissions and completions ---------------------------------------- */

uring_sqe_t* gy_ring_prepare(gy_ring_t* ring) {
  uring_sqe_t* sqe = &ring->sqes[ring->sq_end & ring->sq_mask];

  if (gy_ring_prepared(ring) > ring->sq_mask) {
    return NULL;
  }
  ring->sq_end++;
  memset(sqe, 0, sizeof(*sqe));
  return sqe;
}

int gy_ring_submit(gy_ring_t* ring) {
  return ring_enter(ring, 0, URING_ENTER_GETEVENTS, NULL);
}

int gy_ring_submit_all(gy_ring_t* ring) {
  int err;

  /* Before Linux 5.18 one that fails keeps back those behind it; and Linux 6.13
   * does no more than 40 pieces of work in one call. */
  do {
    err = gy_ring_submit(ring);
  } while ((err > 0 && gy_ring_prepared(ring) > 0) ||
           (err >= 0 && gy_ring_is_working(ring)));
  return err < 0 && gy_ring_prepared(ring) > 0 ? err : 0;
}

int gy_ring_get(gy_ring_t* ring, uring_sqe_t** sqe) {
  int count;

  *sqe = gy_ring_prepare(ring);
  if (*sqe != NULL) {
    return 0;
  }
  count = gy_ring_submit(ring);
  if (count < 0) {
    return count;
  }
  *sqe = gy_ring_prepare(ring);
  return *sqe != NULL ? 0 : UV_EBUSY;
}

int gy_ring_reserve(gy_ring_t* ring, uint32_t count) {
  int err = 0;

  if (gy_ring_prepared(ring) + count > ring->sq_mask + 1) {
    err = gy_ring_submit(ring);
  }
  if (err < 0) {
    return err;
  }
  return gy_ring_prepared(ring) + count > ring->sq_mask + 1 ? UV_EBUSY : 0;
}

void gy_ring_sift(gy_ring_t* ring,
                  bool (*absorb)(void* arg, const uring_cqe_t* cqe),
                  void* arg) {
  uint32_t head = atomic_load_explicit(ring->cq_head, memory_order_relaxed);
  uint32_t count = gy_ring_completed(ring);
  uint32_t to = head + count;
  uint32_t from;

  for (from = head; from != head + count; from++) {
    uring_cqe_t* cqe = &ring->cqes[from & ring->cq_mask];
    if (absorb(arg, cqe)) {
      cqe->user_data = GY_COOKIE_NOBODY;
    }
  }
  /* The others move up: what is between head and tail is ours. */
  while (from != head) {
    const uring_cqe_t* cqe = &ring->cqes[--from & ring->cq_mask];
    if (cqe->user_data != GY_COOKIE_NOBODY) {
      ring->cqes[--to & ring->cq_mask] = *cqe;
    }
  }
  atomic_store_explicit(ring->cq_head, to, memory_order_release);
}

bool gy_ring_has_completed(const gy_ring_t* ring, uint64_t user_data) {
  uint32_t head = atomic_load_explicit(ring->cq_head, memory_order_relaxed);
  uint32_t left = gy_ring_completed(ring);

  while (left > 0) {
    left--;
    if (ring->cqes[(head + left) & ring->cq_mask].user_data == user_data) {
      return true;
    }
  }
  return false;
}

/* A wait ended without a completion, after something was handed over: its
 * number took the place of the reason. */
static int ring_why(int64_t timeout_ns, int64_t began) {
  if (timeout_ns >= 0 && clock_ns() - began >= timeout_ns) {
    return 0;
  }
  return UV_EINTR;
}

int gy_ring_wait(gy_ring_t* ring, int64_t timeout_ns, const sigset_t* mask) {
  /* Half of what there is: the kernel adds it to its clock. 146 years. */
  int64_t time_ns = timeout_ns < INT64_MAX / 2 ? timeout_ns : INT64_MAX / 2;
  uring_timespec_t time = {time_ns / NS_PER_S, time_ns % NS_PER_S};
  uring_getevents_t argument = {0, 0, 0, 0};
  int64_t began = 0;
  int count;

  if (timeout_ns >= 0) {
    argument.timeout = (uintptr_t)&time;
    began = gy_ring_prepared(ring) > 0 ? clock_ns() : 0;
  }
  if (mask != NULL) {
    argument.sigmask = (uintptr_t)mask;
    argument.sigmask_size = _NSIG / 8; /* The bytes that the kernel knows. */
  }
  count = ring_enter(ring, 1, URING_ENTER_GETEVENTS | URING_ENTER_EXT_ARG,
                     &argument);
  if (count == -ETIME || (count >= 0 && (gy_ring_completed(ring) > 0 ||
                                         gy_ring_prepared(ring) > 0))) {
    return 0;
  }
  return count < 0 ? count : ring_why(timeout_ns, began);
}
