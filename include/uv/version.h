/* uv/version.h - which libuv 1.x this is.
 *
 * A program may ask twice: the macros tell what it was compiled against, the
 * functions what it runs with. Within the major version 1 nothing is taken
 * away, so running with a later version than compiled against is fine. */
#ifndef UV_VERSION_H_
#define UV_VERSION_H_

#include "uv/platform.h"

/* The version of the headers, as libuv's would give it: the contract is that
 * of 1.52, and the headers are of the state after its release, which is what a
 * patch level of 2 that is no release says. */
#define UV_VERSION_MAJOR 1
#define UV_VERSION_MINOR 52
#define UV_VERSION_PATCH 2

/* 1 for a released libuv, 0 for a state between two; then the suffix is not
 * empty. */
#define UV_VERSION_IS_RELEASE 0
#define UV_VERSION_SUFFIX "dev"

/* The version as one number, 0xMMmmpp: a later version is a greater number. */
#define UV_VERSION_HEX \
  ((UV_VERSION_MAJOR << 16) | (UV_VERSION_MINOR << 8) | (UV_VERSION_PATCH))

#ifdef __cplusplus
extern "C" {
#endif

/* The version of libuv whose behaviour the library keeps, in the form of
 * UV_VERSION_HEX. That is a release, so its number may be lower than the one of
 * the headers. Any thread, any time; cannot fail. */
UV_EXTERN unsigned int uv_version(void);

/* The same as text, such as "1.52.1". A constant: not to be freed. Any thread,
 * any time; cannot fail. */
UV_EXTERN const char* uv_version_string(void);

#ifdef __cplusplus
}
#endif

#endif /* UV_VERSION_H_ */
