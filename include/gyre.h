/* gyre.h - what Gyre offers beyond the contract of libuv 1.x.
 *
 * Everything here is prefixed gyre_ and works on the loops and handles of
 * uv.h. A program that does not include it needs nothing but libuv. */
#ifndef GYRE_H_
#define GYRE_H_

#include <stddef.h>

#include "uv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version that is compiled against. The contract has one of its own: see
 * UV_VERSION_MAJOR. */
#define GYRE_VERSION_MAJOR 0
#define GYRE_VERSION_MINOR 1
#define GYRE_VERSION_PATCH 0
#define GYRE_VERSION_STRING "0.1.0"

/* 0xMMmmpp, to compare with #if. */
#define GYRE_VERSION_HEX \
  ((GYRE_VERSION_MAJOR << 16) | (GYRE_VERSION_MINOR << 8) | GYRE_VERSION_PATCH)

/* The version of the library that runs, as GYRE_VERSION_HEX is of the one that
 * was compiled against. uv_version() is that of the contract. Any thread. */
UV_EXTERN unsigned int gyre_version(void);

/* The same as text, "0.1.0". Static memory. Any thread. */
UV_EXTERN const char* gyre_version_string(void);

/* The name of a poller that this library has: "epoll", "poll", "select" and so
 * on, the default one first. NULL from the first |index| on that has none.
 * Static memory. Any thread. */
UV_EXTERN const char* gyre_poller_name(size_t index);

/* The name of the poller that |loop| uses; NULL when |loop| is NULL. Static
 * memory. Loop thread only. */
UV_EXTERN const char* gyre_loop_poller(const uv_loop_t* loop);

/* Make |loop| use the poller |name|, one that gyre_poller_name() lists, instead
 * of the default or what the environment variable GYRE_POLLER says. Call it
 * after uv_loop_init() and before the first handle or request; a descriptor
 * that uv_backend_fd() gave before is closed. Loop thread only.
 *
 * Returns 0; UV_EINVAL when |loop| or |name| is NULL, or no poller of that name
 * is in this library; UV_EBUSY when the loop has handles or requests; or what
 * the system said when it refused the poller, UV_EMFILE or UV_ENOSYS for one.
 * On an error the loop keeps the poller it has. */
UV_EXTERN int gyre_loop_set_poller(uv_loop_t* loop, const char* name);

/* Say whether |loop| answers uv_fs_*() without a thread where it can: what the
 * kernel has in memory is read, opened and looked at in the call itself, and
 * called back in the same turn. It does so unless |enabled| is 0. Switch it off
 * where the call must not take the time of it, some microseconds, or where
 * something outside makes such calls wait, as a virus scanner by fanotify(7)
 * does. Only Linux knows the difference. Loop thread only.
 *
 * Returns 0, or UV_EINVAL when |loop| is NULL. */
UV_EXTERN int gyre_loop_set_file_fast_path(uv_loop_t* loop, int enabled);

/* Say whether the poller of |loop| may do the work of TCP and pipe handles by
 * itself, which io_uring can: take connections and bytes before they are asked
 * for, and send small writes and close descriptors with the one system call
 * that ends the turn. To the program it looks as ever, and what would look
 * different is done first: a second write, uv_try_write(), uv_close(),
 * uv_fileno() of the handle, and the end of uv_run(). What remains is that a
 * callback which waits, in itself, for what another end makes of its write may
 * wait for ever. It is so unless |enabled| is 0, which counts for handles that
 * are connected or accepted from then on. It changes nothing over other
 * pollers. Loop thread only.
 *
 * Returns 0, or UV_EINVAL when |loop| is NULL. */
UV_EXTERN int gyre_loop_set_stream_batching(uv_loop_t* loop, int enabled);

/* As uv_spawn(), but the child of |process| gets the descriptors that |options|
 * tell and no others, whatever this process and its libraries have left open
 * without close-on-exec; an entry UV_IGNORE above 2 is closed. See
 * close_range(2). Loop thread only. Not on Windows.
 *
 * Returns what uv_spawn() returns. */
UV_EXTERN int gyre_spawn(uv_loop_t* loop, uv_process_t* process,
                         const uv_process_options_t* options);

#ifdef __cplusplus
}
#endif

#endif /* GYRE_H_ */
