/* dlfcn.h - dlsym(3), which Windows has elsewhere or not; see posix.h. */
#ifndef GY_WINDOWS_DLFCN_H_
#define GY_WINDOWS_DLFCN_H_

#include "support/windows/posix.h"

#endif /* GY_WINDOWS_DLFCN_H_ */
