/* kqueue-call.h - the calls of kqueue(2), each with its fault point. */
#ifndef GY_POLLER_KQUEUE_CALL_H_
#define GY_POLLER_KQUEUE_CALL_H_

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <sys/event.h>

#include "poller.h"

/* Make |*fd| a new kqueue. 0, or a positive errno with |*fd| as it was. */
int gy_kqueue_open(int* fd);

/* Close |*fd| if it is one, and make it -1. */
void gy_kqueue_close(int* fd);

/* Tell the kqueue |fd| the |change| and nothing else. 0, or a positive errno.
 */
int gy_kqueue_tell(int fd, struct kevent change);

/* Tell the kqueue of |head| the first |change_count| of |events|, and sleep
 * |slice_ns|, -1 being without end. How many events there are in their place,
 * |room| at most, or UV_E*. What could not be changed is told by events with
 * EV_ERROR, before all others and at once; or, when there is no room for them,
 * as an UV_E*. After an UV_E* one cannot know which changes were made, but may
 * tell them all again: none counts twice. */
int gy_kqueue_sleep(const gy_poller_t* head, struct kevent* events,
                    int change_count, int room, int64_t slice_ns);

/* Have the kqueue |fd| hear of gy_kqueue_trigger(). 0, or a positive errno:
 * EINVAL where the kernel has nothing of the kind. */
int gy_kqueue_add_trigger(int fd);

/* Make an event, once, for which gy_kqueue_is_trigger() says yes. 0, or a
 * positive errno. Any thread, and signal handlers; errno is kept. */
int gy_kqueue_trigger(int fd);

bool gy_kqueue_is_trigger(const struct kevent* event);

#endif /* GY_POLLER_KQUEUE_CALL_H_ */
