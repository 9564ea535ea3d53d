/* request.c - what all requests have in common, and taking one back. */
#include "core.h"
#include "platform.h"

typedef struct {
  const char* name;
  size_t size;
  int lane;           /* of the pool, or NO_LANE */
  size_t work_offset; /* of the struct gy_work in it */
} req_kind_t;

enum {
  NO_LANE = -1
};

static const req_kind_t kinds[UV_REQ_TYPE_MAX] = {
    [UV_REQ] = {"req", sizeof(uv_req_t), NO_LANE, 0},
    [UV_CONNECT] = {"connect", sizeof(uv_connect_t), NO_LANE, 0},
    [UV_WRITE] = {"write", sizeof(uv_write_t), NO_LANE, 0},
    [UV_SHUTDOWN] = {"shutdown", sizeof(uv_shutdown_t), NO_LANE, 0},
    [UV_UDP_SEND] = {"udp_send", sizeof(uv_udp_send_t), NO_LANE, 0},
    [UV_FS] = {"fs", sizeof(uv_fs_t), GY_LANE_FILES, offsetof(uv_fs_t, work)},
    [UV_WORK] = {"work", sizeof(uv_work_t), GY_LANE_USER,
                 offsetof(uv_work_t, work)},
    [UV_GETADDRINFO] = {"getaddrinfo", sizeof(uv_getaddrinfo_t), GY_LANE_NAMES,
                        offsetof(uv_getaddrinfo_t, work)},
    [UV_GETNAMEINFO] = {"getnameinfo", sizeof(uv_getnameinfo_t), GY_LANE_NAMES,
                        offsetof(uv_getnameinfo_t, work)},
    [UV_RANDOM] = {"random", sizeof(uv_random_t), GY_LANE_USER,
                   offsetof(uv_random_t, work)}};

/* NULL when |type| is none that a program may have. */
static const req_kind_t* kind_of(uv_req_type type) {
  if ((int)type < 0 || (int)type >= UV_REQ_TYPE_MAX ||
      kinds[type].name == NULL) {
    return NULL;
  }
  return &kinds[type];
}

static int cancel_write(uv_write_t* req) {
  /* Without a stream it was never begun. */
  return req->handle != NULL ? gy_platform_stream_cancel_write(req) : UV_EINVAL;
}

int uv_cancel(uv_req_t* req) {
  const req_kind_t* kind = req != NULL ? kind_of(req->type) : NULL;
  gy_work_t* work;

  if (kind != NULL && req->type == UV_WRITE) {
    return cancel_write((uv_write_t*)req);
  }
  if (kind == NULL || kind->lane == NO_LANE) {
    return UV_EINVAL;
  }
  work = (gy_work_t*)(void*)((char*)req + kind->work_offset);
  return gy_pool_cancel(work, (gy_lane_t)kind->lane);
}

size_t uv_req_size(uv_req_type type) {
  const req_kind_t* kind = kind_of(type);

  return kind != NULL ? kind->size : (size_t)-1;
}

const char* uv_req_type_name(uv_req_type type) {
  const req_kind_t* kind = kind_of(type);

  return kind != NULL ? kind->name : NULL;
}

uv_req_type uv_req_get_type(const uv_req_t* req) {
  return req->type;
}

void* uv_req_get_data(const uv_req_t* req) {
  return req->data;
}

void uv_req_set_data(uv_req_t* req, void* data) {
  req->data = data;
}

uv_buf_t uv_buf_init(char* base, unsigned int len) {
  uv_buf_t buf;

  buf.base = base;
  buf.len = len;
  return buf;
}

/* ---- what a file request holds ------------------------------------------- */

uv_fs_type uv_fs_get_type(const uv_fs_t* req) {
  return req->fs_type;
}

ssize_t uv_fs_get_result(const uv_fs_t* req) {
  return req->result;
}

void* uv_fs_get_ptr(const uv_fs_t* req) {
  return req->ptr;
}

const char* uv_fs_get_path(const uv_fs_t* req) {
  return req->path;
}

uv_stat_t* uv_fs_get_statbuf(uv_fs_t* req) {
  return &req->statbuf;
}
