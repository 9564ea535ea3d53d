/* fs.h - the bodies of the file system operations that have a file of their
 * own: fs-io.c, what reads and writes; fs-copy.c, what copies; fs-dir.c,
 * directories. The others, and the table of all, are in fs.c.
 *
 * A body does what |req| says, on any thread, may block, and returns what will
 * be the result. */
#ifndef GY_UNIX_FS_H_
#define GY_UNIX_FS_H_

#include "../core.h"

ssize_t gy_fs_read(uv_fs_t* req);
ssize_t gy_fs_write(uv_fs_t* req);

ssize_t gy_fs_copyfile(uv_fs_t* req);
ssize_t gy_fs_sendfile(uv_fs_t* req);

ssize_t gy_fs_scandir(uv_fs_t* req);
ssize_t gy_fs_opendir(uv_fs_t* req);
ssize_t gy_fs_readdir(uv_fs_t* req);
ssize_t gy_fs_closedir(uv_fs_t* req);

#endif /* GY_UNIX_FS_H_ */
