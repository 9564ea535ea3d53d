/* sys-spawn.h - to start a program, and to learn what became of it.
 *
 * As in sys.h: errno becomes UV_E* here, each call has its fault point, nothing
 * of ours is known here. Any thread. */
#ifndef GY_UNIX_SYS_SPAWN_H_
#define GY_UNIX_SYS_SPAWN_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
  GY_SYS_STDIO = 3,      /* descriptors that every child has */
  GY_SYS_SCRIPT_ROOM = 2 /* how many more |script_args| has than |args| */
};

/* Where a descriptor of the child comes from. */
typedef struct {
  int fd;        /* of this process, or -1: none */
  bool blocking; /* let it wait; its file is shared with this process */
} gy_sys_source_t;

/* What to start. All that takes memory is done: what follows may happen in a
 * child that must not allocate. */
typedef struct {
  const char* file;
  char* const* args;
  char* const* env;
  const char* path;   /* where |file| is searched if it has no slash */
  char* path_room;    /* for one more byte than |path|, a slash and |file| */
  char** script_args; /* room for those of a shell: see GY_SYS_SCRIPT_ROOM */
  const char* cwd;    /* or NULL */
  gy_sys_source_t* sources; /* one for each descriptor from 0 on; those below
                               GY_SYS_STDIO that have none are /dev/null */
  int source_count;         /* GY_SYS_STDIO at least */
  bool detached;            /* lead a new session */
  bool set_uid;
  bool set_gid;
  bool alone;   /* close all other descriptors */
  bool by_fork; /* do not share memory until exec */
  bool no_pidfd;
  uid_t uid;
  gid_t gid;
} gy_sys_plan_t;

typedef struct {
  int pid;
  int pidfd; /* readable when it has ended, not inherited; or -1 */
} gy_sys_child_t;

/* What became of a child. */
typedef struct {
  int status;
  int signum; /* that ended it, or 0 */
} gy_sys_end_t;

/* Start |plan|. When this returns 0 the program runs, or has ended; else none
 * is there any more. */
int gy_sys_spawn(const gy_sys_plan_t* plan, gy_sys_child_t* child);

/* Reap |child| if it has ended, and say how. UV_EAGAIN when it has not;
 * UV_ESRCH when it is none of this process's any more. */
int gy_sys_child_reap(const gy_sys_child_t* child, gy_sys_end_t* end);

/* End |child| now, and reap it. */
void gy_sys_child_undo(const gy_sys_child_t* child);

/* Send |signum| to |child|, which was not reaped. UV_ESRCH when it has ended
 * all the same; UV_E*. */
int gy_sys_child_kill(const gy_sys_child_t* child, int signum);

/* Does this kernel tell of the end of a child by a descriptor? */
bool gy_sys_has_pidfd(void);

/* Does this process let its children go without being asked for their end? */
bool gy_sys_ignores_children(void);

/* The id of this process. */
int gy_sys_pid(void);

/* Have |fd| closed by exec. UV_EBADF. */
int gy_sys_not_inherited(int fd);

#endif /* GY_UNIX_SYS_SPAWN_H_ */
