/* choose.c - which pollers this build has, and which one is meant.
 *
 * The build says what there is by GYRE_HAVE_*; the order is that of preference.
 */
#include "poller.h"

#include <string.h>

/* NULL ends it, and keeps it from being empty. */
static const gy_poller_ops_t* const pollers[] = {
#ifdef GYRE_HAVE_EPOLL
    &gy_epoll_ops,
#endif
#ifdef GYRE_HAVE_KQUEUE
    &gy_kqueue_ops,
#endif
#ifdef GYRE_HAVE_IOCP
    &gy_iocp_ops,
#endif
#ifdef GYRE_HAVE_POLL
    &gy_poll_ops,
#endif
#ifdef GYRE_HAVE_SELECT
    &gy_select_ops,
#endif
#ifdef GYRE_HAVE_IO_URING
    &gy_uring_ops, /* Last: for those who ask for it. */
#endif
    NULL,
};

enum {
  POLLER_COUNT = sizeof(pollers) / sizeof(pollers[0]) - 1
};

static const gy_poller_ops_t* registered = NULL;

const gy_poller_ops_t* gy_poller_at(size_t index) {
  if (index < POLLER_COUNT) {
    return pollers[index];
  }
  return index == POLLER_COUNT ? registered : NULL;
}

const gy_poller_ops_t* gy_poller_default(void) {
  return gy_poller_at(0);
}

const gy_poller_ops_t* gy_poller_find(const char* name) {
  const gy_poller_ops_t* ops;
  size_t index;

  for (index = 0; (ops = gy_poller_at(index)) != NULL; index++) {
    if (strcmp(ops->name, name) == 0) {
      return ops;
    }
  }
  return NULL;
}

void gy_poller_register(const gy_poller_ops_t* ops) {
  registered = ops;
}
