/* no-watch.c - what the core names of watching files, which this version of
 * Gyre has not on Windows: its kinds, so that names and sizes can be asked for.
 */
#include "../kinds.h"

const gy_handle_kind_t gy_fs_event_kind = {.name = "fs_event",
                                           .size = sizeof(uv_fs_event_t)};
const gy_handle_kind_t gy_fs_poll_kind = {.name = "fs_poll",
                                          .size = sizeof(uv_fs_poll_t)};
