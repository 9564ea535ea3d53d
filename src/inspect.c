/* inspect.c - uv_print_*_handles: a list of what is there, for debugging. */
#include <stdio.h>

#include "core.h"

static char flag_letter(const uv_handle_t* handle, unsigned flag, char letter) {
  return gy_handle_is(handle, flag) ? letter : '-';
}

/* A line per handle, in the form that tools know: [RAI] type pointer. */
static void print_handles(uv_loop_t* loop, FILE* stream, bool only_active) {
  const gy_queue_t* node;

  if (loop == NULL) {
    loop = uv_default_loop();
  }
  if (loop == NULL) {
    return; /* There is no memory for a default loop, so no handle either. */
  }
  for (node = loop->handle_queue.next; node != &loop->handle_queue;
       node = node->next) {
    const uv_handle_t* handle = GY_CONTAINER_OF(node, uv_handle_t, walk_node);
    if (only_active && !uv_is_active(handle)) {
      continue;
    }
    (void)fprintf(stream != NULL ? stream : stderr, "[%c%c%c] %-8s %p\n",
                  flag_letter(handle, GY_HANDLE_REF, 'R'),
                  flag_letter(handle, GY_HANDLE_ACTIVE, 'A'),
                  flag_letter(handle, GY_HANDLE_INTERNAL, 'I'),
                  uv_handle_type_name(handle->type), (const void*)handle);
  }
}

void uv_print_all_handles(uv_loop_t* loop, FILE* stream) {
  print_handles(loop, stream, false);
}

void uv_print_active_handles(uv_loop_t* loop, FILE* stream) {
  print_handles(loop, stream, true);
}
