/* kinds.h - what each noun tells the core of its handles. */
#ifndef GY_KINDS_H_
#define GY_KINDS_H_

#include "core.h"

extern const gy_handle_kind_t gy_async_kind;
extern const gy_handle_kind_t gy_check_kind;
extern const gy_handle_kind_t gy_fs_event_kind;
extern const gy_handle_kind_t gy_fs_poll_kind;
extern const gy_handle_kind_t gy_idle_kind;
extern const gy_handle_kind_t gy_pipe_kind;
extern const gy_handle_kind_t gy_poll_kind;
extern const gy_handle_kind_t gy_prepare_kind;
extern const gy_handle_kind_t gy_process_kind;
extern const gy_handle_kind_t gy_signal_kind;
extern const gy_handle_kind_t gy_tcp_kind;
extern const gy_handle_kind_t gy_timer_kind;
extern const gy_handle_kind_t gy_tty_kind;
extern const gy_handle_kind_t gy_udp_kind;

#endif /* GY_KINDS_H_ */
