/* uv/work.h - running a function on a worker thread.
 *
 * The threads are few and shared by all loops of the process; they are made
 * when the first work comes. The environment variable UV_THREADPOOL_SIZE, read
 * then, says how many: 4 if it is not set, and at most 1024. Work that waits
 * for other work in the same pool can so wait for ever.
 *
 * To take work back that has not begun, see uv_cancel().
 *
 * The behaviour is that of libuv 1.x, manual page "threadpool". */
#ifndef UV_WORK_H_
#define UV_WORK_H_

#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Do the work, on a worker thread. Nothing of the loop may be touched here, but
 * by uv_async_send(). */
typedef void (*uv_work_cb)(uv_work_t* req);

/* The work is done, |status| 0, or was taken back before it began, |status|
 * UV_ECANCELED. Loop thread. |req| is the program's again. */
typedef void (*uv_after_work_cb)(uv_work_t* req, int status);

/* A piece of work.
 *
 *   loop  the loop it reports to. Read only. */
struct uv_work_s {
  UV_REQ_FIELDS
  uv_loop_t* loop;
  /* As given. */
  uv_work_cb work_cb;
  uv_after_work_cb after_work_cb;
  GY_WORK_PRIVATE
};

/* Call |work_cb| on a worker thread, and when it has returned |after_work_cb|,
 * which may be NULL, on the thread of |loop|. What |work_cb| wrote is seen in
 * |after_work_cb|. |req| must stay in place until then. Loop thread only.
 *
 * Returns 0; UV_EINVAL if |loop|, |req| or |work_cb| is NULL; or why no thread
 * could be made. On an error neither is called. */
UV_EXTERN int uv_queue_work(uv_loop_t* loop, uv_work_t* req, uv_work_cb work_cb,
                            uv_after_work_cb after_work_cb);

#ifdef __cplusplus
}
#endif

#endif /* UV_WORK_H_ */
