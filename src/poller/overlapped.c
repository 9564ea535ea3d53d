/* overlapped.c - operations that the kernel of Windows runs by itself.
 *
 * What is odd about it:
 *
 * - the functions of the kernel are called, and not those of Win32 over them.
 *   There, the value that comes back in the packet and the block that the
 *   kernel writes the end to are two things; so the value is a cookie, and no
 *   packet is believed whose operation has not ended (docs/adr/0010);
 * - an operation that ends at once has a packet on its way as well, or has not,
 *   as the handle was told. It is told by us without it, and a packet that
 *   comes for it afterwards is one that nobody expects;
 * - where read(2) says 0, Windows has an error for the end of a file, and
 *   another for that of a pipe. */
#include "poller/overlapped.h"

#include <winternl.h>

#include <ntstatus.h>
#include <string.h>

#include "alloc.h"
#include "fault.h"
#include "uv/errno.h"
#include "win/error.h"

enum {
  TIED_MOST = 1 << 24 /* as many handles as Windows gives a process */
};

/* How a handle is tied to the port. */
enum {
  TIE_NONE,
  TIE_OLD, /* it is, for as long as it is open, but was disowned */
  TIE_OURS
};

/* An operation. The kernel writes to |status| until it has ended. */
typedef struct {
  IO_STATUS_BLOCK status;
  gy_queue_t node; /* in one of the three queues */
  size_t index;    /* in cookies; SIZE_MAX in the others */
  gy_fd_t fd;
  void* owner;
  bool is_read;
} operation_t;

/* Their manuals are those of ZwReadFile() and ZwWriteFile(), and they are in no
 * header for programs. */
typedef NTSTATUS(NTAPI run_t)(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc,
                              void* cookie, IO_STATUS_BLOCK* status,
                              void* buffer, ULONG size, LARGE_INTEGER* offset,
                              ULONG* key);
extern __declspec(dllimport) run_t NtReadFile;
extern __declspec(dllimport) run_t NtWriteFile;

static operation_t* operation_of(gy_queue_t* node) {
  return GY_CONTAINER_OF(node, operation_t, node);
}

/* ---- a life ----------------------------------------------------------- */

void gy_overlapped_init(gy_overlapped_t* all) {
  gy_cookies_init(&all->cookies);
  gy_queue_init(&all->flying);
  gy_queue_init(&all->ended);
  gy_queue_init(&all->spare);
  all->ties = NULL;
  all->tie_count = 0;
}

static void queue_free(gy_queue_t* queue) {
  gy_queue_t* node;

  while ((node = gy_queue_pop(queue)) != NULL) {
    gy_free(operation_of(node));
  }
}

void gy_overlapped_free(gy_overlapped_t* all) {
  queue_free(&all->ended);
  queue_free(&all->spare);
  /* What still flies keeps its memory: better a leak than the kernel writing to
   * what is somebody else's. */
  gy_cookies_free(&all->cookies);
  gy_free(all->ties);
  gy_overlapped_init(all);
}

/* ---- handles ---------------------------------------------------------- */

/* Handles are multiples of four. */
static size_t fd_index(gy_fd_t fd) {
  return (size_t)((uintptr_t)fd >> 2);
}

static unsigned char tie_of(const gy_overlapped_t* all, gy_fd_t fd) {
  return fd_index(fd) < all->tie_count ? all->ties[fd_index(fd)] : TIE_NONE;
}

/* See that there is a place for |fd|. */
static int ties_reserve(gy_overlapped_t* all, gy_fd_t fd) {
  unsigned char* ties;
  size_t count;

  if (fd_index(fd) < all->tie_count) {
    return 0;
  }
  if (fd_index(fd) > TIED_MOST) {
    return UV_EBADF; /* So large a number is no handle's. */
  }
  count = gy_cookies_grown(all->tie_count, fd_index(fd));
  ties = gy_realloc(all->ties, count);
  if (ties == NULL) {
    return UV_ENOMEM;
  }
  memset(ties + all->tie_count, TIE_NONE, count - all->tie_count);
  all->ties = ties;
  all->tie_count = count;
  return 0;
}

int gy_overlapped_adopt(gy_overlapped_t* all, HANDLE port, ULONG_PTR key,
                        gy_fd_t fd) {
  int err = ties_reserve(all, fd);

  if (err != 0) {
    return err;
  }
  err = GY_FAULT("CreateIoCompletionPort");
  if (err == 0 && CreateIoCompletionPort(fd, port, key, 0) == NULL) {
    err = (int)GetLastError();
    if (err == ERROR_INVALID_PARAMETER && tie_of(all, fd) != TIE_NONE) {
      err = 0; /* It is tied already, and to this port. */
    }
  }
  if (err != 0) {
    return gy_win_error((unsigned long)err);
  }
  all->ties[fd_index(fd)] = TIE_OURS;
  return 0;
}

void gy_overlapped_disown(gy_overlapped_t* all, gy_fd_t fd) {
  if (tie_of(all, fd) == TIE_OURS) {
    all->ties[fd_index(fd)] = TIE_OLD;
  }
}

/* ---- beginning -------------------------------------------------------- */

/* Memory for an operation; NULL when there is none. */
static operation_t* operation_make(gy_overlapped_t* all) {
  gy_queue_t* node = gy_queue_pop(&all->spare);
  operation_t* made = node != NULL ? operation_of(node) : NULL;

  if (made == NULL) {
    made = gy_malloc(sizeof(*made));
  }
  if (made == NULL) {
    return NULL;
  }
  gy_queue_init(&made->node);
  if (gy_cookies_add(&all->cookies, made, &made->index) != 0) {
    gy_queue_push_first(&all->spare, &made->node);
    return NULL;
  }
  return made;
}

/* Have the kernel begin |op|. What it says. */
static NTSTATUS operation_run(operation_t* made, const gy_op_t* op,
                              void* cookie) {
  NTSTATUS result = GY_FAULT(made->is_read ? "NtReadFile" : "NtWriteFile");
  LARGE_INTEGER offset;

  if (result != 0) {
    return result;
  }
  offset.QuadPart = op->offset;
  return (made->is_read ? NtReadFile : NtWriteFile)(
      op->fd, NULL, NULL, cookie, &made->status, op->buf, op->len,
      op->offset < 0 ? NULL : &offset, NULL);
}

/* |made| has ended, with |result|: no packet is wanted any more. */
static void operation_end(gy_overlapped_t* all, operation_t* made,
                          NTSTATUS result) {
  made->status.Status = result;
  gy_cookies_remove(&all->cookies, made->index);
  gy_queue_remove(&made->node);
  gy_queue_push_last(&all->ended, &made->node);
}

int gy_overlapped_submit(gy_overlapped_t* all, const gy_op_t* op, void* owner) {
  operation_t* made;
  NTSTATUS result;

  if (op->code == GY_OP_FSYNC || tie_of(all, op->fd) != TIE_OURS) {
    return UV_ENOSYS;
  }
  made = operation_make(all);
  if (made == NULL) {
    return UV_ENOMEM;
  }
  made->fd = op->fd;
  made->owner = owner;
  made->is_read = op->code == GY_OP_READ;
  made->status.Status = STATUS_PENDING;
  made->status.Information = 0;
  gy_queue_push_last(&all->flying, &made->node);
  result = operation_run(made, op, gy_cookie_renew(&all->cookies, made->index));
  if (result != STATUS_PENDING) {
    operation_end(all, made, result);
  }
  return 0;
}

/* ---- ending early ----------------------------------------------------- */

static int operation_cancel(operation_t* made) {
  int err = GY_FAULT("CancelIoEx");

  /* An OVERLAPPED begins with a status block, and no more of it is looked at.
   */
  if (err == 0 && !CancelIoEx(made->fd, (OVERLAPPED*)(void*)&made->status)) {
    err = (int)GetLastError();
  }
  /* Not found: it has ended, and its packet is on the way. */
  return err == ERROR_NOT_FOUND ? 0 : gy_win_error((unsigned long)err);
}

int gy_overlapped_cancel(gy_overlapped_t* all, const void* owner) {
  gy_queue_t* node;

  /* One by one: it is rare, and operations are few. */
  for (node = all->flying.next; node != &all->flying; node = node->next) {
    if (operation_of(node)->owner == owner) {
      return operation_cancel(operation_of(node));
    }
  }
  for (node = all->ended.next; node != &all->ended; node = node->next) {
    if (operation_of(node)->owner == owner) {
      return 0; /* Too late, but it is still to be told. */
    }
  }
  return UV_ENOENT;
}

void gy_overlapped_cancel_all(gy_overlapped_t* all) {
  gy_queue_t* node;

  for (node = all->flying.next; node != &all->flying; node = node->next) {
    (void)operation_cancel(operation_of(node)); /* Who waits sees it end. */
  }
}

bool gy_overlapped_flies(const gy_overlapped_t* all) {
  return !gy_queue_empty(&all->flying);
}

/* ---- ending ----------------------------------------------------------- */

/* What read(2) or write(2) would have said, or UV_E*. */
static int operation_result(const operation_t* made) {
  NTSTATUS status = made->status.Status;

  if (made->is_read &&
      (status == STATUS_END_OF_FILE || status == STATUS_PIPE_BROKEN)) {
    return 0;
  }
  if (status == STATUS_PIPE_BROKEN || status == STATUS_PIPE_CLOSING) {
    return UV_EPIPE;
  }
  /* A warning, such as that a message was longer than the buffer, comes with
   * the bytes that there are. */
  if (NT_ERROR(status)) {
    return gy_win_status_error(status);
  }
  return (int)made->status.Information;
}

/* Tell of |made|, whose memory is spare then. */
static void operation_tell(gy_overlapped_t* all, operation_t* made,
                           gy_event_t* event) {
  event->kind = GY_EVENT_DONE;
  event->u.done.owner = made->owner;
  event->u.done.result = operation_result(made);
  gy_queue_remove(&made->node);
  gy_queue_push_first(&all->spare, &made->node);
}

bool gy_overlapped_has_ended(const gy_overlapped_t* all) {
  return !gy_queue_empty(&all->ended);
}

int gy_overlapped_tell(gy_overlapped_t* all, gy_event_t* events, int max) {
  int count = 0;

  while (count < max && !gy_queue_empty(&all->ended)) {
    operation_tell(all, operation_of(all->ended.next), &events[count++]);
  }
  return count;
}

bool gy_overlapped_packet(gy_overlapped_t* all, const void* cookie,
                          gy_event_t* event) {
  operation_t* made = gy_cookie_item(&all->cookies, cookie);

  /* Volatile: the kernel writes it. */
  if (made == NULL ||
      *(const volatile NTSTATUS*)&made->status.Status == STATUS_PENDING) {
    return false;
  }
  gy_cookies_remove(&all->cookies, made->index);
  operation_tell(all, made, event);
  return true;
}
