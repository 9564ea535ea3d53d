/* signal.h - signals, as events of a loop. */
#ifndef UV_SIGNAL_H_
#define UV_SIGNAL_H_

#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*uv_signal_cb)(uv_signal_t* handle, int signum);
struct uv_signal_s {
  UV_HANDLE_FIELDS uv_signal_cb signal_cb;
  int signum;
  GY_SIGNAL_PRIVATE
};

UV_EXTERN int uv_signal_init(uv_loop_t* loop, uv_signal_t* handle);
UV_EXTERN int uv_signal_start(uv_signal_t* handle, uv_signal_cb signal_cb,
                              int signum);
UV_EXTERN int uv_signal_start_oneshot(uv_signal_t* handle,
                                      uv_signal_cb signal_cb, int signum);
UV_EXTERN int uv_signal_stop(uv_signal_t* handle);

#ifdef __cplusplus
}
#endif

#endif
