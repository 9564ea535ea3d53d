/* uv/platform.h - what depends on the system: how a symbol is exported, and
 * the header with the system's types and the private parts of the structs. */
#ifndef UV_PLATFORM_H_
#define UV_PLATFORM_H_

#if defined(_WIN32)
#if defined(BUILDING_UV_SHARED)
#define UV_EXTERN __declspec(dllexport)
#elif defined(USING_UV_SHARED)
#define UV_EXTERN __declspec(dllimport)
#else
#define UV_EXTERN
#endif
#include "uv/win.h"
#else
#if defined(__GNUC__) || defined(__clang__) || defined(__SUNPRO_C)
#define UV_EXTERN __attribute__((visibility("default")))
#else
#define UV_EXTERN
#endif
#include "uv/unix.h"
#endif

#endif /* UV_PLATFORM_H_ */
