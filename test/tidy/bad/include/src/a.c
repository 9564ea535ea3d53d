/* a.c - a core file that knows a system, and a poller. */
#include <stdint.h>
#include <sys/socket.h>

#include "core.h"
#include "poller/epoll.h"
#include "unix/sys.h"
