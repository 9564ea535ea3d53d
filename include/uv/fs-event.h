/* fs-event.h - to be told when files and directories change.
 *
 * uv_fs_event_t asks the kernel: inotify(7), kqueue(2), FSEvents,
 * ReadDirectoryChangesW. It is quick, but not told of everything on remote file
 * systems. uv_fs_poll_t looks with stat(2) from time to time and works
 * everywhere.
 *
 * For every function here: loop thread only; the handle stays in place until
 * its close callback; callbacks come from uv_run(); NULL where a pointer is
 * owed is UV_EINVAL. Paths are UTF-8 on Windows. The contract is libuv 1.x's,
 * manual pages "fs_event" and "fs_poll". */
#ifndef UV_FS_EVENT_H_
#define UV_FS_EVENT_H_

#include "uv/fs.h"
#include "uv/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What happened: one of these or both. */
enum uv_fs_event {
  /* The name: the file was made, moved or removed. */
  UV_RENAME = 1,
  /* The content or the attributes. */
  UV_CHANGE = 2
};

/* How to watch. */
enum uv_fs_event_flags {
  /* Of a directory, watch the entry itself and not what is in it. Carried out
   * nowhere so far. */
  UV_FS_EVENT_WATCH_ENTRY = 1,
  /* Watch with stat(2) in intervals. Carried out nowhere so far: there is
   * uv_fs_poll_t. */
  UV_FS_EVENT_STAT = 2,
  /* Watch all directories below too, those that come later as well, but not
   * through symbolic links. On Linux, where libuv ignores it, macOS and
   * Windows; elsewhere ignored.
   *
   * On Linux each directory takes one watch of fs.inotify.max_user_watches, and
   * uv_fs_event_start() lists all of them, which may block. UV_RENAME of a
   * directory that is there is followed by UV_RENAME of everything below: so
   * nothing is lost of what came with it, or before it was watched. A later
   * directory that cannot be watched, for want of watches (UV_ENOSPC),
   * descriptors or memory, is told by |status|, and the others are watched on.
   * Directories that may not be read are left out. When |path| itself is moved,
   * which is told as UV_RENAME of its own last name, directories that come
   * later are not found any more. */
  UV_FS_EVENT_RECURSIVE = 4
};

/* Tell of a change at |handle|. |events| is an OR of enum uv_fs_event. If a
 * directory is watched, |filename| is the path in it, relative to it; if a
 * file, or the directory itself has changed, the last name in |path|; NULL
 * where the system does not tell. It is valid during the call only. Changes
 * that follow each other fast may be told as one, and one change as several.
 *
 * NULL with UV_RENAME and UV_CHANGE: anything may have happened, because the
 * system lost count (on Linux, fs.inotify.max_queued_events were waiting).
 *
 * |status| is 0, or UV_E* if watching failed; then |events| is 0 and |filename|
 * NULL. If uv_is_active() says that |handle| does not watch any more, it may be
 * started anew. */
typedef void (*uv_fs_event_cb)(uv_fs_event_t* handle, const char* filename,
                               int events, int status);

/* Tell that what |handle| polls has changed. With |status| 0, |prev| and |curr|
 * are the stat before and after. With UV_E* (UV_ENOENT, say) the path cannot
 * be looked at: told once, and polling goes on until it changes again, also
 * to another error. |prev| and |curr| are valid during the call only. */
typedef void (*uv_fs_poll_cb)(uv_fs_poll_t* handle, int status,
                              const uv_stat_t* prev, const uv_stat_t* curr);

/* A watcher of a path, by the kernel. */
struct uv_fs_event_s {
  UV_HANDLE_FIELDS
  /* Not for users. */
  GY_FS_EVENT_PRIVATE
};

/* A watcher of a path, by looking. */
struct uv_fs_poll_s {
  UV_HANDLE_FIELDS
  /* Not for users. */
  GY_FS_POLL_PRIVATE
};

/* Make |handle| a watcher of |loop|, watching nothing. It must be closed with
 * uv_close() before its memory goes.
 *
 * Returns 0. */
UV_EXTERN int uv_fs_event_init(uv_loop_t* loop, uv_fs_event_t* handle);

/* Call |cb| for each change at |path|, a file or directory that exists; |path|
 * is copied. |flags| is 0 or an OR of enum uv_fs_event_flags. A file that is
 * replaced by another of its name is not followed: watch its directory. After
 * its end has been told, |handle| is active and hears nothing more.
 *
 * Returns 0; UV_EINVAL if |handle| watches already or is closing; UV_ENOENT if
 * there is no |path|; UV_ENOSPC or UV_EMFILE if the system's limit of watches
 * is reached; UV_ENOSYS where the system cannot watch; UV_ENOMEM; else what
 * the system says. */
UV_EXTERN int uv_fs_event_start(uv_fs_event_t* handle, uv_fs_event_cb cb,
                                const char* path, unsigned int flags);

/* Stop watching: the callback of |handle| is not called again. Harmless on a
 * handle that does not watch.
 *
 * Returns 0. */
UV_EXTERN int uv_fs_event_stop(uv_fs_event_t* handle);

/* Write the path that |handle| watches to |buffer|. |*size| is the room in
 * bytes and becomes the length of the path, without the 0 byte after it (since
 * libuv 1.3).
 *
 * Returns 0; UV_ENOBUFS if the room is too small, then |*size| is what it
 * takes, the 0 byte included; UV_EINVAL if |handle| watches nothing, then
 * |*size| is 0. */
UV_EXTERN int uv_fs_event_getpath(uv_fs_event_t* handle, char* buffer,
                                  size_t* size);

/* Make |handle| a poller of |loop|, looking at nothing. It must be closed with
 * uv_close() before its memory goes.
 *
 * Returns 0. */
UV_EXTERN int uv_fs_poll_init(uv_loop_t* loop, uv_fs_poll_t* handle);

/* Look at |path|, which is copied and need not exist, every |interval| ms (0
 * counts as 1), and call |poll_cb| when its stat has changed. The first look
 * tells only failures. Many file systems keep times in seconds: take several
 * seconds. On a handle that polls: nothing happens.
 *
 * Returns 0; UV_EINVAL if |handle| is closing; UV_ENOMEM. */
UV_EXTERN int uv_fs_poll_start(uv_fs_poll_t* handle, uv_fs_poll_cb poll_cb,
                               const char* path, unsigned int interval);

/* Stop polling: the callback of |handle| is not called again. Harmless on a
 * handle that does not poll.
 *
 * Returns 0. */
UV_EXTERN int uv_fs_poll_stop(uv_fs_poll_t* handle);

/* Write the path that |handle| polls to |buffer|; |size| and the result as in
 * uv_fs_event_getpath(). */
UV_EXTERN int uv_fs_poll_getpath(uv_fs_poll_t* handle, char* buffer,
                                 size_t* size);

#ifdef __cplusplus
}
#endif

#endif
