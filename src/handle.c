/* handle.c - what all handles have in common: being counted, walked, closed. */
#include <assert.h>

#include "core.h"

void gy_handle_init(uv_loop_t* loop, uv_handle_t* handle, uv_handle_type type) {
  handle->loop = loop;
  handle->type = type;
  handle->close_cb = NULL;
  handle->next_closing = NULL;
  handle->flags = GY_HANDLE_REF;
  gy_queue_push_last(&loop->handle_queue, &handle->walk_node);
}

void uv_close(uv_handle_t* handle, uv_close_cb close_cb) {
  const gy_handle_kind_t* kind;

  if (gy_handle_is(handle, GY_HANDLE_CLOSING | GY_HANDLE_CLOSED)) {
    assert(0 && "uv_close() of a handle that is closing");
    return; /* The first close stands, and its callback runs. */
  }
  kind = gy_handle_kind(handle->type);
  assert(kind != NULL && kind->close != NULL);
  handle->flags |= GY_HANDLE_CLOSING;
  handle->close_cb = close_cb;
  kind->close(handle);
}

void gy_handle_closed(uv_handle_t* handle) {
  gy_loop_t* state = gy_loop(handle->loop);

  /* Last closed, first called back: so does libuv, and programs that free a
   * parent after its children have come to rely on it. */
  handle->next_closing = state->closing;
  state->closing = handle;
}

void gy_handle_finish_closing(uv_loop_t* loop) {
  gy_loop_t* state = gy_loop(loop);
  uv_handle_t* handle = state->closing;

  /* What is closed in a callback waits for the next turn. */
  state->closing = NULL;
  while (handle != NULL) {
    uv_handle_t* next = handle->next_closing;
    const gy_handle_kind_t* kind = gy_handle_kind(handle->type);
    if (kind->finish != NULL) {
      kind->finish(handle);
    }
    handle->flags |= GY_HANDLE_CLOSED;
    gy_queue_remove(&handle->walk_node);
    if (handle->close_cb != NULL) {
      handle->close_cb(handle); /* After this it may not exist any more. */
    }
    handle = next;
  }
}

void uv_walk(uv_loop_t* loop, uv_walk_cb walk_cb, void* arg) {
  gy_queue_t now;
  gy_queue_t* node;

  if (walk_cb == NULL) {
    return;
  }
  /* Each goes back before it is shown, so the callback may add handles, which
   * are not walked, and close any, which stay until their callback. */
  gy_queue_move(&loop->handle_queue, &now);
  while ((node = gy_queue_pop(&now)) != NULL) {
    uv_handle_t* handle = GY_CONTAINER_OF(node, uv_handle_t, walk_node);
    gy_queue_push_last(&loop->handle_queue, node);
    if (!gy_handle_is(handle, GY_HANDLE_INTERNAL)) {
      walk_cb(handle, arg);
    }
  }
}

void uv_ref(uv_handle_t* handle) {
  if (!gy_handle_is(handle, GY_HANDLE_REF)) {
    handle->flags |= GY_HANDLE_REF;
    handle->loop->active_handles += gy_handle_is(handle, GY_HANDLE_ACTIVE);
  }
}

void uv_unref(uv_handle_t* handle) {
  if (gy_handle_is(handle, GY_HANDLE_REF)) {
    handle->flags &= ~(unsigned)GY_HANDLE_REF;
    handle->loop->active_handles -= gy_handle_is(handle, GY_HANDLE_ACTIVE);
  }
}

int uv_has_ref(const uv_handle_t* handle) {
  return gy_handle_is(handle, GY_HANDLE_REF);
}

int uv_is_active(const uv_handle_t* handle) {
  return gy_handle_is(handle, GY_HANDLE_ACTIVE);
}

int uv_is_closing(const uv_handle_t* handle) {
  return gy_handle_is(handle, GY_HANDLE_CLOSING | GY_HANDLE_CLOSED);
}

size_t uv_handle_size(uv_handle_type type) {
  const gy_handle_kind_t* kind = gy_handle_kind(type);

  return kind != NULL && kind->size > 0 ? kind->size : (size_t)-1;
}

const char* uv_handle_type_name(uv_handle_type type) {
  const gy_handle_kind_t* kind = gy_handle_kind(type);

  return kind != NULL ? kind->name : NULL;
}

uv_handle_type uv_handle_get_type(const uv_handle_t* handle) {
  return handle->type;
}

void* uv_handle_get_data(const uv_handle_t* handle) {
  return handle->data;
}

void uv_handle_set_data(uv_handle_t* handle, void* data) {
  handle->data = data;
}

uv_loop_t* uv_handle_get_loop(const uv_handle_t* handle) {
  return handle->loop;
}

int uv_fileno(const uv_handle_t* handle, uv_os_fd_t* fd) {
  const gy_handle_kind_t* kind = gy_handle_kind(handle->type);

  if (kind == NULL || kind->fileno == NULL) {
    return UV_EINVAL;
  }
  return uv_is_closing(handle) ? UV_EBADF : kind->fileno(handle, fd);
}

/* ---- what kinds keep in their own fields, for those who may not look ----- */

int uv_is_readable(const uv_stream_t* handle) {
  return gy_handle_is((const uv_handle_t*)handle, GY_HANDLE_READABLE);
}

int uv_is_writable(const uv_stream_t* handle) {
  return gy_handle_is((const uv_handle_t*)handle, GY_HANDLE_WRITABLE);
}

size_t uv_stream_get_write_queue_size(const uv_stream_t* stream) {
  return stream->write_queue_size;
}

size_t uv_udp_get_send_queue_size(const uv_udp_t* handle) {
  return handle->send_queue_size;
}

size_t uv_udp_get_send_queue_count(const uv_udp_t* handle) {
  return handle->send_queue_count;
}

uv_pid_t uv_process_get_pid(const uv_process_t* handle) {
  return handle->pid;
}
