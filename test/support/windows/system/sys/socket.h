/* socket.h - sockets, which Windows has elsewhere or not; see posix.h. */
#ifndef GY_WINDOWS_SYS_SOCKET_H_
#define GY_WINDOWS_SYS_SOCKET_H_

#include "support/windows/posix.h"

#endif /* GY_WINDOWS_SYS_SOCKET_H_ */
