/* random.h - random bytes fit for keys, from the system.
 *
 * getrandom(2), getentropy(3), arc4random, BCryptGenRandom or /dev/urandom,
 * whichever the system has. The contract is libuv 1.x's, manual page "misc". */
#ifndef UV_RANDOM_H_
#define UV_RANDOM_H_

#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tell that |req| is over: |status| is 0 and the |buflen| bytes at |buf|, as
 * given to uv_random(), are random; or UV_E*, UV_ECANCELED after uv_cancel(),
 * and they are undefined. |req| and |buf| are the user's again. */
typedef void (*uv_random_cb)(uv_random_t* req, int status, void* buf,
                             size_t buflen);

/* A wish for random bytes. Needs no init. */
struct uv_random_s {
  UV_REQ_FIELDS
  /* The loop it was started on. Read only. */
  uv_loop_t* loop;
  /* Not for users. */
  GY_RANDOM_PRIVATE
};

/* Fill the |buflen| bytes at |buf| with random ones: all of them or an error,
 * never a part. |flags| is 0.
 *
 * With |cb|: start, on a thread of the pool, and tell it the result; loop
 * thread only; |req| and |buf| stay in place until then. If |cb| is NULL: do
 * it now; any thread; |loop| and |req| are not used and may be NULL. Right
 * after the boot of a system it may wait for long, or never end, until there
 * is enough to draw from.
 *
 * Returns 0; UV_E2BIG if |buflen| is above 2,147,483,647; UV_EINVAL if |flags|
 * is not 0, |buf| is NULL though |buflen| is not 0, or |loop| or |req| is NULL
 * with a |cb|; UV_ENOMEM; without
 * |cb| also what the system says. If not 0, |cb| is not called. Since libuv
 * 1.33. */
UV_EXTERN int uv_random(uv_loop_t* loop, uv_random_t* req, void* buf,
                        size_t buflen, unsigned int flags, uv_random_cb cb);

#ifdef __cplusplus
}
#endif

#endif
