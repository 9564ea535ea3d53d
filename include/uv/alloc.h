/* uv/alloc.h - where the library's memory comes from. */
#ifndef UV_ALLOC_H_
#define UV_ALLOC_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void* (*uv_malloc_func)(size_t size);
typedef void* (*uv_realloc_func)(void* ptr, size_t size);
typedef void* (*uv_calloc_func)(size_t count, size_t size);
typedef void (*uv_free_func)(void* ptr);

UV_EXTERN int uv_replace_allocator(uv_malloc_func malloc_func,
                                   uv_realloc_func realloc_func,
                                   uv_calloc_func calloc_func,
                                   uv_free_func free_func);

#ifdef __cplusplus
}
#endif

#endif /* UV_ALLOC_H_ */
