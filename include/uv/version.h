/* uv/version.h - which libuv 1.x this is. */
#ifndef UV_VERSION_H_
#define UV_VERSION_H_

#include "uv/platform.h"

#define UV_VERSION_MAJOR 1
#define UV_VERSION_MINOR 52
#define UV_VERSION_PATCH 2
#define UV_VERSION_IS_RELEASE 0
#define UV_VERSION_SUFFIX "dev"

#define UV_VERSION_HEX \
  ((UV_VERSION_MAJOR << 16) | (UV_VERSION_MINOR << 8) | (UV_VERSION_PATCH))

#ifdef __cplusplus
extern "C" {
#endif

UV_EXTERN unsigned int uv_version(void);

UV_EXTERN const char* uv_version_string(void);

#ifdef __cplusplus
}
#endif

#endif /* UV_VERSION_H_ */
