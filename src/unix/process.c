/* process.c - child processes on Unix: started, heard of, reaped.
 *
 * A child is more than its handle: it is there until it has ended, also when
 * its handle is closed before, so that it leaves no zombie. Where the kernel
 * has descriptors of processes, a child is a watcher of its own, and nobody
 * else's children are touched. Where it has not, SIGCHLD tells that some child
 * of the process has ended, and each of the loop's is asked for.
 *
 * Reaping is put off to the pending phase: what a child wrote before its end,
 * and came in the same turn, is read before its end is told. */
#include <stdlib.h>
#include <string.h>

#include "../platform.h"
#include "process-stdio.h"
#include "sys-net.h"
#include "sys-spawn.h"

/* What execvp(3) takes where there is no PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

enum {
  TRIED_WITHOUT_END = 16 /* numbers that uv_disable_stdio_inheritance() tries */
};

typedef struct {
  gy_watcher_t watcher; /* of the pidfd, if there is one */
  gy_task_t task;       /* to reap it */
  gy_queue_t node;      /* in gy_loop_t.children */
  uv_loop_t* loop;
  uv_process_t* process; /* NULL when that is closed */
  gy_sys_child_t sys;
  int parent;     /* the process that it is a child of */
  bool due;       /* the task is put off */
  bool signalled; /* SIGCHLD was listened to before it was started */
} child_t;

static child_t* child_of_task(gy_task_t* task) {
  return GY_CONTAINER_OF(task, child_t, task);
}

static child_t* child_of_node(gy_queue_t* node) {
  return GY_CONTAINER_OF(node, child_t, node);
}

/* ---- how children are started and heard of
 * ------------------------------------
 */

/* What the environment variable GYRE_SPAWN says, which is for tests. */
enum {
  WAY_KNOWN = 1,
  WAY_FORK = 2,   /* "fork": do not share memory until exec */
  WAY_SIGCHLD = 4 /* "sigchld": no descriptors of processes */
};

static int way_find(void) {
  static atomic_int known = 0;
  int way = atomic_load_explicit(&known, memory_order_relaxed);
  char text[32];

  if (way == 0) {
    way = WAY_KNOWN;
    if (gy_platform_getenv("GYRE_SPAWN", text, sizeof(text))) {
      way |= strstr(text, "fork") != NULL ? WAY_FORK : 0;
      way |= strstr(text, "sigchld") != NULL ? WAY_SIGCHLD : 0;
    }
    atomic_store_explicit(&known, way, memory_order_relaxed);
  }
  return way;
}

/* ---- the end of a child
 * ------------------------------------------------------
 */

/* Let go of all that |child| has, and of itself. */
static void child_free(child_t* child) {
  if (child->sys.pidfd >= 0) {
    gy_watcher_let_go(child->loop, &child->watcher);
    gy_sys_close(child->sys.pidfd);
  }
  if (child->due) {
    gy_queue_remove(&child->task.node);
  }
  gy_queue_remove(&child->node);
  gy_free(child);
}

/* |child| is no more, which is told. If |err|, nobody knows how it ended. */
static void child_end(child_t* child, const gy_sys_end_t* end, int err) {
  uv_process_t* process = child->process;

  child_free(child);
  if (process == NULL) {
    return;
  }
  process->child = NULL;
  gy_handle_stop((uv_handle_t*)process);
  if (process->exit_cb != NULL) {
    process->exit_cb(process, err != 0 ? err : end->status,
                     err != 0 ? 0 : end->signum);
  }
}

static void child_reap(gy_task_t* task) {
  child_t* child = child_of_task(task);
  gy_sys_end_t end = {0, 0};
  int err;

  child->due = false;
  err = gy_sys_child_reap(&child->sys, &end);
  if (err != UV_EAGAIN) {
    child_end(child, &end, err);
  } else if (child->sys.pidfd >= 0) {
    /* It cannot fail: its slot is held. */
    (void)gy_watcher_want(child->loop, &child->watcher, GY_READABLE);
  }
}

static void child_reap_soon(child_t* child) {
  if (!child->due) {
    child->due = true;
    gy_task_put_off(child->loop, &child->task);
  }
}

/* ---- SIGCHLD --------------------------------------------------------------
 */

static void signal_arrive(uv_signal_t* signal, int signum) {
  gy_queue_t* children = &gy_loop(signal->loop)->children;
  gy_queue_t* node;

  (void)signum;
  for (node = children->next; node != children; node = node->next) {
    if (child_of_node(node)->sys.pidfd < 0) {
      child_reap_soon(child_of_node(node));
    }
  }
}

static void signal_free(uv_signal_t* signal) {
  (void)uv_signal_stop(signal); /* It cannot fail. */
  gy_queue_remove(&signal->walk_node);
  gy_free(signal);
}

/* Hear of SIGCHLD, from now on and until the loop is closed. UV_E*. */
static int signal_listen(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  uv_signal_t* signal;
  int err;

  if (state->child_signal != NULL) {
    /* Somebody may have had it ignored since then. */
    return gy_sys_ignores_children() ? gy_platform_signal_catch(SIGCHLD, false)
                                     : 0;
  }
  signal = gy_malloc(sizeof(*signal));
  if (signal == NULL) {
    return UV_ENOMEM;
  }
  err = uv_signal_init(loop, signal);
  if (err != 0) {
    gy_free(signal);
    return err;
  }
  signal->flags |= GY_HANDLE_INTERNAL;
  uv_unref((uv_handle_t*)signal);
  err = uv_signal_start(signal, signal_arrive, SIGCHLD);
  if (err != 0) {
    signal_free(signal);
    return err;
  }
  state->child_signal = signal;
  return 0;
}

/* |child| has no descriptor, or none that can be watched. UV_E*. */
static int child_hear_by_signal(child_t* child) {
  int err = signal_listen(child->loop);

  if (err != 0) {
    return err;
  }
  if (child->sys.pidfd >= 0) {
    gy_watcher_let_go(child->loop, &child->watcher);
    gy_sys_close(child->sys.pidfd);
    child->sys.pidfd = -1;
  }
  if (!child->signalled) {
    child_reap_soon(child); /* It may have ended before we heard. */
  }
  return 0;
}

/* ---- descriptors of processes
 * ------------------------------------------------
 */

static void child_ready(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask,
                        int err) {
  child_t* child = GY_CONTAINER_OF(watcher, child_t, watcher);

  (void)mask; /* It only ever tells one thing. */
  if (err != 0) {
    err = child_hear_by_signal(child);
    if (err != 0) {
      child_end(child, NULL, err);
    }
    return;
  }
  (void)gy_watcher_want(loop, watcher, 0); /* It cannot fail. */
  child_reap_soon(child);
}

static int child_hear(child_t* child) {
  if (child->sys.pidfd >= 0) {
    gy_watcher_init(&child->watcher, child->sys.pidfd, child_ready);
    if (gy_watcher_want(child->loop, &child->watcher, GY_READABLE) == 0) {
      return 0;
    }
  }
  return child_hear_by_signal(child);
}

/* ---- starting
 * ----------------------------------------------------------------
 */

/* The value of PATH in |env|, or NULL. */
static const char* path_find(char* const* env) {
  for (; *env != NULL; env++) {
    if (strncmp(*env, "PATH=", 5) == 0) {
      return *env + 5;
    }
  }
  return NULL;
}

/* What a plan has that takes memory, in one allocation. */
typedef struct {
  char* args[2];       /* for those who gave none */
  char* script_args[]; /* and then the room for paths */
} room_t;

static size_t args_count(char* const* args) {
  size_t count = 0;

  while (args[count] != NULL) {
    count++;
  }
  return count;
}

/* Tell |plan| what to execute. The memory for it, or NULL. */
static room_t* plan_program(gy_sys_plan_t* plan,
                            const uv_process_options_t* options) {
  size_t count = options->args != NULL ? args_count(options->args) : 1;
  size_t slots = count + GY_SYS_SCRIPT_ROOM + 1;
  room_t* room;

  plan->file = options->file;
  /* Without the lock, as exec(3) would take it: it is read until the child has
   * begun, and a program that changes it meanwhile has asked for trouble. */
  plan->env = options->env != NULL ? options->env : gy_platform_environ();
  plan->path = plan->env != NULL ? path_find(plan->env) : NULL;
  if (plan->path == NULL) {
    plan->path = DEFAULT_PATH;
  }
  room = gy_malloc(sizeof(*room) + slots * sizeof(char*) + strlen(plan->path) +
                   strlen(plan->file) + 2);
  if (room == NULL) {
    return NULL;
  }
  room->args[0] = (char*)(uintptr_t)options->file;
  room->args[1] = NULL;
  plan->args = options->args != NULL ? options->args : room->args;
  /* The shell's name, room for that of the script, and what follows args[0]. */
  room->script_args[0] = "/bin/sh";
  room->script_args[2] = NULL;
  if (count > 0) {
    memcpy(&room->script_args[2], &plan->args[1], count * sizeof(char*));
  }
  plan->script_args = room->script_args;
  plan->path_room = (char*)&room->script_args[slots];
  return room;
}

static void plan_identity(gy_sys_plan_t* plan,
                          const uv_process_options_t* options) {
  plan->cwd = options->cwd;
  plan->detached = (options->flags & UV_PROCESS_DETACHED) != 0;
  plan->set_uid = (options->flags & UV_PROCESS_SETUID) != 0;
  plan->set_gid = (options->flags & UV_PROCESS_SETGID) != 0;
  plan->uid = options->uid;
  plan->gid = options->gid;
}

/* Have |plan| be what |options| say, but for the descriptors. The memory for
 * it, or NULL. */
static room_t* plan_make(gy_sys_plan_t* plan,
                         const uv_process_options_t* options, bool alone) {
  int way = way_find();

  plan_identity(plan, options);
  plan->alone = alone;
  plan->by_fork = (way & WAY_FORK) != 0;
  plan->no_pidfd = (way & WAY_SIGCHLD) != 0 || !gy_sys_has_pidfd();
  return plan_program(plan, options);
}

/* Start |child| by |plan|, and hear of its end. UV_E*, and there is none. */
static int child_start(child_t* child, const gy_sys_plan_t* plan) {
  int err = gy_sys_spawn(plan, &child->sys);

  if (err != 0) {
    return err;
  }
  err = child_hear(child);
  if (err != 0) {
    gy_sys_child_undo(&child->sys);
  }
  return err;
}

/* The same with the pipes of |options|. Where one cannot be made, none is. From
 * then on they are connected, whatever becomes of the child: programs read from
 * them without asking whether there is one. */
static int child_connect(child_t* child, gy_sys_plan_t* plan,
                         const uv_process_options_t* options) {
  gy_stdio_t stdio;
  int err = gy_stdio_open(&stdio, options);

  if (err != 0) {
    return err;
  }
  plan->sources = stdio.sources;
  plan->source_count = stdio.count;
  err = child_start(child, plan);
  gy_stdio_close(&stdio, options);
  return err;
}

/* The same, with what is to be there before there is a pipe. */
static int child_spawn(child_t* child, const uv_process_options_t* options,
                       bool alone) {
  gy_sys_plan_t plan;
  room_t* room = plan_make(&plan, options, alone);
  int err = 0;

  if (room == NULL) {
    return UV_ENOMEM;
  }
  if (plan.no_pidfd || gy_sys_ignores_children()) {
    /* Before there is a child that could end unheard, or unasked for. */
    err = signal_listen(child->loop);
  }
  child->signalled = gy_loop(child->loop)->child_signal != NULL;
  if (err == 0) {
    err = child_connect(child, &plan, options);
  }
  gy_free(room);
  return err;
}

int gy_platform_process_spawn(uv_process_t* process,
                              const uv_process_options_t* options, bool alone) {
  child_t* child = gy_calloc(1, sizeof(*child));
  int err;

  if (child == NULL) {
    return UV_ENOMEM;
  }
  child->loop = process->loop;
  child->process = process;
  child->parent = gy_sys_pid();
  child->task.run = child_reap;
  err = child_spawn(child, options, alone);
  if (err != 0) {
    gy_free(child);
    return err;
  }
  gy_queue_push_last(&gy_loop(child->loop)->children, &child->node);
  process->child = child;
  process->pid = child->sys.pid;
  gy_handle_start((uv_handle_t*)process);
  return 0;
}

/* ---- afterwards
 * --------------------------------------------------------------
 */

int gy_platform_process_kill(const uv_process_t* process, int signum) {
  child_t* child = process->child;

  return child != NULL ? gy_sys_child_kill(&child->sys, signum) : UV_ESRCH;
}

void gy_platform_process_close(uv_process_t* process) {
  child_t* child = process->child;

  if (child != NULL) {
    child->process = NULL;
    process->child = NULL;
  }
  gy_handle_stop((uv_handle_t*)process);
  gy_handle_closed((uv_handle_t*)process);
}

/* |child| is not heard of any more. */
static void child_abandon(child_t* child) {
  if (child->process != NULL) {
    child->process->child = NULL;
    gy_handle_stop((uv_handle_t*)child->process);
  }
  child_free(child);
}

void gy_platform_processes_after_fork(uv_loop_t* loop) {
  gy_queue_t* children = &gy_loop(loop)->children;
  gy_queue_t* node = children->next;

  while (node != children) {
    child_t* child = child_of_node(node);
    node = node->next;
    if (child->parent != gy_sys_pid()) {
      child_abandon(child);
    }
  }
}

void gy_platform_processes_close(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  gy_sys_end_t end;

  while (!gy_queue_empty(&state->children)) {
    child_t* child = child_of_node(state->children.next);
    /* The last chance not to leave a zombie. */
    (void)gy_sys_child_reap(&child->sys, &end);
    child_abandon(child);
  }
  if (state->child_signal != NULL) {
    signal_free(state->child_signal);
    state->child_signal = NULL;
  }
}

void gy_platform_process_keep_descriptors(void) {
  int fd = 0;

  while (gy_sys_not_inherited(fd) == 0 || fd < TRIED_WITHOUT_END) {
    fd++;
  }
}
