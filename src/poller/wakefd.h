/* wakefd.h - a descriptor that becomes readable when somebody says so.
 *
 * What the pollers of Unix make their wake() of. The build chooses one of
 * wakefd-eventfd.c and wakefd-pipe.c. */
#ifndef GY_WAKEFD_H_
#define GY_WAKEFD_H_

#include <stdbool.h>

typedef struct {
  int read_fd;  /* to be watched for reading; -1 when there is none */
  int write_fd; /* may be the same */
} gy_wakefd_t;

/* Does each gy_wakefd_signal() make a new edge, though the last was never
 * drained, and without end? Then an edge-triggered watcher need not drain. */
extern const bool gy_wakefd_is_endless;

/* Make |wakefd| one that holds nothing. */
static inline void gy_wakefd_init(gy_wakefd_t* wakefd) {
  wakefd->read_fd = -1;
  wakefd->write_fd = -1;
}

/* Acquire the descriptors, neither of them blocking, all closed by exec. 0, or
 * UV_E* with |wakefd| as it was. */
int gy_wakefd_open(gy_wakefd_t* wakefd);

/* Close what is open. Touches no other process that has it too. */
void gy_wakefd_close(gy_wakefd_t* wakefd);

/* Make it readable. Any thread, and signal handlers; errno is kept. 0, also
 * when it is readable already; UV_EBADF when it is not open. */
int gy_wakefd_signal(const gy_wakefd_t* wakefd);

/* Make it unreadable, until the next signal. */
void gy_wakefd_drain(const gy_wakefd_t* wakefd);

#endif /* GY_WAKEFD_H_ */
