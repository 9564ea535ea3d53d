/* uv/request.h - what every request has and can do. */
#ifndef UV_REQUEST_H_
#define UV_REQUEST_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define UV_REQ_FIELDS \
  void* data;         \
  uv_req_type type;   \
  void* reserved[6];  \
  GY_REQ_PRIVATE

struct uv_req_s {
  UV_REQ_FIELDS
};

#ifdef _WIN32
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

UV_EXTERN size_t uv_req_size(uv_req_type type);
UV_EXTERN void* uv_req_get_data(const uv_req_t* req);
UV_EXTERN void uv_req_set_data(uv_req_t* req, void* data);
UV_EXTERN uv_req_type uv_req_get_type(const uv_req_t* req);
UV_EXTERN const char* uv_req_type_name(uv_req_type type);
UV_EXTERN int uv_cancel(uv_req_t* req);

#ifdef __cplusplus
}
#endif

#endif /* UV_REQUEST_H_ */
