/* c.c - a poller that knows the loop. */
#include <sys/epoll.h>

#include "core.h"
#include "poller/epoll.h"
