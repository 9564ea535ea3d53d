/* sim-poller.c - a poller without a kernel; see sim-poller.h. */
#include "support/sim-poller.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "poller/wakefd.h"
#include "support/test.h"

enum {
  FD_FIRST = 3,
  FD_MOST = 4096,
  STEP_MOST = 64,
  OP_MOST = 64,
  BUFFER_SIZE = 65536 /* bytes that a stream holds */
};

#define NEVER UINT64_MAX

typedef enum {
  FILE_CLOSED,
  FILE_PLAIN,
  FILE_STREAM
} file_kind_t;

/* What is behind a descriptor. */
typedef struct {
  file_kind_t kind;
  int peer;     /* -1: gone */
  bool reads;   /* this end can be read */
  bool writes;  /* this end can be written */
  bool ended;   /* no more will come in */
  bool crashed; /* the peer went away with a reset */
  bool urged;   /* a byte out of band came in */
  int unread;   /* bytes */
} file_t;

typedef struct {
  void (*run)(void* arg); /* NULL: free */
  void* arg;
  uint64_t due;
  uint64_t order;
} step_t;

/* The world: what a kernel would hold. */
static struct {
  uint64_t now;
  uint64_t order; /* of the next step */
  file_t files[FD_MOST];
  step_t steps[STEP_MOST];
  uint64_t op_delay;
  int op_result;
  int op_refusal;
} world;

/* An operation that was submitted, and is not yet reported. */
typedef struct {
  void* owner; /* NULL: free */
  uint64_t due;
  int result;
} op_t;

typedef struct {
  gy_poller_t head;
  gy_wakefd_t wakefd; /* ends the one sleep that is real */
  bool wakeable;      /* enable_wake() was called */
  atomic_int woken;   /* exchanged; see gy_shared_t */
  unsigned char wants[FD_MOST];
  int want_end;     /* no fd from here on is watched */
  int start;        /* the fd that the next look begins with */
  bool ready_first; /* the last batch had no room for them */
  op_t ops[OP_MOST];
} poller_t;

/* ---- time ------------------------------------------------------------- */

void gy_sim_reset(void) {
  memset(&world, 0, sizeof(world));
  world.now = UINT64_C(1000000000);
  world.op_result = GY_SIM_WHOLE;
}

uint64_t gy_sim_clock(void) {
  return world.now;
}

void gy_sim_pass(uint64_t time_ns) {
  world.now += time_ns;
}

void gy_sim_later(uint64_t delay_ns, void (*step)(void* arg), void* arg) {
  int index = 0;

  while (world.steps[index].run != NULL) {
    index++;
    assert_in_range(index, 1, STEP_MOST - 1);
  }
  world.steps[index].run = step;
  world.steps[index].arg = arg;
  world.steps[index].due = world.now + delay_ns;
  world.steps[index].order = world.order++;
}

/* The step that comes first, or NULL. */
static step_t* step_first(void) {
  step_t* first = NULL;
  int index;

  for (index = 0; index < STEP_MOST; index++) {
    step_t* step = &world.steps[index];
    if (step->run == NULL) {
      continue;
    }
    if (first == NULL || step->due < first->due ||
        (step->due == first->due && step->order < first->order)) {
      first = step;
    }
  }
  return first;
}

/* Run what is due. A step may add steps, and take time. */
static void steps_run(void) {
  step_t* first;

  while ((first = step_first()) != NULL && first->due <= world.now) {
    step_t step = *first;
    first->run = NULL;
    step.run(step.arg);
  }
}

/* ---- descriptors ------------------------------------------------------ */

/* What |fd| stands for, or NULL when it is not open. */
static file_t* file_of(int fd) {
  if (fd < FD_FIRST || fd >= FD_MOST || world.files[fd].kind == FILE_CLOSED) {
    return NULL;
  }
  return &world.files[fd];
}

static int file_open(file_kind_t kind) {
  int fd = FD_FIRST;

  while (world.files[fd].kind != FILE_CLOSED) {
    fd++;
    assert_in_range(fd, FD_FIRST, FD_MOST - 1);
  }
  memset(&world.files[fd], 0, sizeof(world.files[fd]));
  world.files[fd].kind = kind;
  world.files[fd].peer = -1;
  return fd;
}

int gy_sim_file(void) {
  return file_open(FILE_PLAIN);
}

void gy_sim_pair(int fds[2]) {
  int side;

  fds[0] = file_open(FILE_STREAM);
  fds[1] = file_open(FILE_STREAM);
  for (side = 0; side < 2; side++) {
    world.files[fds[side]].peer = fds[1 - side];
    world.files[fds[side]].reads = true;
    world.files[fds[side]].writes = true;
  }
}

void gy_sim_pipe(int fds[2]) {
  gy_sim_pair(fds);
  world.files[fds[0]].writes = false;
  world.files[fds[1]].reads = false;
}

int gy_sim_close(int fd) {
  file_t* file = file_of(fd);

  if (file == NULL) {
    return UV_EBADF;
  }
  if (file->peer >= 0) {
    world.files[file->peer].peer = -1;
    world.files[file->peer].ended = true;
  }
  file->kind = FILE_CLOSED;
  return 0;
}

int gy_sim_crash(int fd) {
  file_t* file = file_of(fd);

  if (file != NULL && file->peer >= 0) {
    world.files[file->peer].crashed = true;
  }
  return gy_sim_close(fd);
}

int gy_sim_shutdown(int fd) {
  file_t* file = file_of(fd);

  if (file == NULL) {
    return UV_EBADF;
  }
  file->writes = false;
  if (file->peer >= 0) {
    world.files[file->peer].ended = true;
  }
  return 0;
}

int gy_sim_write(int fd, int count) {
  file_t* file = file_of(fd);
  file_t* peer;

  if (file == NULL) {
    return UV_EBADF;
  }
  if (!file->writes || file->peer < 0) {
    return UV_EPIPE;
  }
  peer = &world.files[file->peer];
  if (peer->unread == BUFFER_SIZE) {
    return UV_EAGAIN;
  }
  if (count > BUFFER_SIZE - peer->unread) {
    count = BUFFER_SIZE - peer->unread;
  }
  peer->unread += count;
  return count;
}

int gy_sim_read(int fd, int count) {
  file_t* file = file_of(fd);

  if (file == NULL || !file->reads) {
    return UV_EBADF;
  }
  if (file->crashed) {
    file->crashed = false;
    file->unread = 0;
    return UV_ECONNRESET;
  }
  if (file->unread == 0) {
    return file->ended ? 0 : UV_EAGAIN;
  }
  if (count > file->unread) {
    count = file->unread;
  }
  file->unread -= count;
  return count;
}

int gy_sim_urge(int fd) {
  file_t* file = file_of(fd);

  if (file == NULL || file->peer < 0) {
    return UV_EBADF;
  }
  world.files[file->peer].urged = true;
  return 0;
}

int gy_sim_calm(int fd) {
  file_t* file = file_of(fd);

  if (file == NULL) {
    return UV_EBADF;
  }
  file->urged = false;
  return 0;
}

/* What a poller has to say about |fd|, whatever is wanted. */
static unsigned file_mask(int fd) {
  const file_t* file = file_of(fd);
  unsigned mask = 0;

  if (file == NULL) {
    return GY_FAILED;
  }
  if (file->reads && (file->unread > 0 || file->ended)) {
    mask |= GY_READABLE;
  }
  if (file->reads && file->ended) {
    mask |= GY_DISCONNECT;
  }
  if (file->urged) {
    mask |= GY_PRIORITIZED;
  }
  if (file->writes &&
      (file->peer < 0 || world.files[file->peer].unread < BUFFER_SIZE)) {
    mask |= GY_WRITABLE;
  }
  if (file->peer < 0) {
    mask |= file->reads ? GY_HANGUP : GY_FAILED;
  }
  if (file->crashed) {
    mask |= GY_FAILED;
  }
  return mask;
}

/* ---- the poller ------------------------------------------------------- */

static int poller_open(gy_poller_t* base) {
  gy_wakefd_init(&((poller_t*)base)->wakefd);
  base->backend_fd = -1;
  return 0;
}

static void poller_close(gy_poller_t* base) {
  gy_wakefd_close(&((poller_t*)base)->wakefd);
}

static int poller_enable_wake(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;
  int err = 0;

  if (p->wakefd.read_fd < 0) {
    err = gy_wakefd_open(&p->wakefd);
  }
  p->wakeable |= err == 0;
  return err;
}

static int poller_after_fork(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  gy_wakefd_close(&p->wakefd);
  atomic_store(&p->woken, false);
  memset(p->wants, 0, sizeof(p->wants));
  memset(p->ops, 0, sizeof(p->ops));
  return p->wakeable ? poller_enable_wake(base) : 0;
}

static int poller_wake(gy_poller_t* base) {
  poller_t* p = (poller_t*)base;

  if (p->wakefd.read_fd < 0) {
    return UV_EBADF;
  }
  atomic_store(&p->woken, true);
  return gy_wakefd_signal(&p->wakefd);
}

static int poller_watch(gy_poller_t* base, gy_fd_t fd, unsigned was,
                        unsigned want) {
  poller_t* p = (poller_t*)base;

  if (was == 0 && file_of(fd) == NULL) {
    return UV_EBADF;
  }
  if (was == 0 && file_of(fd)->kind == FILE_PLAIN) {
    return UV_EPERM;
  }
  p->wants[fd] = (unsigned char)(want & ~(unsigned)GY_COMPLETIONS);
  if (p->want_end <= fd) {
    p->want_end = fd + 1;
  }
  return 0;
}

/* The operation of |owner|, or NULL; of NULL: a free one. */
static op_t* op_find(poller_t* p, const void* owner) {
  int index;

  for (index = 0; index < OP_MOST; index++) {
    if (p->ops[index].owner == owner) {
      return &p->ops[index];
    }
  }
  return NULL;
}

static int poller_submit(gy_poller_t* base, const gy_op_t* op, void* owner) {
  op_t* free_op = op_find((poller_t*)base, NULL);

  if (world.op_refusal != 0) {
    return world.op_refusal;
  }
  if (free_op == NULL) {
    return UV_EAGAIN;
  }
  free_op->owner = owner;
  free_op->due = world.now + world.op_delay;
  free_op->result = world.op_result;
  if (free_op->result == GY_SIM_WHOLE) {
    free_op->result = op->code == GY_OP_FSYNC ? 0 : (int)op->len;
  }
  return 0;
}

static int poller_cancel(gy_poller_t* base, void* owner) {
  op_t* op = op_find((poller_t*)base, owner);

  if (op == NULL) {
    return UV_ENOENT;
  }
  if (op->due > world.now) {
    op->due = world.now;
    op->result = UV_ECANCELED;
  }
  return 0;
}

void gy_sim_ops_take(uint64_t delay_ns, int result) {
  world.op_delay = delay_ns;
  world.op_result = result;
  world.op_refusal = 0;
}

void gy_sim_ops_refuse(int err) {
  world.op_refusal = err;
}

/* ---- wait ------------------------------------------------------------- */

static int collect_wake(poller_t* p, gy_event_t* events) {
  if (!atomic_exchange(&p->woken, false)) {
    return 0;
  }
  events[0].kind = GY_EVENT_WAKE;
  return 1;
}

static int collect_done(poller_t* p, gy_event_t* events, int max) {
  int count = 0;
  int index;

  for (index = 0; index < OP_MOST && count < max; index++) {
    op_t* op = &p->ops[index];
    if (op->owner == NULL || op->due > world.now) {
      continue;
    }
    events[count].kind = GY_EVENT_DONE;
    events[count].u.done.owner = op->owner;
    events[count].u.done.result = op->result;
    count++;
    op->owner = NULL;
  }
  return count;
}

/* The ready descriptors, from where the last look ended. */
static int collect_ready(poller_t* p, gy_event_t* events, int max) {
  int fd = p->start;
  int count = 0;
  int seen;

  for (seen = 0; seen < p->want_end && count < max; seen++, fd++) {
    unsigned mask;
    fd = fd < p->want_end ? fd : 0;
    if (p->wants[fd] == 0) {
      continue;
    }
    mask = file_mask(fd) & (p->wants[fd] | GY_FAILED | GY_HANGUP);
    if (mask == 0) {
      continue;
    }
    events[count].kind = GY_EVENT_READY;
    events[count].u.ready.fd = fd;
    events[count].u.ready.mask = mask;
    count++;
  }
  p->start = fd < p->want_end ? fd : 0;
  return count;
}

/* Operations before descriptors; but after a batch that they filled, the other
 * way round, or nobody else would be heard of. */
static int collect(poller_t* p, gy_event_t* events, int max) {
  int count = collect_wake(p, events);

  if (p->ready_first) {
    count += collect_ready(p, events + count, max - count);
    p->ready_first = false;
    return count + collect_done(p, events + count, max - count);
  }
  count += collect_done(p, events + count, max - count);
  p->ready_first = count == max;
  return count + collect_ready(p, events + count, max - count);
}

/* When the next thing happens by itself; NEVER when nothing does. */
static uint64_t next_due(const poller_t* p) {
  const step_t* step = step_first();
  uint64_t due = step != NULL ? step->due : NEVER;
  int index;

  for (index = 0; index < OP_MOST; index++) {
    if (p->ops[index].owner != NULL && p->ops[index].due < due) {
      due = p->ops[index].due;
    }
  }
  return due;
}

/* Sleep until another thread, or a signal handler, wakes us. 0 or UV_E*. */
static int sleep_really(poller_t* p) {
  struct pollfd entry = {p->wakefd.read_fd, POLLIN, 0};

  if (poll(&entry, 1, -1) < 0) {
    return -errno;
  }
  gy_wakefd_drain(&p->wakefd);
  return 0;
}

static int poller_wait(gy_poller_t* base, gy_event_t* events, int max,
                       int64_t timeout_ns) {
  poller_t* p = (poller_t*)base;
  uint64_t deadline = timeout_ns < 0 ? NEVER : world.now + (uint64_t)timeout_ns;
  int err = 0;

  while (err == 0) {
    uint64_t due;
    int count;
    steps_run();
    count = collect(p, events, max);
    if (count > 0 || world.now >= deadline) {
      return count;
    }
    due = next_due(p);
    if (due == NEVER && deadline == NEVER) {
      err = sleep_really(p);
    } else {
      world.now = due < deadline ? due : deadline;
    }
  }
  return err;
}

const gy_poller_ops_t gy_sim_ops = {
    .name = "sim",
    .size = sizeof(poller_t),
    .open = poller_open,
    .close = poller_close,
    .after_fork = poller_after_fork,
    .enable_wake = poller_enable_wake,
    .watch = poller_watch,
    .submit = poller_submit,
    .cancel = poller_cancel,
    .wait = poller_wait,
    .wake = poller_wake,
};
