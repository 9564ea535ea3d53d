/* random.c - random bytes of the system's, at once or by a thread. */
#include "core.h"
#include "platform.h"

enum {
  LENGTH_MOST = 0x7fffffff /* what one wish may be about */
};

static void random_run(gy_work_t* work) {
  uv_random_t* req = GY_CONTAINER_OF(work, uv_random_t, work);

  req->status = gy_platform_random(req->buf, req->buflen);
}

static void random_done(gy_work_t* work, int status) {
  uv_random_t* req = GY_CONTAINER_OF(work, uv_random_t, work);

  gy_req_finish(req->loop);
  req->cb(req, status != 0 ? status : req->status, req->buf, req->buflen);
}

int uv_random(uv_loop_t* loop, uv_random_t* req, void* buf, size_t buflen,
              unsigned int flags, uv_random_cb cb) {
  int err;

  if (buflen > LENGTH_MOST) {
    return UV_E2BIG;
  }
  if (flags != 0 || (buf == NULL && buflen > 0)) {
    return UV_EINVAL;
  }
  if (cb == NULL) {
    return gy_platform_random(buf, buflen);
  }
  if (loop == NULL || req == NULL) {
    return UV_EINVAL;
  }
  gy_req_start(loop, (uv_req_t*)req, UV_RANDOM);
  req->loop = loop;
  req->buf = buf;
  req->buflen = buflen;
  req->status = 0;
  req->cb = cb;
  err = gy_pool_submit(loop, &req->work, GY_LANE_USER, random_run, random_done);
  if (err != 0) {
    gy_req_finish(loop);
  }
  return err;
}
