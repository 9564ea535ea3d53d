/* resource.h - limits, which Windows has elsewhere or not; see posix.h. */
#ifndef GY_WINDOWS_SYS_RESOURCE_H_
#define GY_WINDOWS_SYS_RESOURCE_H_

#include "support/windows/posix.h"

#endif /* GY_WINDOWS_SYS_RESOURCE_H_ */
