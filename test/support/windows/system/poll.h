/* poll.h - poll(2), which Windows has elsewhere or not; see posix.h. */
#ifndef GY_WINDOWS_POLL_H_
#define GY_WINDOWS_POLL_H_

#include "support/windows/posix.h"

#endif /* GY_WINDOWS_POLL_H_ */
