/* tty.c - the front desk of uv_tty_t; the platform's tty.c does the rest. */
#include "core.h"
#include "kinds.h"
#include "platform.h"

int uv_tty_init(uv_loop_t* loop, uv_tty_t* handle, uv_file fd, int readable) {
  (void)readable; /* The descriptor knows: so says libuv. */
  if (loop == NULL || handle == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_tty_init(loop, handle, fd);
}

int uv_tty_set_mode(uv_tty_t* handle, uv_tty_mode_t mode) {
  if (handle == NULL || (int)mode < UV_TTY_MODE_NORMAL ||
      mode > UV_TTY_MODE_RAW_VT) {
    return UV_EINVAL;
  }
  return gy_platform_tty_set_mode(handle, mode);
}

int uv_tty_reset_mode(void) {
  return gy_platform_tty_reset_mode();
}

int uv_tty_get_winsize(uv_tty_t* handle, int* width, int* height) {
  if (handle == NULL || width == NULL || height == NULL) {
    return UV_EINVAL;
  }
  return gy_platform_tty_get_winsize(handle, width, height);
}

void uv_tty_set_vterm_state(uv_tty_vtermstate_t state) {
  gy_platform_tty_set_vterm_state(state);
}

int uv_tty_get_vterm_state(uv_tty_vtermstate_t* state) {
  return state != NULL ? gy_platform_tty_get_vterm_state(state) : UV_EINVAL;
}

static void tty_close(uv_handle_t* handle) {
  gy_platform_tty_close((uv_tty_t*)handle);
}

static int tty_fileno(const uv_handle_t* handle, uv_os_fd_t* fd) {
  return gy_platform_stream_fileno((const uv_stream_t*)handle, fd);
}

static void tty_finish(uv_handle_t* handle) {
  gy_platform_stream_finish((uv_stream_t*)handle);
}

const gy_handle_kind_t gy_tty_kind = {"tty", sizeof(uv_tty_t), tty_close,
                                      NULL,  tty_fileno,       tty_finish};
