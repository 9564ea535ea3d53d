/* uv/work.h - running a function on a worker thread. */
#ifndef UV_WORK_H_
#define UV_WORK_H_

#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*uv_work_cb)(uv_work_t* req);
typedef void (*uv_after_work_cb)(uv_work_t* req, int status);

struct uv_work_s {
  UV_REQ_FIELDS
  uv_loop_t* loop;
  uv_work_cb work_cb;
  uv_after_work_cb after_work_cb;
  GY_WORK_PRIVATE
};

UV_EXTERN int uv_queue_work(uv_loop_t* loop, uv_work_t* req, uv_work_cb work_cb,
                            uv_after_work_cb after_work_cb);

#ifdef __cplusplus
}
#endif

#endif /* UV_WORK_H_ */
