/* in.h - addresses, which Windows has elsewhere or not; see posix.h. */
#ifndef GY_WINDOWS_NETINET_IN_H_
#define GY_WINDOWS_NETINET_IN_H_

#include "support/windows/posix.h"

#endif /* GY_WINDOWS_NETINET_IN_H_ */
