/* dl.h - shared libraries, loaded while the program runs.
 *
 * Any thread, but one uv_lib_t in one at a time; no loop. The errors are 0 and
 * -1, with words in uv_dlerror(). The contract is libuv 1.x's, manual page
 * "dll". */
#ifndef UV_DL_H_
#define UV_DL_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Load the shared library |filename|, UTF-8 on Windows, and fill |*lib|, which
 * is the user's memory and must be given to uv_dlclose(), also after a
 * failure. On Unix NULL means this program, and a name without a slash is
 * searched; symbols are bound when first used. See dlopen(3), LoadLibraryExW.
 *
 * Returns 0; -1 on failure. */
UV_EXTERN int uv_dlopen(const char* filename, uv_lib_t* lib);

/* Let go of the library and of the error message of |lib|. What uv_dlsym() and
 * uv_dlerror() gave is void then. See dlclose(3). */
UV_EXTERN void uv_dlclose(uv_lib_t* lib);

/* Write the address of the symbol |name| of |lib| to |*ptr|; it may be NULL
 * without being an error. See dlsym(3), GetProcAddress.
 *
 * Returns 0; -1 if there is no such symbol; then |*ptr| is undefined. */
UV_EXTERN int uv_dlsym(uv_lib_t* lib, const char* name, void** ptr);

/* Return what the last failure of uv_dlopen() or uv_dlsym() on |lib| was, in
 * words that belong to |lib|; "no error" if there was none. */
UV_EXTERN const char* uv_dlerror(const uv_lib_t* lib);

#ifdef __cplusplus
}
#endif

#endif
