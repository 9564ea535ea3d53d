/* uv/async.h - waking the loop from another thread. */
#ifndef UV_ASYNC_H_
#define UV_ASYNC_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*uv_async_cb)(uv_async_t* async);

struct uv_async_s {
  UV_HANDLE_FIELDS
  GY_ASYNC_PRIVATE
};

UV_EXTERN int uv_async_init(uv_loop_t* loop, uv_async_t* async,
                            uv_async_cb async_cb);
UV_EXTERN int uv_async_send(uv_async_t* async);

#ifdef __cplusplus
}
#endif

#endif /* UV_ASYNC_H_ */
