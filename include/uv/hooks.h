/* uv/hooks.h - idle, prepare and check: callbacks of every iteration. */
#ifndef UV_HOOKS_H_
#define UV_HOOKS_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*uv_idle_cb)(uv_idle_t* idle);
typedef void (*uv_prepare_cb)(uv_prepare_t* prepare);
typedef void (*uv_check_cb)(uv_check_t* check);

struct uv_idle_s {
  UV_HANDLE_FIELDS
  GY_HOOK_PRIVATE(idle)
};

struct uv_prepare_s {
  UV_HANDLE_FIELDS
  GY_HOOK_PRIVATE(prepare)
};

struct uv_check_s {
  UV_HANDLE_FIELDS
  GY_HOOK_PRIVATE(check)
};

UV_EXTERN int uv_idle_init(uv_loop_t* loop, uv_idle_t* idle);
UV_EXTERN int uv_idle_start(uv_idle_t* idle, uv_idle_cb cb);
UV_EXTERN int uv_idle_stop(uv_idle_t* idle);

UV_EXTERN int uv_prepare_init(uv_loop_t* loop, uv_prepare_t* prepare);
UV_EXTERN int uv_prepare_start(uv_prepare_t* prepare, uv_prepare_cb cb);
UV_EXTERN int uv_prepare_stop(uv_prepare_t* prepare);

UV_EXTERN int uv_check_init(uv_loop_t* loop, uv_check_t* check);
UV_EXTERN int uv_check_start(uv_check_t* check, uv_check_cb cb);
UV_EXTERN int uv_check_stop(uv_check_t* check);

#ifdef __cplusplus
}
#endif

#endif /* UV_HOOKS_H_ */
