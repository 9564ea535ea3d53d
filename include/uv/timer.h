/* uv/timer.h - timers: a callback after so many milliseconds, or every so many.
 *
 * All times are relative to the loop's now, which stands still while callbacks
 * run; see uv_now() and uv_update_time(). A timer is never early. It is late
 * when other callbacks take long, and a repeating timer does not catch up: it
 * is armed anew, from the loop's now, before its callback is called.
 *
 * All functions here are for the loop's thread.
 *
 * The behaviour is that of libuv 1.x, manual page "timer". */
#ifndef UV_TIMER_H_
#define UV_TIMER_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* |timer| was due. A repeating one is armed again already; one that does not
 * repeat is inactive. It may be started, stopped and closed in here. */
typedef void (*uv_timer_cb)(uv_timer_t* timer);

/* A timer. Active while it is armed. */
struct uv_timer_s {
  UV_HANDLE_FIELDS
  GY_TIMER_PRIVATE
};

/* Make |timer|, the caller's memory, a timer of |loop|, not armed. It must be
 * ended with uv_close(), and stay in place until the close callback.
 *
 * Returns 0; UV_EINVAL if |loop| or |timer| is NULL. */
UV_EXTERN int uv_timer_init(uv_loop_t* loop, uv_timer_t* timer);

/* Arm |timer| to call |cb| once |timeout| ms from the loop's now, and then, if
 * |repeat| is not 0, every |repeat| ms. On an armed timer: start afresh.
 *
 * Times are kept to the nanosecond and no timer is early. It can be late: by
 * what other callbacks take, and by up to 1 ms when another timer has just run,
 * because those of the same millisecond share a sleep. A timeout of 0 is due in
 * the next timer phase: not before this call returns. Timers due at the same
 * time run in the order they were armed. A time too far away to count is as far
 * away as can be counted, 584 years.
 *
 * Returns 0; UV_EINVAL if |timer| is closing or |cb| is NULL, and then an armed
 * timer stays as it is. */
UV_EXTERN int uv_timer_start(uv_timer_t* timer, uv_timer_cb cb,
                             uint64_t timeout, uint64_t repeat);

/* Disarm |timer|: its callback is not called any more, not even when it is due
 * already. A timer that is not armed stays so. Returns 0. */
UV_EXTERN int uv_timer_stop(uv_timer_t* timer);

/* Arm |timer|, if it has a repeat, to be due one repeat from the loop's now, as
 * for a time-out that is put off at every sign of life. A timer without a
 * repeat stays as it is, armed or not.
 *
 * Returns 0; UV_EINVAL if |timer| was never started, or is closing. */
UV_EXTERN int uv_timer_again(uv_timer_t* timer);

/* Let |timer| repeat every |repeat| ms, or not any more if that is 0. What is
 * armed already stays: the new value counts when the timer is due next. In its
 * own callback that is one time later, because the next time was set before the
 * call; a timer that did not repeat has to be armed by uv_timer_again(). */
UV_EXTERN void uv_timer_set_repeat(uv_timer_t* timer, uint64_t repeat);

/* The repeat of |timer| in ms; 0 if it does not repeat. */
UV_EXTERN uint64_t uv_timer_get_repeat(const uv_timer_t* timer);

/* How many ms there are until |timer| is due: what added to uv_now() makes the
 * uv_now() of its start plus its time-out. 0 only if it is due or past; in its
 * last fraction of a ms it is 1. Of a timer that is not armed it says nothing
 * of use. Since libuv 1.40. */
UV_EXTERN uint64_t uv_timer_get_due_in(const uv_timer_t* timer);

#ifdef __cplusplus
}
#endif

#endif /* UV_TIMER_H_ */
