/* d.c - a test that reads what its user may not, and what is not there. */
#include <unistd.h>
#include <uv.h>

#include "../../src/core.h"
#include "nowhere.h"
