/* uv/timer.h - timers: a callback after so many milliseconds, or every so. */
#ifndef UV_TIMER_H_
#define UV_TIMER_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*uv_timer_cb)(uv_timer_t* timer);

struct uv_timer_s {
  UV_HANDLE_FIELDS
  GY_TIMER_PRIVATE
};

UV_EXTERN int uv_timer_init(uv_loop_t* loop, uv_timer_t* timer);
UV_EXTERN int uv_timer_start(uv_timer_t* timer, uv_timer_cb cb,
                             uint64_t timeout, uint64_t repeat);
UV_EXTERN int uv_timer_stop(uv_timer_t* timer);
UV_EXTERN int uv_timer_again(uv_timer_t* timer);
UV_EXTERN void uv_timer_set_repeat(uv_timer_t* timer, uint64_t repeat);
UV_EXTERN uint64_t uv_timer_get_repeat(const uv_timer_t* timer);
UV_EXTERN uint64_t uv_timer_get_due_in(const uv_timer_t* timer);

#ifdef __cplusplus
}
#endif

#endif /* UV_TIMER_H_ */
