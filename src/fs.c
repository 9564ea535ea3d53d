/* fs.c - the front desk of file system operations: how all of them begin and
 * end, and those on descriptors. Those on names are in fs-path.c. */
#include "fs.h"

#include <string.h>

#include "platform.h"

/* What is answered without a thread. */
enum {
  TURN_COUNT = 256, /* in a turn */
  TURN_BYTES = 1024 * 1024,
  FAST_BYTES = 128 * 1024, /* by a read */
  FAST_NAMES = 4,          /* names, before a thread has the others */
  VAIN_MEMORY = 64         /* names in a crowd, after one in vain */
};

/* ---- the life of a request -------------------------------------------------
 */

int gy_fs_begin(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type, uv_fs_cb cb) {
  if (req == NULL || (loop == NULL && cb != NULL)) {
    return UV_EINVAL;
  }
  req->type = UV_FS;
  req->fs_type = type;
  req->loop = loop;
  req->cb = cb;
  req->result = 0;
  req->ptr = NULL;
  req->path = NULL;
  req->new_path = NULL;
  req->nbufs = 0;
  req->bufs = NULL;
  req->offset = 0;
  /* No lane has it: it cannot be taken back. */
  req->work.loop = loop;
  req->work.prev = &req->work;
  return 0;
}

static bool is_template(const uv_fs_t* req) {
  return req->fs_type == UV_FS_MKDTEMP || req->fs_type == UV_FS_MKSTEMP;
}

/* Are the paths ours, rather than the program's? Of a template we make a name.
 */
static bool owns_paths(const uv_fs_t* req) {
  return req->cb != NULL || is_template(req);
}

int gy_fs_begin_path(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                     const char* path, const char* new_path, uv_fs_cb cb) {
  int err = gy_fs_begin(loop, req, type, cb);
  size_t size;
  size_t new_size;
  char* copy;

  if (err != 0 || path == NULL) {
    return UV_EINVAL;
  }
  if (!owns_paths(req)) {
    req->path = path;
    req->new_path = new_path;
    return 0;
  }
  size = strlen(path) + 1;
  new_size = new_path != NULL ? strlen(new_path) + 1 : 0;
  copy = gy_malloc(size + new_size);
  if (copy == NULL) {
    return UV_ENOMEM;
  }
  req->path = memcpy(copy, path, size);
  if (new_path != NULL) {
    req->new_path = memcpy(copy + size, new_path, new_size);
  }
  return 0;
}

static void paths_drop(uv_fs_t* req) {
  char* copy;

  if (req->path != NULL && owns_paths(req)) {
    memcpy(&copy, &req->path, sizeof(copy)); /* Both are one allocation. */
    gy_free(copy);
  }
  req->path = NULL;
  req->new_path = NULL;
}

static bool reads_or_writes(const uv_fs_t* req) {
  return req->fs_type == UV_FS_READ || req->fs_type == UV_FS_WRITE;
}

/* The array of buffers, but for one in |req| or of the program. */
static void bufs_drop(uv_fs_t* req) {
  bool owned = !reads_or_writes(req) || req->cb != NULL;

  if (owned && req->bufs != req->bufs_small) {
    gy_free(req->bufs);
  }
  req->bufs = NULL;
}

/* An open directory is the program's, and ends by uv_fs_closedir(). */
static bool owns_ptr(const uv_fs_t* req) {
  return req->fs_type != UV_FS_OPENDIR && req->fs_type != UV_FS_READDIR &&
         req->fs_type != UV_FS_CLOSEDIR && req->ptr != &req->statbuf;
}

void uv_fs_req_cleanup(uv_fs_t* req) {
  if (req == NULL) {
    return;
  }
  paths_drop(req);
  bufs_drop(req);
  if (owns_ptr(req)) {
    gy_free(req->ptr);
  }
  req->ptr = NULL;
}

/* How many bytes a read asks for; 0 for what does not read. */
static size_t bytes_of(const uv_fs_t* req) {
  size_t size = 0;
  unsigned index;

  if (req->fs_type != UV_FS_READ) {
    return 0;
  }
  for (index = 0; index < req->nbufs && size <= FAST_BYTES; index++) {
    size_t len = req->bufs[index].len;
    size += len < FAST_BYTES ? len : FAST_BYTES + 1;
  }
  return size;
}

static void fs_run(gy_work_t* work) {
  gy_platform_fs_run(GY_CONTAINER_OF(work, uv_fs_t, work));
}

void gy_fs_finish(uv_fs_t* req) {
  gy_req_finish(req->loop);
  if (reads_or_writes(req)) {
    bufs_drop(req);
  }
  req->cb(req);
}

static void fs_done(gy_work_t* work, int status) {
  uv_fs_t* req = GY_CONTAINER_OF(work, uv_fs_t, work);

  gy_loop(req->loop)->files.at_pool--;
  /* What has been read in part, on the loop's thread, is not lost. */
  if (status == UV_ECANCELED && req->result == 0) {
    req->result = UV_ECANCELED;
  }
  gy_fs_finish(req);
}

/* ---- answers without a thread ----------------------------------------------
 *
 * What the kernel has in memory is asked for in the call, and called back from
 * the next pending phase. So much in a turn, so that who waits for a timer or a
 * socket does not wait longer for it; and few names, because to look one up
 * without waiting takes more system calls than to look it up. See ADR 0015. */

/* Call back what is answered; what is answered by then, the next time. */
static void files_call_back(gy_task_t* task) {
  gy_files_t* files = GY_CONTAINER_OF(task, gy_files_t, task);
  gy_work_t* work = files->first;

  files->first = NULL;
  files->last = NULL;
  files->answered = 0;
  while (work != NULL) {
    gy_work_t* next = work->next;
    gy_fs_finish(GY_CONTAINER_OF(work, uv_fs_t, work));
    work = next;
  }
}

void gy_fs_answer(uv_fs_t* req) {
  gy_files_t* files = &gy_loop(req->loop)->files;

  req->work.next = NULL;
  if (files->last != NULL) {
    files->last->next = &req->work;
  } else {
    files->first = &req->work;
    files->task.run = files_call_back;
    gy_task_put_off(req->loop, &files->task);
  }
  files->last = &req->work;
  files->answered++;
}

/* Is there room in this turn for an operation of |bytes| bytes? */
static bool budget_has(gy_loop_t* state, size_t bytes) {
  gy_files_t* files = &state->files;
  uint64_t turn = state->metrics.loop_count + 1; /* Not 0, as at first. */

  if (files->turn != turn) {
    files->turn = turn;
    files->count_left = TURN_COUNT;
    files->bytes_left = TURN_BYTES;
  }
  return files->count_left > 0 && bytes <= FAST_BYTES &&
         bytes <= files->bytes_left;
}

/* Does it pay to answer |req| here rather than by a thread? A descriptor costs
 * less than to hand it over. A name costs more, but less than to wake a thread,
 * and to be woken by it. While a thread is at work, and this one has nothing
 * else to do, it looks at one of the files that would have to wait. To open
 * that file, however, costs most of all; and so does a look in vain, as on a
 * file system where it is not to be had. To close one takes two questions that
 * a thread need not ask. */
static bool is_worth_it(gy_files_t* files, const uv_fs_t* req) {
  unsigned most = files->at_pool > 0 ? 1 : FAST_NAMES;

  switch (req->fs_type) {
    case UV_FS_STAT:
    case UV_FS_LSTAT:
      if (files->at_pool > 0 && files->skip > 0) {
        files->skip--;
        return false;
      }
      return files->answered < most;
    case UV_FS_OPEN:
      return files->at_pool == 0 && files->answered < most;
    case UV_FS_CLOSE:
      return files->answered < most;
    default:
      return true;
  }
}

/* Answer |req| without a thread, if that can be. */
static bool fast_path(uv_loop_t* loop, uv_fs_t* req) {
  gy_loop_t* state = gy_loop(loop);
  gy_files_t* files = &state->files;
  size_t bytes = bytes_of(req);

  if (files->off || !budget_has(state, bytes) || !is_worth_it(files, req)) {
    return false;
  }
  files->count_left--;
  files->bytes_left -= bytes;
  if (gy_platform_fs_try(req)) {
    return true;
  }
  if (req->fs_type == UV_FS_STAT || req->fs_type == UV_FS_LSTAT) {
    files->skip = VAIN_MEMORY;
  }
  return false;
}

int gy_fs_give(uv_fs_t* req) {
  gy_files_t* files = &gy_loop(req->loop)->files;
  int err =
      gy_pool_submit(req->loop, &req->work, GY_LANE_FILES, fs_run, fs_done);

  files->at_pool += err == 0;
  return err;
}

int gy_fs_start(uv_fs_t* req) {
  uv_loop_t* loop = req->loop;
  int err;

  if (req->cb == NULL) {
    gy_platform_fs_run(req);
    return (int)req->result;
  }
  gy_req_start(loop, (uv_req_t*)req, UV_FS);
  if (fast_path(loop, req)) {
    gy_fs_answer(req);
    return 0;
  }
  if (gy_fs_submit(req)) {
    return 0;
  }
  err = gy_fs_give(req);
  if (err != 0) {
    gy_req_finish(loop);
    uv_fs_req_cleanup(req);
  }
  return err;
}

/* ---- operations on descriptors ---------------------------------------------
 */

static int file_begin(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                      uv_file file, uv_fs_cb cb) {
  int err = gy_fs_begin(loop, req, type, cb);

  if (err == 0) {
    req->file = file;
  }
  return err;
}

int uv_fs_close(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_fs_cb cb) {
  int err = file_begin(loop, req, UV_FS_CLOSE, file, cb);

  return err != 0 ? err : gy_fs_start(req);
}

/* Read or write |bufs|, an array that is copied if there is a callback. */
static int transfer(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                    uv_file file, const uv_buf_t* bufs, unsigned nbufs,
                    int64_t offset, uv_fs_cb cb) {
  int err = file_begin(loop, req, type, file, cb);

  if (err != 0 || bufs == NULL || nbufs == 0) {
    return UV_EINVAL;
  }
  req->nbufs = nbufs;
  req->offset = offset;
  if (cb == NULL) {
    memcpy(&req->bufs, &bufs, sizeof(bufs)); /* They are only read. */
    return gy_fs_start(req);
  }
  req->bufs = req->bufs_small;
  if (nbufs > sizeof(req->bufs_small) / sizeof(req->bufs_small[0])) {
    req->bufs = gy_malloc(nbufs * sizeof(*bufs));
    if (req->bufs == NULL) {
      return UV_ENOMEM;
    }
  }
  memcpy(req->bufs, bufs, nbufs * sizeof(*bufs));
  return gy_fs_start(req);
}

int uv_fs_read(uv_loop_t* loop, uv_fs_t* req, uv_file file,
               const uv_buf_t* bufs, unsigned int nbufs, int64_t offset,
               uv_fs_cb cb) {
  return transfer(loop, req, UV_FS_READ, file, bufs, nbufs, offset, cb);
}

int uv_fs_write(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                const uv_buf_t* bufs, unsigned int nbufs, int64_t offset,
                uv_fs_cb cb) {
  return transfer(loop, req, UV_FS_WRITE, file, bufs, nbufs, offset, cb);
}

int uv_fs_sendfile(uv_loop_t* loop, uv_fs_t* req, uv_file out_fd, uv_file in_fd,
                   int64_t in_offset, size_t length, uv_fs_cb cb) {
  int err = file_begin(loop, req, UV_FS_SENDFILE, out_fd, cb);

  if (err != 0) {
    return err;
  }
  req->flags = in_fd;
  req->offset = in_offset;
  req->bufs_small[0] = uv_buf_init(NULL, 0);
  req->bufs_small[0].len = length;
  return gy_fs_start(req);
}

int uv_fs_ftruncate(uv_loop_t* loop, uv_fs_t* req, uv_file file, int64_t offset,
                    uv_fs_cb cb) {
  int err = file_begin(loop, req, UV_FS_FTRUNCATE, file, cb);

  if (err != 0) {
    return err;
  }
  req->offset = offset;
  return gy_fs_start(req);
}

int uv_fs_fsync(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_fs_cb cb) {
  int err = file_begin(loop, req, UV_FS_FSYNC, file, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_fdatasync(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_fs_cb cb) {
  int err = file_begin(loop, req, UV_FS_FDATASYNC, file, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_fstat(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_fs_cb cb) {
  int err = file_begin(loop, req, UV_FS_FSTAT, file, cb);

  return err != 0 ? err : gy_fs_start(req);
}

int uv_fs_fchmod(uv_loop_t* loop, uv_fs_t* req, uv_file file, int mode,
                 uv_fs_cb cb) {
  int err = file_begin(loop, req, UV_FS_FCHMOD, file, cb);

  if (err != 0) {
    return err;
  }
  req->mode = (mode_t)mode;
  return gy_fs_start(req);
}

int uv_fs_fchown(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_uid_t uid,
                 uv_gid_t gid, uv_fs_cb cb) {
  int err = file_begin(loop, req, UV_FS_FCHOWN, file, cb);

  if (err != 0) {
    return err;
  }
  req->uid = uid;
  req->gid = gid;
  return gy_fs_start(req);
}

int uv_fs_futime(uv_loop_t* loop, uv_fs_t* req, uv_file file, double atime,
                 double mtime, uv_fs_cb cb) {
  int err = file_begin(loop, req, UV_FS_FUTIME, file, cb);

  if (err != 0) {
    return err;
  }
  req->atime = atime;
  req->mtime = mtime;
  return gy_fs_start(req);
}

/* ---- open directories ------------------------------------------------------
 */

int uv_fs_readdir(uv_loop_t* loop, uv_fs_t* req, uv_dir_t* dir, uv_fs_cb cb) {
  int err = gy_fs_begin(loop, req, UV_FS_READDIR, cb);

  if (err != 0 || dir == NULL || dir->dirents == NULL) {
    return UV_EINVAL;
  }
  req->ptr = dir;
  return gy_fs_start(req);
}

int uv_fs_closedir(uv_loop_t* loop, uv_fs_t* req, uv_dir_t* dir, uv_fs_cb cb) {
  int err = gy_fs_begin(loop, req, UV_FS_CLOSEDIR, cb);

  if (err != 0 || dir == NULL) {
    return UV_EINVAL;
  }
  req->ptr = dir;
  return gy_fs_start(req);
}

/* ---- descriptors and handles are the same ----------------------------------
 */

uv_os_fd_t uv_get_osfhandle(int fd) {
  return fd;
}

int uv_open_osfhandle(uv_os_fd_t os_fd) {
  return os_fd;
}
