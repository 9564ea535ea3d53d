/* uv/request.h - what every request has and can do.
 *
 * The memory of a request is the program's. It must stay in place from the call
 * that takes it to the callback, in which it may be freed or used anew. Until
 * then the request keeps uv_run() going. When the call itself returns an error
 * there is no callback, and the memory is free at once.
 *
 * The behaviour is that of libuv 1.x, manual page "request". */
#ifndef UV_REQUEST_H_
#define UV_REQUEST_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What every request begins with:
 *
 *   data  the program's, for whatever it likes. Never read or written here.
 *   type  what it is. Read only. */
#define UV_REQ_FIELDS \
  void* data;         \
  uv_req_type type;   \
  void* reserved[6];  \
  GY_REQ_PRIVATE

/* Any request. */
struct uv_req_s {
  UV_REQ_FIELDS
};

#ifdef _WIN32
/* Private requests of Windows. The names are seen outside, so they are kept. */
typedef struct uv_read_s {
  UV_REQ_FIELDS
} uv_read_t;

typedef struct uv_pipe_accept_s {
  UV_REQ_FIELDS
} uv_pipe_accept_t;

typedef struct uv_tcp_accept_s {
  UV_REQ_FIELDS
} uv_tcp_accept_t;
#endif

/* How many bytes a request of |type| takes, for languages that cannot see the
 * structs. (size_t)-1 if there is no such request. Any thread. */
UV_EXTERN size_t uv_req_size(uv_req_type type);

/* What uv_req_set_data() put there; as req->data. Since libuv 1.19. */
UV_EXTERN void* uv_req_get_data(const uv_req_t* req);

/* Keep |data| in |req|; as assigning to req->data. It stays the program's, and
 * starting the request leaves it alone. Since libuv 1.19. */
UV_EXTERN void uv_req_set_data(uv_req_t* req, void* data);

/* The type of |req|; as req->type. Since libuv 1.19. */
UV_EXTERN uv_req_type uv_req_get_type(const uv_req_t* req);

/* The name of |type|, which is that of its struct without uv_ and _t: "connect"
 * for UV_CONNECT. A constant; NULL if there is no such type. Any thread.
 * Since libuv 1.19. */
UV_EXTERN const char* uv_req_type_name(uv_req_type type);

/* Take |req| back before it has begun: a uv_fs_t, uv_work_t, uv_getaddrinfo_t,
 * uv_getnameinfo_t or uv_random_t that is under way. A uv_write_t also when it
 * has: then a part of it is written, and what follows on the stream follows on
 * that part.
 *
 * On success its callback still comes, later, from the loop, and only there may
 * the memory be used again. It is told UV_ECANCELED: in req->result for a
 * uv_fs_t, in the status for the others. Loop thread only.
 *
 * A write that nothing of was written yet may be called back before those that
 * were queued before it. For a write that is done, or whose stream is closing,
 * this changes nothing, and is 0 all the same. Writes since libuv 1.53.
 *
 * Returns 0; UV_EBUSY when the request is being worked on or is done, and its
 * callback comes as if nothing had happened; UV_EINVAL for another type. */
UV_EXTERN int uv_cancel(uv_req_t* req);

#ifdef __cplusplus
}
#endif

#endif /* UV_REQUEST_H_ */
