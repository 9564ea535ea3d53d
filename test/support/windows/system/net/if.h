/* if.h - names of interfaces, which addresses of Windows do not hold; see
 * posix.h. */
#ifndef GY_WINDOWS_NET_IF_H_
#define GY_WINDOWS_NET_IF_H_

#include "support/windows/posix.h"

#include <iphlpapi.h>

/* None has a name. */
#define if_indextoname(index, name) ((void)(index), (void)(name), (char*)NULL)

#endif /* GY_WINDOWS_NET_IF_H_ */
