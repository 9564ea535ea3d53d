/* b.c - a handle that goes past sys.c. */
#include <errno.h>

#include "../core.h"
#include "sys.h"
#include "uv.h"
