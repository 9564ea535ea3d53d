/* sys-child.c - what a child does before it is another program.
 *
 * It may share its memory with the process that waits for it, and that process
 * may have threads that hold any lock. So here are only system calls, on a
 * stack of the child's own: no memory is taken, and nothing is written but the
 * plan's rooms. Descriptors are the child's own, and so are signal actions. */
#include "sys-child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#include "../fault.h"
#include "sys-raw.h"
#include "uv/errno.h"

enum {
  EXIT_NOT_STARTED = 127,
  LIMIT_GUESS = 65536 /* descriptors, where there is no limit */
};

/* ---- descriptors ------------------------------------------------------------
 */

/* Move sources that stand where another descriptor is to be out of the way. */
static int sources_move(const gy_sys_plan_t* plan) {
  int index;

  for (index = 0; index < plan->source_count; index++) {
    gy_sys_source_t* source = &plan->sources[index];
    if (source->fd >= 0 && source->fd < plan->source_count &&
        source->fd != index) {
      int err = GY_FAULT("fcntl");
      int fd =
          err != 0 ? -err : gy_raw_copy_above(source->fd, plan->source_count);
      if (fd < 0) {
        return fd;
      }
      source->fd = fd;
    }
  }
  return 0;
}

/* Make |target| /dev/null. */
static int target_open_null(int target) {
  int err = GY_FAULT("open");
  int fd;

  if (err != 0) {
    return -err;
  }
  fd = gy_raw_open("/dev/null", target == 0 ? O_RDONLY : O_RDWR);
  if (fd < 0 || fd == target) {
    return fd;
  }
  err = gy_raw_copy_to(fd, target);
  (void)gy_raw_close(fd); /* It was only read from the file system. */
  return err;
}

static int target_open(const gy_sys_source_t* source, int target) {
  int err = GY_FAULT("dup2");

  if (err != 0) {
    return -err;
  }
  if (source->fd == target) {
    err = gy_raw_keep(target);
  } else {
    err = gy_raw_copy_to(source->fd, target);
  }
  if (err >= 0 && source->blocking) {
    err = gy_raw_set_blocking(target);
  }
  return err;
}

static int targets_open(const gy_sys_plan_t* plan) {
  int index;

  for (index = 0; index < plan->source_count; index++) {
    const gy_sys_source_t* source = &plan->sources[index];
    int err = 0;
    if (source->fd >= 0) {
      err = target_open(source, index);
    } else if (index < GY_SYS_STDIO) {
      err = target_open_null(index);
    } /* Else what is there is inherited or not, as it says itself. */
    if (err < 0) {
      return err;
    }
  }
  return 0;
}

/* One past the last descriptor there can be. */
static unsigned fd_limit(void) {
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY) {
    return LIMIT_GUESS;
  }
  return (unsigned)limit.rlim_cur;
}

/* Close all from |first| to |last|, of whom none may be open. */
static void range_close(unsigned first, unsigned last) {
  unsigned end;
  unsigned fd;

  if (first > last ||
      (GY_FAULT("close_range") == 0 && gy_raw_close_range(first, last) == 0)) {
    return;
  }
  end = fd_limit();
  for (fd = first; fd <= last && fd < end; fd++) {
    (void)gy_raw_close((int)fd); /* Most are not open. */
  }
}

/* Close all that was not asked for, but for |error_fd|, which exec closes. */
static void others_close(const gy_sys_plan_t* plan, int error_fd) {
  unsigned first = (unsigned)plan->source_count;
  int index;

  for (index = GY_SYS_STDIO; index < plan->source_count; index++) {
    if (plan->sources[index].fd < 0) {
      (void)gy_raw_close(index); /* It may not be open. */
    }
  }
  if (error_fd >= 0) {
    if (error_fd > 0) {
      range_close(first, (unsigned)error_fd - 1);
    }
    first = (unsigned)error_fd + 1;
  }
  range_close(first, ~0u);
}

/* ---- the program
 * -------------------------------------------------------------
 */

/* Execute |path|; what no system knows how to execute is a script of the shell,
 * as execvp(3) has it. Returns the error. */
static int program_try(const gy_sys_plan_t* plan, const char* path) {
  int err = GY_FAULT("execve");

  if (err != 0) {
    return -err;
  }
  err = gy_raw_execve(path, plan->args, plan->env);
  if (err == UV_ENOEXEC) {
    plan->script_args[1] = (char*)path;
    err = gy_raw_execve(plan->script_args[0], plan->script_args, plan->env);
  }
  return err;
}

/* Is |err| one that leaves hope for the next directory? */
static bool search_goes_on(int err) {
  return err == UV_EACCES || err == UV_ENOENT || err == UV_ENOTDIR ||
         err == UV_ENAMETOOLONG || err == UV_ELOOP || err == UV_ENODEV ||
         err == UV_ETIMEDOUT;
}

/* Write |file| in the directory of |length| bytes at |dir| to |room|. */
static void path_join(char* room, const char* dir, size_t length,
                      const char* file) {
  memcpy(room, dir, length);
  if (length > 0) {
    room[length++] = '/'; /* An empty name is the working directory. */
  }
  memcpy(room + length, file, strlen(file) + 1);
}

/* Execute the first of its name in the path. Returns the error: that a program
 * was found and must not be executed is worth more than that there is none. */
static int program_search(const gy_sys_plan_t* plan) {
  const char* dir = plan->path;
  bool denied = false;
  int err;

  for (;;) {
    size_t length = strcspn(dir, ":");
    path_join(plan->path_room, dir, length, plan->file);
    err = program_try(plan, plan->path_room);
    denied |= err == UV_EACCES;
    if (!search_goes_on(err) || dir[length] == '\0') {
      break;
    }
    dir += length + 1;
  }
  return denied ? UV_EACCES : err;
}

static int program_execute(const gy_sys_plan_t* plan) {
  if (plan->file[0] == '\0') {
    return UV_ENOENT;
  }
  return strchr(plan->file, '/') != NULL ? program_try(plan, plan->file)
                                         : program_search(plan);
}

/* ---- who it is -------------------------------------------------------------
 */

static int session_start(void) {
  int err = GY_FAULT("setsid");

  return err != 0 ? -err : gy_raw_setsid();
}

static int directory_change(const char* cwd) {
  int err = GY_FAULT("chdir");

  return err != 0 ? -err : gy_raw_chdir(cwd);
}

/* The group first: the user may not be allowed to. */
static int identity_change(const gy_sys_plan_t* plan) {
  int err = 0;

  /* Only root may leave groups. Who may not has only groups of its own. */
  (void)gy_raw_leave_groups();
  if (plan->set_gid) {
    err = GY_FAULT("setgid");
    err = err != 0 ? -err : gy_raw_setgid(plan->gid);
  }
  if (err == 0 && plan->set_uid) {
    err = GY_FAULT("setuid");
    err = err != 0 ? -err : gy_raw_setuid(plan->uid);
  }
  return err;
}

/* ---- all of it --------------------------------------------------------------
 */

/* Returns the error. */
static int child_become(const gy_sys_birth_t* birth) {
  const gy_sys_plan_t* plan = birth->plan;
  int err = 0;

  /* Before any is let through: a handler is code of the parent. */
  gy_raw_signals_reset();
  if (plan->detached) {
    err = session_start();
  }
  if (err >= 0) {
    err = sources_move(plan);
  }
  if (err >= 0) {
    err = targets_open(plan);
  }
  if (err >= 0 && plan->cwd != NULL) {
    err = directory_change(plan->cwd);
  }
  if (err >= 0 && (plan->set_uid || plan->set_gid)) {
    err = identity_change(plan);
  }
  if (err < 0) {
    return err;
  }
  if (plan->alone) {
    others_close(plan, birth->error_fd);
  }
  gy_raw_signals_set(NULL);
  return program_execute(plan);
}

/* The descriptor for errors must not be where another is to be. */
static int error_fd_move(gy_sys_birth_t* birth) {
  int fd = gy_raw_copy_above(birth->error_fd, birth->plan->source_count);

  if (fd >= 0) {
    birth->error_fd = fd;
  }
  return fd;
}

int gy_sys_child_main(void* arg) {
  gy_sys_birth_t* birth = arg;
  int err = 0;

  if (birth->error_fd >= 0) {
    err = error_fd_move(birth);
  }
  if (err >= 0) {
    err = child_become(birth);
  }
  if (birth->error_fd >= 0) {
    (void)gy_raw_write(birth->error_fd, &err, sizeof(err));
  } else {
    birth->err = err;
  }
  gy_raw_exit(EXIT_NOT_STARTED);
}
