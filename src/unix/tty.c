/* tty.c - terminals on Unix: streams over one, and its modes.
 *
 * A terminal is one thing however many handles it has, and it outlives them
 * all. So its normal state is kept once for the terminal and not in a handle:
 * from when a handle first takes it out of its normal mode until the last such
 * handle closes. What is kept is the library's memory, so that it can be given
 * back when a program has left the frame its handles were in. */
#include <stdatomic.h>

#include "../platform.h"
#include "stream.h"
#include "sys-local.h"
#include "sys-net.h"
#include "sys-terminal.h"

/* A terminal that some handle took out of its normal mode. */
typedef struct gy_terminal {
  struct gy_terminal* next;
  gy_queue_t holders;      /* of uv_tty_t.node: handles that did so */
  struct termios original; /* when it was last in its normal mode */
  int fd;                  /* of one of the holders */
  uv_tty_mode_t mode;
} terminal_t;

/* Handles of any thread, and a signal handler, which only ever tries the lock:
 * it may have interrupted whoever holds it. */
static struct {
  atomic_flag lock;
  terminal_t* first;
} terminals = {ATOMIC_FLAG_INIT, NULL};

static bool terminals_try_lock(void) {
  /* Acquire: pairs with the release in terminals_unlock(). */
  return !atomic_flag_test_and_set_explicit(&terminals.lock,
                                            memory_order_acquire);
}

static void terminals_lock(void) {
  while (!terminals_try_lock()) {
    gy_platform_yield();
  }
}

static void terminals_unlock(void) {
  atomic_flag_clear_explicit(&terminals.lock, memory_order_release);
}

static uv_tty_t* holder_of(gy_queue_t* node) {
  return GY_CONTAINER_OF(node, uv_tty_t, node);
}

static bool has_fd(const uv_tty_t* tty) {
  return gy_stream_has_fd((const uv_stream_t*)tty);
}

/* ---- a life -----------------------------------------------------------------
 */

/* May a handle be a stream over |sort|? So libuv has it: what is no terminal
 * is one all the same when it can be polled, for the sake of programs whose
 * standard input was redirected. */
static bool is_streamable(gy_sys_sort_t sort) {
  return sort != GY_SYS_FILE && sort != GY_SYS_OTHER;
}

/* Have |*file|, which is of |sort|, not block: by a descriptor of our own if it
 * is a terminal that can be opened again. Otherwise a terminal stays as it is,
 * because others share it, and |*flags| say so. UV_E*. */
static int file_prepare(uv_loop_t* loop, uv_file* file, gy_sys_sort_t sort,
                        unsigned* flags) {
  int again = UV_ENOTSUP;

  if (sort == GY_SYS_TERMINAL) {
    again = gy_sys_terminal_reopen(*file);
  }
  if (again >= 0) {
    *file = again;
    return 0;
  }
  if (gy_watcher_exists(loop, *file)) {
    return UV_EEXIST;
  }
  if (sort == GY_SYS_TERMINAL) {
    *flags |= GY_STREAM_BLOCKING;
    return 0;
  }
  *flags |= sort != GY_SYS_PIPE ? GY_STREAM_SOCKET : 0;
  return gy_sys_set_blocking(*file, false);
}

int gy_platform_tty_init(uv_loop_t* loop, uv_tty_t* tty, uv_file file) {
  gy_sys_sort_t sort = gy_sys_sort(file);
  unsigned flags = 0;
  bool readable;
  bool writable;
  int err;

  if (!is_streamable(sort)) {
    return UV_EINVAL;
  }
  err = gy_sys_get_access(file, &readable, &writable);
  if (err == 0) {
    err = file_prepare(loop, &file, sort, &flags);
  }
  if (err != 0) {
    return err;
  }
  flags |= readable ? GY_HANDLE_READABLE : 0;
  flags |= writable ? GY_HANDLE_WRITABLE : 0;
  gy_stream_init(loop, (uv_stream_t*)tty, UV_TTY);
  tty->terminal = NULL;
  /* It cannot fail: there is no other, and nothing was wished for. */
  return gy_stream_open((uv_stream_t*)tty, file, flags);
}

/* ---- modes ------------------------------------------------------------------
 */

/* What is known of the terminal of |tty|, or NULL. */
static terminal_t* terminal_find(const uv_tty_t* tty) {
  terminal_t* terminal = terminals.first;

  while (terminal != NULL &&
         !gy_sys_terminal_is_same(terminal->fd, tty->io_watcher.fd)) {
    terminal = terminal->next;
  }
  return terminal;
}

/* Make |tty| a holder of its terminal. NULL without memory. */
static terminal_t* terminal_join(uv_tty_t* tty) {
  terminal_t* terminal = terminal_find(tty);

  if (terminal == NULL) {
    terminal = gy_malloc(sizeof(*terminal));
    if (terminal == NULL) {
      return NULL;
    }
    terminal->fd = tty->io_watcher.fd;
    terminal->mode = UV_TTY_MODE_NORMAL;
    gy_queue_init(&terminal->holders);
    terminal->next = terminals.first;
    terminals.first = terminal;
  }
  gy_queue_push_last(&terminal->holders, &tty->node);
  tty->terminal = terminal;
  return terminal;
}

static void terminal_forget(terminal_t* terminal) {
  terminal_t** link = &terminals.first;

  while (*link != terminal) {
    link = &(*link)->next;
  }
  *link = terminal->next;
  gy_free(terminal);
}

/* |tty| is a holder no more. The last one leaves a terminal as it was. */
static void terminal_leave(uv_tty_t* tty) {
  terminal_t* terminal = tty->terminal;

  tty->terminal = NULL;
  gy_queue_remove(&tty->node);
  if (!gy_queue_empty(&terminal->holders)) {
    terminal->fd = holder_of(terminal->holders.next)->io_watcher.fd;
    return;
  }
  if (terminal->mode != UV_TTY_MODE_NORMAL) {
    /* When it is gone, there is nothing to be given back. */
    (void)gy_sys_terminal_set(terminal->fd, &terminal->original, false);
  }
  terminal_forget(terminal);
}

/* Bring |terminal| into |mode|, another than it is in. UV_E*. */
static int terminal_change(terminal_t* terminal, uv_tty_mode_t mode) {
  struct termios state;
  int err = 0;

  if (terminal->mode == UV_TTY_MODE_NORMAL) {
    err = gy_sys_terminal_get(terminal->fd, &terminal->original);
  }
  if (err != 0) {
    return err;
  }
  state = terminal->original;
  if (mode == UV_TTY_MODE_IO) {
    gy_sys_terminal_make_binary(&state);
  } else if (mode != UV_TTY_MODE_NORMAL) {
    gy_sys_terminal_make_raw(&state);
  }
  err = gy_sys_terminal_set(terminal->fd, &state, true);
  if (err == 0) {
    terminal->mode = mode;
  }
  return err;
}

/* The same for the terminal of |tty|, with the lock. */
static int tty_change(uv_tty_t* tty, uv_tty_mode_t mode) {
  terminal_t* terminal = tty->terminal;
  bool joins = terminal == NULL;
  int err;

  if (joins) {
    terminal = terminal_join(tty);
  }
  if (terminal == NULL) {
    return UV_ENOMEM;
  }
  if (mode == terminal->mode) {
    return 0;
  }
  err = terminal_change(terminal, mode);
  if (err != 0 && joins) {
    terminal_leave(tty);
  }
  return err;
}

int gy_platform_tty_set_mode(uv_tty_t* tty, uv_tty_mode_t mode) {
  int err;

  if (!has_fd(tty)) {
    return UV_EBADF;
  }
  terminals_lock();
  err = tty_change(tty, mode);
  terminals_unlock();
  return err;
}

int gy_platform_tty_reset_mode(void) {
  terminal_t* terminal;
  int result = 0;

  if (!terminals_try_lock()) {
    return UV_EBUSY;
  }
  for (terminal = terminals.first; terminal != NULL;
       terminal = terminal->next) {
    int err = 0;
    if (terminal->mode != UV_TTY_MODE_NORMAL) {
      err = gy_sys_terminal_set(terminal->fd, &terminal->original, false);
    }
    if (err == 0) {
      terminal->mode = UV_TTY_MODE_NORMAL;
    } else if (result == 0) {
      result = err;
    }
  }
  terminals_unlock();
  return result;
}

/* ---- the rest ---------------------------------------------------------------
 */

int gy_platform_tty_get_winsize(const uv_tty_t* tty, int* width, int* height) {
  return has_fd(tty) ? gy_sys_terminal_size(tty->io_watcher.fd, width, height)
                     : UV_EBADF;
}

/* A terminal of Unix is one for virtual terminal sequences; there is no knowing
 * which, and no need. */
void gy_platform_tty_set_vterm_state(uv_tty_vtermstate_t state) {
  (void)state;
}

int gy_platform_tty_get_vterm_state(uv_tty_vtermstate_t* state) {
  (void)state;
  return UV_ENOTSUP;
}

void gy_platform_tty_close(uv_tty_t* tty) {
  if (tty->terminal != NULL) {
    terminals_lock();
    terminal_leave(tty);
    terminals_unlock();
  }
  gy_platform_stream_close((uv_stream_t*)tty);
}
