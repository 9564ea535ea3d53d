/* tty.h - terminals. */
#ifndef UV_TTY_H_
#define UV_TTY_H_

#include "uv/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  UV_TTY_MODE_NORMAL,
  UV_TTY_MODE_RAW,
  UV_TTY_MODE_IO,
  UV_TTY_MODE_RAW_VT
} uv_tty_mode_t;
typedef enum {
  UV_TTY_SUPPORTED,
  UV_TTY_UNSUPPORTED
} uv_tty_vtermstate_t;
struct uv_tty_s {
  UV_HANDLE_FIELDS UV_STREAM_FIELDS GY_TTY_PRIVATE
};

UV_EXTERN int uv_tty_get_vterm_state(uv_tty_vtermstate_t* state);
UV_EXTERN int uv_tty_get_winsize(uv_tty_t* handle, int* width, int* height);
UV_EXTERN int uv_tty_init(uv_loop_t* loop, uv_tty_t* handle, uv_file fd,
                          int readable);
UV_EXTERN int uv_tty_reset_mode(void);
UV_EXTERN int uv_tty_set_mode(uv_tty_t* handle, uv_tty_mode_t mode);
UV_EXTERN void uv_tty_set_vterm_state(uv_tty_vtermstate_t state);

#ifdef __cplusplus
}
#endif

#endif
