/* work.c - uv_queue_work: the program's own work on the pool. */
#include "core.h"

static void work_run(gy_work_t* work) {
  uv_work_t* req = GY_CONTAINER_OF(work, uv_work_t, work);

  req->work_cb(req);
}

static void work_done(gy_work_t* work, int status) {
  uv_work_t* req = GY_CONTAINER_OF(work, uv_work_t, work);

  gy_req_finish(req->loop);
  if (req->after_work_cb != NULL) {
    req->after_work_cb(req, status);
  }
}

int uv_queue_work(uv_loop_t* loop, uv_work_t* req, uv_work_cb work_cb,
                  uv_after_work_cb after_work_cb) {
  int err;

  if (loop == NULL || req == NULL || work_cb == NULL) {
    return UV_EINVAL;
  }
  gy_req_start(loop, (uv_req_t*)req, UV_WORK);
  req->loop = loop;
  req->work_cb = work_cb;
  req->after_work_cb = after_work_cb;
  err = gy_pool_submit(loop, &req->work, GY_LANE_USER, work_run, work_done);
  if (err != 0) {
    gy_req_finish(loop);
  }
  return err;
}
