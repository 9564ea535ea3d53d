/* alloc.h - the library's memory, all of it through uv_replace_allocator(). */
#ifndef GY_ALLOC_H_
#define GY_ALLOC_H_

#include <stddef.h>

/* As the C library's functions of the same names; any thread. gy_malloc() and
 * gy_calloc() of 0 bytes, and gy_realloc() to 0 bytes, which also frees, give
 * NULL. */
void* gy_malloc(size_t size);
void* gy_calloc(size_t count, size_t size);
void* gy_realloc(void* memory, size_t size);
void gy_free(void* memory);

#endif /* GY_ALLOC_H_ */
