/* fs-poll.c - uv_fs_poll_t: to look with stat(2) from time to time.
 *
 * What a handle looks at is in memory of its own, the watch, which stays until
 * a look that is on its way has come back: a handle may be stopped, started
 * afresh or closed at any time, and its memory be gone. A look is a request of
 * the loop, so the loop stays for it.
 *
 * Looks begin in step: at multiples of the interval from the first, as far as
 * none takes longer. */
#include <string.h>

#include "core.h"
#include "kinds.h"
#include "platform.h"

typedef struct {
  uv_fs_poll_t* handle; /* NULL when it has been stopped */
  uv_loop_t* loop;
  uv_fs_poll_cb cb;
  uv_timer_t timer;  /* to the next look; no handle */
  gy_work_t work;    /* a look */
  bool looking;      /* |work| is on its way, or being called back */
  bool looked;       /* there was a look before */
  uint64_t interval; /* ms */
  uint64_t began;    /* uv_now() of the last look */
  int status;        /* what was last told */
  int result;        /* of the look; for the thread until it is done */
  uv_stat_t next;    /* likewise */
  uv_stat_t last;    /* of the last look that found something */
  char path[];
} watch_t;

static const uv_stat_t no_stat;

static watch_t* watch_of_work(gy_work_t* work) {
  return GY_CONTAINER_OF(work, watch_t, work);
}

static bool same_time(const uv_timespec_t* a, const uv_timespec_t* b) {
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Has nothing changed? To have been read is no change, nor is what only the
 * file system knows, such as how many blocks it takes. */
static bool same_stat(const uv_stat_t* a, const uv_stat_t* b) {
  return same_time(&a->st_ctim, &b->st_ctim) &&
         same_time(&a->st_mtim, &b->st_mtim) &&
         same_time(&a->st_birthtim, &b->st_birthtim) &&
         a->st_size == b->st_size && a->st_mode == b->st_mode &&
         a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
         a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
         a->st_flags == b->st_flags && a->st_gen == b->st_gen;
}

/* ---- a look ----------------------------------------------------------------
 */

static void watch_free(watch_t* watch) {
  gy_timer_end_inner(&watch->timer);
  gy_free(watch);
}

/* The look ended with |result|, and, if that is 0, found |watch->next|. */
static void watch_judge(watch_t* watch, int result) {
  if (result != 0) {
    if (watch->status != result) {
      watch->cb(watch->handle, result, &watch->last, &no_stat);
    }
  } else {
    if (watch->status != 0 ||
        (watch->looked && !same_stat(&watch->last, &watch->next))) {
      watch->cb(watch->handle, 0, &watch->last, &watch->next);
    }
    watch->last = watch->next;
  }
  watch->status = result;
  watch->looked = true;
}

static void watch_time(uv_timer_t* timer);

/* Look again at the next multiple of the interval. */
static void watch_wait(watch_t* watch) {
  uint64_t passed = uv_now(watch->loop) - watch->began;
  uint64_t rest = watch->interval - passed % watch->interval;

  (void)uv_timer_start(&watch->timer, watch_time, rest, 0); /* It is good. */
}

/* A look has come back, or could not begin. */
static void watch_looked(watch_t* watch, int result) {
  if (watch->handle != NULL && result != UV_ECANCELED) {
    /* The callback may stop the handle: |looking| keeps the watch. */
    watch_judge(watch, result);
  }
  watch->looking = false;
  if (watch->handle == NULL) {
    watch_free(watch);
  } else {
    watch_wait(watch); /* Also when a fork took the look away. */
  }
}

static void look_run(gy_work_t* work) {
  watch_t* watch = watch_of_work(work);

  watch->result = gy_platform_stat(watch->path, &watch->next);
}

static void look_done(gy_work_t* work, int status) {
  watch_t* watch = watch_of_work(work);

  gy_req_finish(watch->loop);
  watch_looked(watch, status != 0 ? status : watch->result);
}

static int watch_look(watch_t* watch) {
  int err = gy_pool_submit(watch->loop, &watch->work, GY_LANE_FILES, look_run,
                           look_done);

  if (err == 0) {
    watch->loop->active_reqs.count++;
  }
  watch->began = uv_now(watch->loop);
  watch->looking = err == 0;
  return err;
}

static void watch_time(uv_timer_t* timer) {
  watch_t* watch = GY_CONTAINER_OF(timer, watch_t, timer);
  int err = watch_look(watch);

  if (err != 0) {
    watch->looking = true;
    watch_looked(watch, err);
  }
}

/* ---- handles ---------------------------------------------------------------
 */

int uv_fs_poll_init(uv_loop_t* loop, uv_fs_poll_t* handle) {
  if (loop == NULL || handle == NULL) {
    return UV_EINVAL;
  }
  gy_handle_init(loop, (uv_handle_t*)handle, UV_FS_POLL);
  handle->context = NULL;
  return 0;
}

int uv_fs_poll_start(uv_fs_poll_t* handle, uv_fs_poll_cb poll_cb,
                     const char* path, unsigned int interval) {
  watch_t* watch;
  size_t size;
  int err;

  if (handle == NULL || poll_cb == NULL || path == NULL ||
      uv_is_closing((uv_handle_t*)handle)) {
    return UV_EINVAL;
  }
  if (uv_is_active((uv_handle_t*)handle)) {
    return 0;
  }
  size = strlen(path) + 1;
  watch = gy_calloc(1, sizeof(*watch) + size);
  if (watch == NULL) {
    return UV_ENOMEM;
  }
  memcpy(watch->path, path, size);
  watch->handle = handle;
  watch->loop = handle->loop;
  watch->cb = poll_cb;
  watch->interval = interval > 0 ? interval : 1;
  gy_timer_init_inner(handle->loop, &watch->timer);
  err = watch_look(watch);
  if (err != 0) {
    watch_free(watch);
    return err;
  }
  handle->context = watch;
  gy_handle_start((uv_handle_t*)handle);
  return 0;
}

int uv_fs_poll_stop(uv_fs_poll_t* handle) {
  watch_t* watch;

  if (handle == NULL) {
    return UV_EINVAL;
  }
  if (!uv_is_active((uv_handle_t*)handle)) {
    return 0;
  }
  watch = handle->context;
  handle->context = NULL;
  gy_handle_stop((uv_handle_t*)handle);
  watch->handle = NULL;
  if (watch->looking) {
    /* UV_EBUSY says that a thread has it, or that this is its callback. */
    (void)gy_pool_cancel(&watch->work, GY_LANE_FILES);
  } else {
    watch_free(watch);
  }
  return 0;
}

int uv_fs_poll_getpath(uv_fs_poll_t* handle, char* buffer, size_t* size) {
  const watch_t* watch;
  size_t length;

  if (handle == NULL || buffer == NULL || size == NULL) {
    return UV_EINVAL;
  }
  if (!uv_is_active((uv_handle_t*)handle)) {
    *size = 0; /* as libuv has it */
    return UV_EINVAL;
  }
  watch = handle->context;
  length = strlen(watch->path);
  if (*size <= length) {
    *size = length + 1;
    return UV_ENOBUFS;
  }
  memcpy(buffer, watch->path, length + 1);
  *size = length;
  return 0;
}

static void fs_poll_close(uv_handle_t* handle) {
  (void)uv_fs_poll_stop((uv_fs_poll_t*)handle); /* It never fails. */
  gy_handle_closed(handle);
}

const gy_handle_kind_t gy_fs_poll_kind = {
    "fs_poll", sizeof(uv_fs_poll_t), fs_poll_close, NULL, NULL, NULL};
