/* fs.h - how a file system operation begins, for the front desks: fs.c, which
 * is about descriptors, and fs-path.c, which is about names. */
#ifndef GY_FS_H_
#define GY_FS_H_

#include "core.h"

/* Make |req| an operation |type|. UV_EINVAL without a request, or without the
 * loop that a callback needs. */
int gy_fs_begin(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type, uv_fs_cb cb);

/* The same for an operation on |path|, and |new_path| unless that is NULL: both
 * are copied if there is a callback. UV_EINVAL without a path, or UV_ENOMEM. */
int gy_fs_begin_path(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                     const char* path, const char* new_path, uv_fs_cb cb);

/* Do |req|, or have it done if it has a callback; what the program is told. */
int gy_fs_start(uv_fs_t* req);

/* ---- the way of |req| that has a callback: between the files of the room ----
 */

/* Have the poller run it: fs-ring.c. False when that cannot be, or would be no
 * better than a thread. */
bool gy_fs_submit(uv_fs_t* req);

/* Have a thread do it, or the rest of it. UV_E*. */
int gy_fs_give(uv_fs_t* req);

/* It is over, with its result: call back, and it is the program's again. */
void gy_fs_finish(uv_fs_t* req);

/* The same in the next pending phase. */
void gy_fs_answer(uv_fs_t* req);

#endif /* GY_FS_H_ */
