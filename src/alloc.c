/* alloc.c - the four functions that all of the library's memory comes from. */
#include "alloc.h"

#include <stdlib.h>

#include "uv.h"

static struct {
  uv_malloc_func malloc;
  uv_realloc_func realloc;
  uv_calloc_func calloc;
  uv_free_func free;
} allocator = {malloc, realloc, calloc, free};

int uv_replace_allocator(uv_malloc_func malloc_func,
                         uv_realloc_func realloc_func,
                         uv_calloc_func calloc_func, uv_free_func free_func) {
  if (malloc_func == NULL || realloc_func == NULL || calloc_func == NULL ||
      free_func == NULL) {
    return UV_EINVAL;
  }
  allocator.malloc = malloc_func;
  allocator.realloc = realloc_func;
  allocator.calloc = calloc_func;
  allocator.free = free_func;
  return 0;
}

void* gy_malloc(size_t size) {
  return size > 0 ? allocator.malloc(size) : NULL;
}

void* gy_calloc(size_t count, size_t size) {
  return count > 0 && size > 0 ? allocator.calloc(count, size) : NULL;
}

void* gy_realloc(void* memory, size_t size) {
  if (size > 0) {
    return allocator.realloc(memory, size);
  }
  gy_free(memory);
  return NULL;
}

void gy_free(void* memory) {
  if (memory != NULL) {
    allocator.free(memory);
  }
}
