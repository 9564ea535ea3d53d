/* uv/async.h - waking the loop from another thread, or from a signal handler.
 *
 * Of all functions on handles and loops, uv_async_send() alone may be called
 * from anywhere. It carries no data: put that where the callback finds it,
 * under a lock of your own, and then send. */
#ifndef UV_ASYNC_H_
#define UV_ASYNC_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* |async| was sent to since this was last called: once or many times. Loop
 * thread. */
typedef void (*uv_async_cb)(uv_async_t* async);

/* An async. Active, and so keeping its loop running, from its initialisation
 * until it is closed. */
struct uv_async_s {
  UV_HANDLE_FIELDS
  GY_ASYNC_PRIVATE
};

/* Make |async|, the caller's memory, an async of |loop| that calls |async_cb|,
 * which may be NULL when the wake-up itself is all that is wanted. There is no
 * start: it is active at once. It must be ended with uv_close(), and stay in
 * place until the close callback. Loop thread only.
 *
 * Returns 0; UV_EINVAL if |loop| or |async| is NULL; UV_EMFILE, UV_ENFILE or
 * UV_ENOMEM when the system has nothing left to wake a loop with, which it is
 * asked for once in a loop. */
UV_EXTERN int uv_async_init(uv_loop_t* loop, uv_async_t* async,
                            uv_async_cb async_cb);

/* Wake the loop of |async| and have its callback called there, soon.
 *
 * Sends that come before the callback begins are one: five of them give one
 * call, at least. A send made when the callback has begun gives another. What
 * the sending thread wrote before a send is seen by the callback, also by one
 * that another thread's send had caused.
 *
 * Any thread, and async-signal-safe: see signal-safety(7). The caller has to
 * see to it that |async| is there: after its close callback there is no send,
 * not even a late one. While it is closing, a send does nothing.
 *
 * Returns 0; UV_EINVAL if |async| is NULL. */
UV_EXTERN int uv_async_send(uv_async_t* async);

#ifdef __cplusplus
}
#endif

#endif /* UV_ASYNC_H_ */
