/* inet.h - addresses, which Windows has elsewhere or not; see posix.h. */
#ifndef GY_WINDOWS_ARPA_INET_H_
#define GY_WINDOWS_ARPA_INET_H_

#include "support/windows/posix.h"

#endif /* GY_WINDOWS_ARPA_INET_H_ */
