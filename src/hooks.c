/* hooks.c - idle, prepare and check handles: callbacks in every turn.
 *
 * The three differ in their phase and in the type of their callback; the rest
 * is done once, on what they share: a handle, and a node in a queue. */
#include "core.h"
#include "kinds.h"

static int hook_init(uv_loop_t* loop, uv_handle_t* handle, gy_queue_t* node,
                     uv_handle_type type) {
  gy_handle_init(loop, handle, type);
  gy_queue_init(node);
  return 0;
}

/* Start |handle|, whose callback has been set. */
static int hook_start(uv_handle_t* handle, gy_queue_t* node, int kind) {
  /* Last started, first called: so does libuv. */
  gy_queue_push_first(&gy_loop(handle->loop)->hooks[kind], node);
  gy_handle_start(handle);
  return 0;
}

static int hook_stop(uv_handle_t* handle, gy_queue_t* node) {
  if (uv_is_active(handle)) {
    gy_queue_remove(node);
    gy_handle_stop(handle);
  }
  return 0;
}

/* May |handle| not be started with |has_cb|? */
static bool hook_refuses(const uv_handle_t* handle, bool has_cb) {
  return !has_cb || uv_is_closing(handle);
}

static void idle_call(gy_queue_t* node) {
  uv_idle_t* idle = GY_CONTAINER_OF(node, uv_idle_t, node);

  idle->idle_cb(idle);
}

static void prepare_call(gy_queue_t* node) {
  uv_prepare_t* prepare = GY_CONTAINER_OF(node, uv_prepare_t, node);

  prepare->prepare_cb(prepare);
}

static void check_call(gy_queue_t* node) {
  uv_check_t* check = GY_CONTAINER_OF(node, uv_check_t, node);

  check->check_cb(check);
}

void gy_hooks_run(uv_loop_t* loop, int kind) {
  static void (*const call[GY_HOOK_KINDS])(gy_queue_t*) = {
      idle_call, prepare_call, check_call};
  gy_queue_t* hooks = &gy_loop(loop)->hooks[kind];
  gy_queue_t now;
  gy_queue_t* node;

  if (gy_queue_empty(hooks)) {
    return;
  }
  /* Each goes back before it is called, so a callback may stop any of them; and
   * what a callback starts is not part of this walk. */
  gy_queue_move(hooks, &now);
  while ((node = gy_queue_pop(&now)) != NULL) {
    gy_queue_push_last(hooks, node);
    call[kind](node);
  }
}

int uv_idle_init(uv_loop_t* loop, uv_idle_t* idle) {
  if (loop == NULL || idle == NULL) {
    return UV_EINVAL;
  }
  idle->idle_cb = NULL;
  return hook_init(loop, (uv_handle_t*)idle, &idle->node, UV_IDLE);
}

int uv_idle_start(uv_idle_t* idle, uv_idle_cb cb) {
  if (idle == NULL) {
    return UV_EINVAL;
  }
  if (uv_is_active((uv_handle_t*)idle)) {
    return 0; /* The callback it was started with stays. */
  }
  if (hook_refuses((uv_handle_t*)idle, cb != NULL)) {
    return UV_EINVAL;
  }
  idle->idle_cb = cb;
  return hook_start((uv_handle_t*)idle, &idle->node, GY_HOOK_IDLE);
}

int uv_idle_stop(uv_idle_t* idle) {
  return idle != NULL ? hook_stop((uv_handle_t*)idle, &idle->node) : UV_EINVAL;
}

int uv_prepare_init(uv_loop_t* loop, uv_prepare_t* prepare) {
  if (loop == NULL || prepare == NULL) {
    return UV_EINVAL;
  }
  prepare->prepare_cb = NULL;
  return hook_init(loop, (uv_handle_t*)prepare, &prepare->node, UV_PREPARE);
}

int uv_prepare_start(uv_prepare_t* prepare, uv_prepare_cb cb) {
  if (prepare == NULL) {
    return UV_EINVAL;
  }
  if (uv_is_active((uv_handle_t*)prepare)) {
    return 0;
  }
  if (hook_refuses((uv_handle_t*)prepare, cb != NULL)) {
    return UV_EINVAL;
  }
  prepare->prepare_cb = cb;
  return hook_start((uv_handle_t*)prepare, &prepare->node, GY_HOOK_PREPARE);
}

int uv_prepare_stop(uv_prepare_t* prepare) {
  return prepare != NULL ? hook_stop((uv_handle_t*)prepare, &prepare->node)
                         : UV_EINVAL;
}

int uv_check_init(uv_loop_t* loop, uv_check_t* check) {
  if (loop == NULL || check == NULL) {
    return UV_EINVAL;
  }
  check->check_cb = NULL;
  return hook_init(loop, (uv_handle_t*)check, &check->node, UV_CHECK);
}

int uv_check_start(uv_check_t* check, uv_check_cb cb) {
  if (check == NULL) {
    return UV_EINVAL;
  }
  if (uv_is_active((uv_handle_t*)check)) {
    return 0;
  }
  if (hook_refuses((uv_handle_t*)check, cb != NULL)) {
    return UV_EINVAL;
  }
  check->check_cb = cb;
  return hook_start((uv_handle_t*)check, &check->node, GY_HOOK_CHECK);
}

int uv_check_stop(uv_check_t* check) {
  return check != NULL ? hook_stop((uv_handle_t*)check, &check->node)
                       : UV_EINVAL;
}

static void idle_close(uv_handle_t* handle) {
  (void)uv_idle_stop((uv_idle_t*)handle);
  gy_handle_closed(handle);
}

static void prepare_close(uv_handle_t* handle) {
  (void)uv_prepare_stop((uv_prepare_t*)handle);
  gy_handle_closed(handle);
}

static void check_close(uv_handle_t* handle) {
  (void)uv_check_stop((uv_check_t*)handle);
  gy_handle_closed(handle);
}

const gy_handle_kind_t gy_idle_kind = {
    "idle", sizeof(uv_idle_t), idle_close, NULL, NULL, NULL};
const gy_handle_kind_t gy_prepare_kind = {
    "prepare", sizeof(uv_prepare_t), prepare_close, NULL, NULL, NULL};
const gy_handle_kind_t gy_check_kind = {
    "check", sizeof(uv_check_t), check_close, NULL, NULL, NULL};
