/* uv/alloc.h - where the library's memory comes from.
 *
 * The behaviour is that of libuv 1.x, manual page "misc". */
#ifndef UV_ALLOC_H_
#define UV_ALLOC_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As malloc(3), realloc(3), calloc(3) and free(3), to whose rules they must
 * keep: memory aligned for any type, NULL when there is none. The library calls
 * them from the loop's thread, from its worker threads and from every thread
 * that calls it, so they must be safe for that. */
typedef void* (*uv_malloc_func)(size_t size);
typedef void* (*uv_realloc_func)(void* ptr, size_t size);
typedef void* (*uv_calloc_func)(size_t count, size_t size);
typedef void (*uv_free_func)(void* ptr);

/* Take all memory from |malloc_func|, |realloc_func|, |calloc_func| and
 * |free_func| from now on.
 *
 * It must be the first call of the program into the library, or come when the
 * library holds no memory; else one allocator is asked to free what another
 * gave. One thread, while no other uses the library.
 *
 * Memory that the library gives to the program, such as that of a uv_cpu_info_t
 * array, goes back through the function made for it, never to free(3).
 *
 * Returns 0; UV_EINVAL if one of the four is NULL, and then nothing changes.
 * Since libuv 1.6. */
UV_EXTERN int uv_replace_allocator(uv_malloc_func malloc_func,
                                   uv_realloc_func realloc_func,
                                   uv_calloc_func calloc_func,
                                   uv_free_func free_func);

#ifdef __cplusplus
}
#endif

#endif /* UV_ALLOC_H_ */
