/* uv/hooks.h - idle, prepare and check: callbacks in every turn of the loop.
 *
 * A turn of the loop runs the idle handles, then the prepare handles, then it
 * sleeps until there is I/O or a timer is due, then it runs the I/O callbacks
 * and then the check handles. So a prepare handle is the last to run before the
 * loop sleeps, and a check handle the first after.
 *
 * An active idle handle keeps the loop from sleeping at all. Despite the name
 * it runs in every turn, busy or not; it is for work cut into slices.
 *
 * All functions here are for the loop's thread.
 *
 * The behaviour is that of libuv 1.x, manual pages "idle", "prepare" and
 * "check". */
#ifndef UV_HOOKS_H_
#define UV_HOOKS_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* |idle| is active, and this is its turn. It may be stopped and closed in here,
 * and others of its kind started: those are called from the next turn on. */
typedef void (*uv_idle_cb)(uv_idle_t* idle);

/* The same for a prepare handle: the loop is about to sleep. */
typedef void (*uv_prepare_cb)(uv_prepare_t* prepare);

/* The same for a check handle: the loop has slept, and I/O callbacks ran. */
typedef void (*uv_check_cb)(uv_check_t* check);

/* An idle handle: called in every turn, which then does not sleep. */
struct uv_idle_s {
  UV_HANDLE_FIELDS
  GY_HOOK_PRIVATE(idle)
};

/* A prepare handle: called before the loop sleeps. */
struct uv_prepare_s {
  UV_HANDLE_FIELDS
  GY_HOOK_PRIVATE(prepare)
};

/* A check handle: called after the loop slept. */
struct uv_check_s {
  UV_HANDLE_FIELDS
  GY_HOOK_PRIVATE(check)
};

/* Make |idle|, the caller's memory, an idle handle of |loop|, not active. It
 * must be ended with uv_close(), and stay in place until the close callback.
 * Returns 0. */
UV_EXTERN int uv_idle_init(uv_loop_t* loop, uv_idle_t* idle);

/* Call |cb| in every turn from now on. On an active handle this does nothing:
 * the callback it has stays. Returns 0; UV_EINVAL if |cb| is NULL or |idle| is
 * closing. */
UV_EXTERN int uv_idle_start(uv_idle_t* idle, uv_idle_cb cb);

/* Call |idle| no more, not even later in this turn. Returns 0. */
UV_EXTERN int uv_idle_stop(uv_idle_t* idle);

/* As uv_idle_init(), make |prepare| a prepare handle of |loop|. */
UV_EXTERN int uv_prepare_init(uv_loop_t* loop, uv_prepare_t* prepare);

/* As uv_idle_start(), for |prepare|. */
UV_EXTERN int uv_prepare_start(uv_prepare_t* prepare, uv_prepare_cb cb);

/* As uv_idle_stop(), for |prepare|. */
UV_EXTERN int uv_prepare_stop(uv_prepare_t* prepare);

/* As uv_idle_init(), make |check| a check handle of |loop|. */
UV_EXTERN int uv_check_init(uv_loop_t* loop, uv_check_t* check);

/* As uv_idle_start(), for |check|. */
UV_EXTERN int uv_check_start(uv_check_t* check, uv_check_cb cb);

/* As uv_idle_stop(), for |check|. */
UV_EXTERN int uv_check_stop(uv_check_t* check);

#ifdef __cplusplus
}
#endif

#endif /* UV_HOOKS_H_ */
