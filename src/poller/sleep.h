/* sleep.h - how long, and with which signals blocked, a poller of Unix sleeps.
 *
 * The time-out of poller.h is in ns and without limit. Each kernel call has a
 * unit and a limit of its own: an int of ms, which ends after 24 days; a time
 * that some kernels refuse beyond 100 million seconds; or one that OpenBSD's
 * kevent(2) cuts to 24 hours. So a long sleep is made of slices, each followed
 * by the next while nothing happens. */
#ifndef GY_POLLER_SLEEP_H_
#define GY_POLLER_SLEEP_H_

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "poller.h"

/* The longest slice, a day: every call can express it in its unit. */
#define GY_SLEEP_SLICE_NS INT64_C(86400000000000)

/* Sleep |timeout_ns|, -1 being without end, by |sleep|: call it with |context|
 * for one slice after another until it returns anything but 0, or the time is
 * over. What it returned.
 *
 * It is called in one place only, so that a compiler puts it there: each return
 * after a system call is mispredicted, and costs what a division does. */
static inline int gy_sleep_in_slices(int64_t timeout_ns,
                                     int (*sleep)(void* context,
                                                  int64_t slice_ns),
                                     void* context) {
  for (;;) {
    int64_t slice_ns =
        timeout_ns < GY_SLEEP_SLICE_NS ? timeout_ns : GY_SLEEP_SLICE_NS;
    int result = sleep(context, slice_ns);
    if (result != 0 || slice_ns == timeout_ns) {
      return result;
    }
    timeout_ns -= slice_ns;
  }
}

/* |slice_ns| in ms, rounded up so as not to wake early; -1 is without end. */
static inline int gy_sleep_ms(int64_t slice_ns) {
  return slice_ns < 0 ? -1 : (int)((slice_ns + 999999) / 1000000);
}

/* |slice_ns| in |room|, which is returned; NULL is without end. */
static inline struct timespec* gy_sleep_timespec(int64_t slice_ns,
                                                 struct timespec* room) {
  if (slice_ns < 0) {
    return NULL;
  }
  room->tv_sec = (time_t)(slice_ns / 1000000000);
  room->tv_nsec = (long)(slice_ns % 1000000000);
  return room;
}

/* The mask to sleep with, in |room|; NULL is the mask that the thread has. A
 * system call more, but only when SIGPROF is to be blocked. */
static inline const sigset_t* gy_sleep_mask(const gy_poller_t* p,
                                            int64_t slice_ns, sigset_t* room) {
  if (p->block_sigprof == 0 || slice_ns == 0) {
    return NULL;
  }
  /* It fails only when asked for what there is not. */
  (void)pthread_sigmask(SIG_BLOCK, NULL, room);
  (void)sigaddset(room, SIGPROF);
  return room;
}

#endif /* GY_POLLER_SLEEP_H_ */
